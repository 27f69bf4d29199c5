//! One roll measured as a policy asks, and held to what is plausible.

use peaktrade_continuous::{MEDIAN_MINUTES, RollEvidence, RollLegs, SpreadBand, dispersion, measure_roll};
use peaktrade_domain::{Calendar, RollPolicy, ScheduledRoll, UnixNanos};

use super::BuildError;

/// Measures a roll; refuses a spread that is not plausible, or that was not known by `as_of`.
pub(crate) fn measure(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    policy: &RollPolicy,
    band: SpreadBand,
    as_of: UnixNanos,
    calendar: &Calendar,
) -> Result<RollEvidence, BuildError> {
    let evidence = measure_roll(roll, legs, policy, calendar)?;
    let known_at = evidence.known_at();
    if known_at > as_of {
        let (from, to, roll_ts) = (roll.from, roll.to, roll.roll_ts);
        return Err(BuildError::SpreadNotKnown { from, to, roll_ts, known_at, as_of });
    }
    band.check(&evidence, dispersion(roll, legs, MEDIAN_MINUTES, calendar)?.as_ref())?;
    Ok(evidence)
}
