use std::collections::BTreeMap;

use super::{Adjustment, BuildError, Checks, Segment, SegmentStamp, build};
use crate::frame::{Column, Frame, Index, NamedColumn};
use crate::frame_digest;

const HOUR: i64 = 3_600_000_000_000;
/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000_000_000;

/// Hourly bars from an hour of new year's day: close c0 + i, open a tenth below, high and low two and three tenths away.
fn mk(start: i64, count: i64, c0: f64) -> Frame {
    let close: Vec<f64> = (0..count).map(|row| c0 + row as f64).collect();
    let shifted = |by: f64| close.iter().map(|close| close + by).collect::<Vec<f64>>();
    let columns =
        [shifted(-0.1), shifted(0.2), shifted(-0.3), close.clone(), vec![100.0; usize::try_from(count).unwrap()]];
    Frame::of_ohlcv((0..count).map(|row| NEW_YEAR + (start + row) * HOUR).collect(), columns)
}

fn segment(symbol: &str, start: i64, end: i64) -> Segment {
    let stamp = |hour: i64| SegmentStamp::Instant(NEW_YEAR + hour * HOUR);
    Segment { contract_symbol: symbol.to_owned(), start_ts: stamp(start), end_ts: stamp(end) }
}

fn build_of(frames: &[(&str, Frame)], segments: &[Segment], adjustment: Adjustment) -> Result<Frame, BuildError> {
    build_with(frames, segments, adjustment, Checks::Original)
}

fn build_with(
    frames: &[(&str, Frame)],
    segments: &[Segment],
    adjustment: Adjustment,
    checks: Checks,
) -> Result<Frame, BuildError> {
    let frames: BTreeMap<&str, &Frame> = frames.iter().map(|(symbol, frame)| (*symbol, frame)).collect();
    build(|symbol| Ok(frames.get(symbol).map(|frame| (*frame).clone())), segments, adjustment, checks)
}

fn closes(frame: &Frame) -> Vec<f64> {
    frame.column("close").unwrap().as_floats().unwrap().into_owned()
}

const METHODS: [Adjustment; 3] = [Adjustment::None, Adjustment::BackAdjust, Adjustment::RatioAdjust];

#[test]
fn the_vectors_of_the_original_come_out_with_their_digests() {
    let frames = [("NQH2026", mk(0, 3, 100.0)), ("NQM2026", mk(3, 3, 200.0))];
    let segments = [segment("NQH2026", 0, 2), segment("NQM2026", 3, 5)];
    let check = |adjustment, older: [f64; 3], digest: &str| {
        let series = build_of(&frames, &segments, adjustment).unwrap();
        assert_eq!(closes(&series), [older.as_slice(), &[200.0, 201.0, 202.0]].concat(), "{adjustment:?}");
        assert_eq!(frame_digest(&series).unwrap().to_string(), digest, "{adjustment:?}");
    };
    let [none, back, ratio] = METHODS;
    check(none, [100.0, 101.0, 102.0], "e33734a72d6d289dea66bb12c14d85dc6e0f7a3ab3defbee3e254b50f4d7fabb");
    check(back, [198.0, 199.0, 200.0], "e40895f49df98a695250ec4e87584b3de8c251650af09d2e18e5b6339e102219");
    check(
        ratio,
        [196.078_431_372_549, 198.039_215_686_274_5, 200.0],
        "29af770e331a44e7300777c5fdc2a693bd973990085ae977f8e1d1fc83751cc4",
    );
}

#[test]
fn of_a_shared_boundary_bar_the_newer_contract_wins() {
    let frames = [("NQH2026", mk(0, 3, 100.0)), ("NQM2026", mk(2, 2, 200.0))];
    let segments = [segment("NQH2026", 0, 2), segment("NQM2026", 2, 3)];
    let none = build_of(&frames, &segments, Adjustment::None).unwrap();
    assert_eq!(closes(&none), [100.0, 101.0, 200.0, 201.0]);
    let back = build_of(&frames, &segments, Adjustment::BackAdjust).unwrap();
    assert_eq!(closes(&back), [198.0, 199.0, 200.0, 201.0]);
}

