//! Two ways to roll over the same contracts, side by side.

use peaktrade_domain::{ContractSymbol, Price};

use crate::RollEvidence;

/// The rolls out of one contract under two policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollDifference {
    /// Contract rolled out of.
    pub from: ContractSymbol,
    /// The roll of the first policy; `None` where it has none out of this contract.
    pub left: Option<RollEvidence>,
    /// The roll of the second policy.
    pub right: Option<RollEvidence>,
    /// Right spread minus left one; `None` where one of the rolls is absent.
    pub spread_difference: Option<Price>,
    /// Sum of the right policy's spreads from this roll on minus that of the left one's: how far apart the two
    /// back-adjusted series lie before both rolls. `None` where a sum leaves the range of prices.
    pub offset_difference: Option<Price>,
}

impl RollDifference {
    /// Whether the two rolls agree in contracts, instant and spread.
    pub fn is_none(&self) -> bool {
        match (&self.left, &self.right) {
            (Some(left), Some(right)) => {
                (left.to, left.roll_ts, left.spread) == (right.to, right.roll_ts, right.spread)
            }
            _ => false,
        }
    }
}

/// Sets the rolls of two policies side by side, by the contract that they leave, in order of expiry.
pub fn diff_rolls(left: &[RollEvidence], right: &[RollEvidence]) -> Vec<RollDifference> {
    let mut leaving: Vec<ContractSymbol> = left.iter().chain(right).map(|roll| roll.from).collect();
    leaving.sort_unstable();
    leaving.dedup();
    let mut differences = Vec::with_capacity(leaving.len());
    let mut sums = Some((0_i128, 0_i128));
    for from in leaving.into_iter().rev() {
        let of = |rolls: &[RollEvidence]| rolls.iter().find(|roll| roll.from == from).cloned();
        let (left, right) = (of(left), of(right));
        let nanos = |roll: &Option<RollEvidence>| roll.as_ref().map_or(0, |roll| i128::from(roll.spread.nanos()));
        sums = sums.map(|(of_left, of_right)| (of_left + nanos(&left), of_right + nanos(&right)));
        let narrow = |nanos: i128| i64::try_from(nanos).ok().map(Price::from_nanos);
        let spread_difference = match (&left, &right) {
            (Some(left), Some(right)) => right.spread.checked_sub(left.spread),
            _ => None,
        };
        let offset_difference = sums.and_then(|(of_left, of_right)| narrow(of_right - of_left));
        differences.push(RollDifference { from, left, right, spread_difference, offset_difference });
    }
    differences.reverse();
    differences
}
