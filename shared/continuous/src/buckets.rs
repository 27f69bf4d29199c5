//! Which stretch of a session a bar of some size covers.
//!
//! * Bars of minutes and hours are counted from the open of each open segment of a session, so the bar after a halt
//!   begins when the market reopens. The last bar of a segment ends with it and may be short.
//! * The bar of a day covers a trade date: all segments of its session, however many and on whatever civil days.
//! * In regular hours the same is counted from the open of the regular hours; a trade date without them has no bar.
//! * A roll ends the bar of the old contract and begins one of the new, so no bar mixes two contracts: where a roll falls
//!   into a bar there are two, the second stamped at the roll, or at the reopening where the roll falls into a halt.
//! * A bar is stamped at the instant at which it opens, whether or not its first minute traded.

use peaktrade_domain::{HoursFilter, Session, TradeDate, UnixNanos};

use crate::BarSize;

/// The stretch that one bar covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// First instant, and the bar's stamp.
    pub open: UnixNanos,
    /// First instant after it: from here on the bar is over, and known.
    pub end: UnixNanos,
    /// Trade date of its session.
    pub trade_date: TradeDate,
}

/// All bars that sessions hold, without listing them.
#[derive(Clone, Debug)]
pub struct Buckets {
    size: BarSize,
    /// In order of time, without overlap.
    windows: Vec<Window>,
    /// Instants at which no bar runs on, in order.
    cuts: Vec<UnixNanos>,
}

/// One open segment and the day that it belongs to.
#[derive(Clone, Copy, Debug)]
struct Window {
    trade_date: TradeDate,
    open: UnixNanos,
    close: UnixNanos,
    day_open: UnixNanos,
    day_close: UnixNanos,
}

impl Buckets {
    /// The bars of `sessions`, in order of time, cut at `cuts`, in order of time: the rolls, and where a series begins
    /// within a session. Rolls that are not known yet do no harm: a bar that such a roll cuts is not known either.
    pub fn new(size: BarSize, hours: HoursFilter, sessions: &[Session], cuts: &[UnixNanos]) -> Self {
        let mut windows = Vec::with_capacity(sessions.len());
        for session in sessions {
            let segments = session.segments_of(hours);
            let (Some(first), Some(last)) = (segments.first(), segments.last()) else { continue };
            let (day_open, day_close) = (first.open, last.close);
            windows.extend(segments.iter().map(|segment| Window {
                trade_date: session.trade_date,
                open: segment.open,
                close: segment.close,
                day_open,
                day_close,
            }));
        }
        Self { size, windows, cuts: cuts.to_vec() }
    }

    /// The size of the bars.
    pub const fn size(&self) -> BarSize {
        self.size
    }

    /// The bar that a minute of trading belongs to; `None` where the hours are closed.
    pub fn of(&self, minute: UnixNanos) -> Option<Bucket> {
        let window = self.window(minute).filter(|window| minute < window.close)?;
        Some(self.bucket(window, minute))
    }

    /// Until when the hours stay open from an instant in them on.
    pub(crate) fn open_until(&self, instant: UnixNanos) -> UnixNanos {
        self.window(instant).map_or(instant, |window| window.close)
    }

    /// The range of minutes that the bars stamped in [start, end) are made of.
    pub fn minutes_of(&self, start: UnixNanos, end: UnixNanos) -> (UnixNanos, UnixNanos) {
        // A bar stamped before an instant that lies within it owns the minutes up to its own end.
        let past_bar = |instant: UnixNanos| match self.covering(instant) {
            Some(bucket) if bucket.open < instant => bucket.end,
            _ => instant,
        };
        (past_bar(start), past_bar(end))
    }

    /// The bar that runs at an instant, also while a halt interrupts it.
    fn covering(&self, instant: UnixNanos) -> Option<Bucket> {
        let window = self.window(instant)?;
        let end = if self.size.nanos().is_some() { window.close } else { window.day_close };
        (instant < end).then(|| self.bucket(window, instant))
    }

    /// The last window that opens at or before an instant.
    fn window(&self, instant: UnixNanos) -> Option<&Window> {
        let after = self.windows.partition_point(|window| window.open <= instant);
        self.windows[..after].last()
    }

    /// The instant itself in open hours, the next open in closed ones.
    fn open_from(&self, instant: UnixNanos) -> UnixNanos {
        let after = self.windows.partition_point(|window| window.close <= instant);
        self.windows.get(after).map_or(instant, |window| window.open.max(instant))
    }

    fn bucket(&self, window: &Window, instant: UnixNanos) -> Bucket {
        let (mut open, mut end) = match self.size.nanos() {
            Some(nanos) => {
                let open = instant.nanos() - (instant.nanos() - window.open.nanos()).rem_euclid(nanos);
                let end = UnixNanos::from_nanos(open.saturating_add(nanos));
                (UnixNanos::from_nanos(open), end.min(window.close))
            }
            None => (window.day_open, window.day_close),
        };
        let after = self.cuts.partition_point(|cut| *cut <= instant);
        if let Some(cut) = self.cuts[..after].last().filter(|cut| **cut > open) {
            open = self.open_from(*cut);
        }
        if let Some(cut) = self.cuts.get(after) {
            end = end.min(*cut);
        }
        Bucket { open, end, trade_date: window.trade_date }
    }
}

#[cfg(test)]
mod tests;
