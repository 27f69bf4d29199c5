//! Margin per contract from a trade date on. A missing or an outdated row refuses the order; nothing is derived from a
//! notional value.
//!
//! Only initial margin decides, and only when an order comes. Maintenance margin, source and confidence are recorded, not
//! enforced yet: no account is called or liquidated, however far its equity falls.

use peaktrade_domain::{ContractRoot, Sha256, TradeDate, Usd};
use serde::Deserialize;

pub use crate::dated::{Confidence, ScheduleError};
use crate::dated::{Dated, amount, value};

/// Largest margin of one contract: ten times the highest an index future has had.
pub const MARGIN_MAX: Usd = Usd::from_micros(1_000_000 * Usd::SCALE);
/// Longest life of a row that a file may grant, ten years.
pub const AGE_DAYS_MAX: u32 = 3_660;

/// A margin file in force.
#[derive(Clone, Debug)]
pub struct MarginSchedule {
    sha256: Sha256,
    max_age_days: u32,
    rows: Dated<MarginRow>,
}

/// Margin of one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginRow {
    /// Needed to open, above zero.
    pub initial: Usd,
    /// Needed to hold, above zero and at most `initial`. Recorded, not enforced: nothing is liquidated.
    pub maintenance: Usd,
    /// Where the row comes from.
    pub source: String,
    /// How well it is supported. Recorded, not enforced: an illustrative row decides like a verified one.
    pub confidence: Confidence,
}

/// Why there is no margin for a root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarginUnknown {
    /// No row is in force.
    #[error("no margin row for {root} on {trade_date}; the file has {known}")]
    Missing {
        /// The root.
        root: ContractRoot,
        /// The trade date.
        trade_date: TradeDate,
        /// Roots that the file has.
        known: String,
    },
    /// The row in force is older than the file allows.
    #[error("margin row for {root} on {trade_date} dates from {effective_from}, more than {max_age_days} days before")]
    Stale {
        /// The root.
        root: ContractRoot,
        /// The trade date.
        trade_date: TradeDate,
        /// First trade date of the row.
        effective_from: TradeDate,
        /// Longest life of a row.
        max_age_days: u32,
    },
}

impl MarginUnknown {
    /// The code in a REJECTED report's text.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "MARGIN_SCHEDULE_MISSING",
            Self::Stale { .. } => "MARGIN_SCHEDULE_STALE",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    max_age_days: u32,
    #[serde(default)]
    margin: Vec<FileMargin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMargin {
    root: String,
    effective_from: String,
    initial_usd: String,
    maintenance_usd: String,
    source: String,
    confidence: Confidence,
}

impl MarginSchedule {
    /// Reads a margin file (TOML).
    ///
    /// # Errors
    /// Names every problem of the file; an unknown key is one.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let refuse = |problems| ScheduleError { file: "margins", problems };
        let file: File = toml::from_str(text).map_err(|error| refuse(vec![error.to_string()]))?;
        let mut problems = Vec::new();
        if file.format != 1 {
            problems.push(format!("format {} is not 1", file.format));
        }
        if !(1..=AGE_DAYS_MAX).contains(&file.max_age_days) {
            problems.push(format!("max_age_days: {} is not between 1 and {AGE_DAYS_MAX}", file.max_age_days));
        }
        let rows = read_rows(&file.margin, &mut problems);
        if rows.is_empty() {
            problems.push("no [[margin]] row".to_owned());
        }
        if problems.is_empty() {
            Ok(Self { sha256: Sha256::of(text.as_bytes()), max_age_days: file.max_age_days, rows })
        } else {
            Err(refuse(problems))
        }
    }

    /// SHA-256 of the file's bytes.
    pub const fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// Margin of one contract of a root on a trade date.
    ///
    /// # Errors
    /// Where no row is in force, or the one that is has outlived the file's bound.
    pub fn row(&self, root: ContractRoot, trade_date: TradeDate) -> Result<&MarginRow, MarginUnknown> {
        let Some((effective_from, row)) = self.rows.in_force(root, trade_date) else {
            let known: Vec<String> = self.rows.roots().map(|root| root.to_string()).collect();
            return Err(MarginUnknown::Missing { root, trade_date, known: known.join(", ") });
        };
        let age_days = (trade_date.date() - effective_from.date()).num_days();
        if age_days > i64::from(self.max_age_days) {
            return Err(MarginUnknown::Stale { root, trade_date, effective_from, max_age_days: self.max_age_days });
        }
        Ok(row)
    }
}

