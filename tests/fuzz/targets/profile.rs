//! Profiles of the caller's: a profile, a file name and a file, each after a line `===`.
#![no_main]

mod importing;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use peaktrade_store::fuzz;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.splitn(3, "\n===\n");
    let (profile, file_name, file) = (parts.next(), parts.next(), parts.next());
    let is_read = fuzz::read_profile(profile.unwrap_or_default());
    let read = fuzz::read_by_profile(
        profile.unwrap_or_default(),
        file_name.unwrap_or_default(),
        file.unwrap_or_default().as_bytes(),
    );
    assert!(is_read.is_ok() || read.is_err());
    importing::check_minutes(&read);
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    importing::mutate(bytes, size, max_size, seed, importing::row_edits::edit)
});
