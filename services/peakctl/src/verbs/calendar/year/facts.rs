//! What the sessions of a year say by themselves: months, regular hours, clock changes.

use chrono::Datelike as _;
use peaktrade_domain::TradeDate;
use serde::Serialize;

use crate::calendar_documents::{SegmentDocument, SessionDocument};
use crate::chicago;

/// Sessions and minutes of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct MonthCount {
    /// 1 is January.
    pub(super) month: u32,
    pub(super) sessions: u64,
    pub(super) minutes: u64,
}

/// Hours of the sessions that are not exceptions, from a trade date on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct RegularSession {
    /// First regular trade date with these hours, in the year.
    pub(super) from: TradeDate,
    /// Chicago times of its segments; the first opens on the evening before.
    pub(super) segments: Vec<[String; 2]>,
    /// Chicago times of regular trading hours.
    pub(super) regular_hours: Option<[String; 2]>,
    /// Chicago time of the daily settlement.
    pub(super) settlement: Option<String>,
    pub(super) minutes: u32,
}

/// A change between standard and daylight time, as it moves the open in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ClockChange {
    /// First trade date under the new time.
    pub(super) trade_date: TradeDate,
    /// Hours by which Chicago is behind UTC from then on.
    pub(super) hours_behind_utc: i32,
    /// UTC time of day of the open before it.
    pub(super) open_utc_before: String,
    /// UTC time of day of the open from then on.
    pub(super) open_utc: String,
}

/// Sessions and minutes month by month.
pub(super) fn months(sessions: &[SessionDocument]) -> Vec<MonthCount> {
    let mut months: Vec<MonthCount> = (1..=12).map(|month| MonthCount { month, sessions: 0, minutes: 0 }).collect();
    for session in sessions {
        let month = &mut months[session.trade_date.date().month0() as usize];
        month.sessions += 1;
        month.minutes += u64::from(session.minutes);
    }
    months
}

/// Hours of regular sessions, one entry for each run of equal ones.
pub(super) fn regular_sessions(sessions: &[SessionDocument]) -> Vec<RegularSession> {
    let mut eras: Vec<RegularSession> = Vec::new();
    let times = |segment: &SegmentDocument| [chicago::clock(segment.open), chicago::clock(segment.close)];
    for session in sessions.iter().filter(|session| session.note.is_empty()) {
        let era = RegularSession {
            from: session.trade_date,
            segments: session.segments.iter().map(times).collect(),
            regular_hours: session.regular_hours.as_ref().map(times),
            settlement: session.settlement.map(chicago::clock),
            minutes: session.minutes,
        };
        let is_new = eras.last().is_none_or(|last| RegularSession { from: last.from, ..era.clone() } != *last);
        if is_new {
            eras.push(era);
        }
    }
    eras
}

/// Clock changes between two trade dates, both inclusive.
pub(super) fn clock_changes(sessions: &[SessionDocument], from: TradeDate, to: TradeDate) -> Vec<ClockChange> {
    let mut changes = Vec::new();
    for pair in sessions.windows(2) {
        let [before, after] = pair else { continue };
        let (Some(old), Some(new)) = (before.segments.first(), after.segments.first()) else { continue };
        let (old_hours, hours) = (chicago::hours_behind_utc(old.open), chicago::hours_behind_utc(new.open));
        if hours != old_hours && (from..=to).contains(&after.trade_date) {
            changes.push(ClockChange {
                trade_date: after.trade_date,
                hours_behind_utc: hours,
                open_utc_before: old.open.to_datetime().format("%H:%MZ").to_string(),
                open_utc: new.open.to_datetime().format("%H:%MZ").to_string(),
            });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::{ClockChange, clock_changes, regular_sessions};
    use crate::calendar_documents::{SegmentDocument, SessionDocument};

    fn session(trade_date: &str, segments: &[(&str, &str)]) -> SessionDocument {
        let segment = |(open, close): &(&str, &str)| SegmentDocument {
            open: open.parse().unwrap(),
            close: close.parse().unwrap(),
        };
        SessionDocument {
            trade_date: trade_date.parse().unwrap(),
            segments: segments.iter().map(segment).collect(),
            minutes: 1_365,
            settlement: None,
            regular_hours: None,
            note: String::new(),
            is_projected: false,
        }
    }

    #[test]
    fn a_clock_change_tells_the_open_of_the_evening_also_where_the_session_has_a_halt() {
        let sessions = [
            session(
                "2021-03-12",
                &[("2021-03-11T23:00:00Z", "2021-03-12T21:15:00Z"), ("2021-03-12T21:30:00Z", "2021-03-12T22:00:00Z")],
            ),
            session(
                "2021-03-15",
                &[("2021-03-14T22:00:00Z", "2021-03-15T20:15:00Z"), ("2021-03-15T20:30:00Z", "2021-03-15T21:00:00Z")],
            ),
        ];
        let monday = sessions[1].trade_date;
        let expected = ClockChange {
            trade_date: monday,
            hours_behind_utc: 5,
            open_utc_before: "23:00Z".to_owned(),
            open_utc: "22:00Z".to_owned(),
        };
        assert_eq!(clock_changes(&sessions, sessions[0].trade_date, monday), [expected]);
        // The hours by Chicago's clock are the same on both days.
        assert_eq!(regular_sessions(&sessions).len(), 1);
    }
}
