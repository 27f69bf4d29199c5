//! Rows on which an answer rests and that nothing confirms yet, in words.

use peaktrade_domain::{Calendar, Confidence, ContractSymbol, ScheduledRoll, TradeDate};

/// Lines in the order in which they were found, each once.
#[derive(Default)]
pub(super) struct Warnings {
    lines: Vec<String>,
}

impl Warnings {
    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// Warns of every row that touches the trade dates of a range, both ends inclusive.
    pub(super) fn add_days(&mut self, calendar: &Calendar, from: TradeDate, to: TradeDate) {
        calendar.warnings(from, to).into_iter().for_each(|line| self.add(line));
    }

    /// Warns of a row that says how sure it is. Example: "the margins of NQ from 2023-01-03 are unverified".
    pub(super) fn add_row(&mut self, what: &str, confidence: Confidence) {
        if confidence.is_unconfirmed() {
            self.add(format!("the {what} are {}", confidence.name()));
        }
    }

    /// Warns where a contract's end is not confirmed.
    pub(super) fn add_end(&mut self, calendar: &Calendar, contract: ContractSymbol) {
        if let Ok(confidence) = calendar.expiry_confidence(contract)
            && confidence.is_unconfirmed()
        {
            self.add(format!("the last trade date of {contract} is {}", confidence.name()));
        }
    }

    /// Warns of what a roll rests on: the end of its contract, and the rows of its trade date.
    pub(super) fn add_roll(&mut self, calendar: &Calendar, roll: &ScheduledRoll) {
        self.add_end(calendar, roll.from);
        self.add_days(calendar, roll.trade_date, roll.trade_date);
    }

    /// Warns in these words, once.
    pub(super) fn add(&mut self, line: String) {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }
}
