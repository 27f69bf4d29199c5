//! What all handlers share: the store, the calendar, the roots that may be asked for, the series held in memory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use peaktrade_domain::{Calendar, ContractRoot};
use peaktrade_runtime::{Registry, StartError};
use peaktrade_store::BarStore;
use tokio::sync::Semaphore;
use tonic::Status;

use crate::metrics::Metrics;
use crate::series::HeldSeries;

/// Imports, validations and builds at a time; each holds the bars of a contract or of a series in memory, and the
/// machine has few cores. Further ones wait.
const HEAVY_WORK_MAX: usize = 2;

/// The shared state of the service.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) store: BarStore,
    pub(crate) calendar: Calendar,
    pub(crate) metrics: Metrics,
    pub(crate) held: HeldSeries,
    /// Permits of long work on whole contracts.
    pub(crate) heavy_work: Semaphore,
    /// Folder of files on their way in.
    pub(crate) spool: PathBuf,
    allowlist: BTreeSet<String>,
}

impl Library {
    pub(crate) async fn open(
        data_dir: &Path,
        calendar: Calendar,
        allowlist: &BTreeSet<String>,
        registry: &Registry,
    ) -> Result<Self, StartError> {
        let folder = data_dir.join("dataset");
        let store = BarStore::open(&folder)
            .await
            .map_err(|error| StartError::internal(format!("bar store {}", folder.display()), error))?;
        let spool = folder.join("tmp");
        std::fs::create_dir_all(&spool)
            .map_err(|error| StartError::internal(format!("folder {}", spool.display()), error))?;
        Ok(Self {
            store,
            calendar,
            metrics: Metrics::new(registry),
            held: HeldSeries::default(),
            heavy_work: Semaphore::new(HEAVY_WORK_MAX),
            spool,
            allowlist: allowlist.clone(),
        })
    }

    /// The roots that may be asked for, in order.
    pub(crate) fn roots(&self) -> Vec<ContractRoot> {
        self.allowlist.iter().filter_map(|root| root.parse().ok()).collect()
    }

    /// A root that may be asked for. Everything else does not exist, whatever lies in the store, and no file is touched
    /// to find out.
    pub(crate) fn admit(&self, root: &str) -> Result<ContractRoot, Status> {
        let refuse = || {
            let shown: String = root.chars().take(16).collect();
            let allowed: Vec<&str> = self.allowlist.iter().map(String::as_str).collect();
            Status::not_found(format!("root {shown:?} is not served; allowed: {}", allowed.join(", ")))
        };
        if !self.allowlist.contains(root) {
            return Err(refuse());
        }
        root.parse().map_err(|_| refuse())
    }
}
