use peaktrade_domain::{Calendar, ContractSymbol, RollPolicy, TradeDate, UnixNanos};
use proptest::prelude::*;

use super::{DataTrigger, DecidedBy, Decision, Question, decide};
use crate::{Bar, Bars, DailyCount, DailyVolumes, Known};

/// Trade dates before the end of NQH2025 on Friday 2025-03-21, 08:30 Chicago.
const DATES: [&str; 8] =
    ["2025-03-10", "2025-03-11", "2025-03-12", "2025-03-13", "2025-03-14", "2025-03-17", "2025-03-18", "2025-03-19"];

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

/// Counts of consecutive dates; `None` is a date without one. Known at the close of a date so many trade dates later.
fn counts(calendar: &Calendar, values: &[Option<u64>], lag: i32) -> Vec<DailyCount> {
    let count = |(text, value): (&&str, &Option<u64>)| {
        let known_on = calendar.nth_trade_date(date(text), lag).unwrap();
        let known_at = calendar.session_on_or_after(known_on).unwrap().close();
        value.map(|value| DailyCount { trade_date: date(text), contracts: Known { value, known_at } })
    };
    DATES.iter().zip(values).filter_map(count).collect()
}

fn ask(trigger: &str, from: &[DailyCount], to: &[DailyCount], since: &str, as_of: UnixNanos) -> Option<Decision> {
    let (calendar, trigger) = (Calendar::shipped(), trigger.parse::<DataTrigger>().unwrap());
    let contract = |text: &str| text.parse::<ContractSymbol>().unwrap();
    let question = Question {
        from: contract("NQH2025"),
        to: contract("NQM2025"),
        from_counts: from,
        to_counts: to,
        since: date(since),
        as_of,
    };
    decide(&trigger, &RollPolicy::STANDARD, &calendar, &question).unwrap()
}

fn told(decision: &Decision) -> String {
    let by = match &decision.by {
        DecidedBy::Counts { decided_on, days } => {
            let days: Vec<String> =
                days.iter().map(|day| format!("{} {}:{}", day.trade_date, day.from, day.to)).collect();
            format!("after {decided_on} by {}", days.join(", "))
        }
        DecidedBy::Otherwise(trigger) => format!("by {trigger}"),
    };
    format!("{} at {} {by}", decision.roll.trade_date, decision.roll.roll_ts)
}

/// A row of counts "from:to" for each date; `-` is a date without counts. Expected is the decision, or nothing.
fn check(trigger: &str, row: &str, lag: i32, expected: Option<&str>) {
    let calendar = Calendar::shipped();
    let cells: Vec<Option<(u64, u64)>> = row
        .split(' ')
        .map(|cell| cell.split_once(':').map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap())))
        .collect();
    let of = |side: fn((u64, u64)) -> u64| cells.iter().map(|cell| cell.map(side)).collect::<Vec<_>>();
    let (from, to) = (counts(&calendar, &of(|cell| cell.0), lag), counts(&calendar, &of(|cell| cell.1), lag));
    let found = ask(trigger, &from, &to, "2025-03-10", UnixNanos::from_nanos(i64::MAX));
    assert_eq!(found.as_ref().map(told).as_deref(), expected, "{trigger} over {row}");
}

#[test]
fn names_have_one_spelling_and_what_is_none_is_refused() {
    for (name, spelled) in [
        ("volume:1,1,1", "volume:1,1,1"),
        ("volume:1.500,02,0001000", "volume:1.5,2,1000"),
        ("volume:0.001,20,10000000", "volume:0.001,20,10000000"),
        ("volume:100,1,1", "volume:100,1,1"),
        ("open_interest:1.05,3,500", "open_interest:1.05,3,500"),
        ("volume:2,1,1|else:n_trade_dates_before:5", "volume:2,1,1|else:n_trade_dates_before:5"),
    ] {
        let trigger: DataTrigger = name.parse().unwrap();
        assert_eq!(trigger.to_string(), spelled);
        assert_eq!(spelled.parse(), Ok(trigger));
    }
    for bad in [
        "volume",
        "volume:",
        "volume:1",
        "volume:1,1",
        "volume:1,1,1,1",
        "volume:0,1,1",
        "volume:100.001,1,1",
        "volume:1.0001,1,1",
        "volume:1.,1,1",
        "volume:.5,1,1",
        "volume:-1,1,1",
        "volume:1,0,1",
        "volume:1,21,1",
        "volume:1,1,0",
        "volume:1,1,10000001",
        "volume:1,+1,1",
        "Volume:1,1,1",
        "open_interest:1,1",
        "volume:99999999999,1,1",
    ] {
        let error = bad.parse::<DataTrigger>().unwrap_err().to_string();
        assert!(error.contains(&format!("{bad:?} is not built; allowed: volume:RATIO")), "{error}");
    }
    let error = "volume:1,1,1|else:volume:1,1,1".parse::<DataTrigger>().unwrap_err().to_string();
    assert!(error.contains("\"volume:1,1,1\" is not built; allowed: monday_before"), "{error}");
}

