//! Latency of one unary call of the calendar service beside a bare tonic server, on loopback.
//!
//! ```text
//! cargo bench -p peaktrade-calendar --bench unary
//! ```
//!
//! The calendar service runs as its program runs it: the same serve function with every layer, telemetry with a log
//! line per call (into a file here). Both servers share one runtime with the threads of the program; one client with a
//! plain channel each calls them in turn, so that both meet the same machine. `LOG_LEVEL` is read as by the program; `off`
//! leaves telemetry out, spans included, which shows its share.
#![allow(clippy::unwrap_used)]

mod echo;

use std::io::Write as _;
use std::time::{Duration, Instant};

use peaktrade_calendar::Config;
use peaktrade_gates::OfflineGate;
use peaktrade_runtime::MetricsTarget;
use peaktrade_runtime::telemetry::{self, StderrLog};
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::calendar::v1::{GetMarketStateRequest, ResolveTradeDateRequest};
use peaktrade_wire::timestamp;
use tonic::transport::{Channel, Endpoint};

/// Calls of each server in a round.
const CALLS: usize = 5_000;
/// Calls of each server before the first round.
const WARM_UP_CALLS: usize = 2_000;
const ROUNDS: usize = 5;

type Client = CalendarServiceClient<Channel>;

#[derive(Clone, Copy)]
enum Method {
    ResolveTradeDate,
    GetMarketState,
}

fn main() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let _telemetry = (level != "off").then(|| {
        let telemetry = telemetry::init_with("calendar", &level, None, StderrLog::Off).unwrap();
        telemetry.attach_file(&folder.path().join("log.ndjson")).unwrap();
        telemetry
    });

    let servers = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let caller = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (gate, _filled) = OfflineGate::check_with_safe_values(Vec::new()).unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = Config { listen, metrics: MetricsTarget::Off, calendar_file: None };
    let running = servers.block_on(peaktrade_calendar::start(gate, config)).unwrap();

    caller.block_on(async {
        let mut service = connect(running.endpoint()).await;
        let trade_date = service.resolve_trade_date(trade_date_request()).await.unwrap().into_inner();
        let state = service.get_market_state(state_request()).await.unwrap().into_inner();
        let echo = echo::Echo { trade_date, state };
        let bare = servers.spawn(async { echo::serve(echo) }).await.unwrap();
        let mut bare = connect(format!("http://{bare}")).await;
        writeln!(std::io::stdout().lock(), "{ROUNDS} rounds of {CALLS} calls to each server, log level {level}")
            .unwrap();
        for method in [Method::ResolveTradeDate, Method::GetMarketState] {
            compare(method, &mut service, &mut bare).await;
        }
    });
    servers.block_on(running.stop());
}

async fn connect(endpoint: String) -> Client {
    CalendarServiceClient::new(Endpoint::from_shared(endpoint).unwrap().tcp_nodelay(true).connect().await.unwrap())
}

/// Calls both servers in turn and prints the median latencies.
async fn compare(method: Method, service: &mut Client, bare: &mut Client) {
    let name = match method {
        Method::ResolveTradeDate => "ResolveTradeDate",
        Method::GetMarketState => "GetMarketState",
    };
    let mut medians = Vec::new();
    round(WARM_UP_CALLS, method, service, bare).await;
    for _ in 0..ROUNDS {
        medians.push(round(CALLS, method, service, bare).await);
    }
    let of_service = median(medians.iter().map(|(service, _)| *service).collect());
    let of_bare = median(medians.iter().map(|(_, bare)| *bare).collect());
    let ratio = |service: Duration, bare: Duration| {
        let hundredths = service.as_nanos() * 100 / bare.as_nanos();
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let rounds: Vec<String> = medians.iter().map(|(service, bare)| ratio(*service, *bare)).collect();
    let (ratio, rounds) = (ratio(of_service, of_bare), rounds.join(" "));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{name:<16} p50 {of_service:>10.1?} service, {of_bare:>10.1?} bare, ratio {ratio} (rounds {rounds})")
        .unwrap();
}

/// Median latencies of the service and of the bare server; each goes first in every other pair.
async fn round(calls: usize, method: Method, service: &mut Client, bare: &mut Client) -> (Duration, Duration) {
    let (mut of_service, mut of_bare) = (Vec::with_capacity(calls), Vec::with_capacity(calls));
    for number in 0..calls {
        if number % 2 == 0 {
            of_service.push(call(method, service).await);
            of_bare.push(call(method, bare).await);
        } else {
            of_bare.push(call(method, bare).await);
            of_service.push(call(method, service).await);
        }
    }
    (median(of_service), median(of_bare))
}

async fn call(method: Method, client: &mut Client) -> Duration {
    let begin = Instant::now();
    match method {
        Method::ResolveTradeDate => {
            let answer = client.resolve_trade_date(trade_date_request()).await.unwrap();
            assert!(!answer.get_ref().trade_date.is_empty());
        }
        Method::GetMarketState => assert!(client.get_market_state(state_request()).await.unwrap().get_ref().is_open),
    }
    begin.elapsed()
}

/// An open instant of a regular session.
fn trade_date_request() -> ResolveTradeDateRequest {
    ResolveTradeDateRequest { time: Some(timestamp("2025-01-22T15:00:00Z".parse().unwrap())) }
}

fn state_request() -> GetMarketStateRequest {
    GetMarketStateRequest { time: trade_date_request().time }
}

fn median(mut latencies: Vec<Duration>) -> Duration {
    latencies.sort_unstable();
    latencies[latencies.len() / 2]
}
