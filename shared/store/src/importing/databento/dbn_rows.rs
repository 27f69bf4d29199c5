//! DBN, Databento's binary encoding, through its own crate.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Read};

use dbn::decode::{DbnMetadata as _, DecodeRecordRef as _};
use dbn::{InstrumentDefMsg, OhlcvMsg, RType, SType, Schema, TsSymbolMap, VersionUpgradePolicy};
use peaktrade_continuous::Bar;
use peaktrade_domain::{Calendar, ContractMonth, ContractSymbol, UnixNanos};

use super::Instruments;
use crate::importing::{Extent, ImportError, Opened, Place, RawRow, RowOf, RowSource, RowUnit};

/// Bytes of metadata at most: the mappings of a whole exchange over years have some ten million. The length stands in the
/// file, and the decoder makes room for it before it reads.
const METADATA_BYTES_MAX: u32 = 64 << 20;
/// The dataset that holds the product.
const DATASET: &str = "GLBX.MDP3";
/// Definitions remembered at most: more than the exchange has instruments in a year.
const DEFINITIONS_MAX: usize = 1 << 20;

/// Opens a file that begins as DBN does.
pub(super) fn open<'a>(
    mut bytes: impl BufRead + 'a,
    instruments: Instruments<'a>,
    calendar: &'a Calendar,
) -> Result<Opened<'a>, ImportError> {
    let mut prelude = [0_u8; 8];
    let unreadable = |source| ImportError::Unreadable { place: Place::record(0), source };
    bytes.read_exact(&mut prelude).map_err(unreadable)?;
    let [_, _, _, _, length @ ..] = prelude;
    let length = u32::from_le_bytes(length);
    if length > METADATA_BYTES_MAX {
        let problem = format!("its metadata has {length} bytes; at most {METADATA_BYTES_MAX} are read");
        return Err(ImportError::Unfit { problem });
    }
    let head = u64::from(length) + prelude.len() as u64;
    let watched = Watched { source: io::Cursor::new(prelude).chain(bytes), left: head };
    // The version is read before records are upgraded: afterwards the metadata says what they became.
    let mut decoder = dbn::decode::dbn::Decoder::with_upgrade_policy(watched, VersionUpgradePolicy::AsIs)
        .map_err(|error| damaged(0, &error))?;
    let metadata = decoder.metadata();
    let (version, schema) = (metadata.version, metadata.schema);
    check_metadata(metadata)?;
    let symbols = metadata.symbol_map().map_err(|error| damaged(0, &error))?;
    decoder.set_upgrade_policy(VersionUpgradePolicy::UpgradeToV3).map_err(|error| damaged(0, &error))?;
    let reading = BTreeMap::from([
        ("dbn_version".to_owned(), version.to_string()),
        ("encoding".to_owned(), "dbn".to_owned()),
        ("schema".to_owned(), schema.map_or_else(|| "mixed".to_owned(), |schema| schema.to_string())),
    ]);
    let rows = Rows { decoder, symbols, definitions: HashMap::new(), instruments, calendar, number: 0 };
    Ok(Opened { rows: Box::new(rows), reading })
}

fn check_metadata(metadata: &dbn::Metadata) -> Result<(), ImportError> {
    let refuse = |problem: String| Err(ImportError::Unfit { problem });
    if !(1..=3).contains(&metadata.version) {
        return refuse(format!("its DBN version is {}; 1 to 3 are read", metadata.version));
    }
    if metadata.dataset != DATASET {
        return refuse(format!("its dataset is {:?}; {DATASET} is required", metadata.dataset));
    }
    if metadata.stype_in == Some(SType::Continuous) {
        return refuse(
            "it was requested by continuous symbols, whose rolls cannot be checked; raw symbols or a parent are required"
                .to_owned(),
        );
    }
    match metadata.schema {
        None | Some(Schema::Ohlcv1M | Schema::Ohlcv1S) => Ok(()),
        Some(other) => refuse(format!("its schema is {other}; ohlcv-1m or ohlcv-1s is required")),
    }
}

/// The rows of one file: its bars. Records of other kinds explain instruments or are none of bars.
struct Rows<'a, R> {
    decoder: dbn::decode::dbn::Decoder<Watched<R>>,
    symbols: TsSymbolMap,
    /// What definitions say, by id; the newest holds.
    definitions: HashMap<u32, RowOf>,
    instruments: Instruments<'a>,
    calendar: &'a Calendar,
    /// Records read.
    number: u64,
}

impl<R: Read> RowSource for Rows<'_, R> {
    fn unit(&self) -> RowUnit {
        RowUnit::Record
    }

    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError> {
        loop {
            let Self { decoder, symbols, definitions, instruments, calendar, number, .. } = self;
            let record = decoder.decode_record_ref().map_err(|error| damaged(*number, &error))?;
            let Some(record) = record else { return self.end() };
            *number += 1;
            let place = Place::record(*number);
            if let Ok(bar) = record.try_get::<OhlcvMsg>() {
                return row(bar, symbols, definitions, instruments, place).map(Some);
            }
            if let Ok(definition) = record.try_get::<InstrumentDefMsg>() {
                if definitions.len() >= DEFINITIONS_MAX {
                    definitions.clear();
                }
                definitions.insert(definition.hd.instrument_id, defined(definition, instruments, calendar, place)?);
            } else {
                symbols.on_record(record).map_err(|error| damaged(place.number, &error))?;
            }
        }
    }
}

