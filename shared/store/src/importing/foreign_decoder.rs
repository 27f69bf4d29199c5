//! Decoders of other crates, some of which panic on damaged files.

use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe};

/// Work of such a decoder. A panic is a refusal of the file here: the decoder is dropped and nothing that it had begun is
/// looked at. `damaged` says of what it is a refusal.
pub(super) fn decoded<T, E: fmt::Display>(damaged: &str, work: impl FnOnce() -> Result<T, E>) -> io::Result<T> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| io::Error::other(one_line(&error.to_string()))),
        Err(_panic) => Err(io::Error::other(damaged.to_owned())),
    }
}

/// A decoder's words, which may repeat what stands in the file, line ends and all.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn errors_and_panics_become_refusals_of_one_line() {
        let told = |work: fn() -> Result<(), String>| decoded("damaged", work).unwrap_err().to_string();
        assert_eq!(told(|| Err("couldn't convert 3\n to u32".to_owned())), "couldn't convert 3\u{fffd} to u32");
        assert_eq!(told(|| panic!("too short")), "damaged");
    }
}
