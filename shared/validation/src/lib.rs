//! Whether the bars of a contract can be trusted: every session of them held against the exchange calendar.
//!
//! A [`SessionValidator`] takes the bars of one contract in pieces, cut anywhere, and holds those of one session at a
//! time; what it finds does not depend on the cuts. Every finding has a closed code, a severity, a count, the trade dates
//! of its first and its last case, and cases in words.
//!
//! What is judged, per session and not per file:
//! * order, repeated minutes, whole minutes; prices above zero, low <= open, close <= high, the tick grid (a settlement
//!   off the grid is let pass as the close of a contract's very last bar, and as its high or low); volume;
//! * bars in closed hours by what closes them, bars after the contract's end, bars that the calendar knows nothing of;
//! * minutes without a bar by where they lie: first and last minute, last hour, holes, whole sessions, listed outages;
//! * spikes against both neighbours;
//! * runs of sessions that fit the calendar only if their bars are moved by an hour.
//!
//! Minutes before the first and after the last bar are not missing, because a file begins and ends where it does, unless
//! [`SessionValidator::expecting`] says from when to when there must be bars.
//!
//! What it does not do: no I/O, no clock, no repair. It compares no contracts with each other, and it cannot see what
//! leaves no trace in the bars: adjusted prices on the tick grid, or a settlement in place of the last trade.
//!
//! ```
//! use peaktrade_continuous::{Bar, Bars};
//! use peaktrade_domain::{Calendar, UnixNanos};
//! use peaktrade_validation::{Code, SessionValidator};
//!
//! let calendar = Calendar::shipped();
//! let mut validator = SessionValidator::new(&calendar, "NQM2025".parse().unwrap()).unwrap();
//! let saturday: UnixNanos = "2025-04-05T15:20:00Z".parse().unwrap();
//! let price = 17_500_000_000_000;
//! let mut bars = Bars::default();
//! bars.push(Bar { ts: saturday.nanos(), open: price, high: price, low: price, close: price, volume: 1 });
//! validator.take(bars.view()).unwrap();
//! assert_eq!(validator.finish().list[0].code, Code::WeekendBar);
//! ```

mod closed_hours;
mod code;
mod collector;
mod columns;
mod finding;
mod order;
mod shift;
mod silence;
mod spike;
mod tick_multiples;
mod validator;

pub use code::{Code, Severity, Unit};
pub use finding::{Finding, Findings};
pub use validator::SessionValidator;
