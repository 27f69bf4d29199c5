//! Bars as Arrow columns: the one schema of month files and of everything served.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{
    ArrayRef, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use peaktrade_continuous::{Bars, BarsView};
use peaktrade_domain::{ContractSymbol, Price, TradeDate};
use serde_json::json;

/// Bytes of one bar in the columns of [`series_schema`]: six columns of eight bytes.
pub const ROW_BYTES: u64 = 48;

/// A column that does not hold bars.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// A column is absent or of another type.
    #[error("column {column:?} is {found}, expected {expected}")]
    Type {
        /// Column.
        column: &'static str,
        /// What the batch has.
        found: String,
        /// What bars have.
        expected: &'static str,
    },
    /// A column has empty cells.
    #[error("column {column:?} has {nulls} empty cells; bars have none")]
    Nulls {
        /// Column.
        column: &'static str,
        /// Empty cells.
        nulls: usize,
    },
    /// A price that is no multiple of 1e-9 points.
    #[error("column {column:?}, row {row}: {value} is not a multiple of 0.000000001 points")]
    Price {
        /// Column.
        column: &'static str,
        /// Row, counted from 0.
        row: usize,
        /// The value.
        value: String,
    },
}

/// A column beside the bar's own, on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExtraColumn {
    /// Contract that the bar is of; text.
    Contract,
    /// Trade date that the bar belongs to; date.
    TradeDate,
    /// Stretch of one contract that the bar belongs to, counted from 0 at the oldest; int32.
    Segment,
}

/// What the extra columns say of one bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarOrigin {
    /// Contract.
    pub contract: ContractSymbol,
    /// Trade date.
    pub trade_date: TradeDate,
    /// Stretch of one contract, counted from 0.
    pub segment: i32,
}

impl ExtraColumn {
    /// All, in the order in which they are served.
    pub const ALL: [Self; 3] = [Self::Contract, Self::TradeDate, Self::Segment];

    /// The column's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::TradeDate => "trade_date",
            Self::Segment => "segment",
        }
    }

    /// Bytes that a cell takes at most.
    pub const fn cell_bytes(self) -> u64 {
        match self {
            // An offset and a symbol of at most twelve characters.
            Self::Contract => 16,
            Self::TradeDate | Self::Segment => 4,
        }
    }

    fn field(self) -> Field {
        let data_type = match self {
            Self::Contract => DataType::Utf8,
            Self::TradeDate => DataType::Date32,
            Self::Segment => DataType::Int32,
        };
        Field::new(self.name(), data_type, false)
    }

    /// Name, pandas type and numpy type in the pandas metadata.
    const fn pandas(self) -> [&'static str; 3] {
        match self {
            Self::Contract => [self.name(), "unicode", "object"],
            Self::TradeDate => [self.name(), "date", "object"],
            Self::Segment => [self.name(), "int32", "int32"],
        }
    }

    fn array(self, origins: &[BarOrigin]) -> ArrayRef {
        match self {
            Self::Contract => {
                Arc::new(StringArray::from_iter_values(origins.iter().map(|origin| origin.contract.to_string())))
            }
            Self::TradeDate => Arc::new(Date32Array::from_iter_values(
                origins.iter().map(|origin| Date32Type::from_naive_date(origin.trade_date.date())),
            )),
            Self::Segment => Arc::new(Int32Array::from_iter_values(origins.iter().map(|origin| origin.segment))),
        }
    }
}

/// The pandas metadata that makes `to_pandas()` give a UTC `DatetimeIndex` named `timestamp`.
pub fn pandas_metadata(extra: &[ExtraColumn]) -> String {
    pandas_metadata_of(true, extra)
}

/// The pandas metadata of bars with or without volume.
pub(crate) fn pandas_metadata_of(has_volume: bool, extra: &[ExtraColumn]) -> String {
    let column = |name: &str, pandas_type: &str, numpy_type: &str, metadata: serde_json::Value| json!({"name": name, "field_name": name, "pandas_type": pandas_type, "numpy_type": numpy_type, "metadata": metadata});
    let null = serde_json::Value::Null;
    let mut columns = Vec::new();
    for name in ["open", "high", "low", "close"] {
        columns.push(column(name, "float64", "float64", null.clone()));
    }
    if has_volume {
        columns.push(column("volume", "int64", "int64", null.clone()));
    }
    for [name, pandas_type, numpy_type] in extra.iter().map(|column| column.pandas()) {
        columns.push(column(name, pandas_type, numpy_type, null.clone()));
    }
    columns.push(column("timestamp", "datetimetz", "datetime64[ns]", json!({"timezone": "UTC"})));
    json!({
        "index_columns": ["timestamp"],
        "column_indexes": [{"name": null, "field_name": null, "pandas_type": "unicode", "numpy_type": "object",
            "metadata": {"encoding": "UTF-8"}}],
        "columns": columns,
        "creator": {"library": "peaktrade-futures", "version": "1"},
        "pandas_version": "2.0.0",
    })
    .to_string()
}

/// Schema of bars as served: `timestamp` (ns, UTC, bar open), `open`, `high`, `low`, `close` (float64), `volume`
/// (int64), none nullable, with the pandas metadata and these further keys.
pub fn series_schema(metadata: impl IntoIterator<Item = (String, String)>) -> SchemaRef {
    let mut all: HashMap<String, String> = metadata.into_iter().collect();
    all.insert("pandas".to_owned(), pandas_metadata(&[]));
    Arc::new(Schema::new_with_metadata(bar_fields(), all))
}

