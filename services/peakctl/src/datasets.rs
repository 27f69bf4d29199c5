//! Import, validation, build and look-up over the dataset service's control plane.

use futures_util::stream::BoxStream;
use peaktrade_wire::dataset::v1 as dataset;
use tonic::{Response, Status};

use crate::documents::{ImportDocument, ValidationDocument};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::services::{self, DatasetClient};
use crate::settings::Settings;
use crate::vendor_file::{Header, VendorFile};

/// Why a file was not imported.
pub(crate) enum NotImported {
    /// Facts are missing that it does not tell; their names.
    Missing(Vec<String>, Failure),
    /// It differs from stored files; the SHA-256 of those that it could take the place of.
    Conflict(Vec<String>, Failure),
    /// It is of a vendor's continuous series, which another verb imports.
    VendorSeries(Failure),
    /// Anything else.
    Failed(Failure),
}

impl From<NotImported> for Failure {
    fn from(error: NotImported) -> Self {
        match error {
            NotImported::Missing(_, failure)
            | NotImported::Conflict(_, failure)
            | NotImported::VendorSeries(failure)
            | NotImported::Failed(failure) => failure,
        }
    }
}

/// Sends one file of bars to the store.
pub(crate) async fn import(
    client: &mut DatasetClient,
    file: VendorFile<dataset::ImportHeader>,
    output: Output,
) -> Result<ImportDocument, NotImported> {
    let name = file.name().to_owned();
    let answer = send(file, output, async |messages| client.import_bars(messages).await).await?;
    ImportDocument::new(&name, &answer).map_err(NotImported::Failed)
}

/// Sends one file of settlement prices and open interest to the store.
pub(crate) async fn import_settlements(
    client: &mut DatasetClient,
    file: VendorFile<dataset::SettlementsHeader>,
    output: Output,
) -> Result<dataset::ImportSettlementsResponse, NotImported> {
    send(file, output, async |messages| client.import_settlements(messages).await).await
}

/// Sends one export of a vendor's continuous series to the store.
pub(crate) async fn import_vendor_series(
    client: &mut DatasetClient,
    file: VendorFile<dataset::VendorSeriesHeader>,
    output: Output,
) -> Result<dataset::ImportVendorSeriesResponse, NotImported> {
    send(file, output, async |messages| client.import_vendor_series(messages).await).await
}

/// Sends a file by the call that takes its kind.
async fn send<H: Header, T>(
    file: VendorFile<H>,
    output: Output,
    call: impl AsyncFnOnce(BoxStream<'static, H::Message>) -> Result<Response<T>, Status>,
) -> Result<T, NotImported> {
    let action = format!("importing {}", file.name());
    let progress = Progress::start(output, &action, file.size());
    let (messages, broken) = file.messages(progress);
    let (mut missing, mut supersede, mut imported_by) = (Vec::new(), Vec::new(), Vec::new());
    let call = async {
        let answer = call(messages).await;
        answer.inspect_err(|status| {
            missing = names_in(status, "missing-options");
            supersede = names_in(status, "supersede");
            imported_by = names_in(status, "imported-by");
        })
    };
    let answered = tokio::select! {
        biased;
        // The call is dropped, which the service takes for a caller that left. A sender that is gone without a word has
        // sent the whole file.
        Ok(failure) = broken => return Err(NotImported::Failed(failure)),
        answered = services::long(&action, call) => answered,
    };
    match answered {
        Ok(answer) => Ok(answer),
        Err(failure) if !missing.is_empty() => Err(NotImported::Missing(missing, failure)),
        Err(failure) if !supersede.is_empty() => Err(NotImported::Conflict(supersede, failure)),
        Err(failure) if imported_by == ["vendor-series"] => Err(NotImported::VendorSeries(failure)),
        Err(failure) => Err(NotImported::Failed(failure)),
    }
}

/// The names that a refusal carries for programs under a key, separated by commas.
fn names_in(status: &Status, key: &str) -> Vec<String> {
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

/// The dataset that was named.
pub(crate) async fn by_id(client: &mut DatasetClient, dataset_id: &str) -> Result<dataset::Dataset, Failure> {
    let request = dataset::GetDatasetRequest { dataset_id: dataset_id.to_owned() };
    let answer = services::call(&format!("reading dataset {dataset_id}"), client.get_dataset(request)).await?;
    answer.dataset.ok_or_else(|| Failure::Internal(format!("dataset {dataset_id} came empty")))
}

/// The dataset that was named, or the newest of a root that can be traded on, see [`newest`].
pub(crate) async fn find(
    settings: &Settings,
    client: &mut DatasetClient,
    dataset_id: Option<&str>,
    root: &str,
) -> Result<dataset::Dataset, Failure> {
    if let Some(dataset_id) = dataset_id {
        return by_id(client, dataset_id).await;
    }
    if let Some(dataset) = newest(client, root).await? {
        return Ok(dataset);
    }
    let next = command_for_a_dataset(settings, client, root).await?;
    Err(Failure::Input(format!(
        "the store has no dataset of {root} with bars of 1m over the full session along the front contract; next: `{next}`"
    )))
}

/// The command that brings a root one step nearer to its first dataset: to bars, or from bars to a dataset.
pub(crate) async fn command_for_a_dataset(
    settings: &Settings,
    client: &mut DatasetClient,
    root: &str,
) -> Result<String, Failure> {
    Ok(match has_bars(client, root).await? {
        true => settings.command(&format!("build --root {root} --bar 1m --method BACK_ADJUST")),
        false => import_command(settings, root),
    })
}

/// A refusal over an empty store, with the command that fills it; other refusals as they are.
pub(crate) async fn explain_empty(
    settings: &Settings,
    client: &mut DatasetClient,
    root: &str,
    failure: Failure,
) -> Failure {
    let is_empty = matches!(failure, Failure::Input(_)) && matches!(has_bars(client, root).await, Ok(false));
    if !is_empty {
        return failure;
    }
    Failure::Input(format!("{failure}; next: `{}`", import_command(settings, root)))
}

fn import_command(settings: &Settings, root: &str) -> String {
    settings.command(&format!("import --format ninjatrader --root {root} FILE..."))
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
    Ok(all(client, root).await?.into_iter().rfind(is_tradable))
}

/// All datasets of a root, or of every root where it is empty, the newest build last.
pub(crate) async fn all(client: &mut DatasetClient, root: &str) -> Result<Vec<dataset::Dataset>, Failure> {
    let mut request = dataset::ListDatasetsRequest { root: root.to_owned(), ..Default::default() };
    let mut datasets = Vec::new();
    loop {
        let answer = services::call("listing datasets", client.list_datasets(request.clone())).await?;
        datasets.extend(answer.datasets);
        if answer.next_page_token.is_empty() {
            return Ok(datasets);
        }
        request.page_token = answer.next_page_token;
    }
}

/// Whether a replay can run on a dataset: its strategy walks minutes beside the broker's, and holds the front contract.
pub(crate) fn is_tradable(dataset: &dataset::Dataset) -> bool {
    dataset.bar == "1m" && matches!(dataset.session.as_str(), "" | "full") && dataset.depth == 0
}
