//! The files below `artifacts/`: the same bytes for the same inputs. No session id, wall clock, key or permit enters here.

use std::collections::BTreeMap;

use peaktrade_continuous::content_digest;
use peaktrade_domain::{Price, UnixNanos, Usd};
use peaktrade_evidence::{
    BackAdjustEvent, BlockedReason, ContinuousStitchEvent, Event, ExecutionLine, RiskBlockEvent, RollEvent,
    canonical_json, ndjson,
};
use peaktrade_wire::common::v1::ExecutionReport;
use peaktrade_wire::dataset::v1 as dataset;
use peaktrade_wire::{FieldError, decimal_price, decimal_usd, instant, side, symbol, trade_date};
use serde::Serialize;
use serde_json::json;

use crate::documents::{DatasetDocument, ImportDocument};
use crate::failure::Failure;
use crate::replay::{OrderDecision, Replay, Replayed};

/// One line of `equity.ndjson`.
#[derive(Debug, Serialize)]
struct EquityLine {
    event_time: UnixNanos,
    equity_usd: Usd,
}

/// All artifacts of a replay, by path.
pub(crate) fn artifacts(
    replay: &Replay,
    replayed: &Replayed,
    imports: &[ImportDocument],
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let document = DatasetDocument::new(&replay.dataset)?;
    let events = events(&replay.dataset, &replayed.decisions).map_err(refused)?;
    let executions = replayed.executions.iter().map(execution_line).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let equity = replayed
        .equity
        .iter()
        .map(|(event_time, equity_usd)| EquityLine { event_time: *event_time, equity_usd: *equity_usd });
    let texts = [
        ("events.ndjson", ndjson(events)),
        ("executions.ndjson", ndjson(executions)),
        ("equity.ndjson", ndjson(equity)),
        ("decisions.ndjson", ndjson(&replayed.decisions)),
        ("rolls.json", canonical_json(&document.rolls)),
        ("dataset.json", canonical_json(&document)),
        ("imports.json", canonical_json(&imports.iter().map(import_line).collect::<Vec<_>>())),
        ("bars.json", canonical_json(&bars(replayed))),
        ("result.json", canonical_json(&result(replay, replayed))),
    ];
    let mut files = BTreeMap::new();
    for (name, text) in texts {
        let text = text.map_err(|error| Failure::Internal(format!("artifact {name}: {error}")))?;
        files.insert(name.to_owned(), text.into_bytes());
    }
    Ok(files)
}

/// Digests of every bar that the run saw.
fn bars(replayed: &Replayed) -> serde_json::Value {
    let digest = |bars| json!({ "rows": peaktrade_continuous::Bars::len(bars), "content_sha256": content_digest(bars).to_string() });
    let raw: BTreeMap<String, serde_json::Value> =
        replayed.bars.raw.iter().map(|(contract, bars)| (contract.to_string(), digest(bars))).collect();
    json!({ "signal": digest(&replayed.bars.signal), "contracts": raw })
}

/// What the run came to.
fn result(replay: &Replay, replayed: &Replayed) -> serde_json::Value {
    json!({
        "orders": replayed.decisions.len(),
        "fills": replayed.fills,
        "blocks": replayed.blocks,
        "cash_usd": replay.cash.to_string(),
        "equity_usd": replayed.account.equity_usd,
        "realized_usd": replayed.account.realized_usd,
        "unrealized_usd": replayed.account.unrealized_usd,
        "fees_usd": replayed.fees.to_string(),
        "pnl_usd": replayed.audit.profit_from_fills_usd.to_string(),
        "audit": replayed.audit,
    })
}

/// Whether a file had been imported before is a fact about the store, not about the run.
fn import_line(import: &ImportDocument) -> serde_json::Value {
    json!({
        "file": import.file,
        "contract": import.contract,
        "file_sha256": import.file_sha256,
        "rows_in": import.rows_in,
        "dispositions": import.dispositions,
        "first_time": import.first_time,
        "last_time": import.last_time,
    })
}

fn events(dataset: &dataset::Dataset, decisions: &[OrderDecision]) -> Result<Vec<Event>, FieldError> {
    let mut events = vec![Event::ContinuousStitchEvent(stitch_event(dataset)?)];
    for roll in &dataset.rolls {
        events.push(Event::RollEvent(roll_event(dataset, roll)?));
    }
    if dataset.method == "BACK_ADJUST" {
        for roll in &dataset.rolls {
            events.push(Event::BackAdjustEvent(back_adjust_event(roll)?));
        }
    }
    for decision in decisions.iter().filter(|decision| decision.decision == "BLOCK") {
        events.push(Event::RiskBlockEvent(block_event(decision)));
    }
    Ok(events)
}

