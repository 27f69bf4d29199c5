//! Refuses peers that evaluate another calendar.

use http::HeaderMap;
use peaktrade_domain::Sha256;
use tonic::Status;

/// Request metadata that carries the hash of the caller's calendar, 64 lower-case hexadecimal digits.
pub const CALENDAR_SHA256_HEADER: &str = "peaktrade-calendar-sha256";

/// Characters of a foreign hash that are shown; a right one has 64.
const SHOWN_CHARS_MAX: usize = 64;

/// The calendar that a service evaluates, if any.
pub(super) struct SameCalendar {
    service: &'static str,
    own: Option<String>,
}

impl SameCalendar {
    pub(super) fn new(service: &'static str, own: Option<Sha256>) -> Self {
        Self { service, own: own.map(|sha256| sha256.to_string()) }
    }

    /// Refuses a caller that names another calendar; one that names none evaluates none.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), Status> {
        let Some(own) = &self.own else { return Ok(()) };
        let mut named = headers.get_all(CALENDAR_SHA256_HEADER).iter();
        let Some(foreign) = named.find(|value| value.as_bytes() != own.as_bytes()) else { return Ok(()) };
        let foreign: String = String::from_utf8_lossy(foreign.as_bytes()).chars().take(SHOWN_CHARS_MAX).collect();
        Err(Status::failed_precondition(format!(
            "the caller evaluates calendar {foreign}, service {} evaluates {own}; both must be the same",
            self.service
        )))
    }
}
