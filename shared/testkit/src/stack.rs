//! The four services as four processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use peaktrade_wire::broker::v1::paper_broker_service_client::PaperBrokerServiceClient;
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use peaktrade_wire::dataset::v1::dataset_service_client::DatasetServiceClient;
use peaktrade_wire::risk::v1::risk_gate_service_client::RiskGateServiceClient;
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::binaries::{binary, repository};
use crate::ports::free_port;
use crate::process::{Process, Run, run_to_end};

/// Values of the gates under which the services start.
pub const GATES: [(&str, &str); 5] = [
    ("PEAK_OFFLINE", "1"),
    ("LIVE_TRADING", "0"),
    ("BROKER_MODE", "replay"),
    ("INSTRUMENT_ALLOWLIST", "NQ,MNQ"),
    ("CME_FUTURES_ENABLED", "1"),
];

/// Longest start of a service on a busy machine.
const START_MAX: Duration = Duration::from_secs(30);
/// Longest drain: the services' own deadline is 5 s.
const STOP_MAX: Duration = Duration::from_secs(10);
/// Pause between two health checks.
const POLL: Duration = Duration::from_millis(20);

/// One of the four services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Calendar and contracts.
    Calendar,
    /// Bars: control plane and Flight.
    Dataset,
    /// Risk decisions.
    RiskGate,
    /// Paper execution.
    PaperBroker,
}

impl Service {
    /// All four, in the order in which they start.
    pub const ALL: [Self; 4] = [Self::Calendar, Self::Dataset, Self::RiskGate, Self::PaperBroker];

    /// Name of the binary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Dataset => "dataset",
            Self::RiskGate => "risk-gate",
            Self::PaperBroker => "paper-broker",
        }
    }

    /// Name of the variable under which the others find it.
    const fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Calendar => "CALENDAR_ENDPOINT",
            Self::Dataset => "DATASET_ENDPOINT",
            Self::RiskGate => "RISK_GATE_ENDPOINT",
            Self::PaperBroker => "PAPER_BROKER_ENDPOINT",
        }
    }
}

/// Ports and, while it runs, the process of one service.
#[derive(Debug)]
struct Slot {
    port: u16,
    metrics_port: u16,
    process: Option<Process>,
}

/// Four processes on free ports with a scratch folder; all end when it is dropped.
#[derive(Debug)]
pub struct Stack {
    scratch: TempDir,
    slots: BTreeMap<Service, Slot>,
}

impl Stack {
    /// Starts all four and waits until each is healthy.
    ///
    /// # Panics
    /// Where one does not become healthy, with its log.
    pub fn start() -> Self {
        let slots = Service::ALL
            .into_iter()
            .map(|service| (service, Slot { port: free_port(), metrics_port: free_port(), process: None }))
            .collect();
        let mut stack = Self { scratch: tempfile::tempdir().expect("a scratch folder can be made"), slots };
        for service in Service::ALL {
            stack.restart(service);
        }
        stack
    }

    /// Starts a service that does not run, on its old ports and folders, and waits until it is healthy.
    ///
    /// # Panics
    /// Where it runs already or does not become healthy.
    pub fn restart(&mut self, service: Service) {
        assert!(!self.is_running(service), "{} runs already", service.name());
        let variables = self.variables(service);
        let log = self.scratch.path().join(format!("{}.log", service.name()));
        let program = binary(service.name());
        self.slot_mut(service).process = Some(Process::spawn(&program, &[], &variables, log));
        let start = Instant::now();
        while run_to_end(&program, &["--healthcheck"], &variables, START_MAX).code != Some(0) {
            assert!(self.is_running(service), "{} ended:\n{}", service.name(), self.log_text(service));
            let is_late = start.elapsed() > START_MAX;
            assert!(!is_late, "{} is not healthy after {START_MAX:?}:\n{}", service.name(), self.log_text(service));
            thread::sleep(POLL);
        }
    }

