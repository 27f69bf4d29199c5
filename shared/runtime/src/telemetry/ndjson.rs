//! One log event, one line of JSON, with the same keys in the same order.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::SecondsFormat;
use opentelemetry::trace::TraceContextExt as _;
use peaktrade_domain::UnixNanos;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Field of a span that names the service its events belong to.
const SERVICE_FIELD: &str = "service";

/// Keys that every line begins with; a field of the same name is written with the prefix below.
const FIXED_KEYS: [&str; 7] = ["ts", "level", "service", "trace_id", "span_id", "target", "msg"];
const CLASH_PREFIX: &str = "field.";

/// Bytes that hold nearly every line, so that it is allocated once.
const LINE_BYTES: usize = 512;

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

/// Picks the service out of a span's fields; the others are for traces.
#[derive(Default)]
struct ServiceField {
    name: Option<String>,
}

impl Visit for ServiceField {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == SERVICE_FIELD {
            self.name = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == SERVICE_FIELD {
            self.name = Some(format!("{value:?}"));
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for NdjsonLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut service = ServiceField::default();
        attributes.record(&mut service);
        if let (Some(name), Some(span)) = (service.name, context.span(id)) {
            span.extensions_mut().insert(ServiceName(name));
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
        let line = line(event, &service, &fields);
        self.sinks.write(&line);
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

/// The line of an event, its end included.
fn line(event: &Event<'_>, service: &str, fields: &Fields) -> String {
    let metadata = event.metadata();
    let mut line = String::with_capacity(LINE_BYTES);
    let ts = now().to_datetime().to_rfc3339_opts(SecondsFormat::Millis, true);
    put_text(&mut line, "{\"ts\":", &ts);
    put_text(&mut line, ",\"level\":", level_name(*metadata.level()));
    put_text(&mut line, ",\"service\":", service);
    if let Some((trace_id, span_id)) = current_ids() {
        put_text(&mut line, ",\"trace_id\":", &trace_id);
        put_text(&mut line, ",\"span_id\":", &span_id);
    }
    put_text(&mut line, ",\"target\":", metadata.target());
    put_text(&mut line, ",\"msg\":", &fields.message);
    for (name, value) in &fields.values {
        if FIXED_KEYS.contains(name) {
            put_text(&mut line, ",", &format!("{CLASH_PREFIX}{name}"));
        } else {
            put_text(&mut line, ",", name);
        }
        match value {
            Value::String(text) => put_text(&mut line, ":", text),
            value => {
                // Writing to a string cannot fail.
                let _ = write!(line, ":{value}");
            }
        }
    }
    line.push_str("}\n");
    line
}

/// Appends what stands before a JSON string, and the string. Most strings need no escape and are copied as they are.
fn put_text(line: &mut String, before: &str, text: &str) {
    line.push_str(before);
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        line.push('"');
        line.push_str(text);
        line.push('"');
    } else {
        // Writing to a string cannot fail.
        let _ = write!(line, "{}", Value::from(text));
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
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