fn read_rows(file_rows: &[FileMargin], problems: &mut Vec<String>) -> Dated<MarginRow> {
    let mut rows = Dated::new();
    for (at, row) in file_rows.iter().enumerate() {
        let place = |field: &str| format!("margin row {}, {field}", at + 1);
        let known = problems.len();
        let initial = amount(&row.initial_usd, MARGIN_MAX, &place("initial_usd"), problems);
        let maintenance = amount(&row.maintenance_usd, MARGIN_MAX, &place("maintenance_usd"), problems);
        if problems.len() == known && !(Usd::ZERO < maintenance && maintenance <= initial) {
            let problem = format!("{maintenance} is not above 0 and at most initial_usd, {initial}");
            problems.push(format!("{}: {problem}", place("maintenance_usd")));
        }
        if row.source.trim().is_empty() {
            problems.push(format!("{}: empty; a row names its source", place("source")));
        }
        let root = value::<ContractRoot>(&row.root, &place("root"), problems);
        let from = value::<TradeDate>(&row.effective_from, &place("effective_from"), problems);
        let (Some(root), Some(from)) = (root, from) else { continue };
        let parsed = MarginRow { initial, maintenance, source: row.source.clone(), confidence: row.confidence };
        if !rows.insert(root, from, parsed) {
            problems.push(format!("{}: {root} has two rows from {from}", place("effective_from")));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::MarginSchedule;

    const FILE: &str = include_str!("../../../deploy/futures_cme/illustrative/margins.toml");

    fn check(root: &str, date: &str, expected: Result<&str, &str>) {
        let schedule = MarginSchedule::parse(FILE).unwrap();
        let row = schedule.row(root.parse().unwrap(), date.parse().unwrap());
        let found = row.map(|row| format!("{}/{}", row.initial, row.maintenance)).map_err(|error| error.code());
        assert_eq!(found, expected.map(str::to_owned), "{root} {date}");
    }

    #[test]
    fn the_row_in_force_decides() {
        check("NQ", "2018-12-27", Err("MARGIN_SCHEDULE_MISSING"));
        check("NQ", "2018-12-28", Ok("8360.00/7600.00"));
        check("NQ", "2020-03-17", Ok("8360.00/7600.00"));
        check("NQ", "2020-03-18", Ok("16500.00/15000.00"));
        check("MNQ", "2020-03-18", Ok("1650.00/1500.00"));
        check("NQ", "2026-06-16", Ok("18700.00/17000.00"));
        check("ES", "2026-06-16", Err("MARGIN_SCHEDULE_MISSING"));
        // 2025-01-01 plus 800 days is 2027-03-12.
        check("NQ", "2027-03-12", Ok("18700.00/17000.00"));
        check("NQ", "2027-03-13", Err("MARGIN_SCHEDULE_STALE"));
    }

    fn refuse(from: &str, to: &str, problem: &str) {
        assert!(FILE.contains(from), "{from}");
        let error = MarginSchedule::parse(&FILE.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }

    #[test]
    fn every_fault_of_a_file_is_named() {
        refuse("format = 1", "format = 0", "format 0 is not 1");
        refuse("max_age_days = 800", "max_age_days = 0", "max_age_days: 0 is not between 1 and 3660");
        refuse("max_age_days = 800", "", "missing field `max_age_days`");
        refuse("\"8360\"", "\"7599\"", "maintenance_usd: 7600.00 is not above 0 and at most initial_usd, 7599.00");
        refuse("\"7600\"", "\"0\"", "maintenance_usd: 0.00 is not above 0");
        refuse("\"8360\"", "\"1000001\"", "initial_usd: 1000001.00 is not between 0 and 1000000.00");
        refuse("\"2020-03-18\"", "\"2018-12-28\"", "NQ has two rows from 2018-12-28");
        refuse("confidence = \"verified\"", "confidence = \"sure\"", "unknown variant `sure`");
    }
}
