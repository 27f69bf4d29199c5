//! The whole evidence of a dataset's rolls: computed when it is asked for, from the bars and facts that the dataset names
//! by their digests, so that nothing of it has to be stored and anybody can repeat it.

use peaktrade_continuous::{
    Candidate, DataTrigger, DecidedBy, Decision, Dispersion, MEDIAN_MINUTES, Question, RollEvidence, RollLegs,
    candidates, decide, dispersion, explain, explain_candidates, explain_decision, explain_dispersion,
};
use peaktrade_domain::{ContractSymbol, RollInstant, RollPolicy, ScheduledRoll, SpreadMethod, UnixNanos};
use peaktrade_store::{ContractManifest, DatasetManifest};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::timestamp;
use tonic::Status;

use crate::build::decided::{Counts, latest_roll_into};
use crate::build::facts::Facts;
use crate::build::request::RATIO_BY_SPREAD;
use crate::build::spreads::{After, read_legs};
use crate::library::Library;
use crate::status;
use crate::wire as to_wire;

/// Explains every roll of a dataset.
pub(crate) async fn explanations(
    library: &Library,
    manifest: &DatasetManifest,
) -> Result<Vec<wire::RollExplanation>, Status> {
    let unreadable = |error: &dyn std::fmt::Display| Status::data_loss(format!("{}: {error}", manifest.dataset_id));
    let adjustment = manifest.inputs.method.parse().map_err(|error| unreadable(&error))?;
    let rule = Rule::read(&manifest.inputs.roll_policy).ok_or_else(|| unreadable(&"its roll policy cannot be read"))?;
    let mut facts = Facts::pinned(&library.store, &manifest.inputs.settlements);
    let mut explanations = Vec::with_capacity(manifest.rolls.len());
    let mut counts = None;
    for (at, record) in manifest.rolls.iter().enumerate() {
        let measured = record.to_evidence().map_err(|error| unreadable(&error))?;
        let (from, to) =
            (pinned(library, manifest, measured.from).await?, pinned(library, manifest, measured.to).await?);
        let said = say(library, &measured, &rule, [&from, &to], &mut facts).await?;
        let bound = rule.policy.max_stale_session_minutes;
        let mut text = explain(&measured, adjustment, record.cumulative_adjustment, bound);
        if let Some(scatter) = &said.scatter {
            text.push_str(&explain_dispersion(scatter, bound));
        }
        text.push_str(&format!(" {}", explain_candidates(&said.candidates, measured.method)));
        let mut roll = to_wire::roll(record);
        if let Some(trigger) = &rule.trigger {
            let since = active_since(library, manifest, (&rule, trigger), at, &from);
            let repeated = Repeated { policy: &rule.policy, trigger, roll: &measured, since };
            match repeated.decision(library, [&from, &to], &mut counts, &mut facts).await? {
                Some(decision) => {
                    text.push_str(&format!(" {}", explain_decision(trigger, &decision)));
                    roll.decision = Some(self::decision(&decision));
                }
                None => text.push_str(&format!(
                    " The decision by {trigger} cannot be repeated from what the dataset names: more was known when it was taken."
                )),
            }
        }
        name_inputs(&mut roll, [&from, &to]);
        said.fill(&mut roll);
        explanations.push(wire::RollExplanation { roll: Some(roll), text });
    }
    Ok(explanations)
}

/// The instants from which the contract that a roll leaves can have been the active one, the likeliest first: the roll
/// before it. For the first roll the one by which the build took the contract to have become active, or where the range
/// begins later and the dataset does not name it, the latest possible one and the begin of the contract's bars. The begin
/// of the range is none of these: a range chooses no rolls.
fn active_since(
    library: &Library,
    manifest: &DatasetManifest,
    (rule, trigger): (&Rule, &DataTrigger),
    at: usize,
    from: &ContractManifest,
) -> Vec<UnixNanos> {
    if let Some(before) = at.checked_sub(1).and_then(|before| manifest.rolls.get(before)) {
        return vec![before.roll_ts];
    }
    let named = manifest.inputs.roll_table.iter().find(|row| row.to_symbol == from.contract).map(|row| row.roll_ts);
    let latest = || Some(latest_roll_into(&library.calendar, &rule.policy, trigger, from.contract)?.roll_ts);
    let mut since: Vec<UnixNanos> = named.or_else(latest).into_iter().map(|at| at.max(from.first_time)).collect();
    since.push(from.first_time);
    since
}

