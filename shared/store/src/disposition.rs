//! What becomes of each row of a vendor file.

use serde::{Deserialize, Serialize};

/// The fate of one row. Every row meets exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// Became a bar.
    Kept,
    /// Its minute is not open market by the calendar.
    OutOfSession,
    /// Repeats a row of the same file value for value.
    Duplicate,
    /// One of its prices is not on the contract's tick grid.
    OffTick,
    /// Its minute begins at or after the end of trading in the contract.
    AfterExpiry,
}

impl Disposition {
    /// All fates, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Kept, Self::OutOfSession, Self::Duplicate, Self::OffTick, Self::AfterExpiry];

    /// The name in answers, manifests and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::OutOfSession => "out_of_session",
            Self::Duplicate => "duplicate",
            Self::OffTick => "off_tick",
            Self::AfterExpiry => "after_expiry",
        }
    }
}

/// Rows of a file by fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispositionCounts {
    kept: u64,
    out_of_session: u64,
    duplicate: u64,
    off_tick: u64,
    after_expiry: u64,
}

impl DispositionCounts {
    /// Counts one row.
    pub(crate) fn count(&mut self, disposition: Disposition) {
        *self.of_mut(disposition) += 1;
    }

    /// Moves rows that were counted as kept to `duplicate`, once the whole file is known.
    pub(crate) fn recount_kept_as_duplicate(&mut self, rows: u64) {
        self.kept -= rows;
        self.duplicate += rows;
    }

    /// Rows of one fate.
    pub const fn of(&self, disposition: Disposition) -> u64 {
        match disposition {
            Disposition::Kept => self.kept,
            Disposition::OutOfSession => self.out_of_session,
            Disposition::Duplicate => self.duplicate,
            Disposition::OffTick => self.off_tick,
            Disposition::AfterExpiry => self.after_expiry,
        }
    }

    fn of_mut(&mut self, disposition: Disposition) -> &mut u64 {
        match disposition {
            Disposition::Kept => &mut self.kept,
            Disposition::OutOfSession => &mut self.out_of_session,
            Disposition::Duplicate => &mut self.duplicate,
            Disposition::OffTick => &mut self.off_tick,
            Disposition::AfterExpiry => &mut self.after_expiry,
        }
    }

    /// Rows of all fates: every data row of the file.
    pub fn rows_in(&self) -> u64 {
        Disposition::ALL.iter().map(|disposition| self.of(*disposition)).sum()
    }
}
