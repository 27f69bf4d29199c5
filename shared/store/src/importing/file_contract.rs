//! The one contract of a file, told by its name or by the caller.

use peaktrade_domain::{Calendar, ContractSymbol, UnixNanos};

use super::file_name::NamedContract;
use super::options::Facts;
use super::{ImportError, ImportOption, ImportRequest, Place};

/// The contract of all rows, known from the first row on: an abbreviated year in a name is read against its date.
pub(crate) struct FileContract<'a> {
    request: &'a ImportRequest,
    calendar: &'a Calendar,
    named: Option<NamedContract>,
    contract: Option<ContractSymbol>,
}

impl<'a> FileContract<'a> {
    /// # Errors
    /// Where the name is of another root.
    pub(crate) fn new(
        request: &'a ImportRequest,
        named: Option<NamedContract>,
        calendar: &'a Calendar,
    ) -> Result<Self, ImportError> {
        match named.as_ref().and_then(NamedContract::root) {
            Some(found) if found != request.root => {
                let file_name = shown(&request.file_name);
                Err(ImportError::OtherRoot { file_name, found, expected: request.root })
            }
            Some(_) | None => Ok(Self { request, calendar, named, contract: None }),
        }
    }

    /// Whether the name tells the contract.
    pub(crate) const fn is_named(&self) -> bool {
        self.named.is_some()
    }

    /// The contract, at a row that opens at `ts`.
    ///
    /// # Errors
    /// Where neither the name nor the caller tells it, or they differ.
    pub(crate) fn at(&mut self, ts: i64, place: Place) -> Result<ContractSymbol, ImportError> {
        if let Some(contract) = self.contract {
            return Ok(contract);
        }
        let named = match &self.named {
            None => None,
            Some(named) => {
                let reference = self.calendar.trade_date_at_or_after(UnixNanos::from_nanos(ts));
                let reference = reference.map_err(|source| ImportError::Calendar { place, source })?;
                Some(ContractSymbol::parse_vendor(&named.symbol(), reference, self.calendar)?)
            }
        };
        let format = self.request.format.name();
        let contract = Facts::of(format).settle(ImportOption::Contract, named, self.request.options.contract)?;
        self.contract = contract;
        contract
            .ok_or_else(|| ImportError::Missing { format: format.to_owned(), options: vec![ImportOption::Contract] })
    }
}

/// What of a file name is quoted in an error.
pub(crate) fn shown(file_name: &str) -> String {
    file_name.chars().take(80).collect()
}
