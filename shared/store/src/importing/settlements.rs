//! From a vendor file to settlement prices and open interest by contract and trade date.
//!
//! A value is worth nothing without the instant from which it was known. Where a file does not tell it, a settlement
//! price counts as known from the close of its trade date, and open interest from the open of the next one: the exchange
//! counts it over night, so it is never known on its own day.

mod csv;
mod sorter;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read};

use peaktrade_continuous::DailyFact;
use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Price, Sha256, TradeDate, UnixNanos};

use super::databento::statistics;
use super::text::unpacked;
use super::{ImportError, Place, RowOf};

use sorter::Sorter;

/// Rows of one file at most: the statistics of a whole exchange over a day have some millions.
const ROWS_MAX: u64 = 1 << 28;

/// How a file of settlements is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettlementFormat {
    /// `contract,trade_date,settlement,open_interest[,known_at]` behind that header.
    Csv,
    /// Databento's DBN of schema statistics.
    Databento,
}

/// A vendor file of settlements as daily facts, with the fate of each of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedSettlements {
    /// Format. Example: "csv".
    pub format: &'static str,
    /// Its contracts in order of expiry; at least one.
    pub contracts: Vec<ContractSettlements>,
    /// All its rows by fate, also those of no contract.
    pub dispositions: FactCounts,
}

/// The daily facts of one contract of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSettlements {
    /// The contract.
    pub contract: ContractSymbol,
    /// Its facts in order of trade date; at least one.
    pub facts: Vec<DailyFact>,
    /// Trade dates on which the file does not tell from when a fact was known, so that an instant stands for it.
    pub untold_known_at: BTreeSet<TradeDate>,
    /// Its rows by fate.
    pub dispositions: FactCounts,
    /// SHA-256 of the calendar by which its rows were judged.
    pub calendar_sha256: Sha256,
}

/// The fate of one row. Every row meets exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactFate {
    /// Became a fact, or a part of one.
    Kept,
    /// Says again what a row before it said.
    Duplicate,
    /// Was replaced or withdrawn by a later publication of the same file.
    Replaced,
    /// A settlement price that is not final, or of no use: preliminary, theoretical within the day, void.
    Preliminary,
    /// Another statistic.
    OtherStatistic,
    /// Of no trade date by the calendar.
    OutOfSession,
    /// A settlement price off the grid of settlements, on another day than the contract's last.
    OffTick,
    /// Of a trade date after the contract's last.
    AfterExpiry,
    /// Of a spread or another combination.
    Spread,
    /// Of no dated contract of the root that the calendar knows the end of.
    UnknownSymbol,
    /// A price that the root cannot have.
    PriceScale,
}

/// Rows by fate; fates that no row met are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactCounts(BTreeMap<FactFate, u64>);

/// What one row says.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawFact {
    pub(super) place: Place,
    pub(super) of: RowOf,
    pub(super) trade_date: TradeDate,
    pub(super) settlement: Option<Price>,
    pub(super) open_interest: Option<u64>,
    /// As the file tells it.
    pub(super) known_at: Option<UnixNanos>,
}

/// A row of a file: something said of a contract, or a fate already met.
#[derive(Clone, Copy, Debug)]
pub(super) enum FactRow {
    Said(RawFact),
    /// What was said before of a contract and date holds no longer, whatever it was.
    Withdrawn(Withdrawal),
    Met(FactFate),
}

/// Which fact of a contract and date is withdrawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Withdrawal {
    pub(super) place: Place,
    pub(super) of: RowOf,
    pub(super) trade_date: TradeDate,
    pub(super) fact: FactKind,
}

/// What a fact is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactKind {
    Settlement,
    OpenInterest,
}

/// A reader of one format over one file.
pub(super) trait FactSource {
    /// The next row; `None` at the end of the file.
    ///
    /// # Errors
    /// Where the bytes are not of the format. The file is refused then, so nobody asks again.
    fn next_row(&mut self) -> Result<Option<FactRow>, ImportError>;

    /// Whether a later row corrects an earlier one; where not, two rows that differ refuse the file.
    fn is_journal(&self) -> bool;
}

