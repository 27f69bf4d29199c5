use std::io::Write as _;

use super::contract_of;
use crate::importing::testing;
use crate::{Disposition, ImportedFile};
use flate2::Compression;
use flate2::write::GzEncoder;

fn import(text: &[u8]) -> Result<ImportedFile, String> {
    testing::read("ninjatrader", "NQ 03-25.Last.txt", &[], text)
}

fn check_name(file_name: &str, expected: Result<&str, &str>) {
    let found = contract_of(file_name, "NQ".parse().unwrap());
    match (found, expected) {
        (Ok(contract), Ok(symbol)) => assert_eq!(contract.to_string(), symbol, "{file_name}"),
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{file_name}: {error}"),
        (found, expected) => panic!("{file_name}: {found:?}, expected {expected:?}"),
    }
}

#[test]
fn the_name_gives_the_contract_or_is_refused() {
    check_name("NQ 03-25.Last.txt", Ok("NQH2025"));
    check_name("NQ 12-26.Last.txt.gz", Ok("NQZ2026"));
    check_name("MNQ 03-25.Last.txt", Err("of root MNQ, the import is of root NQ"));
    check_name("ES 03-25.Last.txt", Err("of root ES"));
    check_name("NQ 03-25.Bid.txt", Err("quotes, not trades"));
    check_name("NQ ##-##.Last.txt", Err("continuous ticker"));
    for bad in [
        "",
        "NQ 03-25.txt",
        "NQ 13-25.Last.txt",
        "NQ 00-25.Last.txt",
        "NQ 3-25.Last.txt",
        "NQ 03-2025.Last.txt",
        "NQ 03-25.Last.csv",
        "NQ 03-25.Last.txt.zip",
        "NQH2025.Last.txt",
        "../NQ 03-25.Last.txt",
        "nq 03-25.Last.txt",
        "NQ  03-25.Last.txt",
        "NQ +3-25.Last.txt",
    ] {
        assert!(contract_of(bad, "NQ".parse().unwrap()).is_err(), "{bad:?}");
    }
}

/// Imports rows and compares (kept, out_of_session, duplicate, off_tick, after_expiry) and the first kept open.
fn check(rows: &str, counts: [u64; 5], first_open: &str) {
    let imported = import(rows.as_bytes()).unwrap();
    let found = Disposition::ALL.map(|disposition| imported.dispositions.of(disposition));
    assert_eq!(found[..5], counts, "{rows}");
    assert_eq!(found[5..], [0; 4], "{rows}");
    let bars = &imported.contracts[0].bars;
    assert_eq!(bars.check_invariants(), Ok(()), "{rows}");
    assert_eq!(bars.len() as u64, counts[0], "{rows}");
    let open = peaktrade_domain::UnixNanos::from_nanos(bars.ts[0]);
    assert_eq!(open.to_string(), first_open, "{rows}");
}

#[test]
fn every_row_meets_one_fate() {
    // Stamps are closes: 15:01 is the bar that opened at 15:00.
    let good = "20250102 150100;21200.25;21201;21200;21200.5;12\n";
    check(good, [1, 0, 0, 0, 0], "2025-01-02T15:00:00Z");
    check(&good.replace('\n', "\r\n"), [1, 0, 0, 0, 0], "2025-01-02T15:00:00Z");
    check(good.trim_end(), [1, 0, 0, 0, 0], "2025-01-02T15:00:00Z");
    // The first minute of the trade date closes at 17:01 Chicago; the one before it lies in the break.
    check(
        "20250102 230000;21200;21200;21200;21200;1\n20250102 230100;21200;21200;21200;21200;1\n",
        [1, 1, 0, 0, 0],
        "2025-01-02T23:00:00Z",
    );
    // A Saturday print of an absurd price stops nothing.
    check(&format!("20250111 152100;0.5;17463.25;0.5;17463.25;6\n{good}"), [1, 1, 0, 0, 0], "2025-01-02T15:00:00Z");
    check(&format!("{good}{good}"), [1, 0, 1, 0, 0], "2025-01-02T15:00:00Z");
    check(&format!("{good}20250102 150200;21200.1;21201;21200;21200.5;12\n"), [1, 0, 0, 1, 0], "2025-01-02T15:00:00Z");
    // Trading in NQH2025 ended on 2025-03-21 at 13:30 UTC.
    check(
        "20250321 133000;21200;21200;21200;21200;1\n20250321 133100;21200;21200;21200;21200;1\n",
        [1, 0, 0, 0, 1],
        "2025-03-21T13:29:00Z",
    );
    // The order of rows has no meaning.
    check(&format!("20250102 150200;21200;21200;21200;21200;0\n{good}{good}"), [2, 0, 1, 0, 0], "2025-01-02T15:00:00Z");
}

/// Two trade dates of bars, every minute of 23 hours from 17:00 Chicago, with each stamp moved by some minutes.
fn two_trade_dates(minutes_off: i64) -> String {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for first in ["2025-01-06T23:01:00Z", "2025-01-07T23:01:00Z"] {
        let first: peaktrade_domain::UnixNanos = first.parse().unwrap();
        for minute in 0..1380 {
            let nanos = (minute + minutes_off) * peaktrade_domain::UnixNanos::MINUTE;
            let stamp = first.checked_add_nanos(nanos).unwrap().to_datetime().format("%Y%m%d %H%M%S");
            writeln!(rows, "{stamp};21200;21200;21200;21200;1").unwrap();
        }
    }
    rows
}

