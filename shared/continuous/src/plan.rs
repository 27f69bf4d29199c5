//! Which rows of which contract carry which offset, as of an instant.

use peaktrade_domain::{ContractSymbol, Price, UnixNanos};

use crate::{Adjustment, Bars, RollEvidence};

/// Which part of a series is asked for, and what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    /// How older contracts are shifted.
    pub adjustment: Adjustment,
    /// Open instant of the first bar wanted, inclusive.
    pub start: UnixNanos,
    /// End of the open instants wanted, exclusive.
    pub end: UnixNanos,
    /// Instant of knowledge: a bar counts once its minute is over, a roll once its instant has come.
    pub as_of: UnixNanos,
}

/// A stretch of one contract's bars in the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentView {
    /// Contract whose bars are taken.
    pub contract: ContractSymbol,
    /// First open instant, inclusive.
    pub start_ts: UnixNanos,
    /// End of the open instants, exclusive; after `start_ts`.
    pub end_ts: UnixNanos,
    /// Points added to every price of the stretch.
    pub offset: Price,
}

/// Rolls that do not make a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The number of rolls does not fit the number of contracts.
    #[error("{contracts} contracts need {} rolls between them, given are {rolls}", .contracts.saturating_sub(1))]
    Count {
        /// Contracts given.
        contracts: usize,
        /// Rolls given.
        rolls: usize,
    },
    /// A roll does not lead from one contract to the next.
    #[error("roll {number} leads from {from} to {to}, between the contracts stand {expected_from} and {expected_to}")]
    NotAChain {
        /// Roll, counted from 1.
        number: usize,
        /// Contract it leads out of.
        from: ContractSymbol,
        /// Contract it leads into.
        to: ContractSymbol,
        /// Contract before the roll.
        expected_from: ContractSymbol,
        /// Contract after the roll.
        expected_to: ContractSymbol,
    },
    /// A roll leads to an earlier expiry or another product.
    #[error("roll {from} -> {to} does not lead to a later contract of the same root")]
    NotForward {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
    },
    /// Rolls out of order.
    #[error("roll {from} -> {to} at {roll_ts} does not come after the roll before it, at {before}")]
    NotIncreasing {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// The roll before.
        before: UnixNanos,
    },
    /// A spread that was not known at its roll.
    #[error("roll {from} -> {to} at {roll_ts}: its spread was read from the bar of {spread_time}, which was not over")]
    EvidenceAfterRoll {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Open of the bar of the spread.
        spread_time: UnixNanos,
    },
    /// The sum of the spreads leaves the range.
    #[error("the sum of the spreads from roll {from} -> {to} on leaves the range of prices")]
    Overflow {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
    },
}

impl SeriesRequest {
    /// All bars, all rolls.
    pub const fn everything(adjustment: Adjustment) -> Self {
        Self {
            adjustment,
            start: UnixNanos::from_nanos(i64::MIN),
            end: UnixNanos::from_nanos(i64::MAX),
            as_of: UnixNanos::from_nanos(i64::MAX),
        }
    }

    /// End of the open instants that can be served, exclusive: the asked end, or where knowledge ends.
    pub fn known_end(&self) -> UnixNanos {
        // A bar is known when its last nanosecond is over: open + one minute <= as_of.
        let past_known = self.as_of.nanos().saturating_sub(Bars::DURATION_NS).saturating_add(1);
        self.end.min(UnixNanos::from_nanos(past_known))
    }
}

/// Cuts the series into stretches of contracts, oldest first, each with its offset; rolls after `as_of` do not exist.
///
/// `contracts` are in order of expiry, and `rolls[i]` leads from `contracts[i]` to `contracts[i + 1]`. Stretches that
/// the request leaves empty are left out, so a server can slice columns by `start_ts` and `end_ts` and add the offset
/// while it sends. Offsets come from all rolls up to `as_of`, also from those after the requested end.
///
/// # Errors
/// Where the rolls are not a chain in order of time, a spread was not known at its roll, or a sum leaves the range.
pub fn plan(
    contracts: &[ContractSymbol],
    rolls: &[RollEvidence],
    request: &SeriesRequest,
) -> Result<Vec<SegmentView>, PlanError> {
    check_chain(contracts, rolls)?;
    let offsets = cumulative_adjustments(rolls, request)?;
    let known_end = request.known_end();
    let mut segments = Vec::with_capacity(offsets.len() + 1);
    for (at, contract) in contracts.iter().enumerate().take(offsets.len() + 1) {
        let active_from = if at == 0 { request.start } else { rolls[at - 1].roll_ts };
        let active_to = if at < offsets.len() { rolls[at].roll_ts } else { known_end };
        let (start_ts, end_ts) = (active_from.max(request.start), active_to.min(known_end));
        if start_ts < end_ts {
            let offset = offsets.get(at).copied().unwrap_or(Price::ZERO);
            segments.push(SegmentView { contract: *contract, start_ts, end_ts, offset });
        }
    }
    Ok(segments)
}

/// Points that each roll known as of the request adds to the bars before it, all later rolls included; one for each
/// such roll, in order. Zeros for [`Adjustment::None`].
///
/// # Errors
/// Where a sum leaves the range of prices.
pub fn cumulative_adjustments(rolls: &[RollEvidence], request: &SeriesRequest) -> Result<Vec<Price>, PlanError> {
    let known = rolls.partition_point(|roll| roll.roll_ts <= request.as_of);
    let mut sums = vec![Price::ZERO; known];
    match request.adjustment {
        Adjustment::None => {}
        Adjustment::BackAdjust => {
            let mut sum = Price::ZERO;
            for (roll, slot) in rolls[..known].iter().zip(&mut sums).rev() {
                sum = sum.checked_add(roll.spread).ok_or(PlanError::Overflow { from: roll.from, to: roll.to })?;
                *slot = sum;
            }
        }
    }
    Ok(sums)
}

fn check_chain(contracts: &[ContractSymbol], rolls: &[RollEvidence]) -> Result<(), PlanError> {
    if contracts.is_empty() || rolls.len() + 1 != contracts.len() {
        return Err(PlanError::Count { contracts: contracts.len(), rolls: rolls.len() });
    }
    for (at, (roll, pair)) in rolls.iter().zip(contracts.windows(2)).enumerate() {
        let RollEvidence { from, to, roll_ts, spread_time, .. } = *roll;
        if (from, to) != (pair[0], pair[1]) {
            let (expected_from, expected_to) = (pair[0], pair[1]);
            return Err(PlanError::NotAChain { number: at + 1, from, to, expected_from, expected_to });
        }
        if from.root() != to.root() || from >= to {
            return Err(PlanError::NotForward { from, to });
        }
        let before = at.checked_sub(1).map(|earlier| rolls[earlier].roll_ts);
        if let Some(before) = before.filter(|before| *before >= roll_ts) {
            return Err(PlanError::NotIncreasing { from, to, roll_ts, before });
        }
        if spread_time.checked_add_nanos(Bars::DURATION_NS).is_none_or(|known| known > roll_ts) {
            return Err(PlanError::EvidenceAfterRoll { from, to, roll_ts, spread_time });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
