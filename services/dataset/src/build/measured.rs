//! One roll measured as a policy asks, and held to what is plausible.

use peaktrade_continuous::{MEDIAN_MINUTES, RollEvidence, RollLegs, SpreadBand, dispersion, measure_known};
use peaktrade_domain::{Calendar, RollPolicy, ScheduledRoll, UnixNanos};

use super::BuildError;

/// Measures a roll; refuses a spread that is not plausible. `None` where the spread was not known by `as_of`, though the
/// roll had come.
pub(crate) fn measure(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    policy: &RollPolicy,
    band: SpreadBand,
    as_of: UnixNanos,
    calendar: &Calendar,
) -> Result<Option<RollEvidence>, BuildError> {
    let Some(evidence) = measure_known(roll, legs, policy, calendar, as_of)? else { return Ok(None) };
    let scatter = dispersion(roll, legs, MEDIAN_MINUTES, calendar)?;
    band.check(&evidence, scatter.as_ref(), policy.max_stale_session_minutes)?;
    Ok(Some(evidence))
}
