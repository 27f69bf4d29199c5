//! The service as its callers meet it: a real server on a free port, a real client.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use peaktrade_calendar::Config;
use peaktrade_domain::{Calendar, Sha256};
use peaktrade_gates::{OfflineGate, SAFE_VALUES};
use peaktrade_runtime::{Drained, MetricsTarget, Running, StartError, client};
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::calendar::v1::{
    GetActiveContractRequest, GetCalendarInfoRequest, GetContractRequest, GetMarketStateRequest,
    GetNthTradeDateRequest, GetPriceLimitsRequest, GetRollScheduleRequest, GetSessionRequest, Hours,
    ListContractsRequest, ListSessionsRequest, ParseSymbolRequest, ResolveTradeDateRequest, RollRule,
};
use peaktrade_wire::timestamp;
use tonic::Code;

const DEADLINE: Duration = Duration::from_secs(5);

async fn start(calendar_file: Option<PathBuf>) -> Result<Running, StartError> {
    let (gate, _filled) = OfflineGate::check_with_safe_values(Vec::new()).unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    peaktrade_calendar::start(gate, Config { listen, metrics: MetricsTarget::Off, calendar_file }).await
}

#[tokio::test]
async fn callers_fetch_the_calendar_and_evaluate_it_alike() {
    let running = start(None).await.unwrap();
    let fetched = peaktrade_runtime::calendar::fetch_calendar(&running.endpoint(), DEADLINE).await.unwrap();
    assert_eq!(fetched.sha256(), Calendar::shipped().sha256());

    let options = client::Options::default().with_calendar(fetched.sha256());
    let channel = client::connect(&running.endpoint(), options).await.unwrap();
    let mut caller = CalendarServiceClient::new(channel);
    let request = GetContractRequest { symbol: "NQH2026".into(), ..Default::default() };
    let contract = client::call(DEADLINE, caller.get_contract(request)).await.unwrap().into_inner().contract.unwrap();
    assert_eq!(contract.last_trade_date, fetched.last_trade_date("NQH2026".parse().unwrap()).unwrap().to_string());

    let request = GetContractRequest { symbol: "NQH6".into(), ..Default::default() };
    let unknown = client::call(DEADLINE, caller.get_contract(request)).await;
    assert_eq!(unknown.unwrap_err().code(), Code::InvalidArgument);
    drop(caller);
    assert_eq!(running.stop().await, Drained::Complete);
}

#[tokio::test]
async fn every_question_is_answered_through_the_port() {
    let running = start(None).await.unwrap();
    let channel = client::connect(&running.endpoint(), client::Options::default()).await.unwrap();
    let mut caller = CalendarServiceClient::new(channel);
    let (root, trade_date) = ("NQ".to_owned(), "2025-01-21".to_owned());
    let time = Some(timestamp("2025-01-21T15:00:00Z".parse().unwrap()));

    let session =
        GetSessionRequest { root: root.clone(), trade_date: trade_date.clone(), hours: Hours::Regular.into() };
    let session = client::call(DEADLINE, caller.get_session(session)).await.unwrap().into_inner().session.unwrap();
    assert_eq!((session.trade_date.as_str(), session.minutes), ("2025-01-21", 390));

    let range = ListSessionsRequest { root: root.clone(), from: "2025-01-17".into(), to: trade_date.clone(), hours: 0 };
    assert_eq!(client::call(DEADLINE, caller.list_sessions(range)).await.unwrap().into_inner().minutes, 3900);

    let resolved = client::call(DEADLINE, caller.resolve_trade_date(ResolveTradeDateRequest { time })).await.unwrap();
    assert_eq!(resolved.into_inner().trade_date, trade_date);

    let count = GetNthTradeDateRequest { from: trade_date.clone(), n: -1 };
    let before = client::call(DEADLINE, caller.get_nth_trade_date(count)).await.unwrap().into_inner().trade_date;
    assert_eq!(before, "2025-01-17");

    let state = client::call(DEADLINE, caller.get_market_state(GetMarketStateRequest { time })).await.unwrap();
    assert!(state.into_inner().is_regular_hours);

    let list = ListContractsRequest { root: root.clone(), from: "2025-01-02".into(), to: "2025-12-31".into() };
    let listed = client::call(DEADLINE, caller.list_contracts(list)).await.unwrap().into_inner().contracts;
    let symbols: Vec<&str> = listed.iter().map(|contract| contract.symbol.as_str()).collect();
    assert_eq!(symbols, ["NQH2025", "NQM2025", "NQU2025", "NQZ2025"]);

    let spelling = ParseSymbolRequest { text: "NQ 03-25".into(), reference_date: trade_date.clone() };
    assert_eq!(client::call(DEADLINE, caller.parse_symbol(spelling)).await.unwrap().into_inner().symbol, "NQH2025");

    let rule = Some(RollRule { trigger: "last_trade_day".into(), ..Default::default() });
    let (from, to) = (trade_date.clone(), "2025-03-31".into());
    let schedule = GetRollScheduleRequest { root: root.clone(), from, to, rule: rule.clone() };
    let rolls = client::call(DEADLINE, caller.get_roll_schedule(schedule)).await.unwrap().into_inner().rolls;
    assert_eq!((rolls.len(), rolls[0].trade_date.as_str()), (1, "2025-03-21"));

    let active = GetActiveContractRequest { root: root.clone(), time, rule, depth: 1 };
    let active = client::call(DEADLINE, caller.get_active_contract(active)).await.unwrap().into_inner();
    assert_eq!((active.symbol.as_str(), active.next_roll.as_ref()), ("NQM2025", Some(&rolls[0])));

    let prices = GetPriceLimitsRequest {
        root,
        trade_date: "2025-04-07".into(),
        fixing: "17539.00".into(),
        cash_index_close: "17397.70".into(),
        ..Default::default()
    };
    let limits = client::call(DEADLINE, caller.get_price_limits(prices)).await.unwrap().into_inner().limits;
    assert_eq!(limits[0].lower, "16321.25");
    drop(caller);
    assert_eq!(running.stop().await, Drained::Complete);
}

