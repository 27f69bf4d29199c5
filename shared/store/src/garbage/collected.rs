//! What was deleted as garbage, and what can be said of it to those who ask for it.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractRoot, ContractSymbol, Sha256};
use serde::{Deserialize, Serialize};

use crate::chain::{put_document, read_document};
use crate::contract_manifest::ContractManifest;
use crate::dataset_manifest::{ContractInput, DatasetId, DatasetManifest};
use crate::datasets::collected_name;
use crate::owners::record_name;
use crate::{BarStore, StoreError};

/// Format of the records written here.
const FORMAT: u32 = 1;

/// The record that a dataset was deleted: who asks for it is told so instead of being told of damage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Collected {
    /// Format of this document; 1.
    format: u32,
    /// The dataset.
    dataset_id: DatasetId,
    /// Bars that it was computed from; older records do not have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contracts: Vec<ContractInput>,
    /// Settlements that decided a roll or a spread of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    settlements: Vec<ContractInput>,
}

/// A dataset that was deleted, by whether building the same again would give it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletedDataset {
    /// It would: what is stored of its contracts is what it was computed from.
    Rebuildable,
    /// It would give another dataset: what is stored of its contracts has changed since.
    InputsChanged,
    /// Its record does not tell what it was computed from.
    Unknown,
}

/// Digests of what is in force of a root's contracts.
pub(super) struct InForce {
    bars: BTreeMap<ContractSymbol, Sha256>,
    settlements: BTreeMap<ContractSymbol, Sha256>,
}

impl InForce {
    /// Whether these inputs are no longer what a build would take.
    pub(super) fn differs_from(&self, bars: &[ContractInput], settlements: &[ContractInput]) -> bool {
        let differ = |stored: &BTreeMap<ContractSymbol, Sha256>, inputs: &[ContractInput]| {
            inputs.iter().any(|input| stored.get(&input.contract) != Some(&input.content_sha256))
        };
        differ(&self.bars, bars) || differ(&self.settlements, settlements)
    }
}

impl BarStore {
    pub(super) async fn in_force(&self, root: ContractRoot) -> Result<InForce, StoreError> {
        let bars = self.contracts(root).await?.into_iter().map(|newest| (newest.contract, newest.content_sha256));
        let settlements = self.settlements(root).await?;
        let settlements = settlements.into_iter().map(|newest| (newest.contract, newest.content_sha256));
        Ok(InForce { bars: bars.collect(), settlements: settlements.collect() })
    }

    /// Writes down that a dataset is about to be deleted.
    pub(super) async fn record_collected(&self, dataset: &DatasetManifest) -> Result<(), StoreError> {
        let (contracts, settlements) = (dataset.inputs.contracts.clone(), dataset.inputs.settlements.clone());
        let record = Collected { format: FORMAT, dataset_id: dataset.dataset_id, contracts, settlements };
        put_document(&self.objects, &collected_name(dataset.dataset_id), &record).await.map(|_| ())
    }

    /// What is known of a dataset that was deleted on request; `None` where it was not.
    ///
    /// # Errors
    /// Where its record, or what is stored of its contracts, cannot be read.
    pub async fn deleted_dataset(&self, dataset_id: DatasetId) -> Result<Option<DeletedDataset>, StoreError> {
        let name = collected_name(dataset_id);
        let Some((record, _)) = read_document::<Collected>(&self.objects, &name).await? else { return Ok(None) };
        if record.format != FORMAT || record.dataset_id != dataset_id {
            let problem = format!("it says {} in format {}", record.dataset_id, record.format);
            return Err(StoreError::Manifest { name, problem });
        }
        let Some(first) = record.contracts.first() else { return Ok(Some(DeletedDataset::Unknown)) };
        let in_force = self.in_force(first.contract.root()).await?;
        let has_changed = in_force.differs_from(&record.contracts, &record.settlements);
        Ok(Some(if has_changed { DeletedDataset::InputsChanged } else { DeletedDataset::Rebuildable }))
    }

    /// Whether the bars of an older generation were deleted on request: a month of them is absent that no dataset needs,
    /// and the owners of later bars are written down, which comes before any deletion.
    ///
    /// # Errors
    /// Where a document cannot be read.
    pub async fn is_deleted(&self, manifest: &ContractManifest) -> Result<bool, StoreError> {
        let contract = manifest.contract;
        let own = record_name(contract, manifest.generation);
        if !self.objects.list(&format!("owners/{contract}")).await?.iter().any(|later| *later > own) {
            return Ok(false);
        }
        let mut is_whole = true;
        for month in &manifest.months {
            is_whole = is_whole && self.objects.exists(&month.content_name(contract)).await?;
        }
        if is_whole {
            return Ok(false);
        }
        let input = ContractInput { contract, content_sha256: manifest.content_sha256 };
        Ok(!self.all_datasets().await?.iter().any(|dataset| dataset.inputs.contracts.contains(&input)))
    }
}
