//! The walk over a contract's bars, session by session.

use std::collections::BTreeMap;

use peaktrade_continuous::{Bar, Bars, BarsError, BarsView};
use peaktrade_domain::{Calendar, CalendarError, ContractSymbol, Session, TradeDate, UnixNanos};

use crate::collector::Collector;
use crate::finding::Findings;
use crate::shift::ShiftWatch;
use crate::tick_multiples::TickMultiples;
use crate::{Code, closed_hours, columns, order, silence, spike};

const DAY: i64 = 24 * 60 * UnixNanos::MINUTE;

/// Checks the bars of one contract, which come in pieces in order of time.
#[derive(Debug)]
pub struct SessionValidator<'c> {
    calendar: &'c Calendar,
    /// All sessions that the calendar knows.
    sessions: &'c [Session],
    grid: TickMultiples,
    last_trade_date: TradeDate,
    end_of_trading: i64,
    /// Days that the vendor calls other than good, by their first instant.
    degraded: BTreeMap<i64, DegradedDay>,
    /// Instant until which bars are expected.
    expected_to: Option<i64>,
    /// Number of the session whose window, from the close of the one before to its own, is being read.
    at: usize,
    /// Bars of that window whose end has not come yet.
    carry: Bars,
    newest: Option<Bar>,
    /// Number of the session up to which minutes are accounted for, and the first one that is not.
    expected: Option<(usize, i64)>,
    first_session: Option<usize>,
    last_session: Option<usize>,
    shifts: ShiftWatch,
    rows: u64,
    findings: Collector,
}

#[derive(Debug)]
struct DegradedDay {
    date: TradeDate,
    condition: String,
    bars: u64,
}

impl<'c> SessionValidator<'c> {
    /// A validator that has seen no bar.
    ///
    /// # Errors
    /// Where the calendar does not know the contract's root or its end.
    pub fn new(calendar: &'c Calendar, contract: ContractSymbol) -> Result<Self, CalendarError> {
        Ok(Self {
            calendar,
            sessions: calendar.sessions(calendar.valid_from(), calendar.valid_to())?,
            grid: TickMultiples::new(calendar.spec(contract.root())?.tick),
            last_trade_date: calendar.last_trade_date(contract)?,
            end_of_trading: calendar.last_trade_time(contract)?.nanos(),
            degraded: BTreeMap::new(),
            expected_to: None,
            at: 0,
            carry: Bars::default(),
            newest: None,
            expected: None,
            first_session: None,
            last_session: None,
            shifts: ShiftWatch::default(),
            rows: 0,
            findings: Collector::new(contract),
        })
    }

    /// States that there must be bars from `from` to `to`, exclusive, so that minutes missing at the ends count too.
    #[must_use]
    pub fn expecting(mut self, from: UnixNanos, to: UnixNanos) -> Self {
        let at = self.session_number(from.nanos());
        self.expected = self.sessions.get(at).map(|session| (at, session.open().nanos().max(from.nanos())));
        self.first_session = self.expected.map(|(at, _)| at);
        self.expected_to = Some(to.nanos());
        self
    }

    /// States in what condition a vendor calls its data of a UTC day, such as "degraded": a note if there are such bars.
    #[must_use]
    pub fn with_degraded_day(mut self, day: TradeDate, condition: &str) -> Self {
        let midnight = day.date().and_time(chrono::NaiveTime::MIN).and_utc().timestamp_nanos_opt();
        if let Some(midnight) = midnight {
            let condition = condition.to_owned();
            self.degraded.insert(midnight, DegradedDay { date: day, condition, bars: 0 });
        }
        self
    }

    /// Takes the next bars. Those that do not come after all before them are findings.
    ///
    /// # Errors
    /// Where the columns are of different lengths; nothing is taken then.
    pub fn take(&mut self, bars: BarsView<'_>) -> Result<(), BarsError> {
        let rows = bars.len();
        let others = [bars.open.len(), bars.high.len(), bars.low.len(), bars.close.len(), bars.volume.len()];
        if others.iter().any(|length| *length != rows) {
            let [open, high, low, close, volume] = others;
            return Err(BarsError::Lengths { ts: rows, open, high, low, close, volume });
        }
        self.rows += rows as u64;
        let newest = self.newest.map_or(i64::MIN, |bar| bar.ts);
        if order::is_increasing(bars.ts, newest) {
            self.take_ordered(bars);
        } else {
            let kept = order::sift(bars, self.newest, self.calendar, &mut self.findings);
            self.take_ordered(kept.view());
        }
        Ok(())
    }

