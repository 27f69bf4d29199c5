//! `peakctl calendar sessions`: the sessions of a range of trade dates.

use chrono::Days;
use peaktrade_domain::TradeDate;
use peaktrade_wire::calendar::v1::{GetCalendarInfoRequest, Hours, ListSessionsRequest};

use super::{date, root};
use crate::calendar_documents::SessionDocument;
use crate::calendar_service::{self, CalendarClient};
use crate::chicago;
use crate::cli::{HoursName, SessionsArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::table;

/// Longest range of one question; the service lists no more at once.
const PIECE_DAYS: u64 = 3_700;
/// Columns that the other columns leave to a note on a page.
const NOTE_WIDTH: usize = 23;

/// Lists sessions.
pub(super) async fn run(context: &Context<'_>, arguments: SessionsArgs) -> Result<(), Failure> {
    let question = Question {
        root: root(arguments.root)?,
        from: date("--from", &arguments.from)?,
        to: date("--to", &arguments.to)?,
        hours: match arguments.hours {
            HoursName::Full => Hours::Full,
            HoursName::Regular => Hours::Regular,
            HoursName::Extended => Hours::Extended,
        },
    };
    let listed = calendar_service::ask(context, async |client| list(client, &question).await).await?;
    calendar_service::warn(context.output, &listed.warnings);
    context.output.result(&listed.sessions, &page(&listed.sessions))
}

/// Which sessions are asked for.
pub(super) struct Question {
    /// Product root.
    pub(super) root: String,
    /// First trade date, inclusive.
    pub(super) from: TradeDate,
    /// Last trade date, inclusive.
    pub(super) to: TradeDate,
    /// Hours to give.
    pub(super) hours: Hours,
}

/// Sessions in order, and the rows that are not certain.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) sessions: Vec<SessionDocument>,
    pub(super) warnings: Vec<String>,
}

/// Asks for sessions, a long range in pieces.
pub(super) async fn list(client: &mut CalendarClient, question: &Question) -> Result<Listed, Failure> {
    let pieces = pieces(question.from, question.to);
    if pieces.len() > 1 {
        check_validity(client, question).await?;
    }
    let mut listed = Listed::default();
    for (from, to) in pieces {
        let request = ListSessionsRequest {
            root: question.root.clone(),
            from: from.to_string(),
            to: to.to_string(),
            hours: question.hours.into(),
        };
        let action = format!("listing sessions of {}", question.root);
        let answer = calendar_service::call(&action, client.list_sessions(request)).await?;
        for session in &answer.sessions {
            listed.sessions.push(SessionDocument::new(session)?);
        }
        for warning in answer.warnings {
            if !listed.warnings.contains(&warning) {
                listed.warnings.push(warning);
            }
        }
    }
    Ok(listed)
}

/// A range in pieces of at most [`PIECE_DAYS`] days between first and last. A reversed range stays whole: the service
/// refuses it.
fn pieces(from: TradeDate, to: TradeDate) -> Vec<(TradeDate, TradeDate)> {
    let mut pieces = Vec::new();
    let mut start = from;
    loop {
        let end = start.date().checked_add_days(Days::new(PIECE_DAYS)).map_or(to, TradeDate::new);
        if end >= to {
            pieces.push((start, to));
            return pieces;
        }
        pieces.push((start, end));
        let Some(next) = end.next_day() else { return pieces };
        start = next;
    }
}

/// Refuses the ends as they were given: the service sees only those of a piece.
async fn check_validity(client: &mut CalendarClient, question: &Question) -> Result<(), Failure> {
    let calendar =
        calendar_service::call("reading the calendar", client.get_calendar_info(GetCalendarInfoRequest {})).await?;
    let validity = (date("valid_from", &calendar.valid_from)?, date("valid_to", &calendar.valid_to)?);
    for (flag, end) in [("--from", question.from), ("--to", question.to)] {
        if end < validity.0 || end > validity.1 {
            let text =
                format!("{flag}: {end} is outside {} to {}, the validity of the calendar", validity.0, validity.1);
            return Err(Failure::Input(text));
        }
    }
    Ok(())
}

