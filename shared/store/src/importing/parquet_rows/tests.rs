use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use parquet::arrow::ArrowWriter;
use peaktrade_domain::UnixNanos;

use crate::importing::testing::{damage_everywhere, read, told};

fn nanos(time: &str) -> i64 {
    time.parse::<UnixNanos>().unwrap().nanos()
}

fn file(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Two bars under a column of stamps, with more columns after them.
fn bars<'a>(name: &'a str, stamps: ArrayRef, more: Vec<(&'a str, ArrayRef)>) -> Vec<u8> {
    let price = |add: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![25_300.25 + add, 25_301.0 + add])) };
    let mut columns = vec![
        ("Open", price(0.0)),
        ("High", price(1.0)),
        ("Low", price(-1.0)),
        ("Close", price(0.5)),
        ("Volume", Arc::new(Int64Array::from(vec![12, 3])) as ArrayRef),
        (name, stamps),
    ];
    columns.extend(more);
    file(columns)
}

fn check(bytes: &[u8], stated: &[(&str, &str)], expected: Result<&str, &str>) {
    match (read("parquet", "bars.parquet", stated, bytes), expected) {
        (Ok(file), Ok(expected)) => assert_eq!(told(&file), expected),
        (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
        (found, expected) => panic!("{found:?}, expected {expected:?}"),
    }
}

const STATED: [(&str, &str); 3] = [("stamp", "open"), ("prices", "raw"), ("bar", "1m")];

#[test]
fn stamps_with_a_zone_are_instants_and_those_without_need_one() {
    let times = [nanos("2026-01-02T21:58:00Z"), nanos("2026-01-02T21:59:00Z")];
    let of_contract = [&STATED[..], &[("contract", "NQH2026")]].concat();
    let told = Ok("NQH2026: 01-02T21:58 25300.75 x12; 01-02T21:59 25301.5 x3; 2 kept");
    let zoned = TimestampNanosecondArray::from(times.to_vec()).with_timezone("America/New_York");
    let zoned = bars("timestamp", Arc::new(zoned), Vec::new());
    check(&zoned, &of_contract, told);
    check(
        &zoned,
        &[],
        Err("does not tell its stamp (such as open) and prices (such as raw) and bar (such as 1m) and contract"),
    );
    check(&zoned, &[&of_contract[..], &[("time_zone", "America/Chicago")]].concat(), Err("America/Chicago is stated"));
    // 15:58 in Chicago, in microseconds.
    let chicago = times.map(|time| (time - 6 * 3_600 * UnixNanos::SECOND) / 1_000);
    let naive = bars("datetime", Arc::new(TimestampMicrosecondArray::from(chicago.to_vec())), Vec::new());
    check(&naive, &of_contract, Err("does not tell its time_zone"));
    check(&naive, &[&of_contract[..], &[("time_zone", "America/Chicago")]].concat(), told);
    let epoch = bars("timestamp", Arc::new(Int64Array::from(times.to_vec())), Vec::new());
    check(&epoch, &of_contract, Err("its stamps are of type Int64"));
}

#[test]
fn a_column_of_symbols_names_the_contracts() {
    let times = vec![nanos("2026-01-02T21:58:00Z"), nanos("2026-01-02T21:58:00Z")];
    let stamps = || -> ArrayRef { Arc::new(TimestampNanosecondArray::from(times.clone()).with_timezone("UTC")) };
    let symbols =
        |second: &str| -> Vec<(&str, ArrayRef)> { vec![("symbol", Arc::new(StringArray::from(vec!["NQH6", second])))] };
    let two = bars("ts", stamps(), symbols("NQM6"));
    check(&two, &STATED, Ok("NQH2026: 01-02T21:58 25300.75 x12; NQM2026: 01-02T21:58 25301.5 x3; 2 kept"));
    let spread = bars("ts", stamps(), symbols("NQH6-NQM6"));
    check(&spread, &STATED, Ok("NQH2026: 01-02T21:58 25300.75 x12; 1 kept, 1 spread"));
    check(&two, &[&STATED[..], &[("contract", "NQH2026")]].concat(), Err("record 2: symbol \"NQM6\""));
}

#[test]
fn a_page_that_unpacks_to_more_than_may_be_held_is_refused() {
    let times = TimestampNanosecondArray::from(vec![nanos("2026-01-02T21:58:00Z"), nanos("2026-01-02T21:59:00Z")]);
    let long = "x".repeat((64 << 20) + 1);
    let symbols: ArrayRef = Arc::new(StringArray::from(vec!["NQH6", &long]));
    let bytes = bars("ts", Arc::new(times.with_timezone("UTC")), vec![("symbol", symbols)]);
    check(&bytes, &STATED, Err("bytes; at most 67108864 are read"));
}

#[test]
fn what_is_no_file_of_bars_is_refused() {
    let times: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![0, 1]).with_timezone("UTC"));
    check(&file(vec![("timestamp", times.clone())]), &STATED, Err("no column is called open"));
    let twice = bars("timestamp", times.clone(), vec![("time", times)]);
    check(&twice, &STATED, Err("two columns are called timestamp or ts"));
    check(b"PAR1", &STATED, Err("after record 0"));
    check(b"", &STATED, Err("after record 0"));
}

#[test]
fn a_damaged_file_is_read_or_refused() {
    let times = vec![nanos("2026-01-02T21:58:00Z"), nanos("2026-01-02T21:59:00Z")];
    let stamps = Arc::new(TimestampNanosecondArray::from(times).with_timezone("UTC"));
    let symbols: ArrayRef = Arc::new(StringArray::from(vec!["NQH6", "NQM6"]));
    damage_everywhere("parquet", "x.parquet", &STATED, &bars("ts", stamps, vec![("symbol", symbols)]));
}
