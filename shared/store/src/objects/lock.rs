//! Who works on a store: many writers that only add, or one that deletes.
//!
//! A month file is on disk before the manifest that names it; seen in between it looks like garbage. So whoever deletes
//! has the folder to itself. The lock is the kernel's, on a file in the folder: it reaches other processes, and a process
//! that dies lets go of it.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::Objects;
use crate::StoreError;

/// The file that is locked; it holds nothing.
const LOCK: &str = "lock";

/// Time that deleting waits for writers: an import of one contract publishes within a second or two.
const ALONE_WAIT_MAX: Duration = Duration::from_secs(10);

/// Time that a writer waits for a deletion: one of a full list ends well within it.
const ADDING_WAIT_MAX: Duration = Duration::from_secs(60);

/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock while it is held.
#[derive(Debug)]
pub(crate) struct Hold {
    _file: Option<File>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Objects {
    /// Holds the store for adding to it, beside others that add; waits for one that deletes.
    pub(crate) async fn hold_for_adding(&self) -> Result<Hold, StoreError> {
        self.hold_for_adding_within(ADDING_WAIT_MAX).await
    }

    pub(super) async fn hold_for_adding_within(&self, wait_max: Duration) -> Result<Hold, StoreError> {
        let lock = self.lock(File::try_lock_shared, wait_max, "adding", "a deletion");
        // A file system without locks: nobody can delete there, so adding is safe.
        Ok(Hold { _file: lock.await?.ok(), _turn: None })
    }

    /// Holds the store for publishing a vendor file: what it was found to agree with stays so until it is published.
    /// Publishers of this process come one after the other; a store that several processes share keeps each contract
    /// whole, and not each file.
    pub(crate) async fn hold_to_publish(&self) -> Result<Hold, StoreError> {
        let turn = Arc::clone(&self.publishing).lock_owned().await;
        let adding = self.hold_for_adding().await?;
        Ok(Hold { _turn: Some(turn), ..adding })
    }

    /// Holds the store for deleting, alone.
    pub(crate) async fn hold_alone(&self) -> Result<Hold, StoreError> {
        let lock = self.lock(File::try_lock, ALONE_WAIT_MAX, "deleting", "imports and builds").await?;
        let file = lock.map_err(|unsupported| self.lock_failed(unsupported))?;
        Ok(Hold { _file: Some(file), _turn: None })
    }

    /// Tries to lock the file until others let go of it. The inner error is that of a file system without locks.
    async fn lock(
        &self,
        attempt: fn(&File) -> Result<(), TryLockError>,
        wait_max: Duration,
        what: &'static str,
        others: &'static str,
    ) -> Result<Result<File, io::Error>, StoreError> {
        let path = self.folder().join(LOCK);
        let file = File::options().create(true).append(true).open(path).map_err(|source| self.lock_failed(source))?;
        let give_up_at = tokio::time::Instant::now() + wait_max;
        loop {
            match attempt(&file) {
                Ok(()) => return Ok(Ok(file)),
                Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < give_up_at => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Busy { what, seconds: wait_max.as_secs(), others });
                }
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Err(error));
                }
                Err(TryLockError::Error(source)) => return Err(self.lock_failed(source)),
            }
        }
    }

    fn lock_failed(&self, source: io::Error) -> StoreError {
        StoreError::Folder { folder: self.folder().join(LOCK), source }
    }
}
