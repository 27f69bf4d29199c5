//! Value types, contract specifications, the exchange calendar and the roll schedule of CME equity-index futures.
//!
//! What it does not do: no I/O, no clock, no environment, no network, and no holiday in code: dates come from the
//! calendar file alone.
//!
//! ```
//! use peaktrade_domain::{Calendar, ContractSymbol, Price};
//!
//! let calendar = Calendar::shipped();
//! let contract: ContractSymbol = "NQM2026".parse().unwrap();
//! // The third Friday of June 2026 is a holiday, so trading ends on the Thursday.
//! assert_eq!(calendar.last_trade_date(contract).unwrap().to_string(), "2026-06-18");
//! assert_eq!("19667.50".parse::<Price>().unwrap().to_string(), "19667.5");
//! ```

mod calendar;
mod digest;
mod instant;
mod money;
mod price;
mod price_limit;
mod roll;
mod serialization;
mod side;
mod symbol;
mod trade_date;

pub use calendar::{
    Calendar, CalendarError, CalendarFileError, Closure, Confidence, ContractSpec, ExchangeFeeRow, HoursFilter,
    HoursFilterParseError, LeadRule, LocalTimeError, MarginRow, MarketState, Outage, PriceLimitEra, Segment, Session,
};
pub use digest::{Sha256, Sha256ParseError};
pub use instant::{InstantParseError, UnixNanos};
pub use money::{Usd, UsdParseError};
pub use price::{Price, PriceParseError};
pub use price_limit::{PriceLimit, PriceLimitError, after_close_limit, price_limits};
pub use roll::{
    ActiveContract, RollError, RollInstant, RollPolicy, RollTable, RollTableError, RollTableProblem, RollTrigger,
    ScheduledRoll, SpreadMethod, TableRoll, UnknownName,
};
pub use side::Side;
pub use symbol::{ContractMonth, ContractRoot, ContractSymbol, SymbolError, SymbolSpelling};
pub use trade_date::{TradeDate, TradeDateParseError};
