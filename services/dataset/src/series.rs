//! A series on its way: a plan of month files that is walked from first to last, each read, cut and shifted as it comes.
//! Builds digest the walk and Flight sends it; neither holds more than a few months.

mod larger;
mod shelf;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream as streams};
use peaktrade_continuous::{
    Adjustment, AdjustmentOverflow, Bars, BarsError, BarsView, ContractFiles, FileCut, FileReach, Piece, PlanError,
    RollEvidence, SeriesPlan, SeriesRequest, SeriesSummary, SeriesTally, TickGrid, VolumeOverflow, adjust,
};
use peaktrade_domain::{
    Calendar, CalendarError, ContractRoot, ContractSymbol, HoursFilter, Session, Sha256, UnixNanos, UnknownName,
};
use peaktrade_store::{BarOrigin, ContractManifest, DatasetId, DatasetManifest, MonthFile, StoreError};
use tokio::sync::OnceCell;

use crate::library::Library;

pub(crate) use self::larger::Shape;
pub(crate) use self::shelf::Shelf;

/// Bars of a contract, the only size that is stored; larger ones are those of continuous series.
pub(crate) const BAR: &str = "1m";

/// Months read ahead of the one that is being used: the next is decoded while this one is sent.
const READ_AHEAD: usize = 2;

/// A series as stored, with the instant from which it is looked at.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Raw bars of one contract.
    Contract(Box<ContractManifest>),
    /// A continuous dataset; an instant of view before its own cuts rolls and bars.
    Continuous { manifest: Box<DatasetManifest>, as_of: Option<UnixNanos> },
}

/// A series as the files that it is read from.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) plan: SeriesPlan,
    /// Month files of each contract of the plan.
    files: Vec<(ContractSymbol, Vec<MonthFile>)>,
    /// Content digest that the manifest names; a view from an earlier instant has none on record.
    recorded: Option<Sha256>,
    /// Whether this process has seen all rows pass with that digest. Month files are checked whenever they are decoded,
    /// and the arithmetic does not change while a process lives.
    is_checked: AtomicBool,
    /// Bars of each piece.
    rows: OnceCell<Vec<u64>>,
    /// What the bars are, where not the minutes of the full session.
    shape: Option<Shape>,
    /// Bars that each piece completes, where they have a shape.
    completed: OnceCell<Vec<larger::Completed>>,
    /// The series in numbers, where no manifest has them.
    summary: OnceCell<SeriesSummary>,
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
    #[error("{contract}: {source}")]
    Overflow { contract: ContractSymbol, source: AdjustmentOverflow },
    #[error("months of the series do not follow one another: {0}")]
    Order(#[from] BarsError),
    #[error("the series computes to {rows} rows with digest {found}, its manifest says {expected}")]
    Differs { rows: u64, found: Sha256, expected: Sha256 },
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    #[error(transparent)]
    Volume(#[from] VolumeOverflow),
    #[error("the series ends after row {found}, asked are rows up to {expected}")]
    Short { found: u64, expected: u64 },
    #[error("a bar of the series opens at {at}, in closed hours")]
    Closed { at: UnixNanos },
    #[error("the computation stopped: {0}")]
    Work(#[from] tokio::task::JoinError),
    #[error("the service is stopping")]
    Stopping,
}

/// The request of a dataset, as its build made it, looked at from an instant.
pub(crate) fn series_request(
    calendar: &Calendar,
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
        snap: if manifest.inputs.variant.snap { tick_grid(calendar, manifest.inputs.root)? } else { None },
        start: manifest.start,
        end: manifest.end,
        as_of: as_of.unwrap_or(manifest.inputs.as_of),
    })
}

/// The grid of a root's tick, which the calendar has above zero.
pub(crate) fn tick_grid(calendar: &Calendar, root: ContractRoot) -> Result<Option<TickGrid>, CalendarError> {
    Ok(TickGrid::new(calendar.spec(root)?.tick))
}

/// The files of a contract, as a plan takes them.
pub(crate) fn contract_files(manifest: &ContractManifest) -> ContractFiles {
    let reach =
        |month: &MonthFile| FileReach { rows: month.rows, first_time: month.first_time, last_time: month.last_time };
    ContractFiles { contract: manifest.contract, files: manifest.months.iter().map(reach).collect() }
}

