//! The spread of a roll, measured at one timestamp for both legs, with the evidence a person can check.

mod adjacent;
mod band;
mod candidates;
mod common_minutes;
mod error;
mod settlement;

use peaktrade_domain::{
    Calendar, ContractSymbol, Price, RollPolicy, ScheduledRoll, SpreadMethod, TradeDate, UnixNanos,
};

pub use band::{BandError, SpreadBand};
pub use candidates::{Candidate, candidates};
pub use common_minutes::Dispersion;
pub use error::SpreadError;

use self::common_minutes::CommonMinutesOf;
use crate::{Bars, BarsView, DailyFact};

/// Common minutes with volume on both legs that the recorded runner-up takes: half an hour, enough to outvote a single
/// odd print.
pub const MEDIAN_MINUTES: usize = 30;

/// One roll: what was measured, where, and what the median would have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollEvidence {
    /// Contract rolled out of.
    pub from: ContractSymbol,
    /// Contract rolled into.
    pub to: ContractSymbol,
    /// Instant from which the new contract is active; a whole minute.
    pub roll_ts: UnixNanos,
    /// Trade date of the roll.
    pub trade_date: TradeDate,
    /// New minus old price, as `method` measures it.
    pub spread: Price,
    /// Open of the newest bar of the old contract that the measurement used, before `roll_ts`; for settlement prices
    /// the instant of the settlement.
    pub spread_time: UnixNanos,
    /// Where the new contract's price is from; `spread_time`, but for [`SpreadMethod::PeakTrade`].
    pub to_time: UnixNanos,
    /// Old contract's price at `spread_time`.
    pub from_price: Price,
    /// New contract's price at `to_time`.
    pub to_price: Price,
    /// Contracts traded in the old contract's bar; 0 for a settlement.
    pub from_volume: u64,
    /// Contracts traded in the new contract's bar; 0 for a settlement.
    pub to_volume: u64,
    /// How `spread` was measured.
    pub method: SpreadMethod,
    /// The last [`MEDIAN_MINUTES`] common minutes with volume on both legs; `None` where there are fewer.
    pub runner_up: Option<CommonMinutes>,
    /// Minutes of open market between the end of the bar at `spread_time`, or the settlement, and the roll.
    pub stale_session_minutes: u32,
}

/// Spread over the last [`MEDIAN_MINUTES`] minutes before a roll in which both contracts traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommonMinutes {
    /// Median: the mean of the two middle spreads, a half of 1e-9 points rounded down.
    pub median: Price,
    /// Smallest spread.
    pub min: Price,
    /// Largest spread.
    pub max: Price,
    /// Open of the oldest of the minutes.
    pub first_time: UnixNanos,
    /// Open of the newest of the minutes.
    pub last_time: UnixNanos,
}

/// What both contracts of a roll have to measure with.
#[derive(Clone, Copy, Debug)]
pub struct RollLegs<'a> {
    /// Bars of the old contract.
    pub from: BarsView<'a>,
    /// Bars of the new contract; only [`SpreadMethod::PeakTrade`] looks at one from the roll on.
    pub to: BarsView<'a>,
    /// Settlement prices of the old contract, in order of trade date.
    pub from_facts: &'a [DailyFact],
    /// Settlement prices of the new contract, in order of trade date.
    pub to_facts: &'a [DailyFact],
}

impl RollEvidence {
    /// The instant from which the spread was known: the roll itself, or where the new contract's price is of a bar after
    /// it, the end of that bar.
    pub fn known_at(&self) -> UnixNanos {
        let read = self.to_time.checked_add_nanos(Bars::DURATION_NS).unwrap_or(self.to_time);
        if self.to_time < self.roll_ts { self.roll_ts } else { read }
    }
}

