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
fn every_vendors_spelling_is_read() {
    // The list of a user who collects files from everywhere.
    for text in [
        "NQH6",
        "NQH26",
        "NQH2026",
        "NQ 03-26",
        "NQ_H26",
        "NQ-2026H",
        "@NQH26",
        "NQH26_FUT_CME",
        "NQH6.CME",
        "CME_MINI:NQH2026",
        "/NQH26",
        "NQ 202603",
        "NQ202603",
        "NQ H26",
        "NQ H6",
        "NQ_H2026",
        "NQH6.XCME",
        "NQH26.CME",
        "NQH26.GLBX",
        "/NQH26:XCME",
        "CME:NQH26",
        "@NQH6",
    ] {
        check(text, "2026-01-15", "NQH2026");
    }
    check("NQZ5.XCME", "2025-11-03", "NQZ2025");
}

#[test]
fn roots_that_end_in_digits_or_month_letters_are_split_right() {
    for (text, expected) in [
        ("M2KH6", "M2KH2026"),
        ("M2KM26", "M2KM2026"),
        ("M2K 03-26", "M2KH2026"),
        ("M2K_Z26", "M2KZ2026"),
        ("M2K-2026U", "M2KU2026"),
        ("M2K202603", "M2KH2026"),
        ("M2K 202603", "M2KH2026"),
        ("@M2KH26", "M2KH2026"),
        ("MYMM6", "MYMM2026"),
        ("MYMM26_FUT_CBOT", "MYMM2026"),
        ("CBOT_MINI:YMM2026", "YMM2026"),
        ("YMZ5", "YMZ2035"),
        ("YMZ6.CBT", "YMZ2026"),
        ("RTYU6", "RTYU2026"),
        ("MNQM6", "MNQM2026"),
        ("MESZ6", "MESZ2026"),
        ("/M2KU26:XCME", "M2KU2026"),
        ("/MYMU26:XCBT", "MYMU2026"),
    ] {
        check(text, "2026-01-15", expected);
    }
}

#[test]
fn a_contract_month_needs_its_root() {
    let of_root = |root: &str, text: &str| {
        let (root, reference) = (root.parse().unwrap(), "2026-01-15".parse().unwrap());
        ContractSymbol::parse_vendor_of_root(root, text, reference, &Calendar::shipped())
            .map(|symbol| symbol.to_string())
    };
    assert_eq!(of_root("NQ", "202603").as_deref(), Ok("NQH2026"));
    assert_eq!(of_root("M2K", "203012").as_deref(), Ok("M2KZ2030"));
    assert_eq!(of_root("NQ", "NQ 03-26").as_deref(), Ok("NQH2026"));
    assert!(matches!(of_root("NQ", "MNQH6"), Err(SymbolError::OtherRoot { .. })));
    assert!(matches!(of_root("NQ", "202602"), Err(SymbolError::Calendar { .. })));
    assert!(matches!(of_root("MNQ", "201903"), Err(SymbolError::Calendar { .. })));
    assert!(matches!(of_root("GC", "202603"), Err(SymbolError::Calendar { .. })));
    for text in ["202613", "202600", "2026-03", "20260", "20260320", "H6", "189903", ""] {
        assert!(matches!(of_root("NQ", text), Err(SymbolError::Spelling { .. })), "{text:?}");
    }
    let error = read("202603", "2026-01-15").unwrap_err().to_string();
    let all = "ESH2026 or M2KH2026 or MESH2026 or MNQH2026 or MYMH2026 or NQH2026 or RTYH2026 or YMH2026";
    assert_eq!(
        error,
        format!(
            "symbol \"202603\" is ambiguous on 2026-01-15, it may be {all}: \
             a contract month needs a root beside it, such as \"NQ 202603\""
        )
    );
    // Before the micro products, before all of them, and a month that nobody lists.
    let error = read("201503", "2015-01-15").unwrap_err().to_string();
    assert!(error.contains("it may be ESH2015 or NQH2015 or YMH2015: "), "{error}");
    for text in ["199003", "202602"] {
        assert!(matches!(read(text, "2026-01-15"), Err(SymbolError::Spelling { .. })), "{text:?}");
    }
}

#[test]
fn what_the_calendar_cannot_decide_is_refused_with_the_candidates() {
    // The calendar does not reach the March 2034 expiry, and the reference lies in the week that ends with it.
    for reference in ["2034-03-10", "2034-03-13", "2034-03-17"] {
        assert_eq!(
            read("NQH4", reference).unwrap_err().to_string(),
            format!(
                "symbol \"NQH4\" is ambiguous on {reference}, it may be NQH2034 or NQH2044: \
                 the calendar does not know the last trade date of NQH2034"
            )
        );
        check("NQH34", reference, "NQH2034");
    }
    // Before and after that week no calendar is needed.
    check("NQH4", "2034-03-09", "NQH2034");
    check("NQH4", "2034-03-18", "NQH2044");
    assert_eq!(
        read("NQZ99", "2026-01-15").unwrap_err().to_string(),
        "symbol \"NQZ99\" has no year within ten years of the reference date 2026-01-15; considered were 1999, 2099"
    );
    check("NQZ36", "2026-01-15", "NQZ2036");
    check("NQU16", "2026-01-15", "NQU2016");
    assert!(matches!(read("NQH6", "2199-01-05"), Err(SymbolError::Year { .. })));
}

