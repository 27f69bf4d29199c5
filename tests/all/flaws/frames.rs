//! Frames for the original.

use peaktrade_domain::UnixNanos;
use peaktrade_parity::builder::{Adjustment, BuildError, Checks, Segment, SegmentStamp, build};
use peaktrade_parity::{Frame, Strictness, validate_ohlcv};

/// An instant in nanoseconds.
pub(super) fn ns(text: &str) -> i64 {
    text.parse::<UnixNanos>().unwrap().nanos()
}

/// Bars at these instants, each with one price for open, high, low and close.
pub(super) fn flat(bars: &[(&str, f64)]) -> Frame {
    let prices: Vec<f64> = bars.iter().map(|(_, price)| *price).collect();
    let volume = vec![10.0; bars.len()];
    let index = bars.iter().map(|(instant, _)| ns(instant)).collect();
    Frame::of_ohlcv(index, [prices.clone(), prices.clone(), prices.clone(), prices, volume])
}

/// A bar of five cells at an instant.
pub(super) fn bar(instant: &str, cells: [f64; 5]) -> Frame {
    Frame::of_ohlcv(vec![ns(instant)], cells.map(|cell| vec![cell]))
}

pub(super) fn segment(symbol: &str, start: &str, end: &str) -> Segment {
    Segment {
        contract_symbol: symbol.to_owned(),
        start_ts: SegmentStamp::Instant(ns(start)),
        end_ts: SegmentStamp::Instant(ns(end)),
    }
}

/// What the original builds.
pub(super) fn original(
    frames: &[(&str, Frame)],
    segments: &[Segment],
    adjustment: Adjustment,
    checks: Checks,
) -> Result<Frame, BuildError> {
    let find = |symbol: &str| frames.iter().find(|(known, _)| *known == symbol).map(|(_, frame)| frame.clone());
    build(|symbol| Ok(find(symbol)), segments, adjustment, checks)
}

pub(super) fn closes(frame: &Frame) -> Vec<f64> {
    frame.column("close").unwrap().as_floats().unwrap().into_owned()
}

/// Whether the original takes a frame for good.
pub(super) fn passes(frame: &Frame) -> bool {
    validate_ohlcv(frame, Strictness::DEFAULT).is_ok()
}
