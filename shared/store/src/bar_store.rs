//! The store itself: contract bars under a chain of manifests, continuous datasets beside them.
//!
//! Below its folder:
//! * `content/NQH2025/2025-03-<sha16>.parquet`: month files, written once and never changed, until they are deleted as
//!   garbage;
//! * `contracts/NQ/NQH2025/00000001.json`, ...: manifests; the newest is in force;
//! * `bars/root=NQ/year=2025/month=03/NQH2025-<sha16>.parquet`: the hive, second names (hard links) of the month files
//!   of the newest manifests and of nothing else, for programs that read Parquet themselves;
//! * `datasets/<sha256>.json`: manifests of continuous datasets; `builds/NQ/1m/00000001.json`, ...: the order in which
//!   they were built;
//! * `seals/...`: the digest of each document, see [`crate::seal`]; `owners/NQM2025/00000005.json`: to which vendor file
//!   each bar is owed, written before old generations are deleted; `collected/<sha256>.json`: datasets that were deleted;
//! * `pending/`: objects on their way; `lock`: held by whoever adds or deletes.
//!
//! A writer that dies at any point leaves at most files that no manifest names: what was readable stays readable.

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use peaktrade_continuous::{Bars, content_digest};
use peaktrade_domain::{ContractRoot, ContractSymbol, Sha256, UnixNanos};

use crate::StoreError;
use crate::chain::Chain;
use crate::contract_manifest::{ContractManifest, MonthFile, hive_folder, manifest_folder};
use crate::month_file::{self, MonthFileError};
use crate::objects::Objects;

/// Attempts to publish against other writers. Each attempt merges with what the others published, so losing this
/// often means that something else is wrong.
pub(crate) const PUBLISH_ATTEMPTS: u32 = 16;

/// Bars of contracts and continuous datasets below one folder.
#[derive(Clone, Debug)]
pub struct BarStore {
    pub(crate) objects: Objects,
}

