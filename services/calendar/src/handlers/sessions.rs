//! Sessions, trade dates and the state of the market.

use peaktrade_domain::Calendar;
use peaktrade_wire::calendar::v1::{
    GetMarketStateRequest, GetMarketStateResponse, ListSessionsRequest, ListSessionsResponse, ResolveTradeDateRequest,
    ResolveTradeDateResponse, Segment, Session,
};
use peaktrade_wire::{FieldError, instant, timestamp};
use tonic::Status;

use super::RootAndRange;
use crate::refusal;

/// Longest range of one reply: ten years are some 200 KiB, far below the 4 MiB that every client takes.
const LIST_DAYS_MAX: i64 = 3700;

pub(super) fn list_sessions(
    calendar: &Calendar,
    request: &ListSessionsRequest,
) -> Result<ListSessionsResponse, Status> {
    let RootAndRange { from, to, .. } = RootAndRange::read(calendar, &request.root, &request.from, &request.to)?;
    let days = (to.date() - from.date()).num_days();
    if days > LIST_DAYS_MAX {
        let problem = format!("{to} is {days} days after from, {from}; at most {LIST_DAYS_MAX} are listed at once");
        return Err(FieldError::new("to", problem).into());
    }
    let sessions = calendar.sessions(from, to).map_err(|error| refusal::of_calendar("to", &error))?;
    Ok(ListSessionsResponse { sessions: sessions.iter().map(to_wire).collect() })
}

pub(super) fn resolve_trade_date(
    calendar: &Calendar,
    request: &ResolveTradeDateRequest,
) -> Result<ResolveTradeDateResponse, Status> {
    let time = instant(request.time, "time")?;
    let trade_date = calendar.trade_date_of(time).map_err(|error| refusal::of_calendar("time", &error))?;
    Ok(ResolveTradeDateResponse { trade_date: trade_date.map_or_else(String::new, |date| date.to_string()) })
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
    })
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
    }
}
