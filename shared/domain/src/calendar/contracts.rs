//! Questions about roots and contracts: terms, margins, fees, ends, lead months.

use super::table::Expiry;
use super::{
    Calendar, CalendarError, Confidence, ContractSpec, ExchangeFeeRow, LeadRule, LeadRuleEra, MarginRow, third_friday,
};
use crate::{ContractMonth, ContractRoot, ContractSymbol, TradeDate, UnixNanos};

impl Calendar {
    /// Terms in force on the last date of the file, of every root, in order of root.
    pub fn specs(&self) -> &[ContractSpec] {
        &self.inner.specs
    }

    /// Terms of a root in force on the last date of the file.
    ///
    /// # Errors
    /// Where the file has no such root.
    pub fn spec(&self, root: ContractRoot) -> Result<&ContractSpec, CalendarError> {
        let specs = &self.inner.specs;
        specs.binary_search_by_key(&root, |spec| spec.root).map(|at| &specs[at]).map_err(|_| {
            let known: Vec<&str> = specs.iter().map(|spec| spec.root.as_str()).collect();
            CalendarError::UnknownRoot { root, known: known.join(", ") }
        })
    }

    /// Terms of a root in force on a trade date, also on one before the file's sessions begin.
    ///
    /// # Errors
    /// Where the file has no such root, the date lies before its first trade date, or after the file's validity.
    pub fn spec_on(&self, root: ContractRoot, on: TradeDate) -> Result<&ContractSpec, CalendarError> {
        let last = self.spec_until(root, on)?;
        let terms = &self.inner.terms;
        let after = terms.partition_point(|row| (row.root, row.effective_from) <= (root, on));
        let in_force = after.checked_sub(1).map(|at| &terms[at]).filter(|row| row.root == root);
        in_force.ok_or_else(|| CalendarError::NotListed {
            what: format!("{root} on {on}"),
            why: format!("{root} trades from {}", last.first_trade_date),
        })
    }

    /// Margins of a root in force on a trade date; `None` before the file's first row.
    ///
    /// # Errors
    /// Where the file has no such root, or the date lies after the file's validity.
    pub fn margins(&self, root: ContractRoot, on: TradeDate) -> Result<Option<&MarginRow>, CalendarError> {
        self.spec_until(root, on)?;
        let rows = self.inner.margins.get(&root).map_or(&[][..], Vec::as_slice);
        let after = rows.partition_point(|row| row.effective_from <= on);
        Ok(after.checked_sub(1).map(|at| &rows[at]))
    }

    /// Fees of the exchange and the regulator in force on a trade date; `None` before the file's first row.
    ///
    /// # Errors
    /// Where the file has no such root, or the date lies after the file's validity.
    pub fn exchange_fees(&self, root: ContractRoot, on: TradeDate) -> Result<Option<&ExchangeFeeRow>, CalendarError> {
        self.spec_until(root, on)?;
        let rows = self.inner.exchange_fees.get(&root).map_or(&[][..], Vec::as_slice);
        let after = rows.partition_point(|row| row.effective_from <= on);
        Ok(after.checked_sub(1).map(|at| &rows[at]))
    }

    /// Last trade date of a contract, overrides of the file included; also of one that ended before the file's sessions
    /// begin.
    ///
    /// # Errors
    /// Where the root is unknown, the contract is not listed, or its end is outside what the file knows.
    pub fn last_trade_date(&self, symbol: ContractSymbol) -> Result<TradeDate, CalendarError> {
        self.expiry(symbol).map(|expiry| expiry.last_trade_date)
    }

    /// Instant at which trading in a contract ends, exclusive.
    ///
    /// # Errors
    /// As [`Self::last_trade_date`].
    pub fn last_trade_time(&self, symbol: ContractSymbol) -> Result<UnixNanos, CalendarError> {
        self.expiry(symbol).map(|expiry| expiry.last_trade_time)
    }

    /// Why a contract does not end on the third Friday of its month; empty where it does.
    ///
    /// # Errors
    /// As [`Self::last_trade_date`].
    pub fn expiry_note(&self, symbol: ContractSymbol) -> Result<&str, CalendarError> {
        self.expiry(symbol)?;
        let row = self.inner.expiry.overrides.get(&(symbol.year(), symbol.month().number()));
        Ok(row.map_or("", |row| row.name.as_str()))
    }

