//! Each conversion, from the last valid value to the first invalid one.

use std::fmt::Debug;

use peaktrade_domain::{Side, UnixNanos};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use prost_types::Timestamp;

use super::{
    FieldError, decimal_price, decimal_usd, identifier, instant, side, side_to_wire, symbol, timestamp, trade_date,
};

/// The outcome as text: the value, or the problem after the field's name, which every error must begin with.
#[track_caller]
fn check<T: Debug>(outcome: Result<T, FieldError>, expected: Result<&str, &str>) {
    match (outcome, expected) {
        (Ok(value), Ok(expected)) => assert_eq!(format!("{value:?}"), expected),
        (Err(error), Err(expected)) => {
            assert_eq!(error.field, "order.field");
            assert!(error.problem.contains(expected), "{error} must say {expected:?}");
            let status = tonic::Status::from(error.clone());
            assert_eq!((status.code(), status.message()), (tonic::Code::InvalidArgument, &*error.to_string()));
        }
        (found, expected) => panic!("found {found:?}, expected {expected:?}"),
    }
}

#[test]
fn text_fields() {
    const FIELD: &str = "order.field";
    check(decimal_price("19667.50", FIELD).map(|price| price.to_string()), Ok("\"19667.5\""));
    check(decimal_price("19,667.50", FIELD), Err("19,667.50"));
    check(decimal_usd("-12.5", FIELD).map(|usd| usd.to_string()), Ok("\"-12.50\""));
    check(decimal_usd("$5", FIELD), Err("$5"));
    check(trade_date("2026-03-16", FIELD).map(|date| date.to_string()), Ok("\"2026-03-16\""));
    check(trade_date("2026-02-29", FIELD), Err("2026-02-29"));
    check(symbol("NQH2026", FIELD).map(|symbol| symbol.to_string()), Ok("\"NQH2026\""));
    // A continuous ticker and a vendor's spelling are no contract.
    check(symbol("NQ", FIELD), Err("NQ"));
    check(symbol("NQH6", FIELD), Err("NQH6"));
}

#[test]
fn identifiers() {
    const FIELD: &str = "order.field";
    let longest = "x".repeat(64);
    check(identifier("a", FIELD), Ok("\"a\""));
    check(identifier("A-1_b.c:9", FIELD), Ok("\"A-1_b.c:9\""));
    check(identifier(&longest, FIELD), Ok(&format!("{longest:?}")));
    let allowed = "is not 1 to 64 ASCII letters, digits, '-', '_', '.' or ':'";
    for wrong in ["", " ", "a b", "é", "a/b", "a\n", &"x".repeat(65)] {
        check(identifier(wrong, FIELD), Err(allowed));
    }
    // A flood of text is cut before it reaches a log.
    assert!(identifier(&"x".repeat(100_000), FIELD).unwrap_err().problem.len() < 200);
}

#[test]
fn sides() {
    for known in [Side::Buy, Side::Sell] {
        assert_eq!(side(i32::from(side_to_wire(known)), "order.field").unwrap(), known);
    }
    for number in [0, 3, -1] {
        check(side(number, "order.field"), Err(&format!("{number} is neither SIDE_BUY (1) nor SIDE_SELL (2)")));
    }
}

#[test]
fn instants() {
    const FIELD: &str = "order.field";
    let at = |seconds, nanos| Some(Timestamp { seconds, nanos });
    check(instant(at(1_773_612_000, 0), FIELD).map(|at| at.to_string()), Ok("\"2026-03-15T22:00:00Z\""));
    check(instant(at(-1, 999_999_999), FIELD).map(UnixNanos::nanos), Ok("-1"));
    check(instant(None, FIELD), Err("missing"));
    for out_of_range in [at(0, -1), at(0, 1_000_000_000), at(i64::MAX, 0), at(i64::MIN, 0), at(9_223_372_037, 0)] {
        check(instant(out_of_range, FIELD), Err("out of range"));
    }
}

proptest! {
    /// Every instant goes over the wire and back, and its wire form is the canonical one.
    #[test]
    fn instants_survive_the_wire(nanos in any::<i64>()) {
        let wire = timestamp(UnixNanos::from_nanos(nanos));
        prop_assert!((0..1_000_000_000).contains(&wire.nanos));
        match instant(Some(wire), "order.field") {
            Ok(back) => prop_assert_eq!(back.nanos(), nanos),
            // The first second of the range begins before it.
            Err(_) => prop_assert!(nanos < i64::MIN + UnixNanos::SECOND),
        }
    }
}
