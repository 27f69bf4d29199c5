//! When contracts end.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};

use super::{Expiry, Table};
use crate::TradeDate;
use crate::calendar::CalendarFileError;
use crate::calendar::civil::third_friday;
use crate::calendar::rules::Rules;

/// The ends of all quarterly months whose third Friday lies in the expiries' own validity. Inside the file's validity
/// each must fall into open time of its trade date; outside of it only the rule and the overrides are known.
pub(super) fn evaluate(table: &Table, rules: &Rules<'_>) -> Result<BTreeMap<(u16, u32), Expiry>, CalendarFileError> {
    let mut expiries = BTreeMap::new();
    for year in rules.expiry.months.start().year()..=rules.expiry.months.end().year() {
        let year = u16::try_from(year).expect("years of the file are 1970 to 2261, checked when they were read");
        for month in [3, 6, 9, 12] {
            let third_friday = third_friday(year, month).expect("every month has a third Friday");
            if !rules.expiry.months.contains(&third_friday) {
                continue;
            }
            let row = rules.expiry.overrides.get(&(year, month));
            let date = row.map_or(third_friday, |row| row.last_trade_date);
            let span = row.map_or_else(|| rules.expiry.last_trade_time.span(), |row| row.span.clone());
            let last_trade_time = rules
                .zone
                .instant(date, *rules.expiry.last_trade_time.get_ref())
                .map_err(|problem| rules.lines.error(&span, problem))?;
            let is_judged = (rules.valid_from..=rules.valid_to).contains(&date);
            let is_open_for_it = (table.first_instant()..=table.last_instant()).contains(&last_trade_time)
                && table.trade_date(last_trade_time) == Some(TradeDate::new(date));
            if is_judged && let Some(row) = row {
                check_override(table, third_friday, row.last_trade_date)
                    .map_err(|problem| rules.lines.error(&span, problem))?;
            }
            if is_judged && !is_open_for_it {
                let problem = format!(
                    "contracts of {year}-{month:02} would end {last_trade_time}, which is not open time of trade date \
                     {date}; an expiry override must name a trade date"
                );
                return Err(rules.lines.error(&span, problem));
            }
            expiries.insert((year, month), Expiry { last_trade_date: TradeDate::new(date), last_trade_time });
        }
    }
    Ok(expiries)
}

/// An override speaks only where the third Friday is no trade date, and names the trade date before it.
fn check_override(table: &Table, third_friday: NaiveDate, last_trade_date: NaiveDate) -> Result<(), String> {
    let before = table.session_on_or_before(third_friday).map(|session| session.trade_date.date());
    match before {
        Some(date) if date == third_friday => Err(format!(
            "the third Friday {third_friday} is a trade date, so that contracts end on it without an override"
        )),
        Some(date) if date != last_trade_date => {
            Err(format!("last_trade_date {last_trade_date} is not {date}, the last trade date before {third_friday}"))
        }
        Some(_) | None => Ok(()),
    }
}
