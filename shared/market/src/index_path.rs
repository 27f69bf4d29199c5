//! The index under the futures: regimes of drift over noise with the profile of a day, in whole ticks.

use peaktrade_domain::{Session, UnixNanos};

use crate::random::{Random, Stream};

/// One open minute of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Minute {
    /// Minutes since the Unix epoch.
    pub(crate) epoch_minute: i64,
    /// Minutes since the open of its segment, which is 17:00 in Chicago for every segment of the demo.
    pub(crate) since_open: i64,
    /// Index level in ticks when the minute begins; differs from the last close after a pause.
    pub(crate) open: i64,
    /// Index level in ticks when it ends.
    pub(crate) close: i64,
    /// Largest step of a minute at this time of day, in ticks.
    pub(crate) liveliness: u32,
    /// Contracts that all expiries together trade in such a minute, before noise.
    pub(crate) activity: i64,
}

/// 22,800 points: where NQ stood around the turn of 2025.
const FIRST_LEVEL_TICKS: i64 = 22_800 * 4;
/// 8 points at most between the end of one segment and the open of the next.
const OPENING_GAP_TICKS: u32 = 32;
/// Drift of a regime in thousandths of its minutes' liveliness: enough for an average to follow, too little to be sure.
const DRIFT_PER_MILLE: u32 = 60;

/// A regime of drift: how many minutes remain of it, and how strong it is.
struct Regime {
    minutes_left: i64,
    drift_per_mille: i64,
    number: u64,
}

/// The path over all minutes of the sessions, in order of time.
pub(crate) fn index_path(random: Random, sessions: &[Session]) -> Vec<Minute> {
    let mut level = FIRST_LEVEL_TICKS;
    let mut regime = Regime { minutes_left: 0, drift_per_mille: 0, number: 0 };
    // Thousandths of a tick that drift has not yet moved the level by.
    let mut carried = 0;
    let mut path = Vec::new();
    let mut last_close = None;
    for segment in sessions.iter().flat_map(|session| &session.segments) {
        let first = segment.open.nanos() / UnixNanos::MINUTE;
        let past = segment.close.nanos() / UnixNanos::MINUTE;
        level += random.within(OPENING_GAP_TICKS, Stream::OpeningGap, first.unsigned_abs());
        // Over a pause the index earns what carry takes from the futures: eleven weeks without bars move no future.
        level += last_close.map_or(0, |close| carry_ticks(first - close));
        last_close = Some(past);
        for epoch_minute in first..past {
            regime.advance(random);
            let since_open = epoch_minute - first;
            let liveliness = liveliness(since_open);
            carried += regime.drift_per_mille * i64::from(liveliness);
            let position = epoch_minute.unsigned_abs();
            let drift = carried.div_euclid(1000);
            carried -= drift * 1000;
            let noise = random.within(liveliness, Stream::Step, position)
                + random.within(liveliness, Stream::SecondStep, position);
            let open = level;
            level += drift + noise / 2;
            let activity = activity(since_open);
            path.push(Minute { epoch_minute, since_open, open, close: level, liveliness, activity });
        }
    }
    path
}

/// Carry of a day in half ticks: 17 halves are 2.125 points, near 3.5 % a year at 22,000.
const CARRY_HALF_TICKS_A_DAY: i64 = 17;
const MINUTES_A_DAY: i64 = 1440;

/// What carry comes to over some minutes of the clock, in ticks, rounded towards zero.
pub(crate) const fn carry_ticks(minutes: i64) -> i64 {
    minutes * CARRY_HALF_TICKS_A_DAY / (2 * MINUTES_A_DAY)
}

impl Regime {
    /// Counts one minute; starts the next regime when this one is over.
    fn advance(&mut self, random: Random) {
        if self.minutes_left == 0 {
            self.number += 1;
            self.minutes_left = 120 + random.below(420, Stream::RegimeLength, self.number);
            self.drift_per_mille = random.within(DRIFT_PER_MILLE, Stream::RegimeDrift, self.number);
        }
        self.minutes_left -= 1;
    }
}

/// Chicago 08:30, 09:30 and 15:00 as minutes since the open at 17:00.
const CASH_OPEN: i64 = 930;
const FIRST_HOUR_END: i64 = 990;
const CASH_CLOSE: i64 = 1320;
/// Chicago 02:00, when Europe opens.
const EUROPE_OPEN: i64 = 540;

fn liveliness(since_open: i64) -> u32 {
    match since_open {
        CASH_OPEN..FIRST_HOUR_END => 44,
        FIRST_HOUR_END..CASH_CLOSE => 26,
        EUROPE_OPEN..CASH_OPEN => 12,
        _ => 8,
    }
}

fn activity(since_open: i64) -> i64 {
    match since_open {
        CASH_OPEN..FIRST_HOUR_END => 2_600,
        FIRST_HOUR_END..1_260 => 1_100,
        // The last hour before the cash close.
        1_260..CASH_CLOSE => 1_900,
        EUROPE_OPEN..CASH_OPEN => 160,
        0..60 => 110,
        _ => 55,
    }
}
