use peaktrade_domain::{Calendar, ContractSymbol, RollPolicy, TradeDate, UnixNanos};
use proptest::prelude::*;

use super::{DataTrigger, DecidedBy, Decision, Question, decide};
use crate::{Bar, Bars, BarsView, DailyCount, DailyVolumes, Known};

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

/// Every open minute of [from, to), two contracts in each.
fn whole(calendar: &Calendar, from: &str, to: &str) -> Bars {
    let minute = |text: &str| text.parse::<UnixNanos>().unwrap().nanos() / UnixNanos::MINUTE;
    let mut bars = Bars::default();
    for ts in (minute(from)..minute(to)).map(|minute| minute * UnixNanos::MINUTE) {
        if calendar.is_open(UnixNanos::from_nanos(ts)).unwrap() {
            bars.push(Bar { ts, open: 1, high: 1, low: 1, close: 1, volume: 2 });
        }
    }
    bars
}

/// The same without the bars of [from, to).
fn without(bars: &Bars, from: &str, to: &str) -> Bars {
    let mut kept = bars.between(UnixNanos::from_nanos(i64::MIN), from.parse().unwrap()).to_bars();
    kept.extend(bars.between(to.parse().unwrap(), UnixNanos::from_nanos(i64::MAX)));
    kept
}

/// All counts and those of whole sessions, each as "trade date contracts".
fn days(calendar: &Calendar, bars: &Bars) -> (String, String) {
    let mut pieces = DailyVolumes::default();
    for row in 0..bars.len() {
        pieces.add(bars.view().rows(row..row + 1), calendar).unwrap();
    }
    let mut volumes = DailyVolumes::default();
    volumes.add(bars.view(), calendar).unwrap();
    assert_eq!(pieces, volumes, "how bars are cut into pieces does not matter");
    let told = |counts: &[DailyCount]| {
        let count = |count: &DailyCount| format!("{} {}", count.trade_date, count.contracts.value);
        counts.iter().map(count).collect::<Vec<_>>().join(", ")
    };
    (told(&volumes.counts()), told(&volumes.whole_counts(calendar).unwrap()))
}

#[test]
fn a_cut_export_is_no_fall_in_volume() {
    let calendar = Calendar::shipped();
    let days = |from, to| days(&calendar, &whole(&calendar, from, to));
    // From Thursday 17:00 Chicago to Sunday midnight in New York: six hours of Monday's 23.
    let (all, of_whole) = days("2025-03-13T22:00:00Z", "2025-03-17T04:00:00Z");
    assert_eq!(all, "2025-03-14 2760, 2025-03-17 720");
    assert_eq!(of_whole, "2025-03-14 2760");
    // An hour at either end may be without trade, and no more.
    assert_eq!(days("2025-03-13T23:00:00Z", "2025-03-14T20:00:00Z").1, "2025-03-14 2520");
    assert_eq!(days("2025-03-13T23:01:00Z", "2025-03-14T21:00:00Z").1, "");
    assert_eq!(days("2025-03-13T22:00:00Z", "2025-03-14T19:59:00Z").1, "");
}

#[test]
fn neither_is_an_export_with_a_hole() {
    let calendar = Calendar::shipped();
    let day = whole(&calendar, "2025-03-13T22:00:00Z", "2025-03-14T21:00:00Z");
    let hole = |from, to| days(&calendar, &without(&day, from, to));
    // Fifteen hours, of which both edges know nothing.
    assert_eq!(
        hole("2025-03-14T01:00:00Z", "2025-03-14T16:00:00Z"),
        ("2025-03-14 960".to_owned(), String::new()),
        "the entered contract may count what there is, the one that is left may not"
    );
    assert_eq!(hole("2025-03-14T03:00:00Z", "2025-03-14T04:00:00Z").1, "2025-03-14 2640");
    assert_eq!(hole("2025-03-14T03:00:00Z", "2025-03-14T04:01:00Z").1, "");
    // The halt after the close of the cash market, until June 2021, is no silence; neither is a listed outage.
    let halted = whole(&calendar, "2021-06-24T22:00:00Z", "2021-06-25T21:00:00Z");
    assert_eq!(days(&calendar, &halted).1, "2021-06-25 2730");
    let (from, to) = ("2025-11-26T23:00:00Z", "2025-11-28T18:15:00Z");
    let outage = calendar.outages().iter().find(|outage| outage.from.to_string() == "2025-11-28T03:00:00Z").unwrap();
    let silent = without(&whole(&calendar, from, to), &outage.from.to_string(), &outage.to.to_string());
    assert!(days(&calendar, &silent).1.starts_with("2025-11-28 "), "nobody could trade for hours");
}

