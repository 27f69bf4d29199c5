//! BuildContinuous: from stored contracts to a roll table with its evidence, a digest of the rows and a manifest.

pub(crate) mod chain;
pub(crate) mod request;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use peaktrade_continuous::{
    Bars, RollEvidence, SeriesRequest, SpreadError, StitchError, Stitched, content_digest, measure_spread,
    session_gaps, stitch,
};
use peaktrade_domain::{
    Calendar, CalendarError, ContractRoot, ContractSymbol, RollError, RollPolicy, RollTableError, ScheduledRoll,
    Session, TradeDate, UnixNanos,
};
use peaktrade_store::{ContractInput, ContractManifest, DatasetInputs, DatasetManifest, RollRecord, StoreError};

use self::chain::{Chain, ChainError};
use self::request::BuildRequest;
use crate::library::Library;
use crate::series::BAR;

/// Why a series is not built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    #[error(transparent)]
    Roll(#[from] RollError),
    #[error(transparent)]
    RollTable(#[from] RollTableError),
    #[error("no bars of {root} are stored; import some first")]
    NothingStored { root: ContractRoot },
    #[error("there is no trade date from {from} to {to}")]
    NoSession { from: TradeDate, to: TradeDate },
    #[error("as_of {as_of} is not after the open of {from}, {start}")]
    AsOfTooEarly { as_of: UnixNanos, from: TradeDate, start: UnixNanos },
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Spread(#[from] SpreadError),
    #[error(transparent)]
    Stitch(#[from] StitchError),
    #[error("the series has no bar: none of {contracts} is stored between {start} and {end}")]
    NoRows { contracts: String, start: UnixNanos, end: UnixNanos },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the build stopped: {0}")]
    Work(tokio::task::JoinError),
}

/// Where progress goes: step in words, units done, units in all.
pub(crate) type Progress<'a> = &'a (dyn Fn(String, u64, u64) + Send + Sync);

/// The range of a build, resolved.
#[derive(Clone, Debug)]
struct Range {
    from: TradeDate,
    to: TradeDate,
    as_of: UnixNanos,
    sessions: Vec<Session>,
}

/// Builds a series and stores its manifest; the same inputs give the same manifest.
pub(crate) async fn run(
    library: &Arc<Library>,
    request: BuildRequest,
    progress: Progress<'_>,
) -> Result<DatasetManifest, BuildError> {
    let began = Instant::now();
    let stored = library.store.contracts(request.root).await?;
    let range = resolve_range(&library.calendar, &request, &stored)?;
    let chain = chain::choose(&library.calendar, &request, &stored, range.from, range.as_of)?;
    let contracts = read_contracts(library, &chain, &stored, progress).await?;
    let steps = contracts.len() as u64 + 2;
    progress("stitching".to_owned(), steps - 2, steps);
    let work = Work { calendar: library.calendar.clone(), policy: request.policy, range, chain, contracts };
    let (work, outcome) = tokio::task::spawn_blocking(move || {
        let outcome = work.stitch();
        (work, outcome)
    })
    .await
    .map_err(BuildError::Work)?;
    let manifest = work.manifest(&request, &stored, outcome?);
    progress("storing".to_owned(), steps - 1, steps);
    library.store.put_dataset(&manifest).await?;
    report(library, &manifest);
    library.metrics.build_seconds.observe(began.elapsed().as_secs_f64());
    progress("done".to_owned(), steps, steps);
    Ok(manifest)
}

fn resolve_range(
    calendar: &Calendar,
    request: &BuildRequest,
    stored: &[ContractManifest],
) -> Result<Range, BuildError> {
    let first = stored.iter().map(|manifest| manifest.first_time).min();
    let last = stored.iter().map(|manifest| manifest.last_time).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Err(BuildError::NothingStored { root: request.root });
    };
    let from = request.from.map_or_else(|| calendar.trade_date_at_or_after(first), Ok)?;
    let to = request.to.map_or_else(|| calendar.trade_date_at_or_after(last), Ok)?;
    let sessions = calendar.sessions(from, to)?.to_vec();
    let (Some(start), Some(end)) = (sessions.first().map(Session::open), sessions.last().map(Session::close)) else {
        return Err(BuildError::NoSession { from, to });
    };
    // The end of the range, never the newest roll stored: a longer history must not change an old series.
    let as_of = request.as_of.unwrap_or(end);
    if as_of <= start {
        return Err(BuildError::AsOfTooEarly { as_of, from, start });
    }
    Ok(Range { from, to, as_of, sessions })
}

async fn read_contracts(
    library: &Library,
    chain: &Chain,
    stored: &[ContractManifest],
    progress: Progress<'_>,
) -> Result<Vec<(ContractSymbol, Bars)>, BuildError> {
    let steps = chain.contracts.len() as u64 + 2;
    let mut contracts = Vec::with_capacity(chain.contracts.len());
    for manifest in stored.iter().filter(|manifest| chain.contracts.contains(&manifest.contract)) {
        progress(format!("reading {}", manifest.contract), contracts.len() as u64, steps);
        contracts.push((manifest.contract, library.store.read(manifest).await?));
    }
    Ok(contracts)
}

/// All that the computation needs, owned, so that it runs off the asynchronous threads.
struct Work {
    calendar: Calendar,
    policy: RollPolicy,
    range: Range,
    chain: Chain,
    contracts: Vec<(ContractSymbol, Bars)>,
}

/// What the computation gives.
struct Outcome {
    rolls: Vec<RollEvidence>,
    request: SeriesRequest,
    series: Stitched,
    gaps: u64,
}

impl Work {
    fn stitch(&self) -> Result<Outcome, BuildError> {
        let rolls = self.chain.rolls.iter().map(|roll| self.measure(roll)).collect::<Result<Vec<_>, _>>()?;
        let (start, end) = self.bounds();
        let request = SeriesRequest {
            adjustment: self.chain.adjustment,
            start: self.chain.active_from.map_or(start, |active_from| active_from.max(start)),
            end,
            as_of: self.range.as_of,
        };
        let contracts: Vec<(ContractSymbol, &Bars)> =
            self.contracts.iter().map(|(contract, bars)| (*contract, bars)).collect();
        let series = stitch(&contracts, &rolls, &request)?;
        if series.bars.is_empty() {
            let names: Vec<String> = self.chain.contracts.iter().map(ToString::to_string).collect();
            return Err(BuildError::NoRows { contracts: names.join(", "), start: request.start, end: request.end });
        }
        let gaps = session_gaps(series.bars.view(), &within(&self.range.sessions, &series.bars)).len() as u64;
        Ok(Outcome { rolls, request, series, gaps })
    }

    fn measure(&self, roll: &ScheduledRoll) -> Result<RollEvidence, SpreadError> {
        let none = Bars::default();
        let bars = |contract: ContractSymbol| {
            self.contracts.iter().find(|(other, _)| *other == contract).map_or(&none, |(_, bars)| bars)
        };
        measure_spread(roll, bars(roll.from).view(), bars(roll.to).view(), &self.policy, &self.calendar)
    }

    /// Open of the first session and close of the last; a resolved range has at least one.
    fn bounds(&self) -> (UnixNanos, UnixNanos) {
        let first = self.range.sessions.first().map(Session::open).unwrap_or_default();
        let last = self.range.sessions.last().map(Session::close).unwrap_or_default();
        (first, last)
    }

    fn manifest(&self, request: &BuildRequest, stored: &[ContractManifest], outcome: Outcome) -> DatasetManifest {
        let used = |manifest: &&ContractManifest| self.chain.contracts.contains(&manifest.contract);
        let inputs = DatasetInputs {
            format: DatasetInputs::FORMAT,
            root: request.root,
            bar: BAR.to_owned(),
            method: request.method.name().to_owned(),
            from: self.range.from,
            to: self.range.to,
            as_of: self.range.as_of,
            calendar_sha256: self.calendar.sha256(),
            roll_policy: request.policy_text(),
            roll_table: request.roll_table.clone(),
            contracts: stored
                .iter()
                .filter(used)
                .map(|manifest| ContractInput { contract: manifest.contract, content_sha256: manifest.content_sha256 })
                .collect(),
        };
        let sources: BTreeSet<_> =
            stored.iter().filter(used).flat_map(|manifest| &manifest.sources).map(|source| source.sha256).collect();
        let Outcome { rolls, request: series_request, series, gaps } = outcome;
        let at = |ts: Option<&i64>| UnixNanos::from_nanos(ts.copied().unwrap_or(0));
        DatasetManifest {
            dataset_id: inputs.dataset_id(),
            inputs,
            start: series_request.start,
            end: series_request.end,
            content_sha256: content_digest(&series.bars),
            rows_in: series.rows_in,
            rows_out: series.rows_out,
            gaps_detected: gaps,
            duplicates_removed: series.duplicates_removed,
            rows_inactive: series.rows_inactive,
            first_time: at(series.bars.ts.first()),
            last_time: at(series.bars.ts.last()),
            rolls: rolls
                .iter()
                .zip(&series.cumulative_adjustments)
                .map(|(roll, cumulative)| RollRecord::new(roll, *cumulative))
                .collect(),
            sources: sources.into_iter().collect(),
        }
    }
}

/// The sessions from the first to the last bar, the outer two cut at these bars: where the data begin and end says
/// nothing about minutes missing in them.
pub(crate) fn within(sessions: &[Session], bars: &Bars) -> Vec<Session> {
    let (Some(first), Some(last)) = (bars.ts.first(), bars.ts.last()) else { return Vec::new() };
    let past = last.saturating_add(Bars::DURATION_NS);
    let mut inside = Vec::new();
    for session in sessions {
        let mut session = session.clone();
        for segment in &mut session.segments {
            segment.open = segment.open.max(UnixNanos::from_nanos(*first));
            segment.close = segment.close.min(UnixNanos::from_nanos(past));
        }
        session.segments.retain(|segment| segment.open < segment.close);
        if !session.segments.is_empty() {
            inside.push(session);
        }
    }
    inside
}

/// Counts and logs what was built, in the words of the runbook.
fn report(library: &Library, manifest: &DatasetManifest) {
    let inputs = &manifest.inputs;
    for roll in &manifest.rolls {
        library.metrics.roll_events.inc();
        tracing::info!(
            event = "roll_event",
            root = %inputs.root,
            from_symbol = %roll.from_symbol,
            to_symbol = %roll.to_symbol,
            roll_ts = %roll.roll_ts,
            roll_policy_version = inputs.roll_policy,
            spread = %roll.spread,
            spread_time = %roll.spread_time,
            dataset_id = %manifest.dataset_id,
            "roll_event"
        );
        tracing::info!(
            event = "back_adjust_event",
            adjustment_points = %roll.spread,
            cumulative_adjustment = %roll.cumulative_adjustment,
            method = inputs.method,
            from_symbol = %roll.from_symbol,
            to_symbol = %roll.to_symbol,
            dataset_id = %manifest.dataset_id,
            "back_adjust_event"
        );
    }
    tracing::info!(
        event = "continuous_stitch_event",
        rows_in = manifest.rows_in,
        rows_out = manifest.rows_out,
        gaps_detected = manifest.gaps_detected,
        duplicates_removed = manifest.duplicates_removed,
        rows_inactive = manifest.rows_inactive,
        root = %inputs.root,
        method = inputs.method,
        dataset_id = %manifest.dataset_id,
        content_sha256 = %manifest.content_sha256,
        "continuous_stitch_event"
    );
}
