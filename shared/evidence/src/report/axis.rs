//! Where values and bars stand on the page, in tenths of a pixel.

use chrono::Datelike as _;
use peaktrade_domain::UnixNanos;

use super::PricePoint;

/// Left edge of the plots: room for value labels.
pub(super) const LEFT: i64 = 780;
/// Width of the plots.
pub(super) const WIDTH: i64 = 10_200;
/// Closest that two date labels may stand.
const LABEL_DISTANCE: i64 = 620;
/// A pause longer than a long weekend is a hole in the data and is drawn as one.
const HOLE_NS: i64 = 5 * 24 * 60 * UnixNanos::MINUTE;

/// Values from bottom to top of a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ValueScale {
    low: i64,
    high: i64,
    step: i64,
    top: i64,
    height: i64,
}

impl ValueScale {
    /// A scale over [low, high] whose ends and steps are round numbers.
    pub(super) fn new(low: i64, high: i64, top: i64, height: i64) -> Self {
        let step = round_step(i128::from(high) - i128::from(low));
        let low = low.div_euclid(step).saturating_mul(step);
        let high =
            high.saturating_neg().div_euclid(step).saturating_mul(step).saturating_neg().max(low.saturating_add(step));
        Self { low, high, step, top, height }
    }

    pub(super) fn y(&self, value: i64) -> i64 {
        let span = i128::from(self.high) - i128::from(self.low);
        let above = (i128::from(self.high) - i128::from(value)) * i128::from(self.height) / span;
        self.top + i64::try_from(above).unwrap_or(0)
    }

    /// Round values from low to high.
    pub(super) fn ticks(&self) -> impl Iterator<Item = i64> {
        let Self { low, high, step, .. } = *self;
        (0..).map_while(move |at: i64| at.checked_mul(step)?.checked_add(low).filter(|tick| *tick <= high))
    }

    pub(super) fn bottom(&self) -> i64 {
        self.top + self.height
    }

    pub(super) fn top(&self) -> i64 {
        self.top
    }
}

/// The smallest of 1, 2, 5 times a power of ten that cuts a span into at most six steps.
fn round_step(span: i128) -> i64 {
    let mut power: i128 = 1;
    loop {
        for digit in [1, 2, 5] {
            if digit * power * 6 >= span {
                return i64::try_from(digit * power).unwrap_or(i64::MAX);
            }
        }
        power *= 10;
    }
}

/// Bars from left to right: each has the same width, so nights, weekends and holes take no room.
pub(super) struct BarScale<'a> {
    prices: &'a [PricePoint],
}

/// A label under the plots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateTick {
    pub(super) x: i64,
    pub(super) label: String,
}

/// A stretch of days without data between two bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    pub(super) x: i64,
    pub(super) days: i64,
}

impl<'a> BarScale<'a> {
    pub(super) fn new(prices: &'a [PricePoint]) -> Self {
        Self { prices }
    }

    /// Where the bar of a row stands.
    pub(super) fn x(&self, row: usize) -> i64 {
        let last = self.prices.len().saturating_sub(1).max(1) as i128;
        let along = row as i128 * i128::from(WIDTH) / last;
        LEFT + i64::try_from(along).unwrap_or(WIDTH).min(WIDTH)
    }

    /// The last bar that opened at or before an instant; the first bar where there is none.
    pub(super) fn row_at(&self, time: UnixNanos) -> usize {
        self.prices.partition_point(|point| point.time <= time).saturating_sub(1)
    }

    /// The first bar that opened at or after an instant; `None` past the end.
    pub(super) fn row_from(&self, time: UnixNanos) -> Option<usize> {
        let row = self.prices.partition_point(|point| point.time < time);
        (row < self.prices.len()).then_some(row)
    }

    /// Rows before which days without data lie.
    pub(super) fn is_after_hole(&self, row: usize) -> bool {
        row > 0 && self.prices[row].time.nanos().saturating_sub(self.prices[row - 1].time.nanos()) > HOLE_NS
    }

    /// The holes, in order.
    pub(super) fn holes(&self) -> Vec<Hole> {
        (1..self.prices.len())
            .filter(|row| self.is_after_hole(*row))
            .map(|row| {
                let days = self.prices[row].trade_date.date() - self.prices[row - 1].trade_date.date();
                Hole { x: self.x(row), days: days.num_days() }
            })
            .collect()
    }

    /// The first bar of some trade dates, as many as fit beside one another; the year where it is new.
    pub(super) fn date_ticks(&self) -> Vec<DateTick> {
        let mut ticks: Vec<DateTick> = Vec::new();
        let mut year = None;
        for (row, point) in self.prices.iter().enumerate() {
            let is_first = row == 0 || self.prices[row - 1].trade_date != point.trade_date;
            let x = self.x(row);
            // At the right edge a label would be cut.
            let has_room = ticks.last().is_none_or(|tick| x - tick.x >= LABEL_DISTANCE) && x <= LEFT + WIDTH - 200;
            if is_first && has_room {
                let date = point.trade_date.date();
                let form = if year == Some(date.year()) { "%b %-d" } else { "%b %-d, %Y" };
                year = Some(date.year());
                ticks.push(DateTick { x, label: date.format(form).to_string() });
            }
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::ValueScale;

    fn check(low: i64, high: i64, expected: &[i64]) {
        let scale = ValueScale::new(low, high, 0, 1000);
        assert_eq!(scale.ticks().collect::<Vec<_>>(), expected, "{low}..{high}");
        assert_eq!(scale.y(*expected.last().unwrap()), 0);
        assert_eq!(scale.y(expected[0]), 1000);
    }

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        check(3, 17, &[0, 5, 10, 15, 20]);
        check(0, 6, &[0, 1, 2, 3, 4, 5, 6]);
        check(-7, 12, &[-10, -5, 0, 5, 10, 15]);
        check(22_810, 23_610, &[22_800, 23_000, 23_200, 23_400, 23_600, 23_800]);
        check(5, 5, &[5, 6]);
        check(-30, 0, &[-30, -25, -20, -15, -10, -5, 0]);
    }
}
