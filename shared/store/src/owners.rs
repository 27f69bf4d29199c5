//! To which vendor file each stored bar is owed: the one that brought it first, or replaced it.
//!
//! It follows from the generations one after the other: what a generation has and the one before does not is its file's.
//! Before old generations are deleted it is written down, so that files can be superseded after that as well.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos};
use serde::{Deserialize, Serialize};

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
        let folder = manifest_folder(of.contract);
        let chain = Chain::new(&self.objects, &folder);
        let (recorded, mut owners) = self.recorded_owners(of).await?;
        for number in recorded + 1..=of.generation {
            let manifest = self.generation(&chain, of.contract, number).await?.0;
            let bars = self.read(&manifest).await?;
            let Some(source) = manifest.sources.last() else {
                let problem = "it names no source".to_owned();
                return Err(StoreError::Manifest { name: chain.name(number), problem });
            };
            // A bar that this generation's file replaced or brought is its own; what it left alone keeps its owner.
            owners.retain(|_, owner| !source.supersedes.contains(owner));
            for ts in &bars.ts {
                owners.entry(*ts).or_insert(source.sha256);
            }
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
        let mut runs: Vec<Run> = Vec::new();
        for ts in self.read(of).await?.ts {
            let Some(sha256) = owners.get(&ts).copied() else {
                let problem = format!("its bar at {} is owed to no file", UnixNanos::from_nanos(ts));
                return Err(StoreError::Manifest { name, problem });
            };
            match runs.last_mut() {
                Some(run) if run.sha256 == sha256 => run.rows += 1,
                _ => runs.push(Run { first_time: UnixNanos::from_nanos(ts), rows: 1, sha256 }),
            }
        }
        let (contract, generation, content_sha256) = (of.contract, of.generation, of.content_sha256);
        let record = OwnersRecord { format: FORMAT, contract, generation, content_sha256, runs };
        match put_document(&self.objects, &name, &record).await? {
            Put::Created | Put::Existed => Ok(()),
        }
    }

    /// The newest written down up to a generation, and its number; none for 0.
    async fn recorded_owners(&self, of: &ContractManifest) -> Result<(u64, Owners), StoreError> {
        for number in (1..=of.generation).rev() {
            let name = record_name(of.contract, number);
            let Some((record, _)) = read_document::<OwnersRecord>(&self.objects, &name).await? else { continue };
            let folder = manifest_folder(of.contract);
            let manifest = self.generation(&Chain::new(&self.objects, &folder), of.contract, number).await?.0;
            let bars = self.read(&manifest).await?;
            let rows: u64 = record.runs.iter().map(|run| run.rows).sum();
            let is_of_it = record.format == FORMAT
                && record.contract == of.contract
                && record.generation == number
                && record.content_sha256 == manifest.content_sha256
                && rows == manifest.rows;
            if !is_of_it {
                let problem = format!("it is not of generation {number} of {}", of.contract);
                return Err(StoreError::Manifest { name, problem });
            }
            let files = record.runs.iter().flat_map(|run| (0..run.rows).map(|_| run.sha256));
            return Ok((number, bars.ts.iter().copied().zip(files).collect()));
        }
        Ok((0, Owners::new()))
    }
}

fn record_name(contract: ContractSymbol, generation: u64) -> String {
    format!("owners/{contract}/{generation:08}.json")
}
