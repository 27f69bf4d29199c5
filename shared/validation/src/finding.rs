//! What a validation answers with.

use peaktrade_domain::{ContractSymbol, TradeDate};

use crate::{Code, Severity};

/// One kind of finding in one contract; of a shift one run of sessions, of a degraded day one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, odd or missing.
    pub code: Code,
    /// In which contract.
    pub contract: ContractSymbol,
    /// Rows, minutes or rows of the calendar concerned, see [`Code::unit`].
    pub count: u64,
    /// Trade date of the first case; of a degraded day the vendor's UTC day.
    pub first: TradeDate,
    /// Trade date of the last case.
    pub last: TradeDate,
    /// The first case in words.
    pub example: String,
    /// Further cases in words, each of a trade date of its own, at most [`Finding::SAMPLES_MAX`].
    pub samples: Vec<String>,
}

/// What was looked at and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Bars read.
    pub rows: u64,
    /// Sessions from the first to the last one with bars, those without any between them included.
    pub sessions: u64,
    /// Worst first, then by code, contract and date.
    pub list: Vec<Finding>,
}

impl Finding {
    /// Cases in words beside the first: enough to see a pattern, few enough to read.
    pub const SAMPLES_MAX: usize = 4;

    /// How bad it is.
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl Findings {
    /// Adds those of another contract.
    pub fn join(&mut self, other: Self) {
        self.rows += other.rows;
        self.sessions += other.sessions;
        self.list.extend(other.list);
        self.list.sort_by_key(|finding| (finding.code, finding.contract, finding.first));
    }

    /// The worst severity found; `None` where nothing was found.
    pub fn worst(&self) -> Option<Severity> {
        self.list.iter().map(Finding::severity).min()
    }
}