/// A schema of bars with further columns behind the bars' own.
pub fn with_extra_columns(schema: &SchemaRef, extra: &[ExtraColumn]) -> SchemaRef {
    let mut metadata = schema.metadata().clone();
    metadata.insert("pandas".to_owned(), pandas_metadata(extra));
    let own = schema.fields().iter().map(|field| field.as_ref().clone());
    let fields: Vec<Field> = own.chain(extra.iter().map(|column| column.field())).collect();
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

/// Schema of a month file: the served columns and `contract`.
pub(crate) fn month_schema() -> SchemaRef {
    let mut fields = bar_fields();
    fields.push(Field::new("contract", DataType::Utf8, false));
    let metadata = HashMap::from([("pandas".to_owned(), pandas_metadata(&[ExtraColumn::Contract]))]);
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

pub(crate) fn bar_fields() -> Vec<Field> {
    let mut fields =
        vec![Field::new("timestamp", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false)];
    for name in ["open", "high", "low", "close"] {
        fields.push(Field::new(name, DataType::Float64, false));
    }
    fields.push(Field::new("volume", DataType::Int64, false));
    fields
}

/// Bars as a batch of [`series_schema`].
///
/// # Panics
/// Where the columns have different lengths, which [`Bars::check_invariants`] rules out.
pub fn to_batch(bars: BarsView<'_>, schema: SchemaRef) -> RecordBatch {
    RecordBatch::try_new(schema, bar_columns(bars)).expect("bars have six columns of one length, as the schema does")
}

/// Bars as a batch of a schema of [`with_extra_columns`]; `origins` has one entry for each bar.
///
/// # Panics
/// Where there are more or fewer origins than bars, or the schema has other columns.
pub fn to_batch_with_origins(
    bars: BarsView<'_>,
    extra: &[ExtraColumn],
    origins: &[BarOrigin],
    schema: SchemaRef,
) -> RecordBatch {
    let columns = bar_columns(bars).into_iter().chain(extra.iter().map(|column| column.array(origins))).collect();
    RecordBatch::try_new(schema, columns).expect("one origin for each bar, and the columns that the schema has")
}

/// Bars of one contract as a batch of the month schema.
pub(crate) fn to_month_batch(contract: ContractSymbol, bars: BarsView<'_>) -> RecordBatch {
    let mut columns = bar_columns(bars);
    let name = contract.to_string();
    columns.push(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(name.as_str(), bars.len()))));
    RecordBatch::try_new(month_schema(), columns).expect("bars have columns of one length, as the schema does")
}

pub(crate) fn bar_columns(bars: BarsView<'_>) -> Vec<ArrayRef> {
    let prices = |column: &[i64]| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(column.iter().map(|nanos| Price::from_nanos(*nanos).to_f64())))
    };
    vec![
        Arc::new(TimestampNanosecondArray::from(bars.ts.to_vec()).with_timezone("UTC")),
        prices(bars.open),
        prices(bars.high),
        prices(bars.low),
        prices(bars.close),
        Arc::new(Int64Array::from(bars.volume.to_vec())),
    ]
}

/// Appends the bars of a batch that has the columns of [`series_schema`], by name.
///
/// # Errors
/// Names the column that is absent, of another type, has empty cells, or holds no price.
pub fn append_batch(batch: &RecordBatch, bars: &mut Bars) -> Result<(), ColumnError> {
    let stamps = stamps(batch)?;
    let volumes = column(batch, "volume", "int64", |array| array.as_primitive_opt::<Int64Type>())?;
    let mut prices = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for (out, name) in prices.iter_mut().zip(["open", "high", "low", "close"]) {
        let values = column(batch, name, "float64", |array| array.as_primitive_opt::<Float64Type>())?;
        out.reserve(values.len());
        for (row, value) in values.values().iter().enumerate() {
            let price = Price::from_f64_exact(*value).ok_or_else(|| ColumnError::Price {
                column: name,
                row,
                value: value.to_string(),
            })?;
            out.push(price.nanos());
        }
    }
    let [open, high, low, close] = &prices;
    bars.extend(BarsView { ts: stamps.values(), open, high, low, close, volume: volumes.values() });
    Ok(())
}

/// Appends the open instants of a batch.
pub(crate) fn append_stamps(batch: &RecordBatch, out: &mut Vec<i64>) -> Result<(), ColumnError> {
    out.extend_from_slice(stamps(batch)?.values());
    Ok(())
}

fn stamps(batch: &RecordBatch) -> Result<&TimestampNanosecondArray, ColumnError> {
    column(batch, "timestamp", "timestamp[ns, UTC]", |array| {
        array.as_primitive_opt::<TimestampNanosecondType>().filter(|array| array.timezone() == Some("UTC"))
    })
}

fn column<'a, T: arrow_array::Array>(
    batch: &'a RecordBatch,
    name: &'static str,
    expected: &'static str,
    cast: impl Fn(&'a ArrayRef) -> Option<&'a T>,
) -> Result<&'a T, ColumnError> {
    let found = |found: String| ColumnError::Type { column: name, found, expected };
    let array = batch.column_by_name(name).ok_or_else(|| found("absent".to_owned()))?;
    let typed = cast(array).ok_or_else(|| found(array.data_type().to_string()))?;
    match array.null_count() {
        0 => Ok(typed),
        nulls => Err(ColumnError::Nulls { column: name, nulls }),
    }
}
