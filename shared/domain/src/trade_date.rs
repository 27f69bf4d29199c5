//! Trade dates.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, NaiveDate};

/// The exchange's trade date: the date under which a session's trades clear. The evening session belongs to the next
/// one. Displayed as ISO 8601.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TradeDate(NaiveDate);

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("date {text:?} is not ISO 8601 such as 2026-03-16, between 1970 and 2261")]
pub struct TradeDateParseError {
    /// The text as given.
    pub text: String,
}

impl TradeDate {
    /// A trade date on a civil date.
    pub const fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The civil date.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// The civil day after, whether the exchange trades on it or not.
    pub fn next_day(self) -> Option<Self> {
        self.0.checked_add_days(Days::new(1)).map(Self)
    }
}

impl FromStr for TradeDate {
    type Err = TradeDateParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || TradeDateParseError { text: text.chars().take(64).collect() };
        // Length and shape first: the lenient parser would take "2026-3-6" and signed years.
        let bytes = text.as_bytes();
        let is_shaped = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
        if !is_shaped {
            return Err(error());
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| error())?;
        if (1970..=2261).contains(&date.year()) { Ok(Self(date)) } else { Err(error()) }
    }
}

impl fmt::Display for TradeDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By hand: the general formatter reads its pattern anew each time.
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for TradeDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TradeDate({self})")
    }
}
