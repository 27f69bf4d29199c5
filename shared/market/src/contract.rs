//! One contract's bars over the index: carry, the move of volume over a roll, minutes without trade.

use peaktrade_domain::{ContractSymbol, Price, UnixNanos};

use crate::index_path::{Minute, carry_ticks};
use crate::market::{Outage, RollWindow, TRADE_DATES_BEFORE, WINDOW_TRADE_DATES};
use crate::random::{Random, Stream};

/// One minute's bar in whole ticks of 0.25 points, stamped at its open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickBar {
    /// Open instant.
    pub open_time: UnixNanos,
    /// First price, ticks.
    pub open: i64,
    /// Highest price, ticks.
    pub high: i64,
    /// Lowest price, ticks.
    pub low: i64,
    /// Last price, ticks.
    pub close: i64,
    /// Contracts traded, at least 1: a minute without trade has no bar.
    pub volume: u32,
}

/// The bars of one contract, in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractBars {
    /// The contract.
    pub symbol: ContractSymbol,
    /// Instant at which it ceases to trade; no bar opens at or after it.
    pub last_trade_time: UnixNanos,
    /// Its bars.
    pub bars: Vec<TickBar>,
}

/// Where a contract stands in a roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Rolled out of.
    Front,
    /// Rolled into.
    Next,
    /// Not yet the next one.
    Far,
}

/// Share of all trade in thousandths, trade date by trade date of a roll's window; the roll takes effect on the sixth.
const FRONT_SHARE: [i64; WINDOW_TRADE_DATES] = [985, 978, 965, 940, 890, 330, 140, 70, 40, 25];
const NEXT_SHARE: [i64; WINDOW_TRADE_DATES] = [14, 20, 32, 55, 105, 660, 850, 920, 950, 965];
const FAR_SHARE: [i64; WINDOW_TRADE_DATES] = [1, 1, 1, 1, 2, 2, 2, 3, 3, 3];

const MINUTES_A_DAY: i64 = 1440;

impl TickBar {
    /// Index points of a tick, in units of 1e-9.
    const TICK_NANOS: i64 = Price::SCALE / 4;

    /// A price in ticks as index points.
    ///
    /// # Panics
    /// Where ticks leave the range of prices, which the generator's never do.
    pub const fn price(ticks: i64) -> Price {
        Price::from_nanos(ticks * Self::TICK_NANOS)
    }
}

impl Role {
    const fn share(self, trade_date: usize) -> i64 {
        match self {
            Self::Front => FRONT_SHARE[trade_date],
            Self::Next => NEXT_SHARE[trade_date],
            Self::Far => FAR_SHARE[trade_date],
        }
    }
}

/// What one contract's bars are made from.
pub(crate) struct Making<'a> {
    pub(crate) random: Random,
    /// Number of the contract, which picks its streams of numbers.
    pub(crate) number: u64,
    pub(crate) last_trade_time: UnixNanos,
    pub(crate) outage: &'a Outage,
}

impl Making<'_> {
    /// Appends the contract's bars of one window; `path` holds the window's minutes, `trade_dates` which of the window's
    /// trade dates each belongs to.
    pub(crate) fn append(&self, window: &RollWindow, role: Role, path: &[(usize, Minute)], bars: &mut Vec<TickBar>) {
        let first = path.first().map_or(0, |(_, minute)| minute.epoch_minute);
        let last_trade = self.last_trade_time.nanos() / UnixNanos::MINUTE;
        let mut last_close = None;
        for (trade_date, minute) in path {
            if minute.epoch_minute >= last_trade {
                break;
            }
            let premium = self.premium(window, role, minute.epoch_minute, first, last_trade);
            let position = minute.epoch_minute.unsigned_abs();
            let close = minute.close + premium + self.random.within(1, Stream::Quote(self.number), position);
            // After a pause the contract opens where the index does; within a segment where it closed last.
            let open = last_close.filter(|_| minute.since_open > 0).unwrap_or(minute.open + premium);
            last_close = Some(close);
            if let Some(volume) = self.volume(role.share(*trade_date), minute).filter(|_| !self.is_out(minute)) {
                bars.push(self.bar(minute, open, close, volume));
            }
        }
    }

    /// Ticks over the index: what carry is worth until expiry, and for the later contracts a drift over the window.
    fn premium(&self, window: &RollWindow, role: Role, now: i64, window_start: i64, last_trade: i64) -> i64 {
        let drift = match role {
            Role::Front => 0,
            Role::Next | Role::Far => (now - window_start) * window.spread_drift_ticks_a_day / MINUTES_A_DAY,
        };
        carry_ticks(last_trade - now) + drift
    }

    /// Contracts traded; `None` where the share of this minute comes to none.
    fn volume(&self, share: i64, minute: &Minute) -> Option<u32> {
        let position = minute.epoch_minute.unsigned_abs();
        // Between 40 % and 160 % of the profile.
        let noise = 400 + self.random.below(1201, Stream::Volume(self.number), position);
        let millionths = minute.activity * share * noise;
        // The fraction decides by chance, so that a small share trades now and then instead of never.
        let chance = self.random.below(1_000_000, Stream::Fraction(self.number), position);
        let whole = millionths / 1_000_000 + i64::from(millionths % 1_000_000 > chance);
        u32::try_from(whole).ok().filter(|volume| *volume > 0)
    }

    fn bar(&self, minute: &Minute, open: i64, close: i64, volume: u32) -> TickBar {
        let position = minute.epoch_minute.unsigned_abs();
        // A single trade has one price at most beside the open's.
        let reach = if volume == 1 { 1 } else { u64::from(minute.liveliness) / 3 + 1 };
        let (above, below) = (Stream::Reach(self.number), Stream::Depth(self.number));
        TickBar {
            open_time: UnixNanos::from_nanos(minute.epoch_minute * UnixNanos::MINUTE),
            open,
            high: open.max(close) + self.random.below(reach, above, position),
            low: open.min(close) - self.random.below(reach, below, position),
            close,
            volume,
        }
    }

    fn is_out(&self, minute: &Minute) -> bool {
        let first = self.outage.first.nanos() / UnixNanos::MINUTE;
        (first..first + i64::from(self.outage.minutes)).contains(&minute.epoch_minute)
    }
}

/// The shares of a trade date leave nothing over and the new contract leads from the roll on.
const _: () = {
    let mut at = 0;
    while at < WINDOW_TRADE_DATES {
        assert!(FRONT_SHARE[at] + NEXT_SHARE[at] + FAR_SHARE[at] <= 1000);
        assert!((NEXT_SHARE[at] > FRONT_SHARE[at]) == (at >= TRADE_DATES_BEFORE));
        at += 1;
    }
};
