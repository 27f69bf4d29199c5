//! What the calendar service answers, as the JSON documents of verbs.

use peaktrade_domain::{TradeDate, UnixNanos};
use peaktrade_wire::calendar::v1 as calendar;
use peaktrade_wire::{FieldError, instant, trade_date};
use prost_types::Timestamp;
use serde::Serialize;

use crate::failure::Failure;

/// One span of open market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SegmentDocument {
    /// First open instant.
    pub(crate) open: UnixNanos,
    /// First instant after the segment.
    pub(crate) close: UnixNanos,
}

/// The session of one trade date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SessionDocument {
    /// Trade date.
    pub(crate) trade_date: TradeDate,
    /// Open segments in order.
    pub(crate) segments: Vec<SegmentDocument>,
    /// Minutes that the segments hold.
    pub(crate) minutes: u32,
    /// Daily settlement instant.
    pub(crate) settlement: Option<UnixNanos>,
    /// Hours of the cash market.
    pub(crate) regular_hours: Option<SegmentDocument>,
    /// Why it is not regular; empty for a regular one.
    pub(crate) note: String,
    /// Whether it is projected from rules.
    pub(crate) is_projected: bool,
}

/// One dated contract and its terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ContractDocument {
    /// Canonical symbol.
    pub(crate) symbol: String,
    /// Product root.
    pub(crate) root: String,
    /// Exchange.
    pub(crate) exchange: String,
    /// Settlement currency.
    pub(crate) currency: String,
    /// US dollars per index point.
    pub(crate) multiplier_usd: String,
    /// Smallest price step, index points.
    pub(crate) tick: String,
    /// US dollars per tick.
    pub(crate) tick_value_usd: String,
    /// Smallest step of a calendar spread, index points.
    pub(crate) spread_tick: String,
    /// First trade date of the product.
    pub(crate) product_first_trade_date: String,
    /// Which contracts are listed at a time.
    pub(crate) listing_rule: String,
    /// Last trade date.
    pub(crate) last_trade_date: TradeDate,
    /// Instant at which trading ends.
    pub(crate) last_trade_time: UnixNanos,
    /// Why the last trade date is not the third Friday; empty where it is.
    pub(crate) expiry_note: String,
    /// Trade date on which the default policy rolls out of it.
    pub(crate) roll_trade_date: Option<TradeDate>,
    /// Margins in force.
    pub(crate) margins: Option<MarginsDocument>,
    /// Fees in force.
    pub(crate) fees: Option<FeesDocument>,
}

/// Margins of one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MarginsDocument {
    /// Trade date from which the row holds.
    pub(crate) effective_from: String,
    /// Initial margin, US dollars.
    pub(crate) initial_usd: String,
    /// Maintenance margin, US dollars.
    pub(crate) maintenance_usd: String,
    /// Day-trading margin, US dollars.
    pub(crate) day_usd: Option<String>,
    /// Where the row comes from.
    pub(crate) source: String,
    /// How sure it is.
    pub(crate) confidence: String,
}

/// Fees of one contract and side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FeesDocument {
    /// Trade date from which the row holds.
    pub(crate) effective_from: String,
    /// Exchange fee, US dollars.
    pub(crate) exchange_usd: String,
    /// National Futures Association fee, US dollars.
    pub(crate) nfa_usd: String,
    /// Where the row comes from.
    pub(crate) source: String,
    /// How sure it is.
    pub(crate) confidence: String,
}

/// One roll as the calendar plans it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlannedRollDocument {
    /// Contract rolled out of.
    pub(crate) from_symbol: String,
    /// Contract rolled into.
    pub(crate) to_symbol: String,
    /// Roll trade date.
    pub(crate) trade_date: TradeDate,
    /// Instant from which the new contract is active.
    pub(crate) roll_time: UnixNanos,
    /// Why then.
    pub(crate) explanation: String,
}

/// Time that the calendar calls open while the exchange could not trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OutageDocument {
    /// First instant without trading.
    pub(crate) from: UnixNanos,
    /// First instant with trading again.
    pub(crate) to: UnixNanos,
    /// What happened.
    pub(crate) name: String,
}

