//! Metrics: one registry per service, shown by an exporter.
//!
//! A service makes its handles once, at start; there is no global registry, because four services may share a process.

mod calls;
mod exporter;
pub mod process;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
};

pub(crate) use calls::{CallMetrics, EndedCall, MeasuredCall, decode_descriptor, described_services};
pub use exporter::{Exporter, ExporterServer};

/// Label that tells the services of one process apart.
const SERVICE_LABEL: &str = "service";

/// The metrics of one service. Every metric gets the label `service`.
#[derive(Clone)]
pub struct Registry {
    service: &'static str,
    inner: prometheus::Registry,
}

impl Registry {
    /// An empty registry of a service. Example: `Registry::new("risk-gate")`.
    pub fn new(service: &'static str) -> Self {
        let labels = HashMap::from([(SERVICE_LABEL.to_owned(), service.to_owned())]);
        let inner = prometheus::Registry::new_custom(None, Some(labels)).expect("no prefix is set, so none is wrong");
        Self { service, inner }
    }

    /// Name of the service.
    pub const fn service(&self) -> &'static str {
        self.service
    }

    /// The registry underneath, for crates that make their own handles.
    pub const fn prometheus(&self) -> &prometheus::Registry {
        &self.inner
    }

    /// Makes a counter; its name ends in `_total`.
    ///
    /// # Panics
    /// Where the service already has a metric of that name, or the name is none: both are slips of the program that the
    /// first start shows.
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.add(IntCounter::new(name, help))
    }

    /// Makes a family of counters; its name ends in `_total`. A label set exists from its first use, so touch the
    /// expected ones.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add(IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// Makes a gauge of whole numbers.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.add(IntGauge::new(name, help))
    }

    /// Makes a family of gauges of whole numbers.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.add(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// Makes a gauge of fractions; only for display, money and prices stay exact elsewhere.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn float_gauge(&self, name: &str, help: &str) -> Gauge {
        self.add(Gauge::new(name, help))
    }

    /// Makes a family of gauges of fractions.
    ///
    /// # Panics
    /// As [`Registry::counter`].
    pub fn float_gauges(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.add(GaugeVec::new(Opts::new(name, help), labels))
    }

    /// Makes a histogram with upper bounds of its buckets, in the unit that its name ends in.
    ///
    /// # Panics
    /// As [`Registry::counter`], and where the bounds do not rise.
    pub fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Histogram {
        self.add(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
    }

    /// Makes a family of histograms.
    ///
    /// # Panics
    /// As [`Registry::histogram`].
    pub fn histograms(&self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> HistogramVec {
        self.add(HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
    }

    fn add<M: Collector + Clone + 'static>(&self, metric: prometheus::Result<M>) -> M {
        let metric = metric.expect("metric names, labels and buckets are literals that the first start checks");
        self.inner.register(Box::new(metric.clone())).expect("a service names each of its metrics once");
        metric
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("service", &self.service).finish_non_exhaustive()
    }
}
