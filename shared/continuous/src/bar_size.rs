//! Bar sizes by name.

use std::fmt;
use std::str::FromStr;

use peaktrade_domain::{UnixNanos, UnknownName};

/// How much of a session one bar covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BarSize {
    /// One minute: the bars as stored.
    OneMinute,
    /// Five minutes.
    FiveMinutes,
    /// Fifteen minutes.
    FifteenMinutes,
    /// Thirty minutes.
    ThirtyMinutes,
    /// Sixty minutes.
    OneHour,
    /// One trade date.
    OneDay,
}

impl BarSize {
    /// All sizes.
    pub const ALL: [Self; 6] =
        [Self::OneMinute, Self::FiveMinutes, Self::FifteenMinutes, Self::ThirtyMinutes, Self::OneHour, Self::OneDay];

    /// The name in requests, manifests and descriptors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneMinute => "1m",
            Self::FiveMinutes => "5m",
            Self::FifteenMinutes => "15m",
            Self::ThirtyMinutes => "30m",
            Self::OneHour => "1h",
            Self::OneDay => "1d",
        }
    }

    /// Length in nanoseconds; `None` for a trade date, which is as long as its session.
    pub const fn nanos(self) -> Option<i64> {
        match self {
            Self::OneMinute => Some(UnixNanos::MINUTE),
            Self::FiveMinutes => Some(5 * UnixNanos::MINUTE),
            Self::FifteenMinutes => Some(15 * UnixNanos::MINUTE),
            Self::ThirtyMinutes => Some(30 * UnixNanos::MINUTE),
            Self::OneHour => Some(60 * UnixNanos::MINUTE),
            Self::OneDay => None,
        }
    }
}

impl fmt::Display for BarSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BarSize {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|size| size.name() == name);
        found.ok_or_else(|| UnknownName {
            what: "bar size",
            name: name.chars().take(16).collect(),
            allowed: "1m, 5m, 15m, 30m, 1h, 1d",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::BarSize;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for size in BarSize::ALL {
            assert_eq!(size.name().parse(), Ok(size));
        }
        for bad in ["1min", "60m", "", "1M", "1D", "24h"] {
            let error = bad.parse::<BarSize>().unwrap_err().to_string();
            assert!(error.contains("1m, 5m, 15m, 30m, 1h, 1d"), "{error}");
        }
    }
}