    /// Ends the contract's bars.
    pub fn finish(mut self) -> Findings {
        let carry = std::mem::take(&mut self.carry);
        if !carry.is_empty() {
            self.check_window(carry.view());
        }
        if let Some(to) = self.expected_to {
            let until = self.session_number(to);
            self.account_until(until);
            let (from, session) = self.first_unaccounted(until);
            if let Some(session) = session.filter(|session| from < to && session.open().nanos() < to) {
                silence::check(session, (from, to), self.end_of_trading, self.calendar, &mut self.findings);
            }
        }
        std::mem::take(&mut self.shifts).finish(&mut self.findings);
        for day in std::mem::take(&mut self.degraded).into_values().filter(|day| day.bars > 0) {
            let words = format!("the vendor calls UTC day {} {}", day.date, day.condition);
            self.findings.add_single(Code::DegradedDay, (day.date, day.date), day.bars, words);
        }
        let sessions = self.note_calendar();
        Findings { rows: self.rows, sessions, list: self.findings.into_list() }
    }

    fn take_ordered(&mut self, bars: BarsView<'_>) {
        self.newest = bars.len().checked_sub(1).and_then(|last| bars.get(last)).or(self.newest);
        self.count_degraded(bars.ts);
        let traded = bars.ts.partition_point(|ts| *ts < self.end_of_trading);
        self.check_expired(bars.rows(traded..bars.len()));
        let mut rest = bars.rows(0..traded);
        while let Some(first) = rest.ts.first() {
            if self.carry.is_empty() {
                self.at = self.session_number(*first);
            }
            let Some(session) = self.sessions.get(self.at) else {
                // After the calendar's end no close is waited for.
                self.check_unknown(rest);
                return;
            };
            let close = session.close().nanos();
            let in_window = rest.ts.partition_point(|ts| *ts < close);
            if in_window == rest.len() {
                self.carry.extend(rest);
                return;
            }
            if self.carry.is_empty() {
                self.check_window(rest.rows(0..in_window));
            } else {
                let mut window = std::mem::take(&mut self.carry);
                window.extend(rest.rows(0..in_window));
                self.check_window(window.view());
            }
            rest = rest.rows(in_window..rest.len());
        }
    }

    /// Number of the first session that closes after an instant; past the last one where none does.
    fn session_number(&self, instant: i64) -> usize {
        self.sessions.partition_point(|session| session.close().nanos() <= instant)
    }

    /// Checks all bars from the close of the session before to the close of session `at`.
    fn check_window(&mut self, window: BarsView<'_>) {
        let Some(session) = self.sessions.get(self.at) else { return self.check_unknown(window) };
        let date = session.trade_date;
        // The last trade date ends before its session's close, so its window is whole only when nothing comes after it.
        let last_trade = if date == self.last_trade_date { window.len().checked_sub(1) } else { None };
        columns::check(window, &self.grid, date, last_trade, &mut self.findings);
        let opened = window.ts.partition_point(|ts| *ts < session.open().nanos());
        closed_hours::check(&window.ts[..opened], self.calendar, &mut self.findings);
        let mut row = opened;
        let mut traded = 0;
        for segment in &session.segments {
            let open = row + window.ts[row..].partition_point(|ts| *ts < segment.open.nanos());
            closed_hours::check(&window.ts[row..open], self.calendar, &mut self.findings);
            row = open + window.ts[open..].partition_point(|ts| *ts < segment.close.nanos());
            let bars = window.rows(open..row);
            if !bars.is_empty() {
                self.check_stamps(session, bars.ts);
                spike::check(bars, date, &mut self.findings);
                traded += bars.len();
            }
        }
        if traded > 0 {
            let (bars, closed) = (window.rows(opened..row), &window.ts[..opened]);
            self.shifts.take(session, bars, closed, &mut self.findings);
        } else {
            self.shifts.take_closed(window.ts, &mut self.findings);
        }
    }

    /// Checks bars after the last session of the calendar.
    #[cold]
    fn check_unknown(&mut self, bars: BarsView<'_>) {
        columns::check(bars, &self.grid, self.calendar.valid_to(), None, &mut self.findings);
        closed_hours::check(bars.ts, self.calendar, &mut self.findings);
        self.shifts.take_closed(bars.ts, &mut self.findings);
    }

