//! Settlement prices and open interest from Databento's schema statistics, as DBN or as CSV.
//!
//! The mapping of a record's id, or its symbol, names its contract, so no definitions are needed. `ts_ref` is the trade
//! date of the value and `ts_event` the instant at which it was published. A later record corrects or withdraws an earlier
//! one; of settlement prices only final ones count, because a preliminary one is a price that was never settled at.

mod csv;

use std::io::BufRead;

use dbn::decode::DecodeRecordRef as _;
use dbn::{Schema, StatMsg, StatType, StatUpdateAction, UNDEF_PRICE, UNDEF_STAT_QUANTITY, UNDEF_TIMESTAMP};
use peaktrade_domain::{Calendar, ContractRoot, Price, TradeDate, UnixNanos};

use super::dbn_rows::{Head, decoded, read_head};
use super::{Instruments, MAGIC};
use crate::importing::settlements::{FactFate, FactKind, FactRow, FactSource, RawFact, Withdrawal};
use crate::importing::symbols::SymbolReader;
use crate::importing::text::check_text;
use crate::importing::{ImportError, Place};

/// Bits of a settlement's flags, as the exchange sets them.
const FINAL: u8 = 1;
/// The price is of within the day.
const INTRADAY: u8 = 1 << 3;
/// There is no price.
const VOID: u8 = 1 << 7;

const SETTLEMENT: u16 = StatType::SettlementPrice as u16;
const OPEN_INTEREST: u16 = StatType::OpenInterest as u16;
const DELETE: u8 = StatUpdateAction::Delete as u8;

/// Opens a file.
pub(in crate::importing) fn open<'a>(
    mut bytes: impl BufRead + 'a,
    root: ContractRoot,
    calendar: &'a Calendar,
) -> Result<Box<dyn FactSource + 'a>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { place: Place::record(0), source };
    let instruments =
        Instruments { reader: SymbolReader::new(root, calendar), stated: None, unmapped: None, format: "databento" };
    if !bytes.fill_buf().map_err(unreadable)?.starts_with(MAGIC) {
        check_text(&mut bytes)?;
        return Ok(Box::new(csv::Rows::new(bytes, instruments)?));
    }
    let head = read_head(bytes, |schema| match schema {
        None | Some(Schema::Statistics) => Ok(()),
        Some(other) => Err(format!("its schema is {other}; statistics is required")),
    })?;
    Ok(Box::new(Rows { head, instruments, number: 0 }))
}

/// The records of one DBN file.
struct Rows<'a, B> {
    head: Head<B>,
    instruments: Instruments<'a>,
    /// Records read.
    number: u64,
}

impl<B: BufRead> FactSource for Rows<'_, B> {
    fn next_row(&mut self) -> Result<Option<FactRow>, ImportError> {
        loop {
            let Self { head: Head { decoder, symbols, .. }, instruments, number } = self;
            let record = decoded(*number, || decoder.decode_record_ref())?;
            let Some(record) = record else {
                return decoder.get_ref().check_end(*number).map(|()| None);
            };
            *number += 1;
            let place = Place::record(*number);
            let Ok(message) = record.try_get::<StatMsg>() else {
                decoded(place.number, || symbols.on_record(record))?;
                continue;
            };
            let statistic = Statistic {
                id: message.hd.instrument_id,
                kind: message.stat_type,
                price: message.price,
                quantity: message.quantity,
                reference: message.ts_ref,
                published: message.hd.ts_event,
                action: message.update_action,
                flags: message.stat_flags,
            };
            let symbol = symbols.get_for_ts(statistic.published, statistic.id).map(String::as_str);
            return statistic.row(symbol, instruments, place).map(Some);
        }
    }

    fn is_journal(&self) -> bool {
        true
    }
}

/// A record, however it is written; what is not set has the value that DBN has for it.
#[derive(Clone, Copy, Debug)]
struct Statistic {
    id: u32,
    kind: u16,
    /// 1e-9 points.
    price: i64,
    quantity: i64,
    /// Midnight of the trade date, nanoseconds since the Unix epoch.
    reference: u64,
    /// Nanoseconds since the Unix epoch.
    published: u64,
    action: u8,
    flags: u8,
}

/// What a record does.
enum Told {
    Settlement(Price),
    OpenInterest(u64),
    Withdrawn(FactKind),
}

impl Statistic {
    fn row(
        &self,
        symbol: Option<&str>,
        instruments: &mut Instruments<'_>,
        place: Place,
    ) -> Result<FactRow, ImportError> {
        let told = match self.told(place)? {
            Ok(told) => told,
            Err(fate) => return Ok(FactRow::Met(fate)),
        };
        let instant = |ts: u64, name: &str| {
            let nanos = if ts == UNDEF_TIMESTAMP { None } else { i64::try_from(ts).ok() };
            let problem = || ImportError::Malformed { place, problem: format!("its {name} is not set") };
            nanos.map(UnixNanos::from_nanos).ok_or_else(problem)
        };
        let reference = instant(self.reference, "ts_ref, the trade date,")?;
        let published = instant(self.published, "ts_event")?;
        let trade_date = TradeDate::new(reference.to_datetime().date_naive());
        let of = instruments.of(symbol, self.id, published.nanos(), place)?;
        let (settlement, open_interest) = match told {
            Told::Settlement(price) => (Some(price), None),
            Told::OpenInterest(contracts) => (None, Some(contracts)),
            Told::Withdrawn(fact) => return Ok(FactRow::Withdrawn(Withdrawal { place, of, trade_date, fact })),
        };
        let known_at = Some(published);
        Ok(FactRow::Said(RawFact { place, of, trade_date, settlement, open_interest, known_at }))
    }

    /// What the record does, or the fate that it meets instead. A record that withdraws need not repeat the value.
    fn told(&self, place: Place) -> Result<Result<Told, FactFate>, ImportError> {
        let is_deleted = self.action == DELETE;
        Ok(match self.kind {
            // Also where a preliminary price is withdrawn, the final one stays.
            SETTLEMENT if self.flags & FINAL == 0 || self.flags & INTRADAY != 0 => Err(FactFate::Preliminary),
            SETTLEMENT if is_deleted || self.flags & VOID != 0 || self.price == UNDEF_PRICE => {
                Ok(Told::Withdrawn(FactKind::Settlement))
            }
            SETTLEMENT => Ok(Told::Settlement(Price::from_nanos(self.price))),
            OPEN_INTEREST if is_deleted => Ok(Told::Withdrawn(FactKind::OpenInterest)),
            OPEN_INTEREST if self.quantity != UNDEF_STAT_QUANTITY => {
                let problem = |_| format!("open interest {}; 0 contracts or more are required", self.quantity);
                let contracts = u64::try_from(self.quantity).map_err(problem);
                Ok(Told::OpenInterest(contracts.map_err(|problem| ImportError::Malformed { place, problem })?))
            }
            _ => Err(FactFate::OtherStatistic),
        })
    }
}

#[cfg(test)]
mod tests;
