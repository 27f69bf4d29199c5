//! Facts about contracts and sessions that were collected from the exchange's and vendors' publications: which contracts
//! end before their third Friday, why the market is shut at known instants, regular hours, trade dates, dated terms.
//!
//! Trade dates of instants, rolls and ends of contracts stand in `calendar_vectors.rs`; price limits have their own file.
#![allow(clippy::unwrap_used)]

use chrono::{Days, NaiveDate, Weekday};
use peaktrade_domain::{Calendar, ContractMonth, ContractSymbol, HoursFilter, TradeDate, UnixNanos, Usd};

fn instant(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

#[test]
fn three_of_the_third_fridays_from_1999_to_2028_are_holidays_and_their_mondays_are_trade_dates() {
    let calendar = Calendar::shipped();
    let mut moved = Vec::new();
    let mut next = ContractSymbol::new("NQ".parse().unwrap(), ContractMonth::from_number(9).unwrap(), 1999);
    let (mut count, mut mondays) = (0, 0);
    while let Some(contract) = next.filter(|contract| contract.year() <= 2028) {
        let (year, month) = (i32::from(contract.year()), contract.month().number());
        let friday = NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Fri, 3).unwrap();
        // The Monday of the week of the expiry, on which the standard policy rolls.
        let monday = TradeDate::new(friday - Days::new(4));
        if (calendar.valid_from()..=calendar.valid_to()).contains(&monday) {
            assert!(calendar.session(monday).unwrap().is_some(), "{contract} {monday}");
            mondays += 1;
        }
        let last = calendar.last_trade_date(contract).unwrap();
        let note = calendar.expiry_note(contract).unwrap();
        assert_eq!(last.date() == friday, note.is_empty(), "{contract} {last} {note:?}");
        if !note.is_empty() {
            moved.push(format!("{contract} {last} {note}"));
        }
        (next, count) = (contract.next_quarterly(), count + 1);
    }
    // Thirteen of these years lie within the validity of the calendar.
    assert_eq!((count, mondays), (118, 13 * 4));
    assert_eq!(
        moved,
        [
            "NQH2008 2008-03-20 Third Friday is Good Friday",
            "NQM2026 2026-06-18 Third Friday is Juneteenth",
            "NQM2027 2027-06-17 Third Friday is Juneteenth (observed)",
        ]
    );
}

#[test]
fn a_shut_market_says_why() {
    let calendar = Calendar::shipped();
    for (time, reason) in [
        ("2025-01-20T20:00:00Z", "Martin Luther King Jr. Day"),
        ("2026-06-19T17:00:00Z", "Juneteenth"),
        ("2024-07-03T17:20:00Z", "Day before Independence Day"),
        ("2018-12-05T14:31:00Z", "Day of mourning for George H. W. Bush"),
        ("2024-03-29T12:00:00Z", "Good Friday"),
        ("2026-04-03T13:15:00Z", "Good Friday, open for the employment report"),
        ("2023-12-25T15:00:00Z", "Christmas"),
        ("2015-09-18T20:20:00Z", "daily halt"),
        ("2021-06-25T20:20:00Z", "daily halt"),
        ("2015-09-21T21:10:00Z", "maintenance"),
        ("2025-06-03T21:00:00Z", "maintenance"),
        ("2026-03-06T22:00:00Z", "weekend"),
        ("2026-03-07T12:00:00Z", "weekend"),
        ("2026-03-08T21:59:00Z", "weekend"),
        ("2025-11-02T22:59:00Z", "weekend"),
    ] {
        let state = calendar.market_state(instant(time)).unwrap();
        assert_eq!((state.trade_date, state.is_regular_hours), (None, false), "{time}");
        assert_eq!(state.reason, reason, "{time}");
        assert!(!calendar.is_open(instant(time)).unwrap(), "{time}");
    }
}

