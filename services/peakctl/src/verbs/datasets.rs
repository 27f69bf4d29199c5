//! `peakctl datasets`: what was built, what it is made of, and what of the store nobody needs.

mod gc;
mod show;

use std::collections::BTreeSet;

use serde_json::json;

use crate::cli::{DatasetsListArgs, DatasetsVerb};
use crate::context::Context;
use crate::datasets;
use crate::documents::DatasetDocument;
use crate::failure::Failure;
use crate::services::Services;
use crate::settings::Needs;
use crate::table;

/// Root that a first dataset is proposed for where none was named.
const DEFAULT_ROOT: &str = "NQ";

/// Runs a verb on datasets.
pub(super) async fn run(context: &Context<'_>, verb: DatasetsVerb) -> Result<(), Failure> {
    match verb {
        DatasetsVerb::List(arguments) => list(context, arguments).await,
        DatasetsVerb::Show(arguments) => show::run(context, arguments).await,
        DatasetsVerb::Gc(arguments) => gc::run(context, arguments).await,
    }
}

/// Lists datasets by root and bar size, of each size the newest build last.
async fn list(context: &Context<'_>, arguments: DatasetsListArgs) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = listed(context, &mut services, arguments).await;
    services.stop().await;
    let (datasets, next) = outcome?;
    let newest = newest_of_kind(&datasets);
    let documents: Vec<_> = datasets.iter().zip(&newest).map(|(dataset, newest)| document(dataset, *newest)).collect();
    let text = next.map_or_else(|| page(&datasets, &newest), |next| format!("no datasets; next: `{next}`\n"));
    context.output.result(&json!({ "datasets": documents }), &text)
}

/// The datasets, and where there are none the command that leads to the first.
async fn listed(
    context: &Context<'_>,
    services: &mut Services,
    arguments: DatasetsListArgs,
) -> Result<(Vec<DatasetDocument>, Option<String>), Failure> {
    let found = datasets::all(&mut services.dataset, arguments.root.as_deref().unwrap_or_default()).await?;
    let datasets = found.iter().map(DatasetDocument::new).collect::<Result<Vec<_>, _>>()?;
    if !datasets.is_empty() {
        return Ok((datasets, None));
    }
    let root = arguments.root.as_deref().unwrap_or(DEFAULT_ROOT);
    let next = datasets::command_for_a_dataset(&context.settings, &mut services.dataset, root).await?;
    Ok((datasets, Some(next)))
}

/// Whether each dataset is the newest build of its kind: the one that `gc --keep 1` keeps.
fn newest_of_kind(datasets: &[DatasetDocument]) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    let is_first = |dataset: &DatasetDocument| {
        let kind = [&dataset.root, &dataset.bar, &dataset.method, &dataset.roll_policy].map(String::clone);
        seen.insert((kind, dataset.variant()))
    };
    let mut newest: Vec<bool> = datasets.iter().rev().map(is_first).collect();
    newest.reverse();
    newest
}

fn document(dataset: &DatasetDocument, is_newest: bool) -> serde_json::Value {
    json!({
        "dataset_id": dataset.dataset_id,
        "root": dataset.root,
        "bar": dataset.bar,
        "method": dataset.method,
        "session": dataset.session,
        "snap": dataset.snap,
        "depth": dataset.depth,
        "from": dataset.from,
        "to": dataset.to,
        "rows_out": dataset.rows_out,
        "content_sha256": dataset.content_sha256,
        "roll_policy": dataset.roll_policy,
        "is_newest_of_kind": is_newest,
    })
}

fn page(datasets: &[DatasetDocument], newest: &[bool]) -> String {
    let row = |(dataset, is_newest): (&DatasetDocument, &bool)| {
        vec![
            dataset.root.clone(),
            format!("{} {}", dataset.bar, dataset.method),
            dataset.variant(),
            dataset.from.clone(),
            dataset.to.clone(),
            table::grouped(dataset.rows_out),
            dataset.content_sha256.chars().take(12).collect(),
            if *is_newest { "newest".to_owned() } else { String::new() },
            dataset.roll_policy.clone(),
            dataset.dataset_id.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = datasets.iter().zip(newest).map(row).collect();
    let heading =
        ["root", "series", "variant", "from", "to", "bars", "content", "of its kind", "roll policy", "dataset"];
    table::layout(&heading, &rows)
}

#[cfg(test)]
mod tests {
    use super::{DatasetDocument, newest_of_kind, page};

    fn dataset(number: u32, method: &str, variant: (&str, bool, u32)) -> DatasetDocument {
        let (session, snap, depth) = variant;
        let message = peaktrade_wire::dataset::v1::Dataset {
            dataset_id: format!("sha256:{number}"),
            content_sha256: "0123456789abcdef".to_owned(),
            root: "NQ".to_owned(),
            bar: "1m".to_owned(),
            method: method.to_owned(),
            from: "2025-01-02".to_owned(),
            to: "2025-03-31".to_owned(),
            rows_out: 1_200,
            roll_policy: "cme_lead".to_owned(),
            session: session.to_owned(),
            snap,
            depth,
            ..Default::default()
        };
        DatasetDocument::new(&message).unwrap()
    }

    #[test]
    fn the_newest_of_each_kind_is_marked() {
        const ORDINARY: (&str, bool, u32) = ("full", false, 0);
        let datasets = [
            dataset(1, "NONE", ORDINARY),
            dataset(2, "BACK_ADJUST", ORDINARY),
            dataset(3, "NONE", ("", false, 0)),
            dataset(4, "NONE", ("rth", false, 0)),
            dataset(5, "NONE", ("full", true, 1)),
        ];
        let newest = newest_of_kind(&datasets);
        assert_eq!(newest, [false, true, true, true, true]);
        let expected = "\
root  series          variant              from          to   bars  content       of its kind  roll policy  dataset
NQ    1m NONE                        2025-01-02  2025-03-31  1,200  0123456789ab               cme_lead     sha256:1
NQ    1m BACK_ADJUST                 2025-01-02  2025-03-31  1,200  0123456789ab  newest       cme_lead     sha256:2
NQ    1m NONE                        2025-01-02  2025-03-31  1,200  0123456789ab  newest       cme_lead     sha256:3
NQ    1m NONE         rth            2025-01-02  2025-03-31  1,200  0123456789ab  newest       cme_lead     sha256:4
NQ    1m NONE         snap, depth 1  2025-01-02  2025-03-31  1,200  0123456789ab  newest       cme_lead     sha256:5
";
        assert_eq!(page(&datasets, &newest), expected);
    }
}
