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
fn what_is_withdrawn_goes_without_its_value_and_only_where_it_is_final() {
    const VOID: u8 = 0x80;
    let price = 19_430 * POINT;
    let settled = |time: &'static str, value: i64, flags: u8, action: u8| -> Row<'static> {
        (1, time, "2024-12-10", SETTLEMENT, value, flags, action)
    };
    let (first, second) = ("2024-12-10T21:05:00Z", "2024-12-10T21:06:00Z");
    let other = (2, first, "2024-12-10", SETTLEMENT, price + POINT, FINAL_ACTUAL, 1);
    let (left, both) = (
        "NQM2025 2024-12-10,19431,2024-12-10T21:05:00Z,,: 1 kept, 2 replaced",
        "NQH2025 2024-12-10,19430,2024-12-10T21:05:00Z,,; NQM2025 2024-12-10,19431,2024-12-10T21:05:00Z,,: 2 kept, 1 preliminary",
    );
    for (value, flags, action, expected) in [
        (i64::MAX, FINAL_ACTUAL, DELETE, left),
        (price, FINAL_ACTUAL, DELETE, left),
        (i64::MAX, FINAL_ACTUAL | VOID, 1, left),
        (price, FINAL_ACTUAL | VOID, 1, left),
        (price, 2, DELETE, both),
        (i64::MAX, 2, DELETE, both),
    ] {
        let rows = [settled(first, price, FINAL_ACTUAL, 1), other, settled(second, value, flags, action)];
        check(&file(3, &rows), Ok(expected));
    }
    // A fact of another kind stays.
    let night = "2024-12-11T03:00:00Z";
    let interest = |value: i64, action: u8| (1, night, "2024-12-10", OPEN_INTEREST, value, 0, action);
    let rows = [settled(first, price, FINAL_ACTUAL, 1), interest(9, 1), interest(i64::MAX, DELETE)];
    check(&file(3, &rows), Ok("NQH2025 2024-12-10,19430,2024-12-10T21:05:00Z,,: 1 kept, 2 replaced"));
}

#[test]
fn both_dialects_of_csv_say_what_dbn_says() {
    let header = "ts_recv,ts_event,rtype,publisher_id,instrument_id,ts_ref,price,quantity,sequence,ts_in_delta,stat_type,\
                  channel_id,update_action,stat_flags,symbol\n";
    let pretty = "2024-12-10T21:05:00.000000000Z,2024-12-10T21:05:00.000000000Z,24,1,1,2024-12-10T00:00:00.000000000Z,\
                  19430.250000000,9223372036854775807,7,0,3,0,1,3,NQH5\n\
                  2024-12-11T03:00:00.000000000Z,2024-12-11T03:00:00.000000000Z,24,1,1,2024-12-10T00:00:00.000000000Z,\
                  ,245000,7,0,9,0,1,0,NQH5\n\
                  2024-12-11T03:00:00.000000000Z,2024-12-11T03:00:00.000000000Z,24,1,1,,,600000,7,0,6,0,1,0,NQH5\n";
    let (afternoon, night, day) =
        (1_733_864_700_000_000_000_u64, 1_733_886_000_000_000_000_u64, 1_733_788_800_000_000_000_u64);
    let undefined = i64::MAX;
    let raw = format!(
        "{afternoon},{afternoon},24,1,1,{day},19430250000000,2147483647,7,0,3,0,1,3,NQH5\n\
         {night},{night},24,1,1,{day},{undefined},245000,7,0,9,0,1,0,NQH5\n\
         {night},{night},24,1,1,{},{undefined},600000,7,0,6,0,1,0,NQH5\n",
        u64::MAX
    );
    let told =
        "NQH2025 2024-12-10,19430.25,2024-12-10T21:05:00Z,245000,2024-12-11T03:00:00Z: 2 kept, 1 other statistic";
    check(format!("{header}{pretty}").as_bytes(), Ok(told));
    check(format!("{header}{raw}").as_bytes(), Ok(told));
    let withdrawn = format!("{night},{night},24,1,1,{day},{undefined},{undefined},7,0,9,0,2,0,NQH5\n");
    check(
        format!("{header}{raw}{withdrawn}").as_bytes(),
        Ok("NQH2025 2024-12-10,19430.25,2024-12-10T21:05:00Z,,: 1 kept, 2 replaced, 1 other statistic"),
    );
    let spread = raw.replace(",NQH5", ",NQH5-NQM5");
    check(format!("{header}{spread}").as_bytes(), Err("none of its 3 rows can be kept: 1 other statistic, 2 spread"));
    let refuse = |rows: &str, part: &str| check(format!("{header}{rows}").as_bytes(), Err(part));
    refuse(&pretty.replacen("19430.250000000", "19430.25x", 1), "line 2: price");
    refuse(&raw.replacen(",3,0,1,3,", ",3,0,1,300,", 1), "line 2: stat_flags \"300\" is no number of its range");
    refuse(&raw.replacen(&format!(",1,{day},"), ",1,,", 1), "line 2: its ts_ref, the trade date, is not set");
    refuse(&raw.replacen(",NQH5", "", 1), "line 2: 14 fields; 15 are required");
    let nameless = format!("{header}{raw}").replace(",symbol", "").replace(",NQH5", "");
    check(nameless.as_bytes(), Err("header: no column is symbol"));
    check(header.replace("ts_ref", "price").as_bytes(), Err("header: no column is ts_ref"));
    check(header.replace("sequence", "price").as_bytes(), Err("header: two columns are price"));
}

#[test]
fn what_is_no_file_of_statistics_or_cannot_be_right_is_refused() {
    let night = "2024-12-11T03:00:00Z";
    check(b"contract,trade_date\n", Err("line 1: header: no column is ts_event"));
    check(b"PAR1", Err("it is no text but a Parquet file"));
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
    check(&file(3, &[open, scaled]), Err("1 settlement prices are outside 700 to 69000"));
}

#[test]
fn a_vendor_sample_is_read_and_holds_nothing_of_use() {
    let shared = std::env::var_os("PEAKTRADE_SHARED").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let folder = shared.join("databento-python/tests/data/GLBX.MDP3");
    match std::fs::read(folder.join("test_data.statistics.dbn.zst")) {
        Ok(bytes) => check(&bytes, Err("other statistic")),
        // Where the folder is named, the sample is there; without it a clone has none.
        Err(error) => assert!(std::env::var_os("PEAKTRADE_SHARED").is_none(), "{}: {error}", folder.display()),
    }
}
