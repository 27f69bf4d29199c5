//! The demo market: which contracts, which windows, what is deliberately odd in them.

use peaktrade_domain::{Calendar, CalendarError, ContractSymbol, Session, SymbolError, TradeDate, UnixNanos};

use crate::contract::{ContractBars, Making, Role};
use crate::index_path::{Minute, index_path};
use crate::random::Random;

/// Trade dates of a window before the roll's own.
pub(crate) const TRADE_DATES_BEFORE: usize = 5;
/// Trade dates of a window: as many before the roll as from it on.
pub(crate) const WINDOW_TRADE_DATES: usize = 10;

/// A market of three contracts around two rolls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// Seed it was made from.
    pub seed: u64,
    /// The contracts in order of expiry.
    pub contracts: Vec<ContractBars>,
    /// The windows in order of time.
    pub windows: Vec<RollWindow>,
    /// Minutes that no contract has although the market was open.
    pub outage: Outage,
}

/// Ten trade dates around one roll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollWindow {
    /// First trade date.
    pub first: TradeDate,
    /// Last trade date.
    pub last: TradeDate,
    /// Roll trade date, the sixth of the window.
    pub roll: TradeDate,
    /// Open of the roll trade date.
    pub roll_open: UnixNanos,
    /// Contract rolled out of.
    pub from: ContractSymbol,
    /// Contract rolled into.
    pub to: ContractSymbol,
    /// Ticks by which the later contract gains on the earlier one each day.
    pub spread_drift_ticks_a_day: i64,
}

/// Minutes without bars in an open session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Trade date of the session.
    pub trade_date: TradeDate,
    /// First minute without bar.
    pub first: UnixNanos,
    /// Minutes without bar.
    pub minutes: u32,
}

/// Why the market cannot be made on a calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// The calendar does not answer for one of its dates.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A symbol of the market is not one.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// A window has another number of trade dates than the market is made for.
    #[error("the calendar has {found} trade dates from {first} to {last}, the market needs {}", WINDOW_TRADE_DATES)]
    Window {
        /// First trade date of the window.
        first: TradeDate,
        /// Last trade date of the window.
        last: TradeDate,
        /// Trade dates that the calendar has.
        found: usize,
    },
    /// The outage does not lie in an open session.
    #[error("the calendar is closed at {first}, where the market leaves out minutes")]
    Outage {
        /// First minute left out.
        first: UnixNanos,
    },
}

/// First and last trade date of each window, the contracts it rolls between, and the drift of their spread. Dates of
/// the demo, not of the exchange: the calendar says which of the days between are trade dates.
const WINDOWS: [(&str, &str, &str, &str, i64); 2] =
    [("2026-03-09", "2026-03-20", "NQH2026", "NQM2026", 3), ("2026-06-08", "2026-06-22", "NQM2026", "NQU2026", -2)];
const SYMBOLS: [&str; 3] = ["NQH2026", "NQM2026", "NQU2026"];
/// A Wednesday morning in Chicago, before the first roll, while the market is liveliest.
const OUTAGE_FIRST: &str = "2026-03-11T15:10:00Z";
const OUTAGE_MINUTES: u32 = 30;

impl Market {
    /// Seed of the demo that users see; its files' digests are fixed by a test.
    pub const DEMO_SEED: u64 = 1;

    /// The demo market on the shipped calendar.
    pub fn demo(seed: u64) -> Self {
        Self::generate(&Calendar::shipped(), seed)
            .expect("the shipped calendar has the demo's sessions, which this crate's tests check")
    }

    /// The demo market on a calendar.
    ///
    /// # Errors
    /// Where the calendar does not have the demo's sessions.
    pub fn generate(calendar: &Calendar, seed: u64) -> Result<Self, MarketError> {
        let random = Random::new(seed);
        let mut sessions = Vec::new();
        let mut windows = Vec::new();
        for (first, last, from, to, drift) in WINDOWS {
            let (window, window_sessions) = roll_window(calendar, (first, last), (from, to), drift)?;
            windows.push(window);
            sessions.extend_from_slice(window_sessions);
        }
        let outage = outage(calendar)?;
        let path = index_path(random, &sessions);
        let mut contracts = Vec::new();
        for (number, symbol) in (1..).zip(SYMBOLS) {
            let symbol: ContractSymbol = symbol.parse()?;
            let last_trade_time = calendar.last_trade_time(symbol)?;
            let making = Making { random, number, last_trade_time, outage: &outage };
            let mut bars = Vec::new();
            for (window, days) in windows.iter().zip(sessions.chunks(WINDOW_TRADE_DATES)) {
                if let Some(role) = window.role(symbol) {
                    making.append(window, role, &minutes_of(days, &path), &mut bars);
                }
            }
            contracts.push(ContractBars { symbol, last_trade_time, bars });
        }
        Ok(Self { seed, contracts, windows, outage })
    }
}

impl RollWindow {
    /// Where a contract stands in this roll; `None` once it has been rolled out of before.
    fn role(&self, symbol: ContractSymbol) -> Option<Role> {
        if symbol == self.from {
            Some(Role::Front)
        } else if symbol == self.to {
            Some(Role::Next)
        } else if symbol > self.to {
            Some(Role::Far)
        } else {
            None
        }
    }
}

fn roll_window<'a>(
    calendar: &'a Calendar,
    dates: (&str, &str),
    contracts: (&str, &str),
    spread_drift_ticks_a_day: i64,
) -> Result<(RollWindow, &'a [Session]), MarketError> {
    let parse = |date: &str| date.parse::<TradeDate>().expect("the demo's dates are ISO 8601");
    let (first, last) = (parse(dates.0), parse(dates.1));
    let sessions = calendar.sessions(first, last)?;
    if sessions.len() != WINDOW_TRADE_DATES {
        return Err(MarketError::Window { first, last, found: sessions.len() });
    }
    let roll = &sessions[TRADE_DATES_BEFORE];
    let window = RollWindow {
        first,
        last,
        roll: roll.trade_date,
        roll_open: roll.open(),
        from: contracts.0.parse()?,
        to: contracts.1.parse()?,
        spread_drift_ticks_a_day,
    };
    Ok((window, sessions))
}

fn outage(calendar: &Calendar) -> Result<Outage, MarketError> {
    let first: UnixNanos = OUTAGE_FIRST.parse().expect("the demo's outage is RFC 3339");
    let trade_date = calendar.trade_date_of(first)?.ok_or(MarketError::Outage { first })?;
    Ok(Outage { trade_date, first, minutes: OUTAGE_MINUTES })
}

/// The path's minutes within some sessions, each with the number of its session.
fn minutes_of(sessions: &[Session], path: &[Minute]) -> Vec<(usize, Minute)> {
    let mut minutes = Vec::new();
    for (number, session) in sessions.iter().enumerate() {
        for segment in &session.segments {
            let [first, past] = [segment.open, segment.close].map(|instant| {
                path.partition_point(|minute| minute.epoch_minute < instant.nanos() / UnixNanos::MINUTE)
            });
            minutes.extend(path[first..past].iter().map(|minute| (number, *minute)));
        }
    }
    minutes
}

#[cfg(test)]
mod tests;
