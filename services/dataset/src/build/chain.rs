//! Which contracts a series is made of, and where it rolls.

use peaktrade_continuous::Adjustment;
use peaktrade_domain::{
    Calendar, CalendarError, ContractSymbol, RollTable, ScheduledRoll, TableRoll, TradeDate, UnixNanos,
};
use peaktrade_store::{ContractManifest, ExplicitRoll};

use super::BuildError;
use super::request::BuildRequest;

/// Contracts in order of expiry and the rolls between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) contracts: Vec<ContractSymbol>,
    /// One fewer than contracts.
    pub(crate) rolls: Vec<ScheduledRoll>,
    /// When the first contract became active, where that lies within the range; its earlier bars are a back month's
    /// and no part of the series.
    pub(crate) active_from: Option<UnixNanos>,
    /// When the last contract is rolled out of into one that is not stored; its later bars are no part of the series.
    pub(crate) active_until: Option<UnixNanos>,
    pub(crate) adjustment: Adjustment,
}

/// Stored contracts that do not make a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChainError {
    #[error(
        "{missing} has no stored bars, so {from} cannot roll into {to}; import {missing} or choose a range on one side of it"
    )]
    Hole { from: ContractSymbol, missing: ContractSymbol, to: ContractSymbol },
    #[error("{active} is active at {at} and has no stored bars; stored are {stored}")]
    ActiveMissing { active: ContractSymbol, at: UnixNanos, stored: String },
    #[error("the roll table names {contract}, which has no stored bars; stored are {stored}")]
    NotStored { contract: ContractSymbol, stored: String },
}

/// Chooses contracts and rolls: from the table where there is one, else along the policy's schedule.
pub(crate) fn choose(
    calendar: &Calendar,
    request: &BuildRequest,
    stored: &[ContractManifest],
    from: TradeDate,
    as_of: UnixNanos,
) -> Result<Chain, BuildError> {
    let stored: Vec<ContractSymbol> = stored.iter().map(|manifest| manifest.contract).collect();
    if !request.roll_table.is_empty() {
        return by_table(calendar, request, &stored, as_of);
    }
    let start = calendar.session_on_or_after(from)?.open();
    let horizon = known_until(calendar, as_of)?.max(from);
    let before = trade_date_before(calendar, from)?;
    let mut scheduled = request.policy.schedule(calendar, request.root, before.unwrap_or(from), horizon)?;
    // A roll in the evening of its trade date lies in the next one's session.
    scheduled.retain(|roll| roll.trade_date >= from || roll.roll_ts > start);
    // A roll after the instant of knowledge has not happened.
    scheduled.retain(|roll| roll.roll_ts <= as_of);
    let scheduled = behind(scheduled, request.depth);
    let walk = walk(&stored, &scheduled)?;
    let first = match walk.first {
        Some(first) => first,
        None => active_at(calendar, request, &stored, start)?,
    };
    let contracts = std::iter::once(first).chain(walk.rolls.iter().map(|roll| roll.to)).collect();
    let Walk { rolls, active_from, active_until, .. } = walk;
    Ok(Chain { contracts, rolls, active_from, active_until, adjustment: request.method })
}

/// The trade date of an instant, or the one that comes next. After the calendar's last close none comes next; that very
/// instant is the end of a range that reaches as far as the calendar, and later ones are not the calendar's.
fn known_until(calendar: &Calendar, as_of: UnixNanos) -> Result<TradeDate, CalendarError> {
    let last = calendar.session_on_or_before(calendar.valid_to())?;
    if last.close() == as_of {
        return Ok(last.trade_date);
    }
    calendar.trade_date_at_or_after(as_of)
}

