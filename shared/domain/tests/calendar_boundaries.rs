//! Both sides of every dated row of the shipped file. The rows are read from the file itself, so that a row without an
//! expectation here fails, and so does an expectation without a row.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{Calendar, CalendarError, Confidence, ContractSymbol, HoursFilter, TradeDate, UnixNanos};
use toml::{Table, Value};

fn instant(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn day_before(day: TradeDate) -> TradeDate {
    TradeDate::new(day.date().pred_opt().unwrap())
}

/// The rows of a section, whether it is a list of tables or a table with a list.
fn rows(section: &str) -> Vec<Table> {
    let file: Table = Calendar::SHIPPED_FILE.parse().unwrap();
    let list = match &file[section] {
        Value::Table(table) => table.get("rows").or_else(|| table.get("overrides")).unwrap().clone(),
        list => list.clone(),
    };
    list.as_array().unwrap().iter().map(|row| row.as_table().unwrap().clone()).collect()
}

fn text<'a>(row: &'a Table, key: &str) -> &'a str {
    row[key].as_str().unwrap()
}

/// Checks that the rows of a section begin as expected, so that none stays untested.
fn check_begins(section: &str, key: &str, expected: &[&str]) {
    let begins: Vec<String> = rows(section).iter().map(|row| text(row, key).to_owned()).collect();
    assert_eq!(begins, expected, "{section}");
}

/// Open, close, number of segments, minutes, minutes of regular hours of a session.
fn hours_of(day: &str) -> String {
    let calendar = Calendar::shipped();
    let session = calendar.session(date(day)).unwrap().unwrap();
    let (full, regular) = (session.minutes(), session.minutes_of(HoursFilter::Regular));
    assert_eq!(full, regular + session.minutes_of(HoursFilter::Extended), "{day}");
    format!("{} {} {} {full} {regular}", session.open(), session.close(), session.segments.len())
}

#[test]
fn hours_change_with_their_first_trade_date() {
    check_begins("hours", "from", &["2015-01-01", "2015-09-21", "2021-06-28"]);
    for (day, expected) in [
        ("2015-01-02", "2015-01-01T23:00:00Z 2015-01-02T22:15:00Z 2 1380 405"),
        ("2015-09-18", "2015-09-17T22:00:00Z 2015-09-18T21:15:00Z 2 1380 405"),
        ("2015-09-21", "2015-09-20T22:00:00Z 2015-09-21T21:00:00Z 2 1365 405"),
        ("2021-06-25", "2021-06-24T22:00:00Z 2021-06-25T21:00:00Z 2 1365 405"),
        ("2021-06-28", "2021-06-27T22:00:00Z 2021-06-28T21:00:00Z 1 1380 390"),
        // On an early close regular hours end with its settlement, at 12:00; a halted day before adds none.
        ("2024-07-03", "2024-07-02T22:00:00Z 2024-07-03T17:15:00Z 1 1155 210"),
        ("2025-01-21", "2025-01-19T23:00:00Z 2025-01-21T22:00:00Z 2 2520 390"),
    ] {
        assert_eq!(hours_of(day), expected, "{day}");
    }
}

#[test]
fn settlement_changes_with_its_first_trade_date() {
    check_begins("settlement", "from", &["2015-01-01", "2020-10-26"]);
    for (day, expected) in [
        ("2015-01-02", "2015-01-02T21:15:00Z"),
        ("2020-10-23", "2020-10-23T20:15:00Z"),
        ("2020-10-26", "2020-10-26T20:00:00Z"),
    ] {
        assert_eq!(Calendar::shipped().session(date(day)).unwrap().unwrap().settlement, instant(expected), "{day}");
    }
}

#[test]
fn price_limits_change_with_their_first_trade_date() {
    check_begins("price_limits", "from", &["2015-01-01", "2020-10-12"]);
    let calendar = Calendar::shipped();
    for (day, overnight, after_close, confidence) in [
        ("2015-01-01", 5, None, Confidence::Reconciled),
        ("2019-12-31", 5, None, Confidence::Reconciled),
        // The trade date of the change is not settled.
        ("2020-01-01", 5, None, Confidence::Unverified),
        ("2020-10-11", 5, None, Confidence::Unverified),
        ("2020-10-12", 7, Some(7), Confidence::Unverified),
        ("2020-12-31", 7, Some(7), Confidence::Unverified),
        ("2021-01-01", 7, Some(7), Confidence::Exchange),
        ("2027-12-31", 7, Some(7), Confidence::Exchange),
    ] {
        let era = calendar.price_limit_era(date(day)).unwrap();
        assert_eq!(
            (era.overnight_percent, era.after_close_percent, era.confidence_on(date(day))),
            (overnight, after_close, confidence),
            "{day}"
        );
        assert_eq!((era.regular_percents.as_slice(), era.last_hour_percent), (&[7, 13, 20][..], 20), "{day}");
        assert_eq!(
            [&era.overnight_applies, &era.regular_applies, &era.last_hour_applies, &era.after_close_applies],
            ["17:00 to 08:30", "08:30 to 14:25", "14:25 to 15:00", "15:00 to the close"]
        );
    }
    for day in ["2014-12-31", "2028-01-01"] {
        assert!(matches!(calendar.price_limit_era(date(day)), Err(CalendarError::OutOfRange { .. })), "{day}");
    }
}

