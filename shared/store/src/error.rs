//! What the store cannot do, and why.

use std::io;
use std::path::PathBuf;

use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos};

use crate::month_file::MonthFileError;

/// Why the store cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder of the store cannot be used.
    #[error("store folder {}: {source}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An object cannot be read or written.
    #[error("store object {name:?}: {source}")]
    Object {
        /// The object.
        name: String,
        /// What the object store says.
        source: Box<object_store::Error>,
    },
    /// An object's bytes or name cannot be made durable.
    #[error("store object {name:?} cannot be synced to disk: {source}")]
    Sync {
        /// The object or folder.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// A manifest is not what this program writes.
    #[error("store document {name:?}: {problem}")]
    Manifest {
        /// The document.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file that a manifest names is absent.
    #[error("store object {name:?} is named by a manifest and absent")]
    Missing {
        /// The object.
        name: String,
    },
    /// A month file cannot be written or read.
    #[error("month file {name:?}: {source}")]
    MonthFile {
        /// The file.
        name: String,
        /// What is wrong with it.
        source: Box<MonthFileError>,
    },
    /// A file holds other rows than its manifest says.
    #[error("{name:?} holds rows with digest {found}, its manifest says {expected}")]
    Damaged {
        /// The file or contract.
        name: String,
        /// Digest of what it holds.
        found: Sha256,
        /// Digest that the manifest names.
        expected: Sha256,
    },
    /// A vendor file tells stored bars differently.
    #[error(
        "{bars} bars of {contract} differ between {file_name:?} (sha256 {file_sha256}) and what is stored from {stored}, \
         the first at {first}; nothing was imported"
    )]
    Conflict {
        /// The contract.
        contract: ContractSymbol,
        /// Bars that differ.
        bars: u64,
        /// Open of the first of them.
        first: UnixNanos,
        /// The new file.
        file_name: String,
        /// SHA-256 of its bytes.
        file_sha256: Sha256,
        /// The stored files that cover the first of the bars, each with its digest.
        stored: String,
    },
    /// A vendor file whose place another one took.
    #[error("{file_name:?} (sha256 {file_sha256}) was superseded in {contract} by {by}; nothing was imported")]
    Superseded {
        /// The contract.
        contract: ContractSymbol,
        /// The file.
        file_name: String,
        /// SHA-256 of its bytes.
        file_sha256: Sha256,
        /// The file that took its place, with its digest.
        by: String,
    },
    /// A file to be superseded that is no source of what is stored.
    #[error("no stored bars of {contracts} come from a file with sha256 {sha256}; they come from {stored}")]
    NotASource {
        /// The contracts of the new file.
        contracts: String,
        /// SHA-256 of the file to be superseded.
        sha256: Sha256,
        /// The files that the stored bars come from, each with its digest.
        stored: String,
    },
    /// Other writers were always first.
    #[error("{what} was published by other writers {attempts} times in a row while this one tried")]
    Contended {
        /// The chain.
        what: String,
        /// Attempts made.
        attempts: u32,
    },
    /// The same inputs gave another dataset before.
    #[error("dataset {dataset_id} is stored with other content: the same inputs must give the same rows and rolls")]
    DatasetDiffers {
        /// The dataset.
        dataset_id: crate::DatasetId,
    },
    /// Bars without a row are no contract.
    #[error("no bars of {contract} to publish")]
    NoBars {
        /// The contract.
        contract: ContractSymbol,
    },
}

impl StoreError {
    pub(crate) fn object(name: &str, source: object_store::Error) -> Self {
        Self::Object { name: name.to_owned(), source: Box::new(source) }
    }

    pub(crate) fn month_file(name: &str, source: MonthFileError) -> Self {
        Self::MonthFile { name: name.to_owned(), source: Box::new(source) }
    }
}
