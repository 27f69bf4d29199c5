//! Raw contract bars in columns, searched by time.

use std::collections::BTreeMap;
use std::sync::Arc;

use peaktrade_domain::{ContractSymbol, Price, UnixNanos};

use crate::matching::{BAR_NANOS, Bar};

/// Largest price that a bar may hold, either way: a million index points, forty times the highest ever traded. Together
/// with the bound on positions it keeps every value within 128 bits.
pub const PRICE_MAX: Price = Price::from_nanos(1_000_000 * Price::SCALE);

/// Columns of one contract's bars, all of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// First instant of each bar, nanoseconds since the epoch.
    pub open_time: Vec<i64>,
    /// First prices, 1e-9 points.
    pub open: Vec<i64>,
    /// Highest prices, 1e-9 points.
    pub high: Vec<i64>,
    /// Lowest prices, 1e-9 points.
    pub low: Vec<i64>,
    /// Last prices, 1e-9 points.
    pub close: Vec<i64>,
    /// Contracts traded.
    pub volume: Vec<i64>,
}

/// One contract's bars: minutes in strictly ascending order, prices on the tick grid, `low <= open, close <= high`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tape {
    columns: Columns,
}

/// A bar that cannot be traded against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bar {row} of {contract} at {open_time}: {problem}")]
pub struct TapeError {
    /// Contract.
    pub contract: ContractSymbol,
    /// Row, counted from 0.
    pub row: usize,
    /// First instant of the bar; the epoch where the column is too short.
    pub open_time: UnixNanos,
    /// What is wrong.
    pub problem: String,
}

impl Tape {
    /// Checks and takes the bars of a contract with a given tick.
    ///
    /// # Errors
    /// Names the first bar that breaks a rule.
    pub fn new(contract: ContractSymbol, tick: Price, columns: Columns) -> Result<Self, TapeError> {
        let rows = columns.open_time.len();
        let lengths =
            [&columns.open, &columns.high, &columns.low, &columns.close, &columns.volume].map(|column| column.len());
        if lengths.iter().any(|length| *length != rows) {
            let problem = format!("columns have {rows} times and {lengths:?} values");
            return Err(TapeError { contract, row: 0, open_time: UnixNanos::default(), problem });
        }
        let tape = Self { columns };
        for row in 0..rows {
            if let Some(problem) = tape.problem(row, tick) {
                let open_time = UnixNanos::from_nanos(tape.columns.open_time[row]);
                return Err(TapeError { contract, row, open_time, problem });
            }
        }
        Ok(tape)
    }

    fn problem(&self, row: usize, tick: Price) -> Option<String> {
        let columns = &self.columns;
        let time = columns.open_time[row];
        if time % BAR_NANOS != 0 {
            return Some("not a whole minute".to_owned());
        }
        if row > 0 && columns.open_time[row - 1] >= time {
            return Some("not after the bar before it".to_owned());
        }
        let (open, high, low, close) = (columns.open[row], columns.high[row], columns.low[row], columns.close[row]);
        for price in [open, high, low, close].map(Price::from_nanos) {
            if !price.is_on_tick(tick) {
                return Some(format!("price {price} is not on the tick of {tick}"));
            }
            if price.nanos().unsigned_abs() > PRICE_MAX.nanos().unsigned_abs() {
                return Some(format!("price {price} is beyond {PRICE_MAX}"));
            }
        }
        if low > open.min(close) || high < open.max(close) {
            return Some("open or close lies outside low and high".to_owned());
        }
        (columns.volume[row] < 0).then(|| format!("volume {} is below 0", columns.volume[row]))
    }

    /// Bars held.
    pub fn len(&self) -> usize {
        self.columns.open_time.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.columns.open_time.is_empty()
    }

    /// The bar of a row; `None` after the last.
    pub fn bar(&self, row: usize) -> Option<Bar> {
        let columns = &self.columns;
        Some(Bar {
            open_time: UnixNanos::from_nanos(*columns.open_time.get(row)?),
            open: Price::from_nanos(columns.open[row]),
            high: Price::from_nanos(columns.high[row]),
            low: Price::from_nanos(columns.low[row]),
            close: Price::from_nanos(columns.close[row]),
            volume: columns.volume[row].unsigned_abs(),
        })
    }

    /// Row of the first bar that opens at or after an instant; the length where there is none.
    pub fn row_at_or_after(&self, instant: UnixNanos) -> usize {
        self.columns.open_time.partition_point(|time| *time < instant.nanos())
    }

