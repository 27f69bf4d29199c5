use peaktrade_domain::{Price, SpreadMethod, UnixNanos};

use super::stitch;
use crate::{Adjustment, Bar, Bars, RollEvidence, SeriesRequest};

fn minute(minute: i64) -> UnixNanos {
    UnixNanos::from_nanos(minute * UnixNanos::MINUTE)
}

/// Bars at the given minutes, each of one price.
fn flat(minutes: &[i64], price: i64) -> Bars {
    let mut bars = Bars::default();
    for at in minutes {
        bars.push(Bar { ts: minute(*at).nanos(), open: price, high: price, low: price, close: price, volume: *at });
    }
    bars
}

fn roll_at(roll_minute: i64, spread: i64) -> RollEvidence {
    RollEvidence {
        from: "NQH2026".parse().unwrap(),
        to: "NQM2026".parse().unwrap(),
        roll_ts: minute(roll_minute),
        trade_date: "2026-03-16".parse().unwrap(),
        spread: Price::from_nanos(spread),
        spread_time: minute(roll_minute - 1),
        to_time: minute(roll_minute - 1),
        from_price: Price::ZERO,
        to_price: Price::ZERO,
        from_volume: 1,
        to_volume: 1,
        method: SpreadMethod::LastCommon,
        runner_up: None,
        stale_session_minutes: 0,
    }
}

#[test]
fn every_row_is_accounted_for() {
    let old = flat(&[1, 2, 3, 5, 6, 8], 100);
    let new = flat(&[2, 3, 4, 5, 7, 8], 130);
    let contracts = [("NQH2026".parse().unwrap(), &old), ("NQM2026".parse().unwrap(), &new)];
    let request = SeriesRequest::everything(Adjustment::BackAdjust);
    let series = stitch(&contracts, &[roll_at(5, 30)], &request).unwrap();
    assert_eq!(series.bars.ts, [1, 2, 3, 5, 7, 8].map(|at| minute(at).nanos()));
    assert_eq!(series.bars.close, [130; 6], "the spread closes the step");
    assert_eq!(series.bars.volume, [1, 2, 3, 5, 7, 8], "volume is never scaled");
    // Old 5, 6 and 8 lie after the roll, new 2, 3 and 4 before it; whether the active contract has the minute is no matter.
    assert_eq!((series.rows_in, series.rows_out), (12, 6));
    assert_eq!((series.duplicates_removed, series.rows_inactive), (0, 6));
    assert_eq!(series.segments.iter().map(|(_, rows)| *rows).collect::<Vec<_>>(), [3, 3]);
    assert_eq!(series.cumulative_adjustments, [Price::from_nanos(30)]);
}

#[test]
fn prices_may_fall_below_zero() {
    let old = flat(&[1, 2], 10);
    let new = flat(&[2, 3], 5);
    let contracts = [("NQH2026".parse().unwrap(), &old), ("NQM2026".parse().unwrap(), &new)];
    let request = SeriesRequest::everything(Adjustment::BackAdjust);
    let series = stitch(&contracts, &[roll_at(3, -15)], &request).unwrap();
    assert_eq!(series.bars.close, [-5, -5, 5]);
}

#[test]
fn refusals_name_the_contract() {
    let old = flat(&[1, 2], i64::MAX - 5);
    let mut new = flat(&[2, 3], 5);
    let request = SeriesRequest::everything(Adjustment::BackAdjust);
    let symbols = ["NQH2026".parse().unwrap(), "NQM2026".parse().unwrap()];
    let error = stitch(&[(symbols[0], &old), (symbols[1], &new)], &[roll_at(3, 6)], &request).unwrap_err();
    assert!(error.to_string().starts_with("NQH2026: price "), "{error}");
    new.ts[0] = new.ts[1];
    let error = stitch(&[(symbols[0], &old), (symbols[1], &new)], &[roll_at(3, 0)], &request).unwrap_err();
    assert!(error.to_string().starts_with("bars of NQM2026: row 1"), "{error}");
    let error = stitch(&[(symbols[0], &old)], &[roll_at(3, 0)], &request).unwrap_err();
    assert!(error.to_string().contains("1 contracts need 0 rolls"), "{error}");
}
