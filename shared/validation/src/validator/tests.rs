use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, UnixNanos};
use proptest::prelude::*;

use super::SessionValidator;
use crate::{Code, Findings};

const MINUTE: i64 = UnixNanos::MINUTE;

/// The regular session of Tuesday 2025-04-01 is 22:00 UTC to 21:00, 1,380 minutes, then an hour of break.
const MONDAY_EVENING: &str = "2025-03-31T22:00:00Z";

/// Bars from an instant on, by (first minute, minutes), with some minutes spoilt. The price waves a little.
fn bars(from: &str, spans: &[(i64, i64)], spoil: impl Fn(i64, &mut Bar)) -> Bars {
    let start: UnixNanos = from.parse().unwrap();
    let mut bars = Bars::default();
    for minute in spans.iter().flat_map(|(first, minutes)| *first..first + minutes) {
        let points = |quarters: i64| 20_000_000_000_000 + (quarters + minute % 7) * 250_000_000;
        let ts = start.nanos() + minute * MINUTE;
        let mut bar = Bar { ts, open: points(0), high: points(3), low: points(-3), close: points(1), volume: 5 };
        spoil(minute, &mut bar);
        bars.push(bar);
    }
    bars
}

fn found(contract: &str, bars: &Bars) -> Findings {
    let calendar = Calendar::shipped();
    let mut validator = SessionValidator::new(&calendar, contract.parse().unwrap()).unwrap();
    validator.take(bars.view()).unwrap();
    validator.finish()
}

/// Expected are (code, count, trade date of the first case, part of the example), in order.
fn expect_of(contract: &str, bars: &Bars, sessions: u64, expected: &[(Code, u64, &str, &str)]) {
    let findings = found(contract, bars);
    let short: Vec<_> = findings.list.iter().map(|finding| (finding.code, finding.count)).collect();
    assert_eq!(short, expected.iter().map(|case| (case.0, case.1)).collect::<Vec<_>>(), "{findings:#?}");
    for (finding, expected) in findings.list.iter().zip(expected) {
        assert_eq!(finding.first.to_string(), expected.2, "{finding:?}");
        assert!(finding.example.contains(expected.3), "{finding:?}");
    }
    assert_eq!((findings.sessions, findings.rows), (sessions, bars.len() as u64));
}

fn expect(bars: &Bars, sessions: u64, expected: &[(Code, u64, &str, &str)]) {
    expect_of("NQM2025", bars, sessions, expected);
}

fn sound(_: i64, _: &mut Bar) {}

#[test]
fn whole_sessions_give_no_finding_and_edges_of_the_data_are_no_gaps() {
    expect(&bars(MONDAY_EVENING, &[(0, 1_380), (1_440, 1_380)], sound), 2, &[]);
    expect(&bars(MONDAY_EVENING, &[(700, 680), (1_440, 10)], sound), 2, &[]);
    expect(&Bars::default(), 0, &[]);
}

#[test]
fn what_is_missing_is_told_by_where_it_lies() {
    let spans = [(2, 98), (101, 99), (230, 1_147), (1_443, 1_317), (2_880, 1_000), (4_320, 5)];
    expect(
        &bars(MONDAY_EVENING, &[&[(-1_440, 1_380)][..], &spans].concat(), sound),
        5,
        &[
            (Code::MissingLastHour, 440, "2025-04-02", "from 2025-04-02T20:00:00Z to 2025-04-02T21:00:00Z"),
            (Code::MissingBlock, 30, "2025-04-01", "no bar from 2025-04-01T01:20:00Z to 2025-04-01T01:50:00Z"),
            (Code::MissingFirstMinute, 5, "2025-04-01", "from 2025-03-31T22:00:00Z to 2025-03-31T22:02:00Z"),
            (Code::MissingLastMinute, 3, "2025-04-01", "from 2025-04-01T20:57:00Z to 2025-04-01T21:00:00Z"),
            (Code::MissingMinutes, 1, "2025-04-01", "from 2025-03-31T23:40:00Z to 2025-03-31T23:41:00Z"),
        ],
    );
    expect(
        &bars(MONDAY_EVENING, &[(0, 1_380), (2_880, 10)], sound),
        3,
        &[(Code::MissingSession, 1_380, "2025-04-02", "no bar from 2025-04-01T22:00:00Z")],
    );
}

