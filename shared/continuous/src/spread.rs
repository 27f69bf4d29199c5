//! The spread of a roll, measured at one timestamp for both legs, with the evidence a person can check.

mod adjacent;
mod band;
mod candidates;
mod common_minutes;
mod error;
mod measuring;
mod settlement;

use peaktrade_domain::{
    Calendar, ContractSymbol, Price, RollPolicy, ScheduledRoll, SpreadMethod, TradeDate, UnixNanos,
};

pub use band::{BandError, SpreadBand};
pub use candidates::{Candidate, candidates};
pub use common_minutes::Dispersion;
pub use error::SpreadError;
pub use measuring::OldestMinute;

use self::common_minutes::CommonMinutesOf;
use self::measuring::{Measured, Measuring, Print};
use crate::{Bars, BarsView, DailyFact, Factor};

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
    /// Minutes of open market between the end of the bar at `spread_time`, or the settlement, and the roll: what the
    /// policy's bound is asked of.
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
    /// it, the end of that bar. Settlement prices are taken only where they were known by the roll.
    pub fn known_at(&self) -> UnixNanos {
        if self.method == SpreadMethod::Settlement || self.to_time < self.roll_ts {
            return self.roll_ts;
        }
        self.to_time.checked_add_nanos(Bars::DURATION_NS).unwrap_or(self.to_time)
    }

    /// The new contract's price that stands against `from_price` by the spread. It is `to_price`, but for the median:
    /// there the two closes are those of one minute, which may be the odd one that the median outvotes.
    pub fn to_price_by_spread(&self) -> Option<Price> {
        self.from_price.checked_add(self.spread)
    }

    /// What the roll multiplies by; `None` where the old price, or the new one by the spread, is not above zero.
    pub fn ratio(&self) -> Option<Factor> {
        Factor::of_prices(self.to_price_by_spread()?, self.from_price)
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
/// `last_common` takes the closes of the last minute in which both traded: a bar without volume repeats an older price
/// and is no market. `median_common_N` takes the median of new minus old close over the last N such minutes.
/// `settlement` takes the newest trade date of which both settlement prices were known. `peak_trade` takes the last close
/// of the one and the first close of the other.
/// The policy's bound is asked of the newest bar or settlement used, in minutes of open market from its end, so the
/// Friday before a Sunday roll is not stale; the oldest minute of a median may lie further back by
/// two for each minute taken. Bars must satisfy [`Bars::check_invariants`].
///
/// # Errors
/// Where there is no overlap, too little of it, or it is older than the policy allows; names both contracts and times.
pub fn measure_roll(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    policy: &RollPolicy,
    calendar: &Calendar,
) -> Result<RollEvidence, SpreadError> {
    measure(roll, legs, policy, calendar).map(|(evidence, _)| evidence)
}

/// Measures a roll from what was known at an instant at or after it. `None` where the roll has come and its spread cannot
/// be known yet, because [`SpreadMethod::PeakTrade`] waits for the new contract's first bar: a series ends there, as a
/// view from that instant does.
///
/// # Errors
/// As [`measure_roll`]. A new contract that stays silent for longer than the policy's bound is not waited for.
pub fn measure_known(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    policy: &RollPolicy,
    calendar: &Calendar,
    as_of: UnixNanos,
) -> Result<Option<RollEvidence>, SpreadError> {
    let over = before(legs.to, Bars::over_before(as_of));
    match measure_roll(roll, &RollLegs { to: over, ..*legs }, policy, calendar) {
        Err(error) if error.waits_for(roll.to) => {
            // After the calendar's end nothing is waited for.
            let waited = calendar.session_minutes_between(roll.roll_ts, as_of).unwrap_or(u64::MAX);
            if waited <= u64::from(policy.max_stale_session_minutes) { Ok(None) } else { Err(error) }
        }
        measured => measured.map(Some),
    }
}

/// Measures a roll; for a median also says how far back it reaches.
fn measure(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    policy: &RollPolicy,
    calendar: &Calendar,
) -> Result<(RollEvidence, Option<OldestMinute>), SpreadError> {
    let measuring = Measuring::new(roll, legs, calendar)?;
    let minutes = measuring.minutes.last_traded(MEDIAN_MINUTES);
    let runner_up = measuring.minutes.summarise(&minutes, MEDIAN_MINUTES)?;
    let allowed = policy.max_stale_session_minutes;
    let (measured, oldest) = match policy.spread {
        SpreadMethod::LastCommon => (measuring.last_common(allowed)?, None),
        SpreadMethod::MedianCommon(count) => {
            let (measured, oldest) = measuring.median(count, allowed)?;
            (measured, Some(oldest))
        }
        SpreadMethod::Settlement => (settlement::measure(&measuring, allowed)?, None),
        SpreadMethod::PeakTrade => (adjacent::measure(&measuring, allowed)?, None),
    };
    let evidence = RollEvidence {
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
    };
    Ok((evidence, oldest))
}

/// Spread over the last minutes before a roll in which both contracts traded, and how far it scatters; `None` where
/// there are fewer than `count`.
///
/// # Errors
/// Where the roll is not on a whole minute, a difference leaves the range or the calendar does not answer.
pub fn dispersion(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    count: usize,
    calendar: &Calendar,
) -> Result<Option<Dispersion>, SpreadError> {
    let measuring = Measuring::new(roll, legs, calendar)?;
    let traded = measuring.minutes.last_traded(count);
    let Some((minutes, deviation)) = measuring.minutes.scatter(&traded, count)? else { return Ok(None) };
    let stale_session_minutes = measuring.session_minutes_after(minutes.last_time)?;
    Ok(Some(Dispersion { minutes, deviation, stale_session_minutes }))
}

/// Whether bars that reach back to a common instant hold as many common minutes with volume on both legs before a roll
/// as a method and the runner-up ask for: then bars before that instant cannot change what [`measure_roll`] says.
pub fn has_enough_common_minutes(
    roll: &ScheduledRoll,
    from: BarsView<'_>,
    to: BarsView<'_>,
    method: SpreadMethod,
) -> bool {
    let minutes = CommonMinutesOf { roll, from: before(from, roll.roll_ts), to: before(to, roll.roll_ts) };
    let needed = match method {
        SpreadMethod::MedianCommon(count) => MEDIAN_MINUTES.max(usize::from(count)),
        SpreadMethod::LastCommon | SpreadMethod::Settlement | SpreadMethod::PeakTrade => MEDIAN_MINUTES,
    };
    minutes.last_traded(needed).len() == needed
}

fn before(bars: BarsView<'_>, end: UnixNanos) -> BarsView<'_> {
    bars.between(UnixNanos::from_nanos(i64::MIN), end)
}

#[cfg(test)]
mod tests;
