//! What a service hands to the serve function.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use peaktrade_domain::Sha256;
use tokio::sync::watch;
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::BoxCloneSyncService;

use crate::metrics::{Exporter, Registry};

/// A tower service that takes an HTTP request and always answers.
pub type Handler = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// Time that calls in flight get to end once the service was asked to stop; below the stack's stop grace of 10 s.
pub(crate) const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

/// Calls in flight per service. A call holds a few KiB, so this bounds memory; it is far above what one operator's
/// programs have open, so that reaching it means a runaway caller.
const CALLS_IN_FLIGHT_MAX: usize = 1024;
/// Connections per service; each may hold a connection window of memory.
const CONNECTIONS_MAX: usize = 128;
/// Streams per connection: 64 callers on one channel and their watches.
const STREAMS_PER_CONNECTION_MAX: u32 = 128;
/// Flow control per stream; 64 KiB, the default, halves the speed of bars (measured).
const STREAM_WINDOW_BYTES: u32 = 8 * 1024 * 1024;
/// Flow control per connection: two streams at full window.
const CONNECTION_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// HTTP/2 frame that this side takes; sixteen times fewer frames than the default of 16 KiB.
const FRAME_BYTES_MAX: u32 = 256 * 1024;
/// Request message; the 4 MiB that every gRPC implementation assumes where nobody says otherwise.
const REQUEST_MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Silence after which a peer is asked for a sign of life, and the time it has for it.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// One service: its handlers and what describes them.
pub struct Service {
    /// Name in logs, metrics and messages. Example: "risk-gate".
    pub name: &'static str,
    /// Generated servers of the service; health and reflection are added by [`start`](crate::start).
    pub routes: Routes,
    /// Fully qualified gRPC service names, each with a health status of its own.
    pub health_names: Vec<&'static str>,
    /// Encoded descriptor set for reflection and for the labels of call metrics.
    pub descriptor: &'static [u8],
    /// The service's own metrics.
    pub registry: Registry,
    /// Turns true when the service can no longer answer, and never back; health then says NOT_SERVING until a restart.
    pub fault: Option<watch::Receiver<bool>>,
    /// Raw services that stand before `routes` for one exact path each, behind the same layers. Example path:
    /// "/arrow.flight.protocol.FlightService/DoGet".
    pub raw: Vec<(String, Handler)>,
    /// Which calls leave a span and a log line.
    pub record: CallRecord,
}

/// Which calls of a service leave a span and a log line; metrics count all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CallRecord {
    /// Every call: what is asked of the service changes something, or costs much.
    #[default]
    Every,
    /// Look-ups, which are answered in microseconds and asked by the thousand: a call that succeeds leaves a line at debug
    /// only. A span is made where somebody follows it: for a caller that traces, with an exporter, or at debug.
    Refusals,
}

impl Service {
    /// A service without a fault watch and without raw paths, every call of which is recorded.
    pub fn new(
        name: &'static str,
        routes: Routes,
        health_names: &[&'static str],
        descriptor: &'static [u8],
        registry: Registry,
    ) -> Self {
        Self {
            name,
            routes,
            health_names: health_names.to_vec(),
            descriptor,
            registry,
            fault: None,
            raw: Vec::new(),
            record: CallRecord::Every,
        }
    }

    /// The same service with another choice of the calls that leave a span and a log line.
    #[must_use]
    pub fn with_record(mut self, record: CallRecord) -> Self {
        self.record = record;
        self
    }

    /// The same service, unhealthy from the moment that `fault` turns true. Example: its journal cannot be written.
    #[must_use]
    pub fn with_fault_watch(mut self, fault: watch::Receiver<bool>) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The same service with a raw tower service before its routes for one exact path.
    #[must_use]
    pub fn with_raw_path(mut self, path: &str, handler: Handler) -> Self {
        self.raw.push((path.to_owned(), handler));
        self
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("name", &self.name)
            .field("health_names", &self.health_names)
            .finish_non_exhaustive()
    }
}

/// Where and how a service is served.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Address of the gRPC port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where its metrics are shown.
    pub metrics: MetricsTarget,
    /// Time that calls in flight get to end once the service was asked to stop.
    pub drain_deadline: Duration,
    /// Parameters of the transport.
    pub transport: Transport,
    /// Hash of the calendar that the service evaluates; a request that names another is refused.
    pub calendar_sha256: Option<Sha256>,
}

