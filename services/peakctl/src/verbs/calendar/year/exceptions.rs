//! The weekdays of a range on which the market is not open as usual, read off its sessions.

use chrono::{Datelike as _, Weekday};
use peaktrade_domain::{TradeDate, UnixNanos};
use serde::Serialize;

use crate::calendar_documents::SessionDocument;
use crate::chicago;

/// What is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// The market does not open for it.
    Closed,
    /// Open until a time; no trade date, the hours belong to the next one.
    Halt,
    /// A trade date that ends early.
    EarlyClose,
    /// A trade date that the calendar calls not regular for another reason.
    OtherHours,
}

/// One weekday that is not regular.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Exception {
    /// Civil date.
    pub(super) date: TradeDate,
    /// What is different.
    pub(super) kind: Kind,
    /// Instant at which trading ends early; absent where the market does not open, or closes as usual.
    pub(super) at: Option<UnixNanos>,
    /// Trade date to which the open hours belong; absent where there are none.
    pub(super) trade_date: Option<TradeDate>,
    /// The calendar's name for it; empty where the sessions do not tell it apart from another one's.
    pub(super) name: String,
    /// Whether it follows from rules and is not yet published.
    pub(super) is_projected: bool,
}

/// What separates the names of several exceptions in one session's note.
const NOTE_SEPARATOR: &str = "; ";

/// Exceptions between `from` and `to`, both inclusive, in order. `sessions` reaches some days further on both sides, so
/// that the session after the last holiday is among them. `projected_from` is the calendar's first projected date, ISO
/// 8601, or empty.
pub(super) fn find(
    sessions: &[SessionDocument],
    from: TradeDate,
    to: TradeDate,
    projected_from: &str,
) -> Vec<Exception> {
    let projected_from = projected_from.parse::<TradeDate>().ok();
    let mut found = Vec::new();
    for (at, session) in sessions.iter().enumerate() {
        // Before the first session there are only days that are asked about where nothing is known further back.
        let first = at.checked_sub(1).and_then(|before| sessions[before].trade_date.next_day()).unwrap_or(from);
        let closed_or_halted = weekdays(first, session.trade_date).map(|date| {
            let halt = session.segments.iter().rev().find(|segment| chicago::date(segment.close) == date);
            Exception {
                date,
                kind: if halt.is_some() { Kind::Halt } else { Kind::Closed },
                at: halt.map(|segment| segment.close),
                trade_date: halt.map(|_| session.trade_date),
                name: String::new(),
                is_projected: match halt {
                    Some(_) => session.is_projected,
                    None => projected_from.is_some_and(|from| date >= from),
                },
            }
        });
        let mut of_session: Vec<Exception> = closed_or_halted.collect();
        of_session.extend(own_exception(sessions, at, !of_session.is_empty()));
        name(&mut of_session, &session.note);
        found.extend(of_session.into_iter().filter(|exception| (from..=to).contains(&exception.date)));
    }
    found
}

/// Weekdays from `first` on that lie before a date.
fn weekdays(first: TradeDate, before: TradeDate) -> impl Iterator<Item = TradeDate> {
    first
        .date()
        .iter_days()
        .take_while(move |day| *day < before.date())
        .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
        .map(TradeDate::new)
}

/// What is different on the trade date itself.
fn own_exception(sessions: &[SessionDocument], at: usize, explains_its_note: bool) -> Option<Exception> {
    let session = &sessions[at];
    let close = session.segments.last()?.close;
    let is_early = !session.note.is_empty()
        && usual_close(sessions, at).is_some_and(|usual| chicago::minute_of_day(close) < usual);
    let kind = match is_early {
        true => Kind::EarlyClose,
        false if session.note.is_empty() || explains_its_note => return None,
        false => Kind::OtherHours,
    };
    Some(Exception {
        date: session.trade_date,
        kind,
        at: is_early.then_some(close),
        trade_date: Some(session.trade_date),
        name: String::new(),
        is_projected: session.is_projected,
    })
}

/// Minute of the day at which the nearest regular session closes; one before counts as nearer.
fn usual_close(sessions: &[SessionDocument], at: usize) -> Option<u32> {
    let before = sessions[..at].iter().rev();
    let after = sessions[at..].iter();
    let regular = before.chain(after).find(|session| session.note.is_empty())?;
    Some(chicago::minute_of_day(regular.segments.last()?.close))
}

