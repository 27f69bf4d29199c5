//! `peakctl contracts limits`: the daily price limits of a trade date.

use peaktrade_domain::Price;
use peaktrade_wire::calendar::v1::{GetPriceLimitsRequest, GetPriceLimitsResponse};
use serde_json::json;

use crate::calendar_documents::filled;
use crate::calendar_service;
use crate::cli::LimitsArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::table;
use crate::verbs::calendar::{date, root};

/// Last line where the prices of the afternoon are not given.
const AFTERNOON_MISSING: &str = "15:00 to the close: not worked out; a limit of that time needs\n  --afternoon-fixing and --afternoon-cash-index-close\n";

/// Works out price limits.
pub(super) async fn run(context: &Context<'_>, arguments: LimitsArgs) -> Result<(), Failure> {
    let root = root(arguments.root)?;
    let trade_date = date("--trade-date", &arguments.trade_date)?;
    let fixing = price("--fixing", &arguments.fixing)?;
    let cash_index_close = price("--cash-index-close", &arguments.cash_index_close)?;
    let later = |flag: &str, text: &Option<String>| text.as_deref().map(|text| price(flag, text)).transpose();
    let afternoon_fixing = later("--afternoon-fixing", &arguments.afternoon_fixing)?;
    let afternoon_close = later("--afternoon-cash-index-close", &arguments.afternoon_cash_index_close)?;
    let sent = |price: Option<Price>| price.map(|price| price.to_string()).unwrap_or_default();
    let answer = calendar_service::ask(context, async |client| {
        let request = GetPriceLimitsRequest {
            root: root.clone(),
            trade_date: trade_date.to_string(),
            fixing: fixing.to_string(),
            cash_index_close: cash_index_close.to_string(),
            afternoon_fixing: sent(afternoon_fixing),
            afternoon_cash_index_close: sent(afternoon_close),
        };
        let action = format!("working out the limits of {root} on {trade_date}");
        calendar_service::call(&action, client.get_price_limits(request)).await
    })
    .await?;
    calendar_service::warn(context.output, &answer.warnings);
    let limits: Vec<_> = answer
        .limits
        .iter()
        .map(|limit| {
            json!({
                "applies": limit.applies,
                "percent": limit.percent,
                "lower": limit.lower,
                "upper": filled(&limit.upper),
            })
        })
        .collect();
    let document = json!({
        "root": root,
        "trade_date": trade_date,
        "fixing": fixing,
        "cash_index_close": cash_index_close,
        "afternoon_fixing": afternoon_fixing,
        "afternoon_cash_index_close": afternoon_close,
        "limits": limits,
        "warnings": answer.warnings,
    });
    let mut head = format!(
        "{root} on {trade_date}\nfixing {fixing}, cash index close {cash_index_close} of the trade date before\n"
    );
    if let (Some(fixing), Some(close)) = (afternoon_fixing, afternoon_close) {
        head.push_str(&format!("fixing {fixing}, cash index close {close} of the trade date itself\n"));
    }
    head.push('\n');
    let rest = if afternoon_fixing.is_none() { AFTERNOON_MISSING } else { "" };
    context.output.result(&document, &(head + &page(&answer) + rest))
}

fn price(flag: &str, text: &str) -> Result<Price, Failure> {
    let price: Price = text.parse().map_err(|error| Failure::Input(format!("{flag}: {error}")))?;
    if price <= Price::ZERO {
        return Err(Failure::Input(format!("{flag}: {price} is not above 0")));
    }
    Ok(price)
}

fn page(answer: &GetPriceLimitsResponse) -> String {
    let row = |limit: &peaktrade_wire::calendar::v1::PriceLimit| {
        let upper = if limit.upper.is_empty() { "none" } else { &limit.upper };
        vec![limit.percent.clone(), limit.lower.clone(), upper.to_owned(), limit.applies.clone()]
    };
    let rows: Vec<Vec<String>> = answer.limits.iter().map(row).collect();
    table::page(&["percent", "lower", "upper", "applies"], &rows)
}
