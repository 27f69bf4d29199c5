//! Parquet: a file as it is, or one that is written here from a description of its columns, then damaged or not.
//!
//! The decoder panics on some damaged files, which the importer turns into a refusal. Its panics are therefore no
//! findings here; all others are.
#![no_main]

mod importing;

use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Float32Array, Float64Array, Int32Array, Int64Array, LargeStringArray, RecordBatch,
    StringArray, StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt32Array, UInt64Array, types::Int32Type,
};
use importing::chance::Chance;
use libfuzzer_sys::fuzz_target;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};
use peaktrade_store::fuzz;

/// 2025-01-13T15:00:00Z in seconds, an open Monday.
const START: i64 = 1_736_780_400;
/// Bytes that describe a file before those that describe its rows.
const HEAD_BYTES: usize = 16;
/// Rows of a written file at most.
const ROWS_MAX: usize = 400;

fuzz_target!(|bytes: &[u8]| {
    importing::forgive(&["/parquet-", "/arrow-", "/snap-", "/zstd-"]);
    if bytes.starts_with(b"PAR1") {
        let _ = fuzz::read("parquet", bytes);
        return;
    }
    let Some((head, rows)) = bytes.split_first_chunk::<HEAD_BYTES>() else { return };
    let Some(mut file) = written(head, rows) else { return };
    let read = fuzz::read("parquet", &file);
    importing::check_minutes(&read);
    importing::check_rows(&read, rows.len().min(ROWS_MAX));
    // Some of the files once more with a few bytes damaged.
    let mut chance = Chance::new(u32::from_le_bytes([head[12], head[13], head[14], head[15]]));
    for _ in 0..head[11] % 8 {
        let at = chance.below(file.len());
        file[at] = u8::try_from(chance.below(256)).unwrap_or(0);
    }
    let _ = fuzz::read("parquet", &file);
});

/// A file of the columns that the head describes, with a row for each byte after it.
fn written(head: &[u8; HEAD_BYTES], rows: &[u8]) -> Option<Vec<u8>> {
    let rows = &rows[..rows.len().min(ROWS_MAX)];
    let mut columns: Vec<(&str, ArrayRef)> = vec![(
        ["timestamp", "ts", "time", "datetime", "__index_level_0__", "Date", "ts_event", "open"]
            [usize::from(head[0] % 8)],
        stamps(head, rows),
    )];
    let names = ["Open", "high", "LOW", "close"];
    for (at, name) in names.into_iter().enumerate() {
        if head[1] >> at & 1 == 0 || head[1] > 0x3f {
            columns.push((name, prices(head[2 + at], at, rows)));
        }
    }
    columns.push((
        ["volume", "Volume", "vol", "symbol"][usize::from(head[6] / 2 % 4 * (head[6] & 1))],
        volumes(head[7], rows),
    ));
    if head[8] & 1 == 1 {
        columns.push((["symbol", "contract", "ticker", "close"][usize::from(head[8] / 2 % 4)], symbols(head[9], rows)));
    }
    let rotated = usize::from(head[8] / 16) % columns.len();
    columns.rotate_left(rotated);
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| {
        let is_nullable = column.null_count() > 0;
        (name, column, is_nullable)
    }));
    let batch = batch.ok()?;
    let mut properties = WriterProperties::builder()
        .set_compression(
            [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())]
                [usize::from(head[10] % 3)],
        )
        .set_dictionary_enabled(head[10] & 4 == 0)
        .set_writer_version(if head[10] & 8 == 0 { WriterVersion::PARQUET_1_0 } else { WriterVersion::PARQUET_2_0 })
        .set_data_page_row_count_limit(usize::from(head[11] / 8) + 1)
        .set_max_row_group_row_count(Some(usize::from(head[10] / 16) * 16 + 1));
    if head[10] & 4 != 0 {
        properties = properties.set_encoding(Encoding::PLAIN);
    }
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).ok()?;
    writer.write(&batch).ok()?;
    writer.into_inner().ok()
}

