use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::UnixNanos;
use peaktrade_wire::dataset::v1 as dataset;

use super::{AFTER_MINUTES, BEFORE_MINUTES, minutes, section};

const ROLL: &str = "2025-03-16T22:00:00Z";

fn at(minutes: i64) -> UnixNanos {
    ROLL.parse::<UnixNanos>().unwrap().checked_add_nanos(minutes * UnixNanos::MINUTE).unwrap()
}

/// Bars at these minutes from the roll, closes in quarter points.
fn bars(rows: impl IntoIterator<Item = (i64, i64)>) -> Bars {
    let mut bars = Bars::default();
    for (minute, quarters) in rows {
        let close = quarters * 250_000_000;
        bars.push(Bar { ts: at(minute).nanos(), open: close, high: close, low: close, close, volume: minute.abs() });
    }
    bars
}

fn roll() -> dataset::Roll {
    let stamp = |minutes| Some(peaktrade_wire::timestamp(at(minutes)));
    let candidate = |method: &str, spread: &str, to_minute, is_applied| dataset::SpreadCandidate {
        method: method.to_owned(),
        spread: spread.to_owned(),
        from_time: stamp(-2),
        to_time: stamp(to_minute),
        is_applied,
        ..Default::default()
    };
    let silent = dataset::SpreadCandidate {
        method: "settlement".to_owned(),
        problem: "no <pair>".to_owned(),
        ..Default::default()
    };
    dataset::Roll {
        from_symbol: "NQH2025".to_owned(),
        to_symbol: "NQM2025".to_owned(),
        roll_ts: stamp(0),
        from_content_sha256: "a".repeat(64),
        to_content_sha256: "b".repeat(64),
        from_source_sha256: vec!["c".repeat(64), "d".repeat(64)],
        candidates: vec![candidate("last_common", "203.5", -2, true), candidate("peak_trade", "209", 0, false), silent],
        ..Default::default()
    }
}

#[test]
fn every_number_of_the_picture_is_that_of_a_bar() {
    let from = bars([(-3, 78_000), (-2, 78_002), (1, 78_004)]);
    let to = bars([(-2, 78_816), (-1, 78_820), (0, 78_840)]);
    let page = section(&roll(), "In words & more.", &minutes(&roll(), &from, &to).unwrap()).unwrap();
    let start = page.find("application/json\">").unwrap() + "application/json\">".len();
    let numbers = &page[start..start + page[start..].find("</script>").unwrap()];
    let numbers: serde_json::Value = serde_json::from_str(numbers).unwrap();
    assert_eq!(
        numbers["minutes"].to_string(),
        "[[\"2025-03-16T21:57:00Z\",[\"19500\",3],null],[\"2025-03-16T21:58:00Z\",[\"19500.5\",2],[\"19704\",2]],\
         [\"2025-03-16T21:59:00Z\",null,[\"19705\",1]],[\"2025-03-16T22:00:00Z\",null,[\"19710\",0]],\
         [\"2025-03-16T22:01:00Z\",[\"19501\",1],null]]"
    );
    // Five minutes over 720 units; the one common minute's spread is the lowest of 203.5 to 209, at the bottom.
    assert!(page.contains("<circle class=\"spread\" cx=\"250.0\" cy=\"208.0\" r=\"1.5\"/>"), "{page}");
    assert!(page.contains("<circle class=\"applied\" cx=\"250.0\" cy=\"208.0\" r=\"3\"/>"), "{page}");
    assert!(page.contains("<circle class=\"\" cx=\"610.0\" cy=\"12.0\" r=\"3\"/>"), "{page}");
    // A hole interrupts a line: two minutes, and one after the roll.
    assert!(page.contains("<polyline class=\"from\" points=\"70.0,"), "{page}");
    assert_eq!(page.matches("<polyline class=\"from\"").count(), 2, "two minutes of closes and of volumes");
    assert_eq!(page.matches("<circle class=\"from\"").count(), 2, "the one minute after the roll");
    assert!(page.contains("NQH2025 aaaaaaaaaaaa from vendor files cccccccccccc, dddddddddddd; NQM2025 bbbbbbbbbbbb"));
    assert!(page.contains("<td>no &lt;pair&gt;") && page.contains("In words &amp; more."), "{page}");
    assert!(page.contains("<tr class=\"applied\"><td>last_common<td>203.5"), "{page}");
}

#[test]
fn the_window_is_bounded_and_a_roll_without_bars_says_so() {
    let many = bars((-500..500).map(|minute| (minute, 78_000)));
    let window = minutes(&roll(), &many, &Bars::default()).unwrap();
    assert_eq!(window.len(), BEFORE_MINUTES + AFTER_MINUTES);
    assert_eq!(window[BEFORE_MINUTES].ts, at(0).nanos());
    let mut bare = roll();
    bare.candidates.clear();
    let empty = section(&bare, "", &[]).unwrap();
    assert_eq!(empty.matches("No minute around the roll has a value.").count(), 3, "{empty}");
}

#[test]
fn what_lies_outside_of_the_window_is_named_and_not_drawn() {
    let before = section(&roll(), "", &minutes(&roll(), &bars([(-1, 78_000), (0, 78_004)]), &Bars::default()).unwrap());
    let before = before.unwrap();
    assert!(before.contains(">last_common 203.5, before the window</text>"), "{before}");
    assert!(!before.contains("class=\"mark applied\"") && before.contains(">peak_trade 209</text>"), "{before}");
    // Only minutes before the roll: its line and what is read after it must not leave the picture.
    let ending = bars([(-3, 78_000), (-2, 78_004)]);
    let ending = section(&roll(), "", &minutes(&roll(), &ending, &ending).unwrap()).unwrap();
    assert!(ending.contains(">peak_trade 209, after the window</text>"), "{ending}");
    assert!(ending.contains("<line class=\"roll\" x1=\"790.0\" x2=\"790.0\""), "{ending}");
}
