//! What all methods measure with: prints, ages in session minutes, and the two methods that read common minutes.

use peaktrade_domain::{Calendar, Price, ScheduledRoll, UnixNanos};

use super::common_minutes::{CommonMinutesOf, Minute};
use super::{RollLegs, SpreadError, before};
use crate::Bars;

/// Session minutes that the oldest minute of a median may lie beyond the policy's bound, for each minute taken: a pair
/// that trades every other minute can be measured over any number of them, and one that trades more rarely has no steady
/// spread to speak of.
const SPAN_MINUTES_EACH: u32 = 2;

/// How far back a median reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldestMinute {
    /// Open of the oldest minute taken.
    pub time: UnixNanos,
    /// Minutes of open market between its end and the roll.
    pub stale_session_minutes: u64,
}

/// One roll on its way to be measured.
pub(super) struct Measuring<'a> {
    pub(super) roll: &'a ScheduledRoll,
    pub(super) legs: &'a RollLegs<'a>,
    pub(super) calendar: &'a Calendar,
    pub(super) minutes: CommonMinutesOf<'a>,
}

/// One leg's price and where it is from.
#[derive(Clone, Copy)]
pub(super) struct Print {
    pub(super) time: UnixNanos,
    pub(super) price: Price,
    pub(super) volume: i64,
}

/// What a method says.
pub(super) struct Measured {
    pub(super) from: Print,
    pub(super) to: Print,
    pub(super) spread: Price,
    /// Session minutes between the end of the newest bar used and the roll.
    pub(super) stale: u64,
}

impl<'a> Measuring<'a> {
    pub(super) fn new(
        roll: &'a ScheduledRoll,
        legs: &'a RollLegs<'a>,
        calendar: &'a Calendar,
    ) -> Result<Self, SpreadError> {
        if !roll.roll_ts.is_whole_minute() {
            return Err(SpreadError::NotAMinute { from: roll.from, to: roll.to, roll_ts: roll.roll_ts });
        }
        let from = before(legs.from, roll.roll_ts);
        let minutes = CommonMinutesOf { roll, from, to: before(legs.to, roll.roll_ts) };
        Ok(Self { roll, legs, calendar, minutes })
    }

    pub(super) fn last_common(&self, allowed: u32) -> Result<Measured, SpreadError> {
        let mut idle = 0;
        let mut newest_first = self.minutes.newest_first().inspect(|minute| idle += u64::from(!minute.is_traded()));
        let Some(minute) = newest_first.find(Minute::is_traded) else { return Err(self.minutes.no_overlap(idle)) };
        let spread = self.minutes.difference(&minute)?;
        let stale = self.check_staleness(minute.time(), allowed, idle)?;
        Ok(Measured { from: minute.from(), to: minute.to(), spread, stale })
    }

    pub(super) fn median(&self, count: u16, allowed: u32) -> Result<(Measured, OldestMinute), SpreadError> {
        if self.minutes.newest_first().next().is_none() {
            return Err(self.minutes.no_overlap(0));
        }
        let needed = usize::from(count);
        let minutes = self.minutes.last_traded(needed);
        let (Some(newest), Some(oldest)) = (minutes.first(), minutes.last()) else {
            return Err(self.minutes.too_few(0, needed));
        };
        let Some(summary) = self.minutes.summarise(&minutes, needed)? else {
            return Err(self.minutes.too_few(minutes.len(), needed));
        };
        let stale = self.check_staleness(newest.time(), allowed, 0)?;
        let reach = self.session_minutes_after(oldest.time())?;
        let reach_allowed = u64::from(allowed) + u64::from(SPAN_MINUTES_EACH) * u64::from(count);
        if reach > reach_allowed {
            let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
            let bar_time = oldest.time();
            return Err(SpreadError::SpanTooLong { from, to, roll_ts, count, bar_time, reach, reach_allowed });
        }
        let oldest = OldestMinute { time: oldest.time(), stale_session_minutes: reach };
        Ok((Measured { from: newest.from(), to: newest.to(), spread: summary.median, stale }, oldest))
    }

    /// Minutes of open market from the end of a bar before the roll to the roll.
    pub(super) fn session_minutes_after(&self, bar: UnixNanos) -> Result<u64, SpreadError> {
        // The bar lies before a roll on a whole minute, so its end is not after the roll and cannot overflow.
        let end = bar.checked_add_nanos(Bars::DURATION_NS).unwrap_or(self.roll.roll_ts);
        self.session_minutes(end, self.roll.roll_ts)
    }

    pub(super) fn session_minutes(&self, start: UnixNanos, end: UnixNanos) -> Result<u64, SpreadError> {
        let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
        self.calendar.session_minutes_between(start, end).map_err(|source| SpreadError::Calendar {
            from,
            to,
            roll_ts,
            source,
        })
    }

    /// The age of a common bar, which the policy must allow; `idle` newer ones were passed over.
    fn check_staleness(&self, bar_time: UnixNanos, allowed: u32, idle: u64) -> Result<u64, SpreadError> {
        let stale = self.session_minutes_after(bar_time)?;
        if stale <= u64::from(allowed) {
            return Ok(stale);
        }
        let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
        Err(SpreadError::TooStale { from, to, roll_ts, bar_time, stale, allowed, idle })
    }

    pub(super) fn subtract(&self, from: &Print, to: &Print) -> Result<Price, SpreadError> {
        to.price.checked_sub(from.price).ok_or(SpreadError::Overflow {
            from: self.roll.from,
            to: self.roll.to,
            bar_time: from.time,
        })
    }

    pub(super) fn volume(&self, print: &Print) -> Result<u64, SpreadError> {
        u64::try_from(print.volume).map_err(|_| SpreadError::NegativeVolume {
            from: self.roll.from,
            to: self.roll.to,
            bar_time: print.time,
        })
    }
}
