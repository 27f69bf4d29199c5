//! One trace id from the caller through one service into the next, and in the log lines of all three.

use std::collections::BTreeMap;
use std::path::Path;

use peaktrade_runtime::telemetry::{self, StderrLog};
use peaktrade_runtime::{CallRecord, Running, start};
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::calendar::v1::{GetCalendarInfoRequest, GetContractRequest};
use tracing::Instrument as _;

use crate::scene::{Behaviour, Mock, calendar_client, channel, eventually, gate, options, service};

async fn serve(name: &'static str, behaviour: Behaviour) -> Running {
    start(gate(), options(), service(name, Mock::new(behaviour))).await.unwrap()
}

#[tokio::test]
async fn a_trace_goes_from_the_caller_through_two_services() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs.ndjson");
    // Quieter than information, and still traced.
    let telemetry = telemetry::init_with("caller", "info", None, StderrLog::Off).unwrap();
    telemetry.attach_file(&path).unwrap();
    let back = serve("risk-gate", Behaviour::Answer).await;
    let front = serve("paper-broker", Behaviour::Ask(channel(&back).await)).await;

    let span = tracing::info_span!(target: "peaktrade_test", "order");
    let mut client = calendar_client(&front).await;
    let trace_id = async {
        tracing::info!(target: "peaktrade_test", quantity = 2_u32, clash.level = 1, level = "mine", "asking");
        client.get_calendar_info(GetCalendarInfoRequest {}).await.unwrap();
        telemetry::current_trace_id().unwrap()
    }
    .instrument(span)
    .await;
    assert_eq!(trace_id.len(), 32);

    let lines = eventually("the log lines of both services", || {
        let lines: Vec<BTreeMap<String, serde_json::Value>> =
            std::fs::read_to_string(&path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let traced: Vec<_> =
            lines.into_iter().filter(|line| line.get("trace_id") == Some(&trace_id.clone().into())).collect();
        async move { (traced.len() >= 3).then_some(traced) }
    })
    .await;
    let seen: Vec<(&str, &str)> =
        lines.iter().map(|line| (line["service"].as_str().unwrap(), line["msg"].as_str().unwrap())).collect();
    assert_eq!(seen, [("caller", "asking"), ("risk-gate", "call ended"), ("paper-broker", "call ended")]);
    let spans: std::collections::BTreeSet<&str> = lines.iter().map(|line| line["span_id"].as_str().unwrap()).collect();
    assert_eq!(spans.len(), 3, "each hop has a span of its own");

    let text = std::fs::read_to_string(&path).unwrap();
    let asking = text.lines().find(|line| line.contains("\"asking\"")).unwrap();
    let (ts, rest) = asking.split_at(r#"{"ts":"2026-01-01T00:00:00.000Z""#.len());
    assert!(ts.ends_with("Z\"") && ts.contains('.'), "{asking}");
    assert!(rest.starts_with(r#","level":"info","service":"caller","trace_id":""#), "{asking}");
    let tail = r#","target":"peaktrade_test","msg":"asking","clash.level":1,"field.level":"mine","quantity":2}"#;
    assert!(asking.ends_with(tail), "{asking}");

    look_ups_leave_a_line_where_they_are_refused(&path).await;

    telemetry.detach_file();
    assert!(matches!(telemetry::init("twice", "info", None), Err(telemetry::TelemetryError::AlreadyStarted)));
    telemetry.shutdown().await;
}

/// At info: no line for an answer; a line for a refusal, with the trace of a caller that has one and without for one that
/// has none.
async fn look_ups_leave_a_line_where_they_are_refused(log: &Path) {
    let look_ups = service("look-ups", Mock::new(Behaviour::Answer)).with_record(CallRecord::Refusals);
    let running = start(gate(), options(), look_ups).await.unwrap();
    let mut client = calendar_client(&running).await;
    let span = tracing::info_span!(target: "peaktrade_test", "tracing caller");
    let trace_id = async {
        client.get_calendar_info(GetCalendarInfoRequest {}).await.unwrap();
        client.get_contract(GetContractRequest::default()).await.unwrap_err();
        telemetry::current_trace_id().unwrap()
    }
    .instrument(span)
    .await;
    // A plain client, as grpcurl is one, sends no trace; those of this workspace always do.
    let endpoint = tonic::transport::Endpoint::from_shared(running.endpoint()).unwrap();
    let mut client = CalendarServiceClient::new(endpoint.connect().await.unwrap());
    client.get_calendar_info(GetCalendarInfoRequest {}).await.unwrap();
    client.get_contract(GetContractRequest::default()).await.unwrap_err();

    let ended = eventually("the lines of the refusals", || {
        let text = std::fs::read_to_string(log).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let ended: Vec<_> = lines.filter(|line| line["service"] == "look-ups" && line["msg"] == "call ended").collect();
        async move { (ended.len() >= 2).then_some(ended) }
    })
    .await;
    let seen: Vec<_> =
        ended.iter().map(|line| (line["method"].as_str(), line["code"].as_str(), line["trace_id"].as_str())).collect();
    let refused = (Some("GetContract"), Some("InvalidArgument"));
    assert_eq!(seen, [(refused.0, refused.1, Some(trace_id.as_str())), (refused.0, refused.1, None)]);
}

#[test]
fn a_level_that_is_none_is_refused() {
    let refused = telemetry::init("caller", "loud", None).unwrap_err();
    assert_eq!(refused.to_string(), "log level \"loud\" is not one of error, warn, info, debug, trace");
}
