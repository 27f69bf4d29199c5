//! DBN files, byte by byte from the format's description.

use std::ffi::c_char;

use dbn::InstrumentDefMsg;
use peaktrade_domain::UnixNanos;

pub(crate) const OHLCV_1S: u16 = 5;
pub(crate) const OHLCV_1M: u16 = 6;
pub(crate) const STATISTICS: u16 = 10;
pub(crate) const OHLCV_1H: u16 = 7;
const RAW_SYMBOL: u8 = 1;
pub(crate) const CONTINUOUS: u8 = 3;

/// A DBN file.
pub(crate) struct File {
    pub(crate) version: u8,
    pub(crate) schema: u16,
    pub(crate) stype_in: u8,
    /// Symbol, id, first day, day after the last.
    pub(crate) mappings: Vec<(&'static str, u32, u32, u32)>,
    pub(crate) records: Vec<u8>,
}

impl File {
    pub(crate) fn new(version: u8) -> Self {
        Self { version, schema: OHLCV_1M, stype_in: RAW_SYMBOL, mappings: Vec::new(), records: Vec::new() }
    }

    pub(crate) fn of(version: u8, mappings: &[(&'static str, u32)]) -> Self {
        let mappings = mappings.iter().map(|(symbol, id)| (*symbol, *id, 20_240_101, 20_250_101)).collect();
        Self { mappings, ..Self::new(version) }
    }

    /// One bar of four equal prices, in quarter points.
    pub(crate) fn bar(mut self, rtype: u8, id: u32, time: &str, quarters: i64, volume: u64) -> Self {
        let time: UnixNanos = time.parse().unwrap();
        self.records.extend([14, rtype]);
        self.records.extend(1_u16.to_le_bytes());
        self.records.extend(id.to_le_bytes());
        self.records.extend(time.nanos().to_le_bytes());
        for _ in 0..4 {
            self.records.extend((quarters * 250_000_000).to_le_bytes());
        }
        self.records.extend(volume.to_le_bytes());
        self
    }

    /// Any record, as it lies in the file.
    pub(crate) fn record(mut self, record: &impl AsRef<[u8]>) -> Self {
        self.records.extend_from_slice(record.as_ref());
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let symbol_length = if self.version == 1 { 22 } else { 71 };
        let symbol = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.resize(symbol_length, 0);
            bytes
        };
        let mut head = b"GLBX.MDP3".to_vec();
        head.resize(16, 0);
        head.extend(self.schema.to_le_bytes());
        // Start, end, limit; version 1 has the number of records too.
        head.resize(head.len() + if self.version == 1 { 32 } else { 24 }, 0);
        head.extend([self.stype_in, 0, 0]);
        if self.version > 1 {
            head.extend(u16::try_from(symbol_length).unwrap().to_le_bytes());
        }
        head.resize(100, 0);
        // No schema definition, no symbols, none partial, none not found.
        head.extend([0; 16]);
        head.extend(u32::try_from(self.mappings.len()).unwrap().to_le_bytes());
        for (raw, id, from, until) in &self.mappings {
            head.extend(symbol(raw));
            head.extend(1_u32.to_le_bytes());
            head.extend(from.to_le_bytes());
            head.extend(until.to_le_bytes());
            head.extend(symbol(&id.to_string()));
        }
        if self.version > 2 {
            head.resize(head.len().next_multiple_of(8), 0);
        }
        let mut bytes = b"DBN".to_vec();
        bytes.push(self.version);
        bytes.extend(u32::try_from(head.len()).unwrap().to_le_bytes());
        bytes.extend(head);
        bytes.extend(&self.records);
        bytes
    }
}

/// The definition of a future, as the vendor writes it: the multiplier stands in the quantity, nothing in its own field.
pub(crate) fn definition(symbol: &str, id: u32, maturity: (u16, u8), expiration: &str) -> InstrumentDefMsg {
    let mut definition = InstrumentDefMsg {
        raw_symbol: chars(symbol),
        asset: chars(&symbol[..symbol.len() - 2]),
        instrument_class: letter('F'),
        maturity_year: maturity.0,
        maturity_month: maturity.1,
        expiration: nanos(expiration),
        min_price_increment: 250_000_000,
        unit_of_measure_qty: 20_000_000_000,
        ..InstrumentDefMsg::default()
    };
    definition.hd.instrument_id = id;
    definition.hd.ts_event = nanos("2024-07-01T00:00:00Z");
    definition
}

pub(crate) fn nanos(time: &str) -> u64 {
    u64::try_from(time.parse::<UnixNanos>().unwrap().nanos()).unwrap()
}

/// A letter as a C program keeps it.
pub(crate) fn letter(letter: char) -> c_char {
    c_char::try_from(u32::from(letter)).unwrap()
}

/// A text of fixed length as a C program keeps it.
pub(crate) fn chars<const LENGTH: usize>(text: &str) -> [c_char; LENGTH] {
    let mut chars = [0; LENGTH];
    for (into, from) in chars.iter_mut().zip(text.chars()) {
        *into = letter(from);
    }
    chars
}
