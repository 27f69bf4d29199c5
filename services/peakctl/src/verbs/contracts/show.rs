//! `peakctl contracts show`: one contract with all that the calendar file says of it.

use peaktrade_domain::ContractSymbol;
use peaktrade_wire::calendar::v1::GetContractRequest;
use serde::Serialize;

use crate::calendar_documents::{ContractDocument, FeesDocument, MarginsDocument};
use crate::calendar_service;
use crate::chicago;
use crate::cli::ShowArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::table;
use crate::verbs::calendar::date;

/// A contract and how sure its rows are.
#[derive(Debug, Serialize)]
struct Shown {
    /// Trade date whose dated rows were asked for; absent where none was named.
    on: Option<String>,
    #[serde(flatten)]
    contract: ContractDocument,
    warnings: Vec<String>,
}

/// Shows a contract.
pub(super) async fn run(context: &Context<'_>, arguments: ShowArgs) -> Result<(), Failure> {
    let on = arguments.on.as_deref().map(|text| date("--on", text)).transpose()?.map(|date| date.to_string());
    let symbol = arguments.symbol;
    symbol.parse::<ContractSymbol>().map_err(|error| {
        let other = format!("`peakctl contracts parse {symbol:?} --on YYYY-MM-DD` reads other spellings");
        Failure::Input(format!("SYMBOL: {error}; {other}"))
    })?;
    let answer = calendar_service::ask(context, async |client| {
        let request = GetContractRequest { symbol: symbol.clone(), on: on.clone().unwrap_or_default() };
        calendar_service::call(&format!("showing {symbol:?}"), client.get_contract(request)).await
    })
    .await?;
    let contract = answer.contract.ok_or_else(|| Failure::Internal(format!("contract {symbol} came empty")))?;
    let shown = Shown { on, contract: ContractDocument::new(&contract)?, warnings: answer.warnings };
    calendar_service::warn(context.output, &shown.warnings);
    context.output.result(&shown, &page(&shown))
}

fn page(shown: &Shown) -> String {
    let contract = &shown.contract;
    let on = shown.on.as_ref().map_or_else(String::new, |on| format!("; terms of {on}"));
    let mut facts = vec![
        ("contract", format!("{} on {}, settled in {}{on}", contract.symbol, contract.exchange, contract.currency)),
        ("multiplier", format!("{} USD a point", contract.multiplier_usd)),
        ("tick", format!("{} points, worth {} USD", contract.tick, contract.tick_value_usd)),
        ("spread tick", format!("{} points", contract.spread_tick)),
        ("last trade", format!("{} ({})", chicago::stamp(contract.last_trade_time), contract.last_trade_time)),
    ];
    if !contract.expiry_note.is_empty() {
        facts.push(("", contract.expiry_note.clone()));
    }
    let roll = match contract.roll_trade_date {
        Some(day) => format!("on trade date {} under the default policy", chicago::day(day)),
        None => "not answered by this calendar".to_owned(),
    };
    facts.push(("roll", roll));
    facts.push(("product", format!("{} trades since {}", contract.root, contract.product_first_trade_date)));
    if !contract.listing_rule.is_empty() {
        facts.push(("listed", contract.listing_rule.clone()));
    }
    facts.push(("margins", contract.margins.as_ref().map_or_else(no_row, margins)));
    facts
        .extend(contract.margins.as_ref().map(|row| ("", evidence(&row.effective_from, &row.source, &row.confidence))));
    facts.push(("fees", contract.fees.as_ref().map_or_else(no_row, fees)));
    facts.extend(contract.fees.as_ref().map(|row| ("", evidence(&row.effective_from, &row.source, &row.confidence))));
    facts.push(("paper", "the paper broker charges and margins by files of its own, illustrative ones".to_owned()));
    table::facts(&facts)
}

fn margins(row: &MarginsDocument) -> String {
    let day = row.day_usd.as_ref().map_or_else(String::new, |day| format!(", {day} USD for the day"));
    format!("{} USD initial, {} USD maintenance{day}; of one contract", row.initial_usd, row.maintenance_usd)
}

fn fees(row: &FeesDocument) -> String {
    format!(
        "{} USD exchange, {} USD NFA; of one contract and side, without the broker's",
        row.exchange_usd, row.nfa_usd
    )
}

fn no_row() -> String {
    "no row of the calendar file is in force then".to_owned()
}

fn evidence(effective_from: &str, source: &str, confidence: &str) -> String {
    format!("in force from {effective_from}, {confidence}: {source}")
}
