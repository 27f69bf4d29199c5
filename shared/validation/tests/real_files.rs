//! The real NinjaTrader files, which are not part of the repository, read without any of the importer's judgement.
//!
//! `PEAKTRADE_SHARED` names their folder. The numbers were counted by a script that shares no code with the product.
#![allow(clippy::unwrap_used)]

use std::io::Read as _;
use std::path::PathBuf;

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, UnixNanos};
use peaktrade_validation::{Code, Finding, Findings, SessionValidator};

#[allow(clippy::print_stderr, reason = "a test that did not run must say so")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// The rows of a file, re-stamped to their open; `None` where it is not on this machine.
fn rows(name: &str) -> Option<Bars> {
    let shared = std::env::var_os("PEAKTRADE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().join("shared/data"),
        PathBuf::from,
    );
    let path = shared.join("ninjatrader").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        say(&format!("NOT RUN: no {} (PEAKTRADE_SHARED names another folder)", path.display()));
        return None;
    };
    let mut text = String::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    let mut bars = Bars::default();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_end().split(';').collect();
        let [stamp, prices @ .., volume] = &cells[..] else { panic!("{line}") };
        let at = |from: usize, to: usize| &stamp[from..to];
        let (date, time) = ([at(0, 4), at(4, 6), at(6, 8)].join("-"), [at(9, 11), at(11, 13), at(13, 15)].join(":"));
        let close: UnixNanos = format!("{date}T{time}Z").parse().unwrap();
        let price = |at: usize| prices[at].parse::<peaktrade_domain::Price>().unwrap().nanos();
        let [open, high, low, last] = [0, 1, 2, 3].map(price);
        let ts = close.nanos() - UnixNanos::MINUTE;
        bars.push(Bar { ts, open, high, low, close: last, volume: volume.parse().unwrap() });
    }
    Some(bars)
}

fn validate(contract: &str, bars: &Bars) -> Findings {
    let calendar = Calendar::shipped();
    let mut validator = SessionValidator::new(&calendar, contract.parse().unwrap()).unwrap();
    validator.take(bars.view()).unwrap();
    validator.finish()
}

fn of(findings: &Findings, code: Code) -> Option<&Finding> {
    findings.list.iter().find(|finding| finding.code == code)
}

/// Rows or minutes by code, in order.
fn counts(findings: &Findings) -> Vec<(&'static str, u64)> {
    findings.list.iter().map(|finding| (finding.code.name(), finding.count)).collect()
}

#[test]
fn what_the_real_files_hold_is_told_apart() {
    let (Some(old), Some(new)) = (rows("NQ 03-25.Last.txt.gz"), rows("NQ 06-25.Last.txt.gz")) else { return };
    let (old, new) = (validate("NQH2025", &old), validate("NQM2025", &new));
    say(&format!("{old:#?}\n{new:#?}"));
    assert_eq!((old.rows, new.rows), (71_192, 78_631));
    let closed = |findings: &Findings| -> u64 {
        let codes = [Code::MaintenanceBar, Code::WeekendBar, Code::HolidayBar, Code::HaltBar];
        codes.iter().filter_map(|code| of(findings, *code)).map(|finding| finding.count).sum()
    };
    assert_eq!((closed(&old), closed(&new)), (23, 33));
    for findings in [&old, &new] {
        assert!(of(findings, Code::DstShiftSuspected).is_none(), "{:?}", counts(findings));
    }
    // The night of the tariffs: no trade in the first minutes of trade date 2025-04-03.
    let first = of(&new, Code::MissingFirstMinute).unwrap();
    let told = std::iter::once(&first.example).chain(&first.samples);
    assert!(told.clone().any(|case| case.contains("from 2025-04-02T22:00:00Z")), "{first:?}");
}

#[test]
fn a_shift_that_ends_in_the_file_is_named_with_its_span() {
    let Some(new) = rows("NQ 06-25.Last.txt.gz") else { return };
    let mut moved = Bars::default();
    let at = |text: &str| text.parse::<UnixNanos>().unwrap().nanos();
    let (from, to) = (at("2025-03-16T22:00:00Z"), at("2025-05-02T21:00:00Z"));
    for mut bar in (0..new.len()).filter_map(|row| new.get(row)) {
        if (from..to).contains(&bar.ts) {
            bar.ts -= 60 * UnixNanos::MINUTE;
        }
        moved.push(bar);
    }
    let findings = validate("NQM2025", &moved);
    say(&format!("{findings:#?}"));
    check_shift(&findings);

    // What an importer leaves of it: the bars of open hours.
    let calendar = Calendar::shipped();
    let mut kept = Bars::default();
    for bar in (0..moved.len()).filter_map(|row| moved.get(row)) {
        if calendar.is_open(UnixNanos::from_nanos(bar.ts)).unwrap() {
            kept.push(bar);
        }
    }
    let findings = validate("NQM2025", &kept);
    say(&format!("{findings:#?}"));
    check_shift(&findings);
}

/// The first published revision of the file, whose hour is really off; only where someone has put it.
#[test]
fn the_revision_with_the_hour_off_is_named() {
    let Some(first) = rows("NQ 06-25.v1.Last.txt") else { return };
    let findings = validate("NQM2025", &first);
    say(&format!("{findings:#?}"));
    check_shift(&findings);
}

fn check_shift(findings: &Findings) {
    let shifts: Vec<_> = findings.list.iter().filter(|finding| finding.code == Code::DstShiftSuspected).collect();
    let [shift] = shifts[..] else { panic!("{shifts:#?}") };
    assert_eq!((shift.first.to_string(), shift.last.to_string()), ("2025-03-17".into(), "2025-05-02".into()));
    assert!(shift.example.contains("60 minutes later"), "{shift:?}");
}
