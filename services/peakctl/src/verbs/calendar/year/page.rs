//! A year on a page or two of eighty columns.

use super::facts::RegularSession;
use super::grid::{self, Marks};
use super::{Exception, Kind, Year};
use crate::chicago;
use crate::table;

/// What the marks of the grid mean.
const LEGEND: &str = "C closed   H halt, no trade date   E early close   O other hours\n\
                      R roll     X last trade date       T clock change  + more than one, see below\n";
/// Digits of the hash that a person compares by eye.
const HASH_DIGITS: usize = 12;

/// The whole page.
pub(super) fn page(year: &Year) -> String {
    let mut text = head(year);
    text.push_str(&grid::months(year.year, &year.months, &marks(year), year.product_first_trade_date));
    text.push_str(LEGEND);
    text.push_str("\nExceptions\n");
    text.push_str(&exceptions(&year.exceptions));
    text.push_str(&format!("\nContracts of {}\n", year.root));
    text.push_str(&contracts(year));
    text.push_str("\nClock changes: the open at the same Chicago time moves in UTC\n");
    text.push_str(&clock_changes(year));
    if !year.outages.is_empty() {
        text.push_str("\nOutages: open by the calendar, but the exchange could not trade\n");
        let row = |outage: &crate::calendar_documents::OutageDocument| {
            vec![chicago::stamp(outage.from), chicago::stamp(outage.to), outage.name.clone()]
        };
        let rows: Vec<Vec<String>> = year.outages.iter().map(row).collect();
        text.push_str(&table::page(&["from", "to", "what"], &rows));
    }
    if year.exceptions.iter().any(|exception| exception.is_projected) {
        text.push_str("\n* projected from rules, not yet published by the exchange\n");
    }
    text
}

fn head(year: &Year) -> String {
    let hash: String = year.calendar_sha256.chars().take(HASH_DIGITS).collect();
    let mut text = format!(
        "{} in {}, by calendar {} (sha256 {hash}...)\n{} sessions, {} minutes from {} to {}; times are Chicago\n",
        year.root,
        year.year,
        year.calendar_version,
        table::grouped(year.sessions),
        table::grouped(year.minutes),
        year.from,
        year.to,
    );
    for era in &year.regular_sessions {
        for (at, line) in table::wrap(&regular(era), table::PAGE_WIDTH - 2).iter().enumerate() {
            text.push_str(&format!("{}{line}\n", if at == 0 { "" } else { "  " }));
        }
    }
    text.push('\n');
    text
}

fn regular(era: &RegularSession) -> String {
    let segments: Vec<String> = era.segments.iter().map(|[open, close]| format!("{open}-{close}")).collect();
    let mut text = format!("From {}: {} (opens the evening before)", era.from, segments.join(" and "));
    if let Some([open, close]) = &era.regular_hours {
        text.push_str(&format!(", regular hours {open}-{close}"));
    }
    if let Some(settlement) = &era.settlement {
        text.push_str(&format!(", settles {settlement}"));
    }
    format!("{text}, {} minutes", table::grouped(u64::from(era.minutes)))
}

fn marks(year: &Year) -> Marks {
    let mut marks = Marks::default();
    for exception in &year.exceptions {
        let mark = match exception.kind {
            Kind::Closed => 'C',
            Kind::Halt => 'H',
            Kind::EarlyClose => 'E',
            Kind::OtherHours => 'O',
        };
        marks.put(exception.date, mark);
    }
    for roll in &year.rolls {
        marks.put(roll.trade_date, 'R');
    }
    for contract in &year.contracts {
        marks.put(contract.last_trade_date, 'X');
    }
    for change in &year.clock_changes {
        marks.put(change.trade_date, 'T');
    }
    marks
}

fn exceptions(exceptions: &[Exception]) -> String {
    let row = |exception: &Exception| {
        let mark = if exception.is_projected { "*" } else { "" };
        let what = match exception.kind {
            Kind::Closed => "closed",
            Kind::Halt => "halt",
            Kind::EarlyClose => "early close",
            Kind::OtherHours => "other hours",
        };
        vec![
            format!("{}{mark}", chicago::day(exception.date)),
            what.to_owned(),
            exception.at.map(chicago::clock).unwrap_or_default(),
            exception.trade_date.map_or_else(|| "none".to_owned(), |date| date.to_string()),
            exception.name.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = exceptions.iter().map(row).collect();
    match rows.is_empty() {
        true => "none\n".to_owned(),
        false => table::page(&["date", "what", "at", "trade date", "name"], &rows),
    }
}

fn contracts(year: &Year) -> String {
    let row = |contract: &crate::calendar_documents::ContractDocument| {
        let roll = year.rolls.iter().find(|roll| roll.from_symbol == contract.symbol);
        vec![
            contract.symbol.clone(),
            roll.map(|roll| chicago::day(roll.trade_date)).unwrap_or_default(),
            roll.map(|roll| roll.to_symbol.clone()).unwrap_or_default(),
            roll.map(|roll| chicago::day_clock(roll.roll_time)).unwrap_or_default(),
            chicago::day_clock(contract.last_trade_time),
        ]
    };
    let rows: Vec<Vec<String>> = year.contracts.iter().map(row).collect();
    if rows.is_empty() {
        return "none ends in this year\n".to_owned();
    }
    let mut text = table::layout(&["contract", "rolls on", "into", "active from", "last trade"], &rows);
    for contract in year.contracts.iter().filter(|contract| !contract.expiry_note.is_empty()) {
        text.push_str(&format!("{}: {}\n", contract.symbol, contract.expiry_note));
    }
    text + &format!("rolls by {}\n", year.roll_policy)
}

fn clock_changes(year: &Year) -> String {
    let row = |change: &super::ClockChange| {
        vec![
            chicago::day(change.trade_date),
            change.open_utc_before.clone(),
            change.open_utc.clone(),
            format!("UTC-{}", change.hours_behind_utc),
        ]
    };
    let rows: Vec<Vec<String>> = year.clock_changes.iter().map(row).collect();
    match rows.is_empty() {
        true => "none\n".to_owned(),
        false => table::layout(&["from trade date", "open was", "open is", "Chicago is"], &rows),
    }
}
