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
}

/// Adds up volumes by trade date; bars come piece by piece, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DailyVolumes {
    days: Vec<DailyVolume>,
}

/// Minutes of open market at each end of a session that a leading contract may leave without a bar. An export that is cut
/// within a session shows only part of its volume, and would make the next contract look busier than it was.
const EDGE_MINUTES_MAX: u64 = 60;

impl DailyVolumes {
    /// Adds bars that come after all added before; bars outside of sessions are left out.
    ///
    /// # Errors
    /// Where the calendar does not answer for a bar.
    pub fn add(&mut self, bars: BarsView<'_>, calendar: &Calendar) -> Result<(), CalendarError> {
        let mut row = 0;
        while row < bars.len() {
            let time = UnixNanos::from_nanos(bars.ts[row]);
            let Some(session) = calendar.session_of(time)? else {
                row += 1;
                continue;
            };
            // A session may have pauses; a bar within one is out of session, and only importers let none through.
            let past = bars.ts.partition_point(|ts| *ts < session.close().nanos()).max(row + 1);
            let volume = bars.volume[row..past].iter().map(|volume| u64::try_from(*volume).unwrap_or(0)).sum::<u64>();
            let last_time = UnixNanos::from_nanos(bars.ts[past - 1]);
            match self.days.last_mut().filter(|day| day.trade_date == session.trade_date) {
                Some(day) => {
                    day.contracts += volume;
                    day.last_time = last_time;
                }
                None => self.days.push(DailyVolume {
                    trade_date: session.trade_date,
                    close: session.close(),
                    contracts: volume,
                    first_time: time,
                    last_time,
                }),
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

    /// Volumes of the sessions of which the bars reach from begin to end, give or take an hour: what a contract that is
    /// about to be left traded less must not be for want of bars.
    ///
    /// # Errors
    /// Where the calendar does not answer for a session.
    pub fn whole_counts(&self, calendar: &Calendar) -> Result<Vec<DailyCount>, CalendarError> {
        let mut counts = Vec::with_capacity(self.days.len());
        for day in &self.days {
            let Some(session) = calendar.session(day.trade_date)? else { continue };
            let end = day.last_time.checked_add_nanos(Bars::DURATION_NS).unwrap_or(day.last_time);
            let early = calendar.session_minutes_between(session.open(), day.first_time)?;
            let late = if end < day.close { calendar.session_minutes_between(end, day.close)? } else { 0 };
            if early <= EDGE_MINUTES_MAX && late <= EDGE_MINUTES_MAX {
                counts.push(day.count());
            }
        }
        Ok(counts)
    }
}

impl DailyVolume {
    const fn count(&self) -> DailyCount {
        DailyCount { trade_date: self.trade_date, contracts: Known { value: self.contracts, known_at: self.close } }
    }
}

/// Open interest as counts, in order of trade date.
pub fn open_interest(facts: &[DailyFact]) -> Vec<DailyCount> {
    let count =
        |fact: &DailyFact| fact.open_interest.map(|contracts| DailyCount { trade_date: fact.trade_date, contracts });
    facts.iter().filter_map(count).collect()
}
