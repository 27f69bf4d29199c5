use peaktrade_domain::{Calendar, HoursFilter, UnixNanos};

use super::{Aggregator, MinutesAccount};
use crate::{Bar, BarSize, Bars, Buckets};

fn instant(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn minutes(rows: &[(&str, [i64; 4], i64)]) -> Bars {
    let mut bars = Bars::default();
    for (ts, [open, high, low, close], volume) in rows {
        let ts = instant(&format!("2025-03-12T{ts}:00Z")).nanos();
        bars.push(Bar { ts, open: *open, high: *high, low: *low, close: *close, volume: *volume });
    }
    bars
}

fn hourly(hours: HoursFilter) -> Buckets {
    let calendar = Calendar::shipped();
    let day = "2025-03-12".parse().unwrap();
    Buckets::new(BarSize::OneHour, hours, calendar.sessions(day, day).unwrap(), &[])
}

fn two_hours() -> Bars {
    minutes(&[
        ("13:05", [10, 12, 9, 11], 3),
        ("13:30", [11, 15, 11, 13], 4),
        ("13:59", [13, 13, 8, 9], 5),
        ("14:00", [9, 9, 9, 9], 0),
    ])
}

fn aggregate(minutes: &Bars, hours: HoursFilter, as_of: &str) -> (Vec<Bar>, MinutesAccount) {
    let mut out = Bars::default();
    let mut aggregator = Aggregator::new(hourly(hours), instant(as_of));
    aggregator.update(minutes.view(), &mut out).unwrap();
    let account = aggregator.finish(&mut out);
    ((0..out.len()).filter_map(|row| out.get(row)).collect(), account)
}

#[test]
fn first_open_extremes_last_close_and_the_sum_stamped_at_the_bucket() {
    let (bars, account) = aggregate(&two_hours(), HoursFilter::Full, "2025-03-12T15:00:00Z");
    let ts = |text| instant(text).nanos();
    let first = Bar { ts: ts("2025-03-12T13:00:00Z"), open: 10, high: 15, low: 8, close: 9, volume: 12 };
    let second = Bar { ts: ts("2025-03-12T14:00:00Z"), open: 9, high: 9, low: 9, close: 9, volume: 0 };
    assert_eq!(bars, [first, second]);
    assert_eq!(account, MinutesAccount { taken: 4, outside_hours: 0, not_over: 0 });
}

#[test]
fn a_bar_is_known_when_its_last_minute_is_over() {
    for (as_of, known, not_over) in
        [("15:00:00", 2, 0), ("14:59:59.999999999", 1, 1), ("14:00:00", 1, 1), ("13:59:59.999999999", 0, 4)]
    {
        let (bars, account) = aggregate(&two_hours(), HoursFilter::Full, &format!("2025-03-12T{as_of}Z"));
        assert_eq!((bars.len(), account.not_over), (known, not_over), "{as_of}");
        assert_eq!(account.taken + account.not_over, 4);
    }
}

#[test]
fn minutes_outside_of_the_hours_are_counted() {
    let (bars, account) = aggregate(&two_hours(), HoursFilter::Regular, "2025-03-12T20:00:00Z");
    assert_eq!(bars.iter().map(|bar| (bar.open, bar.volume)).collect::<Vec<_>>(), [(11, 9)], "from 13:30 to 14:30");
    assert_eq!(account, MinutesAccount { taken: 3, outside_hours: 1, not_over: 0 });
}

#[test]
fn a_volume_that_leaves_the_range_names_the_bar() {
    for rows in [[("13:05", i64::MAX), ("13:06", 1)], [("13:59", i64::MAX), ("13:59", 1)]] {
        let mut aggregator = Aggregator::new(hourly(HoursFilter::Full), instant("2025-03-12T20:00:00Z"));
        let mut out = Bars::default();
        let bars = |(ts, volume): (&str, i64)| minutes(&[(ts, [1; 4], volume)]);
        aggregator.update(bars(rows[0]).view(), &mut out).unwrap();
        let error = aggregator.update(bars(rows[1]).view(), &mut out).unwrap_err();
        assert!(error.to_string().contains("2025-03-12T13:00:00Z leaves the range"), "{error}");
    }
}