fn by_table(
    calendar: &Calendar,
    request: &BuildRequest,
    stored: &[ContractSymbol],
    as_of: UnixNanos,
) -> Result<Chain, BuildError> {
    let row = |row: &ExplicitRoll| TableRoll { from: row.from_symbol, to: row.to_symbol, roll_ts: row.roll_ts };
    let table = RollTable::new(calendar, &request.roll_table.iter().map(row).collect::<Vec<_>>())?;
    let all = behind(table.rolls().to_vec(), request.depth);
    let first = all.first().map(|roll| roll.from);
    let rolls: Vec<ScheduledRoll> = all.into_iter().filter(|roll| roll.roll_ts <= as_of).collect();
    let contracts: Vec<ContractSymbol> = first.into_iter().chain(rolls.iter().map(|roll| roll.to)).collect();
    if let Some(contract) = contracts.iter().copied().find(|contract| !stored.contains(contract)) {
        return Err(ChainError::NotStored { contract, stored: list(stored) }.into());
    }
    Ok(Chain { contracts, rolls, active_from: None, active_until: None, adjustment: request.method })
}

/// The same rolls, so many contracts behind the front one. A roll beyond the years that symbols have is left out.
fn behind(rolls: Vec<ScheduledRoll>, depth: u32) -> Vec<ScheduledRoll> {
    let later = |contract: ContractSymbol| (0..depth).try_fold(contract, |contract, _| contract.next_quarterly());
    let shift = |roll: ScheduledRoll| Some(ScheduledRoll { from: later(roll.from)?, to: later(roll.to)?, ..roll });
    rolls.into_iter().filter_map(shift).collect()
}

/// Where a walk along the schedule came.
#[derive(Debug, PartialEq, Eq)]
struct Walk {
    /// The first contract of the chain; `None` where the schedule meets no stored contract.
    first: Option<ContractSymbol>,
    rolls: Vec<ScheduledRoll>,
    active_from: Option<UnixNanos>,
    /// The roll out of the last stored contract, into one that is not.
    active_until: Option<UnixNanos>,
}

/// Walks the schedule over the stored contracts. A roll needs both of its contracts; before the first stored one and
/// after the last the schedule may run empty, but a contract that is missing between two is an error.
fn walk(stored: &[ContractSymbol], scheduled: &[ScheduledRoll]) -> Result<Walk, ChainError> {
    let mut walk = Walk { first: None, rolls: Vec::new(), active_from: None, active_until: None };
    let mut current: Option<ContractSymbol> = None;
    for roll in scheduled {
        let (has_from, has_to) = (stored.contains(&roll.from), stored.contains(&roll.to));
        match current {
            Some(current) if has_to && current != roll.from => {
                return Err(ChainError::Hole { from: current, missing: roll.from, to: roll.to });
            }
            Some(_) => {}
            None if has_from => {
                walk.first = Some(roll.from);
                current = Some(roll.from);
            }
            None if has_to => {
                walk.first = Some(roll.to);
                walk.active_from = Some(roll.roll_ts);
            }
            None => {}
        }
        if has_to {
            if has_from {
                walk.rolls.push(*roll);
            }
            current = Some(roll.to);
        } else if has_from {
            walk.active_until = Some(roll.roll_ts);
        }
    }
    Ok(walk)
}

/// The trade date before a civil date; `None` at the begin of the calendar.
fn trade_date_before(calendar: &Calendar, date: TradeDate) -> Result<Option<TradeDate>, CalendarError> {
    let sessions = calendar.sessions(calendar.valid_from(), date)?;
    Ok(sessions.iter().rev().map(|session| session.trade_date).find(|trade_date| *trade_date < date))
}

/// The contract that the policy has active at an instant.
fn active_at(
    calendar: &Calendar,
    request: &BuildRequest,
    stored: &[ContractSymbol],
    at: UnixNanos,
) -> Result<ContractSymbol, BuildError> {
    let active = request.policy.active_contract(calendar, request.root, at, request.depth)?.symbol;
    if stored.contains(&active) {
        return Ok(active);
    }
    Err(ChainError::ActiveMissing { active, at, stored: list(stored) }.into())
}

