//! The services that a verb talks to: running ones by endpoint, or a stack in this process for the length of the command.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow_flight::flight_service_client::FlightServiceClient;
use peaktrade_domain::Calendar;
use peaktrade_embedded::{Extent, Member, Ports, Stack, StackConfig, StackError, TradingFiles};
use peaktrade_gates::OfflineGate;
use peaktrade_runtime::StartError;
use peaktrade_runtime::calendar::fetch_calendar;
use peaktrade_runtime::client::{self, Channel};
use peaktrade_wire::broker::v1::paper_broker_service_client::PaperBrokerServiceClient;
use peaktrade_wire::dataset::v1::dataset_service_client::DatasetServiceClient;
use peaktrade_wire::risk::v1::risk_gate_service_client::RiskGateServiceClient;
use tonic::{Response, Status};

use crate::failure::Failure;
use crate::health;
use crate::illustrative;
use crate::settings::{Chosen, Endpoints, Needs, Settings};

/// Client of the dataset service's control plane.
pub(crate) type DatasetClient = DatasetServiceClient<Channel>;
/// Client of the dataset service's bars.
pub(crate) type FlightClient = FlightServiceClient<Channel>;
/// Client of the risk gate.
pub(crate) type RiskGateClient = RiskGateServiceClient<Channel>;
/// Client of the paper broker.
pub(crate) type Broker = PaperBrokerServiceClient<Channel>;

/// Bound of one short call. A healthy service answers in milliseconds; a person should not wait longer for the rest.
const CALL_DEADLINE: Duration = Duration::from_secs(10);
/// Bound of one call that reads whole series, and of each silence of a stream that reports progress.
const LONG_CALL_DEADLINE: Duration = Duration::from_secs(120);

/// Bound of the first question to a running stack; it answers at once or is away.
const CALENDAR_DEADLINE: Duration = Duration::from_secs(3);

/// Services of one command.
pub(crate) struct Services {
    /// The calendar in force, fetched from the calendar service; the other services refuse calls under another one.
    pub(crate) calendar: Calendar,
    /// Dataset service, control plane.
    pub(crate) dataset: DatasetClient,
    /// Dataset service, bars.
    pub(crate) flight: FlightClient,
    trading: Option<Trading>,
    stack: Option<Stack>,
}

/// The services that trade.
#[derive(Clone)]
pub(crate) struct Trading {
    /// Risk gate.
    pub(crate) risk_gate: RiskGateClient,
    /// Paper broker.
    pub(crate) broker: Broker,
}

impl Services {
    /// Connects to the services that were named, or starts what is needed over `settings.data_dir` on free ports.
    pub(crate) async fn connect(settings: &Settings, gate: &OfflineGate, needs: Needs) -> Result<Self, Failure> {
        match settings.endpoints.choose(needs)? {
            Chosen::Calendar { .. } => Err(Failure::Internal("a verb on bars asked for the calendar alone".to_owned())),
            Chosen::Embedded => Self::of_stack(start_stack(settings, gate, needs, Ports::Free).await?).await,
            Chosen::Bars { calendar, dataset } => Self::dial(&calendar, &dataset, None).await,
            Chosen::Trading { calendar, dataset, risk_gate, paper_broker } => {
                Self::dial(&calendar, &dataset, Some((risk_gate, paper_broker))).await
            }
        }
    }

    /// Connects to a stack of this process and keeps it.
    pub(crate) async fn of_stack(stack: Stack) -> Result<Self, Failure> {
        let endpoint = |member: Member| {
            stack.endpoint(member).ok_or_else(|| Failure::Internal(format!("the stack runs without {member}")))
        };
        let trading = stack.endpoint(Member::RiskGate).zip(stack.endpoint(Member::PaperBroker));
        let dialled = Self::dial(&endpoint(Member::Calendar)?, &endpoint(Member::Dataset)?, trading).await;
        match dialled {
            Ok(services) => Ok(Self { stack: Some(stack), ..services }),
            Err(failure) => {
                stack.stop().await;
                Err(failure)
            }
        }
    }

    async fn dial(calendar: &str, dataset: &str, trading: Option<(String, String)>) -> Result<Self, Failure> {
        let calendar = fetch_calendar(calendar, CALENDAR_DEADLINE)
            .await
            .map_err(|error| Failure::Unavailable(format!("service calendar: {error}")))?;
        let options = client::Options::default().with_calendar(calendar.sha256());
        let bars = channel("dataset", dataset, &options).await?;
        let trading = match trading {
            None => None,
            Some((risk_gate, paper_broker)) => Some(Trading {
                risk_gate: RiskGateClient::new(channel("risk-gate", &risk_gate, &options).await?),
                broker: Broker::new(channel("paper-broker", &paper_broker, &options).await?),
            }),
        };
        Ok(Self {
            calendar,
            dataset: DatasetClient::new(bars.clone()),
            flight: FlightClient::new(bars),
            trading,
            stack: None,
        })
    }

