//! Continuous datasets in the store: immutable manifests, and the order in which they were built.

use peaktrade_domain::ContractRoot;

use crate::bar_store::PUBLISH_ATTEMPTS;
use crate::chain::{Chain, read_document, to_bytes};
use crate::dataset_manifest::{BuildEntry, DatasetId, DatasetManifest};
use crate::objects::Put;
use crate::{BarStore, StoreError};

/// Format of the build entries written here.
const FORMAT: u32 = 1;

impl BarStore {
    /// Stores a dataset and makes it the newest of its kind; one that is so already changes nothing.
    ///
    /// # Errors
    /// Where the same inputs were stored with another outcome, other writers are always first, or the disk fails.
    pub async fn put_dataset(&self, manifest: &DatasetManifest) -> Result<(), StoreError> {
        let name = manifest.dataset_id.object_name();
        let bytes = to_bytes(manifest);
        if self.objects.put_if_absent(&name, bytes.clone()).await? == Put::Existed
            && self.objects.get(&name).await? != Some(bytes)
        {
            return Err(StoreError::DatasetDiffers { dataset_id: manifest.dataset_id });
        }
        self.objects.sync_folders([name.as_str()]).await?;
        let entry = BuildEntry {
            format: FORMAT,
            dataset_id: manifest.dataset_id,
            method: manifest.inputs.method.clone(),
            roll_policy: manifest.inputs.roll_policy.clone(),
        };
        let folder = builds_folder(manifest.inputs.root, &manifest.inputs.bar);
        let chain = Chain::new(&self.objects, &folder);
        for _ in 0..PUBLISH_ATTEMPTS {
            let (same_kind, builds) = newest_of_kind(&chain, &entry.method, &entry.roll_policy).await?;
            if same_kind.as_ref() == Some(&entry) {
                return Ok(());
            }
            if chain.put(builds + 1, &entry).await? == Put::Created {
                return Ok(());
            }
        }
        Err(StoreError::Contended { what: folder, attempts: PUBLISH_ATTEMPTS })
    }

    /// A dataset; `None` where there is none of that name.
    ///
    /// # Errors
    /// Where its manifest cannot be read or its inputs have another digest than its name.
    pub async fn dataset(&self, dataset_id: DatasetId) -> Result<Option<DatasetManifest>, StoreError> {
        let name = dataset_id.object_name();
        let Some((manifest, _)) = read_document::<DatasetManifest>(&self.objects, &name).await? else {
            return Ok(None);
        };
        if manifest.dataset_id != dataset_id || manifest.inputs.dataset_id() != dataset_id {
            return Err(StoreError::Manifest { name, problem: "its inputs have another digest".to_owned() });
        }
        Ok(Some(manifest))
    }

    /// Builds of a root and bar size, oldest first.
    ///
    /// # Errors
    /// Where an entry cannot be read.
    pub async fn builds(&self, root: ContractRoot, bar: &str) -> Result<Vec<BuildEntry>, StoreError> {
        let folder = builds_folder(root, bar);
        let chain = Chain::new(&self.objects, &folder);
        let mut entries = Vec::new();
        for number in 1..=chain.newest().await? {
            entries.push(chain.get(number).await?.0);
        }
        Ok(entries)
    }

    /// The newest build of a root and bar size by one method under one roll policy; `None` where there is none.
    ///
    /// # Errors
    /// Where an entry cannot be read.
    pub async fn newest_build(
        &self,
        root: ContractRoot,
        bar: &str,
        method: &str,
        roll_policy: &str,
    ) -> Result<Option<BuildEntry>, StoreError> {
        let folder = builds_folder(root, bar);
        Ok(newest_of_kind(&Chain::new(&self.objects, &folder), method, roll_policy).await?.0)
    }
}

/// The newest build of a kind, and the number of all builds.
async fn newest_of_kind(
    chain: &Chain<'_>,
    method: &str,
    roll_policy: &str,
) -> Result<(Option<BuildEntry>, u64), StoreError> {
    let builds = chain.newest().await?;
    for number in (1..=builds).rev() {
        let (entry, _) = chain.get::<BuildEntry>(number).await?;
        if entry.method == method && entry.roll_policy == roll_policy {
            return Ok((Some(entry), builds));
        }
    }
    Ok((None, builds))
}

fn builds_folder(root: ContractRoot, bar: &str) -> String {
    format!("builds/{root}/{bar}")
}
