//! Logs as NDJSON with trace ids, and traces over OTLP where an endpoint is set.
//!
//! Trace ids exist without an endpoint too: spans are then made and carried on, and exported nowhere.

mod ndjson;
#[cfg(test)]
mod tests;

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Metadata};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;

use ndjson::{NdjsonLayer, Sinks};

/// Time for one export and for the last one at shutdown; below every drain deadline.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Targets of this workspace begin so; its spans are traced, and its events are logged at the level asked for.
const OWN_TARGET_PREFIX: &str = "peak";

/// Whether spans leave the process, so that their attributes have a reader. Set before the first span is made.
static EXPORTS_TRACES: AtomicBool = AtomicBool::new(false);

/// Where log lines go besides the files that are attached later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StderrLog {
    /// To standard error.
    On,
    /// Nowhere else; for programs whose standard error talks to a person.
    Off,
}

/// Why there is no telemetry.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is none.
    #[error("log level {level:?} is not one of error, warn, info, debug, trace")]
    Level {
        /// The level as given.
        level: String,
    },
    /// The exporter cannot be made.
    #[error("cannot export traces to {endpoint:?}: {problem}")]
    Exporter {
        /// The endpoint as given.
        endpoint: String,
        /// What is wrong.
        problem: String,
    },
    /// This process has telemetry already.
    #[error("telemetry was started twice in one process")]
    AlreadyStarted,
}

/// Starts telemetry for the process, with log lines on standard error.
///
/// `service` stands in every line outside a service's calls; inside them, the service's own name does. With an OTLP
/// endpoint this must be called inside a tokio runtime.
///
/// # Errors
/// Where the level or the endpoint is wrong, or telemetry has been started already.
pub fn init(service: &'static str, log_level: &str, otlp_endpoint: Option<&str>) -> Result<Telemetry, TelemetryError> {
    init_with(service, log_level, otlp_endpoint, StderrLog::On)
}

/// Starts telemetry as [`init`], with or without log lines on standard error.
///
/// # Errors
/// As [`init`].
pub fn init_with(
    service: &'static str,
    log_level: &str,
    otlp_endpoint: Option<&str>,
    stderr: StderrLog,
) -> Result<Telemetry, TelemetryError> {
    let level: Level = log_level.parse().map_err(|_| TelemetryError::Level { level: log_level.to_owned() })?;
    let provider = provider(service, otlp_endpoint)?;
    EXPORTS_TRACES.store(otlp_endpoint.is_some(), Ordering::Relaxed);
    let sinks = Arc::new(Sinks::new(stderr == StderrLog::On));
    let log = NdjsonLayer::new(service, Arc::clone(&sinks)).with_filter(log_filter(level));
    // What a person reads in a trace is the call tree; where in the source and on which thread is noise there.
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("peaktrade"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(FilterFn::new(is_own_span).with_max_level_hint(LevelFilter::INFO));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log).with(traces))
        .map_err(|_| TelemetryError::AlreadyStarted)?;
    Ok(Telemetry { provider, sinks })
}

/// Telemetry of the process.
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    sinks: Arc<Sinks>,
}

impl Telemetry {
    /// Copies every log line from now on to the end of a file, instead of the one attached before.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub fn attach_file(&self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        self.sinks.attach(Some(file));
        Ok(())
    }

    /// Ends the copy to a file; the file is complete when this returns.
    pub fn detach_file(&self) {
        self.sinks.attach(None);
    }

    /// Sends what is still to be exported; needs at most two seconds.
    pub async fn shutdown(self) {
        let provider = self.provider;
        // Blocks until the exporter has answered or given up.
        let flushed = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(EXPORT_TIMEOUT)).await;
        if let Ok(Err(error)) = flushed {
            tracing::debug!(%error, "the last traces were not exported");
        }
    }
}

/// Trace id of the current span, 32 hexadecimal digits; `None` outside a span or without telemetry.
pub fn current_trace_id() -> Option<String> {
    ndjson::current_ids().map(|(trace_id, _)| trace_id)
}

/// Whether spans leave the process.
pub(crate) fn exports_traces() -> bool {
    EXPORTS_TRACES.load(Ordering::Relaxed)
}

/// A span for work of a service outside its calls, so that its log lines carry the service's name also where several
/// services share a process.
pub fn service_span(service: &'static str) -> tracing::Span {
    tracing::info_span!("service", service)
}

fn provider(service: &'static str, otlp_endpoint: Option<&str>) -> Result<SdkTracerProvider, TelemetryError> {
    let builder = SdkTracerProvider::builder().with_resource(Resource::builder().with_service_name(service).build());
    let Some(endpoint) = otlp_endpoint else { return Ok(builder.build()) };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .with_retry_policy(opentelemetry_otlp::RetryPolicy::disabled())
        .build()
        .map_err(|error| TelemetryError::Exporter { endpoint: endpoint.to_owned(), problem: error.to_string() })?;
    Ok(builder.with_batch_exporter(exporter).build())
}

fn is_own(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(OWN_TARGET_PREFIX)
}

fn is_own_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && is_own(metadata) && *metadata.level() <= Level::INFO
}

/// Own events at the level asked for; those of libraries only from warning on, because at debug they drown the rest.
/// Spans always, because a service's name comes from one.
fn log_filter(level: Level) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    FilterFn::new(move |metadata: &Metadata<'_>| {
        if metadata.is_span() {
            return is_own_span(metadata);
        }
        let limit = if is_own(metadata) { level } else { level.min(Level::WARN) };
        *metadata.level() <= limit
    })
    .with_max_level_hint(LevelFilter::from_level(level.max(Level::INFO)))
}
