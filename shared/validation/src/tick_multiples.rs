//! Whether prices are whole ticks, without a division per price.

use peaktrade_domain::Price;

/// The multiples of a tick.
///
/// For a tick of `2^k * odd`, a number below 2^63 is a multiple exactly where its product with the inverse of `odd`
/// modulo 2^64, turned right by `k` bits, is at most `(2^64 - 1) / tick`: one multiplication instead of a division.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TickMultiples {
    tick: Price,
    inverse: u64,
    shift: u32,
    quotient_max: u64,
}

impl TickMultiples {
    /// The grid of a tick; of one that is not above zero the grid without any price.
    pub(crate) fn new(tick: Price) -> Self {
        let Some(nanos) = u64::try_from(tick.nanos()).ok().filter(|nanos| *nanos > 0) else {
            // No product turned by 0 bits is at most 0 but that of 0, which is no price.
            return Self { tick, inverse: 1, shift: 0, quotient_max: 0 };
        };
        let shift = nanos.trailing_zeros();
        let odd = nanos >> shift;
        // Newton's iteration doubles the exact low bits: 3 at first (odd squares are 1 modulo 8), 96 after five rounds.
        let mut inverse = odd;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        Self { tick, inverse, shift, quotient_max: u64::MAX / nanos }
    }

    /// The tick.
    pub(crate) const fn tick(&self) -> Price {
        self.tick
    }

    /// Whether a price is a whole multiple of the tick; exact for prices not below zero.
    #[inline]
    pub(crate) const fn holds(&self, price: i64) -> bool {
        let product = price.cast_unsigned().wrapping_mul(self.inverse).rotate_right(self.shift);
        product <= self.quotient_max
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::Price;
    use proptest::prelude::*;

    use super::TickMultiples;

    proptest! {
        #[test]
        fn it_agrees_with_the_division(price in 0..i64::MAX, tick in 1_i64..4_000_000_000, near in -2_i64..3) {
            let grid = TickMultiples::new(Price::from_nanos(tick));
            prop_assert_eq!(grid.holds(price), price % tick == 0);
            let multiple = (price / tick * tick).saturating_add(near).max(0);
            prop_assert_eq!(grid.holds(multiple), multiple % tick == 0);
        }
    }

    #[test]
    fn quarters_and_the_ends_of_the_range() {
        let grid = TickMultiples::new("0.25".parse().unwrap());
        for price in [0, 250_000_000, 19_667_750_000_000, i64::MAX / 250_000_000 * 250_000_000] {
            assert!(grid.holds(price), "{price}");
            assert!(!grid.holds(price + 1), "{price}");
        }
        assert!(!TickMultiples::new(Price::ZERO).holds(250_000_000));
    }
}
