//! What the calendar answers with.

use std::fmt;
use std::str::FromStr;

use super::Confidence;
use crate::{TradeDate, UnixNanos};

/// One span of open market, `open` inclusive, `close` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// First open instant.
    pub open: UnixNanos,
    /// First instant after the segment.
    pub close: UnixNanos,
}

/// One trade date and its open segments, in order, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The trade date.
    pub trade_date: TradeDate,
    /// Open segments in order; on a holiday's next trade date there are two or more.
    pub segments: Vec<Segment>,
    /// Daily settlement instant.
    pub settlement: UnixNanos,
    /// Why the session is not regular; empty for a regular one.
    pub note: String,
    /// Whether the row is projected from rules and not yet from an exchange notice.
    pub is_projected: bool,
    /// Regular trading hours of the trade date's own day: those of the cash market, which end with the settlement of a
    /// shortened day; until the halt at 15:15 was removed they end with it. `None` where the day ends before them.
    pub regular_hours: Option<Segment>,
}

/// Which part of a session counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoursFilter {
    /// All open segments.
    Full,
    /// Regular trading hours only.
    Regular,
    /// What is open outside of regular trading hours.
    Extended,
}

/// What closes the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closure {
    /// The hour between two sessions.
    Maintenance,
    /// From Friday's close to Sunday's open.
    Weekend,
    /// A pause within a session of every day.
    DailyHalt,
    /// An exception of the calendar file: a holiday, an early close, a late open.
    Exception,
}

/// State of the market at an instant. The texts are the calendar's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketState<'a> {
    /// Trade date of the open segment; `None` where the market is closed.
    pub trade_date: Option<TradeDate>,
    /// Next open strictly after the instant, within the calendar's validity.
    pub next_open: Option<UnixNanos>,
    /// Next close strictly after the instant, within the calendar's validity.
    pub next_close: Option<UnixNanos>,
    /// Why the market is closed ("maintenance", "weekend", "daily halt" or the exception's name), or why the open hours
    /// are not regular (the exception's name); empty in regular open hours.
    pub reason: &'a str,
    /// What closes the market, for programs; `None` where it is open. An exception may have any name.
    pub closure: Option<Closure>,
    /// The listed outage that covers the instant.
    pub outage: Option<&'a str>,
    /// Whether the instant lies in regular trading hours of a trade date.
    pub is_regular_hours: bool,
}

/// Time that the calendar calls open while the exchange could not trade, `from` inclusive, `to` exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// First instant without trading.
    pub from: UnixNanos,
    /// First instant with trading again.
    pub to: UnixNanos,
    /// What happened.
    pub name: String,
    /// How sure its instants are.
    pub confidence: Confidence,
}

/// A text that is no hours filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("hours {text:?} are not one of full, regular, extended")]
pub struct HoursFilterParseError {
    /// The text as given.
    pub text: String,
}

impl Segment {
    /// Minutes between open and close, rounded down.
    pub fn minutes(&self) -> u64 {
        ((self.close.nanos() - self.open.nanos()) / UnixNanos::MINUTE).unsigned_abs()
    }

    /// The part from `open` to `close`; `None` where nothing is left.
    fn clipped(self, open: UnixNanos, close: UnixNanos) -> Option<Self> {
        let part = Self { open: self.open.max(open), close: self.close.min(close) };
        (part.open < part.close).then_some(part)
    }
}

impl Session {
    /// First instant of the session.
    pub fn open(&self) -> UnixNanos {
        self.segments[0].open
    }

    /// First instant after the session.
    pub fn close(&self) -> UnixNanos {
        self.segments[self.segments.len() - 1].close
    }

    /// Minutes that the segments hold.
    pub fn minutes(&self) -> u64 {
        self.minutes_of(HoursFilter::Full)
    }

    /// Segments of a part of the session, in order; none where it has no such part.
    pub fn segments_of(&self, filter: HoursFilter) -> Vec<Segment> {
        let nothing = Segment { open: self.close(), close: self.close() };
        let regular = self.regular_hours.unwrap_or(nothing);
        let parts = |segment: &Segment| match filter {
            HoursFilter::Full => [Some(*segment), None],
            HoursFilter::Regular => [segment.clipped(regular.open, regular.close), None],
            HoursFilter::Extended => [
                segment.clipped(segment.open, regular.open),
                segment.clipped(regular.close.max(segment.open), segment.close),
            ],
        };
        self.segments.iter().flat_map(parts).flatten().collect()
    }

    /// Minutes of a part of the session.
    pub fn minutes_of(&self, filter: HoursFilter) -> u64 {
        self.segments_of(filter).iter().map(Segment::minutes).sum()
    }
}

impl HoursFilter {
    /// All filters.
    pub const ALL: [Self; 3] = [Self::Full, Self::Regular, Self::Extended];

    /// The name in requests and replies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Regular => "regular",
            Self::Extended => "extended",
        }
    }
}

impl FromStr for HoursFilter {
    type Err = HoursFilterParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|filter| filter.name() == text);
        found.ok_or_else(|| HoursFilterParseError { text: text.chars().take(64).collect() })
    }
}

impl fmt::Display for HoursFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
