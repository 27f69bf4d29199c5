//! Writes a pack: whole or not at all, and never over another.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use peaktrade_domain::{Sha256, UnixNanos};
use serde_json::Value;

use crate::canonical::{CanonicalError, canonical_json, canonical_yaml};
use crate::checksums::{ARTIFACTS, CHECKSUMS, Digests, PACK, write_lines, write_pack_list};
use crate::report::Report;

/// Most artifacts in a pack: a run leaves a handful, and a list of thousands is no longer one a person reads.
pub const MAX_ARTIFACTS: usize = 1_000;
/// Packs of one run in one second; more means that something runs in circles.
const MAX_SAME_SECOND: u32 = 100;
/// Hexadecimal digits of the run id in the name of a pack: enough to tell runs apart at a glance.
const RUN_ID_DIGITS: usize = 12;

/// What goes into a pack.
#[derive(Clone, Debug)]
pub struct PackContents<'a> {
    /// Id of the run, from [`crate::run_id_of`].
    pub run_id: Sha256,
    /// Wall-clock instant that names the pack.
    pub started: UnixNanos,
    /// `env.json`: wall clock, host, session, versions, keys. No secrets.
    pub env: &'a Value,
    /// `config_resolved.yaml`: every setting in force.
    pub config: &'a Value,
    /// `run_manifest.json`: what was run on what.
    pub run_manifest: &'a Value,
    /// `metrics_snapshot.prom`, sorted by the caller.
    pub metrics: &'a str,
    /// `logs.ndjson`.
    pub logs: &'a [u8],
    /// `report.html`.
    pub report: &'a Report,
    /// Files below `artifacts/` by path, such as `events.ndjson`.
    pub artifacts: &'a BTreeMap<String, Vec<u8>>,
}

/// A pack that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPack {
    /// Its directory.
    pub path: PathBuf,
    /// Its report.
    pub report: PathBuf,
    /// SHA-256 of its `pack.sha256`, which stands for all of it.
    pub pack_sha256: Sha256,
}

/// Why a pack was not written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A path of an artifact is not allowed.
    #[error(
        "artifact path {path:?} is not names of letters, digits, '.', '_', '-' joined by '/', or is a list of digests"
    )]
    ArtifactPath {
        /// The path.
        path: String,
    },
    /// Too many artifacts.
    #[error("{found} artifacts, allowed are {}", MAX_ARTIFACTS)]
    TooManyArtifacts {
        /// How many.
        found: usize,
    },
    /// A document without canonical text.
    #[error("{file}: {source}")]
    Canonical {
        /// The file.
        file: &'static str,
        /// What is wrong.
        source: CanonicalError,
    },
    /// The disk refuses.
    #[error("{}: {source}", path.display())]
    Disk {
        /// File or directory concerned.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// All names of this second are taken.
    #[error("{} and {} more packs of this run and second exist", path.display(), MAX_SAME_SECOND - 1)]
    NameTaken {
        /// First name tried.
        path: PathBuf,
    },
}

/// Writes a pack as `<evidence_dir>/<UTC, compact>-<run id, 12 digits>`; a second pack of the same run in the same
/// second gets `-2`. All files are on disk before the name appears, and no pack is ever overwritten.
///
/// # Errors
/// Where a path or document is not allowed or the disk refuses; nothing is left behind then.
pub fn write_pack(evidence_dir: &Path, contents: &PackContents<'_>) -> Result<WrittenPack, PackError> {
    let files = files(contents)?;
    let pack_sha256 = Sha256::of(&files[PACK]);
    fs::create_dir_all(evidence_dir).map_err(disk(evidence_dir))?;
    let name = pack_name(contents);
    let partial = evidence_dir.join(partial_name(&name));
    let written = write_files(&partial, &files).and_then(|()| publish(&partial, evidence_dir, &name));
    if written.is_err() {
        // The first error is the one to tell; a leftover partial directory is hidden and is no pack.
        let _ = fs::remove_dir_all(&partial);
    }
    let path = written?;
    Ok(WrittenPack { report: path.join("report.html"), path, pack_sha256 })
}

