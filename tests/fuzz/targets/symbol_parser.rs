//! Spellings of contracts: four bytes of reference date and root, then the text.
//!
//! No bytes make the parser panic, and what it reads is written in every spelling and read back.
#![no_main]

use chrono::{Datelike as _, Days};
use libfuzzer_sys::fuzz_target;
use peaktrade_domain::{Calendar, ContractSymbol, SymbolSpelling, TradeDate};

/// Days from the first reference date to the last: 1970 to 2261.
const DAYS: u64 = 106_000;

fuzz_target!(|bytes: &[u8]| {
    let Some((head, text)) = bytes.split_first_chunk::<4>() else { return };
    let calendar = Calendar::shipped();
    let first: TradeDate = "1970-01-01".parse().expect("a date");
    let days = u64::from(u16::from_le_bytes([head[0], head[1]])) + 65_536 * u64::from(head[2] % 2);
    let reference = TradeDate::new(first.date() + Days::new(days % DAYS));

    if let Ok(symbol) = ContractSymbol::parse_vendor_bytes(text, reference, &calendar) {
        check_round_trip(symbol, reference, &calendar);
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let specs = calendar.specs();
        let root = specs[usize::from(head[3]) % specs.len()].root;
        if let Ok(symbol) = ContractSymbol::parse_vendor_of_root(root, text, reference, &calendar) {
            assert_eq!(symbol.root(), root);
            check_round_trip(symbol, reference, &calendar);
        }
    }
});

/// A contract that was read is listed, and each of its spellings means it again where the digits of the year allow it.
fn check_round_trip(symbol: ContractSymbol, reference: TradeDate, calendar: &Calendar) {
    assert!(calendar.check_listed(symbol).is_ok());
    let years = i32::from(symbol.year()) - reference.date().year();
    for spelling in SymbolSpelling::ALL {
        let text = symbol.spell(*spelling, calendar);
        let read = ContractSymbol::parse_vendor(&text, reference, calendar);
        let must_read_back = match spelling.year_digits() {
            // In its own year a contract may have expired, ten years before it the digit may mean the other decade.
            1 => (1..10).contains(&years),
            2 => years.abs() <= 10,
            _ => true,
        };
        if must_read_back {
            assert_eq!(read, Ok(symbol), "{text} on {reference}");
        } else if let Ok(other) = read {
            assert_eq!((other.root(), other.month()), (symbol.root(), symbol.month()), "{text} on {reference}");
            assert_eq!(other.year() % 10, symbol.year() % 10, "{text} on {reference}");
        }
    }
}
