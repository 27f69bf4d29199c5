//! Databento's CSV of schema statistics, with decimal prices and ISO stamps (pretty) or with integers of 1e-9 for both.

use std::borrow::Cow;
use std::io::BufRead;

use dbn::{UNDEF_PRICE, UNDEF_STAT_QUANTITY, UNDEF_TIMESTAMP};
use peaktrade_domain::{Price, UnixNanos};

use super::Statistic;
use crate::importing::databento::Instruments;
use crate::importing::delimited::split;
use crate::importing::settlements::{FactRow, FactSource};
use crate::importing::text::Lines;
use crate::importing::{ImportError, Place};

const LINE_BYTES_MAX: usize = 1024;
const LAYOUT: &str = "a row of Databento's CSV of schema statistics with symbols (map_symbols) is required";

/// Columns that every file has, in the order of [`Rows::places`].
const COLUMNS: [&str; 9] =
    ["ts_event", "instrument_id", "ts_ref", "price", "quantity", "stat_type", "update_action", "stat_flags", "symbol"];

/// A quantity that is not set, in files of DBN's first two versions.
const UNDEF_QUANTITY_32: i64 = i32::MAX as i64;

/// The rows of one file.
pub(super) struct Rows<'a, R> {
    lines: Lines<R>,
    instruments: Instruments<'a>,
    places: [usize; 9],
    width: usize,
}

impl<'a, R: BufRead> Rows<'a, R> {
    /// Reads the header.
    pub(super) fn new(text: R, instruments: Instruments<'a>) -> Result<Self, ImportError> {
        let mut lines = Lines::new(text, LINE_BYTES_MAX, LAYOUT);
        let header = lines.next()?.unwrap_or_default();
        let malformed = |problem: String| ImportError::Malformed { place: Place::line(1), problem };
        let mut fields = Vec::new();
        split(header, b',', &mut fields).map_err(malformed)?;
        let mut places = [0; 9];
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            let mut found = fields.iter().enumerate().filter(|(_, field)| field.as_ref() == name).map(|(at, _)| at);
            *place = match (found.next(), found.next()) {
                (Some(at), None) => at,
                (Some(_), Some(_)) => {
                    return Err(malformed(format!("header: two columns are {name}; one is required")));
                }
                (None, _) => return Err(malformed(format!("header: no column is {name}; {LAYOUT}"))),
            };
        }
        let width = fields.len();
        Ok(Self { lines, instruments, places, width })
    }
}

impl<R: BufRead> FactSource for Rows<'_, R> {
    fn next_row(&mut self) -> Result<Option<FactRow>, ImportError> {
        let Self { lines, instruments, places, width } = self;
        let place = Place::line(lines.number + 1);
        let Some(line) = lines.next()? else { return Ok(None) };
        let malformed = |problem: String| ImportError::Malformed { place, problem };
        let mut fields: Vec<Cow<'_, str>> = Vec::new();
        split(line, b',', &mut fields).map_err(malformed)?;
        if fields.len() != *width {
            return Err(malformed(format!("{} fields; {width} are required", fields.len())));
        }
        let cells = places.map(|at| fields.get(at).map_or("", AsRef::as_ref));
        let statistic = read(cells).map_err(malformed)?;
        let [.., symbol] = cells;
        statistic.row(Some(symbol), instruments, place).map(Some)
    }

    fn is_journal(&self) -> bool {
        true
    }
}

fn read([event, id, reference, price, quantity, kind, action, flags, _symbol]: [&str; 9]) -> Result<Statistic, String> {
    let quantity = if quantity.is_empty() { UNDEF_STAT_QUANTITY } else { number(quantity, "quantity")? };
    Ok(Statistic {
        id: number(id, "instrument_id")?,
        kind: number(kind, "stat_type")?,
        price: match price {
            "" => UNDEF_PRICE,
            pretty if pretty.contains('.') => pretty.parse::<Price>().map_err(|error| error.to_string())?.nanos(),
            whole => number(whole, "price")?,
        },
        quantity: if quantity == UNDEF_QUANTITY_32 { UNDEF_STAT_QUANTITY } else { quantity },
        reference: stamp(reference, "ts_ref")?,
        published: stamp(event, "ts_event")?,
        action: number(action, "update_action")?,
        flags: number(flags, "stat_flags")?,
    })
}

fn stamp(text: &str, name: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(UNDEF_TIMESTAMP);
    }
    if !text.contains('T') {
        return number(text, name);
    }
    let instant: UnixNanos = text.parse().map_err(|error| format!("{name}: {error}"))?;
    u64::try_from(instant.nanos()).map_err(|_| format!("{name} {instant} is before 1970"))
}

fn number<T: std::str::FromStr>(text: &str, name: &str) -> Result<T, String> {
    let shown = || text.chars().take(48).collect::<String>();
    text.parse().map_err(|_| format!("{name} {:?} is no number of its range", shown()))
}
