//! Times of day on the exchange's clock.

use chrono::NaiveDateTime;

use super::Calendar;
use super::civil::MinuteOfDay;
use crate::{CalendarError, TradeDate, UnixNanos};

/// A time of day that is no single instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalTimeError {
    /// The calendar does not answer for the day.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// No time of day.
    #[error("minute {minute} of a day is not one from 0 to 1439")]
    Minute {
        /// The minute as given.
        minute: u16,
    },
    /// The clock change skips the time or gives it twice.
    #[error("{problem}")]
    ClockChange {
        /// Example: "2026-03-08 02:30:00 does not happen in America/Chicago".
        problem: String,
    },
}

impl Calendar {
    /// The instant of a time of day on the exchange's clock, given as a minute of a civil day from 0 to 1439.
    ///
    /// # Errors
    /// Where the day is outside the file's validity, or the clock change skips the time or gives it twice.
    pub fn local_time(&self, date: TradeDate, minute_of_day: u16) -> Result<UnixNanos, LocalTimeError> {
        self.check_date(date)?;
        let minute = MinuteOfDay::new(u32::from(minute_of_day));
        let minute = minute.ok_or(LocalTimeError::Minute { minute: minute_of_day })?;
        self.inner.zone.instant(date.date(), minute).map_err(|problem| LocalTimeError::ClockChange { problem })
    }

    /// An instant on the exchange's clock.
    pub fn to_local(&self, instant: UnixNanos) -> NaiveDateTime {
        self.inner.zone.civil(instant)
    }

    /// Name of the exchange's time zone. Example: "America/Chicago".
    pub fn zone_name(&self) -> &'static str {
        self.inner.zone.name()
    }
}
