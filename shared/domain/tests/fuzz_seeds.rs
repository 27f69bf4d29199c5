//! The seeds of the fuzz targets are what their names say: a seed that every change of the format refuses would let
//! the fuzzer begin at the front door.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use peaktrade_domain::{Calendar, ContractSymbol, TradeDate};

/// Names and bytes of a target's seeds, in order.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(target);
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut seeds: Vec<_> = entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

#[test]
fn calendar_seeds_are_read_or_refused_as_named() {
    let mut accepted = 0;
    for (name, bytes) in seeds("calendar_file") {
        let read = Calendar::parse(std::str::from_utf8(&bytes).unwrap());
        assert_eq!(read.is_ok(), name.starts_with("accepted_"), "{name}: {read:?}");
        accepted += usize::from(read.is_ok());
    }
    assert!(accepted >= 3, "{accepted} calendars");
}

#[test]
fn symbol_seeds_hold_contracts_and_what_is_none() {
    let calendar = Calendar::shipped();
    let reference: TradeDate = "2026-01-15".parse().unwrap();
    let seeds = seeds("symbol_parser");
    // The first four bytes of a seed are the fuzzer's reference date and root.
    let read =
        seeds.iter().filter(|(_, bytes)| ContractSymbol::parse_vendor_bytes(&bytes[4..], reference, &calendar).is_ok());
    let read = read.count();
    assert!(read >= 15 && read + 10 <= seeds.len(), "{read} of {}", seeds.len());
}
