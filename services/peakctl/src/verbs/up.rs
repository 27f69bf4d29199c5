//! `peakctl up`: the four services on their documented ports, with an account to trade on, until a signal.

use peaktrade_domain::{ContractSymbol, UnixNanos};
use peaktrade_embedded::{Member, Ports};
use peaktrade_gates::OfflineGate;
use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::dataset::v1::Dataset;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::UpArgs;
use crate::context::Context;
use crate::datasets;
use crate::demo_market;
use crate::failure::Failure;
use crate::machine;
use crate::replay::{self, ACCOUNT, PlannedRoll, ReplayBars};
use crate::services::{self, Services};
use crate::settings::{Needs, Settings};
use crate::table;

/// Starting cash of the account.
const CASH_USD: &str = "250000";
/// Time of day at which the clock is parked where the bars allow: 15:00 UTC, the American morning, when volume is high.
const CLOCK_NANOS_OF_DAY: i64 = 15 * 60 * UnixNanos::MINUTE;
const DAY_NANOS: i64 = 24 * 60 * UnixNanos::MINUTE;

/// Starts, opens the account, prints, waits for a signal, drains.
pub(crate) async fn run(context: &Context<'_>, arguments: UpArgs) -> Result<(), Failure> {
    let gate = context.gate()?;
    if context.settings.endpoints.is_any_set() {
        let text = "up starts services of its own; unset CALENDAR_ENDPOINT, DATASET_ENDPOINT, RISK_GATE_ENDPOINT and \
                    PAPER_BROKER_ENDPOINT, or use health to look at those that run";
        return Err(Failure::Usage(text.to_owned()));
    }
    let own = own_dataset(context, &gate, arguments.dataset.as_deref()).await?;
    let settings = match &own {
        Some(_) => context.settings.clone(),
        None => context.settings.with_store(&context.settings.data_dir.join("demo")),
    };
    let log = attach_log(context, &settings)?;
    let stack = services::start_stack(&settings, &gate, Needs::Trading, Ports::Fixed).await?;
    let mut services = Services::of_stack(stack).await?;
    let served = match serve(context, &settings, &mut services, own, &log).await {
        Ok(()) => wait_for_signal().await,
        Err(failure) => Err(failure),
    };
    context.output.talk("draining");
    services.stop().await;
    context.telemetry.detach_file();
    served
}

/// The dataset of DATA_DIR to trade on: the one that was named, else the newest; `None` where DATA_DIR holds none and the
/// demo market is served from a folder of its own.
async fn own_dataset(
    context: &Context<'_>,
    gate: &OfflineGate,
    named: Option<&str>,
) -> Result<Option<Dataset>, Failure> {
    if named.is_none() && !services::store_exists(&context.settings.data_dir) {
        return Ok(None);
    }
    let mut services = Services::connect(&context.settings, gate, Needs::Bars).await?;
    let found = match named {
        Some(dataset_id) => datasets::by_id(&mut services.dataset, dataset_id).await.map(Some),
        None => datasets::newest(&mut services.dataset, demo_market::ROOT).await,
    };
    services.stop().await;
    found
}

/// Log lines of all services go to a file of the store: the terminal is for the person.
fn attach_log(context: &Context<'_>, settings: &Settings) -> Result<String, Failure> {
    let log = settings.data_dir.join("logs.ndjson");
    std::fs::create_dir_all(&settings.data_dir)
        .and_then(|()| context.telemetry.attach_file(&log))
        .map_err(|error| Failure::from_file("writing", &log, &error))?;
    Ok(machine::absolute(&log))
}

async fn serve(
    context: &Context<'_>,
    settings: &Settings,
    services: &mut Services,
    own: Option<Dataset>,
    log: &str,
) -> Result<(), Failure> {
    let market = if own.is_some() { "your bars" } else { "the demo market" };
    let dataset = match own {
        Some(dataset) => dataset,
        None => demo_market::load(&mut services.dataset, context.output).await?.dataset,
    };
    let bars = replay::pull_bars(services, &dataset).await?;
    let (clock, contract) = parking_place(&bars, &replay::planned_rolls(&dataset)?, services)?;
    let session_id = machine::fresh_session_id("up")?;
    let request = broker::OpenSessionRequest {
        session_id: session_id.clone(),
        account: ACCOUNT.to_owned(),
        cash_usd: CASH_USD.to_owned(),
        dataset_id: dataset.dataset_id.clone(),
        clock: Some(peaktrade_wire::timestamp(clock)),
    };
    services::long("opening the account", services.trading()?.broker.open_session(request)).await?;
    let stack = services.stack().ok_or_else(|| Failure::Internal("the stack is gone".to_owned()))?;
    let addresses: Vec<(String, String)> = Member::ALL
        .into_iter()
        .filter_map(|member| Some((member.to_string(), stack.address(member)?.to_string())))
        .chain([("metrics".to_owned(), format!("http://{}/metrics", stack.metrics_address()))])
        .collect();
    let commands = commands(&addresses, &session_id, contract, clock);
    let document = json!({
        "services": addresses.iter().map(|(service, address)| json!({"service": service, "address": address})).collect::<Vec<_>>(),
        "store": machine::absolute(&settings.data_dir),
        "log": log,
        "dataset_id": dataset.dataset_id,
        "session_id": session_id,
        "account": ACCOUNT,
        "cash_usd": CASH_USD,
        "clock": clock.to_string(),
        "contract": contract.to_string(),
        "commands": commands.iter().map(|(_, command)| command).collect::<Vec<_>>(),
    });
    let rows: Vec<Vec<String>> =
        addresses.iter().map(|(service, address)| vec![service.clone(), address.clone()]).collect();
    let mut text = table::layout(&["service", "address"], &rows);
    text.push_str(&format!(
        "\nAccount {ACCOUNT} holds {CASH_USD} USD on {market}; its clock stands at {clock}, {contract} is active.\n\
         Risk policy, fees and margins are {}. Logs: {log}\n",
        if settings.has_own_trading_files() { "yours" } else { "ILLUSTRATIVE" }
    ));
    for (what, command) in &commands {
        text.push_str(&format!("\n{what}:\n{command}\n"));
    }
    context.output.result(&document, &text)?;
    context.output.talk("\nCtrl-C stops the services.");
    Ok(())
}

