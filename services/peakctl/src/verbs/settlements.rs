//! `peakctl settlements`: settlement prices and open interest of the store.

use std::fmt::Write as _;
use std::path::Path;

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::{Value, json};

use super::import;
use crate::cli::{SettlementsImportArgs, SettlementsListArgs, SettlementsVerb};
use crate::context::Context;
use crate::datasets::{self, NotImported};
use crate::documents::time;
use crate::failure::Failure;
use crate::machine;
use crate::services::{self, Services};
use crate::settings::Needs;
use crate::table;
use crate::vendor_file::VendorFile;

/// Runs a verb on settlements.
pub(super) async fn run(context: &Context<'_>, verb: SettlementsVerb) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = match verb {
        SettlementsVerb::Import(arguments) => import_all(context, &mut services, &arguments).await,
        SettlementsVerb::List(arguments) => list(context, &mut services, arguments).await,
    };
    services.stop().await;
    outcome
}

/// Imports the files one after the other; the first that is refused ends the command, those before it stay imported.
async fn import_all(
    context: &Context<'_>,
    services: &mut Services,
    arguments: &SettlementsImportArgs,
) -> Result<(), Failure> {
    let (mut documents, mut rows, mut refused) = (Vec::new(), Vec::new(), None);
    for path in &arguments.files {
        match import_one(context, services, arguments, path).await {
            Ok((name, answer)) => {
                documents.push(document(&name, &answer));
                rows.push(row(&name, &answer));
            }
            Err(failure) => {
                refused = Some(failure);
                break;
            }
        }
    }
    let heading = ["file", "contracts", "rows in", "fate", ""];
    let text = if rows.is_empty() { String::new() } else { table::layout(&heading, &rows) };
    import::report(context.output, json!({ "files": documents }), &text, refused)
}

async fn import_one(
    context: &Context<'_>,
    services: &mut Services,
    arguments: &SettlementsImportArgs,
    path: &Path,
) -> Result<(String, dataset::ImportSettlementsResponse), Failure> {
    let header = dataset::SettlementsHeader {
        format: arguments.format.clone(),
        root: arguments.root.clone(),
        file_name: String::new(),
        supersede: arguments.supersede.clone(),
    };
    let file = VendorFile::open(header, path).await?;
    let name = file.name().to_owned();
    let imported = datasets::import_settlements(&mut services.dataset, file, context.output).await;
    let answer = imported.map_err(|error| match error {
        NotImported::Conflict(differing, failure) => {
            let supersede = import::with_others(&arguments.supersede, differing);
            import::superseding(&failure, &context.settings.command(&corrected(arguments, &supersede, path)))
        }
        other => other.into(),
    })?;
    Ok((name, answer))
}

/// The words of the command that lets a file take the place of others.
fn corrected(arguments: &SettlementsImportArgs, supersede: &[String], path: &Path) -> String {
    let word = machine::shell_word;
    let mut command =
        format!("settlements import --format {} --root {}", word(&arguments.format), word(&arguments.root));
    for sha256 in supersede {
        // Writing into a String cannot fail.
        let _ = write!(command, " --supersede {}", word(sha256));
    }
    command + " " + &word(&path.display().to_string())
}

fn document(name: &str, answer: &dataset::ImportSettlementsResponse) -> Value {
    let fates = answer.dispositions.iter().map(|met| (met.kind.clone(), met.rows.into()));
    json!({
        "file": name,
        "file_sha256": answer.file_sha256,
        "rows_in": answer.rows_in,
        "dispositions": fates.collect::<serde_json::Map<_, _>>(),
        "contracts": answer.contracts.iter().map(|of| of.contract.as_str()).collect::<Vec<_>>(),
        "already_present": answer.already_present,
    })
}

fn row(name: &str, answer: &dataset::ImportSettlementsResponse) -> Vec<String> {
    let met = answer.dispositions.iter().filter(|met| met.rows > 0);
    let fates: Vec<String> = met.map(|met| format!("{} {}", table::grouped(met.rows), met.kind)).collect();
    let contracts: Vec<&str> = answer.contracts.iter().map(|of| of.contract.as_str()).collect();
    vec![
        name.to_owned(),
        contracts.join(" "),
        table::grouped(answer.rows_in),
        fates.join(", "),
        if answer.already_present { "already present".to_owned() } else { String::new() },
    ]
}

async fn list(context: &Context<'_>, services: &mut Services, arguments: SettlementsListArgs) -> Result<(), Failure> {
    let request = dataset::ListSettlementsRequest {
        root: arguments.root.clone(),
        contract: arguments.contract.clone().unwrap_or_default(),
    };
    let answer = services::call("listing settlements", services.dataset.list_settlements(request)).await?;
    let mut contracts = Vec::new();
    for of in &answer.contracts {
        let mut facts = Vec::new();
        for fact in &of.facts {
            facts.push(json!({
                "trade_date": fact.trade_date,
                "settlement": fact.settlement,
                "settlement_known_at": time(fact.settlement_known_at)?,
                "open_interest": fact.open_interest,
                "open_interest_known_at": time(fact.open_interest_known_at)?,
            }));
        }
        contracts.push(json!({
            "contract": of.contract,
            "content_sha256": of.content_sha256,
            "settlements": of.settlements,
            "open_interests": of.open_interests,
            "first_trade_date": of.first_trade_date,
            "last_trade_date": of.last_trade_date,
            "source_sha256": of.source_sha256,
            "facts": facts,
        }));
    }
    let text = match &answer.contracts[..] {
        [] => format!("no settlements of {} are stored\n", arguments.root),
        [of] if arguments.contract.is_some() => of_contract(of)?,
        all => of_root(all),
    };
    context.output.result(&json!({ "root": arguments.root, "contracts": contracts }), &text)
}

fn of_root(contracts: &[dataset::ContractSettlements]) -> String {
    let row = |of: &dataset::ContractSettlements| {
        vec![
            of.contract.clone(),
            table::grouped(of.settlements),
            table::grouped(of.open_interests),
            of.first_trade_date.clone(),
            of.last_trade_date.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = contracts.iter().map(row).collect();
    table::layout(&["contract", "settlements", "open interest", "first", "last"], &rows)
}

fn of_contract(of: &dataset::ContractSettlements) -> Result<String, Failure> {
    let mut rows = Vec::new();
    for fact in &of.facts {
        rows.push(vec![
            fact.trade_date.clone(),
            fact.settlement.clone(),
            time(fact.settlement_known_at)?.unwrap_or_default(),
            fact.open_interest.map(table::grouped).unwrap_or_default(),
            time(fact.open_interest_known_at)?.unwrap_or_default(),
        ]);
    }
    let heading = ["trade date", "settlement", "known from", "open interest", "known from"];
    Ok(format!("{}\n\n{}", of.contract, table::layout(&heading, &rows)))
}
