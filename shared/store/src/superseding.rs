//! A vendor file that takes the place of another: the vendor corrected it, or the first one was wrong.
//!
//! A superseded file loses what it alone had added: a bar that another file had brought before stays, and still has to
//! agree. The old generations and their files stay where they are until they are deleted as garbage, so what was built on
//! them can still be read until then.

use peaktrade_domain::Sha256;

use crate::contract_manifest::SourceFile;
use crate::settlement_manifest::SettlementSource;

/// A vendor file among those from which something stored comes.
pub(crate) trait Source {
    /// SHA-256 of its bytes.
    fn sha256(&self) -> Sha256;
    /// Its name without folders.
    fn file_name(&self) -> &str;
    /// SHA-256 of the files whose place it took.
    fn supersedes(&self) -> &[Sha256];
    /// The same, for the file that is on its way in.
    fn supersedes_mut(&mut self) -> &mut Vec<Sha256>;
    /// What it added, in the units of its kind.
    fn added_mut(&mut self) -> &mut u64;

    /// The file as messages name it.
    fn named(&self) -> String {
        format!("{:?} (sha256 {})", self.file_name(), self.sha256())
    }
}

impl Source for SourceFile {
    fn sha256(&self) -> Sha256 {
        self.sha256
    }

    fn file_name(&self) -> &str {
        &self.file_name
    }

    fn supersedes(&self) -> &[Sha256] {
        &self.supersedes
    }

    fn supersedes_mut(&mut self) -> &mut Vec<Sha256> {
        &mut self.supersedes
    }

    fn added_mut(&mut self) -> &mut u64 {
        &mut self.rows_added
    }
}

impl Source for SettlementSource {
    fn sha256(&self) -> Sha256 {
        self.sha256
    }

    fn file_name(&self) -> &str {
        &self.file_name
    }

    fn supersedes(&self) -> &[Sha256] {
        &self.supersedes
    }

    fn supersedes_mut(&mut self) -> &mut Vec<Sha256> {
        &mut self.supersedes
    }

    fn added_mut(&mut self) -> &mut u64 {
        &mut self.values_added
    }
}

/// The first file to be superseded that is none of the sources, and these by name. The same request again finds its files
/// superseded by the same file.
pub(crate) fn not_a_source<S: Source>(sources: &[S], file: Sha256, supersede: &[Sha256]) -> Option<(Sha256, String)> {
    let is_source = |sha256: &Sha256| {
        let is_done = |source: &S| source.sha256() == file && source.supersedes().contains(sha256);
        sources.iter().any(|source| source.sha256() == *sha256 || is_done(source))
    };
    let unknown = supersede.iter().copied().find(|sha256| !is_source(sha256))?;
    Some((unknown, if sources.is_empty() { "no file".to_owned() } else { names(sources) }))
}

/// The source that took the place of a file and is not superseded now: the file's bars would come back beside its own.
pub(crate) fn successor<S: Source>(sources: &[S], file: Sha256, supersede: &[Sha256]) -> Option<String> {
    let took_its_place = |source: &&S| source.supersedes().contains(&file) && !supersede.contains(&source.sha256());
    sources.iter().find(took_its_place).map(Source::named)
}

/// The sources of the next generation: those before without the superseded ones, and the new one, which remembers them. A
/// file that had added something before and adds more now is one source.
pub(crate) fn successors<S: Source>(before: Vec<S>, mut source: S, supersede: &[Sha256]) -> Vec<S> {
    let sha256 = source.sha256();
    let is_gone = |before: &S| supersede.contains(&before.sha256()) || before.sha256() == sha256;
    let (gone, mut sources): (Vec<_>, Vec<_>) = before.into_iter().partition(is_gone);
    for mut before in gone {
        if !supersede.contains(&before.sha256()) {
            *source.added_mut() += *before.added_mut();
        }
        source.supersedes_mut().push(before.sha256());
        source.supersedes_mut().extend_from_slice(before.supersedes());
    }
    source.supersedes_mut().retain(|superseded| *superseded != sha256);
    source.supersedes_mut().sort_unstable();
    source.supersedes_mut().dedup();
    sources.push(source);
    sources
}

/// Sources as messages name them.
pub(crate) fn names<S: Source>(sources: &[S]) -> String {
    sources.iter().map(Source::named).collect::<Vec<_>>().join(", ")
}
