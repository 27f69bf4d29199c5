//! Databento files: DBN of versions 1 to 3 and both dialects of CSV, told apart by their first bytes.
//!
//! Bars of a minute are read as they are, bars of a second become minutes. An instrument is known by the mapping of its
//! id on the day of the record, or by its definition where the file holds one: a raw symbol with a year of one digit is
//! read against the date of the record. A request by continuous symbols is refused: its rolls are the vendor's.

mod csv;
mod dbn_rows;
mod definitions;
pub(super) mod statistics;

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use chrono_tz::Tz;
use peaktrade_domain::{Calendar, ContractSymbol, UnixNanos};

use super::options::Facts;
use super::symbols::SymbolReader;
use super::text::{check_text, unpacked};
use super::{BarLength, ImportError, ImportOption, ImportRequest, Opened, Place, Prices, RowOf, Stamp};

const MAGIC: &[u8] = b"DBN";

/// Opens a file; all of Databento's bars are stamped at their open, in UTC, at prices as traded.
pub(super) fn open<'a>(
    source: impl Read + 'a,
    request: &'a ImportRequest,
    calendar: &'a Calendar,
) -> Result<Opened<'a>, ImportError> {
    let options = request.options;
    let mut facts = Facts::of(request.format.name());
    facts.settle(ImportOption::TimeZone, Some(Tz::UTC), options.time_zone)?;
    facts.settle(ImportOption::Stamp, Some(Stamp::Open), options.stamp)?;
    facts.settle(ImportOption::Prices, Some(Prices::Raw), options.prices)?;
    facts.settle(ImportOption::Bar, Some(BarLength::Minute), options.bar)?;
    let unreadable = |source| ImportError::Unreadable { place: Place::record(0), source };
    let mut bytes = unpacked(source).map_err(unreadable)?;
    let instruments = Instruments {
        reader: SymbolReader::new(request.root, calendar),
        stated: options.contract,
        unmapped: None,
        format: request.format.name(),
    };
    if bytes.fill_buf().map_err(unreadable)?.starts_with(MAGIC) {
        dbn_rows::open(bytes, instruments, calendar)
    } else {
        check_text(&mut bytes)?;
        let rows = csv::Rows::new(bytes, instruments);
        Ok(Opened { rows: Box::new(rows), reading: BTreeMap::from([("encoding".to_owned(), "csv".to_owned())]) })
    }
}

/// The instruments of a file by what its records say.
struct Instruments<'a> {
    reader: SymbolReader<'a>,
    /// Contract of all rows, as the caller states.
    stated: Option<ContractSymbol>,
    /// Id of the rows that nothing but the caller's statement explains; there may be one.
    unmapped: Option<u32>,
    format: &'a str,
}

impl Instruments<'_> {
    /// The instrument of a record whose raw symbol is known, or of one with nothing but an id.
    fn of(&mut self, symbol: Option<&str>, id: u32, ts: i64, place: Place) -> Result<RowOf, ImportError> {
        match symbol {
            Some(symbol) => {
                let of = self.reader.instrument(symbol, UnixNanos::from_nanos(ts));
                self.check_stated(of, symbol, place)
            }
            None => match (self.stated, self.unmapped) {
                (None, _) => Ok(RowOf::Unknown),
                (Some(_), Some(first)) if first != id => {
                    let problem = format!("instrument id {id} beside {first}; a stated contract explains one id only");
                    Err(ImportError::Malformed { place, problem })
                }
                (Some(contract), _) => {
                    self.unmapped = Some(id);
                    Ok(RowOf::Contract(contract))
                }
            },
        }
    }

    /// Refuses a row of another contract than was stated.
    fn check_stated(&self, of: RowOf, symbol: &str, place: Place) -> Result<RowOf, ImportError> {
        match (self.stated, of) {
            (Some(stated), RowOf::Contract(found)) if stated != found => {
                let shown: String = symbol.chars().take(64).collect();
                let problem = format!("symbol {shown:?} is {found}; {stated} is stated of all rows");
                Err(ImportError::Malformed { place, problem })
            }
            (_, of) => Ok(of),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
