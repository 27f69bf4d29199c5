//! To which vendor file each stored bar is owed: the one that brought it first, or replaced it.
//!
//! It follows from the generations one after the other: what a generation has and the one before does not is its file's.
//! Before old generations are deleted it is written down, so that files can be superseded after that as well.

use std::collections::{BTreeMap, BTreeSet};

use peaktrade_continuous::Bars;
use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos};
use serde::{Deserialize, Serialize};

use crate::bar_store::compute;
use crate::chain::{Chain, put_document, read_document};
use crate::contract_manifest::{ContractManifest, manifest_folder};
use crate::objects::Put;
use crate::{BarStore, StoreError};

/// Format of the records written here.
const FORMAT: u32 = 1;

/// Files by the opens of the bars that are owed to them, nanoseconds.
pub(crate) type Owners = BTreeMap<i64, Sha256>;

/// The owners of the bars of one generation, written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnersRecord {
    /// Format of this document; 1.
    format: u32,
    /// The contract.
    contract: ContractSymbol,
    /// Generation whose bars these are.
    generation: u64,
    /// Content digest of these bars.
    content_sha256: Sha256,
    /// The bars in order, cut wherever the owner changes.
    runs: Vec<Run>,
}

/// Bars that follow one another and are owed to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// Open of the first of them.
    first_time: UnixNanos,
    /// How many.
    rows: u64,
    /// SHA-256 of the file.
    sha256: Sha256,
}

impl BarStore {
    /// The owner of each bar of a generation.
    pub(crate) async fn owners(&self, of: &ContractManifest) -> Result<Owners, StoreError> {
        let (mut owners, later) = self.known_owners(of).await?;
        for manifest in later.into_iter().rev() {
            let bars = self.read(&manifest).await?;
            let Some(source) = manifest.sources.into_iter().next_back() else {
                return Err(no_source(of.contract, manifest.generation));
            };
            let follow = move || {
                // A bar that this generation's file replaced or brought is its own; what it left alone keeps its owner.
                let owner = |ts: &i64| owners.get(ts).filter(|owner| !source.supersedes.contains(owner)).copied();
                bars.ts.iter().map(|ts| (*ts, owner(ts).unwrap_or(source.sha256))).collect()
            };
            owners = compute(of.contract, follow).await?;
        }
        Ok(owners)
    }

    /// Writes the owners of a generation's bars down, so that the generations before it are not needed to know them.
    pub(crate) async fn record_owners(&self, of: &ContractManifest) -> Result<(), StoreError> {
        let name = record_name(of.contract, of.generation);
        if self.objects.exists(&name).await? {
            return Ok(());
        }
        let owners = self.owners(of).await?;
        let stamps = self.read(of).await?.ts;
        let runs = compute(of.contract, move || runs(&stamps, &owners)).await?.map_err(|ts| {
            let problem = format!("its bar at {} is owed to no file", UnixNanos::from_nanos(ts));
            StoreError::Manifest { name: name.clone(), problem }
        })?;
        let (contract, generation, content_sha256) = (of.contract, of.generation, of.content_sha256);
        let record = OwnersRecord { format: FORMAT, contract, generation, content_sha256, runs };
        match put_document(&self.objects, &name, &record).await? {
            Put::Created | Put::Existed => Ok(()),
        }
    }

    /// The owners of the newest generation, up to this one, of which they are known without those before it, and the
    /// generations after it, the newest first. They are known where they are written down, and where there is one source:
    /// so what was lost of older generations is in nobody's way once a file has taken the place of all.
    async fn known_owners(&self, of: &ContractManifest) -> Result<(Owners, Vec<ContractManifest>), StoreError> {
        let folder = manifest_folder(of.contract);
        let chain = Chain::new(&self.objects, &folder);
        let mut later = Vec::new();
        for number in (1..=of.generation).rev() {
            let manifest = self.generation(&chain, of.contract, number).await?.0;
            if let Some(runs) = self.recorded_runs(&manifest).await? {
                let bars = self.read(&manifest).await?;
                let zip = move || {
                    let files = runs.iter().flat_map(|run| (0..run.rows).map(|_| run.sha256));
                    bars.ts.iter().copied().zip(files).collect()
                };
                return Ok((compute(of.contract, zip).await?, later));
            }
            if let [only] = &manifest.sources[..] {
                let (owner, bars) = (only.sha256, self.read(&manifest).await?);
                let zip = move || bars.ts.iter().map(|ts| (*ts, owner)).collect();
                return Ok((compute(of.contract, zip).await?, later));
            }
            later.push(manifest);
        }
        // The first generation has one source, as long as it is one that was written here.
        Err(no_source(of.contract, 1))
    }

    /// The owners of a generation's bars where they are written down.
    async fn recorded_runs(&self, manifest: &ContractManifest) -> Result<Option<Vec<Run>>, StoreError> {
        let name = record_name(manifest.contract, manifest.generation);
        let Some((record, _)) = read_document::<OwnersRecord>(&self.objects, &name).await? else { return Ok(None) };
        let rows: u64 = record.runs.iter().map(|run| run.rows).sum();
        let is_of_it = record.format == FORMAT
            && record.contract == manifest.contract
            && record.generation == manifest.generation
            && record.content_sha256 == manifest.content_sha256
            && rows == manifest.rows;
        if !is_of_it {
            let problem = format!("it is not of generation {} of {}", manifest.generation, manifest.contract);
            return Err(StoreError::Manifest { name, problem });
        }
        Ok(Some(record.runs))
    }
}

/// Bars without those that some files are owed.
pub(crate) fn without(bars: &Bars, owners: &Owners, files: &[Sha256]) -> Bars {
    let files: BTreeSet<Sha256> = files.iter().copied().collect();
    let mut left = Bars::with_capacity(bars.len());
    for row in 0..bars.len() {
        let is_owed = owners.get(&bars.ts[row]).is_some_and(|owner| files.contains(owner));
        if let Some(bar) = bars.get(row).filter(|_| !is_owed) {
            left.push(bar);
        }
    }
    left
}

/// Bars cut wherever the owner changes.
///
/// # Errors
/// The open of a bar that is owed to no file.
fn runs(stamps: &[i64], owners: &Owners) -> Result<Vec<Run>, i64> {
    let mut runs: Vec<Run> = Vec::new();
    for ts in stamps {
        let sha256 = *owners.get(ts).ok_or(*ts)?;
        match runs.last_mut() {
            Some(run) if run.sha256 == sha256 => run.rows += 1,
            _ => runs.push(Run { first_time: UnixNanos::from_nanos(*ts), rows: 1, sha256 }),
        }
    }
    Ok(runs)
}

fn no_source(contract: ContractSymbol, generation: u64) -> StoreError {
    let name = format!("{}/{generation:08}.json", manifest_folder(contract));
    StoreError::Manifest { name, problem: "it names no source".to_owned() }
}

/// Name of the record of a generation's owners.
pub(crate) fn record_name(contract: ContractSymbol, generation: u64) -> String {
    format!("owners/{contract}/{generation:08}.json")
}
