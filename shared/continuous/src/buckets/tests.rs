use peaktrade_domain::{Calendar, HoursFilter, TradeDate, UnixNanos};

use super::Buckets;
use crate::BarSize;

fn instant(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn buckets(size: &str, hours: HoursFilter, days: (&str, &str), cuts: &[&str]) -> Buckets {
    let calendar = Calendar::shipped();
    let sessions = calendar.sessions(date(days.0), date(days.1)).unwrap();
    let cuts: Vec<UnixNanos> = cuts.iter().map(|cut| instant(cut)).collect();
    Buckets::new(size.parse().unwrap(), hours, sessions, &cuts)
}

/// The bar of a minute; expected is "open end trade_date", or "closed".
fn check(buckets: &Buckets, minute: &str, expected: &str) {
    let found = buckets.of(instant(minute)).map_or_else(
        || "closed".to_owned(),
        |bucket| {
            assert!(bucket.open <= instant(minute) && instant(minute) < bucket.end);
            format!("{} {} {}", bucket.open, bucket.end, bucket.trade_date)
        },
    );
    assert_eq!(found, expected, "{minute}");
}

const FULL: HoursFilter = HoursFilter::Full;

#[test]
fn bars_are_counted_from_the_open_of_the_session() {
    let days = ("2025-03-10", "2025-03-14");
    let hours = buckets("1h", FULL, days, &[]);
    check(&hours, "2025-03-11T22:00:00Z", "2025-03-11T22:00:00Z 2025-03-11T23:00:00Z 2025-03-12");
    check(&hours, "2025-03-12T13:47:00Z", "2025-03-12T13:00:00Z 2025-03-12T14:00:00Z 2025-03-12");
    check(&hours, "2025-03-12T20:59:00Z", "2025-03-12T20:00:00Z 2025-03-12T21:00:00Z 2025-03-12");
    check(&hours, "2025-03-12T21:00:00Z", "closed");
    check(&hours, "2025-03-09T21:59:00Z", "closed");
    check(&hours, "2025-03-17T12:00:00Z", "closed");
    let quarters = buckets("15m", FULL, days, &[]);
    check(&quarters, "2025-03-12T13:47:00Z", "2025-03-12T13:45:00Z 2025-03-12T14:00:00Z 2025-03-12");
    // A trade date across UTC midnight is one bar, and the Sunday evening belongs to Monday.
    let days_bars = buckets("1d", FULL, days, &[]);
    for minute in ["2025-03-11T22:00:00Z", "2025-03-12T00:00:00Z", "2025-03-12T20:59:00Z"] {
        check(&days_bars, minute, "2025-03-11T22:00:00Z 2025-03-12T21:00:00Z 2025-03-12");
    }
    check(&days_bars, "2025-03-09T22:00:00Z", "2025-03-09T22:00:00Z 2025-03-10T21:00:00Z 2025-03-10");
}

#[test]
fn summer_time_moves_the_open_and_the_bars_with_it() {
    // Friday opened at 23:00 UTC, Monday at 22:00: both at 17:00 in Chicago.
    let days = ("2025-03-07", "2025-03-10");
    let days_bars = buckets("1d", FULL, days, &[]);
    check(&days_bars, "2025-03-07T12:00:00Z", "2025-03-06T23:00:00Z 2025-03-07T22:00:00Z 2025-03-07");
    check(&days_bars, "2025-03-10T12:00:00Z", "2025-03-09T22:00:00Z 2025-03-10T21:00:00Z 2025-03-10");
    let regular = buckets("1h", HoursFilter::Regular, days, &[]);
    check(&regular, "2025-03-07T15:00:00Z", "2025-03-07T14:30:00Z 2025-03-07T15:30:00Z 2025-03-07");
    check(&regular, "2025-03-10T15:00:00Z", "2025-03-10T14:30:00Z 2025-03-10T15:30:00Z 2025-03-10");
    check(&regular, "2025-03-10T13:30:00Z", "2025-03-10T13:30:00Z 2025-03-10T14:30:00Z 2025-03-10");
    check(&regular, "2025-03-07T13:30:00Z", "closed");
}

#[test]
fn a_halt_ends_a_bar_and_the_reopening_begins_one() {
    // Until 2021 the market halted from 15:15 to 15:30 Chicago.
    let days = ("2020-06-09", "2020-06-10");
    let hours = buckets("1h", FULL, days, &[]);
    check(&hours, "2020-06-10T20:14:00Z", "2020-06-10T20:00:00Z 2020-06-10T20:15:00Z 2020-06-10");
    check(&hours, "2020-06-10T20:20:00Z", "closed");
    check(&hours, "2020-06-10T20:30:00Z", "2020-06-10T20:30:00Z 2020-06-10T21:00:00Z 2020-06-10");
    let day = buckets("1d", FULL, days, &[]);
    for minute in ["2020-06-10T20:14:00Z", "2020-06-10T20:30:00Z"] {
        check(&day, minute, "2020-06-09T22:00:00Z 2020-06-10T21:00:00Z 2020-06-10");
    }
}

#[test]
fn a_holiday_monday_is_a_part_of_tuesday_and_a_short_day_ends_early() {
    let days = ("2025-01-17", "2025-01-22");
    let hours = buckets("1h", FULL, days, &[]);
    check(&hours, "2025-01-20T17:59:00Z", "2025-01-20T17:00:00Z 2025-01-20T18:00:00Z 2025-01-21");
    check(&hours, "2025-01-20T18:00:00Z", "closed");
    check(&hours, "2025-01-20T23:10:00Z", "2025-01-20T23:00:00Z 2025-01-21T00:00:00Z 2025-01-21");
    let day = buckets("1d", FULL, days, &[]);
    for minute in ["2025-01-19T23:00:00Z", "2025-01-20T17:59:00Z", "2025-01-20T23:00:00Z", "2025-01-21T21:59:00Z"] {
        check(&day, minute, "2025-01-19T23:00:00Z 2025-01-21T22:00:00Z 2025-01-21");
    }
    // The day after Thanksgiving ends at 12:15 Chicago: its last bar has a quarter of an hour.
    let hours = buckets("1h", FULL, ("2025-11-26", "2025-12-01"), &[]);
    check(&hours, "2025-11-28T18:14:00Z", "2025-11-28T18:00:00Z 2025-11-28T18:15:00Z 2025-11-28");
    check(&hours, "2025-11-28T18:15:00Z", "closed");
}

#[test]
fn a_roll_within_a_bar_makes_two() {
    let days = ("2025-03-12", "2025-03-13");
    let roll = ["2025-03-12T13:20:00Z"];
    let hours = buckets("1h", FULL, days, &roll);
    check(&hours, "2025-03-12T13:19:00Z", "2025-03-12T13:00:00Z 2025-03-12T13:20:00Z 2025-03-12");
    check(&hours, "2025-03-12T13:20:00Z", "2025-03-12T13:20:00Z 2025-03-12T14:00:00Z 2025-03-12");
    check(&hours, "2025-03-12T14:05:00Z", "2025-03-12T14:00:00Z 2025-03-12T15:00:00Z 2025-03-12");
    let day = buckets("1d", FULL, days, &roll);
    check(&day, "2025-03-12T13:19:00Z", "2025-03-11T22:00:00Z 2025-03-12T13:20:00Z 2025-03-12");
    check(&day, "2025-03-12T13:20:00Z", "2025-03-12T13:20:00Z 2025-03-12T21:00:00Z 2025-03-12");
    check(&day, "2025-03-13T13:20:00Z", "2025-03-12T22:00:00Z 2025-03-13T21:00:00Z 2025-03-13");
    // A roll at an open cuts nothing, one in the halt of a holiday begins the new bar at the reopening.
    let open = buckets("1d", FULL, days, &["2025-03-12T22:00:00Z"]);
    check(&open, "2025-03-13T13:20:00Z", "2025-03-12T22:00:00Z 2025-03-13T21:00:00Z 2025-03-13");
    let holiday = buckets("1d", FULL, ("2025-01-17", "2025-01-22"), &["2025-01-20T20:00:00Z"]);
    check(&holiday, "2025-01-20T17:00:00Z", "2025-01-19T23:00:00Z 2025-01-20T20:00:00Z 2025-01-21");
    check(&holiday, "2025-01-21T17:00:00Z", "2025-01-20T23:00:00Z 2025-01-21T22:00:00Z 2025-01-21");
}

#[test]
fn regular_hours_have_bars_of_their_own_and_days_without_them_none() {
    let hours = buckets("1h", HoursFilter::Regular, ("2025-01-17", "2025-01-22"), &[]);
    check(&hours, "2025-01-17T14:29:00Z", "closed");
    check(&hours, "2025-01-17T20:59:00Z", "2025-01-17T20:30:00Z 2025-01-17T21:00:00Z 2025-01-17");
    check(&hours, "2025-01-17T21:00:00Z", "closed");
    // The holiday itself has none, and Tuesday's begin on Tuesday.
    check(&hours, "2025-01-20T15:00:00Z", "closed");
    let day = buckets("1d", HoursFilter::Regular, ("2025-01-17", "2025-01-22"), &[]);
    check(&day, "2025-01-21T15:00:00Z", "2025-01-21T14:30:00Z 2025-01-21T21:00:00Z 2025-01-21");
    // On Good Friday 2021 trading ended before the cash market would have opened.
    let good_friday = buckets("1d", HoursFilter::Regular, ("2021-04-01", "2021-04-05"), &[]);
    check(&good_friday, "2021-04-02T13:00:00Z", "closed");
}

#[test]
fn a_range_of_stamps_takes_whole_bars() {
    let check = |size: &str, range: (&str, &str), expected: (&str, &str)| {
        let buckets = buckets(size, FULL, ("2025-01-17", "2025-01-22"), &[]);
        let found = buckets.minutes_of(instant(range.0), instant(range.1));
        assert_eq!(found, (instant(expected.0), instant(expected.1)), "{size} {range:?}");
    };
    let inside = ("2025-01-17T14:20:00Z", "2025-01-17T16:40:00Z");
    check("1m", inside, inside);
    check("1h", inside, ("2025-01-17T15:00:00Z", "2025-01-17T17:00:00Z"));
    check("1d", inside, ("2025-01-17T22:00:00Z", "2025-01-17T22:00:00Z"));
    let at_open = ("2025-01-16T23:00:00Z", "2025-01-19T23:00:00Z");
    for size in BarSize::ALL {
        check(size.name(), at_open, at_open);
    }
    // Within the halt of a holiday Tuesday's bar runs already.
    let halt = ("2025-01-19T23:00:00Z", "2025-01-20T20:00:00Z");
    check("1h", halt, halt);
    check("1d", halt, ("2025-01-19T23:00:00Z", "2025-01-21T22:00:00Z"));
}
