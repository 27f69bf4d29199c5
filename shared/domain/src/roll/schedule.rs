//! The rolls that a policy plans.

use chrono::Datelike as _;

use super::trigger::Place;
use super::{RollError, RollPolicy, ScheduledRoll};
use crate::{Calendar, CalendarError, ContractMonth, ContractRoot, ContractSymbol, TradeDate, UnixNanos};

impl RollPolicy {
    /// Rolls out of contracts of `root` whose roll trade date lies between `from` and `to`, both inclusive, in order.
    /// Rolls before the product was listed are left out.
    ///
    /// # Errors
    /// Where the calendar does not answer for one of the dates or for a roll that may lie between them, they are
    /// reversed, or a roll would come after its contract's last trade.
    pub fn schedule(
        &self,
        calendar: &Calendar,
        root: ContractRoot,
        from: TradeDate,
        to: TradeDate,
    ) -> Result<Vec<ScheduledRoll>, RollError> {
        calendar.spec(root)?;
        // Asked for its checks of both dates; the walk below goes by contract.
        calendar.sessions(from, to)?;
        let mut rolls = Vec::new();
        for contract in quarterly_from(root, from) {
            if !is_listed(calendar, contract)? {
                continue;
            }
            match self.trigger.place(calendar, contract)? {
                Place::Before(_) => {}
                Place::On { trade_date, .. } if trade_date > to => break,
                Place::On { trade_date, .. } if trade_date < from => {}
                Place::On { trade_date, .. } => match self.roll_on(calendar, contract, trade_date) {
                    Err(RollError::NotListed { .. }) => {}
                    roll => rolls.push(roll?),
                },
                Place::After { earliest: Some(earliest), error } if earliest <= to => return Err(error.into()),
                Place::After { .. } => break,
            }
        }
        Ok(rolls)
    }

    /// The roll out of one contract.
    ///
    /// # Errors
    /// Where the contract is not listed, the calendar does not answer for its roll, or the roll would come after the
    /// contract's last trade.
    pub fn roll_of(&self, calendar: &Calendar, contract: ContractSymbol) -> Result<ScheduledRoll, RollError> {
        calendar.check_listed(contract)?;
        match self.trigger.place(calendar, contract)? {
            Place::On { trade_date, .. } => self.roll_on(calendar, contract, trade_date),
            Place::Before(error) | Place::After { error, .. } => Err(error.into()),
        }
    }

    /// The roll out of a contract on the trade date that the trigger gave.
    pub(super) fn roll_on(
        &self,
        calendar: &Calendar,
        contract: ContractSymbol,
        trade_date: TradeDate,
    ) -> Result<ScheduledRoll, RollError> {
        let to = contract.next_quarterly().ok_or(RollError::NoSuccessor { contract })?;
        let roll_ts = self.instant.on(calendar, trade_date)?;
        check_listed_at(calendar, contract.root(), roll_ts)?;
        check_before_end(calendar, contract, roll_ts)?;
        Ok(ScheduledRoll { from: contract, to, trade_date, roll_ts })
    }
}

/// Quarterly contracts in order from the one before a date's quarter: no contract older than that is still active on
/// the date.
pub(super) fn quarterly_from(root: ContractRoot, date: TradeDate) -> impl Iterator<Item = ContractSymbol> {
    let date = date.date();
    let quarter_month = date.month().div_ceil(3) * 3;
    let (year, month) = if quarter_month == 3 { (date.year() - 1, 12) } else { (date.year(), quarter_month - 3) };
    let first = ContractMonth::from_number(month)
        .zip(u16::try_from(year).ok())
        .and_then(|(month, year)| ContractSymbol::new(root, month, year));
    std::iter::successors(first, |contract| contract.next_quarterly())
}

/// Whether the product has the contract; a root that the calendar does not know is an error.
pub(super) fn is_listed(calendar: &Calendar, contract: ContractSymbol) -> Result<bool, CalendarError> {
    match calendar.check_listed(contract) {
        Ok(()) => Ok(true),
        Err(CalendarError::NotListed { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Checks that the product was listed at an instant.
pub(super) fn check_listed_at(calendar: &Calendar, root: ContractRoot, at: UnixNanos) -> Result<(), RollError> {
    let first = calendar.spec(root)?.first_trade_date;
    if first <= calendar.valid_from() {
        return Ok(());
    }
    let listed_from = calendar.session_on_or_after(first)?.open();
    if at < listed_from { Err(RollError::NotListed { root, at, listed_from }) } else { Ok(()) }
}

/// Checks that a contract still trades at an instant: from the end of its trading on nobody can leave it, so a roll at
/// that very instant is refused too.
pub(super) fn check_before_end(calendar: &Calendar, contract: ContractSymbol, at: UnixNanos) -> Result<(), RollError> {
    match calendar.last_trade_time(contract) {
        Ok(end) if at >= end => Err(RollError::AfterLastTrade { contract, roll_ts: at, end }),
        // Where the contract's month ends after the validity, the instant lies before it.
        Ok(_) | Err(CalendarError::OutOfRange { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
