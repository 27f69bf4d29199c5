//! What of a store nobody needs any more, and its deletion.
//!
//! Needed is what the newest manifest of each contract names, and what a dataset that stays is computed from. Everything
//! else is only listed here; it is deleted when the caller names the list that he was shown, with the store to itself.
//!
//! Settlements and vendors' continuous series are never listed: all of their generations stay, because datasets and
//! tickets name them by digest, and they are small beside bars.
//!
//! The order of deletion keeps every instant whole: to whom bars are owed is written down, then datasets go, and only when
//! they are gone for good do the month files that they alone needed.

mod collected;
mod leftovers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZeroU32;

use peaktrade_domain::{ContractRoot, ContractSymbol, Sha256};

pub use self::collected::DeletedDataset;
use crate::chain::Chain;
use crate::contract_manifest::{ContractManifest, manifest_folder};
use crate::dataset_manifest::{DatasetId, DatasetManifest};
use crate::month::Month;
use crate::{BarStore, StoreError};

/// Entries of one list: enough for years of daily imports, little enough for one message; the rest comes with the next.
const ITEMS_MAX: usize = 10_000;

/// Whose garbage is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GarbageRequest {
    /// Product roots; what is stored of others is not looked at.
    pub roots: Vec<ContractRoot>,
    /// Datasets of a kind (bar size, method, roll policy, session, snap and depth) to keep, the newest builds; `None`
    /// keeps all.
    pub keep_datasets: Option<NonZeroU32>,
}

/// What kind of thing nobody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GarbageKind {
    /// A dataset beyond those to be kept.
    Dataset,
    /// A month file that only superseded generations name.
    SupersededMonth,
    /// A month file that no manifest names.
    UnnamedMonth,
    /// An object that a writer left when it died.
    Leftover,
}

/// One thing that nobody needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GarbageItem {
    /// What it is.
    pub kind: GarbageKind,
    /// Its name below the folder of the store.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Why nobody needs it, in words.
    pub reason: String,
}

/// What of a store nobody needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    /// The things, datasets first, in order of their names.
    pub items: Vec<GarbageItem>,
    /// Whether there is more than one list holds.
    pub is_cut: bool,
    /// Generations whose owners have to be written down before older ones go.
    owners_wanted: Vec<ContractManifest>,
    datasets: Vec<DatasetManifest>,
}

/// What the generations of a contract say of its month files.
#[derive(Default)]
struct Named {
    newest: Option<ContractManifest>,
    /// Every file that any of them names, with the last of these.
    last: BTreeMap<String, u64>,
    /// Files of the generations that datasets need.
    needed: BTreeSet<String>,
}

impl GarbageKind {
    /// Name in messages and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::SupersededMonth => "superseded_month",
            Self::UnnamedMonth => "unnamed_month",
            Self::Leftover => "leftover",
        }
    }
}

impl Garbage {
    /// Digest of what is listed; the same store gives the same.
    pub fn sha256(&self) -> Sha256 {
        let mut text = String::new();
        for item in &self.items {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{} {} {}", item.kind.name(), item.bytes, item.name);
        }
        Sha256::of(text.as_bytes())
    }

    /// Bytes of all things.
    pub fn bytes(&self) -> u64 {
        self.items.iter().map(|item| item.bytes).sum()
    }
}

impl BarStore {
    /// Lists what nobody needs; changes nothing.
    ///
    /// # Errors
    /// Where a document cannot be read: what it would need is unknown, so nothing can be said to be garbage.
    pub async fn garbage(&self, request: &GarbageRequest) -> Result<Garbage, StoreError> {
        let mut garbage = Garbage { items: Vec::new(), is_cut: false, owners_wanted: Vec::new(), datasets: Vec::new() };
        let stored = self.all_datasets().await?;
        for root in &request.roots {
            let of_root: Vec<&DatasetManifest> =
                stored.iter().filter(|manifest| manifest.inputs.root == *root).collect();
            let going = match request.keep_datasets {
                None => BTreeMap::new(),
                Some(keep) => self.datasets_beyond(*root, keep, &of_root).await?,
            };
            for (dataset_id, reason) in &going {
                let name = dataset_id.object_name();
                let bytes = self.objects.bytes_of(&name).await?.unwrap_or(0);
                garbage.items.push(GarbageItem { kind: GarbageKind::Dataset, name, bytes, reason: reason.clone() });
            }
            let (going, staying): (Vec<_>, Vec<_>) =
                of_root.into_iter().partition(|manifest| going.contains_key(&manifest.dataset_id));
            garbage.datasets.extend(going.into_iter().cloned());
            self.months_not_needed(*root, &staying, &mut garbage).await?;
        }
        garbage.items.extend(leftovers::find(&self.objects)?);
        garbage.items.sort_unstable();
        garbage.is_cut = garbage.items.len() > ITEMS_MAX;
        garbage.items.truncate(ITEMS_MAX);
        Ok(garbage)
    }

