//! Starting the services in the order in which they need each other, and stopping them the other way round.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use peaktrade_gates::OfflineGate;
use peaktrade_runtime::metrics::ExporterServer;
use peaktrade_runtime::{Exporter, MetricsTarget, Running, StartError};

/// Port of the exporter that the services share on [`Ports::Fixed`].
pub const METRICS_PORT: u16 = 9112;

/// One service of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// Calendar and contracts.
    Calendar,
    /// Bars, control plane and Arrow Flight.
    Dataset,
    /// Pre-trade decisions.
    RiskGate,
    /// Simulated fills.
    PaperBroker,
}

impl Member {
    /// All services in the order in which they start.
    pub const ALL: [Self; 4] = [Self::Calendar, Self::Dataset, Self::RiskGate, Self::PaperBroker];

    /// The documented port on 127.0.0.1.
    pub const fn fixed_port(self) -> u16 {
        match self {
            Self::Calendar => 9121,
            Self::Dataset => 9122,
            Self::RiskGate => 9123,
            Self::PaperBroker => 9124,
        }
    }
}

/// The name of the service's binary.
impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calendar => "calendar",
            Self::Dataset => "dataset",
            Self::RiskGate => "risk-gate",
            Self::PaperBroker => "paper-broker",
        })
    }
}

/// Where the services listen; always on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// The documented ones: [`Member::fixed_port`] and [`METRICS_PORT`].
    Fixed,
    /// Whatever is free.
    Free,
}

/// What the services start from.
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// Store of bars and books.
    pub data_dir: PathBuf,
    /// Where the services listen.
    pub ports: Ports,
    /// Calendar file; the shipped one where absent.
    pub calendar_file: Option<PathBuf>,
    /// Which services start.
    pub extent: Extent,
}

/// How far the stack goes; each extent holds the services of the one before it.
#[derive(Clone, Debug)]
pub enum Extent {
    /// The calendar alone; no store is touched.
    Calendar,
    /// Calendar and dataset.
    Bars,
    /// All four.
    Trading(TradingFiles),
}

/// Files without which nothing trades.
#[derive(Clone, Debug)]
pub struct TradingFiles {
    /// Limits of the risk gate.
    pub risk_policy: PathBuf,
    /// Fees per contract and side, and slippage.
    pub fees: PathBuf,
    /// Dated margin table.
    pub margins: PathBuf,
}

/// Why the stack does not stand.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// One service did not start; those before it were stopped again.
    #[error("service {member} did not start: {cause}")]
    Service {
        /// The service.
        member: Member,
        /// Why.
        cause: StartError,
    },
    /// The exporter of metrics could not listen.
    #[error("metrics exporter did not start: {0}")]
    Exporter(StartError),
}

/// The services of one process.
#[must_use = "a stack that is not kept cannot be stopped"]
pub struct Stack {
    exporter: Exporter,
    exporter_server: ExporterServer,
    services: Vec<(Member, Running)>,
}

impl StackError {
    /// What stopped the start.
    pub const fn cause(&self) -> &StartError {
        match self {
            Self::Service { cause, .. } | Self::Exporter(cause) => cause,
        }
    }
}

impl Stack {
    /// Starts the services in the order of [`Member::ALL`], each ready before the next one starts.
    ///
    /// # Errors
    /// Names the service that did not start and why; nothing is left running.
    pub async fn start(gate: OfflineGate, config: StackConfig) -> Result<Self, StackError> {
        let exporter = Exporter::new();
        let exporter_server =
            exporter.serve(gate.clone(), config.ports.address(METRICS_PORT)).await.map_err(StackError::Exporter)?;
        let mut stack = Self { exporter, exporter_server, services: Vec::new() };
        match stack.launch(&gate, &config).await {
            Ok(()) => Ok(stack),
            Err(error) => {
                stack.stop().await;
                Err(error)
            }
        }
    }

    async fn launch(&mut self, gate: &OfflineGate, config: &StackConfig) -> Result<(), StackError> {
        let listen = |member: Member| config.ports.address(member.fixed_port());
        let calendar = peaktrade_calendar::Config {
            listen: listen(Member::Calendar),
            metrics: MetricsTarget::Shared(self.exporter.clone()),
            calendar_file: config.calendar_file.clone(),
        };
        let calendar = peaktrade_calendar::start(gate.clone(), calendar).await;
        let calendar_endpoint = self.keep(Member::Calendar, calendar)?;
        if matches!(config.extent, Extent::Calendar) {
            return Ok(());
        }

        let dataset = peaktrade_dataset::Config {
            listen: listen(Member::Dataset),
            metrics: MetricsTarget::Shared(self.exporter.clone()),
            data_dir: config.data_dir.clone(),
            calendar_endpoint: calendar_endpoint.clone(),
        };
        let dataset = peaktrade_dataset::start(gate.clone(), dataset).await;
        let dataset_endpoint = self.keep(Member::Dataset, dataset)?;

        let Extent::Trading(files) = &config.extent else { return Ok(()) };
        let risk_gate = peaktrade_risk_gate::Config {
            listen: listen(Member::RiskGate),
            metrics: MetricsTarget::Shared(self.exporter.clone()),
            data_dir: config.data_dir.clone(),
            calendar_endpoint: calendar_endpoint.clone(),
            policy_file: files.risk_policy.clone(),
        };
        let risk_gate = peaktrade_risk_gate::start(gate.clone(), risk_gate).await;
        let risk_gate_endpoint = self.keep(Member::RiskGate, risk_gate)?;

        let paper_broker = peaktrade_paper_broker::Config {
            listen: listen(Member::PaperBroker),
            metrics: MetricsTarget::Shared(self.exporter.clone()),
            data_dir: config.data_dir.clone(),
            calendar_endpoint,
            dataset_endpoint,
            risk_gate_endpoint,
            fees_file: files.fees.clone(),
            margins_file: files.margins.clone(),
        };
        let paper_broker = peaktrade_paper_broker::start(gate.clone(), paper_broker).await;
        self.keep(Member::PaperBroker, paper_broker)?;
        Ok(())
    }

    /// Keeps a started service and answers its endpoint.
    fn keep(&mut self, member: Member, started: Result<Running, StartError>) -> Result<String, StackError> {
        let running = started.map_err(|cause| StackError::Service { member, cause })?;
        let endpoint = running.endpoint();
        self.services.push((member, running));
        Ok(endpoint)
    }

    /// Where a service listens; `None` where it was not started.
    pub fn address(&self, member: Member) -> Option<SocketAddr> {
        self.services.iter().find(|(kept, _)| *kept == member).map(|(_, running)| running.address)
    }

    /// Endpoint of a service, such as `http://127.0.0.1:9121`; `None` where it was not started.
    pub fn endpoint(&self, member: Member) -> Option<String> {
        self.services.iter().find(|(kept, _)| *kept == member).map(|(_, running)| running.endpoint())
    }

    /// Where the metrics of all services are served, under `/metrics`.
    pub fn metrics_address(&self) -> SocketAddr {
        self.exporter_server.address
    }

    /// The metrics of all services as the exporter would show them now.
    pub fn render_metrics(&self) -> String {
        self.exporter.render()
    }

    /// Stops the services, those that need others first; each finishes what is in flight within its drain deadline.
    pub async fn stop(mut self) {
        while let Some((_, running)) = self.services.pop() {
            running.stop().await;
        }
    }
}

impl Ports {
    /// Loopback address of a documented port, or of any free one.
    fn address(self, fixed: u16) -> SocketAddr {
        let port = match self {
            Self::Fixed => fixed,
            Self::Free => 0,
        };
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }
}
