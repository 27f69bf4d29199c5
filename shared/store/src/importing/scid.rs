//! Sierra Chart's intraday files (`NQH24_FUT_CME.scid`): a header of 56 bytes, then records of 40 bytes, little endian.
//!
//! A record of a tick file is a trade at its close (its high and low are the ask and the bid, its open is 0 or says where
//! in a group of trades it stands); any other record is a bar with a start. Both become minutes by one rule: of the
//! records whose time lies in a minute, the first gives the open, the last the close, and volumes add up. Times are
//! microseconds since 1899-12-30, UTC. Prices are taken as they are: a feed that stores them in hundredths is refused for
//! its scale.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

use chrono_tz::Tz;
use peaktrade_continuous::Bar;
use peaktrade_domain::{Calendar, Price, UnixNanos};

use super::file_contract::FileContract;
use super::file_name::NameTemplate;
use super::options::Facts;
use super::text::{unpacked, unpacked_name};
use super::{
    BarLength, Extent, ImportError, ImportOption, ImportRequest, Opened, Place, Prices, RawRow, RowOf, RowSource,
    RowUnit, Stamp,
};

const MAGIC: &[u8] = b"SCID";
/// Bytes of the header that are known; a longer one is skipped to its end.
const HEADER_BYTES: usize = 56;
const HEADER_BYTES_MAX: u32 = 4_096;
const RECORD_BYTES: usize = 40;
/// Days from 1899-12-30 to the Unix epoch.
const DAYS_TO_EPOCH: i64 = 25_569;
/// Opens below this are no prices: -1.999e37 marks the first and the last trade of a group.
const OPEN_MARK: f32 = -1.0e37;

const NAMES: [&str; 4] = [
    "{root}{month}{yy}_fut_cme.scid",
    "{root}{month}{y}_fut_cme.scid",
    "{root}{month}{yy}.cme.scid",
    "{root}{month}{yy}.scid",
];

/// Opens a file; its zone and stamps are Sierra Chart's, and trades are raw by nature.
pub(super) fn open<'a>(
    source: impl Read + 'a,
    request: &'a ImportRequest,
    calendar: &'a Calendar,
) -> Result<Opened<'a>, ImportError> {
    let options = request.options;
    let name = unpacked_name(&request.file_name);
    let templates = NAMES.iter().filter_map(|template| NameTemplate::parse(template).ok());
    let named = templates.into_iter().find_map(|template| template.read(name));
    let contract = FileContract::new(request, named, calendar)?;
    let mut facts = Facts::of(request.format.name());
    facts.settle(ImportOption::TimeZone, Some(Tz::UTC), options.time_zone)?;
    facts.settle(ImportOption::Stamp, Some(Stamp::Open), options.stamp)?;
    facts.settle(ImportOption::Prices, Some(Prices::Raw), options.prices)?;
    facts.settle(ImportOption::Bar, Some(BarLength::Minute), options.bar)?;
    if !contract.is_named() {
        facts.settle(ImportOption::Contract, None, options.contract)?;
    }
    facts.complete()?;
    let unreadable = |source| ImportError::Unreadable { place: Place::record(0), source };
    let mut bytes = unpacked(source).map_err(unreadable)?;
    let version = skip_header(&mut bytes).map_err(unreadable)?;
    let reading = BTreeMap::from([("scid_version".to_owned(), version.to_string())]);
    Ok(Opened { rows: Box::new(Rows { bytes, contract, number: 0, last_bar: None, last_trade: None }), reading })
}

/// Skips the header; gives its version.
fn skip_header(bytes: &mut impl Read) -> io::Result<u16> {
    let mut header = [0_u8; HEADER_BYTES];
    bytes.read_exact(&mut header)?;
    let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let (header_bytes, record_bytes) = (number(4), number(8));
    let is_known = header.starts_with(MAGIC)
        && (56..=HEADER_BYTES_MAX).contains(&header_bytes)
        && usize::try_from(record_bytes) == Ok(RECORD_BYTES);
    if !is_known {
        return Err(io::Error::other(format!(
            "a header that begins with SCID, of 56 to {HEADER_BYTES_MAX} bytes, and records of {RECORD_BYTES} bytes are \
             required"
        )));
    }
    let more = u64::from(header_bytes) - HEADER_BYTES as u64;
    io::copy(&mut bytes.take(more), &mut io::sink())?;
    Ok(u16::from_le_bytes([header[12], header[13]]))
}

