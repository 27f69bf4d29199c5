//! Settlement prices and open interest of a build, each contract's read once.

use std::collections::BTreeMap;

use peaktrade_continuous::DailyFact;
use peaktrade_domain::{ContractSymbol, Sha256};
use peaktrade_store::{BarStore, ContractInput, StoreError};

/// Facts read so far, and which ones they were.
pub(crate) struct Facts<'a> {
    store: &'a BarStore,
    /// Digests that a dataset was made with; of other contracts the newest stored facts are read.
    pinned: BTreeMap<ContractSymbol, Sha256>,
    read: BTreeMap<ContractSymbol, (Option<Sha256>, Vec<DailyFact>)>,
}

impl<'a> Facts<'a> {
    /// Facts as they are stored now.
    pub(crate) fn newest(store: &'a BarStore) -> Self {
        Self { store, pinned: BTreeMap::new(), read: BTreeMap::new() }
    }

    /// Facts as a dataset was made with them.
    pub(crate) fn pinned(store: &'a BarStore, inputs: &[ContractInput]) -> Self {
        let pinned = inputs.iter().map(|input| (input.contract, input.content_sha256)).collect();
        Self { store, pinned, read: BTreeMap::new() }
    }

    /// A contract's facts; none where nothing is stored of it.
    pub(crate) async fn of(&mut self, contract: ContractSymbol) -> Result<&[DailyFact], StoreError> {
        if !self.read.contains_key(&contract) {
            let manifest = match self.pinned.get(&contract) {
                Some(content) => self.store.settlements_with_content(contract, *content).await?,
                None => self.store.settlements_of(contract).await?,
            };
            let entry = match manifest {
                Some(manifest) => (Some(manifest.content_sha256), self.store.read_settlements(&manifest).await?),
                None => (None, Vec::new()),
            };
            self.read.insert(contract, entry);
        }
        Ok(self.read.get(&contract).map_or(&[][..], |(_, facts)| facts))
    }

    /// The facts that were read of these contracts, by their digests.
    pub(crate) fn inputs(&self, contracts: &[ContractSymbol]) -> Vec<ContractInput> {
        let input = |contract: &ContractSymbol| {
            let content_sha256 = self.read.get(contract)?.0?;
            Some(ContractInput { contract: *contract, content_sha256 })
        };
        contracts.iter().filter_map(input).collect()
    }
}
