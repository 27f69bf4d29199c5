//! What stands around a service's handlers.
//!
//! One service and one boxed future for all of it: a stack of boxed layers costs every call a dozen allocations more,
//! which is time of an order.

mod calendar_hash;
mod load;
mod message_limit;
mod trace;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::Either;
use peaktrade_domain::Sha256;
use tokio::sync::OwnedSemaphorePermit;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::ServiceExt as _;

pub use calendar_hash::CALENDAR_SHA256_HEADER;
use calendar_hash::SameCalendar;
use load::CallLimit;
pub(crate) use trace::Trace;

use crate::service::{Handler, Transport};

/// Paths of health and reflection; they carry no orders and no bars, so they are neither traced nor counted, and they
/// answer when every permit of the service is taken.
const PLUMBING_PREFIXES: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];

/// The whole front of a service; clones share its limits.
#[derive(Clone)]
pub(crate) struct Front {
    routes: Routes,
    shared: Arc<Shared>,
}

struct Shared {
    /// Raw services before the routes, each for one exact path.
    raw: BTreeMap<String, Handler>,
    trace: Trace,
    calls: CallLimit,
    calendar: SameCalendar,
    message_bytes_max: usize,
}

impl Front {
    /// Builds the front.
    pub(crate) fn new(
        service: &'static str,
        routes: Routes,
        raw: Vec<(String, Handler)>,
        transport: &Transport,
        calendar: Option<Sha256>,
        trace: Trace,
    ) -> Self {
        let shared = Shared {
            raw: raw.into_iter().collect(),
            trace,
            calls: CallLimit::new(service, transport.calls_in_flight_max),
            calendar: SameCalendar::new(service, calendar),
            message_bytes_max: transport.request_message_bytes_max,
        };
        Self { routes: routes.prepare(), shared: Arc::new(shared) }
    }

    /// Whether a call may reach its handler; the permit is held until its response body ends, so that long streams count.
    fn admit(&self, request: &http::Request<Body>) -> Result<OwnedSemaphorePermit, Status> {
        let permit = self.shared.calls.take_permit()?;
        // A peer on another calendar would have its orders judged by other sessions than its own.
        self.shared.calendar.check(request.headers())?;
        Ok(permit)
    }
}

impl tower::Service<http::Request<Body>> for Front {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    /// Always ready: what is too much is refused, not queued.
    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let path = request.uri().path();
        if PLUMBING_PREFIXES.iter().any(|prefix| path.starts_with(prefix)) {
            return Box::pin(self.routes.call(request));
        }
        // Outermost, so that refusals are seen too.
        let call = self.shared.trace.begin(&request);
        let permit = match self.admit(&request) {
            Ok(permit) => permit,
            Err(refusal) => return Box::pin(call.follow(std::future::ready(Ok(refusal.into_http())))),
        };
        let handler = self.shared.raw.get(path).cloned();
        // A request message is measured before a handler reads it.
        let request = message_limit::limit_messages(request, self.shared.message_bytes_max);
        let answer = match handler {
            Some(handler) => Either::Left(handler.oneshot(request)),
            None => Either::Right(self.routes.call(request)),
        };
        Box::pin(call.holding(permit).follow(answer))
    }
}