/// A policy as a manifest names it.
struct Rule {
    policy: RollPolicy,
    trigger: Option<DataTrigger>,
}

impl Rule {
    /// Reads `trigger@instant/spread/bound`, or `roll_table/spread/bound`; a revision may stand behind either.
    fn read(text: &str) -> Option<Self> {
        let text = text.strip_suffix(RATIO_BY_SPREAD).unwrap_or(text);
        let (rest, bound) = text.rsplit_once('/')?;
        let (when, spread) = rest.rsplit_once('/')?;
        let spread: SpreadMethod = spread.parse().ok()?;
        let max_stale_session_minutes = bound.parse().ok()?;
        let mut policy = RollPolicy { spread, max_stale_session_minutes, ..RollPolicy::STANDARD };
        let mut trigger = None;
        if let Some((name, instant)) = when.split_once('@') {
            policy.instant = instant.parse::<RollInstant>().ok()?;
            match name.parse::<DataTrigger>() {
                Ok(of_data) => trigger = Some(of_data),
                Err(_) => policy.trigger = name.parse().ok()?,
            }
        }
        Some(Self { policy, trigger })
    }
}

/// What the methods say of one roll.
struct Said {
    candidates: Vec<Candidate>,
    scatter: Option<Dispersion>,
    applied: SpreadMethod,
}

impl Said {
    fn fill(&self, roll: &mut wire::Roll) {
        roll.spread_deviation = self.scatter.as_ref().map(|scatter| scatter.deviation.to_string()).unwrap_or_default();
        roll.candidates = self.candidates.iter().map(|candidate| self::candidate(candidate, self.applied)).collect();
    }
}

/// Names the bars that a roll was measured on, old contract and new one, and the vendor files that they come from.
pub(crate) fn name_inputs(roll: &mut wire::Roll, [from, to]: [&ContractManifest; 2]) {
    let sources = |manifest: &ContractManifest| {
        manifest.sources.iter().map(|source| source.sha256.to_string()).collect::<Vec<_>>()
    };
    roll.from_content_sha256 = from.content_sha256.to_string();
    roll.to_content_sha256 = to.content_sha256.to_string();
    roll.from_source_sha256 = sources(from);
    roll.to_source_sha256 = sources(to);
}

async fn say(
    library: &Library,
    roll: &RollEvidence,
    rule: &Rule,
    [from, to]: [&ContractManifest; 2],
    facts: &mut Facts<'_>,
) -> Result<Said, Status> {
    let failed = |error| status::of_store(&error);
    let scheduled = ScheduledRoll { from: roll.from, to: roll.to, trade_date: roll.trade_date, roll_ts: roll.roll_ts };
    let months = [&from.months[..], &to.months[..]];
    let [from, to] = read_legs(library, &scheduled, roll.method, After::FirstBar, months).await.map_err(failed)?;
    let from_facts = facts.of(roll.from).await.map_err(failed)?.to_vec();
    let to_facts = facts.of(roll.to).await.map_err(failed)?.to_vec();
    let legs = RollLegs { from: from.view(), to: to.view(), from_facts: &from_facts, to_facts: &to_facts };
    let policy = RollPolicy { spread: roll.method, ..rule.policy };
    let scatter = dispersion(&scheduled, &legs, MEDIAN_MINUTES, &library.calendar)
        .map_err(|error| Status::data_loss(error.to_string()))?;
    Ok(Said { candidates: candidates(&scheduled, &legs, &policy, &library.calendar), scatter, applied: roll.method })
}

/// A decision that is taken once more.
struct Repeated<'a> {
    policy: &'a RollPolicy,
    trigger: &'a DataTrigger,
    roll: &'a RollEvidence,
    /// Instants from which its contract may have been the active one.
    since: Vec<UnixNanos>,
}

