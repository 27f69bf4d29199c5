//! Types that a setting can have.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A type that a setting can have, read from its text.
pub trait Value: Sized {
    /// What is allowed, as it stands in a message after "allowed is". Example: "an address such as 127.0.0.1:9121".
    const ALLOWED: &'static str;

    /// Reads the text; `None` where it is not allowed.
    fn parse(text: &str) -> Option<Self>;

    /// The value of a setting that nobody gave; `None` where it must be given.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Value> Value for Option<T> {
    const ALLOWED: &'static str = T::ALLOWED;

    fn parse(text: &str) -> Option<Self> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl Value for SocketAddr {
    const ALLOWED: &'static str = "an address and a port, such as 127.0.0.1:9121";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for PathBuf {
    const ALLOWED: &'static str = "a path, not empty";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::from(text))
    }
}

/// Longest duration of a setting: an hour, above which a slip of the unit is likelier than intent.
const SECONDS_MAX: u64 = 3600;

impl Value for Duration {
    const ALLOWED: &'static str = "whole seconds from 1 to 3600";

    fn parse(text: &str) -> Option<Self> {
        let seconds = text.parse().ok().filter(|seconds| (1..=SECONDS_MAX).contains(seconds))?;
        // `parse` of an integer takes a leading plus, which is no way to write seconds.
        text.bytes().all(|byte| byte.is_ascii_digit()).then_some(Self::from_secs(seconds))
    }
}

/// Where a service is reached: `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// The endpoint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.0
    }
}

impl Value for Endpoint {
    const ALLOWED: &'static str = "http://host:port";

    fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.strip_prefix("http://")?.trim_end_matches('/').rsplit_once(':')?;
        let host_is_plain = !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b':'));
        let port_is_one =
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
        (host_is_plain && port_is_one).then(|| Self(text.to_owned()))
    }
}

/// Level from which on a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Faults only.
    Error,
    /// And what may become one.
    Warn,
    /// And one line per event.
    Info,
    /// And steps between events.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The level as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Value for LogLevel {
    const ALLOWED: &'static str = "one of error, warn, info, debug, trace";

    fn parse(text: &str) -> Option<Self> {
        [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace].into_iter().find(|level| level.as_str() == text)
    }
}
