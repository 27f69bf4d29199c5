//! Continuous series of a vendor: chart exports of TradingView, behind a line with the interval and what is stated of prices.
#![no_main]

mod importing;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use peaktrade_store::fuzz;

fuzz_target!(|bytes: &[u8]| {
    let read = fuzz::read_vendor_series(bytes);
    let file = bytes.iter().position(|byte| *byte == b'\n').map_or(&bytes[bytes.len()..], |end| &bytes[end + 1..]);
    let is_packed = file.starts_with(&[0x1f, 0x8b]) || file.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    if let (Ok(series), false) = (read, is_packed) {
        // The header, and the one empty line that may end a file.
        let extra = importing::row_edits::header_and_blank(file);
        let rows = importing::lines(file) - extra;
        assert_eq!(series.dispositions.rows_in(), rows as u64, "each row has one fate: {}", series.dispositions);
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    importing::mutate(bytes, size, max_size, seed, importing::row_edits::edit)
});
