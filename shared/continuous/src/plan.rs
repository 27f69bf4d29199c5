//! Which rows of which contract carry which change of prices, as of an instant.

use peaktrade_domain::{ContractSymbol, Price, SpreadMethod, UnixNanos};

use crate::{Adjustment, Bars, Factor, PriceChange, RollEvidence, Shift, TickGrid};

/// Which part of a series is asked for, and what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesRequest {
    /// How the contracts are brought together.
    pub adjustment: Adjustment,
    /// Grid to which every price is rounded, half to even; `None` leaves adjusted prices off the tick where they fall so.
    pub snap: Option<TickGrid>,
    /// Open instant of the first bar wanted, inclusive.
    pub start: UnixNanos,
    /// End of the open instants wanted, exclusive.
    pub end: UnixNanos,
    /// Instant of knowledge: a bar counts once its minute is over, a roll once its instant has come.
    pub as_of: UnixNanos,
}

/// A stretch of one contract's bars in the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentView {
    /// Contract whose bars are taken.
    pub contract: ContractSymbol,
    /// First open instant, inclusive.
    pub start_ts: UnixNanos,
    /// End of the open instants, exclusive; after `start_ts`.
    pub end_ts: UnixNanos,
    /// What is done to every price of the stretch.
    pub change: PriceChange,
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
    #[error("roll {from} -> {to} at {roll_ts}: its spread was read at {spread_time}, which was not over by then")]
    EvidenceAfterRoll {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Open of the bar of the spread, or instant of the settlement.
        spread_time: UnixNanos,
    },
    /// A ratio cannot be taken of these prices.
    #[error(
        "roll {from} -> {to} at {roll_ts}: a ratio needs two prices above zero, the pair is {from_price} and {to_price}"
    )]
    RatioPrice {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Old contract's price of the evidence.
        from_price: Price,
        /// New contract's price by the spread.
        to_price: Price,
    },
    /// The sum of the spreads leaves the range.
    #[error("the sum of the spreads up to roll {from} -> {to} leaves the range of prices")]
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
            snap: None,
            start: UnixNanos::from_nanos(i64::MIN),
            end: UnixNanos::from_nanos(i64::MAX),
            as_of: UnixNanos::from_nanos(i64::MAX),
        }
    }

    /// End of the open instants that can be served, exclusive: the asked end, or where knowledge ends.
    pub fn known_end(&self) -> UnixNanos {
        self.end.min(Bars::over_before(self.as_of))
    }
}

/// Cuts the series into stretches of contracts, oldest first, each with its change of prices; rolls after `as_of` do not
/// exist.
///
/// `contracts` are in order of expiry, and `rolls[i]` leads from `contracts[i]` to `contracts[i + 1]`. Stretches that
/// the request leaves empty are left out, so a server can slice columns by `start_ts` and `end_ts` and change the prices
/// while it sends. Changes come from all rolls up to `as_of`, also from those after the requested end.
///
/// # Errors
/// Where the rolls are not a chain in order of time, a spread was not known at its roll, a sum leaves the range, or a
/// ratio is asked for of prices that are not above zero.
pub fn plan(
    contracts: &[ContractSymbol],
    rolls: &[RollEvidence],
    request: &SeriesRequest,
) -> Result<Vec<SegmentView>, PlanError> {
    check_chain(contracts, rolls)?;
    let shifts = cumulative_shifts(rolls, request)?;
    let known_end = request.known_end();
    let mut segments = Vec::with_capacity(shifts.len() + 1);
    for (at, contract) in contracts.iter().enumerate().take(shifts.len() + 1) {
        let active_from = if at == 0 { request.start } else { rolls[at - 1].roll_ts };
        // A roll that has come while its spread is not known ends the view: no bar after it is over either.
        let active_to = rolls.get(at).map_or(known_end, |roll| roll.roll_ts);
        let (start_ts, end_ts) = (active_from.max(request.start), active_to.min(known_end));
        if start_ts < end_ts {
            // The shift of a roll is that of the bars on its far side from the contract that stays as traded.
            let roll = if is_anchored_at_newest(request.adjustment) { Some(at) } else { at.checked_sub(1) };
            let shift = roll.and_then(|roll| shifts.get(roll)).cloned().unwrap_or(Shift::NONE);
            let change = PriceChange { shift, snap: request.snap };
            segments.push(SegmentView { contract: *contract, start_ts, end_ts, change });
        }
    }
    Ok(segments)
}

