//! C9, C11, C14: days, instants and symbols by their names.

use peaktrade_domain::{ContractSymbol, UnixNanos};
use peaktrade_parity::calendar::{is_in_maintenance, third_friday};
use peaktrade_parity::symbol;

use super::frames::ns;
use super::store::peakctl;

#[test]
fn c9_an_expiry_on_a_holiday_moves() {
    let folder = tempfile::tempdir().unwrap();
    for (symbol, month, friday, last) in
        [("NQM2026", (2026, 6), "2026-06-19", "2026-06-18"), ("NQM2027", (2027, 6), "2027-06-18", "2027-06-17")]
    {
        assert_eq!(third_friday(month.0, month.1).unwrap().to_string(), friday);
        let run = peakctl(folder.path(), &["contracts", "show", symbol, "--json"]);
        assert!(run.json().to_string().contains(last), "{symbol}: {}", run.stdout);
    }
}

#[test]
fn c11_a_time_without_a_zone_is_no_instant() {
    // The original asks a wall time; whether it lies in the maintenance window depends on where the machine stands.
    let wall_time = "2026-01-15T22:00:00";
    let answers = ["Z", "-05:00", "+01:00"].map(|zone| is_in_maintenance(ns(&format!("{wall_time}{zone}"))));
    assert_eq!(answers, [true, false, false]);

    assert!(wall_time.parse::<UnixNanos>().is_err());
    let folder = tempfile::tempdir().unwrap();
    let run = peakctl(folder.path(), &["calendar", "state", "--at", wall_time]);
    assert_ne!(run.code, Some(0), "{}", run.stdout);
    assert!(run.stderr.contains("zone"), "{}", run.stderr);
}

#[test]
fn c14_symbols_are_ascii_and_what_is_written_reads_back() {
    assert_eq!(symbol::parse("NQH\u{662}\u{660}\u{662}\u{666}").unwrap().year, 2026, "Arabic-Indic digits");
    assert_eq!(symbol::parse("NQH0001").unwrap().year, 1);
    assert!(symbol::format("NQ", 3, 1).is_err(), "a year that is read and not written");
    for root in ["", "N Q!"] {
        let written = symbol::format(root, 3, 2026).unwrap();
        assert!(symbol::parse(&written).is_err(), "{written:?} is written and not read");
    }
    assert!(symbol::parse("NQH6").is_err(), "no vendor's spelling");

    for bad in ["NQH\u{662}\u{660}\u{662}\u{666}", "NQH0001", "H2026", "N Q!H2026"] {
        assert!(bad.parse::<ContractSymbol>().is_err(), "{bad}");
    }
    let symbol: ContractSymbol = "NQH2026".parse().unwrap();
    assert_eq!(symbol.to_string().parse(), Ok(symbol));
    let folder = tempfile::tempdir().unwrap();
    let run = peakctl(folder.path(), &["contracts", "parse", "NQH6", "--on", "2026-01-15", "--json"]);
    assert_eq!(run.json()["symbol"], "NQH2026");
}
