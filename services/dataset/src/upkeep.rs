//! What a dataset is computed from on disk, and what of the store nobody needs.

use std::num::NonZeroU32;

use peaktrade_store::{ContractManifest, Garbage, GarbageItem, GarbageRequest};
use peaktrade_wire::FieldError;
use peaktrade_wire::dataset::v1 as wire;
use tonic::Status;

use crate::control;
use crate::library::Library;
use crate::status;

/// The contracts of a dataset with their files and sources.
pub(crate) async fn list_files(library: &Library, dataset_id: &str) -> Result<Vec<wire::DatasetInput>, Status> {
    let of_store = |error: peaktrade_store::StoreError| status::of_store(&error);
    let dataset = control::find_by_text(library, dataset_id).await?;
    let mut inputs = Vec::new();
    for manifest in library.store.input_manifests(&dataset).await.map_err(of_store)? {
        let newest = library.store.contract(manifest.contract).await.map_err(of_store)?;
        let newest_generation = newest.map_or(manifest.generation, |newest| newest.generation);
        let files = library.store.month_files(&manifest).await.map_err(of_store)?;
        let files = files.into_iter().map(|(name, rows, bytes)| wire::StoredFile { name, rows, bytes }).collect();
        inputs.push(input(&manifest, newest_generation, files));
    }
    Ok(inputs)
}

fn input(manifest: &ContractManifest, newest_generation: u64, files: Vec<wire::StoredFile>) -> wire::DatasetInput {
    let source = |source: &peaktrade_store::SourceFile| wire::SourceFile {
        sha256: source.sha256.to_string(),
        file_name: source.file_name.clone(),
        format: source.format.clone(),
        rows_added: source.rows_added,
    };
    wire::DatasetInput {
        contract: manifest.contract.to_string(),
        generation: manifest.generation,
        newest_generation,
        content_sha256: manifest.content_sha256.to_string(),
        rows: manifest.rows,
        files,
        sources: manifest.sources.iter().map(source).collect(),
    }
}

/// Lists what nobody needs.
pub(crate) async fn list_garbage(
    library: &Library,
    request: &wire::ListGarbageRequest,
) -> Result<wire::ListGarbageResponse, Status> {
    let request = garbage_request(library, &request.root, request.keep_datasets)?;
    // Every document of the store is read for it.
    let _turn = library.heavy_work.turn().await?;
    let garbage = library.store.garbage(&request).await.map_err(|error| status::of_store(&error))?;
    Ok(wire::ListGarbageResponse {
        items: items(&garbage),
        list_sha256: garbage.sha256().to_string(),
        bytes: garbage.bytes(),
        is_cut: garbage.is_cut,
    })
}

/// Deletes what a list named.
pub(crate) async fn collect_garbage(
    library: &Library,
    request: &wire::CollectGarbageRequest,
) -> Result<wire::CollectGarbageResponse, Status> {
    let listed = request.list_sha256.parse().map_err(|error| FieldError::new("list_sha256", error))?;
    let request = garbage_request(library, &request.root, request.keep_datasets)?;
    // Deleting waits for work on the store; it must not be waited for by more than one caller's work.
    let _turn = library.heavy_work.turn().await?;
    let garbage = library.store.collect_garbage(&request, listed).await.map_err(|error| status::of_store(&error))?;
    tracing::info!(
        items = garbage.items.len(),
        bytes = garbage.bytes(),
        keep_datasets = request.keep_datasets.map(NonZeroU32::get),
        "garbage deleted"
    );
    Ok(wire::CollectGarbageResponse { items: items(&garbage), bytes: garbage.bytes() })
}

fn garbage_request(library: &Library, root: &str, keep: Option<u32>) -> Result<GarbageRequest, Status> {
    let roots = if root.is_empty() { library.roots() } else { vec![library.admit(root)?] };
    let keep = keep
        .map(|keep| NonZeroU32::new(keep).ok_or_else(|| FieldError::new("keep_datasets", "0; 1 or more are allowed")));
    Ok(GarbageRequest { roots, keep_datasets: keep.transpose()? })
}

fn items(garbage: &Garbage) -> Vec<wire::GarbageItem> {
    let item = |item: &GarbageItem| wire::GarbageItem {
        kind: item.kind.name().to_owned(),
        name: item.name.clone(),
        bytes: item.bytes,
        reason: item.reason.clone(),
    };
    garbage.items.iter().map(item).collect()
}
