//! A channel that carries the trace context and the calendar's hash.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Injector, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::Code;
use tonic::body::Body;
use tonic::transport::Error;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::layers::CALENDAR_SHA256_HEADER;
use crate::observed_body::{CallEnd, ObservedBody};

/// A channel to one service, for tonic's generated clients; clones share the connection.
#[derive(Clone)]
pub struct Channel {
    inner: tonic::transport::Channel,
    calendar: Option<HeaderValue>,
}

impl Channel {
    pub(super) fn new(inner: tonic::transport::Channel, calendar: Option<HeaderValue>) -> Self {
        Self { inner, calendar }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("calendar", &self.calendar).finish_non_exhaustive()
    }
}

impl tower::Service<http::Request<Body>> for Channel {
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let span = client_span(request.uri().path().trim_start_matches('/'));
        TraceContextPropagator::new().inject_context(&span.context(), &mut Headers(request.headers_mut()));
        if let Some(calendar) = &self.calendar {
            request.headers_mut().insert(HeaderName::from_static(CALENDAR_SHA256_HEADER), calendar.clone());
        }
        let answer = self.inner.call(request).instrument(span.clone());
        Box::pin(async move {
            let mut observed = ObservedBody::pending(ClientCall { span, is_over: false });
            let response = answer.await.inspect_err(|_| observed.fail(Code::Unavailable))?;
            Ok(observed.wrap(response))
        })
    }
}

fn client_span(path: &str) -> Span {
    let (rpc_service, rpc_method) = path.rsplit_once('/').unwrap_or(("", path));
    tracing::info_span!(
        "grpc_client",
        otel.name = path,
        otel.kind = "client",
        otel.status_code = tracing::field::Empty,
        rpc.system = "grpc",
        rpc.service = rpc_service,
        rpc.method = rpc_method,
        rpc.grpc.status_code = tracing::field::Empty,
    )
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

struct ClientCall {
    span: Span,
    is_over: bool,
}

impl CallEnd for ClientCall {
    fn span(&self) -> &Span {
        &self.span
    }

    fn end(&mut self, code: Code, _message: &str) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        self.span.record("rpc.grpc.status_code", i32::from(code));
        if code != Code::Ok {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}
