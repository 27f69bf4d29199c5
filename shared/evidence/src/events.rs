//! What a run leaves in its artifacts, one JSON object a line.
//!
//! Fields are added, never dropped or renamed. No session id, wall clock or host name enters an event: artifacts of
//! the same inputs are the same bytes. Prices and amounts are decimal strings, times RFC 3339 in UTC.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractRoot, ContractSymbol, Price, Sha256, Side, TradeDate, UnixNanos, Usd};
use serde::{Deserialize, Serialize};

/// One line of `artifacts/events.ndjson`; its `event` field names the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A roll with the evidence of its spread.
    RollEvent(RollEvent),
    /// A series was put together.
    ContinuousStitchEvent(ContinuousStitchEvent),
    /// Older bars were shifted at a roll.
    BackAdjustEvent(BackAdjustEvent),
    /// The risk gate blocked an order.
    RiskBlockEvent(RiskBlockEvent),
}

/// A roll with the evidence of its spread: both legs read at one timestamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollEvent {
    /// Product root.
    pub root: ContractRoot,
    /// Contract rolled out of.
    pub from_symbol: ContractSymbol,
    /// Contract rolled into.
    pub to_symbol: ContractSymbol,
    /// Instant from which the new contract is active.
    pub roll_ts: UnixNanos,
    /// Policy with its parameters. Example: `monday_before_third_friday@trade_date_open/last_common/60`.
    pub roll_policy_version: String,
    /// Trade date of the roll.
    pub trade_date: TradeDate,
    /// New minus old price, index points.
    pub spread: Price,
    /// Open of the bar in which both prices stand.
    pub spread_time: UnixNanos,
    /// Old contract's close of that bar, index points.
    pub from_price: Price,
    /// New contract's close of that bar, index points.
    pub to_price: Price,
    /// Contracts traded in the old contract's bar.
    pub from_volume: u64,
    /// Contracts traded in the new contract's bar.
    pub to_volume: u64,
    /// How the spread was measured. Example: `last_common`.
    pub method: String,
    /// Median spread of the last 30 common minutes with volume on both legs; null where there are fewer.
    pub runner_up_median_30: Option<Price>,
    /// Smallest spread of those minutes.
    pub spread_min: Option<Price>,
    /// Largest spread of those minutes.
    pub spread_max: Option<Price>,
    /// Minutes of open market between that bar's end and the roll.
    pub stale_session_minutes: u32,
    /// Points added to the bars before this roll, later rolls included.
    pub cumulative_adjustment: Price,
}

/// A series was put together from contract bars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContinuousStitchEvent {
    /// Product root.
    pub root: ContractRoot,
    /// Dataset. Example: `sha256:65b0...`.
    pub dataset_id: String,
    /// Digest of the rows as served.
    pub content_sha256: Sha256,
    /// Adjustment method. Example: `BACK_ADJUST`.
    pub method: String,
    /// Contract bars in the range.
    pub rows_in: u64,
    /// Bars of the series.
    pub rows_out: u64,
    /// Sessions in which minutes were missing.
    pub gaps_detected: u64,
    /// Bars of the segments dropped because they repeated a minute of the series.
    pub duplicates_removed: u64,
    /// Bars of a contract outside its segment; `rows_in` is `rows_out + duplicates_removed + rows_inactive`.
    pub rows_inactive: u64,
}

/// Older bars were shifted at a roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackAdjustEvent {
    /// Contract whose bars, and those of all before it, are shifted.
    pub from_symbol: ContractSymbol,
    /// Contract after the roll.
    pub to_symbol: ContractSymbol,
    /// The roll.
    pub roll_ts: UnixNanos,
    /// Points of this roll alone.
    pub adjustment_points: Price,
    /// Points of this roll and all later ones: what the old contract's bars carry.
    pub cumulative_adjustment: Price,
}