/// Every file of the pack by path, the lists of digests included.
fn files(contents: &PackContents<'_>) -> Result<BTreeMap<String, Vec<u8>>, PackError> {
    let canonical = |file, text: Result<String, CanonicalError>| {
        text.map(String::into_bytes).map_err(|source| PackError::Canonical { file, source })
    };
    if contents.artifacts.len() > MAX_ARTIFACTS {
        return Err(PackError::TooManyArtifacts { found: contents.artifacts.len() });
    }
    let mut artifact_digests = Digests::new();
    let mut files = BTreeMap::new();
    for (path, bytes) in contents.artifacts {
        if !is_artifact_path(path) {
            return Err(PackError::ArtifactPath { path: path.clone() });
        }
        artifact_digests.insert(path.clone(), Sha256::of(bytes));
        files.insert(format!("{ARTIFACTS}{path}"), bytes.clone());
    }
    let others = BTreeMap::from([
        ("config_resolved.yaml", canonical("config_resolved.yaml", canonical_yaml(contents.config))?),
        ("env.json", canonical("env.json", canonical_json(contents.env))?),
        ("logs.ndjson", contents.logs.to_vec()),
        ("metrics_snapshot.prom", contents.metrics.as_bytes().to_vec()),
        ("report.html", contents.report.render().into_bytes()),
        ("run_manifest.json", canonical("run_manifest.json", canonical_json(contents.run_manifest))?),
        (CHECKSUMS, write_lines(&artifact_digests).into_bytes()),
    ]);
    let mut pack_digests = Digests::new();
    for (path, bytes) in others {
        pack_digests.insert(path.to_owned(), Sha256::of(&bytes));
        files.insert(path.to_owned(), bytes);
    }
    files.insert(PACK.to_owned(), write_pack_list(&pack_digests).into_bytes());
    Ok(files)
}

fn is_artifact_path(path: &str) -> bool {
    let is_name = |name: &str| {
        !name.starts_with('.')
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    path.split('/').all(is_name) && format!("{ARTIFACTS}{path}") != CHECKSUMS
}

/// Writes and syncs all files, then the directories that name them.
fn write_files(partial: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), PackError> {
    fs::create_dir(partial).map_err(disk(partial))?;
    let mut directories = vec![partial.to_path_buf()];
    for (path, bytes) in files {
        let path = partial.join(path);
        for directory in path.ancestors().skip(1).take_while(|directory| *directory != partial) {
            if !directories.iter().any(|known| known == directory) {
                fs::create_dir_all(directory).map_err(disk(directory))?;
                directories.push(directory.to_path_buf());
            }
        }
        let mut file = File::create_new(&path).map_err(disk(&path))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(disk(&path))?;
    }
    directories.iter().try_for_each(|directory| sync_directory(directory))
}

/// Gives the directory its name; a name that is taken is left alone and the next one tried.
fn publish(partial: &Path, evidence_dir: &Path, name: &str) -> Result<PathBuf, PackError> {
    for attempt in 1..=MAX_SAME_SECOND {
        let numbered = if attempt == 1 { name.to_owned() } else { format!("{name}-{attempt}") };
        let path = evidence_dir.join(numbered);
        // Renaming onto a directory that has files fails on every system, so a pack cannot be lost here; the check
        // before it also spares an empty directory of that name.
        if path.symlink_metadata().is_ok() {
            continue;
        }
        match fs::rename(partial, &path) {
            Ok(()) => return sync_directory(evidence_dir).map(|()| path),
            Err(error) if is_taken(&error) => {}
            Err(source) => return Err(PackError::Disk { path, source }),
        }
    }
    Err(PackError::NameTaken { path: evidence_dir.join(name) })
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty)
}

fn sync_directory(directory: &Path) -> Result<(), PackError> {
    File::open(directory).and_then(|handle| handle.sync_all()).map_err(disk(directory))
}

fn pack_name(contents: &PackContents<'_>) -> String {
    let stamp = contents.started.to_datetime().format("%Y%m%dT%H%M%SZ");
    let run_id = contents.run_id.to_string();
    format!("{stamp}-{}", &run_id[..RUN_ID_DIGITS])
}

/// Hidden, and different for each writer of each process.
fn partial_name(name: &str) -> String {
    static WRITER: AtomicU64 = AtomicU64::new(0);
    format!(".{name}.partial-{}-{}", std::process::id(), WRITER.fetch_add(1, Ordering::Relaxed))
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> PackError {
    let path = path.to_path_buf();
    move |source| PackError::Disk { path, source }
}
