//! Import, validation, build and look-up over the dataset service's control plane.

use std::path::Path;

use futures_util::stream;
use peaktrade_wire::dataset::v1 as dataset;

use crate::documents::{ImportDocument, ValidationDocument};
use crate::failure::Failure;
use crate::machine;
use crate::output::Output;
use crate::progress::Progress;
use crate::services::{self, DatasetClient};

/// Bytes of one chunk; the service takes at most 1 MiB.
const CHUNK_BYTES: usize = 512 * 1024;
/// Largest file: it is read whole before the first byte is sent, so that a file that cannot be read to its end is never
/// imported in part. A gigabyte holds a century of one-minute bars.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 30;

/// One file on its way to the store.
pub(crate) struct VendorFile {
    /// What it is.
    pub(crate) header: dataset::ImportHeader,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl VendorFile {
    /// Reads a file; its name completes the header.
    pub(crate) fn read(header: dataset::ImportHeader, path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: std::io::Error| Failure::from_file("reading", path, &error);
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > FILE_BYTES_MAX {
            let text = format!("{} holds {size} bytes; a file may hold at most {FILE_BYTES_MAX}", path.display());
            return Err(Failure::Input(text));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let file_name = name.ok_or_else(|| Failure::Input(format!("{} has no name in UTF-8", path.display())))?;
        Ok(Self { header: dataset::ImportHeader { file_name, ..header }, bytes })
    }
}

/// Why a file was not imported.
pub(crate) enum NotImported {
    /// Facts are missing that it does not tell; their names.
    Missing(Vec<String>, Failure),
    /// Anything else.
    Failed(Failure),
}

impl From<NotImported> for Failure {
    fn from(error: NotImported) -> Self {
        match error {
            NotImported::Missing(_, failure) | NotImported::Failed(failure) => failure,
        }
    }
}

/// Sends one file to the store.
pub(crate) async fn import(
    client: &mut DatasetClient,
    file: VendorFile,
    output: Output,
) -> Result<ImportDocument, NotImported> {
    use dataset::import_bars_request::Part;
    let VendorFile { header, bytes } = file;
    let name = header.file_name.clone();
    let progress = Progress::start(output, &format!("importing {name}"), bytes.len() as u64);
    let chunks = (0..bytes.len()).step_by(CHUNK_BYTES).map(move |start| {
        let end = bytes.len().min(start + CHUNK_BYTES);
        progress.set(end as u64);
        Part::Chunk(bytes[start..end].to_vec())
    });
    let parts = std::iter::once(Part::Header(header)).chain(chunks);
    let messages = parts.map(|part| dataset::ImportBarsRequest { part: Some(part) });
    let mut missing = Vec::new();
    let call = async {
        let answer = client.import_bars(stream::iter(messages)).await;
        answer.inspect_err(|status| missing = missing_options(status))
    };
    match services::long(&format!("importing {name}"), call).await {
        Ok(answer) => ImportDocument::new(&name, &answer).map_err(NotImported::Failed),
        Err(failure) if missing.is_empty() => Err(NotImported::Failed(failure)),
        Err(failure) => Err(NotImported::Missing(missing, failure)),
    }
}

/// The facts that a refusal asks for.
fn missing_options(status: &tonic::Status) -> Vec<String> {
    let names = status.metadata().get("missing-options").and_then(|names| names.to_str().ok());
    names.into_iter().flat_map(|names| names.split(',')).map(str::to_owned).collect()
}

/// Validates stored bars.
pub(crate) async fn validate(
    client: &mut DatasetClient,
    request: dataset::ValidateDatasetRequest,
    output: Output,
) -> Result<ValidationDocument, Failure> {
    use dataset::validate_dataset_response::Part;
    let action = format!("validating {}", request.root);
    let mut messages = services::long(&action, client.validate_dataset(request)).await?;
    let progress = Progress::start(output, &action, 0);
    let mut report = None;
    while let Some(message) = services::next_message(&action, &mut messages).await? {
        match message.part {
            Some(Part::Progress(step)) => progress.show(&step),
            Some(Part::Report(found)) => report = Some(ValidationDocument::new(&found)),
            None => {}
        }
    }
    report.ok_or_else(|| Failure::Internal(format!("{action}: the stream ended without a report")))
}

/// Builds a continuous series.
pub(crate) async fn build(
    client: &mut DatasetClient,
    request: dataset::BuildContinuousRequest,
    output: Output,
) -> Result<dataset::Dataset, Failure> {
    use dataset::build_continuous_response::Part;
    let action = format!("building {} {} {}", request.root, request.bar, request.method);
    let mut messages = services::long(&action, client.build_continuous(request)).await?;
    let progress = Progress::start(output, &action, 0);
    let mut built = None;
    while let Some(message) = services::next_message(&action, &mut messages).await? {
        match message.part {
            Some(Part::Progress(step)) => progress.show(&step),
            Some(Part::Dataset(found)) => built = Some(found),
            None => {}
        }
    }
    built.ok_or_else(|| Failure::Internal(format!("{action}: the stream ended without a dataset")))
}

/// The dataset that was named, or the newest of a root.
pub(crate) async fn find(
    client: &mut DatasetClient,
    dataset_id: Option<&str>,
    root: &str,
) -> Result<dataset::Dataset, Failure> {
    if let Some(dataset_id) = dataset_id {
        let request = dataset::GetDatasetRequest { dataset_id: dataset_id.to_owned() };
        let answer = services::call(&format!("reading dataset {dataset_id}"), client.get_dataset(request)).await?;
        return answer.dataset.ok_or_else(|| Failure::Internal(format!("dataset {dataset_id} came empty")));
    }
    if let Some(dataset) = newest(client, root).await? {
        return Ok(dataset);
    }
    if has_bars(client, root).await? {
        let build = format!("{} build --root {root} --bar 1m --method BACK_ADJUST", machine::program());
        return Err(Failure::Input(format!("the store has no dataset of {root}; `{build}` makes one")));
    }
    Err(with_import_command(root, &Failure::Input(format!("the store has no dataset and no bars of {root}"))))
}

/// A refusal over an empty store, with the command that fills it; other refusals as they are.
pub(crate) async fn explain_empty(client: &mut DatasetClient, root: &str, failure: Failure) -> Failure {
    let is_empty = matches!(failure, Failure::Input(_)) && matches!(has_bars(client, root).await, Ok(false));
    if is_empty { with_import_command(root, &failure) } else { failure }
}

fn with_import_command(root: &str, failure: &Failure) -> Failure {
    let import = format!("{} import --format ninjatrader --root {root} FILE...", machine::program());
    Failure::Input(format!("{failure}; next: `{import}`"))
}

/// Whether any bar of a root is stored.
async fn has_bars(client: &mut DatasetClient, root: &str) -> Result<bool, Failure> {
    let request = dataset::ListContractBarsRequest { root: root.to_owned() };
    let answer = services::call("listing bars", client.list_contract_bars(request)).await?;
    Ok(!answer.contracts.is_empty())
}

/// The newest dataset of a root; `None` where there is none.
pub(crate) async fn newest(client: &mut DatasetClient, root: &str) -> Result<Option<dataset::Dataset>, Failure> {
    let request = dataset::ListDatasetsRequest { root: root.to_owned() };
    let mut answer = services::call("listing datasets", client.list_datasets(request)).await?;
    Ok(answer.datasets.pop())
}
