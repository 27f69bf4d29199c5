//! Settlements and open interest in the store, beside the bars and under the same discipline: files are written once
//! under the name of their content and synced, then one put-if-absent of a manifest makes them visible.
//!
//! Below the folder of the store:
//! * `settlement_files/NQH2025/<sha16>.csv`: what one vendor file says of a contract, never changed or removed;
//! * `settlements/NQ/NQH2025/00000001.json`, ...: manifests; the newest is in force.
//!
//! A source keeps all that it says, so a superseded one leaves with exactly what it had said and nothing more.

use bytes::Bytes;
use peaktrade_continuous::DailyFact;
use peaktrade_domain::{ContractRoot, ContractSymbol, Sha256};

use crate::bar_store::PUBLISH_ATTEMPTS;
use crate::chain::Chain;
use crate::importing::{ContractSettlements, ImportedSettlements};
use crate::objects::Put;
use crate::settlement_facts::{decode, digest, encode, merge};
use crate::settlement_manifest::{FORMAT, SettlementManifest, SettlementSource, manifest_folder};
use crate::{BarStore, StoreError};

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedSettlements {
    /// The manifest in force.
    pub manifest: SettlementManifest,
    /// Whether every fact had been stored before, so that nothing changed.
    pub already_present: bool,
}

/// A contract's newest manifest, its bytes, and its facts.
type Newest = Option<(SettlementManifest, Bytes)>;

/// A vendor file on its way into the store.
struct SettlementFile<'a> {
    imported: &'a ImportedSettlements,
    file_name: &'a str,
    sha256: Sha256,
    supersede: &'a [Sha256],
}

/// A contract's facts with those of a file.
struct Merged {
    newest: Newest,
    facts: Vec<DailyFact>,
    values_added: u64,
    is_changed: bool,
}

impl BarStore {
    /// Newest manifests of the settlements of a root's contracts, in order of expiry.
    ///
    /// # Errors
    /// Where a manifest cannot be read.
    pub async fn settlements(&self, root: ContractRoot) -> Result<Vec<SettlementManifest>, StoreError> {
        let folder = format!("settlements/{root}");
        let mut manifests = Vec::new();
        for name in self.objects.list_folders(&folder).await? {
            let contract = name.parse().map_err(|error| StoreError::Manifest {
                name: format!("{folder}/{name}"),
                problem: format!("{error}"),
            })?;
            manifests.extend(self.newest_settlements(contract).await?.map(|(manifest, _)| manifest));
        }
        manifests.sort_unstable_by_key(|manifest| manifest.contract);
        Ok(manifests)
    }

    /// Newest manifest of a contract's settlements; `None` where nothing is stored of them.
    ///
    /// # Errors
    /// Where the manifest cannot be read.
    pub async fn settlements_of(&self, contract: ContractSymbol) -> Result<Option<SettlementManifest>, StoreError> {
        Ok(self.newest_settlements(contract).await?.map(|(manifest, _)| manifest))
    }

    /// The manifest of a contract's settlements, of whatever age, whose facts have this digest.
    ///
    /// # Errors
    /// Where a manifest cannot be read.
    pub async fn settlements_with_content(
        &self,
        contract: ContractSymbol,
        content_sha256: Sha256,
    ) -> Result<Option<SettlementManifest>, StoreError> {
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        for number in (1..=chain.newest().await?).rev() {
            let (manifest, _) = chain.get::<SettlementManifest>(number).await?;
            if manifest.content_sha256 == content_sha256 {
                return Ok(Some(manifest));
            }
        }
        Ok(None)
    }

    /// All facts of a manifest in order of trade date, checked against its digests.
    ///
    /// # Errors
    /// Where a file is absent, damaged or says other than the manifest.
    pub async fn read_settlements(&self, manifest: &SettlementManifest) -> Result<Vec<DailyFact>, StoreError> {
        let facts = self.read_sources(manifest.contract, &manifest.sources).await?;
        let (found, expected) = (digest(&facts), manifest.content_sha256);
        if found != expected {
            return Err(StoreError::Damaged { name: manifest_folder(manifest.contract), found, expected });
        }
        Ok(facts)
    }

