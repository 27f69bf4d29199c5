//! Databento's CSV: `ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume[,symbol]`, with decimal prices
//! and ISO stamps (pretty) or with integers of 1e-9 for both.

use std::borrow::Cow;
use std::io::BufRead;

use peaktrade_continuous::Bar;
use peaktrade_domain::{Price, UnixNanos};

use super::Instruments;
use crate::importing::delimited::split;
use crate::importing::text::Lines;
use crate::importing::{Extent, ImportError, ImportOption, Place, RawRow, RowSource, RowUnit};

const LINE_BYTES_MAX: usize = 1024;
const LAYOUT: &str = "a row of Databento's CSV of schema ohlcv-1m or ohlcv-1s is required";

/// Columns that every file has, in the order of [`Columns::required`].
const REQUIRED: [&str; 8] = ["ts_event", "rtype", "instrument_id", "open", "high", "low", "close", "volume"];

/// Record types of bars of a second and of a minute.
const OHLCV_1S: &str = "32";
const OHLCV_1M: &str = "33";

/// The rows of one file.
pub(super) struct Rows<'a, R> {
    lines: Lines<R>,
    instruments: Instruments<'a>,
    columns: Option<Columns>,
    /// How the first row writes stamps and prices; a file that changes is two files.
    dialect: Option<(Writing, Writing)>,
}

#[derive(Clone, Copy)]
struct Columns {
    required: [usize; 8],
    symbol: Option<usize>,
    width: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Pretty,
    Integer,
}

impl<'a, R: BufRead> Rows<'a, R> {
    pub(super) fn new(text: R, instruments: Instruments<'a>) -> Self {
        Self { lines: Lines::new(text, LINE_BYTES_MAX, LAYOUT), instruments, columns: None, dialect: None }
    }

    fn read(&mut self, fields: &[Cow<'_, str>], columns: Columns, place: Place) -> Result<RawRow, ImportError> {
        let malformed = |problem: String| ImportError::Malformed { place, problem };
        if fields.len() != columns.width {
            return Err(malformed(format!("{} fields; {} are required", fields.len(), columns.width)));
        }
        let [ts, rtype, id, open, high, low, close, volume] =
            columns.required.map(|column| fields.get(column).map_or("", AsRef::as_ref));
        let extent = match rtype {
            OHLCV_1M => Extent::Minute,
            OHLCV_1S => Extent::Second,
            other => return Err(malformed(format!("rtype {other:?}; {OHLCV_1M} (1m) or {OHLCV_1S} (1s) is required"))),
        };
        let id = id.parse::<u32>().map_err(|_| malformed(format!("instrument_id {id:?} is no id")))?;
        let of_price = |text: &str| if text.contains('.') { Writing::Pretty } else { Writing::Integer };
        let of_stamp = |text: &str| if text.contains('T') { Writing::Pretty } else { Writing::Integer };
        let dialect = (of_stamp(ts), of_price(open));
        let prices = [open, high, low, close];
        if *self.dialect.get_or_insert(dialect) != dialect || prices.iter().any(|price| of_price(price) != dialect.1) {
            return Err(malformed("pretty values beside integers; one dialect for a file is required".to_owned()));
        }
        let stamp = match dialect.0 {
            Writing::Pretty => ts.parse::<UnixNanos>().map(UnixNanos::nanos).map_err(|error| error.to_string()),
            Writing::Integer => whole(ts),
        };
        let ts = stamp.map_err(malformed)?;
        let price = |text: &str| match dialect.1 {
            Writing::Pretty => text.parse::<Price>().map(Price::nanos).map_err(|error| malformed(error.to_string())),
            Writing::Integer => text.parse::<i64>().map_err(|_| malformed(format!("price {text:?} is no integer"))),
        };
        let [open, high, low, close] = prices.map(price);
        let bar =
            Bar { ts, open: open?, high: high?, low: low?, close: close?, volume: whole(volume).map_err(malformed)? };
        extent.check_stamp(ts).map_err(malformed)?;
        if columns.symbol.is_none() && self.instruments.stated.is_none() {
            let format = self.instruments.format.to_owned();
            return Err(ImportError::Missing { format, options: vec![ImportOption::Contract] });
        }
        let symbol = columns.symbol.map(|column| fields.get(column).map_or("", AsRef::as_ref));
        let of = self.instruments.of(symbol, id, ts, place)?;
        Ok(RawRow { number: place.number, of, bar, extent })
    }
}

impl<R: BufRead> RowSource for Rows<'_, R> {
    fn unit(&self) -> RowUnit {
        RowUnit::Line
    }

    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            // The reader's buffer is lent to the line; the row needs the rest of the reader.
            let line = line.to_owned();
            let place = Place::line(self.lines.number);
            let malformed = |problem: String| ImportError::Malformed { place, problem };
            let mut fields = Vec::new();
            split(&line, b',', &mut fields).map_err(malformed)?;
            match self.columns {
                Some(columns) => return self.read(&fields, columns, place).map(Some),
                None => self.columns = Some(header(&fields).map_err(malformed)?),
            }
        }
    }
}

fn header(fields: &[Cow<'_, str>]) -> Result<Columns, String> {
    let place = |name: &str| fields.iter().position(|field| field == name);
    let mut required = [0; 8];
    for (at, name) in REQUIRED.into_iter().enumerate() {
        required[at] = place(name).ok_or_else(|| format!("no column is {name}; {LAYOUT}"))?;
    }
    Ok(Columns { required, symbol: place("symbol"), width: fields.len() })
}

fn whole(text: &str) -> Result<i64, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { text.parse().ok() } else { None };
    number.ok_or_else(|| format!("{:?} is not a whole number from 0 on", text.chars().take(48).collect::<String>()))
}
