//! What adjustment does to the prices of one stretch.

use std::fmt;

use peaktrade_domain::{Price, UnixNanos};

use crate::factor::Multiplier;
use crate::{Bars, BarsView, Factor, TickGrid};

/// What is added to a price, or what it is multiplied by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Points added.
    Points(Price),
    /// Exact ratio multiplied by.
    Factor(Factor),
}

/// The change of the four prices of a stretch; volume always stays as traded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceChange {
    /// Addition or multiplication.
    pub shift: Shift,
    /// Grid to which the result is rounded, half to even. Without it a sum is exact, and a product is rounded to 1e-9
    /// points. There is one rounding in either case.
    pub snap: Option<TickGrid>,
}

/// A price that left the range when it was adjusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("price {price} at {ts} {shift} leaves the range of prices")]
pub struct AdjustmentOverflow {
    /// Bar concerned.
    pub ts: UnixNanos,
    /// Price as traded.
    pub price: Price,
    /// What was to be done to it.
    pub shift: Shift,
}

/// Bars of which a price is not above zero: deep back-adjustment makes them; they are told and never an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonPositive {
    /// Bars whose low is zero or below.
    pub rows: u64,
    /// Open of the first of them.
    pub first: Option<UnixNanos>,
}

/// Appends `bars` with their four prices changed. Order is kept, so low, open, close and high stay in order.
///
/// # Errors
/// Where a price leaves the range; `out` then holds only what it held before.
pub fn adjust(bars: BarsView<'_>, change: &PriceChange, out: &mut Bars) -> Result<(), AdjustmentOverflow> {
    let held = out.len();
    out.extend(bars);
    let columns = [&mut out.open, &mut out.high, &mut out.low, &mut out.close].map(|column| &mut column[held..]);
    let overflow = match (&change.shift, change.snap) {
        (Shift::Points(points), None) if *points == Price::ZERO => None,
        (Shift::Factor(factor), None) if factor.is_one() => None,
        (Shift::Points(points), None) => replace(columns, |price| price.checked_add(points.nanos())),
        (Shift::Points(points), Some(grid)) => {
            replace(columns, |price| price.checked_add(points.nanos()).and_then(|sum| grid.nearest(sum)))
        }
        (Shift::Factor(factor), snap) => {
            let multiplier = Multiplier::new(factor, snap);
            replace(columns, |price| multiplier.scale(price))
        }
    };
    let Some((row, price)) = overflow else { return Ok(()) };
    for column in [&mut out.ts, &mut out.open, &mut out.high, &mut out.low, &mut out.close, &mut out.volume] {
        column.truncate(held);
    }
    let ts = UnixNanos::from_nanos(bars.ts[row]);
    Err(AdjustmentOverflow { ts, price: Price::from_nanos(price), shift: change.shift.clone() })
}

/// Changes in place; the row and the price for which there was no result.
fn replace(columns: [&mut [i64]; 4], change: impl Fn(i64) -> Option<i64>) -> Option<(usize, i64)> {
    for column in columns {
        for (row, price) in column.iter_mut().enumerate() {
            match change(*price) {
                Some(changed) => *price = changed,
                None => return Some((row, *price)),
            }
        }
    }
    None
}

impl Shift {
    /// The shift that changes nothing.
    pub const NONE: Self = Self::Points(Price::ZERO);
}

impl PriceChange {
    /// Prices as they are.
    pub const NONE: Self = Self { shift: Shift::NONE, snap: None };

    /// Adds points and rounds nothing.
    pub const fn points(points: Price) -> Self {
        Self { shift: Shift::Points(points), snap: None }
    }
}

impl fmt::Display for Shift {
    /// What is done to a price. Examples: `plus 203.5`, `times 1.009975062344139651`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points(points) => write!(f, "plus {points}"),
            Self::Factor(factor) => write!(f, "times {factor}"),
        }
    }
}

impl NonPositive {
    /// Counts bars that come after all counted before.
    pub fn count(&mut self, bars: BarsView<'_>) {
        for (ts, low) in bars.ts.iter().zip(bars.low) {
            if *low <= 0 {
                self.rows += 1;
                self.first.get_or_insert(UnixNanos::from_nanos(*ts));
            }
        }
    }
}

#[cfg(test)]
mod tests;
