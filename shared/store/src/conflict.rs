//! Bars that a vendor file and the store tell differently, and what superseding would do about it.

use std::collections::BTreeMap;
use std::fmt;

use peaktrade_continuous::Bars;
use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos};

use crate::contract_manifest::{ContractManifest, SourceFile};
use crate::merge::Differing;
use crate::owners::Owners;

/// Why a file is not merged into what is stored of a contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Conflict {
    /// The contract.
    pub contract: ContractSymbol,
    /// Bars that differ.
    pub bars: u64,
    /// Open of the first of them.
    pub first: UnixNanos,
    /// The new file.
    pub file_name: String,
    /// SHA-256 of its bytes.
    pub file_sha256: Sha256,
    /// The stored files that the differing bars are owed to, in order of import.
    pub owners: Vec<Owner>,
    /// Bars that are owed to these files and that the new file does not hold: superseding takes them out.
    pub bars_lost: u64,
    /// Further contracts of the file that differ, each with the number of its bars.
    pub others: Vec<(ContractSymbol, u64)>,
    /// SHA-256 of every file that has to be superseded for all contracts of the new file, each once.
    pub supersede: Vec<Sha256>,
}

/// A stored file and its part in a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its name.
    pub file_name: String,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// Differing bars that are owed to it.
    pub bars: u64,
}

impl Conflict {
    pub(crate) fn new(
        (file_name, file_sha256): (String, Sha256),
        new: &Bars,
        differing: &Differing,
        newest: &ContractManifest,
        owed: &Owners,
    ) -> Self {
        let mut differing_of: BTreeMap<Sha256, u64> = BTreeMap::new();
        for owner in differing.stamps.iter().filter_map(|stamp| owed.get(stamp)) {
            *differing_of.entry(*owner).or_default() += 1;
        }
        let owner_of = |source: &SourceFile| {
            let bars = differing_of.get(&source.sha256).copied().unwrap_or_default();
            Owner { file_name: source.file_name.clone(), sha256: source.sha256, bars }
        };
        let owners: Vec<Owner> = newest.sources.iter().map(owner_of).filter(|owner| owner.bars > 0).collect();
        let is_lost =
            |(stamp, owner): &(&i64, &Sha256)| differing_of.contains_key(owner) && new.ts.binary_search(stamp).is_err();
        let supersede: Vec<Sha256> = owners.iter().map(|owner| owner.sha256).collect();
        Self {
            contract: newest.contract,
            bars: differing.stamps.len() as u64,
            first: differing.first,
            file_name,
            file_sha256,
            bars_lost: owed.iter().filter(is_lost).count() as u64,
            owners,
            others: Vec::new(),
            supersede,
        }
    }

    /// Takes up the conflict of another contract of the same file.
    pub(crate) fn join(&mut self, other: Self) {
        self.others.push((other.contract, other.bars));
        self.bars_lost += other.bars_lost;
        let new: Vec<Sha256> = other.supersede.into_iter().filter(|sha256| !self.supersede.contains(sha256)).collect();
        self.supersede.extend(new);
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contract, bars, first, file_name, file_sha256, .. } = self;
        write!(
            f,
            "{bars} bars of {contract} differ between {file_name:?} (sha256 {file_sha256}) and what is stored from "
        )?;
        for (at, owner) in self.owners.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{:?} (sha256 {}), {} of them", owner.file_name, owner.sha256, owner.bars)?;
        }
        write!(f, "; the first at {first}")?;
        for (contract, bars) in &self.others {
            write!(f, "; {bars} bars of {contract} differ, too")?;
        }
        write!(f, "; nothing was imported")?;
        if self.bars_lost > 0 {
            write!(
                f,
                "; superseding would also take out {} stored bars that the new file does not hold",
                self.bars_lost
            )?;
        }
        Ok(())
    }
}
