//! Limits that hold until the body ends, and refusals before a handler runs.

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use peaktrade_domain::Sha256;
use peaktrade_runtime::client::{self, ConnectError, Options};
use peaktrade_runtime::start;
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::calendar::v1::{GetCalendarInfoRequest, ParseSymbolRequest};
use tokio::net::TcpListener;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::scene::{
    Behaviour, Mock, calendar_client, channel, eventually, gate, open_raw, options, raw_stream, serve, service,
    trailers,
};

#[tokio::test]
async fn a_permit_is_held_until_the_body_ends() {
    let (handler, mut opened) = raw_stream();
    let mut options = options();
    options.transport.calls_in_flight_max = 1;
    let service = service("calendar", Mock::new(Behaviour::Answer)).with_raw_path(crate::scene::RAW_PATH, handler);
    let running = start(gate(), options, service).await.unwrap();
    let mut raw_channel = channel(&running).await;

    // The response's headers are here, its body is not: the call is still in flight.
    let response = open_raw(&mut raw_channel).await;
    let frames = opened.recv().await.unwrap();
    let mut client = calendar_client(&running).await;
    let status = client.get_calendar_info(GetCalendarInfoRequest {}).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::ResourceExhausted, "calendar has 1 calls in flight, which is its limit")
    );
    // Health has a way of its own.
    HealthClient::new(channel(&running).await).check(HealthCheckRequest { service: String::new() }).await.unwrap();

    frames.send(trailers(Code::Ok)).await.unwrap();
    drop(frames);
    response.into_body().collect().await.unwrap();
    eventually("the permit's return", || {
        let mut client = client.clone();
        async move { client.get_calendar_info(GetCalendarInfoRequest {}).await.ok() }
    })
    .await;

    // A caller that goes away gives its permit back too.
    let abandoned = open_raw(&mut raw_channel).await;
    let _frames = opened.recv().await.unwrap();
    drop(abandoned);
    eventually("the abandoned permit's return", || {
        let mut client = client.clone();
        async move { client.get_calendar_info(GetCalendarInfoRequest {}).await.ok() }
    })
    .await;
}

#[tokio::test]
async fn a_request_message_is_bounded() {
    let mut options = options();
    options.transport.request_message_bytes_max = 1024;
    let running = serve(options, Mock::new(Behaviour::Answer)).await;
    let mut client = calendar_client(&running).await;
    // The field's tag and length take three bytes.
    for (length, expected) in
        [(1021, Ok(())), (1022, Err(Code::ResourceExhausted)), (100_000, Err(Code::ResourceExhausted))]
    {
        let request = ParseSymbolRequest { text: "x".repeat(length), ..Default::default() };
        let answer = client.parse_symbol(request).await;
        assert_eq!(answer.map(|_| ()).map_err(|status| status.code()), expected, "{length} characters");
    }
}

#[tokio::test]
async fn a_caller_on_another_calendar_is_refused() {
    let (own, other) = (Sha256::of(b"own"), Sha256::of(b"other"));
    let running = serve(options().with_calendar(own), Mock::new(Behaviour::Answer)).await;
    let ask = async |options: Options| {
        let channel = client::connect(&running.endpoint(), options).await.unwrap();
        let answer = CalendarServiceClient::new(channel).get_calendar_info(GetCalendarInfoRequest {}).await;
        answer.map(|_| ()).map_err(|status| (status.code(), status.message().to_owned()))
    };
    assert_eq!(ask(Options::default()).await, Ok(()));
    assert_eq!(ask(Options::default().with_calendar(own)).await, Ok(()));
    let text =
        format!("the caller evaluates calendar {other}, service calendar evaluates {own}; both must be the same");
    assert_eq!(ask(Options::default().with_calendar(other)).await, Err((Code::FailedPrecondition, text)));
}

#[tokio::test]
async fn a_peer_that_is_paused_costs_a_call_no_more_than_its_deadline() {
    // Accepts by the system's backlog and never reads, as a process that was stopped.
    let paused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", paused.local_addr().unwrap());
    let mut client = CalendarServiceClient::new(client::connect_lazy(&endpoint, Options::default()).unwrap());
    let deadline = Duration::from_millis(200);
    let started = Instant::now();
    let status = client::call(deadline, client.get_calendar_info(GetCalendarInfoRequest {})).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::DeadlineExceeded, "no answer within 200ms"));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_endpoint_is_checked_before_anything_is_dialled() {
    for endpoint in ["", "127.0.0.1:9121", "https://127.0.0.1:9121", "http://127.0.0.1", "http://127.0.0.1:1/x", "a b"]
    {
        let expected = ConnectError::Endpoint { endpoint: endpoint.to_owned() };
        assert_eq!(client::connect_lazy(endpoint, Options::default()).unwrap_err(), expected);
        assert_eq!(client::connect(endpoint, Options::default()).await.unwrap_err(), expected);
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let refused = client::connect(&endpoint, Options::default()).await.unwrap_err();
    assert!(matches!(&refused, ConnectError::Unreachable { problem, .. } if problem.contains("refused")), "{refused}");
}
