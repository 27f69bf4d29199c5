//! The build from file to file gives the cells of the general builder, and leaves to it whatever it does not read.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use peaktrade_continuous::{Bar, Bars, content_digest};
use peaktrade_domain::{Calendar, Price};
use peaktrade_market::{QuarterlySet, TickBar};
use peaktrade_parity::builder::{self, Adjustment, Checks, Segment, SegmentStamp};
use peaktrade_parity::fast::{Built, DigestKind, FileBuild, NotBuilt, Unusual, Validation, build};
use peaktrade_parity::files::{contract_file, pandas_index_metadata, read_parquet, write_parquet};
use peaktrade_parity::{Column, Frame, Index, frame_digest};
use proptest::prelude::*;

const MINUTE: i64 = 60_000_000_000;
const METHODS: [Adjustment; 3] = [Adjustment::None, Adjustment::BackAdjust, Adjustment::RatioAdjust];

fn segment(symbol: &str, start: i64, end: i64) -> Segment {
    let [start_ts, end_ts] = [start, end].map(SegmentStamp::Instant);
    Segment { contract_symbol: symbol.to_owned(), start_ts, end_ts }
}

fn request<'a>(folder: &'a Path, segments: &'a [Segment], output: &'a Path, adjustment: Adjustment) -> FileBuild<'a> {
    let (validation, digest) = (Validation::Original, DigestKind::PeakTrade);
    FileBuild { input_dir: folder, segments, output, adjustment, validation, digest }
}

fn general(folder: &Path, segments: &[Segment], adjustment: Adjustment, checks: Checks) -> Frame {
    let load = |symbol: &str| Ok(Some(read_parquet(&contract_file(folder, symbol).unwrap()).unwrap()));
    builder::build(load, segments, adjustment, checks).unwrap()
}

/// Cells as bits, so that no comparison of floats forgives anything.
fn bits(frame: &Frame) -> (Vec<i64>, Vec<Vec<u64>>) {
    let Index::Instants { ns, .. } = &frame.index else { panic!("{:?}", frame.index) };
    let floats = |name| frame.column(name).unwrap().as_floats().unwrap().iter().map(|cell| cell.to_bits()).collect();
    (ns.clone(), Frame::OHLCV.map(floats).to_vec())
}

/// Writes a set as contract files and gives its segments.
fn write_set(set: QuarterlySet, folder: &Path) -> Vec<Segment> {
    let mut segments = Vec::new();
    for made in set.contracts() {
        let bars = &made.contract.bars;
        let column = |cell: fn(&TickBar) -> f64| bars.iter().map(cell).collect::<Vec<f64>>();
        let columns = [
            column(|bar| TickBar::price(bar.open).to_f64()),
            column(|bar| TickBar::price(bar.high).to_f64()),
            column(|bar| TickBar::price(bar.low).to_f64()),
            column(|bar| TickBar::price(bar.close).to_f64()),
            column(|bar| f64::from(bar.volume)),
        ];
        let frame = Frame::of_ohlcv(bars.iter().map(|bar| bar.open_time.nanos()).collect(), columns);
        let symbol = made.contract.symbol.to_string();
        write_parquet(&folder.join(format!("{symbol}.parquet")), &frame).unwrap();
        segments.push(segment(&symbol, made.segment.first.nanos(), made.segment.last.nanos()));
    }
    segments
}

fn weekdays() -> Calendar {
    Calendar::parse(include_str!("../../../tests/bench/continuous/weekdays.toml")).unwrap()
}

