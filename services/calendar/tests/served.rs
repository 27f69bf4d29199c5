//! The service as its callers meet it: a real server on a free port, a real client.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::time::Duration;

use peaktrade_calendar::Config;
use peaktrade_domain::{Calendar, Sha256};
use peaktrade_gates::OfflineGate;
use peaktrade_runtime::{Drained, MetricsTarget, Running, StartError, client};
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::calendar::v1::{GetCalendarInfoRequest, GetContractRequest};
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
    let own = Calendar::SHIPPED_FILE.replace("version = \"2026.11.1\"", "version = \"2026.11.1-own\"");
    std::fs::write(&path, &own).unwrap();
    let running = start(Some(path.clone())).await.unwrap();
    let fetched = peaktrade_runtime::calendar::fetch_calendar(&running.endpoint(), DEADLINE).await.unwrap();
    assert_eq!((fetched.version(), fetched.sha256()), ("2026.11.1-own", Sha256::of(own.as_bytes())));
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
