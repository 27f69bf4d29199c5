//! Import, validation, build and look-up over the dataset service's control plane.

use peaktrade_wire::dataset::v1 as dataset;

use crate::documents::{ImportDocument, ValidationDocument};
use crate::failure::Failure;
use crate::machine;
use crate::output::Output;
use crate::progress::Progress;
use crate::services::{self, DatasetClient};
use crate::vendor_file::VendorFile;

/// Why a file was not imported.
pub(crate) enum NotImported {
    /// Facts are missing that it does not tell; their names.
    Missing(Vec<String>, Failure),
    /// It differs from stored files; the SHA-256 of those that it could take the place of.
    Conflict(Vec<String>, Failure),
    /// Anything else.
    Failed(Failure),
}

impl From<NotImported> for Failure {
    fn from(error: NotImported) -> Self {
        match error {
            NotImported::Missing(_, failure) | NotImported::Conflict(_, failure) | NotImported::Failed(failure) => {
                failure
            }
        }
    }
}

/// Sends one file to the store.
pub(crate) async fn import(
    client: &mut DatasetClient,
    file: VendorFile,
    output: Output,
) -> Result<ImportDocument, NotImported> {
    let name = file.header.file_name.clone();
    let progress = Progress::start(output, &format!("importing {name}"), file.size());
    let (messages, broken) = file.messages(progress);
    let (mut missing, mut supersede) = (Vec::new(), Vec::new());
    let call = async {
        let answer = client.import_bars(messages).await;
        answer.inspect_err(|status| {
            missing = names_in(status, "missing-options");
            supersede = names_in(status, "supersede");
        })
    };
    let action = format!("importing {name}");
    let answered = tokio::select! {
        biased;
        // The call is dropped, which the service takes for a caller that left. A sender that is gone without a word has
        // sent the whole file.
        Ok(failure) = broken => return Err(NotImported::Failed(failure)),
        answered = services::long(&action, call) => answered,
    };
    match answered {
        Ok(answer) => ImportDocument::new(&name, &answer).map_err(NotImported::Failed),
        Err(failure) if !missing.is_empty() => Err(NotImported::Missing(missing, failure)),
        Err(failure) if !supersede.is_empty() => Err(NotImported::Conflict(supersede, failure)),
        Err(failure) => Err(NotImported::Failed(failure)),
    }
}

/// The names that a refusal carries for programs under a key, separated by commas.
fn names_in(status: &tonic::Status, key: &str) -> Vec<String> {
    let names = status.metadata().get(key).and_then(|names| names.to_str().ok());
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

/// The newest dataset of a root that can be traded on: minutes of the full session along the front contract; `None` where
/// there is none.
pub(crate) async fn newest(client: &mut DatasetClient, root: &str) -> Result<Option<dataset::Dataset>, Failure> {
    let request = dataset::ListDatasetsRequest { root: root.to_owned() };
    let answer = services::call("listing datasets", client.list_datasets(request)).await?;
    Ok(answer.datasets.into_iter().rfind(is_tradable))
}

/// Whether a replay can run on a dataset: its strategy walks minutes beside the broker's, and holds the front contract.
pub(crate) fn is_tradable(dataset: &dataset::Dataset) -> bool {
    dataset.bar == "1m" && matches!(dataset.session.as_str(), "" | "full") && dataset.depth == 0
}
