//! Digests of a series, from the same codes that it is written from.

use std::ops::Range;

use peaktrade_continuous::{BarsView, ContentDigester};
use peaktrade_domain::{Price, Sha256, UnixNanos};

use super::contract_file::OHLCV;
use super::{DigestKind, RowGroup, Unusual};
use crate::digest::OhlcvDigest;

/// The digest asked for.
pub(super) enum Digests {
    None,
    PeakTrade(Box<OhlcvDigest>, [Vec<f64>; 5]),
    Content(Box<ContentDigester>, ExactColumns),
}

/// Columns in units of 1e-9 points and in whole contracts.
#[derive(Debug, Default)]
pub(super) struct ExactColumns {
    pub(super) columns: [Vec<i64>; 5],
    entries: Vec<i64>,
}

impl Digests {
    pub(super) fn new(kind: DigestKind) -> Self {
        match kind {
            DigestKind::None => Self::None,
            DigestKind::PeakTrade => Self::PeakTrade(Box::default(), Default::default()),
            DigestKind::Content => Self::Content(Box::default(), ExactColumns::default()),
        }
    }

    /// Takes the next rows of the series.
    pub(super) fn take(&mut self, group: &RowGroup, rows: Range<usize>) -> Result<(), Unusual> {
        let nanos = &group.stamps.nanos[rows.clone()];
        match self {
            Self::None => {}
            Self::PeakTrade(digest, columns) => {
                for (nth, column) in columns.iter_mut().enumerate() {
                    column.clear();
                    let codes = &group.columns[nth].codes[rows.clone()];
                    column.extend(codes.iter().map(|code| group.changed[nth][*code as usize]));
                }
                let [open, high, low, close, volume] = &*columns;
                digest.take(nanos, open, high, low, close, volume);
            }
            Self::Content(digest, exact) => {
                exact_columns(group, group.changed.each_ref().map(Vec::as_slice), rows, exact)?;
                let [open, high, low, close, volume] = exact.columns.each_ref().map(Vec::as_slice);
                digest.update(BarsView { ts: nanos, open, high, low, close, volume });
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Option<Sha256> {
        match self {
            Self::None => None,
            Self::PeakTrade(digest, _) => Some(digest.finish()),
            Self::Content(digest, _) => Some(digest.finish()),
        }
    }
}

/// Rows of a group with these entries as exact integers.
///
/// # Errors
/// Names a value that is no multiple of 1e-9 points or no whole number of contracts.
pub(super) fn exact_columns(
    group: &RowGroup,
    entries: [&[f64]; 5],
    rows: Range<usize>,
    exact: &mut ExactColumns,
) -> Result<(), Unusual> {
    let ExactColumns { columns, entries: integers } = exact;
    for (nth, column) in columns.iter_mut().enumerate() {
        let is_volume = OHLCV[nth] == "volume";
        integers.clear();
        for (code, value) in entries[nth].iter().enumerate() {
            let integer = if is_volume { whole(*value) } else { Price::from_f64_exact(*value).map(Price::nanos) };
            let needed = if is_volume { "no whole number of contracts" } else { "no multiple of 0.000000001 points" };
            let inexact = || {
                let codes = &group.columns[nth].codes[rows.clone()];
                let row = codes.iter().position(|of_row| *of_row as usize == code);
                let ts = row.map(|row| UnixNanos::from_nanos(group.stamps.nanos[rows.start + row]));
                Unusual::Inexact { column: OHLCV[nth], value: *value, ts, needed }
            };
            integers.push(integer.ok_or_else(inexact)?);
        }
        column.clear();
        column.extend(group.columns[nth].codes[rows.clone()].iter().map(|code| integers[*code as usize]));
    }
    Ok(())
}

/// A count that a float holds exactly.
#[expect(clippy::float_cmp, reason = "a whole number equals itself without its fraction")]
#[expect(clippy::cast_possible_truncation, reason = "below 2^53, checked here")]
fn whole(value: f64) -> Option<i64> {
    (value.trunc() == value && value.abs() < 9_007_199_254_740_992.0).then_some(value as i64)
}