#[test]
fn broken_bars_are_errors_and_come_first() {
    let spoilt = bars(MONDAY_EVENING, &[(0, 20), (1_385, 1)], |minute, bar| match minute {
        2 => bar.high = bar.low,
        3 => bar.close += 1,
        4 => bar.volume = 0,
        6 => bar.ts -= MINUTE,
        7 => bar.ts -= 4 * MINUTE,
        8 => bar.low = 0,
        9 => bar.high = i64::MAX,
        10 => bar.volume = -1,
        11 => bar.ts += MINUTE / 2,
        _ => {}
    });
    expect(
        &spoilt,
        1,
        &[
            (Code::NotIncreasing, 1, "2025-04-01", "bar of 2025-03-31T22:03:00Z after bar of 2025-03-31T22:05:00Z"),
            (Code::DuplicateMinute, 1, "2025-04-01", "a second bar of 2025-03-31T22:05:00Z with other values"),
            (Code::NotAMinute, 1, "2025-04-01", "22:11:30Z"),
            (Code::MaintenanceBar, 1, "2025-04-02", "bar of 2025-04-01T21:05:00Z, market closed: maintenance"),
            (Code::NotAPrice, 2, "2025-04-01", "2025-03-31T22:08:00Z"),
            (Code::OhlcOrder, 1, "2025-04-01", "bar of 2025-03-31T22:02:00Z"),
            (Code::OffTick, 1, "2025-04-01", "2025-03-31T22:03:00Z"),
            (Code::NegativeVolume, 1, "2025-04-01", "volume -1"),
            (Code::Spike, 2, "2025-04-01", "bar of 2025-03-31T22:08:00Z from 0"),
            (Code::MissingMinutes, 2, "2025-04-01", "2025-03-31T22:06:00Z"),
            (Code::ZeroVolume, 1, "2025-04-01", "2025-03-31T22:04:00Z"),
        ],
    );
}

#[test]
fn bars_of_closed_hours_are_told_by_what_closes_them() {
    let mut odd = bars("2025-01-08T23:00:00Z", &[(0, 930)], sound);
    let later = [
        // The day of mourning 2025-01-09 halted at 08:30 in Chicago.
        "2025-01-09T15:00:00Z",
        // Saturday, and the Sunday before the open.
        "2025-01-11T15:20:00Z",
        "2025-01-12T22:59:00Z",
        // The hour of maintenance.
        "2025-01-13T22:30:00Z",
        "2028-06-01T00:00:00Z",
    ];
    let stray = |instant: &str| {
        let mut bar = odd.get(0).unwrap();
        bar.ts = instant.parse::<UnixNanos>().unwrap().nanos();
        bar
    };
    let strays = later.map(stray);
    strays.into_iter().for_each(|bar| odd.push(bar));
    expect_of(
        "NQZ2028",
        &odd,
        1,
        &[
            (Code::OutsideCalendar, 1, "2027-12-31", "2028-06-01T00:00:00Z"),
            (Code::MaintenanceBar, 1, "2025-01-14", "2025-01-13T22:30:00Z"),
            (Code::WeekendBar, 2, "2025-01-13", "2025-01-11T15:20:00Z"),
            (Code::HolidayBar, 1, "2025-01-10", "2025-01-09T15:00:00Z"),
        ],
    );
    let halted = bars("2020-05-04T20:10:00Z", &[(0, 40)], sound);
    expect_of("NQM2020", &halted, 1, &[(Code::HaltBar, 15, "2020-05-04", "bar of 2020-05-04T20:15:00Z")]);
}

#[test]
fn a_contract_ends_at_its_last_trade_and_may_settle_off_the_tick_that_day() {
    // Trading in NQH2025 ended on 2025-03-21 at 13:30 UTC.
    let last_day = bars("2025-03-20T22:00:00Z", &[(0, 932)], |minute, bar| {
        if minute == 929 {
            bar.close = 20_000_810_000_000;
        }
    });
    expect_of(
        "NQH2025",
        &last_day,
        1,
        &[
            (Code::AfterExpiry, 2, "2025-03-21", "bar of 2025-03-21T13:30:00Z, trading ended at 2025-03-21T13:30:00Z"),
            (Code::SettlementOffTick, 1, "2025-03-21", "close 20000.81"),
        ],
    );
    let other_day = bars("2025-03-19T22:00:00Z", &[(0, 3)], |_, bar| bar.close += 10_000_000);
    expect_of("NQH2025", &other_day, 1, &[(Code::OffTick, 3, "2025-03-20", "tick 0.25")]);
}

