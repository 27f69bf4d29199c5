//! Arrow columns gathered into the columns of a frame, as pandas converts them.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use super::metadata::IndexColumn;
use crate::frame::{Column, Index};

/// Cells of a column, piece by piece.
#[derive(Debug)]
pub(super) enum Cells {
    Float(Vec<f64>),
    /// Whole numbers; with empty cells they become doubles, as in pandas.
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Other {
        type_name: String,
        rows: usize,
    },
}

impl Cells {
    /// Cells of a type.
    pub(super) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float64 => Self::Float(Vec::new()),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Self::Int(Vec::new()),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text(Vec::new()),
            other => Self::Other { type_name: other.to_string(), rows: 0 },
        }
    }

    /// Takes the next cells.
    pub(super) fn extend(&mut self, array: &ArrayRef) {
        match self {
            Self::Float(cells) => {
                let values = array.as_primitive::<Float64Type>();
                match values.null_count() {
                    0 => cells.extend_from_slice(values.values()),
                    _ => cells.extend(values.iter().map(|value| value.unwrap_or(f64::NAN))),
                }
            }
            Self::Int(cells) => extend_whole(array, cells),
            Self::Text(cells) => {
                let owned = |text: Option<&str>| text.map(str::to_owned);
                match array.data_type() {
                    DataType::LargeUtf8 => cells.extend(array.as_string::<i64>().iter().map(owned)),
                    DataType::Utf8View => cells.extend(array.as_string_view().iter().map(owned)),
                    _ => cells.extend(array.as_string::<i32>().iter().map(owned)),
                }
            }
            Self::Other { rows, .. } => *rows += array.len(),
        }
    }

    /// The column.
    pub(super) fn finish(self) -> Column {
        match self {
            Self::Float(cells) => Column::Float(cells),
            Self::Int(cells) if cells.iter().all(Option::is_some) => Column::Int(cells.into_iter().flatten().collect()),
            #[expect(clippy::cast_precision_loss, reason = "pandas reads whole numbers with empty cells as doubles")]
            Self::Int(cells) => {
                Column::Float(cells.into_iter().map(|cell| cell.map_or(f64::NAN, |cell| cell as f64)).collect())
            }
            Self::Text(cells) => Column::Text(cells),
            Self::Other { type_name, rows } => Column::Other { type_name, rows },
        }
    }
}

fn extend_whole(array: &ArrayRef, cells: &mut Vec<Option<i64>>) {
    fn widened<T: ArrowPrimitiveType>(array: &ArrayRef, cells: &mut Vec<Option<i64>>)
    where
        i64: From<T::Native>,
    {
        cells.extend(array.as_primitive::<T>().iter().map(|cell| cell.map(i64::from)));
    }
    match array.data_type() {
        DataType::Int8 => widened::<Int8Type>(array, cells),
        DataType::Int16 => widened::<Int16Type>(array, cells),
        DataType::Int32 => widened::<Int32Type>(array, cells),
        DataType::UInt8 => widened::<UInt8Type>(array, cells),
        DataType::UInt16 => widened::<UInt16Type>(array, cells),
        DataType::UInt32 => widened::<UInt32Type>(array, cells),
        _ => widened::<Int64Type>(array, cells),
    }
}

/// The index column, piece by piece.
#[derive(Debug, Default)]
pub(super) struct StampCells {
    ns: Vec<i64>,
    /// Whether the stamps have a time zone; `None` for a column that holds no times.
    has_zone: Option<bool>,
}

impl StampCells {
    /// Takes the next labels; those that are no times are only counted.
    pub(super) fn extend(&mut self, array: &ArrayRef) -> Result<(), String> {
        let DataType::Timestamp(unit, zone) = array.data_type() else { return Ok(()) };
        self.has_zone = Some(zone.is_some());
        if array.null_count() > 0 {
            return Err(format!("{} empty cells; an index has none", array.null_count()));
        }
        let (values, factor) = match unit {
            TimeUnit::Nanosecond => (array.as_primitive::<TimestampNanosecondType>().values(), 1),
            TimeUnit::Microsecond => (array.as_primitive::<TimestampMicrosecondType>().values(), 1_000),
            TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().values(), 1_000_000),
            TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().values(), 1_000_000_000),
        };
        self.ns.reserve(values.len());
        for value in values {
            let ns = value.checked_mul(factor).ok_or_else(|| format!("{value} is not between 1678 and 2262"))?;
            self.ns.push(ns);
        }
        Ok(())
    }

    /// The index of so many rows.
    pub(super) fn finish(self, column: IndexColumn, rows: usize) -> Index {
        match (column, self.has_zone) {
            (IndexColumn::RowNumbers, _) => Index::Other { type_name: "RangeIndex".to_owned(), rows },
            (IndexColumn::Several, _) => Index::Other { type_name: "MultiIndex".to_owned(), rows },
            (IndexColumn::Named { name, .. }, Some(true)) => Index::Instants { name, ns: self.ns },
            (IndexColumn::Named { name, .. }, Some(false)) => Index::WallTimes { name, ns: self.ns },
            (IndexColumn::Named { .. }, None) => Index::Other { type_name: "Index".to_owned(), rows },
        }
    }
}
