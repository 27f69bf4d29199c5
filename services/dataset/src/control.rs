//! The control plane: DatasetService as tonic calls it.

use std::collections::BTreeSet;
use std::sync::Arc;

use peaktrade_continuous::explain;
use peaktrade_domain::{ContractRoot, TradeDate, UnixNanos};
use peaktrade_store::{DatasetId, DatasetManifest};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::dataset_service_server::DatasetService;
use peaktrade_wire::{FieldError, trade_date};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::build::{self, request::BuildRequest};
use crate::heavy_work::Teller;
use crate::import;
use crate::library::Library;
use crate::series::{self, BAR};
use crate::status;
use crate::validation::{self, Findings};
use crate::wire as to_wire;

/// The handlers.
#[derive(Debug)]
pub(crate) struct Control {
    library: Arc<Library>,
}

impl Control {
    pub(crate) fn new(library: Arc<Library>) -> Self {
        Self { library }
    }
}

#[tonic::async_trait]
impl DatasetService for Control {
    async fn import_bars(
        &self,
        request: Request<Streaming<wire::ImportBarsRequest>>,
    ) -> Result<Response<wire::ImportBarsResponse>, Status> {
        let imported = import::run(&self.library, request.into_inner()).await?;
        Ok(Response::new(to_wire::import_answer(&imported)))
    }

    type ValidateDatasetStream = ReceiverStream<Result<wire::ValidateDatasetResponse, Status>>;

    async fn validate_dataset(
        &self,
        request: Request<wire::ValidateDatasetRequest>,
    ) -> Result<Response<Self::ValidateDatasetStream>, Status> {
        use wire::validate_dataset_response::Part;
        let request = request.into_inner();
        let root = self.library.admit(&request.root)?;
        let range = (optional_date(&request.from, "from")?, optional_date(&request.to, "to")?);
        let library = Arc::clone(&self.library);
        let answer = |part| wire::ValidateDatasetResponse { part: Some(part) };
        let answers = self.library.heavy_work.answer_with_progress(
            move |progress| answer(Part::Progress(progress)),
            move |report| answer(Part::Report(report)),
            move |teller| async move { validate(&library, root, range, &teller).await },
        )?;
        Ok(Response::new(answers))
    }

    type BuildContinuousStream = ReceiverStream<Result<wire::BuildContinuousResponse, Status>>;

    async fn build_continuous(
        &self,
        request: Request<wire::BuildContinuousRequest>,
    ) -> Result<Response<Self::BuildContinuousStream>, Status> {
        use wire::build_continuous_response::Part;
        let request = request.into_inner();
        let root = self.library.admit(&request.root)?;
        let request = BuildRequest::read(root, &request)?;
        let library = Arc::clone(&self.library);
        let answer = |part| wire::BuildContinuousResponse { part: Some(part) };
        let answers = self.library.heavy_work.answer_with_progress(
            move |progress| answer(Part::Progress(progress)),
            move |dataset| answer(Part::Dataset(dataset)),
            move |teller| async move {
                let manifest = build::run(&library, request, &|step, done, total| teller.tell(step, done, total))
                    .await
                    .map_err(|error| status::of_build(&error))?;
                Ok(to_wire::dataset(&manifest))
            },
        )?;
        Ok(Response::new(answers))
    }

    async fn list_datasets(
        &self,
        request: Request<wire::ListDatasetsRequest>,
    ) -> Result<Response<wire::ListDatasetsResponse>, Status> {
        let root = request.into_inner().root;
        let roots = if root.is_empty() { self.library.roots() } else { vec![self.library.admit(&root)?] };
        let mut datasets = Vec::new();
        for root in roots {
            for dataset_id in newest_last(&self.library, root).await? {
                datasets.push(to_wire::dataset(&find(&self.library, dataset_id).await?));
            }
        }
        Ok(Response::new(wire::ListDatasetsResponse { datasets }))
    }

    async fn get_dataset(
        &self,
        request: Request<wire::GetDatasetRequest>,
    ) -> Result<Response<wire::GetDatasetResponse>, Status> {
        let manifest = find_by_text(&self.library, &request.into_inner().dataset_id).await?;
        Ok(Response::new(wire::GetDatasetResponse { dataset: Some(to_wire::dataset(&manifest)) }))
    }

    async fn list_contract_bars(
        &self,
        request: Request<wire::ListContractBarsRequest>,
    ) -> Result<Response<wire::ListContractBarsResponse>, Status> {
        let root = self.library.admit(&request.into_inner().root)?;
        let stored = self.library.store.contracts(root).await.map_err(|error| status::of_store(&error))?;
        let contracts = stored.iter().map(to_wire::contract_bars).collect();
        Ok(Response::new(wire::ListContractBarsResponse { contracts }))
    }

