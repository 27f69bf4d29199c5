//! `peakctl settlements`: settlement prices and open interest of the store.

use std::path::Path;

use futures_util::stream;
use peaktrade_wire::dataset::v1 as dataset;
use peaktrade_wire::dataset::v1::import_settlements_request::Part;
use serde_json::json;

use crate::cli::{SettlementsImportArgs, SettlementsListArgs, SettlementsVerb};
use crate::context::Context;

use crate::documents::time;
use crate::failure::Failure;
use crate::services::{self, Services};
use crate::settings::Needs;
use crate::table;
use crate::vendor_file::FILE_BYTES_MAX;

/// Bytes of one chunk; the service takes at most 1 MiB.
const CHUNK_BYTES: usize = 512 * 1024;

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
    let (mut documents, mut rows) = (Vec::new(), Vec::new());
    for path in &arguments.files {
        let (name, bytes) = read(path)?;
        let header = dataset::SettlementsHeader {
            format: arguments.format.clone(),
            root: arguments.root.clone(),
            file_name: name.clone(),
            supersede: arguments.supersede.clone(),
        };
        let chunks: Vec<Part> = bytes.chunks(CHUNK_BYTES).map(|chunk| Part::Chunk(chunk.to_vec())).collect();
        let parts = std::iter::once(Part::Header(header)).chain(chunks);
        let messages = parts.map(|part| dataset::ImportSettlementsRequest { part: Some(part) });
        let call = services.dataset.import_settlements(stream::iter(messages));
        let answer = services::long(&format!("importing {name}"), call).await?;
        let met = answer.dispositions.iter().filter(|met| met.rows > 0);
        let fates: Vec<String> = met.map(|met| format!("{} {}", table::grouped(met.rows), met.kind)).collect();
        let contracts: Vec<&str> = answer.contracts.iter().map(|of| of.contract.as_str()).collect();
        rows.push(vec![
            name.clone(),
            contracts.join(" "),
            table::grouped(answer.rows_in),
            fates.join(", "),
            if answer.already_present { "already present".to_owned() } else { String::new() },
        ]);
        documents.push(json!({
            "file": name,
            "file_sha256": answer.file_sha256,
            "rows_in": answer.rows_in,
            "dispositions": answer.dispositions.iter().map(|met| (met.kind.clone(), met.rows.into())).collect::<serde_json::Map<_, _>>(),
            "contracts": contracts,
            "already_present": answer.already_present,
        }));
    }
    let text = table::layout(&["file", "contracts", "rows in", "fate", ""], &rows);
    context.output.result(&json!({ "files": documents }), &text)
}

fn read(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let unreadable = |error: std::io::Error| Failure::from_file("reading", path, &error);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_BYTES_MAX {
        let text = format!("{} holds {size} bytes; a file may hold at most {FILE_BYTES_MAX}", path.display());
        return Err(Failure::Input(text));
    }
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let name = name.ok_or_else(|| Failure::Input(format!("{} has no name in UTF-8", path.display())))?;
    Ok((name, std::fs::read(path).map_err(unreadable)?))
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
