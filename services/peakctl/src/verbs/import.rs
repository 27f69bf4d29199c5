//! `peakctl import`: vendor files into the store.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::{Value, json};

use super::vendor_series;
use crate::cli::ImportArgs;
use crate::context::Context;
use crate::datasets::{self, NotImported};
use crate::documents::ImportDocument;
use crate::failure::Failure;
use crate::machine;
use crate::output::Output;
use crate::services::Services;
use crate::settings::Needs;
use crate::summary::dispositions;
use crate::table;
use crate::vendor_file::VendorFile;

/// Options by their names in requests, each with the value that the corrected command shows.
const EXAMPLES: [(&str, &str); 6] = [
    ("contract", "NQH2025"),
    ("time_zone", "America/Chicago"),
    ("stamp", "open"),
    ("prices", "raw"),
    ("bar", "1m"),
    ("profile", "profile.toml"),
];

/// Largest profile, as the service takes it.
const PROFILE_BYTES_MAX: u64 = 64 * 1024;

/// Imports the files one after the other; the first that is refused ends the command, those before it stay imported.
pub(crate) async fn run(context: &Context<'_>, arguments: ImportArgs) -> Result<(), Failure> {
    let header = header(&arguments)?;
    let mut services = context.connect(Needs::Bars).await?;
    let (mut files, mut refused) = (Vec::new(), None);
    for path in &arguments.files {
        match import_one(context, &arguments, &header, path, &mut services).await {
            Ok(file) => files.push(file),
            Err(failure) => {
                refused = Some(failure);
                break;
            }
        }
    }
    services.stop().await;
    let document = json!({ "files": files, "rows_in": rows_in(&files), "dispositions": dispositions(&files) });
    let text = if files.is_empty() { String::new() } else { summary(&files) };
    report(context.output, document, &text, refused)
}

/// Says which files were imported, and ends with the refusal of the one after them.
pub(super) fn report(output: Output, mut document: Value, text: &str, refused: Option<Failure>) -> Result<(), Failure> {
    let Some(failure) = refused else { return output.result(&document, text) };
    document["error"] = failure.document();
    // The refusal is how the command ends, also where nobody reads what came before it.
    let _ = output.result(&document, text);
    Err(failure)
}

async fn import_one(
    context: &Context<'_>,
    arguments: &ImportArgs,
    header: &dataset::ImportHeader,
    path: &PathBuf,
    services: &mut Services,
) -> Result<ImportDocument, Failure> {
    let file = VendorFile::open(header.clone(), path).await?;
    let imported = datasets::import(&mut services.dataset, file, context.output).await;
    imported.map_err(|error| match error {
        NotImported::Missing(options, failure) => {
            let words = corrected(arguments, &options, &arguments.supersede, &arguments.files);
            let command = context.settings.command(&words);
            Failure::Input(format!("{failure}; with what is true of the file:\n  {command}"))
        }
        NotImported::Conflict(differing, failure) => {
            let supersede = with_others(&arguments.supersede, differing);
            let words = corrected(arguments, &[], &supersede, std::slice::from_ref(path));
            superseding(&failure, &context.settings.command(&words))
        }
        NotImported::VendorSeries(failure) => {
            let words = vendor_series::example(&arguments.format, &arguments.root, path);
            let command = context.settings.command(&words);
            Failure::Input(format!("{failure}; as such a series, with --adjusted yes or no:\n  {command}"))
        }
        NotImported::Failed(failure) => failure,
    })
}

/// The files to be superseded: those that were stated, and those that a refusal names.
pub(super) fn with_others(stated: &[String], differing: Vec<String>) -> Vec<String> {
    let mut supersede = stated.to_vec();
    supersede.extend(differing.into_iter().filter(|sha256| !stated.contains(sha256)));
    supersede
}

/// A conflict with the command that resolves it.
pub(super) fn superseding(failure: &Failure, command: &str) -> Failure {
    Failure::Input(format!("{failure}; where the new file is the right one:\n  {command}"))
}

/// What the command line states of all files.
fn header(arguments: &ImportArgs) -> Result<dataset::ImportHeader, Failure> {
    let stated = |option: &Option<String>| option.clone().unwrap_or_default();
    Ok(dataset::ImportHeader {
        format: arguments.format.clone(),
        root: arguments.root.clone(),
        file_name: String::new(),
        contract: stated(&arguments.contract),
        time_zone: stated(&arguments.time_zone),
        stamp: stated(&arguments.stamp),
        prices: stated(&arguments.prices),
        bar: stated(&arguments.bar),
        profile: arguments.profile.as_deref().map_or_else(|| Ok(String::new()), read_profile)?,
        supersede: arguments.supersede.clone(),
    })
}

