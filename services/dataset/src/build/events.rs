//! What a build tells the log and the metrics, in the runbook's words.

use peaktrade_continuous::Adjustment;
use peaktrade_domain::Price;
use peaktrade_store::{DatasetManifest, RollRecord};

use crate::metrics::Metrics;

/// Logs a build and counts its rolls. A dataset that was stored before is the same rolls once more: its build is logged
/// as repeated, and its rolls are neither logged nor counted again, so that `roll_events_total` counts rolls and not
/// requests.
pub(super) fn record(metrics: &Metrics, manifest: &DatasetManifest, is_new: bool) {
    if is_new {
        for roll in &manifest.rolls {
            metrics.roll_events.inc();
            record_roll(manifest, roll);
        }
    }
    let inputs = &manifest.inputs;
    tracing::info!(
        event = "continuous_stitch_event",
        rows_in = manifest.rows_in,
        rows_out = manifest.rows_out,
        gaps_detected = manifest.gaps_detected,
        duplicates_removed = manifest.duplicates_removed,
        rows_inactive = manifest.rows_inactive,
        rolls = manifest.rolls.len(),
        repeated = !is_new,
        root = %inputs.root,
        method = inputs.method,
        from = %inputs.from,
        to = %inputs.to,
        as_of = %inputs.as_of,
        roll_policy_version = inputs.roll_policy,
        calendar_sha256 = %inputs.calendar_sha256,
        dataset_id = %manifest.dataset_id,
        content_sha256 = %manifest.content_sha256,
        "continuous_stitch_event"
    );
}

/// One roll with the evidence of its spread, and what it does to the bars on its one side: points are added, or prices
/// multiplied, or nothing is done.
fn record_roll(manifest: &DatasetManifest, roll: &RollRecord) {
    let inputs = &manifest.inputs;
    let content = |contract| {
        let input = inputs.contracts.iter().find(|input| input.contract == contract);
        input.map(|input| tracing::field::display(input.content_sha256))
    };
    let minutes = roll.common_minutes.as_ref();
    tracing::info!(
        event = "roll_event",
        root = %inputs.root,
        from_symbol = %roll.from_symbol,
        to_symbol = %roll.to_symbol,
        roll_ts = %roll.roll_ts,
        trade_date = %roll.trade_date,
        roll_policy_version = inputs.roll_policy,
        spread = %roll.spread,
        spread_method = roll.method,
        spread_time = %roll.spread_time,
        from_price = %roll.from_price,
        to_price = %roll.to_price,
        from_volume = roll.from_volume,
        to_volume = roll.to_volume,
        stale_session_minutes = roll.stale_session_minutes,
        common_minutes_median = minutes.map(|minutes| tracing::field::display(minutes.median)),
        common_minutes_min = minutes.map(|minutes| tracing::field::display(minutes.min)),
        common_minutes_max = minutes.map(|minutes| tracing::field::display(minutes.max)),
        from_content_sha256 = content(roll.from_symbol),
        to_content_sha256 = content(roll.to_symbol),
        dataset_id = %manifest.dataset_id,
        "roll_event"
    );
    if inputs.method == Adjustment::None.name() {
        return;
    }
    let is_ratio = inputs.method.parse().is_ok_and(Adjustment::is_ratio);
    tracing::info!(
        event = "back_adjust_event",
        adjustment_points = %if is_ratio { Price::ZERO } else { roll.spread },
        factor = is_ratio.then(|| format!("{}/{}", roll.to_price, roll.from_price)),
        cumulative_adjustment = %roll.cumulative_adjustment,
        cumulative_factor = roll.cumulative_factor.as_deref(),
        method = inputs.method,
        root = %inputs.root,
        from_symbol = %roll.from_symbol,
        to_symbol = %roll.to_symbol,
        roll_ts = %roll.roll_ts,
        dataset_id = %manifest.dataset_id,
        "back_adjust_event"
    );
}
