//! Sierra Chart: intraday files of trades or bars.
#![no_main]

mod importing;

use importing::record_edits::Layout;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const HEADER_BYTES: usize = 56;
const RECORD_BYTES: usize = 40;
const MICROSECONDS: i64 = 1_000_000;

/// Time, four prices as floats, number of trades, volume, volumes at bid and ask.
const LAYOUT: Layout = Layout {
    first: |_| HEADER_BYTES,
    length: |_| RECORD_BYTES,
    numbers: &[
        (0, 8, 1),
        (0, 8, MICROSECONDS),
        (0, 8, 60 * MICROSECONDS),
        (0, 8, 3_600 * MICROSECONDS),
        // The last bits of a float near 20,000 are 1/512 each; the others make a quarter.
        (8, 4, 128),
        (12, 4, 128),
        (16, 4, 128),
        (20, 4, 128),
        (20, 4, 1),
        (28, 4, 1),
        (28, 4, 1 << 24),
    ],
    values: &[
        // Opens: none, first and last trade of a group.
        (8, &[0; 4]),
        (8, &[0x99, 0x76, 0x96, 0xfd]),
        (8, &[0x9a, 0x76, 0x96, 0xfd]),
        (20, &[0, 0, 0xc0, 0x7f]),
        (20, &[0, 0, 0x80, 0x7f]),
        (28, &[0; 4]),
    ],
};

fuzz_target!(|bytes: &[u8]| {
    let read = importing::read("scid", bytes);
    if bytes.starts_with(b"SCID") {
        let header = bytes.get(4..8).and_then(|length| length.try_into().ok()).map_or(0, u32::from_le_bytes);
        let rows = bytes.len().saturating_sub(usize::try_from(header).unwrap_or(usize::MAX)) / RECORD_BYTES;
        importing::check_rows(&read, rows);
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    importing::mutate(bytes, size, max_size, seed, |bytes, chance| LAYOUT.edit(bytes, chance))
});
