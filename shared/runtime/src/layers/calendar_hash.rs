//! Refuses peers that evaluate another calendar.

use std::convert::Infallible;

use peaktrade_domain::Sha256;
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt as _;
use tower::util::service_fn;

use crate::service::Handler;

/// Request metadata that carries the hash of the caller's calendar, 64 lower-case hexadecimal digits.
pub const CALENDAR_SHA256_HEADER: &str = "peaktrade-calendar-sha256";

/// Characters of a foreign hash that are shown; a right one has 64.
const SHOWN_CHARS_MAX: usize = 64;

pub(super) fn require_same_calendar(inner: Handler, service: &'static str, calendar: Option<Sha256>) -> Handler {
    let Some(own) = calendar else { return inner };
    let own = own.to_string();
    Handler::new(service_fn(move |request: http::Request<Body>| {
        let foreign = request
            .headers()
            .get_all(CALENDAR_SHA256_HEADER)
            .iter()
            .find(|value| value.as_bytes() != own.as_bytes())
            .map(|value| String::from_utf8_lossy(value.as_bytes()).chars().take(SHOWN_CHARS_MAX).collect::<String>());
        let refusal = foreign.map(|foreign| {
            Status::failed_precondition(format!(
                "the caller evaluates calendar {foreign}, service {service} evaluates {own}; both must be the same"
            ))
        });
        let inner = inner.clone();
        async move {
            match refusal {
                Some(status) => Ok::<_, Infallible>(status.into_http()),
                None => inner.oneshot(request).await,
            }
        }
    }))
}
