//! Fees per contract and side, and the terms on which market orders execute. Nothing is assumed: a root without a row
//! cannot be traded.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractRoot, Sha256, TradeDate, Usd};
use serde::{Deserialize, Serialize};

pub use crate::dated::{Confidence, ScheduleError};
use crate::dated::{Dated, amount, value};

/// Largest component of a fee per contract and side: a thousand dollars is a typing error, not a fee.
pub const FEE_MAX: Usd = Usd::from_micros(1_000 * Usd::SCALE);
/// Largest slippage in ticks; more than this would only ever be clamped into the bar.
pub const SLIPPAGE_TICKS_MAX: u32 = 1_000;

/// A fee file in force.
#[derive(Clone, Debug)]
pub struct FeeSchedule {
    sha256: Sha256,
    fees: Dated<FeeRow>,
    execution: BTreeMap<ContractRoot, ExecutionTerms>,
}

/// What one contract costs on one side, from a trade date on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRow {
    /// Broker's commission.
    pub commission: Usd,
    /// Exchange fee.
    pub exchange: Usd,
    /// National Futures Association fee.
    pub nfa: Usd,
    /// Clearing fee.
    pub clearing: Usd,
    /// Sum of the four.
    pub total: Usd,
    /// Where the row comes from.
    pub source: String,
    /// How well it is supported. Recorded, not enforced: an illustrative row is charged like a verified one.
    pub confidence: Confidence,
}

/// How market orders of a root execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionTerms {
    /// Ticks by which a fill is worse than the bar's open.
    pub slippage_ticks: u32,
    /// Share of a bar's volume that a session may take, 1 to 100 percent.
    pub volume_share_percent: u32,
}

/// A root that the file does not cover.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fee row for {root} on {trade_date}; the file has {known}")]
pub struct FeeMissing {
    /// The root.
    pub root: ContractRoot,
    /// The trade date.
    pub trade_date: TradeDate,
    /// Roots that the file has.
    pub known: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[serde(default)]
    fee: Vec<FileFee>,
    #[serde(default)]
    execution: Vec<FileExecution>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFee {
    root: String,
    effective_from: String,
    commission_usd: String,
    exchange_usd: String,
    nfa_usd: String,
    clearing_usd: String,
    source: String,
    confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileExecution {
    root: String,
    slippage_ticks: u32,
    volume_share_percent: u32,
}

impl FeeSchedule {
    /// Reads a fee file (TOML).
    ///
    /// # Errors
    /// Names every problem of the file; an unknown key is one.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let refuse = |problems| ScheduleError { file: "fees", problems };
        let file: File = toml::from_str(text).map_err(|error| refuse(vec![error.to_string()]))?;
        let mut problems = Vec::new();
        if file.format != 1 {
            problems.push(format!("format {} is not 1", file.format));
        }
        let fees = read_fees(&file.fee, &mut problems);
        let execution = read_execution(&file.execution, &mut problems);
        for root in fees.roots().filter(|root| !execution.contains_key(root)) {
            problems.push(format!("root {root} has fees but no [[execution]] row"));
        }
        let unpaid: Vec<_> =
            execution.keys().filter(|root| !fees.roots().any(|priced| priced == **root)).copied().collect();
        problems.extend(unpaid.iter().map(|root| format!("root {root} has an [[execution]] row but no fees")));
        if fees.is_empty() {
            problems.push("no [[fee]] row".to_owned());
        }
        if problems.is_empty() {
            Ok(Self { sha256: Sha256::of(text.as_bytes()), fees, execution })
        } else {
            Err(refuse(problems))
        }
    }

    /// SHA-256 of the file's bytes.
    pub const fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// Fee and execution terms of a root on a trade date.
    ///
    /// # Errors
    /// Where no row is in force.
    pub fn terms(&self, root: ContractRoot, trade_date: TradeDate) -> Result<(&FeeRow, ExecutionTerms), FeeMissing> {
        match (self.fees.in_force(root, trade_date), self.execution.get(&root)) {
            (Some((_, row)), Some(execution)) => Ok((row, *execution)),
            (None, _) | (_, None) => {
                let known: Vec<String> = self.fees.roots().map(|root| root.to_string()).collect();
                Err(FeeMissing { root, trade_date, known: known.join(", ") })
            }
        }
    }
}

fn read_fees(rows: &[FileFee], problems: &mut Vec<String>) -> Dated<FeeRow> {
    let mut fees = Dated::new();
    for (at, row) in rows.iter().enumerate() {
        let place = |field: &str| format!("fee row {}, {field}", at + 1);
        let commission = amount(&row.commission_usd, FEE_MAX, &place("commission_usd"), problems);
        let exchange = amount(&row.exchange_usd, FEE_MAX, &place("exchange_usd"), problems);
        let nfa = amount(&row.nfa_usd, FEE_MAX, &place("nfa_usd"), problems);
        let clearing = amount(&row.clearing_usd, FEE_MAX, &place("clearing_usd"), problems);
        let total = [exchange, nfa, clearing]
            .into_iter()
            .try_fold(commission, Usd::checked_add)
            .expect("four amounts of at most FEE_MAX have a sum");
        if row.source.trim().is_empty() {
            problems.push(format!("{}: empty; a row names its source", place("source")));
        }
        let root = value::<ContractRoot>(&row.root, &place("root"), problems);
        let from = value::<TradeDate>(&row.effective_from, &place("effective_from"), problems);
        let (Some(root), Some(from)) = (root, from) else { continue };
        let parsed = FeeRow {
            commission,
            exchange,
            nfa,
            clearing,
            total,
            source: row.source.clone(),
            confidence: row.confidence,
        };
        if !fees.insert(root, from, parsed) {
            problems.push(format!("{}: {root} has two rows from {from}", place("effective_from")));
        }
    }
    fees
}

fn read_execution(rows: &[FileExecution], problems: &mut Vec<String>) -> BTreeMap<ContractRoot, ExecutionTerms> {
    let mut execution = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let place = |field: &str| format!("execution row {}, {field}", at + 1);
        if row.slippage_ticks > SLIPPAGE_TICKS_MAX {
            problems.push(format!(
                "{}: {} is not between 0 and {SLIPPAGE_TICKS_MAX}",
                place("slippage_ticks"),
                row.slippage_ticks
            ));
        }
        if !(1..=100).contains(&row.volume_share_percent) {
            let problem = format!("{} is not between 1 and 100", row.volume_share_percent);
            problems.push(format!("{}: {problem}", place("volume_share_percent")));
        }
        let Some(root) = value::<ContractRoot>(&row.root, &place("root"), problems) else { continue };
        let terms =
            ExecutionTerms { slippage_ticks: row.slippage_ticks, volume_share_percent: row.volume_share_percent };
        if execution.insert(root, terms).is_some() {
            problems.push(format!("{}: {root} has two rows", place("root")));
        }
    }
    execution
}

