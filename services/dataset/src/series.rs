//! Series in memory: computed from month files and roll table when first asked for, held as Arrow columns after that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use peaktrade_continuous::{
    Adjustment, AdjustmentOverflow, Bars, PlanError, SegmentView, SeriesRequest, adjust, content_digest, plan,
};
use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos, UnknownName};
use peaktrade_store::{
    BarStore, ContractManifest, DatasetId, DatasetManifest, ROW_BYTES, StoreError, series_schema, to_batch,
};
use tokio::sync::Semaphore;

/// The one bar size that is built.
pub(crate) const BAR: &str = "1m";

/// Bytes of columns held at most: all of NQ's one-minute history of twenty years is 350 MB, and a container has 1 GiB.
const HELD_BYTES_MAX: u64 = 384 * 1024 * 1024;

/// Series computed at a time; each holds its contracts beside the result, and a machine has few cores.
const LOADS_MAX: usize = 2;

/// A series as stored, with the instant from which it is looked at.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Raw bars of one contract.
    Contract(Box<ContractManifest>),
    /// A continuous dataset; an instant of view before its own cuts rolls and bars.
    Continuous { manifest: Box<DatasetManifest>, as_of: Option<UnixNanos> },
}

/// A series as columns.
#[derive(Debug)]
pub(crate) struct Series {
    /// Columns of [`series_schema`], without further metadata.
    pub(crate) columns: RecordBatch,
    /// Open instants, for cutting by time.
    pub(crate) stamps: Vec<i64>,
    /// Content digest of the rows.
    pub(crate) content_sha256: Sha256,
}

/// Why a series cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeriesError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "dataset {dataset_id} was built from rows of {contract} with digest {content_sha256}, which the store no longer has"
    )]
    ContractGone { dataset_id: DatasetId, contract: ContractSymbol, content_sha256: Sha256 },
    #[error("dataset {dataset_id}: {source}")]
    Name { dataset_id: DatasetId, source: UnknownName },
    #[error("dataset {dataset_id}: {source}")]
    Plan { dataset_id: DatasetId, source: PlanError },
    #[error("dataset {dataset_id}: {source}")]
    Overflow { dataset_id: DatasetId, source: AdjustmentOverflow },
    #[error("dataset {dataset_id} computes to rows with digest {found}, its manifest says {expected}")]
    Differs { dataset_id: DatasetId, found: Sha256, expected: Sha256 },
    #[error("the computation stopped: {0}")]
    Work(#[from] tokio::task::JoinError),
    #[error("the service is stopping")]
    Stopping,
}

/// What a held series is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Contract(ContractSymbol, Sha256),
    Continuous(DatasetId, Option<UnixNanos>),
}

/// The series held, least recently used first.
#[derive(Debug)]
pub(crate) struct HeldSeries {
    held: Mutex<Vec<(Key, Arc<Series>)>>,
    loads: Semaphore,
}

impl Default for HeldSeries {
    fn default() -> Self {
        Self { held: Mutex::default(), loads: Semaphore::new(LOADS_MAX) }
    }
}

impl HeldSeries {
    /// The series of a source, computed where it is not held.
    pub(crate) async fn get(&self, store: &BarStore, source: &Source) -> Result<Arc<Series>, SeriesError> {
        let key = source.key();
        if let Some(series) = self.find(key) {
            return Ok(series);
        }
        let _permit = self.loads.acquire().await.map_err(|_| SeriesError::Stopping)?;
        // Another caller may have computed it while this one waited.
        if let Some(series) = self.find(key) {
            return Ok(series);
        }
        let series = load(store, source).await?;
        Ok(self.keep(key, Arc::new(series)))
    }

    fn find(&self, key: Key) -> Option<Arc<Series>> {
        find_among(&mut self.lock(), key)
    }

