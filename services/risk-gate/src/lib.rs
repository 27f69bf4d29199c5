//! Risk gate: pre-trade decisions that fail closed, each recorded before it is answered, each ALLOW with a signed permit.
//!
//! A request is parsed at the border, decided by [`peaktrade_engine::risk`] in one owner thread, committed to the journal
//! with its batch, and only then answered. After a restart the journal rebuilds book, latches, kill switch and answers.
//!
//! What it does not do: it executes nothing, prices nothing, reads no clock (time comes with the order), reloads no
//! policy while it runs, and never answers ALLOW for what it could not record.
//!
//! ```no_run
//! # async fn example(gate: peaktrade_gates::OfflineGate) -> Result<(), peaktrade_runtime::StartError> {
//! let config = peaktrade_risk_gate::Config {
//!     listen: "127.0.0.1:9123".parse().unwrap(),
//!     metrics: peaktrade_runtime::MetricsTarget::Off,
//!     data_dir: "./data".into(),
//!     calendar_endpoint: "http://127.0.0.1:9121".to_owned(),
//!     policy_file: "deploy/futures_cme/illustrative/risk_policy.toml".into(),
//! };
//! let running = peaktrade_risk_gate::start(gate, config).await?;
//! running.wait_for_signal_then_stop().await?;
//! # Ok(())
//! # }
//! ```

mod core;
mod handlers;
mod metrics;
mod parse;
mod permit_key;
mod reply;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use peaktrade_domain::ContractRoot;
use peaktrade_engine::risk::Policy;
use peaktrade_gates::OfflineGate;
use peaktrade_journal::{Limits, Owner, PREDECESSOR_DEADLINE, recover_waiting};
use peaktrade_runtime::{MetricsTarget, Registry, Running, ServeOptions, Service, StartError};
use peaktrade_wire::risk::v1::risk_gate_service_server::RiskGateServiceServer;

use crate::core::Gate;
use crate::handlers::{Handlers, PolicyFile};
use crate::metrics::Metrics;
use crate::permit_key::PermitKey;

/// Name of the service in logs, metrics, its folder and its journal.
pub const SERVICE: &str = "risk-gate";

const HEALTH_NAMES: [&str; 1] = ["peaktrade.futures.risk.v1.RiskGateService"];

/// Time that the calendar service has to come up: the stack starts its services together, on a slow machine too.
const CALENDAR_DEADLINE: Duration = Duration::from_secs(30);

/// A policy is a page of limits; a larger file is something else.
const POLICY_BYTES_MAX: u64 = 1024 * 1024;

/// What the service needs to know, fully resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the gRPC port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where its metrics are shown.
    pub metrics: MetricsTarget,
    /// Folder of the stack's data; journal and permit key lie in `risk-gate` below it.
    pub data_dir: PathBuf,
    /// Calendar service, as `http://host:port`.
    pub calendar_endpoint: String,
    /// Limits (TOML).
    pub policy_file: PathBuf,
}

/// Loads policy, journal, key and calendar, then serves.
///
/// # Errors
/// Where the policy is missing or wrong, the journal is in use or not what was written, the key's file is open to others,
/// the calendar cannot be had, or a port cannot be bound.
pub async fn start(gate: OfflineGate, config: Config) -> Result<Running, StartError> {
    let policy_name = format!("risk policy {}", config.policy_file.display());
    let wrong_policy = |problem: String| StartError::configuration(policy_name.clone(), problem);
    let content = read_policy(&config.policy_file).map_err(wrong_policy)?;
    let policy = Policy::parse(&content).map_err(|error| wrong_policy(error.to_string()))?;
    let calendar = peaktrade_runtime::calendar::fetch_calendar(&config.calendar_endpoint, CALENDAR_DEADLINE).await?;
    policy.check_names(&calendar).map_err(|error| wrong_policy(error.to_string()))?;
    let calendar_sha256 = calendar.sha256();
    let allowlist = policy.narrow(allowed_roots(&gate)?);
    let policy_file = PolicyFile { sha256: policy.sha256(), content };

    let folder = config.data_dir.join(SERVICE);
    let registry = Registry::new(SERVICE);
    let metrics = Metrics::new(&registry);
    let mut core = Gate::new(policy, Arc::new(calendar), allowlist, metrics.clone());
    create_folder(&folder)?;
    let journal = recover_waiting(&folder.join("journal.sqlite"), SERVICE, &mut core, PREDECESSOR_DEADLINE)
        .await
        .map_err(|error| StartError::internal("risk gate's journal", error))?;
    // The journal is this process's alone by now, and with it the folder.
    let key = PermitKey::load_or_create(&folder.join("permit.key"))
        .map_err(|error| StartError::configuration("permit key", error))?;
    core.show();
    tracing::info!(
        policy_sha256 = %policy_file.sha256,
        frames = journal.frames(),
        events = journal.events(),
        state_sha256 = %core.state_sha256(),
        "risk gate recovered"
    );

    let owner = Owner::spawn(core, journal, Limits::default(), metrics.journal)
        .map_err(|error| StartError::internal("owner thread", error))?;
    let fault = owner.failed();
    let handlers = Handlers::new(owner, key, policy_file);
    let routes = tonic::service::Routes::new(RiskGateServiceServer::new(handlers));
    let service = Service::new(SERVICE, routes, &HEALTH_NAMES, peaktrade_wire::descriptors::RISK, registry)
        .with_fault_watch(fault);
    let options = ServeOptions::new(config.listen, config.metrics).with_calendar(calendar_sha256);
    peaktrade_runtime::start(gate, options, service).await
}

fn read_policy(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > POLICY_BYTES_MAX {
        return Err(format!("{length} bytes, {POLICY_BYTES_MAX} are allowed"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn allowed_roots(gate: &OfflineGate) -> Result<BTreeSet<ContractRoot>, StartError> {
    let roots = gate.allowlist().iter().map(|root| root.parse());
    roots.collect::<Result<_, _>>().map_err(|error| StartError::configuration("INSTRUMENT_ALLOWLIST", error))
}

fn create_folder(folder: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| StartError::configuration(format!("data folder {}", folder.display()), error))
}
