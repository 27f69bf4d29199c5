//! The spread of a roll, measured at one timestamp for both legs, with the evidence a person can check.

use peaktrade_domain::{
    Calendar, CalendarError, ContractSymbol, Price, RollPolicy, ScheduledRoll, SpreadMethod, TradeDate, UnixNanos,
};

use crate::{Bars, BarsView};

/// Common minutes with volume on both legs that the median takes: half an hour, enough to outvote a single odd print.
pub const MEDIAN_MINUTES: usize = 30;

/// One roll: what was measured, where, and what another method would have said.
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
    /// Open of the newest bar the measurement used, the same for both legs and before `roll_ts`.
    pub spread_time: UnixNanos,
    /// Old contract's close of that bar.
    pub from_price: Price,
    /// New contract's close of that bar.
    pub to_price: Price,
    /// Contracts traded in the old contract's bar.
    pub from_volume: u64,
    /// Contracts traded in the new contract's bar.
    pub to_volume: u64,
    /// How `spread` was measured.
    pub method: SpreadMethod,
    /// The last [`MEDIAN_MINUTES`] common minutes with volume on both legs; `None` where there are fewer.
    pub runner_up: Option<CommonMinutes>,
    /// Minutes of open market between the end of the bar at `spread_time` and the roll.
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

/// Why a spread cannot be measured. The series is refused; it is never left unadjusted without a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpreadError {
    /// The roll is not on a whole minute, so a bar would lie on both sides of it.
    #[error("roll {from} -> {to} at {roll_ts} is not on a whole minute, and bars are minutes")]
    NotAMinute {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
    },
    /// No minute in common.
    #[error(
        "roll {from} -> {to} at {roll_ts}: no minute before it has a bar of both; {from} {}, {to} {}",
        describe_reach(*.from_reach),
        describe_reach(*.to_reach)
    )]
    NoOverlap {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// First and last bar of the old contract before the roll.
        from_reach: Option<(UnixNanos, UnixNanos)>,
        /// First and last bar of the new contract before the roll.
        to_reach: Option<(UnixNanos, UnixNanos)>,
    },
    /// Too few minutes with volume on both legs for the median.
    #[error(
        "roll {from} -> {to} at {roll_ts}: {found} common minutes with volume on both legs, the median needs {}",
        MEDIAN_MINUTES
    )]
    TooFewMinutes {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Minutes found.
        found: usize,
    },
    /// The oldest bar that the method uses is too old.
    #[error(
        "roll {from} -> {to} at {roll_ts}: the common bar of {bar_time} is {stale} session minutes old, allowed are {allowed}"
    )]
    TooStale {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Open of the oldest bar used.
        bar_time: UnixNanos,
        /// Minutes of open market from that bar's end to the roll.
        stale: u64,
        /// Most that the policy allows.
        allowed: u32,
    },
    /// The difference of two prices leaves the range.
    #[error("roll {from} -> {to}: the difference of the closes at {bar_time} leaves the range of prices")]
    Overflow {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// Open of the bar concerned.
        bar_time: UnixNanos,
    },
    /// A volume is below zero: the bars were not checked.
    #[error("roll {from} -> {to}: a volume at {bar_time} is below zero")]
    NegativeVolume {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// Open of the bar concerned.
        bar_time: UnixNanos,
    },
    /// The calendar does not answer for the time between bar and roll.
    #[error("roll {from} -> {to} at {roll_ts}: {source}")]
    Calendar {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// What the calendar says.
        source: CalendarError,
    },
}

/// Measures the spread of a roll from bars of its two contracts; bars from `roll_ts` on are not looked at.
///
/// `last_common` takes the closes of the last minute that both have. `median_common_30` takes the median of new minus
/// old close over the last [`MEDIAN_MINUTES`] minutes with volume on both. Staleness is counted in minutes of open
/// market from the end of the oldest bar used, so the Friday before a Sunday roll is not stale. Bars must satisfy
/// [`Bars::check_invariants`].
///
/// # Errors
/// Where there is no overlap, too little of it, or it is older than the policy allows; names both contracts and times.
pub fn measure_spread(
    roll: &ScheduledRoll,
    from: BarsView<'_>,
    to: BarsView<'_>,
    policy: &RollPolicy,
    calendar: &Calendar,
) -> Result<RollEvidence, SpreadError> {
    if !roll.roll_ts.is_whole_minute() {
        return Err(SpreadError::NotAMinute { from: roll.from, to: roll.to, roll_ts: roll.roll_ts });
    }
    let legs = Legs { roll, from: before(from, roll.roll_ts), to: before(to, roll.roll_ts) };
    let mut traded = legs.common().filter(|minute| minute.from_volume > 0 && minute.to_volume > 0);
    let minutes: Vec<Minute> = traded.by_ref().take(MEDIAN_MINUTES).collect();
    let runner_up = legs.summarise(&minutes)?;
    let Some(last_common) = legs.common().next() else { return Err(legs.no_overlap()) };

    let (newest, oldest, spread) = match policy.spread {
        SpreadMethod::LastCommon => (last_common, last_common, legs.difference(&last_common)?),
        SpreadMethod::MedianCommon30 => match (minutes.first(), minutes.last(), runner_up) {
            (Some(newest), Some(oldest), Some(summary)) => (*newest, *oldest, summary.median),
            _ => return Err(legs.too_few(minutes.len())),
        },
    };
    legs.check_staleness(&oldest, policy, calendar)?;
    let stale = legs.session_minutes_since(&newest, calendar)?;
    let volume = |volume: i64| {
        u64::try_from(volume).map_err(|_| SpreadError::NegativeVolume {
            from: roll.from,
            to: roll.to,
            bar_time: newest.time(),
        })
    };
    Ok(RollEvidence {
        from: roll.from,
        to: roll.to,
        roll_ts: roll.roll_ts,
        trade_date: roll.trade_date,
        spread,
        spread_time: newest.time(),
        from_price: Price::from_nanos(newest.from_close),
        to_price: Price::from_nanos(newest.to_close),
        from_volume: volume(newest.from_volume)?,
        to_volume: volume(newest.to_volume)?,
        method: policy.spread,
        runner_up,
        stale_session_minutes: u32::try_from(stale).unwrap_or(u32::MAX),
    })
}

