//! Settlements and open interest as plain CSV.
#![no_main]

mod importing;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|bytes: &[u8]| {
    let read = importing::read_settlements("csv", bytes);
    let is_packed = bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    if let (Ok(file), false) = (read, is_packed) {
        let is_row = |line: &&[u8]| !String::from_utf8_lossy(line).trim().is_empty();
        let rows = bytes.split(|byte| *byte == b'\n').skip(1).filter(is_row).count();
        assert_eq!(file.dispositions.rows_in(), rows as u64, "each row has one fate: {}", file.dispositions);
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    importing::mutate(bytes, size, max_size, seed, importing::row_edits::edit)
});
