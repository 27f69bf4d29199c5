//! Sessions by trade date.

use peaktrade_domain::{Calendar, ContractRoot, HoursFilter, TradeDate};
use peaktrade_wire::calendar::v1::{
    GetNthTradeDateRequest, GetNthTradeDateResponse, GetSessionRequest, GetSessionResponse, Hours, ListSessionsRequest,
    ListSessionsResponse, Segment, Session,
};
use peaktrade_wire::{FieldError, timestamp};
use tonic::Status;

use super::{RootAndRange, known_root};
use crate::refusal;

/// Longest range of one reply: ten years are some 300 KiB, far below the 4 MiB that every client takes.
const LIST_DAYS_MAX: i64 = 3700;

pub(super) fn get_session(calendar: &Calendar, request: &GetSessionRequest) -> Result<GetSessionResponse, Status> {
    let root = known_root(calendar, &request.root)?;
    let trade_date = peaktrade_wire::trade_date(&request.trade_date, "trade_date")?;
    let hours = hours(request.hours)?;
    let session = session_on(calendar, root, trade_date)?;
    let session = to_wire(session, hours);
    if session.segments.is_empty() {
        return Err(Status::not_found(format!("hours: trade date {trade_date} has no {hours} hours")));
    }
    Ok(GetSessionResponse { session: Some(session), warnings: calendar.warnings(trade_date, trade_date) })
}

pub(super) fn list_sessions(
    calendar: &Calendar,
    request: &ListSessionsRequest,
) -> Result<ListSessionsResponse, Status> {
    let RootAndRange { root, from, to } = RootAndRange::read(calendar, &request.root, &request.from, &request.to)?;
    let hours = hours(request.hours)?;
    calendar.spec_on(root, from).map_err(|error| refusal::of_calendar("from", &error))?;
    let days = (to.date() - from.date()).num_days();
    if days > LIST_DAYS_MAX {
        let problem = format!("{to} is {days} days after from, {from}; at most {LIST_DAYS_MAX} are listed at once");
        return Err(FieldError::new("to", problem).into());
    }
    let refused = |error| refusal::of_calendar("to", &error);
    let sessions = calendar.sessions(from, to).map_err(refused)?;
    let listed = sessions.iter().map(|session| to_wire(session, hours)).filter(|session| !session.segments.is_empty());
    Ok(ListSessionsResponse {
        sessions: listed.collect(),
        minutes: calendar.expected_minutes(from, to, hours).map_err(refused)?,
        warnings: calendar.warnings(from, to),
    })
}

pub(super) fn get_nth_trade_date(
    calendar: &Calendar,
    request: &GetNthTradeDateRequest,
) -> Result<GetNthTradeDateResponse, Status> {
    let from = peaktrade_wire::trade_date(&request.from, "from")?;
    // Asked for its check of the date, so that the refusal names the field that is outside.
    calendar.session(from).map_err(|error| refusal::of_calendar("from", &error))?;
    let trade_date = calendar.nth_trade_date(from, request.n).map_err(|error| refusal::of_calendar("n", &error))?;
    let warnings = calendar.warnings(from.min(trade_date), from.max(trade_date));
    Ok(GetNthTradeDateResponse { trade_date: trade_date.to_string(), warnings })
}

/// The session of a trade date on which a root trades.
pub(super) fn session_on(
    calendar: &Calendar,
    root: ContractRoot,
    trade_date: TradeDate,
) -> Result<&peaktrade_domain::Session, Status> {
    let refused = |error| refusal::of_calendar("trade_date", &error);
    let session = calendar.session(trade_date).map_err(refused)?;
    calendar.spec_on(root, trade_date).map_err(refused)?;
    session.ok_or_else(|| {
        let next = calendar.session_on_or_after(trade_date).ok();
        let next = next.map(|session| format!("; the next one is {}", session.trade_date)).unwrap_or_default();
        Status::not_found(format!("trade_date: {trade_date} is no trade date{next}"))
    })
}

fn hours(number: i32) -> Result<HoursFilter, FieldError> {
    match Hours::try_from(number) {
        Ok(Hours::Unspecified | Hours::Full) => Ok(HoursFilter::Full),
        Ok(Hours::Regular) => Ok(HoursFilter::Regular),
        Ok(Hours::Extended) => Ok(HoursFilter::Extended),
        Err(_) => Err(FieldError::new(
            "hours",
            format!("{number} is none of HOURS_FULL (1), HOURS_REGULAR (2), HOURS_EXTENDED (3)"),
        )),
    }
}

fn to_wire(session: &peaktrade_domain::Session, hours: HoursFilter) -> Session {
    Session {
        trade_date: session.trade_date.to_string(),
        segments: session.segments_of(hours).iter().map(segment).collect(),
        minutes: u32::try_from(session.minutes_of(hours)).expect("a session lasts days at most"),
        settlement_time: Some(timestamp(session.settlement)),
        note: session.note.clone(),
        is_projected: session.is_projected,
        regular_hours: session.regular_hours.as_ref().map(segment),
    }
}

fn segment(segment: &peaktrade_domain::Segment) -> Segment {
    Segment { open: Some(timestamp(segment.open)), close: Some(timestamp(segment.close)) }
}
