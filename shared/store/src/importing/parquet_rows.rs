//! Parquet files of one-minute bars, whoever wrote them, by the names of their columns.
//!
//! Read are `timestamp` (or `ts`, `time`, `datetime`, `date`, `ts_event`, or the unnamed index of pandas), `open`, `high`,
//! `low`, `close`, `volume`, and `symbol` (or `contract`, `ticker`) where there is one. A stamp must be a timestamp column:
//! with a zone it is an instant, without one it is wall-clock time and its zone must be stated. Whole numbers of unknown
//! unit are refused.

mod groups;
mod pages;
mod values;

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use peaktrade_continuous::Bar;
use peaktrade_domain::{Calendar, UnixNanos};

use self::groups::{RowGroups, decoded};
use self::values::{price, stamp, text, whole};
use super::file_contract::FileContract;
use super::local_time::{StampError, StampReader};
use super::options::Facts;
use super::symbols::SymbolReader;
use super::{
    Extent, ImportError, ImportOption, ImportRequest, Opened, Place, RawRow, RowOf, RowSource, RowUnit, Stamp,
    TIME_ZONE,
};

/// Columns of a file at most.
const COLUMNS_MAX: usize = 1_024;

const STAMP_NAMES: [&str; 7] = ["timestamp", "ts", "time", "datetime", "date", "ts_event", "__index_level_0__"];
const SYMBOL_NAMES: [&str; 3] = ["symbol", "contract", "ticker"];

/// Opens a file.
pub(super) fn open<'a>(
    source: impl Read + Seek + 'a,
    request: &'a ImportRequest,
    calendar: &'a Calendar,
) -> Result<Opened<'a>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { place: Place::record(0), source };
    let groups = RowGroups::open(source).map_err(unreadable)?;
    let columns = Columns::find(groups.schema()).map_err(|problem| ImportError::Unfit { problem })?;

    let options = request.options;
    let mut facts = Facts::of(request.format.name());
    if columns.is_civil {
        facts.settle(ImportOption::TimeZone, None, options.time_zone)?;
    } else {
        facts.settle(
            ImportOption::TimeZone,
            Some(chrono_tz::Tz::UTC),
            options.time_zone.or(Some(chrono_tz::Tz::UTC)),
        )?;
    }
    let end = facts.settle(ImportOption::Stamp, None, options.stamp)?;
    facts.settle(ImportOption::Prices, None, options.prices)?;
    facts.settle(ImportOption::Bar, None, options.bar)?;
    if columns.symbol.is_none() {
        facts.settle(ImportOption::Contract, None, options.contract)?;
    }
    facts.complete()?;
    // Settled above; a missing one has ended the import.
    let end = end.unwrap_or(Stamp::Open);
    let mut reading = BTreeMap::from([("stamp".to_owned(), end.to_string())]);
    if let Some(zone) = options.time_zone.filter(|_| columns.is_civil) {
        reading.insert(TIME_ZONE.to_owned(), zone.name().to_owned());
    }
    let rows = Rows {
        groups,
        batches: None,
        batch: None,
        row: 0,
        stamps: StampReader {
            layouts: &[],
            time_zone: options.time_zone,
            stamp: end,
            calendar,
            has_used_time_zone: columns.is_civil,
        },
        columns,
        symbols: SymbolReader::new(request.root, calendar),
        contract: FileContract::new(request, None, calendar)?,
        request,
        number: 0,
    };
    Ok(Opened { rows: Box::new(rows), reading })
}

/// Places of the columns among those that are read.
struct Columns {
    /// Places in the file of the columns that are read, in order.
    in_file: Vec<usize>,
    stamp: usize,
    /// Open, high, low, close.
    prices: [usize; 4],
    volume: usize,
    symbol: Option<usize>,
    /// Whether stamps are wall-clock times.
    is_civil: bool,
}

