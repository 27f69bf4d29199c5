//! Dataset service: vendor files become contract bars, contract bars become continuous series, and both are served over
//! Arrow Flight on the same port.
//!
//! What it does not do: no path of this machine enters by RPC, and none leaves but those in messages of a disk that has no
//! room or fails; nothing that was published is changed, and removed only what a caller was shown to be needed by nobody;
//! no adjusted price is stored; of Flight's verbs only ListFlights, GetFlightInfo, GetSchema and DoGet are built, the others answer
//! UNIMPLEMENTED; it asks nobody but the calendar service, and that once, at its start.
//!
//! ```no_run
//! # async fn example(gate: peaktrade_gates::OfflineGate) -> Result<(), peaktrade_runtime::StartError> {
//! let config = peaktrade_dataset::Config {
//!     listen: "127.0.0.1:9122".parse().unwrap(),
//!     metrics: peaktrade_runtime::MetricsTarget::Off,
//!     data_dir: "./data".into(),
//!     calendar_endpoint: "http://127.0.0.1:9121".to_owned(),
//! };
//! let running = peaktrade_dataset::start(gate, config).await?;
//! running.wait_for_signal_then_stop().await?;
//! # Ok(())
//! # }
//! ```

mod build;
mod compared;
mod control;
mod evidence;
mod flight;
mod heavy_work;
mod import;
mod library;
mod listing;
mod metrics;
mod months;
mod series;
mod settlements;
mod status;
mod upkeep;
mod validation;
mod vendor_series;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use peaktrade_gates::OfflineGate;
use peaktrade_runtime::{MetricsTarget, Registry, Running, ServeOptions, Service, StartError};
use peaktrade_wire::dataset::v1::dataset_service_server::DatasetServiceServer;

use crate::control::Control;
use crate::flight::Flight;
use crate::library::Library;

/// Name of the service in logs, metrics and messages.
pub const SERVICE: &str = "dataset";

/// Fully qualified names under which health answers.
const HEALTH_NAMES: [&str; 2] = ["peaktrade.futures.dataset.v1.DatasetService", "arrow.flight.protocol.FlightService"];

/// Time that the calendar service has to come up: the stack starts its services together, on a slow machine too.
const CALENDAR_DEADLINE: Duration = Duration::from_secs(30);

/// What the service needs to know, fully resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the gRPC and Flight port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where its metrics are shown.
    pub metrics: MetricsTarget,
    /// Folder of the stack's data; the store lies in `dataset` below it.
    pub data_dir: PathBuf,
    /// Calendar service, as `http://host:port`.
    pub calendar_endpoint: String,
}

/// Fetches the calendar, opens the store, serves.
///
/// # Errors
/// Where the calendar cannot be had, the store cannot be opened, or a port cannot be bound.
pub async fn start(gate: OfflineGate, config: Config) -> Result<Running, StartError> {
    let calendar = peaktrade_runtime::calendar::fetch_calendar(&config.calendar_endpoint, CALENDAR_DEADLINE).await?;
    let registry = Registry::new(SERVICE);
    let options = ServeOptions::new(config.listen, config.metrics).with_calendar(calendar.sha256());
    let library = Arc::new(Library::open(&config.data_dir, calendar, gate.allowlist(), &registry).await?);
    let routes = tonic::service::Routes::new(DatasetServiceServer::new(Control::new(Arc::clone(&library))))
        .add_service(FlightServiceServer::new(Flight::new(library)));
    let service = Service::new(SERVICE, routes, &HEALTH_NAMES, peaktrade_wire::descriptors::DATASET, registry);
    peaktrade_runtime::start(gate, options, service).await
}
