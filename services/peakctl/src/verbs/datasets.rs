//! `peakctl datasets`: what was built, what it is made of, and what of the store nobody needs.

mod gc;
mod show;

use std::collections::BTreeSet;

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::json;

use crate::cli::{DatasetsListArgs, DatasetsVerb};
use crate::context::Context;
use crate::documents::DatasetDocument;
use crate::failure::Failure;
use crate::machine;
use crate::services;
use crate::settings::Needs;
use crate::table;

/// Runs a verb on datasets.
pub(super) async fn run(context: &Context<'_>, verb: DatasetsVerb) -> Result<(), Failure> {
    match verb {
        DatasetsVerb::List(arguments) => list(context, arguments).await,
        DatasetsVerb::Show(arguments) => show::run(context, arguments).await,
        DatasetsVerb::Gc(arguments) => gc::run(context, arguments).await,
    }
}

/// Lists datasets, the newest build last.
async fn list(context: &Context<'_>, arguments: DatasetsListArgs) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let request = dataset::ListDatasetsRequest { root: arguments.root.unwrap_or_default() };
    let outcome = services::call("listing datasets", services.dataset.list_datasets(request)).await;
    services.stop().await;
    let datasets = outcome?.datasets.iter().map(DatasetDocument::new).collect::<Result<Vec<_>, _>>()?;
    let newest = newest_of_kind(&datasets);
    let documents: Vec<_> = datasets.iter().zip(&newest).map(|(dataset, newest)| document(dataset, *newest)).collect();
    context.output.result(&json!({ "datasets": documents }), &page(&datasets, &newest))
}

/// Whether each dataset is the newest build of its kind: the one that is served where none is named.
fn newest_of_kind(datasets: &[DatasetDocument]) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    let is_first = |dataset: &DatasetDocument| {
        let kind = [&dataset.root, &dataset.bar, &dataset.method, &dataset.roll_policy];
        seen.insert(kind.map(String::clone))
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
        "from": dataset.from,
        "to": dataset.to,
        "rows_out": dataset.rows_out,
        "content_sha256": dataset.content_sha256,
        "roll_policy": dataset.roll_policy,
        "is_newest_of_kind": is_newest,
    })
}

fn page(datasets: &[DatasetDocument], newest: &[bool]) -> String {
    if datasets.is_empty() {
        return format!(
            "no datasets; `{} build --root NQ --bar 1m --method BACK_ADJUST` makes one\n",
            machine::program()
        );
    }
    let rows: Vec<Vec<String>> = datasets
        .iter()
        .zip(newest)
        .enumerate()
        .map(|(at, (dataset, is_newest))| {
            vec![
                (at + 1).to_string(),
                dataset.root.clone(),
                format!("{} {}", dataset.bar, dataset.method),
                dataset.from.clone(),
                dataset.to.clone(),
                table::grouped(dataset.rows_out),
                dataset.content_sha256.chars().take(12).collect(),
                if *is_newest { "newest".to_owned() } else { String::new() },
                dataset.dataset_id.clone(),
            ]
        })
        .collect();
    table::layout(&["built", "root", "kind", "from", "to", "bars", "content", "of its kind", "dataset"], &rows)
}

#[cfg(test)]
mod tests {
    use super::{DatasetDocument, newest_of_kind, page};

    fn dataset(dataset_id: &str, method: &str) -> DatasetDocument {
        let message = peaktrade_wire::dataset::v1::Dataset {
            dataset_id: dataset_id.to_owned(),
            content_sha256: "0123456789abcdef".to_owned(),
            root: "NQ".to_owned(),
            bar: "1m".to_owned(),
            method: method.to_owned(),
            from: "2025-01-02".to_owned(),
            to: "2025-03-31".to_owned(),
            rows_out: 1_200,
            ..Default::default()
        };
        DatasetDocument::new(&message).unwrap()
    }

    #[test]
    fn the_newest_of_each_kind_is_marked() {
        let datasets = [dataset("sha256:1", "NONE"), dataset("sha256:2", "BACK_ADJUST"), dataset("sha256:3", "NONE")];
        let newest = newest_of_kind(&datasets);
        assert_eq!(newest, [false, true, true]);
        let expected = "\
built  root  kind                  from          to   bars  content       of its kind  dataset
    1  NQ    1m NONE         2025-01-02  2025-03-31  1,200  0123456789ab               sha256:1
    2  NQ    1m BACK_ADJUST  2025-01-02  2025-03-31  1,200  0123456789ab  newest       sha256:2
    3  NQ    1m NONE         2025-01-02  2025-03-31  1,200  0123456789ab  newest       sha256:3
";
        assert_eq!(page(&datasets, &newest), expected);
    }
}
