//! Rules of the exceptions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use toml::Spanned;

use super::{Context, Effect, Exception, Hours, hours, text_problem};
use crate::calendar::CalendarFileError;
use crate::calendar::civil::{MinuteOfDay, is_weekday};
use crate::calendar::file::{self, ExceptionKind};

/// Checks that exceptions are weekdays of the validity, in order, each once, with the times that their kind needs.
pub(super) fn check(
    rows: Vec<Spanned<file::Exception>>,
    all_hours: &[Hours],
    context: &Context<'_>,
) -> Result<BTreeMap<NaiveDate, Exception>, CalendarFileError> {
    let mut exceptions: BTreeMap<NaiveDate, Exception> = BTreeMap::new();
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        let date = row.date.date();
        context.source(&row.source, &span)?;
        let last = exceptions.last_key_value().map(|(last, _)| *last);
        let effect = check_date(&row, last, context)
            .and_then(|()| check_effect(&row, hours::on(all_hours, date)))
            .map_err(|problem| context.error(&span, problem))?;
        exceptions.insert(
            date,
            Exception {
                effect,
                name: row.name,
                confidence: row.confidence,
                trade_date_confidence: row.trade_date_confidence.unwrap_or(row.confidence),
                span,
            },
        );
    }
    Ok(exceptions)
}

/// Checks that every whole year of the validity has a closed day: Christmas or New Year's Day closes the exchange in each.
/// A year without one has not been filled in, and would be answered as if it had no holidays. A synthetic market without
/// holidays must say so, and then has none.
pub(super) fn check_years(
    exceptions: &BTreeMap<NaiveDate, Exception>,
    no_holidays: bool,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
) -> Result<(), String> {
    let closed = |row: &Exception| matches!(row.effect, Effect::Closed);
    if no_holidays {
        return match exceptions.iter().find(|(_, row)| closed(row)) {
            Some((date, _)) => Err(format!("no_holidays is true, and {date} is closed")),
            None => Ok(()),
        };
    }
    let years: BTreeSet<i32> = exceptions.iter().filter(|(_, row)| closed(row)).map(|(date, _)| date.year()).collect();
    let is_whole = |year: &i32| {
        let first = NaiveDate::from_yo_opt(*year, 1);
        let last = NaiveDate::from_yo_opt(*year + 1, 1).and_then(|first| first.pred_opt());
        first.is_some_and(|first| first >= valid_from) && last.is_some_and(|last| last <= valid_to)
    };
    match (valid_from.year()..=valid_to.year()).filter(is_whole).find(|year| !years.contains(year)) {
        Some(year) => Err(format!(
            "year {year} lies within valid_from {valid_from} to valid_to {valid_to} and no exception closes a day of it; \
             a year whose holidays are not in the file cannot be answered for (a market without any says no_holidays = true)"
        )),
        None => Ok(()),
    }
}

fn check_date(row: &file::Exception, last: Option<NaiveDate>, context: &Context<'_>) -> Result<(), String> {
    let date = row.date.date();
    let (valid_from, valid_to) = (context.validity.start(), context.validity.end());
    if !context.validity.contains(&date) {
        return Err(format!("date {date} lies outside the validity, {valid_from} to {valid_to}"));
    }
    if !is_weekday(date) {
        return Err(format!("date {date} is a Saturday or Sunday; only weekdays have exceptions"));
    }
    if let Some(problem) = text_problem(&row.name) {
        return Err(format!("name of {date} {problem}"));
    }
    match last {
        Some(last) if last == date => Err(format!("date {date} stands twice")),
        Some(last) if last > date => Err(format!("date {date} stands after {last}; rows must be in order of date")),
        Some(_) | None => Ok(()),
    }
}

fn check_effect(row: &file::Exception, hours: &Hours) -> Result<Effect, String> {
    if row.trade_date_confidence.is_some() && row.kind != ExceptionKind::Halt {
        return Err(format!("trade_date_confidence of {} needs kind halt", row.date));
    }
    let wrong_keys = |needs: &str| Err(format!("kind {:?} of {} needs {needs}", row.kind, row.date));
    match (row.kind, row.at, row.settlement) {
        (ExceptionKind::Closed, None, None) => Ok(Effect::Closed),
        (ExceptionKind::Halt, Some(at), None) => {
            check_halt(at, hours)?;
            Ok(Effect::Halt { at })
        }
        (ExceptionKind::EarlyClose, Some(at), Some(settlement)) => {
            check_halt(at, hours)?;
            if settlement > at {
                return Err(format!("settlement at {settlement} lies after the early close at {at}"));
            }
            Ok(Effect::EarlyClose { at, settlement })
        }
        (ExceptionKind::Closed, ..) => wrong_keys("neither at nor settlement"),
        (ExceptionKind::Halt, ..) => wrong_keys("at and no settlement"),
        (ExceptionKind::EarlyClose, ..) => wrong_keys("at and settlement"),
    }
}

/// A halt must fall into open hours of its day, or it says nothing.
fn check_halt(at: MinuteOfDay, hours: &Hours) -> Result<(), String> {
    let is_in_daily_halt = hours.halts.iter().any(|halt| halt.from <= at && at <= halt.to);
    if at > MinuteOfDay::MIDNIGHT && at < hours.closes && !is_in_daily_halt {
        return Ok(());
    }
    Err(format!("at {at} must lie in the open hours of its day, after 00:00 and before {}", hours.closes))
}
