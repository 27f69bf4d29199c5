//! Which contract is active at an instant.

use super::schedule::{check_listed_at, is_listed, quarterly_from};
use super::trigger::Place;
use super::{RollError, RollPolicy, ScheduledRoll};
use crate::{Calendar, ContractRoot, ContractSymbol, UnixNanos};

/// The contract that is active at an instant, and the rolls around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveContract {
    /// The contract at the depth asked for.
    pub symbol: ContractSymbol,
    /// Roll by which the front contract became active; `None` where it lies before the product's listing or the
    /// calendar's validity.
    pub last_roll: Option<ScheduledRoll>,
    /// Roll by which it ends; `None` where it lies after the calendar's validity.
    pub next_roll: Option<ScheduledRoll>,
}

impl RollPolicy {
    /// The contract that is active at an instant: at depth 0 the front one of this policy, at depth 1 the one after it,
    /// and so on along the quarters. A roll counts from its very instant on.
    ///
    /// # Errors
    /// Where the root is unknown or not listed yet at the instant, the calendar does not answer for it or for a roll
    /// that may come before it, or a roll would come after its contract's last trade.
    ///
    /// ```
    /// use peaktrade_domain::{Calendar, RollPolicy};
    ///
    /// let active = |at: &str, depth| {
    ///     let (root, at) = ("NQ".parse().unwrap(), at.parse().unwrap());
    ///     RollPolicy::STANDARD.active_contract(&Calendar::shipped(), root, at, depth).unwrap().symbol.to_string()
    /// };
    /// // The Monday's trade date opens on Sunday 17:00 Chicago.
    /// assert_eq!(active("2026-06-14T21:59:59Z", 0), "NQM2026");
    /// assert_eq!(active("2026-06-14T22:00:00Z", 0), "NQU2026");
    /// assert_eq!(active("2026-06-14T22:00:00Z", 1), "NQZ2026");
    /// ```
    pub fn active_contract(
        &self,
        calendar: &Calendar,
        root: ContractRoot,
        at: UnixNanos,
        depth: u32,
    ) -> Result<ActiveContract, RollError> {
        calendar.spec(root)?;
        calendar.trade_date_of(at)?;
        check_listed_at(calendar, root, at)?;
        // After the check above only the last close has no trade date that comes next.
        let date = calendar.trade_date_at_or_after(at).unwrap_or_else(|_| calendar.valid_to());
        let mut last_roll = None;
        for contract in quarterly_from(root, date) {
            if !is_listed(calendar, contract)? {
                continue;
            }
            let next_roll = match self.trigger.place(calendar, contract)? {
                Place::Before(_) => continue,
                Place::On { trade_date, .. } => match self.roll_on(calendar, contract, trade_date) {
                    Err(RollError::NotListed { .. }) => continue,
                    roll => Some(roll?),
                },
                Place::After { earliest: Some(earliest), error }
                    if calendar.session_on_or_after(earliest)?.open() <= at =>
                {
                    return Err(error.into());
                }
                Place::After { .. } => None,
            };
            if next_roll.is_some_and(|roll| roll.roll_ts <= at) {
                last_roll = next_roll;
                continue;
            }
            return Ok(ActiveContract { symbol: deeper(contract, depth)?, last_roll, next_roll });
        }
        Err(RollError::NoContract { root, at })
    }
}

/// The contract `depth` quarters after another.
fn deeper(front: ContractSymbol, depth: u32) -> Result<ContractSymbol, RollError> {
    (0..depth).try_fold(front, |contract, _| contract.next_quarterly().ok_or(RollError::NoSuccessor { contract }))
}
