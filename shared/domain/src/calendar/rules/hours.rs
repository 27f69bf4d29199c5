//! Rules of the regular hours and of the daily settlement.

use chrono::NaiveDate;
use toml::Spanned;

use super::{Context, Hours, Settlement};
use crate::calendar::CalendarFileError;
use crate::calendar::civil::MinuteOfDay;
use crate::calendar::file;

/// Most daily halts of one row: two more than any market has had, so that a file cannot multiply its sessions.
const MAX_HALTS: usize = 4;

/// Regular hours of a date within the validity.
pub(super) fn on(hours: &[Hours], date: NaiveDate) -> &Hours {
    let after = hours.partition_point(|row| row.from <= date);
    &hours[after.saturating_sub(1)]
}

/// Checks that hours follow one another without gap, and each row's times.
pub(super) fn check(rows: Vec<Spanned<file::Hours>>, context: &Context<'_>) -> Result<Vec<Hours>, CalendarFileError> {
    let eras: Vec<_> = rows.iter().map(|row| (row.get_ref().from, row.span())).collect();
    context.check_eras("row of hours", &eras)?;
    let mut hours: Vec<Hours> = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        context.source(&row.source, &span)?;
        let closed_since = hours.last().map_or(row.closes, |before| before.closes.max(row.closes));
        if row.opens_evening_before < closed_since {
            let problem = format!(
                "opens_evening_before {} lies before closes {closed_since}: one day's block would overlap the next one's",
                row.opens_evening_before
            );
            return Err(context.error(&span, problem));
        }
        check_halts(&row).and_then(|()| check_regular(&row)).map_err(|problem| context.error(&span, problem))?;
        hours.push(Hours {
            from: row.from.date(),
            confidence: row.confidence,
            opens_evening_before: row.opens_evening_before,
            closes: row.closes,
            halts: row.halts,
            rth: row.rth,
            span,
        });
    }
    Ok(hours)
}

fn check_halts(row: &file::Hours) -> Result<(), String> {
    if row.halts.len() > MAX_HALTS {
        return Err(format!("{} halts a day; at most {MAX_HALTS} are allowed", row.halts.len()));
    }
    let mut open_since = MinuteOfDay::MIDNIGHT;
    for halt in &row.halts {
        if !(open_since < halt.from && halt.from < halt.to && halt.to < row.closes) {
            return Err(format!(
                "halt {} to {} must lie after {open_since} and before the close at {}, in order",
                halt.from, halt.to, row.closes
            ));
        }
        open_since = halt.to;
    }
    Ok(())
}

/// Regular trading hours are one span of open time.
fn check_regular(row: &file::Hours) -> Result<(), String> {
    let rth = row.rth;
    let is_halted = row.halts.iter().any(|halt| halt.from < rth.to && rth.from < halt.to);
    if MinuteOfDay::MIDNIGHT < rth.from && rth.from < rth.to && rth.to <= row.closes && !is_halted {
        return Ok(());
    }
    Err(format!(
        "rth {} to {} must begin after 00:00, end after it begins, by the close at {}, and hold no halt",
        rth.from, rth.to, row.closes
    ))
}

/// Checks that settlement times follow one another without gap.
pub(super) fn check_settlements(
    rows: Vec<Spanned<file::Settlement>>,
    context: &Context<'_>,
) -> Result<Vec<Settlement>, CalendarFileError> {
    let eras: Vec<_> = rows.iter().map(|row| (row.get_ref().from, row.span())).collect();
    context.check_eras("row of settlement", &eras)?;
    let mut settlements = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        context.source(&row.source, &span)?;
        settlements.push(Settlement { from: row.from.date(), confidence: row.confidence, time: row.time, span });
    }
    Ok(settlements)
}
