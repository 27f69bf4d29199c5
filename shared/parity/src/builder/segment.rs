//! Segments: which contract from when to when.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::Deserialize;

use crate::calendar::isoformat;

/// A contract and the span in which it is the series; both ends belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Symbol, also the name of the contract's file.
    pub contract_symbol: String,
    /// First instant.
    pub start_ts: SegmentStamp,
    /// Last instant.
    pub end_ts: SegmentStamp,
}

/// An end of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentStamp {
    /// Nanoseconds since the epoch.
    Instant(i64),
    /// Without a time zone; read, and refused when it meets a frame.
    WallTime(NaiveDateTime),
}

/// Why a file of segments is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// Not a list of objects with the three fields.
    #[error("segments: {0}; expected a JSON list of {{contract_symbol, start_ts, end_ts}}")]
    Form(String),
    /// A stamp that cannot be read.
    #[error("segments: row {row}: {field} {text:?} is no ISO 8601 date and time between 1678 and 2262")]
    Stamp {
        /// Row, counted from 0.
        row: usize,
        /// Field.
        field: &'static str,
        /// Text as given.
        text: String,
    },
}

#[derive(Deserialize)]
struct SegmentRow {
    contract_symbol: String,
    start_ts: String,
    end_ts: String,
}

impl Segment {
    /// Reads a JSON list of segments. Further fields are passed over, as the original does.
    ///
    /// # Errors
    /// Names the row and field that cannot be read.
    pub fn read_all(json: &str) -> Result<Vec<Self>, SegmentError> {
        let rows: Vec<SegmentRow> =
            serde_json::from_str(json).map_err(|error| SegmentError::Form(error.to_string()))?;
        let read = |(row, segment): (usize, SegmentRow)| {
            let stamp = |field: &'static str, text: String| {
                text.parse().map_err(|()| SegmentError::Stamp { row, field, text: text.chars().take(64).collect() })
            };
            Ok(Self {
                contract_symbol: segment.contract_symbol,
                start_ts: stamp("start_ts", segment.start_ts)?,
                end_ts: stamp("end_ts", segment.end_ts)?,
            })
        };
        rows.into_iter().enumerate().map(read).collect()
    }
}

impl SegmentStamp {
    /// Nanoseconds since the epoch, where the stamp has a time zone.
    pub const fn instant(self) -> Option<i64> {
        match self {
            Self::Instant(ns) => Some(ns),
            Self::WallTime(_) => None,
        }
    }
}

impl FromStr for SegmentStamp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        for form in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z"] {
            if let Ok(instant) = DateTime::parse_from_str(text, form) {
                return instant.timestamp_nanos_opt().map(Self::Instant).ok_or(());
            }
        }
        for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
            if let Ok(wall_time) = NaiveDateTime::parse_from_str(text, form) {
                return Ok(Self::WallTime(wall_time));
            }
        }
        text.parse::<NaiveDate>().ok().and_then(|date| date.and_hms_opt(0, 0, 0)).map(Self::WallTime).ok_or(())
    }
}

impl fmt::Display for SegmentStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(ns) => f.write_str(&isoformat(*ns)),
            Self::WallTime(wall_time) => write!(f, "{wall_time}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Segment, SegmentStamp};

    #[test]
    fn stamps_are_read_with_and_without_a_zone() {
        for (text, expected) in [
            ("2026-01-01T00:00:00+00:00", Some("2026-01-01T00:00:00+00:00")),
            ("2026-01-01T00:00:00Z", Some("2026-01-01T00:00:00+00:00")),
            ("2026-01-01 01:00:00.25+01:00", Some("2026-01-01T00:00:00.250000+00:00")),
            ("2026-01-01T00:00Z", Some("2026-01-01T00:00:00+00:00")),
            ("2026-01-01T00:00:00", Some("2026-01-01 00:00:00")),
            ("2026-01-01", Some("2026-01-01 00:00:00")),
            ("soon", None),
            ("", None),
            ("9999-01-01T00:00:00Z", None),
        ] {
            let found = text.parse::<SegmentStamp>().ok();
            assert_eq!(found.map(|stamp| stamp.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn files_of_segments_are_lists() {
        let row = r#"{"contract_symbol":"NQH2026","start_ts":"2026-01-01T00:00:00Z","end_ts":"2026-01-02T00:00:00Z"}"#;
        assert_eq!(Segment::read_all(&format!("[{row},{row}]")).unwrap().len(), 2);
        assert_eq!(Segment::read_all("[]").unwrap(), []);
        for (bad, part) in [
            (row.to_owned(), "expected a JSON list"),
            ("[{}]".to_owned(), "contract_symbol"),
            (format!("[{}]", row.replace("2026-01-02T00:00:00Z", "later")), "row 0: end_ts \"later\""),
        ] {
            let problem = Segment::read_all(&bad).unwrap_err().to_string();
            assert!(problem.contains(part), "{problem}");
        }
    }
}
