//! Rows of a file that hold from a trade date on, per product root.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractRoot, TradeDate, Usd};

/// A file of dated rows that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} file: {}", problems.join("; "))]
pub struct ScheduleError {
    /// Which file. Example: "fees".
    pub file: &'static str,
    /// What is wrong, one entry for each problem.
    pub problems: Vec<String>,
}

/// How well a row is supported by its source: what its author says of it, checked for spelling and otherwise not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Read from the exchange or the broker itself.
    Verified,
    /// Read from somebody who quotes them.
    Secondary,
    /// Of the right size, for demonstrations only.
    Illustrative,
}

/// Rows in force from a trade date on.
#[derive(Clone, Debug)]
pub(crate) struct Dated<T> {
    rows: BTreeMap<ContractRoot, BTreeMap<TradeDate, T>>,
}

impl<T> Dated<T> {
    pub(crate) const fn new() -> Self {
        Self { rows: BTreeMap::new() }
    }

    /// Adds a row; false where the root already has one from that trade date.
    pub(crate) fn insert(&mut self, root: ContractRoot, from: TradeDate, row: T) -> bool {
        self.rows.entry(root).or_default().insert(from, row).is_none()
    }

    /// The row in force on a trade date, with the date from which it is.
    pub(crate) fn in_force(&self, root: ContractRoot, on: TradeDate) -> Option<(TradeDate, &T)> {
        self.rows.get(&root)?.range(..=on).next_back().map(|(from, row)| (*from, row))
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = ContractRoot> + '_ {
        self.rows.keys().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Reads a decimal amount of a file between zero and a named maximum; notes what is wrong with it.
pub(crate) fn amount(text: &str, max: Usd, place: &str, problems: &mut Vec<String>) -> Usd {
    match text.parse::<Usd>() {
        Ok(usd) if (Usd::ZERO..=max).contains(&usd) => usd,
        Ok(usd) => {
            problems.push(format!("{place}: {usd} is not between 0 and {max}"));
            Usd::ZERO
        }
        Err(error) => {
            problems.push(format!("{place}: {error}"));
            Usd::ZERO
        }
    }
}

/// Reads a value of a file; notes what is wrong with it.
pub(crate) fn value<T>(text: &str, place: &str, problems: &mut Vec<String>) -> Option<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| problems.push(format!("{place}: {error}"))).ok()
}
