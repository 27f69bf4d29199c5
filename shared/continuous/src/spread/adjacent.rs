//! Peak_Trade's rule: the bars on both sides of the roll, each of its own contract.

use peaktrade_domain::{Price, ScheduledRoll, UnixNanos};

use super::{Measured, Measuring, Print, SpreadError};

/// The last close of the old contract before the roll, and the first close of the new one from it on.
pub(super) fn measure(measuring: &Measuring<'_>, allowed: u32) -> Result<Measured, SpreadError> {
    let ScheduledRoll { from, to, roll_ts, .. } = *measuring.roll;
    let lacking = |lacking, side| SpreadError::NoAdjacentBar { from, to, roll_ts, lacking, side };
    let before = measuring.minutes.from;
    let last = before.len().checked_sub(1).and_then(|row| before.get(row)).ok_or(lacking(from, "before"))?;
    let last_time = UnixNanos::from_nanos(last.ts);
    let stale = measuring.session_minutes_after(last_time)?;
    if stale > u64::from(allowed) {
        return Err(SpreadError::StaleLastBar { from, to, roll_ts, bar_time: last_time, stale, allowed });
    }
    let after = measuring.legs.to.between(roll_ts, UnixNanos::from_nanos(i64::MAX));
    let first = after.get(0).ok_or(lacking(to, "from"))?;
    let first_time = UnixNanos::from_nanos(first.ts);
    let waited = measuring.session_minutes(roll_ts, first_time)?;
    if waited > u64::from(allowed) {
        return Err(SpreadError::LateFirstBar { from, to, roll_ts, bar_time: first_time, waited, allowed });
    }
    let print = |time, close, volume| Print { time, price: Price::from_nanos(close), volume };
    let (from, to) = (print(last_time, last.close, last.volume), print(first_time, first.close, first.volume));
    Ok(Measured { from, to, spread: measuring.subtract(&from, &to)?, stale })
}
