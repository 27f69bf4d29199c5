//! What a run came to: one document for scripts, one screen for people.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use peaktrade_domain::Usd;
use serde::Serialize;

use crate::documents::{DatasetDocument, ImportDocument, RollDocument};
use crate::machine;
use crate::table;

/// Summary of one run.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// Name of what was asked, from its inputs.
    pub(crate) run_id: String,
    /// Name of this execution of it.
    pub(crate) session_id: String,
    /// Folder of the evidence pack.
    pub(crate) pack: PathBuf,
    /// The report inside the pack.
    pub(crate) report: PathBuf,
    /// Files imported by the command; none for a replay of a stored dataset.
    pub(crate) imports: Vec<ImportDocument>,
    /// The dataset.
    pub(crate) dataset: DatasetDocument,
    /// Rolls with what was traded at each.
    pub(crate) rolls: Vec<RollSummary>,
    /// Orders sent, roll requests and those sent to be blocked included.
    pub(crate) orders: u64,
    /// Fills.
    pub(crate) fills: u64,
    /// Blocked orders by primary reason.
    pub(crate) blocks: BTreeMap<String, u64>,
    /// Starting cash.
    pub(crate) cash: Usd,
    /// Profit and loss after fees.
    pub(crate) profit: Usd,
    /// Fees.
    pub(crate) fees: Usd,
    /// Fills that were checked against raw bars.
    pub(crate) fills_checked: u64,
    /// Time from the command's start.
    pub(crate) wall: Duration,
    /// Largest memory of this process, where the system says.
    pub(crate) peak_rss_bytes: Option<u64>,
}

/// One roll and its legs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RollSummary {
    /// The roll and the evidence of its spread.
    #[serde(flatten)]
    pub(crate) roll: RollDocument,
    /// Fills of both legs, in order; none where nothing was held.
    pub(crate) legs: Vec<LegFill>,
}

/// One fill of a roll's leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LegFill {
    /// Contract.
    pub(crate) contract: String,
    /// BUY or SELL.
    pub(crate) side: &'static str,
    /// Contracts.
    pub(crate) quantity: u32,
    /// Price, points.
    pub(crate) price: String,
    /// Instant.
    pub(crate) time: String,
}

/// The document of `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryDocument<'a> {
    run_id: &'a str,
    session_id: &'a str,
    dataset_id: &'a str,
    pack: String,
    report: String,
    report_url: String,
    wall_seconds: f64,
    peak_rss_bytes: Option<u64>,
    rows_in: u64,
    rows_out: u64,
    dispositions: BTreeMap<String, u64>,
    rolls: &'a [RollSummary],
    orders: u64,
    fills: u64,
    blocks: &'a BTreeMap<String, u64>,
    pnl_usd: String,
    fees_usd: String,
    cash_usd: String,
}

impl Summary {
    /// Rows of the imported files; without an import, the contract bars that the series was cut from.
    pub(crate) fn rows_in(&self) -> u64 {
        if self.imports.is_empty() { self.dataset.rows_in } else { self.imports.iter().map(|file| file.rows_in).sum() }
    }

    /// The document for scripts.
    pub(crate) fn document(&self) -> SummaryDocument<'_> {
        SummaryDocument {
            run_id: &self.run_id,
            session_id: &self.session_id,
            dataset_id: &self.dataset.dataset_id,
            pack: machine::absolute(&self.pack),
            report: machine::absolute(&self.report),
            report_url: machine::file_url(&self.report),
            wall_seconds: self.wall.as_secs_f64(),
            peak_rss_bytes: self.peak_rss_bytes,
            rows_in: self.rows_in(),
            rows_out: self.dataset.rows_out,
            dispositions: dispositions(&self.imports),
            rolls: &self.rolls,
            orders: self.orders,
            fills: self.fills,
            blocks: &self.blocks,
            pnl_usd: self.profit.to_string(),
            fees_usd: self.fees.to_string(),
            cash_usd: self.cash.to_string(),
        }
    }

    /// The screen for people.
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![("run", self.run_id.clone())];
        if self.imports.is_empty() {
            lines.push(("rows in", format!("{} contract bars", table::grouped(self.rows_in()))));
        } else {
            let files = self.imports.len();
            let fates = counts(&dispositions(&self.imports));
            lines.push(("rows in", format!("{} in {files} files: {fates}", table::grouped(self.rows_in()))));
        }
        let series = [&self.dataset.root, &self.dataset.bar, &self.dataset.method].map(String::as_str).join(" ");
        lines.push(("rows out", format!("{} bars of {series}", table::grouped(self.dataset.rows_out))));
        lines.push(("dataset", self.dataset.dataset_id.clone()));
        for roll in &self.rolls {
            lines.push(("roll", roll.text()));
            for leg in &roll.legs {
                let LegFill { contract, side, quantity, price, time } = leg;
                lines.push(("", format!("  {side} {quantity} {contract} at {price}, {time}")));
            }
        }
        let blocked: u64 = self.blocks.values().sum();
        lines.push(("orders", format!("{} sent, {blocked} blocked, {} fills", self.orders, self.fills)));
        if blocked > 0 {
            lines.push(("blocks", counts(&self.blocks)));
        }
        lines.push(("P&L", format!("{} USD after {} USD of fees, on {} USD", self.profit, self.fees, self.cash)));
        let checked = "lie inside the raw bar of their minute; the P&L is the sum over all fills";
        lines.push(("checked", format!("{} of {} fills {checked}", self.fills_checked, self.fills)));
        lines.push(("took", self.cost()));
        lines.push(("pack", self.pack.display().to_string()));
        lines.push(("report", machine::file_url(&self.report)));
        lines.iter().map(|(name, text)| format!("{name:<9} {text}").trim_end().to_owned() + "\n").collect()
    }

    fn cost(&self) -> String {
        let seconds = format!("{:.1} s", self.wall.as_secs_f64());
        match self.peak_rss_bytes {
            Some(bytes) => format!("{seconds}, {} MiB at most", bytes.div_ceil(1 << 20)),
            None => seconds,
        }
    }
}

impl RollSummary {
    fn text(&self) -> String {
        let RollDocument { from_symbol, to_symbol, roll_ts, spread, spread_time, from_price, to_price, .. } =
            &self.roll;
        let time = |time: &Option<String>| time.clone().unwrap_or_default();
        let sign = if spread.starts_with('-') { "" } else { "+" };
        format!(
            "{from_symbol} {from_price} -> {to_symbol} {to_price} at {}, spread {sign}{spread}; effective {}",
            time(spread_time),
            time(roll_ts)
        )
    }
}

/// Rows of all files by what happened to them.
pub(crate) fn dispositions(files: &[ImportDocument]) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (kind, rows) in files.iter().flat_map(|file| &file.dispositions) {
        *sums.entry(kind.clone()).or_insert(0) += rows;
    }
    sums
}

/// `kept 1,200, duplicate 2`.
fn counts(counts: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> =
        counts.iter().filter(|(_, n)| **n > 0).map(|(name, n)| format!("{name} {}", table::grouped(*n))).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests;