impl<R: Read> Rows<'_, R> {
    /// The end of the file, which the decoder does not tell from one that was cut off within a record.
    fn end(&self) -> Result<Option<RawRow>, ImportError> {
        match self.decoder.get_ref().left {
            0 => Ok(None),
            left => {
                let source = io::Error::other(format!("the file is cut off, {left} bytes before the end of a record"));
                Err(ImportError::Unreadable { place: Place::record(self.number), source })
            }
        }
    }
}

fn row(
    record: &OhlcvMsg,
    symbols: &TsSymbolMap,
    definitions: &HashMap<u32, RowOf>,
    instruments: &mut Instruments<'_>,
    place: Place,
) -> Result<RawRow, ImportError> {
    let malformed = |problem: String| ImportError::Malformed { place, problem };
    let extent = match record.hd.rtype() {
        Ok(RType::Ohlcv1M) => Extent::Minute,
        Ok(RType::Ohlcv1S) => Extent::Part,
        _ => return Err(malformed(format!("record type {:#04x}; bars of 1m or 1s are required", record.hd.rtype))),
    };
    let ts = i64::try_from(record.hd.ts_event).map_err(|_| malformed("its stamp lies beyond 2262".to_owned()))?;
    if extent == Extent::Minute && !UnixNanos::from_nanos(ts).is_whole_minute() {
        return Err(malformed(format!("{} is not a whole minute", UnixNanos::from_nanos(ts))));
    }
    let volume = i64::try_from(record.volume).map_err(|_| malformed(format!("volume {}", record.volume)))?;
    let id = record.hd.instrument_id;
    let of = match definitions.get(&id) {
        Some(of) => instruments.check_stated(*of, &format!("id {id}"), place)?,
        None => {
            let symbol = symbols.get_for_ts(record.hd.ts_event, id).map(String::as_str);
            instruments.of(symbol, id, ts, place)?
        }
    };
    let bar = Bar { ts, open: record.open, high: record.high, low: record.low, close: record.close, volume };
    Ok(RawRow { number: place.number, of, bar, extent })
}

/// What a definition says of its id. Its year has four digits, and its expiry must be the calendar's: the end of trading
/// decides which bars are kept and when a series rolls.
fn defined(
    definition: &InstrumentDefMsg,
    instruments: &Instruments<'_>,
    calendar: &Calendar,
    place: Place,
) -> Result<RowOf, ImportError> {
    match u8::try_from(definition.instrument_class).unwrap_or(0) {
        b'F' => {}
        b'S' | b'T' | b'M' => return Ok(RowOf::Spread),
        _ => return Ok(RowOf::Unknown),
    }
    let month = ContractMonth::from_number(u32::from(definition.maturity_month));
    let root = definition.asset().ok().and_then(|asset| asset.parse().ok());
    let contract = root.zip(month).and_then(|(root, month)| ContractSymbol::new(root, month, definition.maturity_year));
    let Some(RowOf::Contract(contract)) = contract.map(|contract| instruments.reader.of_contract(contract)) else {
        return Ok(RowOf::Unknown);
    };
    let expected = calendar.last_trade_time(contract).map_err(|source| ImportError::Calendar { place, source })?;
    let date = |instant: UnixNanos| instant.to_datetime().date_naive();
    let expiration = i64::try_from(definition.expiration).ok().map(UnixNanos::from_nanos);
    match expiration {
        Some(expiration) if date(expiration) == date(expected) => Ok(RowOf::Contract(contract)),
        _ => {
            let found = expiration.map_or_else(|| "never".to_owned(), |instant| instant.to_string());
            let problem = format!("the definition of {contract} expires {found}, the calendar has {expected}");
            Err(ImportError::Malformed { place, problem })
        }
    }
}

fn damaged(number: u64, error: &dbn::Error) -> ImportError {
    ImportError::Unreadable { place: Place::record(number), source: io::Error::other(error.to_string()) }
}

/// A reader that follows the records it passes on, so that a file that is cut off within one is told, and that turns the
/// end of a cut-off packing into an error that the decoder does not take for the end of the file.
struct Watched<R> {
    source: R,
    /// Bytes to the end of the metadata or of the current record.
    left: u64,
}

/// Bytes for each unit of the length in a record's first byte.
const LENGTH_UNIT: u64 = 4;

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("the compressed file is cut off"),
            _ => error,
        })?;
        let mut rest = &buffer[..read];
        while let Some(first) = rest.first() {
            if self.left == 0 {
                // A length of nothing would be read for ever; the decoder refuses it in its own words.
                self.left = u64::from(*first).max(1) * LENGTH_UNIT;
            }
            let passed = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
            rest = &rest[passed..];
            self.left -= passed as u64;
        }
        Ok(read)
    }
}
