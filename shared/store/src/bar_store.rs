//! The store itself: contract bars under a chain of manifests, continuous datasets beside them.
//!
//! Below its folder:
//! * `content/NQH2025/2025-03-<sha16>.parquet`: month files, written once, never changed or removed;
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

use crate::chain::Chain;
use crate::contract_manifest::{ContractManifest, FORMAT, MonthFile, SourceFile, hive_folder, manifest_folder};
use crate::merge::merge;
use crate::month::{Month, split};
use crate::month_file::{self, MonthFileError};
use crate::objects::{Objects, Put};
use crate::superseding::{check_not_superseded, successors};
use crate::{Conflict, ImportedContract, ImportedFile, StoreError};

/// Attempts to publish against other writers. Each attempt merges with what the others published, so losing this
/// often means that something else is wrong.
pub(crate) const PUBLISH_ATTEMPTS: u32 = 16;

/// Bars of contracts and continuous datasets below one folder.
#[derive(Clone, Debug)]
pub struct BarStore {
    pub(crate) objects: Objects,
}

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The manifest in force.
    pub manifest: ContractManifest,
    /// Whether every bar had been stored before, so that nothing changed.
    pub already_present: bool,
}

/// A vendor file on its way into the store.
pub(crate) struct VendorFile<'a> {
    pub(crate) imported: &'a ImportedFile,
    pub(crate) file_name: &'a str,
    pub(crate) file_sha256: Sha256,
    /// SHA-256 of the files whose place it takes.
    pub(crate) supersede: &'a [Sha256],
}

/// A contract's bars with those of a file, and what they were before.
struct Merged {
    newest: Option<(ContractManifest, Bytes)>,
    bars: Bars,
    rows_added: u64,
    is_changed: bool,
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
        let found = content_digest(&bars);
        if found != manifest.content_sha256 {
            let (name, expected) = (manifest.contract.to_string(), manifest.content_sha256);
            return Err(StoreError::Damaged { name, found, expected });
        }
        Ok(bars)
    }

    /// Publishes the bars of a vendor file, contract by contract: merged with what is stored, those of a contract visible
    /// all at once. Files that it supersedes lose the bars that they alone had added.
    ///
    /// What keeps any of its contracts from being published is found before the first of them is; only the disk or
    /// another writer can leave some contracts without the others, and the same file again completes them.
    ///
    /// # Errors
    /// Where a bar differs from the stored one, the file was superseded, or supersedes what is not stored; other writers
    /// are always first, or the disk fails.
    pub async fn publish(
        &self,
        imported: &ImportedFile,
        file_name: &str,
        file_sha256: Sha256,
        supersede: &[Sha256],
    ) -> Result<Vec<Published>, StoreError> {
        let file = VendorFile { imported, file_name, file_sha256, supersede };
        let _hold = self.objects.hold_for_adding().await?;
        self.check_supersede(&file).await?;
        if imported.contracts.len() > 1 {
            self.check_conflicts(&file).await?;
        }
        let mut published = Vec::new();
        for of_contract in &imported.contracts {
            published.push(self.publish_contract(&file, of_contract).await?);
        }
        Ok(published)
    }

    /// Finds what keeps any contract of a file from being published; conflicts of all of them come as one.
    async fn check_conflicts(&self, file: &VendorFile<'_>) -> Result<(), StoreError> {
        let mut conflict: Option<Box<Conflict>> = None;
        for of_contract in &file.imported.contracts {
            match self.merged(file, of_contract).await {
                Ok(_) => {}
                Err(StoreError::Conflict(found)) => match &mut conflict {
                    None => conflict = Some(found),
                    Some(conflict) => conflict.join(*found),
                },
                Err(error) => return Err(error),
            }
        }
        conflict.map_or(Ok(()), |conflict| Err(StoreError::Conflict(conflict)))
    }

    async fn publish_contract(
        &self,
        file: &VendorFile<'_>,
        of_contract: &ImportedContract,
    ) -> Result<Published, StoreError> {
        let contract = of_contract.contract;
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        for _ in 0..PUBLISH_ATTEMPTS {
            let Merged { newest, bars, rows_added, is_changed } = self.merged(file, of_contract).await?;
            if !is_changed {
                let (manifest, _) = newest.ok_or(StoreError::NoBars { contract })?;
                // A writer that died after its manifest may have left its name and the hive undone.
                chain.sync().await?;
                self.refresh_hive(contract).await?;
                return Ok(Published { manifest, already_present: true });
            }
            let months = self.write_months(contract, &bars, newest.as_ref().map(|(manifest, _)| manifest)).await?;
            let source = source_file(file, of_contract, rows_added);
            let manifest = next_manifest(contract, &bars, months, source, file.supersede, newest);
            if chain.put(manifest.generation, &manifest).await? == Put::Created {
                self.refresh_hive(contract).await?;
                return Ok(Published { manifest, already_present: false });
            }
        }
        Err(StoreError::Contended { what: folder, attempts: PUBLISH_ATTEMPTS })
    }

    /// What a contract's bars become with a file's.
    async fn merged(&self, file: &VendorFile<'_>, of_contract: &ImportedContract) -> Result<Merged, StoreError> {
        let contract = of_contract.contract;
        if of_contract.bars.is_empty() {
            return Err(StoreError::NoBars { contract });
        }
        let newest = self.newest(contract).await?;
        let Some((manifest, _)) = &newest else {
            let bars = of_contract.bars.clone();
            let rows_added = bars.len() as u64;
            return Ok(Merged { newest, bars, rows_added, is_changed: true });
        };
        check_not_superseded(file, manifest)?;
        let stored = self.read(manifest).await?;
        let superseded = manifest.sources.iter().any(|source| file.supersede.contains(&source.sha256));
        let left = if superseded { Some(self.without_superseded(manifest, file.supersede).await?) } else { None };
        let (bars, rows_added) = match merge(left.as_ref().unwrap_or(&stored).view(), of_contract.bars.view()) {
            Ok(merged) => merged,
            Err(differing) => {
                let owners = self.owners(manifest).await?;
                let conflict = Conflict::new(file, &of_contract.bars, &differing, manifest, &owners);
                return Err(StoreError::Conflict(Box::new(conflict)));
            }
        };
        let is_changed = bars != stored;
        Ok(Merged { newest, bars, rows_added, is_changed })
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

    /// Writes the months that the manifest before does not have, and syncs them before anything names them.
    async fn write_months(
        &self,
        contract: ContractSymbol,
        bars: &Bars,
        before: Option<&ContractManifest>,
    ) -> Result<Vec<MonthFile>, StoreError> {
        let mut months = Vec::new();
        let mut written = Vec::new();
        for (month, rows) in split(bars.view()) {
            let rows = bars.view().rows(rows).to_bars();
            let file = month_entry(month, &rows);
            if before.is_none_or(|before| !before.months.contains(&file)) {
                let name = file.content_name(contract);
                let bytes = in_background(&name, move || month_file::encode(contract, rows.view())).await?;
                // An existing file of this name holds the same rows: the name is their digest.
                self.objects.put_if_absent(&name, bytes).await?;
                written.push(name);
            }
            months.push(file);
        }
        self.objects.sync_folders(written.iter().map(String::as_str)).await?;
        Ok(months)
    }

    /// Makes the hive's files of a contract those of its newest manifest. A superseded file goes before its successor
    /// comes: a reader of the hive may miss a month for an instant, but never counts a bar twice.
    async fn refresh_hive(&self, contract: ContractSymbol) -> Result<(), StoreError> {
        let Some(manifest) = self.contract(contract).await? else { return Ok(()) };
        let wanted: BTreeSet<String> = manifest.months.iter().map(|month| month.hive_name(contract)).collect();
        let prefix = format!("{contract}-");
        for name in self.objects.list(&hive_folder(contract.root())).await? {
            let is_of_contract = name.rsplit('/').next().is_some_and(|file| file.starts_with(&prefix));
            if is_of_contract && !wanted.contains(&name) {
                self.objects.unlink(&name).await?;
            }
        }
        for month in &manifest.months {
            self.objects.link(&month.content_name(contract), &month.hive_name(contract)).await?;
        }
        Ok(())
    }
}

