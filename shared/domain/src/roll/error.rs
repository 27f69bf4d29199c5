//! Names that are not built, and rolls that cannot be given.

use crate::symbol::shorten;
use crate::{CalendarError, ContractRoot, ContractSymbol, LocalTimeError, TradeDate, UnixNanos};

/// A name that is none of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {name:?} is not built; allowed: {allowed}")]
pub struct UnknownName {
    /// What kind of name. Example: "roll trigger".
    pub what: &'static str,
    /// The name as given.
    pub name: String,
    /// The names that are built.
    pub allowed: &'static str,
}

/// Why a schedule cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RollError {
    /// The calendar does not answer.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The contract is the last one that a symbol can name.
    #[error("contract {contract} has no next quarterly contract that a symbol can name")]
    NoSuccessor {
        /// The contract rolled out of.
        contract: ContractSymbol,
    },
    /// An instant past all contracts that a symbol can name.
    #[error("no contract of {root} that a symbol can name is active at {at}")]
    NoContract {
        /// Product root.
        root: ContractRoot,
        /// The instant asked about.
        at: UnixNanos,
    },
    /// The product did not exist yet.
    #[error("not_listed: {root} has no contract at {at}; it is listed from {listed_from}")]
    NotListed {
        /// Product root.
        root: ContractRoot,
        /// The instant asked about, or of the roll.
        at: UnixNanos,
        /// First open of the product.
        listed_from: UnixNanos,
    },
    /// At the roll nobody could trade out of the contract any more.
    #[error("the roll out of {contract} at {roll_ts} is not before the end of its trading at {end}")]
    AfterLastTrade {
        /// The contract rolled out of.
        contract: ContractSymbol,
        /// Instant that the policy gives.
        roll_ts: UnixNanos,
        /// Instant at which trading in the contract ends, exclusive.
        end: UnixNanos,
    },
    /// A trigger with a number that it does not take.
    #[error("n_trade_dates_before:{count} is not built; 1 to 60 trade dates are allowed")]
    TradeDateCount {
        /// The number as given.
        count: u8,
    },
    /// The roll instant is no single instant on that day.
    #[error("roll instant on {trade_date}: {error}")]
    LocalTime {
        /// The roll trade date.
        trade_date: TradeDate,
        /// What is wrong with the time.
        error: LocalTimeError,
    },
    /// Rolls happen on trade dates alone.
    #[error("{date} is no trade date; the next one is {next}")]
    NoTradeDate {
        /// The date as given.
        date: TradeDate,
        /// The first trade date after it.
        next: TradeDate,
    },
    /// A question past the end of an explicit table.
    #[error("the roll table ends with {last} and does not say which contract is active {wanted}")]
    TableEnds {
        /// The contract that the last row rolls into.
        last: ContractSymbol,
        /// What was asked. Example: "2 contracts after NQM2026".
        wanted: String,
    },
}

impl UnknownName {
    pub(super) fn new(what: &'static str, name: &str, allowed: &'static str) -> Self {
        Self { what, name: shorten(name), allowed }
    }
}
