//! Settlement prices and open interest from DBN of schema statistics.
//!
//! The mapping of a record's id names its contract, so no definitions are needed. `ts_ref` is the trade date of the value
//! and `ts_event` the instant at which it was published. A later record corrects an earlier one; of settlement prices
//! only final ones count, because a preliminary one is a price that was never settled at.

use std::io::BufRead;

use dbn::decode::DecodeRecordRef as _;
use dbn::{Schema, StatMsg, StatType, StatUpdateAction, UNDEF_PRICE, UNDEF_STAT_QUANTITY, UNDEF_TIMESTAMP};
use peaktrade_domain::{Calendar, ContractRoot, Price, TradeDate, UnixNanos};

use super::dbn_rows::{Head, damaged, read_head};
use super::{Instruments, MAGIC};
use crate::importing::settlements::{FactFate, FactRow, FactSource, RawFact};
use crate::importing::symbols::SymbolReader;
use crate::importing::{ImportError, Place};

/// Bits of a settlement's flags, as the exchange sets them.
const FINAL: u8 = 1;
/// The price is of within the day.
const INTRADAY: u8 = 1 << 3;
/// There is no price.
const VOID: u8 = 1 << 7;

/// Opens a file; anything but DBN is refused.
pub(in crate::importing) fn open<'a>(
    mut bytes: impl BufRead + 'a,
    root: ContractRoot,
    calendar: &'a Calendar,
) -> Result<Box<dyn FactSource + 'a>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { place: Place::record(0), source };
    if !bytes.fill_buf().map_err(unreadable)?.starts_with(MAGIC) {
        let problem = "it is not DBN; statistics are read from DBN of versions 1 to 3, packed or not".to_owned();
        return Err(ImportError::Unfit { problem });
    }
    let head = read_head(bytes, |schema| match schema {
        None | Some(Schema::Statistics) => Ok(()),
        Some(other) => Err(format!("its schema is {other}; statistics is required")),
    })?;
    let instruments =
        Instruments { reader: SymbolReader::new(root, calendar), stated: None, unmapped: None, format: "databento" };
    Ok(Box::new(Rows { head, instruments, number: 0 }))
}

/// The records of one file.
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
            let record = decoder.decode_record_ref().map_err(|error| damaged(*number, &error))?;
            let Some(record) = record else {
                return decoder.get_ref().check_end(*number).map(|()| None);
            };
            *number += 1;
            let place = Place::record(*number);
            let Ok(statistic) = record.try_get::<StatMsg>() else {
                symbols.on_record(record).map_err(|error| damaged(place.number, &error))?;
                continue;
            };
            let Some(told) = Told::of(statistic, place)? else {
                return Ok(Some(FactRow::Met(FactFate::OtherStatistic)));
            };
            let id = statistic.hd.instrument_id;
            let ts = told.published.nanos();
            let symbol = u64::try_from(ts).ok().and_then(|ts| symbols.get_for_ts(ts, id)).map(String::as_str);
            let raw = RawFact {
                place,
                of: instruments.of(symbol, id, ts, place)?,
                trade_date: told.trade_date,
                settlement: told.settlement,
                open_interest: told.open_interest,
                known_at: Some(told.published),
            };
            if statistic.update_action == StatUpdateAction::Delete as u8 {
                return Ok(Some(FactRow::Withdrawn(raw)));
            }
            let flags = statistic.stat_flags;
            let is_final = flags & FINAL != 0 && flags & (INTRADAY | VOID) == 0;
            if told.settlement.is_some() && !is_final {
                return Ok(Some(FactRow::Met(FactFate::Preliminary)));
            }
            return Ok(Some(FactRow::Said(raw)));
        }
    }

    fn is_journal(&self) -> bool {
        true
    }
}

/// What a record says that is of use here.
struct Told {
    trade_date: TradeDate,
    published: UnixNanos,
    settlement: Option<Price>,
    open_interest: Option<u64>,
}

impl Told {
    /// `None` for other statistics, and where the value is not set.
    fn of(statistic: &StatMsg, place: Place) -> Result<Option<Self>, ImportError> {
        let malformed = |problem: String| ImportError::Malformed { place, problem };
        let (settlement, open_interest) = match statistic.stat_type().ok() {
            Some(StatType::SettlementPrice) if statistic.price != UNDEF_PRICE => {
                (Some(Price::from_nanos(statistic.price)), None)
            }
            Some(StatType::OpenInterest) if statistic.quantity != UNDEF_STAT_QUANTITY => {
                let contracts = u64::try_from(statistic.quantity)
                    .map_err(|_| malformed(format!("open interest {}", statistic.quantity)))?;
                (None, Some(contracts))
            }
            _ => return Ok(None),
        };
        let instant = |ts: u64, name: &str| {
            let nanos = if ts == UNDEF_TIMESTAMP { None } else { i64::try_from(ts).ok() };
            nanos.map(UnixNanos::from_nanos).ok_or_else(|| malformed(format!("its {name} is not set")))
        };
        let reference = instant(statistic.ts_ref, "ts_ref, the trade date,")?;
        let published = instant(statistic.hd.ts_event, "ts_event")?;
        let trade_date = TradeDate::new(reference.to_datetime().date_naive());
        Ok(Some(Self { trade_date, published, settlement, open_interest }))
    }
}

#[cfg(test)]
mod tests;