/// The contracts that a series is made of: those between its rolls. One that a roll leads into whose spread was not known
/// yet is an input all the same, and has no bar in the series.
pub(crate) fn with_measured_rolls<'a>(
    contracts: &'a [ContractManifest],
    rolls: &[RollEvidence],
) -> &'a [ContractManifest] {
    &contracts[..contracts.len().min(rolls.len() + 1)]
}

impl Series {
    /// A series of these contracts along a plan over their files.
    pub(crate) fn new<'a>(
        plan: SeriesPlan,
        contracts: impl IntoIterator<Item = &'a ContractManifest>,
        recorded: Option<Sha256>,
    ) -> Self {
        let files = contracts.into_iter().map(|manifest| (manifest.contract, manifest.months.clone())).collect();
        Self {
            plan,
            files,
            recorded,
            is_checked: AtomicBool::new(false),
            rows: OnceCell::new(),
            shape: None,
            completed: OnceCell::new(),
            summary: OnceCell::new(),
        }
    }

    /// The same minutes as other bars.
    pub(crate) fn with_shape(self, shape: Option<Shape>) -> Self {
        Self { shape, ..self }
    }

    /// Plans a stored series; no bar is read.
    pub(crate) async fn open(library: &Library, source: &Source) -> Result<Self, SeriesError> {
        let (manifest, as_of) = match source {
            Source::Contract(manifest) => {
                let plan = SeriesPlan::of_contract(&contract_files(manifest));
                return Ok(Self::new(plan, [&**manifest], Some(manifest.content_sha256)));
            }
            Source::Continuous { manifest, as_of } => (manifest, *as_of),
        };
        let dataset_id = manifest.dataset_id;
        let rolls = manifest.roll_evidence().map_err(|source| SeriesError::Name { dataset_id, source })?;
        let mut stored = Vec::with_capacity(manifest.inputs.contracts.len());
        for input in &manifest.inputs.contracts {
            let found = library.store.contract_with_content(input.contract, input.content_sha256).await?;
            stored.push(found.ok_or(SeriesError::ContractGone {
                dataset_id,
                contract: input.contract,
                content_sha256: input.content_sha256,
            })?);
        }
        let stored = with_measured_rolls(&stored, &rolls);
        let files: Vec<ContractFiles> = stored.iter().map(contract_files).collect();
        let request = series_request(&library.calendar, manifest, as_of)?;
        let plan =
            SeriesPlan::new(&files, &rolls, &request).map_err(|source| SeriesError::Plan { dataset_id, source })?;
        let inputs = &manifest.inputs;
        let size = inputs.bar.parse().map_err(|source| SeriesError::Name { dataset_id, source })?;
        let hours = if inputs.variant.regular_hours { HoursFilter::Regular } else { HoursFilter::Full };
        let sessions = library.calendar.sessions(inputs.from, inputs.to)?;
        let shape = Shape::new((size, hours), sessions, &rolls, &request);
        let recorded = as_of.is_none().then_some(manifest.content_sha256);
        Ok(Self::new(plan, stored, recorded).with_shape(shape))
    }

    /// The digest that all rows must have and that this process has not yet seen them have.
    pub(crate) fn unchecked(&self) -> Option<Sha256> {
        self.recorded.filter(|_| !self.is_checked.load(Ordering::Relaxed))
    }

    /// Judges all rows that have passed.
    pub(crate) fn check(&self, summary: &SeriesSummary) -> Result<(), SeriesError> {
        if let Some(expected) = self.recorded.filter(|expected| *expected != summary.content_sha256) {
            return Err(SeriesError::Differs { rows: summary.rows, found: summary.content_sha256, expected });
        }
        self.is_checked.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The rows in numbers, for a series of which no manifest tells them: they are walked once, and remembered.
    pub(crate) async fn summary(self: &Arc<Self>, library: &Arc<Library>) -> Result<SeriesSummary, SeriesError> {
        let walk = || async {
            let _permit = library.shelf.walks.acquire().await.map_err(|_| SeriesError::Stopping)?;
            let mut walk = walk(library, self, 0..self.plan.pieces.len());
            let mut tally = SeriesTally::default();
            while let Some(bars) = walk.try_next().await? {
                tally = take(tally, bars).await?;
            }
            Ok(tally.finish())
        };
        self.summary.get_or_try_init(walk).await.copied()
    }

    /// Rows whose open instants lie in [start, end), counted from the first of the series.
    pub(crate) async fn rows_between(
        self: &Arc<Self>,
        library: &Arc<Library>,
        start: Option<UnixNanos>,
        end: Option<UnixNanos>,
    ) -> Result<(u64, u64), SeriesError> {
        let first = match start {
            Some(start) => self.rows_before(library, start).await?,
            None => 0,
        };
        let past = match end {
            Some(end) => self.rows_before(library, end).await?,
            None => self.rows_of_pieces(library).await?.iter().sum(),
        };
        Ok((first, past.max(first)))
    }

    /// The piece that holds a row, and the rows of the series before that piece.
    pub(crate) async fn piece_of(
        self: &Arc<Self>,
        library: &Arc<Library>,
        row: u64,
    ) -> Result<(usize, u64), SeriesError> {
        let mut before = 0;
        if row > 0 {
            for (at, rows) in self.rows_of_pieces(library).await?.iter().enumerate() {
                if before + rows > row {
                    return Ok((at, before));
                }
                before += rows;
            }
        }
        Ok((if row > 0 { self.plan.pieces.len() } else { 0 }, before))
    }

    async fn rows_before(self: &Arc<Self>, library: &Arc<Library>, at: UnixNanos) -> Result<u64, SeriesError> {
        if let Some(shape) = &self.shape {
            let completed = self.completed(library, shape).await?;
            return larger::rows_before(library, self, (shape, completed), at).await;
        }
        let pieces = &self.plan.pieces;
        let earlier = pieces.partition_point(|piece| piece.rows.last_ts < at);
        let mut rows: u64 = self.rows_of_pieces(library).await?[..earlier].iter().sum();
        if let Some(piece) = pieces.get(earlier).filter(|piece| piece.rows.first_ts < at) {
            let stamps = self.stamps(library, &piece.rows).await?;
            let inside = &stamps[piece.rows.rows_of(&stamps)];
            rows += inside.partition_point(|ts| *ts < at.nanos()) as u64;
        }
        Ok(rows)
    }

    /// Bars of each piece: minutes of whole files as their manifests say, of cut ones by their stamps; larger bars as a
    /// walk over all minutes counts them, once.
    async fn rows_of_pieces(self: &Arc<Self>, library: &Arc<Library>) -> Result<&[u64], SeriesError> {
        let count = || async {
            match &self.shape {
                None => {
                    let cuts: Vec<FileCut> = self.plan.pieces.iter().map(|piece| piece.rows).collect();
                    self.count(library, &cuts).await
                }
                Some(shape) => Ok(self.completed(library, shape).await?.iter().map(|done| done.rows).collect()),
            }
        };
        self.rows.get_or_try_init(count).await.map(Vec::as_slice)
    }

    async fn completed(
        self: &Arc<Self>,
        library: &Arc<Library>,
        shape: &Shape,
    ) -> Result<&[larger::Completed], SeriesError> {
        let walk = || async {
            let _permit = library.shelf.walks.acquire().await.map_err(|_| SeriesError::Stopping)?;
            larger::completed(library, self, shape).await
        };
        self.completed.get_or_try_init(walk).await.map(Vec::as_slice)
    }

    /// Where the bars of the series come from: contract, trade date, and which stretch of one contract.
    pub(crate) fn origins(&self, calendar: &Calendar, bars: BarsView<'_>) -> Result<Vec<BarOrigin>, SeriesError> {
        let mut origins = Vec::with_capacity(bars.len());
        let mut session: Option<&Session> = None;
        for ts in bars.ts {
            let at = UnixNanos::from_nanos(*ts);
            let current = match session.filter(|session| session.open() <= at && at < session.close()) {
                Some(current) => current,
                None => calendar.session_of(at)?.ok_or(SeriesError::Closed { at })?,
            };
            session = Some(current);
            let after = self.plan.segments.partition_point(|segment| segment.start_ts <= at);
            let Some(segment) = self.plan.segments.get(after.saturating_sub(1)) else { continue };
            let contract = segment.contract;
            let segment = self.files.iter().position(|(other, _)| *other == contract).unwrap_or_default();
            let segment = i32::try_from(segment).unwrap_or(i32::MAX);
            origins.push(BarOrigin { contract, trade_date: current.trade_date, segment });
        }
        Ok(origins)
    }

    /// Bars of all contracts within the request, whether active or not.
    pub(crate) async fn rows_within(&self, library: &Library) -> Result<u64, SeriesError> {
        Ok(self.count(library, &self.plan.within).await?.iter().sum())
    }

    /// Bars of each cut: of whole files as their manifests say, of others by their stamps.
    async fn count(&self, library: &Library, cuts: &[FileCut]) -> Result<Vec<u64>, SeriesError> {
        let mut rows = Vec::with_capacity(cuts.len());
        for cut in cuts {
            rows.push(match cut.whole_rows {
                Some(rows) => rows,
                None => cut.rows_of(&self.stamps(library, cut).await?).len() as u64,
            });
        }
        Ok(rows)
    }

    async fn stamps(&self, library: &Library, cut: &FileCut) -> Result<Vec<i64>, StoreError> {
        library.store.read_stamps(cut.contract, self.file(cut)?).await
    }

    fn file(&self, cut: &FileCut) -> Result<&MonthFile, StoreError> {
        let files = self.files.iter().find(|(contract, _)| *contract == cut.contract);
        let file = files.and_then(|(_, files)| files.get(cut.file));
        file.ok_or_else(|| StoreError::Missing { name: cut.contract.to_string() })
    }

    /// The bars of a piece, cut and adjusted.
    async fn bars(&self, library: &Library, piece: &Piece) -> Result<Bars, SeriesError> {
        let Piece { segment, rows: cut } = piece;
        let (contract, file) = (cut.contract, self.file(cut)?);
        let month = library.months.get(&library.store, contract, file).await?;
        let rows = cut.bars_of(month.view());
        if let Some(expected) = cut.whole_rows.filter(|expected| *expected != rows.len() as u64) {
            let problem = format!("month {} has {} bars, the manifest says {expected}", file.month, rows.len());
            return Err(StoreError::Manifest { name: contract.to_string(), problem }.into());
        }
        let mut bars = Bars::with_capacity(rows.len());
        adjust(rows, &self.plan.segments[*segment].change, &mut bars)
            .map_err(|source| SeriesError::Overflow { contract, source })?;
        Ok(bars)
    }
}

