//! Prices as integers of 1e-9 index points.

use std::fmt;
use std::str::FromStr;

/// A price or a price difference in units of 1e-9 index points, as DBN and nautilus keep it: exact for the 0.25 tick,
/// for 0.05 spread settlements and for 0.01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i64);

/// Why a text is not a price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("price {text:?} is not a decimal number of at most 9 decimals between -9223372036 and 9223372036")]
pub struct PriceParseError {
    /// The text as given.
    pub text: String,
}

impl Price {
    /// Units in one index point.
    pub const SCALE: i64 = 1_000_000_000;
    /// No points.
    pub const ZERO: Self = Self(0);

    /// A price of `nanos` times 1e-9 index points.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// A price of whole index points; `None` where it leaves the range.
    pub const fn from_points(points: i64) -> Option<Self> {
        match points.checked_mul(Self::SCALE) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// Units of 1e-9 index points.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The nearest `f64`, in index points; exact for every price on a 0.25 or 0.5 grid below 2^50.
    pub fn to_f64(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "prices on the grid are exact; the rest is for display")]
        let nanos = self.0 as f64;
        nanos / 1e9
    }

    /// Reads an `f64` of index points that must lie within 1e-10 of a unit of 1e-9; `None` for anything else, NaN and
    /// infinities included.
    pub fn from_f64_exact(points: f64) -> Option<Self> {
        let scaled = points * 1e9;
        if !scaled.is_finite() || scaled.abs() >= 9.2e18 {
            return None;
        }
        let rounded = scaled.round();
        if (rounded - scaled).abs() > 0.1 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "finite and below 9.2e18, checked above")]
        let nanos = rounded as i64;
        Some(Self(nanos))
    }

    /// Whether the price is a whole multiple of `tick`; false for a tick that is not above zero.
    pub const fn is_on_tick(self, tick: Self) -> bool {
        tick.0 > 0 && self.0 % tick.0 == 0
    }

    /// The sum; `None` where it leaves the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// The difference; `None` where it leaves the range.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// The product with a count; `None` where it leaves the range.
    pub const fn checked_mul(self, count: i64) -> Option<Self> {
        match self.0.checked_mul(count) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }
}

impl FromStr for Price {
    type Err = PriceParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_decimal(text, 9).map(Self).ok_or_else(|| PriceParseError { text: text.chars().take(64).collect() })
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, 9, 0))
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Price({self})")
    }
}

/// Reads an optional sign, ASCII digits, and at most `decimals` decimals into units of 10^-decimals.
/// At least one digit must stand before the point; exponents, spaces and a leading `+` are refused.
pub(crate) fn parse_decimal(text: &str, decimals: usize) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (digits, ""),
    };
    if whole.is_empty() || whole.len() > 18 || fraction.len() > decimals {
        return None;
    }
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut units: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        units = units * 10 + i128::from(byte - b'0');
    }
    for _ in fraction.len()..decimals {
        units *= 10;
    }
    i64::try_from(if is_negative { -units } else { units }).ok()
}

/// Writes units of 10^-decimals as a plain decimal without trailing zeros beyond `min_decimals`.
pub(crate) fn format_decimal(units: i64, decimals: u32, min_decimals: usize) -> String {
    let scale = 10_u64.pow(decimals);
    let magnitude = units.unsigned_abs();
    let sign = if units < 0 { "-" } else { "" };
    let mut fraction = format!("{:0width$}", magnitude % scale, width = decimals as usize);
    while fraction.len() > min_decimals && fraction.ends_with('0') {
        fraction.pop();
    }
    let whole = magnitude / scale;
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::Price;

    fn check(text: &str, expected: Option<(i64, &str)>) {
        let parsed = text.parse::<Price>().ok();
        assert_eq!(
            parsed.map(|price| (price.nanos(), price.to_string())),
            expected.map(|(n, s)| (n, s.to_owned())),
            "{text:?}"
        );
    }

    #[test]
    fn reads_and_writes_decimals() {
        check("0", Some((0, "0")));
        check("-0.25", Some((-250_000_000, "-0.25")));
        check("19667.50", Some((19_667_500_000_000, "19667.5")));
        check("0.000000001", Some((1, "0.000000001")));
        check("9223372036.854775807", Some((i64::MAX, "9223372036.854775807")));
        check("9223372036.854775808", None);
        check("0.0000000001", None);
        for bad in ["", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ", "1,5", "NaN", "inf", "\u{661}", "--1", "1.2.3"] {
            check(bad, None);
        }
    }

    #[test]
    fn tick_grid() {
        let tick: Price = "0.25".parse().unwrap();
        assert!("19667.75".parse::<Price>().unwrap().is_on_tick(tick));
        assert!(!"19450.81".parse::<Price>().unwrap().is_on_tick(tick));
        assert!(!Price::ZERO.is_on_tick(Price::ZERO));
    }

    #[test]
    fn floats_must_be_exact() {
        assert_eq!(Price::from_f64_exact(19667.75), Some("19667.75".parse().unwrap()));
        assert_eq!(Price::from_f64_exact(0.1), Some("0.1".parse().unwrap()));
        for bad in [f64::NAN, f64::INFINITY, 1e300, 1.0 / 3.0] {
            assert_eq!(Price::from_f64_exact(bad), None, "{bad}");
        }
    }
}