fn before(bars: BarsView<'_>, end: UnixNanos) -> BarsView<'_> {
    bars.between(UnixNanos::from_nanos(i64::MIN), end)
}

/// Both contracts' bars before one roll.
struct Legs<'a> {
    roll: &'a ScheduledRoll,
    from: BarsView<'a>,
    to: BarsView<'a>,
}

/// One minute that both contracts have.
#[derive(Clone, Copy)]
struct Minute {
    ts: i64,
    from_close: i64,
    to_close: i64,
    from_volume: i64,
    to_volume: i64,
}

impl Minute {
    const fn time(&self) -> UnixNanos {
        UnixNanos::from_nanos(self.ts)
    }
}

impl Legs<'_> {
    /// Minutes that both have, newest first.
    fn common(&self) -> impl Iterator<Item = Minute> {
        let (mut at_from, mut at_to) = (self.from.len(), self.to.len());
        std::iter::from_fn(move || {
            while at_from > 0 && at_to > 0 {
                let (from_ts, to_ts) = (self.from.ts[at_from - 1], self.to.ts[at_to - 1]);
                if from_ts >= to_ts {
                    at_from -= 1;
                }
                if to_ts >= from_ts {
                    at_to -= 1;
                }
                if from_ts == to_ts {
                    return Some(Minute {
                        ts: from_ts,
                        from_close: self.from.close[at_from],
                        to_close: self.to.close[at_to],
                        from_volume: self.from.volume[at_from],
                        to_volume: self.to.volume[at_to],
                    });
                }
            }
            None
        })
    }

    fn difference(&self, minute: &Minute) -> Result<Price, SpreadError> {
        Price::from_nanos(minute.to_close)
            .checked_sub(Price::from_nanos(minute.from_close))
            .ok_or_else(|| self.overflow(minute))
    }

    /// Median, smallest and largest of [`MEDIAN_MINUTES`] minutes, newest first; `None` for fewer.
    fn summarise(&self, minutes: &[Minute]) -> Result<Option<CommonMinutes>, SpreadError> {
        let (Some(newest), Some(oldest)) = (minutes.first(), minutes.last()) else { return Ok(None) };
        if minutes.len() < MEDIAN_MINUTES {
            return Ok(None);
        }
        let mut spreads = Vec::with_capacity(minutes.len());
        for minute in minutes {
            spreads.push(self.difference(minute)?.nanos());
        }
        spreads.sort_unstable();
        let lower = i128::from(spreads[(MEDIAN_MINUTES - 1) / 2]);
        let upper = i128::from(spreads[MEDIAN_MINUTES / 2]);
        let median = i64::try_from((lower + upper).div_euclid(2)).map_err(|_| self.overflow(newest))?;
        Ok(Some(CommonMinutes {
            median: Price::from_nanos(median),
            min: Price::from_nanos(spreads[0]),
            max: Price::from_nanos(spreads[spreads.len() - 1]),
            first_time: oldest.time(),
            last_time: newest.time(),
        }))
    }

    fn session_minutes_since(&self, minute: &Minute, calendar: &Calendar) -> Result<u64, SpreadError> {
        let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
        // The bar lies before a roll on a whole minute, so its end is not after the roll and cannot overflow.
        let end = minute.time().checked_add_nanos(Bars::DURATION_NS).unwrap_or(roll_ts);
        calendar.session_minutes_between(end, roll_ts).map_err(|source| SpreadError::Calendar {
            from,
            to,
            roll_ts,
            source,
        })
    }

    fn check_staleness(&self, oldest: &Minute, policy: &RollPolicy, calendar: &Calendar) -> Result<(), SpreadError> {
        let stale = self.session_minutes_since(oldest, calendar)?;
        let allowed = policy.max_stale_session_minutes;
        if stale <= u64::from(allowed) {
            return Ok(());
        }
        let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
        Err(SpreadError::TooStale { from, to, roll_ts, bar_time: oldest.time(), stale, allowed })
    }

    fn overflow(&self, minute: &Minute) -> SpreadError {
        SpreadError::Overflow { from: self.roll.from, to: self.roll.to, bar_time: minute.time() }
    }

    fn too_few(&self, found: usize) -> SpreadError {
        SpreadError::TooFewMinutes { from: self.roll.from, to: self.roll.to, roll_ts: self.roll.roll_ts, found }
    }

    fn no_overlap(&self) -> SpreadError {
        let reach = |bars: &BarsView<'_>| {
            let (first, last) = (bars.ts.first()?, bars.ts.last()?);
            Some((UnixNanos::from_nanos(*first), UnixNanos::from_nanos(*last)))
        };
        SpreadError::NoOverlap {
            from: self.roll.from,
            to: self.roll.to,
            roll_ts: self.roll.roll_ts,
            from_reach: reach(&self.from),
            to_reach: reach(&self.to),
        }
    }
}

fn describe_reach(reach: Option<(UnixNanos, UnixNanos)>) -> String {
    match reach {
        Some((first, last)) => format!("has bars from {first} to {last}"),
        None => "has none".to_owned(),
    }
}

#[cfg(test)]
mod tests;
