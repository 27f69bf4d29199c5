//! A roll in words that a person can check by hand.

use peaktrade_domain::{Price, SpreadMethod};

use crate::{Adjustment, RollEvidence};

/// Explains a roll: what was read where, what the other method would have said, what it does to older bars.
///
/// `cumulative_adjustment` is this roll's entry of [`crate::cumulative_adjustments`]; `max_stale_session_minutes` is the
/// policy's bound.
pub fn explain(
    roll: &RollEvidence,
    adjustment: Adjustment,
    cumulative_adjustment: Price,
    max_stale_session_minutes: u32,
) -> String {
    let RollEvidence { from, to, roll_ts, trade_date, spread_time, .. } = roll;
    let difference = signed(roll.to_price.checked_sub(roll.from_price).unwrap_or(roll.spread));
    let measured = match roll.method {
        SpreadMethod::LastCommon => format!(
            "The spread is {to} minus {from} in that minute: {} - {} = {difference} points (last_common).",
            roll.to_price, roll.from_price
        ),
        SpreadMethod::MedianCommon30 => format!(
            "The spread is {} points, the median below (median_common_30); that minute alone gives {} - {} = {difference}.",
            signed(roll.spread),
            roll.to_price,
            roll.from_price
        ),
    };
    let effect = match adjustment {
        Adjustment::BackAdjust => format!(
            "BACK_ADJUST adds {} points to the bars of {from} before the roll, the spreads of later rolls included.",
            signed(cumulative_adjustment)
        ),
        Adjustment::None => "NONE leaves the bars before the roll as traded.".to_owned(),
    };
    format!(
        "Roll {from} -> {to}, trade date {trade_date}: {to} is active from {roll_ts} on, {from} before it. \
         The last minute before the roll that counts for both contracts opened at {spread_time}: {from} closed it at \
         {} with {} traded, {to} at {} with {} traded. {measured} That minute ended {} session minutes before the \
         roll, {max_stale_session_minutes} are allowed. {} {effect}",
        roll.from_price,
        contracts(roll.from_volume),
        roll.to_price,
        contracts(roll.to_volume),
        roll.stale_session_minutes,
        other_method(roll),
    )
}

fn other_method(roll: &RollEvidence) -> String {
    let Some(minutes) = roll.runner_up else {
        return "There are fewer than 30 common minutes with volume on both legs, so no median stands against it."
            .to_owned();
    };
    format!(
        "Over the last 30 common minutes with volume on both legs, {} to {}, the median is {}, the smallest {}, the \
         largest {} points.",
        minutes.first_time,
        minutes.last_time,
        signed(minutes.median),
        signed(minutes.min),
        signed(minutes.max)
    )
}

fn signed(points: Price) -> String {
    if points > Price::ZERO { format!("+{points}") } else { points.to_string() }
}

fn contracts(volume: u64) -> String {
    if volume == 1 { "1 contract".to_owned() } else { format!("{volume} contracts") }
}
