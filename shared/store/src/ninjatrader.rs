//! NinjaTrader 8 exports of one-minute bars: `yyyyMMdd HHmmss;open;high;low;close;volume`, no header, stamped at the
//! bar's CLOSE in UTC, lines ended by LF or CRLF, plain or gzip.
//!
//! Not read: daily files (`yyyyMMdd;...`), tick files, `.Bid` and `.Ask` files (quotes, not trades), and continuous
//! files (`NQ ##-##`), which carry a roll rule that nothing here can check.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use chrono::{NaiveDate, NaiveTime};
use flate2::read::MultiGzDecoder;
use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, ContractMonth, ContractRoot, ContractSymbol, Price, SymbolError, UnixNanos};

use crate::importing::{ImportError, ImportedFile, RowSorter};

/// Name of the format in requests and manifests.
pub const FORMAT: &str = "ninjatrader";

/// Longest line in bytes. A row has at most 79: a stamp of 15, four prices of 10 digits and 9 decimals would be more
/// than any index; longer lines mean a file without line ends, which must not be read into memory whole.
const LINE_BYTES_MAX: usize = 128;

const LAYOUT: &str = "\"yyyyMMdd HHmmss;open;high;low;close;volume\" with a whole minute is required";
const NAME: &str = "\"NQ 03-25.Last.txt\" or \"NQ 03-25.Last.txt.gz\" (root, month-year) is required";
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The contract of a file, from its name without folders: `NQ 03-25.Last.txt.gz` is NQH2025.
///
/// # Errors
/// Where the name is of another root, of a continuous series, of quotes, or none of NinjaTrader's.
pub fn contract_of(file_name: &str, root: ContractRoot) -> Result<ContractSymbol, ImportError> {
    let refuse = |problem: &str| ImportError::FileName {
        file_name: file_name.chars().take(80).collect(),
        problem: problem.to_owned(),
    };
    let stem = file_name.strip_suffix(".gz").unwrap_or(file_name);
    let stem = stem.strip_suffix(".txt").ok_or_else(|| refuse(NAME))?;
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

/// Reads a file line by line; whether it is gzip is seen from its first bytes, not from its name.
///
/// # Errors
/// Names the first line that is not of the format or cannot be a bar of the contract; nothing is imported then.
pub fn read(source: impl Read, contract: ContractSymbol, calendar: &Calendar) -> Result<ImportedFile, ImportError> {
    let mut sorter = RowSorter::new(contract, calendar)?;
    let mut lines = Lines::new(plain(source).map_err(|source| ImportError::Unreadable { line: 0, source })?);
    while let Some(text) = lines.next()? {
        let bar = parse(text).map_err(|problem| ImportError::Malformed { line: lines.number, problem })?;
        sorter.take(lines.number, bar)?;
    }
    sorter.finish(FORMAT)
}

/// The file's text, uncompressed.
fn plain<'a>(mut source: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut head = [0_u8; 2];
    let mut filled = 0;
    while filled < head.len() {
        match source.read(&mut head[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    let whole = Cursor::new(head[..filled].to_vec()).chain(source);
    Ok(if head[..filled] == GZIP_MAGIC {
        Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(whole))))
    } else {
        Box::new(BufReader::new(whole))
    })
}

/// Lines of bounded length.
struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(source: R) -> Self {
        Self { source, buffer: Vec::with_capacity(LINE_BYTES_MAX), number: 0 }
    }

    /// The next line without its end; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<&str>, ImportError> {
        self.buffer.clear();
        let read = self.source.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|source| ImportError::Unreadable { line: self.number, source })?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let malformed = |problem: String| ImportError::Malformed { line: self.number, problem };
        let text = match self.buffer.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
            None if read == LINE_BYTES_MAX => {
                return Err(malformed(format!("longer than {LINE_BYTES_MAX} bytes; {LAYOUT}")));
            }
            // The last line of a file may lack its end.
            None => &self.buffer,
        };
        match std::str::from_utf8(text) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(malformed(format!("not UTF-8; {LAYOUT}"))),
        }
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
