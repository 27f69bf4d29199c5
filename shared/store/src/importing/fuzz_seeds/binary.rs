//! Seeds of binary files.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use zip::write::SimpleFileOptions;

use super::texts::{Minute, minutes};
use super::{Seed, seed};
use crate::importing::databento::testing::{File, OHLCV_1S, STATISTICS, definition, nanos};

pub(super) fn all() -> Vec<Seed> {
    [dbn(), statistics(), scid(), lean(), parquet()].into_iter().flatten().collect()
}

fn dbn() -> Vec<Seed> {
    let one = |name: &str, file: File| seed("databento_dbn", name, file.bytes());
    let (first, second) = ("2024-07-01T14:00:00Z", "2024-07-01T14:01:00Z");
    let ids = [("NQU4", 1), ("NQU4-NQZ4", 2), ("ESU4", 3)];
    let few = |version: u8| {
        File::of(version, &ids)
            .bar(33, 1, first, 80_000, 12)
            .bar(33, 2, first, 400, 1)
            .bar(33, 3, first, 22_000, 1)
            .bar(33, 1, second, 80_001, 3)
    };
    let mut seconds = File { schema: OHLCV_1S, ..File::of(3, &ids) };
    for second in 0..9 {
        seconds = seconds.bar(32, 1, &format!("2024-07-01T14:00:0{second}Z"), 80_000 + second, 1);
    }
    let mut changing = File::new(2);
    changing.mappings = vec![("NQU4", 7, 20_240_601, 20_240_702), ("NQZ4", 7, 20_240_702, 20_240_801)];
    let defined = definition("NQU4", 1, (2024, 9), "2024-09-20T13:30:00Z");
    let misdated = definition("NQU4", 1, (2024, 9), "2024-09-19T13:30:00Z");
    let old = dbn::v1::InstrumentDefMsg {
        hd: dbn::RecordHeader::new::<dbn::v1::InstrumentDefMsg>(0x13, 1, 1, 0),
        ..dbn::v1::InstrumentDefMsg::default()
    };
    let told = dbn::SymbolMappingMsg::new(
        9,
        1_719_842_400_000_000_000,
        dbn::SType::RawSymbol,
        "NQU4",
        dbn::SType::InstrumentId,
        "9",
        1_719_792_000_000_000_000,
        1_719_878_400_000_000_000,
    );
    vec![
        one("accepted_version_1", few(1)),
        one("accepted_version_2", few(2)),
        one("accepted_version_3", few(3)),
        one("accepted_seconds", seconds),
        one(
            "accepted_two_days",
            changing.bar(33, 7, "2024-07-01T23:59:00Z", 80_000, 1).bar(33, 7, "2024-07-02T00:00:00Z", 80_400, 1),
        ),
        one("accepted_definition", File::new(3).record(&defined).bar(33, 1, first, 80_000, 1)),
        one("accepted_old_definition", few(1).record(&old)),
        one("accepted_mapping", few(3).record(&told.unwrap()).bar(33, 9, second, 80_000, 1)),
        one("refused_definition", File::new(3).record(&misdated).bar(33, 1, first, 80_000, 1)),
        one("refused_hours", few(3).bar(34, 1, first, 80_000, 1)),
        one("refused_empty", File::of(3, &ids)),
    ]
}

fn statistics() -> Vec<Seed> {
    let (settlement, open_interest, cleared) = (3, 9, 6);
    let record = |id: u32, of: u16, value: i64, flags: u8, action: u8| {
        let mut record = dbn::StatMsg {
            hd: dbn::RecordHeader::new::<dbn::StatMsg>(0x18, 1, id, nanos("2025-01-14T15:00:00Z")),
            ts_recv: nanos("2025-01-14T15:00:00Z"),
            ts_ref: nanos("2025-01-13T00:00:00Z"),
            stat_type: of,
            stat_flags: flags,
            update_action: action,
            ..dbn::StatMsg::default()
        };
        if of == settlement {
            record.price = value;
        } else {
            record.quantity = value;
        }
        record
    };
    let file = || {
        let file = File { schema: STATISTICS, ..File::new(3) };
        let days = |symbol, id| (symbol, id, 20_250_101, 20_250_201);
        File { mappings: vec![days("NQH5", 1), days("NQM5", 2), days("NQH5-NQM5", 3)], ..file }
    };
    let price = |quarters: i64| quarters * 250_000_000;
    let one = |name: &str, file: File| seed("statistics", name, file.bytes());
    vec![
        one(
            "accepted_few",
            file()
                .record(&record(1, settlement, price(84_001), 3, 1))
                .record(&record(2, settlement, price(84_801), 3, 1))
                .record(&record(1, open_interest, 250_000, 0, 1))
                .record(&record(1, cleared, 9, 0, 1)),
        ),
        one(
            "accepted_corrected",
            file()
                .record(&record(1, settlement, price(84_001), 2, 1))
                .record(&record(1, settlement, price(84_001), 3, 1))
                .record(&record(1, settlement, price(84_002), 3, 1))
                .record(&record(2, open_interest, 9, 0, 1))
                .record(&record(2, open_interest, 9, 0, 2)),
        ),
        one("refused_spread", file().record(&record(3, settlement, price(800), 3, 1))),
        one(
            "refused_withdrawn",
            file().record(&record(1, open_interest, 9, 0, 1)).record(&record(1, open_interest, 9, 0, 2)),
        ),
    ]
}

