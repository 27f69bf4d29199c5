//! The original's `validate_ohlcv`: ten checks in a fixed order, of which the first that fails is told.
//!
//! What it does not check, as the original does not: infinities, open and close within low and high, the tick grid, the
//! spacing of bars, gaps, sessions, whole volumes. The stores of this workspace check these.

mod context;

use std::borrow::Cow;
use std::fmt;

use crate::calendar::isoformat;
use crate::frame::{Column, Frame, Index};

pub use context::{Context, ContextValue};

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strictness {
    /// Whether values are looked at, and not only the index's type and the columns' names.
    pub strict: bool,
    /// Whether the index must have a time zone.
    pub require_tz: bool,
    /// Whether volume may have empty cells.
    pub allow_partial_nans: bool,
}

impl Strictness {
    /// What the original checks where nothing else is said.
    pub const DEFAULT: Self = Self { strict: true, require_tz: true, allow_partial_nans: false };
    /// What its builder checks of contracts and of the result.
    pub const BUILDER: Self = Self { allow_partial_nans: true, ..Self::DEFAULT };
}

/// A frame that breaks the original's data contract.
#[derive(Clone, Debug, PartialEq)]
pub struct ContractViolation {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
    /// Facts by name.
    pub context: Context,
}

impl fmt::Display for ContractViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataContractError: {}\nHint: {}\nContext: {}", self.message, self.hint, self.context)
    }
}

impl std::error::Error for ContractViolation {}

/// Most timestamps that a context shows.
const SHOWN: usize = 5;

/// Checks a frame as `validate_ohlcv` does.
///
/// # Errors
/// The first rule that is broken, in the original's order: kind of the index, its zone, columns present; then, where
/// strict, order of the index, duplicates, numeric columns, empty cells, prices above zero, high not below low, volume
/// not below zero.
pub fn validate_ohlcv(frame: &Frame, strictness: Strictness) -> Result<(), ContractViolation> {
    let stamps = check_index(frame, strictness.require_tz)?;
    let columns = check_names(frame)?;
    if !strictness.strict {
        return Ok(());
    }
    check_order(stamps)?;
    let values = check_numeric(&columns)?;
    check_cells(&values, strictness.allow_partial_nans)
}

fn violation(message: impl Into<String>, hint: &str, context: Context) -> ContractViolation {
    ContractViolation { message: message.into(), hint: hint.to_owned(), context }
}

/// The index's times.
fn check_index(frame: &Frame, require_tz: bool) -> Result<&[i64], ContractViolation> {
    match &frame.index {
        Index::Instants { ns, .. } => Ok(ns),
        Index::WallTimes { .. } if require_tz => Err(violation(
            "Index must be timezone-aware (UTC)",
            "localize the index, for example with df.index.tz_localize('UTC')",
            Context::of("index_tz", ContextValue::None),
        )),
        Index::WallTimes { ns, .. } => Ok(ns),
        Index::Other { type_name, .. } => Err(violation(
            "Index must be DatetimeIndex",
            "set the time column as the index before validation",
            Context::of("index_type", ContextValue::Text(type_name.clone())),
        )),
    }
}

fn check_names(frame: &Frame) -> Result<[&Column; 5], ContractViolation> {
    let columns = Frame::OHLCV.map(|name| (name, frame.column(name)));
    let missing: Vec<String> =
        columns.iter().filter(|(_, column)| column.is_none()).map(|(name, _)| (*name).to_owned()).collect();
    let [Some(open), Some(high), Some(low), Some(close), Some(volume)] = columns.map(|(_, column)| column) else {
        let available = frame.names().map(str::to_owned).collect();
        let context = Context::of("missing_columns", ContextValue::Texts(missing))
            .and("available_columns", ContextValue::Texts(available));
        return Err(violation("Missing required columns", "columns are open, high, low, close, volume", context));
    };
    Ok([open, high, low, close, volume])
}

fn check_order(stamps: &[i64]) -> Result<(), ContractViolation> {
    if let Some(at) = stamps.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(violation(
            "Index must be monotonic increasing",
            "sort the frame by its index",
            Context::of("first_ts", ContextValue::Text(isoformat(stamps[at])))
                .and("next_ts", ContextValue::Text(isoformat(stamps[at + 1]))),
        ));
    }
    // In order, so a repeated label stands right behind the first.
    let mut repeated = stamps.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[1]);
    let shown: Vec<String> = repeated.by_ref().take(SHOWN).map(isoformat).collect();
    if shown.is_empty() {
        return Ok(());
    }
    let count = shown.len() + repeated.count();
    Err(violation(
        "Index contains duplicate timestamps",
        "keep one row for each timestamp",
        Context::of("duplicate_count", ContextValue::Count(count)).and("duplicates", ContextValue::Texts(shown)),
    ))
}

fn check_numeric<'a>(columns: &[&'a Column; 5]) -> Result<[Cow<'a, [f64]>; 5], ContractViolation> {
    let values = columns.map(Column::coerced_floats);
    let is_numeric = |values: &Option<Cow<'_, [f64]>>| {
        // A column without a single number counts as non-numeric, and so does one without rows.
        values.as_deref().is_some_and(|values| values.iter().any(|value| !value.is_nan()))
    };
    let bad: Vec<String> = Frame::OHLCV
        .iter()
        .zip(&values)
        .filter(|(_, values)| !is_numeric(values))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    match values {
        [Some(open), Some(high), Some(low), Some(close), Some(volume)] if bad.is_empty() => {
            Ok([open, high, low, close, volume])
        }
        _ => Err(violation(
            "Columns have object dtype or non-numeric values",
            "convert the columns with pd.to_numeric",
            Context::of("object_columns", ContextValue::Texts(bad)),
        )),
    }
}

fn check_cells(values: &[Cow<'_, [f64]>; 5], allow_partial_nans: bool) -> Result<(), ContractViolation> {
    let checked = if allow_partial_nans { 4 } else { 5 };
    let nan_columns: Vec<String> = Frame::OHLCV
        .iter()
        .zip(values)
        .take(checked)
        .filter(|(_, values)| values.iter().any(|value| value.is_nan()))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    if !nan_columns.is_empty() {
        return Err(violation(
            "Columns contain NaN values",
            "drop or fill these rows; only volume may be allowed to be empty",
            Context::of("nan_columns", ContextValue::Texts(nan_columns)),
        ));
    }
    for (name, values) in Frame::OHLCV.iter().zip(values).take(4) {
        let bad = values.iter().filter(|value| **value <= 0.0).count();
        if bad > 0 {
            return Err(violation(
                format!("Column '{name}' contains non-positive values"),
                "prices are above zero",
                Context::of("column", ContextValue::Text((*name).to_owned())).and("count", ContextValue::Count(bad)),
            ));
        }
    }
    let [_, high, low, _, volume] = values;
    let crossed = high.iter().zip(low.iter()).filter(|(high, low)| high < low).count();
    if crossed > 0 {
        return Err(violation(
            "high is below low",
            "high is at or above low in each row",
            Context::of("count", ContextValue::Count(crossed)),
        ));
    }
    let negative = volume.iter().filter(|value| **value < 0.0).count();
    if negative > 0 {
        return Err(violation(
            "Column 'volume' contains negative values",
            "volume is zero or above",
            Context::of("column", ContextValue::Text("volume".to_owned())).and("count", ContextValue::Count(negative)),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
