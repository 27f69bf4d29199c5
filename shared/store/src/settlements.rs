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
use crate::settlement_facts::{decode, digest, encode, merge, with_stored_instants};
use crate::settlement_manifest::{FORMAT, SettlementManifest, SettlementSource, manifest_folder};
use crate::superseding::{names, not_a_source, successor, successors};
use crate::{BarStore, SettlementConflict, StoreError};

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
            let (manifest, _) = generation_of(&chain, contract, number).await?;
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
    /// What keeps any of its contracts from being published is found before the first of them is, and no other file is
    /// published in between.
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
        let _hold = self.objects.hold_to_publish().await?;
        self.check_supersede_settlements(&file).await?;
        let mut contracts = Vec::with_capacity(imported.contracts.len());
        for of_contract in &imported.contracts {
            contracts.push(self.with_stored_instants(&file, of_contract).await);
        }
        for of_contract in &contracts {
            self.merged_settlements(&file, of_contract).await?;
        }
        let mut published = Vec::with_capacity(contracts.len());
        for of_contract in &contracts {
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
                // A writer that died after its manifest may have left its name undone.
                chain.sync().await?;
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
            self.write_facts(contract, &source, &of_contract.facts).await?;
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
        if let Some(by) = successor(sources, file.sha256, file.supersede) {
            let (file_name, file_sha256) = (file.file_name.to_owned(), file.sha256);
            return Err(StoreError::Superseded { contract, file_name, file_sha256, by });
        }
        let of_file = digest(&of_contract.facts);
        for source in sources.iter().filter(|source| source.facts_sha256 == of_file) {
            // What a source had said may be lost or damaged; here it is said again.
            self.write_facts(contract, source, &of_contract.facts).await?;
        }
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
                return Err(StoreError::SettlementConflict(Box::new(SettlementConflict {
                    contract,
                    facts: differing.facts,
                    first: differing.first,
                    difference: differing.difference,
                    file_name: file.file_name.to_owned(),
                    file_sha256: file.sha256,
                    stored: names(&contradicting),
                    supersede: contradicting.iter().map(|source| source.sha256).collect(),
                })));
            }
        };
        let is_changed = newest.as_ref().is_none_or(|(manifest, _)| manifest.content_sha256 != digest(&facts));
        Ok(Merged { newest, facts, values_added, is_changed })
    }

    /// The facts of a file as they are stored; what was stored before tells the instants that it does not tell. What
    /// cannot be read of it is told when it is merged.
    async fn with_stored_instants(
        &self,
        file: &SettlementFile<'_>,
        of_contract: &ContractSettlements,
    ) -> ContractSettlements {
        let mut of_contract = of_contract.clone();
        if let Ok(Some((manifest, _))) = self.newest_settlements(of_contract.contract).await {
            let is_left = |source: &SettlementSource| !file.supersede.contains(&source.sha256);
            let left: Vec<SettlementSource> = manifest.sources.into_iter().filter(is_left).collect();
            if let Ok(stored) = self.read_sources(of_contract.contract, &left).await {
                let told = with_stored_instants(&stored, &of_contract.facts, &of_contract.untold_known_at);
                of_contract.facts = told;
            }
        }
        of_contract
    }

    async fn newest_settlements(&self, contract: ContractSymbol) -> Result<Newest, StoreError> {
        let folder = manifest_folder(contract);
        let chain = Chain::new(&self.objects, &folder);
        let generation = chain.newest().await?;
        if generation == 0 {
            return Ok(None);
        }
        let (manifest, bytes) = generation_of(&chain, contract, generation).await?;
        if generation > 1 {
            let before = chain.bytes(generation - 1).await?;
            if manifest.previous_sha256 != Some(Sha256::of(&before)) {
                let problem = format!("it does not follow from {}", chain.name(generation - 1));
                return Err(StoreError::Manifest { name: chain.name(generation), problem });
            }
        }
        Ok(Some((manifest, bytes)))
    }

    /// Writes what a source says, and syncs it before anything names it. A file of its name that says otherwise is what
    /// damage has left of it.
    async fn write_facts(
        &self,
        contract: ContractSymbol,
        source: &SettlementSource,
        facts: &[DailyFact],
    ) -> Result<(), StoreError> {
        let (name, bytes) = (source.content_name(contract), Bytes::from(encode(facts)));
        let found = self.objects.get(&name).await?;
        if found.as_ref() != Some(&bytes) {
            if found.is_some() {
                self.objects.unlink(&name).await?;
            }
            self.objects.put_if_absent(&name, bytes).await?;
        }
        self.objects.sync_folders([name.as_str()]).await
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

    /// Refuses to supersede files that are no source of what is stored.
    async fn check_supersede_settlements(&self, file: &SettlementFile<'_>) -> Result<(), StoreError> {
        if file.supersede.is_empty() {
            return Ok(());
        }
        let mut sources = Vec::new();
        for of_contract in &file.imported.contracts {
            let manifest = self.settlements_of(of_contract.contract).await?;
            sources.extend(manifest.into_iter().flat_map(|manifest| manifest.sources));
        }
        match not_a_source(&sources, file.sha256, file.supersede) {
            None => Ok(()),
            Some((sha256, stored)) => Err(StoreError::NotASettlementSource { sha256, stored }),
        }
    }
}

/// One generation of a contract's settlements, checked for being what its name says.
async fn generation_of(
    chain: &Chain<'_>,
    contract: ContractSymbol,
    number: u64,
) -> Result<(SettlementManifest, Bytes), StoreError> {
    let (manifest, bytes) = chain.get::<SettlementManifest>(number).await?;
    match manifest.fault_as(contract, number) {
        None => Ok((manifest, bytes)),
        Some(problem) => Err(StoreError::Manifest { name: chain.name(number), problem }),
    }
}

fn next_manifest(
    contract: ContractSymbol,
    facts: &[DailyFact],
    source: SettlementSource,
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
    let sources = successors(sources, source, supersede);
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
