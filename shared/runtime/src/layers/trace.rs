//! One pair of metrics per call, and of the calls that are recorded a span and a log line, from the request to the end of
//! the response body.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tokio::sync::OwnedSemaphorePermit;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::metrics::{CallMetrics, EndedCall, MeasuredCall};
use crate::observed_body::{CallEnd, ObservedBody};
use crate::service::CallRecord;
use crate::telemetry;

/// Request metadata that carries the caller's trace, as W3C Trace Context names it.
const TRACE_PARENT_HEADER: &str = "traceparent";

/// Begins the spans and the metrics of a service's calls.
pub(crate) struct Trace {
    service: &'static str,
    record: CallRecord,
    metrics: CallMetrics,
}

impl Trace {
    pub(crate) fn new(service: &'static str, record: CallRecord, metrics: CallMetrics) -> Self {
        Self { service, record, metrics }
    }

    pub(super) fn begin(&self, request: &http::Request<Body>) -> ServerCall {
        let path = request.uri().path().trim_start_matches('/');
        let span = if self.has_span(request.headers()) {
            server_span(self.service, path, request.headers())
        } else {
            Span::none()
        };
        let measured = Some(self.metrics.started(path));
        ServerCall { service: self.service, record: self.record, span, measured, permit: None }
    }

    /// Whether somebody follows the call's span: the log of a service that records every call, a caller that traces, an
    /// exporter, or a person at debug.
    fn has_span(&self, headers: &HeaderMap) -> bool {
        match self.record {
            CallRecord::Every => true,
            CallRecord::Refusals => {
                headers.contains_key(TRACE_PARENT_HEADER)
                    || telemetry::exports_traces()
                    || tracing::enabled!(tracing::Level::DEBUG)
            }
        }
    }
}

fn server_span(service: &'static str, path: &str, headers: &HeaderMap) -> Span {
    // Attributes are made for a reader; without an exporter there is none, and the span carries the ids alone.
    let span = if telemetry::exports_traces() {
        let (rpc_service, rpc_method) = path.rsplit_once('/').unwrap_or(("", path));
        tracing::info_span!(
            "grpc_server",
            service,
            otel.name = path,
            otel.kind = "server",
            otel.status_code = tracing::field::Empty,
            rpc.system = "grpc",
            rpc.service = rpc_service,
            rpc.method = rpc_method,
            rpc.grpc.status_code = tracing::field::Empty,
        )
    } else {
        tracing::info_span!("grpc_server", service)
    };
    if headers.contains_key(TRACE_PARENT_HEADER) {
        // Without telemetry there is no layer that could take a parent; the call is served all the same.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers)));
    }
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
pub(super) struct ServerCall {
    service: &'static str,
    record: CallRecord,
    span: Span,
    measured: Option<MeasuredCall>,
    /// Held until the call is dropped, which is when its response body is.
    permit: Option<OwnedSemaphorePermit>,
}

impl ServerCall {
    /// The same call with its permit.
    pub(super) fn holding(mut self, permit: OwnedSemaphorePermit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Waits for the answer inside the call's span and follows its body to the end.
    pub(super) async fn follow(
        self,
        answer: impl Future<Output = Result<http::Response<Body>, Infallible>>,
    ) -> Result<http::Response<Body>, Infallible> {
        let (service, span) = (self.service, self.span.clone());
        // Held here: a caller that goes away drops this future, and with it the call, which is then counted.
        let mut body = ObservedBody::pending(self);
        let response = match AssertUnwindSafe(answer).catch_unwind().instrument(span).await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            // The panic hook has printed where; the caller learns that the call was not judged.
            Err(_panic) => Status::internal(format!("{service} failed while handling the call")).into_http(),
        };
        Ok(body.wrap(response))
    }
}

impl CallEnd for ServerCall {
    fn span(&self) -> &Span {
        &self.span
    }

    fn end(&mut self, code: Code, message: &str) {
        let Some(measured) = self.measured.take() else { return };
        let (is_fault, is_ok) = (is_server_fault(code), code == Code::Ok);
        self.span.record("rpc.grpc.status_code", i32::from(code));
        if is_fault {
            self.span.record("otel.status_code", "ERROR");
        }
        let EndedCall { method, code, seconds } = measured.end(code);
        let _entered = self.span.enter();
        // The service is named by the event too, since a call may have no span to name it.
        let service = self.service;
        match self.record {
            _ if is_fault => tracing::warn!(service, method = &*method, code, seconds, error = message, "call failed"),
            CallRecord::Refusals if is_ok => tracing::debug!(service, method = &*method, code, seconds, "call ended"),
            CallRecord::Every | CallRecord::Refusals => {
                tracing::info!(service, method = &*method, code, seconds, "call ended");
            }
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