    /// Accounts for the minutes of one segment's bars, at least one, and for those before them.
    fn check_stamps(&mut self, session: &Session, stamps: &[i64]) {
        self.account_until(self.at);
        let mut expected = match self.expected {
            Some((_, expected)) => expected.max(session.open().nanos()),
            None => stamps[0],
        };
        self.first_session.get_or_insert(self.at);
        self.last_session = Some(self.at);
        // A bar a minute after another is a whole minute where that one is.
        let mut is_whole = UnixNanos::from_nanos(stamps[0]).is_whole_minute();
        for stamp in stamps {
            if *stamp != expected {
                self.check_jump(session, expected, *stamp);
                is_whole = UnixNanos::from_nanos(*stamp).is_whole_minute();
            }
            if !is_whole {
                self.add_not_a_minute(session, *stamp);
            }
            expected = stamp.wrapping_add(Bars::DURATION_NS);
        }
        self.expected = Some((self.at, expected));
    }

    /// A bar that is not the minute after the one before it.
    #[cold]
    fn check_jump(&mut self, session: &Session, expected: i64, stamp: i64) {
        silence::check(session, (expected, stamp), self.end_of_trading, self.calendar, &mut self.findings);
    }

    #[cold]
    fn add_not_a_minute(&mut self, session: &Session, stamp: i64) {
        let open_time = UnixNanos::from_nanos(stamp);
        self.findings.add(Code::NotAMinute, session.trade_date, 1, || format!("bar of {open_time}"));
    }

    /// Files what is missing at the end of the last session with bars, and the sessions without any after it and before
    /// number `until`.
    fn account_until(&mut self, until: usize) {
        while let Some((at, from)) = self.expected.filter(|(at, _)| *at < until) {
            let session = &self.sessions[at];
            let close = session.close().nanos();
            if from <= session.open().nanos() && close <= self.end_of_trading {
                let minutes = session.minutes();
                self.findings.add(Code::MissingSession, session.trade_date, minutes, || {
                    format!("no bar from {} to {}", session.open(), session.close())
                });
            } else {
                silence::check(session, (from, close), self.end_of_trading, self.calendar, &mut self.findings);
            }
            self.expected = Some((at + 1, i64::MIN));
        }
    }

    /// First minute of session `number` that is not accounted for.
    fn first_unaccounted(&self, number: usize) -> (i64, Option<&'c Session>) {
        let session = self.sessions.get(number);
        let from = self.expected.filter(|(at, _)| *at == number).map_or(i64::MIN, |(_, from)| from);
        (from.max(session.map_or(i64::MIN, |session| session.open().nanos())), session)
    }

    #[cold]
    fn check_expired(&mut self, bars: BarsView<'_>) {
        for stamp in bars.ts {
            let open_time = UnixNanos::from_nanos(*stamp);
            let date = closed_hours::date_of(open_time, self.calendar);
            self.findings.add(Code::AfterExpiry, date, 1, || {
                format!("bar of {open_time}, trading ended at {}", UnixNanos::from_nanos(self.end_of_trading))
            });
        }
    }

    fn count_degraded(&mut self, stamps: &[i64]) {
        let (Some(first), Some(last)) = (stamps.first(), stamps.last()) else { return };
        for (midnight, day) in self.degraded.range_mut(first.saturating_sub(DAY)..=*last) {
            let past = midnight.saturating_add(DAY);
            let count = stamps.partition_point(|ts| *ts < past) - stamps.partition_point(|ts| ts < midnight);
            day.bars += count as u64;
        }
    }

    /// Notes what the sessions looked at rest on, and counts them.
    fn note_calendar(&mut self) -> u64 {
        let Some((first, last)) = self.first_session.zip(self.last_session).filter(|(first, last)| first <= last)
        else {
            return 0;
        };
        let looked_at = &self.sessions[first..=last];
        let (from, to) = (looked_at[0].trade_date, looked_at[last - first].trade_date);
        for line in self.calendar.warnings(from, to) {
            self.findings.add_single(Code::CalendarUnverified, (from, to), 1, line);
        }
        for session in looked_at.iter().filter(|session| session.is_projected) {
            self.findings.add(Code::CalendarProjected, session.trade_date, 1, || {
                format!("session of {}: no notice of the exchange yet", session.trade_date)
            });
        }
        looked_at.len() as u64
    }
}

#[cfg(test)]
mod tests;
