//! Conversions between wire messages and domain values.

#[cfg(test)]
mod tests;

use peaktrade_domain::{ContractSymbol, Price, Side, TradeDate, UnixNanos, Usd};
use prost_types::Timestamp;

use crate::common::v1 as common;

/// A field of a request that holds no valid value; becomes INVALID_ARGUMENT.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldError {
    /// Path of the field. Example: "order.quantity".
    pub field: String,
    /// What was wrong and what is allowed.
    pub problem: String,
}

impl FieldError {
    /// An error of one field.
    pub fn new(field: &str, problem: impl ToString) -> Self {
        Self { field: field.to_owned(), problem: problem.to_string() }
    }
}

impl From<FieldError> for tonic::Status {
    fn from(error: FieldError) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

/// A price from its decimal text.
///
/// # Errors
/// Names the field where the text is no price.
pub fn decimal_price(text: &str, field: &str) -> Result<Price, FieldError> {
    text.parse().map_err(|error| FieldError::new(field, error))
}

/// An amount from its decimal text.
///
/// # Errors
/// Names the field where the text is no amount.
pub fn decimal_usd(text: &str, field: &str) -> Result<Usd, FieldError> {
    text.parse().map_err(|error| FieldError::new(field, error))
}

/// A trade date from ISO 8601 text.
///
/// # Errors
/// Names the field where the text is no date.
pub fn trade_date(text: &str, field: &str) -> Result<TradeDate, FieldError> {
    text.parse().map_err(|error| FieldError::new(field, error))
}

/// A dated contract from its canonical text.
///
/// # Errors
/// Names the field where the text names no contract.
pub fn symbol(text: &str, field: &str) -> Result<ContractSymbol, FieldError> {
    text.parse().map_err(|error| FieldError::new(field, error))
}

/// An instant; absent is an error.
///
/// # Errors
/// Names the field where it is absent or out of range.
pub fn instant(timestamp: Option<Timestamp>, field: &str) -> Result<UnixNanos, FieldError> {
    let Some(timestamp) = timestamp else {
        return Err(FieldError::new(field, "missing; an RFC 3339 instant such as 2026-03-15T22:00:00Z is required"));
    };
    let out_of_range = || FieldError::new(field, "out of range; instants between 1678 and 2262 are allowed");
    if !(0..1_000_000_000).contains(&timestamp.nanos) {
        return Err(out_of_range());
    }
    UnixNanos::from_seconds(timestamp.seconds)
        .and_then(|instant| instant.checked_add_nanos(i64::from(timestamp.nanos)))
        .ok_or_else(out_of_range)
}

/// An instant as a protobuf timestamp.
pub fn timestamp(instant: UnixNanos) -> Timestamp {
    let nanos = instant.nanos().rem_euclid(UnixNanos::SECOND);
    let nanos = i32::try_from(nanos).expect("a remainder below one second fits");
    Timestamp { seconds: instant.seconds_floor(), nanos }
}

/// A side from its enum number.
///
/// # Errors
/// Names the field where the number is no side.
pub fn side(number: i32, field: &str) -> Result<Side, FieldError> {
    match common::Side::try_from(number) {
        Ok(common::Side::Buy) => Ok(Side::Buy),
        Ok(common::Side::Sell) => Ok(Side::Sell),
        Ok(common::Side::Unspecified) | Err(_) => {
            Err(FieldError::new(field, format!("{number} is neither SIDE_BUY (1) nor SIDE_SELL (2)")))
        }
    }
}

/// A side as its enum.
pub fn side_to_wire(side: Side) -> common::Side {
    match side {
        Side::Buy => common::Side::Buy,
        Side::Sell => common::Side::Sell,
    }
}

/// A caller's identifier: 1 to 64 ASCII letters, digits, `-`, `_`, `.` or `:`.
///
/// # Errors
/// Names the field where the text is none.
pub fn identifier<'a>(text: &'a str, field: &str) -> Result<&'a str, FieldError> {
    let is_valid = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'));
    if is_valid {
        Ok(text)
    } else {
        let shown: String = text.chars().take(80).collect();
        Err(FieldError::new(field, format!("{shown:?} is not 1 to 64 ASCII letters, digits, '-', '_', '.' or ':'")))
    }
}