#[test]
fn volumes_that_are_none_are_errors_that_name_the_trade_date() {
    let calendar = Calendar::shipped();
    let mut bars = whole(&calendar, "2025-03-13T22:00:00Z", "2025-03-13T22:04:00Z");
    let add = |bars: &Bars| DailyVolumes::default().add(bars.view(), &calendar).map_err(|error| error.to_string());
    assert_eq!(add(&bars), Ok(()));
    bars.volume[2] = -1;
    let negative = "trade date 2025-03-14: the bar of 2025-03-13T22:02:00Z has volume -1, at least 0 is allowed";
    assert_eq!(add(&bars), Err(negative.to_owned()));
    bars.volume.fill(i64::MAX);
    let sum = "trade date 2025-03-14: the sum of its volumes up to the bar of 2025-03-13T22:02:00Z leaves the range of 64 bits";
    assert_eq!(add(&bars), Err(sum.to_owned()));
}

#[test]
fn a_fallback_past_the_calendars_end_bounds_nothing() {
    // NQH2028 is left in March 2028, and the calendar ends in 2027.
    let calendar = Calendar::shipped();
    let contract = |text: &str| text.parse::<ContractSymbol>().unwrap();
    let decide_by = |trigger: &str, counts: (u64, u64), as_of: &str| {
        let dates = ["2027-12-20", "2027-12-21"];
        let of = |value: u64| -> Vec<DailyCount> {
            let known_at = |date: &str| calendar.session_on_or_after(date.parse().unwrap()).unwrap().close();
            let contracts = |date: &str| Known { value, known_at: known_at(date) };
            dates
                .iter()
                .map(|date| DailyCount { trade_date: date.parse().unwrap(), contracts: contracts(date) })
                .collect()
        };
        let question = Question {
            from: contract("NQH2028"),
            to: contract("NQM2028"),
            from_counts: &of(counts.0),
            to_counts: &of(counts.1),
            since: "2027-12-20".parse().unwrap(),
            as_of: as_of.parse().unwrap(),
        };
        let decided = decide(&trigger.parse().unwrap(), &RollPolicy::STANDARD, &calendar, &question);
        decided.map(|decision| decision.as_ref().map(told)).map_err(|error| error.to_string())
    };
    let trigger = "volume:1,1,1|else:monday_before_third_friday";
    let monday = "2027-12-21 at 2027-12-20T23:00:00Z after 2027-12-20 by 2027-12-20 1:9";
    assert_eq!(decide_by(trigger, (1, 9), "2027-12-31T22:00:00Z"), Ok(Some(monday.to_owned())));
    assert_eq!(decide_by(trigger, (9, 1), "2027-12-31T22:00:00Z"), Ok(None));
    // Sixty trade dates before an expiry in March may lie in December: then nobody can say that it has not come.
    let counted = "volume:1,1,1|else:n_trade_dates_before:60";
    assert!(decide_by(counted, (9, 1), "2027-12-31T22:00:00Z").is_err());
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

    /// Volumes of bars that were over at an instant decide what the volumes of all bars decide, up to that instant.
    #[test]
    fn no_volume_that_was_not_traded_yet_decides(
        levels in proptest::collection::vec((0_i64..4, 0_i64..4, 0_u8..6), 6),
        sessions in 1_u8..3,
        has_fallback in any::<bool>(),
        cut in 0_i64..9 * 24 * 60,
    ) {
        let calendar = Calendar::shipped();
        let dates = calendar.sessions(date(DATES[0]), date(DATES[5])).unwrap();
        let (mut from, mut to) = (Bars::default(), Bars::default());
        for (session, (of_from, of_to, hole)) in dates.iter().zip(levels) {
            // A bar every half hour; a hole, where there is one, is two hours wide.
            for (number, ts) in (0..).zip((session.open().nanos()..session.close().nanos()).step_by(30 * UnixNanos::MINUTE as usize)) {
                let bar = Bar { ts, open: 1, high: 1, low: 1, close: 1, volume: of_from };
                if hole > 0 || !(8..12).contains(&number) {
                    from.push(bar);
                }
                to.push(Bar { volume: of_to, ..bar });
            }
        }
        let start: UnixNanos = "2025-03-09T20:00:00Z".parse().unwrap();
        let as_of = start.checked_add_nanos(cut * UnixNanos::MINUTE).unwrap();
        let counts = |bars: BarsView<'_>| {
            let mut volumes = DailyVolumes::default();
            volumes.add(bars, &calendar).unwrap();
            (volumes.whole_counts(&calendar).unwrap(), volumes.counts())
        };
        let over = |bars: &Bars| bars.between(UnixNanos::from_nanos(i64::MIN), Bars::over_before(as_of)).to_bars();
        let otherwise = if has_fallback { "|else:monday_before_third_friday" } else { "" };
        let trigger = format!("volume:1,{sessions},50{otherwise}");
        let end = UnixNanos::from_nanos(i64::MAX);
        let later = ask(&trigger, &counts(from.view()).0, &counts(to.view()).1, DATES[0], end);
        let then = ask(&trigger, &counts(over(&from).view()).0, &counts(over(&to).view()).1, DATES[0], as_of);
        prop_assert_eq!(then, later.filter(|decision| decision.roll.roll_ts <= as_of));
    }
}