#[test]
fn only_the_last_bar_of_all_may_settle_off_the_tick() {
    let spoilt = |spoil: fn(i64, &mut Bar)| bars("2025-03-20T22:00:00Z", &[(0, 930)], spoil);
    const OFF: i64 = 10_000_000;
    // The settlement may be the bar's high as well.
    let settled = spoilt(|minute, bar| {
        if minute == 929 {
            (bar.high, bar.close) = (20_001_810_000_000, 20_001_810_000_000);
        }
    });
    expect_of("NQH2025", &settled, 1, &[(Code::SettlementOffTick, 1, "2025-03-21", "close 20001.81")]);
    let earlier = spoilt(|minute, bar| bar.close += if minute == 500 { OFF } else { 0 });
    expect_of("NQH2025", &earlier, 1, &[(Code::OffTick, 1, "2025-03-21", "bar of 2025-03-21T06:20:00Z")]);
    let opened = spoilt(|minute, bar| bar.open += if minute == 929 { OFF } else { 0 });
    expect_of("NQH2025", &opened, 1, &[(Code::OffTick, 1, "2025-03-21", "bar of 2025-03-21T13:29:00Z")]);
    let another_high = spoilt(|minute, bar| bar.high += if minute == 929 { OFF } else { 0 });
    expect_of("NQH2025", &another_high, 1, &[(Code::OffTick, 1, "2025-03-21", "bar of 2025-03-21T13:29:00Z")]);
}

#[test]
fn every_bar_that_is_not_a_minute_is_counted_once() {
    let half = |spans: &[(i64, i64)]| bars(MONDAY_EVENING, spans, |_, bar| bar.ts += MINUTE / 2);
    let codes = |found: &Findings| -> Vec<_> { found.list.iter().map(|f| (f.code, f.count)).collect() };
    assert_eq!(codes(&found("NQM2025", &half(&[(0, 3)]))), [(Code::NotAMinute, 3)]);
    // A whole session, then three bars in a second one, the first of them at its very begin.
    let mut second = bars(MONDAY_EVENING, &[(0, 1_380)], sound);
    second.extend(half(&[(1_440, 3)]).view());
    assert_eq!(codes(&found("NQM2025", &second)), [(Code::NotAMinute, 3)]);
    let mut back = bars(MONDAY_EVENING, &[(0, 1_380)], sound);
    back.extend(half(&[(1_440, 1), (1_450, 2)]).view());
    back.extend(bars(MONDAY_EVENING, &[(1_453, 2)], sound).view());
    assert_eq!(codes(&found("NQM2025", &back)), [(Code::NotAMinute, 3), (Code::MissingMinutes, 9)]);
}

#[test]
fn the_closed_hour_after_the_last_session_tells_of_it() {
    // One late session and nothing after it.
    let late = bars("2025-04-01T23:00:00Z", &[(0, 1_380)], sound);
    let list = found("NQM2025", &late).list;
    assert_eq!(list[0].code, Code::DstShiftSuspected, "{list:#?}");
    assert_eq!((list[0].first.to_string(), list[0].last.to_string()), ("2025-04-02".into(), "2025-04-02".into()));
    assert_eq!(list[0].count, 1_380);
}

#[test]
fn bars_after_the_calendars_end_are_checked_too() {
    let mut after = bars("2028-06-01T00:00:00Z", &[(0, 5)], |minute, bar| bar.close += minute % 2);
    after.volume[0] = 0;
    let list = found("NQM2028", &after).list;
    let told: Vec<_> = list.iter().map(|finding| (finding.code, finding.count)).collect();
    assert_eq!(told, [(Code::OutsideCalendar, 5), (Code::OffTick, 2), (Code::ZeroVolume, 1)], "{list:#?}");
}

#[test]
fn every_sample_is_of_a_trade_date_of_its_own_also_where_dates_go_back() {
    let mut days = bars(MONDAY_EVENING, &[(1_440, 2), (0, 1), (2_880, 2), (1, 1), (1_441, 1), (4, 1)], sound);
    days.ts.swap(0, 1);
    let list = found("NQM2025", &days).list;
    let back = list.iter().find(|finding| finding.code == Code::NotIncreasing).unwrap();
    assert_eq!(
        (back.count, back.first.to_string(), back.last.to_string()),
        (5, "2025-04-01".into(), "2025-04-02".into())
    );
    assert_eq!((back.example.contains("2025-04-01T22:00"), back.samples.len()), (true, 1), "{back:#?}");
}

