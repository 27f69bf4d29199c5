//! Questions that a calendar does not answer, and files that are none.

use crate::{ContractRoot, TradeDate};

/// A question the calendar does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Outside the validity of the file.
    #[error("{what} is outside the calendar's validity, {valid_from} to {valid_to}")]
    OutOfRange {
        /// The date or instant asked about.
        what: String,
        /// First trade date the file answers for.
        valid_from: TradeDate,
        /// Last trade date the file answers for.
        valid_to: TradeDate,
    },
    /// A range that ends before it begins.
    #[error("the range from {from} to {to} ends before it begins")]
    Reversed {
        /// Begin of the range as asked.
        from: String,
        /// End of the range as asked.
        to: String,
    },
    /// The file has no such root.
    #[error("root {root} has no specification in the calendar; it has {known}")]
    UnknownRoot {
        /// The root asked about.
        root: ContractRoot,
        /// Roots that the file has.
        known: String,
    },
    /// The contract is not one of the product's, or the product does not trade yet.
    #[error("{what} is not listed (not_listed: {why})")]
    NotListed {
        /// What was asked about. Example: "contract MNQH2019".
        what: String,
        /// Why. Example: "MNQ lists March, June, September and December from 2019-05-06".
        why: String,
    },
}

/// A calendar file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar file, line {line}: {problem}")]
pub struct CalendarFileError {
    /// Line, counted from 1; 0 where the problem concerns the whole file.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub problem: String,
}