/// Reads a file of settlements and open interest.
///
/// # Errors
/// Names the first row that is not of the format or cannot be right, or what the file as a whole cannot be; nothing is
/// imported then.
pub fn import_settlements(
    source: impl Read,
    format: SettlementFormat,
    root: ContractRoot,
    calendar: &Calendar,
) -> Result<ImportedSettlements, ImportError> {
    let unreadable = |source| ImportError::Unreadable { place: Place::line(0), source };
    let mut bytes = unpacked(source).map_err(unreadable)?;
    let is_empty = bytes.fill_buf().map_err(unreadable)?.is_empty();
    if is_empty {
        return Err(ImportError::Empty);
    }
    let mut rows: Box<dyn FactSource + '_> = match format {
        SettlementFormat::Csv => Box::new(csv::Rows::new(bytes, root, calendar)?),
        SettlementFormat::Databento => statistics::open(bytes, root, calendar)?,
    };
    let mut sorter = Sorter::new(root, calendar, rows.is_journal())?;
    let mut number = 0_u64;
    while let Some(row) = rows.next_row()? {
        number += 1;
        if number > ROWS_MAX {
            return Err(ImportError::TooManyRows);
        }
        sorter.take(row)?;
    }
    let (contracts, dispositions) = sorter.finish()?;
    Ok(ImportedSettlements { format: format.name(), contracts, dispositions })
}

impl SettlementFormat {
    /// The format of a name.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn parse(name: &str) -> Result<Self, ImportError> {
        match name {
            "csv" => Ok(Self::Csv),
            "databento" => Ok(Self::Databento),
            _ => Err(ImportError::OptionValue {
                option: "format",
                value: name.chars().take(64).collect(),
                allowed: "csv or databento, for settlements",
            }),
        }
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Databento => "databento",
        }
    }
}

impl FactFate {
    /// All fates, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Kept,
        Self::Duplicate,
        Self::Replaced,
        Self::Preliminary,
        Self::OtherStatistic,
        Self::OutOfSession,
        Self::OffTick,
        Self::AfterExpiry,
        Self::Spread,
        Self::UnknownSymbol,
        Self::PriceScale,
    ];

    /// The name in answers and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Duplicate => "duplicate",
            Self::Replaced => "replaced",
            Self::Preliminary => "preliminary",
            Self::OtherStatistic => "other_statistic",
            Self::OutOfSession => "out_of_session",
            Self::OffTick => "off_tick",
            Self::AfterExpiry => "after_expiry",
            Self::Spread => "spread",
            Self::UnknownSymbol => "unknown_symbol",
            Self::PriceScale => "price_scale",
        }
    }
}

impl FactCounts {
    pub(super) fn count(&mut self, fate: FactFate) {
        *self.0.entry(fate).or_default() += 1;
    }

    /// Moves one row that was counted as kept to another fate.
    pub(super) fn recount_kept_as(&mut self, fate: FactFate) {
        if let Some(kept) = self.0.get_mut(&FactFate::Kept) {
            *kept = kept.saturating_sub(1);
        }
        self.0.retain(|_, rows| *rows > 0);
        self.count(fate);
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (fate, rows) in &other.0 {
            *self.0.entry(*fate).or_default() += rows;
        }
    }

    /// Rows of one fate.
    pub fn of(&self, fate: FactFate) -> u64 {
        self.0.get(&fate).copied().unwrap_or(0)
    }

    /// Rows of all fates: every data row of the file.
    pub fn rows_in(&self) -> u64 {
        self.0.values().sum()
    }

    pub(crate) fn to_map(&self) -> BTreeMap<String, u64> {
        self.0.iter().map(|(fate, rows)| (fate.name().to_owned(), *rows)).collect()
    }
}

/// The fates that were met, in words: "23 other statistic, 1 off tick".
impl std::fmt::Display for FactCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let met = self.0.iter().map(|(fate, rows)| format!("{rows} {}", fate.name().replace('_', " ")));
        f.write_str(&met.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests;
