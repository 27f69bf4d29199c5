//! Cases on their way to becoming findings.

use peaktrade_domain::{ContractSymbol, TradeDate};

use crate::{Code, Finding};

/// Gathers the cases of one contract by code.
#[derive(Debug)]
pub(crate) struct Collector {
    contract: ContractSymbol,
    by_code: [Option<Gathered>; Code::ALL.len()],
    /// Findings that stand for themselves.
    single: Vec<Finding>,
}

/// The cases of one code.
#[derive(Debug)]
struct Gathered {
    finding: Finding,
    /// Trade dates of the cases in words: bars out of order come back to earlier ones.
    told: Vec<TradeDate>,
}

impl Collector {
    pub(crate) const fn new(contract: ContractSymbol) -> Self {
        Self { contract, by_code: [const { None }; Code::ALL.len()], single: Vec::new() }
    }

    /// Adds a case to the finding of its code.
    pub(crate) fn add(&mut self, code: Code, date: TradeDate, count: u64, words: impl FnOnce() -> String) {
        let contract = self.contract;
        match &mut self.by_code[code as usize] {
            Some(Gathered { finding, told }) => {
                finding.count += count;
                finding.first = finding.first.min(date);
                finding.last = finding.last.max(date);
                if finding.samples.len() < Finding::SAMPLES_MAX && !told.contains(&date) {
                    told.push(date);
                    finding.samples.push(words());
                }
            }
            empty => {
                let (example, samples) = (words(), Vec::new());
                let finding = Finding { code, contract, count, first: date, last: date, example, samples };
                *empty = Some(Gathered { finding, told: vec![date] });
            }
        }
    }

    /// Adds a finding of its own.
    pub(crate) fn add_single(&mut self, code: Code, dates: (TradeDate, TradeDate), count: u64, example: String) {
        let (contract, (first, last)) = (self.contract, dates);
        self.single.push(Finding { code, contract, count, first, last, example, samples: Vec::new() });
    }

    pub(crate) fn into_list(self) -> Vec<Finding> {
        let gathered = self.by_code.into_iter().flatten().map(|gathered| gathered.finding);
        let mut list: Vec<Finding> = gathered.chain(self.single).collect();
        list.sort_by_key(|finding| (finding.code, finding.first));
        list
    }
}
