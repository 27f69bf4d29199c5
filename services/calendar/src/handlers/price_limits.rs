//! Daily price limits.

use peaktrade_domain::{Calendar, Price, PriceLimitError, Session, UnixNanos, after_close_limit, price_limits};
use peaktrade_wire::calendar::v1::{GetPriceLimitsRequest, GetPriceLimitsResponse, PriceLimit};
use peaktrade_wire::{FieldError, decimal_price};
use tonic::Status;

use super::known_root;
use super::sessions::session_on;
use super::warnings::Warnings;
use crate::refusal;

const FIXING: &str = "fixing";
const CASH_INDEX_CLOSE: &str = "cash_index_close";
const AFTERNOON_FIXING: &str = "afternoon_fixing";
const AFTERNOON_CASH_INDEX_CLOSE: &str = "afternoon_cash_index_close";
/// Nanoseconds from midnight in Chicago to the fixing of the afternoon, 15:00, up to which the windows of a day's limits
/// reach.
const FIXING_OF_DAY: i64 = 15 * 60 * UnixNanos::MINUTE;

pub(super) fn get_price_limits(
    calendar: &Calendar,
    request: &GetPriceLimitsRequest,
) -> Result<GetPriceLimitsResponse, Status> {
    let root = known_root(calendar, &request.root)?;
    let trade_date = peaktrade_wire::trade_date(&request.trade_date, "trade_date")?;
    check_full_day(calendar, session_on(calendar, root, trade_date)?)?;
    let fixing = positive_price(&request.fixing, FIXING)?;
    let cash_index_close = positive_price(&request.cash_index_close, CASH_INDEX_CLOSE)?;

    let refused = |error| refusal::of_calendar("trade_date", &error);
    let spec = calendar.spec_on(root, trade_date).map_err(refused)?;
    let era = calendar.price_limit_era(trade_date).map_err(refused)?;
    let mut limits = price_limits(era, fixing, cash_index_close, spec.tick, spec.spread_tick)
        .map_err(|error| refusal_of(&error, FIXING))?;
    check_same_index(fixing, cash_index_close, CASH_INDEX_CLOSE)?;
    let mut warnings = Warnings::default();
    if let (Some((fixing, cash_index_close)), Some(day)) = (afternoon(request)?, limits.last()) {
        check_same_index(fixing, cash_index_close, AFTERNOON_CASH_INDEX_CLOSE)?;
        let after_close = after_close_limit(era, fixing, cash_index_close, spec.tick, spec.spread_tick, day)
            .map_err(|error| refusal_of(&error, AFTERNOON_FIXING))?;
        if after_close.is_none() {
            warnings.add(format!("the file has no limit after 15:00 for {trade_date}: afternoon prices are not used"));
        }
        limits.extend(after_close);
    }

    warnings.add_row(&format!("price limits from {}", era.from), era.confidence_on(trade_date));
    warnings.add_days(calendar, trade_date, trade_date);
    Ok(GetPriceLimitsResponse { limits: limits.iter().map(to_wire).collect(), warnings: warnings.into_lines() })
}

fn to_wire(limit: &peaktrade_domain::PriceLimit) -> PriceLimit {
    PriceLimit {
        applies: limit.applies.clone(),
        percent: limit.percent.to_string(),
        lower: limit.lower.to_string(),
        upper: limit.upper.map_or_else(String::new, |upper| upper.to_string()),
    }
}

/// Prices of the trade date's own afternoon, where the request has them.
fn afternoon(request: &GetPriceLimitsRequest) -> Result<Option<(Price, Price)>, FieldError> {
    if request.afternoon_fixing.is_empty() && request.afternoon_cash_index_close.is_empty() {
        return Ok(None);
    }
    let fixing = positive_price(&request.afternoon_fixing, AFTERNOON_FIXING)?;
    Ok(Some((fixing, positive_price(&request.afternoon_cash_index_close, AFTERNOON_CASH_INDEX_CLOSE)?)))
}

/// A price of the request, refused here where it is not above zero: the field is known here.
fn positive_price(text: &str, field: &str) -> Result<Price, FieldError> {
    let price = decimal_price(text, field)?;
    if price <= Price::ZERO {
        return Err(FieldError::new(field, format!("{price} is not above zero")));
    }
    Ok(price)
}

/// A fixing lies within some percent of its cash index; a tenth away is another index or another scale, and its limits
/// would be as wrong.
fn check_same_index(fixing: Price, cash_index_close: Price, field: &str) -> Result<(), FieldError> {
    let (fixing_nanos, cash_nanos) = (i128::from(fixing.nanos()), i128::from(cash_index_close.nanos()));
    if (fixing_nanos - cash_nanos).abs() * 10 <= cash_nanos {
        return Ok(());
    }
    Err(FieldError::new(field, format!("{cash_index_close} is more than a tenth away from the fixing {fixing}")))
}

/// The windows of the limits are those of a day with its afternoon fixing; a session that ends before has others, which
/// the file does not tell.
fn check_full_day(calendar: &Calendar, session: &Session) -> Result<(), Status> {
    let trade_date = session.trade_date;
    let midnight = calendar.local_midnight(trade_date).map_err(|error| refusal::of_calendar("trade_date", &error))?;
    if midnight.checked_add_nanos(FIXING_OF_DAY).is_some_and(|fixing| session.close() >= fixing) {
        return Ok(());
    }
    let close = calendar.to_local(session.close()).format("%H:%M");
    Err(Status::failed_precondition(format!(
        "trade_date: {trade_date} closes early, at {close} Chicago; the calendar file has no windows of price limits for \
         shortened days"
    )))
}

/// `field` is the fixing from which the limits were measured.
fn refusal_of(error: &PriceLimitError, field: &str) -> Status {
    match error {
        PriceLimitError::FixingOffGrid { .. }
        | PriceLimitError::FixingBelowDay { .. }
        | PriceLimitError::NoPrice { .. } => FieldError::new(field, error).into(),
        // Rows of the calendar file: the prices of the request are above zero here.
        PriceLimitError::NotPositive { .. } | PriceLimitError::Percent { .. } => {
            Status::internal(format!("price limits: {error}"))
        }
    }
}
