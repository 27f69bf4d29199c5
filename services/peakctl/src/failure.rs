//! What can end a command, and the exit code that says so.

use std::io;

use peaktrade_gates::GateViolations;
use tonic::{Code, Status};

/// Why a command ended without success. The exit code tells a script a wrong file from a service that is away; the two
/// kinds that share one are told apart by what was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line asks for something that does not fit together.
    #[error("{0}")]
    Usage(String),
    /// The command ran, and what it checked does not hold.
    #[error("{0}")]
    Check(String),
    /// What was checked holds, with warnings that the caller does not let pass.
    #[error("{0}")]
    Warnings(String),
    /// The environment violates the offline gates.
    #[error("{0}")]
    Gates(GateViolations),
    /// A file, a setting or a request was refused.
    #[error("{0}")]
    Input(String),
    /// A service cannot be reached, does not answer in time, or cannot start.
    #[error("{0}")]
    Unavailable(String),
    /// A fault inside this program or a service.
    #[error("{0}")]
    Internal(String),
    /// What the original's program refuses, where its command line is reproduced.
    #[error("{0}")]
    OriginalFailed(String),
    /// Bars in the original's maintenance window.
    #[error("{0}")]
    OriginalMaintenance(String),
    /// The reader of stdout went away, as `head` does; nothing is wrong.
    #[error("stdout was closed by its reader")]
    ReaderGone,
}

impl Failure {
    /// The exit code of this kind.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::ReaderGone => 0,
            Self::OriginalFailed(_) => 1,
            // The original's own code for it, which is also that of usage.
            Self::Usage(_) | Self::OriginalMaintenance(_) => 2,
            Self::Check(_) => 3,
            Self::Warnings(_) => 4,
            Self::Gates(_) => 64,
            Self::Input(_) => 65,
            Self::Unavailable(_) => 69,
            Self::Internal(_) => 70,
        }
    }

    /// The kind's name in JSON documents.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::ReaderGone => "reader_gone",
            Self::OriginalFailed(_) => "original_failed",
            Self::OriginalMaintenance(_) => "maintenance",
            Self::Usage(_) => "usage",
            Self::Check(_) => "check_failed",
            Self::Warnings(_) => "warnings",
            Self::Gates(_) => "gates",
            Self::Input(_) => "bad_input",
            Self::Unavailable(_) => "service_unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// What JSON documents say of it.
    pub(crate) fn document(&self) -> serde_json::Value {
        serde_json::json!({ "kind": self.kind(), "exit_code": self.exit_code(), "message": self.to_string() })
    }

    /// What a service answered when it was asked to `action`.
    pub(crate) fn from_status(action: &str, status: &Status) -> Self {
        let text = format!("{action}: {} ({:?})", status.message(), status.code());
        match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::PermissionDenied
            | Code::Unauthenticated => Self::Input(text),
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled | Code::Aborted => {
                Self::Unavailable(text)
            }
            Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => Self::Internal(text),
        }
    }

    /// A file that could not be read or written.
    pub(crate) fn from_file(action: &str, path: &std::path::Path, error: &io::Error) -> Self {
        Self::Input(format!("{action} {}: {error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_gates::OfflineGate;
    use tonic::{Code, Status};

    use super::Failure;

    #[test]
    fn kinds_have_names_and_exit_codes_of_their_own_but_for_the_originals() {
        let text = || "why".to_owned();
        let gates = OfflineGate::check([("NO_LIVE".to_owned(), "false".to_owned())]).unwrap_err();
        let kinds = [
            (Failure::ReaderGone, "reader_gone", 0),
            (Failure::OriginalFailed(text()), "original_failed", 1),
            (Failure::Usage(text()), "usage", 2),
            // The original's own code.
            (Failure::OriginalMaintenance(text()), "maintenance", 2),
            (Failure::Check(text()), "check_failed", 3),
            (Failure::Warnings(text()), "warnings", 4),
            (Failure::Gates(gates), "gates", 64),
            (Failure::Input(text()), "bad_input", 65),
            (Failure::Unavailable(text()), "service_unavailable", 69),
            (Failure::Internal(text()), "internal", 70),
        ];
        for (failure, kind, exit_code) in kinds {
            assert_eq!((failure.kind(), failure.exit_code()), (kind, exit_code));
            let document = failure.document();
            assert_eq!((&document["kind"], &document["exit_code"]), (&kind.into(), &exit_code.into()));
            assert_eq!(document["message"], failure.to_string());
        }
    }

    #[test]
    fn every_code_of_a_service_is_bad_input_unavailable_or_a_fault() {
        let cases = [
            (Code::Ok, 70),
            (Code::Cancelled, 69),
            (Code::Unknown, 70),
            (Code::InvalidArgument, 65),
            (Code::DeadlineExceeded, 69),
            (Code::NotFound, 65),
            (Code::AlreadyExists, 65),
            (Code::PermissionDenied, 65),
            (Code::ResourceExhausted, 69),
            (Code::FailedPrecondition, 65),
            (Code::Aborted, 69),
            (Code::OutOfRange, 65),
            (Code::Unimplemented, 65),
            (Code::Internal, 70),
            (Code::Unavailable, 69),
            (Code::DataLoss, 70),
            (Code::Unauthenticated, 65),
        ];
        for (at, (code, exit)) in (0..).zip(cases) {
            assert_eq!(code, Code::from_i32(at), "a code is left out");
            let failure = Failure::from_status("building", &Status::new(code, "why"));
            assert_eq!(failure.exit_code(), exit, "{code:?}");
            assert_eq!(failure.to_string(), format!("building: why ({code:?})"));
        }
    }
}
