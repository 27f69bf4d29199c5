//! The form of the file, before its rows are compared.

use peaktrade_domain::Calendar;

use crate::{check, check_row, check_text, edit};

#[test]
fn the_form_of_the_file_is_checked() {
    check("schema = 2", "schema = 1", 0, "it reads 2");
    check("version = \"2026.11.3\"", "version = \" \"", 0, "is empty");
    check("zone = \"America/Chicago\"", "zone = \"America/Chikago\"", 0, "not an IANA time zone");
    check("zone = \"America/Chicago\"", "zone = \"America/Chicago", 0, "");
    check("valid_to = \"2027-12-31\"", "valid_until = \"2027-12-31\"", 0, "unknown field `valid_until`");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2027-12-31\"\nvalid_to = \"2027-12-31\"", 1, "duplicate key");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2014-12-31\"", 0, "not on or after valid_from");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2127-12-31\"", 0, "within 21960 days");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2028-12-31\"", 0, "year 2028 lies within");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2027-12-32\"", 0, "not ISO 8601");
    check("valid_to = \"2027-12-31\"", "valid_to = 2027", 0, "expected a string");
    check("last_trade_time = \"08:30\"", "last_trade_time = \"8:30\"", 0, "not a time of day");
    check("last_trade_time = \"08:30\"", "last_trade_time = \"24:00\"", 0, "not a time of day");
    check_row("id = \"hours-2015\"", "id = \"cme-hours-2012\"", "stands twice");
    // A zone whose clock change skips a midnight: a day of it has no beginning.
    let (text, _) = edit("America/Chicago", "America/Sao_Paulo");
    let error = Calendar::parse(&text).unwrap_err();
    assert_eq!(error.problem, "2015-10-18 00:00:00 does not happen in America/Sao_Paulo");
    let error = Calendar::parse("").unwrap_err();
    assert!(error.problem.contains("missing field"), "{error}");
    let error = Calendar::parse(&format!("{}#{}", Calendar::SHIPPED_FILE, "x".repeat(1 << 20))).unwrap_err();
    assert!(error.problem.contains("at most 1048576"), "{error}");
}

#[test]
fn every_section_is_required_and_no_other_is_read() {
    for section in [
        "sources",
        "hours",
        "settlement",
        "exceptions",
        "expiry",
        "roll_conventions",
        "price_limits",
        "products",
        "margins",
        "exchange_fees",
    ] {
        let renamed = Calendar::SHIPPED_FILE
            .replace(&format!("[[{section}]]"), &format!("[[other_{section}]]"))
            .replace(&format!("[{section}]"), &format!("[other_{section}]"));
        check_text(&renamed, &format!("unknown field `other_{section}`"));
        let header = if Calendar::SHIPPED_FILE.contains(&format!("[[{section}]]")) { "[[" } else { "[" };
        let kept: Vec<&str> = Calendar::SHIPPED_FILE
            .split("\n\n")
            .filter(|part| !part.starts_with(&format!("{header}{section}]")))
            .collect();
        check_text(&kept.join("\n\n"), &format!("missing field `{section}`"));
    }
    for key in ["schema", "version", "zone", "valid_from", "valid_to"] {
        let line = Calendar::SHIPPED_FILE.lines().find(|line| line.starts_with(&format!("{key} ="))).unwrap();
        check_text(&Calendar::SHIPPED_FILE.replacen(&format!("{line}\n"), "", 1), &format!("missing field `{key}`"));
    }
}

#[test]
fn every_row_says_where_it_comes_from_and_how_sure_it_is() {
    for (section, row) in sections() {
        for key in ["source", "confidence"] {
            if section == "sources" {
                continue;
            }
            assert!(row.contains(&format!("{key} = \"")), "{section}: {row}");
        }
    }
}

/// The rows of the shipped file, each with the name of its section: tables of their own, and inline ones.
fn sections() -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut section = String::new();
    for part in Calendar::SHIPPED_FILE.split("\n\n") {
        if let Some(name) = part.lines().find_map(|line| line.strip_prefix("[[")?.strip_suffix("]]")) {
            rows.push((name.to_owned(), part.to_owned()));
        } else if let Some(name) = part.lines().find_map(|line| line.strip_prefix('[')?.strip_suffix(']')) {
            section = name.to_owned();
        }
        let inline = part.lines().filter(|line| line.starts_with("  { "));
        rows.extend(inline.map(|line| (section.clone(), line.to_owned())));
    }
    assert!(rows.len() > 250, "{}", rows.len());
    rows
}

#[test]
fn texts_are_one_line_and_not_endless() {
    let name = "name = \"Data centre cooling failure\"";
    check(name, "name = \"\"", -3, "name is empty");
    check(name, r#"name = "two\nlines""#, -3, "name holds a control character");
    check(name, r#"name = "\u0000""#, -3, "name holds a control character");
    check(name, &format!("name = \"{}\"", "x".repeat(401)), -3, "name has 401 bytes; at most 400");
    let version = "version = \"2026.11.3\"";
    check(version, r#"version = "2026\u001b""#, 0, "version holds a control character");
    check(version, &format!("version = \"{}\"", "9".repeat(500)), 0, "at most 400");
    let source = "id = \"hours-2015\"";
    check_row(source, "id = \"\"", "id of a source is empty");
    let text = "text = \"CME Group contract specifications\"";
    check(text, "text = \" \"", -2, "text of a source is empty");
}
