//! The checked file: every rule that a file must keep before it is evaluated.

mod exceptions;
mod products;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::NaiveDate;
use toml::Spanned;

use super::civil::{MinuteOfDay, Zone, is_weekday, third_friday};
use super::file::{self, File, Halt, Lines};
use super::{CalendarFileError, Outage};
use crate::ContractSpec;

/// Longest validity: sixty years, so that a typing error in a year cannot fill memory with sessions.
const MAX_VALID_DAYS: i64 = 60 * 366;

/// A file whose rows agree with each other.
pub(super) struct Rules<'a> {
    pub(super) lines: Lines<'a>,
    pub(super) version: String,
    pub(super) zone: Zone,
    pub(super) valid_from: NaiveDate,
    pub(super) valid_to: NaiveDate,
    pub(super) valid_to_span: Range<usize>,
    pub(super) sources: Vec<String>,
    pub(super) hours: Vec<Hours>,
    pub(super) settlements: Vec<Settlement>,
    pub(super) exceptions: BTreeMap<NaiveDate, Exception>,
    pub(super) outages: Vec<Outage>,
    pub(super) last_trade_time: Spanned<MinuteOfDay>,
    pub(super) expiry_overrides: BTreeMap<(u16, u32), ExpiryOverride>,
    pub(super) specs: Vec<ContractSpec>,
}

/// Regular hours from a trade date on.
pub(super) struct Hours {
    pub(super) from: NaiveDate,
    pub(super) opens_evening_before: MinuteOfDay,
    pub(super) closes: MinuteOfDay,
    pub(super) halts: Vec<Halt>,
    pub(super) span: Range<usize>,
}

/// Daily settlement time from a trade date on.
pub(super) struct Settlement {
    pub(super) from: NaiveDate,
    pub(super) time: MinuteOfDay,
    pub(super) span: Range<usize>,
}

/// What a date's exception does, with the times it needs.
pub(super) enum Effect {
    Closed,
    Halt { at: MinuteOfDay },
    EarlyClose { at: MinuteOfDay, settlement: MinuteOfDay },
}

/// One date that is not regular.
pub(super) struct Exception {
    pub(super) effect: Effect,
    pub(super) name: String,
    pub(super) is_projected: bool,
    pub(super) span: Range<usize>,
}

/// The last trade date of a delivery month.
pub(super) struct ExpiryOverride {
    pub(super) last_trade_date: NaiveDate,
    pub(super) span: Range<usize>,
}

/// Identifiers of the file's sources, to which every row must refer.
struct Sources {
    ids: BTreeSet<String>,
}

impl<'a> Rules<'a> {
    /// Checks a file.
    ///
    /// # Errors
    /// Names the line of the first row that breaks a rule, and the rule.
    pub(super) fn check(file: File, text: &'a str) -> Result<Self, CalendarFileError> {
        let lines = Lines::of(text);
        check_head(&file, lines)?;
        let (valid_from, valid_to) = (file.valid_from.get_ref().date(), file.valid_to.get_ref().date());
        let sources = check_sources(&file.sources, lines)?;
        let hours = check_hours(file.hours, valid_from, valid_to, &sources, lines)?;
        let settlements = check_settlements(file.settlement, valid_from, valid_to, &sources, lines)?;
        Ok(Self {
            exceptions: exceptions::check(file.exceptions.rows, &hours, valid_from..=valid_to, &sources, lines)?,
            outages: check_outages(file.outages, valid_from, valid_to, &sources, lines)?,
            expiry_overrides: check_overrides(file.expiry.overrides, valid_from, valid_to, &sources, lines)?,
            specs: products::check(file.products, &sources, lines)?,
            lines,
            version: file.version.into_inner(),
            zone: file.zone,
            valid_from,
            valid_to,
            valid_to_span: file.valid_to.span(),
            sources: file.sources.into_iter().map(|source| source.into_inner().text).collect(),
            hours,
            settlements,
            last_trade_time: file.expiry.last_trade_time,
        })
    }

