//! Real vendor files, which are not part of the repository. Expected values were read from the files by programs that
//! share no code with this one.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use peaktrade_domain::{Calendar, Price, UnixNanos};
use peaktrade_store::{Disposition, Format, ImportOptions, ImportRequest, ImportedFile, import};

/// A real file beside the repository, or below the folder that a variable names; `None`, said aloud, where it is absent.
#[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
fn real_file(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("PEAKTRADE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let bytes = std::fs::read(shared.join(name)).ok();
    if bytes.is_none() {
        eprintln!("NOT RUN: no {name} in {} (PEAKTRADE_SHARED names another data folder)", shared.display());
    }
    bytes
}

fn read(format: &str, root: &str, name: &str, bytes: Vec<u8>) -> Result<ImportedFile, String> {
    let request = ImportRequest {
        format: Format::parse(format, "").unwrap(),
        root: root.parse().unwrap(),
        file_name: name.rsplit('/').next().unwrap().to_owned(),
        options: ImportOptions::default(),
    };
    import(std::io::Cursor::new(bytes), &request, &Calendar::shipped()).map_err(|error| error.to_string())
}

/// Contracts, each with its bars, the first open, the sum of volumes and the last close.
fn told(file: &ImportedFile) -> Vec<String> {
    let of_contract = |contract: &peaktrade_store::ImportedContract| {
        let bars = &contract.bars;
        let first = UnixNanos::from_nanos(bars.ts[0]);
        let close = Price::from_nanos(*bars.close.last().unwrap());
        let volume: i64 = bars.volume.iter().sum();
        format!("{} {} {first} {volume} {close}", contract.contract, bars.len())
    };
    file.contracts.iter().map(of_contract).collect()
}

fn check_databento(name: &str, root: &str, expected: Result<(&[&str], u64), &str>) {
    let Some(bytes) = real_file(name) else { return };
    match (read("databento", root, name, bytes), expected) {
        (Ok(file), Ok((contracts, unknown))) => {
            assert_eq!(told(&file), contracts, "{name}");
            assert_eq!(file.dispositions.of(Disposition::UnknownSymbol), unknown, "{name}");
        }
        (Err(error), Err(part)) => assert!(error.contains(part), "{name}: {error}"),
        (found, expected) => panic!("{name}: {found:?}, expected {expected:?}"),
    }
}

#[test]
fn databento_files_of_version_1_hold_two_roots() {
    let may = "nautilus/databento/futures_ohlcv-1m_2024-05-09T09-55_2024-05-09T10-05.dbn.zst";
    check_databento(may, "NQ", Ok((&["NQM2024 10 2024-05-09T09:55:00Z 691 18134"], 10)));
    check_databento(may, "ES", Ok((&["ESM2024 10 2024-05-09T09:55:00Z 1036 5200.75"], 10)));
    check_databento(may, "MNQ", Err("none of the 20 rows can be kept: 20 unknown symbol"));
}

#[test]
fn databentos_own_samples_are_read_or_refused_for_their_scale() {
    let python = "databento-python/tests/data/GLBX.MDP3/test_data.ohlcv-1m.dbn.zst";
    check_databento(python, "ES", Ok((&["ESH2021 4 2020-12-28T00:00:00Z 870 3703"], 0)));
    // Four seconds of one minute.
    let seconds = "databento-python/tests/data/GLBX.MDP3/test_data.ohlcv-1s.dbn.zst";
    check_databento(seconds, "ES", Ok((&["ESH2021 1 2020-12-28T00:00:00Z 31 3702.5"], 0)));
    // The same contract and day at a hundred times its price, in every version.
    for file in ["ohlcv-1m.dbn", "ohlcv-1m.v1.dbn.zst", "ohlcv-1m.v2.dbn.zst", "ohlcv-1m.v3.dbn.zst"] {
        let name = format!("databento-dbn/tests/data/test_data.{file}");
        check_databento(&name, "ES", Err("record 1: price 372025 is outside 600 to 59000"));
        check_databento(&name, "NQ", Err("none of the 2 rows can be kept: 2 unknown symbol"));
    }
    for (file, part) in [
        ("ohlcv-1h.v3.dbn.zst", "its schema is ohlcv-1h"),
        ("ohlcv-1d.v1.dbn.zst", "its schema is ohlcv-1d"),
        ("trades.v2.dbn.zst", "its schema is trades"),
        ("definition.v1.dbn.frag", "a row of Databento's CSV"),
        ("ohlcv-1m.dbz", "a row of Databento's CSV"),
    ] {
        check_databento(&format!("databento-dbn/tests/data/test_data.{file}"), "ES", Err(part));
    }
}

#[test]
fn a_definition_in_the_file_names_its_id_and_must_expire_when_the_calendar_says() {
    let definitions = "nautilus/databento/futures_definition.dbn.zst";
    let bars = "nautilus/databento/futures_ohlcv-1m_2024-05-09T09-55_2024-05-09T10-05.dbn.zst";
    let (Some(definitions), Some(bars)) = (real_file(definitions), real_file(bars)) else { return };
    // Both have a head of 8 and 276 bytes. One file of both has no one schema, and its mappings are made to name nothing.
    let mut mixed = zstd::decode_all(&definitions[..]).unwrap();
    mixed[24..26].copy_from_slice(&u16::MAX.to_le_bytes());
    for at in 0..280 {
        if &mixed[at..at + 4] == b"NQM4" {
            mixed[at..at + 2].copy_from_slice(b"XX");
        }
    }
    let head = 284;
    let records = zstd::decode_all(&bars[..]).unwrap();
    let undefined = [&mixed[..head], &records[head..]].concat();
    let error = read("databento", "NQ", "x.dbn", undefined).unwrap_err();
    assert!(error.contains("20 unknown symbol"), "{error}");
    mixed.extend(&records[head..]);
    let file = read("databento", "NQ", "x.dbn", mixed.clone()).unwrap();
    assert_eq!(told(&file), ["NQM2024 10 2024-05-09T09:55:00Z 691 18134"]);
    assert_eq!(file.dispositions.rows_in(), 20);
    assert_eq!(file.reading["dbn_version"], "1");
    // The expiration is the instant of 2024-06-21, 13:30 UTC; a day later is not what the calendar says.
    let expiration = 1_718_976_600_000_000_000_u64.to_le_bytes();
    let later = (1_718_976_600_000_000_000_u64 + 86_400_000_000_000).to_le_bytes();
    let mut moved = 0;
    for at in head..mixed.len() - 8 {
        if mixed[at..at + 8] == expiration {
            mixed[at..at + 8].copy_from_slice(&later);
            moved += 1;
        }
    }
    assert_eq!(moved, 2, "the two definitions expire at one instant");
    let error = read("databento", "NQ", "x.dbn", mixed).unwrap_err();
    assert!(
        error.contains("the definition of NQM2024 expires 2024-06-22T13:30:00Z, the calendar has 2024-06-21"),
        "{error}"
    );
}

#[test]
fn lean_files_hold_several_contracts_of_one_day() {
    let name = "lean/minute/es/20200106_trade.zip";
    let Some(bytes) = real_file(name) else { return };
    let file = read("lean", "ES", name, bytes).unwrap();
    let expected = [
        "ESH2020 1365 2020-01-06T00:00:00Z 1370228 3242.5",
        "ESM2020 248 2020-01-06T00:04:00Z 552 3242",
        "ESU2020 4 2020-01-06T05:06:00Z 4 3240",
    ];
    assert_eq!(told(&file), expected);
    assert_eq!(file.dispositions.to_string(), "1617 kept");
    // The calendar begins in 2015 and answers for nothing before.
    let old = "lean/minute/es/20131218_trade.zip";
    let Some(bytes) = real_file(old) else { return };
    assert!(read("lean", "ES", old, bytes).unwrap_err().contains("outside the calendar's validity"));
}

#[test]
fn ninjatrader_files_keep_what_the_market_was_open_for() {
    for (name, rows, out_of_session, expected) in [
        ("ninjatrader/NQ 03-25.Last.txt.gz", 71_192, 23, "NQH2025"),
        ("ninjatrader/NQ 06-25.Last.txt.gz", 78_631, 33, "NQM2025"),
    ] {
        let Some(bytes) = real_file(name) else { return };
        let file = read("ninjatrader", "NQ", name, bytes).unwrap();
        assert_eq!(file.contracts[0].contract.to_string(), expected);
        assert_eq!(
            file.dispositions.to_string(),
            format!("{} kept, {out_of_session} out of session", rows - out_of_session)
        );
    }
}
