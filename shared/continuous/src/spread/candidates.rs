//! What every method would have said of one roll.

use peaktrade_domain::{Calendar, RollPolicy, ScheduledRoll, SpreadMethod};

use super::{MEDIAN_MINUTES, OldestMinute, RollEvidence, RollLegs, SpreadError, measure};

/// What one method says of a roll, or why it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The method.
    pub method: SpreadMethod,
    /// What it measured; an error says why it could not.
    pub outcome: Result<RollEvidence, SpreadError>,
    /// How far back a median reaches; `None` for the other methods and for one that says nothing.
    pub oldest: Option<OldestMinute>,
}

/// What every method says of a roll, the policy's own included, each under the policy's bound of staleness.
pub fn candidates(
    roll: &ScheduledRoll,
    legs: &RollLegs<'_>,
    policy: &RollPolicy,
    calendar: &Calendar,
) -> Vec<Candidate> {
    // The constant is far below the range.
    let standard = u16::try_from(MEDIAN_MINUTES).unwrap_or(SpreadMethod::MEDIAN_MINUTES_MAX);
    let mut methods = vec![SpreadMethod::LastCommon, SpreadMethod::MedianCommon(standard)];
    if !methods.contains(&policy.spread) && matches!(policy.spread, SpreadMethod::MedianCommon(_)) {
        methods.push(policy.spread);
    }
    methods.extend([SpreadMethod::Settlement, SpreadMethod::PeakTrade]);
    let say = |spread| {
        let measured = measure(roll, legs, &RollPolicy { spread, ..*policy }, calendar);
        let oldest = measured.as_ref().ok().and_then(|(_, oldest)| *oldest);
        Candidate { method: spread, outcome: measured.map(|(evidence, _)| evidence), oldest }
    };
    methods.into_iter().map(say).collect()
}
