//! One-minute bars as columns.

use std::ops::Range;

use peaktrade_domain::{Price, UnixNanos};

/// One-minute bars of one contract or series, as columns of equal length in order of time.
///
/// The columns are open so that stores and servers can fill and read them without copies; [`Bars::check_invariants`]
/// is the border check for columns that were filled by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// Open instant of each bar, nanoseconds since the Unix epoch, UTC; whole minutes, strictly increasing.
    pub ts: Vec<i64>,
    /// First price, 1e-9 index points.
    pub open: Vec<i64>,
    /// Highest price, 1e-9 index points.
    pub high: Vec<i64>,
    /// Lowest price, 1e-9 index points.
    pub low: Vec<i64>,
    /// Last price, 1e-9 index points.
    pub close: Vec<i64>,
    /// Contracts traded, not negative.
    pub volume: Vec<i64>,
}

/// A borrowed stretch of bars; units as in [`Bars`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarsView<'a> {
    /// Open instants.
    pub ts: &'a [i64],
    /// First prices.
    pub open: &'a [i64],
    /// Highest prices.
    pub high: &'a [i64],
    /// Lowest prices.
    pub low: &'a [i64],
    /// Last prices.
    pub close: &'a [i64],
    /// Contracts traded.
    pub volume: &'a [i64],
}

/// One bar; units as in [`Bars`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Open instant.
    pub ts: i64,
    /// First price.
    pub open: i64,
    /// Highest price.
    pub high: i64,
    /// Lowest price.
    pub low: i64,
    /// Last price.
    pub close: i64,
    /// Contracts traded.
    pub volume: i64,
}

/// Columns that are not bars.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// Columns of different lengths.
    #[error(
        "columns have different lengths: ts {ts}, open {open}, high {high}, low {low}, close {close}, volume {volume}"
    )]
    Lengths {
        /// Rows of `ts`.
        ts: usize,
        /// Rows of `open`.
        open: usize,
        /// Rows of `high`.
        high: usize,
        /// Rows of `low`.
        low: usize,
        /// Rows of `close`.
        close: usize,
        /// Rows of `volume`.
        volume: usize,
    },
    /// A stamp that is not a whole minute.
    #[error("row {row}: stamp {ts} is not a whole minute")]
    NotAMinute {
        /// Row, counted from 0.
        row: usize,
        /// Its stamp.
        ts: UnixNanos,
    },
    /// A stamp that does not come after the one before it.
    #[error("row {row}: stamp {ts} does not come after {before}")]
    NotIncreasing {
        /// Row, counted from 0.
        row: usize,
        /// Its stamp.
        ts: UnixNanos,
        /// Stamp of the row before.
        before: UnixNanos,
    },
    /// Open or close outside low and high.
    #[error("row {row} at {ts}: open {open}, high {high}, low {low}, close {close} are not low <= open, close <= high")]
    Prices {
        /// Row, counted from 0.
        row: usize,
        /// Its stamp.
        ts: UnixNanos,
        /// First price.
        open: Price,
        /// Highest price.
        high: Price,
        /// Lowest price.
        low: Price,
        /// Last price.
        close: Price,
    },
    /// A volume below zero.
    #[error("row {row} at {ts}: volume {volume} is below zero")]
    Volume {
        /// Row, counted from 0.
        row: usize,
        /// Its stamp.
        ts: UnixNanos,
        /// The volume.
        volume: i64,
    },
}

impl Bars {
    /// Length of a bar in nanoseconds.
    pub const DURATION_NS: i64 = UnixNanos::MINUTE;

    /// End of the open instants, exclusive, of the bars that are over at an instant: a bar is known once its last
    /// nanosecond has passed, open + one minute <= instant.
    pub const fn over_before(instant: UnixNanos) -> UnixNanos {
        UnixNanos::from_nanos(instant.nanos().saturating_sub(Self::DURATION_NS).saturating_add(1))
    }

    /// No bars, with room for `rows`.
    pub fn with_capacity(rows: usize) -> Self {
        let column = || Vec::with_capacity(rows);
        Self { ts: column(), open: column(), high: column(), low: column(), close: column(), volume: column() }
    }

    /// Number of bars.
    pub fn len(&self) -> usize {
        self.ts.len()
    }

    /// Whether there are no bars.
    pub fn is_empty(&self) -> bool {
        self.ts.is_empty()
    }

    /// Appends a bar; [`Self::check_invariants`] judges it later.
    pub fn push(&mut self, bar: Bar) {
        self.ts.push(bar.ts);
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
    }

    /// Appends bars.
    pub fn extend(&mut self, bars: BarsView<'_>) {
        self.ts.extend_from_slice(bars.ts);
        self.open.extend_from_slice(bars.open);
        self.high.extend_from_slice(bars.high);
        self.low.extend_from_slice(bars.low);
        self.close.extend_from_slice(bars.close);
        self.volume.extend_from_slice(bars.volume);
    }