    /// How sure a contract's end is: that of its override, else that of the rule; projected on and after
    /// [`Self::projected_from`] and after the file's sessions end.
    ///
    /// # Errors
    /// As [`Self::last_trade_date`].
    pub fn expiry_confidence(&self, symbol: ContractSymbol) -> Result<Confidence, CalendarError> {
        let end = self.expiry(symbol)?.last_trade_date;
        let is_projected = end > self.inner.valid_to || self.projected_from().is_some_and(|projected| end >= projected);
        let row = self.inner.expiry.overrides.get(&(symbol.year(), symbol.month().number()));
        let stated = row.map_or(self.inner.expiry.confidence, |row| row.confidence);
        Ok(if is_projected { Confidence::Projected } else { stated })
    }

    /// The exchange's rule for leaving a contract as its lead month.
    ///
    /// # Errors
    /// As [`Self::last_trade_date`], and where the file has no rule for so early a contract.
    pub fn lead_rule(&self, contract: ContractSymbol) -> Result<LeadRule, CalendarError> {
        self.lead_rule_era(contract).map(|era| era.rule)
    }

    /// How sure it is that [`Self::lead_rule`] holds for a contract.
    ///
    /// # Errors
    /// As [`Self::lead_rule`].
    pub fn lead_rule_confidence(&self, contract: ContractSymbol) -> Result<Confidence, CalendarError> {
        self.lead_rule_era(contract).map(|era| era.confidence)
    }

    /// Contracts of a root whose last trade date lies between `from` and `to`, both inclusive, in order of expiry.
    ///
    /// # Errors
    /// Where the root is unknown, a date is outside the file's validity, or they are reversed.
    pub fn contracts(
        &self,
        root: ContractRoot,
        from: TradeDate,
        to: TradeDate,
    ) -> Result<Vec<ContractSymbol>, CalendarError> {
        self.spec(root)?;
        self.check_range(from, to)?;
        let symbols = self.inner.table.expiries().filter(|(_, expiry)| (from..=to).contains(&expiry.last_trade_date));
        Ok(symbols
            .filter_map(|((year, month), _)| ContractSymbol::new(root, ContractMonth::from_number(month)?, year))
            .filter(|symbol| self.check_listed(*symbol).is_ok())
            .collect())
    }

    /// Checks that the product lists contracts of the symbol's month, whether or not the file knows its expiry.
    ///
    /// # Errors
    /// Where the root is unknown, the month is no quarterly one, or the month ended before the product's first trade date.
    pub fn check_listed(&self, symbol: ContractSymbol) -> Result<(), CalendarError> {
        let spec = self.spec(symbol.root())?;
        let is_listed = symbol.month().is_quarterly()
            && third_friday(symbol.year(), symbol.month().number())
                .is_some_and(|third_friday| third_friday >= spec.first_trade_date.date());
        if is_listed {
            return Ok(());
        }
        let why = format!("{} lists March, June, September and December from {}", spec.root, spec.first_trade_date);
        Err(CalendarError::NotListed { what: format!("contract {symbol}"), why })
    }

    /// The last terms of a root, for a date that is not after the file's validity.
    fn spec_until(&self, root: ContractRoot, on: TradeDate) -> Result<&ContractSpec, CalendarError> {
        let spec = self.spec(root)?;
        if on > self.inner.valid_to { Err(self.out_of_range(&on)) } else { Ok(spec) }
    }

    fn lead_rule_era(&self, contract: ContractSymbol) -> Result<&LeadRuleEra, CalendarError> {
        self.expiry(contract)?;
        let rows = &self.inner.lead_rules;
        let month = (contract.year(), contract.month().number());
        let after = rows.partition_point(|row| (row.from_expiry.year, row.from_expiry.month) <= month);
        after.checked_sub(1).map(|at| &rows[at]).ok_or_else(|| self.expiry_out_of_range(contract))
    }

    fn expiry(&self, symbol: ContractSymbol) -> Result<Expiry, CalendarError> {
        self.check_listed(symbol)?;
        let expiry = self.inner.table.expiry(symbol.year(), symbol.month().number());
        expiry.ok_or_else(|| self.expiry_out_of_range(symbol))
    }

    fn expiry_out_of_range(&self, symbol: ContractSymbol) -> CalendarError {
        let months = &self.inner.expiry.months;
        CalendarError::OutOfRange {
            what: format!("the third Friday of {symbol}"),
            valid_from: TradeDate::new(*months.start()),
            valid_to: TradeDate::new(*months.end()),
        }
    }
}
