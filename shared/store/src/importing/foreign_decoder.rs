//! Decoders of other crates, some of which panic on damaged files.

use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe};

/// Work of such a decoder. A panic is a refusal of the file here: the decoder is dropped and nothing that it had begun is
/// looked at. `damaged` says of what it is a refusal.
pub(super) fn decoded<T, E: fmt::Display>(damaged: &str, work: impl FnOnce() -> Result<T, E>) -> io::Result<T> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| io::Error::other(error.to_string())),
        Err(_panic) => Err(io::Error::other(damaged.to_owned())),
    }
}