#[test]
fn silence_in_a_listed_outage_is_a_note_and_around_it_is_not() {
    // Listed from 2025-11-28 03:00 to 13:30 UTC; the session of that day began on the eve of the holiday.
    let silent = bars("2025-11-28T00:00:00Z", &[(0, 140), (812, 100)], sound);
    let list = found("NQZ2025", &silent).list;
    let of = |code: Code| list.iter().find(|finding| finding.code == code).map(|finding| finding.count);
    assert_eq!(of(Code::ListedOutage), Some(630), "{list:?}");
    assert_eq!(of(Code::MissingBlock), Some(40), "{list:?}");
    assert_eq!(of(Code::MissingMinutes), Some(2), "{list:?}");
    // The delayed open of 2015-06-30 is listed without a confirmation.
    let silent = bars("2015-06-30T20:50:00Z", &[(0, 25), (235, 10)], sound);
    let list = found("NQU2015", &silent).list;
    let told: Vec<_> = list.iter().map(|finding| (finding.code, finding.count)).collect();
    assert_eq!(told, [(Code::ListedOutage, 165), (Code::CalendarUnverified, 1)], "{list:?}");
}

#[test]
fn spikes_leave_both_neighbours_and_come_back() {
    let spoilt = |at: i64, quarters: i64| {
        move |minute: i64, bar: &mut Bar| {
            if minute == at {
                bar.low -= quarters * 250_000_000;
            }
        }
    };
    for (at, sessions) in [(60, 1), (0, 1), (119, 1)] {
        let spike = bars(MONDAY_EVENING, &[(0, 120)], spoilt(at, 400));
        expect(&spike, sessions, &[(Code::Spike, 1, "2025-04-01", "beyond")]);
        let swing = bars(MONDAY_EVENING, &[(0, 120)], spoilt(at, 300));
        expect(&swing, sessions, &[]);
    }
    // A price that stays where it went is no spike, and neither is a wild minute among wild minutes.
    let step = bars(MONDAY_EVENING, &[(0, 120)], |minute, bar| {
        if minute >= 60 {
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *price += 1_000_000_000_000;
            }
        }
    });
    expect(&step, 1, &[]);
    let wild = bars(MONDAY_EVENING, &[(0, 120)], |minute, bar| {
        bar.low -= 80 * 250_000_000;
        if minute == 60 {
            bar.low -= 400 * 250_000_000;
        }
    });
    expect(&wild, 1, &[]);
}

/// Weeks of whole sessions with the volume of a day: the quarter hour after the regular open trades ten times that before.
fn weeks(calendar: &Calendar, from: &str, to: &str) -> Bars {
    let mut whole = Bars::default();
    for session in calendar.sessions(from.parse().unwrap(), to.parse().unwrap()).unwrap() {
        for segment in &session.segments {
            let minutes = i64::try_from(segment.minutes()).unwrap();
            let begun = |ts: i64| session.regular_hours.is_some_and(|hours| ts >= hours.open.nanos());
            let of_segment = bars(&segment.open.to_string(), &[(0, minutes)], |_, bar| {
                bar.volume = if begun(bar.ts) { 500 } else { 50 };
            });
            whole.extend(of_segment.view());
        }
    }
    whole
}

#[test]
fn sessions_an_hour_off_are_named_with_their_span() {
    let calendar = Calendar::shipped();
    for (minutes, direction) in [(-60, "60 minutes later"), (60, "60 minutes earlier")] {
        let mut moved = weeks(&calendar, "2025-03-10", "2025-05-16");
        let (from, to): (UnixNanos, UnixNanos) =
            ("2025-03-16T22:00:00Z".parse().unwrap(), "2025-05-02T21:00:00Z".parse().unwrap());
        for ts in moved.ts.iter_mut().filter(|ts| (from.nanos()..to.nanos()).contains(*ts)) {
            *ts += minutes * MINUTE;
        }
        let list = found("NQM2025", &moved).list;
        assert_eq!(list[0].code, Code::DstShiftSuspected, "{list:#?}");
        assert_eq!((list[0].first.to_string(), list[0].last.to_string()), ("2025-03-17".into(), "2025-05-02".into()));
        assert!(list[0].example.contains(direction) && list[0].example.contains("34 sessions"), "{list:#?}");
        assert_eq!(list.iter().filter(|finding| finding.code == Code::DstShiftSuspected).count(), 1);

        // As an importer leaves them: without the bars of closed hours.
        let mut dropped = Bars::default();
        for bar in (0..moved.len()).filter_map(|row| moved.get(row)) {
            if calendar.is_open(UnixNanos::from_nanos(bar.ts)).unwrap() {
                dropped.push(bar);
            }
        }
        let list = found("NQM2025", &dropped).list;
        assert_eq!(list[0].code, Code::DstShiftSuspected, "{list:#?}");
        assert_eq!((list[0].first.to_string(), list[0].last.to_string()), ("2025-03-17".into(), "2025-05-02".into()));
        assert!(list[0].example.contains(direction) && list[0].example.contains("volume"), "{list:#?}");
    }
    let unmoved = found("NQM2025", &weeks(&calendar, "2025-03-03", "2025-05-16"));
    assert_eq!(unmoved.list, []);
}

