use peaktrade_domain::UnixNanos;

use super::{Bar, Bars};

const MINUTE: i64 = UnixNanos::MINUTE;

fn bar(minute: i64) -> Bar {
    Bar { ts: minute * MINUTE, open: 10, high: 12, low: 9, close: 11, volume: 1 }
}

fn check(change: impl FnOnce(&mut Bars), expected: Option<&str>) {
    let mut bars = Bars::default();
    for minute in [1, 2, 5] {
        bars.push(bar(minute));
    }
    change(&mut bars);
    let problem = bars.check_invariants().err().map(|error| error.to_string());
    match (&problem, expected) {
        (None, None) => {}
        (Some(problem), Some(expected)) if problem.contains(expected) => {}
        _ => panic!("{problem:?}, expected {expected:?}"),
    }
}

#[test]
fn invariants_are_held_at_each_edge() {
    check(|_| {}, None);
    check(|bars| bars.ts.push(6 * MINUTE), Some("different lengths: ts 4, open 3"));
    check(|bars| bars.volume.truncate(2), Some("volume 2"));
    check(|bars| bars.ts[1] += 1, Some("row 1: stamp 1970-01-01T00:02:00.000000001Z is not a whole minute"));
    check(|bars| bars.ts[1] = MINUTE, Some("row 1: stamp 1970-01-01T00:01:00Z does not come after"));
    check(|bars| bars.ts[2] = MINUTE, Some("row 2"));
    check(|bars| bars.low[0] = 10, None);
    check(|bars| bars.low[0] = 11, Some("row 0"));
    check(|bars| bars.high[0] = 11, None);
    check(|bars| bars.high[0] = 10, Some("row 0"));
    check(|bars| bars.volume[2] = 0, None);
    check(|bars| bars.volume[2] = -1, Some("volume -1 is below zero"));
    let negative = |bars: &mut Bars| {
        for column in [&mut bars.open, &mut bars.high, &mut bars.low, &mut bars.close] {
            column.iter_mut().for_each(|price| *price -= 100);
        }
    };
    check(negative, None);
}

#[test]
fn time_slices_are_half_open() {
    let mut bars = Bars::default();
    for minute in [1, 2, 5] {
        bars.push(bar(minute));
    }
    let count = |start: i64, end: i64| bars.between(UnixNanos::from_nanos(start), UnixNanos::from_nanos(end)).len();
    assert_eq!(count(0, i64::MAX), 3);
    assert_eq!(count(MINUTE, 2 * MINUTE), 1);
    assert_eq!(count(MINUTE + 1, 5 * MINUTE), 1);
    assert_eq!(count(3 * MINUTE, 5 * MINUTE), 0);
    assert_eq!(count(5 * MINUTE, MINUTE), 0, "a reversed range is empty");
}