    /// The services that trade.
    pub(crate) fn trading(&self) -> Result<Trading, Failure> {
        self.trading.clone().ok_or_else(|| Failure::Internal("this command runs without gate and broker".to_owned()))
    }

    /// The stack of this process; `None` where the services run elsewhere.
    pub(crate) const fn stack(&self) -> Option<&Stack> {
        self.stack.as_ref()
    }

    /// Stops what this command started. The channels close first: an open one would hold up the drain.
    pub(crate) async fn stop(self) {
        let Self { stack, dataset, flight, trading, .. } = self;
        drop((dataset, flight, trading));
        if let Some(stack) = stack {
            stack.stop().await;
        }
    }
}

/// Starts services in this process over `settings.data_dir`.
pub(crate) async fn start_stack(
    settings: &Settings,
    gate: &OfflineGate,
    needs: Needs,
    ports: Ports,
) -> Result<Stack, Failure> {
    let extent = match needs {
        Needs::Calendar => Extent::Calendar,
        Needs::Bars => Extent::Bars,
        Needs::Trading => Extent::Trading(trading_files(settings)?),
    };
    let config = StackConfig {
        data_dir: settings.data_dir.clone(),
        ports,
        calendar_file: settings.calendar_file.clone(),
        extent,
    };
    match Stack::start(gate.clone(), config).await {
        Ok(stack) => Ok(stack),
        Err(error) => Err(start_failure(&error).await),
    }
}

/// Why no stack stands here. Another stack on the documented ports is the usual reason, also where a book is in use.
async fn start_failure(error: &StackError) -> Failure {
    let is_another_up = health::check_all(&Endpoints::default()).await.iter().any(health::Health::is_serving);
    let hint = "another stack serves on the documented ports: stop it, or name its services by CALENDAR_ENDPOINT, \
                DATASET_ENDPOINT, RISK_GATE_ENDPOINT and PAPER_BROKER_ENDPOINT";
    match error.cause() {
        StartError::Configuration { .. } => Failure::Input(error.to_string()),
        StartError::Bind { .. } | StartError::Internal { .. } if is_another_up => {
            Failure::Unavailable(format!("{error}; {hint}"))
        }
        StartError::Bind { .. } | StartError::Unavailable { .. } => Failure::Unavailable(error.to_string()),
        StartError::Internal { .. } => Failure::Internal(error.to_string()),
    }
}

/// The user's files; where one is not set, the illustrative one, written into the store so that it can be read.
fn trading_files(settings: &Settings) -> Result<TradingFiles, Failure> {
    let folder = settings.data_dir.join("illustrative");
    let chosen = |set: &Option<PathBuf>, file: &illustrative::File| match set {
        Some(path) => Ok(path.clone()),
        None => file.write_into(&folder),
    };
    Ok(TradingFiles {
        risk_policy: chosen(&settings.risk_policy_file, &illustrative::RISK_POLICY)?,
        fees: chosen(&settings.fees_file, &illustrative::FEES)?,
        margins: chosen(&settings.margins_file, &illustrative::MARGINS)?,
    })
}

/// Connects to a service.
pub(crate) async fn channel(service: &str, endpoint: &str, options: &client::Options) -> Result<Channel, Failure> {
    client::connect(endpoint, options.clone())
        .await
        .map_err(|error| Failure::Unavailable(format!("service {service} at {endpoint}: {error}")))
}

/// Awaits one short call within its bound.
pub(crate) async fn call<T>(
    action: &str,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Failure> {
    bounded(action, CALL_DEADLINE, call).await
}

/// Awaits one call that reads whole series within its bound.
pub(crate) async fn long<T>(
    action: &str,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Failure> {
    bounded(action, LONG_CALL_DEADLINE, call).await
}

async fn bounded<T>(
    action: &str,
    deadline: Duration,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Failure> {
    let answer = client::call(deadline, call).await.map_err(|status| Failure::from_status(action, &status))?;
    Ok(answer.into_inner())
}

/// The next message of a stream that reports progress; `None` at its end.
pub(crate) async fn next_message<T>(action: &str, stream: &mut tonic::Streaming<T>) -> Result<Option<T>, Failure> {
    client::call(LONG_CALL_DEADLINE, stream.message()).await.map_err(|status| Failure::from_status(action, &status))
}

/// Whether a folder exists that may hold a store.
pub(crate) fn store_exists(data_dir: &Path) -> bool {
    data_dir.join("dataset").is_dir()
}
