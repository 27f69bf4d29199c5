//! UTC calendar months, by which bars are filed.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};
use peaktrade_continuous::BarsView;
use peaktrade_domain::UnixNanos;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A UTC calendar month. Displayed as `2025-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first_day: NaiveDate,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("month {text:?} is not of the form 2025-03")]
pub struct MonthParseError {
    text: String,
}

impl Month {
    /// The month of an instant.
    pub fn of(instant: UnixNanos) -> Self {
        let date = instant.to_datetime().date_naive();
        Self { first_day: date.with_day(1).expect("every month has a first day") }
    }

    /// Year.
    pub fn year(self) -> i32 {
        self.first_day.year()
    }

    /// Month from 1 to 12.
    pub fn month(self) -> u32 {
        self.first_day.month()
    }

    /// First instant after the month; the end of time for the last one that nanoseconds reach.
    pub fn end(self) -> UnixNanos {
        let end = self
            .first_day
            .checked_add_months(Months::new(1))
            .and_then(|next| next.and_time(NaiveTime::MIN).and_utc().timestamp_nanos_opt());
        UnixNanos::from_nanos(end.unwrap_or(i64::MAX))
    }
}

/// Cuts bars in order of time into months; the rows of each.
pub(crate) fn split(bars: BarsView<'_>) -> Vec<(Month, Range<usize>)> {
    let mut months = Vec::new();
    let mut start = 0;
    while let Some(first) = bars.ts.get(start) {
        let month = Month::of(UnixNanos::from_nanos(*first));
        let rows = bars.ts[start..].partition_point(|ts| *ts < month.end().nanos()).max(1);
        months.push((month, start..start + rows));
        start += rows;
    }
    months
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl FromStr for Month {
    type Err = MonthParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || MonthParseError { text: text.chars().take(16).collect() };
        let first_day = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map_err(|_| error())?;
        let month = Self { first_day };
        // One spelling only: a month is part of file names.
        if month.to_string() == text { Ok(month) } else { Err(error()) }
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
