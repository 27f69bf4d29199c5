//! The seeds of the fuzz targets are what their names say: a seed that every change of the format refuses would let
//! the fuzzer begin at the front door.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use chrono::Days;
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
    assert!(accepted >= 7, "{accepted} calendars");
}

#[test]
fn symbol_seeds_are_read_or_refused_as_named() {
    let calendar = Calendar::shipped();
    let epoch: TradeDate = "1970-01-01".parse().unwrap();
    let (mut read, mut refused, mut misnamed) = (0, 0, Vec::new());
    for (name, bytes) in seeds("symbol_parser") {
        // As the target does: four bytes of reference date and root before the text.
        let ([low, high, cycle, root], text) = bytes.split_first_chunk::<4>().unwrap();
        assert_eq!(*cycle, 0, "{name}: seeds are of the first cycle of dates");
        let reference = TradeDate::new(epoch.date() + Days::new(u64::from(u16::from_le_bytes([*low, *high]))));
        let root = calendar.specs()[usize::from(*root) % calendar.specs().len()].root;
        let is_read = ContractSymbol::parse_vendor_bytes(text, reference, &calendar).is_ok() || {
            let text = std::str::from_utf8(text).unwrap();
            ContractSymbol::parse_vendor_of_root(root, text, reference, &calendar).is_ok()
        };
        let expected = if is_read { "accepted_" } else { "refused_" };
        if !name.starts_with(expected) {
            misnamed.push(format!("{name} is {expected}"));
        }
        (read, refused) = (read + u32::from(is_read), refused + u32::from(!is_read));
    }
    assert_eq!(misnamed, Vec::<String>::new());
    assert!(read >= 15 && refused >= 10, "{read} read, {refused} refused");
}
