//! Checks of a contract on its way into a series.

use peaktrade_continuous::BarsView;
use peaktrade_domain::ContractSymbol;
use peaktrade_validation::{Findings, SessionValidator};

use super::digests::{ExactColumns, exact_columns};
use super::{RowGroup, Unusual, Validation};
use crate::builder::Segment;

/// The checks of one contract.
pub(super) enum Checks<'a> {
    None,
    Original,
    Sessions(Box<SessionValidator<'a>>, Box<ExactColumns>),
}

impl<'a> Checks<'a> {
    /// Checks as asked for; sessions of a contract that was there before are not validated twice.
    pub(super) fn new(validation: Validation<'a>, segment: &Segment, is_new: bool) -> Result<Self, Unusual> {
        match validation {
            Validation::None => Ok(Self::None),
            Validation::Original => Ok(Self::Original),
            Validation::Sessions(_) if !is_new => Ok(Self::None),
            Validation::Sessions(calendar) => {
                let refused = |reason: String| Unusual::Calendar { reason };
                let symbol: ContractSymbol =
                    segment.contract_symbol.parse().map_err(|error| refused(format!("{error}")))?;
                let validator = SessionValidator::new(calendar, symbol).map_err(|error| refused(format!("{error}")))?;
                Ok(Self::Sessions(Box::new(validator), Box::default()))
            }
        }
    }

    pub(super) const fn are_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Takes a row group of the contract as it is in its file.
    pub(super) fn take(&mut self, group: &RowGroup) -> Result<(), Unusual> {
        match self {
            Self::None => Ok(()),
            Self::Original => check_contract(group),
            Self::Sessions(validator, exact) => {
                let rows = 0..group.stamps.nanos.len();
                let entries = group.columns.each_ref().map(|column| column.entries.as_slice());
                exact_columns(group, entries, rows, exact)?;
                let [open, high, low, close, volume] = exact.columns.each_ref().map(Vec::as_slice);
                let bars = BarsView { ts: &group.stamps.nanos, open, high, low, close, volume };
                validator.take(bars).map_err(|_| Unusual::Damaged)
            }
        }
    }

    /// Takes the same row group as it is in the series, whose prices the original asks to be above zero too.
    pub(super) fn take_series(&self, group: &RowGroup) -> Result<(), Unusual> {
        let prices = &group.changed[..4];
        let is_refused = matches!(self, Self::Original) && prices.iter().flatten().any(|price| *price <= 0.0);
        if is_refused { Err(Unusual::Refused) } else { Ok(()) }
    }

    /// Adds what was found in the contract.
    pub(super) fn finish(self, findings: &mut Findings) {
        if let Self::Sessions(validator, _) = self {
            findings.join(validator.finish());
        }
    }
}

/// What is left of `validate_ohlcv` for finite floats whose instants grow; its words come from the general builder. Also
/// refuses values that stand in a dictionary and in no row, which nobody writes.
fn check_contract(group: &RowGroup) -> Result<(), Unusual> {
    let [open, high, low, close, volume] = &group.columns;
    let are_positive = [open, high, low, close].iter().all(|column| column.entries.iter().all(|price| *price > 0.0));
    let are_counts = volume.entries.iter().all(|volume| *volume >= 0.0);
    let mut are_ordered = true;
    for (high_code, low_code) in high.codes.iter().zip(&low.codes) {
        are_ordered &= high.entries[*high_code as usize] >= low.entries[*low_code as usize];
    }
    if are_positive && are_counts && are_ordered { Ok(()) } else { Err(Unusual::Refused) }
}
