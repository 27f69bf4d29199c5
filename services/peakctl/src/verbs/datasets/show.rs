//! `peakctl datasets show`: one dataset down to the files on disk.

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::{Value, json};

use crate::cli::DatasetShowArgs;
use crate::context::Context;
use crate::datasets;
use crate::documents::{DatasetDocument, SettlementInputDocument};
use crate::failure::Failure;
use crate::services::{self, Services};
use crate::settings::Needs;
use crate::table;
use crate::verbs::build;

/// Shows a dataset.
pub(super) async fn run(context: &Context<'_>, arguments: DatasetShowArgs) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = look_up(&mut services, &arguments.dataset_id).await;
    services.stop().await;
    let (found, inputs) = outcome?;
    let mut document = serde_json::to_value(&found)
        .map_err(|error| Failure::Internal(format!("writing the JSON document: {error}")))?;
    document["inputs"] = inputs.iter().map(input_document).collect();
    document["bytes"] = json!(bytes(&inputs));
    context.output.result(&document, &page(&found, &inputs))
}

async fn look_up(
    services: &mut Services,
    dataset_id: &str,
) -> Result<(DatasetDocument, Vec<dataset::DatasetInput>), Failure> {
    let found = datasets::by_id(&mut services.dataset, dataset_id).await?;
    let request = dataset::ListDatasetFilesRequest { dataset_id: dataset_id.to_owned() };
    let call = services.dataset.list_dataset_files(request);
    let answer = services::call(&format!("listing the files of {dataset_id}"), call).await?;
    Ok((DatasetDocument::new(&found)?, answer.inputs))
}

fn bytes(inputs: &[dataset::DatasetInput]) -> u64 {
    inputs.iter().flat_map(|input| &input.files).map(|file| file.bytes).sum()
}

fn input_document(input: &dataset::DatasetInput) -> Value {
    let file = |file: &dataset::StoredFile| json!({ "name": file.name, "rows": file.rows, "bytes": file.bytes });
    let source = |source: &dataset::SourceFile| {
        json!({
            "sha256": source.sha256,
            "file_name": source.file_name,
            "format": source.format,
            "rows_added": source.rows_added,
        })
    };
    json!({
        "contract": input.contract,
        "generation": input.generation,
        "newest_generation": input.newest_generation,
        "content_sha256": input.content_sha256,
        "rows": input.rows,
        "files": input.files.iter().map(file).collect::<Vec<_>>(),
        "sources": input.sources.iter().map(source).collect::<Vec<_>>(),
    })
}

fn page(found: &DatasetDocument, inputs: &[dataset::DatasetInput]) -> String {
    let mut text = build::summary(found);
    let mut files = Vec::new();
    let mut sources = Vec::new();
    for input in inputs {
        let is_old = input.generation != input.newest_generation;
        let generation = match is_old {
            true => format!("{} of {}", input.generation, input.newest_generation),
            false => input.generation.to_string(),
        };
        for file in &input.files {
            files.push(vec![
                input.contract.clone(),
                generation.clone(),
                table::grouped(file.rows),
                table::grouped(file.bytes),
                file.name.clone(),
            ]);
        }
        for source in &input.sources {
            sources.push(vec![
                input.contract.clone(),
                table::grouped(source.rows_added),
                source.format.clone(),
                source.sha256.clone(),
                source.file_name.clone(),
            ]);
        }
    }
    if !found.settlements.is_empty() {
        let row = |input: &SettlementInputDocument| vec![input.contract.clone(), input.content_sha256.clone()];
        let rows: Vec<Vec<String>> = found.settlements.iter().map(row).collect();
        text.push_str("\nsettlements and open interest that decided it\n");
        text.push_str(&table::layout(&["contract", "sha256 of its facts"], &rows));
    }
    text.push_str(&format!("\n{} files, {} bytes\n", files.len(), table::grouped(bytes(inputs))));
    text.push_str(&table::layout(&["contract", "generation", "bars", "bytes", "file"], &files));
    text.push_str("\nvendor files\n");
    text + &table::layout(&["contract", "bars added", "format", "sha256", "file"], &sources)
}
