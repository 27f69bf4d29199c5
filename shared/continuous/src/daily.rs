//! What is known of a contract once a day: settlement price, open interest, volume.

use peaktrade_domain::{Calendar, CalendarError, Price, TradeDate, UnixNanos};

use crate::{Bars, BarsView};

/// A value and the instant from which it was known. What is known later is no part of an earlier decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known<T> {
    /// The value.
    pub value: T,
    /// The instant from which it was known.
    pub known_at: UnixNanos,
}

/// Settlement price and open interest of one contract on one trade date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyFact {
    /// The trade date.
    pub trade_date: TradeDate,
    /// Daily settlement price; on the contract's last trade date the final one, which need not be on the tick grid.
    pub settlement: Option<Known<Price>>,
    /// Contracts open at the end of the trade date.
    pub open_interest: Option<Known<u64>>,
}

/// A count of contracts of one trade date, as a trigger compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyCount {
    /// The trade date.
    pub trade_date: TradeDate,
    /// Contracts, and the instant from which their number was known.
    pub contracts: Known<u64>,
}

/// Volume of one trade date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyVolume {
    /// The trade date.
    pub trade_date: TradeDate,
    /// Close of its session, from which on the volume is known.
    pub close: UnixNanos,
    /// Contracts traded in the bars of its session.
    pub contracts: u64,
    /// Open of its first bar.
    pub first_time: UnixNanos,
    /// Open of its last bar.
    pub last_time: UnixNanos,
    /// Most minutes of open market between two of its bars that have none, listed outages left out.
    pub silence_minutes_max: u64,
}

/// Bars that cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DailyVolumeError {
    /// The calendar does not answer for a bar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A volume below zero: the bars were not checked.
    #[error("trade date {trade_date}: the bar of {bar_time} has volume {volume}, at least 0 is allowed")]
    Negative {
        /// The trade date.
        trade_date: TradeDate,
        /// Open of the bar.
        bar_time: UnixNanos,
        /// Its volume.
        volume: i64,
    },
    /// The sum leaves the range.
    #[error("trade date {trade_date}: the sum of its volumes up to the bar of {bar_time} leaves the range of 64 bits")]
    Overflow {
        /// The trade date.
        trade_date: TradeDate,
        /// Open of the bar at which it does.
        bar_time: UnixNanos,
    },
}

/// Adds up volumes by trade date; bars come piece by piece, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DailyVolumes {
    days: Vec<DailyVolume>,
}

/// Minutes of open market in a row that a leading contract may leave without a bar, at the ends of a session and within
/// it. An export that is cut, or has a hole, shows only part of its volume, and would make the next contract look busier
/// than it was. Listed outages are not counted: then nobody traded.
const SILENCE_MINUTES_MAX: u64 = 60;

impl DailyVolumes {
    /// Adds bars that come after all added before; bars outside of sessions are left out.
    ///
    /// # Errors
    /// Where the calendar does not answer for a bar, a volume is below zero, or a sum leaves the range; the sums are of
    /// no use then.
    pub fn add(&mut self, bars: BarsView<'_>, calendar: &Calendar) -> Result<(), DailyVolumeError> {
        let mut row = 0;
        while row < bars.len() {
            let time = UnixNanos::from_nanos(bars.ts[row]);
            let Some(session) = calendar.session_of(time)? else {
                row += 1;
                continue;
            };
            // A session may have pauses; a bar within one is out of session, and only importers let none through.
            let past = bars.ts.partition_point(|ts| *ts < session.close().nanos()).max(row + 1);
            if self.days.last().is_none_or(|day| day.trade_date != session.trade_date) {
                self.days.push(DailyVolume {
                    trade_date: session.trade_date,
                    close: session.close(),
                    contracts: 0,
                    first_time: time,
                    last_time: time,
                    silence_minutes_max: 0,
                });
            }
            if let Some(day) = self.days.last_mut() {
                day.add(bars.rows(row..past), calendar)?;
            }
            row = past;
        }
        Ok(())
    }

    /// Volumes in order of trade date.
    pub fn days(&self) -> &[DailyVolume] {
        &self.days
    }

    /// Volumes as counts, each known from the close of its session.
    pub fn counts(&self) -> Vec<DailyCount> {
        self.days.iter().map(DailyVolume::count).collect()
    }

    /// Volumes of the sessions whose bars reach from begin to end and leave no more than an hour of open market in a row
    /// without one: what a contract that is about to be left traded less must not be for want of bars.
    ///
    /// # Errors
    /// Where the calendar does not answer for a session.
    pub fn whole_counts(&self, calendar: &Calendar) -> Result<Vec<DailyCount>, CalendarError> {
        let mut counts = Vec::with_capacity(self.days.len());
        for day in &self.days {
            let Some(session) = calendar.session(day.trade_date)? else { continue };
            let early = silence(calendar, session.open(), day.first_time)?;
            let late = silence(calendar, end_of_bar(day.last_time), day.close)?;
            if early.max(late).max(day.silence_minutes_max) <= SILENCE_MINUTES_MAX {
                counts.push(day.count());
            }
        }
        Ok(counts)
    }
}

impl DailyVolume {
    /// Adds bars of the trade date that come after those added before.
    fn add(&mut self, bars: BarsView<'_>, calendar: &Calendar) -> Result<(), DailyVolumeError> {
        let trade_date = self.trade_date;
        for (ts, volume) in bars.ts.iter().zip(bars.volume) {
            let bar_time = UnixNanos::from_nanos(*ts);
            let negative = |_| DailyVolumeError::Negative { trade_date, bar_time, volume: *volume };
            let sum = self.contracts.checked_add(u64::try_from(*volume).map_err(negative)?);
            self.contracts = sum.ok_or(DailyVolumeError::Overflow { trade_date, bar_time })?;
            // Minutes that follow one another need no calendar.
            let end = end_of_bar(self.last_time);
            if end < bar_time {
                self.silence_minutes_max = self.silence_minutes_max.max(silence(calendar, end, bar_time)?);
            }
            self.last_time = bar_time;
        }
        Ok(())
    }

    const fn count(&self) -> DailyCount {
        DailyCount { trade_date: self.trade_date, contracts: Known { value: self.contracts, known_at: self.close } }
    }
}

fn end_of_bar(bar_time: UnixNanos) -> UnixNanos {
    bar_time.checked_add_nanos(Bars::DURATION_NS).unwrap_or(bar_time)
}

/// Minutes of open market in [from, to) outside of listed outages; none where `to` does not come after `from`.
fn silence(calendar: &Calendar, from: UnixNanos, to: UnixNanos) -> Result<u64, CalendarError> {
    if to <= from {
        return Ok(0);
    }
    let mut minutes = calendar.session_minutes_between(from, to)?;
    for outage in calendar.outages() {
        let (begin, over) = (outage.from.max(from), outage.to.min(to));
        if begin < over {
            minutes = minutes.saturating_sub(calendar.session_minutes_between(begin, over)?);
        }
    }
    Ok(minutes)
}

/// Open interest as counts, in order of trade date.
pub fn open_interest(facts: &[DailyFact]) -> Vec<DailyCount> {
    let count =
        |fact: &DailyFact| fact.open_interest.map(|contracts| DailyCount { trade_date: fact.trade_date, contracts });
    facts.iter().filter_map(count).collect()
}
