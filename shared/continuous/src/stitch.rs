//! The series as columns, with every input row accounted for.

use peaktrade_domain::{ContractSymbol, Price, UnixNanos};

use crate::{
    AdjustmentOverflow, Bars, BarsError, BarsView, PlanError, RollEvidence, SegmentView, SeriesRequest, adjust,
    cumulative_adjustments, plan,
};

/// A series and the account of its rows: `rows_in == rows_out + duplicates_removed + inactive_dropped`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stitched {
    /// The series.
    pub bars: Bars,
    /// Its stretches, oldest first, each with the number of its bars.
    pub segments: Vec<(SegmentView, u64)>,
    /// Points that each applied roll adds to the bars before it, later rolls included, in order of the rolls.
    pub cumulative_adjustments: Vec<Price>,
    /// Bars of all contracts within the request.
    pub rows_in: u64,
    /// Bars of the series.
    pub rows_out: u64,
    /// Bars of a contract while another was active, at a minute that the series has.
    pub duplicates_removed: u64,
    /// Bars of a contract while another was active, at a minute that the series lacks: the active one did not trade.
    pub inactive_dropped: u64,
    /// Bars of the series whose low is zero or below, as a shift may make it.
    pub non_positive_rows: u64,
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
        adjust(rows, view.offset, &mut series)
            .map_err(|source| StitchError::Overflow { contract: view.contract, source })?;
        segments.push((view, count(rows.len())));
    }
    let (rows_in, common) = account(contracts, &series, request.start, request.known_end());
    let rows_out = count(series.len());
    // Each row of the series is its own contract's row at that minute; the rest of the common ones repeat it.
    let duplicates_removed = common - rows_out;
    Ok(Stitched {
        segments,
        cumulative_adjustments: cumulative_adjustments(rolls, request)?,
        rows_in,
        rows_out,
        duplicates_removed,
        inactive_dropped: rows_in - rows_out - duplicates_removed,
        non_positive_rows: count(series.low.iter().filter(|low| **low <= 0).count()),
        bars: series,
    })
}

/// Bars of all contracts in [start, end), and how many of them lie at a minute that the series has.
fn account(contracts: &[(ContractSymbol, &Bars)], series: &Bars, start: UnixNanos, end: UnixNanos) -> (u64, u64) {
    let (mut rows_in, mut common) = (0, 0);
    for (_, bars) in contracts {
        let bars = bars.between(start, end);
        rows_in += count(bars.len());
        let mut series_ts = series.ts.iter().copied().peekable();
        for ts in bars.ts {
            while series_ts.next_if(|candidate| candidate < ts).is_some() {}
            common += u64::from(series_ts.peek() == Some(ts));
        }
    }
    (rows_in, common)
}

fn count(rows: usize) -> u64 {
    // No machine that runs this has more than 64 bits of address.
    rows as u64
}

#[cfg(test)]
mod tests;
