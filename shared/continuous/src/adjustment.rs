//! Adjustment methods and the addition itself.

use std::fmt;
use std::str::FromStr;

use peaktrade_domain::{Price, UnixNanos, UnknownName};

use crate::{Bars, BarsView};

/// How older contracts' prices are shifted to meet the newest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Adjustment {
    /// Prices as traded.
    None,
    /// Adds the sum of all later spreads to older bars; the newest contract stays as traded. Prices may fall below zero.
    BackAdjust,
}

/// A price that left the range when its offset was added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("price {price} at {ts} plus offset {offset} leaves the range of prices")]
pub struct AdjustmentOverflow {
    /// Bar concerned.
    pub ts: UnixNanos,
    /// Price as traded.
    pub price: Price,
    /// Offset to add.
    pub offset: Price,
}

/// Appends `bars` with `offset` added to the four prices; volume stays as traded.
///
/// # Errors
/// Where a sum leaves the range; `out` then holds only what it held before.
pub fn adjust(bars: BarsView<'_>, offset: Price, out: &mut Bars) -> Result<(), AdjustmentOverflow> {
    let held = out.len();
    out.extend(bars);
    if offset == Price::ZERO {
        return Ok(());
    }
    let columns = [&mut out.open, &mut out.high, &mut out.low, &mut out.close];
    let overflow = columns.into_iter().find_map(|column| add(&mut column[held..], offset));
    let Some((row, price)) = overflow else { return Ok(()) };
    for column in [&mut out.ts, &mut out.open, &mut out.high, &mut out.low, &mut out.close, &mut out.volume] {
        column.truncate(held);
    }
    Err(AdjustmentOverflow { ts: UnixNanos::from_nanos(bars.ts[row]), price: Price::from_nanos(price), offset })
}

/// Adds in place; the row and the price at which the sum left the range.
fn add(column: &mut [i64], offset: Price) -> Option<(usize, i64)> {
    for (row, price) in column.iter_mut().enumerate() {
        match price.checked_add(offset.nanos()) {
            Some(sum) => *price = sum,
            None => return Some((row, *price)),
        }
    }
    None
}

impl Adjustment {
    /// The name in requests, manifests and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::BackAdjust => "BACK_ADJUST",
        }
    }
}

impl fmt::Display for Adjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Adjustment {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "NONE" => Ok(Self::None),
            "BACK_ADJUST" => Ok(Self::BackAdjust),
            _ => Err(UnknownName {
                what: "adjustment method",
                name: name.chars().take(64).collect(),
                allowed: "NONE, BACK_ADJUST",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::Price;

    use super::{Adjustment, adjust};
    use crate::{Bar, Bars};

    #[test]
    fn names_round_trip_and_unbuilt_ones_are_refused() {
        for method in [Adjustment::None, Adjustment::BackAdjust] {
            assert_eq!(method.name().parse(), Ok(method));
        }
        for bad in ["RATIO_ADJUST", "none", "", "BACK_ADJUST "] {
            let error = bad.parse::<Adjustment>().unwrap_err().to_string();
            assert!(error.contains("NONE, BACK_ADJUST"), "{error}");
        }
    }

    #[test]
    fn an_overflow_names_the_bar_and_leaves_the_target_alone() {
        let mut bars = Bars::default();
        bars.push(Bar { ts: 0, open: 1, high: 2, low: 0, close: 1, volume: 1 });
        bars.push(Bar { ts: 60_000_000_000, open: 1, high: i64::MAX - 4, low: 0, close: 1, volume: 1 });
        let mut out = bars.clone();
        assert_eq!(adjust(bars.view(), Price::from_nanos(4), &mut out), Ok(()));
        assert_eq!(out.high[3], i64::MAX);
        let before = out.clone();
        let error = adjust(bars.view(), Price::from_nanos(5), &mut out).unwrap_err();
        assert!(error.to_string().contains("at 1970-01-01T00:01:00Z plus offset 0.000000005"), "{error}");
        assert_eq!(out, before);
    }
}
