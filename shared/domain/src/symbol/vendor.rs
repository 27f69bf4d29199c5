//! Vendors' spellings of dated contracts.
//!
//! A text is read in three steps: [`grammar`] takes it apart, [`year`] completes its year on a reference date, and the
//! calendar says whether the contract is listed. A text that is no dated contract is named by [`kind`] as what it is.

mod grammar;
mod kind;
mod year;

use grammar::Dated;
use kind::Kind;

use super::{ContractMonth, ContractRoot, ContractSymbol, SymbolError, exchange, shorten};
use crate::{Calendar, CalendarError, TradeDate};

/// Longest text that is read; the longest spelling of a contract has 34 bytes.
const MAX_BYTES: usize = 128;

impl ContractSymbol {
    /// Reads a contract in any vendor's spelling, of a root that the calendar specifies: see
    /// [`SymbolSpelling`](crate::SymbolSpelling). Where a spelling has a month letter, its year may have one, two or
    /// four digits.
    ///
    /// A year of one digit is the nearest one in which the contract has not expired before `reference`: in January 2026
    /// `NQZ0` is December 2030, and on the day after the March expiry `NQH6` is March 2036. A year of two digits is the
    /// one within ten years of `reference`, expired or not. No clock is read.
    ///
    /// # Errors
    /// Names continuous tickers, spreads, options and spot-quoted futures as such, and the candidates where more than
    /// one contract is meant; otherwise says which part is not read, not listed, or too far from the reference date.
    ///
    /// ```
    /// use peaktrade_domain::{Calendar, ContractSymbol};
    ///
    /// let read = |text: &str| {
    ///     let reference = "2026-01-15".parse().unwrap();
    ///     ContractSymbol::parse_vendor(text, reference, &Calendar::shipped()).map(|symbol| symbol.to_string())
    /// };
    /// assert_eq!(read("NQ 03-26").as_deref(), Ok("NQH2026"));
    /// assert_eq!(read("CME_MINI:NQH2026").as_deref(), Ok("NQH2026"));
    /// assert_eq!(read("NQZ0").as_deref(), Ok("NQZ2030"));
    /// assert!(read("NQ1!").is_err());
    /// ```
    pub fn parse_vendor(text: &str, reference: TradeDate, calendar: &Calendar) -> Result<Self, SymbolError> {
        let spelling = || SymbolError::Spelling { text: shorten(text) };
        if !text.is_ascii() || text.len() > MAX_BYTES {
            return Err(spelling());
        }
        let dated = Dated::read(text);
        if let Some(dated) = dated
            && calendar.spec(dated.root).is_ok()
        {
            return resolve(dated, text, reference, calendar);
        }
        let text_of_error = shorten(text);
        match Kind::of(text, calendar) {
            Some(Kind::SpotQuoted) => return Err(SymbolError::SpotQuoted { text: text_of_error }),
            Some(Kind::Continuous) => return Err(SymbolError::Continuous { text: text_of_error }),
            Some(Kind::Option) => return Err(SymbolError::Option { text: text_of_error }),
            Some(Kind::Spread) => return Err(SymbolError::Spread { text: text_of_error }),
            None => {}
        }
        if let Some((month, year)) = grammar::read_contract_month(text.as_bytes()) {
            return Err(without_root(text, month, year, reference, calendar));
        }
        let Some(dated) = dated else { return Err(spelling()) };
        calendar.spec(dated.root).map_err(in_calendar(text))?;
        resolve(dated, text, reference, calendar)
    }

    /// As [`Self::parse_vendor`], for bytes of a file or a socket that need not be text.
    ///
    /// # Errors
    /// As [`Self::parse_vendor`]; bytes that are not ASCII are no spelling.
    pub fn parse_vendor_bytes(bytes: &[u8], reference: TradeDate, calendar: &Calendar) -> Result<Self, SymbolError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse_vendor(text, reference, calendar),
            Err(_) => {
                let start = &bytes[..bytes.len().min(MAX_BYTES)];
                Err(SymbolError::Spelling { text: shorten(&String::from_utf8_lossy(start)) })
            }
        }
    }

    /// As [`Self::parse_vendor`], for a format that gives the root beside the contract: then a contract month alone,
    /// `202603`, names a contract too.
    ///
    /// # Errors
    /// As [`Self::parse_vendor`], and where the text names another root.
    ///
    /// ```
    /// use peaktrade_domain::{Calendar, ContractSymbol};
    ///
    /// let (root, reference) = ("NQ".parse().unwrap(), "2026-01-15".parse().unwrap());
    /// let read = |text: &str| ContractSymbol::parse_vendor_of_root(root, text, reference, &Calendar::shipped());
    /// assert_eq!(read("202603").unwrap().to_string(), "NQH2026");
    /// assert!(read("MNQH6").is_err());
    /// ```
    pub fn parse_vendor_of_root(
        root: ContractRoot,
        text: &str,
        reference: TradeDate,
        calendar: &Calendar,
    ) -> Result<Self, SymbolError> {
        if let Some((month, year)) = grammar::read_contract_month(text.as_bytes()) {
            calendar.spec(root).map_err(in_calendar(text))?;
            return resolve(Dated { root, month, year, exchange: None }, text, reference, calendar);
        }
        let symbol = Self::parse_vendor(text, reference, calendar)?;
        if symbol.root() == root {
            return Ok(symbol);
        }
        Err(SymbolError::OtherRoot { text: shorten(text), found: symbol.root(), expected: root })
    }
}

/// The listed contract of a dated text whose root is known.
fn resolve(
    dated: Dated<'_>,
    text: &str,
    reference: TradeDate,
    calendar: &Calendar,
) -> Result<ContractSymbol, SymbolError> {
    check_exchange(dated, text, calendar)?;
    let symbol = year::complete(dated, text, reference, calendar)?;
    calendar.check_listed(symbol).map_err(in_calendar(text))?;
    Ok(symbol)
}

fn check_exchange(dated: Dated<'_>, text: &str, calendar: &Calendar) -> Result<(), SymbolError> {
    let spec = calendar.spec(dated.root).map_err(in_calendar(text))?;
    let names = exchange::names(spec);
    match dated.exchange {
        Some(exchange) if !names.contains(&exchange) => Err(SymbolError::Exchange {
            text: shorten(text),
            root: dated.root,
            exchange: exchange.to_owned(),
            allowed: names.join(", "),
        }),
        Some(_) | None => Ok(()),
    }
}

/// A contract month beside which the root is missing: every product's contract of the month is meant.
fn without_root(
    text: &str,
    month: ContractMonth,
    year: grammar::Year,
    reference: TradeDate,
    calendar: &Calendar,
) -> SymbolError {
    let contract = |root| {
        let dated = Dated { root, month, year, exchange: None };
        resolve(dated, text, reference, calendar).ok()
    };
    let candidates: Vec<ContractSymbol> = calendar.specs().iter().filter_map(|spec| contract(spec.root)).collect();
    if candidates.is_empty() {
        return SymbolError::Spelling { text: shorten(text) };
    }
    let why = "a contract month needs a root beside it, such as \"NQ 202603\"".to_owned();
    SymbolError::Ambiguous { text: shorten(text), reference, candidates, why }
}

fn in_calendar(text: &str) -> impl Fn(CalendarError) -> SymbolError {
    move |error| SymbolError::Calendar { text: shorten(text), error }
}

#[cfg(test)]
mod tests;
