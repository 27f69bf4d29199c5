//! Rounding to the tick.

use peaktrade_domain::Price;

/// Multiples of a tick above zero, to which adjusted prices can be rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickGrid(Price);

impl TickGrid {
    /// The multiples of `tick`; `None` where it is not above zero.
    pub fn new(tick: Price) -> Option<Self> {
        (tick > Price::ZERO).then_some(Self(tick))
    }

    /// The tick.
    pub const fn tick(self) -> Price {
        self.0
    }

    /// The multiple that is nearest to `nanos` (1e-9 points), of two equally near ones the even; `None` where it leaves
    /// the range.
    pub(crate) fn nearest(self, nanos: i64) -> Option<i64> {
        let tick = self.0.nanos();
        let below = nanos.div_euclid(tick);
        let past = nanos.rem_euclid(tick);
        // The rest lies in [0, tick), so the difference cannot overflow.
        let is_up = match past.cmp(&(tick - past)) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => below % 2 != 0,
        };
        (if is_up { below.checked_add(1)? } else { below }).checked_mul(tick)
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::Price;

    use super::TickGrid;

    #[test]
    fn the_nearest_multiple_and_of_two_the_even_one() {
        let quarter = TickGrid::new("0.25".parse().unwrap()).unwrap();
        for (price, expected) in [
            ("100.25", "100.25"),
            ("100.3", "100.25"),
            ("100.375", "100.5"),
            ("100.125", "100"),
            ("100.625", "100.5"),
            ("100.625000001", "100.75"),
            ("-0.125", "0"),
            ("-0.375", "-0.5"),
            ("-0.3", "-0.25"),
        ] {
            let price: Price = price.parse().unwrap();
            let expected: Price = expected.parse().unwrap();
            assert_eq!(quarter.nearest(price.nanos()), Some(expected.nanos()), "{price}");
        }
        let coarse = TickGrid::new(Price::from_nanos(6_000_000_000_000_000_000)).unwrap();
        assert_eq!(coarse.nearest(i64::MAX), None);
        assert_eq!(coarse.nearest(i64::MIN), None);
        for no_tick in [Price::ZERO, Price::from_nanos(-1)] {
            assert_eq!(TickGrid::new(no_tick), None);
        }
    }
}