#[test]
fn an_exchange_must_be_the_roots() {
    for (text, allowed) in [
        ("NQH6.CBOT", "NQ trades on CME, XCME, CME_MINI, GLBX, GLOBEX"),
        ("NQH6.NYMEX", "NQ trades on CME, XCME, CME_MINI, GLBX, GLOBEX"),
        ("CME_MINI:YMH2026", "YM trades on CBOT, XCBT, CBOT_MINI, CBT, ECBOT"),
        ("MYMH26_FUT_CME", "MYM trades on CBOT, XCBT, CBOT_MINI, CBT, ECBOT"),
        ("/NQH26:XCBT", "NQ trades on CME, XCME, CME_MINI, GLBX, GLOBEX"),
    ] {
        let error = read(text, "2026-01-15").unwrap_err();
        assert!(matches!(error, SymbolError::Exchange { .. }), "{error}");
        assert!(error.to_string().ends_with(allowed), "{error}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let calendar = Calendar::shipped();
    let reference = "2026-01-15".parse().unwrap();
    let read = |bytes: &[u8]| ContractSymbol::parse_vendor_bytes(bytes, reference, &calendar);
    assert_eq!(read(b"NQ 03-26").unwrap().to_string(), "NQH2026");
    for bytes in [&b"NQH\xff6"[..], b"\x80", b"NQ\0H6", "NQH\u{666}".as_bytes(), &[b'N'; 1 << 20], &[0xff; 1 << 20]] {
        let error = read(bytes).unwrap_err();
        assert!(matches!(error, SymbolError::Spelling { .. }), "{error}");
        assert!(error.to_string().len() < 2000, "an input is quoted in part only");
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
        "/NQ",
        "/NQ:XCME",
        "NQ.XCME",
        "NQ.FUT",
        "NQ.n.0",
        "@NQ=107XN",
        "@NQ=",
        "&NQ",
        "NQ*1",
        "NQ1",
        "NQ#",
        "NQ_CONT",
        "NQ_continuous_adjusted",
        "CBOT_MINI:YM1!",
        "M2K1!",
    ] {
        assert!(matches!(read(text, "2026-01-15"), Err(SymbolError::Continuous { .. })), "{text:?}");
    }
    for text in [
        "NQH6-NQM6",
        "NQH26-NQM26",
        "NQH2026-NQM2026",
        "MNQZ5-MNQH6",
        "NQH6-M6",
        "NQ H6-M6",
        "NQH6 - NQM6",
        "NQ 03-26-NQ 06-26",
        "NQ-2026H-NQ-2026M",
        "/NQH26-/NQM26",
        "/NQH26/NQM26",
        "NQH26+NQM26",
        "NQH6:NQM6",
        "NQH6_NQM6",
        "NQH6 NQM6",
        "@NQH26-@NQM26",
        "CME_MINI:NQH2026-CME_MINI:NQM2026",
        "_S_SP_NQH26_NQM26",
        "NQ:BF H6-M6-U6",
        "M2KH6-M2KM6",
    ] {
        assert!(matches!(read(text, "2026-01-15"), Err(SymbolError::Spread { .. })), "{text:?}");
    }
    for text in [
        "NQH6 C20000",
        "NQH6 P19500.5",
        "NQH6 C20000.XCME",
        "NQH26C20000",
        "NQH2026P20000",
        "NQH26 C 20000",
        "NQH26|20000C",
        "/NQH26C20000",
        "./NQH26",
        "./NQH26C20000",
        "CME_MINI:NQH2026C20000",
        "M2KH6 C2000",
        "NQ.OPT",
        "QNEH6",
        "QN1H6",
        "Q3CH26",
        "EW2H6",
        "E1AH6",
        "QNEH6 C20000",
    ] {
        assert!(
            matches!(read(text, "2026-01-15"), Err(SymbolError::Option { .. })),
            "{text:?}: {:?}",
            read(text, "2026-01-15")
        );
    }
    for text in ["QNDX", "QNDXZ6", "QNDXH2026", "QNDX 03-26", "QNDX1!", "@QNDX", "CME:QNDXZ6", "QSPXZ6", "QRTYM26"] {
        assert!(matches!(read(text, "2026-01-15"), Err(SymbolError::SpotQuoted { .. })), "{text:?}");
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
        "@NQ 03-26",
        "@@NQH26",
        "NQH26_FUT_",
        "NQH26_FUT_cme",
        "NQH6.",
        ".NQH6",
        "NQH6.CME.CME",
        ":NQH2026",
        "CME MINI:NQH2026",
        "/",
        "NQ_03-26",
        "NQ-26H",
        "NQ-H2026",
        "NQ 2026-03",
        "NQ20263",
        "NQ  202603",
        "NQ_202603",
        "NQH1899",
        "NQH2200",
        "NQH026",
        "NQNQNQNQNH6",
        "[\"NQH6\"]",
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
    // What is allowed is said with every refusal of a spelling.
    for text in ["NQ1!", "NQH6-NQM6", "NQH6 C20000", "QNDX", "nonsense"] {
        let error = read(text, "2026-01-15").unwrap_err().to_string();
        assert!(error.starts_with(&format!("symbol {text:?} is ")), "{error}");
        assert!(error.ends_with("NQH2026, NQH26, NQH6, \"NQ H26\", \"NQ 03-26\", NQ_H26, NQ-2026H, @NQH26, NQH26_FUT_CME, NQH6.CME, NQH6.XCME, CME_MINI:NQH2026, /NQH26, \"NQ 202603\""), "{error}");
    }
}
