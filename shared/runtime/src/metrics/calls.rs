//! Metrics of every call, with labels from a closed set.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use prometheus::{HistogramVec, IntCounterVec, IntGauge};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::Code;

use super::Registry;

/// Upper bounds in seconds: from an order judged in memory to a build or a long stream.
const CALL_SECONDS: [f64; 17] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Method label of calls to what the service does not have, so that a caller cannot invent label values.
const UNKNOWN_METHOD: &str = "unknown";

/// Handles of the call metrics of one service.
#[derive(Clone)]
pub(crate) struct CallMetrics {
    handled: IntCounterVec,
    seconds: HistogramVec,
    in_flight: IntGauge,
    names: Arc<Names>,
}

/// What the service is known to serve.
struct Names {
    /// `package.Service/Method` of each method in the descriptor set.
    methods: BTreeSet<String>,
    /// Services of which no descriptor may be at hand, such as Arrow Flight.
    services: Vec<&'static str>,
}

impl CallMetrics {
    /// Makes the handles; every described method stands at zero from the start.
    pub(crate) fn new(registry: &Registry, descriptor: &FileDescriptorSet, services: &[&'static str]) -> Self {
        let handled = registry.counters(
            "grpc_server_handled_total",
            "Calls that ended, by method and gRPC code.",
            &["method", "code"],
        );
        let seconds = registry.histograms(
            "grpc_server_handling_seconds",
            "Time from the request's headers to the end of the response's body.",
            &["method"],
            &CALL_SECONDS,
        );
        let in_flight = registry.gauge("grpc_server_calls_in_flight", "Calls whose response body has not ended.");
        let methods = described_methods(descriptor, services);
        for method in &methods {
            let method = short_name(method);
            handled.with_label_values(&[method, code_name(Code::Ok)]);
            seconds.with_label_values(&[method]);
        }
        Self { handled, seconds, in_flight, names: Arc::new(Names { methods, services: services.to_vec() }) }
    }

    /// Begins a call of `package.Service/Method`.
    pub(crate) fn started(&self, path: &str) -> MeasuredCall {
        self.in_flight.inc();
        MeasuredCall { metrics: self.clone(), path: path.to_owned(), started: Instant::now() }
    }
}

/// A call under way.
pub(crate) struct MeasuredCall {
    metrics: CallMetrics,
    path: String,
    started: Instant,
}

impl MeasuredCall {
    /// Counts the call; returns its labels and its duration for the log, which so speaks of it in the same words.
    pub(crate) fn end(self, code: Code) -> EndedCall {
        let seconds = self.started.elapsed().as_secs_f64();
        let method = self.metrics.names.method_label(&self.path, code);
        self.metrics.in_flight.dec();
        self.metrics.handled.with_label_values(&[method, code_name(code)]).inc();
        self.metrics.seconds.with_label_values(&[method]).observe(seconds);
        EndedCall { method: method.to_owned(), code: code_name(code), seconds }
    }
}

/// A call that was counted.
pub(crate) struct EndedCall {
    /// Method label.
    pub(crate) method: String,
    /// Code label.
    pub(crate) code: &'static str,
    /// Time from the request's headers to the end of the response's body, seconds.
    pub(crate) seconds: f64,
}

impl Names {
    fn method_label<'a>(&self, path: &'a str, code: Code) -> &'a str {
        if self.methods.contains(path) {
            return short_name(path);
        }
        match path.split_once('/') {
            // Without a descriptor, a method is known to exist by not being unimplemented.
            Some((service, method)) if self.services.contains(&service) && code != Code::Unimplemented => method,
            Some(_) | None => UNKNOWN_METHOD,
        }
    }
}

/// Methods of the services that are served here; a descriptor set also holds services of files that are only imported.
fn described_methods(descriptor: &FileDescriptorSet, served: &[&str]) -> BTreeSet<String> {
    let mut methods = BTreeSet::new();
    for file in &descriptor.file {
        for service in &file.service {
            let name = format!("{}.{}", file.package(), service.name());
            if served.contains(&name.as_str()) {
                methods.extend(service.method.iter().map(|method| format!("{name}/{}", method.name())));
            }
        }
    }
    methods
}

/// Names of the services that are served here and described.
pub(crate) fn described_services(descriptor: &FileDescriptorSet, served: &[&str]) -> BTreeSet<String> {
    let paths = described_methods(descriptor, served);
    paths.iter().filter_map(|path| path.split_once('/')).map(|(service, _)| service.to_owned()).collect()
}

/// Decodes a descriptor set.
pub(crate) fn decode_descriptor(bytes: &[u8]) -> Result<FileDescriptorSet, prost::DecodeError> {
    FileDescriptorSet::decode(bytes)
}

fn short_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, method)| method)
}

/// Names of the codes as grpc-go writes them, which is what public dashboards expect.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}
