//! The series as columns, with every input row accounted for.

use peaktrade_domain::{ContractSymbol, Price};

use crate::{
    AdjustmentOverflow, Bars, BarsError, BarsView, NonPositive, PlanError, RollEvidence, SegmentView, SeriesRequest,
    adjust, cumulative_adjustments, plan,
};

/// A series and the account of its rows: `rows_in == rows_out + duplicates_removed + rows_inactive`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stitched {
    /// The series.
    pub bars: Bars,
    /// Its stretches, oldest first, each with the number of its bars.
    pub segments: Vec<(SegmentView, u64)>,
    /// Points that each applied roll adds, those of the rolls between it and the contract that stays as traded included,
    /// in order of the rolls; see [`crate::cumulative_shifts`].
    pub cumulative_adjustments: Vec<Price>,
    /// Bars of all contracts within the request.
    pub rows_in: u64,
    /// Bars of the series.
    pub rows_out: u64,
    /// Bars within their segments that repeat a minute of the series. 0: segments do not overlap, and a contract's bars
    /// increase strictly.
    pub duplicates_removed: u64,
    /// Bars of a contract outside its segment: another contract was the active one.
    pub rows_inactive: u64,
    /// Bars of the series with a price that is not above zero.
    pub non_positive: NonPositive,
}

/// Why a series cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StitchError {
    /// A contract's columns are not bars.
    #[error("bars of {contract}: {source}")]
    Bars {
        /// The contract.
        contract: ContractSymbol,
        /// What is wrong with them.
        source: BarsError,
    },
    /// The rolls do not make a chain.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A price leaves the range.
    #[error("{contract}: {source}")]
    Overflow {
        /// The contract.
        contract: ContractSymbol,
        /// The price.
        source: AdjustmentOverflow,
    },
}

/// Stitches contracts, in order of expiry, along `rolls` into one series as known at `request.as_of`.
///
/// # Errors
/// Where columns are not bars, the rolls are no chain, or an adjusted price leaves the range.
pub fn stitch(
    contracts: &[(ContractSymbol, &Bars)],
    rolls: &[RollEvidence],
    request: &SeriesRequest,
) -> Result<Stitched, StitchError> {
    for (contract, bars) in contracts {
        bars.check_invariants().map_err(|source| StitchError::Bars { contract: *contract, source })?;
    }
    let symbols: Vec<ContractSymbol> = contracts.iter().map(|(contract, _)| *contract).collect();
    let views = plan(&symbols, rolls, request)?;
    let mut series = Bars::default();
    let mut segments = Vec::with_capacity(views.len());
    for view in views {
        let bars = contracts.iter().find(|(contract, _)| *contract == view.contract).map(|(_, bars)| bars);
        let rows = bars.map_or(BarsView::EMPTY, |bars| bars.between(view.start_ts, view.end_ts));
        adjust(rows, &view.change, &mut series)
            .map_err(|source| StitchError::Overflow { contract: view.contract, source })?;
        segments.push((view, count(rows.len())));
    }
    let rows_in: u64 =
        contracts.iter().map(|(_, bars)| count(bars.between(request.start, request.known_end()).len())).sum();
    let rows_active: u64 = segments.iter().map(|(_, rows)| rows).sum();
    let rows_out = count(series.len());
    let mut non_positive = NonPositive::default();
    non_positive.count(series.view());
    Ok(Stitched {
        non_positive,
        segments,
        cumulative_adjustments: cumulative_adjustments(rolls, request)?,
        rows_in,
        rows_out,
        duplicates_removed: rows_active - rows_out,
        rows_inactive: rows_in - rows_active,
        bars: series,
    })
}

fn count(rows: usize) -> u64 {
    // No machine that runs this has more than 64 bits of address.
    rows as u64
}

#[cfg(test)]
mod tests;