#[test]
fn lead_months_change_with_the_expiring_contract() {
    check_begins("roll_conventions", "from_expiry", &["1999-06", "2022-06"]);
    for (symbol, expected) in [
        ("ESH1999", "out of range"),
        ("ESM1999", "thursday_eight_days_before_expiry"),
        ("NQU1999", "thursday_eight_days_before_expiry"),
        ("NQH2022", "thursday_eight_days_before_expiry"),
        ("NQM2022", "monday_before_third_friday"),
        ("MNQH2022", "thursday_eight_days_before_expiry"),
        ("MNQM2022", "monday_before_third_friday"),
        ("NQZ2028", "monday_before_third_friday"),
        ("NQH2029", "out of range"),
    ] {
        let calendar = Calendar::shipped();
        let symbol: ContractSymbol = symbol.parse().unwrap();
        let rule = match calendar.lead_rule(symbol) {
            Ok(rule) => rule.name(),
            Err(CalendarError::OutOfRange { .. }) => "out of range",
            Err(error) => panic!("{error}"),
        };
        assert_eq!(rule, expected, "{symbol}");
        if let Ok(confidence) = calendar.lead_rule_confidence(symbol) {
            assert_eq!(confidence, Confidence::Secondary, "{symbol}");
        }
    }
}

#[test]
fn terms_change_with_their_first_trade_date() {
    let calendar = Calendar::shipped();
    // Root, first date of the row, listing rule before it, listing rule from it on.
    let q = "March, June, September and December";
    let expected = [
        ("ES", "1997-09-09", "not listed", q.to_owned()),
        ("MES", "2019-05-06", "not listed", format!("{q}, five quarters")),
        ("NQ", "1999-06-21", "not listed", format!("{q}, two quarters")),
        ("NQ", "2013-01-01", "March, June, September and December, two quarters", format!("{q}, five quarters")),
        (
            "NQ",
            "2021-01-01",
            "March, June, September and December, five quarters",
            format!("{q}, six quarters and four further Decembers"),
        ),
        ("MNQ", "2019-05-06", "not listed", format!("{q}, five quarters")),
        ("RTY", "2017-07-10", "not listed", q.to_owned()),
        ("M2K", "2019-05-06", "not listed", format!("{q}, five quarters")),
        ("YM", "2002-04-05", "not listed", q.to_owned()),
        ("MYM", "2019-05-06", "not listed", format!("{q}, five quarters")),
    ];
    let products = rows("products");
    assert_eq!(products.len(), expected.len());
    for (row, (root, from, before, on)) in products.iter().zip(expected) {
        assert_eq!((text(row, "root"), text(row, "from")), (root, from));
        let (root, from) = (root.parse().unwrap(), date(from));
        let spec = calendar.spec_on(root, from).unwrap();
        assert_eq!((spec.listing_rule.as_str(), spec.effective_from), (on.as_str(), from), "{root}");
        let listing = row.get("listing_confidence").and_then(Value::as_str).unwrap_or(text(row, "confidence"));
        assert_eq!(
            (spec.confidence.name(), spec.listing_confidence.name()),
            (text(row, "confidence"), listing),
            "{root}"
        );
        // Multipliers and ticks are settled; which months are listed is not for every year.
        assert!(!spec.confidence.is_unconfirmed(), "{root}");
        assert_eq!(spec.listing_confidence.is_unconfirmed(), spec.listing_rule.contains("Decembers"), "{root}");
        match calendar.spec_on(root, day_before(from)) {
            Ok(spec) => assert_eq!(spec.listing_rule, before, "{root}"),
            Err(error @ CalendarError::NotListed { .. }) => {
                assert_eq!(before, "not listed", "{root}");
                let expected =
                    format!("{root} on {} is not listed (not_listed: {root} trades from {from})", day_before(from));
                assert_eq!(error.to_string(), expected);
            }
            Err(error) => panic!("{error}"),
        }
    }
    for spec in calendar.specs() {
        assert_eq!(calendar.spec(spec.root).unwrap(), calendar.spec_on(spec.root, calendar.valid_to()).unwrap());
        let after = calendar.spec_on(spec.root, date("2028-01-01"));
        assert!(matches!(after, Err(CalendarError::OutOfRange { .. })), "{}", spec.root);
    }
}

