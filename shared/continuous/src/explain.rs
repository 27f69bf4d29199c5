//! A roll in words that a person can check by hand.

use peaktrade_domain::{Price, SpreadMethod};

use crate::{
    Adjustment, Candidate, Compared, ComparedDay, DataTrigger, DecidedBy, Decision, Dispersion, MEDIAN_MINUTES,
    RollEvidence,
};

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
    let RollEvidence { from, to, roll_ts, trade_date, .. } = roll;
    let difference = signed(roll.to_price.checked_sub(roll.from_price).unwrap_or(roll.spread));
    let measured = match roll.method {
        SpreadMethod::LastCommon => format!(
            "The spread is {to} minus {from} in that minute: {} - {} = {difference} points (last_common).",
            roll.to_price, roll.from_price
        ),
        SpreadMethod::MedianCommon(minutes) => format!(
            "The spread is {} points, the median {} (median_common_{minutes}); that minute alone gives {} - {} = {difference}.",
            signed(roll.spread),
            if usize::from(minutes) == MEDIAN_MINUTES {
                "below".to_owned()
            } else {
                format!("of the last {minutes} minutes in which both traded")
            },
            roll.to_price,
            roll.from_price
        ),
        SpreadMethod::Settlement => format!(
            "The spread is the difference of the settlement prices: {} - {} = {difference} points (settlement).",
            roll.to_price, roll.from_price
        ),
        SpreadMethod::PeakTrade => format!(
            "The spread is {to}'s close minus {from}'s, which are not of one minute: {} - {} = {difference} points, the \
             market's move between them included (peak_trade).",
            roll.to_price, roll.from_price
        ),
    };
    let effect = match adjustment {
        Adjustment::BackAdjust => format!(
            "BACK_ADJUST adds {} points to the bars of {from} before the roll, the spreads of later rolls included.",
            signed(cumulative_adjustment)
        ),
        Adjustment::ForwardAdjust => format!(
            "FORWARD_ADJUST adds {} points to the bars of {to} from the roll on, the spreads of earlier rolls included.",
            signed(cumulative_adjustment)
        ),
        Adjustment::RatioAdjust => format!(
            "RATIO_ADJUST multiplies the bars of {from} before the roll by {} / {}{}, and by the ratios of later rolls.",
            by_spread(roll),
            roll.from_price,
            its_origin(roll)
        ),
        Adjustment::ForwardRatioAdjust => format!(
            "FORWARD_RATIO_ADJUST multiplies the bars of {to} from the roll on by {} / {}{}, and by the ratios of earlier \
             rolls.",
            roll.from_price,
            by_spread(roll),
            its_origin(roll)
        ),
        Adjustment::None => "NONE leaves the bars before the roll as traded.".to_owned(),
    };
    format!(
        "Roll {from} -> {to}, trade date {trade_date}: {to} is active from {roll_ts} on, {from} before it. \
         {} {measured} {} {max_stale_session_minutes} are allowed. {} {effect}",
        read(roll),
        stale(roll),
        other_method(roll),
    )
}

/// The new contract's price that stands against the old one's in a ratio.
fn by_spread(roll: &RollEvidence) -> Price {
    // A sum that leaves the range made no series, so there is nothing to explain.
    roll.to_price_by_spread().unwrap_or(roll.to_price)
}

/// Where that price is none that was traded, how it is made.
fn its_origin(roll: &RollEvidence) -> String {
    match roll.method {
        SpreadMethod::MedianCommon(_) => format!(", {} and the spread over {}", roll.from_price, roll.from_price),
        SpreadMethod::LastCommon | SpreadMethod::Settlement | SpreadMethod::PeakTrade => String::new(),
    }
}

/// Where the two prices were read.
fn read(roll: &RollEvidence) -> String {
    let RollEvidence { from, to, spread_time, to_time, from_price, to_price, .. } = roll;
    let (from_volume, to_volume) = (contracts(roll.from_volume), contracts(roll.to_volume));
    match roll.method {
        SpreadMethod::LastCommon | SpreadMethod::MedianCommon(_) => format!(
            "The last minute before the roll that counts for both contracts opened at {spread_time}: {from} closed it at \
             {from_price} with {from_volume} traded, {to} at {to_price} with {to_volume} traded."
        ),
        SpreadMethod::Settlement => {
            format!("At {spread_time} {from} settled at {from_price} and {to} at {to_price}.")
        }
        SpreadMethod::PeakTrade => format!(
            "The last minute of {from} before the roll opened at {spread_time} and closed at {from_price} with \
             {from_volume} traded; the first of {to} from the roll on opened at {to_time} and closed at {to_price} with \
             {to_volume} traded."
        ),
    }
}

