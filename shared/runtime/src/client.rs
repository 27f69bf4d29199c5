//! Clients to the other services: one channel type, one way to bound a call.

mod propagate;

use std::future::Future;
use std::time::Duration;

use http::{HeaderValue, Uri};
use peaktrade_domain::Sha256;
use tonic::Status;
use tonic::transport::Endpoint;

use crate::service::Transport;

pub use propagate::Channel;

/// Time to resolve, connect and shake hands.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// How a channel is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Time to resolve the name and to connect.
    pub connect_deadline: Duration,
    /// Hash of the caller's calendar, sent with every call; a service on another calendar refuses.
    pub calendar_sha256: Option<Sha256>,
}

impl Default for Options {
    fn default() -> Self {
        Self { connect_deadline: CONNECT_DEADLINE, calendar_sha256: None }
    }
}

impl Options {
    /// The same options with the hash of the caller's calendar.
    #[must_use]
    pub fn with_calendar(mut self, sha256: Sha256) -> Self {
        self.calendar_sha256 = Some(sha256);
        self
    }
}

/// Why there is no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The endpoint is no endpoint.
    #[error("endpoint {endpoint:?} is not of the form http://host:port")]
    Endpoint {
        /// The endpoint as given.
        endpoint: String,
    },
    /// Nobody answers there.
    #[error("cannot connect to {endpoint}: {problem}")]
    Unreachable {
        /// The endpoint as given.
        endpoint: String,
        /// What happened.
        problem: String,
    },
    /// The deadline passed.
    #[error("cannot connect to {endpoint} within {deadline:?}")]
    Deadline {
        /// The endpoint as given.
        endpoint: String,
        /// The time that was allowed.
        deadline: Duration,
    },
}

/// Connects, within the options' deadline, name resolution included.
///
/// # Errors
/// Where the endpoint is none, or nobody answers in time.
pub async fn connect(endpoint: &str, options: Options) -> Result<Channel, ConnectError> {
    let deadline = options.connect_deadline;
    let connecting = configure(endpoint, deadline)?;
    match tokio::time::timeout(deadline, connecting.connect()).await {
        Ok(Ok(inner)) => Ok(Channel::new(inner, calendar_header(&options))),
        Ok(Err(error)) => {
            Err(ConnectError::Unreachable { endpoint: endpoint.to_owned(), problem: error_chain(&error) })
        }
        Err(_elapsed) => Err(ConnectError::Deadline { endpoint: endpoint.to_owned(), deadline }),
    }
}

/// Makes a channel that connects with its first call, and again whenever the peer was away.
///
/// # Errors
/// Where the endpoint is none.
pub fn connect_lazy(endpoint: &str, options: Options) -> Result<Channel, ConnectError> {
    let inner = configure(endpoint, options.connect_deadline)?.connect_lazy();
    Ok(Channel::new(inner, calendar_header(&options)))
}

/// Bounds a call, with name resolution, connecting and reconnecting: tonic's own timeouts bound neither.
///
/// # Errors
/// The call's own status, or DEADLINE_EXCEEDED once the deadline has passed.
pub async fn call<T>(deadline: Duration, future: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    match tokio::time::timeout(deadline, future).await {
        Ok(answer) => answer,
        Err(_elapsed) => Err(Status::deadline_exceeded(format!("no answer within {deadline:?}"))),
    }
}

fn configure(endpoint: &str, connect_deadline: Duration) -> Result<Endpoint, ConnectError> {
    let refused = || ConnectError::Endpoint { endpoint: endpoint.to_owned() };
    let uri: Uri = endpoint.parse().map_err(|_| refused())?;
    let is_plain = uri.scheme_str() == Some("http") && uri.port_u16().is_some() && matches!(uri.path(), "" | "/");
    if !is_plain {
        return Err(refused());
    }
    // The same windows and frames as the servers announce, so that bars move fast in both directions.
    let transport = Transport::default();
    Ok(Endpoint::from(uri)
        .connect_timeout(connect_deadline)
        .initial_stream_window_size(transport.stream_window_bytes)
        .initial_connection_window_size(transport.connection_window_bytes)
        .max_frame_size(transport.frame_bytes_max)
        .http2_keep_alive_interval(transport.keepalive_interval)
        .keep_alive_timeout(transport.keepalive_timeout)
        .tcp_nodelay(true))
}

fn calendar_header(options: &Options) -> Option<HeaderValue> {
    options
        .calendar_sha256
        .map(|sha256| HeaderValue::from_str(&sha256.to_string()).expect("hexadecimal digits are a valid header value"))
}

/// The error and its causes on one line; tonic's own text is only "transport error".
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