/// The risk gate blocked an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskBlockEvent {
    /// Primary reason, from the gate's closed list. Example: `max_contracts`.
    pub reason: String,
    /// Every reason with its facts, the primary one first.
    pub reasons: Vec<BlockedReason>,
    /// Event time of the order.
    pub event_time: UnixNanos,
    /// Caller's key of the order.
    pub client_order_id: String,
    /// Contract as the order named it; it may be one that does not exist.
    pub contract: String,
    /// Side of the order.
    pub side: Side,
    /// Contracts ordered.
    pub quantity: u32,
}

/// One reason of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedReason {
    /// From the gate's closed list.
    pub reason: String,
    /// Limit, value now, value with the order.
    pub detail: String,
}

/// One line of `artifacts/executions.ndjson`: an execution report without what names the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionLine {
    /// Position in the session's reports, counted from 1.
    pub sequence: u64,
    /// Account of the order.
    pub account: String,
    /// Caller's key of the order.
    pub client_order_id: String,
    /// Broker's number of the order.
    pub order_id: u64,
    /// Why the report was sent, FIX name. Example: `TRADE`.
    pub exec_type: String,
    /// State after the report, FIX name. Example: `FILLED`.
    pub ord_status: String,
    /// Contract as the order named it.
    pub contract: String,
    /// Side of the order.
    pub side: Side,
    /// Contracts ordered.
    pub order_qty: u32,
    /// Contracts filled by this report.
    pub last_qty: u32,
    /// Price of this fill, index points; null unless it is a trade.
    pub last_px: Option<Price>,
    /// Contracts still working.
    pub leaves_qty: u32,
    /// Contracts filled so far.
    pub cum_qty: u32,
    /// Average fill price, index points; null while nothing is filled.
    pub avg_px: Option<Price>,
    /// Fee of this fill, US dollars; null unless it is a trade.
    pub fee_usd: Option<Usd>,
    /// Rule that produced the fill; empty unless it is a trade.
    pub fill_rule: String,
    /// Event time of the report.
    pub event_time: UnixNanos,
    /// Trade date of the event time.
    pub trade_date: TradeDate,
    /// Why the order was refused or cancelled; empty otherwise.
    pub text: String,
    /// Key that links the two legs of a rolled position; empty otherwise.
    pub roll_id: String,
}

/// One line of `artifacts/equity.ndjson`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquityLine {
    /// Event time.
    pub event_time: UnixNanos,
    /// Cash, realized and unrealized profit, less fees, US dollars.
    pub equity_usd: Usd,
    /// Realized profit before fees, US dollars.
    pub realized_usd: Usd,
    /// Profit of open positions at their marks, US dollars.
    pub unrealized_usd: Usd,
    /// Fees so far, US dollars.
    pub fees_usd: Usd,
    /// Contracts held, short ones negative; flat ones are left out.
    pub positions: BTreeMap<ContractSymbol, i64>,
}

#[cfg(test)]
mod tests {
    use super::{BackAdjustEvent, Event};
    use crate::canonical_json;

    #[test]
    fn events_carry_their_name_and_read_back() {
        let event = Event::BackAdjustEvent(BackAdjustEvent {
            from_symbol: "NQH2026".parse().unwrap(),
            to_symbol: "NQM2026".parse().unwrap(),
            roll_ts: "2026-03-15T22:00:00Z".parse().unwrap(),
            adjustment_points: "194.75".parse().unwrap(),
            cumulative_adjustment: "386.25".parse().unwrap(),
        });
        let text = canonical_json(&event).unwrap();
        assert_eq!(
            text,
            "{\"adjustment_points\":\"194.75\",\"cumulative_adjustment\":\"386.25\",\"event\":\"back_adjust_event\",\
             \"from_symbol\":\"NQH2026\",\"roll_ts\":\"2026-03-15T22:00:00Z\",\"to_symbol\":\"NQM2026\"}\n"
        );
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        // A reader of today reads what a writer of tomorrow adds.
        let more = text.replace('{', "{\"added_later\":1,");
        assert_eq!(serde_json::from_str::<Event>(&more).unwrap(), event);
    }
}
