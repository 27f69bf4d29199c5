//! What the build from file to file leaves to the general builder, and in which contract.

use std::fmt;

use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use peaktrade_domain::UnixNanos;

use crate::builder::Segment;

/// Input that the general builder is to be asked about.
#[derive(Debug)]
pub struct UnusualInput {
    /// Symbol of the contract, as its segment gives it; `None` for what concerns the whole request.
    pub contract: Option<String>,
    /// What is unusual.
    pub source: Unusual,
}

/// What only the general builder reads, or refuses in its own words.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusual {
    /// No file, or one that cannot be opened.
    #[error("its file cannot be opened")]
    Unreadable,
    /// No Parquet, or damaged.
    #[error("its file is no sound Parquet file")]
    Damaged,
    /// The `parquet` crate refuses it.
    #[error("its file cannot be read: {0}")]
    Parquet(#[from] ParquetError),
    /// Other columns or types.
    #[error("columns are not open, high, low, close, volume as floats and timestamp in UTC nanoseconds")]
    Columns,
    /// Another index.
    #[error("the index is not the UTC column timestamp")]
    Index,
    /// Another encoding of pages.
    #[error("pages are encoded as {0:?}")]
    Encoding(Encoding),
    /// Empty cells.
    #[error("cells are empty")]
    EmptyCells,
    /// NaN or an infinity.
    #[error("values are not finite")]
    NotFinite,
    /// Too many distinct values for a dictionary.
    #[error("a row group has more distinct values than a dictionary takes")]
    TooManyValues,
    /// A row group too long to be held.
    #[error("a row group says that it has {rows} rows, at most {allowed} are read")]
    TooManyRows {
        /// Rows that the file states.
        rows: i64,
        /// Most that are read.
        allowed: usize,
    },
    /// Instants that repeat or go back.
    #[error(
        "instants do not grow from row to row: row {row}, counted from 0, is of {ts}, the one before it of {before}"
    )]
    Order {
        /// Row of the file, counted from 0.
        row: usize,
        /// Its instant.
        ts: UnixNanos,
        /// Instant of the row before.
        before: UnixNanos,
    },
    /// Nothing is to be built.
    #[error("no segments are given")]
    NoSegments,
    /// No row within a segment.
    #[error("its segment has no rows")]
    EmptySegment,
    /// A segment that begins before the end of the one before it.
    #[error("its segment begins before the segment before it ends")]
    Overlapping,
    /// Ends of a segment that are no instants.
    #[error("the ends of its segment are no instants")]
    SegmentEnds,
    /// A symbol that is no file name.
    #[error("it is no name of a contract's file")]
    Symbol,
    /// A ratio over a close of zero.
    #[error("its last close is zero, which has no ratio")]
    ZeroClose,
    /// Multiplied prices are no multiples of 1e-9 points.
    #[error(
        "a content digest of RATIO_ADJUST: it is over multiples of 0.000000001 points, which multiplied prices are not; allowed are NONE and BACK_ADJUST"
    )]
    RatioContent,
    /// Values that the original's checks refuse.
    #[error("prices or volumes are not what the original's checks let pass")]
    Refused,
    /// Values that are no exact prices or whole contracts, which sessions and the content digest need.
    #[error("{column} holds {value}{}, which is {needed}", at_instant(*.ts))]
    Inexact {
        /// Column.
        column: &'static str,
        /// Value.
        value: f64,
        /// First row with it; `None` where it stands in a dictionary alone.
        ts: Option<UnixNanos>,
        /// What it would have to be.
        needed: &'static str,
    },
    /// A contract that the calendar does not know.
    #[error("its sessions cannot be validated: {reason}")]
    Calendar {
        /// Why not.
        reason: String,
    },
}

impl UnusualInput {
    pub(super) fn of(segment: &Segment, source: Unusual) -> Self {
        Self { contract: Some(segment.contract_symbol.clone()), source }
    }

    pub(super) const fn of_all(source: Unusual) -> Self {
        Self { contract: None, source }
    }
}

impl fmt::Display for UnusualInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.contract {
            Some(contract) => write!(f, "{contract}: {}", self.source),
            None => self.source.fmt(f),
        }
    }
}

impl std::error::Error for UnusualInput {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.source)
    }
}

fn at_instant(ts: Option<UnixNanos>) -> String {
    ts.map(|ts| format!(" at {ts}")).unwrap_or_default()
}
