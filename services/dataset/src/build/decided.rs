//! A chain whose rolls are decided by volume or open interest.
//!
//! Decisions are taken one after the other from the earliest stored contract on, whatever range is built, so that a range
//! does not choose its own rolls. When the earliest contract became the front one, its own data cannot tell: it is taken
//! to be so from the latest possible instant on, the fallback's roll out of the contract before it or that one's end.

use peaktrade_continuous::{
    Compared, DailyCount, DailyVolumes, DataTrigger, Decision, Question, decide, open_interest,
};
use peaktrade_domain::{Calendar, ContractSymbol, RollPolicy, ScheduledRoll, TradeDate, UnixNanos};
use peaktrade_store::{ContractManifest, ExplicitRoll};

use super::BuildError;
use super::chain::{Chain, ChainError};
use super::facts::Facts;
use super::request::BuildRequest;
use crate::library::Library;

/// A chain, and what its rolls rest on.
pub(crate) struct Decided {
    pub(crate) chain: Chain,
    /// One for each roll of the chain.
    pub(crate) decisions: Vec<Decision>,
    /// The rolls, and the one by which the first contract is taken to have become active, as they enter the identity.
    pub(crate) table: Vec<ExplicitRoll>,
}

/// Decides the rolls up to `as_of` and keeps those of the range.
pub(crate) async fn choose(
    library: &Library,
    request: &BuildRequest,
    trigger: &DataTrigger,
    stored: &[ContractManifest],
    (from, as_of): (TradeDate, UnixNanos),
    facts: &mut Facts<'_>,
) -> Result<Decided, BuildError> {
    let calendar = &library.calendar;
    let Some(first) = stored.first() else { return Err(BuildError::NothingStored { root: request.root }) };
    let start = calendar.session_on_or_after(from)?.open();
    let assumed = latest_roll_into(calendar, &request.policy, trigger, first.contract);
    let active_from = assumed.map_or(first.first_time, |roll| roll.roll_ts.max(first.first_time));
    let mut decisions: Vec<Decision> = Vec::new();
    let mut since = calendar.trade_date_at_or_after(active_from)?;
    let mut left = Counts::read(library, trigger, first, facts).await?;
    for pair in stored.windows(2) {
        let (current, next) = (&pair[0], &pair[1]);
        if current.contract.next_quarterly() != Some(next.contract) {
            check_hole(calendar, current.contract, next.contract, as_of)?;
            break;
        }
        let right = Counts::read(library, trigger, next, facts).await?;
        let question = Question {
            from: current.contract,
            to: next.contract,
            from_counts: &left.leaving,
            to_counts: &right.entering,
            since,
            as_of,
        };
        let Some(decision) = decide(trigger, &request.policy, calendar, &question)? else {
            let end = calendar.last_trade_time(current.contract)?;
            if end <= as_of {
                let (from, to, trigger) = (current.contract, next.contract, trigger.to_string());
                return Err(BuildError::NeverMet { from, to, trigger, end });
            }
            break;
        };
        since = calendar.trade_date_at_or_after(decision.roll.roll_ts)?;
        decisions.push(decision);
        left = right;
    }
    let is_in_range = |roll: &ScheduledRoll| roll.trade_date >= from || roll.roll_ts > start;
    let before = decisions.iter().filter(|decision| !is_in_range(&decision.roll)).count();
    let decisions = decisions.split_off(before);
    let opening = stored.get(before).map_or(first.contract, |manifest| manifest.contract);
    let contracts: Vec<ContractSymbol> =
        std::iter::once(opening).chain(decisions.iter().map(|decision| decision.roll.to)).collect();
    let rolls: Vec<ScheduledRoll> = decisions.iter().map(|decision| decision.roll).collect();
    let assumed = assumed.filter(|roll| before == 0 && roll.roll_ts > start);
    let table = assumed.iter().chain(&rolls).map(|roll| ExplicitRoll {
        from_symbol: roll.from,
        to_symbol: roll.to,
        roll_ts: roll.roll_ts,
    });
    let table = table.collect();
    let active_from = assumed.map(|roll| roll.roll_ts);
    let chain = Chain { contracts, rolls, active_from, active_until: None, adjustment: request.method };
    Ok(Decided { chain, decisions, table })
}

/// The counts of one contract, as the one that is left and as the one that is entered.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) leaving: Vec<DailyCount>,
    pub(crate) entering: Vec<DailyCount>,
}

impl Counts {
    pub(crate) async fn read(
        library: &Library,
        trigger: &DataTrigger,
        manifest: &ContractManifest,
        facts: &mut Facts<'_>,
    ) -> Result<Self, BuildError> {
        match trigger.compared {
            Compared::OpenInterest => {
                let counts = open_interest(facts.of(manifest.contract).await?);
                Ok(Self { leaving: counts.clone(), entering: counts })
            }
            Compared::Volume => {
                let mut volumes = DailyVolumes::default();
                for month in &manifest.months {
                    let bars = library.months.get(&library.store, manifest.contract, month).await?;
                    volumes
                        .add(bars.view(), &library.calendar)
                        .map_err(|source| BuildError::Volume { contract: manifest.contract, source })?;
                }
                Ok(Self { leaving: volumes.whole_counts(&library.calendar)?, entering: volumes.counts() })
            }
        }
    }
}

/// The latest roll that can have led into a contract; `None` where there is no contract before it that the calendar knows.
pub(crate) fn latest_roll_into(
    calendar: &Calendar,
    policy: &RollPolicy,
    trigger: &DataTrigger,
    contract: ContractSymbol,
) -> Option<ScheduledRoll> {
    let before = contract.previous_quarterly()?;
    if let Some(otherwise) = trigger.otherwise {
        return RollPolicy { trigger: otherwise, ..*policy }.roll_of(calendar, before).ok();
    }
    let roll_ts = calendar.last_trade_time(before).ok()?;
    let trade_date = calendar.last_trade_date(before).ok()?;
    Some(ScheduledRoll { from: before, to: contract, trade_date, roll_ts })
}

/// A contract that is missing between two is an error once the one before it has ended.
fn check_hole(
    calendar: &Calendar,
    from: ContractSymbol,
    to: ContractSymbol,
    as_of: UnixNanos,
) -> Result<(), BuildError> {
    let Some(missing) = from.next_quarterly() else { return Ok(()) };
    if calendar.last_trade_time(from)? > as_of {
        return Ok(());
    }
    Err(ChainError::Hole { from, missing, to }.into())
}
