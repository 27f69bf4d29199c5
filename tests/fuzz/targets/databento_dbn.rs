//! Databento: DBN of versions 1 to 3, with mappings, definitions and records of other kinds.
#![no_main]

mod importing;

use importing::record_edits::{Layout, end_of_metadata};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const SECOND: i64 = 1_000_000_000;
const QUARTER: i64 = 250_000_000;
/// Bytes for each unit of the length in a record's first byte.
const LENGTH_UNIT: usize = 4;

/// Header of length, kind, publisher, instrument and time; then, in a bar, four prices and a volume.
const LAYOUT: Layout = Layout {
    first: end_of_metadata,
    length: |record| usize::from(record[0]) * LENGTH_UNIT,
    numbers: &[
        (1, 1, 1),
        (4, 4, 1),
        (8, 8, 1),
        (8, 8, SECOND),
        (8, 8, 60 * SECOND),
        (8, 8, 3_600 * SECOND),
        (8, 8, 86_400 * SECOND),
        (16, 8, QUARTER),
        (24, 8, QUARTER),
        (32, 8, QUARTER),
        (40, 8, QUARTER),
        (40, 8, 1),
        (48, 8, 1),
    ],
    values: &[
        // Kinds: bars of a second, a minute, an hour; definition, mapping, system, statistics, error, status.
        (1, &[0x20]),
        (1, &[0x21]),
        (1, &[0x22]),
        (1, &[0x13]),
        (1, &[0x16]),
        (1, &[0x17]),
        (1, &[0x18]),
        (1, &[0x15]),
        (1, &[0x12]),
        (16, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        (0, &[14]),
        (0, &[0]),
    ],
};

/// Bars among the records.
fn bars(bytes: &[u8]) -> usize {
    let mut rest = bytes.get(end_of_metadata(bytes)..).unwrap_or_default();
    let mut bars = 0;
    while let [length, kind, ..] = rest {
        bars += usize::from((0x20..=0x24).contains(kind));
        rest = rest.get((usize::from(*length) * LENGTH_UNIT).max(1)..).unwrap_or_default();
    }
    bars
}

fuzz_target!(|bytes: &[u8]| {
    importing::forgive(&["/dbn-"]);
    let read = importing::read("databento", bytes);
    if bytes.starts_with(b"DBN") {
        importing::check_rows(&read, bars(bytes));
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    importing::mutate(bytes, size, max_size, seed, |bytes, chance| LAYOUT.edit(bytes, chance))
});
