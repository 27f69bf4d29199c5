//! Settings that more than one program has, so that they mean the same everywhere.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::key::Key;
use crate::value::{Endpoint, LogLevel};

/// Address of a service's gRPC port.
pub const fn listen(default: &'static str) -> Key<SocketAddr> {
    Key::with_default("LISTEN", default, "address of the gRPC port")
}

/// Address of a service's metrics port.
pub const fn metrics_listen(default: &'static str) -> Key<SocketAddr> {
    Key::with_default("METRICS_LISTEN", default, "address of the HTTP port of /metrics")
}

/// Folder of bars, books and journals.
pub const DATA_DIR: Key<PathBuf> = Key::with_default("DATA_DIR", "./data", "folder of bars, books and journals");
/// Folder of evidence packs.
pub const EVIDENCE_DIR: Key<PathBuf> =
    Key::with_default("EVIDENCE_DIR", "./evidence/futures_cme", "folder of evidence packs");
/// Calendar file; the shipped one where absent.
pub const CALENDAR_FILE: Key<Option<PathBuf>> =
    Key::optional("CALENDAR_FILE", "calendar file to hand out; the shipped one where absent");
/// Calendar service.
pub const CALENDAR_ENDPOINT: Key<Endpoint> =
    Key::with_default("CALENDAR_ENDPOINT", "http://127.0.0.1:9121", "calendar service");
/// Dataset service.
pub const DATASET_ENDPOINT: Key<Endpoint> =
    Key::with_default("DATASET_ENDPOINT", "http://127.0.0.1:9122", "dataset service");
/// Risk gate.
pub const RISK_GATE_ENDPOINT: Key<Endpoint> =
    Key::with_default("RISK_GATE_ENDPOINT", "http://127.0.0.1:9123", "risk gate");
/// Paper broker.
pub const PAPER_BROKER_ENDPOINT: Key<Endpoint> =
    Key::with_default("PAPER_BROKER_ENDPOINT", "http://127.0.0.1:9124", "paper broker");
/// Limits of the risk gate; without them it does not start.
pub const RISK_POLICY_FILE: Key<PathBuf> = Key::required("RISK_POLICY_FILE", "limits of the risk gate");
/// Fees and slippage of the paper broker; without them it does not start.
pub const FEES_FILE: Key<PathBuf> = Key::required("FEES_FILE", "fees per contract and side, and slippage");
/// Dated margins of the paper broker; without them it does not start.
pub const MARGINS_FILE: Key<PathBuf> = Key::required("MARGINS_FILE", "dated margin table");
/// Level from which on a log line is written.
pub const LOG_LEVEL: Key<LogLevel> = Key::with_default("LOG_LEVEL", "info", "level from which on a line is logged");
/// Where traces go; nowhere where absent.
pub const OTEL_EXPORTER_OTLP_ENDPOINT: Key<Option<Endpoint>> =
    Key::optional("OTEL_EXPORTER_OTLP_ENDPOINT", "OTLP (gRPC) endpoint of traces; nowhere where absent");
/// Time that calls in flight get to end once the program was asked to stop.
pub const DRAIN_SECONDS: Key<Duration> =
    Key::with_default("DRAIN_SECONDS", "5", "time that calls in flight get to end at a stop");
