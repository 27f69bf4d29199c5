//! Laws of counting: n-th trade dates, expected minutes, parts of a session; and what the calendar says about an instant.
#![allow(clippy::unwrap_used)]

use chrono::{Days, Offset as _, TimeZone as _};
use peaktrade_domain::{Calendar, CalendarError, HoursFilter, Session, TradeDate, UnixNanos};
use proptest::prelude::*;

/// Civil days of the shipped validity.
const DAYS: u64 = 4748;

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn nth_day(number: u64) -> TradeDate {
    TradeDate::new(Calendar::shipped().valid_from().date() + Days::new(number))
}

fn all_sessions(calendar: &Calendar) -> &[Session] {
    calendar.sessions(calendar.valid_from(), calendar.valid_to()).unwrap()
}

#[test]
fn the_validity_has_the_days_that_the_laws_draw_from() {
    let calendar = Calendar::shipped();
    assert_eq!((nth_day(0), nth_day(DAYS - 1)), (calendar.valid_from(), calendar.valid_to()));
    assert_eq!(calendar.session(calendar.valid_from()), Ok(None));
    assert_eq!(calendar.nth_trade_date(calendar.valid_from(), 0), Ok(date("2015-01-02")));
}

#[test]
fn trade_dates_are_counted_over_weekends_and_holidays() {
    let calendar = Calendar::shipped();
    for (from, n, expected) in [
        ("2025-01-17", 0, "2025-01-17"),
        ("2025-01-17", 1, "2025-01-21"),
        ("2025-01-18", 0, "2025-01-21"),
        ("2025-01-18", 1, "2025-01-22"),
        ("2025-01-20", -1, "2025-01-17"),
        ("2025-01-21", -1, "2025-01-17"),
        ("2025-01-21", -2, "2025-01-16"),
        ("2027-12-31", 0, "2027-12-31"),
        ("2015-01-05", -1, "2015-01-02"),
    ] {
        assert_eq!(calendar.nth_trade_date(date(from), n), Ok(date(expected)), "{from} {n}");
    }
    for (from, n) in [
        ("2027-12-31", 1),
        ("2015-01-02", -1),
        ("2015-01-01", -1),
        ("2025-01-17", i32::MAX),
        ("2025-01-17", i32::MIN),
        ("2014-12-31", 1),
        ("2028-01-01", -1),
    ] {
        let error = calendar.nth_trade_date(date(from), n).unwrap_err();
        assert!(matches!(error, CalendarError::OutOfRange { .. }), "{from} {n}: {error}");
    }
    assert_eq!(calendar.session_on_or_before(date("2025-01-20")).unwrap().trade_date, date("2025-01-17"));
    assert_eq!(calendar.session_on_or_before(date("2025-01-21")).unwrap().trade_date, date("2025-01-21"));
    assert!(calendar.session_on_or_before(date("2015-01-01")).is_err());
}

#[test]
fn expected_minutes_are_those_of_known_weeks() {
    let calendar = Calendar::shipped();
    let minutes = |from: &str, to: &str| {
        HoursFilter::ALL.map(|hours| calendar.expected_minutes(date(from), date(to), hours).unwrap())
    };
    // A week of five full days.
    assert_eq!(minutes("2025-06-02", "2025-06-06"), [6900, 1950, 4950]);
    // A Monday holiday: its 19 hours belong to the Tuesday, its regular hours are none.
    assert_eq!(minutes("2025-01-20", "2025-01-24"), [19 * 60 + 4 * 1380, 4 * 390, 19 * 60 + 4 * 990]);
    assert_eq!(minutes("2025-01-20", "2025-01-20"), [0, 0, 0]);
    // Thanksgiving 2025: halted Thursday, Friday to 12:15, its cash market to 12:00, one trade date.
    assert_eq!(minutes("2025-11-27", "2025-11-28"), [19 * 60 + 19 * 60 + 15, 210, 2 * 19 * 60 + 15 - 210]);
}

#[test]
fn no_segment_contains_a_clock_change() {
    let calendar = Calendar::shipped();
    let offset = |instant: UnixNanos| {
        chrono_tz::America::Chicago.offset_from_utc_datetime(&instant.to_datetime().naive_utc()).fix().local_minus_utc()
    };
    let mut offsets = std::collections::BTreeSet::new();
    for segment in all_sessions(&calendar).iter().flat_map(|session| &session.segments) {
        let last = segment.close.checked_add_nanos(-1).unwrap();
        assert_eq!(offset(segment.open), offset(last), "{segment:?}");
        offsets.insert(offset(segment.open));
    }
    assert_eq!(offsets.into_iter().collect::<Vec<_>>(), [-6 * 3600, -5 * 3600]);
}

