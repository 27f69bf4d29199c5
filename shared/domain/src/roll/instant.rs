//! At which instant of its trade date a roll takes effect.

use std::fmt;
use std::str::FromStr;

use super::{RollError, UnknownName};
use crate::{Calendar, LocalTimeError, TradeDate, UnixNanos};

/// At which instant of the roll trade date the new contract becomes active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollInstant {
    /// The trade date's first open (Sunday 17:00 Chicago for a Monday). The default.
    TradeDateOpen,
    /// The trade date's last close.
    SessionClose,
    /// Midnight in Chicago at the start of the trade date's civil day.
    LocalMidnight,
    /// A time of day in Chicago on the trade date's civil day, as a minute from 0 to 1439; named `10:00`. From 17:00 on
    /// it lies in the evening session, which already belongs to the next trade date.
    LocalTime(u16),
}

impl RollInstant {
    /// The instant on a trade date.
    ///
    /// # Errors
    /// Where the date is no trade date or outside the calendar's validity, or the clock change skips the time of day or
    /// gives it twice.
    pub fn on(self, calendar: &Calendar, trade_date: TradeDate) -> Result<UnixNanos, RollError> {
        let session = calendar.session_on_or_after(trade_date)?;
        if session.trade_date != trade_date {
            return Err(RollError::NoTradeDate { date: trade_date, next: session.trade_date });
        }
        match self {
            Self::TradeDateOpen => Ok(session.open()),
            Self::SessionClose => Ok(session.close()),
            Self::LocalMidnight => Ok(calendar.local_midnight(trade_date)?),
            Self::LocalTime(minute) => calendar.local_time(trade_date, minute).map_err(|error| match error {
                LocalTimeError::Calendar(error) => RollError::Calendar(error),
                error => RollError::LocalTime { trade_date, error },
            }),
        }
    }
}

/// The name in requests, manifests and events.
impl fmt::Display for RollInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TradeDateOpen => f.write_str("trade_date_open"),
            Self::SessionClose => f.write_str("session_close"),
            Self::LocalMidnight => f.write_str("local_midnight"),
            Self::LocalTime(minute) => write!(f, "{:02}:{:02}", minute / 60, minute % 60),
        }
    }
}

impl FromStr for RollInstant {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        const ALLOWED: &str = "trade_date_open, session_close, local_midnight, or a time of day in Chicago from 00:00 to \
                               23:59 such as 10:00";
        match name {
            "trade_date_open" => Ok(Self::TradeDateOpen),
            "session_close" => Ok(Self::SessionClose),
            "local_midnight" => Ok(Self::LocalMidnight),
            _ => {
                minute_of_day(name).map(Self::LocalTime).ok_or_else(|| UnknownName::new("roll instant", name, ALLOWED))
            }
        }
    }
}

/// Reads `HH:MM`, both parts of two digits.
fn minute_of_day(text: &str) -> Option<u16> {
    let digits = |part: &str| {
        let is_two_digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_two_digits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}
