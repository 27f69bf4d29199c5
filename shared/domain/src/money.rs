//! US dollars as integers of 1e-6 dollars.

use std::fmt;
use std::str::FromStr;

use crate::price::{Price, format_decimal, parse_decimal};

/// An amount in units of 1e-6 US dollars: exact for every tick value, fee and margin in use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(i64);

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("amount {text:?} is not a decimal number of US dollars with at most 6 decimals")]
pub struct UsdParseError {
    /// The text as given.
    pub text: String,
}

impl Usd {
    /// Units in one dollar.
    pub const SCALE: i64 = 1_000_000;
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `micros` times 1e-6 dollars.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Units of 1e-6 dollars.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The nearest `f64`, in dollars; for charts and gauges only.
    pub fn to_f64(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "for display only")]
        let micros = self.0 as f64;
        micros / 1e6
    }

    /// The sum; `None` where it leaves the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The difference; `None` where it leaves the range.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The product with a count; `None` where it leaves the range.
    pub const fn checked_mul(self, count: i64) -> Option<Self> {
        match self.0.checked_mul(count) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The value of a price difference: `points` x `quantity` x dollars per point. `None` where the exact result is not
    /// a whole number of units or leaves the range.
    pub fn from_points(points: Price, quantity: i64, multiplier: Self) -> Option<Self> {
        let scaled =
            i128::from(points.nanos()).checked_mul(i128::from(quantity))?.checked_mul(i128::from(multiplier.0))?;
        let scale = i128::from(Price::SCALE);
        if scaled % scale != 0 {
            return None;
        }
        i64::try_from(scaled / scale).ok().map(Self)
    }
}

impl FromStr for Usd {
    type Err = UsdParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_decimal(text, 6).map(Self).ok_or_else(|| UsdParseError { text: text.chars().take(64).collect() })
    }
}

/// Writes at least two decimals, as dollars are written.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, 6, 2))
    }
}

impl fmt::Debug for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Usd({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Usd;
    use crate::Price;

    fn check(points: &str, quantity: i64, multiplier: &str, expected: Option<&str>) {
        let points: Price = points.parse().unwrap();
        let value = Usd::from_points(points, quantity, multiplier.parse().unwrap());
        assert_eq!(value.map(|usd| usd.to_string()).as_deref(), expected, "{points} x {quantity} x {multiplier}");
    }

    #[test]
    fn values_price_differences() {
        check("0.25", 1, "20", Some("5.00"));
        check("0.25", -3, "2", Some("-1.50"));
        check("0.05", 1, "2", Some("0.10"));
        check("10", 1, "20", Some("200.00"));
        check("0.000000001", 1, "20", None);
        check("9223372036", i64::MAX, "20", None);
    }

    #[test]
    fn writes_cents() {
        assert_eq!("2.5".parse::<Usd>().unwrap().to_string(), "2.50");
        assert_eq!("-0.375".parse::<Usd>().unwrap().to_string(), "-0.375");
        assert!("1.0000001".parse::<Usd>().is_err());
    }
}