#[test]
fn an_open_market_says_whether_its_hours_are_regular_and_what_disturbs_it() {
    let calendar = Calendar::shipped();
    let outage = Some("Data centre cooling failure");
    for (time, trade_date, is_regular_hours, listed) in [
        // The evening before; the last minute before the cash market opens; its first and its last one.
        ("2026-01-14T23:00:00Z", "2026-01-15", false, None),
        ("2026-01-15T14:29:00Z", "2026-01-15", false, None),
        ("2026-01-15T14:30:00Z", "2026-01-15", true, None),
        ("2026-01-15T20:59:00Z", "2026-01-15", true, None),
        ("2026-01-15T21:00:00Z", "2026-01-15", false, None),
        // Regular hours ended at 15:15 while there was a halt.
        ("2021-06-25T20:14:00Z", "2021-06-25", true, None),
        ("2021-06-25T20:30:00Z", "2021-06-25", false, None),
        ("2021-06-28T20:20:00Z", "2021-06-28", false, None),
        ("2015-09-18T21:10:00Z", "2015-09-18", false, None),
        // Open hours of a halted day are no regular ones: the day is no trade date.
        ("2025-01-20T15:00:00Z", "2025-01-21", false, None),
        ("2018-12-05T14:29:00Z", "2018-12-06", false, None),
        // The night of the listed outage is open time.
        ("2025-11-28T06:00:00Z", "2025-11-28", false, outage),
        ("2025-11-28T13:29:00Z", "2025-11-28", false, outage),
        ("2025-11-28T15:00:00Z", "2025-11-28", true, None),
        // The short day's cash market closes a quarter of an hour before it.
        ("2025-11-28T17:59:00Z", "2025-11-28", true, None),
        ("2025-11-28T18:00:00Z", "2025-11-28", false, None),
    ] {
        let state = calendar.market_state(instant(time)).unwrap();
        assert_eq!(state.trade_date, Some(date(trade_date)), "{time}");
        assert_eq!((state.is_regular_hours, state.outage), (is_regular_hours, listed), "{time}");
        assert!(calendar.is_open(instant(time)).unwrap(), "{time}");
    }
}

#[test]
fn a_complete_history_has_so_many_minutes() {
    let calendar = Calendar::shipped();
    for (from, to, full, regular) in [
        // A close at 16:15 with the halt; at 16:00 with the halt; without it.
        ("2015-03-06", "2015-03-06", 1380, 405),
        ("2019-05-15", "2019-05-15", 1365, 405),
        ("2021-06-25", "2021-06-25", 1365, 405),
        ("2021-06-28", "2021-06-28", 1380, 390),
        // The weeks of the clock changes, in which no session is longer or shorter.
        ("2026-03-02", "2026-03-06", 5 * 1380, 5 * 390),
        ("2026-03-09", "2026-03-13", 5 * 1380, 5 * 390),
        ("2025-11-03", "2025-11-07", 5 * 1380, 5 * 390),
        // A halted Monday adds its 19 hours to the Tuesday; a day of mourning 15 hours and a half to the day after.
        ("2025-01-21", "2025-01-21", 1380 + 19 * 60, 390),
        ("2025-01-10", "2025-01-10", 1380 + 15 * 60 + 30, 390),
        // Thanksgiving and the short day after it.
        ("2025-11-28", "2025-11-28", 19 * 60 + 19 * 60 + 15, 210),
        // Closed on Good Friday, the evening before included; open to 08:15 on it.
        ("2024-03-28", "2024-04-01", 2 * 1380, 2 * 390),
        ("2026-04-02", "2026-04-06", 2 * 1380 + 15 * 60 + 15, 2 * 390),
    ] {
        let minutes = |hours| calendar.expected_minutes(date(from), date(to), hours).unwrap();
        assert_eq!(minutes(HoursFilter::Full), full, "{from} {to}");
        assert_eq!(minutes(HoursFilter::Regular), regular, "{from} {to}");
        assert_eq!(minutes(HoursFilter::Extended), full - regular, "{from} {to}");
    }
}