/// Measures the spread of a roll from bars of its two contracts, without settlement prices: [`measure_roll`].
///
/// # Errors
/// As [`measure_roll`].
pub fn measure_spread(
    roll: &ScheduledRoll,
    from: BarsView<'_>,
    to: BarsView<'_>,
    policy: &RollPolicy,
    calendar: &Calendar,
) -> Result<RollEvidence, SpreadError> {
    measure_roll(roll, &RollLegs { from, to, from_facts: &[], to_facts: &[] }, policy, calendar)
}

/// Measures the spread of a roll; nothing from `roll_ts` on is looked at, but for [`SpreadMethod::PeakTrade`].
///
/// `last_common` takes the closes of the last minute that both have. `median_common_N` takes the median of new minus
/// old close over the last N minutes with volume on both. `settlement` takes the newest trade date of which both
/// settlement prices were known. `peak_trade` takes the last close of the one and the first close of the other.
/// Staleness is counted in minutes of open market from the end of the oldest bar used, so the Friday before a Sunday
/// roll is not stale. Bars must satisfy [`Bars::check_invariants`].
///
/// # Errors
/// Where there is no overlap, too little of it, or it is older than the policy allows; names both contracts and times.
pub fn measure_roll(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    policy: &RollPolicy,
    calendar: &Calendar,
) -> Result<RollEvidence, SpreadError> {
    let measuring = Measuring::new(roll, legs, calendar)?;
    let minutes = measuring.minutes.last_traded(MEDIAN_MINUTES);
    let runner_up = measuring.minutes.summarise(&minutes, MEDIAN_MINUTES)?;
    let allowed = policy.max_stale_session_minutes;
    let measured = match policy.spread {
        SpreadMethod::LastCommon => measuring.last_common(allowed)?,
        SpreadMethod::MedianCommon(count) => measuring.median(usize::from(count), allowed)?,
        SpreadMethod::Settlement => settlement::measure(&measuring, allowed)?,
        SpreadMethod::PeakTrade => adjacent::measure(&measuring, allowed)?,
    };
    Ok(RollEvidence {
        from: roll.from,
        to: roll.to,
        roll_ts: roll.roll_ts,
        trade_date: roll.trade_date,
        spread: measured.spread,
        spread_time: measured.from.time,
        to_time: measured.to.time,
        from_price: measured.from.price,
        to_price: measured.to.price,
        from_volume: measuring.volume(&measured.from)?,
        to_volume: measuring.volume(&measured.to)?,
        method: policy.spread,
        runner_up,
        stale_session_minutes: u32::try_from(measured.stale).unwrap_or(u32::MAX),
    })
}

/// Spread over the last minutes before a roll in which both contracts traded, and how far it scatters; `None` where
/// there are fewer than `count`.
///
/// # Errors
/// Where the roll is not on a whole minute or a difference leaves the range.
pub fn dispersion(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    count: usize,
    calendar: &Calendar,
) -> Result<Option<Dispersion>, SpreadError> {
    let minutes = Measuring::new(roll, legs, calendar)?.minutes;
    minutes.dispersion(&minutes.last_traded(count), count)
}

/// Whether bars that reach back to a common instant hold as many common minutes with volume on both legs before a roll
/// as any method asks for: then bars before that instant cannot change what [`measure_roll`] says.
pub fn has_enough_common_minutes(roll: &ScheduledRoll, from: BarsView<'_>, to: BarsView<'_>) -> bool {
    let minutes = CommonMinutesOf { roll, from: before(from, roll.roll_ts), to: before(to, roll.roll_ts) };
    let most = usize::from(SpreadMethod::MEDIAN_MINUTES_MAX);
    minutes.last_traded(most).len() == most
}

fn before(bars: BarsView<'_>, end: UnixNanos) -> BarsView<'_> {
    bars.between(UnixNanos::from_nanos(i64::MIN), end)
}

/// One roll on its way to be measured.
struct Measuring<'a> {
    roll: &'a ScheduledRoll,
    legs: &'a RollLegs<'a>,
    calendar: &'a Calendar,
    minutes: CommonMinutesOf<'a>,
}