#[cfg(test)]
mod tests {
    use super::FeeSchedule;

    const FILE: &str = include_str!("../../../deploy/futures_cme/illustrative/fees.toml");

    fn total(root: &str, date: &str) -> Result<String, String> {
        let schedule = FeeSchedule::parse(FILE).unwrap();
        let terms = schedule.terms(root.parse().unwrap(), date.parse().unwrap());
        terms.map(|(row, _)| row.total.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn illustrative_file_prices_both_roots_and_nothing_else() {
        // 0.85 + 1.28 + 0.02 and 0.25 + 0.30 + 0.02, added by hand.
        assert_eq!(total("NQ", "2026-06-16").unwrap(), "2.15");
        assert_eq!(total("MNQ", "2026-06-16").unwrap(), "0.57");
        assert_eq!(total("ES", "2026-06-16").unwrap_err(), "no fee row for ES on 2026-06-16; the file has MNQ, NQ");
        assert!(total("MNQ", "2015-01-05").unwrap_err().starts_with("no fee row for MNQ on 2015-01-05"));
    }

    fn check(from: &str, to: &str, problem: &str) {
        assert!(FILE.contains(from), "{from}");
        let error = FeeSchedule::parse(&FILE.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }

    #[test]
    fn every_fault_of_a_file_is_named() {
        check("format = 1", "format = 2", "format 2 is not 1");
        check("nfa_usd", "nfa_fee", "unknown field `nfa_fee`");
        check("exchange_usd = \"1.28\"", "", "missing field `exchange_usd`");
        check("\"0.85\"", "\"-0.85\"", "fee row 1, commission_usd: -0.85 is not between 0 and 1000.00");
        check("\"0.85\"", "\"0,85\"", "fee row 1, commission_usd: amount \"0,85\" is not");
        check("slippage_ticks = 1", "slippage_ticks = 1001", "slippage_ticks: 1001 is not between 0 and 1000");
        check("volume_share_percent = 10", "volume_share_percent = 0", "0 is not between 1 and 100");
        check("root = \"NQ\"", "root = \"ES\"", "root ES has fees but no [[execution]] row");
        check("root = \"NQ\"", "root = \"ES\"", "root NQ has an [[execution]] row but no fees");
        assert!(FeeSchedule::parse("format = 1").unwrap_err().to_string().contains("no [[fee]] row"));
    }
}
