use super::{Context, ContextValue, Strictness, validate_ohlcv};
use crate::frame::{Column, Frame, Index, NamedColumn};

const HOUR: i64 = 3_600_000_000_000;
/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000_000_000;

/// Five hourly bars around 100.
fn good() -> Frame {
    let close: Vec<f64> = (0..5).map(|row| 100.0 + f64::from(row)).collect();
    let shifted = |by: f64| close.iter().map(|close| close + by).collect::<Vec<f64>>();
    let columns = [shifted(-0.1), shifted(0.2), shifted(-0.3), close.clone(), vec![100.0; 5]];
    Frame::of_ohlcv((0..5).map(|row| NEW_YEAR + row * HOUR).collect(), columns)
}

fn column<'a>(frame: &'a mut Frame, name: &str) -> &'a mut Column {
    &mut frame.columns.iter_mut().find(|column| column.name == name).unwrap().column
}

fn floats<'a>(frame: &'a mut Frame, name: &str) -> &'a mut Vec<f64> {
    match column(frame, name) {
        Column::Float(values) => values,
        other => panic!("{other:?}"),
    }
}

fn stamps(frame: &mut Frame) -> &mut Vec<i64> {
    match &mut frame.index {
        Index::Instants { ns, .. } => ns,
        other => panic!("{other:?}"),
    }
}

fn texts(values: &[&str]) -> ContextValue {
    ContextValue::Texts(values.iter().map(|value| (*value).to_owned()).collect())
}

