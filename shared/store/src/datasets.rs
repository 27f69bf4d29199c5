//! Continuous datasets in the store: immutable manifests, and the order in which they were built.

use std::collections::BTreeSet;

use peaktrade_domain::ContractRoot;

use crate::bar_store::PUBLISH_ATTEMPTS;
use crate::chain::{Chain, put_document, read_document};
use crate::contract_manifest::ContractManifest;
use crate::dataset_manifest::{BuildEntry, DatasetId, DatasetInputs, DatasetManifest, SeriesVariant};
use crate::objects::Put;
use crate::{BarStore, StoreError};

/// Format of the build entries written here.
const FORMAT: u32 = 1;

impl BarStore {
    /// Stores a dataset and makes it the newest of its kind; one that is so already changes nothing. Answers whether
    /// the dataset is new: of two writers of the same one, only one is told so.
    ///
    /// # Errors
    /// Where the same inputs were stored with another outcome, the bars of an input are no longer stored, other writers
    /// are always first, or the disk fails.
    pub async fn put_dataset(&self, manifest: &DatasetManifest) -> Result<bool, StoreError> {
        let _hold = self.objects.hold_for_adding().await?;
        // They were there when the build read them; they may have been superseded and deleted since.
        self.input_manifests(manifest).await?;
        let name = manifest.dataset_id.object_name();
        let is_new = self.put_manifest(&name, manifest).await?;
        // Also where it was stored before: its writer may have died before its name was durable.
        self.objects.sync_folders([name.as_str()]).await?;
        self.objects.unlink(&collected_name(manifest.dataset_id)).await?;
        let entry = BuildEntry {
            format: FORMAT,
            dataset_id: manifest.dataset_id,
            method: manifest.inputs.method.clone(),
            roll_policy: manifest.inputs.roll_policy.clone(),
            variant: manifest.inputs.variant,
        };
        let folder = builds_folder(manifest.inputs.root, &manifest.inputs.bar);
        let chain = Chain::new(&self.objects, &folder);
        for _ in 0..PUBLISH_ATTEMPTS {
            let (same_kind, builds) = newest_of_kind(&chain, &entry.method, &entry.roll_policy, entry.variant).await?;
            if same_kind.as_ref() == Some(&entry) {
                chain.sync().await?;
                return Ok(is_new);
            }
            if chain.put(builds + 1, &entry).await? == Put::Created {
                return Ok(is_new);
            }
        }
        Err(StoreError::Contended { what: folder, attempts: PUBLISH_ATTEMPTS })
    }

    /// Stores the document of a dataset; whether it is new.
    async fn put_manifest(&self, name: &str, manifest: &DatasetManifest) -> Result<bool, StoreError> {
        for _ in 0..PUBLISH_ATTEMPTS {
            match read_document::<DatasetManifest>(&self.objects, name).await? {
                Some((stored, _)) if stored == *manifest => return Ok(false),
                Some(_) => return Err(StoreError::DatasetDiffers { dataset_id: manifest.dataset_id }),
                None if put_document(&self.objects, name, manifest).await? == Put::Created => return Ok(true),
                // Another writer was first; what he wrote is looked at next.
                None => {}
            }
        }
        Err(StoreError::Contended { what: name.to_owned(), attempts: PUBLISH_ATTEMPTS })
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
        if manifest.inputs.format != DatasetInputs::FORMAT {
            let (found, read) = (manifest.inputs.format, DatasetInputs::FORMAT);
            let problem = format!("the format of its inputs is {found}, this program reads {read}");
            return Err(StoreError::Manifest { name, problem });
        }
        Ok(Some(manifest))
    }

