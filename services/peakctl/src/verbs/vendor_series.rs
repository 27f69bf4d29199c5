//! `peakctl vendor-series`: continuous series as vendors made them.

use std::path::{Path, PathBuf};

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::{Value, json};

use super::import;
use crate::cli::{VendorSeriesImportArgs, VendorSeriesListArgs, VendorSeriesVerb};
use crate::context::Context;
use crate::datasets::{self, NotImported};
use crate::documents::time;
use crate::failure::Failure;
use crate::machine;
use crate::services::{self, Services};
use crate::settings::Needs;
use crate::table;
use crate::vendor_file::VendorFile;

/// What a corrected command says of prices of which nothing was stated.
const ADJUSTED_EXAMPLE: &str = "yes";

/// Runs a verb on vendors' series.
pub(super) async fn run(context: &Context<'_>, verb: VendorSeriesVerb) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = match verb {
        VendorSeriesVerb::Import(arguments) => import_all(context, &mut services, &arguments).await,
        VendorSeriesVerb::List(arguments) => list(context, &mut services, arguments).await,
    };
    services.stop().await;
    outcome
}

/// Imports the files one after the other; the first that is refused ends the command, those before it stay imported.
async fn import_all(
    context: &Context<'_>,
    services: &mut Services,
    arguments: &VendorSeriesImportArgs,
) -> Result<(), Failure> {
    let (mut documents, mut rows, mut refused) = (Vec::new(), Vec::new(), None);
    for path in &arguments.files {
        match import_one(context, services, arguments, path).await {
            Ok((name, answer)) => {
                documents.push(imported_document(&name, &answer)?);
                rows.push(row(&name, &answer));
            }
            Err(failure) => {
                refused = Some(failure);
                break;
            }
        }
    }
    let heading = ["file", "series", "rows in", "fate", ""];
    let text = if rows.is_empty() { String::new() } else { table::layout(&heading, &rows) };
    import::report(context.output, json!({ "files": documents }), &text, refused)
}

async fn import_one(
    context: &Context<'_>,
    services: &mut Services,
    arguments: &VendorSeriesImportArgs,
    path: &Path,
) -> Result<(String, dataset::ImportVendorSeriesResponse), Failure> {
    let header = dataset::VendorSeriesHeader {
        format: arguments.format.clone(),
        root: arguments.root.clone(),
        file_name: String::new(),
        adjusted: arguments.adjusted.clone().unwrap_or_default(),
        supersede: arguments.supersede.clone(),
    };
    let file = VendorFile::open(header, path).await?;
    let name = file.name().to_owned();
    let imported = datasets::import_vendor_series(&mut services.dataset, file, context.output).await;
    let answer = imported.map_err(|error| match error {
        NotImported::Missing(_, failure) => {
            let adjusted = Some(ADJUSTED_EXAMPLE.to_owned());
            let command = context.settings.command(&words(&VendorSeriesImportArgs { adjusted, ..arguments.clone() }));
            Failure::Input(format!("{failure}; with what is true of the file, yes or no:\n  {command}"))
        }
        NotImported::Conflict(differing, failure) => {
            let supersede = import::with_others(&arguments.supersede, differing);
            let files = vec![path.to_owned()];
            let corrected = VendorSeriesImportArgs { supersede, files, ..arguments.clone() };
            import::superseding(&failure, &context.settings.command(&words(&corrected)))
        }
        other => other.into(),
    })?;
    Ok((name, answer))
}

/// The words of the command that imports a file as a vendor's series; whether it is adjusted is the caller's to know.
pub(super) fn example(format: &str, root: &str, file: &Path) -> String {
    words(&VendorSeriesImportArgs {
        format: format.to_owned(),
        root: root.to_owned(),
        adjusted: Some(ADJUSTED_EXAMPLE.to_owned()),
        supersede: Vec::new(),
        files: vec![PathBuf::from(file)],
    })
}