#[test]
fn a_roll_comes_at_the_open_after_the_close_that_decided() {
    // Thursday's volumes decide, Friday's trade date opens on Thursday 17:00 Chicago.
    let at = "2025-03-14 at 2025-03-13T22:00:00Z";
    let once = format!("{at} after 2025-03-13 by 2025-03-13 100:100");
    check("volume:1,1,1", "100:1 100:2 100:99 100:100 100:1 1:100", 0, Some(&once));
    // Friday decides for Monday, which opens on Sunday.
    let twice = "2025-03-17 at 2025-03-16T22:00:00Z after 2025-03-14 by 2025-03-13 100:150, 2025-03-14 90:135";
    check("volume:1.5,2,1", "100:1 100:150 100:149 100:150 90:135 1:9", 0, Some(twice));
    // Too few contracts, whatever the ratio.
    let enough = "2025-03-18 at 2025-03-17T22:00:00Z after 2025-03-17 by 2025-03-17 5:1000";
    check("volume:1,1,1000", "5:999 5:999 5:999 5:999 5:999 5:1000", 0, Some(enough));
    check("volume:1,1,1", "100:1 100:2 100:3 100:4 100:5 100:6 100:7 100:8", 0, None);
    // A date without counts ends a row.
    let after_hole = "2025-03-18 at 2025-03-17T22:00:00Z after 2025-03-17 by 2025-03-14 1:9, 2025-03-17 1:9";
    check("volume:1,2,1", "9:1 9:1 1:9 - 1:9 1:9", 0, Some(after_hole));
    // Within a week an older row still counts: nothing newer was known.
    let gone_quiet = "2025-03-12 at 2025-03-11T22:00:00Z after 2025-03-11 by 2025-03-10 1:9, 2025-03-11 1:9";
    check("volume:1,2,1", "1:9 1:9 - -", 0, Some(gone_quiet));
}

#[test]
fn open_interest_that_is_published_a_trade_date_later_decides_a_trade_date_later() {
    let row = "100:1 100:100 100:1 - - -";
    check(
        "open_interest:1,1,1",
        row,
        0,
        Some("2025-03-12 at 2025-03-11T22:00:00Z after 2025-03-11 by 2025-03-11 100:100"),
    );
    check(
        "open_interest:1,1,1",
        row,
        1,
        Some("2025-03-13 at 2025-03-12T22:00:00Z after 2025-03-12 by 2025-03-11 100:100"),
    );
}

#[test]
fn the_fallback_is_the_latest_possible_date() {
    let trigger = "volume:1,1,1|else:monday_before_third_friday";
    let monday = "2025-03-17 at 2025-03-16T22:00:00Z";
    check(trigger, "9:1 9:1 9:1 9:1 9:1 1:9", 0, Some(&format!("{monday} by monday_before_third_friday")));
    check(trigger, "-", 0, Some(&format!("{monday} by monday_before_third_friday")));
    // The same day by its own right.
    check(trigger, "9:1 9:1 9:1 9:1 1:9", 0, Some(&format!("{monday} after 2025-03-14 by 2025-03-14 1:9")));
    let earlier = "2025-03-11 at 2025-03-10T22:00:00Z after 2025-03-10 by 2025-03-10 1:9";
    check(trigger, "1:9", 0, Some(earlier));
    // What the data say too late is no roll: the contract has ended before its last trade date closes.
    let calendar = Calendar::shipped();
    let friday = |value| {
        let known_at = calendar.session_on_or_after(date("2025-03-20")).unwrap().close();
        [DailyCount { trade_date: date("2025-03-20"), contracts: Known { value, known_at } }]
    };
    let end = UnixNanos::from_nanos(i64::MAX);
    let found = ask("volume:1,1,1", &friday(1), &friday(9), "2025-03-10", end).unwrap();
    assert_eq!(found.roll.roll_ts.to_string(), "2025-03-20T22:00:00Z", "in the last night of the contract");
    assert_eq!(ask("volume:1,1,1", &friday(1), &friday(9), "2025-03-21", end), None);
    assert_eq!(ask("volume:1,1,1", &friday(1), &friday(9), "2025-04-01", end), None);
}

