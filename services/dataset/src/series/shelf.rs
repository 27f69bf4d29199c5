//! Series that were asked for: planned once, and remembered by what they are.

use std::sync::{Arc, Mutex, PoisonError};

use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos};
use peaktrade_store::DatasetId;
use tokio::sync::Semaphore;

use super::{Series, SeriesError, Source};
use crate::library::Library;

/// Series remembered at most. A series of twenty years is a list of some hundred files.
const HELD_MAX: usize = 64;

/// Series walked at a time only for their numbers: a machine has few cores.
const WALKS_MAX: usize = 2;

/// What a series is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Contract(ContractSymbol, Sha256),
    Continuous(DatasetId, Option<UnixNanos>),
}

/// The series remembered, least recently used first. A stored series never changes.
#[derive(Debug)]
pub(crate) struct Shelf {
    held: Mutex<Vec<(Key, Arc<Series>)>>,
    pub(super) walks: Semaphore,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { held: Mutex::default(), walks: Semaphore::new(WALKS_MAX) }
    }
}

impl Shelf {
    /// The series of a source.
    pub(crate) async fn get(&self, library: &Library, source: &Source) -> Result<Arc<Series>, SeriesError> {
        let key = Key::of(source);
        if let Some(series) = self.find_or_keep(key, None) {
            return Ok(series);
        }
        let series = Arc::new(Series::open(library, source).await?);
        Ok(self.find_or_keep(key, Some(Arc::clone(&series))).unwrap_or(series))
    }

    /// The series held under a key, else the one given, which is then held.
    fn find_or_keep(&self, key: Key, given: Option<Arc<Series>>) -> Option<Arc<Series>> {
        // Every change of the list leaves it whole, so a panic elsewhere does.
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let found = held.iter().position(|(other, _)| *other == key).map(|at| held.remove(at).1);
        let series = found.or(given)?;
        if held.len() >= HELD_MAX {
            held.remove(0);
        }
        held.push((key, Arc::clone(&series)));
        Some(series)
    }
}

impl Key {
    fn of(source: &Source) -> Self {
        match source {
            Source::Contract(manifest) => Self::Contract(manifest.contract, manifest.content_sha256),
            Source::Continuous { manifest, as_of } => Self::Continuous(manifest.dataset_id, *as_of),
        }
    }
}
