//! What every format gives: rows in the order of the file, each of one instrument, stamped at its open.

use std::fmt;

use peaktrade_continuous::Bar;
use peaktrade_domain::{ContractSymbol, UnixNanos};

use super::ImportError;

/// A reader of one format over one file.
pub(crate) trait RowSource {
    /// What its rows are counted in.
    fn unit(&self) -> RowUnit;

    /// The next row; `None` at the end of the file.
    ///
    /// # Errors
    /// Where the bytes are not of the format. The file is refused then, so nobody asks again.
    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError>;

    /// Whether a stamp was read by the zone that is known of the file; where none was, nothing is told of it.
    fn has_used_time_zone(&self) -> bool {
        true
    }
}

/// One row of a file, before anything is known of it but its instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawRow {
    /// Place in the file, counted from 1.
    pub(crate) number: u64,
    /// Its instrument.
    pub(crate) of: RowOf,
    /// Its values; the stamp is the open of a bar, or the instant of a part.
    pub(crate) bar: Bar,
    /// Whether it is a bar of its own.
    pub(crate) extent: Extent,
}

/// What a row's instrument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowOf {
    /// A dated contract of the import's root.
    Contract(ContractSymbol),
    /// A spread or another combination of contracts.
    Spread,
    /// Anything else: another root, an option, a continuous ticker, an id that nothing explains.
    Unknown,
}

/// How much of a minute a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole minute.
    Minute,
    /// A second of it, told once: the seconds of a minute together are its bar.
    Second,
    /// A trade, or a bar of whatever length: the rows of a minute together are its bar, and two may have one instant.
    Trade,
}

impl Extent {
    /// Refuses a stamp that is no begin of such a row.
    pub(crate) fn check_stamp(self, ts: i64) -> Result<(), String> {
        let (unit, name) = match self {
            Self::Minute => (UnixNanos::MINUTE, "minute"),
            Self::Second => (UnixNanos::SECOND, "second"),
            Self::Trade => return Ok(()),
        };
        if ts % unit == 0 { Ok(()) } else { Err(format!("{} is not a whole {name}", UnixNanos::from_nanos(ts))) }
    }
}

/// What the rows of a file are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowUnit {
    /// Lines of a text.
    Line,
    /// Records of a binary file.
    Record,
}

/// A row as errors name it. Example: "line 17".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What rows are counted in.
    pub unit: RowUnit,
    /// Counted from 1; 0 is before the first.
    pub number: u64,
}

impl Place {
    pub(crate) const fn line(number: u64) -> Self {
        Self { unit: RowUnit::Line, number }
    }

    pub(crate) const fn record(number: u64) -> Self {
        Self { unit: RowUnit::Record, number }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            RowUnit::Line => "line",
            RowUnit::Record => "record",
        };
        write!(f, "{unit} {}", self.number)
    }
}