#[test]
fn s8_has_the_original_digests_and_the_cells_of_the_general_builder() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let segments = write_set(QuarterlySet::s8(), folder);
    let output = folder.join("series.parquet");
    let digests = [
        "299b2eba473ea72833161c09d18a1076165110553d3b10701b59ac3884fba7d9",
        "0455d8ae9ee22114f04ac96e8f4b4de57a68a3da95824e71f0574a6cf9838c5e",
        "75fcaeb7b1c5968f4bf483b71aeaf4895cb59f64586f7daaa47ac1482fc1f7c5",
    ];
    for (adjustment, digest) in METHODS.into_iter().zip(digests) {
        let built = build(request(folder, &segments, &output, adjustment)).unwrap();
        assert_eq!((built.rows, built.digest.unwrap().to_string().as_str()), (734_191, digest), "{adjustment:?}");
        let expected = general(folder, &segments, adjustment, Checks::Original);
        assert!(bits(&read_parquet(&output).unwrap()) == bits(&expected), "{adjustment:?}");
    }

    // Ours: the content digest over the same rows as integers, and sessions in which nothing is out of place.
    let calendar = weekdays();
    let (validation, digest) = (Validation::Sessions(&calendar), DigestKind::Content);
    let request = FileBuild { validation, digest, ..request(folder, &segments, &output, Adjustment::BackAdjust) };
    let built = build(request).unwrap();
    let (stamps, columns) = bits(&read_parquet(&output).unwrap());
    let mut bars = Bars::default();
    for (row, ts) in stamps.iter().enumerate() {
        let price = |column: usize| Price::from_f64_exact(f64::from_bits(columns[column][row])).unwrap().nanos();
        let volume = f64::from_bits(columns[4][row]) as i64;
        bars.push(Bar { ts: *ts, open: price(0), high: price(1), low: price(2), close: price(3), volume });
    }
    assert_eq!(built.digest, Some(content_digest(&bars)));
    assert_eq!(built.findings.rows, 827_192);
    // The set leaves out a minute of 200 or so, the first or the last one of a session among them, and nothing else is odd.
    let found = built.findings.list.iter();
    let found: Vec<_> =
        found.map(|found| format!("{} {} {}", found.code.name(), found.contract, found.count)).collect();
    assert_eq!(
        found,
        [
            "missing_first_minute NQH2024 1",
            "missing_first_minute NQH2025 1",
            "missing_first_minute NQM2025 1",
            "missing_first_minute NQU2025 1",
            "missing_last_minute NQH2024 1",
            "missing_last_minute NQM2025 2",
            "missing_minutes NQH2024 480",
            "missing_minutes NQM2024 546",
            "missing_minutes NQU2024 502",
            "missing_minutes NQZ2024 546",
            "missing_minutes NQH2025 529",
            "missing_minutes NQM2025 515",
            "missing_minutes NQU2025 488",
            "missing_minutes NQZ2025 495",
        ]
    );

    // The largest set, by its digest alone.
    let segments = write_set(QuarterlySet::l40(), folder);
    let built = build(self::request(folder, &segments, &output, Adjustment::BackAdjust)).unwrap();
    let expected = "fbc6e12765e0f9995d9b8d9f7ed061bc76e5be1dae83ef86de302f7552f4afc2";
    assert_eq!((built.rows, built.digest.unwrap().to_string().as_str()), (3_597_137, expected));
}

/// How a contract's file is written.
#[derive(Clone, Copy, Debug)]
struct Writing {
    group_rows: usize,
    page_rows: usize,
    dictionary: bool,
    dictionary_bytes: usize,
    compression: Compression,
    index_last: bool,
    version_2: bool,
}

