//! `peakctl datasets gc`: what nobody needs is listed, and deleted after a typed "yes".

use std::io::BufRead;

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::json;

use crate::cli::GcArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::services::{self, Services};
use crate::settings::Needs;
use crate::table;

/// The answer that deletes.
const YES: &str = "yes";

/// Lists, asks, deletes.
pub(super) async fn run(context: &Context<'_>, arguments: GcArgs) -> Result<(), Failure> {
    if context.output.is_json() && !arguments.yes && !arguments.dry_run {
        return Err(Failure::Usage("datasets gc --json cannot ask; add --yes or --dry-run".to_owned()));
    }
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = sweep(context, &arguments, &mut services).await;
    services.stop().await;
    outcome
}

async fn sweep(context: &Context<'_>, arguments: &GcArgs, services: &mut Services) -> Result<(), Failure> {
    let root = arguments.root.clone().unwrap_or_default();
    let keep_datasets = arguments.keep.map(std::num::NonZeroU32::get);
    let request = dataset::ListGarbageRequest { root: root.clone(), keep_datasets };
    let listed = services::long("listing garbage", services.dataset.list_garbage(request)).await?;
    if !context.output.is_json() {
        context.output.data(&page(&listed))?;
    }
    let is_wanted = !arguments.dry_run
        && !listed.items.is_empty()
        && (arguments.yes || is_confirmed(context, &listed, &mut std::io::stdin().lock())?);
    if is_wanted {
        let list_sha256 = listed.list_sha256.clone();
        let request = dataset::CollectGarbageRequest { root, keep_datasets, list_sha256 };
        services::long("deleting garbage", services.dataset.collect_garbage(request)).await?;
        context.output.talk(&format!("deleted {}", total(&listed)));
    }
    if context.output.is_json() {
        return context.output.document(&document(&listed, is_wanted));
    }
    match is_wanted || arguments.dry_run || listed.items.is_empty() {
        true => Ok(()),
        false => Err(Failure::Check(format!("nothing was deleted: the answer was not {YES:?}"))),
    }
}

fn is_confirmed(
    context: &Context<'_>,
    listed: &dataset::ListGarbageResponse,
    answers: &mut impl BufRead,
) -> Result<bool, Failure> {
    context.output.talk(&format!("delete {} for good? type {YES} to do it", total(listed)));
    let mut answer = String::new();
    answers.read_line(&mut answer).map_err(|error| Failure::Input(format!("reading the answer: {error}")))?;
    Ok(answer.trim() == YES)
}

fn total(listed: &dataset::ListGarbageResponse) -> String {
    format!("{} things, {} bytes", table::grouped(listed.items.len() as u64), table::grouped(listed.bytes))
}

fn document(listed: &dataset::ListGarbageResponse, is_deleted: bool) -> serde_json::Value {
    let item = |item: &dataset::GarbageItem| json!({ "kind": item.kind, "name": item.name, "bytes": item.bytes, "reason": item.reason });
    json!({
        "items": listed.items.iter().map(item).collect::<Vec<_>>(),
        "bytes": listed.bytes,
        "is_cut": listed.is_cut,
        "deleted": is_deleted,
    })
}

fn page(listed: &dataset::ListGarbageResponse) -> String {
    if listed.items.is_empty() {
        return "nothing to delete: everything in the store is needed\n".to_owned();
    }
    let row = |item: &dataset::GarbageItem| {
        vec![item.kind.replace('_', " "), table::grouped(item.bytes), item.name.clone(), item.reason.clone()]
    };
    let rows: Vec<Vec<String>> = listed.items.iter().map(row).collect();
    let mut text = table::layout(&["what", "bytes", "name", "why nobody needs it"], &rows);
    text.push_str(&format!("{}\n", total(listed)));
    if listed.is_cut {
        text.push_str("there is more; it comes with the next list\n");
    }
    text
}
