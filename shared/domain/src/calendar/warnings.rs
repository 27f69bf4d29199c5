//! Rows that nothing confirms yet, worded once when the file is read: they are asked for with every answer.

use chrono::NaiveDate;

use super::rules::{Effect, Rules};
use super::table::Table;
use super::{Calendar, Outage};
use crate::TradeDate;

/// One row that nothing confirms, and the first and the last trade date that it touches.
pub(super) struct Warning {
    first: TradeDate,
    last: TradeDate,
    line: String,
}

impl Calendar {
    /// One line for each era, outage and exception that touches the trade dates from `from` to `to`, both inclusive, and
    /// that nothing confirms yet; each kind in order of date. An outage touches the trade dates whose sessions it lies
    /// in, a halted day its own date and the trade date of its open hours.
    pub fn warnings(&self, from: TradeDate, to: TradeDate) -> Vec<String> {
        let touched = |warning: &&Warning| from <= to && warning.first <= to && from <= warning.last;
        self.inner.warnings.iter().filter(touched).map(|warning| warning.line.clone()).collect()
    }
}

/// The warnings of a checked and evaluated file.
pub(super) fn evaluate(rules: &Rules<'_>, table: &Table) -> Vec<Warning> {
    let mut warnings = eras(rules);
    let outages = rules.outages.iter().filter(|outage| outage.confidence.is_unconfirmed());
    warnings.extend(outages.filter_map(|outage| of_outage(outage, table)));
    warnings.extend(exceptions(rules, table));
    warnings
}

/// The eras of hours and settlement, each until the day before the next one.
fn eras(rules: &Rules<'_>) -> Vec<Warning> {
    let hours: Vec<_> = rules.hours.iter().map(|row| (row.from, row.confidence)).collect();
    let settlements: Vec<_> = rules.settlements.iter().map(|row| (row.from, row.confidence)).collect();
    let mut warnings = Vec::new();
    for (what, rows) in [("hours", hours), ("settlement", settlements)] {
        for (at, (from, confidence)) in rows.iter().enumerate().filter(|(_, row)| row.1.is_unconfirmed()) {
            let last = rows.get(at + 1).and_then(|(next, _)| next.pred_opt()).unwrap_or(NaiveDate::MAX);
            let line = format!("the {what} from {from} are {}", confidence.name());
            warnings.push(Warning { first: TradeDate::new(*from), last: TradeDate::new(last), line });
        }
    }
    warnings
}

/// `None` where the market is closed all the time: no trade date lacks anything.
fn of_outage(outage: &Outage, table: &Table) -> Option<Warning> {
    let sessions = table.sessions_between(outage.from, outage.to);
    let (first, last) = (sessions.first()?.trade_date, sessions.last()?.trade_date);
    let line = format!("{} {}: the outage is {}", outage.from, outage.name, outage.confidence.name());
    Some(Warning { first, last, line })
}

fn exceptions<'a>(rules: &'a Rules<'_>, table: &'a Table) -> impl Iterator<Item = Warning> + 'a {
    rules.exceptions.iter().filter_map(|(date, row)| {
        let is_halt = matches!(row.effect, Effect::Halt { .. });
        let line = if row.confidence.is_unconfirmed() {
            format!("{date} {}: the row is {}", row.name, row.confidence.name())
        } else if is_halt && row.trade_date_confidence.is_unconfirmed() {
            let confidence = row.trade_date_confidence.name();
            format!("{date} {}: the trade date of its open hours is {confidence}", row.name)
        } else {
            return None;
        };
        let first = TradeDate::new(*date);
        let carried_to = if is_halt { table.nth_session(*date, 0) } else { None };
        Some(Warning { first, last: carried_to.map_or(first, |session| session.trade_date), line })
    })
}