/// Writes a contract by hand, so that pages and row groups are cut as asked for.
fn write_contract(path: &Path, frame: &Frame, writing: Writing) {
    let (stamps, columns) = bits(frame);
    let floats = Frame::OHLCV.map(|name| format!("optional double {name};")).join(" ");
    let index = "optional int64 timestamp (TIMESTAMP(NANOS,true));";
    let fields = if writing.index_last { format!("{floats} {index}") } else { format!("{index} {floats}") };
    let schema = Arc::new(parse_message_type(&format!("message schema {{ {fields} }}")).unwrap());
    let version = if writing.version_2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
    let pandas = pandas_index_metadata("timestamp", Frame::OHLCV.map(|name| (name, "float64")));
    let properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_dictionary_enabled(writing.dictionary)
        .set_dictionary_page_size_limit(writing.dictionary_bytes)
        .set_compression(writing.compression)
        .set_data_page_row_count_limit(writing.page_rows)
        .set_write_batch_size(1)
        // The second version would otherwise choose encodings that pandas does not write.
        .set_encoding(parquet::basic::Encoding::PLAIN)
        .set_key_value_metadata(Some(vec![KeyValue::new("pandas".to_owned(), pandas)]))
        .build();
    let mut writer = SerializedFileWriter::new(fs::File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    for start in (0..stamps.len()).step_by(writing.group_rows) {
        let rows = start..(start + writing.group_rows).min(stamps.len());
        let levels = vec![1; rows.len()];
        let mut group = writer.next_row_group().unwrap();
        let mut nth = 0;
        while let Some(mut column) = group.next_column().unwrap() {
            match column.untyped() {
                ColumnWriter::Int64ColumnWriter(_) => {
                    let column = column.typed::<Int64Type>();
                    column.write_batch(&stamps[rows.clone()], Some(&levels), None).unwrap();
                }
                _ => {
                    let cells: Vec<f64> = columns[nth][rows.clone()].iter().map(|cell| f64::from_bits(*cell)).collect();
                    nth += 1;
                    column.typed::<DoubleType>().write_batch(&cells, Some(&levels), None).unwrap();
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

/// Bars of one contract from minute `first` on; a step of two minutes leaves one out.
fn bars_of(first: i64, steps: &[i64], prices: &[f64], level: f64) -> Frame {
    let mut ns = Vec::new();
    let mut at = first;
    for step in steps {
        ns.push(at * MINUTE);
        at += step;
    }
    let close: Vec<f64> = (0..ns.len()).map(|row| level + prices[row % prices.len()]).collect();
    let above: Vec<f64> = close.iter().map(|close| close + 0.75).collect();
    let below: Vec<f64> = close.iter().map(|close| close - 0.5).collect();
    let volume = (0..ns.len()).map(|row| (row % 7) as f64).collect();
    Frame::of_ohlcv(ns, [close.clone(), above, below, close, volume])
}

fn writings() -> impl Strategy<Value = Writing> {
    let compressions = prop::sample::select(vec![Compression::SNAPPY, Compression::UNCOMPRESSED]);
    (1_usize..90, 1_usize..40, any::<bool>(), 8_usize..400, compressions, any::<bool>(), any::<bool>()).prop_map(
        |(group_rows, page_rows, dictionary, dictionary_bytes, compression, index_last, version_2)| Writing {
            group_rows,
            page_rows,
            dictionary,
            dictionary_bytes,
            compression,
            index_last,
            version_2,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Three contracts of 70 minutes or so, cut by segments that may share a minute, in files of every shape.
    #[test]
    fn fast_equals_general(
        steps in prop::collection::vec(prop_oneof![6 => Just(1_i64), 1 => Just(2_i64), 1 => 3_i64..9], 60..80),
        prices in prop::collection::vec(prop_oneof![(0_i32..2000).prop_map(|ticks| f64::from(ticks) * 0.25), 0.1_f64..900.0], 1..50),
        levels in prop::collection::vec(500.0_f64..20_000.0, 3),
        cuts in (20_i64..40, 41_i64..60),
        gaps in (0_i64..2, 0_i64..2),
        writing in writings(),
    ) {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path();
        for (nth, (symbol, level)) in ["NQH2026", "NQM2026", "NQU2026"].iter().zip(&levels).enumerate() {
            let frame = bars_of(nth as i64 * 3, &steps, &prices, *level);
            write_contract(&folder.join(format!("{symbol}.parquet")), &frame, writing);
        }
        let segments = [
            segment("NQH2026", 0, cuts.0 * MINUTE),
            segment("NQM2026", (cuts.0 + gaps.0) * MINUTE, cuts.1 * MINUTE),
            segment("NQU2026", (cuts.1 + gaps.1) * MINUTE, 10_000 * MINUTE),
        ];
        let output = folder.join("series.parquet");
        let load = |symbol: &str| Ok(Some(read_parquet(&contract_file(folder, symbol).unwrap()).unwrap()));
        for adjustment in METHODS {
            let found = build(request(folder, &segments, &output, adjustment));
            match builder::build(load, &segments, adjustment, Checks::Original) {
                Ok(expected) => {
                    let found = found.unwrap();
                    prop_assert_eq!(found.digest, Some(frame_digest(&expected).unwrap()));
                    prop_assert_eq!(found.rows, expected.rows() as u64);
                    prop_assert_eq!(bits(&read_parquet(&output).unwrap()), bits(&expected));
                }
                Err(refusal) => prop_assert!(matches!(found, Err(NotBuilt::Unusual(_))), "{refusal}: {found:?}"),
            }
            // Without checks, prices below zero are the original's too.
            let unchecked = FileBuild { validation: Validation::None, ..request(folder, &segments, &output, adjustment) };
            if let Ok(expected) = builder::build(load, &segments, adjustment, Checks::Off) {
                prop_assert_eq!(build(unchecked).unwrap().digest, Some(frame_digest(&expected).unwrap()));
                // The digest rounds to twelve decimals; the cells do not.
                prop_assert_eq!(bits(&read_parquet(&output).unwrap()), bits(&expected));
            } else {
                prop_assert!(matches!(build(unchecked), Err(NotBuilt::Unusual(_))));
            }
        }
    }
}

/// Two contracts of ten minutes, and a change to the first of them.
fn unusual(change: impl FnOnce(&mut Frame)) -> (tempfile::TempDir, Result<Built, NotBuilt>) {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let mut frame = bars_of(0, &[1; 10], &[0.25, 0.5], 100.0);
    change(&mut frame);
    write_parquet(&folder.join("NQH2026.parquet"), &frame).unwrap();
    write_parquet(&folder.join("NQM2026.parquet"), &bars_of(5, &[1; 10], &[1.0], 200.0)).unwrap();
    let segments = [segment("NQH2026", 0, 7 * MINUTE), segment("NQM2026", 8 * MINUTE, 100 * MINUTE)];
    let output = folder.join("series.parquet");
    let built = build(request(folder, &segments, &output, Adjustment::BackAdjust));
    (scratch, built)
}

fn cells<'a>(frame: &'a mut Frame, name: &str) -> &'a mut Vec<f64> {
    let column = frame.columns.iter_mut().find(|column| column.name == name).unwrap();
    let Column::Float(cells) = &mut column.column else { panic!("{name} holds floats") };
    cells
}

fn stamps(frame: &mut Frame) -> &mut Vec<i64> {
    let Index::Instants { ns, .. } = &mut frame.index else { panic!("the index holds instants") };
    ns
}

#[test]
fn what_is_unusual_is_left_to_the_general_builder_and_leaves_nothing_behind() {
    type Case = (&'static str, fn(&mut Frame), fn(&Unusual) -> bool);
    let cases: [Case; 11] = [
        ("unordered", |frame| stamps(frame).swap(2, 3), |found| matches!(found, Unusual::Order { row: 3, .. })),
        ("repeated", |frame| stamps(frame)[3] = 2 * MINUTE, |found| matches!(found, Unusual::Order { row: 3, .. })),
        (
            "empty volume",
            |frame| cells(frame, "volume")[9] = f64::NAN,
            |found| matches!(found, Unusual::EmptyCells | Unusual::NotFinite),
        ),
        ("infinite", |frame| cells(frame, "high")[9] = f64::INFINITY, |found| matches!(found, Unusual::NotFinite)),
        ("high below low", |frame| cells(frame, "high")[9] = 1.0, |found| matches!(found, Unusual::Refused)),
        ("no price", |frame| cells(frame, "low")[9] = 0.0, |found| matches!(found, Unusual::Refused)),
        ("negative volume", |frame| cells(frame, "volume")[9] = -1.0, |found| matches!(found, Unusual::Refused)),
        (
            "further column",
            |frame| {
                let mut further = frame.columns[0].clone();
                further.name = "vwap".to_owned();
                frame.columns.push(further);
            },
            |found| matches!(found, Unusual::Columns),
        ),
        (
            "whole numbers",
            |frame| {
                let whole = cells(frame, "volume").iter().map(|volume| *volume as i64).collect();
                frame.columns[4].column = Column::Int(whole);
            },
            |found| matches!(found, Unusual::Columns),
        ),
        ("other order of columns", |frame| frame.columns.swap(0, 1), |found| matches!(found, Unusual::Columns)),
        (
            "a price of the series below zero",
            |frame| {
                // The last close is far above the next contract's first, so that all of it moves down.
                for name in ["open", "high", "low", "close"] {
                    cells(frame, name)[7] = 10_000.0;
                }
            },
            |found| matches!(found, Unusual::Refused),
        ),
    ];
    assert!(unusual(|_| ()).1.is_ok());
    for (case, change, is_expected) in cases {
        let (scratch, built) = unusual(change);
        let Err(NotBuilt::Unusual(found)) = &built else { panic!("{case}: {built:?}") };
        assert!(is_expected(&found.source), "{case}: {built:?}");
        assert!(found.to_string().starts_with("NQH2026: "), "{case}: {found}");
        let left: Vec<_> = fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{case}: {left:?}");
    }
}

#[test]
fn segments_that_the_original_refuses_are_left_to_it() {
    let (scratch, _) = unusual(|_| ());
    let folder = scratch.path();
    let output = folder.join("series.parquet");
    let before = fs::read(&output).unwrap();
    let first = segment("NQH2026", 0, 7 * MINUTE);
    let refused = |segments: &[Segment]| match build(request(folder, segments, &output, Adjustment::None)) {
        Err(NotBuilt::Unusual(found)) => found.to_string(),
        other => panic!("{other:?}"),
    };
    let overlapping = [first.clone(), segment("NQM2026", 6 * MINUTE, 100 * MINUTE)];
    let empty = [first.clone(), segment("NQM2026", 1_000 * MINUTE, 1_001 * MINUTE)];
    let absent = [first.clone(), segment("NQU2026", 8 * MINUTE, 100 * MINUTE)];
    let outside = [first, segment("../NQM2026", 8 * MINUTE, 100 * MINUTE)];
    for (segments, expected) in [
        (&[][..], "no segments are given"),
        (&overlapping, "NQM2026: its segment begins before the segment before it ends"),
        (&empty, "NQM2026: its segment has no rows"),
        (&outside, "../NQM2026: it is no name of a contract's file"),
        (&absent, "NQU2026: its file cannot be opened"),
    ] {
        assert_eq!(refused(segments), expected);
    }
    // The series of the build before still stands.
    assert_eq!(fs::read(&output).unwrap(), before);
}

#[test]
fn what_sessions_and_the_content_digest_need_is_named() {
    let (scratch, _) = unusual(|frame| cells(frame, "volume")[2] = 1.5);
    let folder = scratch.path();
    let segments = [segment("NQH2026", 0, 7 * MINUTE), segment("NQM2026", 8 * MINUTE, 100 * MINUTE)];
    let output = folder.join("series.parquet");
    let content = FileBuild { digest: DigestKind::Content, ..request(folder, &segments, &output, Adjustment::None) };
    let problem = build(content).unwrap_err().to_string();
    assert_eq!(problem, "NQH2026: volume holds 1.5 at 1970-01-01T00:02:00Z, which is no whole number of contracts");
    let ratio = FileBuild { adjustment: Adjustment::RatioAdjust, ..content };
    let problem = build(ratio).unwrap_err().to_string();
    assert!(problem.starts_with("a content digest of RATIO_ADJUST: ") && problem.ends_with("BACK_ADJUST"), "{problem}");
    let calendar = Calendar::shipped();
    let sessions = Validation::Sessions(&calendar);
    // Bars of 1970, which no calendar knows: errors of the input, so that no series is published.
    let before = fs::read(&output).unwrap();
    fs::copy(folder.join("NQM2026.parquet"), folder.join("NQH2026.parquet")).unwrap();
    let checked = FileBuild { validation: sessions, ..request(folder, &segments, &output, Adjustment::None) };
    let refused = build(checked).unwrap_err();
    assert!(matches!(&refused, NotBuilt::Findings(findings) if findings.rows == 20), "{refused:?}");
    assert_eq!(refused.to_string(), "2 of 4 findings in the contracts are errors");
    assert_eq!(fs::read(&output).unwrap(), before);
    fs::copy(folder.join("NQM2026.parquet"), folder.join("ZZM2026.parquet")).unwrap();
    let segments = [segment("ZZM2026", 0, 100 * MINUTE)];
    let request = FileBuild { validation: sessions, ..request(folder, &segments, &output, Adjustment::None) };
    let problem = build(request).unwrap_err().to_string();
    assert!(problem.starts_with("ZZM2026: its sessions cannot be validated: "), "{problem}");
}

/// One changed bit anywhere in the pages of a series is noticed by readers that check sums, or at least changes no cell
/// silently; headers of pages are not under the checksum, and a changed one must not be read as other cells.
#[test]
fn a_changed_bit_of_a_page_is_noticed() {
    let (scratch, _) = unusual(|_| ());
    let series = scratch.path().join("series.parquet");
    let bytes = fs::read(&series).unwrap();
    let expected = bits(&read_parquet(&series).unwrap());
    let pages = data_of(&series);
    assert!(pages.len() > 200, "{pages:?}");
    let changed = scratch.path().join("changed.parquet");
    let mut noticed = 0;
    for at in pages.clone() {
        let mut copy = bytes.clone();
        copy[at] ^= 0x10;
        fs::write(&changed, &copy).unwrap();
        match read_parquet(&changed) {
            Ok(read) => assert!(bits(&read) == expected, "byte {at} changes cells and is not noticed"),
            Err(_) => noticed += 1,
        }
    }
    assert!(noticed * 10 > pages.len() * 8, "{noticed} of {}", pages.len());
}

/// Bytes of all pages.
fn data_of(path: &Path) -> Range<usize> {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let columns = reader.metadata().row_groups().iter().flat_map(|group| group.columns());
    let ends = columns.map(|column| column.byte_range()).map(|(start, length)| start + length);
    4..usize::try_from(ends.max().unwrap()).unwrap()
}
