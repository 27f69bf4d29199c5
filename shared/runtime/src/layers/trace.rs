//! One span, one log line and one pair of metrics per call, from the request to the end of the response body.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::ServiceExt as _;
use tower::util::service_fn;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::metrics::{CallMetrics, EndedCall, MeasuredCall};
use crate::observed_body::{CallEnd, ObservedBody};
use crate::service::Handler;

pub(super) fn trace_calls(inner: Handler, service: &'static str, metrics: CallMetrics) -> Handler {
    Handler::new(service_fn(move |request: http::Request<Body>| {
        let inner = inner.clone();
        let path = request.uri().path().trim_start_matches('/');
        let span = server_span(service, path, request.headers());
        let call = ServerCall { span: span.clone(), measured: Some(metrics.started(path)) };
        async move {
            // Awaited here: a caller that goes away drops this future, and with it `call`, which then counts the call.
            let mut body = ObservedBody::pending(call);
            let answered = AssertUnwindSafe(inner.oneshot(request)).catch_unwind().instrument(span).await;
            let response = match answered {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                // The panic hook has printed where; the caller learns that the call was not judged.
                Err(_panic) => Status::internal(format!("{service} failed while handling the call")).into_http(),
            };
            Ok::<_, Infallible>(body.wrap(response))
        }
    }))
}

fn server_span(service: &'static str, path: &str, headers: &HeaderMap) -> Span {
    let (rpc_service, rpc_method) = path.rsplit_once('/').unwrap_or(("", path));
    let span = tracing::info_span!(
        "grpc_server",
        service,
        otel.name = path,
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        rpc.system = "grpc",
        rpc.service = rpc_service,
        rpc.method = rpc_method,
        rpc.grpc.status_code = tracing::field::Empty,
    );
    // Without telemetry there is no layer that could take a parent; the call is served all the same.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers)));
    span
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// A call under way; it ends exactly once, at the latest when it is dropped.
struct ServerCall {
    span: Span,
    measured: Option<MeasuredCall>,
}

impl CallEnd for ServerCall {
    fn span(&self) -> &Span {
        &self.span
    }

    fn end(&mut self, code: Code, message: &str) {
        let Some(measured) = self.measured.take() else { return };
        self.span.record("rpc.grpc.status_code", i32::from(code));
        if is_server_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        let is_fault = is_server_fault(code);
        let EndedCall { method, code, seconds } = measured.end(code);
        let _entered = self.span.enter();
        if is_fault {
            tracing::warn!(method, code, seconds, error = message, "call failed");
        } else {
            tracing::info!(method, code, seconds, "call ended");
        }
    }
}

/// Codes that speak of a fault on this side, as the OpenTelemetry conventions count them; the others are answers.
fn is_server_fault(code: Code) -> bool {
    match code {
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::Ok
        | Code::Cancelled
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unauthenticated => false,
    }
}
