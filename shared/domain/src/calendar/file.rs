//! The calendar file as it is written: its tables and their types, before the rules between them are checked.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::civil::{MinuteOfDay, YearMonth, Zone};
use super::{Calendar, CalendarFileError, Confidence, LeadRule};
use crate::{ContractRoot, Price, TradeDate, UnixNanos, Usd};

/// Version of the file's schema that this program reads.
pub(super) const SCHEMA: u32 = 2;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) schema: Spanned<u32>,
    pub(super) version: Spanned<String>,
    pub(super) zone: Zone,
    pub(super) valid_from: Spanned<TradeDate>,
    pub(super) valid_to: Spanned<TradeDate>,
    pub(super) sources: Vec<Spanned<Source>>,
    pub(super) hours: Vec<Spanned<Hours>>,
    pub(super) settlement: Vec<Spanned<Settlement>>,
    pub(super) exceptions: Exceptions,
    #[serde(default)]
    pub(super) outages: Vec<Spanned<OutageRow>>,
    pub(super) expiry: Expiry,
    pub(super) roll_conventions: Vec<Spanned<RollConvention>>,
    pub(super) price_limits: Vec<Spanned<PriceLimit>>,
    pub(super) products: Vec<Spanned<Product>>,
    pub(super) margins: Rows<Margin>,
    pub(super) exchange_fees: Rows<ExchangeFee>,
}

/// Dates that are not regular.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exceptions {
    /// States that no day is closed, which only a synthetic market can say.
    #[serde(default)]
    pub(super) no_holidays: bool,
    pub(super) rows: Vec<Spanned<Exception>>,
}

/// A table that is a list of rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rows<T> {
    pub(super) rows: Vec<Spanned<T>>,
}

/// Where a fact comes from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) text: String,
}

/// Regular hours from a trade date on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours {
    pub(super) from: TradeDate,
    pub(super) opens_evening_before: MinuteOfDay,
    pub(super) closes: MinuteOfDay,
    pub(super) halts: Vec<TimeSpan>,
    /// Regular trading hours.
    pub(super) rth: TimeSpan,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// A span of one civil day, `from` inclusive, `to` exclusive.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeSpan {
    pub(super) from: MinuteOfDay,
    pub(super) to: MinuteOfDay,
}

/// Daily settlement time from a trade date on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settlement {
    pub(super) from: TradeDate,
    pub(super) time: MinuteOfDay,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// One date that is not regular.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exception {
    pub(super) date: TradeDate,
    pub(super) kind: ExceptionKind,
    pub(super) at: Option<MinuteOfDay>,
    pub(super) settlement: Option<MinuteOfDay>,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) confidence: Confidence,
    /// How sure it is that the open hours belong to the next trade date; the row's own confidence where it is left out.
    pub(super) trade_date_confidence: Option<Confidence>,
}

/// What an exception does to its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExceptionKind {
    /// Not open, no trade date.
    Closed,
    /// Open until `at`, no trade date.
    Halt,
    /// Open until `at`, a trade date.
    EarlyClose,
}

/// Time that was open by the calendar while the exchange could not trade.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutageRow {
    pub(super) from: UnixNanos,
    pub(super) to: UnixNanos,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// When contracts end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expiry {
    pub(super) valid_from: Spanned<TradeDate>,
    pub(super) valid_to: Spanned<TradeDate>,
    pub(super) last_trade_time: Spanned<MinuteOfDay>,
    pub(super) source: Spanned<String>,
    pub(super) confidence: Confidence,
    pub(super) overrides: Vec<Spanned<ExpiryOverride>>,
}

/// The last trade date of one delivery month whose third Friday is no trade date.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpiryOverride {
    pub(super) month: YearMonth,
    pub(super) last_trade_date: TradeDate,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// The exchange's own rule for its lead month, from the contracts of a delivery month on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RollConvention {
    pub(super) from_expiry: YearMonth,
    pub(super) rule: LeadRule,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// Price limits from a trade date on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceLimit {
    pub(super) from: TradeDate,
    pub(super) overnight_percent: u32,
    pub(super) regular_from: MinuteOfDay,
    pub(super) regular_percents: Vec<u32>,
    pub(super) last_hour_from: MinuteOfDay,
    pub(super) last_hour_percent: u32,
    pub(super) after_close_from: MinuteOfDay,
    pub(super) after_close_percent: Option<u32>,
    /// First and last trade date on which the row may have begun, where that is not settled.
    pub(super) from_between: Option<(TradeDate, TradeDate)>,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// Terms of one root from a trade date on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    pub(super) root: ContractRoot,
    pub(super) from: TradeDate,
    pub(super) exchange: String,
    pub(super) currency: String,
    pub(super) multiplier_usd: Usd,
    pub(super) tick: Price,
    pub(super) spread_tick: Price,
    pub(super) family: ContractRoot,
    pub(super) family_weight: (u32, u32),
    pub(super) listing_rule: String,
    pub(super) source: String,
    pub(super) confidence: Confidence,
    /// How sure the listing rule is; the row's own confidence where it is left out.
    pub(super) listing_confidence: Option<Confidence>,
}

/// Margins of one root from a trade date on, US dollars per contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Margin {
    pub(super) root: ContractRoot,
    pub(super) from: TradeDate,
    pub(super) initial_usd: Usd,
    pub(super) maintenance_usd: Usd,
    pub(super) day_usd: Option<Usd>,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// Fees of one root from a trade date on, US dollars per contract and side.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExchangeFee {
    pub(super) root: ContractRoot,
    pub(super) from: TradeDate,
    pub(super) exchange_usd: Usd,
    pub(super) nfa_usd: Usd,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// Turns places in the file's text into errors that name a line.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    text: &'a str,
}

impl<'a> Lines<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self { text }
    }

    /// An error at the first line of a span.
    pub(super) fn error(self, span: &Range<usize>, problem: impl Into<String>) -> CalendarFileError {
        let end = span.start.min(self.text.len());
        let line = self.text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1;
        CalendarFileError { line, problem: problem.into() }
    }
}

/// Reads the text into tables.
///
/// # Errors
/// Names the line of a syntax error, an unknown or missing key, or a value of the wrong form.
pub(super) fn read(text: &str) -> Result<File, CalendarFileError> {
    if text.len() > Calendar::FILE_BYTES_MAX {
        let problem = format!("the file has {} bytes; at most {} are read", text.len(), Calendar::FILE_BYTES_MAX);
        return Err(CalendarFileError { line: 0, problem });
    }
    toml::from_str(text).map_err(|error| {
        let problem = error.message().to_owned();
        match error.span() {
            Some(span) => Lines::of(text).error(&span, problem),
            None => CalendarFileError { line: 0, problem },
        }
    })
}
