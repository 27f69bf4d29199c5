//! Parquet as `pandas.read_parquet` and `DataFrame.to_parquet` know it.

mod columns;
mod metadata;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::{FileError, write_whole};
use crate::frame::{Column, Frame, Index, NamedColumn};
use columns::{Cells, StampCells};
use metadata::IndexColumn;

pub use metadata::pandas_index_metadata;

/// Rows decoded and encoded at a time.
const BATCH_ROWS: usize = 65_536;

/// Rows of a row group of written files.
const GROUP_ROWS: usize = 262_144;

/// Name of an index that has none.
const INDEX_NAME: &str = "timestamp";

/// Reads a file; which column is the index is told by pandas' own metadata, and without it rows are only numbered.
///
/// # Errors
/// A file that cannot be read, an index with empty cells, or an OHLCV column of numbers other than float64 and whole
/// numbers, whose arithmetic would not be the original's.
pub fn read_parquet(path: &Path) -> Result<Frame, FileError> {
    let broken = |source: ParquetError| FileError::Parquet { path: path.to_owned(), source };
    let file = File::open(path).map_err(|error| FileError::io(path, error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(broken)?;
    let schema = Arc::clone(builder.schema());
    let index_column = metadata::index_column(&schema).map_err(|problem| FileError::content(path, problem))?;
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(broken)?;

    let mut stamps = StampCells::default();
    let mut rows = 0;
    let mut cells: Vec<(String, Cells)> = schema
        .fields()
        .iter()
        .filter(|field| !matches!(&index_column, IndexColumn::Named { field: index, .. } if index == field.name()))
        .map(|field| (field.name().clone(), Cells::of(field.data_type())))
        .collect();
    for batch in reader {
        let batch = batch.map_err(|error| broken(error.into()))?;
        rows += batch.num_rows();
        if let IndexColumn::Named { field, .. } = &index_column
            && let Some(array) = batch.column_by_name(field)
        {
            stamps.extend(array).map_err(|problem| FileError::content(path, format!("index {field:?}: {problem}")))?;
        }
        for (name, cells) in &mut cells {
            if let Some(array) = batch.column_by_name(name) {
                cells.extend(array);
            }
        }
    }
    let columns: Vec<NamedColumn> =
        cells.into_iter().map(|(name, cells)| NamedColumn { name, column: cells.finish() }).collect();
    for NamedColumn { name, column } in &columns {
        if let Column::Other { type_name, .. } = column
            && Frame::OHLCV.contains(&name.as_str())
        {
            let problem = format!("column {name:?} is {type_name}; float64 and whole numbers are read");
            return Err(FileError::content(path, problem));
        }
    }
    Ok(Frame { index: stamps.finish(index_column, rows), columns })
}

/// Writes a frame: the index as a first column (named `timestamp` where it has no name) that pandas metadata marks as the
/// index, so that readers with and without pandas find it. Snappy, as pandas writes; the same frame gives the same bytes.
/// The file appears whole or not at all.
///
/// # Errors
/// An index without instants, a column of a type that is not carried, or a file system that refuses.
pub fn write_parquet(path: &Path, frame: &Frame) -> Result<(), FileError> {
    let Index::Instants { name, ns } = &frame.index else {
        let problem = format!("a frame with a {} is not written, only instants", frame.index.type_name());
        return Err(FileError::content(path, problem));
    };
    let index_name = name.as_deref().unwrap_or(INDEX_NAME);
    let pandas =
        pandas_index_metadata(index_name, frame.columns.iter().map(|c| (c.name.as_str(), c.column.type_name())));
    // Twice: readers that take the Arrow schema in the file look for it there and nowhere else.
    let schema = schema_of(frame, index_name).map_err(|problem| FileError::content(path, problem))?;
    let schema = Arc::new(schema.with_metadata([("pandas".to_owned(), pandas.clone())].into()));
    let properties = WriterProperties::builder()
        .set_created_by("peaktrade-futures parity 1".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_key_value_metadata(Some(vec![KeyValue::new("pandas".to_owned(), pandas)]))
        .build();
    write_whole(path, |file| {
        let broken = |source: ParquetError| FileError::Parquet { path: path.to_owned(), source };
        let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(broken)?;
        for start in (0..ns.len()).step_by(BATCH_ROWS) {
            let rows = start..(start + BATCH_ROWS).min(ns.len());
            let stamps = TimestampNanosecondArray::from(ns[rows.clone()].to_vec()).with_timezone("UTC");
            let mut arrays: Vec<ArrayRef> = vec![Arc::new(stamps)];
            arrays.extend(frame.columns.iter().map(|column| array_of(&column.column, rows.clone())));
            let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|error| broken(error.into()))?;
            writer.write(&batch).map_err(broken)?;
        }
        writer.close().map_err(broken)?;
        Ok(())
    })
}

fn schema_of(frame: &Frame, index_name: &str) -> Result<Schema, String> {
    let mut fields = vec![Field::new(index_name, DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false)];
    for NamedColumn { name, column } in &frame.columns {
        let (data_type, nullable) = match column {
            Column::Float(_) => (DataType::Float64, true),
            Column::Int(_) => (DataType::Int64, false),
            Column::Text(_) => (DataType::Utf8, true),
            Column::Other { type_name, .. } => {
                return Err(format!("column {name:?} is {type_name}, which is not written"));
            }
        };
        fields.push(Field::new(name, data_type, nullable));
    }
    Ok(Schema::new(fields))
}

/// NaN becomes an empty cell, as pandas writes it.
fn array_of(column: &Column, rows: std::ops::Range<usize>) -> ArrayRef {
    match column {
        Column::Float(values) => {
            let values = &values[rows];
            if values.iter().any(|value| value.is_nan()) {
                Arc::new(
                    values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect::<Float64Array>(),
                )
            } else {
                Arc::new(Float64Array::from(values.to_vec()))
            }
        }
        Column::Int(values) => Arc::new(Int64Array::from(values[rows].to_vec())),
        Column::Text(values) => Arc::new(values[rows].iter().map(Option::as_deref).collect::<StringArray>()),
        // The schema has refused it.
        Column::Other { .. } => Arc::new(arrow_array::NullArray::new(rows.len())),
    }
}
