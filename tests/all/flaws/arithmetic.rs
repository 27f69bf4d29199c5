//! C3, C4, C12: what floating-point numbers do to ratios, sums and digests.

use peaktrade_continuous::{Bar, Bars, Factor, PriceChange, Shift, TickGrid, adjust, content_digest};
use peaktrade_domain::{Price, Sha256};
use peaktrade_parity::builder::{Adjustment, Checks, Segment};
use peaktrade_parity::{Frame, frame_digest};

use super::frames::{bar, closes, flat, original, segment};
use super::store::{import_flat, peakctl};

const MINUTE: i64 = 60_000_000_000;

fn stamp(minute: i64) -> String {
    peaktrade_domain::UnixNanos::from_nanos(super::frames::ns("2026-01-05T15:00:00Z") + minute * MINUTE).to_string()
}

/// Contracts of two bars each, one minute apart: last closes and the first closes that follow.
fn chain(levels: &[(f64, f64)]) -> (Vec<(String, Frame)>, Vec<Segment>) {
    let mut frames = Vec::new();
    let mut segments = Vec::new();
    for (at, (first, last)) in levels.iter().enumerate() {
        let [start, end] = [0, 1].map(|row| stamp(2 * at as i64 + row));
        let symbol = format!("C{at}");
        frames.push((symbol.clone(), flat(&[(&start, *first), (&end, *last)])));
        segments.push(segment(&symbol, &start, &end));
    }
    (frames, segments)
}