#[test]
fn margins_change_with_their_first_trade_date() {
    let calendar = Calendar::shipped();
    let rows = rows("margins");
    let lines: Vec<_> = include_str!("vectors/margins.csv").lines().skip(1).collect();
    assert_eq!(rows.len(), lines.len());
    let mut before = (String::new(), String::new());
    for (row, line) in rows.iter().zip(lines) {
        let [root, from, initial, maintenance, confidence] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!((text(row, "root"), text(row, "from")), (root, from), "{line}");
        let shown = |on: TradeDate| {
            let margins = calendar.margins(root.parse().unwrap(), on).unwrap();
            margins.map_or_else(|| "none".to_owned(), |row| format!("{},{}", row.initial, row.maintenance))
        };
        let amounts = format!("{initial},{maintenance}");
        assert_eq!(shown(date(from)), amounts, "{line}");
        let expected_before = if before.0 == root { before.1.as_str() } else { "none" };
        assert_eq!(shown(day_before(date(from))), expected_before, "{line}");
        let in_force = calendar.margins(root.parse().unwrap(), date(from)).unwrap().unwrap();
        assert_eq!((in_force.confidence.name(), in_force.day, in_force.effective_from), (confidence, None, date(from)));
        before = (root.to_owned(), amounts);
    }
    // No row is not a margin of zero, and a root without rows has none.
    assert_eq!(calendar.margins("ES".parse().unwrap(), date("2025-01-02")), Ok(None));
    assert!(matches!(
        calendar.margins("GC".parse().unwrap(), date("2025-01-02")),
        Err(CalendarError::UnknownRoot { .. })
    ));
    assert!(matches!(
        calendar.margins("NQ".parse().unwrap(), date("2028-01-01")),
        Err(CalendarError::OutOfRange { .. })
    ));
}

#[test]
fn the_micro_margin_is_a_tenth_on_every_date() {
    let calendar = Calendar::shipped();
    let (mut day, mut judged) = (date("2019-05-06"), 0);
    while day <= calendar.valid_to() {
        let margins = |root: &str| calendar.margins(root.parse().unwrap(), day).unwrap().unwrap();
        let (large, micro) = (margins("NQ"), margins("MNQ"));
        assert_eq!(micro.initial.checked_mul(10), Some(large.initial), "{day}");
        assert_eq!(micro.maintenance.checked_mul(10), Some(large.maintenance), "{day}");
        judged += 1;
        day = day.next_day().unwrap();
    }
    assert_eq!(judged, 3162);
}

#[test]
fn fees_change_with_their_first_trade_date() {
    let calendar = Calendar::shipped();
    let expected = [
        ("NQ", "1999-06-21", "none", "1.14 0.02 secondary"),
        ("NQ", "2015-01-01", "1.14 0.02 secondary", "1.28 0.02 unverified"),
        ("MNQ", "2019-05-06", "none", "0.30 0.02 unverified"),
    ];
    let rows = rows("exchange_fees");
    assert_eq!(rows.len(), expected.len());
    for (row, (root, from, before, on)) in rows.iter().zip(expected) {
        assert_eq!((text(row, "root"), text(row, "from")), (root, from));
        let shown = |on: TradeDate| {
            let fees = calendar.exchange_fees(root.parse().unwrap(), on).unwrap();
            fees.map_or_else(
                || "none".to_owned(),
                |row| format!("{} {} {}", row.exchange, row.nfa, row.confidence.name()),
            )
        };
        assert_eq!((shown(day_before(date(from))).as_str(), shown(date(from)).as_str()), (before, on), "{root} {from}");
    }
    assert_eq!(calendar.exchange_fees("ES".parse().unwrap(), date("2025-01-02")), Ok(None));
}