#[test]
fn a_file_whose_stamps_are_an_hour_off_is_refused() {
    assert_eq!(import(two_trade_dates(0).as_bytes()).unwrap().contracts[0].bars.len(), 2760);
    // Ten minutes off puts ten rows into each pause: too few to tell from stray prints, and counted all the same.
    assert_eq!(import(two_trade_dates(10).as_bytes()).unwrap().dispositions.of(Disposition::OutOfSession), 20);
    for minutes_off in [60, -60, 300] {
        let error = import(two_trade_dates(minutes_off).as_bytes()).unwrap_err();
        assert!(error.contains("2760 rows lie outside the sessions of NQH2025"), "{minutes_off}: {error}");
    }
}

fn refuse(text: &[u8], part: &str) {
    let error = import(text).unwrap_err();
    assert!(error.contains(part), "{:?}: {error}", String::from_utf8_lossy(text));
}

#[test]
fn what_is_not_of_the_format_is_refused_by_line() {
    let good = "20250102 150100;21200.25;21201;21200;21200.5;12\n";
    refuse(b"", "the file is empty");
    refuse(b"\n", "line 1: \"\" has 1 fields of 6");
    refuse(format!("{good}\n").as_bytes(), "line 2: \"\" has 1 fields of 6");
    for (row, part) in [
        ("20250102 150200;21200;21201;21200;21200.5", "has 5 fields of 6"),
        ("20250102 150200;21200;21201;21200;21200.5;1;2", "has 7 fields of 6"),
        ("20250102 150200,21200,21201,21200,21200.5,1", "has 1 fields of 6"),
        ("Time;Open;High;Low;Close;Volume", "stamp \"Time\""),
        ("20250102;21200;21201;21200;21200.5;1", "stamp \"20250102\""),
        ("20250102 150230;21200;21201;21200;21200.5;1", "whole minute is required"),
        ("20250230 150200;21200;21201;21200;21200.5;1", "stamp"),
        ("20250102 240000;21200;21201;21200;21200.5;1", "stamp"),
        ("20250102 150200;NaN;21201;21200;21200.5;1", "open: price \"NaN\""),
        ("20250102 150200;21200;21201;21200;;1", "close: price \"\""),
        ("20250102 150200;21200;21201;21200;21200.5;-1", "volume \"-1\""),
        ("20250102 150200;21200;21201;21200;21200.5;1.5", "volume \"1.5\""),
        ("20250102 150200;21200;21201;21200;21200.5;10000001", "volume 10000001; 0 to 10000000 contracts in a minute"),
        ("20250102 150200;21200;21199;21198;21198;1", "low <= open, close <= high is required"),
        ("20250102 150200;2120000;2120100;2120000;2120050;1", "price 2120000 is outside 700 to 69000"),
        ("20250102 150200;-21200;21201;-21200;21200;1", "price -21200 is outside"),
        ("19700102 150200;21200;21201;21200;21200.5;1", "outside the calendar's validity"),
        ("29700102 150200;21200;21201;21200;21200.5;1", "stamp"),
    ] {
        refuse(format!("{good}{row}\n").as_bytes(), "line 2");
        refuse(format!("{good}{row}\n").as_bytes(), part);
    }
    let busiest = "20250102 150200;21200;21201;21200;21200.5;10000000\n";
    assert_eq!(import(format!("{good}{busiest}").as_bytes()).unwrap().contracts[0].bars.volume, [12, 10_000_000]);
    refuse(&[good.as_bytes(), b"\xff\xfe\n"].concat(), "line 2: not UTF-8");
    refuse(&[b'1'; 5_000], "line 1: longer than 128 bytes");
    refuse(
        format!("{good}20250102 150200;21200;21200;21200;21200;1\n20250102 150100;21200.25;21201;21200;21200.5;13\n")
            .as_bytes(),
        "line 1 and line 3 give the bar of 2025-01-02T15:00:00Z (open) different values",
    );
    refuse(b"20250111 152100;21200;21200;21200;21200;6\n", "none of the 1 rows can be kept: 1 out of session");
}

#[test]
fn gzip_is_seen_by_content_and_a_cut_file_is_refused() {
    let mut text = String::new();
    for minute in 1..60 {
        text += &format!("20250102 15{minute:02}00;21200;21200;21200;21200;{minute}\n");
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    assert_eq!(import(&packed).unwrap(), import(text.as_bytes()).unwrap());
    // Two gzip members one after the other are one file, as gunzip reads them.
    let twice = import(&[packed.clone(), packed.clone()].concat()).unwrap();
    assert_eq!(twice.dispositions.of(Disposition::Duplicate), 59);
    let cut = import(&packed[..packed.len() - 9]).unwrap_err();
    assert!(cut.contains("after line"), "{cut}");
    let mut flipped = packed;
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    assert!(import(&flipped).is_err(), "the checksum of gzip must hold");
}