fn read_profile(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| Failure::from_file("reading", path, &error);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > PROFILE_BYTES_MAX {
        let text = format!("{} holds {size} bytes; a profile may hold at most {PROFILE_BYTES_MAX}", path.display());
        return Err(Failure::Input(text));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// The words of the command for some files, with an example for each option that is missing.
fn corrected(arguments: &ImportArgs, missing: &[String], supersede: &[String], files: &[PathBuf]) -> String {
    let word = machine::shell_word;
    let mut command = format!("import --format {} --root {}", word(&arguments.format), word(&arguments.root));
    let profile = arguments.profile.as_ref().map(|path| path.display().to_string());
    let stated =
        [&arguments.contract, &arguments.time_zone, &arguments.stamp, &arguments.prices, &arguments.bar, &profile];
    let mut option = |name: &str, value: &str| {
        // Writing into a String cannot fail.
        let _ = write!(command, " --{} {}", name.replace('_', "-"), word(value));
    };
    for ((name, example), stated) in EXAMPLES.iter().zip(stated) {
        match stated {
            Some(value) => option(name, value),
            None if missing.iter().any(|missing| missing == name) => option(name, example),
            None => {}
        }
    }
    for sha256 in supersede {
        option("supersede", sha256);
    }
    for path in files {
        command.push(' ');
        command.push_str(&word(&path.display().to_string()));
    }
    command
}

/// Rows of all files.
fn rows_in(files: &[ImportDocument]) -> u64 {
    files.iter().map(|file| file.rows_in).sum()
}

/// One line per file: every row in a column that says what became of it. Fates that no row met have no column.
pub(crate) fn summary(files: &[ImportDocument]) -> String {
    let met = dispositions(files).into_iter().filter(|(kind, rows)| *rows > 0 || kind == "kept");
    let kinds: Vec<String> = met.map(|(kind, _)| kind).collect();
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
            row.push(match file {
                ImportDocument { already_present: true, .. } => "already present".to_owned(),
                ImportDocument { rows_removed: 0, .. } => String::new(),
                superseding => format!(
                    "{} stored bars taken out, {} put in",
                    table::grouped(superseding.rows_removed),
                    table::grouped(superseding.rows_added)
                ),
            });
            row
        })
        .collect();
    table::layout(&heading, &rows)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ImportArgs, ImportDocument, corrected, summary};

    #[test]
    fn the_corrected_command_can_be_typed() {
        let arguments = ImportArgs {
            format: "ibkr".to_owned(),
            root: "NQ".to_owned(),
            contract: None,
            time_zone: None,
            stamp: Some("close".to_owned()),
            prices: None,
            bar: None,
            profile: None,
            supersede: vec!["ab".to_owned()],
            files: vec!["NQ's H6.csv".into(), "b.csv".into()],
        };
        let missing = ["prices", "time_zone"].map(str::to_owned);
        assert_eq!(
            corrected(&arguments, &missing, &arguments.supersede, &arguments.files),
            "import --format ibkr --root NQ --time-zone America/Chicago --stamp close --prices raw \
             --supersede ab 'NQ'\\''s H6.csv' b.csv"
        );
        let supersede = ["ab", "cd"].map(str::to_owned);
        assert_eq!(
            corrected(&arguments, &[], &supersede, &arguments.files[1..]),
            "import --format ibkr --root NQ --stamp close --supersede ab --supersede cd b.csv"
        );
    }

    #[test]
    fn every_row_of_a_file_stands_in_one_column() {
        let file = ImportDocument {
            file: "NQ 03-25.Last.txt".to_owned(),
            contract: "NQH2025".to_owned(),
            file_sha256: String::new(),
            rows_in: 70_832,
            dispositions: BTreeMap::from([
                ("kept".to_owned(), 70_809),
                ("out_of_session".to_owned(), 23),
                ("spread".to_owned(), 0),
            ]),
            first_time: Some("2025-01-02T00:00:00Z".to_owned()),
            last_time: None,
            rows_added: 0,
            rows_removed: 0,
            already_present: true,
        };
        assert_eq!(
            summary(&[file]),
            "file               contract  rows in    kept  out_of_session  first bar             last bar\n\
             NQ 03-25.Last.txt  NQH2025    70,832  70,809              23  2025-01-02T00:00:00Z            already present\n"
        );
    }
}
