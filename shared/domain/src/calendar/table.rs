//! The evaluated calendar: every session and segment of the validity, in order, with indexes for look-ups.

mod blocks;
mod expiries;
mod timeline;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

pub(super) use self::timeline::Piece;
use self::timeline::Timeline;
use super::civil::MinuteOfDay;
use super::rules::Rules;
use super::{CalendarFileError, Closure, HoursFilter, Segment, Session};
use crate::{TradeDate, UnixNanos};

/// Sessions, segments and expiries of the whole validity.
pub(super) struct Table {
    sessions: Vec<Session>,
    /// All segments in order; `sessions[session_of[i]]` holds segment `i`.
    segments: Vec<Segment>,
    session_of: Vec<usize>,
    /// Nanoseconds of open market before segment `i`, and in all at the end.
    open_nanos_before: Vec<i64>,
    /// Minutes of all sessions before session `i` by filter, and in all at the end.
    minutes_before: Vec<[u64; 3]>,
    timeline: Timeline,
    first_day: NaiveDate,
    /// For each civil day of the validity its midnight.
    midnights: Vec<UnixNanos>,
    /// For each civil day of the validity the first session on or after it; one more entry stands after the last day.
    session_from_day: Vec<usize>,
    expiries: BTreeMap<(u16, u32), Expiry>,
}

/// When contracts of one delivery month end.
#[derive(Clone, Copy)]
pub(super) struct Expiry {
    pub(super) last_trade_date: TradeDate,
    pub(super) last_trade_time: UnixNanos,
}

impl Table {
    /// Evaluates a checked file.
    ///
    /// # Errors
    /// Names the row from which no sound table follows.
    pub(super) fn evaluate(rules: &Rules<'_>) -> Result<Self, CalendarFileError> {
        let blocks = blocks::evaluate(rules)?;
        let sessions = blocks::sessions(&blocks, rules)?;
        let timeline = Timeline::build(&blocks, &sessions, rules)?;
        let mut table = Self::index(sessions, timeline, rules)?;
        table.expiries = expiries::evaluate(&table, rules)?;
        Ok(table)
    }

    fn index(sessions: Vec<Session>, timeline: Timeline, rules: &Rules<'_>) -> Result<Self, CalendarFileError> {
        let (mut segments, mut session_of, mut open_nanos_before) = (Vec::new(), Vec::new(), vec![0_i64]);
        let (mut open_nanos, mut minutes, mut minutes_before) = (0_i64, [0_u64; 3], vec![[0_u64; 3]]);
        for (at, session) in sessions.iter().enumerate() {
            for segment in &session.segments {
                segments.push(*segment);
                session_of.push(at);
                open_nanos += segment.close.nanos() - segment.open.nanos();
                open_nanos_before.push(open_nanos);
            }
            for (sum, filter) in minutes.iter_mut().zip(HoursFilter::ALL) {
                *sum += session.minutes_of(filter);
            }
            minutes_before.push(minutes);
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
        Ok(Self {
            sessions,
            segments,
            session_of,
            open_nanos_before,
            minutes_before,
            timeline,
            first_day: rules.valid_from,
            midnights,
            session_from_day,
            expiries: BTreeMap::new(),
        })
    }

    /// First instant that the file knows.
    pub(super) fn first_instant(&self) -> UnixNanos {
        self.timeline.first_instant()
    }

    /// Last instant that the file knows.
    pub(super) fn last_instant(&self) -> UnixNanos {
        self.timeline.last_instant()
    }

    /// Session of a trade date within the validity; `None` where it is no trade date.
    pub(super) fn session(&self, date: NaiveDate) -> Option<&Session> {
        let session = self.sessions.get(self.session_from_day[self.day(date)])?;
        (session.trade_date.date() == date).then_some(session)
    }

    /// Sessions of trade dates from `from` to `to`, both inclusive and within the validity.
    pub(super) fn sessions(&self, from: NaiveDate, to: NaiveDate) -> &[Session] {
        &self.sessions[self.numbers(from, to)]
    }

    /// Minutes of a part of the sessions from `from` to `to`, both inclusive and within the validity.
    pub(super) fn minutes(&self, from: NaiveDate, to: NaiveDate, filter: HoursFilter) -> u64 {
        let (numbers, of_filter) = (self.numbers(from, to), filter as usize);
        self.minutes_before[numbers.end][of_filter] - self.minutes_before[numbers.start][of_filter]
    }

    /// The session `n` places after the first one on or after a date within the validity.
    pub(super) fn nth_session(&self, from: NaiveDate, n: i32) -> Option<&Session> {
        let first = i64::try_from(self.session_from_day[self.day(from)]).ok()?;
        self.sessions.get(usize::try_from(first + i64::from(n)).ok()?)
    }

    /// Last session on or before a date within the validity.
    pub(super) fn session_on_or_before(&self, date: NaiveDate) -> Option<&Session> {
        self.session_from_day[self.day(date) + 1].checked_sub(1).map(|at| &self.sessions[at])
    }

    /// Sessions of which a part is open in [from, to).
    pub(super) fn sessions_between(&self, from: UnixNanos, to: UnixNanos) -> &[Session] {
        let first = self.segments.partition_point(|segment| segment.close <= from);
        let after = self.segments.partition_point(|segment| segment.open < to);
        let numbers = self.session_of.get(first..after).unwrap_or_default();
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return &[] };
        &self.sessions[*first..=*last]
    }

