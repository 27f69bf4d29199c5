//! What the domain refuses, as gRPC status.

use peaktrade_domain::{CalendarError, RollError, SymbolError};
use peaktrade_wire::FieldError;
use tonic::Status;

/// A question that the calendar does not answer; `field` is the one that asked.
pub(crate) fn of_calendar(field: &str, error: &CalendarError) -> Status {
    match error {
        CalendarError::OutOfRange { .. } => Status::out_of_range(format!("{field}: {error}")),
        CalendarError::Reversed { .. } => FieldError::new(field, error).into(),
        CalendarError::UnknownRoot { .. } | CalendarError::NotListed { .. } => {
            Status::not_found(format!("{field}: {error}"))
        }
    }
}

/// A roll that cannot be scheduled.
pub(crate) fn of_roll(field: &str, error: &RollError) -> Status {
    match error {
        RollError::Calendar(error) => of_calendar(field, error),
        RollError::NoSuccessor { .. } | RollError::NoContract { .. } | RollError::TableEnds { .. } => {
            Status::out_of_range(format!("{field}: {error}"))
        }
        RollError::NotListed { .. } => Status::not_found(format!("{field}: {error}")),
        RollError::AfterLastTrade { .. }
        | RollError::TradeDateCount { .. }
        | RollError::LocalTime { .. }
        | RollError::NoTradeDate { .. } => FieldError::new(field, error).into(),
    }
}

/// A spelling that names no contract.
pub(crate) fn of_symbol(field: &str, error: &SymbolError) -> Status {
    match error {
        SymbolError::Calendar { error, .. } => of_calendar(field, error),
        SymbolError::Root { .. }
        | SymbolError::Symbol { .. }
        | SymbolError::Continuous { .. }
        | SymbolError::Spread { .. }
        | SymbolError::Option { .. }
        | SymbolError::SpotQuoted { .. }
        | SymbolError::Spelling { .. }
        | SymbolError::Exchange { .. }
        | SymbolError::OtherRoot { .. }
        | SymbolError::Ambiguous { .. }
        | SymbolError::Year { .. } => FieldError::new(field, error).into(),
    }
}