/// Whether a change of a good frame passes, or which fact the refusal gives.
#[track_caller]
fn check(
    change: impl FnOnce(&mut Frame),
    strictness: Strictness,
    expected: Result<(), (&str, &'static str, ContextValue)>,
) {
    let mut frame = good();
    change(&mut frame);
    match (validate_ohlcv(&frame, strictness), expected) {
        (Ok(()), Ok(())) => {}
        (Err(violation), Err((message, fact, value))) => {
            assert!(violation.message.contains(message), "{violation}");
            assert_eq!(violation.context.get(fact), Some(&value), "{violation}");
            assert!(!violation.hint.is_empty());
        }
        (found, expected) => panic!("{found:?}, expected {expected:?}"),
    }
}

const STRICT: Strictness = Strictness::DEFAULT;
const PARTIAL: Strictness = Strictness { allow_partial_nans: true, ..STRICT };
const LOOSE: Strictness = Strictness { strict: false, ..STRICT };
const ANY_ZONE: Strictness = Strictness { require_tz: false, ..STRICT };

fn without_zone(frame: &mut Frame) {
    let ns = stamps(frame).clone();
    frame.index = Index::WallTimes { name: None, ns };
}

#[test]
fn good_frames_pass_with_more_columns_in_any_order() {
    check(|_| {}, STRICT, Ok(()));
    let extend = |frame: &mut Frame| {
        frame.columns.insert(0, NamedColumn { name: "vwap".to_owned(), column: Column::Text(vec![None; 5]) });
        frame.columns.reverse();
    };
    check(extend, STRICT, Ok(()));
}

#[test]
fn the_index_is_looked_at_first() {
    let numbered = |frame: &mut Frame| {
        frame.index = Index::Other { type_name: "RangeIndex".to_owned(), rows: 5 };
        frame.columns.clear();
    };
    let refusal = ("DatetimeIndex", "index_type", ContextValue::Text("RangeIndex".to_owned()));
    check(numbered, LOOSE, Err(refusal));
    check(without_zone, LOOSE, Err(("timezone-aware", "index_tz", ContextValue::None)));
    check(without_zone, ANY_ZONE, Ok(()));
}

#[test]
fn columns_are_looked_for_by_their_exact_names() {
    let missing = ("Missing required columns", "missing_columns", texts(&["volume"]));
    check(|frame| frame.columns.retain(|column| column.name != "volume"), LOOSE, Err(missing.clone()));
    check(|frame| frame.columns[4].name = "Volume".to_owned(), STRICT, Err(missing));
}

#[test]
fn order_and_duplicates_are_told_and_passed_where_not_strict() {
    let first = ContextValue::Text("2026-01-01T04:00:00+00:00".to_owned());
    check(|frame| stamps(frame).reverse(), STRICT, Err(("monotonic", "first_ts", first)));
    check(|frame| stamps(frame).reverse(), LOOSE, Ok(()));
    let repeat = |frame: &mut Frame| stamps(frame)[3] = NEW_YEAR + 2 * HOUR;
    check(repeat, STRICT, Err(("duplicate", "duplicate_count", ContextValue::Count(1))));
    check(repeat, STRICT, Err(("duplicate", "duplicates", texts(&["2026-01-01T02:00:00+00:00"]))));
}

#[test]
fn texts_that_are_numbers_pass_and_columns_without_a_number_do_not() {
    let numeric = |frame: &mut Frame| {
        *column(frame, "close") = Column::Text([100, 101, 102, 103, 104].map(|close| Some(close.to_string())).to_vec());
    };
    check(numeric, STRICT, Ok(()));
    let words = |frame: &mut Frame| *column(frame, "close") = Column::Text(vec![Some("abc".to_owned()); 5]);
    let refusal = |name: &str| Err(("object dtype or non-numeric", "object_columns", texts(&[name])));
    check(words, STRICT, refusal("close"));
    // One text that is no number is an empty cell.
    let mut mixed = [100, 101, 102, 103, 104].map(|close| Some(close.to_string())).to_vec();
    mixed[2] = Some("abc".to_owned());
    let mixed = |frame: &mut Frame| *column(frame, "close") = Column::Text(mixed);
    check(mixed, STRICT, Err(("NaN", "nan_columns", texts(&["close"]))));
    // A volume without a single number is refused even where empty cells are allowed.
    check(|frame| floats(frame, "volume").fill(f64::NAN), PARTIAL, refusal("volume"));
    let empty = |frame: &mut Frame| *frame = frame.pick(&[]);
    let all = Err(("object dtype or non-numeric", "object_columns", texts(&Frame::OHLCV)));
    check(empty, STRICT, all);
}

#[test]
fn empty_cells_are_allowed_in_volume_alone_and_only_by_flag() {
    check(|frame| floats(frame, "volume")[1] = f64::NAN, STRICT, Err(("NaN", "nan_columns", texts(&["volume"]))));
    check(|frame| floats(frame, "volume")[1] = f64::NAN, PARTIAL, Ok(()));
    check(|frame| floats(frame, "close")[1] = f64::NAN, PARTIAL, Err(("NaN", "nan_columns", texts(&["close"]))));
}

#[test]
fn prices_are_above_zero_highs_not_below_lows_volume_not_below_zero() {
    let column_is = |name: &str| ContextValue::Text(name.to_owned());
    check(
        |frame| floats(frame, "low")[2] = -1.0,
        STRICT,
        Err(("'low' contains non-positive", "column", column_is("low"))),
    );
    check(
        |frame| floats(frame, "open")[2] = 0.0,
        STRICT,
        Err(("'open' contains non-positive", "column", column_is("open"))),
    );
    let crossed = |frame: &mut Frame| {
        floats(frame, "high")[2] = 90.0;
        floats(frame, "low")[2] = 95.0;
    };
    check(crossed, STRICT, Err(("high is below low", "count", ContextValue::Count(1))));
    check(|frame| floats(frame, "volume")[2] = -100.0, STRICT, Err(("negative", "column", column_is("volume"))));
    check(|frame| floats(frame, "volume")[2] = -0.0, STRICT, Ok(()));
}

#[test]
fn a_violation_is_displayed_in_the_originals_three_lines() {
    let mut frame = good();
    frame.columns.truncate(4);
    let text = validate_ohlcv(&frame, STRICT).unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(lines[0], "DataContractError: Missing required columns");
    assert!(lines[1].starts_with("Hint: "), "{text}");
    assert_eq!(
        lines[2],
        "Context: {'missing_columns': ['volume'], 'available_columns': ['open', 'high', 'low', 'close']}"
    );
    assert_eq!(Context::default().to_string(), "{}");
}
