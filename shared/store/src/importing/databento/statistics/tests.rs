use peaktrade_domain::{Calendar, UnixNanos};

use crate::importing::databento::testing::{File, STATISTICS};
use crate::importing::{SettlementFormat, import_settlements};
use crate::settlement_facts::encode;

const SETTLEMENT: u16 = 3;
const OPEN_INTEREST: u16 = 9;
const CLEARED_VOLUME: u16 = 6;
const FINAL_ACTUAL: u8 = 3;
const DELETE: u8 = 2;

/// One record: id, published, trade date, statistic, value (1e-9 points or contracts), flags, action.
type Row<'a> = (u32, &'a str, &'a str, u16, i64, u8, u8);

fn file(version: u8, rows: &[Row<'_>]) -> Vec<u8> {
    let mut file = File::of(version, &[("NQH5", 1), ("NQM5", 2), ("NQH5-NQM5", 3), ("ESH5", 4)]);
    file.schema = STATISTICS;
    for (id, published, trade_date, statistic, value, flags, action) in rows {
        let nanos = |text: &str| text.parse::<UnixNanos>().unwrap().nanos();
        let reference = if trade_date.is_empty() { -1 } else { nanos(&format!("{trade_date}T00:00:00Z")) };
        let (price, quantity) = if *statistic == SETTLEMENT { (*value, None) } else { (i64::MAX, Some(*value)) };
        let mut record = vec![0_u8, 0x18];
        record.extend(1_u16.to_le_bytes());
        record.extend(id.to_le_bytes());
        record.extend(nanos(published).to_le_bytes());
        record.extend(nanos(published).to_le_bytes());
        record.extend(reference.to_le_bytes());
        record.extend(price.to_le_bytes());
        // Versions 1 and 2 have 32 bits for a quantity and for the reserved end.
        if version < 3 {
            record.extend(quantity.map_or(i32::MAX, |value| i32::try_from(value).unwrap()).to_le_bytes());
        } else {
            record.extend(quantity.unwrap_or(i64::MAX).to_le_bytes());
        }
        record.extend(7_u32.to_le_bytes());
        record.extend(0_i32.to_le_bytes());
        record.extend(statistic.to_le_bytes());
        record.extend(0_u16.to_le_bytes());
        record.extend([*action, *flags]);
        record.resize(if version < 3 { 64 } else { 80 }, 0);
        record[0] = u8::try_from(record.len() / 4).unwrap();
        file.records.extend(record);
    }
    file.bytes()
}

/// Expected are each contract's facts as text and the rows by fate, or a part of the refusal.
fn check(bytes: &[u8], expected: Result<&str, &str>) {
    let root = "NQ".parse().unwrap();
    let found = import_settlements(bytes, SettlementFormat::Databento, root, &Calendar::shipped());
    match (found.map_err(|error| error.to_string()), expected) {
        (Ok(found), Ok(expected)) => {
            let lines = |text: String| text.lines().skip(1).collect::<Vec<_>>().join(" ");
            let of = |one: &crate::ContractSettlements| format!("{} {}", one.contract, lines(encode(&one.facts)));
            let told: Vec<String> = found.contracts.iter().map(of).collect();
            assert_eq!(format!("{}: {}", told.join("; "), found.dispositions), expected);
        }
        (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
        (found, expected) => panic!("{found:?}, expected {expected:?}"),
    }
}

const POINT: i64 = 1_000_000_000;

#[test]
fn final_settlements_and_published_open_interest_are_read_from_every_version() {
    let (afternoon, night) = ("2024-12-10T21:05:00Z", "2024-12-11T03:00:00Z");
    let rows = [
        (1, "2024-12-10T21:01:00Z", "2024-12-10", SETTLEMENT, 19_430 * POINT, 2, 1),
        (1, afternoon, "2024-12-10", SETTLEMENT, 19_430 * POINT + POINT / 4, FINAL_ACTUAL, 1),
        (2, afternoon, "2024-12-10", SETTLEMENT, 19_637 * POINT + POINT / 20, FINAL_ACTUAL, 1),
        (3, afternoon, "2024-12-10", SETTLEMENT, 207 * POINT, FINAL_ACTUAL, 1),
        (4, afternoon, "2024-12-10", SETTLEMENT, 5_600 * POINT, FINAL_ACTUAL, 1),
        (1, night, "2024-12-10", OPEN_INTEREST, 245_000, 0, 1),
        (1, night, "2024-12-10", CLEARED_VOLUME, 600_000, 0, 1),
        (9, night, "2024-12-10", OPEN_INTEREST, 1, 0, 1),
    ];
    for version in 1..=3 {
        check(
            &file(version, &rows),
            Ok("NQH2025 2024-12-10,19430.25,2024-12-10T21:05:00Z,245000,2024-12-11T03:00:00Z; \
                NQM2025 2024-12-10,19637.05,2024-12-10T21:05:00Z,,: 3 kept, 1 preliminary, 1 other statistic, 1 spread, \
                2 unknown symbol"),
        );
    }
}

#[test]
fn what_is_published_later_corrects_and_withdraws_and_what_is_repeated_was_known_before() {
    let (three, four) = ("2024-12-11T03:00:00Z", "2024-12-11T04:00:00Z");
    let (five, six) = ("2024-12-11T05:00:00Z", "2024-12-11T06:00:00Z");
    let told = |time: &'static str, contracts: i64, action: u8| -> Row<'static> {
        (1, time, "2024-12-10", OPEN_INTEREST, contracts, 0, action)
    };
    let corrected = [told(three, 10, 1), told(four, 10, 1), told(five, 11, 1), told(six, 11, 1)];
    check(&file(3, &corrected), Ok("NQH2025 2024-12-10,,,11,2024-12-11T05:00:00Z: 1 kept, 2 duplicate, 1 replaced"));
    let other = (2, three, "2024-12-10", OPEN_INTEREST, 5, 0, 1);
    let withdrawn = [told(three, 10, 1), other, told(five, 10, DELETE)];
    check(&file(3, &withdrawn), Ok("NQM2025 2024-12-10,,,5,2024-12-11T03:00:00Z: 1 kept, 2 replaced"));
}

#[test]
fn what_is_no_file_of_statistics_or_cannot_be_right_is_refused() {
    let night = "2024-12-11T03:00:00Z";
    check(b"contract,trade_date\n", Err("it is not DBN"));
    check(b"", Err("the file is empty"));
    let mut bars = File::of(3, &[("NQH5", 1)]);
    bars.schema = 6;
    check(&bars.bytes(), Err("its schema is ohlcv-1m; statistics is required"));
    let open = (1, night, "2024-12-10", OPEN_INTEREST, 10, 0, 1);
    let whole = file(3, &[open]);
    check(&whole[..whole.len() - 8], Err("cut off"));
    check(
        &file(3, &[(1, night, "", OPEN_INTEREST, 10, 0, 1)]),
        Err("record 1: its ts_ref, the trade date, is not set"),
    );
    check(&file(3, &[(1, night, "2024-12-10", OPEN_INTEREST, -1, 0, 1)]), Err("open interest -1"));
    // Open interest of a trade date cannot be known before its close.
    let early = (1, "2024-12-10T21:59:59Z", "2024-12-10", OPEN_INTEREST, 10, 0, 1);
    check(&file(3, &[early]), Err("cannot have been known at 2024-12-10T21:59:59Z, before 2024-12-10T22:00:00Z"));
    let scaled = (1, night, "2024-12-10", SETTLEMENT, 1_943_000 * POINT, FINAL_ACTUAL, 1);
    check(&file(3, &[scaled]), Err("1 price scale"));
    check(&file(3, &[open, scaled]), Err("1 settlement prices are outside 500 to 200000"));
}

#[test]
fn a_vendor_sample_is_read_and_holds_nothing_of_use() {
    let shared = std::env::var_os("PEAKTRADE_SHARED").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let folder = shared.join("databento-python/tests/data/GLBX.MDP3");
    let Ok(bytes) = std::fs::read(folder.join("test_data.statistics.dbn.zst")) else { return };
    check(&bytes, Err("other statistic"));
}
