//! What becomes of each row of a vendor file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The fate of one row. Every row meets exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// Became a bar, or a part of one.
    Kept,
    /// Its minute is not open market by the calendar.
    OutOfSession,
    /// Repeats a row of the same file value for value.
    Duplicate,
    /// One of its prices is not on the contract's tick grid.
    OffTick,
    /// Its minute begins at or after the end of trading in the contract.
    AfterExpiry,
    /// Is of a spread or another combination, not of a contract.
    Spread,
    /// Is of no dated contract of the root that the calendar knows the end of.
    UnknownSymbol,
    /// Leaves the prices just before and just after it by more than a market does, and comes back.
    Spike,
    /// One of its prices is none that the root can have.
    PriceScale,
}

impl Disposition {
    /// All fates, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Kept,
        Self::OutOfSession,
        Self::Duplicate,
        Self::OffTick,
        Self::AfterExpiry,
        Self::Spread,
        Self::UnknownSymbol,
        Self::Spike,
        Self::PriceScale,
    ];

    /// The name in answers, manifests and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::OutOfSession => "out_of_session",
            Self::Duplicate => "duplicate",
            Self::OffTick => "off_tick",
            Self::AfterExpiry => "after_expiry",
            Self::Spread => "spread",
            Self::UnknownSymbol => "unknown_symbol",
            Self::Spike => "spike",
            Self::PriceScale => "price_scale",
        }
    }
}

/// Rows of a file by fate. Fates that came later than format 1 are written only where they were met, so that documents
/// without them keep their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispositionCounts {
    kept: u64,
    out_of_session: u64,
    duplicate: u64,
    off_tick: u64,
    after_expiry: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    spread: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    unknown_symbol: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    spike: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    price_scale: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(rows: &u64) -> bool {
    *rows == 0
}

impl DispositionCounts {
    /// Counts one row.
    pub(crate) fn count(&mut self, disposition: Disposition) {
        *self.of_mut(disposition) += 1;
    }

    /// Moves rows that were counted as kept to another fate, once more of the file is known.
    pub(crate) fn recount_kept_as(&mut self, disposition: Disposition, rows: u64) {
        self.kept -= rows;
        *self.of_mut(disposition) += rows;
    }

    /// Adds the rows of another part of the file.
    pub(crate) fn add(&mut self, other: &Self) {
        for disposition in Disposition::ALL {
            *self.of_mut(disposition) += other.of(disposition);
        }
    }

    /// Rows of one fate.
    pub const fn of(&self, disposition: Disposition) -> u64 {
        match disposition {
            Disposition::Kept => self.kept,
            Disposition::OutOfSession => self.out_of_session,
            Disposition::Duplicate => self.duplicate,
            Disposition::OffTick => self.off_tick,
            Disposition::AfterExpiry => self.after_expiry,
            Disposition::Spread => self.spread,
            Disposition::UnknownSymbol => self.unknown_symbol,
            Disposition::Spike => self.spike,
            Disposition::PriceScale => self.price_scale,
        }
    }

    fn of_mut(&mut self, disposition: Disposition) -> &mut u64 {
        match disposition {
            Disposition::Kept => &mut self.kept,
            Disposition::OutOfSession => &mut self.out_of_session,
            Disposition::Duplicate => &mut self.duplicate,
            Disposition::OffTick => &mut self.off_tick,
            Disposition::AfterExpiry => &mut self.after_expiry,
            Disposition::Spread => &mut self.spread,
            Disposition::UnknownSymbol => &mut self.unknown_symbol,
            Disposition::Spike => &mut self.spike,
            Disposition::PriceScale => &mut self.price_scale,
        }
    }

    /// Rows of all fates: every data row of the file.
    pub fn rows_in(&self) -> u64 {
        Disposition::ALL.iter().map(|disposition| self.of(*disposition)).sum()
    }
}

/// The fates that were met, in words: "23 out of session, 1 off tick".
impl fmt::Display for DispositionCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let met: Vec<String> = Disposition::ALL
            .iter()
            .filter(|disposition| self.of(**disposition) > 0)
            .map(|disposition| format!("{} {}", self.of(*disposition), disposition.name().replace('_', " ")))
            .collect();
        f.write_str(&met.join(", "))
    }
}