/// The bars of a range of pieces, in order of time, one item for each piece.
pub(crate) fn walk(
    library: &Arc<Library>,
    series: &Arc<Series>,
    pieces: Range<usize>,
) -> BoxStream<'static, Result<Bars, SeriesError>> {
    match &series.shape {
        None => minutes(library, series, pieces),
        Some(shape) => larger::walk(library, series, shape, pieces),
    }
}

/// The minutes of a range of pieces, in order of time, one item for each piece. The files of the next pieces are read
/// while one is used.
pub(crate) fn minutes(
    library: &Arc<Library>,
    series: &Arc<Series>,
    pieces: Range<usize>,
) -> BoxStream<'static, Result<Bars, SeriesError>> {
    let (library, series) = (Arc::clone(library), Arc::clone(series));
    let read = move |at: usize| {
        let (library, series) = (Arc::clone(&library), Arc::clone(&series));
        // A task of its own goes on while the piece before is used.
        tokio::spawn(async move { series.bars(&library, &series.plan.pieces[at]).await })
    };
    let flat = |read: Result<_, tokio::task::JoinError>| read?;
    streams::iter(pieces).map(read).buffered(READ_AHEAD).map(flat).boxed()
}

/// Digests and counts bars off the asynchronous threads.
pub(crate) async fn take(mut tally: SeriesTally, bars: Bars) -> Result<SeriesTally, SeriesError> {
    let taken = tokio::task::spawn_blocking(move || tally.take(bars.view()).map(|()| tally));
    Ok(taken.await??)
}