fn scid() -> Vec<Seed> {
    /// Microseconds from 1899-12-30 to the Unix epoch.
    const EPOCH: i64 = 25_569 * 86_400_000_000;
    let file = |rows: &[Minute], is_trade: bool| {
        let mut bytes = b"SCID".to_vec();
        bytes.extend(56_u32.to_le_bytes());
        bytes.extend(40_u32.to_le_bytes());
        bytes.extend(1_u16.to_le_bytes());
        bytes.resize(56, 0);
        for row in rows {
            bytes.extend((row.open.timestamp_micros() + EPOCH).to_le_bytes());
            for (at, price) in row.prices.into_iter().enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "prices of a few digits")]
                let price = if is_trade && at == 0 { 0.0_f32 } else { price as f32 };
                bytes.extend(price.to_le_bytes());
            }
            for number in [1, row.volume, 0, row.volume] {
                bytes.extend(number.to_le_bytes());
            }
        }
        bytes
    };
    let one = |name: &str, bytes: Vec<u8>| seed("scid", name, bytes);
    let mut ticks = minutes(6, 1);
    for (at, tick) in ticks.iter_mut().enumerate() {
        tick.open = minutes(1, 1)[0].open + chrono::Duration::milliseconds(i64::try_from(at).unwrap() * 17_001);
    }
    let twice = [minutes(2, 1), minutes(2, 1)].into_iter().flatten().collect::<Vec<_>>();
    let cut = file(&minutes(2, 1), false);
    vec![
        one("accepted_bars", file(&minutes(3, 1), false)),
        one("accepted_trades", file(&ticks, true)),
        one("accepted_hour", file(&minutes(62, 1), true)),
        one("refused_five_minutes", file(&minutes(62, 5), false)),
        one("refused_order", file(&twice, false)),
        one("refused_cut", cut[..cut.len() - 7].to_vec()),
    ]
}

fn lean() -> Vec<Seed> {
    let archive = |name: &str, text: &str| {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
        archive.finish().unwrap().into_inner()
    };
    let name = "20250113_nq_minute_trade_202503.csv";
    let row = "54000000,21000.25,21001,21000,21000.5,12\n";
    let good = archive(name, row);
    vec![
        seed("lean", "accepted_one.zip", good.clone()),
        seed("lean", "accepted_two_minutes.zip", archive(name, &format!("{row}{}", row.replace("5400", "5406")))),
        seed("lean", "refused_quote.zip", archive("20250113_nq_minute_quote_202503.csv", row)),
        seed("lean", "refused_cut.zip", good[..good.len() - 9].to_vec()),
    ]
}

fn parquet() -> Vec<Seed> {
    let file = |rows: &[Minute], compression: Compression, is_naive: bool| {
        let stamps = rows.iter().map(|row| row.open.timestamp_nanos_opt().unwrap());
        let stamps = TimestampNanosecondArray::from_iter_values(stamps);
        let stamps = if is_naive { stamps } else { stamps.with_timezone("UTC") };
        let price =
            |at: usize| -> ArrayRef { Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.prices[at]))) };
        let volumes = Int64Array::from_iter_values(rows.iter().map(|row| i64::from(row.volume)));
        let symbols = StringArray::from_iter_values(rows.iter().map(|_| "NQH5"));
        let batch = RecordBatch::try_from_iter(vec![
            ("timestamp", Arc::new(stamps) as ArrayRef),
            ("open", price(0)),
            ("high", price(1)),
            ("low", price(2)),
            ("close", price(3)),
            ("volume", Arc::new(volumes)),
            ("symbol", Arc::new(symbols)),
        ])
        .unwrap();
        let properties = WriterProperties::builder().set_compression(compression).set_created_by(String::new()).build();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    };
    let one = |name: &str, bytes: Vec<u8>| seed("parquet_columns", name, bytes);
    let (few, fives) = (minutes(3, 1), minutes(62, 5));
    let plain = file(&few, Compression::UNCOMPRESSED, false);
    let described = |head: [u8; 16]| [&head[..], &[0x60, 0x71, 0x92, 0x63, 0xa4, 0x65]].concat();
    // Names, types and writer settings of a file, one byte each; see the target.
    let mut typed = [0; 16];
    (typed[7], typed[8], typed[9], typed[10], typed[13]) = (4, 1, 3, 1, 2);
    let mut wide = [0; 16];
    (wide[2], wide[3], wide[10], wide[12], wide[13]) = (3, 4, 14, 5, 5);
    vec![
        one("accepted_plain.parquet", plain.clone()),
        one("accepted_snappy.parquet", file(&few, Compression::SNAPPY, false)),
        one("accepted_zstd.parquet", file(&few, Compression::ZSTD(ZstdLevel::default()), true)),
        one("refused_five_minutes.parquet", file(&fives, Compression::SNAPPY, false)),
        one("refused_cut.parquet", plain[..plain.len() - 9].to_vec()),
        one("described_default", described([0; 16])),
        one("described_typed", described(typed)),
        one("described_wide", described(wide)),
    ]
}
