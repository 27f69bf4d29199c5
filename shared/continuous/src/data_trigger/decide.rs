//! When a contract is left.

use std::collections::BTreeMap;

use peaktrade_domain::{
    Calendar, CalendarError, ContractSymbol, RollError, RollPolicy, RollTrigger, ScheduledRoll, Session, TradeDate,
    UnixNanos,
};

use super::DataTrigger;
use crate::DailyCount;

/// Trade dates by which the newest counts may lag behind a decision. Open interest is a trade date behind by nature; what
/// is older than a week of missing publications says nothing of the market any more.
const LAG_SESSIONS_MAX: usize = 5;

/// One contract's roll, to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Contract rolled out of.
    pub from: ContractSymbol,
    /// Contract rolled into.
    pub to: ContractSymbol,
    /// Counts of the contract rolled out of, in order of trade date.
    pub from_counts: &'a [DailyCount],
    /// Counts of the contract rolled into, in order of trade date.
    pub to_counts: &'a [DailyCount],
    /// First trade date that counts: the one on which the contract became active.
    pub since: TradeDate,
    /// Instant of knowledge; rolls after it have not happened.
    pub as_of: UnixNanos,
}

/// Why a contract is left when it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The roll.
    pub roll: ScheduledRoll,
    /// What decided.
    pub by: DecidedBy,
}

/// What decided a roll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// The counts of these trade dates, all that were asked for, in order.
    Counts {
        /// Trade date after whose close the decision was taken.
        decided_on: TradeDate,
        /// What was compared.
        days: Vec<ComparedDay>,
    },
    /// The latest possible date came before the counts had spoken.
    Otherwise(RollTrigger),
}

/// One trade date's counts of both contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComparedDay {
    /// The trade date.
    pub trade_date: TradeDate,
    /// Of the contract rolled out of.
    pub from: u64,
    /// Of the contract rolled into.
    pub to: u64,
    /// The instant from which both were known.
    pub known_at: UnixNanos,
}

/// Decides when a contract is left; `None` where that has not happened by the instant of knowledge.
///
/// After the close of each trade date the newest counts that were known by then are looked at; where the ratio holds on
/// them and on the trade dates before them, as many in a row as the trigger asks for, the roll is on the next trade date,
/// at `policy`'s instant. A trade date without counts of both contracts ends a row. The roll of a fallback is the latest
/// possible; without one a contract that ends before its counts have spoken is an answer of `None`. A fallback's roll
/// that lies past the calendar's end has not come, and its date bounds nothing.
///
/// # Errors
/// Where the calendar does not answer for the time up to the instant of knowledge, or the fallback's roll cannot be
/// scheduled.
pub fn decide(
    trigger: &DataTrigger,
    policy: &RollPolicy,
    calendar: &Calendar,
    question: &Question<'_>,
) -> Result<Option<Decision>, RollError> {
    let fallback = match trigger.otherwise {
        Some(otherwise) => latest(otherwise, policy, calendar, question)?.map(|roll| (otherwise, roll)),
        None => None,
    };
    let latest = fallback.as_ref().map(|(_, roll)| roll.trade_date);
    let by_counts = by_counts(trigger, policy, calendar, question, latest)?;
    let otherwise = || fallback.map(|(otherwise, roll)| Decision { roll, by: DecidedBy::Otherwise(otherwise) });
    Ok(by_counts.or_else(otherwise).filter(|decision| decision.roll.roll_ts <= question.as_of))
}

/// The fallback's roll; `None` where it lies past the calendar's end.
fn latest(
    otherwise: RollTrigger,
    policy: &RollPolicy,
    calendar: &Calendar,
    question: &Question<'_>,
) -> Result<Option<ScheduledRoll>, RollError> {
    let policy = RollPolicy { trigger: otherwise, ..*policy };
    match policy.roll_of(calendar, question.from) {
        Ok(roll) => Ok(Some(ScheduledRoll { to: question.to, ..roll })),
        Err(RollError::Calendar(CalendarError::OutOfRange { .. }))
            if calendar.last_trade_date(question.from)? > calendar.valid_to() =>
        {
            // The schedule refuses where the roll may lie within what is asked about after all.
            let known = calendar.trade_date_at_or_after(question.as_of).unwrap_or(calendar.valid_to());
            policy.schedule(calendar, question.from.root(), question.since.min(known), known)?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn by_counts(
    trigger: &DataTrigger,
    policy: &RollPolicy,
    calendar: &Calendar,
    question: &Question<'_>,
    latest: Option<TradeDate>,
) -> Result<Option<Decision>, RollError> {
    let last = calendar.last_trade_date(question.from)?.min(calendar.valid_to());
    if question.since > last {
        return Ok(None);
    }
    let end = calendar.last_trade_time(question.from)?;
    let sessions = calendar.sessions(question.since, last)?;
    let days = both(question);
    for (at, pair) in sessions.windows(2).enumerate() {
        let (closed, next) = (&pair[0], &pair[1]);
        if closed.close() > question.as_of || latest.is_some_and(|latest| next.trade_date > latest) {
            break;
        }
        let Some(row) = row(trigger, &sessions[..=at], &days, closed) else { continue };
        let roll_ts = policy.instant.on(calendar, next.trade_date)?;
        if roll_ts >= end {
            break;
        }
        let roll = ScheduledRoll { from: question.from, to: question.to, trade_date: next.trade_date, roll_ts };
        return Ok(Some(Decision { roll, by: DecidedBy::Counts { decided_on: closed.trade_date, days: row } }));
    }
    Ok(None)
}

/// The trade dates that speak for a roll after the close of the last of the sessions; `None` where they do not.
fn row(
    trigger: &DataTrigger,
    sessions: &[Session],
    days: &BTreeMap<TradeDate, ComparedDay>,
    closed: &Session,
) -> Option<Vec<ComparedDay>> {
    let known = |session: &Session| days.get(&session.trade_date).copied().filter(|day| day.known_at <= closed.close());
    let newest = sessions.iter().rev().take(LAG_SESSIONS_MAX + 1).position(|session| known(session).is_some())?;
    let past = sessions.len() - newest;
    let first = past.checked_sub(usize::from(trigger.sessions))?;
    let row: Option<Vec<ComparedDay>> = sessions[first..past].iter().map(known).collect();
    row.filter(|row| row.iter().all(|day| trigger.is_met(day.from, day.to)))
}

/// Trade dates with counts of both contracts.
fn both(question: &Question<'_>) -> BTreeMap<TradeDate, ComparedDay> {
    let to: BTreeMap<TradeDate, DailyCount> =
        question.to_counts.iter().map(|count| (count.trade_date, *count)).collect();
    let compared = |from: &DailyCount| {
        let to = to.get(&from.trade_date)?;
        let known_at = from.contracts.known_at.max(to.contracts.known_at);
        let (trade_date, from, to) = (from.trade_date, from.contracts.value, to.contracts.value);
        Some((trade_date, ComparedDay { trade_date, from, to, known_at }))
    };
    question.from_counts.iter().filter_map(compared).collect()
}