/// Sessions as a table, one line per segment.
fn page(sessions: &[SessionDocument]) -> String {
    if sessions.is_empty() {
        return "no session in the range\n".to_owned();
    }
    let rows: Vec<Vec<String>> = sessions.iter().flat_map(lines).collect();
    let mut text = table::layout(&["trade date", "opens", "closes", "minutes", "settles", "note"], &rows);
    let minutes = sessions.iter().map(|session| u64::from(session.minutes)).sum();
    let count = sessions.len();
    text.push_str(&format!(
        "\n{} {}, {} minutes; times are Chicago\n",
        table::grouped(count as u64),
        if count == 1 { "session" } else { "sessions" },
        table::grouped(minutes),
    ));
    if sessions.iter().any(|session| session.is_projected) {
        text.push_str("* projected from rules, not yet published by the exchange\n");
    }
    text
}

fn lines(session: &SessionDocument) -> Vec<Vec<String>> {
    let mark = if session.is_projected { "*" } else { "" };
    let notes = table::wrap(&session.note, NOTE_WIDTH);
    let count = session.segments.len().max(notes.len());
    let line = |at: usize| {
        let segment = session.segments.get(at);
        let first = |text: String| if at == 0 { text } else { String::new() };
        vec![
            first(format!("{}{mark}", chicago::day(session.trade_date))),
            segment.map(|segment| chicago::weekday_clock(segment.open)).unwrap_or_default(),
            segment.map(|segment| chicago::weekday_clock(segment.close)).unwrap_or_default(),
            first(table::grouped(u64::from(session.minutes))),
            first(session.settlement.map(chicago::clock).unwrap_or_default()),
            notes.get(at).cloned().unwrap_or_default(),
        ]
    };
    (0..count).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{page, pieces};
    use crate::calendar_documents::{SegmentDocument, SessionDocument};

    #[test]
    fn a_long_range_is_asked_in_pieces_that_leave_no_day_out() {
        let check = |from: &str, to: &str, expected: &[(&str, &str)]| {
            let found: Vec<(String, String)> = pieces(from.parse().unwrap(), to.parse().unwrap())
                .into_iter()
                .map(|(from, to)| (from.to_string(), to.to_string()))
                .collect();
            let expected: Vec<(String, String)> =
                expected.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
            assert_eq!(found, expected, "{from} to {to}");
        };
        check("2025-01-02", "2025-01-02", &[("2025-01-02", "2025-01-02")]);
        check("2025-01-03", "2025-01-02", &[("2025-01-03", "2025-01-02")]);
        check("2015-01-02", "2025-02-18", &[("2015-01-02", "2025-02-18")]);
        check("2015-01-02", "2025-02-19", &[("2015-01-02", "2025-02-18"), ("2025-02-19", "2025-02-19")]);
    }

    #[test]
    fn the_session_after_a_holiday_shows_both_segments_and_its_note() {
        let segment =
            |open: &str, close: &str| SegmentDocument { open: open.parse().unwrap(), close: close.parse().unwrap() };
        let session = SessionDocument {
            trade_date: "2025-01-21".parse().unwrap(),
            segments: vec![
                segment("2025-01-19T23:00:00Z", "2025-01-20T18:00:00Z"),
                segment("2025-01-20T23:00:00Z", "2025-01-21T22:00:00Z"),
            ],
            minutes: 2_520,
            settlement: Some("2025-01-21T21:00:00Z".parse().unwrap()),
            regular_hours: Some(segment("2025-01-21T14:30:00Z", "2025-01-21T21:00:00Z")),
            note: "Martin Luther King Jr. Day".to_owned(),
            is_projected: true,
        };
        assert_eq!(
            page(&[session]),
            "trade date       opens      closes     minutes  settles  note\n\
             Tue 2025-01-21*  Sun 17:00  Mon 12:00    2,520  15:00    Martin Luther King Jr.\n\
             \u{20}                Mon 17:00  Tue 16:00                    Day\n\
             \n1 session, 2,520 minutes; times are Chicago\n\
             * projected from rules, not yet published by the exchange\n"
        );
        assert_eq!(page(&[]), "no session in the range\n");
    }
}
