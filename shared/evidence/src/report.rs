//! `report.html`: one self-contained page a person reads, the same bytes for the same run.
//!
//! No script, no font, no image and no address from outside; no wall time and no session id. All geometry is integer
//! arithmetic in tenths of a pixel, so every machine draws the same page.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Price, Side, TradeDate, UnixNanos, Usd};

use crate::RollEvent;

mod axis;
mod chart;
mod page;
mod tables;
mod text;

/// What the report shows.
#[derive(Clone, Debug)]
pub struct Report {
    /// Heading. Example: `Moving average 60/240 on NQ`.
    pub title: String,
    /// Id of the run, 64 hexadecimal digits.
    pub run_id: String,
    /// Dataset of the signal. Example: `sha256:65b0...`.
    pub dataset_id: String,
    /// Series of the signal in words. Example: `NQ continuous, 1m, BACK_ADJUST`.
    pub series: String,
    /// Adjustment method; the chart's axis says so.
    pub method: String,
    /// First trade date.
    pub from: TradeDate,
    /// Last trade date.
    pub to: TradeDate,
    /// Whatever else identifies the run, by name. Example: calendar and policy digests.
    pub identities: BTreeMap<String, String>,
    /// Contract bars in the range.
    pub rows_in: u64,
    /// Bars of the series.
    pub rows_out: u64,
    /// Profit and loss after fees, US dollars.
    pub pnl_usd: Usd,
    /// Fees, US dollars.
    pub fees_usd: Usd,
    /// Orders sent.
    pub orders: u64,
    /// Fills received.
    pub fills: u64,
    /// Orders blocked, by primary reason.
    pub blocks: BTreeMap<String, u64>,
    /// Rolls of the series, in order of time.
    pub rolls: Vec<RollEvent>,
    /// Closes of the series, in order of time.
    pub prices: Vec<PricePoint>,
    /// Fills, in order of time.
    pub fill_marks: Vec<FillMark>,
    /// Equity, in order of time.
    pub equity: Vec<EquityPoint>,
    /// What a reader must know to judge the numbers, a sentence each.
    pub notes: Vec<String>,
}

/// One bar's close of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricePoint {
    /// Open of the bar.
    pub time: UnixNanos,
    /// Trade date of the bar.
    pub trade_date: TradeDate,
    /// Close as the series has it, adjusted where the series is.
    pub close: Price,
}

/// One fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillMark {
    /// Event time.
    pub time: UnixNanos,
    /// Contract filled.
    pub contract: ContractSymbol,
    /// Buy or sell.
    pub side: Side,
    /// Contracts.
    pub quantity: u32,
    /// Price of the fill on the raw contract; never an adjusted one.
    pub price: Price,
    /// Fee of the fill, US dollars.
    pub fee_usd: Usd,
    /// Rule that produced it. Example: `market_next_open`.
    pub rule: String,
    /// Key that links the legs of a rolled position; empty otherwise.
    pub roll_id: String,
}

/// Equity at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EquityPoint {
    /// Event time.
    pub time: UnixNanos,
    /// Equity, US dollars.
    pub equity_usd: Usd,
}

impl Report {
    /// The page.
    pub fn render(&self) -> String {
        page::render(self)
    }

    /// Largest fall of the equity from a peak before it, US dollars, not negative.
    pub fn max_drawdown_usd(&self) -> Usd {
        let deepest = drawdowns(&self.equity).map(|(_, fall)| fall.micros()).min().unwrap_or(0);
        Usd::from_micros(deepest.saturating_neg())
    }
}

/// Fall of the equity from its highest point so far: zero or below.
fn drawdowns(equity: &[EquityPoint]) -> impl Iterator<Item = (UnixNanos, Usd)> {
    let mut peak = i64::MIN;
    equity.iter().map(move |point| {
        peak = peak.max(point.equity_usd.micros());
        (point.time, Usd::from_micros(point.equity_usd.micros().saturating_sub(peak)))
    })
}

#[cfg(test)]
mod tests;
