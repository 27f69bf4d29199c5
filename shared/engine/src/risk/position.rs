//! A position in one contract as lots, first in, first out: exact, where an average price would have to be rounded.

use std::collections::VecDeque;

use peaktrade_domain::{Price, UnixNanos, Usd};
use serde::Serialize;

use super::Mark;

/// Lots of one contract and what was realized on them in the trade date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Position {
    lots: VecDeque<Lot>,
    /// In 1e-9 points x contracts, so that no multiplier is needed to apply a fill.
    realized: i128,
    /// How it came over the trade date's open; `None` where nothing was held then.
    carry: Option<Carry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Lot {
    /// Negative for a short; never zero.
    quantity: i64,
    /// Entry price, or the mark at which it was carried into the trade date.
    price: Price,
    since: UnixNanos,
    /// Whether it was held over the trade date's open.
    is_carried: bool,
}

/// What was held over the trade date's open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Carry {
    /// Entry of the youngest lot: a price from before it says nothing about it.
    youngest: UnixNanos,
    /// Instant of the mark from which it counts; `None` while no mark from before the open is known.
    marked_at: Option<UnixNanos>,
    /// Contracts of it closed since, and the sum of what they were carried at, in 1e-9 points x contracts: what was
    /// realized on them moves when the mark becomes known.
    closed: i128,
    closed_value: i128,
}

impl Position {
    /// Contracts, negative for a short.
    pub fn quantity(&self) -> i64 {
        self.lots.iter().map(|lot| lot.quantity).fold(0, i64::saturating_add)
    }

    /// Books a fill; a negative quantity sells.
    pub(super) fn fill(&mut self, quantity: i64, price: Price, time: UnixNanos) {
        let mut left = quantity;
        while left != 0 {
            let Some(lot) = self.lots.front_mut().filter(|lot| lot.quantity.signum() == -left.signum()) else { break };
            let closed = left.unsigned_abs().min(lot.quantity.unsigned_abs());
            // Fills are at most 100,000 contracts, so the magnitude fits.
            let closed = i64::try_from(closed).unwrap_or(i64::MAX) * lot.quantity.signum();
            self.realized = self.realized.saturating_add(points(lot.price, price, closed));
            if let Some(carry) = self.carry.as_mut().filter(|_| lot.is_carried) {
                carry.closed = carry.closed.saturating_add(i128::from(closed));
                carry.closed_value = carry.closed_value.saturating_add(value_of(lot.price, i128::from(closed)));
            }
            lot.quantity -= closed;
            left += closed;
            if lot.quantity == 0 {
                self.lots.pop_front();
            }
        }
        if left != 0 {
            self.lots.push_back(Lot { quantity: left, price, since: time, is_carried: false });
        }
    }

    /// Carries the position into a new trade date with nothing realized yet. The newest mark known stands in for the last
    /// one before the open until [`Self::carry_at`] brings that.
    pub(super) fn open_trade_date(&mut self, newest: Option<&Mark>) {
        for lot in &mut self.lots {
            lot.price = lot.value(newest);
            lot.is_carried = true;
        }
        self.realized = 0;
        let youngest = self.lots.iter().map(|lot| lot.since).max();
        self.carry = youngest.map(|youngest| Carry { youngest, marked_at: None, closed: 0, closed_value: 0 });
    }

    /// Whether a mark from before the trade date's open tells more about what was carried over it than is known.
    pub(super) fn wants_carry_at(&self, mark: &Mark) -> bool {
        let is_later = |carry: &Carry| carry.marked_at.is_none_or(|known| known < mark.time);
        self.carry.is_some_and(|carry| carry.youngest <= mark.time && is_later(&carry))
    }

    /// Counts what was carried over the open from a mark from before it; what was closed since counts from there too.
    pub(super) fn carry_at(&mut self, mark: &Mark) {
        if !self.wants_carry_at(mark) {
            return;
        }
        let Some(carry) = &mut self.carry else { return };
        for lot in self.lots.iter_mut().filter(|lot| lot.is_carried) {
            lot.price = mark.price;
        }
        let closed_value = value_of(mark.price, carry.closed);
        self.realized = self.realized.saturating_add(carry.closed_value).saturating_sub(closed_value);
        carry.closed_value = closed_value;
        carry.marked_at = Some(mark.time);
    }

    /// Whether something was carried over the open, and no mark from before it is known.
    pub(super) fn is_carry_pending(&self) -> bool {
        self.carry.is_some_and(|carry| carry.marked_at.is_none())
    }

    /// Realized in the trade date, in US dollars, fractions of a millionth rounded against the trader; `None` beyond the
    /// range.
    pub(super) fn realized_usd(&self, multiplier: Usd) -> Option<i128> {
        to_micros(self.realized, multiplier)
    }

    /// Not yet realized since the trade date's open, as [`Self::realized_usd`].
    pub(super) fn unrealized_usd(&self, mark: Option<&Mark>, multiplier: Usd) -> Option<i128> {
        let sum = self.lots.iter().map(|lot| points(lot.price, lot.value(mark), lot.quantity));
        to_micros(sum.fold(0, i128::saturating_add), multiplier)
    }