/// How old the newest price was.
fn stale(roll: &RollEvidence) -> String {
    let minutes = roll.stale_session_minutes;
    match roll.method {
        SpreadMethod::Settlement => format!("That was {minutes} session minutes before the roll,"),
        SpreadMethod::LastCommon | SpreadMethod::MedianCommon(_) | SpreadMethod::PeakTrade => {
            format!("That minute ended {minutes} session minutes before the roll,")
        }
    }
}

fn other_method(roll: &RollEvidence) -> String {
    let Some(minutes) = roll.runner_up else {
        return format!(
            "There are fewer than {MEDIAN_MINUTES} common minutes with volume on both legs, so no median stands against it."
        );
    };
    format!(
        "Over the last {MEDIAN_MINUTES} common minutes with volume on both legs, {} to {}, the median is {}, the smallest {}, the \
         largest {} points.",
        minutes.first_time,
        minutes.last_time,
        signed(minutes.median),
        signed(minutes.min),
        signed(minutes.max)
    )
}

/// Says where the common minutes before a roll were too old to hold its spread against them; nothing where they were not.
pub fn explain_dispersion(dispersion: &Dispersion, max_stale_session_minutes: u32) -> String {
    if dispersion.is_within(max_stale_session_minutes) {
        return String::new();
    }
    format!(
        " The newest of these minutes ended {} session minutes before the roll, {max_stale_session_minutes} are allowed: the \
         spread was not held against their median.",
        dispersion.stale_session_minutes
    )
}

/// Says how far back the applied method reaches where it is a median, what the other methods would have measured, and why
/// one of them is silent.
pub fn explain_candidates(candidates: &[Candidate], applied: SpreadMethod) -> String {
    let reach =
        candidates.iter().filter(|candidate| candidate.method == applied).find_map(|candidate| candidate.oldest);
    let reach = reach.map(|oldest| {
        format!(
            "The oldest minute of {applied} opened at {} and ended {} session minutes before the roll. ",
            oldest.time, oldest.stale_session_minutes
        )
    });
    let others = candidates.iter().filter(|candidate| candidate.method != applied);
    let said: Vec<String> = others
        .map(|candidate| match &candidate.outcome {
            Ok(found) if found.to_time == found.spread_time => {
                format!("{} would have said {} at {}", candidate.method, signed(found.spread), found.spread_time)
            }
            Ok(found) => format!(
                "{} would have said {} between {} and {}",
                candidate.method,
                signed(found.spread),
                found.spread_time,
                found.to_time
            ),
            Err(error) => format!("{} says nothing ({error})", candidate.method),
        })
        .collect();
    format!("{}Of the other methods, {}.", reach.unwrap_or_default(), said.join("; "))
}

/// Says what decided the trade date of a roll whose trigger reads data.
pub fn explain_decision(trigger: &DataTrigger, decision: &Decision) -> String {
    let what = match trigger.compared {
        Compared::Volume => "volume",
        Compared::OpenInterest => "open interest",
    };
    match &decision.by {
        DecidedBy::Otherwise(otherwise) => format!(
            "By {trigger} the {what} had not spoken by the latest possible date, trade date {} by {otherwise}.",
            decision.roll.trade_date
        ),
        DecidedBy::Counts { decided_on, days } => {
            let day = |day: &ComparedDay| format!("{} to {} contracts on {}", day.to, day.from, day.trade_date);
            let days: Vec<String> = days.iter().map(day).collect();
            format!(
                "By {trigger} the {what} of {} against that of {} decided after the close of trade date {decided_on}: {}.",
                decision.roll.to,
                decision.roll.from,
                days.join(", ")
            )
        }
    }
}

fn signed(points: Price) -> String {
    if points > Price::ZERO { format!("+{points}") } else { points.to_string() }
}

fn contracts(volume: u64) -> String {
    if volume == 1 { "1 contract".to_owned() } else { format!("{volume} contracts") }
}
