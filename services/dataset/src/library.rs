//! What all handlers share: the store, the calendar, the roots that may be asked for, the series held in memory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use peaktrade_domain::{Calendar, ContractRoot};
use peaktrade_runtime::{Registry, StartError};
use peaktrade_store::BarStore;
use tokio::sync::Semaphore;
use tonic::Status;

use crate::heavy_work::HeavyWork;
use crate::metrics::Metrics;
use crate::series::HeldSeries;

/// Files received or waiting to be read at a time. Each may take a gigabyte of disk; two more than are read at a time
/// keep the readers busy.
pub(crate) const SPOOLS_MAX: usize = 4;

/// The shared state of the service.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) store: BarStore,
    pub(crate) calendar: Calendar,
    pub(crate) metrics: Metrics,
    pub(crate) held: HeldSeries,
    /// Permits of long work on whole contracts.
    pub(crate) heavy_work: HeavyWork,
    /// Folder of files on their way in.
    pub(crate) spool: PathBuf,
    /// Permits of such files.
    pub(crate) spools: Arc<Semaphore>,
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
            heavy_work: HeavyWork::default(),
            spool,
            spools: Arc::new(Semaphore::new(SPOOLS_MAX)),
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