    /// Whether nothing is held and nothing was realized.
    pub(super) fn is_empty(&self) -> bool {
        self.lots.is_empty() && self.realized == 0
    }
}

impl Lot {
    /// The mark, unless it is older than the lot: a price from before the entry says nothing about it.
    fn value(&self, mark: Option<&Mark>) -> Price {
        mark.filter(|mark| mark.time >= self.since).map_or(self.price, |mark| mark.price)
    }
}

fn value_of(price: Price, quantity: i128) -> i128 {
    i128::from(price.nanos()).saturating_mul(quantity)
}

fn points(from: Price, to: Price, quantity: i64) -> i128 {
    (i128::from(to.nanos()) - i128::from(from.nanos())).saturating_mul(i128::from(quantity))
}

fn to_micros(points: i128, multiplier: Usd) -> Option<i128> {
    Some(points.checked_mul(i128::from(multiplier.micros()))?.div_euclid(i128::from(Price::SCALE)))
}

#[cfg(test)]
mod tests {
    use super::Position;
    use crate::risk::Mark;
    use peaktrade_domain::{UnixNanos, Usd};

    const NQ: Usd = Usd::from_micros(20_000_000);

    fn mark(price: &str, second: i64) -> Mark {
        Mark { contract: "NQH2026".parse().unwrap(), price: price.parse().unwrap(), time: at(second) }
    }

    fn at(second: i64) -> UnixNanos {
        UnixNanos::from_seconds(second).unwrap()
    }

    /// Fills (quantity, price, second), then expects quantity, realized and unrealized dollars at the mark.
    fn check(fills: &[(i64, &str, i64)], mark: Option<Mark>, expected: (i64, i128, i128)) {
        let mut position = Position::default();
        for (quantity, price, second) in fills {
            position.fill(*quantity, price.parse().unwrap(), at(*second));
        }
        let usd = |micros: Option<i128>| micros.unwrap() / 1_000_000;
        let found =
            (position.quantity(), usd(position.realized_usd(NQ)), usd(position.unrealized_usd(mark.as_ref(), NQ)));
        assert_eq!(found, expected, "{fills:?} at {mark:?}");
    }

    #[test]
    fn first_in_first_out() {
        check(&[], None, (0, 0, 0));
        check(&[(2, "100", 1)], Some(mark("101", 2)), (2, 0, 40));
        check(&[(2, "100", 1), (-1, "103", 2)], Some(mark("101", 3)), (1, 60, 20));
        check(&[(1, "100", 1), (1, "110", 2), (-1, "105", 3)], Some(mark("110", 4)), (1, 100, 0));
        check(&[(-2, "100", 1), (1, "99", 2)], Some(mark("102", 3)), (-1, 20, -40));
        // Through zero: one closed at a loss of 5 points, two open short.
        check(&[(1, "100", 1), (-3, "95", 2)], Some(mark("95", 3)), (-2, -100, 0));
        // A mark from before the entry does not value it.
        check(&[(1, "100", 5)], Some(mark("90", 4)), (1, 0, 0));
        check(&[(1, "100", 5)], Some(mark("90", 5)), (1, 0, -200));
    }

    #[test]
    fn a_new_trade_date_counts_from_the_last_mark() {
        let mut position = Position::default();
        position.fill(1, "100".parse().unwrap(), at(1));
        position.fill(-1, "90".parse().unwrap(), at(2));
        position.fill(2, "100".parse().unwrap(), at(3));
        position.open_trade_date(Some(&mark("104", 4)));
        position.carry_at(&mark("104", 4));
        assert_eq!(position.realized_usd(NQ), Some(0));
        assert_eq!(position.unrealized_usd(Some(&mark("103", 5)), NQ), Some(-40_000_000));
        position.fill(-2, "105".parse().unwrap(), at(6));
        assert_eq!((position.quantity(), position.realized_usd(NQ)), (0, Some(40_000_000)));
    }
    #[test]
    fn the_mark_from_before_the_open_may_come_late() {
        let mut position = Position::default();
        position.fill(3, "100".parse().unwrap(), at(1));
        position.open_trade_date(Some(&mark("101", 2)));
        position.fill(-2, "106".parse().unwrap(), at(10));
        position.fill(1, "106".parse().unwrap(), at(11));
        assert!(position.is_carry_pending());
        assert_eq!(position.realized_usd(NQ), Some(200_000_000), "provisional, from the newest mark");
        assert!(!position.wants_carry_at(&mark("1", 0)), "older than the entry");
        position.carry_at(&mark("110", 5));
        assert!(!position.is_carry_pending());
        // Two closed at 106 and one held, all from 110; the lot bought since counts from its entry.
        assert_eq!(position.realized_usd(NQ), Some(-160_000_000));
        assert_eq!(position.unrealized_usd(Some(&mark("107", 12)), NQ), Some(-40_000_000));
        position.carry_at(&mark("90", 4));
        assert_eq!(position.realized_usd(NQ), Some(-160_000_000), "a later mark from before the open is known");
    }
}
