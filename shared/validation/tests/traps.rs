//! Traps that real files have held, each made again by hand: what the validator calls it. The table of all of them, with
//! those that importers and rolls answer, stands in `tests/all/traps.rs`.
#![allow(clippy::unwrap_used)]

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, UnixNanos};
use peaktrade_validation::SessionValidator;

const TICK: i64 = 250_000_000;

fn at(text: &str) -> i64 {
    text.parse::<UnixNanos>().unwrap().nanos()
}

fn bar(ts: i64) -> Bar {
    let price = |quarters: i64| 20_000_000_000_000 + (quarters + ts / UnixNanos::MINUTE % 7) * TICK;
    Bar { ts, open: price(0), high: price(3), low: price(-3), close: price(1), volume: 5 }
}

/// Every open minute of the trade dates from `from` to `to`, both inclusive.
fn whole(from: &str, to: &str) -> Bars {
    let mut bars = Bars::default();
    let calendar = Calendar::shipped();
    for session in calendar.sessions(from.parse().unwrap(), to.parse().unwrap()).unwrap() {
        for segment in &session.segments {
            let minutes = (segment.open.nanos()..segment.close.nanos()).step_by(60_000_000_000);
            minutes.for_each(|ts| bars.push(bar(ts)));
        }
    }
    bars
}

/// Bars without those of [from, to).
fn without(bars: &Bars, from: &str, to: &str) -> Bars {
    let mut kept = bars.view().between(UnixNanos::from_nanos(i64::MIN), from.parse().unwrap()).to_bars();
    kept.extend(bars.between(to.parse().unwrap(), UnixNanos::from_nanos(i64::MAX)));
    kept
}

/// Bars with more of them, in order.
fn with(bars: &Bars, more: impl IntoIterator<Item = Bar>) -> Bars {
    let mut all: Vec<Bar> = (0..bars.len()).filter_map(|row| bars.get(row)).chain(more).collect();
    all.sort_by_key(|bar| bar.ts);
    let mut sorted = Bars::default();
    all.into_iter().for_each(|bar| sorted.push(bar));
    sorted
}

/// Expected are (code, count, trade date of the first case), in order.
fn expect(contract: &str, bars: &Bars, sessions: u64, expected: &[(&str, u64, &str)]) {
    let calendar = Calendar::shipped();
    let mut validator = SessionValidator::new(&calendar, contract.parse().unwrap()).unwrap();
    validator.take(bars.view()).unwrap();
    let found = validator.finish();
    let told: Vec<_> = found.list.iter().map(|f| (f.code.name(), f.count, f.first.to_string())).collect();
    let expected: Vec<_> = expected.iter().map(|(code, count, date)| (*code, *count, (*date).to_owned())).collect();
    assert_eq!(told, expected, "{found:#?}");
    assert_eq!(found.sessions, sessions);
}

#[test]
fn weekend_prints_at_the_friday_close() {
    let week = whole("2025-01-10", "2025-01-14");
    let print = |text: &str| Bar { volume: 1, ..bar(at(text)) };
    let weekend = ["2025-01-10T22:30:00Z", "2025-01-11T15:20:00Z", "2025-01-12T13:00:00Z"].map(print);
    expect("NQH2025", &with(&week, weekend), 3, &[("weekend_bar", 3, "2025-01-13")]);
}

#[test]
fn an_absurd_price_on_a_saturday_and_in_a_session() {
    let (week, saturday, session) = (whole("2024-01-19", "2024-01-22"), "2024-01-20T18:59:00Z", "2024-01-22T15:00:00Z");
    let absurd = |ts: i64| {
        let (low, high) = (500_000_000, 20_000_000_000_000);
        Bar { ts, open: low, high, low, close: high, volume: 6 }
    };
    expect("MNQH2024", &with(&week, [absurd(at(saturday))]), 2, &[("weekend_bar", 1, "2024-01-22")]);
    let spiked = with(&without(&week, session, "2024-01-22T15:01:00Z"), [absurd(at(session))]);
    expect("MNQH2024", &spiked, 2, &[("spike", 1, "2024-01-22")]);
}

#[test]
fn prices_without_volume() {
    let mut thin = whole("2025-04-01", "2025-04-01");
    thin.volume[100..220].fill(0);
    expect("NQM2025", &thin, 1, &[("zero_volume", 120, "2025-04-01")]);
}

#[test]
fn a_holiday_s_open_hours_are_of_the_next_trade_date() {
    // Monday 2025-01-20 trades until noon in Chicago, as a part of Tuesday.
    let days = whole("2025-01-17", "2025-01-21");
    expect("NQH2025", &days, 2, &[]);
    let hole = without(&days, "2025-01-20T15:00:00Z", "2025-01-20T15:40:00Z");
    expect("NQH2025", &hole, 2, &[("missing_block", 40, "2025-01-21")]);
    let cut = without(&days, "2025-01-20T00:00:00Z", "2025-01-20T23:00:00Z");
    expect("NQH2025", &cut, 2, &[("missing_block", 1_080, "2025-01-21")]);
}