/// The records of one file.
struct Rows<'a, R> {
    bytes: R,
    contract: FileContract<'a>,
    /// Records read.
    number: u64,
    /// Start of the last record that is a bar.
    last_bar: Option<i64>,
    /// Time of the last record that is a trade.
    last_trade: Option<i64>,
}

impl<R: BufRead> RowSource for Rows<'_, R> {
    fn unit(&self) -> RowUnit {
        RowUnit::Record
    }

    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError> {
        let unreadable = |source| ImportError::Unreadable { place: Place::record(self.number), source };
        if self.bytes.fill_buf().map_err(unreadable)?.is_empty() {
            return Ok(None);
        }
        let mut record = [0_u8; RECORD_BYTES];
        self.bytes.read_exact(&mut record).map_err(unreadable)?;
        self.number += 1;
        let place = Place::record(self.number);
        let malformed = |problem: String| ImportError::Malformed { place, problem };
        let word = |at: usize| [record[at], record[at + 1], record[at + 2], record[at + 3]];
        let time = i64::from_le_bytes([
            record[0], record[1], record[2], record[3], record[4], record[5], record[6], record[7],
        ]);
        let ts = unix_nanos(time).ok_or_else(|| malformed(format!("time {time} lies beyond 2262")))?;
        let [open, high, low, close] = [8, 12, 16, 20].map(|at| f32::from_le_bytes(word(at)));
        let volume = i64::from(u32::from_le_bytes(word(28)));
        let price = |value: f32| {
            let price = Price::from_f64_exact(f64::from(value)).map(Price::nanos);
            price.ok_or_else(|| malformed(format!("price {value} is no price")))
        };
        let close = price(close)?;
        let is_trade = open == 0.0 || open < OPEN_MARK;
        // A bar counts the trades of its minute; with some of them beside it they would be counted twice.
        let other = if is_trade { self.last_bar } else { self.last_trade };
        if other.is_some_and(|other| minute_of(other) == minute_of(ts)) {
            let time = UnixNanos::from_nanos(ts);
            return Err(malformed(format!("a trade and a bar in the minute of {time}; one kind is required")));
        }
        let bar = if is_trade {
            self.last_trade = Some(ts);
            Bar { ts, open: close, high: close, low: close, close, volume }
        } else {
            // Bars of one start would add up to a bar that never was.
            if self.last_bar.replace(ts).is_some_and(|last| last >= ts) {
                let start = UnixNanos::from_nanos(ts);
                return Err(malformed(format!("a bar from {start} on does not come after the one before it")));
            }
            Bar { ts, open: price(open)?, high: price(high)?, low: price(low)?, close, volume }
        };
        let of = RowOf::Contract(self.contract.at(ts, place)?);
        Ok(Some(RawRow { number: self.number, of, bar, extent: Extent::Trade }))
    }
}

fn unix_nanos(microseconds: i64) -> Option<i64> {
    let epoch = DAYS_TO_EPOCH * 24 * 60 * 60 * 1_000_000;
    microseconds.checked_sub(epoch)?.checked_mul(1_000)
}

