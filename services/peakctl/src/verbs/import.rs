//! `peakctl import`: vendor files into the store.

use serde_json::json;

use crate::cli::ImportArgs;
use crate::context::Context;
use crate::datasets::{self, VendorFile};
use crate::documents::ImportDocument;
use crate::failure::Failure;
use crate::services::Services;
use crate::settings::Needs;
use crate::summary::dispositions;
use crate::table;

/// Imports the files one after the other; the first that is refused ends the command, those before it stay imported.
pub(crate) async fn run(context: &Context<'_>, arguments: ImportArgs) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = import_all(context, &arguments, &mut services).await;
    services.stop().await;
    let files = outcome?;
    let document = json!({ "files": files, "rows_in": rows_in(&files), "dispositions": dispositions(&files) });
    context.output.result(&document, &summary(&files))
}

async fn import_all(
    context: &Context<'_>,
    arguments: &ImportArgs,
    services: &mut Services,
) -> Result<Vec<ImportDocument>, Failure> {
    let mut files = Vec::new();
    for path in &arguments.files {
        let file = VendorFile::read(&arguments.format, &arguments.root, path)?;
        files.push(datasets::import(&mut services.dataset, file, context.output).await?);
    }
    Ok(files)
}

/// Rows of all files.
fn rows_in(files: &[ImportDocument]) -> u64 {
    files.iter().map(|file| file.rows_in).sum()
}

/// One line per file: every row in a column that says what became of it.
pub(crate) fn summary(files: &[ImportDocument]) -> String {
    let kinds: Vec<String> = dispositions(files).into_keys().collect();
    let mut heading = vec!["file", "contract", "rows in"];
    heading.extend(kinds.iter().map(String::as_str));
    heading.extend(["first bar", "last bar", ""]);
    let rows: Vec<Vec<String>> = files
        .iter()
        .map(|file| {
            let mut row = vec![file.file.clone(), file.contract.clone(), table::grouped(file.rows_in)];
            let fate = |kind: &String| table::grouped(file.dispositions.get(kind).copied().unwrap_or(0));
            row.extend(kinds.iter().map(fate));
            row.extend([file.first_time.clone().unwrap_or_default(), file.last_time.clone().unwrap_or_default()]);
            row.push(if file.already_present { "already present".to_owned() } else { String::new() });
            row
        })
        .collect();
    table::layout(&heading, &rows)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ImportDocument, summary};

    #[test]
    fn every_row_of_a_file_stands_in_one_column() {
        let file = ImportDocument {
            file: "NQ 03-25.Last.txt".to_owned(),
            contract: "NQH2025".to_owned(),
            file_sha256: String::new(),
            rows_in: 70_832,
            dispositions: BTreeMap::from([("kept".to_owned(), 70_809), ("out_of_session".to_owned(), 23)]),
            first_time: Some("2025-01-02T00:00:00Z".to_owned()),
            last_time: None,
            already_present: true,
        };
        assert_eq!(
            summary(&[file]),
            "file               contract  rows in    kept  out_of_session  first bar             last bar\n\
             NQ 03-25.Last.txt  NQH2025    70,832  70,809              23  2025-01-02T00:00:00Z            already present\n"
        );
    }
}
