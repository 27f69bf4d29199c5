//! The control plane: DatasetService as tonic calls it.

use std::sync::Arc;

use peaktrade_store::{DatasetId, DatasetManifest, DeletedDataset};
use peaktrade_wire::FieldError;
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::dataset_service_server::DatasetService;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::build::{self, request::BuildRequest};
use crate::compared;
use crate::evidence;
use crate::import;
use crate::library::Library;
use crate::listing;
use crate::settlements;
use crate::status;
use crate::upkeep;
use crate::validation::{self, ValidationRequest};
use crate::vendor_series;
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
        let request = ValidationRequest::read(root, &request)?;
        let library = Arc::clone(&self.library);
        let answer = |part| wire::ValidateDatasetResponse { part: Some(part) };
        let answers = self.library.heavy_work.answer_with_progress(
            move |progress| answer(Part::Progress(progress)),
            move |report| answer(Part::Report(report)),
            move |teller| async move { validation::run(&library, request, &teller).await },
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
        Ok(Response::new(listing::datasets(&self.library, &request.into_inner()).await?))
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
        let _turn = self.library.heavy_work.turn().await?;
        let explanations = evidence::explanations(&self.library, &manifest).await?;
        Ok(Response::new(wire::ExplainRollsResponse { explanations }))
    }

    async fn list_dataset_files(
        &self,
        request: Request<wire::ListDatasetFilesRequest>,
    ) -> Result<Response<wire::ListDatasetFilesResponse>, Status> {
        let inputs = upkeep::list_files(&self.library, &request.into_inner().dataset_id).await?;
        Ok(Response::new(wire::ListDatasetFilesResponse { inputs }))
    }

    async fn list_garbage(
        &self,
        request: Request<wire::ListGarbageRequest>,
    ) -> Result<Response<wire::ListGarbageResponse>, Status> {
        Ok(Response::new(upkeep::list_garbage(&self.library, &request.into_inner()).await?))
    }

    async fn collect_garbage(
        &self,
        request: Request<wire::CollectGarbageRequest>,
    ) -> Result<Response<wire::CollectGarbageResponse>, Status> {
        Ok(Response::new(upkeep::collect_garbage(&self.library, &request.into_inner()).await?))
    }

    async fn diff_policies(
        &self,
        request: Request<wire::DiffPoliciesRequest>,
    ) -> Result<Response<wire::DiffPoliciesResponse>, Status> {
        let request = request.into_inner();
        // A root that is not served is told at once, not when its turn comes.
        self.library.admit(&request.root)?;
        let _turn = self.library.heavy_work.turn().await?;
        Ok(Response::new(compared::run(&self.library, &request).await?))
    }

    async fn import_settlements(
        &self,
        request: Request<Streaming<wire::ImportSettlementsRequest>>,
    ) -> Result<Response<wire::ImportSettlementsResponse>, Status> {
        Ok(Response::new(settlements::run(&self.library, request.into_inner()).await?))
    }

    async fn list_settlements(
        &self,
        request: Request<wire::ListSettlementsRequest>,
    ) -> Result<Response<wire::ListSettlementsResponse>, Status> {
        Ok(Response::new(settlements::list(&self.library, &request.into_inner()).await?))
    }

    async fn import_vendor_series(
        &self,
        request: Request<Streaming<wire::ImportVendorSeriesRequest>>,
    ) -> Result<Response<wire::ImportVendorSeriesResponse>, Status> {
        Ok(Response::new(vendor_series::run(&self.library, request.into_inner()).await?))
    }

    async fn list_vendor_series(
        &self,
        request: Request<wire::ListVendorSeriesRequest>,
    ) -> Result<Response<wire::ListVendorSeriesResponse>, Status> {
        Ok(Response::new(vendor_series::list(&self.library, &request.into_inner()).await?))
    }
}

pub(crate) async fn find_by_text(library: &Library, text: &str) -> Result<DatasetManifest, Status> {
    let dataset_id = text.parse().map_err(|error| FieldError::new("dataset_id", error))?;
    find(library, dataset_id).await
}

/// A dataset of a root that may be asked for.
pub(crate) async fn find(library: &Library, dataset_id: DatasetId) -> Result<DatasetManifest, Status> {
    let found = library.store.dataset(dataset_id).await.map_err(|error| status::of_store(&error))?;
    let Some(manifest) = found else {
        let deleted = library.store.deleted_dataset(dataset_id).await.map_err(|error| status::of_store(&error))?;
        let why = match deleted {
            None => match vendor_series::with_content(library, dataset_id.sha256()).await? {
                Some(series) => {
                    format!(
                        ": these are the bars of {}, a vendor's continuous series and no dataset",
                        series.in_words()
                    )
                }
                None => String::new(),
            },
            Some(deleted) => format!(" any more: it was deleted as garbage; {}", what_is_left_to_do(deleted)),
        };
        return Err(Status::not_found(format!("no dataset {dataset_id}{why}")));
    };
    library.admit(manifest.inputs.root.as_str())?;
    Ok(manifest)
}

/// What becomes of a build that repeats a deleted dataset's.
const fn what_is_left_to_do(deleted: DeletedDataset) -> &'static str {
    match deleted {
        DeletedDataset::Rebuildable => "building the same again restores it",
        DeletedDataset::InputsChanged => {
            "the bars or settlements of its contracts have changed since, so building it again gives another dataset"
        }
        DeletedDataset::Unknown => {
            "building the same again restores it unless the bars of its contracts have changed since"
        }
    }
}
