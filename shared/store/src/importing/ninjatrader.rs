//! NinjaTrader 8 exports of one-minute bars: `yyyyMMdd HHmmss;open;high;low;close;volume`, no header, stamped at the
//! bar's CLOSE in UTC, lines ended by LF or CRLF, plain or gzip.
//!
//! Not read: daily files (`yyyyMMdd;...`), tick files, `.Bid` and `.Ask` files (quotes, not trades), and continuous
//! files (`NQ ##-##`), which carry a roll rule that nothing here can check.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{ContractMonth, ContractRoot, ContractSymbol, Price, SymbolError, UnixNanos};

use super::options::Facts;
use super::text::{Lines, unpacked_name, unpacked_text};
use super::{
    BarLength, Extent, ImportError, ImportOption, ImportRequest, Opened, Place, Prices, RawRow, RowOf, RowSource,
    RowUnit, Stamp,
};

/// Longest line in bytes. A row has at most 79: a stamp of 15, four prices of 10 digits and 9 decimals would be more
/// than any index; longer lines mean a file without line ends, which must not be read into memory whole.
const LINE_BYTES_MAX: usize = 128;

const LAYOUT: &str = "\"yyyyMMdd HHmmss;open;high;low;close;volume\" with a whole minute is required";
const NAME: &str = "\"NQ 03-25.Last.txt\" or \"NQ 03-25.Last.txt.gz\" (root, month-year) is required";

/// The contract of a file, from its name without folders: `NQ 03-25.Last.txt.gz` is NQH2025.
///
/// # Errors
/// Where the name is of another root, of a continuous series, of quotes, or none of NinjaTrader's.
fn contract_of(file_name: &str, root: ContractRoot) -> Result<ContractSymbol, ImportError> {
    let refuse = |problem: &str| ImportError::FileName {
        file_name: file_name.chars().take(80).collect(),
        problem: problem.to_owned(),
    };
    let stem = unpacked_name(file_name).strip_suffix(".txt").ok_or_else(|| refuse(NAME))?;
    let (instrument, kind) = stem.rsplit_once('.').ok_or_else(|| refuse(NAME))?;
    match kind {
        "Last" => {}
        "Bid" | "Ask" => return Err(refuse("holds quotes, not trades; only .Last files are imported")),
        _ => return Err(refuse(NAME)),
    }
    let (name, expiry) = instrument.split_once(' ').ok_or_else(|| refuse(NAME))?;
    let found: ContractRoot = name.parse()?;
    if found != root {
        return Err(ImportError::OtherRoot { file_name: file_name.to_owned(), found, expected: root });
    }
    if expiry == "##-##" {
        return Err(SymbolError::Continuous { text: instrument.to_owned() }.into());
    }
    let (month, year) = expiry.split_once('-').ok_or_else(|| refuse(NAME))?;
    let number = |text: &str| -> Option<u16> {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    // NinjaTrader 8 came out in 2015 and numbers years from 2000.
    let symbol = number(month)
        .and_then(|month| ContractMonth::from_number(u32::from(month)))
        .zip(number(year))
        .and_then(|(month, year)| ContractSymbol::new(root, month, 2000 + year));
    symbol.ok_or_else(|| refuse(NAME))
}

/// Opens a file; all that there is to know of it stands in its name and in NinjaTrader's documentation.
pub(super) fn open<'a>(source: impl Read + 'a, request: &ImportRequest) -> Result<Opened<'a>, ImportError> {
    let options = request.options;
    let mut facts = Facts::of(request.format.name());
    facts.settle(ImportOption::TimeZone, Some(Tz::UTC), options.time_zone)?;
    facts.settle(ImportOption::Stamp, Some(Stamp::Close), options.stamp)?;
    facts.settle(ImportOption::Prices, Some(Prices::Raw), options.prices)?;
    facts.settle(ImportOption::Bar, Some(BarLength::Minute), options.bar)?;
    let contract = contract_of(&request.file_name, request.root)?;
    facts.settle(ImportOption::Contract, Some(contract), options.contract)?;
    let rows = Rows { lines: Lines::new(unpacked_text(source)?, LINE_BYTES_MAX, LAYOUT), contract };
    Ok(Opened { rows: Box::new(rows), reading: BTreeMap::new() })
}

/// The rows of one file.
struct Rows<R> {
    lines: Lines<R>,
    contract: ContractSymbol,
}

impl<R: BufRead> RowSource for Rows<R> {
    fn unit(&self) -> RowUnit {
        RowUnit::Line
    }

    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError> {
        let Some(text) = self.lines.next()? else { return Ok(None) };
        let bar = parse(text);
        let number = self.lines.number;
        let bar = bar.map_err(|problem| ImportError::Malformed { place: Place::line(number), problem })?;
        Ok(Some(RawRow { number, of: RowOf::Contract(self.contract), bar, extent: Extent::Minute }))
    }
}

fn parse(line: &str) -> Result<Bar, String> {
    let fields: Vec<&str> = line.split(';').collect();
    let [stamp, open, high, low, close, volume] = fields[..] else {
        let shown: String = line.chars().take(60).collect();
        return Err(format!("{shown:?} has {} fields of 6; {LAYOUT}", fields.len()));
    };
    let close_time = close_stamp(stamp).ok_or_else(|| format!("stamp {stamp:?}; {LAYOUT}"))?;
    let ts = close_time.checked_sub(Bars::DURATION_NS).ok_or_else(|| format!("stamp {stamp:?}; {LAYOUT}"))?;
    let price = |name: &str, text: &str| -> Result<i64, String> {
        text.parse::<Price>().map(Price::nanos).map_err(|error| format!("{name}: {error}"))
    };
    let is_count = !volume.is_empty() && volume.bytes().all(|byte| byte.is_ascii_digit());
    let volume = is_count
        .then(|| volume.parse().ok())
        .flatten()
        .ok_or_else(|| format!("volume {volume:?} is not a whole number from 0 to {}", i64::MAX))?;
    Ok(Bar {
        ts,
        open: price("open", open)?,
        high: price("high", high)?,
        low: price("low", low)?,
        close: price("close", close)?,
        volume,
    })
}

/// Nanoseconds of `yyyyMMdd HHmmss`, a whole minute.
fn close_stamp(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let is_shaped = bytes.len() == 15
        && bytes.iter().enumerate().all(|(at, byte)| if at == 8 { *byte == b' ' } else { byte.is_ascii_digit() });
    if !is_shaped {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().ok();
    let date = NaiveDate::from_ymd_opt(text[0..4].parse().ok()?, number(4, 6)?, number(6, 8)?)?;
    let time = NaiveTime::from_hms_opt(number(9, 11)?, number(11, 13)?, number(13, 15)?)?;
    let stamp = UnixNanos::from_nanos(date.and_time(time).and_utc().timestamp_nanos_opt()?);
    stamp.is_whole_minute().then(|| stamp.nanos())
}

#[cfg(test)]
mod tests;
