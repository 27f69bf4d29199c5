//! What the calendar answers with.

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
}

/// State of the market at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketState {
    /// Trade date of the open segment; `None` where the market is closed.
    pub trade_date: Option<TradeDate>,
    /// Next open strictly after the instant, within the calendar's validity.
    pub next_open: Option<UnixNanos>,
    /// Next close strictly after the instant, within the calendar's validity.
    pub next_close: Option<UnixNanos>,
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
        self.segments
            .iter()
            .map(|segment| ((segment.close.nanos() - segment.open.nanos()) / UnixNanos::MINUTE).unsigned_abs())
            .sum()
    }
}
