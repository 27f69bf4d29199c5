//! Which rows of each contract a series takes, and what is added to their prices: known from the instants and two closes
//! of each contract, before any bar is written.

use std::path::Path;

use peaktrade_domain::UnixNanos;

use super::contract_file::{CLOSE, ContractFile};
use super::prices::CodedColumn;
use super::stamps::Stamps;
use super::{Unusual, UnusualInput, file_of, span};
use crate::builder::{Adjustment, Segment};

/// The part of one contract.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// First row of the file that is taken, counted from 0.
    pub(super) first_row: usize,
    /// The row after the last one that is taken.
    pub(super) end_row: usize,
    /// What is done to the prices.
    pub(super) change: Change,
}

/// What is done to the prices of a contract.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// Nothing.
    Keep,
    /// Points are added.
    Add(f64),
    /// Prices are multiplied.
    Multiply(f64),
}

impl Change {
    /// The changed price.
    pub(super) fn apply(self, price: f64) -> f64 {
        match self {
            Self::Keep => price,
            Self::Add(points) => price + points,
            Self::Multiply(ratio) => price * ratio,
        }
    }
}

/// What decides the parts, before their neighbours are known.
#[derive(Clone, Copy, Debug)]
struct Window {
    first_row: usize,
    end_row: usize,
    first_ts: i64,
    last_ts: i64,
    first_close: f64,
    last_close: f64,
}

/// Parts in the order of the segments.
///
/// # Errors
/// Whatever the general builder has to look at: instants that do not grow, empty or overlapping segments.
pub(super) fn plan(directory: &Path, segments: &[Segment], adjustment: Adjustment) -> Result<Vec<Part>, UnusualInput> {
    if segments.is_empty() {
        return Err(UnusualInput::of_all(Unusual::NoSegments));
    }
    let mut windows = Vec::with_capacity(segments.len());
    let (mut stamps, mut closes) = (Stamps::default(), CodedColumn::default());
    for segment in segments {
        let mut read =
            || window(&ContractFile::open(&file_of(directory, segment)?)?, segment, &mut stamps, &mut closes);
        windows.push(read().map_err(|source| UnusualInput::of(segment, source))?);
    }
    let span = |segment: &Segment| span(segment).map_err(|source| UnusualInput::of(segment, source));
    for pair in segments.windows(2) {
        if span(&pair[0])?.1 > span(&pair[1])?.0 {
            return Err(UnusualInput::of(&pair[1], Unusual::Overlapping));
        }
    }
    let mut parts: Vec<Part> = Vec::with_capacity(windows.len());
    // Backward: each contract is moved to the one after it, the newest stays.
    let (mut offset, mut ratio) = (0.0, 1.0);
    let mut later: Option<Window> = None;
    for (window, segment) in windows.iter().zip(segments).rev() {
        let mut end_row = window.end_row;
        if let Some(later) = later {
            // The order of the operations is the original's; another one gives other last bits.
            offset = (later.first_close + offset) - window.last_close;
            if adjustment == Adjustment::RatioAdjust {
                if window.last_close == 0.0 {
                    return Err(UnusualInput::of(segment, Unusual::ZeroClose));
                }
                ratio *= later.first_close / window.last_close;
            }
            // A minute in both contracts is the newer one's.
            if window.last_ts == later.first_ts {
                end_row -= 1;
            }
        }
        parts.push(Part { first_row: window.first_row, end_row, change: change(adjustment, offset, ratio) });
        later = Some(*window);
    }
    parts.reverse();
    Ok(parts)
}

#[expect(clippy::float_cmp, reason = "the original leaves a contract as it is for exactly these values")]
fn change(adjustment: Adjustment, offset: f64, ratio: f64) -> Change {
    match adjustment {
        Adjustment::BackAdjust if offset != 0.0 => Change::Add(offset),
        Adjustment::RatioAdjust if ratio != 1.0 => Change::Multiply(ratio),
        Adjustment::None | Adjustment::BackAdjust | Adjustment::RatioAdjust => Change::Keep,
    }
}

/// Names the first row of a group whose instant does not come after the one before it.
#[cold]
fn order(before: Option<i64>, nanos: &[i64], rows_before: usize) -> Unusual {
    let mut before = before.unwrap_or(i64::MIN);
    for (row, ts) in nanos.iter().enumerate() {
        if row + rows_before > 0 && *ts <= before {
            let [ts, before] = [*ts, before].map(UnixNanos::from_nanos);
            return Unusual::Order { row: rows_before + row, ts, before };
        }
        before = *ts;
    }
    Unusual::Damaged
}

fn window(
    file: &ContractFile,
    segment: &Segment,
    stamps: &mut Stamps,
    closes: &mut CodedColumn,
) -> Result<Window, Unusual> {
    let (start, end) = span(segment)?;
    let mut rows_before = 0;
    let mut before = None;
    // Row group, row within it, row within the file, instant.
    let (mut first, mut last) = (None, None);
    for (group, rows) in file.group_rows().enumerate() {
        file.read_stamps(group, stamps)?;
        let nanos = stamps.nanos.as_slice();
        if nanos.len() != rows {
            return Err(Unusual::Damaged);
        }
        let grows = nanos.windows(2).fold(true, |grows, pair| grows & (pair[0] < pair[1]));
        if !grows || before.zip(nanos.first()).is_some_and(|(before, next)| before >= *next) {
            return Err(order(before, nanos, rows_before));
        }
        before = nanos.last().copied().or(before);
        let from = nanos.partition_point(|ts| *ts < start);
        let to = nanos.partition_point(|ts| *ts <= end);
        if from < to {
            first.get_or_insert((group, from, rows_before + from, nanos[from]));
            last = Some((group, to - 1, rows_before + to, nanos[to - 1]));
        }
        rows_before += rows;
    }
    let (first, last) = first.zip(last).ok_or(Unusual::EmptySegment)?;
    file.read_column(first.0, CLOSE, closes)?;
    let first_close = closes.value(first.1)?;
    if last.0 != first.0 {
        file.read_column(last.0, CLOSE, closes)?;
    }
    let last_close = closes.value(last.1)?;
    Ok(Window { first_row: first.2, end_row: last.2, first_ts: first.3, last_ts: last.3, first_close, last_close })
}
