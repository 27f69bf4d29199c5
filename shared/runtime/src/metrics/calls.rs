//! Metrics of every call, with labels from a closed set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::Code;

use super::Registry;

/// Upper bounds in seconds: from an order judged in memory to a build or a long stream.
const CALL_SECONDS: [f64; 17] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Method label of calls to what the service does not have, so that a caller cannot invent label values.
const UNKNOWN_METHOD: &str = "unknown";

/// Handles of the call metrics of one service; clones share them.
#[derive(Clone)]
pub(crate) struct CallMetrics {
    inner: Arc<Inner>,
}

struct Inner {
    handled: IntCounterVec,
    seconds: HistogramVec,
    in_flight: IntGauge,
    /// By `package.Service/Method`, for each method in the descriptor set.
    methods: BTreeMap<String, Arc<Method>>,
    /// Services of which no descriptor may be at hand, such as Arrow Flight.
    services: Vec<&'static str>,
}

/// A described method with the handles that nearly every call of it needs: looking them up by label takes hashes and
/// locks.
struct Method {
    label: Arc<str>,
    ok: IntCounter,
    seconds: Histogram,
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
        let method = |path: String| {
            let label = short_name(&path);
            let ok = handled.with_label_values(&[label, code_name(Code::Ok)]);
            let method = Method { label: label.into(), ok, seconds: seconds.with_label_values(&[label]) };
            (path, Arc::new(method))
        };
        let methods = described_methods(descriptor, services).into_iter().map(method).collect();
        Self { inner: Arc::new(Inner { handled, seconds, in_flight, methods, services: services.to_vec() }) }
    }

    /// Begins a call of `package.Service/Method`.
    pub(crate) fn started(&self, path: &str) -> MeasuredCall {
        self.inner.in_flight.inc();
        let called = match self.inner.methods.get(path) {
            Some(method) => Called::Described(Arc::clone(method)),
            None => Called::Other(path.to_owned()),
        };
        MeasuredCall { metrics: Arc::clone(&self.inner), called, started: Instant::now() }
    }
}

/// A call under way.
pub(crate) struct MeasuredCall {
    metrics: Arc<Inner>,
    called: Called,
    started: Instant,
}

enum Called {
    Described(Arc<Method>),
    /// Path of a method that no descriptor names.
    Other(String),
}

impl MeasuredCall {
    /// Counts the call; returns its labels and its duration for the log, which so speaks of it in the same words.
    pub(crate) fn end(self, code: Code) -> EndedCall {
        let seconds = self.started.elapsed().as_secs_f64();
        let Inner { handled, seconds: histograms, in_flight, services, .. } = &*self.metrics;
        in_flight.dec();
        let method = match self.called {
            Called::Described(method) => {
                match code {
                    Code::Ok => method.ok.inc(),
                    _ => handled.with_label_values(&[&*method.label, code_name(code)]).inc(),
                }
                method.seconds.observe(seconds);
                Arc::clone(&method.label)
            }
            Called::Other(path) => {
                let label = other_label(services, &path, code);
                handled.with_label_values(&[label, code_name(code)]).inc();
                histograms.with_label_values(&[label]).observe(seconds);
                label.into()
            }
        };
        EndedCall { method, code: code_name(code), seconds }
    }
}

/// A call that was counted.
pub(crate) struct EndedCall {
    /// Method label.
    pub(crate) method: Arc<str>,
    /// Code label.
    pub(crate) code: &'static str,
    /// Time from the request's headers to the end of the response's body, seconds.
    pub(crate) seconds: f64,
}

/// Method label of a path that no descriptor names.
fn other_label<'a>(services: &[&str], path: &'a str, code: Code) -> &'a str {
    match path.split_once('/') {
        // Without a descriptor, a method is known to exist by not being unimplemented.
        Some((service, method)) if services.contains(&service) && code != Code::Unimplemented => method,
        Some(_) | None => UNKNOWN_METHOD,
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
