//! Rules of the contracts' ends and of the exchange's lead month.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use toml::Spanned;

use super::{Context, ExpiryOverride, ExpiryRules, LeadRuleEra};
use crate::calendar::CalendarFileError;
use crate::calendar::civil::{YearMonth, is_weekday, third_friday};
use crate::calendar::file;

/// Checks that ends are known for at least the file's validity, and each override.
pub(super) fn check(expiry: file::Expiry, context: &Context<'_>) -> Result<ExpiryRules, CalendarFileError> {
    let (from, to) = (expiry.valid_from.get_ref().date(), expiry.valid_to.get_ref().date());
    if from > *context.validity.start() {
        let problem =
            format!("expiry valid_from {from} lies after the file's valid_from, {}", context.validity.start());
        return Err(context.error(&expiry.valid_from.span(), problem));
    }
    if to < *context.validity.end() {
        let problem = format!("expiry valid_to {to} lies before the file's valid_to, {}", context.validity.end());
        return Err(context.error(&expiry.valid_to.span(), problem));
    }
    context.source(expiry.source.get_ref(), &expiry.source.span())?;
    let months = from..=to;
    Ok(ExpiryRules {
        overrides: check_overrides(expiry.overrides, &months, context)?,
        months,
        last_trade_time: expiry.last_trade_time,
        confidence: expiry.confidence,
    })
}

fn check_overrides(
    rows: Vec<Spanned<file::ExpiryOverride>>,
    months: &RangeInclusive<NaiveDate>,
    context: &Context<'_>,
) -> Result<BTreeMap<(u16, u32), ExpiryOverride>, CalendarFileError> {
    let mut overrides = BTreeMap::new();
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        context.source(&row.source, &span)?;
        context.check_text("name", &row.name, &span)?;
        let third_friday = third_friday(row.month.year, row.month.month)
            .filter(|date| row.month.month % 3 == 0 && months.contains(date))
            .ok_or_else(|| {
                let problem = format!(
                    "month {} is not a March, June, September or December whose third Friday lies in {} to {}",
                    row.month,
                    months.start(),
                    months.end()
                );
                context.error(&span, problem)
            })?;
        let last_trade_date = row.last_trade_date.date();
        let days_before = (third_friday - last_trade_date).num_days();
        if !(1..=7).contains(&days_before) || !is_weekday(last_trade_date) {
            let problem = format!(
                "last_trade_date {last_trade_date} ({}) is not a weekday within the week before the third Friday, {third_friday}",
                row.name
            );
            return Err(context.error(&span, problem));
        }
        let key = (row.month.year, row.month.month);
        let own = ExpiryOverride { last_trade_date, name: row.name, confidence: row.confidence, span: span.clone() };
        if overrides.insert(key, own).is_some() {
            return Err(context.error(&span, format!("month {} stands twice", row.month)));
        }
    }
    Ok(overrides)
}

/// Checks that conventions begin with quarterly months, in order, the first one by the first contract that ends.
pub(super) fn check_conventions(
    rows: Vec<Spanned<file::RollConvention>>,
    expiry: &ExpiryRules,
    context: &Context<'_>,
) -> Result<Vec<LeadRuleEra>, CalendarFileError> {
    let mut eras: Vec<LeadRuleEra> = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        context.source(&row.source, &span)?;
        if row.from_expiry.month % 3 != 0 {
            let problem = format!("from_expiry {} is not a March, June, September or December", row.from_expiry);
            return Err(context.error(&span, problem));
        }
        let first = YearMonth::of(*expiry.months.start());
        if eras.is_empty() && row.from_expiry > first {
            let problem =
                format!("the first roll convention begins with {}; it must begin by {first}", row.from_expiry);
            return Err(context.error(&span, problem));
        }
        if let Some(before) = eras.last()
            && row.from_expiry <= before.from_expiry
        {
            let problem = format!(
                "roll convention from_expiry {} must come after the one before it ({})",
                row.from_expiry, before.from_expiry
            );
            return Err(context.error(&span, problem));
        }
        eras.push(LeadRuleEra { from_expiry: row.from_expiry, rule: row.rule, confidence: row.confidence });
    }
    if eras.is_empty() {
        let problem = "the file has no row of roll_conventions; one is required".to_owned();
        return Err(CalendarFileError { line: 0, problem });
    }
    Ok(eras)
}