/// Minutes in order, with a step back or ahead where the byte of a row says so.
fn stamps(head: &[u8; HEAD_BYTES], rows: &[u8]) -> ArrayRef {
    let mut at = START;
    let mut seconds = Vec::with_capacity(rows.len());
    for row in rows {
        at += match row >> 4 {
            0 => 0,
            1 => 3_600,
            2 => -60,
            3 => 86_400,
            4 => 1,
            5 => 40 * 86_400 * i64::from(head[12]),
            _ => 60,
        };
        seconds.push(at);
    }
    let in_units = |units: i64| seconds.iter().map(|second| second.saturating_mul(units)).collect::<Vec<i64>>();
    let zone = ["UTC", "America/New_York", "US/Eastern", "+00:00", "Nowhere"].get(usize::from(head[12] % 8)).copied();
    match head[13] % 8 {
        0 | 1 => Arc::new(TimestampNanosecondArray::from(in_units(1_000_000_000)).with_timezone_opt(zone)),
        2 | 3 => Arc::new(TimestampMicrosecondArray::from(in_units(1_000_000)).with_timezone_opt(zone)),
        4 => Arc::new(TimestampMillisecondArray::from(in_units(1_000)).with_timezone_opt(zone)),
        5 => Arc::new(TimestampSecondArray::from(in_units(1)).with_timezone_opt(zone)),
        6 => Arc::new(TimestampNanosecondArray::from(
            in_units(1_000_000_000).into_iter().map(|nanos| (nanos % 7 != 0).then_some(nanos)).collect::<Vec<_>>(),
        )),
        _ => Arc::new(Int64Array::from(seconds)),
    }
}

/// Open, high, low or close by its number, in the type that a byte says.
fn prices(kind: u8, which: usize, rows: &[u8]) -> ArrayRef {
    let points = |row: &u8| {
        let level = 21_000.0 + f64::from(row & 0x0f);
        match (kind >> 4, row & 0x0f) {
            (1, 3) => f64::NAN,
            (2, 3) => f64::INFINITY,
            (3, 3) => level * 100.0,
            (4, 3) => level / 3.0,
            (5, 3) => -level,
            (6, 3) => level + 0.1,
            (7, 3) => level / 2.0,
            _ => level + [0.0, 1.0, -1.0, 0.25][which],
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "prices are of the size of an index")]
    let whole = |row: &u8| points(row) as i64;
    match kind & 7 {
        0..=2 => Arc::new(rows.iter().map(points).collect::<Float64Array>()),
        #[expect(clippy::cast_possible_truncation, reason = "prices are of the size of an index")]
        3 => Arc::new(rows.iter().map(|row| points(row) as f32).collect::<Float32Array>()),
        4 => Arc::new(rows.iter().map(whole).collect::<Int64Array>()),
        5 => Arc::new(rows.iter().map(|row| i32::try_from(whole(row)).unwrap_or(i32::MAX)).collect::<Int32Array>()),
        6 => Arc::new(rows.iter().map(|row| (row & 0x0f != 3).then(|| points(row))).collect::<Float64Array>()),
        _ => Arc::new(rows.iter().map(|row| points(row).to_string()).map(Some).collect::<StringArray>()),
    }
}

fn volumes(kind: u8, rows: &[u8]) -> ArrayRef {
    let contracts = |row: &u8| i64::from(*row) - i64::from(kind >> 7);
    match kind & 7 {
        0 | 1 => Arc::new(rows.iter().map(contracts).collect::<Int64Array>()),
        2 => Arc::new(rows.iter().map(|row| u64::from(*row) << (kind >> 2 & 0x3c)).collect::<UInt64Array>()),
        3 => Arc::new(rows.iter().map(|row| u32::from(*row)).collect::<UInt32Array>()),
        4 => Arc::new(rows.iter().map(|row| f64::from(*row) + f64::from(kind >> 6) / 2.0).collect::<Float64Array>()),
        5 => Arc::new(rows.iter().map(|row| (*row != 9).then_some(i64::from(*row))).collect::<Int64Array>()),
        6 => Arc::new(rows.iter().map(|row| i32::from(*row)).collect::<Int32Array>()),
        _ => Arc::new(rows.iter().map(|row| Some(row.to_string())).collect::<StringArray>()),
    }
}

fn symbols(kind: u8, rows: &[u8]) -> ArrayRef {
    let symbol =
        |row: &u8| ["NQH5", "NQH2025", "NQM5", "NQH5-NQM5", "ESH5", "NQZ0", "", "NQ.c.0"][usize::from(row & 7)];
    match kind % 5 {
        0 => Arc::new(rows.iter().map(|row| Some(symbol(row))).collect::<StringArray>()),
        1 => Arc::new(rows.iter().map(|row| Some(symbol(row))).collect::<LargeStringArray>()),
        2 => Arc::new(rows.iter().map(|row| Some(symbol(row))).collect::<StringViewArray>()),
        3 => Arc::new(rows.iter().map(|row| Some(symbol(row))).collect::<DictionaryArray<Int32Type>>()),
        _ => Arc::new(rows.iter().map(|row| (*row != 7).then(|| symbol(row))).collect::<StringArray>()),
    }
}