#[test]
fn exports_that_lack_an_hour_are_not_called_shifted() {
    let calendar = Calendar::shipped();
    let whole = weeks(&calendar, "2025-03-10", "2025-04-16");
    let mut cut = Bars::default();
    for bar in (0..whole.len()).filter_map(|row| whole.get(row)) {
        let session = calendar.session_of(UnixNanos::from_nanos(bar.ts)).unwrap().unwrap();
        if bar.ts < session.close().nanos() - 60 * MINUTE {
            cut.push(bar);
        }
    }
    let codes: Vec<Code> = found("NQM2025", &cut).list.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::MissingLastHour]);
}

#[test]
fn expected_ends_and_degraded_days() {
    let calendar = Calendar::shipped();
    let at = |text: &str| -> UnixNanos { text.parse().unwrap() };
    let validator = SessionValidator::new(&calendar, "NQM2025".parse().unwrap()).unwrap();
    let mut validator = validator
        .expecting(at("2025-03-31T20:00:00Z"), at("2025-04-03T22:10:00Z"))
        .with_degraded_day("2025-04-01".parse().unwrap(), "degraded")
        .with_degraded_day("2025-04-09".parse().unwrap(), "degraded");
    let day = bars(MONDAY_EVENING, &[(0, 1_380)], sound);
    validator.take(day.view()).unwrap();
    let findings = validator.finish();
    let told: Vec<_> = findings.list.iter().map(|f| (f.code, f.count, f.first.to_string(), &f.example[..])).collect();
    assert_eq!(
        told,
        [
            (
                Code::MissingSession,
                2_760,
                "2025-04-02".into(),
                "no bar from 2025-04-01T22:00:00Z to 2025-04-02T21:00:00Z"
            ),
            (
                Code::MissingLastHour,
                60,
                "2025-03-31".into(),
                "no bar from 2025-03-31T20:00:00Z to 2025-03-31T21:00:00Z"
            ),
            (
                Code::MissingFirstMinute,
                10,
                "2025-04-04".into(),
                "no bar from 2025-04-03T22:00:00Z to 2025-04-03T22:10:00Z"
            ),
            (Code::DegradedDay, 1_260, "2025-04-01".into(), "the vendor calls UTC day 2025-04-01 degraded"),
        ]
    );
}

#[test]
fn projected_sessions_are_noted() {
    let calendar = Calendar::shipped();
    let projected = calendar.projected_from().unwrap();
    let session = calendar.sessions(projected, calendar.valid_to()).unwrap().iter().find(|s| s.is_projected).unwrap();
    let list = found("NQZ2028", &bars(&session.open().to_string(), &[(0, 3)], sound)).list;
    assert!(list.iter().any(|finding| finding.code == Code::CalendarProjected), "{list:?}");
}

#[test]
fn columns_of_different_lengths_are_refused() {
    let calendar = Calendar::shipped();
    let mut validator = SessionValidator::new(&calendar, "NQM2025".parse().unwrap()).unwrap();
    let mut torn = bars(MONDAY_EVENING, &[(0, 3)], sound);
    torn.close.pop();
    assert!(validator.take(torn.view()).is_err());
    assert_eq!(validator.finish().rows, 0);
    assert!(SessionValidator::new(&calendar, "NQH1990".parse().unwrap()).is_err());
}

proptest! {
    /// Whatever the bars are, what is found does not depend on how they are cut into pieces.
    #[test]
    fn cuts_change_nothing(
        spans in prop::collection::vec((0_i64..4_000, 1_i64..400), 1..6),
        odd in prop::collection::vec((0_usize..1_000, -3_i64..4, any::<i64>()), 0..6),
        cuts in prop::collection::vec(0_usize..1_600, 0..8),
    ) {
        let mut spans = spans;
        spans.sort_unstable();
        let mut all = bars(MONDAY_EVENING, &spans, sound);
        for (row, minutes, price) in odd {
            let row = row % all.len();
            all.ts[row] += minutes * MINUTE;
            all.low[row] = if minutes == 0 { price } else { all.low[row] };
        }
        let calendar = Calendar::shipped();
        let mut validator = SessionValidator::new(&calendar, "NQM2025".parse().unwrap()).unwrap();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(all.len())).collect();
        cuts.extend([0, all.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            validator.take(all.view().rows(pair[0]..pair[1])).unwrap();
        }
        prop_assert_eq!(validator.finish(), found("NQM2025", &all));
    }
}