#[test]
fn regular_hours_lie_inside_the_last_segments_of_their_session() {
    let calendar = Calendar::shipped();
    for session in all_sessions(&calendar) {
        let regular = session.regular_hours.unwrap();
        assert_eq!(session.segments_of(HoursFilter::Regular), [regular], "{session:?}");
        assert_eq!(
            regular.open.nanos() - calendar.local_midnight(session.trade_date).unwrap().nanos(),
            510 * UnixNanos::MINUTE
        );
        assert!(session.note.is_empty() || regular.close <= session.close());
    }
}

/// What the calendar says about an instant: the reason, and a mark for open time and regular hours.
fn check_reason(time: &str, mark: &str, reason: &str) {
    let calendar = Calendar::shipped();
    let state = calendar.market_state(time.parse().unwrap()).unwrap();
    let found = match (state.trade_date, state.is_regular_hours) {
        (None, false) => "closed",
        (Some(_), false) => "open",
        (Some(_), true) => "regular",
        (None, true) => panic!("{time}: regular hours while the market is closed"),
    };
    assert_eq!((found, state.reason), (mark, reason), "{time}");
}

#[test]
fn every_instant_has_its_reason() {
    for (time, mark, reason) in [
        // A plain Tuesday of 2025, and the maintenance after it.
        ("2025-06-02T22:00:00Z", "open", ""),
        ("2025-06-03T13:29:59Z", "open", ""),
        ("2025-06-03T13:30:00Z", "regular", ""),
        ("2025-06-03T19:59:59Z", "regular", ""),
        ("2025-06-03T20:00:00Z", "open", ""),
        ("2025-06-03T21:00:00Z", "closed", "maintenance"),
        ("2025-06-03T21:59:59Z", "closed", "maintenance"),
        ("2025-06-03T22:00:00Z", "open", ""),
        // The weekend begins with Friday's close and ends with Sunday's open.
        ("2025-06-06T21:00:00Z", "closed", "weekend"),
        ("2025-06-08T21:59:59Z", "closed", "weekend"),
        // The daily halt of the years before.
        ("2020-06-03T20:14:59Z", "regular", ""),
        ("2020-06-03T20:15:00Z", "closed", "daily halt"),
        ("2020-06-03T20:30:00Z", "open", ""),
        // A halted day: open without regular hours, halted for its own reason, then maintenance as on any day.
        ("2025-01-20T15:00:00Z", "open", "Martin Luther King Jr. Day"),
        ("2025-01-20T18:00:00Z", "closed", "Martin Luther King Jr. Day"),
        ("2025-01-20T22:00:00Z", "closed", "maintenance"),
        ("2025-01-20T23:00:00Z", "open", ""),
        // An early close.
        ("2024-07-03T15:00:00Z", "regular", "Day before Independence Day"),
        ("2024-07-03T16:59:59Z", "regular", "Day before Independence Day"),
        ("2024-07-03T17:00:00Z", "open", "Day before Independence Day"),
        ("2024-07-03T17:15:00Z", "closed", "Day before Independence Day"),
        // A closed day takes the evening before with it.
        ("2024-03-28T21:30:00Z", "closed", "maintenance"),
        ("2024-03-28T22:30:00Z", "closed", "Good Friday"),
        ("2024-03-29T20:59:00Z", "closed", "Good Friday"),
        ("2024-03-29T21:00:00Z", "closed", "weekend"),
        ("2014-12-31T23:00:00Z", "closed", "New Year's Day"),
        ("2023-12-24T23:30:00Z", "closed", "Christmas"),
    ] {
        check_reason(time, mark, reason);
    }
}

#[test]
fn rows_that_nothing_confirms_warn() {
    let calendar = Calendar::shipped();
    let warnings = |from: &str, to: &str| calendar.warnings(date(from), date(to));
    assert_eq!(calendar.projected_from(), Some(date("2027-01-01")));
    assert_eq!(warnings("2025-01-01", "2025-12-31"), [""; 0]);
    assert_eq!(
        warnings("2027-05-31", "2027-06-18"),
        ["2027-05-31 Memorial Day: the row is projected", "2027-06-18 Juneteenth: the row is projected",]
    );
    assert_eq!(warnings("2027-01-01", "2027-12-31").len(), 11);
    let good_friday =
        "2026-04-03 Good Friday, open for the employment report: the trade date of its open hours is unverified";
    // On the day itself, and on the Monday whose trade date its open hours are said to have; not on the Tuesday.
    assert_eq!(warnings("2026-04-03", "2026-04-03"), [good_friday]);
    assert_eq!(warnings("2026-04-06", "2026-04-06"), [good_friday]);
    assert_eq!(warnings("2026-04-07", "2026-04-07"), [""; 0]);
    // The evening of 30 June belongs to the trade date of 1 July.
    let leap_second = "2015-06-30T22:00:00Z Open delayed for the leap second: the outage is unverified";
    assert_eq!(warnings("2015-06-30", "2015-06-30"), [""; 0]);
    assert_eq!(warnings("2015-07-01", "2015-07-01"), [leap_second]);
    assert_eq!(warnings("2015-06-30", "2015-07-01"), [leap_second]);
    assert_eq!(warnings("2015-07-02", "2015-07-02"), [""; 0]);
    assert_eq!(warnings("2027-06-18", "2027-05-31"), [""; 0]);
    assert_eq!(warnings("1970-01-01", "2261-12-31").len(), 11 + 4 + 1);
}

