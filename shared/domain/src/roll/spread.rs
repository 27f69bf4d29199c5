//! How the spread of a roll is measured.

use std::fmt;
use std::str::FromStr;

use super::UnknownName;

/// How the spread of a roll is measured: at one timestamp for both legs, but for [`Self::PeakTrade`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadMethod {
    /// The closes of the last bar that both contracts have before the roll. The default.
    LastCommon,
    /// The median over the last so many minutes before the roll in which both contracts traded, 1 to 390: an odd print
    /// is outvoted. Named `median_common_30`.
    MedianCommon(u16),
    /// The settlement prices of the newest trade date that both were known of before the roll. The exchange derives the
    /// back month's from the front month's and the traded calendar spread, so the pair is synchronous by construction.
    Settlement,
    /// Peak_Trade's own rule, kept for comparison: the last close of the old contract's segment and the first close of
    /// the new one's. The two are not of one minute, so the market's move between them enters the spread.
    PeakTrade,
}

const MEDIAN: &str = "median_common_";

impl SpreadMethod {
    /// Most minutes that a median takes: the cash market's day. More would reach into another day's spread.
    pub const MEDIAN_MINUTES_MAX: u16 = 390;
}

/// The name in requests, manifests and events.
impl fmt::Display for SpreadMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastCommon => f.write_str("last_common"),
            Self::MedianCommon(minutes) => write!(f, "{MEDIAN}{minutes}"),
            Self::Settlement => f.write_str("settlement"),
            Self::PeakTrade => f.write_str("peak_trade"),
        }
    }
}

impl FromStr for SpreadMethod {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        const ALLOWED: &str = "last_common, median_common_N with N from 1 to 390, settlement, peak_trade";
        match name {
            "last_common" => Ok(Self::LastCommon),
            "settlement" => Ok(Self::Settlement),
            "peak_trade" => Ok(Self::PeakTrade),
            _ => name
                .strip_prefix(MEDIAN)
                .and_then(minutes)
                .map(Self::MedianCommon)
                .ok_or_else(|| UnknownName::new("spread method", name, ALLOWED)),
        }
    }
}

/// Reads 1 to 390 without sign or leading zero, so that every number has one spelling.
fn minutes(text: &str) -> Option<u16> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let minutes = text.parse::<u16>().ok().filter(|_| is_plain)?;
    (minutes <= SpreadMethod::MEDIAN_MINUTES_MAX).then_some(minutes)
}
