use peaktrade_domain::{Calendar, RollPolicy, ScheduledRoll, SpreadMethod, UnixNanos};

use super::measure_spread;
use crate::{Bar, Bars};

/// Closes in whole points and volumes at minutes before the Friday close of 2025-03-14T21:00Z (1 is the last minute).
type Leg<'a> = &'a [(i64, i64, i64)];

const FRIDAY_CLOSE: &str = "2025-03-14T21:00:00Z";
const SUNDAY_OPEN: &str = "2025-03-16T22:00:00Z";
const POINT: i64 = 1_000_000_000;

fn bars(leg: Leg<'_>) -> Bars {
    let friday_close = FRIDAY_CLOSE.parse::<UnixNanos>().unwrap().nanos();
    let mut rows: Vec<_> = leg.to_vec();
    rows.sort_by_key(|(minutes_before, ..)| -minutes_before);
    let mut bars = Bars::default();
    for (minutes_before, close, volume) in rows {
        let (ts, close) = (friday_close - minutes_before * UnixNanos::MINUTE, close * POINT);
        bars.push(Bar { ts, open: close, high: close, low: close, close, volume });
    }
    bars.check_invariants().unwrap();
    bars
}

/// What a case says: "spread @ time of both closes, session minutes", or a part of the refusal.
fn check(from: Leg<'_>, to: Leg<'_>, roll_ts: &str, spread: SpreadMethod, expected: Result<&str, &str>) {
    let roll = ScheduledRoll {
        from: "NQH2025".parse().unwrap(),
        to: "NQM2025".parse().unwrap(),
        trade_date: "2025-03-17".parse().unwrap(),
        roll_ts: roll_ts.parse().unwrap(),
    };
    let policy = RollPolicy { spread, ..RollPolicy::STANDARD };
    let (from, to) = (bars(from), bars(to));
    let found = measure_spread(&roll, from.view(), to.view(), &policy, &Calendar::shipped());
    match (found, expected) {
        (Ok(found), Ok(expected)) => {
            let text = format!("{} @ {}, {}", found.spread, found.spread_time, found.stale_session_minutes);
            assert_eq!(text, expected, "{from:?} {to:?}");
            assert_eq!((found.from, found.to, found.roll_ts), (roll.from, roll.to, roll.roll_ts));
        }
        (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
        (found, expected) => panic!("{found:?}, expected {expected:?}"),
    }
}

fn thirty(close: i64) -> Vec<(i64, i64, i64)> {
    (1..=30).map(|minute| (minute, close + minute % 3, 5)).collect()
}

#[test]
fn last_common_reads_both_legs_at_one_minute() {
    let last = |from: Leg<'_>, to: Leg<'_>, expected| check(from, to, SUNDAY_OPEN, SpreadMethod::LastCommon, expected);
    last(&[(1, 100, 1)], &[(1, 130, 1)], Ok("30 @ 2025-03-14T20:59:00Z, 0"));
    // The new contract's later bar has no partner, and the market's move between the two must not become roll.
    last(&[(2, 100, 1), (1, 500, 1)], &[(2, 130, 1)], Ok("30 @ 2025-03-14T20:58:00Z, 1"));
    last(&[(2, 100, 1)], &[(2, 130, 1), (1, 900, 1)], Ok("30 @ 2025-03-14T20:58:00Z, 1"));
    // Interleaved minutes and a negative spread.
    last(
        &[(9, 50, 1), (5, 100, 1), (3, 7, 1)],
        &[(9, 1, 1), (5, 90, 1), (4, 8, 1)],
        Ok("-10 @ 2025-03-14T20:55:00Z, 4"),
    );
    // A bar at the roll instant itself is the new contract's and is not looked at: Sunday open is 2,940 minutes on.
    last(&[(5, 100, 1), (-2940, 1, 1)], &[(5, 130, 1), (-2940, 900, 1)], Ok("30 @ 2025-03-14T20:55:00Z, 4"));
}

#[test]
fn no_overlap_and_stale_overlap_are_refused_with_pair_and_times() {
    let last =
        |from: Leg<'_>, to: Leg<'_>, expected| check(from, to, SUNDAY_OPEN, SpreadMethod::LastCommon, Err(expected));
    last(
        &[(9, 1, 1), (4, 1, 1)],
        &[(8, 1, 1), (3, 1, 1)],
        "roll NQH2025 -> NQM2025 at 2025-03-16T22:00:00Z: no minute before it has a bar of both; NQH2025 has bars from \
         2025-03-14T20:51:00Z to 2025-03-14T20:56:00Z, NQM2025 has bars from 2025-03-14T20:52:00Z",
    );
    last(&[], &[(1, 1, 1)], "NQH2025 has none");
    last(&[(-2940, 1, 1)], &[(-2940, 1, 1)], "NQM2025 has none");
    // 60 session minutes are allowed: the bar of 20:59 less 60 minutes ends 60 minutes before the close.
    check(&[(61, 1, 1)], &[(61, 1, 1)], SUNDAY_OPEN, SpreadMethod::LastCommon, Ok("0 @ 2025-03-14T19:59:00Z, 60"));
    last(
        &[(62, 1, 1)],
        &[(62, 1, 1)],
        "the common bar of 2025-03-14T19:58:00Z is 61 session minutes old, allowed are 60",
    );
    let off_minute = "2025-03-16T22:00:30Z";
    check(&[(1, 1, 1)], &[(1, 1, 1)], off_minute, SpreadMethod::LastCommon, Err("not on a whole minute"));
}

#[test]
fn the_median_needs_thirty_minutes_with_volume_on_both_legs() {
    let median =
        |from: Leg<'_>, to: Leg<'_>, expected| check(from, to, SUNDAY_OPEN, SpreadMethod::MedianCommon30, expected);
    let from: Vec<_> = (1..=40).map(|minute| (minute, 100, 5)).collect();
    // Spreads 1, 2, 0, 1, 2, 0, ...: ten of each, so both middle ones are 1.
    median(&from, &thirty(100), Ok("1 @ 2025-03-14T20:59:00Z, 0"));
    // Fifteen spreads of 0 and fifteen of 3: the middle two are 0 and 3.
    let halves: Vec<_> = (1..=30).map(|minute| (minute, 100 + 3 * i64::from(minute > 15), 5)).collect();
    median(&from, &halves, Ok("1.5 @ 2025-03-14T20:59:00Z, 0"));
    let mut one_empty = thirty(100);
    one_empty[0].2 = 0;
    median(&from, &one_empty, Err("29 common minutes with volume on both legs, the median needs 30"));
    // A minute without volume still counts for last_common.
    check(&from, &one_empty, SUNDAY_OPEN, SpreadMethod::LastCommon, Ok("1 @ 2025-03-14T20:59:00Z, 0"));
    // The bound holds for the oldest of the thirty.
    let spread_out: Vec<_> = (1..=30).map(|at| (at * 2 + 2, 100, 5)).collect();
    median(&spread_out, &spread_out, Err("of 2025-03-14T19:58:00Z is 61 session minutes old"));
}

#[test]
fn the_runner_up_is_recorded_beside_last_common() {
    let roll = ScheduledRoll {
        from: "NQH2025".parse().unwrap(),
        to: "NQM2025".parse().unwrap(),
        trade_date: "2025-03-17".parse().unwrap(),
        roll_ts: SUNDAY_OPEN.parse().unwrap(),
    };
    let from: Vec<_> = (1..=30).map(|minute| (minute, 100, 5)).collect();
    let (from, to) = (bars(&from), bars(&thirty(100)));
    let calendar = Calendar::shipped();
    let evidence = measure_spread(&roll, from.view(), to.view(), &RollPolicy::STANDARD, &calendar).unwrap();
    let minutes = evidence.runner_up.unwrap();
    let text = [minutes.median, minutes.min, minutes.max].map(|spread| spread.to_string());
    assert_eq!(text, ["1", "0", "2"]);
    assert_eq!(minutes.first_time.to_string(), "2025-03-14T20:30:00Z");
    assert_eq!(minutes.last_time.to_string(), "2025-03-14T20:59:00Z");
    let paragraph = crate::explain(&evidence, crate::Adjustment::BackAdjust, "4.25".parse().unwrap(), 60);
    for fact in [
        "Roll NQH2025 -> NQM2025, trade date 2025-03-17: NQM2025 is active from 2025-03-16T22:00:00Z on",
        "opened at 2025-03-14T20:59:00Z: NQH2025 closed it at 100 with 5 contracts traded, NQM2025 at 101",
        "101 - 100 = +1 points (last_common)",
        "ended 0 session minutes before the roll, 60 are allowed",
        "the median is +1, the smallest 0, the largest +2 points",
        "BACK_ADJUST adds +4.25 points to the bars of NQH2025 before the roll",
    ] {
        assert!(paragraph.contains(fact), "{fact:?} is not in {paragraph:?}");
    }
}