    /// The bar that opens at an instant.
    pub fn bar_at(&self, instant: UnixNanos) -> Option<Bar> {
        self.bar(self.row_at_or_after(instant)).filter(|bar| bar.open_time == instant)
    }

    /// Opening instant of the first bar with volume after an instant.
    pub fn next_traded_open(&self, after: UnixNanos) -> Option<UnixNanos> {
        let first = self.columns.open_time.partition_point(|time| *time <= after.nanos());
        (first..self.len())
            .find(|row| self.columns.volume[*row] > 0)
            .and_then(|row| self.bar(row))
            .map(|bar| bar.open_time)
    }

    /// Close of the last bar that is complete at an instant, with the instant at which it was.
    pub fn last_complete(&self, instant: UnixNanos) -> Option<(Price, UnixNanos)> {
        let latest_open = instant.nanos().checked_sub(BAR_NANOS)?;
        let row = self.columns.open_time.partition_point(|time| *time <= latest_open).checked_sub(1)?;
        let closed_at = UnixNanos::from_nanos(self.columns.open_time[row]).checked_add_nanos(BAR_NANOS)?;
        Some((Price::from_nanos(self.columns.close[row]), closed_at))
    }
}

/// The bars of a session's contracts and the instant up to which they tell what happened.
#[derive(Clone, Debug)]
pub struct Market {
    /// Bars by contract.
    pub tapes: BTreeMap<ContractSymbol, Arc<Tape>>,
    /// First instant of which nothing is known: the close of the last trade date with bars.
    pub known_until: UnixNanos,
}

#[cfg(test)]
mod tests {
    use super::{Columns, Tape};
    use peaktrade_domain::UnixNanos;

    const MINUTE: i64 = UnixNanos::MINUTE;

    fn tape(rows: &[(i64, [i64; 4], i64)]) -> Result<Tape, String> {
        let mut columns = Columns::default();
        for (minute, [open, high, low, close], volume) in rows {
            columns.open_time.push(minute * MINUTE);
            columns.open.push(open * 250_000_000);
            columns.high.push(high * 250_000_000);
            columns.low.push(low * 250_000_000);
            columns.close.push(close * 250_000_000);
            columns.volume.push(*volume);
        }
        Tape::new("NQM2026".parse().unwrap(), "0.25".parse().unwrap(), columns).map_err(|error| error.problem)
    }

    #[test]
    fn finds_bars_by_time() {
        let tape = tape(&[(1, [1, 1, 1, 1], 5), (2, [2, 2, 2, 2], 0), (4, [4, 4, 4, 4], 7)]).unwrap();
        let at = |minute: i64| UnixNanos::from_nanos(minute * MINUTE);
        assert_eq!(tape.bar_at(at(2)).unwrap().volume, 0);
        assert_eq!(tape.bar_at(at(3)), None);
        // The bar without volume is passed over.
        assert_eq!(tape.next_traded_open(at(1)), Some(at(4)));
        assert_eq!(tape.next_traded_open(at(4)), None);
        // A bar is known at its end, not a nanosecond before.
        assert_eq!(tape.last_complete(UnixNanos::from_nanos(2 * MINUTE - 1)), None);
        assert_eq!(tape.last_complete(at(2)).unwrap().1, at(2));
        assert_eq!(tape.last_complete(at(4)).unwrap().1, at(3));
        assert_eq!(tape.last_complete(at(100)).unwrap().1, at(5));
    }

    #[test]
    fn refuses_bars_that_cannot_be() {
        assert_eq!(tape(&[(1, [1, 1, 1, 1], 5), (1, [1, 1, 1, 1], 5)]).unwrap_err(), "not after the bar before it");
        let outside = "open or close lies outside low and high";
        assert_eq!(tape(&[(1, [1, 3, 2, 3], 5)]).unwrap_err(), outside);
        assert_eq!(tape(&[(1, [2, 3, 1, 4], 5)]).unwrap_err(), outside);
        assert_eq!(tape(&[(1, [1, 1, 1, 1], -1)]).unwrap_err(), "volume -1 is below 0");
        assert_eq!(tape(&[(1, [1, 4_000_001, 1, 1], 1)]).unwrap_err(), "price 1000000.25 is beyond 1000000");
        let columns = Columns { open_time: vec![MINUTE], ..Columns::default() };
        let short = Tape::new("NQM2026".parse().unwrap(), "0.25".parse().unwrap(), columns).unwrap_err();
        assert!(short.problem.starts_with("columns have 1 times"), "{short}");
    }
}
