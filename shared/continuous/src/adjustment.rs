//! Adjustment methods by name.

use std::fmt;
use std::str::FromStr;

use peaktrade_domain::UnknownName;

/// How the prices of a series' contracts are brought together at its rolls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Adjustment {
    /// Prices as traded.
    None,
    /// Adds the sum of all later spreads to older bars; the newest contract stays as traded. Prices may fall below zero.
    BackAdjust,
    /// Multiplies older bars by the product of all later ratios of new to old price; the newest contract stays as traded.
    RatioAdjust,
    /// Takes the sum of all earlier spreads off newer bars; the oldest contract stays as traded, so a bar that has been
    /// served never changes. Prices may fall below zero.
    ForwardAdjust,
    /// Divides newer bars by the product of all earlier ratios of new to old price; the oldest contract stays as traded,
    /// so a bar that has been served never changes.
    ForwardRatioAdjust,
}

impl Adjustment {
    /// All methods.
    pub const ALL: [Self; 5] =
        [Self::None, Self::BackAdjust, Self::RatioAdjust, Self::ForwardAdjust, Self::ForwardRatioAdjust];

    /// The name in requests, manifests and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::BackAdjust => "BACK_ADJUST",
            Self::RatioAdjust => "RATIO_ADJUST",
            Self::ForwardAdjust => "FORWARD_ADJUST",
            Self::ForwardRatioAdjust => "FORWARD_RATIO_ADJUST",
        }
    }

    /// Whether prices are multiplied, so that each roll needs a pair of prices above zero.
    pub const fn is_ratio(self) -> bool {
        matches!(self, Self::RatioAdjust | Self::ForwardRatioAdjust)
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
        let found = Self::ALL.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| UnknownName {
            what: "adjustment method",
            name: name.chars().take(64).collect(),
            allowed: "NONE, BACK_ADJUST, RATIO_ADJUST, FORWARD_ADJUST, FORWARD_RATIO_ADJUST",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Adjustment;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for method in Adjustment::ALL {
            assert_eq!(method.name().parse(), Ok(method));
        }
        for bad in ["RATIO", "none", "", "BACK_ADJUST ", "BACK_RATIO_ADJUST"] {
            let error = bad.parse::<Adjustment>().unwrap_err().to_string();
            assert!(error.contains("NONE, BACK_ADJUST, RATIO_ADJUST, FORWARD_ADJUST"), "{error}");
        }
    }
}
