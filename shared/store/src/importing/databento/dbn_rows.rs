//! DBN, Databento's binary encoding, through its own crate.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead, Read};

use dbn::decode::{DbnMetadata as _, DecodeRecordRef as _};
use dbn::{InstrumentDefMsg, OhlcvMsg, RType, SType, Schema, TsSymbolMap, VersionUpgradePolicy};
use peaktrade_continuous::Bar;
use peaktrade_domain::Calendar;

use super::{Instruments, definitions};
use crate::importing::foreign_decoder;
use crate::importing::{Extent, ImportError, Opened, Place, RawRow, RowOf, RowSource, RowUnit};

/// Bytes of metadata at most: the mappings of a whole exchange over years have some ten million. The length stands in the
/// file, and the decoder makes room for it before it reads.
const METADATA_BYTES_MAX: u32 = 64 << 20;
/// The dataset that holds the product.
const DATASET: &str = "GLBX.MDP3";
/// Definitions remembered at most: more than the exchange has instruments in a year.
const DEFINITIONS_MAX: usize = 1 << 20;

/// A file that begins as DBN does, its metadata read.
pub(super) struct Head<B> {
    pub(super) decoder: dbn::decode::dbn::Decoder<Watched<Whole<B>>>,
    pub(super) symbols: TsSymbolMap,
    version: u8,
    schema: Option<Schema>,
}

/// The file with the first bytes put back.
pub(super) type Whole<B> = io::Chain<io::Cursor<[u8; 8]>, B>;

/// Opens a file of bars that begins as DBN does.
pub(super) fn open<'a>(
    bytes: impl BufRead + 'a,
    instruments: Instruments<'a>,
    calendar: &'a Calendar,
) -> Result<Opened<'a>, ImportError> {
    let Head { decoder, symbols, version, schema } = read_head(bytes, |schema| match schema {
        None | Some(Schema::Ohlcv1M | Schema::Ohlcv1S) => Ok(()),
        Some(other) => Err(format!("its schema is {other}; ohlcv-1m or ohlcv-1s is required")),
    })?;
    let reading = BTreeMap::from([
        ("dbn_version".to_owned(), version.to_string()),
        ("encoding".to_owned(), "dbn".to_owned()),
        ("schema".to_owned(), schema.map_or_else(|| "mixed".to_owned(), |schema| schema.to_string())),
    ]);
    let rows = Rows { decoder, symbols, definitions: HashMap::new(), instruments, calendar, number: 0 };
    Ok(Opened { rows: Box::new(rows), reading })
}

/// Reads the metadata; `check_schema` says which schemas are read.
pub(super) fn read_head<B: BufRead>(
    mut bytes: B,
    check_schema: impl FnOnce(Option<Schema>) -> Result<(), String>,
) -> Result<Head<B>, ImportError> {
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
    let mut decoder =
        decoded(0, || dbn::decode::dbn::Decoder::with_upgrade_policy(watched, VersionUpgradePolicy::AsIs))?;
    let metadata = decoder.metadata();
    let (version, schema) = (metadata.version, metadata.schema);
    check_metadata(metadata)?;
    check_schema(schema).map_err(|problem| ImportError::Unfit { problem })?;
    let symbols = decoded(0, || metadata.symbol_map())?;
    decoded(0, || decoder.set_upgrade_policy(VersionUpgradePolicy::UpgradeToV3))?;
    Ok(Head { decoder, symbols, version, schema })
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
    Ok(())
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
            let Self { decoder, symbols, definitions: explained, instruments, calendar, number } = self;
            let record = decoded(*number, || decoder.decode_record_ref())?;
            let Some(record) = record else { return self.end() };
            *number += 1;
            let place = Place::record(*number);
            if let Ok(bar) = record.try_get::<OhlcvMsg>() {
                return row(bar, symbols, explained, instruments, place).map(Some);
            }
            if let Ok(definition) = record.try_get::<InstrumentDefMsg>() {
                if explained.len() >= DEFINITIONS_MAX {
                    let problem = format!("it holds definitions of more than {DEFINITIONS_MAX} instruments");
                    return Err(ImportError::Unfit { problem });
                }
                let of = definitions::instrument(definition, instruments, calendar, place)?;
                explained.insert(definition.hd.instrument_id, of);
            } else {
                check_size(record).map_err(|problem| ImportError::Malformed { place, problem })?;
                decoded(place.number, || symbols.on_record(record))?;
            }
        }
    }
}

impl<R: Read> Rows<'_, R> {
    /// The end of the file, which the decoder does not tell from one that was cut off within a record.
    fn end(&self) -> Result<Option<RawRow>, ImportError> {
        self.decoder.get_ref().check_end(self.number).map(|()| None)
    }
}

/// Refuses a record shorter than its kind, which would be passed over: a bar whose kind is damaged is one.
fn check_size(record: dbn::RecordRef<'_>) -> Result<(), String> {
    let required = match record.header().rtype() {
        Ok(RType::InstrumentDef) => size_of::<InstrumentDefMsg>(),
        Ok(RType::SymbolMapping) => size_of::<dbn::SymbolMappingMsg>(),
        Ok(RType::Error) => size_of::<dbn::ErrorMsg>(),
        Ok(RType::System) => size_of::<dbn::SystemMsg>(),
        _ => return Ok(()),
    };
    match record.header().record_size() {
        size if size < required => {
            Err(format!("a record of kind {:#04x} has {size} bytes; {required} are required", record.header().rtype))
        }
        _ => Ok(()),
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
        Ok(RType::Ohlcv1S) => Extent::Second,
        _ => return Err(malformed(format!("record type {:#04x}; bars of 1m or 1s are required", record.hd.rtype))),
    };
    let ts = i64::try_from(record.hd.ts_event).map_err(|_| malformed("its stamp lies beyond 2262".to_owned()))?;
    extent.check_stamp(ts).map_err(malformed)?;
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

/// Work of the DBN decoder after some records, which panics on records that are shorter than their kind.
pub(super) fn decoded<T>(number: u64, work: impl FnOnce() -> dbn::Result<T>) -> Result<T, ImportError> {
    let done = foreign_decoder::decoded("a record after it is shorter than its kind", work);
    done.map_err(|source| ImportError::Unreadable { place: Place::record(number), source })
}

/// A reader that follows the records it passes on, so that a file that is cut off within one is told, and that turns the
/// end of a cut-off packing into an error that the decoder does not take for the end of the file.
pub(super) struct Watched<R> {
    source: R,
    /// Bytes to the end of the metadata or of the current record.
    left: u64,
}

/// Bytes for each unit of the length in a record's first byte.
const LENGTH_UNIT: u64 = 4;

impl<R> Watched<R> {
    /// Refuses an end of the file that lies within a record.
    pub(super) fn check_end(&self, number: u64) -> Result<(), ImportError> {
        match self.left {
            0 => Ok(()),
            left => {
                let source = io::Error::other(format!("the file is cut off, {left} bytes before the end of a record"));
                Err(ImportError::Unreadable { place: Place::record(number), source })
            }
        }
    }
}

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
