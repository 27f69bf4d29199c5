//! Layers around a service's handlers, each a function from handler to handler.

mod calendar_hash;
mod load;
mod message_limit;
mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use peaktrade_domain::Sha256;
use tonic::body::Body;
use tonic::service::Routes;
use tower::ServiceExt as _;
use tower::util::service_fn;

pub use calendar_hash::CALENDAR_SHA256_HEADER;

use crate::metrics::CallMetrics;
use crate::service::{Handler, Transport};

/// Paths of health and reflection; they carry no orders and no bars, so they are neither traced nor counted, and they
/// answer when every permit of the service is taken.
const PLUMBING_PREFIXES: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];

/// Builds the whole front of a service.
pub(crate) fn front(
    service: &'static str,
    routes: Routes,
    raw: Vec<(String, Handler)>,
    transport: &Transport,
    calendar: Option<Sha256>,
    metrics: CallMetrics,
) -> Handler {
    let plain = Handler::new(routes.prepare());
    let handlers = mount(plain.clone(), raw);
    // From inside out. A request message is measured before a handler reads it.
    let measured = message_limit::limit_messages(handlers, transport.request_message_bytes_max);
    // A peer on another calendar would have its orders judged by other sessions than its own.
    let agreed = calendar_hash::require_same_calendar(measured, service, calendar);
    // The permit lives as long as the response body, so that long streams count.
    let bounded = load::limit_calls(agreed, service, transport.calls_in_flight_max);
    // Outermost, so that refusals of the layers above are seen too.
    let traced = trace::trace_calls(bounded, service, metrics);
    Handler::new(service_fn(move |request: http::Request<Body>| {
        let path = request.uri().path();
        let is_plumbing = PLUMBING_PREFIXES.iter().any(|prefix| path.starts_with(prefix));
        let handler = if is_plumbing { plain.clone() } else { traced.clone() };
        handler.oneshot(request)
    }))
}

/// Puts raw services before the routes, each for one exact path.
fn mount(routes: Handler, raw: Vec<(String, Handler)>) -> Handler {
    if raw.is_empty() {
        return routes;
    }
    let raw: Arc<BTreeMap<String, Handler>> = Arc::new(raw.into_iter().collect());
    Handler::new(service_fn(move |request: http::Request<Body>| {
        let handler = raw.get(request.uri().path()).unwrap_or(&routes).clone();
        handler.oneshot(request)
    }))
}
