//! The spread between the settlement prices of one trade date.

use peaktrade_domain::{Price, ScheduledRoll, TradeDate};

use super::{Measured, Measuring, Print, SpreadError};
use crate::DailyFact;

/// The newest trade date of which both settlement prices were known by the roll.
pub(super) fn measure(measuring: &Measuring<'_>, allowed: u32) -> Result<Measured, SpreadError> {
    let ScheduledRoll { from, to, roll_ts, .. } = *measuring.roll;
    let known = |facts: &'_ [DailyFact]| -> Vec<(TradeDate, Price)> {
        facts
            .iter()
            .filter_map(|fact| fact.settlement.map(|settlement| (fact.trade_date, settlement)))
            .filter(|(_, settlement)| settlement.known_at <= roll_ts)
            .map(|(trade_date, settlement)| (trade_date, settlement.value))
            .collect()
    };
    let (of_from, of_to) = (known(measuring.legs.from_facts), known(measuring.legs.to_facts));
    let pair = of_from.iter().rev().find_map(|(date, price)| {
        let partner = of_to.iter().find(|(other, _)| other == date)?;
        Some((*date, *price, partner.1))
    });
    let Some((trade_date, from_price, to_price)) = pair else {
        let newest = |known: &[(TradeDate, Price)]| known.last().map(|(date, _)| *date);
        let (from_newest, to_newest) = (newest(&of_from), newest(&of_to));
        return Err(SpreadError::NoSettlementPair { from, to, roll_ts, from_newest, to_newest });
    };
    let failed = |source| SpreadError::Calendar { from, to, roll_ts, source };
    let session = measuring.calendar.session_on_or_after(trade_date).map_err(failed)?;
    // A price that was known before the roll was made before it, whatever the calendar calls the settlement's time.
    let time = session.settlement.min(roll_ts);
    let stale = measuring.session_minutes(time, roll_ts)?;
    if stale > u64::from(allowed) {
        return Err(SpreadError::StaleSettlement { from, to, roll_ts, trade_date, settled_at: time, stale, allowed });
    }
    let print = |price| Print { time, price, volume: 0 };
    let (from, to) = (print(from_price), print(to_price));
    Ok(Measured { from, to, spread: measuring.subtract(&from, &to)?, stale })
}