    /// Signals a service; `KILL` and `TERM` also wait for its end.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn signal(&mut self, service: Service, name: &str) {
        let process = self.slot_mut(service).process.as_mut().expect("the service was started");
        process.signal(name);
        if matches!(name, "KILL" | "TERM") {
            process.wait(STOP_MAX);
        }
    }

    /// Whether a service's process lives (a stopped one does).
    pub fn is_running(&mut self, service: Service) -> bool {
        self.slot_mut(service).process.as_mut().is_some_and(Process::is_running)
    }

    /// Variables with which a service is started; tests change them to start it otherwise.
    pub fn variables(&self, service: Service) -> BTreeMap<String, String> {
        let slot = &self.slots[&service];
        let mut variables = self.client_variables();
        let illustrative = repository().join("deploy/futures_cme/illustrative");
        let own = [
            ("LISTEN", format!("127.0.0.1:{}", slot.port)),
            ("METRICS_LISTEN", format!("127.0.0.1:{}", slot.metrics_port)),
        ];
        variables.extend(own.map(|(name, value)| (name.to_owned(), value)));
        for (name, file) in
            [("RISK_POLICY_FILE", "risk_policy.toml"), ("FEES_FILE", "fees.toml"), ("MARGINS_FILE", "margins.toml")]
        {
            variables.insert(name.to_owned(), illustrative.join(file).display().to_string());
        }
        variables
    }

    /// Variables with which peakctl finds this stack.
    pub fn client_variables(&self) -> BTreeMap<String, String> {
        let mut variables: BTreeMap<String, String> =
            GATES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        for service in Service::ALL {
            variables.insert(service.endpoint_variable().to_owned(), self.endpoint(service));
        }
        variables.insert("DATA_DIR".to_owned(), self.scratch.path().join("data").display().to_string());
        variables.insert("EVIDENCE_DIR".to_owned(), self.scratch.path().join("evidence").display().to_string());
        variables
    }

    /// Runs peakctl against this stack.
    ///
    /// # Panics
    /// Where it does not end within `limit`.
    pub fn peakctl(&self, arguments: &[&str], limit: Duration) -> Run {
        run_to_end(&binary("peakctl"), arguments, &self.client_variables(), limit)
    }

    /// `http://127.0.0.1:PORT` of a service.
    pub fn endpoint(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}", self.slots[&service].port)
    }

    /// `127.0.0.1:PORT` of a service's metrics.
    pub fn metrics_address(&self, service: Service) -> String {
        format!("127.0.0.1:{}", self.slots[&service].metrics_port)
    }

    /// Scratch folder of this stack.
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Data folder of the services.
    pub fn data_dir(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    /// What a service has logged so far, over all its starts.
    pub fn log_text(&self, service: Service) -> String {
        self.slots[&service].process.as_ref().map(Process::log_text).unwrap_or_default()
    }

    /// What a service has logged so far as JSON objects.
    pub fn log_lines(&self, service: Service) -> Vec<serde_json::Value> {
        self.slots[&service].process.as_ref().map(Process::log_lines).unwrap_or_default()
    }

    /// Client of the calendar service.
    pub fn calendar(&self) -> CalendarServiceClient<Channel> {
        CalendarServiceClient::new(self.channel(Service::Calendar))
    }

    /// Client of the dataset service's control plane.
    pub fn dataset(&self) -> DatasetServiceClient<Channel> {
        DatasetServiceClient::new(self.channel(Service::Dataset))
    }

    /// Client of the risk gate.
    pub fn risk_gate(&self) -> RiskGateServiceClient<Channel> {
        RiskGateServiceClient::new(self.channel(Service::RiskGate))
    }

    /// Client of the paper broker.
    pub fn paper_broker(&self) -> PaperBrokerServiceClient<Channel> {
        PaperBrokerServiceClient::new(self.channel(Service::PaperBroker))
    }

    /// A connection made on first use; must be called within a tokio runtime.
    fn channel(&self, service: Service) -> Channel {
        Endpoint::from_shared(self.endpoint(service)).expect("a loopback address is a valid endpoint").connect_lazy()
    }

    fn slot_mut(&mut self, service: Service) -> &mut Slot {
        self.slots.get_mut(&service).expect("every service has a slot")
    }
}
