//! One log event, one line of JSON, with the same keys in the same order.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::SecondsFormat;
use opentelemetry::trace::TraceContextExt as _;
use peaktrade_domain::UnixNanos;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Field of a span that names the service its events belong to.
const SERVICE_FIELD: &str = "service";

/// Keys that every line begins with; a field of the same name is written with the prefix below.
const FIXED_KEYS: [&str; 7] = ["ts", "level", "service", "trace_id", "span_id", "target", "msg"];
const CLASH_PREFIX: &str = "field.";

/// Where lines go.
#[derive(Debug)]
pub(super) struct Sinks {
    has_stderr: bool,
    file: Mutex<Option<File>>,
}

impl Sinks {
    pub(super) fn new(has_stderr: bool) -> Self {
        Self { has_stderr, file: Mutex::new(None) }
    }

    pub(super) fn attach(&self, file: Option<File>) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
    }

    /// Writes a line in one piece. A log that cannot be written has nobody to tell, so errors are dropped here.
    fn write(&self, line: &str) {
        if self.has_stderr {
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
        if let Some(file) = self.file.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let _ = file.write_all(line.as_bytes());
        }
    }
}

/// The layer that writes lines.
pub(super) struct NdjsonLayer {
    process: &'static str,
    sinks: Arc<Sinks>,
}

impl NdjsonLayer {
    pub(super) fn new(process: &'static str, sinks: Arc<Sinks>) -> Self {
        Self { process, sinks }
    }
}

/// The service that a span belongs to, kept with the span.
struct ServiceName(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for NdjsonLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(Value::String(service)) = fields.values.remove(SERVICE_FIELD)
            && let Some(span) = context.span(id)
        {
            span.extensions_mut().insert(ServiceName(service));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let service = context.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<ServiceName>().map(|name| name.0.clone()))
        });
        let service = match (service, fields.values.get(SERVICE_FIELD)) {
            // Said by the event itself, as where a service starts or stops.
            (_, Some(Value::String(named))) => named.clone(),
            (Some(service), _) => service,
            (None, _) => self.process.to_owned(),
        };
        fields.values.remove(SERVICE_FIELD);
        let metadata = event.metadata();
        let line = Line {
            at: now(),
            level: metadata.level().as_str().to_ascii_lowercase(),
            service: &service,
            ids: current_ids(),
            target: metadata.target(),
            fields: &fields,
        };
        self.sinks.write(&line.to_string());
    }
}

/// Trace and span id of the current context. Read from OpenTelemetry's own context, which follows the spans as they are
/// entered, because the tracing layer keeps its copy private.
pub(super) fn current_ids() -> Option<(String, String)> {
    let context = opentelemetry::Context::current();
    let span = context.span();
    let ids = span.span_context();
    ids.is_valid().then(|| (ids.trace_id().to_string(), ids.span_id().to_string()))
}

fn now() -> UnixNanos {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixNanos::from_nanos(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
}

struct Line<'a> {
    at: UnixNanos,
    level: String,
    service: &'a str,
    ids: Option<(String, String)>,
    target: &'a str,
    fields: &'a Fields,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &str| Value::String(text.to_owned());
        let ts = self.at.to_datetime().to_rfc3339_opts(SecondsFormat::Millis, true);
        write!(f, "{{\"ts\":{},\"level\":{},\"service\":{}", text(&ts), text(&self.level), text(self.service))?;
        if let Some((trace_id, span_id)) = &self.ids {
            write!(f, ",\"trace_id\":{},\"span_id\":{}", text(trace_id), text(span_id))?;
        }
        write!(f, ",\"target\":{},\"msg\":{}", text(self.target), text(&self.fields.message))?;
        for (name, value) in &self.fields.values {
            let prefix = if FIXED_KEYS.contains(name) { CLASH_PREFIX } else { "" };
            write!(f, ",{}:{value}", text(&format!("{prefix}{name}")))?;
        }
        f.write_str("}\n")
    }
}

/// Fields of an event, sorted by name.
#[derive(Default)]
struct Fields {
    message: String,
    values: BTreeMap<&'static str, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            ("message", other) => self.message = other.to_string(),
            (name, value) => {
                self.values.insert(name, value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity and no NaN; their names are still better than nothing.
        self.put(field, serde_json::Number::from_f64(value).map_or_else(|| value.to_string().into(), Value::Number));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, value.to_string().into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, value.to_string().into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}
