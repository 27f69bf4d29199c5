//! Why a call is not answered, and the status that says so.

use peaktrade_domain::{CalendarError, Sha256};
use peaktrade_engine::session::SessionError;
use peaktrade_journal::OwnerError;
use peaktrade_wire::FieldError;
use tonic::Status;

/// A call that could not be judged. Nothing has changed; an order that was judged and refused is an answer instead.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error("no session {session_id:?}")]
    UnknownSession { session_id: String },
    #[error("session {session_id:?} is open with another {what}: {recorded}, not {asked}")]
    OtherSession { session_id: String, what: &'static str, recorded: String, asked: String },
    #[error("the broker holds {sessions} sessions, its limit")]
    TooManySessions { sessions: usize },
    #[error("client_order_id {client_order_id:?} was used for another request: recorded {recorded}, now {asked}")]
    KeyTaken { client_order_id: String, recorded: Sha256, asked: Sha256 },
    #[error("session {session_id:?} was opened under the {file} file {opened}, this broker runs under {running}")]
    OtherSchedule { session_id: String, file: &'static str, opened: Sha256, running: Sha256 },
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("bars: {problem}")]
    Bars { problem: String },
    #[error("{what}: {status}", status = status.message())]
    Peer { what: &'static str, status: Box<Status> },
    #[error(transparent)]
    Owner(#[from] OwnerError),
}

impl From<CalendarError> for Refused {
    fn from(error: CalendarError) -> Self {
        Self::Session(error.into())
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let text = refused.to_string();
        match refused {
            Refused::Field(_) => Self::invalid_argument(text),
            Refused::UnknownSession { .. } => Self::not_found(text),
            Refused::OtherSession { .. } | Refused::KeyTaken { .. } => Self::already_exists(text),
            Refused::TooManySessions { .. } => Self::resource_exhausted(text),
            Refused::OtherSchedule { .. } => Self::failed_precondition(text),
            Refused::Session(error) => session_status(&error, text),
            Refused::Bars { .. } => Self::data_loss(text),
            Refused::Peer { status, .. } => Self::new(status.code(), text),
            Refused::Owner(_) => Self::unavailable(text),
        }
    }
}

fn session_status(error: &SessionError, text: String) -> Status {
    match error {
        SessionError::ClockReversed { .. }
        | SessionError::AdvanceTooFar { .. }
        | SessionError::RollPair { .. }
        | SessionError::ContractUnknown { .. } => Status::invalid_argument(text),
        SessionError::BeyondBars { .. } | SessionError::NoSession { .. } | SessionError::Calendar(_) => {
            Status::out_of_range(text)
        }
        SessionError::Closed { .. }
        | SessionError::HeldToExpiry { .. }
        | SessionError::OrderEnded { .. }
        | SessionError::RollWhileWorking { .. }
        | SessionError::RollTooLarge { .. } => Status::failed_precondition(text),
        SessionError::UnknownOrder { .. } => Status::not_found(text),
        SessionError::LegKeyTaken { .. } => Status::already_exists(text),
        SessionError::Full { .. } => Status::resource_exhausted(text),
        SessionError::Ledger(_) => Status::internal(text),
    }
}
