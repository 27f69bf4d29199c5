//! The trade date of an instant and the state of the market at it.

use peaktrade_domain::{Calendar, MarketState, TradeDate, UnixNanos};
use peaktrade_wire::calendar::v1::{
    GetMarketStateRequest, GetMarketStateResponse, ResolveTradeDateRequest, ResolveTradeDateResponse,
};
use peaktrade_wire::{instant, timestamp};
use tonic::Status;

use crate::refusal;

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
    let refused = |error| refusal::of_calendar("time", &error);
    let state = calendar.market_state(time).map_err(refused)?;
    let day = calendar.local_date(time).map_err(refused)?;
    Ok(GetMarketStateResponse {
        is_open: state.trade_date.is_some(),
        trade_date: state.trade_date.map_or_else(String::new, |date| date.to_string()),
        next_open: state.next_open.map(timestamp),
        next_close: state.next_close.map(timestamp),
        reason: state.reason.to_owned(),
        outage: state.outage.unwrap_or_default().to_owned(),
        is_regular_hours: state.is_regular_hours,
        warnings: warnings(calendar, day, &state),
    })
}

/// What the answer rests on: the rows from `from`, the day of the instant, to the days of the next open and the next close.
fn warnings(calendar: &Calendar, from: TradeDate, state: &MarketState<'_>) -> Vec<String> {
    // The close itself no longer belongs to the session that it ends.
    let last_open = state.next_close.and_then(|close| close.checked_add_nanos(-1));
    let until = |instant: Option<UnixNanos>| {
        let trade_date = instant.and_then(|instant| calendar.trade_date_of(instant).ok().flatten());
        trade_date.unwrap_or_else(|| calendar.valid_to())
    };
    calendar.warnings(from, until(state.next_open).max(until(last_open)))
}