impl Repeated<'_> {
    /// Decides the roll anew from what the dataset was made with; `None` where that gives another roll, because it was
    /// decided by more than the dataset names. `counts` are those of the contract that the roll before led into, and
    /// become those of the contract that this one does.
    async fn decision(
        &self,
        library: &Library,
        [from, to]: [&ContractManifest; 2],
        counts: &mut Option<(ContractSymbol, Counts)>,
        facts: &mut Facts<'_>,
    ) -> Result<Option<Decision>, Status> {
        let failed = |error| status::of_build(&error);
        let left = match counts.take().filter(|(contract, _)| *contract == from.contract) {
            Some((_, read)) => read,
            None => Counts::read(library, self.trigger, from, facts).await.map_err(failed)?,
        };
        let right = Counts::read(library, self.trigger, to, facts).await.map_err(failed)?;
        let of_calendar = |error: peaktrade_domain::CalendarError| Status::data_loss(error.to_string());
        let mut repeated = None;
        for since in &self.since {
            let question = Question {
                from: from.contract,
                to: to.contract,
                from_counts: &left.leaving,
                to_counts: &right.entering,
                since: library.calendar.trade_date_at_or_after(*since).map_err(of_calendar)?,
                as_of: self.roll.roll_ts,
            };
            let decision = decide(self.trigger, self.policy, &library.calendar, &question);
            let decision = decision.map_err(|error| Status::data_loss(error.to_string()))?;
            repeated = decision.filter(|decision| decision.roll.roll_ts == self.roll.roll_ts);
            if repeated.is_some() {
                break;
            }
        }
        *counts = Some((to.contract, right));
        Ok(repeated)
    }
}

/// The bars of a contract as the dataset was made with them.
async fn pinned(
    library: &Library,
    manifest: &DatasetManifest,
    contract: ContractSymbol,
) -> Result<ContractManifest, Status> {
    let gone = || Status::data_loss(format!("{}: the rows of {contract} are gone", manifest.dataset_id));
    let input = manifest.inputs.contracts.iter().find(|input| input.contract == contract).ok_or_else(gone)?;
    let found = library.store.contract_with_content(contract, input.content_sha256).await;
    found.map_err(|error| status::of_store(&error))?.ok_or_else(gone)
}

/// A roll that no manifest holds.
pub(crate) fn roll(roll: &RollEvidence) -> wire::Roll {
    to_wire::roll(&peaktrade_store::RollRecord::new(roll, &peaktrade_continuous::Shift::NONE))
}

/// What decided a roll.
pub(crate) fn decision(decision: &Decision) -> wire::RollDecision {
    match &decision.by {
        DecidedBy::Otherwise(trigger) => {
            wire::RollDecision { by: trigger.to_string(), ..wire::RollDecision::default() }
        }
        DecidedBy::Counts { decided_on, days } => wire::RollDecision {
            by: "counts".to_owned(),
            decided_on: decided_on.to_string(),
            days: days
                .iter()
                .map(|day| wire::ComparedDay {
                    trade_date: day.trade_date.to_string(),
                    from_contracts: day.from,
                    to_contracts: day.to,
                    known_at: Some(timestamp(day.known_at)),
                })
                .collect(),
        },
    }
}

fn candidate(candidate: &Candidate, applied: SpreadMethod) -> wire::SpreadCandidate {
    let method = candidate.method.to_string();
    let is_applied = candidate.method == applied;
    match &candidate.outcome {
        Ok(found) => wire::SpreadCandidate {
            method,
            spread: found.spread.to_string(),
            from_price: found.from_price.to_string(),
            from_time: Some(timestamp(found.spread_time)),
            to_price: found.to_price.to_string(),
            to_time: Some(timestamp(found.to_time)),
            from_volume: found.from_volume,
            to_volume: found.to_volume,
            stale_session_minutes: found.stale_session_minutes,
            is_applied,
            problem: String::new(),
            oldest_time: candidate.oldest.map(|oldest| timestamp(oldest.time)),
            oldest_session_minutes: candidate
                .oldest
                .map_or(0, |oldest| u32::try_from(oldest.stale_session_minutes).unwrap_or(u32::MAX)),
        },
        Err(error) => {
            wire::SpreadCandidate { method, is_applied, problem: error.to_string(), ..wire::SpreadCandidate::default() }
        }
    }
}
