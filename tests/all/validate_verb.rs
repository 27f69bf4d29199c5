//! `peakctl validate`: what fails, by which exit code, and what is only noted.

use peaktrade_domain::Calendar;

use crate::desk::{Desk, EXIT_CHECK, EXIT_INPUT, EXIT_USAGE, EXIT_WARNINGS, rows};

const VALIDATE: [&str; 3] = ["validate", "--root", "NQ"];

#[test]
fn warnings_pass_unless_strict_and_errors_never() {
    let desk = Desk::new();
    let hole = rows("2025-03-13T22:00:00Z", "2025-03-14T14:00:00Z", 80_000)
        + &rows("2025-03-14T15:00:00Z", "2025-03-14T21:00:00Z", 80_000)
        + &rows("2025-03-16T22:00:00Z", "2025-03-17T21:00:00Z", 80_000);
    let file = desk.write("NQ 06-25.Last.txt", &hole);
    assert_eq!(desk.run(&["import", "--format", "ninjatrader", "--root", "NQ", &file]).code, Some(0));
    let validate = |more: &[&str]| desk.run(&[&VALIDATE[..], more].concat());

    let report = validate(&["--json"]).json();
    assert_eq!(
        (&report["findings"][0]["code"], &report["findings"][0]["severity"]),
        (&"missing_block".into(), &"warning".into())
    );
    let strict = validate(&["--strict"]);
    assert_eq!(strict.code, Some(EXIT_WARNINGS), "{}", strict.stderr);
    assert!(strict.stdout.contains("missing_block") && strict.stderr.contains("are warnings, none an error"));
    assert_eq!(validate(&["--strict", "--from", "2025-03-17"]).code, Some(0), "the hole is in the session before");
    let errors = validate(&["--severity", "error", "--json"]).json();
    assert_eq!(errors["findings"], serde_json::json!([]));
    assert_eq!(validate(&["--severity", "error", "--strict"]).code, Some(EXIT_USAGE));

    // A vendor's list is a note; a note is below a warning.
    let days = desk.write("days.txt", "2025-03-17\n");
    let degraded = validate(&["--degraded", &days]);
    assert!(degraded.code == Some(0) && degraded.stdout.contains("degraded_day"), "{}", degraded.stdout);
    let filtered = validate(&["--degraded", &days, "--severity", "warning"]).stdout;
    assert!(!filtered.contains("degraded_day") && filtered.contains("missing_block"), "{filtered}");

    // Under a calendar that halts Monday at noon the afternoon's bars are errors.
    let anchor = "  { date = \"2025-04-18\", kind = \"closed\"";
    assert_eq!(Calendar::SHIPPED_FILE.matches(anchor).count(), 1);
    let halt = "  { date = \"2025-03-17\", kind = \"halt\", at = \"12:00\", name = \"Halt\", source = \"good-friday-rule\", \
                confidence = \"reconciled\" },\n";
    let calendar = desk.write("calendar.toml", &Calendar::SHIPPED_FILE.replace(anchor, &format!("{halt}{anchor}")));
    for more in [&["--strict"][..], &[]] {
        let run = validate(&[more, &["--calendar-file", &calendar]].concat());
        assert_eq!(run.code, Some(EXIT_CHECK), "{}", run.stderr);
        assert!(run.stdout.lines().nth(2).unwrap().starts_with("error"), "the worst comes first: {}", run.stdout);
    }
}

#[test]
fn a_range_without_bars_is_no_clean_report() {
    let desk = Desk::with_bars();
    let run = desk.run(&[&VALIDATE[..], &["--from", "2024-03-13", "--to", "2024-03-15"]].concat());
    assert_eq!(run.code, Some(EXIT_INPUT), "{}", run.stdout);
    let part = "no bars of NQ are stored from 2024-03-13 to 2024-03-15; stored are 2025-03-14 to 2025-03-17";
    assert!(run.stderr.contains(part), "{}", run.stderr);
    assert!(!run.stderr.contains("next: "), "there are bars to validate: {}", run.stderr);
}
