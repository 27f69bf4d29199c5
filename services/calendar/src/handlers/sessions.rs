//! Sessions, trade dates and the state of the market.

use peaktrade_domain::{Calendar, TradeDate};
use peaktrade_wire::calendar::v1::{
    GetMarketStateRequest, GetMarketStateResponse, GetNthTradeDateRequest, GetNthTradeDateResponse, GetSessionRequest,
    GetSessionResponse, Hours, ListSessionsRequest, ListSessionsResponse, ResolveTradeDateRequest,
    ResolveTradeDateResponse, Segment, Session,
};
use peaktrade_wire::{FieldError, instant, timestamp};
use tonic::Status;

use super::RootAndRange;
use crate::refusal;

/// Longest range of one reply: ten years are some 200 KiB, far below the 4 MiB that every client takes.
const LIST_DAYS_MAX: i64 = 3700;

pub(super) fn get_session(calendar: &Calendar, request: &GetSessionRequest) -> Result<GetSessionResponse, Status> {
    let root = request.root.parse().map_err(|error| FieldError::new("root", error))?;
    calendar.spec(root).map_err(|error| refusal::of_calendar("root", &error))?;
    let trade_date = peaktrade_wire::trade_date(&request.trade_date, "trade_date")?;
    check_hours(request.hours)?;
    let session = calendar.session(trade_date).map_err(|error| refusal::of_calendar("trade_date", &error))?;
    let session = session.ok_or_else(|| Status::not_found(format!("trade_date: {trade_date} is no trade date")))?;
    Ok(GetSessionResponse { session: Some(to_wire(session)), warnings: Vec::new() })
}

pub(super) fn list_sessions(
    calendar: &Calendar,
    request: &ListSessionsRequest,
) -> Result<ListSessionsResponse, Status> {
    let RootAndRange { from, to, .. } = RootAndRange::read(calendar, &request.root, &request.from, &request.to)?;
    check_hours(request.hours)?;
    let days = (to.date() - from.date()).num_days();
    if days > LIST_DAYS_MAX {
        let problem = format!("{to} is {days} days after from, {from}; at most {LIST_DAYS_MAX} are listed at once");
        return Err(FieldError::new("to", problem).into());
    }
    let sessions = calendar.sessions(from, to).map_err(|error| refusal::of_calendar("to", &error))?;
    let minutes = sessions.iter().map(peaktrade_domain::Session::minutes).sum();
    Ok(ListSessionsResponse { sessions: sessions.iter().map(to_wire).collect(), minutes, warnings: Vec::new() })
}

pub(super) fn resolve_trade_date(
    calendar: &Calendar,
    request: &ResolveTradeDateRequest,
) -> Result<ResolveTradeDateResponse, Status> {
    let time = instant(request.time, "time")?;
    let trade_date = calendar.trade_date_of(time).map_err(|error| refusal::of_calendar("time", &error))?;
    Ok(ResolveTradeDateResponse { trade_date: trade_date.map_or_else(String::new, |date| date.to_string()) })
}

pub(super) fn get_nth_trade_date(
    calendar: &Calendar,
    request: &GetNthTradeDateRequest,
) -> Result<GetNthTradeDateResponse, Status> {
    let from = peaktrade_wire::trade_date(&request.from, "from")?;
    let first = calendar.session_on_or_after(from).map_err(|error| refusal::of_calendar("from", &error))?;
    let trade_dates = |first: TradeDate, last: TradeDate| {
        let sessions = calendar.sessions(first, last).map_err(|error| refusal::of_calendar("from", &error))?;
        Ok::<_, Status>(sessions.iter().map(|session| session.trade_date))
    };
    let steps = request.n.unsigned_abs() as usize;
    let found = if request.n < 0 {
        trade_dates(calendar.valid_from(), from)?.rev().filter(|date| *date < from).nth(steps - 1)
    } else {
        trade_dates(first.trade_date, calendar.valid_to())?.nth(steps)
    };
    let trade_date = found.ok_or_else(|| {
        let (valid_from, valid_to) = (calendar.valid_from(), calendar.valid_to());
        Status::out_of_range(format!(
            "n: {} trade dates from {from} lead outside the calendar's validity, {valid_from} to {valid_to}",
            request.n
        ))
    })?;
    Ok(GetNthTradeDateResponse { trade_date: trade_date.to_string() })
}

pub(super) fn get_market_state(
    calendar: &Calendar,
    request: &GetMarketStateRequest,
) -> Result<GetMarketStateResponse, Status> {
    let time = instant(request.time, "time")?;
    let state = calendar.market_state(time).map_err(|error| refusal::of_calendar("time", &error))?;
    Ok(GetMarketStateResponse {
        is_open: state.trade_date.is_some(),
        trade_date: state.trade_date.map_or_else(String::new, |date| date.to_string()),
        next_open: state.next_open.map(timestamp),
        next_close: state.next_close.map(timestamp),
        ..GetMarketStateResponse::default()
    })
}

/// Only full sessions are known.
fn check_hours(number: i32) -> Result<(), FieldError> {
    match Hours::try_from(number) {
        Ok(Hours::Unspecified | Hours::Full) => Ok(()),
        Ok(Hours::Regular | Hours::Extended) | Err(_) => {
            Err(FieldError::new("hours", format!("{number} is not built; allowed: HOURS_FULL (1)")))
        }
    }
}

fn to_wire(session: &peaktrade_domain::Session) -> Session {
    let segment = |segment: &peaktrade_domain::Segment| Segment {
        open: Some(timestamp(segment.open)),
        close: Some(timestamp(segment.close)),
    };
    Session {
        trade_date: session.trade_date.to_string(),
        segments: session.segments.iter().map(segment).collect(),
        minutes: u32::try_from(session.minutes()).expect("a session lasts days at most"),
        settlement_time: Some(timestamp(session.settlement)),
        note: session.note.clone(),
        is_projected: session.is_projected,
        regular_hours: None,
    }
}
