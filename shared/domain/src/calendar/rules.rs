//! The checked file: every rule that a file must keep before it is evaluated.

mod exceptions;
mod expiry;
mod hours;
mod outages;
mod price_limits;
mod products;
mod rates;

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use chrono::NaiveDate;
use toml::Spanned;

use super::civil::{MinuteOfDay, YearMonth, Zone};
use super::file::{self, File, Lines, TimeSpan};
use super::{CalendarFileError, Confidence, ContractSpec, ExchangeFeeRow, LeadRule, MarginRow, Outage, PriceLimitEra};
use crate::{ContractRoot, TradeDate};

/// Longest validity: sixty years, so that a typing error in a year cannot fill memory with sessions.
const MAX_VALID_DAYS: i64 = 60 * 366;

/// Longest text of a row, bytes: a reader sees it in one line, and rows repeat the text of their source.
const MAX_TEXT_BYTES: usize = 400;

/// A file whose rows agree with each other.
pub(super) struct Rules<'a> {
    pub(super) lines: Lines<'a>,
    pub(super) version: String,
    pub(super) zone: Zone,
    pub(super) valid_from: NaiveDate,
    pub(super) valid_to: NaiveDate,
    pub(super) valid_from_span: Range<usize>,
    pub(super) valid_to_span: Range<usize>,
    pub(super) sources: Vec<String>,
    pub(super) hours: Vec<Hours>,
    pub(super) settlements: Vec<Settlement>,
    pub(super) exceptions: BTreeMap<NaiveDate, Exception>,
    pub(super) outages: Vec<Outage>,
    pub(super) expiry: ExpiryRules,
    pub(super) lead_rules: Vec<LeadRuleEra>,
    pub(super) price_limits: Vec<PriceLimitEra>,
    /// In order of root and date.
    pub(super) specs: Vec<ContractSpec>,
    pub(super) margins: BTreeMap<ContractRoot, Vec<MarginRow>>,
    pub(super) exchange_fees: BTreeMap<ContractRoot, Vec<ExchangeFeeRow>>,
}

/// Regular hours from a trade date on.
pub(super) struct Hours {
    pub(super) from: NaiveDate,
    pub(super) confidence: Confidence,
    pub(super) opens_evening_before: MinuteOfDay,
    pub(super) closes: MinuteOfDay,
    pub(super) halts: Vec<TimeSpan>,
    pub(super) rth: TimeSpan,
    pub(super) span: Range<usize>,
}

/// Daily settlement time from a trade date on.
pub(super) struct Settlement {
    pub(super) from: NaiveDate,
    pub(super) confidence: Confidence,
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
    pub(super) confidence: Confidence,
    pub(super) trade_date_confidence: Confidence,
    pub(super) span: Range<usize>,
}

/// When contracts end.
pub(super) struct ExpiryRules {
    pub(super) months: RangeInclusive<NaiveDate>,
    pub(super) last_trade_time: Spanned<MinuteOfDay>,
    pub(super) confidence: Confidence,
    pub(super) overrides: BTreeMap<(u16, u32), ExpiryOverride>,
}

/// The last trade date of a delivery month.
pub(super) struct ExpiryOverride {
    pub(super) last_trade_date: NaiveDate,
    pub(super) name: String,
    pub(super) confidence: Confidence,
    pub(super) span: Range<usize>,
}

/// The exchange's rule for its lead month, from the contracts of a delivery month on.
pub(super) struct LeadRuleEra {
    pub(super) from_expiry: YearMonth,
    pub(super) rule: LeadRule,
    pub(super) confidence: Confidence,
}

