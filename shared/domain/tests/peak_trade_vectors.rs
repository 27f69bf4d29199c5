//! Vectors of the earlier Python implementation of symbols, rolls and sessions, and where this one departs from it.
//!
//! Every departure stands with both values and its reason; [`python`] holds the rules of the earlier one, so that a row's
//! first value is checked as well.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{
    Calendar, CalendarError, ContractMonth, ContractRoot, ContractSymbol, RollPolicy, TradeDate, UnixNanos, Usd,
};

/// The earlier implementation's rules, from its documented behaviour: New York time, no weekends, no holidays.
mod python {
    use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, TimeZone as _, Timelike as _, Utc, Weekday};
    use chrono_tz::America::New_York;

    /// First Friday and two weeks.
    pub(super) fn third_friday(year: i32, month: u32) -> Option<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let to_friday = (7 + Weekday::Fri.num_days_from_monday() - first.weekday().num_days_from_monday()) % 7;
        Some(first + Days::new(u64::from(to_friday) + 14))
    }

    /// Four days before the third Friday.
    pub(super) fn roll_date(year: i32, month: u32) -> Option<NaiveDate> {
        Some(third_friday(year, month)? - Days::new(4))
    }

    /// The first quarterly month after a date's month.
    pub(super) fn next_quarterly(date: NaiveDate) -> (i32, u32) {
        let after = [3, 6, 9, 12].into_iter().find(|month| *month > date.month());
        after.map_or((date.year() + 1, 3), |month| (date.year(), month))
    }

    /// From 18:00 of the calendar day before to 17:00.
    pub(super) fn session_bounds(date: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
        let at = |date: NaiveDate, hour| {
            New_York.from_local_datetime(&date.and_hms_opt(hour, 0, 0).unwrap()).unwrap().to_utc()
        };
        (at(date - Days::new(1), 18), at(date, 17))
    }

    /// The local date, from 18:00 on the next one.
    pub(super) fn trade_date(instant: DateTime<Utc>) -> NaiveDate {
        (instant.with_timezone(&New_York).naive_local() + TimeDelta::hours(6)).date()
    }

    /// From 17:00 to 18:00 of every calendar day.
    pub(super) fn is_maintenance(instant: DateTime<Utc>) -> bool {
        instant.with_timezone(&New_York).hour() == 17
    }
}