#[test]
fn a_cut_export_is_no_fall_in_volume() {
    let calendar = Calendar::shipped();
    let bars = |from: &str, to: &str| {
        let minute = |text: &str| text.parse::<UnixNanos>().unwrap().nanos() / UnixNanos::MINUTE;
        let mut bars = Bars::default();
        for ts in (minute(from)..minute(to)).map(|minute| minute * UnixNanos::MINUTE) {
            if calendar.is_open(UnixNanos::from_nanos(ts)).unwrap() {
                bars.push(Bar { ts, open: 1, high: 1, low: 1, close: 1, volume: 2 });
            }
        }
        bars
    };
    let days = |bars: &Bars| {
        let mut pieces = DailyVolumes::default();
        for row in 0..bars.len() {
            pieces.add(bars.view().rows(row..row + 1), &calendar).unwrap();
        }
        let mut volumes = DailyVolumes::default();
        volumes.add(bars.view(), &calendar).unwrap();
        assert_eq!(pieces, volumes, "how bars are cut into pieces does not matter");
        let told = |counts: &[DailyCount]| {
            let count = |count: &DailyCount| format!("{} {}", count.trade_date, count.contracts.value);
            counts.iter().map(count).collect::<Vec<_>>().join(", ")
        };
        (told(&volumes.counts()), told(&volumes.whole_counts(&calendar).unwrap()))
    };
    // From Thursday 17:00 Chicago to Sunday midnight in New York: six hours of Monday's 23.
    let (all, whole) = days(&bars("2025-03-13T22:00:00Z", "2025-03-17T04:00:00Z"));
    assert_eq!(all, "2025-03-14 2760, 2025-03-17 720");
    assert_eq!(whole, "2025-03-14 2760");
    // An hour at either end may be without trade, and no more.
    assert_eq!(days(&bars("2025-03-13T23:00:00Z", "2025-03-14T20:00:00Z")).1, "2025-03-14 2520");
    assert_eq!(days(&bars("2025-03-13T23:01:00Z", "2025-03-14T21:00:00Z")).1, "");
    assert_eq!(days(&bars("2025-03-13T22:00:00Z", "2025-03-14T19:59:00Z")).1, "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What was decided by an instant is decided by what was known at that instant, and nothing that came later changes it.
    #[test]
    fn no_decision_uses_what_was_not_known(
        cells in proptest::collection::vec(proptest::option::weighted(0.9, (1_u64..4, 1_u64..4)), 8),
        lag in 0_i32..3,
        sessions in 1_u8..4,
        has_fallback in any::<bool>(),
        cut in 0_i64..14 * 24,
    ) {
        let calendar = Calendar::shipped();
        let of = |side: fn((u64, u64)) -> u64| cells.iter().map(|cell| cell.map(side)).collect::<Vec<_>>();
        let from = counts(&calendar, &of(|cell| cell.0), lag);
        let to = counts(&calendar, &of(|cell| cell.1), lag);
        let otherwise = if has_fallback { "|else:monday_before_third_friday" } else { "" };
        let trigger = format!("open_interest:1,{sessions},2{otherwise}");
        let start: UnixNanos = "2025-03-09T00:00:00Z".parse().unwrap();
        let as_of = start.checked_add_nanos(cut * 60 * UnixNanos::MINUTE).unwrap();
        let known = |counts: &[DailyCount]| -> Vec<DailyCount> {
            counts.iter().copied().filter(|count| count.contracts.known_at <= as_of).collect()
        };
        let end = UnixNanos::from_nanos(i64::MAX);
        let then = ask(&trigger, &known(&from), &known(&to), "2025-03-10", as_of);
        let later = ask(&trigger, &from, &to, "2025-03-10", end);
        prop_assert_eq!(&then, &later.clone().filter(|decision| decision.roll.roll_ts <= as_of));
        prop_assert_eq!(&then, &ask(&trigger, &from, &to, "2025-03-10", as_of));
        if let Some(Decision { roll, by: DecidedBy::Counts { decided_on, days } }) = &later {
            let closed = calendar.session_on_or_after(*decided_on).unwrap().close();
            prop_assert!(days.iter().all(|day| day.known_at <= closed && day.trade_date <= *decided_on));
            prop_assert!(days.iter().all(|day| day.to >= day.from && day.to >= 2));
            prop_assert_eq!(days.len(), usize::from(sessions));
            prop_assert!(closed <= roll.roll_ts && *decided_on < roll.trade_date);
        }
    }
}