impl SessionDocument {
    /// The document of a session.
    pub(crate) fn new(session: &calendar::Session) -> Result<Self, Failure> {
        Ok(Self {
            trade_date: trade_date(&session.trade_date, "trade_date").map_err(sent)?,
            segments: session.segments.iter().map(segment).collect::<Result<_, _>>().map_err(sent)?,
            minutes: session.minutes,
            settlement: time(session.settlement_time)?,
            regular_hours: session.regular_hours.as_ref().map(segment).transpose().map_err(sent)?,
            note: session.note.clone(),
            is_projected: session.is_projected,
        })
    }
}

impl ContractDocument {
    /// The document of a contract.
    pub(crate) fn new(contract: &calendar::Contract) -> Result<Self, Failure> {
        let margins = contract.margins.as_ref().map(|row| MarginsDocument {
            effective_from: row.effective_from.clone(),
            initial_usd: row.initial_usd.clone(),
            maintenance_usd: row.maintenance_usd.clone(),
            day_usd: filled(&row.day_usd),
            source: row.source.clone(),
            confidence: row.confidence.clone(),
        });
        let fees = contract.fees.as_ref().map(|row| FeesDocument {
            effective_from: row.effective_from.clone(),
            exchange_usd: row.exchange_usd.clone(),
            nfa_usd: row.nfa_usd.clone(),
            source: row.source.clone(),
            confidence: row.confidence.clone(),
        });
        let roll_trade_date = filled(&contract.roll_trade_date);
        Ok(Self {
            symbol: contract.symbol.clone(),
            root: contract.root.clone(),
            exchange: contract.exchange.clone(),
            currency: contract.currency.clone(),
            multiplier_usd: contract.multiplier_usd.clone(),
            tick: contract.tick.clone(),
            tick_value_usd: contract.tick_value_usd.clone(),
            spread_tick: contract.spread_tick.clone(),
            product_first_trade_date: contract.product_first_trade_date.clone(),
            listing_rule: contract.listing_rule.clone(),
            last_trade_date: trade_date(&contract.last_trade_date, "last_trade_date").map_err(sent)?,
            last_trade_time: instant(contract.last_trade_time, "last_trade_time").map_err(sent)?,
            expiry_note: contract.expiry_note.clone(),
            roll_trade_date: roll_trade_date
                .map(|date| trade_date(&date, "roll_trade_date"))
                .transpose()
                .map_err(sent)?,
            margins,
            fees,
        })
    }
}

impl PlannedRollDocument {
    /// The document of a roll.
    pub(crate) fn new(roll: &calendar::ScheduledRoll) -> Result<Self, Failure> {
        Ok(Self {
            from_symbol: roll.from_symbol.clone(),
            to_symbol: roll.to_symbol.clone(),
            trade_date: trade_date(&roll.trade_date, "trade_date").map_err(sent)?,
            roll_time: instant(roll.roll_time, "roll_time").map_err(sent)?,
            explanation: roll.explanation.clone(),
        })
    }
}

impl OutageDocument {
    /// The document of an outage.
    pub(crate) fn new(outage: &calendar::Outage) -> Result<Self, Failure> {
        Ok(Self {
            from: instant(outage.from, "from").map_err(sent)?,
            to: instant(outage.to, "to").map_err(sent)?,
            name: outage.name.clone(),
        })
    }
}

/// An instant of an answer; absent stays absent.
pub(crate) fn time(stamp: Option<Timestamp>) -> Result<Option<UnixNanos>, Failure> {
    stamp.map(|stamp| instant(Some(stamp), "timestamp")).transpose().map_err(sent)
}

/// A text of an answer; empty means that there is none.
pub(crate) fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn segment(segment: &calendar::Segment) -> Result<SegmentDocument, FieldError> {
    Ok(SegmentDocument {
        open: instant(segment.open, "segment.open")?,
        close: instant(segment.close, "segment.close")?,
    })
}

/// An answer that breaks the contract is a fault of the service, not of the question.
pub(crate) fn sent(error: FieldError) -> Failure {
    Failure::Internal(format!("the calendar service sent {error}"))
}
