//! `peakctl contracts`: what a dated contract is.

mod limits;
mod show;

use peaktrade_wire::calendar::v1::{ListContractsRequest, ParseSymbolRequest};
use serde_json::json;

use super::calendar::{date, root};
use crate::calendar_documents::ContractDocument;
use crate::calendar_service;
use crate::chicago;
use crate::cli::{ContractsListArgs, ContractsVerb, ParseArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::table;

/// Runs a verb on contracts.
pub(super) async fn run(context: &Context<'_>, verb: ContractsVerb) -> Result<(), Failure> {
    match verb {
        ContractsVerb::Show(arguments) => show::run(context, arguments).await,
        ContractsVerb::Parse(arguments) => parse(context, arguments).await,
        ContractsVerb::List(arguments) => list(context, arguments).await,
        ContractsVerb::Limits(arguments) => limits::run(context, arguments).await,
    }
}

/// Reads a spelling.
async fn parse(context: &Context<'_>, arguments: ParseArgs) -> Result<(), Failure> {
    let reference = date("--on", &arguments.on)?;
    let answer = calendar_service::ask(context, async |client| {
        let request = ParseSymbolRequest { text: arguments.text.clone(), reference_date: reference.to_string() };
        calendar_service::call(&format!("reading {:?}", arguments.text), client.parse_symbol(request)).await
    })
    .await?;
    let spellings: Vec<_> =
        answer.spellings.iter().map(|spelling| json!({ "name": spelling.name, "text": spelling.text })).collect();
    let rows: Vec<Vec<String>> =
        answer.spellings.iter().map(|spelling| vec![spelling.name.clone(), spelling.text.clone()]).collect();
    calendar_service::warn(context.output, &answer.warnings);
    let document = json!({
        "text": arguments.text,
        "on": reference,
        "symbol": answer.symbol,
        "spellings": spellings,
        "warnings": answer.warnings,
    });
    let text = format!("{}\n\n{}", answer.symbol, table::layout(&["spelled by", "as"], &rows));
    context.output.result(&document, &text)
}

/// Lists contracts.
async fn list(context: &Context<'_>, arguments: ContractsListArgs) -> Result<(), Failure> {
    let (from, to) = (date("--from", &arguments.from)?, date("--to", &arguments.to)?);
    let root = root(arguments.root)?;
    let answer = calendar_service::ask(context, async |client| {
        let request = ListContractsRequest { root: root.clone(), from: from.to_string(), to: to.to_string() };
        calendar_service::call(&format!("listing contracts of {root}"), client.list_contracts(request)).await
    })
    .await?;
    let contracts = answer.contracts.iter().map(ContractDocument::new).collect::<Result<Vec<_>, _>>()?;
    calendar_service::warn(context.output, &answer.warnings);
    let document = json!({ "root": root, "from": from, "to": to, "contracts": contracts, "warnings": answer.warnings });
    context.output.result(&document, &page(&contracts))
}

fn page(contracts: &[ContractDocument]) -> String {
    if contracts.is_empty() {
        return "no contract has its last trade date in the range\n".to_owned();
    }
    let row = |contract: &ContractDocument| {
        vec![
            contract.symbol.clone(),
            chicago::stamp(contract.last_trade_time),
            contract.roll_trade_date.map_or_else(|| "not answered".to_owned(), chicago::day),
            contract.multiplier_usd.clone(),
            contract.tick.clone(),
            contract.tick_value_usd.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = contracts.iter().map(row).collect();
    let mut text = table::layout(&["contract", "last trade, Chicago", "rolls", "USD/point", "tick", "USD/tick"], &rows);
    for contract in contracts.iter().filter(|contract| !contract.expiry_note.is_empty()) {
        text.push_str(&format!("{}: {}\n", contract.symbol, contract.expiry_note));
    }
    text
}