#[tokio::test]
async fn a_caller_on_another_calendar_is_refused() {
    let running = start(None).await.unwrap();
    let other = Sha256::of(b"another calendar");
    let options = client::Options::default().with_calendar(other);
    let mut caller = CalendarServiceClient::new(client::connect(&running.endpoint(), options).await.unwrap());
    let status = client::call(DEADLINE, caller.get_calendar_info(GetCalendarInfoRequest {})).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    for hash in [other, Calendar::shipped().sha256()] {
        assert!(status.message().contains(&hash.to_string()), "{}", status.message());
    }
    drop(caller);
    running.stop().await;
}

#[tokio::test]
async fn a_file_of_ones_own_is_served_or_refused_before_the_port_is_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    let shipped = format!("version = {:?}", Calendar::shipped().version());
    let own = Calendar::SHIPPED_FILE.replacen(&shipped, "version = \"2099.1-own\"", 1);
    std::fs::write(&path, &own).unwrap();
    let running = start(Some(path.clone())).await.unwrap();
    let fetched = peaktrade_runtime::calendar::fetch_calendar(&running.endpoint(), DEADLINE).await.unwrap();
    assert_eq!((fetched.version(), fetched.sha256()), ("2099.1-own", Sha256::of(own.as_bytes())));
    running.stop().await;

    std::fs::write(&path, own.replace("zone = \"America/Chicago\"", "zone = \"Chicago\"")).unwrap();
    let line = own[..own.find("zone = ").unwrap()].matches('\n').count() + 1;
    let error = start(Some(path.clone())).await.unwrap_err();
    assert!(matches!(error, StartError::Configuration { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("own.toml") && message.contains(&format!("line {line}: \"Chicago\"")), "{message}");

    let error = start(Some(folder.path().join("absent.toml"))).await.unwrap_err();
    assert!(error.to_string().contains("absent.toml"), "{error}");
}

#[test]
fn the_program_refuses_a_bad_calendar_file_with_its_line_and_the_exit_code_of_a_wrong_setting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    let row = "kind = \"halt\"";
    let line = Calendar::SHIPPED_FILE[..Calendar::SHIPPED_FILE.find(row).unwrap()].matches('\n').count() + 1;
    std::fs::write(&path, Calendar::SHIPPED_FILE.replacen(row, "kind = \"pause\"", 1)).unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_calendar"))
        .env_clear()
        .envs(SAFE_VALUES)
        .env("CALENDAR_FILE", &path)
        .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8(program.stderr).unwrap();
    assert_eq!(program.status.code(), Some(65), "{said}");
    assert!(said.contains("own.toml") && said.contains(&format!("line {line}: ")) && said.contains("pause"), "{said}");
}
