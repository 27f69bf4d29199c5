use peaktrade_domain::{Calendar, Price, RollPolicy, ScheduledRoll, SpreadMethod, UnixNanos};

use super::{
    Dispersion, RollEvidence, RollLegs, SpreadBand, candidates, dispersion, has_enough_common_minutes, measure_known,
    measure_roll, measure_spread,
};
use crate::{Bar, Bars, DailyFact, Known};

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
        |from: Leg<'_>, to: Leg<'_>, expected| check(from, to, SUNDAY_OPEN, SpreadMethod::MedianCommon(30), expected);
    let from: Vec<_> = (1..=40).map(|minute| (minute, 100, 5)).collect();
    // Spreads 1, 2, 0, 1, 2, 0, ...: ten of each, so both middle ones are 1.
    median(&from, &thirty(100), Ok("1 @ 2025-03-14T20:59:00Z, 0"));
    // Fifteen spreads of 0 and fifteen of 3: the middle two are 0 and 3.
    let halves: Vec<_> = (1..=30).map(|minute| (minute, 100 + 3 * i64::from(minute > 15), 5)).collect();
    median(&from, &halves, Ok("1.5 @ 2025-03-14T20:59:00Z, 0"));
    let mut one_empty = thirty(100);
    one_empty[0].2 = 0;
    median(&from, &one_empty, Err("29 common minutes with volume on both legs, the median needs 30"));
    // The bound is asked of the newest of the thirty, and the oldest may lie twice the thirty further back.
    let every = |step: i64, newest: i64| -> Vec<_> { (0..30).map(|at| (newest + at * step, 100, 5)).collect() };
    let check_pair = |minutes: &[_], expected| median(minutes, minutes, expected);
    check_pair(&every(1, 61), Ok("0 @ 2025-03-14T19:59:00Z, 60"));
    check_pair(&every(1, 62), Err("the common bar of 2025-03-14T19:58:00Z is 61 session minutes old, allowed are 60"));
    check_pair(&every(4, 5), Ok("0 @ 2025-03-14T20:55:00Z, 4"));
    check_pair(
        &every(4, 6),
        Err(
            "the oldest of the 30 common minutes with volume on both legs, of 2025-03-14T18:58:00Z, is 121 session minutes \
             old, allowed are 120",
        ),
    );
}

#[test]
fn a_median_of_more_minutes_than_the_bound_is_measured_and_says_how_far_it_reaches() {
    let minutes: Vec<_> = (1..=100).map(|minute| (minute, 100, 5)).collect();
    let above: Vec<_> = minutes.iter().map(|(minute, close, volume)| (*minute, close + 30, *volume)).collect();
    check(&minutes, &above, SUNDAY_OPEN, SpreadMethod::MedianCommon(100), Ok("30 @ 2025-03-14T20:59:00Z, 0"));
    let (from, to) = (bars(&minutes), bars(&above));
    let legs = RollLegs { from: from.view(), to: to.view(), from_facts: &[], to_facts: &[] };
    let policy = RollPolicy { spread: SpreadMethod::MedianCommon(100), ..RollPolicy::STANDARD };
    let told = candidates(&the_roll(), &legs, &policy, &Calendar::shipped());
    let oldest = |method| told.iter().find(|candidate| candidate.method == method).unwrap().oldest;
    let of_hundred = oldest(SpreadMethod::MedianCommon(100)).unwrap();
    assert_eq!(
        (of_hundred.time.to_string(), of_hundred.stale_session_minutes),
        ("2025-03-14T19:20:00Z".to_owned(), 99)
    );
    assert_eq!(oldest(SpreadMethod::MedianCommon(30)).unwrap().stale_session_minutes, 29);
    assert_eq!(oldest(SpreadMethod::LastCommon), None);
    let said = crate::explain_candidates(&told, policy.spread);
    let reach =
        "The oldest minute of median_common_100 opened at 2025-03-14T19:20:00Z and ended 99 session minutes before";
    assert!(said.starts_with(reach), "{said}");
}

#[test]
fn minutes_in_which_nothing_traded_are_no_overlap() {
    let last = |from: Leg<'_>, to: Leg<'_>, expected| check(from, to, SUNDAY_OPEN, SpreadMethod::LastCommon, expected);
    // Idle minutes that a vendor fills with the close before them, on the one leg or on the other.
    let from = [(9, 100, 3), (8, 107, 2), (7, 107, 2), (6, 107, 0)];
    let to = [(9, 130, 1), (8, 130, 0), (7, 130, 0), (6, 150, 4)];
    last(&from, &to, Ok("30 @ 2025-03-14T20:51:00Z, 8"));
    last(
        &from[1..],
        &to[1..],
        Err(
            "roll NQH2025 -> NQM2025 at 2025-03-16T22:00:00Z: none of the 3 minutes before it with a bar of both has volume \
             on both; NQH2025 has bars from 2025-03-14T20:52:00Z",
        ),
    );
    let aged = |leg: &[(i64, i64, i64)]| -> Vec<_> {
        leg.iter().map(|(minute, close, volume)| (if *minute == 9 { 70 } else { *minute }, *close, *volume)).collect()
    };
    last(
        &aged(&from),
        &aged(&to),
        Err(
            "of 2025-03-14T19:50:00Z is 69 session minutes old, allowed are 60; 3 newer common minutes without volume on one \
             leg do not count",
        ),
    );
}