/// Gives the exceptions of one session the names that its note holds, where each has one.
fn name(exceptions: &mut [Exception], note: &str) {
    let names: Vec<&str> = note.split(NOTE_SEPARATOR).collect();
    let is_told = |exception: &&mut Exception| exception.kind != Kind::Closed;
    let told = exceptions.iter_mut().filter(is_told).count();
    if note.is_empty() || names.len() != told {
        return;
    }
    for (exception, name) in exceptions.iter_mut().filter(is_told).zip(names) {
        exception.name = name.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::{Exception, Kind, find};
    use crate::calendar_documents::{SegmentDocument, SessionDocument};

    fn session(trade_date: &str, segments: &[(&str, &str)], note: &str) -> SessionDocument {
        let segment = |(open, close): &(&str, &str)| SegmentDocument {
            open: open.parse().unwrap(),
            close: close.parse().unwrap(),
        };
        SessionDocument {
            trade_date: trade_date.parse().unwrap(),
            segments: segments.iter().map(segment).collect(),
            minutes: 0,
            settlement: None,
            regular_hours: None,
            note: note.to_owned(),
            is_projected: false,
        }
    }

    fn lines(found: &[Exception]) -> Vec<String> {
        let line = |exception: &Exception| {
            let at = exception.at.map_or_else(|| "-".to_owned(), crate::chicago::clock);
            let trade_date = exception.trade_date.map_or_else(|| "-".to_owned(), |date| date.to_string());
            format!("{} {:?} {at} {trade_date} {}", exception.date, exception.kind, exception.name)
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn a_week_with_a_halt_and_an_early_close_gives_each_its_day_and_name() {
        let sessions = [
            session("2026-11-25", &[("2026-11-24T23:00:00Z", "2026-11-25T22:00:00Z")], ""),
            session(
                "2026-11-27",
                &[("2026-11-25T23:00:00Z", "2026-11-26T18:00:00Z"), ("2026-11-26T23:00:00Z", "2026-11-27T18:15:00Z")],
                "Thanksgiving; Day after Thanksgiving",
            ),
            session("2026-11-30", &[("2026-11-29T23:00:00Z", "2026-11-30T22:00:00Z")], ""),
        ];
        let (from, to) = ("2026-11-25".parse().unwrap(), "2026-11-30".parse().unwrap());
        assert_eq!(
            lines(&find(&sessions, from, to, "")),
            [
                "2026-11-26 Halt 12:00 2026-11-27 Thanksgiving",
                "2026-11-27 EarlyClose 12:15 2026-11-27 Day after Thanksgiving"
            ]
        );
    }

    #[test]
    fn a_closed_day_has_no_trade_date_and_is_projected_from_the_calendars_date_on() {
        let sessions = [
            session("2026-12-24", &[("2026-12-23T23:00:00Z", "2026-12-24T18:15:00Z")], "Christmas Eve"),
            session("2026-12-28", &[("2026-12-27T23:00:00Z", "2026-12-28T22:00:00Z")], ""),
        ];
        let (from, to) = ("2026-12-24".parse().unwrap(), "2026-12-31".parse().unwrap());
        let found = find(&sessions, from, to, "2026-12-25");
        assert_eq!(lines(&found), ["2026-12-24 EarlyClose 12:15 2026-12-24 Christmas Eve", "2026-12-25 Closed - - "]);
        assert!(found[1].is_projected && found[1].kind == Kind::Closed);
        assert!(!find(&sessions, from, to, "2026-12-26")[1].is_projected);
        assert!(find(&sessions, "2026-12-26".parse().unwrap(), to, "").is_empty());
    }

    #[test]
    fn a_closed_day_before_the_first_session_is_found() {
        let sessions = [session("2015-01-02", &[("2015-01-01T23:00:00Z", "2015-01-02T22:00:00Z")], "")];
        let (from, to) = ("2015-01-01".parse().unwrap(), "2015-01-02".parse().unwrap());
        assert_eq!(lines(&find(&sessions, from, to, "")), ["2015-01-01 Closed - - "]);
    }
}
