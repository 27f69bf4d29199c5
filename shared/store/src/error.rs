//! What the store cannot do, and why.

use std::io;
use std::path::PathBuf;

use peaktrade_domain::{ContractSymbol, Sha256};

use crate::month_file::MonthFileError;
use crate::{Conflict, SettlementConflict, VendorSeriesRefusal};

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
    /// The disk has no room.
    #[error(
        "no space left on the disk of {}: {name:?} needs {bytes_needed} bytes more; what was stored before is whole; make \
         room and do the same again", .folder.display()
    )]
    Full {
        /// The folder of the store.
        folder: PathBuf,
        /// What was being written.
        name: String,
        /// Its bytes; 0 where only its name needs room.
        bytes_needed: u64,
    },
    /// Work that must have the store to itself, beside other work on it.
    #[error("{what} waited {seconds} s while {others} went on; try again when it is done")]
    Busy {
        /// What waited.
        what: &'static str,
        /// How long.
        seconds: u64,
        /// What it waited for.
        others: &'static str,
    },
    /// A document that is not what was published under its name.
    #[error(
        "store document {name:?} is not what was published under this name (its SHA-256 is {found}, its seal says \
         {expected}); put back a copy with that digest"
    )]
    Unsealed {
        /// The document.
        name: String,
        /// Digest of what it holds.
        found: Sha256,
        /// Start of the digest that it was published with.
        expected: String,
    },
    /// A dataset that a finished build names and that is not there.
    #[error(
        "dataset {dataset_id} was built and its document {name:?} is absent; build the same again, or put the document \
         back"
    )]
    DatasetAbsent {
        /// The dataset.
        dataset_id: crate::DatasetId,
        /// Its document.
        name: String,
    },
    /// A dataset whose contract bars are no longer stored.
    #[error(
        "dataset {dataset_id} needs bars of {contract} with digest {content_sha256}, which the store does not have"
    )]
    InputAbsent {
        /// The dataset.
        dataset_id: crate::DatasetId,
        /// The contract.
        contract: ContractSymbol,
        /// Content digest of its bars.
        content_sha256: Sha256,
    },
    /// What is to be deleted is not what was shown.
    #[error("the store has changed since the list of what would be deleted was made; nothing was deleted, look again")]
    GarbageChanged,
    /// A manifest is not what this program writes.
    #[error("store document {name:?}: {problem}")]
    Manifest {
        /// The document.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file that a manifest names is absent.
    #[error(
        "store object {name:?} is named by a manifest and absent; put a copy of it back, or import the vendor file that it \
         came from again; where that does not bring it back, supersede all vendor files of its contract by one of them"
    )]
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
    /// Work on bars ended before it was done.
    #[error("work on {what} stopped: {source}")]
    Stopped {
        /// What it worked on.
        what: String,
        /// What the runtime says.
        source: tokio::task::JoinError,
    },
    /// A vendor file tells stored bars differently.
    #[error(transparent)]
    Conflict(Box<Conflict>),
    /// A vendor file tells stored settlements or open interest differently.
    #[error(transparent)]
    SettlementConflict(Box<SettlementConflict>),
    /// A file to be superseded that is no source of the stored settlements.
    #[error("no stored settlements of its contracts come from a file with sha256 {sha256}; they come from {stored}")]
    NotASettlementSource {
        /// SHA-256 of the file to be superseded.
        sha256: Sha256,
        /// The files that they come from, each with its digest.
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
    /// A vendor file that does not join what is stored of its continuous series.
    #[error(transparent)]
    VendorSeries(#[from] Box<VendorSeriesRefusal>),
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

impl From<VendorSeriesRefusal> for StoreError {
    fn from(refusal: VendorSeriesRefusal) -> Self {
        Self::VendorSeries(Box::new(refusal))
    }
}

impl StoreError {
    pub(crate) fn object(name: &str, source: object_store::Error) -> Self {
        Self::Object { name: name.to_owned(), source: Box::new(source) }
    }

    /// Whether a file that a manifest names is lost or damaged.
    pub(crate) const fn is_of_a_file(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::MonthFile { .. } | Self::Damaged { .. })
    }

    pub(crate) fn month_file(name: &str, source: MonthFileError) -> Self {
        Self::MonthFile { name: name.to_owned(), source: Box::new(source) }
    }
}
