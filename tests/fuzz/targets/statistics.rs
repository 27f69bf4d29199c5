//! Settlements and open interest of Databento: DBN of schema statistics.
#![no_main]

mod importing;

use importing::record_edits::{Layout, end_of_metadata};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const DAY: i64 = 86_400_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

/// Header, then received, trade date, price, quantity, sequence, received delta, statistic, channel, action, flags.
const LAYOUT: Layout = Layout {
    first: end_of_metadata,
    length: |record| usize::from(record[0]) * 4,
    numbers: &[
        (4, 4, 1),
        (8, 8, HOUR),
        (8, 8, DAY),
        (24, 8, DAY),
        (32, 8, 50_000_000),
        (32, 8, 1),
        (40, 8, 1),
        (56, 2, 1),
        (60, 1, 1),
        (61, 1, 1),
    ],
    values: &[
        (1, &[0x18]),
        (1, &[0x16]),
        (56, &[3, 0]),
        (56, &[9, 0]),
        (60, &[1]),
        (60, &[2]),
        (61, &[3]),
        (61, &[0x83]),
        (32, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        (24, &[0xff; 8]),
    ],
};

/// Statistics among the records.
fn statistics(bytes: &[u8]) -> usize {
    let mut rest = bytes.get(end_of_metadata(bytes)..).unwrap_or_default();
    let mut statistics = 0;
    while let [length, kind, ..] = rest {
        statistics += usize::from(*kind == 0x18);
        rest = rest.get((usize::from(*length) * 4).max(1)..).unwrap_or_default();
    }
    statistics
}

fuzz_target!(|bytes: &[u8]| {
    importing::forgive(&["/dbn-"]);
    if let (Ok(file), true) = (importing::read_settlements("databento", bytes), bytes.starts_with(b"DBN")) {
        let rows = statistics(bytes) as u64;
        assert_eq!(file.dispositions.rows_in(), rows, "each row has one fate: {}", file.dispositions);
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    importing::mutate(bytes, size, max_size, seed, |bytes, chance| LAYOUT.edit(bytes, chance))
});
