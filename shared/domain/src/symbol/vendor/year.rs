//! The year that an abbreviation stands for on a reference date.

use chrono::{Datelike as _, Days};

use super::super::{ContractSymbol, SymbolError, shorten};
use super::grammar::{Dated, Year};
use super::in_calendar;
use crate::calendar::third_friday;
use crate::{Calendar, CalendarError, TradeDate};

/// How far from the reference date an abbreviated year may lie.
const MAX_YEARS_FROM_REFERENCE: i32 = 10;

/// The contract meant on a reference date.
///
/// # Errors
/// Where no year is near enough, or the calendar cannot say which of two is meant.
pub(super) fn complete(
    dated: Dated<'_>,
    text: &str,
    reference: TradeDate,
    calendar: &Calendar,
) -> Result<ContractSymbol, SymbolError> {
    let this_year = reference.date().year();
    let (year, considered) = match dated.year {
        Year::Full(year) => (i32::from(year), Vec::new()),
        Year::Digit(digit) => {
            let next = this_year + (digit - this_year).rem_euclid(10);
            let is_expired = next == this_year && has_expired(dated, text, reference, calendar)?;
            (if is_expired { next + 10 } else { next }, vec![next, next + 10])
        }
        Year::TwoDigits(digits) => {
            let last = this_year - (this_year - digits).rem_euclid(100);
            // The nearer of the two around the reference.
            (if this_year - last <= 50 { last } else { last + 100 }, vec![last, last + 100])
        }
    };
    let is_near = considered.is_empty() || (year - this_year).abs() <= MAX_YEARS_FROM_REFERENCE;
    let symbol = if is_near { contract(dated, year) } else { None };
    symbol.ok_or_else(|| {
        let considered: Vec<String> = considered.iter().map(i32::to_string).collect();
        SymbolError::Year { text: shorten(text), reference, considered: considered.join(", ") }
    })
}

/// Whether the contract of the reference date's own year has expired before it. Only in the days around its third
/// Friday does the calendar have to know it.
fn has_expired(dated: Dated<'_>, text: &str, reference: TradeDate, calendar: &Calendar) -> Result<bool, SymbolError> {
    let this_year = reference.date().year();
    let Some(this) = contract(dated, this_year) else { return Ok(false) };
    let Some(latest) = third_friday(this.year(), this.month().number()) else { return Ok(false) };
    // A holiday makes the last trade date earlier by a week at most, never later.
    let earliest = latest.checked_sub_days(Days::new(7)).unwrap_or(latest);
    if reference.date() < earliest || reference.date() > latest {
        return Ok(reference.date() > latest);
    }
    calendar.check_listed(this).map_err(in_calendar(text))?;
    match calendar.last_trade_date(this) {
        Ok(last_trade_date) => Ok(last_trade_date < reference),
        Err(CalendarError::OutOfRange { .. }) => Err(SymbolError::Ambiguous {
            text: shorten(text),
            reference,
            candidates: [Some(this), contract(dated, this_year + 10)].into_iter().flatten().collect(),
            why: format!("the calendar does not know the last trade date of {this}"),
        }),
        Err(error) => Err(in_calendar(text)(error)),
    }
}

fn contract(dated: Dated<'_>, year: i32) -> Option<ContractSymbol> {
    ContractSymbol::new(dated.root, dated.month, u16::try_from(year).ok()?)
}
