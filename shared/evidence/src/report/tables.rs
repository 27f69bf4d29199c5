//! The tables of the page.

use std::fmt::Write as _;

use peaktrade_domain::{Price, Side};

use super::Report;
use super::text::{dollars, escape, grouped, instant, points, signed_points};

/// Fills in the page; the rest stands in `artifacts/executions.ndjson`.
const MAX_FILL_ROWS: usize = 500;

/// Each roll with both legs.
pub(super) fn rolls(report: &Report) -> String {
    if report.rolls.is_empty() {
        return "<p class=\"none\">No roll lies in the range.</p>\n".to_owned();
    }
    let mut rows = String::new();
    for roll in &report.rolls {
        let _ = writeln!(
            rows,
            "<tr><td>{from} \u{2192} {to}</td><td>{roll_ts}<br><small>trade date {trade_date}</small></td>\
             <td>{spread_time}<br><small>{stale} session minutes before</small></td>\
             <td class=\"n\">{from_price}<br><small>{from_volume} traded</small></td>\
             <td class=\"n\">{to_price}<br><small>{to_volume} traded</small></td>\
             <td class=\"n\"><b>{spread}</b><br><small>{method}</small></td>\
             <td class=\"n\">{median}<br><small>{range}</small></td><td class=\"n\">{cumulative}</td></tr>",
            from = roll.from_symbol,
            to = roll.to_symbol,
            roll_ts = instant(roll.roll_ts),
            trade_date = roll.trade_date,
            spread_time = instant(roll.spread_time),
            stale = roll.stale_session_minutes,
            from_price = points(roll.from_price),
            from_volume = grouped(&roll.from_volume.to_string()),
            to_price = points(roll.to_price),
            to_volume = grouped(&roll.to_volume.to_string()),
            spread = signed_points(roll.spread),
            method = escape(&roll.method),
            median = roll.runner_up_median_30.map_or("\u{2013}".to_owned(), signed_points),
            range = range(roll.spread_min, roll.spread_max),
            cumulative = signed_points(roll.cumulative_adjustment),
        );
    }
    format!(
        "<table>\n<thead><tr><th>Roll</th><th>Active from</th><th>Both legs read at</th><th class=\"n\">Old leg</th>\
         <th class=\"n\">New leg</th><th class=\"n\">Spread, points</th><th class=\"n\">Median of 30</th>\
         <th class=\"n\">Added to older bars</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}

/// Blocked orders by reason.
pub(super) fn blocks(report: &Report) -> String {
    if report.blocks.is_empty() {
        return "<p class=\"none\">The risk gate blocked no order.</p>\n".to_owned();
    }
    let mut rows = String::new();
    for (reason, count) in &report.blocks {
        let count = grouped(&count.to_string());
        let _ = writeln!(rows, "<tr><td><code>{}</code></td><td class=\"n\">{count}</td></tr>", escape(reason));
    }
    format!(
        "<table class=\"narrow\">\n<thead><tr><th>Primary reason</th><th class=\"n\">Orders</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n"
    )
}

/// What names the run.
pub(super) fn identities(report: &Report) -> String {
    let mut rows = String::new();
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(rows, "<tr><th>{}</th><td><code>{}</code></td></tr>", escape(name), escape(value));
    };
    row("Run", &report.run_id);
    row("Dataset", &report.dataset_id);
    for (name, value) in &report.identities {
        row(name, value);
    }
    format!("<table class=\"names\">\n<tbody>\n{rows}</tbody>\n</table>\n")
}

/// The fills, folded away.
pub(super) fn fills(report: &Report) -> String {
    if report.fill_marks.is_empty() {
        return "<p class=\"none\">Nothing was filled.</p>\n".to_owned();
    }
    let mut rows = String::new();
    for fill in report.fill_marks.iter().take(MAX_FILL_ROWS) {
        let (class, side) = match fill.side {
            Side::Buy => ("up", "Buy"),
            Side::Sell => ("down", "Sell"),
        };
        let _ = writeln!(
            rows,
            "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{side}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td><code>{}</code></td><td>{}</td></tr>",
            instant(fill.time),
            fill.contract,
            fill.quantity,
            points(fill.price),
            dollars(fill.fee_usd),
            escape(&fill.rule),
            escape(&fill.roll_id),
        );
    }
    let shown = report.fill_marks.len().min(MAX_FILL_ROWS);
    let rest = report.fill_marks.len() - shown;
    let more = if rest == 0 {
        String::new()
    } else {
        format!("<p class=\"none\">{rest} more in artifacts/executions.ndjson.</p>\n")
    };
    format!(
        "<details>\n<summary>{shown} fills, prices of the raw contracts</summary>\n<table>\n<thead><tr><th>Time</th>\
         <th>Contract</th><th>Side</th><th class=\"n\">Contracts</th><th class=\"n\">Price</th><th class=\"n\">Fee</th>\
         <th>Rule</th><th>Roll</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n{more}</details>\n"
    )
}

fn range(min: Option<Price>, max: Option<Price>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{} to {}", signed_points(min), signed_points(max)),
        _ => "fewer than 30 common minutes".to_owned(),
    }
}
