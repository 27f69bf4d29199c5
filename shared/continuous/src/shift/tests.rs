use peaktrade_domain::{Price, UnixNanos};

use super::{NonPositive, PriceChange, Shift, adjust};
use crate::{Bar, Bars, Factor, TickGrid};

const MINUTE: i64 = UnixNanos::MINUTE;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

/// One bar of the four prices, changed; written as "open high low close".
fn check(prices: &str, shift: Shift, tick: Option<&str>, expected: &str) {
    let four: Vec<i64> = prices.split(' ').map(|text| price(text).nanos()).collect();
    let mut bars = Bars::default();
    bars.push(Bar { ts: MINUTE, open: four[0], high: four[1], low: four[2], close: four[3], volume: 7 });
    let snap = tick.map(|tick| TickGrid::new(price(tick)).unwrap());
    let mut out = Bars::default();
    adjust(bars.view(), &PriceChange { shift, snap }, &mut out).unwrap();
    out.check_invariants().unwrap();
    let bar = out.get(0).unwrap();
    let found = [bar.open, bar.high, bar.low, bar.close].map(|nanos| Price::from_nanos(nanos).to_string());
    assert_eq!(found.join(" "), expected);
    assert_eq!((bar.ts, bar.volume), (MINUTE, 7), "volume is never scaled");
}

#[test]
fn prices_are_added_to_multiplied_and_snapped() {
    let ratio = |new: &str, old: &str| Shift::Factor(Factor::of_prices(price(new), price(old)).unwrap());
    check("100 101 99.5 100.25", Shift::Points(price("-0.05")), None, "99.95 100.95 99.45 100.2");
    check("100 101 99.5 100.25", Shift::Points(price("-0.05")), Some("0.25"), "100 101 99.5 100.25");
    check("100 101 99.5 100.25", Shift::NONE, None, "100 101 99.5 100.25");
    // A settlement off the tick is put on it even where nothing is added.
    check("100.1 101 99.5 100.15", Shift::NONE, Some("0.25"), "100 101 99.5 100.25");
    check("100 101 99.5 100.25", ratio("200", "100"), None, "200 202 199 200.5");
    // 300 / 700 of 100.25 is 42.964285714285..., rounded to 1e-9; of 99.5 it is 42.642857142857...
    check("100.25 100.25 99.5 100", ratio("300", "700"), None, "42.964285714 42.964285714 42.642857143 42.857142857");
    check("100.25 100.25 99.5 100", ratio("300", "700"), Some("0.25"), "43 43 42.75 42.75");
    check("-100.25 -99.5 -100.25 -100", ratio("300", "700"), Some("0.25"), "-43 -42.75 -43 -42.75");
}

#[test]
fn one_rounding_not_two() {
    // 1/3 of 0.375000001 is 0.125000000333...: above the middle between 0 and 0.25. Rounded to 1e-9 points first it
    // would be the middle itself, and fall to the even 0.
    let third = Factor::of_prices(price("1"), price("3")).unwrap();
    check("0.375000001 0.375000001 0.375 0.375", Shift::Factor(third), Some("0.25"), "0.25 0.25 0 0");
}

#[test]
fn an_overflow_names_the_bar_and_leaves_the_target_alone() {
    let mut bars = Bars::default();
    bars.push(Bar { ts: 0, open: 1, high: 2, low: 0, close: 1, volume: 1 });
    bars.push(Bar { ts: MINUTE, open: 1, high: i64::MAX - 4, low: 0, close: 1, volume: 1 });
    let mut out = bars.clone();
    assert_eq!(adjust(bars.view(), &PriceChange::points(Price::from_nanos(4)), &mut out), Ok(()));
    assert_eq!(out.high[3], i64::MAX);
    let before = out.clone();
    let error = adjust(bars.view(), &PriceChange::points(Price::from_nanos(5)), &mut out).unwrap_err();
    assert!(error.to_string().contains("at 1970-01-01T00:01:00Z plus 0.000000005 leaves the range"), "{error}");
    assert_eq!(out, before);
    let shift = Shift::Factor(Factor::of_prices(price("3"), price("2")).unwrap());
    let error = adjust(bars.view(), &PriceChange { shift, snap: None }, &mut out).unwrap_err();
    assert!(error.to_string().contains("at 1970-01-01T00:01:00Z times 1.500000000000000000 leaves"), "{error}");
    assert_eq!(out, before);
}

#[test]
fn bars_at_or_below_zero_are_counted_over_pieces() {
    let mut bars = Bars::default();
    for (minute, low) in [(1, 1), (2, 0), (3, -1), (4, 2)] {
        bars.push(Bar { ts: minute * MINUTE, open: 5, high: 5, low, close: 5, volume: 1 });
    }
    let mut found = NonPositive::default();
    found.count(bars.view().rows(0..1));
    assert_eq!(found, NonPositive::default());
    found.count(bars.view().rows(1..4));
    assert_eq!(found, NonPositive { rows: 2, first: Some(UnixNanos::from_nanos(2 * MINUTE)) });
}