#[test]
fn refusals_are_the_originals_and_come_in_its_order() {
    let a = mk(0, 3, 100.0);
    let two = [segment("A", 0, 2), segment("B", 3, 5)];
    let check = |frames: &[(&str, Frame)], segments: &[Segment], method: Adjustment, expected: &str| {
        let error = build_of(frames, segments, method).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}, expected {expected}");
    };
    let [none, back, ratio] = METHODS;
    check(&[], &[], none, "ValueError: segments must not be empty.");
    check(&[("A", a.clone())], &two, none, "KeyError");
    check(&[("A", a.clone())], &[segment("A", 5, 9)], none, "ValueError: Empty segment slice for A [");
    check(&[("A", a.clone())], &[segment("A", 2, 0)], none, "Empty segment slice");
    // A later missing frame is told before an earlier overlap.
    let overlap = [segment("A", 0, 2), segment("A", 1, 2)];
    check(&[("A", a.clone())], &overlap, none, "ValueError: segments overlap or are not ordered chronologically.");
    check(&[("A", a.clone())], &[overlap.as_slice(), &two[1..]].concat(), none, "KeyError");
    // A bad bar outside the segment, too.
    let mut unsorted = mk(0, 6, 100.0);
    let Index::Instants { ns, .. } = &mut unsorted.index else { panic!() };
    ns.swap(4, 5);
    check(&[("A", unsorted.clone())], &[segment("A", 0, 2)], none, "monotonic");
    assert!(build_with(&[("A", unsorted)], &[segment("A", 0, 2)], none, Checks::Off).is_ok());
    let naive = |frame: &Frame| {
        let Index::Instants { ns, .. } = &frame.index else { panic!() };
        Frame { index: Index::WallTimes { name: None, ns: ns.clone() }, columns: frame.columns.clone() }
    };
    check(&[("A", naive(&a))], &[segment("A", 0, 2)], none, "ValueError: frame for A must be timezone-aware.");
    let mut wall_time = segment("A", 0, 2);
    wall_time.start_ts = "2026-01-01T00:00:00".parse().unwrap();
    check(&[("A", a.clone())], &[wall_time], none, "TypeError: Cannot compare tz-naive and tz-aware");
    // A last close of zero is only reached without checks.
    let mut zero = mk(0, 3, 100.0);
    let Column::Float(close) = &mut zero.columns[3].column else { panic!() };
    close[2] = 0.0;
    let frames = [("A", zero), ("B", mk(3, 3, 200.0))];
    check(&frames, &two, ratio, "Column 'close' contains non-positive values");
    let error = build_with(&frames, &two, ratio, Checks::Off).unwrap_err();
    assert_eq!(error, BuildError::ZeroLastClose("A".to_owned()));
    assert!(build_with(&frames, &two, back, Checks::Off).is_ok());
}

#[test]
fn further_columns_stay_unadjusted_and_absent_ones_are_empty() {
    let mut a = mk(0, 3, 100.0);
    a.columns.push(NamedColumn { name: "vwap".to_owned(), column: Column::Float(vec![1.5; 3]) });
    a.columns.push(NamedColumn { name: "trades".to_owned(), column: Column::Int(vec![7; 3]) });
    a.columns.push(NamedColumn { name: "note".to_owned(), column: Column::Text(vec![Some("x".to_owned()); 3]) });
    let frames = [("A", a), ("B", mk(3, 3, 200.0))];
    let series = build_of(&frames, &[segment("A", 0, 2), segment("B", 3, 5)], Adjustment::BackAdjust).unwrap();
    assert_eq!(
        series.names().collect::<Vec<_>>(),
        ["open", "high", "low", "close", "volume", "vwap", "trades", "note"]
    );
    let nan = f64::NAN;
    assert_eq!(series.column("vwap"), Some(&Column::Float(vec![1.5, 1.5, 1.5, nan, nan, nan])));
    assert_eq!(series.column("trades"), Some(&Column::Float(vec![7.0, 7.0, 7.0, nan, nan, nan])));
    let note = [Some("x"), Some("x"), Some("x"), None, None, None].map(|text| text.map(str::to_owned));
    assert_eq!(series.column("note"), Some(&Column::Text(note.to_vec())));
}

#[test]
fn whole_numbers_stay_whole_where_nothing_is_added() {
    let whole = |start: i64, c0: i64| {
        let mut frame = mk(start, 3, 1.0);
        for column in &mut frame.columns {
            column.column = Column::Int(vec![c0, c0 + 1, c0 + 2]);
        }
        frame
    };
    let segments = [segment("A", 0, 2), segment("B", 3, 5)];
    let level = [("A", whole(0, 98)), ("B", whole(3, 100))];
    for method in METHODS {
        let series = build_of(&level, &segments, method).unwrap();
        assert_eq!(series.column("close"), Some(&Column::Int(vec![98, 99, 100, 100, 101, 102])), "{method:?}");
    }
    let apart = [("A", whole(0, 98)), ("B", whole(3, 200))];
    let series = build_of(&apart, &segments, Adjustment::BackAdjust).unwrap();
    assert_eq!(series.column("close"), Some(&Column::Float(vec![198.0, 199.0, 200.0, 200.0, 201.0, 202.0])));
    assert_eq!(series.column("volume"), Some(&Column::Int(vec![98, 99, 100, 200, 201, 202])));
}

#[test]
fn the_index_keeps_a_name_on_which_all_agree() {
    let named = |frame: Frame, name: Option<&str>| {
        let Index::Instants { ns, .. } = frame.index else { panic!() };
        Frame { index: Index::Instants { name: name.map(str::to_owned), ns }, columns: frame.columns }
    };
    let segments = [segment("A", 0, 2), segment("B", 3, 5)];
    for (a, b, expected) in [(Some("ts"), Some("ts"), Some("ts")), (Some("ts"), None, None), (None, None, None)] {
        let frames = [("A", named(mk(0, 3, 100.0), a)), ("B", named(mk(3, 3, 200.0), b))];
        let series = build_of(&frames, &segments, Adjustment::None).unwrap();
        let Index::Instants { name, .. } = &series.index else { panic!() };
        assert_eq!(name.as_deref(), expected);
    }
}

#[test]
fn what_pandas_would_join_to_objects_is_refused() {
    let mut a = mk(0, 3, 100.0);
    a.columns.push(NamedColumn { name: "note".to_owned(), column: Column::Text(vec![None; 3]) });
    let mut b = mk(3, 3, 200.0);
    b.columns.push(NamedColumn { name: "note".to_owned(), column: Column::Float(vec![1.0; 3]) });
    let error =
        build_of(&[("A", a), ("B", b)], &[segment("A", 0, 2), segment("B", 3, 5)], Adjustment::None).unwrap_err();
    assert!(error.to_string().contains("column \"note\" is float64 and object"), "{error}");
}