    /// Regular hours of a date within the validity.
    pub(super) fn hours_on(&self, date: NaiveDate) -> &Hours {
        hours_on(&self.hours, date)
    }

    /// Daily settlement time of a regular date within the validity.
    ///
    /// # Errors
    /// Where it lies after the close of that date's hours.
    pub(super) fn settlement_on(&self, date: NaiveDate) -> Result<MinuteOfDay, CalendarFileError> {
        let after = self.settlements.partition_point(|row| row.from <= date);
        let row = &self.settlements[after.saturating_sub(1)];
        let closes = self.hours_on(date).closes;
        if row.time > closes {
            let problem = format!("settlement at {} lies after the close at {closes} on {date}", row.time);
            return Err(self.lines.error(&row.span, problem));
        }
        Ok(row.time)
    }
}

impl Sources {
    fn check(&self, id: &str, span: &Range<usize>, lines: Lines<'_>) -> Result<(), CalendarFileError> {
        if self.ids.contains(id) {
            return Ok(());
        }
        let known: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        Err(lines.error(span, format!("source {id:?} is not one of the file's sources: {}", known.join(", "))))
    }
}

fn hours_on(hours: &[Hours], date: NaiveDate) -> &Hours {
    let after = hours.partition_point(|row| row.from <= date);
    &hours[after.saturating_sub(1)]
}

fn check_head(file: &File, lines: Lines<'_>) -> Result<(), CalendarFileError> {
    if *file.schema.get_ref() != file::SCHEMA {
        let problem =
            format!("schema {} is not read by this program; it reads {}", file.schema.get_ref(), file::SCHEMA);
        return Err(lines.error(&file.schema.span(), problem));
    }
    if file.version.get_ref().trim().is_empty() {
        return Err(lines.error(&file.version.span(), "version is empty; a text such as \"2026.11.1\" is required"));
    }
    let days = (file.valid_to.get_ref().date() - file.valid_from.get_ref().date()).num_days();
    if !(0..=MAX_VALID_DAYS).contains(&days) {
        let problem = format!(
            "valid_to {} is not on or after valid_from {} and within {MAX_VALID_DAYS} days of it",
            file.valid_to.get_ref(),
            file.valid_from.get_ref()
        );
        return Err(lines.error(&file.valid_to.span(), problem));
    }
    Ok(())
}

fn check_sources(rows: &[Spanned<file::Source>], lines: Lines<'_>) -> Result<Sources, CalendarFileError> {
    let mut ids = BTreeSet::new();
    for row in rows {
        if !ids.insert(row.get_ref().id.clone()) {
            return Err(lines.error(&row.span(), format!("source {:?} stands twice", row.get_ref().id)));
        }
    }
    Ok(Sources { ids })
}

/// Checks that eras begin with the validity and follow one another inside it.
fn check_eras(
    what: &str,
    eras: &[(NaiveDate, Range<usize>)],
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    lines: Lines<'_>,
) -> Result<(), CalendarFileError> {
    match eras.first() {
        Some((from, span)) if *from != valid_from => {
            return Err(
                lines.error(span, format!("the first {what} begins {from}; it must begin {valid_from}, valid_from"))
            );
        }
        Some(_) => {}
        None => {
            let problem = format!("the file has no {what}; one beginning {valid_from} is required");
            return Err(CalendarFileError { line: 0, problem });
        }
    }
    for pair in eras.windows(2) {
        let [(before, _), (from, span)] = pair else { continue };
        if from <= before || *from > valid_to {
            let problem = format!("{what} from {from} must begin after the one before it ({before}) and by {valid_to}");
            return Err(lines.error(span, problem));
        }
    }
    Ok(())
}

