//! What can end a command, and the exit code that says so.

use std::io;

use peaktrade_gates::GateViolations;
use tonic::{Code, Status};

/// Why a command ended without success. Each kind has an exit code of its own, so that a script can tell a wrong file
/// from a service that is away.
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
    use tonic::{Code, Status};

    use super::Failure;

    #[test]
    fn each_kind_has_its_own_exit_code() {
        let check = |code: Code, exit: u8| {
            let failure = Failure::from_status("building", &Status::new(code, "why"));
            assert_eq!(failure.exit_code(), exit, "{code:?}");
            assert!(failure.to_string().starts_with("building: why"), "{failure}");
        };
        check(Code::InvalidArgument, 65);
        check(Code::FailedPrecondition, 65);
        check(Code::NotFound, 65);
        check(Code::Unimplemented, 65);
        check(Code::Unavailable, 69);
        check(Code::DeadlineExceeded, 69);
        check(Code::Internal, 70);
        check(Code::Unknown, 70);
    }
}
