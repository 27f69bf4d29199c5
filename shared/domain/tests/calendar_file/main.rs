//! What a calendar file may say: each case changes one place of the shipped file.
#![allow(clippy::unwrap_used)]

mod contracts;
mod eras;
mod exceptions;
mod form;
mod hostile;
mod rates;

use peaktrade_domain::{Calendar, RollPolicy, Sha256, TradeDate};

/// The shipped file with one text, which must stand in it exactly once, replaced; and the line it stands on.
fn edit(old: &str, new: &str) -> (String, usize) {
    let file = Calendar::SHIPPED_FILE;
    assert_eq!(file.matches(old).count(), 1, "{old:?} must stand once in the shipped file");
    let line = file[..file.find(old).unwrap()].matches('\n').count() + 1;
    (file.replace(old, new), line)
}

/// An edit that must be refused, `lines_after` lines below the place edited, for a reason that holds `problem`.
fn check(old: &str, new: &str, lines_after: isize, problem: &str) {
    let (text, line) = edit(old, new);
    let error = Calendar::parse(&text).expect_err(problem);
    assert!(error.problem.contains(problem), "{old:?} to {new:?}: {error}");
    assert_eq!(error.line, line.checked_add_signed(lines_after).unwrap(), "{old:?} to {new:?}: {error}");
}

/// As [`check`], for a row whose first key is edited: the error names its header, one line above.
fn check_row(old: &str, new: &str, problem: &str) {
    check(old, new, -1, problem);
}

/// A text that must be refused for a reason that holds `problem`, wherever that is.
fn check_text(text: &str, problem: &str) {
    let error = Calendar::parse(text).expect_err(problem);
    assert!(error.problem.contains(problem), "{error}");
}

#[test]
fn the_shipped_file_is_what_it_says() {
    let calendar = Calendar::shipped();
    assert_eq!(calendar.version(), "2026.11.3");
    assert_eq!(
        (calendar.valid_from().to_string(), calendar.valid_to().to_string()),
        ("2015-01-01".into(), "2027-12-31".into())
    );
    assert_eq!(calendar.sha256(), Sha256::of(Calendar::SHIPPED_FILE.as_bytes()));
    assert_eq!(calendar.sources().len(), Calendar::SHIPPED_FILE.matches("[[sources]]").count());
    // Root, dollars a point, tick, spread tick, family, weight, first trade date.
    let expected = "ES 50.00 0.25 0.05 ES 1/1 1997-09-09\n\
                    M2K 5.00 0.1 0.05 RTY 1/10 2019-05-06\n\
                    MES 5.00 0.25 0.05 ES 1/10 2019-05-06\n\
                    MNQ 2.00 0.25 0.05 NQ 1/10 2019-05-06\n\
                    MYM 0.50 1 1 YM 1/10 2019-05-06\n\
                    NQ 20.00 0.25 0.05 NQ 1/1 1999-06-21\n\
                    RTY 50.00 0.1 0.05 RTY 1/1 2017-07-10\n\
                    YM 5.00 1 1 YM 1/1 2002-04-05";
    let rows: Vec<String> = calendar
        .specs()
        .iter()
        .map(|spec| {
            let (numerator, denominator) = spec.family_weight;
            format!(
                "{} {} {} {} {} {numerator}/{denominator} {}",
                spec.root, spec.multiplier, spec.tick, spec.spread_tick, spec.family, spec.first_trade_date
            )
        })
        .collect();
    assert_eq!(rows.join("\n"), expected);
    let unknown = calendar.spec("GC".parse().unwrap()).unwrap_err().to_string();
    assert!(unknown.contains("ES, M2K, MES, MNQ, MYM, NQ, RTY, YM"), "{unknown}");
}

#[test]
fn a_roll_monday_that_is_no_trade_date_moves_to_the_next_one() {
    let next = r#"  { date = "2025-04-18", kind = "closed""#;
    let row = r#"  { date = "2025-03-17", kind = "halt", at = "12:00", name = "A holiday", source = "public-calendars", confidence = "exchange" },"#;
    let (text, _) = edit(next, &format!("{row}\n{next}"));
    let calendar = Calendar::parse(&text).unwrap();
    let (from, to): (TradeDate, TradeDate) = ("2025-03-18".parse().unwrap(), "2025-03-18".parse().unwrap());
    let rolls = RollPolicy::STANDARD.schedule(&calendar, "NQ".parse().unwrap(), from, to).unwrap();
    assert_eq!(rolls.len(), 1);
    assert_eq!((rolls[0].trade_date, rolls[0].roll_ts.to_string()), (from, "2025-03-16T22:00:00Z".to_owned()));
    assert_ne!(calendar.sha256(), Calendar::shipped().sha256());
}