/// One leg's price and where it is from.
#[derive(Clone, Copy)]
struct Print {
    time: UnixNanos,
    price: Price,
    volume: i64,
}

/// What a method says.
struct Measured {
    from: Print,
    to: Print,
    spread: Price,
    /// Session minutes between the end of the newest bar used and the roll.
    stale: u64,
}

impl<'a> Measuring<'a> {
    fn new(roll: &'a ScheduledRoll, legs: &'a RollLegs<'a>, calendar: &'a Calendar) -> Result<Self, SpreadError> {
        if !roll.roll_ts.is_whole_minute() {
            return Err(SpreadError::NotAMinute { from: roll.from, to: roll.to, roll_ts: roll.roll_ts });
        }
        let from = before(legs.from, roll.roll_ts);
        let minutes = CommonMinutesOf { roll, from, to: before(legs.to, roll.roll_ts) };
        Ok(Self { roll, legs, calendar, minutes })
    }

    fn last_common(&self, allowed: u32) -> Result<Measured, SpreadError> {
        let Some(minute) = self.minutes.newest_first().next() else { return Err(self.minutes.no_overlap()) };
        let spread = self.minutes.difference(&minute)?;
        self.check_staleness(minute.time(), allowed)?;
        let stale = self.session_minutes_after(minute.time())?;
        Ok(Measured { from: minute.from(), to: minute.to(), spread, stale })
    }

    fn median(&self, count: usize, allowed: u32) -> Result<Measured, SpreadError> {
        if self.minutes.newest_first().next().is_none() {
            return Err(self.minutes.no_overlap());
        }
        let minutes = self.minutes.last_traded(count);
        let (Some(newest), Some(oldest)) = (minutes.first(), minutes.last()) else {
            return Err(self.minutes.too_few(0, count));
        };
        let Some(summary) = self.minutes.summarise(&minutes, count)? else {
            return Err(self.minutes.too_few(minutes.len(), count));
        };
        self.check_staleness(oldest.time(), allowed)?;
        let stale = self.session_minutes_after(newest.time())?;
        Ok(Measured { from: newest.from(), to: newest.to(), spread: summary.median, stale })
    }

    /// Minutes of open market from the end of a bar before the roll to the roll.
    fn session_minutes_after(&self, bar: UnixNanos) -> Result<u64, SpreadError> {
        // The bar lies before a roll on a whole minute, so its end is not after the roll and cannot overflow.
        let end = bar.checked_add_nanos(Bars::DURATION_NS).unwrap_or(self.roll.roll_ts);
        self.session_minutes(end, self.roll.roll_ts)
    }

    fn session_minutes(&self, start: UnixNanos, end: UnixNanos) -> Result<u64, SpreadError> {
        let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
        self.calendar.session_minutes_between(start, end).map_err(|source| SpreadError::Calendar {
            from,
            to,
            roll_ts,
            source,
        })
    }

    fn check_staleness(&self, bar_time: UnixNanos, allowed: u32) -> Result<(), SpreadError> {
        let stale = self.session_minutes_after(bar_time)?;
        if stale <= u64::from(allowed) {
            return Ok(());
        }
        let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
        Err(SpreadError::TooStale { from, to, roll_ts, bar_time, stale, allowed })
    }

    fn subtract(&self, from: &Print, to: &Print) -> Result<Price, SpreadError> {
        to.price.checked_sub(from.price).ok_or(SpreadError::Overflow {
            from: self.roll.from,
            to: self.roll.to,
            bar_time: from.time,
        })
    }

    fn volume(&self, print: &Print) -> Result<u64, SpreadError> {
        u64::try_from(print.volume).map_err(|_| SpreadError::NegativeVolume {
            from: self.roll.from,
            to: self.roll.to,
            bar_time: print.time,
        })
    }
}

#[cfg(test)]
mod tests;