/// What each roll known as of the request does to the bars on its far side from the contract that stays as traded, all
/// rolls in between included; one for each such roll, in order. For the backward methods that is to the bars before the
/// roll, for the forward ones to the bars after it; for [`Adjustment::None`] nothing.
///
/// # Errors
/// Where a sum leaves the range of prices, or a ratio is asked for of prices that are not above zero.
pub fn cumulative_shifts(rolls: &[RollEvidence], request: &SeriesRequest) -> Result<Vec<Shift>, PlanError> {
    // Rolls are in order and the instants at which their spreads were known need not be: a roll that is not known hides
    // those after it.
    let known = &rolls[..rolls.iter().take_while(|roll| roll.known_at() <= request.as_of).count()];
    match request.adjustment {
        Adjustment::None => Ok(vec![Shift::NONE; known.len()]),
        Adjustment::BackAdjust => {
            let mut shifts = sums(known.iter().rev())?;
            shifts.reverse();
            Ok(shifts.into_iter().map(Shift::Points).collect())
        }
        Adjustment::ForwardAdjust => sums(known.iter())?
            .into_iter()
            .zip(known)
            .map(|(sum, roll)| Price::ZERO.checked_sub(sum).map(Shift::Points).ok_or_else(|| overflow(roll)))
            .collect(),
        Adjustment::RatioAdjust => {
            let mut shifts = products(known.iter().rev())?;
            shifts.reverse();
            Ok(shifts.into_iter().map(Shift::Factor).collect())
        }
        Adjustment::ForwardRatioAdjust => {
            Ok(products(known.iter())?.iter().map(|product| Shift::Factor(product.inverse())).collect())
        }
    }
}

/// The points of [`cumulative_shifts`]; zero for the ratio methods, which add none.
///
/// # Errors
/// As [`cumulative_shifts`].
pub fn cumulative_adjustments(rolls: &[RollEvidence], request: &SeriesRequest) -> Result<Vec<Price>, PlanError> {
    let points = |shift| match shift {
        Shift::Points(points) => points,
        Shift::Factor(_) => Price::ZERO,
    };
    Ok(cumulative_shifts(rolls, request)?.into_iter().map(points).collect())
}

const fn is_anchored_at_newest(adjustment: Adjustment) -> bool {
    match adjustment {
        Adjustment::None | Adjustment::BackAdjust | Adjustment::RatioAdjust => true,
        Adjustment::ForwardAdjust | Adjustment::ForwardRatioAdjust => false,
    }
}

/// Running sums of the spreads, in the order given.
fn sums<'a>(rolls: impl Iterator<Item = &'a RollEvidence>) -> Result<Vec<Price>, PlanError> {
    let mut sum = Price::ZERO;
    rolls
        .map(|roll| {
            sum = sum.checked_add(roll.spread).ok_or_else(|| overflow(roll))?;
            Ok(sum)
        })
        .collect()
}

/// Running products of the rolls' ratios, in the order given.
fn products<'a>(rolls: impl Iterator<Item = &'a RollEvidence>) -> Result<Vec<Factor>, PlanError> {
    let mut product = Factor::one();
    rolls
        .map(|roll| {
            let RollEvidence { from, to, roll_ts, from_price, .. } = *roll;
            let to_price = roll.to_price_by_spread().ok_or_else(|| overflow(roll))?;
            let ratio = roll.ratio().ok_or(PlanError::RatioPrice { from, to, roll_ts, from_price, to_price })?;
            product = product.times(&ratio);
            Ok(product.clone())
        })
        .collect()
}

const fn overflow(roll: &RollEvidence) -> PlanError {
    PlanError::Overflow { from: roll.from, to: roll.to }
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
        let past_spread = match roll.method {
            // A settlement is made at an instant; a bar must be over.
            SpreadMethod::Settlement => Some(spread_time),
            SpreadMethod::LastCommon | SpreadMethod::MedianCommon(_) | SpreadMethod::PeakTrade => {
                spread_time.checked_add_nanos(Bars::DURATION_NS)
            }
        };
        if past_spread.is_none_or(|past| past > roll_ts) {
            return Err(PlanError::EvidenceAfterRoll { from, to, roll_ts, spread_time });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