    async fn explain_rolls(
        &self,
        request: Request<wire::ExplainRollsRequest>,
    ) -> Result<Response<wire::ExplainRollsResponse>, Status> {
        let manifest = find_by_text(&self.library, &request.into_inner().dataset_id).await?;
        Ok(Response::new(wire::ExplainRollsResponse { explanations: explanations(&manifest)? }))
    }
}

fn explanations(manifest: &DatasetManifest) -> Result<Vec<wire::RollExplanation>, Status> {
    let unreadable = |error: &dyn std::fmt::Display| Status::data_loss(format!("{}: {error}", manifest.dataset_id));
    let adjustment = series::series_request(manifest, None).map_err(|error| unreadable(&error))?.adjustment;
    // The bound is the last part of every policy's text.
    let bound = manifest.inputs.roll_policy.rsplit('/').next().and_then(|bound| bound.parse().ok());
    let bound: u32 = bound.ok_or_else(|| unreadable(&"roll policy without a bound of staleness"))?;
    let mut explanations = Vec::with_capacity(manifest.rolls.len());
    for record in &manifest.rolls {
        let evidence = record.to_evidence().map_err(|error| unreadable(&error))?;
        let text = explain(&evidence, adjustment, record.cumulative_adjustment, bound);
        explanations.push(wire::RollExplanation { roll: Some(to_wire::roll(record)), text });
    }
    Ok(explanations)
}

/// Checks every stored contract of a root within a range of trade dates.
async fn validate<M>(
    library: &Library,
    root: ContractRoot,
    (from, to): (Option<TradeDate>, Option<TradeDate>),
    teller: &Teller<M>,
) -> Result<wire::ValidationReport, Status> {
    let of_calendar = |error: peaktrade_domain::CalendarError| Status::invalid_argument(error.to_string());
    let stored = library.store.contracts(root).await.map_err(|error| status::of_store(&error))?;
    if stored.is_empty() {
        return Err(Status::failed_precondition(format!("no bars of {root} are stored; import some first")));
    }
    let start = from.map(|from| library.calendar.session_on_or_after(from)).transpose().map_err(of_calendar)?;
    let start = start.map_or(UnixNanos::from_nanos(i64::MIN), peaktrade_domain::Session::open);
    let end = match to {
        None => UnixNanos::from_nanos(i64::MAX),
        Some(to) => {
            let sessions = library.calendar.sessions(from.unwrap_or(library.calendar.valid_from()), to);
            sessions.map_err(of_calendar)?.last().map_or(start, peaktrade_domain::Session::close)
        }
    };
    let (mut rows, mut sessions) = (0, 0);
    let mut findings = Findings::default();
    let total = stored.len() as u64;
    for (done, manifest) in (0_u64..).zip(&stored) {
        if !teller.is_heard() {
            return Err(Status::cancelled("the caller left; a validation leaves nothing behind"));
        }
        teller.tell(format!("checking {}", manifest.contract), done, total);
        let bars = library.store.read(manifest).await.map_err(|error| status::of_store(&error))?;
        let bars = bars.between(start, end).to_bars();
        rows += bars.len() as u64;
        sessions +=
            validation::check(manifest.contract, &bars, &library.calendar, &mut findings).map_err(of_calendar)?;
    }
    teller.tell("done".to_owned(), total, total);
    Ok(wire::ValidationReport { rows, sessions, findings: findings.into_wire() })
}

/// Datasets of a root, each once, by its newest build.
async fn newest_last(library: &Library, root: ContractRoot) -> Result<Vec<DatasetId>, Status> {
    let builds = library.store.builds(root, BAR).await.map_err(|error| status::of_store(&error))?;
    let mut seen = BTreeSet::new();
    let mut newest_first: Vec<DatasetId> =
        builds.iter().rev().map(|build| build.dataset_id).filter(|dataset_id| seen.insert(*dataset_id)).collect();
    newest_first.reverse();
    Ok(newest_first)
}

async fn find_by_text(library: &Library, text: &str) -> Result<DatasetManifest, Status> {
    let dataset_id = text.parse().map_err(|error| FieldError::new("dataset_id", error))?;
    find(library, dataset_id).await
}

/// A dataset of a root that may be asked for.
pub(crate) async fn find(library: &Library, dataset_id: DatasetId) -> Result<DatasetManifest, Status> {
    let found = library.store.dataset(dataset_id).await.map_err(|error| status::of_store(&error))?;
    let manifest = found.ok_or_else(|| Status::not_found(format!("no dataset {dataset_id}")))?;
    library.admit(manifest.inputs.root.as_str())?;
    Ok(manifest)
}

fn optional_date(text: &str, field: &str) -> Result<Option<TradeDate>, FieldError> {
    if text.is_empty() { Ok(None) } else { trade_date(text, field).map(Some) }
}