impl BarStore {
    /// Opens a store, making its folder where it is absent, and brings the hive in line with the manifests.
    ///
    /// # Errors
    /// Where the folder cannot be used or a manifest cannot be read.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        let store = Self { objects: Objects::open(folder)? };
        for root in store.objects.list_folders("contracts").await? {
            for contract in store.objects.list_folders(&format!("contracts/{root}")).await? {
                let contract = contract.parse().map_err(|error| StoreError::Manifest {
                    name: format!("contracts/{root}/{contract}"),
                    problem: format!("{error}"),
                })?;
                store.refresh_hive(contract).await?;
            }
        }
        Ok(store)
    }

    /// Newest manifests of a root's contracts, in order of expiry.
    ///
    /// # Errors
    /// Where a manifest cannot be read.
    pub async fn contracts(&self, root: ContractRoot) -> Result<Vec<ContractManifest>, StoreError> {
        let folder = format!("contracts/{root}");
        let mut manifests = Vec::new();
        for name in self.objects.list_folders(&folder).await? {
            let contract = name.parse().map_err(|error| StoreError::Manifest {
                name: format!("{folder}/{name}"),
                problem: format!("{error}"),
            })?;
            manifests.extend(self.contract(contract).await?);
        }
        manifests.sort_unstable_by_key(|manifest| manifest.contract);
        Ok(manifests)
    }

    /// Newest manifest of a contract; `None` where nothing is stored of it.
    ///
    /// # Errors
    /// Where the manifest cannot be read.
    pub async fn contract(&self, contract: ContractSymbol) -> Result<Option<ContractManifest>, StoreError> {
        Ok(self.newest(contract).await?.map(|(manifest, _)| manifest))
    }

    /// The manifest of a contract, of whatever age, whose rows have this digest.
    ///
    /// # Errors
    /// Where a manifest cannot be read.
    pub async fn contract_with_content(
        &self,
        contract: ContractSymbol,
        content_sha256: Sha256,
    ) -> Result<Option<ContractManifest>, StoreError> {
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        for number in (1..=chain.newest().await?).rev() {
            let (manifest, _) = self.generation(&chain, contract, number).await?;
            if manifest.content_sha256 == content_sha256 {
                return Ok(Some(manifest));
            }
        }
        Ok(None)
    }

    /// All bars of a manifest, checked against its digests.
    ///
    /// # Errors
    /// Where a month file is absent, damaged or holds other rows than the manifest says.
    pub async fn read(&self, manifest: &ContractManifest) -> Result<Bars, StoreError> {
        let mut bars = Bars::with_capacity(usize::try_from(manifest.rows).unwrap_or(0));
        for month in &manifest.months {
            bars.extend(self.read_month(manifest.contract, month).await?.view());
        }
        let digest = move || (content_digest(&bars), bars);
        let (found, bars) = compute(manifest.contract, digest).await?;
        if found != manifest.content_sha256 {
            let (name, expected) = (manifest.contract.to_string(), manifest.content_sha256);
            return Err(StoreError::Damaged { name, found, expected });
        }
        Ok(bars)
    }

    pub(crate) async fn newest(
        &self,
        contract: ContractSymbol,
    ) -> Result<Option<(ContractManifest, Bytes)>, StoreError> {
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        let generation = chain.newest().await?;
        if generation == 0 {
            return Ok(None);
        }
        let (manifest, bytes) = self.generation(&chain, contract, generation).await?;
        if generation > 1 {
            let before = chain.bytes(generation - 1).await?;
            if manifest.previous_sha256 != Some(Sha256::of(&before)) {
                let problem = format!("it does not follow from {}", chain.name(generation - 1));
                return Err(StoreError::Manifest { name: chain.name(generation), problem });
            }
        }
        Ok(Some((manifest, bytes)))
    }

    /// One generation of a contract, checked for being what its name says.
    pub(crate) async fn generation(
        &self,
        chain: &Chain<'_>,
        contract: ContractSymbol,
        number: u64,
    ) -> Result<(ContractManifest, Bytes), StoreError> {
        let (manifest, bytes) = chain.get::<ContractManifest>(number).await?;
        match manifest.fault_as(contract, number) {
            None => Ok((manifest, bytes)),
            Some(problem) => Err(StoreError::Manifest { name: chain.name(number), problem }),
        }
    }

    /// The bars of one month file of a manifest, checked against its digest.
    ///
    /// # Errors
    /// Where the file is absent, damaged or holds other rows than the manifest says.
    pub async fn read_month(&self, contract: ContractSymbol, month: &MonthFile) -> Result<Bars, StoreError> {
        let name = month.content_name(contract);
        let file = self.objects.get(&name).await?.ok_or_else(|| StoreError::Missing { name: name.clone() })?;
        let decoded = in_background(&name, move || {
            let bars = month_file::decode(file)?;
            let digest = content_digest(&bars);
            Ok((bars, digest))
        });
        let (bars, found) = decoded.await?;
        if found != month.rows_sha256 {
            return Err(StoreError::Damaged { name, found, expected: month.rows_sha256 });
        }
        if (bars.len() as u64, reach(&bars)) != (month.rows, (month.first_time, month.last_time)) {
            let problem = format!("what it says of {name} is not so");
            return Err(StoreError::Manifest { name: manifest_folder(contract), problem });
        }
        Ok(bars)
    }

    /// The open instants of one month file, of which only this column is read. They are counted on to find rows; the
    /// digest is over all columns, so it is checked where the bars themselves are read.
    ///
    /// # Errors
    /// Where the file is absent, damaged or has another number of rows than the manifest says.
    pub async fn read_stamps(&self, contract: ContractSymbol, month: &MonthFile) -> Result<Vec<i64>, StoreError> {
        let name = month.content_name(contract);
        let file = self.objects.get(&name).await?.ok_or_else(|| StoreError::Missing { name: name.clone() })?;
        let rows = month.rows;
        in_background(&name, move || month_file::decode_stamps(file, rows)).await
    }

    /// Makes the hive's files of a contract those of its newest manifest. A superseded file goes before its successor
    /// comes: a reader of the hive may miss a month for an instant, but never counts a bar twice.
    ///
    /// Who publishes in the meantime does the same after his manifest, so the last to find his manifest still the newest
    /// leaves the hive as it should be.
    pub(crate) async fn refresh_hive(&self, contract: ContractSymbol) -> Result<(), StoreError> {
        let mut newest = self.contract(contract).await?;
        for _ in 0..PUBLISH_ATTEMPTS {
            let Some(manifest) = newest else { return Ok(()) };
            self.bring_hive_to(&manifest).await?;
            newest = self.contract(contract).await?;
            if newest.as_ref() == Some(&manifest) {
                return Ok(());
            }
        }
        Err(StoreError::Contended { what: manifest_folder(contract), attempts: PUBLISH_ATTEMPTS })
    }

    async fn bring_hive_to(&self, manifest: &ContractManifest) -> Result<(), StoreError> {
        let contract = manifest.contract;
        let wanted: BTreeSet<String> = manifest.months.iter().map(|month| month.hive_name(contract)).collect();
        let prefix = format!("{contract}-");
        for name in self.objects.list(&hive_folder(contract.root())).await? {
            let is_of_contract = name.rsplit('/').next().is_some_and(|file| file.starts_with(&prefix));
            if is_of_contract && !wanted.contains(&name) {
                self.objects.unlink(&name).await?;
            }
        }
        for month in &manifest.months {
            let (content, hive) = (month.content_name(contract), month.hive_name(contract));
            // A month whose name was lost may have its second one left. Where both are gone the store opens all the same:
            // whoever reads the month is told, and an import can bring it back.
            if !self.objects.link(&content, &hive).await? && self.objects.link(&hive, &content).await? {
                self.objects.sync_folders([content.as_str()]).await?;
            }
        }
        Ok(())
    }
}

/// Encodes or decodes a month file off the asynchronous threads.
pub(crate) async fn in_background<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, MonthFileError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|source| StoreError::month_file(name, source)),
        // The Parquet reader does not refuse every damaged file; it may stop in the middle.
        Err(error) => Err(StoreError::month_file(name, MonthFileError::Stopped(error))),
    }
}

/// Work on the bars of whole contracts, off the asynchronous threads; `what` is what it works on.
pub(crate) async fn compute<T: Send + 'static>(
    what: ContractSymbol,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|source| StoreError::Stopped { what: what.to_string(), source })
}

/// Open of the first and the last bar; the epoch where there are none.
pub(crate) fn reach(bars: &Bars) -> (UnixNanos, UnixNanos) {
    let at = |ts: Option<&i64>| UnixNanos::from_nanos(ts.copied().unwrap_or(0));
    (at(bars.ts.first()), at(bars.ts.last()))
}