    /// All bars, borrowed.
    pub fn view(&self) -> BarsView<'_> {
        BarsView {
            ts: &self.ts,
            open: &self.open,
            high: &self.high,
            low: &self.low,
            close: &self.close,
            volume: &self.volume,
        }
    }

    /// The bar of a row, counted from 0; `None` past the end.
    pub fn get(&self, row: usize) -> Option<Bar> {
        self.view().get(row)
    }

    /// The bars whose open instants lie in [start, end).
    pub fn between(&self, start: UnixNanos, end: UnixNanos) -> BarsView<'_> {
        self.view().between(start, end)
    }

    /// Checks what every reader relies on: columns of one length, whole minutes in strictly increasing order,
    /// low <= open, close <= high, volume not below zero. Prices may be negative: an adjusted series may be.
    ///
    /// # Errors
    /// Names the first row that breaks a rule.
    pub fn check_invariants(&self) -> Result<(), BarsError> {
        self.view().check_invariants()
    }
}

impl<'a> BarsView<'a> {
    /// No bars.
    pub const EMPTY: Self = BarsView { ts: &[], open: &[], high: &[], low: &[], close: &[], volume: &[] };

    /// Number of bars.
    pub fn len(&self) -> usize {
        self.ts.len()
    }

    /// Whether there are no bars.
    pub fn is_empty(&self) -> bool {
        self.ts.is_empty()
    }

    /// The bar of a row, counted from 0; `None` past the end.
    pub fn get(&self, row: usize) -> Option<Bar> {
        Some(Bar {
            ts: *self.ts.get(row)?,
            open: *self.open.get(row)?,
            high: *self.high.get(row)?,
            low: *self.low.get(row)?,
            close: *self.close.get(row)?,
            volume: *self.volume.get(row)?,
        })
    }

    /// Rows whose open instants lie in [start, end); empty where `end` is not after `start`.
    pub fn rows_between(&self, start: UnixNanos, end: UnixNanos) -> Range<usize> {
        let first = self.ts.partition_point(|ts| *ts < start.nanos());
        let past = self.ts.partition_point(|ts| *ts < end.nanos());
        first..past.max(first)
    }

    /// The bars whose open instants lie in [start, end).
    pub fn between(&self, start: UnixNanos, end: UnixNanos) -> Self {
        self.rows(self.rows_between(start, end))
    }

    /// The bars of a range of rows.
    ///
    /// # Panics
    /// Where the range leaves the bars, as slicing does.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        BarsView {
            ts: &self.ts[rows.clone()],
            open: &self.open[rows.clone()],
            high: &self.high[rows.clone()],
            low: &self.low[rows.clone()],
            close: &self.close[rows.clone()],
            volume: &self.volume[rows],
        }
    }

    /// A copy of the bars.
    pub fn to_bars(&self) -> Bars {
        Bars {
            ts: self.ts.to_vec(),
            open: self.open.to_vec(),
            high: self.high.to_vec(),
            low: self.low.to_vec(),
            close: self.close.to_vec(),
            volume: self.volume.to_vec(),
        }
    }

    /// As [`Bars::check_invariants`].
    ///
    /// # Errors
    /// Names the first row that breaks a rule.
    pub fn check_invariants(&self) -> Result<(), BarsError> {
        let rows = self.ts.len();
        let others = [self.open.len(), self.high.len(), self.low.len(), self.close.len(), self.volume.len()];
        if others.iter().any(|length| *length != rows) {
            let [open, high, low, close, volume] = others;
            return Err(BarsError::Lengths { ts: rows, open, high, low, close, volume });
        }
        let mut before = None;
        for row in 0..rows {
            self.check_row(row, before)?;
            before = Some(self.ts[row]);
        }
        Ok(())
    }

    fn check_row(&self, row: usize, before: Option<i64>) -> Result<(), BarsError> {
        let ts = UnixNanos::from_nanos(self.ts[row]);
        if !ts.is_whole_minute() {
            return Err(BarsError::NotAMinute { row, ts });
        }
        if let Some(before) = before.filter(|before| *before >= ts.nanos()) {
            return Err(BarsError::NotIncreasing { row, ts, before: UnixNanos::from_nanos(before) });
        }
        let (open, high, low, close) = (self.open[row], self.high[row], self.low[row], self.close[row]);
        if low > open.min(close) || high < open.max(close) {
            let [open, high, low, close] = [open, high, low, close].map(Price::from_nanos);
            return Err(BarsError::Prices { row, ts, open, high, low, close });
        }
        if self.volume[row] < 0 {
            return Err(BarsError::Volume { row, ts, volume: self.volume[row] });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
