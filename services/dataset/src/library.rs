//! What all handlers share: the store, the calendar, the roots that may be asked for, the months held in memory.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use peaktrade_domain::{Calendar, ContractRoot};
use peaktrade_runtime::{Registry, StartError};
use peaktrade_store::BarStore;
use tokio::sync::Semaphore;
use tonic::Status;

use crate::heavy_work::HeavyWork;
use crate::metrics::Metrics;
use crate::months::Months;
use crate::series::Shelf;

/// Files received or waiting to be read at a time. Each may take a gigabyte of disk; two more than are read at a time
/// keep the readers busy.
pub(crate) const SPOOLS_MAX: usize = 4;

/// Time that a service before this one on the same folder has to end: a supervisor starts the next one while it drains.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Pause between two looks at whether it has.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// The shared state of the service.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) store: BarStore,
    pub(crate) calendar: Calendar,
    pub(crate) metrics: Metrics,
    /// Month files decoded lately.
    pub(crate) months: Months,
    /// Series asked for lately.
    pub(crate) shelf: Shelf,
    /// Permits of long work on whole contracts.
    pub(crate) heavy_work: HeavyWork,
    /// Folder of files on their way in.
    pub(crate) spool: PathBuf,
    /// Permits of such files.
    pub(crate) spools: Arc<Semaphore>,
    allowlist: BTreeSet<String>,
    /// Held as long as the folder is in use.
    _lock: File,
}

impl Library {
    pub(crate) async fn open(
        data_dir: &Path,
        calendar: Calendar,
        allowlist: &BTreeSet<String>,
        registry: &Registry,
    ) -> Result<Self, StartError> {
        let folder = data_dir.join("dataset");
        let lock = lock(&folder).await?;
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
            months: Months::default(),
            shelf: Shelf::default(),
            heavy_work: HeavyWork::default(),
            spool,
            spools: Arc::new(Semaphore::new(SPOOLS_MAX)),
            allowlist: allowlist.clone(),
            _lock: lock,
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

/// Takes the folder for this process. The lock is the system's and goes with the process, however it ends; the file
/// itself stays and says nothing.
async fn lock(folder: &Path) -> Result<File, StartError> {
    let path = folder.join("service.lock");
    let failed = |error: io::Error| StartError::internal(format!("lock {}", path.display()), error);
    peaktrade_store::make_folder(folder).map_err(failed)?;
    let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::WouldBlock) => {
                let taken = "another dataset service uses it; stop that one, or give this one another DATA_DIR";
                return Err(StartError::unavailable(format!("store folder {}", folder.display()), taken));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}
