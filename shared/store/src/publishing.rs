//! Vendor files on their way into the store: merged with what is stored of their contracts, which become visible one by
//! one, each with all of its bars at once.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use peaktrade_continuous::{Bars, content_digest};
use peaktrade_domain::{ContractSymbol, Sha256};

use crate::bar_store::{PUBLISH_ATTEMPTS, compute, in_background, reach};
use crate::chain::Chain;
use crate::contract_manifest::{ContractManifest, FORMAT, MonthFile, SourceFile, manifest_folder};
use crate::merge::merge;
use crate::month::split;
use crate::month_file;
use crate::objects::Put;
use crate::owners::without;
use crate::superseding::{not_a_source, successor, successors};
use crate::{BarStore, Conflict, ImportedContract, ImportedFile, StoreError};

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The manifest in force.
    pub manifest: ContractManifest,
    /// Whether every bar had been stored before, so that nothing changed.
    pub already_present: bool,
    /// Bars that came in, those that took the place of a superseded file's included.
    pub rows_added: u64,
    /// Bars of superseded files that were taken out; what is stored now is what was, less these and with the added ones.
    pub rows_removed: u64,
}

/// A vendor file on its way into the store.
pub(crate) struct VendorFile<'a> {
    pub(crate) imported: &'a ImportedFile,
    pub(crate) file_name: &'a str,
    pub(crate) file_sha256: Sha256,
    /// SHA-256 of the files whose place it takes.
    pub(crate) supersede: &'a [Sha256],
}

/// A contract's bars with those of a file.
struct Merged {
    newest: Option<(ContractManifest, Bytes)>,
    bars: Arc<Bars>,
    rows_added: u64,
    rows_removed: u64,
    is_changed: bool,
    /// Whether the month files of the newest manifest were read, and are therefore whole.
    is_read: bool,
}

/// What a manifest says of bars, and which of them each month has.
struct Described {
    content_sha256: Sha256,
    months: Vec<(MonthFile, Range<usize>)>,
}

impl BarStore {
    /// Publishes the bars of a vendor file, contract by contract: merged with what is stored, those of a contract visible
    /// all at once. Files that it supersedes lose the bars that they alone had added.
    ///
    /// What keeps any of its contracts from being published is found before the first of them is, and no other file is
    /// published in between; only the disk or another process can leave some contracts without the others, and the same
    /// file again completes them.
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
        let _hold = self.objects.hold_to_publish().await?;
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