    /// Publishes the facts of a vendor file, contract by contract: merged with what is stored, those of a contract visible
    /// all at once. Files that it supersedes leave with what they had said.
    ///
    /// What keeps any of its contracts from being published is found before the first of them is.
    ///
    /// # Errors
    /// Where a fact differs from the stored one, the file was superseded, or supersedes what is not stored; other writers
    /// are always first, or the disk fails.
    pub async fn publish_settlements(
        &self,
        imported: &ImportedSettlements,
        file_name: &str,
        sha256: Sha256,
        supersede: &[Sha256],
    ) -> Result<Vec<PublishedSettlements>, StoreError> {
        let file = SettlementFile { imported, file_name, sha256, supersede };
        self.check_superseded_settlements(&file).await?;
        for of_contract in &imported.contracts {
            self.merged_settlements(&file, of_contract).await?;
        }
        let mut published = Vec::with_capacity(imported.contracts.len());
        for of_contract in &imported.contracts {
            published.push(self.publish_contract_settlements(&file, of_contract).await?);
        }
        Ok(published)
    }

    async fn publish_contract_settlements(
        &self,
        file: &SettlementFile<'_>,
        of_contract: &ContractSettlements,
    ) -> Result<PublishedSettlements, StoreError> {
        let contract = of_contract.contract;
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        for _ in 0..PUBLISH_ATTEMPTS {
            let Merged { newest, facts, values_added, is_changed } = self.merged_settlements(file, of_contract).await?;
            if !is_changed && let Some((manifest, _)) = newest {
                return Ok(PublishedSettlements { manifest, already_present: true });
            }
            let source = SettlementSource {
                sha256: file.sha256,
                file_name: file.file_name.to_owned(),
                format: file.imported.format.to_owned(),
                facts_sha256: digest(&of_contract.facts),
                values_added,
                supersedes: Vec::new(),
                dispositions: of_contract.dispositions.to_map(),
                calendar_sha256: of_contract.calendar_sha256,
            };
            let name = source.content_name(contract);
            // An existing file of this name says the same: the name is its digest.
            self.objects.put_if_absent(&name, Bytes::from(encode(&of_contract.facts))).await?;
            self.objects.sync_folders([name.as_str()]).await?;
            let manifest = next_manifest(contract, &facts, source, file.supersede, newest)?;
            if chain.put(manifest.generation, &manifest).await? == Put::Created {
                return Ok(PublishedSettlements { manifest, already_present: false });
            }
        }
        Err(StoreError::Contended { what: folder, attempts: PUBLISH_ATTEMPTS })
    }

    async fn merged_settlements(
        &self,
        file: &SettlementFile<'_>,
        of_contract: &ContractSettlements,
    ) -> Result<Merged, StoreError> {
        let contract = of_contract.contract;
        let newest = self.newest_settlements(contract).await?;
        let sources = newest.as_ref().map_or(&[][..], |(manifest, _)| &manifest.sources);
        check_not_superseded(file, contract, sources)?;
        let stored = self.read_sources(contract, sources).await?;
        let left: Vec<SettlementSource> =
            sources.iter().filter(|source| !file.supersede.contains(&source.sha256)).cloned().collect();
        let left_facts = self.read_sources(contract, &left).await?;
        let (facts, values_added) = match merge(&left_facts, &of_contract.facts) {
            Ok(merged) => merged,
            Err(differing) => {
                let mut contradicting = Vec::new();
                for source in left {
                    let said = self.read_sources(contract, std::slice::from_ref(&source)).await?;
                    if merge(&said, &of_contract.facts).is_err() {
                        contradicting.push(source);
                    }
                }
                return Err(StoreError::SettlementConflict {
                    contract,
                    facts: differing.facts,
                    first: differing.first,
                    file_name: file.file_name.to_owned(),
                    file_sha256: file.sha256,
                    stored: contradicting.iter().map(SettlementSource::named).collect::<Vec<_>>().join(", "),
                    supersede: contradicting.iter().map(|source| source.sha256).collect(),
                });
            }
        };
        let is_changed = facts != stored || newest.is_none();
        Ok(Merged { newest, facts, values_added, is_changed })
    }

    async fn newest_settlements(&self, contract: ContractSymbol) -> Result<Newest, StoreError> {
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        let generation = chain.newest().await?;
        if generation == 0 {
            return Ok(None);
        }
        let (manifest, bytes) = chain.get::<SettlementManifest>(generation).await?;
        if manifest.contract != contract || manifest.generation != generation {
            let problem = format!("it says {} generation {}", manifest.contract, manifest.generation);
            return Err(StoreError::Manifest { name: format!("{folder}/{generation:08}.json"), problem });
        }
        Ok(Some((manifest, bytes)))
    }

