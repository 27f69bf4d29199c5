//! What ends a build, in the words of the original.

use crate::contract_check::ContractViolation;

use super::Segment;

/// Why a build ended; displayed as the last line of the original's traceback.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// No segments.
    #[error("ValueError: segments must not be empty.")]
    NoSegments,
    /// A segment names a contract without a frame.
    #[error("KeyError: 'missing frame for contract_symbol={0}'")]
    MissingFrame(String),
    /// The index does not hold times.
    #[error("ValueError: frame for {0} must have a DatetimeIndex.")]
    NotDatetimeIndex(String),
    /// The index has no time zone.
    #[error("ValueError: frame for {0} must be timezone-aware.")]
    NaiveIndex(String),
    /// A segment's instants have no time zone while the frame's have one.
    #[error("TypeError: Cannot compare tz-naive and tz-aware datetime-like objects (segment of {0})")]
    NaiveSegment(String),
    /// A contract breaks the data contract.
    #[error("{violation}\nContract: {symbol}")]
    Contract {
        /// Contract.
        symbol: String,
        /// Rule.
        violation: ContractViolation,
    },
    /// A segment without rows.
    #[error("ValueError: Empty segment slice for {} [{} .. {}]", .0.contract_symbol, .0.start_ts, .0.end_ts)]
    EmptySlice(Segment),
    /// Segments that overlap or stand in another order than time.
    #[error("ValueError: segments overlap or are not ordered chronologically.")]
    Overlap,
    /// A ratio over zero.
    #[error("ValueError: last close of {0} is zero; RATIO_ADJUST is undefined.")]
    ZeroLastClose(String),
    /// A column that arithmetic needs.
    #[error("KeyError: {column:?} (contract {symbol})")]
    MissingColumn {
        /// Contract.
        symbol: String,
        /// Column.
        column: &'static str,
    },
    /// Arithmetic over a column that holds no numbers.
    #[error("TypeError: column {column:?} of {symbol} is {type_name}, prices must be float64 or int64")]
    NotNumeric {
        /// Contract.
        symbol: String,
        /// Column.
        column: &'static str,
        /// What it is.
        type_name: String,
    },
    /// Columns that pandas would join to a column of Python objects, or whose type is not carried; the original has no such
    /// limit.
    #[error(
        "column {column:?} is {types} in the contracts joined; float64, int64 and text are carried, each with itself, \
             and int64 with float64"
    )]
    Mixed {
        /// Column.
        column: String,
        /// Types found.
        types: String,
    },
    /// The result breaks the data contract.
    #[error("{0}")]
    Result(ContractViolation),
    /// A frame could not be read.
    #[error("{0}")]
    Load(String),
}