/// A whole minute of open market at which the active contract has a bar with volume: an order there fills at once. It lies
/// three quarters into the bars, so that history is behind it and time to advance is before it.
fn parking_place(
    bars: &ReplayBars,
    rolls: &[PlannedRoll],
    services: &Services,
) -> Result<(UnixNanos, ContractSymbol), Failure> {
    let from = bars.signal.len() / 4 * 3;
    let first = bars.raw.keys().next().copied();
    let usable = |row: usize| {
        let time = UnixNanos::from_nanos(bars.signal.ts[row]);
        let active = rolls.iter().rev().find(|roll| roll.roll_ts <= time).map(|roll| roll.to).or(first)?;
        let raw = bars.raw.get(&active)?;
        let has_volume = raw.ts.binary_search(&time.nanos()).is_ok_and(|at| raw.volume[at] > 0);
        let is_open = services.calendar.market_state(time).is_ok_and(|state| state.trade_date.is_some());
        (has_volume && is_open).then_some((time, active))
    };
    let is_morning = |row: &usize| bars.signal.ts[*row].rem_euclid(DAY_NANOS) == CLOCK_NANOS_OF_DAY;
    let rows = || from..bars.signal.len();
    rows()
        .filter(is_morning)
        .find_map(usable)
        .or_else(|| rows().find_map(usable))
        .ok_or_else(|| Failure::Input("the dataset has no bar on which an order could fill".to_owned()))
}

/// How far the printed line moves the clock: into the middle of a minute, where an order waits for the next bar.
const CLOCK_STEP_NANOS: i64 = 90 * UnixNanos::SECOND;

/// grpcurl lines in the order in which they make sense: one order fills, one is blocked, the account is asked, the clock
/// moves into a bar, where an order waits for the next open and can be cancelled.
fn commands(
    addresses: &[(String, String)],
    session_id: &str,
    contract: ContractSymbol,
    clock: UnixNanos,
) -> Vec<(&'static str, String)> {
    let broker = Member::PaperBroker.to_string();
    let address = addresses.iter().find(|(service, _)| *service == broker).map_or("", |(_, address)| address);
    let line = |method: &str, body: serde_json::Value| {
        let body = body.to_string();
        format!("grpcurl -plaintext -d '{body}' {address} peaktrade.futures.broker.v1.PaperBrokerService/{method}")
    };
    let order = |key: &str, contract: &str| {
        json!({"order": {
            "session_id": session_id, "account": ACCOUNT, "client_order_id": key, "contract": contract,
            "side": "SIDE_BUY", "quantity": 1, "order_type": "ORDER_TYPE_MARKET", "time_in_force": "TIME_IN_FORCE_DAY"
        }})
    };
    let later = clock.checked_add_nanos(CLOCK_STEP_NANOS).unwrap_or(clock);
    let foreign = contract.to_string().replacen(contract.root().as_str(), "ES", 1);
    vec![
        ("Buys one contract; fills at once", line("SubmitOrder", order("first", &contract.to_string()))),
        ("Is blocked by the risk gate, which says why", line("SubmitOrder", order("blocked", &foreign))),
        ("Shows the account", line("GetAccount", json!({"session_id": session_id}))),
        (
            "Moves the clock by a minute and a half; it never moves by itself",
            line("AdvanceClock", json!({"session_id": session_id, "to": later})),
        ),
        (
            "Buys one more; it waits for the open of the next bar",
            line("SubmitOrder", order("second", &contract.to_string())),
        ),
        (
            "Cancels the order that waits",
            line("CancelOrder", json!({"session_id": session_id, "client_order_id": "second"})),
        ),
    ]
}

async fn wait_for_signal() -> Result<(), Failure> {
    let unavailable = |error: std::io::Error| Failure::Internal(format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(unavailable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unavailable)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn the_printed_lines_are_whole_shell_commands() {
        let addresses = [("paper-broker".to_owned(), "127.0.0.1:9124".to_owned())];
        let lines = commands(
            &addresses,
            "up-20260616T150000Z-0a1b2c3d",
            "NQU2026".parse().unwrap(),
            "2026-06-16T15:00:00Z".parse().unwrap(),
        );
        let text: Vec<&str> = lines.iter().map(|(_, command)| command.as_str()).collect();
        assert_eq!(
            text[2],
            "grpcurl -plaintext -d '{\"session_id\":\"up-20260616T150000Z-0a1b2c3d\"}' 127.0.0.1:9124 \
             peaktrade.futures.broker.v1.PaperBrokerService/GetAccount"
        );
        assert!(text[3].contains("\"to\":\"2026-06-16T15:01:30Z\"") && text[3].contains("/AdvanceClock"), "{text:?}");
        assert!(text[5].contains("\"client_order_id\":\"second\"") && text[5].contains("/CancelOrder"), "{text:?}");
        assert!(
            text[0].contains("\"contract\":\"NQU2026\"") && text[1].contains("\"contract\":\"ESU2026\""),
            "{text:?}"
        );
    }
}
