//! Rules of the price limits.

use toml::Spanned;

use super::{Context, Hours, hours};
use crate::calendar::civil::MinuteOfDay;
use crate::calendar::file;
use crate::calendar::{CalendarFileError, PriceLimitEra};

/// Checks that limits follow one another without gap, rise, stay below the whole price, and apply in open hours.
pub(super) fn check(
    rows: Vec<Spanned<file::PriceLimit>>,
    all_hours: &[Hours],
    context: &Context<'_>,
) -> Result<Vec<PriceLimitEra>, CalendarFileError> {
    let eras: Vec<_> = rows.iter().map(|row| (row.get_ref().from, row.span())).collect();
    context.check_eras("row of price_limits", &eras)?;
    let mut limits: Vec<PriceLimitEra> = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        let source = context.source(&row.source, &span)?;
        let hours = hours::on(all_hours, row.from.date());
        check_percents(&row)
            .and_then(|()| check_times(&row, hours))
            .and_then(|()| check_begin(&row, limits.last()))
            .map_err(|problem| context.error(&span, problem))?;
        if let Some(before) = limits.last_mut() {
            before.ends_between = row.from_between;
        }
        let applies = |from: MinuteOfDay, to: MinuteOfDay| format!("{from} to {to}");
        limits.push(PriceLimitEra {
            from: row.from,
            overnight_percent: row.overnight_percent,
            overnight_applies: applies(hours.opens_evening_before, row.regular_from),
            regular_percents: row.regular_percents,
            regular_applies: applies(row.regular_from, row.last_hour_from),
            last_hour_percent: row.last_hour_percent,
            last_hour_applies: applies(row.last_hour_from, row.after_close_from),
            after_close_percent: row.after_close_percent,
            after_close_applies: format!("{} to the close", row.after_close_from),
            source,
            confidence: row.confidence,
            begins_between: row.from_between,
            ends_between: None,
        });
    }
    Ok(limits)
}

fn check_percents(row: &file::PriceLimit) -> Result<(), String> {
    let alone = [Some(row.overnight_percent), Some(row.last_hour_percent), row.after_close_percent];
    for percent in alone.into_iter().flatten().chain(row.regular_percents.iter().copied()) {
        if !(1..=99).contains(&percent) {
            return Err(format!("limit of {percent} percent is not 1 to 99"));
        }
    }
    if row.regular_percents.is_empty() || row.regular_percents.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(format!(
            "regular_percents {:?} must be one or more percentages in rising order",
            row.regular_percents
        ));
    }
    Ok(())
}

/// Checks that an unsettled begin is that of a change, holds the begin assumed, and follows the change before.
fn check_begin(row: &file::PriceLimit, before: Option<&PriceLimitEra>) -> Result<(), String> {
    let Some((first, last)) = row.from_between else {
        return before.and_then(|before| before.begins_between).map_or(Ok(()), |(_, settled)| {
            if row.from > settled { Ok(()) } else { Err(format!("from {} must lie after {settled}", row.from)) }
        });
    };
    let Some(before) = before else {
        return Err("the first row changes no limits and must have no from_between".to_owned());
    };
    let settled = before.begins_between.map_or(before.from, |(_, settled)| settled);
    if settled < first && first <= row.from && row.from <= last {
        return Ok(());
    }
    Err(format!("from_between {first} to {last} must hold from {} and lie after {settled}", row.from))
}

fn check_times(row: &file::PriceLimit, hours: &Hours) -> Result<(), String> {
    let times = [MinuteOfDay::MIDNIGHT, row.regular_from, row.last_hour_from, row.after_close_from];
    if times.windows(2).all(|pair| pair[0] < pair[1]) && row.after_close_from <= hours.closes {
        return Ok(());
    }
    Err(format!(
        "regular_from {}, last_hour_from {} and after_close_from {} must rise and lie after 00:00 and by the close at {}",
        row.regular_from, row.last_hour_from, row.after_close_from, hours.closes
    ))
}
