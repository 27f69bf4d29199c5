//! The minutes before a roll that both contracts have.

use peaktrade_domain::{Price, ScheduledRoll, UnixNanos};

use super::{CommonMinutes, Print, SpreadError};
use crate::BarsView;

/// Minutes that both contracts have before a roll.
pub(super) struct CommonMinutesOf<'a> {
    pub(super) roll: &'a ScheduledRoll,
    pub(super) from: BarsView<'a>,
    pub(super) to: BarsView<'a>,
}

/// Common minutes with volume on both legs, and how far their spreads scatter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispersion {
    /// Median, extremes and reach.
    pub minutes: CommonMinutes,
    /// Median of the distances to the median, a half of 1e-9 points rounded down: unlike a variance it is not moved by
    /// the odd print that it has to find.
    pub deviation: Price,
    /// Minutes of open market between the end of the newest of the minutes and the roll.
    pub stale_session_minutes: u64,
}

impl Dispersion {
    /// Whether the newest of the minutes is as young as a policy's bound asks of a spread.
    pub fn is_within(&self, max_stale_session_minutes: u32) -> bool {
        self.stale_session_minutes <= u64::from(max_stale_session_minutes)
    }
}

/// One minute that both contracts have.
#[derive(Clone, Copy)]
pub(super) struct Minute {
    ts: i64,
    from_close: i64,
    to_close: i64,
    from_volume: i64,
    to_volume: i64,
}

impl Minute {
    /// Whether both contracts traded. A vendor may fill an idle minute with the close before it and no volume; such a bar
    /// says nothing of its own minute.
    pub(super) const fn is_traded(&self) -> bool {
        self.from_volume > 0 && self.to_volume > 0
    }

    pub(super) const fn time(&self) -> UnixNanos {
        UnixNanos::from_nanos(self.ts)
    }

    pub(super) const fn from(&self) -> Print {
        Print { time: self.time(), price: Price::from_nanos(self.from_close), volume: self.from_volume }
    }

    pub(super) const fn to(&self) -> Print {
        Print { time: self.time(), price: Price::from_nanos(self.to_close), volume: self.to_volume }
    }
}

impl CommonMinutesOf<'_> {
    /// Minutes that both have, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = Minute> {
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

    /// The last minutes in which both traded, newest first; fewer than `count` where there are no more.
    pub(super) fn last_traded(&self, count: usize) -> Vec<Minute> {
        self.newest_first().filter(Minute::is_traded).take(count).collect()
    }

    pub(super) fn difference(&self, minute: &Minute) -> Result<Price, SpreadError> {
        Price::from_nanos(minute.to_close)
            .checked_sub(Price::from_nanos(minute.from_close))
            .ok_or_else(|| self.overflow(minute))
    }

    /// Median, smallest and largest of minutes that are given newest first; `None` for fewer than `count`.
    pub(super) fn summarise(&self, minutes: &[Minute], count: usize) -> Result<Option<CommonMinutes>, SpreadError> {
        Ok(self.scatter(minutes, count)?.map(|(minutes, _)| minutes))
    }

    /// The same and the median deviation.
    pub(super) fn scatter(
        &self,
        minutes: &[Minute],
        count: usize,
    ) -> Result<Option<(CommonMinutes, Price)>, SpreadError> {
        let (Some(newest), Some(oldest)) = (minutes.first(), minutes.last()) else { return Ok(None) };
        if minutes.len() < count {
            return Ok(None);
        }
        let mut spreads = Vec::with_capacity(minutes.len());
        for minute in minutes {
            spreads.push(self.difference(minute)?.nanos());
        }
        let median = median(&mut spreads);
        // A distance of two i64 fits into a u64, and the median of such distances is at most their range.
        let mut distances: Vec<i64> = Vec::with_capacity(spreads.len());
        for spread in &spreads {
            distances.push(i64::try_from(spread.abs_diff(median)).map_err(|_| self.overflow(newest))?);
        }
        let summary = CommonMinutes {
            median: Price::from_nanos(median),
            min: Price::from_nanos(spreads[0]),
            max: Price::from_nanos(spreads[spreads.len() - 1]),
            first_time: oldest.time(),
            last_time: newest.time(),
        };
        Ok(Some((summary, Price::from_nanos(self::median(&mut distances)))))
    }

    fn overflow(&self, minute: &Minute) -> SpreadError {
        SpreadError::Overflow { from: self.roll.from, to: self.roll.to, bar_time: minute.time() }
    }

    pub(super) fn too_few(&self, found: usize, needed: usize) -> SpreadError {
        let ScheduledRoll { from, to, roll_ts, .. } = *self.roll;
        SpreadError::TooFewMinutes { from, to, roll_ts, found, needed }
    }

    pub(super) fn no_overlap(&self, idle: u64) -> SpreadError {
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
            idle,
        }
    }
}

/// The mean of the two middle values, a half rounded down; sorts. At least one value is given.
fn median(values: &mut [i64]) -> i64 {
    values.sort_unstable();
    let lower = values[(values.len() - 1) / 2];
    let upper = values[values.len() / 2];
    // The mean of two i64 is one again, though their sum may not be.
    i64::try_from((i128::from(lower) + i128::from(upper)).div_euclid(2)).unwrap_or(lower)
}
