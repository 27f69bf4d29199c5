//! Rules of the exceptions.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use chrono::NaiveDate;
use toml::Spanned;

use super::{Effect, Exception, Hours, Sources, hours_on};
use crate::calendar::CalendarFileError;
use crate::calendar::civil::{MinuteOfDay, is_weekday};
use crate::calendar::file::{self, Confidence, ExceptionKind, Lines};

/// Checks that exceptions are weekdays of the validity, in order, each once, with the times that their kind needs.
pub(super) fn check(
    rows: Vec<Spanned<file::Exception>>,
    hours: &[Hours],
    validity: RangeInclusive<NaiveDate>,
    sources: &Sources,
    lines: Lines<'_>,
) -> Result<BTreeMap<NaiveDate, Exception>, CalendarFileError> {
    let mut exceptions: BTreeMap<NaiveDate, Exception> = BTreeMap::new();
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        let date = row.date.date();
        sources.check(&row.source, &span, lines)?;
        if !validity.contains(&date) {
            let problem = format!("date {date} lies outside the validity, {} to {}", validity.start(), validity.end());
            return Err(lines.error(&span, problem));
        }
        if !is_weekday(date) {
            return Err(
                lines.error(&span, format!("date {date} is a Saturday or Sunday; only weekdays have exceptions"))
            );
        }
        if row.name.trim().is_empty() {
            return Err(lines.error(&span, format!("date {date} has an empty name; the reason is required")));
        }
        match exceptions.last_key_value() {
            Some((last, _)) if *last == date => return Err(lines.error(&span, format!("date {date} stands twice"))),
            Some((last, _)) if *last > date => {
                return Err(
                    lines.error(&span, format!("date {date} stands after {last}; rows must be in order of date"))
                );
            }
            Some(_) | None => {}
        }
        let effect = check_effect(&row, hours_on(hours, date), &span, lines)?;
        let is_projected = match row.confidence {
            Confidence::Projected => true,
            Confidence::Exchange | Confidence::Reconciled => false,
        };
        exceptions.insert(date, Exception { effect, name: row.name, is_projected, span });
    }
    Ok(exceptions)
}

fn check_effect(
    row: &file::Exception,
    hours: &Hours,
    span: &Range<usize>,
    lines: Lines<'_>,
) -> Result<Effect, CalendarFileError> {
    let wrong_keys = |needs: &str| lines.error(span, format!("kind {:?} of {} needs {needs}", row.kind, row.date));
    match (row.kind, row.at, row.settlement) {
        (ExceptionKind::Closed, None, None) => Ok(Effect::Closed),
        (ExceptionKind::Halt, Some(at), None) => {
            check_halt(at, hours, span, lines)?;
            Ok(Effect::Halt { at })
        }
        (ExceptionKind::EarlyClose, Some(at), Some(settlement)) => {
            check_halt(at, hours, span, lines)?;
            if settlement > at {
                return Err(lines.error(span, format!("settlement at {settlement} lies after the early close at {at}")));
            }
            Ok(Effect::EarlyClose { at, settlement })
        }
        (ExceptionKind::Closed, ..) => Err(wrong_keys("neither at nor settlement")),
        (ExceptionKind::Halt, ..) => Err(wrong_keys("at and no settlement")),
        (ExceptionKind::EarlyClose, ..) => Err(wrong_keys("at and settlement")),
    }
}

/// A halt must fall into open hours of its day, or it says nothing.
fn check_halt(at: MinuteOfDay, hours: &Hours, span: &Range<usize>, lines: Lines<'_>) -> Result<(), CalendarFileError> {
    let is_in_daily_halt = hours.halts.iter().any(|halt| halt.from <= at && at <= halt.to);
    if at > MinuteOfDay::MIDNIGHT && at < hours.closes && !is_in_daily_halt {
        return Ok(());
    }
    let problem = format!("at {at} must lie in the open hours of its day, after 00:00 and before {}", hours.closes);
    Err(lines.error(span, problem))
}
