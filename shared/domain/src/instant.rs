//! Instants as nanoseconds since the Unix epoch, UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

/// An instant in nanoseconds since 1970-01-01T00:00:00Z. Displayed as RFC 3339 with `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixNanos(i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("instant {text:?} is not RFC 3339 with a zone between 1678 and 2262, such as 2026-03-15T22:00:00Z")]
pub struct InstantParseError {
    /// The text as given.
    pub text: String,
}

impl UnixNanos {
    /// Nanoseconds in a second.
    pub const SECOND: i64 = 1_000_000_000;
    /// Nanoseconds in a minute.
    pub const MINUTE: i64 = 60 * Self::SECOND;

    /// An instant `nanos` nanoseconds after the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// An instant `seconds` seconds after the epoch; `None` where it leaves the range.
    pub const fn from_seconds(seconds: i64) -> Option<Self> {
        match seconds.checked_mul(Self::SECOND) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// Nanoseconds after the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole seconds after the epoch, rounded down.
    pub const fn seconds_floor(self) -> i64 {
        self.0.div_euclid(Self::SECOND)
    }

    /// Whether the instant is a whole minute.
    pub const fn is_whole_minute(self) -> bool {
        self.0 % Self::MINUTE == 0
    }

    /// The instant `nanos` later (earlier where negative); `None` where it leaves the range.
    pub const fn checked_add_nanos(self, nanos: i64) -> Option<Self> {
        match self.0.checked_add(nanos) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The instant as a calendar date and time in UTC.
    pub const fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }
}

impl FromStr for UnixNanos {
    type Err = InstantParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|instant| instant.timestamp_nanos_opt())
            .map(Self)
            .ok_or_else(|| InstantParseError { text: text.chars().take(64).collect() })
    }
}

impl fmt::Display for UnixNanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for UnixNanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnixNanos({self})")
    }
}