#[test]
fn closes_that_no_rule_yields() {
    // 2025-01-09 halts at 08:30 in Chicago.
    let mourning = whole("2025-01-08", "2025-01-10");
    expect("NQH2025", &mourning, 2, &[]);
    expect("NQH2025", &with(&mourning, [bar(at("2025-01-09T14:30:00Z"))]), 2, &[("holiday_bar", 1, "2025-01-10")]);
    // Good Friday was open until 08:15 in 2021 and closed in 2025.
    let open = bar(at("2021-04-02T13:14:00Z"));
    let closed = [bar(at("2021-04-02T13:15:00Z"))];
    assert!(whole("2021-04-01", "2021-04-05").ts.contains(&open.ts));
    let codes = |bars: &Bars, contract: &str| {
        let calendar = Calendar::shipped();
        let mut validator = SessionValidator::new(&calendar, contract.parse().unwrap()).unwrap();
        validator.take(bars.view()).unwrap();
        let list = validator.finish().list;
        list.into_iter()
            .map(|finding| finding.code.name())
            .filter(|code| !code.starts_with("calendar"))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&whole("2021-04-01", "2021-04-05"), "NQM2021"), [""; 0]);
    assert_eq!(codes(&with(&whole("2021-04-01", "2021-04-05"), closed), "NQM2021"), ["holiday_bar"]);
    let friday = [bar(at("2025-04-18T13:00:00Z"))];
    assert_eq!(codes(&with(&whole("2025-04-17", "2025-04-21"), friday), "NQM2025"), ["holiday_bar"]);
}

#[test]
fn calendar_and_data_disagree_both_ways() {
    // Made by a calendar that takes 2023-07-03 for a regular day and 2023-07-05 for none.
    let days = without(&whole("2023-06-30", "2023-07-06"), "2023-07-03T22:00:00Z", "2023-07-05T21:00:00Z");
    let regular = (at("2023-07-03T17:15:00Z")..at("2023-07-03T21:00:00Z")).step_by(60_000_000_000).map(bar);
    expect(
        "NQU2023",
        &with(&days, regular),
        4,
        &[("holiday_bar", 225, "2023-07-05"), ("missing_session", 2_520, "2023-07-05")],
    );
}

#[test]
fn hours_follow_their_eras() {
    // The halt at 15:15 in Chicago ended in June 2021; the close was at 16:15 until September 2015.
    for (contract, date, minutes) in [
        ("NQZ2015", "2015-09-18", 1_380),
        ("NQZ2015", "2015-09-21", 1_365),
        ("NQU2021", "2021-06-25", 1_365),
        ("NQU2021", "2021-06-28", 1_380),
    ] {
        let day = whole(date, date);
        assert_eq!(day.len(), minutes, "{date}");
        expect(contract, &without(&day, "2010-01-01T00:00:00Z", "2010-01-01T00:00:00Z"), 1, &[]);
    }
    let halt = with(&whole("2021-06-25", "2021-06-25"), [bar(at("2021-06-25T20:20:00Z"))]);
    expect("NQU2021", &halt, 1, &[("halt_bar", 1, "2021-06-25")]);
}

#[test]
fn halts_at_the_open_and_in_a_session() {
    let tariffs = without(&whole("2025-04-02", "2025-04-03"), "2025-04-02T22:00:00Z", "2025-04-02T22:02:00Z");
    expect("NQM2025", &tariffs, 2, &[("missing_first_minute", 2, "2025-04-03")]);
    let limit_down = without(&whole("2020-03-13", "2020-03-16"), "2020-03-16T01:00:00Z", "2020-03-16T13:30:00Z");
    expect("NQM2020", &limit_down, 2, &[("missing_block", 750, "2020-03-16")]);
}

#[test]
fn the_morning_of_expiry() {
    let days = whole("2024-03-14", "2024-03-15");
    let last = days.between(UnixNanos::from_nanos(i64::MIN), "2024-03-15T13:30:00Z".parse().unwrap()).to_bars();
    expect("MNQH2024", &last, 2, &[]);
    expect("MNQH2024", &with(&last, [bar(at("2024-03-15T13:30:00Z"))]), 2, &[("after_expiry", 1, "2024-03-15")]);
    let mut settled = last;
    let row = settled.len() - 1;
    settled.close[row] = settled.low[row] + 10_000_000;
    expect("MNQH2024", &settled, 2, &[("settlement_off_tick", 1, "2024-03-15")]);
}

#[test]
fn clock_changes_move_no_session() {
    expect("NQH2025", &whole("2025-03-03", "2025-03-14"), 10, &[]);
    expect("NQH2024", &whole("2024-03-04", "2024-03-14"), 9, &[]);
    expect("NQZ2025", &whole("2025-10-27", "2025-11-07"), 10, &[]);
    // A file that stays on winter time is an hour late in summer: its first hour is silent, the closed one is not.
    let late = whole("2025-03-10", "2025-03-14");
    let mut late_by_an_hour = late.clone();
    late_by_an_hour.ts.iter_mut().for_each(|ts| *ts += 60 * UnixNanos::MINUTE);
    let days = with(&whole("2025-03-03", "2025-03-07"), (0..late.len()).filter_map(|row| late_by_an_hour.get(row)));
    let calendar = Calendar::shipped();
    let mut validator = SessionValidator::new(&calendar, "NQH2025".parse().unwrap()).unwrap();
    validator.take(days.view()).unwrap();
    let list = validator.finish().list;
    assert_eq!(list[0].code.name(), "dst_shift_suspected", "{list:#?}");
    assert_eq!(list[0].first.to_string(), "2025-03-10");
    // The last session's closed hour is all that lies after it.
    assert_eq!((list[0].last.to_string(), list[0].count), ("2025-03-14".to_owned(), 5 * 1_380));
    assert!(list[0].example.starts_with("5 sessions from 2025-03-10 to 2025-03-14 fit"), "{list:#?}");
}
