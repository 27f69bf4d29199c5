//! Faults for tests: each step of a writer can fail, stop it for good, or be followed by a power cut.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Step;

/// What happens at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The step fails once with this error of the system.
    Fails(i32),
    /// From this step on until the fault is lifted nothing can be changed: the process is dead.
    Dies,
}

/// One step as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Taken {
    Write(String),
    SyncFile(String),
    Link(String, String),
    Unlink(String, Removed),
    SyncFolder(String),
}

/// The bytes of a name that was removed; `None` where it was absent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Removed(Option<Vec<u8>>);

impl std::fmt::Debug for Removed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.as_ref().map_or(0, Vec::len))
    }
}

#[derive(Debug, Default)]
struct State {
    taken: Vec<Taken>,
    planned: Option<(usize, Fault)>,
    is_dead: bool,
}

/// The steps of one store, and the fault planned among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// Plans a fault at the step of this number, counted from 0 from here on.
    pub(crate) fn plan(&self, at: usize, fault: Fault) {
        let mut state = self.state();
        *state = State { planned: Some((at, fault)), ..State::default() };
    }

    /// The steps taken so far; from here on none is remembered or failed.
    pub(crate) fn take(&self) -> Vec<Taken> {
        std::mem::take(&mut *self.state()).taken
    }

    pub(crate) fn step(&self, folder: &Path, step: Step<'_>) -> io::Result<()> {
        let mut state = self.state();
        let fault = state.planned.filter(|(at, _)| *at == state.taken.len()).map(|(_, fault)| fault);
        if fault == Some(Fault::Dies) {
            state.is_dead = true;
        }
        if state.is_dead || fault.is_some() {
            if let (Step::Write(name, bytes), Some(_)) = (step, fault) {
                // A write that fails may leave any part of the bytes.
                let path = folder.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
            }
            if !state.is_dead {
                // A step that failed was a step.
                state.taken.push(Taken::Unlink("the step that failed".to_owned(), Removed(None)));
            }
            return Err(match fault {
                Some(Fault::Fails(errno)) => io::Error::from_raw_os_error(errno),
                _ => io::Error::other("the process is dead"),
            });
        }
        state.taken.push(match step {
            Step::Write(name, _) => Taken::Write(name.to_owned()),
            Step::SyncFile(name) => Taken::SyncFile(name.to_owned()),
            Step::Link(from, to) => Taken::Link(from.to_owned(), to.to_owned()),
            Step::Unlink(name) => Taken::Unlink(name.to_owned(), Removed(std::fs::read(folder.join(name)).ok())),
            Step::SyncFolder(path) => {
                Taken::SyncFolder(path.strip_prefix(folder).unwrap_or(path).display().to_string())
            }
        });
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts the power after these steps: of the names that were given or removed since their folder was synced, those for
/// which `is_lost` says so are as they were before; a file whose bytes were never synced is empty. `known_folders` are
/// those that were durable before the first step.
pub(crate) fn cut_power(
    folder: &Path,
    mut known_folders: BTreeSet<PathBuf>,
    taken: &[Taken],
    mut is_lost: impl FnMut(&str) -> bool,
) {
    let mut synced_bytes = BTreeSet::new();
    // Names that are not durable yet, by their folder.
    let mut at_risk: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    // Names whose removal is not durable yet, with what they named.
    let mut removed: BTreeMap<&str, &[u8]> = BTreeMap::new();
    // Folders come into being with the first name in them, and are a name in the folder above.
    for step in taken {
        match step {
            Taken::Write(name) => {
                note(&mut at_risk, &mut known_folders, name);
            }
            Taken::SyncFile(name) => {
                synced_bytes.insert(name.clone());
            }
            Taken::Link(from, to) => {
                assert!(
                    synced_bytes.contains(from) || !from.starts_with("pending"),
                    "{to} was linked before its bytes"
                );
                note(&mut at_risk, &mut known_folders, to);
            }
            Taken::Unlink(name, Removed(bytes)) => {
                // One that came and went since the last sync was never there for the disk.
                let is_new = at_risk.values().any(|names| names.contains(name));
                if let Some(bytes) = bytes.as_ref().filter(|_| !is_new) {
                    removed.insert(name, bytes);
                }
            }
            Taken::SyncFolder(folder) => {
                at_risk.remove(Path::new(folder));
                removed.retain(|name, _| Path::new(name).parent() != Some(Path::new(folder)));
            }
        }
    }
    for name in at_risk.values().flatten() {
        let path = folder.join(name);
        if is_lost(name) && path.is_dir() {
            let _ = std::fs::remove_dir_all(path);
        } else if is_lost(name) {
            let _ = std::fs::remove_file(path);
        } else if name.starts_with("pending") && !synced_bytes.contains(name) && path.is_file() {
            std::fs::write(path, "").unwrap();
        }
    }
    for (name, bytes) in removed {
        let path = folder.join(name);
        if is_lost(name) && !path.exists() {
            std::fs::write(path, bytes).unwrap();
        }
    }
}

fn note(at_risk: &mut BTreeMap<PathBuf, BTreeSet<String>>, known: &mut BTreeSet<PathBuf>, name: &str) {
    let path = Path::new(name);
    let parent = path.parent().unwrap_or(Path::new("")).to_owned();
    at_risk.entry(parent.clone()).or_default().insert(name.to_owned());
    if parent != Path::new("") && known.insert(parent.clone()) {
        note(at_risk, known, &parent.display().to_string());
    }
}
