//! Objects that are written once, durably, and never half visible.
//!
//! `object_store` gives the one operation a store needs for publishing, put-if-absent, on disk and later on S3. On
//! disk it does not sync, so a power cut could leave a visible name without its bytes: here an object's bytes reach
//! the disk under a pending name first, and only then is the final name linked to them.
//!
//! Every change of the disk passes through this file, one step at a time, so that a test can fail or stop each of them.

#[cfg(test)]
pub(crate) mod faults;
mod lock;
#[cfg(test)]
mod tests;

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
use tokio::sync::Mutex;

use crate::StoreError;

/// Folder of objects whose bytes are not yet known to be on disk.
pub(crate) const PENDING: &str = "pending";

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

/// One change of the disk.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(test), allow(dead_code, reason = "what a step is about is asked by the faults of tests"))]
pub(crate) enum Step<'a> {
    /// Bytes go to a pending file.
    Write(&'a str, &'a Bytes),
    /// A file's bytes become durable.
    SyncFile(&'a str),
    /// A file gets a name; the first is the one that it has.
    Link(&'a str, &'a str),
    /// A name goes.
    Unlink(&'a str),
    /// The names in a folder become durable.
    SyncFolder(&'a FilePath),
}

/// The objects below one folder.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    store: Arc<LocalFileSystem>,
    folder: PathBuf,
    /// Held by the one that publishes a vendor file.
    publishing: Arc<Mutex<()>>,
    #[cfg(test)]
    pub(crate) faults: faults::Faults,
}

impl Objects {
    /// Opens a folder, making it where it is absent.
    pub(crate) fn open(folder: &FilePath) -> Result<Self, StoreError> {
        let unusable = |source: io::Error| StoreError::Folder { folder: folder.to_owned(), source };
        make_folder(folder).map_err(unusable)?;
        let folder = folder.canonicalize().map_err(unusable)?;
        remove_abandoned(&folder.join(PENDING));
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|source| StoreError::object(".", source))?;
        Ok(Self {
            store: Arc::new(store),
            folder,
            publishing: Arc::default(),
            #[cfg(test)]
            faults: faults::Faults::default(),
        })
    }

    /// Stands before every change of the disk; here a test lets it fail.
    #[cfg(test)]
    fn step(&self, step: Step<'_>) -> io::Result<()> {
        self.faults.step(&self.folder, step)
    }

    #[cfg(not(test))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as in tests")]
    fn step(&self, _step: Step<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Why an object could not be written; a full disk is told by itself, with what was needed.
    fn write_failed(&self, name: &str, bytes_needed: usize, source: object_store::Error) -> StoreError {
        if is_full(&source) {
            let folder = self.folder.clone();
            return StoreError::Full { folder, name: name.to_owned(), bytes_needed: bytes_needed as u64 };
        }
        StoreError::object(name, source)
    }

    /// Why something could not be made durable; some file systems find out here that the disk is full.
    fn sync_failed(&self, name: &str, source: io::Error) -> StoreError {
        if is_full(&source) {
            return StoreError::Full { folder: self.folder.clone(), name: name.to_owned(), bytes_needed: 0 };
        }
        StoreError::Sync { name: name.to_owned(), source }
    }

    /// The folder of the store.
    pub(crate) fn folder(&self) -> &FilePath {
        &self.folder
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
        let bytes_needed = bytes.len();
        let pending = self.put_pending(name, bytes).await?;
        let linked = match self.step(Step::Link(pending.as_ref(), name)) {
            Ok(()) => self.store.copy_if_not_exists(&pending, &Path::from(name)).await,
            Err(error) => Err(refused(error)),
        };
        // The pending name has served; a failure to remove it leaves a file that is swept later.
        if self.step(Step::Unlink(pending.as_ref())).is_ok() {
            let _ = self.store.delete(&pending).await;
        }
        match linked {
            Ok(()) => Ok(Put::Created),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(Put::Existed),
            Err(source) => Err(self.write_failed(name, bytes_needed, source)),
        }
    }

    async fn put_pending(&self, name: &str, bytes: Bytes) -> Result<Path, StoreError> {
        for _ in 0..PENDING_NAMES_MAX {
            let number = PENDING_COUNT.fetch_add(1, Ordering::Relaxed);
            let pending = Path::from(format!("{PENDING}/{}-{number}", std::process::id()));
            let put = match self.step(Step::Write(pending.as_ref(), &bytes)) {
                Ok(()) => {
                    let payload = PutPayload::from(bytes.clone());
                    self.store.put_opts(&pending, payload, PutMode::Create.into()).await.map(|_| ())
                }
                Err(error) => Err(refused(error)),
            };
            match put {
                Ok(()) => {
                    let file = self.folder.join(pending.as_ref());
                    let synced = match self.step(Step::SyncFile(pending.as_ref())) {
                        Ok(()) => in_background(move || File::open(file)?.sync_all()).await,
                        Err(error) => Err(error),
                    };
                    if let Err(source) = synced {
                        // On a full disk the bytes are wanted back at once.
                        let _ = self.unlink(pending.as_ref()).await;
                        return Err(self.sync_failed(name, source));
                    }
                    return Ok(pending);
                }
                Err(object_store::Error::AlreadyExists { .. }) => {}
                Err(source) => return Err(self.write_failed(name, bytes.len(), source)),
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
            let synced = match self.step(Step::SyncFolder(&folder)) {
                Ok(()) => in_background(move || File::open(folder)?.sync_all()).await,
                Err(error) => Err(error),
            };
            synced.map_err(|source| self.sync_failed(&name, source))?;
        }
        Ok(())
    }

    /// Whether there is an object of this name.
    pub(crate) async fn exists(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.bytes_of(name).await?.is_some())
    }

    /// Size of an object; `None` where there is none.
    pub(crate) async fn bytes_of(&self, name: &str) -> Result<Option<u64>, StoreError> {
        match self.store.head(&Path::from(name)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(StoreError::object(name, source)),
        }
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

    /// Gives an object a second name (a hard link on disk); a name that is taken stays as it is. `false` where there is no
    /// such object.
    pub(crate) async fn link(&self, from: &str, to: &str) -> Result<bool, StoreError> {
        let linked = match self.step(Step::Link(from, to)) {
            Ok(()) => self.store.copy_if_not_exists(&Path::from(from), &Path::from(to)).await,
            Err(error) => Err(refused(error)),
        };
        match linked {
            Ok(()) | Err(object_store::Error::AlreadyExists { .. }) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(self.write_failed(to, 0, source)),
        }
    }

    /// Removes a file by its name on the disk, also one that the object store gives no name to.
    pub(crate) fn unlink_file(&self, name: &str) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        let removed = self.step(Step::Unlink(name)).and_then(|()| std::fs::remove_file(&path));
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::Folder { folder: path, source: error })
            }
            _ => Ok(()),
        }
    }

    /// Removes a name; one that is absent is no error.
    pub(crate) async fn unlink(&self, name: &str) -> Result<(), StoreError> {
        let removed = match self.step(Step::Unlink(name)) {
            Ok(()) => self.store.delete(&Path::from(name)).await,
            Err(error) => Err(refused(error)),
        };
        match removed {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(StoreError::object(name, source)),
        }
    }
}

/// Makes a folder and the ones above it, and makes their names durable: a store must not vanish with the name of its
/// folder.
///
/// # Errors
/// As the system's.
pub fn make_folder(folder: &FilePath) -> io::Result<()> {
    let is_absent = |folder: &&FilePath| !folder.as_os_str().is_empty() && !folder.exists();
    let absent: Vec<PathBuf> = folder.ancestors().take_while(is_absent).map(FilePath::to_owned).collect();
    std::fs::create_dir_all(folder)?;
    for made in absent {
        let parent = made.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(FilePath::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// A step that did not happen, as the object store tells it.
fn refused(error: io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "folder", source: Box::new(error) }
}

/// Whether an error comes from a disk, or a quota of it, that has no room left.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        cause = error.source();
    }
    false
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
