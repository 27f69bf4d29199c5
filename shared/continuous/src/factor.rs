//! Exact factors of ratio adjustment, and the one rounding that a multiplied price gets.
//!
//! A factor is a rational: the product of one ratio of prices for each roll. Forty rolls of quarterly contracts fill
//! some 700 bits, so a price is multiplied by the 64 leading bits of the factor, which is enough to round it in all but
//! about one of 500,000 cases; where it is not, the whole factor decides. See [`Multiplier::scale`] for the proof.

use std::fmt;

use num_bigint::BigUint;
use peaktrade_domain::Price;

use crate::TickGrid;

/// An exact rational above zero by which prices are multiplied.
#[derive(Clone, Debug)]
pub struct Factor {
    numerator: BigUint,
    denominator: BigUint,
}

impl Factor {
    /// The factor that changes nothing.
    pub fn one() -> Self {
        Self { numerator: BigUint::from(1_u32), denominator: BigUint::from(1_u32) }
    }

    /// The ratio of two prices; `None` where one of them is not above zero.
    pub fn of_prices(numerator: Price, denominator: Price) -> Option<Self> {
        let above_zero = |price: Price| u64::try_from(price.nanos()).ok().filter(|nanos| *nanos > 0);
        let (numerator, denominator) = (above_zero(numerator)?, above_zero(denominator)?);
        // Prices share their scale and mostly their tick; without these a product of forty ratios is a third as long.
        let shared = greatest_common_divisor(numerator, denominator);
        Some(Self { numerator: (numerator / shared).into(), denominator: (denominator / shared).into() })
    }

    /// This factor times another.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self { numerator: &self.numerator * &other.numerator, denominator: &self.denominator * &other.denominator }
    }

    /// One divided by this factor.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { numerator: self.denominator.clone(), denominator: self.numerator.clone() }
    }

    /// Whether the factor is exactly one.
    pub fn is_one(&self) -> bool {
        self.numerator == self.denominator
    }
}

impl PartialEq for Factor {
    /// Equal in value; a ratio that was not reduced equals the one that was.
    fn eq(&self, other: &Self) -> bool {
        &self.numerator * &other.denominator == &other.numerator * &self.denominator
    }
}

impl Eq for Factor {}

impl fmt::Display for Factor {
    /// Decimal with 18 places, rounded half to even: for reading. What is computed with is the exact ratio.
    /// Example: `1.009975062344139651`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PLACES: u32 = 18;
        let one = BigUint::from(10_u64.pow(PLACES));
        let scaled = divide_half_even(&self.numerator * &one, &self.denominator);
        let whole = &scaled / &one;
        write!(f, "{whole}.{:0>18}", (scaled - &whole * one).to_string())
    }
}

/// Multiplies prices by one factor and rounds each once, half to even: to 1e-9 points, or to the grid.
pub(crate) struct Multiplier {
    /// Leading bits of numerator / denominator: the ratio times 2^`bits`, rounded down; `None` where it has no 64 bits.
    leading: Option<u64>,
    bits: u32,
    /// Whether nothing was cut off.
    is_exact: bool,
    numerator: BigUint,
    /// The factor's, times the grid.
    denominator: BigUint,
    grid: i64,
}

impl Multiplier {
    /// Most bits behind the point: the product of a price and 64 bits has 127.
    const BITS_MAX: u64 = 126;

    pub(crate) fn new(factor: &Factor, grid: Option<TickGrid>) -> Self {
        let grid = grid.map_or(1, |grid| grid.tick().nanos());
        let numerator = factor.numerator.clone();
        let denominator = &factor.denominator * grid.unsigned_abs();
        // One too many or too few is put right below, so that the quotient has at most 64 bits.
        let behind_point = (64 + denominator.bits()).saturating_sub(numerator.bits()).min(Self::BITS_MAX);
        let split = |bits: u64| {
            let shifted = &numerator << bits;
            let quotient = &shifted / &denominator;
            let is_exact = &quotient * &denominator == shifted;
            (u64::try_from(quotient).ok(), bits, is_exact)
        };
        let mut found = split(behind_point);
        if found.0.is_none() {
            found = split(behind_point.saturating_sub(1));
        }
        let (leading, bits, is_exact) = found;
        // At most 126, and a ratio with fewer than one bit behind the point goes the long way.
        let bits = u32::try_from(bits).unwrap_or(0);
        Self { leading: leading.filter(|_| bits > 0), bits, is_exact, numerator, denominator, grid }
    }

    /// The price times the factor, rounded; `None` where it leaves the range.
    ///
    /// With `leading` = floor(ratio * 2^bits), the exact product times 2^bits lies in [lower, lower + magnitude). Half a
    /// unit is added to both ends. Where no multiple of 2^bits lies in what results, the whole interval rounds to one
    /// integer, and no product in it is a tie. A multiple within, or at its lower end, is decided by the exact ratio.
    pub(crate) fn scale(&self, price: i64) -> Option<i64> {
        let magnitude = price.unsigned_abs();
        let Some(leading) = self.leading else { return self.scale_exactly(price) };
        // 2^63 * 2^64 and half of at most 2^126 stay below 2^128.
        let half = 1_u128 << (self.bits - 1);
        let raised = u128::from(magnitude) * u128::from(leading) + half;
        let past_integer = raised & ((half << 1) - 1);
        let reach = if self.is_exact { 1 } else { u128::from(magnitude) };
        if past_integer == 0 || past_integer + reach > half << 1 {
            return self.scale_exactly(price);
        }
        self.restore(i64::try_from(raised >> self.bits).ok()?, price)
    }

    fn scale_exactly(&self, price: i64) -> Option<i64> {
        let product = &self.numerator * price.unsigned_abs();
        let units = divide_half_even(product, &self.denominator);
        self.restore(i64::try_from(units).ok()?, price)
    }

    fn restore(&self, units: i64, price: i64) -> Option<i64> {
        let magnitude = units.checked_mul(self.grid)?;
        Some(if price < 0 { -magnitude } else { magnitude })
    }
}

fn divide_half_even(dividend: BigUint, divisor: &BigUint) -> BigUint {
    let quotient = &dividend / divisor;
    let twice_rest = (dividend - &quotient * divisor) << 1_u32;
    let is_up = twice_rest > *divisor || (twice_rest == *divisor && quotient.bit(0));
    if is_up { quotient + 1_u32 } else { quotient }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests;
