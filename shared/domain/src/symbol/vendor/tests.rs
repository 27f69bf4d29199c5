use crate::{Calendar, ContractSymbol, SymbolError};

fn read(text: &str, reference: &str) -> Result<String, SymbolError> {
    let reference = reference.parse().unwrap();
    ContractSymbol::parse_vendor(text, reference, &Calendar::shipped()).map(|symbol| symbol.to_string())
}

fn check(text: &str, reference: &str, expected: &str) {
    assert_eq!(read(text, reference).as_deref(), Ok(expected), "{text:?} on {reference}");
}

#[test]
fn one_digit_is_the_nearest_year_not_expired() {
    for (text, expected) in [
        ("NQH6", "NQH2026"),
        ("NQZ6", "NQZ2026"),
        ("NQH7", "NQH2027"),
        // Seen in the exchange's own symbology of January 2026: December 2030, never 2020.
        ("NQZ0", "NQZ2030"),
        ("NQZ5", "NQZ2035"),
        ("MNQM6", "MNQM2026"),
        ("M2KM6", "M2KM2026"),
        ("MYMH6", "MYMH2026"),
        ("ESU9", "ESU2029"),
    ] {
        check(text, "2026-01-15", expected);
    }
    // The last trade date itself still belongs to the contract, also where it is the Thursday.
    check("NQH6", "2026-03-20", "NQH2026");
    check("NQH6", "2026-03-21", "NQH2036");
    check("NQM6", "2026-06-18", "NQM2026");
    check("NQM6", "2026-06-19", "NQM2036");
    check("NQH6", "2016-03-18", "NQH2016");
    check("NQH6", "2016-03-19", "NQH2026");
    check("NQH5", "2024-12-20", "NQH2025");
    check("NQZ4", "2024-12-20", "NQZ2024");
}

#[test]
fn two_digits_are_within_ten_years() {
    for text in ["NQH26", "NQ 03-26", "NQH2026"] {
        for reference in ["2016-05-02", "2026-01-15", "2026-11-20", "2027-12-30"] {
            check(text, reference, "NQH2026");
        }
    }
    check("NQZ99", "2099-02-03", "NQZ2099");
    check("NQU00", "2001-02-03", "NQU2000");
    check("MNQ 12-25", "2025-11-03", "MNQZ2025");
    for (text, reference) in [("NQZ99", "2026-01-15"), ("NQH26", "2015-01-02"), ("NQ 03-36", "2025-12-31")] {
        assert!(matches!(read(text, reference), Err(SymbolError::Year { .. })), "{text} {reference}");
    }
}

#[test]
fn refusals_say_what_the_text_is() {
    for text in [
        "NQ1!",
        "NQ2!",
        "CME_MINI:NQ1!",
        "@NQ",
        "@NQ#",
        "@NQ#C",
        "NQ=F",
        "NQ.c.0",
        "NQ.v.0",
        "&NQ_CCB",
        "NQ ##-##",
        "NQ",
        "M2K",
    ] {
        assert!(matches!(read(text, "2026-01-15"), Err(SymbolError::Continuous { .. })), "{text:?}");
    }
    for text in ["NQH6-NQM6", "NQH26-NQM26", "NQH2026-NQM2026", "MNQZ5-MNQH6", "NQH6-M6"] {
        assert!(matches!(read(text, "2026-01-15"), Err(SymbolError::Spread { .. })), "{text:?}");
    }
    for text in [
        "",
        " ",
        "nqh6",
        "NQH",
        "H6",
        "NQH026",
        "NQ  03-26",
        "NQ 3-26",
        "NQ 03-2026",
        "NQ 13-26",
        "NQ 00-26",
        "NQ 03/26",
        "NQH6 ",
        " NQH6",
        "NQH+6",
        "NQH\u{666}",
        "QNDXX",
        "NQI26",
        "\u{1f600}H26",
        "NQH26\0",
    ] {
        assert!(
            matches!(read(text, "2026-01-15"), Err(SymbolError::Spelling { .. })),
            "{text:?}: {:?}",
            read(text, "2026-01-15")
        );
    }
    // Read, but no contract of the calendar's products: unknown root, serial month, before the product's first day.
    for text in ["GCZ5", "GCZ2025", "NQF26", "NQ 02-26", "NQF2026", "MNQH2019", "MNQH19"] {
        assert!(matches!(read(text, "2020-01-15"), Err(SymbolError::Calendar { .. })), "{text:?}");
    }
    // Whether March 2029 has expired on the day cannot be known from a calendar whose expiries end in 2028.
    assert!(matches!(read("NQH9", "2029-03-15"), Err(SymbolError::Calendar { .. })));
}