impl ServeOptions {
    /// Default transport, a drain deadline of 5 s, no calendar.
    pub fn new(listen: SocketAddr, metrics: MetricsTarget) -> Self {
        Self { listen, metrics, drain_deadline: DRAIN_DEADLINE, transport: Transport::default(), calendar_sha256: None }
    }

    /// The same options with the hash of the calendar that the service evaluates.
    #[must_use]
    pub fn with_calendar(mut self, sha256: Sha256) -> Self {
        self.calendar_sha256 = Some(sha256);
        self
    }
}

/// Where the metrics of a service are shown.
#[derive(Debug, Clone)]
pub enum MetricsTarget {
    /// On an HTTP port of its own.
    Own(SocketAddr),
    /// By an exporter that several services share.
    Shared(Exporter),
    /// Nowhere.
    Off,
}

/// Parameters of HTTP/2 and the limits of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// Flow-control window of a stream, bytes.
    pub stream_window_bytes: u32,
    /// Flow-control window of a connection, bytes.
    pub connection_window_bytes: u32,
    /// Largest HTTP/2 frame taken, bytes; 16 KiB to 16 MiB.
    pub frame_bytes_max: u32,
    /// Streams that one connection may have open.
    pub streams_per_connection_max: u32,
    /// Connections that the service has open; further ones wait to be accepted.
    pub connections_max: usize,
    /// Calls in flight, until their bodies end; further ones are refused with RESOURCE_EXHAUSTED.
    pub calls_in_flight_max: usize,
    /// Largest request message, bytes; a larger one ends its call with RESOURCE_EXHAUSTED before it is read. A service
    /// that raises it above 4 MiB raises `max_decoding_message_size` of its generated server too.
    pub request_message_bytes_max: usize,
    /// Silence after which a peer is asked for a sign of life.
    pub keepalive_interval: Duration,
    /// Time that a peer has for its sign of life.
    pub keepalive_timeout: Duration,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            stream_window_bytes: STREAM_WINDOW_BYTES,
            connection_window_bytes: CONNECTION_WINDOW_BYTES,
            frame_bytes_max: FRAME_BYTES_MAX,
            streams_per_connection_max: STREAMS_PER_CONNECTION_MAX,
            connections_max: CONNECTIONS_MAX,
            calls_in_flight_max: CALLS_IN_FLIGHT_MAX,
            request_message_bytes_max: REQUEST_MESSAGE_BYTES_MAX,
            keepalive_interval: KEEPALIVE_INTERVAL,
            keepalive_timeout: KEEPALIVE_TIMEOUT,
        }
    }
}

/// Why a service did not start, or did not keep running.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port could not be bound.
    #[error("cannot listen on {address} for {purpose}: {source}")]
    Bind {
        /// What the port is for. Example: "gRPC of risk-gate".
        purpose: String,
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or setting that the service needs is missing or wrong.
    #[error("{what}: {problem}")]
    Configuration {
        /// The file or setting. Example: "risk policy /etc/risk_policy.toml".
        what: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// Another service that this one needs did not answer in time.
    #[error("{what} is unavailable: {problem}")]
    Unavailable {
        /// The service and where it was looked for. Example: "calendar at http://127.0.0.1:9121".
        what: String,
        /// What happened.
        problem: String,
    },
    /// Anything else that stops the service. Example: a journal whose chain is broken.
    #[error("{what}: {problem}")]
    Internal {
        /// What failed.
        what: String,
        /// What happened.
        problem: String,
    },
}

impl StartError {
    /// A file or setting that is missing or wrong.
    pub fn configuration(what: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::Configuration { what: what.into(), problem: problem.to_string() }
    }

    /// Another service that did not answer in time.
    pub fn unavailable(what: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::Unavailable { what: what.into(), problem: problem.to_string() }
    }

    /// Anything else that stops the service.
    pub fn internal(what: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::Internal { what: what.into(), problem: problem.to_string() }
    }
}