    /// The union of what sources say.
    async fn read_sources(
        &self,
        contract: ContractSymbol,
        sources: &[SettlementSource],
    ) -> Result<Vec<DailyFact>, StoreError> {
        let mut facts = Vec::new();
        for source in sources {
            let name = source.content_name(contract);
            let bytes = self.objects.get(&name).await?.ok_or_else(|| StoreError::Missing { name: name.clone() })?;
            let (found, expected) = (Sha256::of(&bytes), source.facts_sha256);
            if found != expected {
                return Err(StoreError::Damaged { name, found, expected });
            }
            let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned());
            let of_source = text.and_then(decode);
            let unreadable = |problem: String| StoreError::Manifest { name: name.clone(), problem };
            let merged = merge(&facts, &of_source.map_err(unreadable)?);
            facts = merged.map_err(|_| unreadable("it contradicts another source".to_owned()))?.0;
        }
        Ok(facts)
    }

    /// Refuses to supersede files that are no source of what is stored; the same request again finds them superseded by
    /// the same file, and is none.
    async fn check_superseded_settlements(&self, file: &SettlementFile<'_>) -> Result<(), StoreError> {
        if file.supersede.is_empty() {
            return Ok(());
        }
        let mut sources = Vec::new();
        for of_contract in &file.imported.contracts {
            let manifest = self.settlements_of(of_contract.contract).await?;
            sources.extend(manifest.into_iter().flat_map(|manifest| manifest.sources));
        }
        let is_source = |sha256: &Sha256| {
            let is_done =
                |source: &SettlementSource| source.sha256 == file.sha256 && source.supersedes.contains(sha256);
            sources.iter().any(|source| source.sha256 == *sha256 || is_done(source))
        };
        let Some(sha256) = file.supersede.iter().copied().find(|sha256| !is_source(sha256)) else { return Ok(()) };
        let stored: Vec<String> = sources.iter().map(SettlementSource::named).collect();
        let stored = if stored.is_empty() { "no file".to_owned() } else { stored.join(", ") };
        Err(StoreError::NotASettlementSource { sha256, stored })
    }
}

/// Refuses a file whose place another one took.
fn check_not_superseded(
    file: &SettlementFile<'_>,
    contract: ContractSymbol,
    sources: &[SettlementSource],
) -> Result<(), StoreError> {
    let successor = sources
        .iter()
        .find(|source| source.supersedes.contains(&file.sha256) && !file.supersede.contains(&source.sha256));
    match successor {
        None => Ok(()),
        Some(successor) => Err(StoreError::Superseded {
            contract,
            file_name: file.file_name.to_owned(),
            file_sha256: file.sha256,
            by: successor.named(),
        }),
    }
}

fn next_manifest(
    contract: ContractSymbol,
    facts: &[DailyFact],
    mut source: SettlementSource,
    supersede: &[Sha256],
    before: Newest,
) -> Result<SettlementManifest, StoreError> {
    let (Some(first), Some(last)) = (facts.first(), facts.last()) else {
        return Err(StoreError::NoBars { contract });
    };
    let previous_sha256 = before.as_ref().map(|(_, bytes)| Sha256::of(bytes));
    // Generations count vendor files; there are not 2^64 of them.
    let (generation, sources) =
        before.map_or((1, Vec::new()), |(manifest, _)| (manifest.generation + 1, manifest.sources));
    let (gone, mut sources): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|before| supersede.contains(&before.sha256) || before.sha256 == source.sha256);
    for before in gone {
        source.supersedes.push(before.sha256);
        source.supersedes.extend(before.supersedes);
    }
    source.supersedes.retain(|sha256| *sha256 != source.sha256);
    source.supersedes.sort_unstable();
    source.supersedes.dedup();
    sources.push(source);
    let count = |is_told: fn(&DailyFact) -> bool| facts.iter().filter(|fact| is_told(fact)).count() as u64;
    Ok(SettlementManifest {
        format: FORMAT,
        contract,
        generation,
        previous_sha256,
        content_sha256: digest(facts),
        trade_dates: facts.len() as u64,
        settlements: count(|fact| fact.settlement.is_some()),
        open_interests: count(|fact| fact.open_interest.is_some()),
        first_trade_date: first.trade_date,
        last_trade_date: last.trade_date,
        sources,
    })
}

#[cfg(test)]
mod tests;
