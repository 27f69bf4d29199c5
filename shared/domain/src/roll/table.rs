//! Rolls given one by one, checked so that a series can be made of them.

use super::active::ActiveContract;
use super::schedule::{check_before_end, check_listed_at};
use super::{RollError, ScheduledRoll};
use crate::{Calendar, CalendarError, ContractRoot, ContractSymbol, TradeDate, UnixNanos};

/// One row of an explicit table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRoll {
    /// Contract rolled out of.
    pub from: ContractSymbol,
    /// Contract rolled into; it may skip quarters.
    pub to: ContractSymbol,
    /// Instant from which the new contract is active.
    pub roll_ts: UnixNanos,
}

/// An explicit table of rolls: of one root, in order of time, each out of the contract that the one before leads into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollTable {
    rolls: Vec<ScheduledRoll>,
}

/// A row that cannot stand in a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("roll table, row {row}: {problem}")]
pub struct RollTableError {
    /// Row, counted from 1; 0 where the problem concerns the whole table.
    pub row: usize,
    /// What is wrong with it.
    pub problem: RollTableProblem,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RollTableProblem {
    /// A table says something.
    #[error("the table has no rows; at least one is needed")]
    Empty,
    /// A table is bounded.
    #[error("the table has {rows} rows; at most {} are allowed", RollTable::ROWS_MAX)]
    TooLong {
        /// Rows given.
        rows: usize,
    },
    /// A table is of one root.
    #[error("{contract} is not of root {root}")]
    OtherRoot {
        /// The contract of another root.
        contract: ContractSymbol,
        /// Root of the table.
        root: ContractRoot,
    },
    /// Rolls lead forward.
    #[error("{to} does not expire after {from}")]
    Backward {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
    },
    /// The chain has a hole.
    #[error("leads out of {from}, the row before leads into {active}")]
    Hole {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract that is active then.
        active: ContractSymbol,
    },
    /// Rolls are in order of time.
    #[error("{roll_ts} does not come after {before}, the roll of the row before")]
    NotAfter {
        /// Instant of the row.
        roll_ts: UnixNanos,
        /// Instant of the row before.
        before: UnixNanos,
    },
    /// The calendar or the contracts' lives do not allow the roll.
    #[error(transparent)]
    Roll(#[from] RollError),
}

impl RollTable {
    /// Rows at most: a century of quarterly rolls.
    pub const ROWS_MAX: usize = 400;

    /// Checks rows in order of time. The trade date of a roll is the one that its instant belongs to, the next one where
    /// the market is closed.
    ///
    /// # Errors
    /// Names the first row that is of another root, leads backward, leaves a hole in the chain, does not come after the
    /// one before, names a contract that is not listed, lies outside the calendar's validity, before the product's first
    /// open, or not before the last trade of the contract rolled out of.
    pub fn new(calendar: &Calendar, rows: &[TableRoll]) -> Result<Self, RollTableError> {
        let whole = |problem| Err(RollTableError { row: 0, problem });
        let Some(first) = rows.first() else { return whole(RollTableProblem::Empty) };
        if rows.len() > Self::ROWS_MAX {
            return whole(RollTableProblem::TooLong { rows: rows.len() });
        }
        let mut rolls: Vec<ScheduledRoll> = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            let roll = check_row(calendar, first.from.root(), rolls.last(), row);
            rolls.push(roll.map_err(|problem| RollTableError { row: at + 1, problem })?);
        }
        Ok(Self { rolls })
    }

    /// Root of every contract in the table.
    pub fn root(&self) -> ContractRoot {
        self.first().from.root()
    }

    /// All rolls in order.
    pub fn rolls(&self) -> &[ScheduledRoll] {
        &self.rolls
    }

    /// Rolls whose trade date lies between `from` and `to`, both inclusive, in order.
    pub fn schedule(&self, from: TradeDate, to: TradeDate) -> Vec<ScheduledRoll> {
        self.rolls.iter().copied().filter(|roll| (from..=to).contains(&roll.trade_date)).collect()
    }

    /// The contract that is active at an instant, `depth` rows of the table further on. Before the first row that is the
    /// contract which the row leaves, however early, after the last row the one it leads into until that has ended.
    ///
    /// # Errors
    /// Where the instant is outside the calendar's validity or before the product's first open, or the table ends
    /// before it answers.
    pub fn active_contract(&self, calendar: &Calendar, at: UnixNanos, depth: u32) -> Result<ActiveContract, RollError> {
        calendar.trade_date_of(at)?;
        check_listed_at(calendar, self.root(), at)?;
        let past = self.rolls.partition_point(|roll| roll.roll_ts <= at);
        let (last_roll, next_roll) = (past.checked_sub(1).map(|row| self.rolls[row]), self.rolls.get(past).copied());
        let front = last_roll.map_or(self.first().from, |roll| roll.to);
        let last = self.rolls[self.rolls.len() - 1].to;
        if next_roll.is_none() && check_before_end(calendar, front, at).is_err() {
            return Err(RollError::TableEnds { last, wanted: format!("at {at}") });
        }
        let symbol = match usize::try_from(depth).ok().and_then(|depth| past.checked_add(depth)) {
            Some(deep) if deep == past => Some(front),
            Some(deep) => self.rolls.get(deep - 1).map(|roll| roll.to),
            None => None,
        };
        let ends = || RollError::TableEnds { last, wanted: format!("at depth {depth} after {front}") };
        Ok(ActiveContract { symbol: symbol.ok_or_else(ends)?, last_roll, next_roll })
    }

    fn first(&self) -> &ScheduledRoll {
        &self.rolls[0]
    }
}

fn check_row(
    calendar: &Calendar,
    root: ContractRoot,
    before: Option<&ScheduledRoll>,
    row: &TableRoll,
) -> Result<ScheduledRoll, RollTableProblem> {
    let TableRoll { from, to, roll_ts } = *row;
    if let Some(contract) = [from, to].into_iter().find(|contract| contract.root() != root) {
        return Err(RollTableProblem::OtherRoot { contract, root });
    }
    if to <= from {
        return Err(RollTableProblem::Backward { from, to });
    }
    if let Some(before) = before {
        if before.to != from {
            return Err(RollTableProblem::Hole { from, active: before.to });
        }
        if before.roll_ts >= roll_ts {
            return Err(RollTableProblem::NotAfter { roll_ts, before: before.roll_ts });
        }
    }
    let on_calendar = || -> Result<TradeDate, CalendarError> {
        calendar.check_listed(from)?;
        calendar.check_listed(to)?;
        calendar.trade_date_at_or_after(roll_ts)
    };
    let trade_date = on_calendar().map_err(RollError::Calendar)?;
    check_listed_at(calendar, root, roll_ts)?;
    check_before_end(calendar, from, roll_ts)?;
    Ok(ScheduledRoll { from, to, trade_date, roll_ts })
}