impl Columns {
    fn find(schema: &Schema) -> Result<Self, String> {
        let fields = schema.fields();
        if fields.len() > COLUMNS_MAX {
            return Err(format!("it has {} columns; at most {COLUMNS_MAX} are read", fields.len()));
        }
        let place = |names: &[&str]| -> Result<Option<usize>, String> {
            let is_named = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
            let mut places = fields.iter().enumerate().filter(|(_, field)| is_named(field.name())).map(|(at, _)| at);
            match (places.next(), places.next()) {
                (Some(_), Some(_)) => Err(format!("two columns are called {}; one is required", names.join(" or "))),
                (place, _) => Ok(place),
            }
        };
        let required =
            |names: &[&str]| place(names)?.ok_or_else(|| format!("no column is called {}", names.join(" or ")));
        let stamp = required(&STAMP_NAMES)?;
        let is_civil = match fields.get(stamp).map(|field| field.data_type()) {
            Some(DataType::Timestamp(_, zone)) => zone.is_none(),
            Some(other) => return Err(format!("its stamps are of type {other}; timestamps are required")),
            None => return Err("no column has the stamps".to_owned()),
        };
        let prices = [required(&["open"])?, required(&["high"])?, required(&["low"])?, required(&["close"])?];
        let (volume, symbol) = (required(&["volume"])?, place(&SYMBOL_NAMES)?);
        let mut in_file: Vec<usize> = prices.into_iter().chain([stamp, volume]).chain(symbol).collect();
        in_file.sort_unstable();
        let read = |place: usize| in_file.partition_point(|earlier| *earlier < place);
        Ok(Self {
            stamp: read(stamp),
            prices: prices.map(read),
            volume: read(volume),
            symbol: symbol.map(read),
            is_civil,
            in_file,
        })
    }
}

/// The rows of one file.
struct Rows<'a, R> {
    groups: RowGroups<R>,
    /// Of the row group that is being read.
    batches: Option<ParquetRecordBatchReader>,
    batch: Option<Arc<RecordBatch>>,
    /// Row of the batch that comes next.
    row: usize,
    columns: Columns,
    stamps: StampReader<'a>,
    symbols: SymbolReader<'a>,
    contract: FileContract<'a>,
    request: &'a ImportRequest,
    /// Rows read.
    number: u64,
}

impl<R: Read + Seek> RowSource for Rows<'_, R> {
    fn unit(&self) -> RowUnit {
        RowUnit::Record
    }

    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError> {
        loop {
            if let Some(batch) = self.batch.clone().filter(|batch| self.row < batch.num_rows()) {
                let row = self.row;
                self.row += 1;
                self.number += 1;
                return self.read(&batch, row).map(Some);
            }
            let place = Place::record(self.number);
            let unreadable = |source| ImportError::Unreadable { place, source };
            self.row = 0;
            self.batch = match &mut self.batches {
                None => None,
                Some(batches) => decoded(|| batches.next().transpose()).map_err(unreadable)?.map(Arc::new),
            };
            if self.batch.is_none() {
                self.batches = self.groups.next(&self.columns.in_file).map_err(unreadable)?;
                if self.batches.is_none() {
                    return Ok(None);
                }
            }
        }
    }
}

impl<R> Rows<'_, R> {
    fn read(&mut self, batch: &RecordBatch, row: usize) -> Result<RawRow, ImportError> {
        let place = Place::record(self.number);
        let malformed = |problem: String| ImportError::Malformed { place, problem };
        let columns = &self.columns;
        let nanos = stamp(batch.column(columns.stamp), row).map_err(malformed)?;
        let ts = if columns.is_civil { self.stamps.open_of_civil(nanos) } else { self.stamps.open_of_instant(nanos) };
        let ts = ts.map_err(|error| match error {
            StampError::Wrong(problem) => malformed(problem),
            StampError::NoZone => ImportError::Missing {
                format: self.request.format.name().to_owned(),
                options: vec![ImportOption::TimeZone],
            },
        })?;
        let [open, high, low, close] = columns.prices.map(|column| price(batch.column(column), row));
        let bar = Bar {
            ts,
            open: open.map_err(malformed)?,
            high: high.map_err(malformed)?,
            low: low.map_err(malformed)?,
            close: close.map_err(malformed)?,
            volume: whole(batch.column(columns.volume), row).map_err(malformed)?,
        };
        let of = match columns.symbol {
            None => RowOf::Contract(self.contract.at(ts, place)?),
            Some(column) => {
                let symbol = text(batch.column(column), row).map_err(malformed)?;
                let of = self.symbols.instrument(symbol, UnixNanos::from_nanos(ts));
                let stated = self.request.options.contract;
                if stated.is_some_and(|stated| of != RowOf::Contract(stated)) {
                    let shown: String = symbol.chars().take(64).collect();
                    return Err(malformed(format!("symbol {shown:?}; another contract is stated of all rows")));
                }
                of
            }
        };
        Ok(RawRow { number: self.number, of, bar, extent: Extent::Minute })
    }
}

#[cfg(test)]
mod tests;
