//! Errors as gRPC status: the one place where a code is chosen.

use peaktrade_domain::Sha256;
use peaktrade_store::{ImportError, ImportOption, StoreError, VendorSeriesRefusal, VendorSeriesRequest};
use tonic::Status;
use tonic::metadata::MetadataValue;

use crate::build::BuildError;
use crate::series::SeriesError;

/// What the store cannot do.
pub(crate) fn of_store(error: &StoreError) -> Status {
    let text = error.to_string();
    match error {
        StoreError::Conflict(conflict) => of_conflict(text, &conflict.supersede),
        StoreError::SettlementConflict(conflict) => of_conflict(text, &conflict.supersede),
        StoreError::Superseded { .. } => Status::failed_precondition(text),
        StoreError::NotASource { .. } | StoreError::NotASettlementSource { .. } => Status::invalid_argument(text),
        StoreError::VendorSeries(refusal) => of_vendor_series(text, refusal),
        StoreError::Full { .. } => Status::resource_exhausted(text),
        StoreError::Contended { .. } | StoreError::GarbageChanged | StoreError::Busy { .. } => Status::aborted(text),
        StoreError::Manifest { .. }
        | StoreError::Missing { .. }
        | StoreError::MonthFile { .. }
        | StoreError::Damaged { .. }
        | StoreError::Unsealed { .. }
        | StoreError::DatasetAbsent { .. }
        | StoreError::InputAbsent { .. }
        | StoreError::DatasetDiffers { .. } => Status::data_loss(text),
        StoreError::Folder { .. }
        | StoreError::Object { .. }
        | StoreError::Sync { .. }
        | StoreError::Stopped { .. }
        | StoreError::NoBars { .. } => Status::internal(text),
    }
}

/// Metadata of a conflict: the files that would have to be superseded, so that a program can make the command of it.
const SUPERSEDE: &str = "supersede";

/// Files named in that metadata at most; with more of them they are years of daily revisions, and the headers of an answer
/// have a limit.
const SUPERSEDE_MAX: usize = 100;

/// A file that differs from what is stored.
fn of_conflict(mut text: String, supersede: &[Sha256]) -> Status {
    if supersede.len() > SUPERSEDE_MAX {
        text += &format!(
            "; {} stored files would have to be superseded, more than the {SUPERSEDE_MAX} that an answer can name: import a \
             part of the file at a time",
            supersede.len()
        );
    }
    let mut status = Status::failed_precondition(text);
    let files: Vec<String> = supersede.iter().map(ToString::to_string).collect();
    if let Ok(files) = MetadataValue::try_from(files.join(","))
        && supersede.len() <= SUPERSEDE_MAX
    {
        status.metadata_mut().insert(SUPERSEDE, files);
    }
    status
}

/// A vendor's file that does not join its series.
fn of_vendor_series(text: String, refusal: &VendorSeriesRefusal) -> Status {
    match refusal {
        VendorSeriesRefusal::Conflict(conflict) => of_conflict(text, &conflict.supersede()),
        VendorSeriesRefusal::Superseded { .. } => Status::failed_precondition(text),
        VendorSeriesRefusal::NotASource { .. } => Status::invalid_argument(text),
    }
}

/// Metadata of a refusal of a file that another verb imports, so that a program can make the command of it.
const IMPORTED_BY: &str = "imported-by";

/// Metadata of a refusal for want of facts: their names, separated by commas, so that a program can ask for them.
const MISSING_OPTIONS: &str = "missing-options";

/// Why a vendor file is refused: always something about the file, or about what was stated of it.
pub(crate) fn of_import(error: &ImportError) -> Status {
    let text = error.to_string();
    match error {
        ImportError::Missing { options, .. } => {
            let names: Vec<&str> = options.iter().map(|option| ImportOption::name(*option)).collect();
            let mut status = Status::invalid_argument(text);
            if let Ok(names) = MetadataValue::try_from(names.join(",")) {
                status.metadata_mut().insert(MISSING_OPTIONS, names);
            }
            status
        }
        ImportError::VendorContinuous { format, .. } => {
            let mut status = Status::invalid_argument(text);
            if VendorSeriesRequest::is_format(format) {
                status.metadata_mut().insert(IMPORTED_BY, MetadataValue::from_static("vendor-series"));
            }
            status
        }
        ImportError::Format { .. }
        | ImportError::OptionValue { .. }
        | ImportError::Contradiction { .. }
        | ImportError::Profile { .. }
        | ImportError::Unfit { .. }
        | ImportError::OffGrid { .. }
        | ImportError::BarLength { .. }
        | ImportError::FileName { .. }
        | ImportError::OtherRoot { .. }
        | ImportError::Symbol(_)
        | ImportError::RootNotBuilt { .. }
        | ImportError::Unreadable { .. }
        | ImportError::Malformed { .. }
        | ImportError::Implausible { .. }
        | ImportError::Conflict { .. }
        | ImportError::Calendar { .. }
        | ImportError::Shifted { .. }
        | ImportError::Empty
        | ImportError::TooManyBars { .. }
        | ImportError::TooManyRows
        | ImportError::NothingKept { .. } => Status::invalid_argument(text),
    }
}

/// Why a series is not built.
pub(crate) fn of_build(error: &BuildError) -> Status {
    let text = error.to_string();
    match error {
        BuildError::Calendar(_)
        | BuildError::Roll(_)
        | BuildError::RollTable(_)
        | BuildError::NoSession { .. }
        | BuildError::AsOfTooEarly { .. } => Status::invalid_argument(text),
        BuildError::NothingStored { .. }
        | BuildError::Chain(_)
        | BuildError::NeverMet { .. }
        | BuildError::Spread(_)
        | BuildError::Band(_)
        | BuildError::NoRows { .. } => Status::failed_precondition(text),
        BuildError::Volume { .. } => Status::data_loss(text),
        BuildError::Plan(_) => Status::internal(text),
        BuildError::Store(source) => of_store(source),
        BuildError::Series(source) => of_series(source),
    }
}

/// Why a stored series is not served.
pub(crate) fn of_series(error: &SeriesError) -> Status {
    let text = error.to_string();
    match error {
        SeriesError::Store(source) => of_store(source),
        SeriesError::ContractGone { .. }
        | SeriesError::Name { .. }
        | SeriesError::Plan { .. }
        | SeriesError::Overflow { .. }
        | SeriesError::Order(_)
        | SeriesError::Calendar(_)
        | SeriesError::Volume(_)
        | SeriesError::Closed { .. }
        | SeriesError::Differs { .. }
        | SeriesError::Short { .. } => Status::data_loss(text),
        SeriesError::Work(_) => Status::internal(text),
        SeriesError::Stopping => Status::unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::Sha256;

    use super::of_conflict;

    #[test]
    fn a_conflict_names_the_files_to_supersede_or_says_that_they_are_too_many() {
        let files = |count: u32| (0..count).map(|file| Sha256::of(&file.to_le_bytes())).collect::<Vec<_>>();
        let few = of_conflict("bars differ".to_owned(), &files(100));
        assert_eq!(few.message(), "bars differ");
        assert_eq!(few.metadata().get("supersede").unwrap().to_str().unwrap().split(',').count(), 100);
        let many = of_conflict("bars differ".to_owned(), &files(101));
        assert!(many.message().contains("; 101 stored files would have to be superseded"), "{many}");
        assert!(many.metadata().get("supersede").is_none());
    }
}