    /// Civil day of an instant that the file knows.
    pub(super) fn civil_day(&self, instant: UnixNanos) -> Option<NaiveDate> {
        let begun = self.midnights.partition_point(|midnight| *midnight <= instant);
        match begun.checked_sub(1) {
            Some(day) => self.first_day.checked_add_days(Days::new(day as u64)),
            // The evening before the first day.
            None => self.first_day.pred_opt(),
        }
    }

    /// Midnight at the start of a civil day within the validity.
    pub(super) fn midnight(&self, date: NaiveDate) -> UnixNanos {
        self.midnights[self.day(date)]
    }

    /// Trade date of an instant that the file knows; `None` where the market is closed.
    #[inline]
    pub(super) fn trade_date(&self, instant: UnixNanos) -> Option<TradeDate> {
        self.timeline.trade_date(instant)
    }

    /// Where an instant lies that the file knows.
    #[inline]
    pub(super) fn piece(&self, instant: UnixNanos) -> &Piece {
        self.timeline.piece(instant)
    }

    /// Why a piece is not regular open time; empty where it is.
    pub(super) fn reason(&self, piece: &Piece) -> &str {
        self.timeline.reason(piece)
    }

    /// What closes the market in a piece.
    pub(super) fn closure(&self, piece: &Piece) -> Option<Closure> {
        self.timeline.closure(piece)
    }

    /// Session of the segment at or after a piece; `None` past the last one.
    pub(super) fn session_at(&self, piece: &Piece) -> Option<&Session> {
        self.session_of.get(piece.segment()).map(|at| &self.sessions[*at])
    }

    /// First open strictly after a piece has begun.
    pub(super) fn next_open(&self, piece: &Piece) -> Option<UnixNanos> {
        self.segments.get(piece.segment() + usize::from(piece.is_open)).map(|segment| segment.open)
    }

    /// First close strictly after a piece has begun.
    pub(super) fn next_close(&self, piece: &Piece) -> Option<UnixNanos> {
        self.segments.get(piece.segment()).map(|segment| segment.close)
    }

    /// Nanoseconds of open market before an instant that the file knows.
    pub(super) fn open_nanos_until(&self, instant: UnixNanos) -> i64 {
        let piece = self.piece(instant);
        let at = piece.segment();
        let in_segment = if piece.is_open { instant.nanos() - self.segments[at].open.nanos() } else { 0 };
        self.open_nanos_before[at] + in_segment
    }

    /// Expiry of a delivery month that the file knows.
    pub(super) fn expiry(&self, year: u16, month: u32) -> Option<Expiry> {
        self.expiries.get(&(year, month)).copied()
    }

    /// Expiries in order.
    pub(super) fn expiries(&self) -> impl Iterator<Item = ((u16, u32), Expiry)> {
        self.expiries.iter().map(|(month, expiry)| (*month, *expiry))
    }

    fn numbers(&self, from: NaiveDate, to: NaiveDate) -> std::ops::Range<usize> {
        self.session_from_day[self.day(from)]..self.session_from_day[self.day(to) + 1]
    }

    fn day(&self, date: NaiveDate) -> usize {
        usize::try_from((date - self.first_day).num_days()).expect("callers check that the date is within the validity")
    }
}
