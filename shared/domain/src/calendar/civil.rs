//! Civil time at the exchange: its zone, times of day, third Fridays.

use std::fmt;
use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::{TradeDate, UnixNanos};

/// The exchange's time zone.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Zone(Tz);

/// A time of day to the minute, written `17:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct MinuteOfDay(u32);

/// A delivery month of the file, written `2026-06`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct YearMonth {
    pub(super) year: u16,
    pub(super) month: u32,
}

impl Zone {
    /// The instant of a civil time.
    ///
    /// # Errors
    /// Where the clock change skips the time or gives it twice.
    pub(super) fn instant(self, date: NaiveDate, time: MinuteOfDay) -> Result<UnixNanos, String> {
        let civil = date.and_time(time.to_time());
        match self.0.from_local_datetime(&civil) {
            LocalResult::Single(instant) => UnixNanos::from_seconds(instant.timestamp())
                .ok_or_else(|| format!("{civil} lies outside the years 1678 to 2262")),
            LocalResult::Ambiguous(..) => Err(format!("{civil} happens twice in {}", self.0.name())),
            LocalResult::None => Err(format!("{civil} does not happen in {}", self.0.name())),
        }
    }

    /// An instant on this zone's clock.
    pub(super) fn civil(self, instant: UnixNanos) -> NaiveDateTime {
        instant.to_datetime().with_timezone(&self.0).naive_local()
    }

    /// Example: "America/Chicago".
    pub(super) fn name(self) -> &'static str {
        self.0.name()
    }
}

impl MinuteOfDay {
    /// Midnight at the start of a day.
    pub(super) const MIDNIGHT: Self = Self(0);

    /// A minute from 0 to 1439; `None` for another number.
    pub(super) const fn new(minute: u32) -> Option<Self> {
        if minute < 24 * 60 { Some(Self(minute)) } else { None }
    }

    fn to_time(self) -> NaiveTime {
        NaiveTime::from_num_seconds_from_midnight_opt(self.0 * 60, 0)
            .expect("a minute of day is below 1440, checked when it was read")
    }
}

impl YearMonth {
    /// The month of a date of the file.
    pub(super) fn of(date: NaiveDate) -> Self {
        let year = u16::try_from(date.year()).expect("years of the file are 1970 to 2261, checked when they were read");
        Self { year, month: date.month() }
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Tz::from_str(&name).map(Self).map_err(|_| format!("{name:?} is not an IANA time zone such as America/Chicago"))
    }
}

impl TryFrom<String> for MinuteOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = |part: &str| {
            let is_two_digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            is_two_digits.then(|| part.parse::<u32>().ok()).flatten()
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Some((digits(hour)?, digits(minute)?)))
            .filter(|(hour, minute)| *hour < 24 && *minute < 60)
            .map(|(hour, minute)| Self(hour * 60 + minute))
            .ok_or_else(|| format!("{text:?} is not a time of day from 00:00 to 23:59"))
    }
}

impl TryFrom<String> for YearMonth {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let first = format!("{text}-01").parse::<TradeDate>().ok().map(TradeDate::date);
        first
            .and_then(|date| Some(Self { year: u16::try_from(date.year()).ok()?, month: date.month() }))
            .ok_or_else(|| format!("{text:?} is not a delivery month such as 2026-06"))
    }
}

impl fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// The third Friday of a month; `None` for a month that is not 1 to 12.
pub(crate) fn third_friday(year: u16, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(i32::from(year), month, Weekday::Fri, 3)
}

/// The civil day before.
pub(super) fn day_before(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(1)).expect("dates of the file are after 1970, checked when they were read")
}

/// Whether a date is a Monday to Friday.
pub(super) fn is_weekday(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}
