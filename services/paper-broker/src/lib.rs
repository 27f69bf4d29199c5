//! Paper broker: simulated fills on raw contract bars, behind the risk gate.
//!
//! It accepts no order without the gate's signed permit, and no order at all while the gate is silent. What it answered
//! is on disk before it answers, and is answered again, the same, when the same order comes again.
//!
//! What it does not do: it opens no connection to any real market; it never fills at an adjusted price, outside a bar's
//! range or from a bar without volume; it reads no clock for anything that is recorded; it does not settle expired
//! contracts, but refuses to carry a position to the end of its contract's trading.
//!
//! A session is bound to what it was opened under: the bars by pinned ticket, the fee file, the margin file, the gate's
//! policy. With another file or policy it stays readable and trades no more.
//!
//! ```no_run
//! # async fn example(gate: peaktrade_gates::OfflineGate) -> Result<(), peaktrade_runtime::StartError> {
//! let config = peaktrade_paper_broker::Config {
//!     listen: "127.0.0.1:9124".parse().unwrap(),
//!     metrics: peaktrade_runtime::MetricsTarget::Off,
//!     data_dir: "./data".into(),
//!     calendar_endpoint: "http://127.0.0.1:9121".to_owned(),
//!     dataset_endpoint: "http://127.0.0.1:9122".to_owned(),
//!     risk_gate_endpoint: "http://127.0.0.1:9123".to_owned(),
//!     fees_file: "fees.toml".into(),
//!     margins_file: "margins.toml".into(),
//! };
//! peaktrade_paper_broker::start(gate, config).await?.wait_for_signal_then_stop().await?;
//! # Ok(())
//! # }
//! ```

mod books;
mod broker;
mod convert;
mod courier;
mod desk;
mod flows;
mod gate;
mod market;
mod metrics;
mod permit;
mod refused;
mod service;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use peaktrade_engine::fees::FeeSchedule;
use peaktrade_engine::margins::MarginSchedule;
use peaktrade_gates::OfflineGate;
use peaktrade_journal::{Limits, Owner, PREDECESSOR_DEADLINE, recover_waiting};
use peaktrade_runtime::calendar::fetch_calendar;
use peaktrade_runtime::client::{Options, connect_lazy};
use peaktrade_runtime::{MetricsTarget, Registry, Running, ServeOptions, Service, StartError};
use peaktrade_wire::broker::v1::paper_broker_service_server::PaperBrokerServiceServer;
use tokio::sync::mpsc;
use tonic::service::Routes;

use books::{Books, BooksDoor, Schedules};
use broker::Broker;
use desk::Desks;
use flows::{FLOWS_MAX, Flows};
use gate::Gate;
use market::Bars;
use metrics::{BookMetrics, GateMetrics, journal_metrics};
use service::Door;

/// Name of the service in logs, metrics and its journal.
pub const NAME: &str = "paper-broker";
/// Name of the gRPC service.
const HEALTH_NAME: &str = "peaktrade.futures.broker.v1.PaperBrokerService";
/// Time for the calendar service to come up; the services start together.
const CALENDAR_DEADLINE: Duration = Duration::from_secs(30);
/// Largest fee or margin file: thousands of rows fit, and a wrong path does not fill the memory.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the broker starts from.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the gRPC port.
    pub listen: SocketAddr,
    /// Where metrics are shown.
    pub metrics: MetricsTarget,
    /// Folder of the stack's data; the journal is `paper-broker/journal.sqlite` in it.
    pub data_dir: PathBuf,
    /// Calendar service. Example: "http://127.0.0.1:9121".
    pub calendar_endpoint: String,
    /// Dataset service with the bars. Example: "http://127.0.0.1:9122".
    pub dataset_endpoint: String,
    /// Risk gate. Example: "http://127.0.0.1:9123".
    pub risk_gate_endpoint: String,
    /// Fee file (TOML).
    pub fees_file: PathBuf,
    /// Margin file (TOML).
    pub margins_file: PathBuf,
}