fn month_entry(month: Month, rows: &Bars) -> MonthFile {
    let (first_time, last_time) = reach(rows);
    MonthFile { month, rows_sha256: content_digest(rows), rows: rows.len() as u64, first_time, last_time }
}

fn source_file(file: &VendorFile<'_>, of_contract: &ImportedContract, rows_added: u64) -> SourceFile {
    let (first_time, last_time) = reach(&of_contract.bars);
    SourceFile {
        sha256: file.file_sha256,
        file_name: file.file_name.to_owned(),
        format: file.imported.format.clone(),
        reading: file.imported.reading.clone(),
        supersedes: Vec::new(),
        dispositions: of_contract.dispositions,
        calendar_sha256: of_contract.calendar_sha256,
        rows_added,
        first_time,
        last_time,
    }
}

fn next_manifest(
    contract: ContractSymbol,
    bars: &Bars,
    months: Vec<MonthFile>,
    source: SourceFile,
    supersede: &[Sha256],
    before: Option<(ContractManifest, Bytes)>,
) -> ContractManifest {
    let (first_time, last_time) = reach(bars);
    let previous_sha256 = before.as_ref().map(|(_, bytes)| Sha256::of(bytes));
    let (generation, sources) = before.map_or((1, Vec::new()), |(manifest, _)| {
        // Generations count vendor files; there are not 2^64 of them.
        (manifest.generation + 1, manifest.sources)
    });
    let sources = successors(sources, source, supersede);
    let content_sha256 = content_digest(bars);
    let rows = bars.len() as u64;
    ContractManifest {
        format: FORMAT,
        contract,
        generation,
        previous_sha256,
        content_sha256,
        rows,
        first_time,
        last_time,
        months,
        sources,
    }
}

/// Encodes or decodes a month file off the asynchronous threads.
async fn in_background<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, MonthFileError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|source| StoreError::month_file(name, source)),
        // The Parquet reader does not refuse every damaged file; it may stop in the middle.
        Err(error) => Err(StoreError::month_file(name, MonthFileError::Stopped(error))),
    }
}

/// Open of the first and the last bar; the epoch where there are none.
fn reach(bars: &Bars) -> (UnixNanos, UnixNanos) {
    let at = |ts: Option<&i64>| UnixNanos::from_nanos(ts.copied().unwrap_or(0));
    (at(bars.ts.first()), at(bars.ts.last()))
}
