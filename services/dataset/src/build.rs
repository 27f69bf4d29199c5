//! BuildContinuous: from stored contracts to a roll table with its evidence, a digest of the rows and a manifest.

pub(crate) mod chain;
pub(crate) mod decided;
mod events;
pub(crate) mod facts;
mod making;
mod measured;
pub(crate) mod request;
pub(crate) mod spreads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use peaktrade_continuous::{
    BandError, ContractFiles, DailyFact, DailyVolumeError, Decision, PlanError, RollEvidence, SeriesPlan,
    SeriesRequest, Shift, SpreadError, cumulative_shifts,
};
use peaktrade_domain::{
    Calendar, CalendarError, ContractRoot, ContractSymbol, RollError, RollTableError, Session, SpreadMethod, TradeDate,
    UnixNanos,
};
use peaktrade_store::{
    ContractInput, ContractManifest, DatasetInputs, DatasetManifest, ExplicitRoll, RollRecord, StoreError,
};

use self::chain::{Chain, ChainError};
use self::facts::Facts;
use self::making::{Made, Making};
use self::request::BuildRequest;
use crate::library::Library;
use crate::series::{self, Series, SeriesError, Shape};

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
    #[error(
        "{from} never rolls into {to} by {trigger}: it ended at {end} before the counts had spoken; |else: with a trigger of the calendar names the latest possible date"
    )]
    NeverMet { from: ContractSymbol, to: ContractSymbol, trigger: String, end: UnixNanos },
    #[error(transparent)]
    Spread(#[from] SpreadError),
    #[error("{contract}: {source}")]
    Volume { contract: ContractSymbol, source: DailyVolumeError },
    #[error(transparent)]
    Band(#[from] Box<BandError>),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("the series has no bar: none of {contracts} is stored between {start} and {end}")]
    NoRows { contracts: String, start: UnixNanos, end: UnixNanos },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Series(#[from] SeriesError),
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
    let plan = Plan::new(library, &request, &stored, &range).await?;
    let stored = plan.used(stored);
    let work = Work { library, progress, request: &request, range, plan, stored };
    let outcome = work.stitch().await?;
    let manifest = work.manifest(outcome);
    let steps = work.steps();
    progress("storing".to_owned(), steps - 1, steps);
    let is_new = library.store.put_dataset(&manifest).await?;
    events::record(&library.metrics, &manifest, is_new);
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

/// Where a series rolls, and what that rests on.
struct Plan {
    chain: Chain,
    /// One for each roll where the data decided.
    decisions: Vec<Decision>,
    /// Rolls that are part of the identity.
    table: Vec<ExplicitRoll>,
    /// Settlement prices of the chain's contracts, where they are the spread.
    facts: BTreeMap<ContractSymbol, Vec<DailyFact>>,
    /// Facts that decided anything, by their digests.
    settlements: Vec<ContractInput>,
}

impl Plan {
    /// Chooses contracts and rolls, and reads the facts that they are measured with.
    async fn new(
        library: &Library,
        request: &BuildRequest,
        stored: &[ContractManifest],
        range: &Range,
    ) -> Result<Self, BuildError> {
        let mut facts = Facts::newest(&library.store);
        let (chain, decisions, table) = match &request.data_trigger {
            None => {
                let chain = chain::choose(&library.calendar, request, stored, range.from, range.as_of)?;
                (chain, Vec::new(), request.roll_table.clone())
            }
            Some(trigger) => {
                let decided =
                    decided::choose(library, request, trigger, stored, (range.from, range.as_of), &mut facts).await?;
                (decided.chain, decided.decisions, decided.table)
            }
        };
        let mut of_spread = BTreeMap::new();
        if request.policy.spread == SpreadMethod::Settlement {
            for contract in &chain.contracts {
                of_spread.insert(*contract, facts.of(*contract).await?.to_vec());
            }
        }
        let settlements = facts.inputs(&chain.contracts);
        Ok(Self { chain, decisions, table, facts: of_spread, settlements })
    }

    /// The manifests of the chain's contracts.
    fn used(&self, stored: Vec<ContractManifest>) -> Vec<ContractManifest> {
        stored.into_iter().filter(|manifest| self.chain.contracts.contains(&manifest.contract)).collect()
    }

    fn facts(&self, contract: ContractSymbol) -> &[DailyFact] {
        self.facts.get(&contract).map_or(&[][..], Vec::as_slice)
    }
}

/// The rolls of a policy over what is stored, measured and not stored.
pub(crate) struct MeasuredRolls {
    pub(crate) rolls: Vec<RollEvidence>,
    /// One for each roll where the data decided; none where the calendar did.
    pub(crate) decisions: Vec<Decision>,
    /// Bars of the contracts that they were measured on.
    pub(crate) stored: Vec<ContractManifest>,
}

/// Measures the rolls that a build would have.
pub(crate) async fn rolls(library: &Library, request: &BuildRequest) -> Result<MeasuredRolls, BuildError> {
    let stored = library.store.contracts(request.root).await?;
    let range = resolve_range(&library.calendar, request, &stored)?;
    let plan = Plan::new(library, request, &stored, &range).await?;
    let stored = plan.used(stored);
    let mut rolls = Vec::with_capacity(plan.chain.rolls.len());
    for roll in &plan.chain.rolls {
        let facts = [plan.facts(roll.from), plan.facts(roll.to)];
        let Some(measured) = spreads::measure(library, roll, request, range.as_of, &stored, facts).await? else {
            break;
        };
        rolls.push(measured);
    }
    Ok(MeasuredRolls { rolls, decisions: plan.decisions, stored })
}

/// What a build works on: the range, the contracts of the chain and where it rolls.
struct Work<'a> {
    library: &'a Arc<Library>,
    progress: Progress<'a>,
    request: &'a BuildRequest,
    range: Range,
    plan: Plan,
    /// Newest manifests of the chain's contracts, in order of expiry.
    stored: Vec<ContractManifest>,
}

/// What a build finds out.
struct Outcome {
    rolls: Vec<RollEvidence>,
    shifts: Vec<Shift>,
    request: SeriesRequest,
    made: Made,
    /// Open of the first and of the last bar.
    reach: (UnixNanos, UnixNanos),
    rows_in: u64,
}

impl Work<'_> {
    /// Measures the rolls, then walks the series once. No more than a few months are in memory at a time.
    async fn stitch(&self) -> Result<Outcome, BuildError> {
        let mut rolls = Vec::with_capacity(self.plan.chain.rolls.len());
        let mut unmeasured = None;
        for (done, roll) in (0_u64..).zip(&self.plan.chain.rolls) {
            (self.progress)(format!("measuring {} -> {}", roll.from, roll.to), done, self.steps());
            let facts = [self.plan.facts(roll.from), self.plan.facts(roll.to)];
            let as_of = self.range.as_of;
            let measured = spreads::measure(self.library, roll, self.request, as_of, &self.stored, facts).await?;
            let Some(measured) = measured else {
                // The roll has come and nobody can say yet by how much: the series ends at it.
                unmeasured = Some(roll.roll_ts);
                break;
            };
            rolls.push(measured);
        }
        let (start, end) = self.bounds();
        // A contract that was rolled out of is not the front one any more, whether or not the next one is stored.
        let end = [unmeasured, self.plan.chain.active_until].into_iter().flatten().fold(end, UnixNanos::min);
        let request = SeriesRequest {
            adjustment: self.plan.chain.adjustment,
            snap: if self.request.is_snapped {
                series::tick_grid(&self.library.calendar, self.request.root)?
            } else {
                None
            },
            start: self.plan.chain.active_from.map_or(start, |active_from| active_from.max(start)),
            end,
            as_of: self.range.as_of,
        };
        let stored = series::with_measured_rolls(&self.stored, &rolls);
        let files: Vec<ContractFiles> = stored.iter().map(series::contract_files).collect();
        let plan = SeriesPlan::new(&files, &rolls, &request)?;
        let series = Arc::new(Series::new(plan, stored, None));
        let bars = (self.request.bar, self.request.hours);
        let shape = Shape::new(bars, &self.range.sessions, &rolls, &request);
        let made = self.walk(&series, shape.as_ref()).await?;
        let Some(reach) = made.summary.reach else {
            let names: Vec<String> = self.plan.chain.contracts.iter().map(ToString::to_string).collect();
            return Err(BuildError::NoRows { contracts: names.join(", "), start: request.start, end: request.end });
        };
        let rows_in = series.rows_within(self.library).await?;
        let shifts = cumulative_shifts(&rolls, &request)?;
        Ok(Outcome { rolls, shifts, request, made, reach, rows_in })
    }

    async fn walk(&self, series: &Arc<Series>, shape: Option<&Shape>) -> Result<Made, BuildError> {
        let pieces = &series.plan.pieces;
        let mut minutes = series::minutes(self.library, series, 0..pieces.len());
        let mut making = Making::new(&self.range.sessions, self.request.hours, shape);
        let mut contract = None;
        let mut done = self.plan.chain.rolls.len() as u64;
        for piece in pieces {
            if contract != Some(piece.rows.contract) {
                contract = Some(piece.rows.contract);
                (self.progress)(format!("stitching {}", piece.rows.contract), done, self.steps());
                done += 1;
            }
            if let Some(bars) = minutes.try_next().await? {
                making = making.take(bars).await?;
            }
        }
        Ok(making.finish()?)
    }

    /// Rolls to measure, contracts to walk, and the manifest to store.
    fn steps(&self) -> u64 {
        (self.plan.chain.rolls.len() + self.plan.chain.contracts.len() + 1) as u64
    }

    /// Open of the first session and close of the last; a resolved range has at least one.
    fn bounds(&self) -> (UnixNanos, UnixNanos) {
        let first = self.range.sessions.first().map(Session::open).unwrap_or_default();
        let last = self.range.sessions.last().map(Session::close).unwrap_or_default();
        (first, last)
    }

    fn manifest(&self, outcome: Outcome) -> DatasetManifest {
        let input = |manifest: &ContractManifest| ContractInput {
            contract: manifest.contract,
            content_sha256: manifest.content_sha256,
        };
        let inputs = DatasetInputs {
            format: DatasetInputs::FORMAT,
            root: self.request.root,
            bar: self.request.bar.name().to_owned(),
            method: self.request.method.name().to_owned(),
            from: self.range.from,
            to: self.range.to,
            as_of: self.range.as_of,
            calendar_sha256: self.library.calendar.sha256(),
            roll_policy: self.request.policy_text(),
            roll_table: self.plan.table.clone(),
            contracts: self.stored.iter().map(input).collect(),
            settlements: self.plan.settlements.clone(),
            variant: self.request.variant(),
        };
        let sources: BTreeSet<_> =
            self.stored.iter().flat_map(|manifest| &manifest.sources).map(|source| source.sha256).collect();
        let Outcome { rolls, shifts, request, made, reach, rows_in } = outcome;
        let Made { summary, gaps, non_positive, minutes } = made;
        DatasetManifest {
            dataset_id: inputs.dataset_id(),
            inputs,
            start: request.start,
            end: request.end,
            content_sha256: summary.content_sha256,
            rows_in,
            rows_out: summary.rows,
            gaps_detected: gaps,
            // Segments do not overlap, and the tally refuses a bar that does not come after the one before it.
            duplicates_removed: 0,
            rows_inactive: rows_in - minutes.taken - minutes.outside_hours - minutes.not_over,
            nonpositive_rows: non_positive.rows,
            first_nonpositive_time: non_positive.first,
            minutes_outside_session: minutes.outside_hours,
            minutes_unfinished: minutes.not_over,
            first_time: reach.0,
            last_time: reach.1,
            rolls: rolls.iter().zip(&shifts).map(|(roll, cumulative)| RollRecord::new(roll, cumulative)).collect(),
            sources: sources.into_iter().collect(),
        }
    }
}