proptest! {
    #[test]
    fn the_local_date_is_that_of_the_clock(second in 0_i64..13 * 366 * 86_400) {
        let calendar = Calendar::shipped();
        let first: UnixNanos = "2014-12-31T23:00:00Z".parse().unwrap();
        let instant = first.checked_add_nanos(second * 1_000_000_000).unwrap();
        match calendar.local_date(instant) {
            Ok(day) => prop_assert_eq!(day.date(), calendar.to_local(instant).date()),
            Err(error) => prop_assert_eq!(Err(error), calendar.is_open(instant)),
        }
    }

    #[test]
    fn the_nth_trade_date_is_the_inverse_of_counting(from in 0..DAYS, n in -400_i32..400) {
        let calendar = Calendar::shipped();
        let from = nth_day(from);
        let sessions = all_sessions(&calendar);
        let dates: Vec<TradeDate> = sessions.iter().map(|session| session.trade_date).collect();
        match calendar.nth_trade_date(from, n) {
            Ok(found) => {
                let counted = if n < 0 {
                    -i32::try_from(dates.iter().filter(|day| (found..from).contains(day)).count()).unwrap()
                } else {
                    i32::try_from(dates.iter().filter(|day| (from..found).contains(day)).count()).unwrap()
                };
                prop_assert_eq!(counted, n);
                prop_assert!(dates.contains(&found));
            }
            Err(_) => {
                let room = dates.iter().filter(|day| if n < 0 { **day < from } else { **day >= from }).count();
                prop_assert!(room < usize::try_from(n.abs()).unwrap() + usize::from(n >= 0), "{from} {n} {room}");
            }
        }
    }

    #[test]
    fn expected_minutes_are_additive_and_those_of_the_sessions(a in 0..DAYS, b in 0..DAYS, c in 0..DAYS) {
        let calendar = Calendar::shipped();
        let mut days = [a, b, c];
        days.sort_unstable();
        let [from, middle, to] = days.map(nth_day);
        let after = middle.next_day().unwrap();
        for hours in HoursFilter::ALL {
            let minutes = |from, to| calendar.expected_minutes(from, to, hours).unwrap();
            let later = if after <= to { minutes(after, to) } else { 0 };
            prop_assert_eq!(minutes(from, to), minutes(from, middle) + later);
            let walked: u64 =
                calendar.sessions(from, to).unwrap().iter().map(|session| session.minutes_of(hours)).sum();
            prop_assert_eq!(minutes(from, to), walked);
            if from < to {
                prop_assert!(calendar.expected_minutes(to, from, hours).is_err());
            }
        }
    }

    #[test]
    fn the_parts_of_a_session_are_the_whole(number in 0_usize..3000, at in 0.0_f64..1.0) {
        let calendar = Calendar::shipped();
        let session = &all_sessions(&calendar)[number];
        let [full, regular, extended] = HoursFilter::ALL.map(|hours| session.segments_of(hours));
        prop_assert_eq!(&full, &session.segments);
        let length = session.close().nanos() - session.open().nanos();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "an instant of the session")]
        let instant = session.open().checked_add_nanos((at * length as f64) as i64).unwrap();
        let holds = |part: &[peaktrade_domain::Segment]| part.iter().filter(|part| part.open <= instant && instant < part.close).count();
        prop_assert_eq!(holds(&full), holds(&regular) + holds(&extended));
        let state = calendar.market_state(instant).unwrap();
        prop_assert_eq!(state.is_regular_hours, holds(&regular) == 1);
        prop_assert_eq!(state.trade_date, (holds(&full) == 1).then_some(session.trade_date));
        prop_assert_eq!(calendar.is_open(instant).unwrap(), holds(&full) == 1);
        prop_assert_eq!(calendar.session_of(instant).unwrap(), (holds(&full) == 1).then_some(session));
        // Closed time always says why.
        prop_assert!(state.trade_date.is_some() || !state.reason.is_empty());
    }
}