const fn minute_of(ts: i64) -> i64 {
    ts.div_euclid(UnixNanos::MINUTE)
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::UnixNanos;

    use super::DAYS_TO_EPOCH;
    use crate::importing::testing::{damage_everywhere, read, told};

    /// A file of records: time, open, high, low, close, volume.
    fn file(records: &[(&str, [f32; 4], u32)]) -> Vec<u8> {
        let mut bytes = b"SCID".to_vec();
        bytes.extend(56_u32.to_le_bytes());
        bytes.extend(40_u32.to_le_bytes());
        bytes.extend(1_u16.to_le_bytes());
        bytes.resize(56, 0);
        for (time, prices, volume) in records {
            let time: UnixNanos = time.parse().unwrap();
            let microseconds = time.nanos() / 1_000 + DAYS_TO_EPOCH * 86_400_000_000;
            bytes.extend(microseconds.to_le_bytes());
            for price in prices {
                bytes.extend(price.to_le_bytes());
            }
            for number in [1, *volume, 0, *volume] {
                bytes.extend(number.to_le_bytes());
            }
        }
        bytes
    }

    fn check(name: &str, bytes: &[u8], expected: Result<&str, &str>) {
        match (read("scid", name, &[], bytes), expected) {
            (Ok(file), Ok(expected)) => assert_eq!(told(&file), expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    const NAME: &str = "NQH24_FUT_CME.scid";

    #[test]
    fn trades_become_minutes_at_their_close() {
        let trade = |close: f32| [0.0, close + 0.25, close - 0.25, close];
        let first_of_group = [-1.999_001e37, 16_702.0, 16_701.0, 16_701.5];
        let trades = [
            ("2024-01-02T15:00:00.000001Z", trade(16_700.0), 1),
            ("2024-01-02T15:00:30Z", first_of_group, 2),
            ("2024-01-02T15:00:59.999999Z", trade(16_699.75), 3),
            ("2024-01-02T15:01:00Z", trade(16_700.0), 4),
            ("2024-01-02T22:30:00Z", trade(16_700.0), 5),
        ];
        check(
            NAME,
            &file(&trades),
            Ok("NQH2024: 01-02T15:00 16699.75 x6; 01-02T15:01 16700 x4; 4 kept, 1 out of session"),
        );
        let bars = &read("scid", NAME, &[], &file(&trades)).unwrap().contracts[0].bars;
        assert_eq!(
            (bars.open[0], bars.high[0], bars.low[0]),
            (16_700_000_000_000, 16_701_500_000_000, 16_699_750_000_000)
        );
    }

    #[test]
    fn bars_are_taken_from_their_start() {
        let bar = [16_700.0, 16_701.0, 16_699.0, 16_700.5];
        let bars = [("2024-01-02T15:00:00Z", bar, 7), ("2024-01-02T15:01:00Z", bar, 8)];
        check(NAME, &file(&bars), Ok("NQH2024: 01-02T15:00 16700.5 x7; 01-02T15:01 16700.5 x8; 2 kept"));
        let trade = |time: &'static str| (time, [0.0, 16_700.25, 16_700.0, 16_700.0], 1);
        let told = "NQH2024: 01-02T15:00 16700.5 x7; 01-02T15:01 16700 x1; 2 kept";
        check(NAME, &file(&[bars[0], trade("2024-01-02T15:01:00Z")]), Ok(told));
        let both = Err("record 2: a trade and a bar in the minute of 2024-01-02T15:00");
        check(NAME, &file(&[bars[0], trade("2024-01-02T15:00:59Z")]), both);
        check(NAME, &file(&[trade("2024-01-02T15:00:00Z"), bars[0]]), both);
        let twice = [bars[0], bars[0]];
        check(NAME, &file(&twice), Err("record 2: a bar from 2024-01-02T15:00:00Z on does not come after"));
    }

    #[test]
    fn a_damaged_file_is_read_or_refused() {
        let bar = [16_700.0, 16_701.0, 16_699.0, 16_700.5];
        let records = [("2024-01-02T15:00:00Z", bar, 7), ("2024-01-02T15:01:00Z", [0.0, 0.0, 0.0, 16_700.0], 8)];
        damage_everywhere("scid", NAME, &[], &file(&records));
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let one = file(&[("2024-01-02T15:00:00Z", [0.0, 0.0, 0.0, 16_700.0], 1)]);
        check("NQ.scid", &one, Err("does not tell its contract"));
        check("MNQH24_FUT_CME.scid", &one, Err("is of root MNQ"));
        check(NAME, &one[..one.len() - 1], Err("after record 0"));
        check(NAME, &one[..56], Err("the file is empty"));
        check(NAME, &one[..40], Err("after record 0"));
        check(
            NAME,
            b"SCIDSCIDSCIDSCIDSCIDSCIDSCIDSCIDSCIDSCIDSCIDSCIDSCIDSCIDSCID",
            Err("a header that begins with SCID"),
        );
        let scaled = file(&[("2024-01-02T15:00:00Z", [0.0, 0.0, 0.0, 1_670_000.0], 1)]);
        check(NAME, &scaled, Err("record 1: price 1670000 is outside 700 to 69000"));
        let nothing = file(&[("2024-01-02T15:00:00Z", [0.0, 0.0, 0.0, f32::NAN], 1)]);
        check(NAME, &nothing, Err("record 1: price NaN is no price"));
    }
}
