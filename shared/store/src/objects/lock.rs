//! Who works on a store: many writers that only add, or one that deletes.
//!
//! A month file is on disk before the manifest that names it; seen in between it looks like garbage. So whoever deletes
//! has the folder to itself. The lock is the kernel's, on a file in the folder: it reaches other processes, and a process
//! that dies lets go of it.

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

use super::{Objects, in_background};
use crate::StoreError;

/// The file that is locked; it holds nothing.
const LOCK: &str = "lock";

/// Time that deleting waits for writers: an import of one contract publishes within a second or two.
const ALONE_WAIT_MAX: Duration = Duration::from_secs(10);

/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock while it is held.
#[derive(Debug)]
pub(crate) struct Hold {
    _file: Option<File>,
}

impl Objects {
    /// Holds the store for adding to it, beside others that add; waits for one that deletes.
    pub(crate) async fn hold_for_adding(&self) -> Result<Hold, StoreError> {
        let file = self.lock_file()?;
        let shared = file.try_clone().map_err(|source| self.lock_failed(source))?;
        match in_background(move || shared.lock_shared()).await {
            Ok(()) => Ok(Hold { _file: Some(file) }),
            // A file system without locks: nobody can delete there, so adding is safe.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Hold { _file: None }),
            Err(source) => Err(self.lock_failed(source)),
        }
    }

    /// Holds the store for deleting, alone.
    pub(crate) async fn hold_alone(&self) -> Result<Hold, StoreError> {
        let file = self.lock_file()?;
        let give_up_at = tokio::time::Instant::now() + ALONE_WAIT_MAX;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Hold { _file: Some(file) }),
                Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < give_up_at => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let (what, others) = ("deleting", "imports and builds");
                    return Err(StoreError::Busy { what, seconds: ALONE_WAIT_MAX.as_secs(), others });
                }
                Err(TryLockError::Error(source)) => return Err(self.lock_failed(source)),
            }
        }
    }

    fn lock_file(&self) -> Result<File, StoreError> {
        let path = self.folder().join(LOCK);
        File::options().create(true).append(true).open(path).map_err(|source| self.lock_failed(source))
    }

    fn lock_failed(&self, source: io::Error) -> StoreError {
        StoreError::Folder { folder: self.folder().join(LOCK), source }
    }
}
