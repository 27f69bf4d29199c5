//! The evaluated calendar: every session and segment of the validity, in order, with indexes for look-ups.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};

use super::civil::{MinuteOfDay, day_before, is_weekday, third_friday};
use super::rules::{Effect, Hours, Rules};
use super::{CalendarFileError, Segment, Session};
use crate::{TradeDate, UnixNanos};

/// Sessions, segments and expiries of the whole validity.
#[derive(Debug)]
pub(super) struct Table {
    sessions: Vec<Session>,
    /// All segments in order; `sessions[session_of[i]]` holds segment `i`.
    segments: Vec<Segment>,
    session_of: Vec<usize>,
    /// Nanoseconds of open market before segment `i`, and in all at the end.
    open_nanos_before: Vec<i64>,
    first_day: NaiveDate,
    /// For each civil day of the validity its midnight.
    midnights: Vec<UnixNanos>,
    /// For each civil day of the validity the first session on or after it; one more entry stands after the last day.
    session_from_day: Vec<usize>,
    expiries: BTreeMap<(u16, u32), Expiry>,
}

/// When contracts of one delivery month end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expiry {
    pub(super) last_trade_date: TradeDate,
    pub(super) last_trade_time: UnixNanos,
}

/// Where an instant lies among the segments.
pub(super) struct Place {
    /// First segment that closes after the instant; the number of segments where none does.
    segment: usize,
    /// Whether the instant lies in it.
    pub(super) is_open: bool,
}

impl Table {
    /// Evaluates a checked file.
    ///
    /// # Errors
    /// Names the row from which no sound table follows.
    pub(super) fn evaluate(rules: &Rules<'_>) -> Result<Self, CalendarFileError> {
        let sessions = evaluate_sessions(rules)?;
        let mut table = Self::index(sessions, rules)?;
        table.expiries = evaluate_expiries(&table, rules)?;
        Ok(table)
    }

    fn index(sessions: Vec<Session>, rules: &Rules<'_>) -> Result<Self, CalendarFileError> {
        let (mut segments, mut session_of, mut open_nanos_before) = (Vec::new(), Vec::new(), vec![0_i64]);
        let mut open_nanos = 0_i64;
        for (at, session) in sessions.iter().enumerate() {
            for segment in &session.segments {
                segments.push(*segment);
                session_of.push(at);
                open_nanos += segment.close.nanos() - segment.open.nanos();
                open_nanos_before.push(open_nanos);
            }
        }
        let (mut midnights, mut session_from_day) = (Vec::new(), Vec::new());
        let mut next_session = 0;
        for day in rules.valid_from.iter_days().take_while(|day| *day <= rules.valid_to) {
            let midnight = rules.zone.instant(day, MinuteOfDay::MIDNIGHT);
            midnights.push(midnight.map_err(|problem| CalendarFileError { line: 0, problem })?);
            session_from_day.push(next_session);
            if sessions.get(next_session).is_some_and(|session| session.trade_date.date() == day) {
                next_session += 1;
            }
        }
        session_from_day.push(next_session);
        let expiries = BTreeMap::new();
        let first_day = rules.valid_from;
        Ok(Self { sessions, segments, session_of, open_nanos_before, first_day, midnights, session_from_day, expiries })
    }

    /// First open instant.
    pub(super) fn first_open(&self) -> UnixNanos {
        self.segments[0].open
    }

    /// End of the last segment.
    pub(super) fn last_close(&self) -> UnixNanos {
        self.segments[self.segments.len() - 1].close
    }

    /// Sessions of trade dates from `from` to `to`, both inclusive and within the validity.
    pub(super) fn sessions(&self, from: NaiveDate, to: NaiveDate) -> &[Session] {
        &self.sessions[self.session_from_day[self.day(from)]..self.session_from_day[self.day(to) + 1]]
    }

    /// First session on or after a date within the validity.
    pub(super) fn session_on_or_after(&self, date: NaiveDate) -> Option<&Session> {
        self.sessions.get(self.session_from_day[self.day(date)])
    }

    /// Midnight at the start of a civil day within the validity.
    pub(super) fn midnight(&self, date: NaiveDate) -> UnixNanos {
        self.midnights[self.day(date)]
    }

    /// Where an instant lies.
    pub(super) fn place(&self, instant: UnixNanos) -> Place {
        let segment = self.segments.partition_point(|segment| segment.close <= instant);
        let is_open = self.segments.get(segment).is_some_and(|segment| segment.open <= instant);
        Place { segment, is_open }
    }

    /// Session of the segment at or after a place; `None` past the last one.
    pub(super) fn session_at(&self, place: &Place) -> Option<&Session> {
        self.session_of.get(place.segment).map(|at| &self.sessions[*at])
    }

    /// First open strictly after an instant.
    pub(super) fn next_open(&self, place: &Place) -> Option<UnixNanos> {
        self.segments.get(place.segment + usize::from(place.is_open)).map(|segment| segment.open)
    }

    /// First close strictly after an instant.
    pub(super) fn next_close(&self, place: &Place) -> Option<UnixNanos> {
        self.segments.get(place.segment).map(|segment| segment.close)
    }

    /// Nanoseconds of open market before an instant.
    pub(super) fn open_nanos_until(&self, instant: UnixNanos) -> i64 {
        let place = self.place(instant);
        let in_segment = if place.is_open { instant.nanos() - self.segments[place.segment].open.nanos() } else { 0 };
        self.open_nanos_before[place.segment] + in_segment
    }