    /// Deletes what a list names, where the store would still give the same list.
    ///
    /// # Errors
    /// Where the store has changed since the list, imports or builds do not end, or the disk fails; what was not deleted
    /// then is in the next list.
    pub async fn collect_garbage(&self, request: &GarbageRequest, listed: Sha256) -> Result<Garbage, StoreError> {
        let _hold = self.objects.hold_alone().await?;
        let garbage = self.garbage(request).await?;
        if garbage.sha256() != listed {
            return Err(StoreError::GarbageChanged);
        }
        for manifest in &garbage.owners_wanted {
            self.record_owners(manifest).await?;
        }
        let named = |kind: GarbageKind| {
            garbage.items.iter().filter(move |item| item.kind == kind).map(|item| item.name.as_str())
        };
        let listed: BTreeSet<&str> = named(GarbageKind::Dataset).collect();
        for dataset in &garbage.datasets {
            let name = dataset.dataset_id.object_name();
            if listed.contains(name.as_str()) {
                self.record_collected(dataset).await?;
                self.objects.unlink(&name).await?;
            }
        }
        // A dataset must not come back after a power cut that its months did not survive.
        self.objects.sync_folders(listed).await?;
        for kind in [GarbageKind::SupersededMonth, GarbageKind::UnnamedMonth, GarbageKind::Leftover] {
            for name in named(kind) {
                match kind {
                    GarbageKind::Leftover => self.objects.unlink_file(name)?,
                    _ => self.objects.unlink(name).await?,
                }
            }
            self.objects.sync_folders(named(kind)).await?;
        }
        Ok(garbage)
    }

    /// All stored datasets, also those of builds that did not finish.
    async fn all_datasets(&self) -> Result<Vec<DatasetManifest>, StoreError> {
        let mut datasets = Vec::new();
        for name in self.objects.list("datasets").await? {
            let digest = name.strip_prefix("datasets/").and_then(|name| name.strip_suffix(".json"));
            let dataset_id = digest.and_then(|digest| format!("sha256:{digest}").parse::<DatasetId>().ok());
            let foreign = || StoreError::Manifest { name: name.clone(), problem: "it is no dataset's name".to_owned() };
            let dataset_id = dataset_id.ok_or_else(foreign)?;
            datasets.push(self.dataset(dataset_id).await?.ok_or_else(|| StoreError::Missing { name: name.clone() })?);
        }
        Ok(datasets)
    }

    /// The datasets of a root beyond the newest builds of each kind, each with the reason.
    async fn datasets_beyond(
        &self,
        root: ContractRoot,
        keep: NonZeroU32,
        stored: &[&DatasetManifest],
    ) -> Result<BTreeMap<DatasetId, String>, StoreError> {
        let mut places: BTreeMap<DatasetId, usize> = BTreeMap::new();
        for bar in self.objects.list_folders(&format!("builds/{root}")).await? {
            for build in self.builds(root, &bar).await?.into_iter().rev() {
                let place = places.len();
                places.entry(build.dataset_id).or_insert(place);
            }
        }
        let in_force = self.in_force(root).await?;
        let mut changed = BTreeSet::new();
        // Each kind's datasets, by their place among the builds.
        let mut kinds: BTreeMap<_, Vec<(usize, DatasetId)>> = BTreeMap::new();
        let mut going = BTreeMap::new();
        for manifest in stored {
            let inputs = &manifest.inputs;
            let kind = (inputs.bar.as_str(), inputs.method.as_str(), inputs.roll_policy.as_str(), inputs.variant);
            if in_force.differs_from(&inputs.contracts, &inputs.settlements) {
                changed.insert(manifest.dataset_id);
            }
            match places.get(&manifest.dataset_id) {
                Some(place) => kinds.entry(kind).or_default().push((*place, manifest.dataset_id)),
                None => {
                    going.insert(manifest.dataset_id, "left by a build that did not finish".to_owned());
                }
            }
        }
        let keep = usize::try_from(keep.get()).unwrap_or(usize::MAX);
        for ((bar, method, _, _), mut datasets) in kinds {
            datasets.sort_unstable();
            for (newer, (_, dataset_id)) in datasets.into_iter().enumerate().skip(keep) {
                let consequence = if changed.contains(&dataset_id) {
                    "cannot be repeated any more: the bars or settlements of its contracts have changed since, so building \
                     it again gives another dataset"
                } else {
                    "cannot be repeated without building it again"
                };
                let newer = format!(
                    "{newer} newer builds of {root} {bar} {method} with the same roll policy, session, snap and depth"
                );
                going.insert(dataset_id, format!("{newer}; runs and sessions that name it {consequence}"));
            }
        }
        Ok(going)
    }

