//! A vendor file that takes the place of another: the vendor corrected it, or the first one was wrong.
//!
//! A superseded file loses the bars that it had added and nothing more: a bar that another file had brought before stays,
//! and still has to agree. The old generations and their files stay where they are, so what was built on them can still be
//! read.

use peaktrade_continuous::Bars;
use peaktrade_domain::Sha256;

use crate::bar_store::VendorFile;
use crate::contract_manifest::{ContractManifest, SourceFile};
use crate::{BarStore, StoreError};

impl BarStore {
    /// Refuses to supersede files that are no source of what is stored; the same request again finds them superseded by
    /// the same file, and is none.
    pub(crate) async fn check_supersede(&self, file: &VendorFile<'_>) -> Result<(), StoreError> {
        if file.supersede.is_empty() {
            return Ok(());
        }
        let contracts: Vec<_> = file.imported.contracts.iter().map(|imported| imported.contract).collect();
        let mut sources = Vec::new();
        for contract in &contracts {
            sources.extend(self.contract(*contract).await?.into_iter().flat_map(|manifest| manifest.sources));
        }
        let is_source = |sha256: Sha256| {
            let is_done =
                |source: &SourceFile| source.sha256 == file.file_sha256 && source.supersedes.contains(&sha256);
            sources.iter().any(|source| source.sha256 == sha256 || is_done(source))
        };
        match file.supersede.iter().find(|sha256| !is_source(**sha256)) {
            None => Ok(()),
            Some(sha256) => {
                let contracts: Vec<String> = contracts.iter().map(ToString::to_string).collect();
                let stored: Vec<String> = sources.iter().map(SourceFile::named).collect();
                let stored = if stored.is_empty() { "no file".to_owned() } else { stored.join(", ") };
                Err(StoreError::NotASource { contracts: contracts.join(", "), sha256: *sha256, stored })
            }
        }
    }

    /// The bars of a manifest without those that superseded files had added.
    pub(crate) async fn without_superseded(
        &self,
        newest: &ContractManifest,
        superseded: &[Sha256],
    ) -> Result<Bars, StoreError> {
        let owners = self.owners(newest).await?;
        let bars = self.read(newest).await?;
        let mut left = Bars::with_capacity(bars.len());
        for row in 0..bars.len() {
            let is_owed = owners.get(&bars.ts[row]).is_some_and(|owner| superseded.contains(owner));
            if let Some(bar) = bars.get(row).filter(|_| !is_owed) {
                left.push(bar);
            }
        }
        Ok(left)
    }
}

/// Refuses a file whose place another one took: its bars would come back beside those of its successor.
pub(crate) fn check_not_superseded(file: &VendorFile<'_>, manifest: &ContractManifest) -> Result<(), StoreError> {
    let successor = manifest
        .sources
        .iter()
        .find(|source| source.supersedes.contains(&file.file_sha256) && !file.supersede.contains(&source.sha256));
    match successor {
        None => Ok(()),
        Some(successor) => Err(StoreError::Superseded {
            contract: manifest.contract,
            file_name: file.file_name.to_owned(),
            file_sha256: file.file_sha256,
            by: successor.named(),
        }),
    }
}

/// The sources of the next generation: those before without the superseded ones, and the new one, which remembers them.
pub(crate) fn successors(before: Vec<SourceFile>, mut source: SourceFile, supersede: &[Sha256]) -> Vec<SourceFile> {
    let (gone, mut sources): (Vec<_>, Vec<_>) =
        before.into_iter().partition(|before| supersede.contains(&before.sha256));
    for before in gone {
        source.supersedes.push(before.sha256);
        source.supersedes.extend(before.supersedes);
    }
    source.supersedes.retain(|sha256| *sha256 != source.sha256);
    source.supersedes.sort_unstable();
    source.supersedes.dedup();
    sources.push(source);
    sources
}

impl SourceFile {
    /// The file as messages name it.
    pub(crate) fn named(&self) -> String {
        format!("{:?} (sha256 {})", self.file_name, self.sha256)
    }
}
