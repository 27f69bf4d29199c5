//! Rolls, and the evidence that is computed for them when it is asked for.

use peaktrade_wire::dataset::v1 as dataset;
use serde::Serialize;

use super::time;
use crate::failure::Failure;

/// One roll with its evidence.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RollDocument {
    /// Contract rolled out of.
    pub(crate) from_symbol: String,
    /// Contract rolled into.
    pub(crate) to_symbol: String,
    /// Instant from which the new contract is active.
    pub(crate) roll_ts: Option<String>,
    /// Roll trade date.
    pub(crate) trade_date: String,
    /// New minus old price as the method measures it, points.
    pub(crate) spread: String,
    /// Where the old contract's price is from: a bar's open, or the settlement.
    pub(crate) spread_time: Option<String>,
    /// Old contract's price there.
    pub(crate) from_price: String,
    /// New contract's price.
    pub(crate) to_price: String,
    /// Old contract's volume in that bar; 0 for a settlement.
    pub(crate) from_volume: u64,
    /// New contract's volume in its bar; 0 for a settlement.
    pub(crate) to_volume: u64,
    /// Method that measured the spread.
    pub(crate) method: String,
    /// What the median of the last 30 common minutes would have said.
    pub(crate) runner_up_median_30: String,
    /// Smallest spread among those minutes.
    pub(crate) spread_min: String,
    /// Largest spread among those minutes.
    pub(crate) spread_max: String,
    /// Session minutes between `spread_time` and the roll.
    pub(crate) stale_session_minutes: u32,
    /// Points added to the old contract's bars.
    pub(crate) cumulative_adjustment: String,
    /// What they are multiplied by instead; left out unless the method is a ratio.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) cumulative_factor: String,
}

/// One roll with all its evidence: what no dataset stores, because anybody can compute it from what the dataset names.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct EvidencedRollDocument {
    /// The roll as the dataset has it.
    #[serde(flatten)]
    pub(crate) roll: RollDocument,
    /// Where the new contract's price is from.
    pub(crate) to_time: Option<String>,
    /// Content digest of the old contract's bars.
    pub(crate) from_content_sha256: String,
    /// Content digest of the new contract's bars.
    pub(crate) to_content_sha256: String,
    /// SHA-256 of the vendor files of the old contract's bars.
    pub(crate) from_source_sha256: Vec<String>,
    /// SHA-256 of the vendor files of the new contract's bars.
    pub(crate) to_source_sha256: Vec<String>,
    /// Median distance from the median among the last 30 common minutes; left out where it was not computed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) spread_deviation: String,
    /// What decided the trade date; left out where the calendar did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<DecisionDocument>,
}

/// What decided the trade date of a roll whose trigger reads data.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DecisionDocument {
    /// "counts" where the data decided, or the fallback's trigger.
    pub(crate) by: String,
    /// Trade date after whose close the decision was taken; empty for a fallback.
    pub(crate) decided_on: String,
    /// Trade dates that were counted, in order.
    pub(crate) days: Vec<ComparedDayDocument>,
}

/// One trade date as a trigger compared it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ComparedDayDocument {
    /// Trade date.
    pub(crate) trade_date: String,
    /// Volume or open interest of the old contract.
    pub(crate) from_contracts: u64,
    /// Volume or open interest of the new contract.
    pub(crate) to_contracts: u64,
    /// Instant from which both were known.
    pub(crate) known_at: Option<String>,
}

/// What one method says of a roll.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CandidateDocument {
    /// Method.
    pub(crate) method: String,
    /// New minus old price; empty where the method says nothing.
    pub(crate) spread: String,
    /// Old contract's price.
    pub(crate) from_price: String,
    /// Its timestamp: a bar's open, or the settlement.
    pub(crate) from_time: Option<String>,
    /// New contract's price.
    pub(crate) to_price: String,
    /// Its timestamp.
    pub(crate) to_time: Option<String>,
    /// Old contract's volume in that bar; 0 for a settlement.
    pub(crate) from_volume: u64,
    /// New contract's volume in that bar; 0 for a settlement.
    pub(crate) to_volume: u64,
    /// Session minutes between the old contract's price and the roll.
    pub(crate) stale_session_minutes: u32,
    /// Whether the series was made with this method.
    pub(crate) is_applied: bool,
    /// Why the method says nothing; empty where it does.
    pub(crate) problem: String,
}

impl RollDocument {
    /// The document of a roll.
    pub(crate) fn new(roll: &dataset::Roll) -> Result<Self, Failure> {
        Ok(Self {
            from_symbol: roll.from_symbol.clone(),
            to_symbol: roll.to_symbol.clone(),
            roll_ts: time(roll.roll_ts)?,
            trade_date: roll.trade_date.clone(),
            spread: roll.spread.clone(),
            spread_time: time(roll.spread_time)?,
            from_price: roll.from_price.clone(),
            to_price: roll.to_price.clone(),
            from_volume: roll.from_volume,
            to_volume: roll.to_volume,
            method: roll.method.clone(),
            runner_up_median_30: roll.runner_up_median_30.clone(),
            spread_min: roll.spread_min.clone(),
            spread_max: roll.spread_max.clone(),
            stale_session_minutes: roll.stale_session_minutes,
            cumulative_adjustment: roll.cumulative_adjustment.clone(),
            cumulative_factor: roll.cumulative_factor.clone(),
        })
    }
}

impl EvidencedRollDocument {
    /// The document of a roll that was asked for with its evidence.
    pub(crate) fn new(roll: &dataset::Roll) -> Result<Self, Failure> {
        Ok(Self {
            roll: RollDocument::new(roll)?,
            to_time: time(roll.to_time)?,
            from_content_sha256: roll.from_content_sha256.clone(),
            to_content_sha256: roll.to_content_sha256.clone(),
            from_source_sha256: roll.from_source_sha256.clone(),
            to_source_sha256: roll.to_source_sha256.clone(),
            spread_deviation: roll.spread_deviation.clone(),
            decision: roll.decision.as_ref().map(DecisionDocument::new).transpose()?,
        })
    }
}

impl DecisionDocument {
    fn new(decision: &dataset::RollDecision) -> Result<Self, Failure> {
        let day = |day: &dataset::ComparedDay| {
            Ok(ComparedDayDocument {
                trade_date: day.trade_date.clone(),
                from_contracts: day.from_contracts,
                to_contracts: day.to_contracts,
                known_at: time(day.known_at)?,
            })
        };
        Ok(Self {
            by: decision.by.clone(),
            decided_on: decision.decided_on.clone(),
            days: decision.days.iter().map(day).collect::<Result<_, Failure>>()?,
        })
    }
}

impl CandidateDocument {
    /// The document of what a method says.
    pub(crate) fn new(said: &dataset::SpreadCandidate) -> Result<Self, Failure> {
        Ok(Self {
            method: said.method.clone(),
            spread: said.spread.clone(),
            from_price: said.from_price.clone(),
            from_time: time(said.from_time)?,
            to_price: said.to_price.clone(),
            to_time: time(said.to_time)?,
            from_volume: said.from_volume,
            to_volume: said.to_volume,
            stale_session_minutes: said.stale_session_minutes,
            is_applied: said.is_applied,
            problem: said.problem.clone(),
        })
    }
}