fn build(levels: &[(f64, f64)], adjustment: Adjustment) -> Frame {
    let (frames, segments) = chain(levels);
    let frames: Vec<(&str, Frame)> = frames.iter().map(|(symbol, frame)| (symbol.as_str(), frame.clone())).collect();
    original(&frames, &segments, adjustment, Checks::Original).unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn bars(closes: &[Price], volume: i64) -> Bars {
    let mut bars = Bars::default();
    for (ts, close) in (0..).step_by(60).zip(closes) {
        let close = close.nanos();
        bars.push(Bar { ts: ts * 1_000_000_000, open: close, high: close, low: close, close, volume });
    }
    bars
}

#[test]
fn c3_ratios_are_exact_rounded_once_and_on_the_grid_where_asked() {
    // 19000.25 * (20190 / 20011) is on no tick.
    let series = build(&[(19_000.25, 20_011.0), (20_190.0, 20_190.0)], Adjustment::RatioAdjust);
    let adjusted = closes(&series)[0];
    assert!((adjusted * 4.0).fract() != 0.0, "{adjusted} is a multiple of 0.25");
    // And which of two equal products comes first changes the digest.
    let ratios: Vec<f64> =
        (0..40).map(|roll| (20_000.25 + f64::from(roll) * 7.0) / (19_990.5 + f64::from(roll) * 5.0)).collect();
    let forward = ratios.iter().product::<f64>() * 19_000.25;
    let backward = ratios.iter().rev().product::<f64>() * 19_000.25;
    let digest = |close: f64| frame_digest(&bar("2026-01-05T15:00:00Z", [close, close, close, close, 1.0])).unwrap();
    assert!((forward - backward).abs() < 1e-9);
    assert_ne!(digest(forward), digest(backward), "{forward} {backward}");

    let factors: Vec<Factor> = (0..40)
        .map(|roll| {
            let above = Price::from_nanos(price("20000.25").nanos() + roll * price("7").nanos());
            let below = Price::from_nanos(price("19990.5").nanos() + roll * price("5").nanos());
            Factor::of_prices(above, below).unwrap()
        })
        .collect();
    let product = |factors: &mut dyn Iterator<Item = &Factor>| factors.fold(Factor::one(), |all, next| all.times(next));
    let [forward, backward] = [product(&mut factors.iter()), product(&mut factors.iter().rev())];
    let contract = bars(&[price("19000.25"), price("19777.75")], 1);
    let scaled = |factor: Factor, snap: Option<TickGrid>| {
        let mut out = Bars::default();
        adjust(contract.view(), &PriceChange { shift: Shift::Factor(factor), snap }, &mut out).unwrap();
        out
    };
    assert_eq!(content_digest(&scaled(forward.clone(), None)), content_digest(&scaled(backward, None)));
    let tick = price("0.25");
    let snapped = scaled(forward, TickGrid::new(tick));
    assert!(snapped.close.iter().all(|close| Price::from_nanos(*close).is_on_tick(tick)), "{:?}", snapped.close);
}

#[test]
fn c4_sums_of_offsets_do_not_drift() {
    // Forty rolls on a tick of 0.1, each 1.4 points up: 100.1 becomes 156.1.
    let tenths = |contract: i32| (1_001 + 17 * contract, 1_004 + 17 * contract);
    let levels = (0..41).map(tenths).map(|(first, last)| (f64::from(first) / 10.0, f64::from(last) / 10.0));
    let series = build(&levels.collect::<Vec<_>>(), Adjustment::BackAdjust);
    let first = closes(&series)[0];
    assert_eq!(first.to_string(), "156.0999999999998");

    let price_of = |tenths: i32| price(&format!("{}.{}", tenths / 10, tenths % 10));
    let offset = (0..40).fold(Price::ZERO, |offset, contract| {
        let (last, next) = (price_of(tenths(contract).1), price_of(tenths(contract + 1).0));
        next.checked_sub(last).and_then(|spread| offset.checked_add(spread)).unwrap()
    });
    let mut adjusted = Bars::default();
    let change = PriceChange { shift: Shift::Points(offset), snap: None };
    adjust(bars(&[price("100.1")], 1).view(), &change, &mut adjusted).unwrap();
    assert_eq!(Price::from_nanos(adjusted.close[0]), price("156.1"));
}

#[test]
fn c12_the_digest_sees_each_unit_each_lot_and_the_id_the_specification() {
    let digest = |close: f64, volume: f64| {
        frame_digest(&bar("2026-01-05T15:00:00Z", [100.0, 200.0, 50.0, close, volume])).unwrap()
    };
    assert_eq!(digest(100.0, 1.0), digest(100.0 + 1e-13, 1.0), "a change of the thirteenth decimal");
    let (even, odd) = (9_007_199_254_740_992_i64, 9_007_199_254_740_993_i64);
    assert_eq!(digest(100.0, even as f64), digest(100.0, odd as f64), "a lot more than 2^53");
    assert_eq!(digest(f64::INFINITY, 1.0).to_string().len(), 64, "a price that is no number of JSON");
    let mut with_more = bar("2026-01-05T15:00:00Z", [100.0, 200.0, 50.0, 100.0, 1.0]);
    let more = with_more.columns[0].column.clone();
    with_more.columns.push(peaktrade_parity::frame::NamedColumn { name: "open_interest".to_owned(), column: more });
    assert_eq!(frame_digest(&with_more).unwrap(), digest(100.0, 1.0), "a further column");

    let ours = |close: Price, volume: i64| -> Sha256 { content_digest(&bars(&[close], volume)) };
    let close = price("100");
    let next = Price::from_nanos(close.nanos() + 1);
    assert_ne!(ours(close, 1), ours(next, 1), "the smallest change of a price");
    assert_ne!(ours(close, even), ours(close, odd));
    // The same rows under another specification are another dataset.
    let folder = tempfile::tempdir().unwrap();
    import_flat(folder.path(), "03-26", &[("2026-01-05T15:00:00Z", "20000"), ("2026-01-05T15:01:00Z", "20001")]);
    let build = |method: &str| {
        peakctl(folder.path(), &["build", "--root", "NQ", "--bar", "1m", "--method", method, "--json"]).json()
    };
    let [none, back] = ["NONE", "BACK_ADJUST"].map(build);
    assert_eq!(none["content_sha256"], back["content_sha256"]);
    assert_ne!(none["dataset_id"], back["dataset_id"]);
}
