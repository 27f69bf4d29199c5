//! The original's builder: slices of contract frames, adjusted by the closes beside each roll, one behind the other.
//!
//! The order of all steps and of all floating-point operations is the original's, so that results are equal to the bit.

mod error;
mod join;
mod segment;

use std::str::FromStr;

pub use error::BuildError;
pub use segment::{Segment, SegmentError, SegmentStamp};

use crate::contract_check::{Strictness, validate_ohlcv};
use crate::frame::{Column, Frame, Index};

/// How older contracts are brought to the level of newer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// Not at all.
    None,
    /// Prices are shifted by the sum of the differences at all later rolls.
    BackAdjust,
    /// Prices are multiplied by the product of the ratios at all later rolls.
    RatioAdjust,
}

impl Adjustment {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::BackAdjust => "BACK_ADJUST",
            Self::RatioAdjust => "RATIO_ADJUST",
        }
    }
}

impl FromStr for Adjustment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::None, Self::BackAdjust, Self::RatioAdjust]
            .into_iter()
            .find(|adjustment| adjustment.name() == text)
            .ok_or_else(|| format!("adjustment {text:?} is not NONE, BACK_ADJUST or RATIO_ADJUST"))
    }
}

/// Whether frames are checked by `validate_ohlcv` on their way in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// The contract of each segment as a whole, and the result.
    Original,
    /// None: the original's `validate=False`.
    Off,
}

/// Builds a continuous frame. `load` gives a contract's frame by its symbol, `None` where there is none; it is called once
/// for each segment, and a frame is dropped when its segment is cut out of it.
///
/// # Errors
/// Those of the original in its order, with the name of the Python exception; and a column of a type that is not carried.
pub fn build(
    mut load: impl FnMut(&str) -> Result<Option<Frame>, BuildError>,
    segments: &[Segment],
    adjustment: Adjustment,
    checks: Checks,
) -> Result<Frame, BuildError> {
    if segments.is_empty() {
        return Err(BuildError::NoSegments);
    }
    let mut slices = Vec::with_capacity(segments.len());
    for segment in segments {
        let symbol = &segment.contract_symbol;
        let frame = load(symbol)?.ok_or_else(|| BuildError::MissingFrame(symbol.clone()))?;
        slices.push(slice(&frame, segment, checks)?);
    }
    check_segment_order(segments)?;
    adjust(&mut slices, segments, adjustment)?;
    let joined = join::concatenate(slices)?;
    let result = join::sort_keeping_last(joined);
    if checks == Checks::Original {
        validate_ohlcv(&result, Strictness::BUILDER).map_err(BuildError::Result)?;
    }
    Ok(result)
}

/// The rows of a contract from the segment's first instant to its last, both included.
fn slice(frame: &Frame, segment: &Segment, checks: Checks) -> Result<Frame, BuildError> {
    let symbol = &segment.contract_symbol;
    let ns = match &frame.index {
        Index::Instants { ns, .. } => ns,
        Index::WallTimes { .. } => return Err(BuildError::NaiveIndex(symbol.clone())),
        Index::Other { .. } => return Err(BuildError::NotDatetimeIndex(symbol.clone())),
    };
    if checks == Checks::Original {
        validate_ohlcv(frame, Strictness::BUILDER)
            .map_err(|violation| BuildError::Contract { symbol: symbol.clone(), violation })?;
    }
    let (Some(start), Some(end)) = (segment.start_ts.instant(), segment.end_ts.instant()) else {
        return Err(BuildError::NaiveSegment(symbol.clone()));
    };
    let rows: Vec<usize> = (0..ns.len()).filter(|row| (start..=end).contains(&ns[*row])).collect();
    if rows.is_empty() {
        return Err(BuildError::EmptySlice(segment.clone()));
    }
    Ok(frame.pick(&rows))
}

/// Segments may share an instant and not overlap further. Looked at only after all slices, as the original does.
fn check_segment_order(segments: &[Segment]) -> Result<(), BuildError> {
    match segments.windows(2).all(|pair| pair[0].end_ts.instant() <= pair[1].start_ts.instant()) {
        true => Ok(()),
        false => Err(BuildError::Overlap),
    }
}

/// What a slice's prices are changed by.
#[derive(Clone, Copy, Debug)]
enum Change {
    Add(f64),
    Multiply(f64),
}

fn adjust(slices: &mut [Frame], segments: &[Segment], adjustment: Adjustment) -> Result<(), BuildError> {
    if adjustment == Adjustment::None {
        return Ok(());
    }
    // All closes are read before any is changed; the newest contract stays as it is, and the walk goes back from it.
    let mut changes = Vec::with_capacity(slices.len());
    let (mut offset, mut ratio) = (0.0, 1.0);
    for (pair, symbols) in slices.windows(2).zip(segments.windows(2)).rev() {
        let [older, newer] = [&symbols[0].contract_symbol, &symbols[1].contract_symbol];
        let last_close = close(&pair[0], Row::Last, older)?;
        let first_close = close(&pair[1], Row::First, newer)?;
        changes.push(if adjustment == Adjustment::BackAdjust {
            offset = (first_close + offset) - last_close;
            Change::Add(offset)
        } else {
            if last_close == 0.0 {
                return Err(BuildError::ZeroLastClose(older.clone()));
            }
            ratio *= first_close / last_close;
            Change::Multiply(ratio)
        });
    }
    let older = slices.iter_mut().zip(segments);
    for ((slice, segment), change) in older.zip(changes.into_iter().rev()) {
        apply(slice, change, &segment.contract_symbol)?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Row {
    First,
    Last,
}

/// A slice's close. A slice has rows; a frame that was not checked may lack the column.
fn close(slice: &Frame, row: Row, symbol: &str) -> Result<f64, BuildError> {
    let column = slice
        .column("close")
        .ok_or_else(|| BuildError::MissingColumn { symbol: symbol.to_owned(), column: "close" })?;
    let values = column.as_floats().ok_or_else(|| not_numeric(symbol, "close", column))?;
    let value = match row {
        Row::First => values.first(),
        Row::Last => values.last(),
    };
    Ok(value.copied().unwrap_or(f64::NAN))
}

fn apply(slice: &mut Frame, change: Change, symbol: &str) -> Result<(), BuildError> {
    // What changes nothing is passed through, so that whole numbers stay whole numbers.
    #[expect(clippy::float_cmp, reason = "the original asks for exactly this")]
    let is_identity = match change {
        Change::Add(offset) => offset == 0.0,
        Change::Multiply(ratio) => ratio == 1.0,
    };
    if is_identity {
        return Ok(());
    }
    for name in &Frame::OHLCV[..4] {
        let column = slice
            .columns
            .iter_mut()
            .find(|column| column.name == **name)
            .ok_or_else(|| BuildError::MissingColumn { symbol: symbol.to_owned(), column: name })?;
        let values = column.column.as_floats().ok_or_else(|| not_numeric(symbol, name, &column.column))?;
        let changed = values.iter().map(|value| match change {
            Change::Add(offset) => value + offset,
            Change::Multiply(ratio) => value * ratio,
        });
        column.column = Column::Float(changed.collect());
    }
    Ok(())
}

fn not_numeric(symbol: &str, column: &'static str, values: &Column) -> BuildError {
    BuildError::NotNumeric { symbol: symbol.to_owned(), column, type_name: values.type_name().to_owned() }
}

#[cfg(test)]
mod tests;
