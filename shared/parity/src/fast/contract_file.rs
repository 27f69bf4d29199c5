//! A contract's Parquet file as pandas writes it: five columns of floats and the index `timestamp`.

use std::fs::File;
use std::path::Path;

use parquet::basic::{LogicalType, TimeUnit, Type as PhysicalType};
use parquet::column::page::PageReader;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use serde::Deserialize;

use super::Unusual;
use super::prices::CodedColumn;
use super::stamps::Stamps;
use crate::frame::Frame;

/// Columns of prices and volume, in the order in which a frame has them.
pub(super) const OHLCV: [&str; 5] = Frame::OHLCV;
/// Name of the index.
const INDEX: &str = "timestamp";
/// Where closes stand in [`OHLCV`].
pub(super) const CLOSE: usize = 3;

/// Rows of a row group at most: pandas cuts groups after a million, and one is held in memory.
const GROUP_ROWS_MAX: usize = 1 << 24;

/// An open file whose columns and metadata are the usual ones.
pub(super) struct ContractFile {
    reader: SerializedFileReader<File>,
    /// The columns of [`OHLCV`].
    ohlcv: [Place; OHLCV.len()],
    index: Place,
}

/// Where a column stands in the file.
#[derive(Clone, Copy)]
struct Place {
    column: usize,
    is_nullable: bool,
}

impl ContractFile {
    /// Opens a file and checks its schema.
    ///
    /// # Errors
    /// A file that cannot be read, or has other columns, types or index.
    pub(super) fn open(path: &Path) -> Result<Self, Unusual> {
        let reader = SerializedFileReader::new(File::open(path).map_err(|_| Unusual::Unreadable)?)?;
        let schema = reader.metadata().file_metadata().schema_descr();
        // Pandas writes the index last, others first; the other columns must stand in the order of the series.
        let index = [0, OHLCV.len()].into_iter().find_map(|nth| place(schema, nth, INDEX)).ok_or(Unusual::Columns)?;
        let after_index = usize::from(index.column == 0);
        let mut ohlcv = [index; OHLCV.len()];
        for (nth, name) in OHLCV.iter().enumerate() {
            ohlcv[nth] = place(schema, nth + after_index, name).ok_or(Unusual::Columns)?;
        }
        if schema.num_columns() != OHLCV.len() + 1 {
            return Err(Unusual::Columns);
        }
        let metadata = reader.metadata().file_metadata().key_value_metadata();
        let pandas = metadata.and_then(|all| all.iter().find(|entry| entry.key == "pandas"));
        let pandas = pandas.and_then(|entry| entry.value.as_deref()).ok_or(Unusual::Index)?;
        if is_indexed_by_utc_timestamp(pandas) { Ok(Self { reader, ohlcv, index }) } else { Err(Unusual::Index) }
    }

    /// Rows of each row group.
    pub(super) fn group_rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.reader.metadata().row_groups().iter().map(|group| usize::try_from(group.num_rows()).unwrap_or(0))
    }

    /// The open instants of a row group.
    pub(super) fn read_stamps(&self, group: usize, stamps: &mut Stamps) -> Result<(), Unusual> {
        stamps.read(self.pages(group, self.index)?.as_mut(), self.index.is_nullable, self.rows_of(group)?)
    }

    /// A column of [`OHLCV`] in a row group.
    pub(super) fn read_column(&self, group: usize, nth: usize, column: &mut CodedColumn) -> Result<(), Unusual> {
        let place = self.ohlcv[nth];
        column.read(self.pages(group, place)?.as_mut(), place.is_nullable, self.rows_of(group)?)
    }

    fn rows_of(&self, group: usize) -> Result<usize, Unusual> {
        let rows = self.reader.metadata().row_group(group).num_rows();
        let held = usize::try_from(rows).ok().filter(|rows| *rows <= GROUP_ROWS_MAX);
        held.ok_or(Unusual::TooManyRows { rows, allowed: GROUP_ROWS_MAX })
    }

    fn pages(&self, group: usize, place: Place) -> Result<Box<dyn PageReader>, Unusual> {
        Ok(self.reader.get_row_group(group)?.get_column_page_reader(place.column)?)
    }
}

/// The place of a column, where it stands and is of the usual type.
fn place(schema: &SchemaDescriptor, nth: usize, name: &str) -> Option<Place> {
    let column = schema.columns().get(nth)?;
    let is_flat = column.path().parts() == [name.to_owned()] && column.max_rep_level() == 0;
    let has_type = if name == INDEX { is_utc_nanos(column) } else { is_float(column) };
    let is_nullable = column.max_def_level() == 1;
    (is_flat && has_type && column.max_def_level() <= 1).then_some(Place { column: nth, is_nullable })
}

fn is_float(column: &ColumnDescriptor) -> bool {
    column.physical_type() == PhysicalType::DOUBLE && column.logical_type_ref().is_none()
}

fn is_utc_nanos(column: &ColumnDescriptor) -> bool {
    let logical = column.logical_type_ref();
    let is_nanos = |unit: &TimeUnit| *unit == TimeUnit::NANOS;
    column.physical_type() == PhysicalType::INT64
        && matches!(logical, Some(LogicalType::Timestamp(stamp)) if stamp.is_adjusted_to_u_t_c && is_nanos(&stamp.unit))
}

/// What pandas notes about a frame, as far as it decides how the frame is read.
#[derive(Deserialize)]
struct Pandas {
    index_columns: Vec<serde_json::Value>,
    columns: Vec<PandasColumn>,
}

#[derive(Deserialize)]
struct PandasColumn {
    field_name: Option<String>,
    metadata: Option<serde_json::Value>,
}

fn is_indexed_by_utc_timestamp(pandas: &str) -> bool {
    let Ok(pandas) = serde_json::from_str::<Pandas>(pandas) else { return false };
    let mut columns = pandas.columns.iter();
    let stamps = columns.find(|column| column.field_name.as_deref() == Some(INDEX));
    let zone = stamps.and_then(|column| column.metadata.as_ref()?.get("timezone")?.as_str());
    pandas.index_columns == [INDEX] && zone == Some("UTC")
}
