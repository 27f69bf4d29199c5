//! How the spread of a roll is measured.

use std::str::FromStr;

use super::UnknownName;

/// How the spread of a roll is measured, always at one timestamp for both legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadMethod {
    /// The closes of the last bar that both contracts have before the roll. The default.
    LastCommon,
    /// The median over the last 30 minutes before the roll in which both contracts traded.
    MedianCommon30,
}

impl SpreadMethod {
    /// The name in requests, manifests and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastCommon => "last_common",
            Self::MedianCommon30 => "median_common_30",
        }
    }
}

impl FromStr for SpreadMethod {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "last_common" => Ok(Self::LastCommon),
            "median_common_30" => Ok(Self::MedianCommon30),
            _ => Err(UnknownName::new("spread method", name, "last_common, median_common_30")),
        }
    }
}
