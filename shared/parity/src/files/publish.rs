//! A file that is there whole or not at all.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::FileError;

/// Pending files that this process has made.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Names tried beside those that are taken: a process leaves at most a few files behind when it is killed.
const ATTEMPTS_MAX: u32 = 100;

/// A file under another name than its own, beside it. It gets its name when it is published; dropped before that, it is
/// removed.
#[derive(Debug)]
pub struct PendingFile {
    file: File,
    pending: PathBuf,
    path: PathBuf,
    is_published: bool,
}

impl PendingFile {
    /// Makes the pending file of a path.
    ///
    /// # Errors
    /// A path without a file name, or what the file system refuses.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let name = path.file_name().ok_or_else(|| FileError::content(path, "is no name of a file"))?;
        let mut attempts = 0;
        loop {
            // Process and number keep the writers of one file apart, two threads of a process among them.
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let mut pending_name = std::ffi::OsString::from(".");
            pending_name.push(name);
            pending_name.push(format!(".{}.{number}.pending", std::process::id()));
            let pending = path.with_file_name(pending_name);
            // A new file only: what stands there may be another's, or a link to something else.
            match File::options().write(true).create_new(true).open(&pending) {
                Ok(file) => return Ok(Self { file, pending, path: path.to_owned(), is_published: false }),
                // Left behind by an earlier process of this number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && attempts < ATTEMPTS_MAX => attempts += 1,
                Err(error) => return Err(FileError::io(&pending, error)),
            }
        }
    }

    /// The open file.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Where it lies until it is published.
    pub fn pending_path(&self) -> &Path {
        &self.pending
    }

    /// Syncs the file and gives it its name; an older file of that name is replaced in one step.
    ///
    /// # Errors
    /// What the file system refuses; the older file then stays.
    pub fn publish(mut self) -> Result<(), FileError> {
        self.file.sync_all().map_err(|error| FileError::io(&self.pending, error))?;
        fs::rename(&self.pending, &self.path).map_err(|error| FileError::io(&self.path, error))?;
        self.is_published = true;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| FileError::io(folder, error))
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if !self.is_published {
            // The reason for the failure is told elsewhere; a pending file that cannot be removed is only litter.
            let _ = fs::remove_file(&self.pending);
        }
    }
}

/// Writes a file that appears whole or not at all.
///
/// # Errors
/// What `write` returns, or what the file system refuses.
pub fn write_whole(path: &Path, write: impl FnOnce(&File) -> Result<(), FileError>) -> Result<(), FileError> {
    let pending = PendingFile::create(path)?;
    write(pending.file())?;
    pending.publish()
}
