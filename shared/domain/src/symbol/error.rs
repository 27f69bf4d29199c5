//! Texts that name no dated contract.

use super::ContractSymbol;
use super::spelling::EXAMPLES;
use crate::{CalendarError, ContractRoot, TradeDate};

/// Why a text names no dated contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// Not a root.
    #[error("root {text:?} is not 1 to 8 upper-case letters or digits starting with a letter, such as NQ")]
    Root {
        /// The text as given.
        text: String,
    },
    /// Not a canonical symbol.
    #[error("symbol {text:?} is not root, month letter and four-digit year from 1990 to 2199, such as NQH2026")]
    Symbol {
        /// The text as given.
        text: String,
    },
    /// A continuous ticker names no contract, and a product neither.
    #[error("symbol {text:?} is a continuous ticker, not a dated contract such as {EXAMPLES}")]
    Continuous {
        /// The text as given.
        text: String,
    },
    /// A spread is not a contract.
    #[error("symbol {text:?} is a spread, not a dated contract such as {EXAMPLES}")]
    Spread {
        /// The text as given.
        text: String,
    },
    /// An option is not a future.
    #[error("symbol {text:?} is an option, not a dated contract such as {EXAMPLES}")]
    Option {
        /// The text as given.
        text: String,
    },
    /// A spot-quoted future is priced as the cash index and has no quarterly rolls.
    #[error("symbol {text:?} is a spot-quoted future, not a dated contract such as {EXAMPLES}")]
    SpotQuoted {
        /// The text as given.
        text: String,
    },
    /// No spelling this program reads.
    #[error("symbol {text:?} is none of the spellings {EXAMPLES}")]
    Spelling {
        /// The text as given.
        text: String,
    },
    /// A spelling that names an exchange on which the root does not trade.
    #[error("symbol {text:?} names the exchange {exchange}; {root} trades on {allowed}")]
    Exchange {
        /// The text as given.
        text: String,
        /// Root in the text.
        root: ContractRoot,
        /// Exchange in the text.
        exchange: String,
        /// Names of the root's exchange.
        allowed: String,
    },
    /// A contract of another root than the one given beside the text.
    #[error("symbol {text:?} is of root {found}, not of {expected}")]
    OtherRoot {
        /// The text as given.
        text: String,
        /// Root in the text.
        found: ContractRoot,
        /// Root given beside it.
        expected: ContractRoot,
    },
    /// More than one contract is meant.
    #[error("symbol {text:?} is ambiguous on {reference}, it may be {}: {why}", listed(.candidates))]
    Ambiguous {
        /// The text as given.
        text: String,
        /// The date against which it was read.
        reference: TradeDate,
        /// The contracts that it may mean.
        candidates: Vec<ContractSymbol>,
        /// What would tell them apart.
        why: String,
    },
    /// An abbreviated year that stands for none near the reference date.
    #[error(
        "symbol {text:?} has no year within ten years of the reference date {reference}; considered were {considered}"
    )]
    Year {
        /// The text as given.
        text: String,
        /// The date against which the year was read.
        reference: TradeDate,
        /// The years considered. Example: "1999, 2099".
        considered: String,
    },
    /// No contract that the calendar lists, or a reference date that it cannot judge.
    #[error("symbol {text:?}: {error}")]
    Calendar {
        /// The text as given.
        text: String,
        /// What the calendar says.
        error: CalendarError,
    },
}

fn listed(candidates: &[ContractSymbol]) -> String {
    let names: Vec<String> = candidates.iter().map(ContractSymbol::to_string).collect();
    names.join(" or ")
}