fn words(arguments: &VendorSeriesImportArgs) -> String {
    let VendorSeriesImportArgs { format, root, adjusted, supersede, files } = arguments;
    let word = machine::shell_word;
    let mut words = vec![format!("vendor-series import --format {} --root {}", word(format), word(root))];
    words.extend(adjusted.iter().map(|adjusted| format!("--adjusted {}", word(adjusted))));
    words.extend(supersede.iter().map(|sha256| format!("--supersede {}", word(sha256))));
    words.extend(files.iter().map(|path| word(&path.display().to_string())));
    words.join(" ")
}

fn imported_document(name: &str, answer: &dataset::ImportVendorSeriesResponse) -> Result<Value, Failure> {
    let fates = answer.dispositions.iter().map(|met| (met.kind.clone(), met.rows.into()));
    Ok(json!({
        "file": name,
        "file_sha256": answer.file_sha256,
        "rows_in": answer.rows_in,
        "dispositions": fates.collect::<serde_json::Map<_, _>>(),
        "already_present": answer.already_present,
        "series": document(&answer.series.clone().unwrap_or_default())?,
    }))
}

fn row(name: &str, answer: &dataset::ImportVendorSeriesResponse) -> Vec<String> {
    let met = answer.dispositions.iter().filter(|met| met.rows > 0);
    let fates: Vec<String> = met.map(|met| format!("{} {}", table::grouped(met.rows), met.kind)).collect();
    vec![
        name.to_owned(),
        answer.series.as_ref().map(in_words).unwrap_or_default(),
        table::grouped(answer.rows_in),
        fates.join(", "),
        if answer.already_present { "already present".to_owned() } else { String::new() },
    ]
}

async fn list(context: &Context<'_>, services: &mut Services, arguments: VendorSeriesListArgs) -> Result<(), Failure> {
    let request = dataset::ListVendorSeriesRequest { root: arguments.root.clone() };
    let answer = services::call("listing vendors' series", services.dataset.list_vendor_series(request)).await?;
    let documents: Result<Vec<_>, Failure> = answer.series.iter().map(document).collect();
    let mut rows = Vec::new();
    for of in &answer.series {
        rows.push(vec![
            in_words(of),
            table::grouped(of.rows),
            if of.has_volume { "volume" } else { "no volume" }.to_owned(),
            time(of.first_time)?.unwrap_or_default(),
            time(of.last_time)?.unwrap_or_default(),
            of.path.join("/"),
        ]);
    }
    let text = if rows.is_empty() {
        format!("no vendor's series of {} are stored\n", arguments.root)
    } else {
        table::layout(&["series", "bars", "", "first bar", "last bar", "path"], &rows)
    };
    context.output.result(&json!({ "root": arguments.root, "series": documents? }), &text)
}

/// A series as sentences name it. Example: `NQ1! 5m adjusted`.
fn in_words(series: &dataset::VendorSeries) -> String {
    let prices = if series.adjusted { "adjusted" } else { "unadjusted" };
    format!("{} {} {prices}", series.ticker, series.bar)
}

fn document(series: &dataset::VendorSeries) -> Result<Value, Failure> {
    let source = |source: &dataset::VendorSeriesSource| {
        json!({
            "sha256": source.sha256,
            "file": source.file_name,
            "bars": source.bars,
            "bars_added": source.bars_added,
        })
    };
    Ok(json!({
        "root": series.root,
        "ticker": series.ticker,
        "bar": series.bar,
        "adjusted": series.adjusted,
        "has_volume": series.has_volume,
        "rows": series.rows,
        "first_time": time(series.first_time)?,
        "last_time": time(series.last_time)?,
        "content_sha256": series.content_sha256,
        "path": series.path.join("/"),
        "sources": series.sources.iter().map(source).collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::example;

    #[test]
    fn the_command_can_be_typed() {
        assert_eq!(
            example("tradingview", "NQ", Path::new("CME_MINI_NQ1!, 5.csv")),
            "vendor-series import --format tradingview --root NQ --adjusted yes 'CME_MINI_NQ1!, 5.csv'"
        );
    }
}