#[test]
fn trade_dates_are_counted_over_what_is_none() {
    let calendar = Calendar::shipped();
    for (from, n, expected) in [
        ("2025-01-17", 1, "2025-01-21"),
        ("2025-01-18", 0, "2025-01-21"),
        ("2025-01-20", 0, "2025-01-21"),
        ("2025-01-20", -1, "2025-01-17"),
        ("2025-01-21", -1, "2025-01-17"),
        ("2024-03-28", 1, "2024-04-01"),
        ("2024-07-03", 1, "2024-07-05"),
        ("2018-12-04", 1, "2018-12-06"),
        ("2025-01-08", 1, "2025-01-10"),
        ("2026-06-18", 1, "2026-06-22"),
        ("2023-12-22", 1, "2023-12-26"),
        ("2025-12-24", 1, "2025-12-26"),
    ] {
        assert_eq!(calendar.nth_trade_date(date(from), n).unwrap(), date(expected), "{from} {n}");
    }
    // Twelve years hold as many trade dates as the public calendar of them that the conformance lists name.
    assert_eq!(calendar.nth_trade_date(date("2015-01-02"), 3016).unwrap(), date("2026-12-31"));
    assert_eq!(calendar.nth_trade_date(date("2026-12-31"), -3016).unwrap(), date("2015-01-02"));
}

#[test]
fn products_are_listed_from_their_first_trade_date() {
    let calendar = Calendar::shipped();
    for (root, before, first, multiplier) in
        [("NQ", "1999-06-18", "1999-06-21", "20"), ("MNQ", "2019-05-03", "2019-05-06", "2")]
    {
        let root = root.parse().unwrap();
        let refusal = calendar.spec_on(root, date(before)).unwrap_err().to_string();
        assert!(refusal.contains("not_listed") && refusal.contains(first), "{refusal}");
        let spec = calendar.spec_on(root, date(first)).unwrap();
        assert_eq!((spec.multiplier, spec.first_trade_date), (usd(multiplier), date(first)));
        assert_eq!((spec.tick, spec.spread_tick), ("0.25".parse().unwrap(), "0.05".parse().unwrap()));
    }
}

#[test]
fn margins_are_those_in_force_and_the_micro_contracts_a_tenth_of_them() {
    let calendar = Calendar::shipped();
    let (large, micro) = ("NQ".parse().unwrap(), "MNQ".parse().unwrap());
    for (on, initial, maintenance) in [
        ("2018-12-28", "8360", "7600"),
        ("2019-05-06", "8360", "7600"),
        ("2020-03-17", "13200", "12000"),
        ("2020-03-18", "16500", "15000"),
        ("2020-11-13", "18700", "17000"),
        ("2022-01-20", "17600", "16000"),
        ("2022-01-21", "16500", "15000"),
    ] {
        let row = calendar.margins(large, date(on)).unwrap().unwrap();
        assert_eq!((row.initial, row.maintenance), (usd(initial), usd(maintenance)), "{on}");
    }
    assert_eq!(calendar.margins(micro, date("2019-05-03")).unwrap(), None);
    let mut compared = 0;
    for session in calendar.sessions(date("2019-05-06"), date("2022-12-30")).unwrap() {
        let of = |root| calendar.margins(root, session.trade_date).unwrap().unwrap();
        let (nq, mnq) = (of(large), of(micro));
        let tenfold = (mnq.initial.checked_mul(10), mnq.maintenance.checked_mul(10));
        assert_eq!(tenfold, (Some(nq.initial), Some(nq.maintenance)), "{}", session.trade_date);
        // What is deposited is 110 percent of what must be kept.
        assert_eq!(nq.initial.checked_mul(10), nq.maintenance.checked_mul(11), "{}", session.trade_date);
        compared += 1;
    }
    assert!(compared > 900, "{compared}");
}

#[test]
fn fees_are_those_in_force() {
    let calendar = Calendar::shipped();
    for (root, on, exchange) in
        [("NQ", "2005-06-01", "1.14"), ("NQ", "2020-06-01", "1.28"), ("MNQ", "2019-05-06", "0.30")]
    {
        let row = calendar.exchange_fees(root.parse().unwrap(), date(on)).unwrap().unwrap();
        assert_eq!((row.exchange, row.nfa), (usd(exchange), usd("0.02")), "{root} {on}");
    }
    assert_eq!(calendar.exchange_fees("MNQ".parse().unwrap(), date("2019-05-03")).unwrap(), None);
}
