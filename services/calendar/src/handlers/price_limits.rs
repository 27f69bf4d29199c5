//! Daily price limits.

use peaktrade_domain::{Calendar, Price, PriceLimitError, after_close_limit, price_limits};
use peaktrade_wire::calendar::v1::{GetPriceLimitsRequest, GetPriceLimitsResponse, PriceLimit};
use peaktrade_wire::{FieldError, decimal_price};
use tonic::Status;

use super::known_root;
use super::sessions::session_on;
use super::warnings::Warnings;
use crate::refusal;

const PREFIX: &str = "";
const AFTERNOON_PREFIX: &str = "afternoon_";

pub(super) fn get_price_limits(
    calendar: &Calendar,
    request: &GetPriceLimitsRequest,
) -> Result<GetPriceLimitsResponse, Status> {
    let root = known_root(calendar, &request.root)?;
    let trade_date = peaktrade_wire::trade_date(&request.trade_date, "trade_date")?;
    session_on(calendar, root, trade_date)?;
    let fixing = decimal_price(&request.fixing, "fixing")?;
    let cash_index_close = decimal_price(&request.cash_index_close, "cash_index_close")?;

    let refused = |error| refusal::of_calendar("trade_date", &error);
    let spec = calendar.spec_on(root, trade_date).map_err(refused)?;
    let era = calendar.price_limit_era(trade_date).map_err(refused)?;
    let mut limits =
        price_limits(era, fixing, cash_index_close, spec.tick).map_err(|error| refusal_of(&error, PREFIX))?;
    if let (Some((fixing, cash_index_close)), Some(day)) = (afternoon(request)?, limits.last()) {
        let after_close = after_close_limit(era, fixing, cash_index_close, spec.tick, day)
            .map_err(|error| refusal_of(&error, AFTERNOON_PREFIX))?;
        limits.extend(after_close);
    }

    let mut warnings = Warnings::default();
    warnings.add_row(&format!("price limits from {}", era.from), era.confidence);
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
    let fixing = decimal_price(&request.afternoon_fixing, "afternoon_fixing")?;
    Ok(Some((fixing, decimal_price(&request.afternoon_cash_index_close, "afternoon_cash_index_close")?)))
}

/// `prefix` tells the prices of the afternoon from those of the trade date before.
fn refusal_of(error: &PriceLimitError, prefix: &str) -> Status {
    match error {
        PriceLimitError::NotPositive { what: "fixing", .. }
        | PriceLimitError::FixingOffGrid { .. }
        | PriceLimitError::FixingBelowDay { .. }
        | PriceLimitError::NoPrice { .. } => FieldError::new(&format!("{prefix}fixing"), error).into(),
        PriceLimitError::NotPositive { .. } => FieldError::new(&format!("{prefix}cash_index_close"), error).into(),
        // A row of the calendar file, not of the request.
        PriceLimitError::Percent { .. } => Status::internal(format!("price limits: {error}")),
    }
}
