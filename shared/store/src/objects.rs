//! Objects that are written once, durably, and never half visible.
//!
//! `object_store` gives the one operation a store needs for publishing, put-if-absent, on disk and later on S3. On
//! disk it does not sync, so a power cut could leave a visible name without its bytes: here an object's bytes reach
//! the disk under a pending name first, and only then is the final name linked to them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

use crate::StoreError;

/// Folder of objects whose bytes are not yet known to be on disk.
const PENDING: &str = "pending";

/// Pending objects older than this belong to a writer that died: no write takes a day.
const PENDING_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Names tried for a pending object before the folder is taken to be broken: a name is used up only by a dead process
/// that had the same number.
const PENDING_NAMES_MAX: u32 = 1_000;

static PENDING_COUNT: AtomicU64 = AtomicU64::new(0);

/// Whether a put-if-absent put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// The object is new.
    Created,
    /// The name was taken; nothing was written.
    Existed,
}

/// The objects below one folder.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    store: Arc<LocalFileSystem>,
    folder: PathBuf,
}

impl Objects {
    /// Opens a folder, making it where it is absent.
    pub(crate) fn open(folder: &FilePath) -> Result<Self, StoreError> {
        let unusable = |source: io::Error| StoreError::Folder { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let folder = folder.canonicalize().map_err(unusable)?;
        remove_abandoned(&folder.join(PENDING));
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|source| StoreError::object(".", source))?;
        Ok(Self { store: Arc::new(store), folder })
    }

    /// Bytes of an object; `None` where there is none.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        match self.store.get(&Path::from(name)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(|source| StoreError::object(name, source)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(StoreError::object(name, source)),
        }
    }

    /// Writes an object unless its name is taken. Its bytes are on disk before the name is; the name itself is on disk
    /// after [`Self::sync_folders`].
    pub(crate) async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put, StoreError> {
        let pending = self.put_pending(name, bytes).await?;
        let linked = self.store.copy_if_not_exists(&pending, &Path::from(name)).await;
        // The pending name has served; a failure to remove it leaves a file that the next open sweeps.
        let _ = self.store.delete(&pending).await;
        match linked {
            Ok(()) => Ok(Put::Created),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(Put::Existed),
            Err(source) => Err(StoreError::object(name, source)),
        }
    }

    async fn put_pending(&self, name: &str, bytes: Bytes) -> Result<Path, StoreError> {
        for _ in 0..PENDING_NAMES_MAX {
            let number = PENDING_COUNT.fetch_add(1, Ordering::Relaxed);
            let pending = Path::from(format!("{PENDING}/{}-{number}", std::process::id()));
            match self.store.put_opts(&pending, PutPayload::from(bytes.clone()), PutMode::Create.into()).await {
                Ok(_) => {
                    let file = self.folder.join(pending.as_ref());
                    in_background(move || File::open(file)?.sync_all())
                        .await
                        .map_err(|source| StoreError::Sync { name: name.to_owned(), source })?;
                    return Ok(pending);
                }
                Err(object_store::Error::AlreadyExists { .. }) => {}
                Err(source) => return Err(StoreError::object(name, source)),
            }
        }
        Err(StoreError::Sync {
            name: name.to_owned(),
            source: io::Error::new(io::ErrorKind::AlreadyExists, "no free name in the pending folder"),
        })
    }

    /// Syncs the folders of these objects and every folder above them, so that their names survive a power cut.
    pub(crate) async fn sync_folders(&self, names: impl IntoIterator<Item = &str>) -> Result<(), StoreError> {
        let mut folders = BTreeSet::from([self.folder.clone()]);
        for name in names {
            let mut folder = self.folder.clone();
            for part in FilePath::new(name).parent().into_iter().flat_map(FilePath::components) {
                folder.push(part);
                folders.insert(folder.clone());
            }
        }
        // Deepest first: a folder's entry is worth syncing after what it holds.
        for folder in folders.into_iter().rev() {
            let name = folder.display().to_string();
            in_background(move || File::open(folder)?.sync_all())
                .await
                .map_err(|source| StoreError::Sync { name, source })?;
        }
        Ok(())
    }

    /// Names of all objects below a folder, sorted; empty where the folder is absent.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<String> = self
            .store
            .list(Some(&Path::from(folder)))
            .map_ok(|meta| meta.location.to_string())
            .try_collect()
            .await
            .map_err(|source| StoreError::object(folder, source))?;
        names.sort_unstable();
        Ok(names)
    }

    /// Names of the folders directly below a folder, sorted.
    pub(crate) async fn list_folders(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let listed = self
            .store
            .list_with_delimiter(Some(&Path::from(folder)))
            .await
            .map_err(|source| StoreError::object(folder, source))?;
        let mut names: Vec<String> =
            listed.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Gives an object a second name (a hard link on disk); a name that is taken stays as it is.
    pub(crate) async fn link(&self, from: &str, to: &str) -> Result<(), StoreError> {
        match self.store.copy_if_not_exists(&Path::from(from), &Path::from(to)).await {
            Ok(()) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(source) => Err(StoreError::object(to, source)),
        }
    }

    /// Removes a name; one that is absent is no error.
    pub(crate) async fn unlink(&self, name: &str) -> Result<(), StoreError> {
        match self.store.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(StoreError::object(name, source)),
        }
    }
}

/// Runs file work off the asynchronous threads.
async fn in_background(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Sweeps what dead writers left; what cannot be removed stays, for it is in nobody's way.
fn remove_abandoned(folder: &FilePath) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > PENDING_AGE_MAX) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
