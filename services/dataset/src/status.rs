//! Errors as gRPC status: the one place where a code is chosen.

use peaktrade_store::{ImportError, StoreError};
use tonic::Status;

use crate::build::BuildError;
use crate::series::SeriesError;

/// What the store cannot do.
pub(crate) fn of_store(error: &StoreError) -> Status {
    let text = error.to_string();
    match error {
        StoreError::Conflict { .. } => Status::failed_precondition(text),
        StoreError::Contended { .. } => Status::aborted(text),
        StoreError::Manifest { .. }
        | StoreError::Missing { .. }
        | StoreError::MonthFile { .. }
        | StoreError::Damaged { .. }
        | StoreError::DatasetDiffers { .. } => Status::data_loss(text),
        StoreError::Folder { .. } | StoreError::Object { .. } | StoreError::Sync { .. } | StoreError::NoBars { .. } => {
            Status::internal(text)
        }
    }
}

/// Why a vendor file is refused: always something about the file.
pub(crate) fn of_import(error: &ImportError) -> Status {
    let text = error.to_string();
    match error {
        ImportError::Format { .. }
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
        BuildError::NothingStored { .. } | BuildError::Chain(_) | BuildError::Spread(_) | BuildError::NoRows { .. } => {
            Status::failed_precondition(text)
        }
        BuildError::Stitch(_) | BuildError::Work(_) => Status::internal(text),
        BuildError::Store(source) => of_store(source),
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
        | SeriesError::Differs { .. } => Status::data_loss(text),
        SeriesError::Work(_) => Status::internal(text),
        SeriesError::Stopping => Status::unavailable(text),
    }
}