fn check_hours(
    rows: Vec<Spanned<file::Hours>>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    sources: &Sources,
    lines: Lines<'_>,
) -> Result<Vec<Hours>, CalendarFileError> {
    let eras: Vec<_> = rows.iter().map(|row| (row.get_ref().from.date(), row.span())).collect();
    check_eras("row of hours", &eras, valid_from, valid_to, lines)?;
    let mut hours = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        sources.check(&row.source, &span, lines)?;
        if row.opens_evening_before < row.closes {
            let problem = format!(
                "opens_evening_before {} lies before closes {}: one day's block would overlap the next one's",
                row.opens_evening_before, row.closes
            );
            return Err(lines.error(&span, problem));
        }
        let mut open_since = MinuteOfDay::MIDNIGHT;
        for halt in &row.halts {
            if !(open_since < halt.from && halt.from < halt.to && halt.to < row.closes) {
                let problem = format!(
                    "halt {} to {} must lie after {open_since} and before the close at {}, in order",
                    halt.from, halt.to, row.closes
                );
                return Err(lines.error(&span, problem));
            }
            open_since = halt.to;
        }
        hours.push(Hours {
            from: row.from.date(),
            opens_evening_before: row.opens_evening_before,
            closes: row.closes,
            halts: row.halts,
            span,
        });
    }
    Ok(hours)
}

fn check_settlements(
    rows: Vec<Spanned<file::Settlement>>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    sources: &Sources,
    lines: Lines<'_>,
) -> Result<Vec<Settlement>, CalendarFileError> {
    let eras: Vec<_> = rows.iter().map(|row| (row.get_ref().from.date(), row.span())).collect();
    check_eras("row of settlement", &eras, valid_from, valid_to, lines)?;
    let mut settlements = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        sources.check(&row.source, &span, lines)?;
        settlements.push(Settlement { from: row.from.date(), time: row.time, span });
    }
    Ok(settlements)
}

fn check_outages(
    rows: Vec<Spanned<file::OutageRow>>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    sources: &Sources,
    lines: Lines<'_>,
) -> Result<Vec<Outage>, CalendarFileError> {
    let mut outages: Vec<Outage> = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        sources.check(&row.source, &span, lines)?;
        let outage = Outage { from: row.from, to: row.to, name: row.name };
        let validity = valid_from..=valid_to;
        let is_within = [row.from, row.to].iter().all(|end| validity.contains(&end.to_datetime().date_naive()));
        let not_before = outages.last().map_or(outage.from, |last| last.to);
        if !is_within || outage.to <= outage.from || outage.from < not_before {
            let problem = format!(
                "outage {} to {} must end after it begins, follow the one before, and lie within {valid_from} to {valid_to}",
                row.from, row.to
            );
            return Err(lines.error(&span, problem));
        }
        outages.push(outage);
    }
    Ok(outages)
}

fn check_overrides(
    rows: Vec<Spanned<file::ExpiryOverride>>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    sources: &Sources,
    lines: Lines<'_>,
) -> Result<BTreeMap<(u16, u32), ExpiryOverride>, CalendarFileError> {
    let mut overrides = BTreeMap::new();
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        sources.check(&row.source, &span, lines)?;
        let third_friday = third_friday(row.month.year, row.month.month)
            .filter(|date| row.month.month % 3 == 0 && (valid_from..=valid_to).contains(date))
            .ok_or_else(|| {
                let problem = format!(
                    "month {} is not a March, June, September or December whose third Friday lies in {valid_from} to {valid_to}",
                    row.month
                );
                lines.error(&span, problem)
            })?;
        let last_trade_date = row.last_trade_date.date();
        let days_before = (third_friday - last_trade_date).num_days();
        if !(1..=7).contains(&days_before) || !is_weekday(last_trade_date) {
            let problem = format!(
                "last_trade_date {last_trade_date} ({}) is not a weekday within the week before the third Friday, {third_friday}",
                row.name
            );
            return Err(lines.error(&span, problem));
        }
        let key = (row.month.year, row.month.month);
        if overrides.insert(key, ExpiryOverride { last_trade_date, span: span.clone() }).is_some() {
            return Err(lines.error(&span, format!("month {} stands twice", row.month)));
        }
    }
    Ok(overrides)
}
