//! Lean's minute files of futures: `20200106_trade.zip`, in it one text per contract, `20200106_es_minute_trade_202003.csv`.
//!
//! Rows are `milliseconds,open,high,low,close,volume`, stamped at the open, in milliseconds since midnight UTC. Rows are
//! counted through all texts in the order of the archive. Hourly and daily files and quotes are refused.

mod directory;

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek};

use chrono::NaiveDate;
use chrono_tz::Tz;
use peaktrade_continuous::Bar;
use peaktrade_domain::{Calendar, ContractMonth, ContractSymbol, Price, UnixNanos};
use zip::ZipArchive;

use super::options::Facts;
use super::symbols::SymbolReader;
use super::text::Lines;
use super::{
    BarLength, Extent, ImportError, ImportOption, ImportRequest, Opened, Place, Prices, RawRow, RowOf, RowSource,
    RowUnit, Stamp,
};

/// Texts of one archive at most: a product lists fewer contracts at a time.
const TEXTS_MAX: usize = 256;
/// Bytes of one text at most: twenty times a full day of minutes.
const TEXT_BYTES_MAX: u64 = 2 << 20;
const LINE_BYTES_MAX: usize = 128;
const LAYOUT: &str = "\"milliseconds,open,high,low,close,volume\" with a whole minute is required";
const NAME: &str = "\"yyyyMMdd_nq_minute_trade_yyyyMM.csv\" (day, root, contract month) is required";
const MILLISECOND: i64 = 1_000_000;
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;

/// Opens an archive; Lean fixes every fact of its files.
pub(super) fn open<'a>(
    mut source: impl Read + Seek + 'a,
    request: &'a ImportRequest,
    calendar: &'a Calendar,
) -> Result<Opened<'a>, ImportError> {
    let options = request.options;
    let mut facts = Facts::of(request.format.name());
    facts.settle(ImportOption::TimeZone, Some(Tz::UTC), options.time_zone)?;
    facts.settle(ImportOption::Stamp, Some(Stamp::Open), options.stamp)?;
    facts.settle(ImportOption::Prices, Some(Prices::Raw), options.prices)?;
    facts.settle(ImportOption::Bar, Some(BarLength::Minute), options.bar)?;
    directory::check(&mut source, TEXTS_MAX)?;
    let archive = ZipArchive::new(source).map_err(|error| damaged(0, &error))?;
    let rows = Rows {
        archive,
        symbols: SymbolReader::new(request.root, calendar),
        stated: options.contract,
        next: 0,
        text: None,
        number: 0,
    };
    Ok(Opened { rows: Box::new(rows), reading: BTreeMap::new() })
}

/// The rows of one archive.
struct Rows<'a, R> {
    archive: ZipArchive<R>,
    symbols: SymbolReader<'a>,
    /// Contract of all rows, as the caller states.
    stated: Option<ContractSymbol>,
    /// Text to open after this one.
    next: usize,
    text: Option<Text>,
    /// Rows read.
    number: u64,
}

/// One text of an archive.
struct Text {
    lines: Lines<Cursor<Vec<u8>>>,
    of: RowOf,
    /// Midnight of its day, nanoseconds since the Unix epoch.
    midnight: i64,
}

impl<R: Read + Seek> RowSource for Rows<'_, R> {
    fn unit(&self) -> RowUnit {
        RowUnit::Line
    }

    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError> {
        loop {
            let Some(text) = &mut self.text else {
                if self.next >= self.archive.len() {
                    return Ok(None);
                }
                self.text = Some(self.open_next()?);
                continue;
            };
            let Some(line) = text.lines.next()? else {
                self.text = None;
                continue;
            };
            self.number += 1;
            let bar = parse(line, text.midnight);
            let place = Place::line(self.number);
            let bar = bar.map_err(|problem| ImportError::Malformed { place, problem })?;
            return Ok(Some(RawRow { number: self.number, of: text.of, bar, extent: Extent::Minute }));
        }
    }
}

impl<R: Read + Seek> Rows<'_, R> {
    fn open_next(&mut self) -> Result<Text, ImportError> {
        let number = self.number;
        let mut entry = self.archive.by_index(self.next).map_err(|error| damaged(number, &error))?;
        self.next += 1;
        let name = entry.name().map_err(|error| damaged(number, &error))?.into_owned();
        let (contract, date) = read_name(&name)?;
        let mut bytes = Vec::new();
        let read = entry.by_ref().take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes);
        let unreadable = |source| ImportError::Unreadable { place: Place::line(number), source };
        if read.map_err(unreadable)? as u64 > TEXT_BYTES_MAX {
            let problem = format!("its text {name:?} has more than {TEXT_BYTES_MAX} bytes");
            return Err(ImportError::Unfit { problem });
        }
        let of = self.symbols.of_contract(contract);
        if self.stated.is_some_and(|stated| of == RowOf::Contract(contract) && stated != contract) {
            let problem = format!("its text {name:?} is of {contract}; another contract is stated of all rows");
            return Err(ImportError::Unfit { problem });
        }
        let midnight = date.and_hms_opt(0, 0, 0).and_then(|midnight| midnight.and_utc().timestamp_nanos_opt());
        let midnight = midnight.ok_or_else(|| unfit_name(&name))?;
        Ok(Text { lines: Lines::new(Cursor::new(bytes), LINE_BYTES_MAX, LAYOUT), of, midnight })
    }
}