    /// Refuses to supersede files that are no source of what is stored.
    async fn check_supersede(&self, file: &VendorFile<'_>) -> Result<(), StoreError> {
        if file.supersede.is_empty() {
            return Ok(());
        }
        let contracts: Vec<_> = file.imported.contracts.iter().map(|imported| imported.contract).collect();
        let mut sources = Vec::new();
        for contract in &contracts {
            sources.extend(self.contract(*contract).await?.into_iter().flat_map(|manifest| manifest.sources));
        }
        match not_a_source(&sources, file.file_sha256, file.supersede) {
            None => Ok(()),
            Some((sha256, stored)) => {
                let contracts: Vec<String> = contracts.iter().map(ToString::to_string).collect();
                Err(StoreError::NotASource { contracts: contracts.join(", "), sha256, stored })
            }
        }
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
            let merged = self.merged(file, of_contract).await?;
            let described = describe(contract, &merged.bars).await?;
            let whole = merged.newest.as_ref().filter(|_| merged.is_read).map(|(manifest, _)| &manifest.months[..]);
            self.write_months(contract, &merged.bars, &described.months, whole.unwrap_or_default()).await?;
            let Merged { newest, bars, rows_added, rows_removed, is_changed, .. } = merged;
            if !is_changed {
                let (manifest, _) = newest.ok_or(StoreError::NoBars { contract })?;
                // A writer that died after its manifest may have left its name and the hive undone.
                chain.sync().await?;
                self.refresh_hive(contract).await?;
                return Ok(Published { manifest, already_present: true, rows_added: 0, rows_removed: 0 });
            }
            let source = source_file(file, of_contract, rows_added);
            let manifest = next_manifest(contract, &bars, described, source, file.supersede, newest);
            if chain.put(manifest.generation, &manifest).await? == Put::Created {
                self.refresh_hive(contract).await?;
                return Ok(Published { manifest, already_present: false, rows_added, rows_removed });
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
        let new = Arc::new(of_contract.bars.clone());
        let added = new.len() as u64;
        let newest = self.newest(contract).await?;
        let Some((manifest, _)) = &newest else {
            let (rows_added, rows_removed, is_changed, is_read) = (added, 0, true, false);
            return Ok(Merged { newest, bars: new, rows_added, rows_removed, is_changed, is_read });
        };
        if let Some(by) = successor(&manifest.sources, file.file_sha256, file.supersede) {
            let (file_name, file_sha256) = (file.file_name.to_owned(), file.file_sha256);
            return Err(StoreError::Superseded { contract, file_name, file_sha256, by });
        }
        let is_gone = |source: &SourceFile| file.supersede.contains(&source.sha256);
        if !manifest.sources.is_empty() && manifest.sources.iter().all(is_gone) {
            // Nothing of what is stored stays, so it need not be readable.
            let bars = Arc::clone(&new);
            let is_changed = compute(contract, move || content_digest(&bars)).await? != manifest.content_sha256;
            let (rows_added, rows_removed, is_read) = (added, manifest.rows, false);
            return Ok(Merged { newest, bars: new, rows_added, rows_removed, is_changed, is_read });
        }
        let stored = Arc::new(self.read_or_restore(manifest, &new).await?);
        let left = if manifest.sources.iter().any(is_gone) {
            let (owners, superseded) = (self.owners(manifest).await?, file.supersede.to_vec());
            let stored = Arc::clone(&stored);
            Arc::new(compute(contract, move || without(&stored, &owners, &superseded)).await?)
        } else {
            Arc::clone(&stored)
        };
        let rows_removed = (stored.len() - left.len()) as u64;
        let bars_of_file = Arc::clone(&new);
        let merging = move || {
            let (bars, rows_added) = merge(left.view(), bars_of_file.view())?;
            let is_changed = bars != *stored;
            Ok((Arc::new(bars), rows_added, is_changed))
        };
        match compute(contract, merging).await? {
            Ok((bars, rows_added, is_changed)) => {
                Ok(Merged { newest, bars, rows_added, rows_removed, is_changed, is_read: true })
            }
            Err(differing) => {
                let owners = self.owners(manifest).await?;
                let (manifest, file_name) = (manifest.clone(), file.file_name.to_owned());
                let file = (file_name, file.file_sha256);
                let conflict = move || Conflict::new(file, &new, &differing, &manifest, &owners);
                Err(StoreError::Conflict(Box::new(compute(contract, conflict).await?)))
            }
        }
    }

    /// The bars of a manifest. A month file that is lost or damaged is written anew where a file at hand has just its rows.
    async fn read_or_restore(&self, manifest: &ContractManifest, new: &Arc<Bars>) -> Result<Bars, StoreError> {
        match self.read(manifest).await {
            Err(error) if error.is_of_a_file() => {}
            read => return read,
        }
        let contract = manifest.contract;
        let mut at_hand = describe(contract, new).await?.months;
        at_hand.retain(|(month, _)| manifest.months.contains(month));
        self.write_months(contract, new, &at_hand, &[]).await?;
        self.read(manifest).await
    }

    /// Writes months but for those known to be whole, and syncs them before anything names them.
    async fn write_months(
        &self,
        contract: ContractSymbol,
        bars: &Arc<Bars>,
        months: &[(MonthFile, Range<usize>)],
        whole: &[MonthFile],
    ) -> Result<(), StoreError> {
        let mut written = Vec::new();
        for (month, rows) in months {
            if whole.contains(month) {
                continue;
            }
            let name = month.content_name(contract);
            let (bars, rows) = (Arc::clone(bars), rows.clone());
            let encode = move || month_file::encode(contract, bars.view().rows(rows));
            let bytes = in_background(&name, encode).await?;
            if self.objects.put_if_absent(&name, bytes.clone()).await? == Put::Existed {
                match self.read_month(contract, month).await {
                    Ok(_) => {}
                    Err(error) if error.is_of_a_file() => {
                        // The name holds what damage left of these rows, and the hive's is another name of the same file.
                        self.objects.unlink(&month.hive_name(contract)).await?;
                        self.objects.unlink(&name).await?;
                        self.objects.put_if_absent(&name, bytes).await?;
                    }
                    Err(error) => return Err(error),
                }
            }
            written.push(name);
        }
        if written.is_empty() {
            return Ok(());
        }
        self.objects.sync_folders(written.iter().map(String::as_str)).await
    }
}

async fn describe(contract: ContractSymbol, bars: &Arc<Bars>) -> Result<Described, StoreError> {
    let bars = Arc::clone(bars);
    let work = move || {
        let of_month = |(month, rows): (_, Range<usize>)| {
            let of_month = bars.view().rows(rows.clone()).to_bars();
            let (first_time, last_time) = reach(&of_month);
            let (rows_sha256, count) = (content_digest(&of_month), of_month.len() as u64);
            (MonthFile { month, rows_sha256, rows: count, first_time, last_time }, rows)
        };
        Described {
            content_sha256: content_digest(&bars),
            months: split(bars.view()).into_iter().map(of_month).collect(),
        }
    };
    compute(contract, work).await
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
    described: Described,
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
    let Described { content_sha256, months } = described;
    ContractManifest {
        format: FORMAT,
        contract,
        generation,
        previous_sha256,
        content_sha256,
        rows: bars.len() as u64,
        first_time,
        last_time,
        months: months.into_iter().map(|(month, _)| month).collect(),
        sources: successors(sources, source, supersede),
    }
}

#[cfg(test)]
mod tests;
