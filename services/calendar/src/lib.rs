//! Calendar and contract service: answers questions about sessions, contracts and rolls from one calendar file, and
//! hands that file out by hash, so that all services evaluate the same bytes.
//!
//! What it does not do: it reads no clock, it never answers for a date outside the file's validity, it does not reload
//! (another calendar is another start), and it opens no outbound connection.
//!
//! ```no_run
//! # async fn example(gate: peaktrade_gates::OfflineGate) -> Result<(), peaktrade_runtime::StartError> {
//! use peaktrade_calendar::Config;
//! use peaktrade_runtime::MetricsTarget;
//!
//! let listen = "127.0.0.1:9121".parse().expect("a literal address");
//! let config = Config { listen, metrics: MetricsTarget::Off, calendar_file: None };
//! peaktrade_calendar::start(gate, config).await?.wait_for_signal_then_stop().await?;
//! # Ok(())
//! # }
//! ```

mod calendar_file;
mod handlers;
mod refusal;

use std::net::SocketAddr;
use std::path::PathBuf;

use peaktrade_gates::OfflineGate;
use peaktrade_runtime::{CallRecord, MetricsTarget, Registry, Running, ServeOptions, Service, StartError};
use peaktrade_wire::calendar::v1::calendar_service_server::{CalendarServiceServer, SERVICE_NAME};
use peaktrade_wire::descriptors;
use tonic::service::Routes;

pub use calendar_file::CalendarFile;
pub use handlers::Handlers;

/// Name in logs, metrics and messages.
pub const NAME: &str = "calendar";

/// Everything the service needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address of the gRPC port.
    pub listen: SocketAddr,
    /// Where metrics are shown.
    pub metrics: MetricsTarget,
    /// Calendar file to serve; `None` serves the one that the program ships with.
    pub calendar_file: Option<PathBuf>,
}

/// Loads the calendar file and serves it.
///
/// # Errors
/// Where the file cannot be read or breaks a rule, with its line; and where a port cannot be bound.
pub async fn start(gate: OfflineGate, config: Config) -> Result<Running, StartError> {
    let file = CalendarFile::load(config.calendar_file.as_deref())?;
    let calendar = file.calendar();
    tracing::info!(
        version = calendar.version(),
        sha256 = %calendar.sha256(),
        valid_from = %calendar.valid_from(),
        valid_to = %calendar.valid_to(),
        "calendar loaded"
    );
    let registry = Registry::new(NAME);
    registry
        .gauge(
            "calendar_valid_to_timestamp_seconds",
            "Start of the last trade date that the calendar file answers for, Unix seconds",
        )
        .set(file.valid_to_seconds());
    let options = ServeOptions::new(config.listen, config.metrics).with_calendar(calendar.sha256());
    let routes = Routes::new(CalendarServiceServer::new(Handlers::new(file)));
    let service = Service::new(NAME, routes, &[SERVICE_NAME], descriptors::CALENDAR, registry)
        // Every question is a look-up of microseconds; a line for each would cost more than the answer.
        .with_record(CallRecord::Refusals);
    peaktrade_runtime::start(gate, options, service).await
}
