//! DiffPolicies: the rolls of two policies over the same stored data, side by side. Nothing is stored.

use peaktrade_continuous::{RollDifference, RollEvidence, diff_rolls};
use peaktrade_domain::{ContractRoot, Price};
use peaktrade_wire::FieldError;
use peaktrade_wire::dataset::v1 as wire;
use tonic::Status;

use crate::build::{self, request::BuildRequest};
use crate::evidence;
use crate::library::Library;
use crate::series::BAR;
use crate::status;

/// One policy's rolls.
struct Side {
    policy: String,
    rolls: Vec<RollEvidence>,
    wire: Vec<wire::Roll>,
}

/// Compares two policies.
pub(crate) async fn run(
    library: &Library,
    request: &wire::DiffPoliciesRequest,
) -> Result<wire::DiffPoliciesResponse, Status> {
    let root = library.admit(&request.root)?;
    let left = side(library, root, request, "left", request.left.clone().unwrap_or_default()).await?;
    let right = side(library, root, request, "right", request.right.clone().unwrap_or_default()).await?;
    let rolls: Vec<wire::RollComparison> =
        diff_rolls(&left.rolls, &right.rolls).iter().map(|difference| comparison(difference, &left, &right)).collect();
    // A century has 400 quarters.
    let rolls_differing = u32::try_from(rolls.iter().filter(|roll| roll.differs).count()).unwrap_or(u32::MAX);
    Ok(wire::DiffPoliciesResponse { left_policy: left.policy, right_policy: right.policy, rolls, rolls_differing })
}

async fn side(
    library: &Library,
    root: ContractRoot,
    request: &wire::DiffPoliciesRequest,
    name: &str,
    policy: wire::RollPolicyChoice,
) -> Result<Side, Status> {
    let build = wire::BuildContinuousRequest {
        root: request.root.clone(),
        bar: BAR.to_owned(),
        method: peaktrade_continuous::Adjustment::BackAdjust.name().to_owned(),
        from: request.from.clone(),
        to: request.to.clone(),
        as_of: request.as_of,
        roll_trigger: policy.roll_trigger,
        roll_instant: policy.roll_instant,
        spread: policy.spread,
        max_stale_session_minutes: policy.max_stale_session_minutes,
        roll_table: policy.roll_table,
        max_spread_basis_points: policy.max_spread_basis_points,
        max_median_basis_points: policy.max_median_basis_points,
        ..Default::default()
    };
    let of_side = |error: FieldError| FieldError::new(name, error);
    let build = BuildRequest::read(root, &build).map_err(of_side)?;
    let measured = build::rolls(library, &build).await.map_err(|error| {
        let status = status::of_build(&error);
        Status::new(status.code(), format!("{name} policy {}: {}", build.policy_text(), status.message()))
    })?;
    let wire = measured
        .rolls
        .iter()
        .enumerate()
        .map(|(at, roll)| {
            let mut of_wire = evidence::roll(roll);
            of_wire.decision = measured.decisions.get(at).map(evidence::decision);
            let of = |contract| measured.stored.iter().find(|manifest| manifest.contract == contract);
            if let (Some(from), Some(to)) = (of(roll.from), of(roll.to)) {
                evidence::name_inputs(&mut of_wire, [from, to]);
            }
            of_wire
        })
        .collect();
    Ok(Side { policy: build.policy_text(), rolls: measured.rolls, wire })
}

fn comparison(difference: &RollDifference, left: &Side, right: &Side) -> wire::RollComparison {
    let of = |side: &Side| {
        side.rolls.iter().position(|roll| roll.from == difference.from).and_then(|at| side.wire.get(at)).cloned()
    };
    let text = |price: Option<Price>| price.map(|price| price.to_string()).unwrap_or_default();
    let (of_left, of_right) = (of(left), of(right));
    wire::RollComparison {
        from_symbol: difference.from.to_string(),
        differs: !difference.is_none(),
        spread_difference: text(difference.spread_difference),
        offset_difference: text(difference.offset_difference),
        text: in_words(difference, of_left.as_ref(), of_right.as_ref()),
        left: of_left,
        right: of_right,
    }
}

/// What differs and why, in words.
fn in_words(difference: &RollDifference, of_left: Option<&wire::Roll>, of_right: Option<&wire::Roll>) -> String {
    let from = difference.from;
    let (left, right) = match (&difference.left, &difference.right) {
        (Some(left), Some(right)) => (left, right),
        (Some(only), None) => {
            return format!("Only the first policy leaves {from}, on trade date {}{}.", only.trade_date, why(of_left));
        }
        (None, Some(only)) => {
            return format!(
                "Only the second policy leaves {from}, on trade date {}{}.",
                only.trade_date,
                why(of_right)
            );
        }
        (None, None) => return String::new(),
    };
    if difference.is_none() {
        return format!("Both leave {from} at {} with a spread of {}.", left.roll_ts, left.spread);
    }
    let mut parts = Vec::new();
    if left.to != right.to {
        parts.push(format!("the first rolls into {}, the second into {}", left.to, right.to));
    }
    if left.roll_ts == right.roll_ts {
        parts.push(format!("both roll at {}", left.roll_ts));
    } else {
        parts.push(format!(
            "the first rolls at {}, trade date {}{}, the second at {}, trade date {}{}",
            left.roll_ts,
            left.trade_date,
            why(of_left),
            right.roll_ts,
            right.trade_date,
            why(of_right)
        ));
    }
    if left.spread == right.spread {
        parts.push(format!("the spread is {} either way", left.spread));
    } else {
        parts.push(format!(
            "the spread is {} by {} at {} and {} by {} at {}",
            left.spread, left.method, left.spread_time, right.spread, right.method, right.spread_time
        ));
    }
    format!("Out of {from}: {}.", parts.join("; "))
}

/// Why a roll is when it is, where the data decided.
fn why(roll: Option<&wire::Roll>) -> String {
    let Some(decision) = roll.and_then(|roll| roll.decision.as_ref()) else { return String::new() };
    if decision.days.is_empty() {
        return format!(" (the latest possible date by {})", decision.by);
    }
    let day = |day: &wire::ComparedDay| format!("{} on {}", counts(day), day.trade_date);
    let days: Vec<String> = decision.days.iter().map(day).collect();
    format!(" (decided after the close of {} by {})", decision.decided_on, days.join(", "))
}

fn counts(day: &wire::ComparedDay) -> String {
    format!("{} to {}", day.to_contracts, day.from_contracts)
}