    /// Datasets of a root and bar size, each once, the newest build last; those that were deleted are left out.
    ///
    /// # Errors
    /// Where a document cannot be read, or one that a build names is absent.
    pub async fn datasets(&self, root: ContractRoot, bar: &str) -> Result<Vec<DatasetManifest>, StoreError> {
        let mut seen = BTreeSet::new();
        let mut newest_first = Vec::new();
        for build in self.builds(root, bar).await?.into_iter().rev() {
            if !seen.insert(build.dataset_id) {
                continue;
            }
            match self.dataset(build.dataset_id).await? {
                Some(manifest) => newest_first.push(manifest),
                None if self.is_collected(build.dataset_id).await? => {}
                None => {
                    let (dataset_id, name) = (build.dataset_id, build.dataset_id.object_name());
                    return Err(StoreError::DatasetAbsent { dataset_id, name });
                }
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }

    /// Whether a dataset was stored and deleted on request.
    ///
    /// # Errors
    /// Where the disk cannot be read.
    pub async fn is_collected(&self, dataset_id: DatasetId) -> Result<bool, StoreError> {
        self.objects.exists(&collected_name(dataset_id)).await
    }

    /// The stored bars from which a dataset is computed, contract by contract.
    ///
    /// # Errors
    /// Where bars of an input, or one of their files, are no longer stored.
    pub async fn input_manifests(&self, manifest: &DatasetManifest) -> Result<Vec<ContractManifest>, StoreError> {
        let mut inputs = Vec::with_capacity(manifest.inputs.contracts.len());
        for input in &manifest.inputs.contracts {
            let found = self.contract_with_content(input.contract, input.content_sha256).await?;
            let found = found.ok_or(StoreError::InputAbsent {
                dataset_id: manifest.dataset_id,
                contract: input.contract,
                content_sha256: input.content_sha256,
            })?;
            for month in &found.months {
                let name = month.content_name(input.contract);
                if !self.objects.exists(&name).await? {
                    return Err(StoreError::Missing { name });
                }
            }
            inputs.push(found);
        }
        Ok(inputs)
    }

    /// Month files of a manifest: name below the folder of the store, bars, bytes.
    ///
    /// # Errors
    /// Where one is absent.
    pub async fn month_files(&self, manifest: &ContractManifest) -> Result<Vec<(String, u64, u64)>, StoreError> {
        let mut files = Vec::with_capacity(manifest.months.len());
        for month in &manifest.months {
            let name = month.content_name(manifest.contract);
            let bytes = self.objects.bytes_of(&name).await?;
            let bytes = bytes.ok_or_else(|| StoreError::Missing { name: name.clone() })?;
            files.push((name, month.rows, bytes));
        }
        Ok(files)
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
            entries.push(build(&chain, number).await?);
        }
        Ok(entries)
    }

    /// The newest ordinary build of a root and bar size by one method under one roll policy; `None` where there is none.
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
        Ok(newest_of_kind(&Chain::new(&self.objects, &folder), method, roll_policy, SeriesVariant::default()).await?.0)
    }
}

/// Name of the record that a dataset was deleted.
pub(crate) fn collected_name(dataset_id: DatasetId) -> String {
    format!("collected/{}.json", dataset_id.sha256())
}

/// One entry of a list of builds.
async fn build(chain: &Chain<'_>, number: u64) -> Result<BuildEntry, StoreError> {
    let (entry, _) = chain.get::<BuildEntry>(number).await?;
    if entry.format != FORMAT {
        let problem = format!("its format is {}, this program reads {FORMAT}", entry.format);
        return Err(StoreError::Manifest { name: chain.name(number), problem });
    }
    Ok(entry)
}

/// The newest build of a kind, and the number of all builds.
async fn newest_of_kind(
    chain: &Chain<'_>,
    method: &str,
    roll_policy: &str,
    variant: SeriesVariant,
) -> Result<(Option<BuildEntry>, u64), StoreError> {
    let builds = chain.newest().await?;
    for number in (1..=builds).rev() {
        let entry = build(chain, number).await?;
        if entry.method == method && entry.roll_policy == roll_policy && entry.variant == variant {
            return Ok((Some(entry), builds));
        }
    }
    Ok((None, builds))
}

fn builds_folder(root: ContractRoot, bar: &str) -> String {
    format!("builds/{root}/{bar}")
}

#[cfg(test)]
mod tests;