/// What every rule needs to judge a row: the file's lines, its validity, and the sources to which rows must refer.
struct Context<'a> {
    lines: Lines<'a>,
    validity: RangeInclusive<NaiveDate>,
    /// Text of each source by its identifier.
    sources: BTreeMap<String, String>,
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
        let context = Context { lines, validity: valid_from..=valid_to, sources };
        let hours = hours::check(file.hours, &context)?;
        let expiry = expiry::check(file.expiry, &context)?;
        let specs = products::check(file.products, &context)?;
        let exceptions = exceptions::check(file.exceptions.rows, &hours, &context)?;
        exceptions::check_years(&exceptions, file.exceptions.no_holidays, valid_from, valid_to)
            .map_err(|problem| context.error(&file.valid_to.span(), problem))?;
        Ok(Self {
            settlements: hours::check_settlements(file.settlement, &context)?,
            exceptions,
            outages: outages::check(file.outages, &context)?,
            lead_rules: expiry::check_conventions(file.roll_conventions, &expiry, &context)?,
            expiry,
            price_limits: price_limits::check(file.price_limits, &hours, &context)?,
            margins: rates::check_margins(file.margins.rows, &specs, &context)?,
            exchange_fees: rates::check_fees(file.exchange_fees.rows, &specs, &context)?,
            specs,
            lines,
            version: file.version.into_inner(),
            zone: file.zone,
            valid_from,
            valid_to,
            valid_from_span: file.valid_from.span(),
            valid_to_span: file.valid_to.span(),
            sources: file.sources.into_iter().map(|source| source.into_inner().text).collect(),
            hours,
        })
    }

    /// Regular hours of a date within the validity.
    pub(super) fn hours_on(&self, date: NaiveDate) -> &Hours {
        hours::on(&self.hours, date)
    }

    /// Date of the first exception that the exchange has not published yet.
    pub(super) fn projected_from(&self) -> Option<NaiveDate> {
        let mut rows = self.exceptions.iter();
        rows.find(|(_, row)| row.confidence == Confidence::Projected).map(|(date, _)| *date)
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

impl Context<'_> {
    fn error(&self, span: &Range<usize>, problem: impl Into<String>) -> CalendarFileError {
        self.lines.error(span, problem)
    }

    /// The text of a row's source.
    fn source(&self, id: &str, span: &Range<usize>) -> Result<String, CalendarFileError> {
        self.sources.get(id).cloned().ok_or_else(|| {
            let known: Vec<&str> = self.sources.keys().map(String::as_str).collect();
            self.error(span, format!("source {id:?} is not one of the file's sources: {}", known.join(", ")))
        })
    }

    /// Checks that eras begin with the validity and follow one another inside it.
    fn check_eras(&self, what: &str, eras: &[(TradeDate, Range<usize>)]) -> Result<(), CalendarFileError> {
        let (valid_from, valid_to) = (self.validity.start(), self.validity.end());
        match eras.first() {
            Some((from, span)) if from.date() != *valid_from => {
                let problem = format!("the first {what} begins {from}; it must begin {valid_from}, valid_from");
                return Err(self.error(span, problem));
            }
            Some(_) => {}
            None => {
                let problem = format!("the file has no {what}; one beginning {valid_from} is required");
                return Err(CalendarFileError { line: 0, problem });
            }
        }
        for pair in eras.windows(2) {
            let [(before, _), (from, span)] = pair else { continue };
            if from <= before || from.date() > *valid_to {
                let problem =
                    format!("{what} from {from} must begin after the one before it ({before}) and by {valid_to}");
                return Err(self.error(span, problem));
            }
        }
        Ok(())
    }

    /// Checks that a text that a reader will be shown says something.
    fn check_text(&self, key: &str, text: &str, span: &Range<usize>) -> Result<(), CalendarFileError> {
        let problem = text_problem(text);
        problem.map_or(Ok(()), |problem| Err(self.error(span, format!("{key} {problem}"))))
    }
}

/// What is wrong with a text that a reader will be shown.
fn text_problem(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty; a text of one line is required".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Some("holds a control character; a text of one line is required".to_owned());
    }
    let is_too_long = text.len() > MAX_TEXT_BYTES;
    is_too_long.then(|| format!("has {} bytes; at most {MAX_TEXT_BYTES} are allowed", text.len()))
}

fn check_head(file: &File, lines: Lines<'_>) -> Result<(), CalendarFileError> {
    if *file.schema.get_ref() != file::SCHEMA {
        let problem =
            format!("schema {} is not read by this program; it reads {}", file.schema.get_ref(), file::SCHEMA);
        return Err(lines.error(&file.schema.span(), problem));
    }
    if let Some(problem) = text_problem(file.version.get_ref()) {
        return Err(lines.error(&file.version.span(), format!("version {problem}")));
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

fn check_sources(
    rows: &[Spanned<file::Source>],
    lines: Lines<'_>,
) -> Result<BTreeMap<String, String>, CalendarFileError> {
    let mut sources = BTreeMap::new();
    for row in rows {
        let file::Source { id, text } = row.get_ref();
        for (key, value) in [("id", id), ("text", text)] {
            if let Some(problem) = text_problem(value) {
                return Err(lines.error(&row.span(), format!("{key} of a source {problem}")));
            }
        }
        if sources.insert(id.clone(), text.clone()).is_some() {
            return Err(lines.error(&row.span(), format!("source {id:?} stands twice")));
        }
    }
    Ok(sources)
}