    /// Keeps a series and answers the one that is held: two callers may have computed the same one beside each other,
    /// and the second copy would only push others out.
    fn keep(&self, key: Key, series: Arc<Series>) -> Arc<Series> {
        let mut held = self.lock();
        if let Some(series) = find_among(&mut held, key) {
            return series;
        }
        held.push((key, Arc::clone(&series)));
        let mut bytes: u64 = held.iter().map(|(_, series)| series.bytes()).sum();
        // The newest stays even where it alone is too large: its caller holds it anyway.
        while bytes > HELD_BYTES_MAX && held.len() > 1 {
            bytes -= held.remove(0).1.bytes();
        }
        series
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Key, Arc<Series>)>> {
        // Every change of the list is one push or one removal, so a panic elsewhere leaves it whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The series of a key, which is then the one used last.
fn find_among(held: &mut Vec<(Key, Arc<Series>)>, key: Key) -> Option<Arc<Series>> {
    let at = held.iter().position(|(other, _)| *other == key)?;
    let entry = held.remove(at);
    let series = Arc::clone(&entry.1);
    held.push(entry);
    Some(series)
}

impl Series {
    /// Rows whose open instants lie in [start, end).
    pub(crate) fn rows_between(&self, start: Option<UnixNanos>, end: Option<UnixNanos>) -> (u64, u64) {
        let first = start.map_or(0, |start| self.stamps.partition_point(|ts| *ts < start.nanos()));
        let past = end.map_or(self.stamps.len(), |end| self.stamps.partition_point(|ts| *ts < end.nanos()));
        (first as u64, past.max(first) as u64)
    }

    fn bytes(&self) -> u64 {
        // Columns, and the stamps once more.
        self.stamps.len() as u64 * (ROW_BYTES + 8)
    }

    fn new(bars: &Bars) -> Self {
        Self {
            columns: to_batch(bars.view(), series_schema([])),
            stamps: bars.ts.clone(),
            content_sha256: content_digest(bars),
        }
    }
}

impl Source {
    fn key(&self) -> Key {
        match self {
            Self::Contract(manifest) => Key::Contract(manifest.contract, manifest.content_sha256),
            Self::Continuous { manifest, as_of } => Key::Continuous(manifest.dataset_id, *as_of),
        }
    }
}

/// The request of a dataset, as its build made it, looked at from an instant.
pub(crate) fn series_request(
    manifest: &DatasetManifest,
    as_of: Option<UnixNanos>,
) -> Result<SeriesRequest, SeriesError> {
    let adjustment: Adjustment = manifest
        .inputs
        .method
        .parse()
        .map_err(|source| SeriesError::Name { dataset_id: manifest.dataset_id, source })?;
    Ok(SeriesRequest {
        adjustment,
        start: manifest.start,
        end: manifest.end,
        as_of: as_of.unwrap_or(manifest.inputs.as_of),
    })
}

async fn load(store: &BarStore, source: &Source) -> Result<Series, SeriesError> {
    match source {
        Source::Contract(manifest) => {
            let bars = store.read(manifest).await?;
            Ok(tokio::task::spawn_blocking(move || Series::new(&bars)).await?)
        }
        Source::Continuous { manifest, as_of } => load_continuous(store, manifest, *as_of).await,
    }
}

async fn load_continuous(
    store: &BarStore,
    manifest: &DatasetManifest,
    as_of: Option<UnixNanos>,
) -> Result<Series, SeriesError> {
    let dataset_id = manifest.dataset_id;
    let rolls = manifest.roll_evidence().map_err(|source| SeriesError::Name { dataset_id, source })?;
    let segments = plan(&manifest.contracts(), &rolls, &series_request(manifest, as_of)?)
        .map_err(|source| SeriesError::Plan { dataset_id, source })?;
    let mut pieces: Vec<(SegmentView, Bars)> = Vec::with_capacity(segments.len());
    for segment in segments {
        let input = manifest.inputs.contracts.iter().find(|input| input.contract == segment.contract);
        let Some(input) = input else { continue };
        let stored = store.contract_with_content(input.contract, input.content_sha256).await?;
        let stored = stored.ok_or(SeriesError::ContractGone {
            dataset_id,
            contract: input.contract,
            content_sha256: input.content_sha256,
        })?;
        let bars = store.read(&stored).await?;
        pieces.push((segment, bars.between(segment.start_ts, segment.end_ts).to_bars()));
    }
    let series = tokio::task::spawn_blocking(move || {
        let mut bars = Bars::default();
        for (segment, piece) in &pieces {
            adjust(piece.view(), segment.offset, &mut bars)?;
        }
        Ok(Series::new(&bars))
    })
    .await?
    .map_err(|source| SeriesError::Overflow { dataset_id, source })?;
    // What is served is what was built, bit for bit; a view from an earlier instant has no recorded digest.
    if as_of.is_none() && series.content_sha256 != manifest.content_sha256 {
        let (found, expected) = (series.content_sha256, manifest.content_sha256);
        return Err(SeriesError::Differs { dataset_id, found, expected });
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use peaktrade_continuous::{Bar, Bars};
    use peaktrade_domain::Sha256;

    use super::{HeldSeries, Key, Series};

    #[test]
    fn a_series_computed_twice_is_held_once() {
        let key = |contract: &str| Key::Contract(contract.parse().unwrap(), Sha256::of(b"rows"));
        let series = || {
            let mut bars = Bars::default();
            bars.push(Bar { ts: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 });
            Arc::new(Series::new(&bars))
        };
        let held = HeldSeries::default();
        let first = held.keep(key("NQH2025"), series());
        let other = held.keep(key("NQM2025"), series());
        assert!(Arc::ptr_eq(&held.keep(key("NQH2025"), series()), &first), "the second copy is let go");
        assert!(!Arc::ptr_eq(&first, &other));
        let keys: Vec<Key> = held.lock().iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, [key("NQM2025"), key("NQH2025")], "least recently used first");
        assert!(Arc::ptr_eq(&held.find(key("NQM2025")).unwrap(), &other));
    }
}
