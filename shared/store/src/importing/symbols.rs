//! Symbols of rows and of file names as contracts.

use std::collections::HashMap;

use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, SymbolError, TradeDate, UnixNanos};

use super::RowOf;

/// Symbols remembered at most. A file of a whole exchange holds ten thousands of options; forgetting costs only time.
const REMEMBERED_MAX: usize = 16_384;

/// Reads the symbols of rows against the date of each row.
#[derive(Debug)]
pub(crate) struct SymbolReader<'a> {
    root: ContractRoot,
    calendar: &'a Calendar,
    /// What a symbol stands for on a trade date: a year of one digit is read anew on the next.
    remembered: HashMap<String, (TradeDate, RowOf)>,
}

impl<'a> SymbolReader<'a> {
    pub(crate) fn new(root: ContractRoot, calendar: &'a Calendar) -> Self {
        Self { root, calendar, remembered: HashMap::new() }
    }

    /// The instrument of a row. A date that the calendar does not answer for explains no symbol.
    pub(crate) fn instrument(&mut self, text: &str, at: UnixNanos) -> RowOf {
        let Ok(reference) = self.calendar.trade_date_at_or_after(at) else { return RowOf::Unknown };
        if let Some((date, of)) = self.remembered.get(text)
            && *date == reference
        {
            return *of;
        }
        let of = self.read(text, reference);
        if self.remembered.len() >= REMEMBERED_MAX {
            self.remembered.clear();
        }
        self.remembered.insert(text.to_owned(), (reference, of));
        of
    }

    fn read(&self, text: &str, reference: TradeDate) -> RowOf {
        match ContractSymbol::parse_vendor(text, reference, self.calendar) {
            Ok(contract) => self.of_contract(contract),
            Err(SymbolError::Spread { .. }) => RowOf::Spread,
            Err(_) => RowOf::Unknown,
        }
    }

    /// A contract of the root whose end the calendar knows; any other is unknown, for its rows cannot be judged.
    pub(crate) fn of_contract(&self, contract: ContractSymbol) -> RowOf {
        if contract.root() == self.root && self.calendar.last_trade_time(contract).is_ok() {
            RowOf::Contract(contract)
        } else {
            RowOf::Unknown
        }
    }
}