    /// Expiry of a delivery month whose third Friday lies within the validity.
    pub(super) fn expiry(&self, year: u16, month: u32) -> Option<Expiry> {
        self.expiries.get(&(year, month)).copied()
    }

    /// Expiries in order.
    pub(super) fn expiries(&self) -> impl Iterator<Item = ((u16, u32), Expiry)> {
        self.expiries.iter().map(|(month, expiry)| (*month, *expiry))
    }

    fn day(&self, date: NaiveDate) -> usize {
        usize::try_from((date - self.first_day).num_days()).expect("callers check that the date is within the validity")
    }
}

/// Walks the weekdays; what a holiday leaves open is carried to the next trade date.
fn evaluate_sessions(rules: &Rules<'_>) -> Result<Vec<Session>, CalendarFileError> {
    let mut sessions: Vec<Session> = Vec::new();
    let (mut segments, mut notes, mut is_projected) = (Vec::new(), Vec::new(), false);
    for day in rules.valid_from.iter_days().take_while(|day| *day <= rules.valid_to).filter(|day| is_weekday(*day)) {
        let exception = rules.exceptions.get(&day);
        let (end, settlement) = match exception.map(|exception| &exception.effect) {
            Some(Effect::Closed) => continue,
            Some(Effect::Halt { at }) => (Some(*at), None),
            Some(Effect::EarlyClose { at, settlement }) => (Some(*at), Some(*settlement)),
            None => (None, Some(rules.settlement_on(day)?)),
        };
        let hours = rules.hours_on(day);
        let span = exception.map_or(&hours.span, |exception| &exception.span);
        segments.extend(block(day, end, hours, rules).map_err(|problem| rules.lines.error(span, problem))?);
        if let Some(exception) = exception {
            notes.push(exception.name.as_str());
            is_projected |= exception.is_projected;
        }
        let Some(settlement) = settlement else { continue };
        let settlement = rules.zone.instant(day, settlement).map_err(|problem| rules.lines.error(span, problem))?;
        sessions.push(Session {
            trade_date: TradeDate::new(day),
            segments: std::mem::take(&mut segments),
            settlement,
            note: std::mem::take(&mut notes).join("; "),
            is_projected: std::mem::take(&mut is_projected),
        });
    }
    check_sessions(&sessions, rules)?;
    Ok(sessions)
}

/// The open segments between the evening before a day and its close, ended early at `end`.
fn block(day: NaiveDate, end: Option<MinuteOfDay>, hours: &Hours, rules: &Rules<'_>) -> Result<Vec<Segment>, String> {
    let close_of_day = end.unwrap_or(hours.closes);
    let mut segments = Vec::with_capacity(hours.halts.len() + 1);
    let mut open = rules.zone.instant(day_before(day), hours.opens_evening_before)?;
    for halt in hours.halts.iter().take_while(|halt| halt.from < close_of_day) {
        segments.push(Segment { open, close: rules.zone.instant(day, halt.from)? });
        open = rules.zone.instant(day, halt.to)?;
    }
    segments.push(Segment { open, close: rules.zone.instant(day, close_of_day)? });
    Ok(segments)
}

/// The laws every later look-up relies on.
fn check_sessions(sessions: &[Session], rules: &Rules<'_>) -> Result<(), CalendarFileError> {
    let ends = (sessions.first().map(|session| session.trade_date), sessions.last().map(|session| session.trade_date));
    if ends != (Some(TradeDate::new(rules.valid_from)), Some(TradeDate::new(rules.valid_to))) {
        let problem = format!(
            "valid_from {} and valid_to {} must be trade dates, so that no open time belongs to a date outside",
            rules.valid_from, rules.valid_to
        );
        return Err(rules.lines.error(&rules.valid_to_span, problem));
    }
    let mut closed_since = None;
    for segment in sessions.iter().flat_map(|session| &session.segments) {
        if segment.close <= segment.open || closed_since.is_some_and(|close| segment.open < close) {
            let problem =
                format!("segment {} to {} overlaps the one before it or is empty", segment.open, segment.close);
            return Err(CalendarFileError { line: 0, problem });
        }
        closed_since = Some(segment.close);
    }
    Ok(())
}

fn evaluate_expiries(table: &Table, rules: &Rules<'_>) -> Result<BTreeMap<(u16, u32), Expiry>, CalendarFileError> {
    let mut expiries = BTreeMap::new();
    for year in rules.valid_from.year()..=rules.valid_to.year() {
        let year = u16::try_from(year).expect("years of the file are 1970 to 2261, checked when they were read");
        for month in [3, 6, 9, 12] {
            let third_friday = third_friday(year, month).expect("every month has a third Friday");
            if !(rules.valid_from..=rules.valid_to).contains(&third_friday) {
                continue;
            }
            let row = rules.expiry_overrides.get(&(year, month));
            let date = row.map_or(third_friday, |row| row.last_trade_date);
            let span = row.map_or_else(|| rules.last_trade_time.span(), |row| row.span.clone());
            let last_trade_time = rules
                .zone
                .instant(date, *rules.last_trade_time.get_ref())
                .map_err(|problem| rules.lines.error(&span, problem))?;
            let place = table.place(last_trade_time);
            let is_open_for_it =
                place.is_open && table.session_at(&place).is_some_and(|session| session.trade_date.date() == date);
            if !is_open_for_it {
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