fn list(contracts: &[ContractSymbol]) -> String {
    contracts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::{Calendar, ContractSymbol, ScheduledRoll, UnixNanos};

    use super::{ChainError, known_until, walk};

    const QUARTERS: [&str; 5] = ["NQH2025", "NQM2025", "NQU2025", "NQZ2025", "NQH2026"];

    /// Contracts of a chain, the number of the roll from which it is active, and of the one out of its last contract.
    type Told<'a> = (&'a [usize], Option<i64>, Option<i64>);

    /// Walks the rolls between the five quarters; expected are the chain's contracts, and the number of the roll from
    /// which it is active and of the one out of its last contract into one that is not stored.
    fn check(stored: &[usize], expected: Result<Told<'_>, usize>) {
        let quarter = |at: usize| QUARTERS[at].parse::<ContractSymbol>().unwrap();
        let scheduled: Vec<ScheduledRoll> = (1_i64..5)
            .zip(0..)
            .map(|(number, at)| ScheduledRoll {
                from: quarter(at),
                to: quarter(at + 1),
                trade_date: "2025-03-17".parse().unwrap(),
                roll_ts: UnixNanos::from_nanos(number),
            })
            .collect();
        let stored: Vec<ContractSymbol> = stored.iter().map(|at| quarter(*at)).collect();
        let found = walk(&stored, &scheduled).map(|walk| {
            let contracts: Vec<_> = walk.first.into_iter().chain(walk.rolls.iter().map(|roll| roll.to)).collect();
            (contracts, walk.active_from.map(UnixNanos::nanos), walk.active_until.map(UnixNanos::nanos))
        });
        match expected {
            Ok((contracts, active_from, active_until)) => {
                let contracts = contracts.iter().map(|at| quarter(*at)).collect();
                assert_eq!(found, Ok((contracts, active_from, active_until)), "{stored:?}");
            }
            Err(hole) => match found {
                Err(ChainError::Hole { missing, .. }) => assert_eq!(missing, quarter(hole), "{stored:?}"),
                other => panic!("{stored:?}: {other:?}"),
            },
        }
    }

    #[test]
    fn a_chain_may_begin_late_and_end_early_but_has_no_hole() {
        check(&[0, 1, 2, 3, 4], Ok((&[0, 1, 2, 3, 4], None, None)));
        check(&[0, 1], Ok((&[0, 1], None, Some(2))));
        check(&[0], Ok((&[0], None, Some(1))));
        check(&[1, 2], Ok((&[1, 2], Some(1), Some(3))));
        check(&[4], Ok((&[4], Some(4), None)));
        check(&[2, 3], Ok((&[2, 3], Some(2), Some(4))));
        check(&[], Ok((&[], None, None)));
        check(&[0, 2], Err(1));
        check(&[0, 1, 3], Err(2));
        check(&[0, 4], Err(3));
        check(&[1, 2, 4], Err(3));
    }

    #[test]
    fn a_calendar_is_known_up_to_its_last_close_whether_it_ends_on_a_trade_date_or_not() {
        let of = |valid_to: &str| {
            let shipped = format!("valid_to = \"{}\"", Calendar::shipped().valid_to());
            // The file's own end comes first, those of its tables after it.
            let text = Calendar::SHIPPED_FILE.replacen(&shipped, &format!("valid_to = \"{valid_to}\""), 1);
            Calendar::parse(&text).unwrap()
        };
        // A Friday, the Saturday and the Sunday after it.
        for valid_to in ["2027-12-31", "2028-01-01", "2028-01-02"] {
            let calendar = of(valid_to);
            assert_eq!(calendar.valid_to().to_string(), valid_to);
            let known = |as_of: &str| known_until(&calendar, as_of.parse().unwrap()).map(|date| date.to_string());
            assert_eq!(known("2027-12-30T15:00:00Z").as_deref(), Ok("2027-12-30"), "{valid_to}");
            assert_eq!(known("2027-12-31T21:59:59Z").as_deref(), Ok("2027-12-31"), "{valid_to}");
            assert_eq!(known("2027-12-31T22:00:00Z").as_deref(), Ok("2027-12-31"), "{valid_to}");
            assert!(known("2027-12-31T22:00:01Z").is_err(), "{valid_to}");
        }
    }
}
