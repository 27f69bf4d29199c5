//! Traces arrive at an OTLP endpoint. A test binary of its own, because telemetry is started once per process.

#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use peaktrade_gates::{OfflineGate, SAFE_VALUES};
use peaktrade_runtime::telemetry::{self, StderrLog};
use peaktrade_runtime::{Handler, MetricsTarget, Registry, ServeOptions, Service, start};
use tokio::sync::mpsc;
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::service_fn;

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Takes an export and answers with an empty message.
fn collector() -> (Handler, mpsc::UnboundedReceiver<Bytes>) {
    let (exports, exported) = mpsc::unbounded_channel();
    let exports = Arc::new(exports);
    let handler = Handler::new(service_fn(move |request: http::Request<Body>| {
        let exports = Arc::clone(&exports);
        async move {
            exports.send(request.into_body().collect().await.unwrap().to_bytes()).unwrap();
            let mut trailers = http::HeaderMap::new();
            trailers.insert("grpc-status", "0".parse().unwrap());
            let frames = [Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[0; 5]))), Ok(Frame::trailers(trailers))];
            let body = Body::new(StreamBody::new(tokio_stream::iter(frames)));
            let response = http::Response::builder().header("content-type", "application/grpc").body(body);
            Ok::<_, Infallible>(response.unwrap())
        }
    }));
    (handler, exported)
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_are_exported_and_the_last_ones_at_shutdown() {
    let gate = OfflineGate::check(SAFE_VALUES.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
    let (handler, mut exported) = collector();
    let service = Service::new("collector", Routes::default(), &[], &[], Registry::new("collector"))
        .with_raw_path(EXPORT, handler);
    let options = ServeOptions::new("127.0.0.1:0".parse().unwrap(), MetricsTarget::Off);
    let collector = start(gate, options, service).await.unwrap();

    let endpoint = collector.endpoint();
    let telemetry = telemetry::init_with("paper-broker", "error", Some(&endpoint), StderrLog::Off).unwrap();
    let trace_id = tracing::info_span!(target: "peaktrade_test", "order", otel.name = "submit NQH2026")
        .in_scope(|| telemetry::current_trace_id().unwrap());
    // A library's span is nobody's business, and a step below information is no hop.
    tracing::info_span!(target: "h2", "library span").in_scope(|| {});
    tracing::debug_span!(target: "peaktrade_test", "inner step").in_scope(|| {});
    telemetry.shutdown().await;

    let export = tokio::time::timeout(Duration::from_secs(10), exported.recv()).await.unwrap().unwrap();
    let contains = |needle: &[u8]| export.windows(needle.len()).any(|window| window == needle);
    let id_bytes: Vec<u8> =
        (0..16).map(|byte| u8::from_str_radix(&trace_id[2 * byte..2 * byte + 2], 16).unwrap()).collect();
    for present in [&b"paper-broker"[..], b"submit NQH2026", &id_bytes] {
        assert!(contains(present), "{present:?}");
    }
    for absent in [&b"library span"[..], b"inner step", b"busy_ns", b"thread.id", b"code.file"] {
        assert!(!contains(absent), "{}", String::from_utf8_lossy(absent));
    }
}
