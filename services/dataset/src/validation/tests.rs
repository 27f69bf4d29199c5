use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, UnixNanos};

use super::{Findings, check};

/// Bars from an instant on, by (first minute, minutes), with some minutes spoilt.
fn bars(from: &str, spans: &[(i64, i64)], spoil: impl Fn(i64, &mut Bar)) -> Bars {
    let start: UnixNanos = from.parse().unwrap();
    let mut bars = Bars::default();
    for minute in spans.iter().flat_map(|(first, minutes)| *first..first + minutes) {
        let ts = start.nanos() + minute * UnixNanos::MINUTE;
        let points = |quarters: i64| 20_000_000_000_000 + quarters * 250_000_000;
        let mut bar = Bar { ts, open: points(0), high: points(3), low: points(-3), close: points(1), volume: 5 };
        spoil(minute, &mut bar);
        bars.push(bar);
    }
    bars
}

/// Expected are (severity, code, count, part of the example), in order.
fn expect(bars: &Bars, sessions: u64, expected: &[(&str, &str, u64, &str)]) {
    let mut findings = Findings::default();
    let looked_at = check("NQM2025".parse().unwrap(), bars, &Calendar::shipped(), &mut findings).unwrap();
    let found = findings.into_wire();
    let short: Vec<_> = found.iter().map(|case| (case.severity.as_str(), case.code.as_str(), case.count)).collect();
    assert_eq!(short, expected.iter().map(|case| (case.0, case.1, case.2)).collect::<Vec<_>>(), "{found:?}");
    for (case, expected) in found.iter().zip(expected) {
        assert!(case.example.contains(expected.3), "{case:?}");
    }
    assert_eq!(looked_at, sessions);
}

/// The regular session of Tuesday 2025-04-01 is 22:00 UTC to 21:00, 1,380 minutes, then an hour of break.
const MONDAY_EVENING: &str = "2025-03-31T22:00:00Z";

#[test]
fn whole_sessions_give_no_finding_and_edges_of_the_data_are_no_gaps() {
    expect(&bars(MONDAY_EVENING, &[(0, 1_380), (1_440, 1_380)], |_, _| {}), 2, &[]);
    expect(&bars(MONDAY_EVENING, &[(700, 680), (1_440, 10)], |_, _| {}), 2, &[]);
    expect(&Bars::default(), 0, &[]);
}

#[test]
fn what_is_missing_is_told_by_size() {
    expect(
        &bars(MONDAY_EVENING, &[(0, 100), (101, 99), (230, 1_150), (1_445, 5)], |_, _| {}),
        2,
        &[
            ("warning", "missing_block", 30, "no bar from 2025-04-01T01:20:00Z to 2025-04-01T01:50:00Z"),
            ("note", "missing_minutes", 6, "no bar from 2025-03-31T23:40:00Z to 2025-03-31T23:41:00Z"),
        ],
    );
    expect(
        &bars(MONDAY_EVENING, &[(0, 1_380), (2_880, 10)], |_, _| {}),
        3,
        &[("warning", "missing_session", 1_380, "no bar from 2025-04-01T22:00:00Z")],
    );
}

#[test]
fn broken_bars_are_errors_and_come_first() {
    let spoilt = bars(MONDAY_EVENING, &[(0, 10), (1_385, 1)], |minute, bar| match minute {
        2 => bar.high = bar.low,
        3 => bar.close += 1,
        4 => bar.volume = 0,
        6 => bar.ts -= UnixNanos::MINUTE,
        _ => {}
    });
    expect(
        &spoilt,
        1,
        &[
            ("error", "not_increasing", 1, "2025-03-31T22:05:00Z after bar of 2025-03-31T22:05:00Z"),
            ("error", "out_of_session", 1, "bar of 2025-04-01T21:05:00Z"),
            ("error", "ohlc_order", 1, "bar of 2025-03-31T22:02:00Z"),
            ("error", "off_tick", 1, "bar of 2025-03-31T22:03:00Z"),
            ("warning", "missing_block", 1_370, "2025-03-31T22:10:00Z"),
            ("note", "missing_minutes", 1, "2025-03-31T22:06:00Z"),
            ("note", "zero_volume", 1, "2025-03-31T22:04:00Z"),
        ],
    );
}