/// Contract and day of a text's name.
fn read_name(name: &str) -> Result<(ContractSymbol, NaiveDate), ImportError> {
    let refuse = || unfit_name(name);
    let parts: Vec<&str> = name.strip_suffix(".csv").ok_or_else(refuse)?.split('_').collect();
    let [date, root, "minute", "trade", month] = parts[..] else { return Err(refuse()) };
    let is_month = month.len() == 6 && month.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month) = if is_month { month.split_at(4) } else { return Err(refuse()) };
    let root = root.to_ascii_uppercase().parse().map_err(|_| refuse())?;
    let contract = month
        .parse()
        .ok()
        .and_then(ContractMonth::from_number)
        .zip(year.parse().ok())
        .and_then(|(month, year)| ContractSymbol::new(root, month, year));
    let date = NaiveDate::parse_from_str(date, "%Y%m%d").ok();
    contract.zip(date).ok_or_else(refuse)
}

fn unfit_name(name: &str) -> ImportError {
    let shown: String = name.chars().take(80).collect();
    ImportError::Unfit { problem: format!("its text is called {shown:?}; {NAME}") }
}

fn parse(line: &str, midnight: i64) -> Result<Bar, String> {
    let fields: Vec<&str> = line.split(',').collect();
    let [stamp, open, high, low, close, volume] = fields[..] else {
        return Err(format!("{} fields of 6; {LAYOUT}", fields.len()));
    };
    let number = |text: &str| -> Option<i64> {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    let ts = number(stamp)
        .filter(|milliseconds| *milliseconds < DAY_MILLISECONDS)
        .and_then(|milliseconds| midnight.checked_add(milliseconds * MILLISECOND))
        .filter(|ts| UnixNanos::from_nanos(*ts).is_whole_minute())
        .ok_or_else(|| format!("stamp {stamp:?}; {LAYOUT}"))?;
    let price = |name: &str, text: &str| -> Result<i64, String> {
        text.parse::<Price>().map(Price::nanos).map_err(|error| format!("{name}: {error}"))
    };
    // Lean writes volumes as decimals where they were summed as such.
    let whole = volume.strip_suffix(".0").unwrap_or(volume);
    Ok(Bar {
        ts,
        open: price("open", open)?,
        high: price("high", high)?,
        low: price("low", low)?,
        close: price("close", close)?,
        volume: number(whole).ok_or_else(|| format!("volume {volume:?} is not a whole number from 0 on"))?,
    })
}

fn damaged(number: u64, error: &zip::result::ZipError) -> ImportError {
    ImportError::Unreadable { place: Place::line(number), source: io::Error::other(error.to_string()) }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::write::SimpleFileOptions;

    use crate::importing::testing::{damage_everywhere, read, told};

    fn archive(texts: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in texts {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn check(texts: &[(&str, &str)], expected: Result<&str, &str>) {
        match (read("lean", "20240102_trade.zip", &[], &archive(texts)), expected) {
            (Ok(file), Ok(expected)) => assert_eq!(told(&file), expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn each_text_is_a_contract_of_one_day_from_midnight_utc() {
        let march = "54000000,16700.25,16701,16700,16700.5,12\n81000000,16700.25,16701,16700,16700.5,1\n";
        check(
            &[
                ("20240102_nq_minute_trade_202406.csv", "54060000,16900,16900,16900,16900,3.0\n"),
                ("20240102_nq_minute_trade_202403.csv", march),
                ("20240102_es_minute_trade_202403.csv", "54000000,4700,4700,4700,4700,1\n"),
            ],
            Ok(
                "NQH2024: 01-02T15:00 16700.5 x12; NQM2024: 01-02T15:01 16900 x3; 2 kept, 1 out of session, 1 unknown symbol",
            ),
        );
    }

    #[test]
    fn a_damaged_archive_is_read_or_refused() {
        let text = "54000000,16700.25,16701,16700,16700.5,12\n54060000,16700,16700,16700,16700,1\n";
        damage_everywhere("lean", "x.zip", &[], &archive(&[("20240102_nq_minute_trade_202403.csv", text)]));
    }

    #[test]
    fn what_is_no_minute_of_trades_is_refused() {
        let name = "20240102_nq_minute_trade_202403.csv";
        for bad in ["nq_trade_202403.csv", "20240102_nq_minute_quote_202403.csv", "20240102_nq_minute_trade_20240.csv"]
        {
            check(&[(bad, "0,1,1,1,1,1\n")], Err("its text is called"));
        }
        check(&[(name, "54000001,16700,16700,16700,16700,1\n")], Err("line 1: stamp \"54000001\""));
        check(&[(name, "86400000,16700,16700,16700,16700,1\n")], Err("line 1: stamp \"86400000\""));
        check(&[(name, "54000000,16700,16700,16700,16700\n")], Err("line 1: 5 fields of 6"));
        check(&[(name, "")], Err("the file is empty"));
        check(&[], Err("the file is empty"));
        let names: Vec<String> = (0..257).map(|number| format!("{number}.csv")).collect();
        let texts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        check(&texts, Err("it holds 257 texts; at most 256 are read"));
        check(&texts[..256], Err("its text is called \"0.csv\""));
        let whole = archive(&[(name, "54000000,16700,16700,16700,16700,1\n")]);
        for cut in [0, 10, whole.len() - 5] {
            assert!(read("lean", "x.zip", &[], &whole[..cut]).is_err(), "{cut}");
        }
    }
}