#[test]
fn no_more_minutes_are_asked_for_than_a_method_reads() {
    let leg: Vec<_> = (1..=30).map(|minute| (minute, 100, 5)).collect();
    let (bars, fewer) = (bars(&leg), bars(&leg[1..]));
    let enough = |bars: &Bars, method| has_enough_common_minutes(&the_roll(), bars.view(), bars.view(), method);
    for (method, expected) in [
        (SpreadMethod::LastCommon, true),
        (SpreadMethod::Settlement, true),
        (SpreadMethod::PeakTrade, true),
        (SpreadMethod::MedianCommon(5), true),
        (SpreadMethod::MedianCommon(30), true),
        (SpreadMethod::MedianCommon(31), false),
    ] {
        assert_eq!(enough(&bars, method), expected, "{method}");
        assert!(!enough(&fewer, method), "{method}: the runner-up takes 30");
    }
}

#[test]
fn a_roll_that_waits_for_its_first_bar_is_not_known_and_is_no_error() {
    let calendar = Calendar::shipped();
    let policy = RollPolicy { spread: SpreadMethod::PeakTrade, ..RollPolicy::STANDARD };
    let from = bars(&[(1, 103, 4)]);
    // The first bar opens 60 minutes after Sunday's open, which are as many as are allowed.
    let to = bars(&[(1, 130, 1), (-3000, 140, 7)]);
    let legs = RollLegs { from: from.view(), to: to.view(), from_facts: &[], to_facts: &[] };
    let known = |as_of: &str| {
        let as_of = as_of.parse().unwrap();
        let cut = to.between(UnixNanos::from_nanos(i64::MIN), Bars::over_before(as_of)).to_bars();
        let of_all = measure_known(&the_roll(), &legs, &policy, &calendar, as_of);
        let of_known = measure_known(&the_roll(), &RollLegs { to: cut.view(), ..legs }, &policy, &calendar, as_of);
        assert_eq!(of_all, of_known, "what comes after {as_of} changes nothing");
        of_all.map(|found| found.map(|found| found.spread.to_string())).map_err(|error| error.to_string())
    };
    assert_eq!(known(SUNDAY_OPEN), Ok(None));
    assert_eq!(known("2025-03-16T23:00:59Z"), Ok(None));
    assert_eq!(known("2025-03-16T23:01:00Z"), Ok(Some("37".to_owned())));
    let late = bars(&[(1, 130, 1), (-3001, 140, 7)]);
    let legs = RollLegs { to: late.view(), ..legs };
    let refused = measure_known(&the_roll(), &legs, &policy, &calendar, "2025-03-16T23:01:00Z".parse().unwrap());
    assert!(refused.unwrap_err().to_string().contains("NQM2025 has no bar from the roll"));
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

fn the_roll() -> ScheduledRoll {
    ScheduledRoll {
        from: "NQH2025".parse().unwrap(),
        to: "NQM2025".parse().unwrap(),
        trade_date: "2025-03-17".parse().unwrap(),
        roll_ts: SUNDAY_OPEN.parse().unwrap(),
    }
}

/// Settlements as (trade date, hundredths of a point, known at).
fn facts(rows: &[(&str, i64, &str)]) -> Vec<DailyFact> {
    let fact = |(date, hundredths, known_at): &(&str, i64, &str)| DailyFact {
        trade_date: date.parse().unwrap(),
        settlement: Some(Known {
            value: Price::from_nanos(hundredths * POINT / 100),
            known_at: known_at.parse().unwrap(),
        }),
        open_interest: None,
    };
    rows.iter().map(fact).collect()
}

fn settled(from: &[(&str, i64, &str)], to: &[(&str, i64, &str)], allowed: u32, expected: Result<&str, &str>) {
    let none = Bars::default();
    let (from_facts, to_facts) = (facts(from), facts(to));
    let legs = RollLegs { from: none.view(), to: none.view(), from_facts: &from_facts, to_facts: &to_facts };
    let policy =
        RollPolicy { spread: SpreadMethod::Settlement, max_stale_session_minutes: allowed, ..RollPolicy::STANDARD };
    match (measure_roll(&the_roll(), &legs, &policy, &Calendar::shipped()), expected) {
        (Ok(found), Ok(expected)) => {
            assert_eq!(format!("{} @ {}, {}", found.spread, found.spread_time, found.stale_session_minutes), expected);
            assert_eq!((found.to_time, found.known_at()), (found.spread_time, found.roll_ts));
        }
        (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
        (found, expected) => panic!("{found:?}, expected {expected:?}"),
    }
}

#[test]
fn a_settlement_pair_is_of_one_trade_date_and_was_known_before_the_roll() {
    let (thursday, friday, monday) = ("2025-03-13", "2025-03-14", "2025-03-17");
    let (thursday_close, close) = ("2025-03-13T21:00:00Z", FRIDAY_CLOSE);
    // Friday settled at 15:00 Chicago; the market went on for an hour.
    settled(&[(friday, 1_971_200, close)], &[(friday, 1_991_835, close)], 60, Ok("206.35 @ 2025-03-14T20:00:00Z, 60"));
    settled(
        &[(friday, 1_971_200, close)],
        &[(friday, 1_991_835, close)],
        59,
        Err(
            "the settlement prices of 2025-03-14, made at 2025-03-14T20:00:00Z, are 60 session minutes old, allowed are 59",
        ),
    );
    // Monday's are not known on Sunday, and a day that only one of them has is none.
    settled(
        &[(thursday, 100, thursday_close), (friday, 200, close), (monday, 900, "2025-03-17T21:00:00Z")],
        &[(thursday, 150, thursday_close), (monday, 1_000, "2025-03-17T21:00:00Z")],
        1_440,
        Ok("0.5 @ 2025-03-13T20:00:00Z, 1440"),
    );
    // A correction that came after the roll was not known.
    settled(
        &[(friday, 200, close)],
        &[(friday, 250, "2025-03-16T22:00:01Z")],
        60,
        Err("of NQH2025 the newest is of 2025-03-14, of NQM2025 there is none"),
    );
}

#[test]
fn peak_trade_takes_the_bars_on_both_sides_and_says_so() {
    let from = bars(&[(2, 100, 1), (1, 103, 4), (-2941, 900, 1)]);
    // Sunday 22:00 is 2,940 minutes after Friday's close; the new contract's first bar comes two minutes later.
    let to = bars(&[(2, 130, 1), (-2942, 140, 7), (-2943, 999, 1)]);
    let legs = RollLegs { from: from.view(), to: to.view(), from_facts: &[], to_facts: &[] };
    let policy = RollPolicy { spread: SpreadMethod::PeakTrade, ..RollPolicy::STANDARD };
    let calendar = Calendar::shipped();
    let found = measure_roll(&the_roll(), &legs, &policy, &calendar).unwrap();
    assert_eq!((found.spread.to_string(), found.from_volume, found.to_volume), ("37".to_owned(), 4, 7));
    assert_eq!(found.spread_time.to_string(), "2025-03-14T20:59:00Z");
    assert_eq!(found.to_time.to_string(), "2025-03-16T22:02:00Z");
    assert_eq!(found.known_at().to_string(), "2025-03-16T22:03:00Z", "the first bar is over a minute later");
    let said = crate::explain(&found, crate::Adjustment::None, Price::ZERO, 60);
    assert!(said.contains("which are not of one minute: 140 - 103 = +37 points"), "{said}");
    let refused = |from: Leg<'_>, to: Leg<'_>, part: &str| {
        let (from, to) = (bars(from), bars(to));
        let legs = RollLegs { from: from.view(), to: to.view(), from_facts: &[], to_facts: &[] };
        let error = measure_roll(&the_roll(), &legs, &policy, &calendar).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(&[], &[(-2942, 1, 1)], "NQH2025 has no bar before the roll");
    refused(&[(1, 1, 1)], &[(1, 1, 1)], "NQM2025 has no bar from the roll");
    refused(
        &[(1, 1, 1)],
        &[(-3001, 1, 1)],
        "NQM2025's first bar from it on, of 2025-03-16T23:01:00Z, comes 61 session minutes after it, allowed are 60",
    );
    refused(
        &[(62, 1, 1)],
        &[(-3001, 1, 1)],
        "NQH2025's last bar before it, of 2025-03-14T19:58:00Z, is 61 session minutes old, allowed are 60",
    );
}

#[test]
fn every_method_is_asked_and_a_silent_one_says_why() {
    let from: Vec<_> = (1..=45).map(|minute| (minute, 100, 5)).collect();
    let to: Vec<_> = (1..=45).map(|minute| (minute, 130 + minute / 31, 5)).collect();
    let (from, to) = (bars(&from), bars(&to));
    let legs = RollLegs { from: from.view(), to: to.view(), from_facts: &[], to_facts: &[] };
    let say = |spread| -> Vec<String> {
        let policy = RollPolicy { spread, ..RollPolicy::STANDARD };
        let told = candidates(&the_roll(), &legs, &policy, &Calendar::shipped());
        let told = told.into_iter().map(|candidate| match candidate.outcome {
            Ok(found) => format!("{} {} @ {}", candidate.method, found.spread, found.spread_time),
            Err(error) => format!("{}: {error}", candidate.method),
        });
        told.collect()
    };
    let standard = say(SpreadMethod::LastCommon);
    assert_eq!(standard[0], "last_common 30 @ 2025-03-14T20:59:00Z");
    assert_eq!(standard[1], "median_common_30 30 @ 2025-03-14T20:59:00Z");
    assert!(standard[2].contains("no trade date has settlement prices of both"), "{}", standard[2]);
    assert!(standard[3].contains("peak_trade: roll NQH2025 -> NQM2025"), "{}", standard[3]);
    assert_eq!(standard.len(), 4);
    let wider = say(SpreadMethod::MedianCommon(45));
    assert_eq!((wider.len(), wider[2].as_str()), (5, "median_common_45 30 @ 2025-03-14T20:59:00Z"));
}

#[test]
fn a_spread_outside_the_band_is_refused_with_pair_times_and_values() {
    let measure = |old: i64, new: i64, last: i64| {
        let from: Vec<_> = (1..=30).map(|minute| (minute, old, 5)).collect();
        let mut to: Vec<_> = (1..=30).map(|minute| (minute, new + minute % 3, 5)).collect();
        to[0].1 = last;
        let (from, to) = (bars(&from), bars(&to));
        let legs = RollLegs { from: from.view(), to: to.view(), from_facts: &[], to_facts: &[] };
        let calendar = Calendar::shipped();
        let found = measure_roll(&the_roll(), &legs, &RollPolicy::STANDARD, &calendar).unwrap();
        (found, dispersion(&the_roll(), &legs, 30, &calendar).unwrap().unwrap())
    };
    let check = |band: SpreadBand, (found, scatter): &(RollEvidence, Dispersion), expected: Option<&str>| {
        let refused = band.check(found, Some(scatter), 60).err().map(|error| error.to_string());
        match (refused, expected) {
            (None, None) => {}
            (Some(error), Some(part)) => assert!(error.contains(part), "{error}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    };
    let standard = SpreadBand::STANDARD;
    // Three percent of 20,000, to the point, on both sides of zero.
    check(standard, &measure(20_000, 20_598, 20_600), None);
    check(standard, &measure(20_000, 20_599, 20_601), Some("is outside the band of -600 to 600, 300 basis points"));
    check(standard, &measure(20_000, 19_398, 19_400), None);
    check(
        standard,
        &measure(20_000, 19_398, 19_399),
        Some(
            "roll NQH2025 -> NQM2025 at 2025-03-16T22:00:00Z: the spread -601 of 20000 at 2025-03-14T20:59:00Z and 19399 at \
             2025-03-14T20:59:00Z",
        ),
    );
    check(SpreadBand { price_basis_points: 301, ..standard }, &measure(20_000, 20_599, 20_601), None);
    // The median of the thirty is 201 and their median deviation 1: a tenth of a percent of 20,000 is wider.
    check(standard, &measure(20_000, 20_200, 20_221), None);
    let odd = measure(20_000, 20_200, 20_222);
    assert_eq!((odd.1.minutes.median.to_string(), odd.1.deviation.to_string()), ("201".to_owned(), "1".to_owned()));
    check(standard, &odd, Some("is 21 from the median 201 of the common minutes from 2025-03-14T20:30:00Z"));
    check(SpreadBand { median_basis_points: 11, ..standard }, &odd, None);
    // Where the price is low, eight deviations are wider.
    let narrow = SpreadBand { median_basis_points: 0, ..standard };
    check(narrow, &measure(20_000, 20_200, 20_209), None);
    check(narrow, &measure(20_000, 20_200, 20_210), Some("is 9 from the median 201"));
    // Minutes of another day say nothing of this one.
    let (mut found, mut scatter) = odd;
    scatter.stale_session_minutes = 60;
    check(standard, &(found.clone(), scatter.clone()), Some("is 21 from the median 201"));
    assert_eq!(crate::explain_dispersion(&scatter, 60), "");
    scatter.stale_session_minutes = 61;
    check(standard, &(found.clone(), scatter.clone()), None);
    let said = crate::explain_dispersion(&scatter, 60);
    assert!(
        said.contains("ended 61 session minutes before the roll, 60 are allowed: the spread was not held"),
        "{said}"
    );
    scatter.stale_session_minutes = 0;
    // Peak_Trade's spread holds the market's move.
    found.method = SpreadMethod::PeakTrade;
    check(standard, &(found, scatter), None);
}
