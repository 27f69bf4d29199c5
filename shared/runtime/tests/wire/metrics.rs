//! What a scraper sees.

use http_body_util::BodyExt as _;
use peaktrade_runtime::{Exporter, MetricsTarget, start};
use peaktrade_wire::calendar::v1::{GetCalendarInfoRequest, GetContractRequest, ListContractsRequest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;

use crate::scene::{
    Behaviour, Mock, RAW_PATH, calendar_client, channel, eventually, gate, open_raw, options, raw_stream, service,
    trailers,
};

/// One request on a connection of its own: status line and body.
async fn request(address: std::net::SocketAddr, method: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[tokio::test]
async fn only_get_of_metrics_answers() {
    let mut options = options();
    options.metrics = MetricsTarget::Own("127.0.0.1:0".parse().unwrap());
    let running = start(gate(), options, service("calendar", Mock::new(Behaviour::Answer))).await.unwrap();
    let address = running.metrics_address.unwrap();
    for (method, path, expected) in [
        ("GET", "/metrics", "HTTP/1.1 200 OK"),
        ("GET", "/metrics?name=x", "HTTP/1.1 200 OK"),
        ("GET", "/", "HTTP/1.1 404 Not Found"),
        ("GET", "/metrics/", "HTTP/1.1 404 Not Found"),
        ("GET", "/health", "HTTP/1.1 404 Not Found"),
        ("POST", "/metrics", "HTTP/1.1 405 Method Not Allowed"),
    ] {
        assert_eq!(request(address, method, path).await.0, expected, "{method} {path}");
    }
    let (_, body) = request(address, "GET", "/metrics").await;
    // Every described method stands at zero before its first call.
    for method in ["GetCalendarInfo", "GetRollSchedule"] {
        let line = format!("grpc_server_handled_total{{code=\"OK\",method=\"{method}\",service=\"calendar\"}} 0\n");
        assert!(body.contains(&line), "{line}{body}");
    }
    running.stop().await;
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn calls_are_counted_with_the_status_of_headers_and_trailers() {
    let exporter = Exporter::new();
    let mut options = options();
    options.metrics = MetricsTarget::Shared(exporter.clone());
    let (handler, mut opened) = raw_stream();
    let service = service("calendar", Mock::new(Behaviour::Answer)).with_raw_path(RAW_PATH, handler);
    let running = start(gate(), options, service).await.unwrap();
    assert_eq!(running.metrics_address, None);
    let mut client = calendar_client(&running).await;
    for _ in 0..3 {
        client.get_calendar_info(GetCalendarInfoRequest {}).await.unwrap();
    }
    client.get_contract(GetContractRequest::default()).await.unwrap_err();
    client.list_contracts(ListContractsRequest::default()).await.unwrap_err();
    let mut raw = channel(&running).await;
    // Ended by trailers, cut short by the caller, and a method that nobody has.
    let response = open_raw(&mut raw).await;
    opened.recv().await.unwrap().send(trailers(Code::DataLoss)).await.unwrap();
    response.into_body().collect().await.unwrap();
    let abandoned = open_raw(&mut raw).await;
    let _frames = opened.recv().await.unwrap();
    drop(abandoned);

    let expected = [
        ("OK", "GetCalendarInfo", 3),
        ("InvalidArgument", "GetContract", 1),
        ("Unimplemented", "ListContracts", 1),
        ("DataLoss", "unknown", 1),
        ("Canceled", "unknown", 1),
    ];
    eventually("the calls' counts", || {
        let text = exporter.render();
        let is_counted = |(code, method, count): &(&str, &str, u32)| {
            let labels = format!("{{code=\"{code}\",method=\"{method}\",service=\"calendar\"}}");
            text.contains(&format!("grpc_server_handled_total{labels} {count}\n"))
        };
        let idle = text.contains("grpc_server_calls_in_flight{service=\"calendar\"} 0\n");
        let all = idle && expected.iter().all(is_counted);
        async move { all.then_some(()) }
    })
    .await;
    let text = exporter.render();
    assert!(text.contains("grpc_server_handling_seconds_count{method=\"GetCalendarInfo\",service=\"calendar\"} 3\n"));
}