#[test]
fn contracts_of_an_override_end_as_it_says_and_their_neighbours_on_the_third_friday() {
    let calendar = Calendar::shipped();
    check_begins("expiry", "month", &["2008-03", "2026-06", "2027-06"]);
    for (symbol, end, note, confidence) in [
        ("NQZ2007", "2007-12-21T14:30:00Z", "", Confidence::Exchange),
        ("NQH2008", "2008-03-20T13:30:00Z", "Third Friday is Good Friday", Confidence::Reconciled),
        ("NQM2008", "2008-06-20T13:30:00Z", "", Confidence::Exchange),
        ("NQH2026", "2026-03-20T13:30:00Z", "", Confidence::Exchange),
        ("NQM2026", "2026-06-18T13:30:00Z", "Third Friday is Juneteenth", Confidence::Reconciled),
        ("NQU2026", "2026-09-18T13:30:00Z", "", Confidence::Exchange),
        // The exchange has not published the year 2027.
        ("NQH2027", "2027-03-19T13:30:00Z", "", Confidence::Projected),
        ("NQM2027", "2027-06-17T13:30:00Z", "Third Friday is Juneteenth (observed)", Confidence::Projected),
        ("NQU2027", "2027-09-17T13:30:00Z", "", Confidence::Projected),
        // Sessions end with 2027, the rule of the third Friday is known for a year more.
        ("NQH2028", "2028-03-17T13:30:00Z", "", Confidence::Projected),
        ("ESM1999", "1999-06-18T13:30:00Z", "", Confidence::Exchange),
    ] {
        let symbol: ContractSymbol = symbol.parse().unwrap();
        assert_eq!(calendar.last_trade_time(symbol), Ok(instant(end)), "{symbol}");
        assert_eq!(calendar.last_trade_date(symbol).unwrap().to_string(), end[..10], "{symbol}");
        assert_eq!(calendar.expiry_note(symbol), Ok(note), "{symbol}");
        assert_eq!(calendar.expiry_confidence(symbol), Ok(confidence), "{symbol}");
    }
    for symbol in ["ESH1999", "NQH2029"] {
        let symbol: ContractSymbol = symbol.parse().unwrap();
        let error = calendar.last_trade_date(symbol).unwrap_err().to_string();
        assert!(error.contains("1999-06-01 to 2028-12-31"), "{error}");
        assert!(calendar.expiry_note(symbol).is_err() && calendar.expiry_confidence(symbol).is_err(), "{symbol}");
    }
}

#[test]
fn outages_begin_and_end_to_the_nanosecond() {
    let calendar = Calendar::shipped();
    check_begins("outages", "from", &["2015-06-30T22:00:00Z", "2025-11-28T03:00:00Z"]);
    for (from, to, name) in [
        ("2015-06-30T22:00:00Z", "2015-07-01T00:45:00Z", "Open delayed for the leap second"),
        ("2025-11-28T03:00:00Z", "2025-11-28T13:30:00Z", "Data centre cooling failure"),
    ] {
        for (at, nudge, expected) in [(from, -1, None), (from, 0, Some(name)), (to, -1, Some(name)), (to, 0, None)] {
            let at = instant(at).checked_add_nanos(nudge).unwrap();
            assert_eq!(calendar.market_state(at).unwrap().outage, expected, "{at}");
        }
        // An outage is open time.
        assert_eq!(calendar.is_open(instant(from)), Ok(true));
    }
}

/// One line of the list of exceptions: what stands on both sides of each border of its day.
fn check_exception(line: &str, name: &str) {
    let calendar = Calendar::shipped();
    let [day, kind, halt, is_trade_date, session_date] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
    let day = date(day);
    let midnight = calendar.local_midnight(day).unwrap();
    let at = |minute: i64, nudge: i64| midnight.checked_add_nanos(minute * UnixNanos::MINUTE + nudge).unwrap();
    let state = |at: UnixNanos| {
        let state = calendar.market_state(at).unwrap();
        (state.trade_date.map(|date| date.to_string()).unwrap_or_default(), state.reason)
    };
    let is_on = |name: &str| day.date().format("%a").to_string() == name;
    // The block begins at 17:00 of the evening before, and would end at 16:00, at 16:15 until 2015-09-18.
    let (begin, end) = (-7 * 60, if day <= date("2015-09-18") { 16 * 60 + 15 } else { 16 * 60 });
    if day > calendar.valid_from() {
        let before = if is_on("Mon") { "weekend" } else { "maintenance" };
        assert_eq!(state(at(begin, -1)), (String::new(), before), "{line}");
    }
    let after = if is_on("Fri") { "weekend" } else { "maintenance" };
    assert_eq!(state(at(end, 0)), (String::new(), after), "{line}");
    assert_eq!(state(at(end, -1)), (String::new(), name), "{line}");
    if kind == "full" {
        assert_eq!(state(at(begin, 0)), (String::new(), name), "{line}");
    } else {
        let halt = instant(halt);
        let open = (session_date.to_owned(), name);
        assert_eq!(state(at(begin, 0)), open, "{line}");
        assert_eq!(state(halt.checked_add_nanos(-1).unwrap()), open, "{line}");
        assert_eq!(state(halt), (String::new(), name), "{line}");
    }
    assert_eq!(calendar.session(day).unwrap().is_some(), is_trade_date == "1", "{line}");
}

#[test]
fn exceptions_begin_and_end_with_their_block() {
    let rows = rows("exceptions");
    let lines: Vec<_> = include_str!("vectors/exceptions.csv").lines().skip(1).collect();
    assert_eq!((rows.len(), lines.len()), (150, 150));
    for (row, line) in rows.iter().zip(lines) {
        assert_eq!(text(row, "date"), &line[..10]);
        check_exception(line, text(row, "name"));
    }
}
