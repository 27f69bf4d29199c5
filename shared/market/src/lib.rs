//! The synthetic NQ market of the demo, the smoke runs, the benches and the tests: seeded, the same bytes every time.
//!
//! Three quarterly contracts, NQH2026, NQM2026, NQU2026, over ten trade dates around each of two rolls (2026-03-16 and
//! 2026-06-15), in the sessions that the calendar gives: Juneteenth's short session is part of trade date 2026-06-22.
//! Volume has the profile of a day and moves from the old contract to the new one over the roll; a far contract trades
//! little and leaves out minutes; the spread follows the carry and drifts; half an hour is missing from every contract.
//! Prices are whole ticks of 0.25 from integer arithmetic alone, so every machine makes the same bytes.
//!
//! [`write_ninjatrader`] writes a contract as NinjaTrader exports it, with a few deliberate defects, and says what an
//! importer must make of each row.
//!
//! [`QuarterlySet`] makes the long sets by which builders are measured and compared: whole quarters of one-minute bars,
//! contract by contract, by a public recipe of integers that any language can repeat.
//!
//! What it does not do: it is no model of any real market, and nothing learnt on it is worth trading. No quotes, no
//! depth, no float, no clock, no files.
//!
//! ```
//! use peaktrade_market::{Market, write_ninjatrader};
//!
//! let market = Market::demo(Market::DEMO_SEED);
//! let file = write_ninjatrader(&market, &market.contracts[0]);
//! assert_eq!(file.name, "NQ 03-26.Last.txt");
//! assert_eq!(file.expected.kept, market.contracts[0].bars.len() as u64);
//! ```

mod contract;
mod index_path;
mod market;
mod ninjatrader;
mod quarterly;
mod random;

pub use contract::{ContractBars, TickBar};
pub use market::{Market, MarketError, Outage, RollWindow};
pub use ninjatrader::{ExpectedRows, NinjaTraderFile, write_ninjatrader};
pub use quarterly::{QuarterlyContract, QuarterlyContracts, QuarterlyError, QuarterlySet, Segment, segments_json};