/// Starts the broker: reads its files, fetches the calendar, replays its journal, then serves.
///
/// # Errors
/// Where a file is missing or wrong, the calendar cannot be had, the journal is not whole, or a port cannot be bound.
pub async fn start(gate: OfflineGate, config: Config) -> Result<Running, StartError> {
    let schedules = read_schedules(&config).await?;
    let calendar_sha256 = schedules.calendar.sha256();
    let registry = Registry::new(NAME);
    let broker = open_broker(&gate, &config, Arc::new(schedules), &registry).await?;
    let fault = broker.books.0.failed();
    let door = Door { broker, flows: Flows::new(FLOWS_MAX) };
    let routes = Routes::new(PaperBrokerServiceServer::new(door));
    let service = Service::new(NAME, routes, &[HEALTH_NAME], peaktrade_wire::descriptors::BROKER, registry)
        .with_fault_watch(fault);
    let options = ServeOptions::new(config.listen, config.metrics).with_calendar(calendar_sha256);
    peaktrade_runtime::start(gate, options, service).await
}

async fn read_schedules(config: &Config) -> Result<Schedules, StartError> {
    let fees = FeeSchedule::parse(&read(&config.fees_file, "fee file")?);
    let fees = fees.map_err(|error| StartError::configuration(format!("{}", config.fees_file.display()), error))?;
    let margins = MarginSchedule::parse(&read(&config.margins_file, "margin file")?);
    let margins =
        margins.map_err(|error| StartError::configuration(format!("{}", config.margins_file.display()), error))?;
    let calendar = fetch_calendar(&config.calendar_endpoint, CALENDAR_DEADLINE).await?;
    Ok(Schedules { fees, margins, calendar })
}

fn read(path: &Path, what: &str) -> Result<String, StartError> {
    let refused = |problem: String| StartError::configuration(format!("{what} {}", path.display()), problem);
    let length = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
    if length > FILE_BYTES_MAX {
        return Err(refused(format!("{length} bytes, {FILE_BYTES_MAX} are allowed")));
    }
    std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))
}

/// Recovers the books and connects everything around them.
async fn open_broker(
    gate: &OfflineGate,
    config: &Config,
    schedules: Arc<Schedules>,
    registry: &Registry,
) -> Result<Arc<Broker>, StartError> {
    let folder = config.data_dir.join(NAME);
    std::fs::create_dir_all(&folder)
        .map_err(|error| StartError::configuration(format!("folder {}", folder.display()), error))?;
    let path = folder.join("journal.sqlite");
    let journal_error = |error: String| StartError::internal(format!("journal {}", path.display()), error);
    let mut books = Books::new(schedules.clone(), BookMetrics::new(registry, gate.allowlist().iter().cloned()));
    let journal = recover_waiting(&path, NAME, &mut books, PREDECESSOR_DEADLINE)
        .await
        .map_err(|error| StartError::internal("journal", error))?;
    let sessions = books.recovered().map_err(journal_error)?;
    books.show_all();
    let desks = Desks::default();
    for (opened, issued) in &sessions {
        desks.set_up(opened, *issued, None);
    }
    tracing::info!(sessions = sessions.len(), events = journal.events(), "journal replayed");
    let owner = Owner::spawn(books, journal, Limits::default(), journal_metrics(registry))
        .map_err(|error| StartError::internal("owner of the journal", error))?;

    let options = Options::default().with_calendar(schedules.calendar.sha256());
    let connect = |what: &str, endpoint: &str| {
        connect_lazy(endpoint, options.clone()).map_err(|error| StartError::configuration(what, error))
    };
    let (wake, woken) = mpsc::channel(1);
    // Reports from before a restart may never have reached the gate.
    let _ = wake.try_send(());
    let broker = Arc::new(Broker {
        books: BooksDoor(owner),
        desks,
        gate: Gate::new(connect("risk gate endpoint", &config.risk_gate_endpoint)?, GateMetrics::new(registry)),
        bars: Bars::new(connect("dataset endpoint", &config.dataset_endpoint)?),
        schedules,
        courier: wake,
    });
    tokio::spawn(courier::run(Arc::downgrade(&broker), woken));
    Ok(broker)
}
