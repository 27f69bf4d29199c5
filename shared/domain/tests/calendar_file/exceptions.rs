//! Exceptions and outages, and what they leave open at the ends of the file.

use chrono::Datelike as _;
use peaktrade_domain::{Calendar, UnixNanos};

use crate::{check, edit};

const MLK_2025: &str = r#"  { date = "2025-01-20", kind = "halt", at = "12:00","#;

#[test]
fn exceptions_are_checked() {
    let row = |text: &str| MLK_2025.replace("date = \"2025-01-20\", kind = \"halt\", at = \"12:00\",", text);
    let changed = |text: &str, problem: &str| check(MLK_2025, &row(text), 0, problem);
    changed(r#"date = "2025-01-09", kind = "halt", at = "12:00","#, "2025-01-09 stands twice");
    changed(r#"date = "2025-01-08", kind = "halt", at = "12:00","#, "2025-01-08 stands after 2025-01-09");
    changed(r#"date = "2028-01-20", kind = "halt", at = "12:00","#, "outside the validity, 2015-01-01 to 2027-12-31");
    changed(r#"date = "2025-01-19", kind = "halt", at = "12:00","#, "Saturday or Sunday");
    changed(r#"date = "2025-02-30", kind = "halt", at = "12:00","#, "not ISO 8601");
    changed(r#"date = "2025-01-20", kind = "halt", at = "16:00","#, "after 00:00 and before 16:00");
    changed(r#"date = "2025-01-20", kind = "halt", at = "00:00","#, "after 00:00 and before 16:00");
    changed(r#"date = "2025-01-20", kind = "halt","#, "needs at and no settlement");
    changed(r#"date = "2025-01-20", kind = "halt", at = "12:00", settlement = "12:00","#, "needs at and no settlement");
    changed(r#"date = "2025-01-20", kind = "closed", at = "12:00","#, "needs neither at nor settlement");
    changed(r#"date = "2025-01-20", kind = "early_close", at = "12:15","#, "needs at and settlement");
    changed(
        r#"date = "2025-01-20", kind = "early_close", at = "12:15", settlement = "12:30","#,
        "after the early close",
    );
    changed(r#"date = "2025-01-20", kind = "closed", trade_date_confidence = "unverified","#, "needs kind halt");
    changed(r#"date = "2025-01-20", kind = "late_open", at = "12:15","#, "unknown variant `late_open`");
    changed(r#"date = "2025-01-20", kind = "halt", at = "12:00", note = "x","#, "unknown field `note`");
    let halt_2021 = r#"date = "2020-01-20", kind = "halt", at = "12:00""#;
    check(halt_2021, &halt_2021.replace("12:00", "15:20"), 0, "open hours of its day");
    let tail = |text: &str| {
        format!(r#"{MLK_2025} name = "{text}, source = "public-calendars-but-lean", confidence = "reconciled" }}"#)
    };
    let shipped_tail = tail("Martin Luther King Jr. Day\"");
    check(&shipped_tail, &tail(" \""), 0, "name of 2025-01-20 is empty");
    check(
        &shipped_tail,
        &shipped_tail.replace("public-calendars-but-lean", "hearsay"),
        0,
        "source \"hearsay\" is not one of",
    );
    check(&shipped_tail, &shipped_tail.replace("\"reconciled\"", "\"sure\""), 0, "unknown variant `sure`");
}

/// A year without a closed day has been forgotten, unless the file says that its market has no holidays.
#[test]
fn a_market_without_holidays_must_say_so() {
    let synthetic = include_str!("../../../../tests/bench/continuous/weekdays.toml");
    let calendar = Calendar::parse(synthetic).unwrap();
    let (from, to) = (calendar.valid_from(), calendar.valid_to());
    let weekdays = from
        .date()
        .iter_days()
        .take_while(|day| *day <= to.date())
        .filter(|day| day.weekday().number_from_monday() < 6);
    assert_eq!(calendar.sessions(from, to).unwrap().len(), weekdays.count());
    crate::check_text(&synthetic.replace("no_holidays = true", ""), "no exception closes a day of it");
    let shipped = Calendar::SHIPPED_FILE.replace("[exceptions]", "[exceptions]\nno_holidays = true");
    crate::check_text(&shipped, "no_holidays is true, and 2015-01-01 is closed");
}

#[test]
fn outages_are_checked() {
    let outage = r#"to = "2025-11-28T13:30:00Z""#;
    check(outage, r#"to = "2025-11-28T03:00:00Z""#, -2, "must end after it begins");
    check(outage, r#"to = "2028-01-28T13:30:00Z""#, -2, "within 2015-01-01 to 2027-12-31");
    check(outage, r#"to = "2025-11-28 13:30""#, 0, "not RFC 3339");
    let first = r#"to = "2015-07-01T00:45:00Z""#;
    let (text, line) = edit(first, r#"to = "2025-11-28T03:00:00.000000001Z""#);
    let error = Calendar::parse(&text).unwrap_err();
    assert!(error.problem.contains("follow the one before"), "{error}");
    // The second row is named, five lines and a blank one below the first row's end.
    assert_eq!(error.line, line + 5, "{error}");
}

#[test]
fn no_open_time_may_belong_to_a_date_outside() {
    // A file may end on a closed day, but not with a halted day, whose open hours belong to a later trade date.
    let end_with = |date: &str| edit("valid_to = \"2027-12-31\"", &format!("valid_to = \"{date}\"")).0;
    let drop_after = |text: &str, last: &str| {
        let is_kept =
            |line: &&str| line.trim_start().strip_prefix("{ date = \"").is_none_or(|rest| &rest[..10] <= last);
        text.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
    };
    let ending = |date: &str| Calendar::parse(&drop_after(&end_with(date), date));
    let error = ending("2027-11-25").unwrap_err();
    assert!(error.problem.contains("for a trade date after valid_to 2027-11-25"), "{error}");
    assert_eq!(error.line, Calendar::SHIPPED_FILE.lines().position(|line| line.starts_with("valid_to")).unwrap() + 1);
    for (date, last_known) in [
        ("2027-12-24", "2027-12-24T22:00:00Z"),
        ("2027-12-25", "2027-12-25T22:00:00Z"),
        ("2027-12-26", "2027-12-26T22:00:00Z"),
        ("2027-12-27", "2027-12-27T22:00:00Z"),
        ("2027-11-26", "2027-11-26T22:00:00Z"),
    ] {
        let calendar = ending(date).unwrap();
        let last_known: UnixNanos = last_known.parse().unwrap();
        assert_eq!(calendar.is_open(last_known), Ok(false), "{date}");
        let after = last_known.checked_add_nanos(1).unwrap();
        assert!(calendar.is_open(after).is_err(), "{date}");
        assert!(calendar.session_on_or_before(calendar.valid_to()).unwrap().close() <= last_known, "{date}");
    }
}