    /// The month files of a root that neither a newest manifest nor a dataset that stays needs.
    async fn months_not_needed(
        &self,
        root: ContractRoot,
        staying: &[&DatasetManifest],
        garbage: &mut Garbage,
    ) -> Result<(), StoreError> {
        let mut wanted: BTreeMap<ContractSymbol, BTreeMap<Sha256, DatasetId>> = BTreeMap::new();
        for dataset in staying {
            for input in &dataset.inputs.contracts {
                wanted.entry(input.contract).or_default().insert(input.content_sha256, dataset.dataset_id);
            }
        }
        let folders = self.objects.list_folders("content").await?;
        let stored = folders.iter().filter_map(|name| name.parse::<ContractSymbol>().ok());
        let mut contracts: BTreeSet<ContractSymbol> = stored.filter(|contract| contract.root() == root).collect();
        contracts.extend(wanted.keys());
        for contract in contracts {
            let Named { newest, last, needed } =
                self.months_named(contract, wanted.remove(&contract).unwrap_or_default()).await?;
            let stored: BTreeSet<String> =
                self.objects.list(&format!("content/{contract}")).await?.into_iter().collect();
            if let Some(name) = needed.difference(&stored).next() {
                return Err(StoreError::Missing { name: name.clone() });
            }
            let in_force: BTreeSet<String> = newest
                .iter()
                .flat_map(|newest| newest.months.iter().map(|month| month.content_name(contract)))
                .collect();
            let mut is_owner_wanted = false;
            for name in stored {
                if in_force.contains(&name) || needed.contains(&name) || !is_month_name(contract, &name) {
                    continue;
                }
                let bytes = self.objects.bytes_of(&name).await?.unwrap_or(0);
                let (kind, reason) = match (last.get(&name), &newest) {
                    (Some(last), Some(newest)) => {
                        is_owner_wanted = true;
                        let reason = format!(
                            "last named by generation {last} of {contract}, in force is {}; no dataset needs it",
                            newest.generation
                        );
                        (GarbageKind::SupersededMonth, reason)
                    }
                    _ => (GarbageKind::UnnamedMonth, format!("no manifest of {contract} names it")),
                };
                garbage.items.push(GarbageItem { kind, name, bytes, reason });
            }
            garbage.owners_wanted.extend(newest.filter(|_| is_owner_wanted));
        }
        Ok(())
    }

    /// What the generations of a contract name, each of them read once. `wanted` are the digests of bars that datasets need.
    async fn months_named(
        &self,
        contract: ContractSymbol,
        mut wanted: BTreeMap<Sha256, DatasetId>,
    ) -> Result<Named, StoreError> {
        let mut named = Named { newest: self.newest(contract).await?.map(|(newest, _)| newest), ..Named::default() };
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        for number in 1..=named.newest.as_ref().map_or(0, |newest| newest.generation) {
            let manifest = self.generation(&chain, contract, number).await?.0;
            let is_wanted = wanted.remove(&manifest.content_sha256).is_some();
            for month in manifest.months {
                let name = month.content_name(contract);
                if is_wanted {
                    named.needed.insert(name.clone());
                }
                named.last.insert(name, number);
            }
        }
        match wanted.into_iter().next() {
            None => Ok(named),
            Some((content_sha256, dataset_id)) => Err(StoreError::InputAbsent { dataset_id, contract, content_sha256 }),
        }
    }
}

/// Whether a name is one that month files of a contract get; what is not ours is never deleted.
fn is_month_name(contract: ContractSymbol, name: &str) -> bool {
    let stem = name.strip_prefix(&format!("content/{contract}/")).and_then(|name| name.strip_suffix(".parquet"));
    let parts = stem.and_then(|stem| stem.rsplit_once('-'));
    parts.is_some_and(|(month, digest)| {
        month.parse::<Month>().is_ok() && digest.len() == 16 && digest.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests;
