//! The shipped calendar against vectors that were worked out independently of it.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{
    Calendar, CalendarError, Closure, ContractSymbol, LeadRule, MarketState, RollPolicy, TradeDate, UnixNanos,
};

fn instant(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

/// The trade date of an instant; "closed" where the market is closed.
fn check_trade_date(time: &str, expected: &str) {
    let trade_date = Calendar::shipped().trade_date_of(instant(time)).unwrap();
    assert_eq!(trade_date.map_or_else(|| "closed".to_owned(), |date| date.to_string()), expected, "{time}");
}

#[test]
fn instants_resolve_to_trade_dates() {
    // A Monday holiday belongs to the Tuesday, on both sides of its halt.
    check_trade_date("2025-01-19T23:00:00Z", "2025-01-21");
    check_trade_date("2025-01-20T15:00:00Z", "2025-01-21");
    check_trade_date("2025-01-20T17:59:59.999999999Z", "2025-01-21");
    check_trade_date("2025-01-20T18:00:00Z", "closed");
    check_trade_date("2025-01-20T20:00:00Z", "closed");
    check_trade_date("2025-01-20T23:00:00Z", "2025-01-21");
    // A Friday holiday belongs to the Monday.
    check_trade_date("2026-06-19T16:59:00Z", "2026-06-22");
    check_trade_date("2026-06-19T17:00:00Z", "closed");
    check_trade_date("2026-06-21T22:00:00Z", "2026-06-22");
    // An early close is a trade date of its own; the evening of the 3rd belongs to the day after the holiday.
    check_trade_date("2024-07-03T17:14:00Z", "2024-07-03");
    check_trade_date("2024-07-03T17:20:00Z", "closed");
    check_trade_date("2024-07-03T22:00:00Z", "2024-07-05");
    // Days of mourning.
    check_trade_date("2018-12-05T14:29:00Z", "2018-12-06");
    check_trade_date("2018-12-05T14:31:00Z", "closed");
    check_trade_date("2025-01-09T14:29:00Z", "2025-01-10");
    check_trade_date("2025-01-09T14:30:00Z", "closed");
    // Good Friday: closed with the evening before it, or open to 08:15 for the employment report.
    check_trade_date("2024-03-28T20:59:00Z", "2024-03-28");
    for hour in 21..=23 {
        check_trade_date(&format!("2024-03-28T{hour}:30:00Z"), "closed");
    }
    for hour in 0..24 {
        check_trade_date(&format!("2024-03-29T{hour:02}:30:00Z"), "closed");
    }
    check_trade_date("2024-03-31T22:00:00Z", "2024-04-01");
    check_trade_date("2026-04-03T13:14:00Z", "2026-04-06");
    check_trade_date("2026-04-03T13:15:00Z", "closed");
    // Three eras: close at 16:15, then 16:00 with a halt from 15:15, then without the halt.
    check_trade_date("2015-09-18T21:10:00Z", "2015-09-18");
    check_trade_date("2015-09-18T20:20:00Z", "closed");
    check_trade_date("2015-09-21T21:10:00Z", "closed");
    check_trade_date("2021-06-25T20:20:00Z", "closed");
    check_trade_date("2021-06-28T20:20:00Z", "2021-06-28");
    // Christmas: on a Monday the Sunday evening is closed too; after it the market opens on the holiday itself.
    check_trade_date("2023-12-24T23:30:00Z", "closed");
    check_trade_date("2023-12-25T15:00:00Z", "closed");
    check_trade_date("2023-12-25T23:00:00Z", "2023-12-26");
    check_trade_date("2025-12-24T18:14:00Z", "2025-12-24");
    check_trade_date("2025-12-24T23:30:00Z", "closed");
    check_trade_date("2025-12-25T22:59:00Z", "closed");
    check_trade_date("2025-12-25T23:00:00Z", "2025-12-26");
    // Clock changes fall on closed Sundays; only the opening hour in UTC moves.
    check_trade_date("2026-03-06T21:59:00Z", "2026-03-06");
    check_trade_date("2026-03-06T22:00:00Z", "closed");
    check_trade_date("2026-03-08T21:59:00Z", "closed");
    check_trade_date("2026-03-08T22:00:00Z", "2026-03-09");
    check_trade_date("2025-10-31T20:59:00Z", "2025-10-31");
    check_trade_date("2025-10-31T21:00:00Z", "closed");
    check_trade_date("2025-11-02T22:59:00Z", "closed");
    check_trade_date("2025-11-02T23:00:00Z", "2025-11-03");
    // Maintenance, and a Saturday.
    check_trade_date("2025-06-03T21:00:00Z", "closed");
    check_trade_date("2025-06-03T22:00:00Z", "2025-06-04");
    check_trade_date("2025-01-11T15:20:00Z", "closed");
}

/// One line of the list of exceptions: what kind of day, when it halts, whose trade date its open hours are.
fn check_exception(calendar: &Calendar, line: &str) {
    let [day, kind, halt, is_trade_date, session_date] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
    let day = date(day);
    assert_eq!(calendar.session(day).unwrap().is_some(), is_trade_date == "1", "{line}");
    let midday =
        calendar.local_midnight(day).unwrap().checked_add_nanos(12 * 60 * UnixNanos::MINUTE + UnixNanos::SECOND);
    if kind == "full" {
        // No segment opens between the close before and 17:00 of the day.
        assert_eq!(calendar.trade_date_of(midday.unwrap()).unwrap(), None, "{line}");
        let morning = calendar.local_midnight(day).unwrap();
        let next_open = calendar.market_state(morning).unwrap().next_open.unwrap();
        assert!(next_open.nanos() - morning.nanos() >= 17 * 60 * UnixNanos::MINUTE, "{line}");
    } else {
        let halt = instant(halt);
        let before = halt.checked_add_nanos(-1).unwrap();
        assert_eq!(calendar.trade_date_of(before).unwrap(), Some(date(session_date)), "{line}");
        assert_eq!(calendar.trade_date_of(halt).unwrap(), None, "{line}");
        let session = calendar.session(date(session_date)).unwrap().unwrap();
        assert!(!session.note.is_empty(), "{line}");
        assert_eq!(session.is_projected, day >= date("2027-01-01"), "{line}");
    }
}

#[test]
fn every_exception_halts_when_listed() {
    let calendar = Calendar::shipped();
    let lines = include_str!("vectors/exceptions.csv").lines().skip(1);
    assert_eq!(lines.map(|line| check_exception(&calendar, line)).count(), 150);
}

#[test]
fn every_weekday_outside_the_list_is_regular() {
    let calendar = Calendar::shipped();
    let list = include_str!("vectors/exceptions.csv");
    let mut day = calendar.valid_from();
    let (mut regular, mut other) = (0, 0);
    while day <= calendar.valid_to() {
        let weekday = day.date().format("%u").to_string().parse::<u8>().unwrap();
        let listed = list.lines().any(|line| line.starts_with(&format!("{day},")));
        let session = calendar.session(day).unwrap();
        if weekday <= 5 && !listed {
            let session = session.unwrap();
            let own: Vec<_> =
                session.segments.iter().filter(|segment| segment.open >= previous_evening(&calendar, day)).collect();
            let minutes: i64 =
                own.iter().map(|segment| (segment.close.nanos() - segment.open.nanos()) / UnixNanos::MINUTE).sum();
            let expected = if (date("2015-09-21")..date("2021-06-28")).contains(&day) { 1365 } else { 1380 };
            assert_eq!(minutes, expected, "{day}");
            regular += 1;
        } else if weekday > 5 {
            assert!(session.is_none(), "{day}");
            other += 1;
        }
        day = day.next_day().unwrap();
    }
    assert_eq!((regular, other), (3392 - 150, 1356));
}

/// 16:59 in Chicago of the day before: after every close, before every open.
fn previous_evening(calendar: &Calendar, day: TradeDate) -> UnixNanos {
    calendar.local_midnight(day).unwrap().checked_add_nanos(-7 * 60 * UnixNanos::MINUTE - UnixNanos::MINUTE).unwrap()
}

#[test]
fn contracts_end_and_roll_when_listed() {
    let calendar = Calendar::shipped();
    let (from, to) = (calendar.valid_from(), calendar.valid_to());
    let rolls = RollPolicy::STANDARD.schedule(&calendar, "NQ".parse().unwrap(), from, to).unwrap();
    let lines: Vec<_> = include_str!("vectors/nq_expiries_and_rolls.csv").lines().skip(1).collect();
    assert_eq!((lines.len(), rolls.len()), (118, 52));
    let mut rolls = rolls.iter();
    for line in lines {
        let [contract, third_friday, last_date, last_time, monday, thursday, note] =
            line.split(',').collect::<Vec<_>>().try_into().unwrap();
        let contract: ContractSymbol = contract.parse().unwrap();
        assert_eq!(calendar.last_trade_date(contract).unwrap(), date(last_date), "{line}");
        assert_eq!(calendar.last_trade_time(contract).unwrap(), instant(last_time), "{line}");
        assert_eq!(calendar.expiry_note(contract).unwrap().is_empty(), third_friday == last_date, "{line}");
        assert_eq!(calendar.expiry_note(contract).unwrap().is_empty(), note.is_empty(), "{line}");
        assert_eq!(date(third_friday).date().format("%a").to_string(), "Fri", "{line}");
        let lead_date = match calendar.lead_rule(contract).unwrap() {
            LeadRule::ThursdayEightDaysBeforeExpiry => thursday,
            LeadRule::MondayBeforeThirdFriday => monday,
        };
        assert_eq!(lead_date == monday, third_friday > "2022-04", "{line}");
        let days_before = (date(third_friday).date() - date(lead_date).date()).num_days();
        assert_eq!(days_before, if lead_date == monday { 4 } else { 8 }, "{line}");
        if !("2015".."2028").contains(&monday) {
            continue;
        }
        let roll = rolls.next().unwrap();
        assert_eq!((roll.from, roll.trade_date), (contract, date(monday)), "{line}");
        assert_eq!(roll.to, contract.next_quarterly().unwrap(), "{line}");
        // 17:00 in Chicago on the Sunday: 22:00 UTC in summer time, else 23:00; all roll Sundays but December's are.
        let sunday = date(monday).date().pred_opt().unwrap();
        let hour = if monday[5..7] == *"12" { 23 } else { 22 };
        assert_eq!(roll.roll_ts, instant(&format!("{sunday}T{hour}:00:00Z")), "{line}");
    }
}

#[test]
fn the_market_state_looks_both_ways() {
    let calendar = Calendar::shipped();
    let state = |time: &str| calendar.market_state(instant(time)).unwrap();
    // Monday of a holiday, before its halt.
    assert_eq!(
        state("2025-01-20T15:00:00Z"),
        MarketState {
            trade_date: Some(date("2025-01-21")),
            next_open: Some(instant("2025-01-20T23:00:00Z")),
            next_close: Some(instant("2025-01-20T18:00:00Z")),
            reason: "Martin Luther King Jr. Day",
            closure: None,
            outage: None,
            is_regular_hours: false,
        }
    );
    // The halt itself: closed from its first instant on.
    assert_eq!(
        state("2025-01-20T18:00:00Z"),
        MarketState {
            trade_date: None,
            next_open: Some(instant("2025-01-20T23:00:00Z")),
            next_close: Some(instant("2025-01-21T22:00:00Z")),
            reason: "Martin Luther King Jr. Day",
            closure: Some(Closure::Exception),
            outage: None,
            is_regular_hours: false,
        }
    );
    // The open itself: the next open is strictly after it.
    assert_eq!(
        state("2025-01-20T23:00:00Z"),
        MarketState {
            trade_date: Some(date("2025-01-21")),
            next_open: Some(instant("2025-01-21T23:00:00Z")),
            next_close: Some(instant("2025-01-21T22:00:00Z")),
            reason: "",
            closure: None,
            outage: None,
            is_regular_hours: false,
        }
    );
    // The last close of the file: nothing is known after it.
    assert_eq!(
        state("2027-12-31T22:00:00Z"),
        MarketState {
            trade_date: None,
            next_open: None,
            next_close: None,
            reason: "weekend",
            closure: Some(Closure::Weekend),
            outage: None,
            is_regular_hours: false,
        }
    );
}

#[test]
fn session_minutes_leave_closed_time_out() {
    let calendar = Calendar::shipped();
    let minutes = |from: &str, to: &str| calendar.session_minutes_between(instant(from), instant(to)).unwrap();
    // The last common bar of the March 2025 roll closes with the session: two days old, no session minute old.
    assert_eq!(minutes("2025-03-14T21:00:00Z", "2025-03-16T22:00:00Z"), 0);
    assert_eq!(minutes("2025-03-14T20:59:00Z", "2025-03-16T22:00:30Z"), 1);
    assert_eq!(minutes("2025-03-14T20:59:00Z", "2025-03-16T22:01:00Z"), 2);
    assert_eq!(minutes("2025-01-19T23:00:00Z", "2025-01-21T22:00:00Z"), 19 * 60 + 23 * 60);
    assert_eq!(minutes("2015-01-01T23:00:00Z", "2015-01-02T22:15:00Z"), 1380);
    assert_eq!(minutes("2025-03-14T21:00:00Z", "2025-03-14T21:00:00Z"), 0);
}

#[test]
fn settlement_follows_its_eras() {
    let calendar = Calendar::shipped();
    for (day, expected) in [
        ("2020-10-23", "2020-10-23T20:15:00Z"),
        ("2020-10-26", "2020-10-26T20:00:00Z"),
        ("2024-07-03", "2024-07-03T17:00:00Z"),
        ("2025-01-21", "2025-01-21T21:00:00Z"),
    ] {
        assert_eq!(calendar.session(date(day)).unwrap().unwrap().settlement, instant(expected), "{day}");
    }
}

#[test]
fn an_outage_is_open_time_that_is_listed() {
    let calendar = Calendar::shipped();
    let time = instant("2025-11-28T06:00:00Z");
    assert_eq!(calendar.trade_date_of(time).unwrap(), Some(date("2025-11-28")));
    assert!(calendar.outages().iter().any(|outage| outage.from <= time && time < outage.to));
}

#[test]
fn questions_outside_the_validity_are_refused() {
    let calendar = Calendar::shipped();
    let out_of_range = |error: CalendarError| matches!(error, CalendarError::OutOfRange { .. });
    for day in ["2014-12-31", "2028-01-01", "2028-01-03"] {
        assert!(out_of_range(calendar.session(date(day)).unwrap_err()), "{day}");
        assert!(out_of_range(calendar.local_midnight(date(day)).unwrap_err()), "{day}");
        assert!(out_of_range(calendar.sessions(date("2020-01-02"), date(day)).unwrap_err()), "{day}");
    }
    for time in ["2014-12-31T22:59:59.999999999Z", "2027-12-31T22:00:00.000000001Z", "2028-01-03T15:00:00Z"] {
        assert!(out_of_range(calendar.trade_date_of(instant(time)).unwrap_err()), "{time}");
        assert!(out_of_range(calendar.market_state(instant(time)).unwrap_err()), "{time}");
    }
    // The instant of the last close is known to be closed, but not which trade date follows.
    assert_eq!(calendar.trade_date_of(instant("2027-12-31T22:00:00Z")).unwrap(), None);
    assert!(out_of_range(calendar.trade_date_at_or_after(instant("2027-12-31T22:00:00Z")).unwrap_err()));
    for (symbol, is_listed) in [
        ("NQH2029", true),
        ("ESH1999", true),
        ("NQF2026", false),
        ("MNQH2019", false),
        ("NQM1999", false),
        ("GCZ2025", false),
    ] {
        let error = calendar.last_trade_date(symbol.parse().unwrap()).unwrap_err();
        assert_eq!(out_of_range(error.clone()), is_listed, "{symbol}: {error}");
    }
    assert_eq!(calendar.last_trade_date("MNQM2019".parse().unwrap()).unwrap(), date("2019-06-21"));
    let reversed = calendar.sessions(date("2025-01-03"), date("2025-01-02")).unwrap_err();
    assert!(matches!(reversed, CalendarError::Reversed { .. }), "{reversed}");
}
