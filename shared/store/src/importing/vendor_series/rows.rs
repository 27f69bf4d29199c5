//! The rows of TradingView's chart exports: columns by name, stamps in three writings.

use std::borrow::Cow;
use std::io::BufRead;

use chrono_tz::Tz;
use peaktrade_continuous::{Bar, BarSize};
use peaktrade_domain::{Calendar, Price, Session, TradeDate, UnixNanos};

use crate::importing::delimited::{split, whole};
use crate::importing::local_time::{Layout, StampError, StampReader};
use crate::importing::text::Lines;
use crate::importing::{ImportError, Place, Stamp};

/// Longest line in bytes: room for a hundred columns of indicators.
const LINE_BYTES_MAX: usize = 4 * 1024;
const REQUIRED: &str = "time,open,high,low,close[,Volume] and any further columns are required";

/// What a stamp may be, a bare date aside.
const LAYOUTS: [Layout; 2] = [Layout::Epoch(UnixNanos::SECOND), Layout::Rfc3339];

/// The rows of one file.
pub(super) struct Rows<'a, R> {
    lines: Lines<R>,
    stamps: StampReader<'a>,
    calendar: &'a Calendar,
    bar: BarSize,
    columns: Columns,
    /// Fields of a row: as many as the header has.
    width: usize,
    is_over: bool,
}

/// Places of what is read; everything else is an indicator's.
#[derive(Clone, Copy)]
struct Columns {
    time: usize,
    prices: [usize; 4],
    volume: Option<usize>,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) place: Place,
    /// Open of the bar; `None` for a bare date that is no trade date.
    pub(super) open: Option<UnixNanos>,
    /// Open, high, low, close.
    pub(super) prices: [Price; 4],
    /// Contracts; `None` where the cell is empty or there is no such column.
    pub(super) volume: Option<i64>,
}

impl Row {
    /// The row as a bar of an open.
    pub(super) fn bar(&self, open: UnixNanos) -> Bar {
        let [first, high, low, close] = self.prices.map(Price::nanos);
        Bar { ts: open.nanos(), open: first, high, low, close, volume: self.volume.unwrap_or(0) }
    }
}

impl<'a, R: BufRead> Rows<'a, R> {
    /// Reads the header.
    pub(super) fn new(text: R, bar: BarSize, calendar: &'a Calendar) -> Result<Self, ImportError> {
        let mut lines = Lines::new(text, LINE_BYTES_MAX, REQUIRED);
        let header = lines.next()?.ok_or(ImportError::Empty)?;
        let malformed = |problem: String| ImportError::Malformed { place: Place::line(1), problem };
        let mut names = Vec::new();
        split(header, b',', &mut names).map_err(malformed)?;
        let columns = Columns::find(&names).map_err(malformed)?;
        let width = names.len();
        let stamps = StampReader {
            layouts: &LAYOUTS,
            time_zone: Some(Tz::UTC),
            stamp: Stamp::Open,
            calendar,
            has_used_time_zone: false,
        };
        Ok(Self { lines, stamps, calendar, bar, columns, width, is_over: false })
    }

    /// The next row; `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, ImportError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            let line = line.to_owned();
            let place = Place::line(self.lines.number);
            let malformed = |problem: String| ImportError::Malformed { place, problem };
            // Empty lines stand at the end, or are a defect: a row after one is refused.
            if line.trim().is_empty() {
                self.is_over = true;
                continue;
            }
            if self.is_over {
                return Err(malformed("a row follows the last line".to_owned()));
            }
            let mut fields = Vec::new();
            split(&line, b',', &mut fields).map_err(malformed)?;
            return self.read(&fields, place).map_err(malformed).map(Some);
        }
    }

    fn read(&mut self, fields: &[Cow<'_, str>], place: Place) -> Result<Row, String> {
        let Columns { time, prices, volume } = self.columns;
        if fields.len() != self.width {
            return Err(format!("{} fields; {}, as many as the header has, are required", fields.len(), self.width));
        }
        let field = |at: usize| fields.get(at).map_or("", AsRef::as_ref);
        let price = |at: usize, name: &str| -> Result<Price, String> {
            field(at).parse().map_err(|error| format!("{name}: {error}"))
        };
        let [open, high, low, close] = prices;
        Ok(Row {
            place,
            open: self.open(field(time))?,
            prices: [price(open, "open")?, price(high, "high")?, price(low, "low")?, price(close, "close")?],
            volume: volume.map(|at| told_volume(field(at))).transpose()?.flatten(),
        })
    }

    /// Open of the bar of a stamp. A day may be named by its trade date, which opens the evening before.
    fn open(&mut self, stamp: &str) -> Result<Option<UnixNanos>, String> {
        let date = stamp.parse::<TradeDate>().ok().filter(|_| self.bar == BarSize::OneDay);
        if let Some(date) = date {
            let session = self.calendar.session(date).map_err(|error| error.to_string())?;
            return Ok(session.map(Session::open));
        }
        match self.stamps.open(stamp) {
            Ok(nanos) => Ok(Some(UnixNanos::from_nanos(nanos))),
            Err(StampError::Wrong(problem)) => Err(problem),
            Err(StampError::NoZone) => Err(format!("stamp {stamp:?} names no zone")),
        }
    }
}

/// A volume; `None` where the vendor tells none in this row.
fn told_volume(text: &str) -> Result<Option<i64>, String> {
    if text.is_empty() || text.eq_ignore_ascii_case("nan") { Ok(None) } else { whole(text).map(Some) }
}

impl Columns {
    fn find(header: &[Cow<'_, str>]) -> Result<Self, String> {
        let place = |name: &str| {
            let mut places = (0..header.len()).filter(|at| header[*at].eq_ignore_ascii_case(name));
            let first = places.next();
            match places.next() {
                Some(_) => Err(format!("header: two columns are {name}; one is required")),
                None => Ok(first),
            }
        };
        let required = |name: &str| place(name)?.ok_or_else(|| format!("header: no column is {name}; {REQUIRED}"));
        let prices = [required("open")?, required("high")?, required("low")?, required("close")?];
        Ok(Self { time: required("time")?, prices, volume: place("volume")? })
    }
}