fn instant(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

/// What a row's reason says where the two agree.
const SAME: &str = "";

/// Two values that agree, or differ for a reason that the row gives.
#[track_caller]
fn check_departure<T: PartialEq + std::fmt::Debug>(input: &str, python: &T, ours: &T, reason: &str) {
    assert_eq!(python == ours, reason == SAME, "{input}: python {python:?}, ours {ours:?}, reason {reason:?}");
}

#[test]
fn contract_terms() {
    let calendar = Calendar::shipped();
    for (root, multiplier, tick_value) in [("NQ", "20", "5"), ("MNQ", "2", "0.5")] {
        let spec = calendar.spec(root.parse().unwrap()).unwrap();
        assert_eq!(spec.multiplier, multiplier.parse().unwrap(), "{root}");
        assert_eq!(spec.tick, "0.25".parse().unwrap(), "{root}");
        assert_eq!(Usd::from_points(spec.tick, 1, spec.multiplier), Some(tick_value.parse().unwrap()), "{root}");
        assert_eq!((spec.exchange.as_str(), spec.currency.as_str()), ("CME", "USD"), "{root}");
    }
    let canonical = "roots are written in capitals, so that one product has one name in every file";
    for (root, python, ours, reason) in [
        ("NQ", true, true, SAME),
        ("nq", true, false, canonical),
        (" NQ", false, false, SAME),
        ("XX", false, false, SAME),
        ("ES", false, true, "the calendar file specifies the whole family of equity-index roots"),
    ] {
        let found = root.parse().is_ok_and(|root: ContractRoot| calendar.spec(root).is_ok());
        assert_eq!(found, ours, "{root:?}");
        check_departure(root, &python, &ours, reason);
    }
    let refusal = calendar.spec("XX".parse().unwrap()).unwrap_err().to_string();
    assert!(refusal.contains("XX") && refusal.contains("MNQ"), "{refusal}");
}

#[test]
fn month_codes() {
    for (number, letter) in (1..).zip("FGHJKMNQUVXZ".chars()) {
        let month = ContractMonth::from_letter(u8::try_from(letter).unwrap()).unwrap();
        assert_eq!((month.number(), month.letter()), (number, letter));
        assert_eq!(month.is_quarterly(), [3, 6, 9, 12].contains(&number), "{letter}");
    }
    for (letter, python, ours, reason) in [
        (b'h', Some(3), None, "letters are written in capitals, so that one contract has one name"),
        (b'A', None, None, SAME),
        (b'I', None, None, SAME),
        (b' ', None, None, SAME),
    ] {
        assert_eq!(ContractMonth::from_letter(letter).map(ContractMonth::number), ours, "{letter}");
        check_departure(&char::from(letter).to_string(), &python, &ours, reason);
    }
}

#[test]
fn symbols_are_read() {
    let canonical = "only vendors' files are read leniently, by a function of their own that is given a reference date";
    let digits = "roots with digits exist (M2K)";
    let years = "years are 1990 to 2199 in both directions, so that what is read can be written";
    for (text, python, ours, reason) in [
        ("NQH2026", Some("NQH2026"), Some("NQH2026"), SAME),
        ("MNQZ2030", Some("MNQZ2030"), Some("MNQZ2030"), SAME),
        ("NQF2026", Some("NQF2026"), Some("NQF2026"), SAME),
        (" nqh2026 ", Some("NQH2026"), None, canonical),
        ("NQH6", None, None, SAME),
        ("NQH26", None, None, SAME),
        ("NQI2026", None, None, SAME),
        ("H2026", None, None, SAME),
        ("ABCDEFGHIH2026", None, None, SAME),
        ("N1H2026", None, Some("N1H2026"), digits),
        ("M2KM2025", None, Some("M2KM2025"), digits),
        ("NQH\u{662}\u{660}\u{662}\u{666}", Some("NQH2026"), None, "digits are ASCII"),
        ("NQH0001", Some("NQH0001"), None, years),
        ("NQH1899", Some("NQH1899"), None, years),
        ("NQH1950", Some("NQH1950"), None, years),
        ("NQH2201", Some("NQH2201"), None, years),
    ] {
        let read = text.parse::<ContractSymbol>().ok().map(|symbol| symbol.to_string());
        assert_eq!(read.as_deref(), ours, "{text:?}");
        check_departure(text, &python, &ours, reason);
    }
    // A month outside the quarterly cycle can be named, but no contract of the product has it.
    let refusal = Calendar::shipped().last_trade_date("NQF2026".parse().unwrap()).unwrap_err();
    assert!(matches!(refusal, CalendarError::NotListed { .. }), "{refusal}");
}

#[test]
fn symbols_are_written() {
    let canonical = "a root is checked when it is read, so that what is written can be read";
    let years = "years are 1990 to 2199: no index future is older, and no file of this century names a later one";
    for (root, month, year, python, ours, reason) in [
        ("NQ", 3, 2026, Some("NQH2026"), Some("NQH2026"), SAME),
        ("nq", 3, 2026, Some("NQH2026"), None, canonical),
        ("", 3, 2026, Some("H2026"), None, canonical),
        ("N Q!", 3, 2026, Some("N Q!H2026"), None, canonical),
        ("NQ", 0, 2026, None, None, SAME),
        ("NQ", 13, 2026, None, None, SAME),
        ("NQ", 3, 1899, None, None, SAME),
        ("NQ", 3, 1900, Some("NQH1900"), None, years),
        ("NQ", 3, 1989, Some("NQH1989"), None, years),
        ("NQ", 3, 1990, Some("NQH1990"), Some("NQH1990"), SAME),
        ("NQ", 3, 2199, Some("NQH2199"), Some("NQH2199"), SAME),
        ("NQ", 3, 2200, Some("NQH2200"), None, years),
        ("NQ", 3, 2201, None, None, SAME),
    ] {
        let symbol = || ContractSymbol::new(root.parse().ok()?, ContractMonth::from_number(month)?, year);
        let input = format!("{root:?} {month} {year}");
        assert_eq!(symbol().map(|symbol| symbol.to_string()).as_deref(), ours, "{input}");
        check_departure(&input, &python, &ours, reason);
    }
}

#[test]
fn the_next_quarterly_month_is_after_the_own() {
    for (day, expected) in
        [("2026-03-01", (2026, 6)), ("2026-02-28", (2026, 3)), ("2026-12-01", (2027, 3)), ("2025-10-31", (2025, 12))]
    {
        assert_eq!(python::next_quarterly(date(day).date()), expected, "{day}");
        let (year, month): (u16, u32) = (day[..4].parse().unwrap(), day[5..7].parse().unwrap());
        let contract = ContractSymbol::new("NQ".parse().unwrap(), ContractMonth::from_number(month).unwrap(), year);
        let next = contract.unwrap().next_quarterly().unwrap();
        assert_eq!((i32::from(next.year()), next.month().number()), expected, "{day}");
    }
}

#[test]
fn contracts_end_on_third_fridays_and_roll_on_their_mondays() {
    let calendar = Calendar::shipped();
    for (year, month, friday, monday) in [
        (2026, 3, "2026-03-20", "2026-03-16"),
        (2024, 3, "2024-03-15", "2024-03-11"),
        (2025, 6, "2025-06-20", "2025-06-16"),
        (2026, 9, "2026-09-18", "2026-09-14"),
        (2027, 12, "2027-12-17", "2027-12-13"),
    ] {
        assert_eq!(python::third_friday(year, month), Some(date(friday).date()), "{year}-{month}");
        assert_eq!(python::roll_date(year, month), Some(date(monday).date()), "{year}-{month}");
        let month = ContractMonth::from_number(month).unwrap();
        let contract = ContractSymbol::new("NQ".parse().unwrap(), month, u16::try_from(year).unwrap()).unwrap();
        assert_eq!(calendar.last_trade_date(contract).unwrap(), date(friday), "{contract}");
        let roll = RollPolicy::STANDARD.roll_of(&calendar, contract).unwrap();
        assert_eq!((roll.from, roll.trade_date), (contract, date(monday)), "{contract}");
    }
    assert_eq!((python::third_friday(2026, 13), ContractMonth::from_number(13)), (None, None));
}

#[test]
fn contracts_end_on_the_third_friday_but_where_it_is_a_holiday() {
    let calendar = Calendar::shipped();
    let (from, to) = (calendar.valid_from(), calendar.valid_to());
    let mut departures = Vec::new();
    for root in ["NQ", "MNQ"] {
        let contracts = calendar.contracts(root.parse().unwrap(), from, to).unwrap();
        assert_eq!(contracts.len(), if root == "NQ" { 52 } else { 35 });
        for contract in contracts {
            let (year, month) = (i32::from(contract.year()), contract.month().number());
            let roll = RollPolicy::STANDARD.roll_of(&calendar, contract).unwrap();
            assert_eq!(Some(roll.trade_date.date()), python::roll_date(year, month), "{contract}");
            let third_friday = TradeDate::new(python::third_friday(year, month).unwrap());
            let last = calendar.last_trade_date(contract).unwrap();
            if last != third_friday {
                departures.push(format!("{contract}: python {third_friday}, ours {last}"));
            }
        }
    }
    // Juneteenth itself in 2026, the Friday on which it is observed in 2027: the index is not published, so trading ends
    // on the Thursday.
    assert_eq!(
        departures,
        [
            "NQM2026: python 2026-06-19, ours 2026-06-18",
            "NQM2027: python 2027-06-18, ours 2027-06-17",
            "MNQM2026: python 2026-06-19, ours 2026-06-18",
            "MNQM2027: python 2027-06-18, ours 2027-06-17",
        ]
    );
}

/// Open and close of a day by the earlier rules, and our segments, each as `open/close`.
fn check_session(day: &str, python: &str, ours: &str, reason: &str) {
    let shown = |open: UnixNanos, close: UnixNanos| format!("{open}/{close}");
    let of_datetime = |time: chrono::DateTime<chrono::Utc>| UnixNanos::from_seconds(time.timestamp()).unwrap();
    let (open, close) = python::session_bounds(date(day).date());
    assert_eq!(shown(of_datetime(open), of_datetime(close)), python, "{day}");
    let calendar = Calendar::shipped();
    let session = calendar.session(date(day)).unwrap();
    let segments: Vec<_> =
        session.into_iter().flat_map(|s| &s.segments).map(|segment| shown(segment.open, segment.close)).collect();
    assert_eq!(segments.join(" "), ours, "{day}");
    check_departure(day, &python, &ours, reason);
}

#[test]
fn session_bounds() {
    // Winter time, the Monday after the change to summer time, the Monday after the change back.
    for (day, bounds) in [
        ("2026-03-06", "2026-03-05T23:00:00Z/2026-03-06T22:00:00Z"),
        ("2026-03-09", "2026-03-08T22:00:00Z/2026-03-09T21:00:00Z"),
        ("2026-11-02", "2026-11-01T23:00:00Z/2026-11-02T22:00:00Z"),
    ] {
        check_session(day, bounds, bounds, SAME);
    }
    let halted = "the hours before and after a holiday's halt belong to the next trade date";
    for (day, python, ours, reason) in [
        ("2026-01-10", "2026-01-09T23:00:00Z/2026-01-10T22:00:00Z", "", "a Saturday is no trade date"),
        ("2026-01-11", "2026-01-10T23:00:00Z/2026-01-11T22:00:00Z", "", "a Sunday is no trade date"),
        ("2025-12-25", "2025-12-24T23:00:00Z/2025-12-25T22:00:00Z", "", "the exchange is closed at Christmas"),
        ("2026-01-19", "2026-01-18T23:00:00Z/2026-01-19T22:00:00Z", "", halted),
        (
            "2026-01-20",
            "2026-01-19T23:00:00Z/2026-01-20T22:00:00Z",
            "2026-01-18T23:00:00Z/2026-01-19T18:00:00Z 2026-01-19T23:00:00Z/2026-01-20T22:00:00Z",
            halted,
        ),
        (
            "2025-11-28",
            "2025-11-27T23:00:00Z/2025-11-28T22:00:00Z",
            "2025-11-26T23:00:00Z/2025-11-27T18:00:00Z 2025-11-27T23:00:00Z/2025-11-28T18:15:00Z",
            "Thanksgiving's hours before, and a close at 12:15 on the day after",
        ),
        (
            "2015-03-06",
            "2015-03-05T23:00:00Z/2015-03-06T22:00:00Z",
            "2015-03-05T23:00:00Z/2015-03-06T21:15:00Z 2015-03-06T21:30:00Z/2015-03-06T22:15:00Z",
            "until 2015-09-18 trading ended at 16:15 in Chicago, with a halt from 15:15 to 15:30",
        ),
    ] {
        check_session(day, python, ours, reason);
    }
}

/// Trade date and maintenance by the earlier rules, and our trade date ("closed" where the market is shut).
fn check_instant(time: &str, (trade_date, is_maintenance): (&str, bool), ours: &str, next: &str) {
    let utc = instant(time).to_datetime();
    assert_eq!(python::trade_date(utc), date(trade_date).date(), "{time}");
    assert_eq!(python::is_maintenance(utc), is_maintenance, "{time}");
    let calendar = Calendar::shipped();
    let found = calendar.trade_date_of(instant(time)).unwrap();
    assert_eq!(found.map_or_else(|| "closed".to_owned(), |date| date.to_string()), ours, "{time}");
    assert_eq!(calendar.trade_date_at_or_after(instant(time)).unwrap(), date(next), "{time}");
}

#[test]
fn trade_dates_and_maintenance() {
    // Both agree on when maintenance is. The earlier rule still calls it the day that ended; here it has no trade date.
    check_instant("2026-01-15T21:59:59Z", ("2026-01-15", false), "2026-01-15", "2026-01-15");
    check_instant("2026-01-15T22:00:00Z", ("2026-01-15", true), "closed", "2026-01-16");
    check_instant("2026-01-15T22:59:59Z", ("2026-01-15", true), "closed", "2026-01-16");
    check_instant("2026-01-15T23:00:00Z", ("2026-01-16", false), "2026-01-16", "2026-01-16");
    check_instant("2026-07-15T20:59:59Z", ("2026-07-15", false), "2026-07-15", "2026-07-15");
    check_instant("2026-07-15T21:00:00Z", ("2026-07-15", true), "closed", "2026-07-16");
    check_instant("2026-07-15T22:00:00Z", ("2026-07-16", false), "2026-07-16", "2026-07-16");
    // Weekends: the earlier rule has trade dates on Saturday and Sunday, and maintenance on Sunday before the open.
    check_instant("2026-01-09T23:30:00Z", ("2026-01-10", false), "closed", "2026-01-12");
    check_instant("2026-01-10T12:00:00Z", ("2026-01-10", false), "closed", "2026-01-12");
    check_instant("2026-01-10T23:30:00Z", ("2026-01-11", false), "closed", "2026-01-12");
    check_instant("2026-01-11T22:30:00Z", ("2026-01-11", true), "closed", "2026-01-12");
    check_instant("2026-01-11T23:00:00Z", ("2026-01-12", false), "2026-01-12", "2026-01-12");
    // Holidays: closed at Christmas, a halted Monday that belongs to the Tuesday, a close at 12:15.
    check_instant("2025-12-25T15:00:00Z", ("2025-12-25", false), "closed", "2025-12-26");
    check_instant("2026-01-19T15:00:00Z", ("2026-01-19", false), "2026-01-20", "2026-01-20");
    check_instant("2026-01-19T18:00:00Z", ("2026-01-19", false), "closed", "2026-01-20");
    check_instant("2025-11-28T18:14:59Z", ("2025-11-28", false), "2025-11-28", "2025-11-28");
    check_instant("2025-11-28T18:15:00Z", ("2025-11-28", false), "closed", "2025-12-01");
    // The last quarter of an hour until 2015-09-18: the earlier rule has maintenance in it.
    check_instant("2015-03-06T22:10:00Z", ("2015-03-06", true), "2015-03-06", "2015-03-06");
    // An instant without a zone was read in the zone of the machine; here it is none.
    assert!("2026-01-15T22:00:00".parse::<UnixNanos>().is_err());
}

/// How often each kind of agreement or departure was met.
#[derive(Debug, Default, PartialEq, Eq)]
struct Met {
    same: u32,
    halted_holiday: u32,
    maintenance: u32,
    weekend: u32,
    exception: u32,
    halt: u32,
}

/// Both rules at an instant since 2015-09-21: they agree, or the departure is of a known kind.
fn classify(calendar: &Calendar, time: UnixNanos, met: &mut Met) {
    use chrono::Datelike as _;
    let python = TradeDate::new(python::trade_date(time.to_datetime()));
    let is_maintenance = python::is_maintenance(time.to_datetime());
    let is_weekend = python.date().weekday().number_from_monday() > 5;
    let session = calendar.session(python).unwrap();
    match calendar.trade_date_of(time).unwrap() {
        Some(ours) => {
            assert!(!is_maintenance && !is_weekend, "{time} is open for {ours}");
            if ours == python {
                met.same += 1;
            } else {
                assert!(session.is_none() && python < ours, "{time}: python {python}, ours {ours}");
                assert_eq!(calendar.session_on_or_after(python).unwrap().trade_date, ours, "{time}");
                met.halted_holiday += 1;
            }
        }
        None if is_weekend => met.weekend += 1,
        None if is_maintenance => met.maintenance += 1,
        // Between the segments of a trade date's own day lies the halt from 15:15 to 15:30, while there was one.
        None if session.is_some_and(|session| session.open() < time && time < session.close()) => {
            assert!(python < date("2021-06-28"), "{time} is closed");
            met.halt += 1;
        }
        None => {
            assert!(session.is_none_or(|session| !session.note.is_empty()), "{time} is closed on a regular day");
            met.exception += 1;
        }
    }
}

#[test]
fn every_quarter_of_an_hour_agrees_or_departs_for_a_known_reason() {
    let calendar = Calendar::shipped();
    let (mut time, end) = (instant("2015-09-20T22:00:00Z"), instant("2027-12-31T22:00:00Z"));
    let mut met = Met::default();
    while time < end {
        classify(&calendar, time, &mut met);
        time = time.checked_add_nanos(15 * UnixNanos::MINUTE).unwrap();
    }
    let quarters = u32::try_from((end.nanos() - instant("2015-09-20T22:00:00Z").nanos()) / UnixNanos::MINUTE / 15);
    let sum = met.same + met.halted_holiday + met.maintenance + met.weekend + met.exception + met.halt;
    assert_eq!(Ok(sum), quarters, "{met:?}");
    // One quarter of an hour on each of the sessions with the halt, which the conformance lists count as well.
    assert_eq!(met.halt, 1619 - 180, "{met:?}");
    assert!(met.same > 200_000 && met.halted_holiday > 5_000 && met.exception > 1_000, "{met:?}");
}
