//! What the report of a run shows.

use std::collections::BTreeMap;

use peaktrade_domain::{Calendar, Price, Sha256, UnixNanos};
use peaktrade_evidence::{EquityPoint, FillMark, PricePoint, Report};
use peaktrade_wire::common::v1::{ExecType, ExecutionReport};
use peaktrade_wire::{FieldError, decimal_price, decimal_usd, instant, side, symbol, trade_date};

use super::artifacts;
use super::inputs::RunInputs;
use crate::failure::Failure;
use crate::replay::{CLOSING_BARS, HOLE_DAYS, Replay, Replayed};

/// The report of a replay.
pub(crate) fn report(
    replay: &Replay,
    replayed: &Replayed,
    inputs: &RunInputs,
    run_id: Sha256,
    calendar: &Calendar,
) -> Result<Report, Failure> {
    let dataset = &replay.dataset;
    let parameters = replay.parameters;
    let rolls = dataset.rolls.iter().map(|roll| artifacts::roll_event(dataset, roll));
    let fills = replayed.executions.iter().filter(|report| report.exec_type() == ExecType::Trade);
    let contents = || -> Result<Report, FieldError> {
        Ok(Report {
            title: format!(
                "Moving average crossover {}/{} on {}",
                parameters.fast_bars(),
                parameters.slow_bars(),
                dataset.root
            ),
            run_id: run_id.to_string(),
            dataset_id: dataset.dataset_id.clone(),
            series: format!("{} continuous, {}, {}", dataset.root, dataset.bar, dataset.method),
            method: dataset.method.clone(),
            from: trade_date(&dataset.from, "from")?,
            to: trade_date(&dataset.to, "to")?,
            identities: identities(inputs),
            rows_in: dataset.rows_in,
            rows_out: dataset.rows_out,
            pnl_usd: replayed.audit.profit_from_fills_usd,
            fees_usd: replayed.fees,
            orders: replayed.decisions.len() as u64,
            fills: replayed.fills,
            blocks: replayed.blocks.clone(),
            rolls: rolls.collect::<Result<_, _>>()?,
            prices: prices(replayed, calendar)?,
            fill_marks: fills.map(fill_mark).collect::<Result<_, _>>()?,
            equity: replayed
                .equity
                .iter()
                .map(|(time, equity_usd)| EquityPoint { time: *time, equity_usd: *equity_usd })
                .collect(),
            notes: notes(replay, replayed),
        })
    };
    contents().map_err(|error| Failure::Internal(format!("report: a service sent {error}")))
}

fn identities(inputs: &RunInputs) -> BTreeMap<String, String> {
    [
        ("content", &inputs.content_sha256),
        ("calendar", &inputs.calendar_sha256),
        ("risk policy", &inputs.policy_sha256),
        ("fees", &inputs.fees_sha256),
        ("margins", &inputs.margins_sha256),
    ]
    .into_iter()
    .map(|(name, sha256)| (name.to_owned(), format!("sha256:{sha256}")))
    .chain([("program".to_owned(), format!("peakctl {}", inputs.code_version))])
    .collect()
}

fn prices(replayed: &Replayed, calendar: &Calendar) -> Result<Vec<PricePoint>, FieldError> {
    let signal = &replayed.bars.signal;
    let bars = signal.ts.iter().zip(&signal.close);
    bars.map(|(ts, close)| {
        let time = UnixNanos::from_nanos(*ts);
        let trade_date = calendar.trade_date_at_or_after(time).map_err(|error| FieldError::new("timestamp", error))?;
        Ok(PricePoint { time, trade_date, close: Price::from_nanos(*close) })
    })
    .collect()
}

fn fill_mark(report: &ExecutionReport) -> Result<FillMark, FieldError> {
    Ok(FillMark {
        time: instant(report.event_time, "event_time")?,
        contract: symbol(&report.contract, "contract")?,
        side: side(report.side, "side")?,
        quantity: report.last_qty,
        price: decimal_price(&report.last_px, "last_px")?,
        fee_usd: decimal_usd(&report.fee_usd, "fee_usd")?,
        rule: report.fill_rule.clone(),
        roll_id: report.roll_id.clone(),
    })
}

fn notes(replay: &Replay, replayed: &Replayed) -> Vec<String> {
    let mut notes = vec![
        "The strategy decides at the close of a bar; its order fills at the next bar's open at the earliest, slippage against it.".to_owned(),
        "The averages see the adjusted series; every fill is on a raw contract bar, and each was checked to lie inside it.".to_owned(),
        format!("The position is closed {CLOSING_BARS} bars before the bars end or pause for more than {HOLE_DAYS} days."),
    ];
    if !replayed.probes.is_empty() {
        notes.push(format!("{} orders were sent on purpose to be blocked.", replayed.probes.len()));
    }
    if replay.dataset.method == "NONE" && !replay.dataset.rolls.is_empty() {
        notes.push(
            "The averages see an unadjusted series: the spread of each roll looks to them like a move of the market."
                .to_owned(),
        );
    }
    if replay.with_probes {
        notes.push("The market is synthetic: nothing learnt on it is worth trading.".to_owned());
    }
    notes
}
