//! The calendar as the other services get it: from the calendar service, checked against its hash.

use std::time::Duration;

use peaktrade_domain::{Calendar, CalendarFileError, Sha256};
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::calendar::v1::{GetCalendarFileRequest, GetCalendarFileResponse};
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::client::{self, ConnectError};
use crate::service::StartError;

/// One try; a calendar file is some hundred KiB, so a peer that needs longer is stuck.
const TRY_DEADLINE: Duration = Duration::from_secs(2);
/// Pause between tries; services start together and the calendar needs some milliseconds.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Why there is no calendar.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The endpoint is no endpoint.
    #[error(transparent)]
    Endpoint(ConnectError),
    /// No answer came before the deadline.
    #[error("no calendar from {endpoint} within {deadline:?}; the last try said: {last}")]
    Deadline {
        /// The calendar service.
        endpoint: String,
        /// The time that was allowed.
        deadline: Duration,
        /// What the last try said.
        last: String,
    },
    /// The service answered with an error that no further try would change.
    #[error("calendar service {endpoint} refused: {status}")]
    Refused {
        /// The calendar service.
        endpoint: String,
        /// Its answer.
        status: Status,
    },
    /// The bytes are not those that the service names.
    #[error("calendar from {endpoint} has hash {computed}, the service names {named}")]
    Hash {
        /// The calendar service.
        endpoint: String,
        /// Hash of the bytes received.
        computed: Sha256,
        /// Hash that the answer names.
        named: String,
    },
    /// The bytes are no calendar.
    #[error("calendar from {endpoint}: {problem}")]
    File {
        /// The calendar service.
        endpoint: String,
        /// What is wrong with the file.
        problem: CalendarFileError,
    },
}

impl From<FetchError> for StartError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Endpoint(_) => Self::configuration("calendar endpoint", error),
            FetchError::Deadline { .. } => Self::unavailable("calendar", error),
            FetchError::Refused { .. } | FetchError::Hash { .. } | FetchError::File { .. } => {
                Self::internal("calendar", error)
            }
        }
    }
}

/// Fetches the calendar in force, trying until the deadline.
///
/// # Errors
/// Where no try succeeds in time, where the bytes are not those of the hash, and where they are no calendar.
pub async fn fetch_calendar(endpoint: &str, deadline: Duration) -> Result<Calendar, FetchError> {
    let channel = client::connect_lazy(endpoint, client::Options::default()).map_err(FetchError::Endpoint)?;
    let give_up_at = Instant::now() + deadline;
    let mut client = CalendarServiceClient::new(channel);
    loop {
        let remaining = give_up_at.saturating_duration_since(Instant::now()).min(TRY_DEADLINE);
        let request = GetCalendarFileRequest { sha256: String::new() };
        let status = match client::call(remaining, client.get_calendar_file(request)).await {
            Ok(response) => return accept(endpoint, &response.into_inner()),
            Err(status) => status,
        };
        if !is_worth_another_try(status.code()) {
            return Err(FetchError::Refused { endpoint: endpoint.to_owned(), status });
        }
        if Instant::now() + RETRY_PAUSE >= give_up_at {
            return Err(FetchError::Deadline { endpoint: endpoint.to_owned(), deadline, last: status.to_string() });
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

fn accept(endpoint: &str, response: &GetCalendarFileResponse) -> Result<Calendar, FetchError> {
    let computed = Sha256::of(&response.content);
    if computed.to_string() != response.sha256 {
        let named = response.sha256.chars().take(64).collect();
        return Err(FetchError::Hash { endpoint: endpoint.to_owned(), computed, named });
    }
    let file_error = |problem| FetchError::File { endpoint: endpoint.to_owned(), problem };
    let text = std::str::from_utf8(&response.content)
        .map_err(|error| file_error(CalendarFileError { line: 0, problem: error.to_string() }))?;
    Calendar::parse(text).map_err(file_error)
}

/// Answers of a service that is not there yet; every other one will be the same next time.
fn is_worth_another_try(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::ResourceExhausted)
}