fn stitch_event(dataset: &dataset::Dataset) -> Result<ContinuousStitchEvent, FieldError> {
    Ok(ContinuousStitchEvent {
        root: dataset.root.parse().map_err(|error| FieldError::new("root", error))?,
        dataset_id: dataset.dataset_id.clone(),
        content_sha256: dataset.content_sha256.parse().map_err(|error| FieldError::new("content_sha256", error))?,
        method: dataset.method.clone(),
        rows_in: dataset.rows_in,
        rows_out: dataset.rows_out,
        gaps_detected: dataset.gaps_detected,
        duplicates_removed: dataset.duplicates_removed,
        rows_inactive: dataset.rows_inactive,
    })
}

/// The event of a roll.
pub(crate) fn roll_event(dataset: &dataset::Dataset, roll: &dataset::Roll) -> Result<RollEvent, FieldError> {
    Ok(RollEvent {
        root: dataset.root.parse().map_err(|error| FieldError::new("root", error))?,
        from_symbol: symbol(&roll.from_symbol, "from_symbol")?,
        to_symbol: symbol(&roll.to_symbol, "to_symbol")?,
        roll_ts: instant(roll.roll_ts, "roll_ts")?,
        roll_policy_version: dataset.roll_policy.clone(),
        trade_date: trade_date(&roll.trade_date, "trade_date")?,
        spread: decimal_price(&roll.spread, "spread")?,
        spread_time: instant(roll.spread_time, "spread_time")?,
        from_price: decimal_price(&roll.from_price, "from_price")?,
        to_price: decimal_price(&roll.to_price, "to_price")?,
        from_volume: roll.from_volume,
        to_volume: roll.to_volume,
        method: roll.method.clone(),
        runner_up_median_30: optional_price(&roll.runner_up_median_30, "runner_up_median_30")?,
        spread_min: optional_price(&roll.spread_min, "spread_min")?,
        spread_max: optional_price(&roll.spread_max, "spread_max")?,
        stale_session_minutes: roll.stale_session_minutes,
        cumulative_adjustment: decimal_price(&roll.cumulative_adjustment, "cumulative_adjustment")?,
    })
}

fn back_adjust_event(roll: &dataset::Roll) -> Result<BackAdjustEvent, FieldError> {
    Ok(BackAdjustEvent {
        from_symbol: symbol(&roll.from_symbol, "from_symbol")?,
        to_symbol: symbol(&roll.to_symbol, "to_symbol")?,
        roll_ts: instant(roll.roll_ts, "roll_ts")?,
        adjustment_points: decimal_price(&roll.spread, "spread")?,
        cumulative_adjustment: decimal_price(&roll.cumulative_adjustment, "cumulative_adjustment")?,
    })
}

fn block_event(decision: &OrderDecision) -> RiskBlockEvent {
    let reasons: Vec<BlockedReason> = decision
        .reasons
        .iter()
        .map(|reason| BlockedReason { reason: reason.reason.clone(), detail: reason.detail.clone() })
        .collect();
    RiskBlockEvent {
        reason: reasons.first().map_or_else(|| "unspecified".to_owned(), |reason| reason.reason.clone()),
        reasons,
        event_time: decision.time,
        client_order_id: decision.client_order_id.clone(),
        contract: decision.contract.to_string(),
        side: decision.side,
        quantity: decision.quantity,
    }
}

/// A report without what names its session.
fn execution_line(report: &ExecutionReport) -> Result<ExecutionLine, FieldError> {
    let short = |name: &str, prefix: &str| name.strip_prefix(prefix).unwrap_or(name).to_owned();
    Ok(ExecutionLine {
        sequence: report.sequence,
        account: report.account.clone(),
        client_order_id: report.client_order_id.clone(),
        order_id: report.order_id,
        exec_type: short(report.exec_type().as_str_name(), "EXEC_TYPE_"),
        ord_status: short(report.ord_status().as_str_name(), "ORD_STATUS_"),
        contract: report.contract.clone(),
        side: side(report.side, "side")?,
        order_qty: report.order_qty,
        last_qty: report.last_qty,
        last_px: optional_price(&report.last_px, "last_px")?,
        leaves_qty: report.leaves_qty,
        cum_qty: report.cum_qty,
        avg_px: optional_price(&report.avg_px, "avg_px")?,
        fee_usd: if report.fee_usd.is_empty() { None } else { Some(decimal_usd(&report.fee_usd, "fee_usd")?) },
        fill_rule: report.fill_rule.clone(),
        event_time: instant(report.event_time, "event_time")?,
        trade_date: trade_date(&report.trade_date, "trade_date")?,
        text: report.text.clone(),
        roll_id: report.roll_id.clone(),
    })
}

fn optional_price(text: &str, field: &str) -> Result<Option<Price>, FieldError> {
    if text.is_empty() { Ok(None) } else { decimal_price(text, field).map(Some) }
}

fn refused(error: FieldError) -> Failure {
    Failure::Internal(format!("a service sent {error}"))
}
