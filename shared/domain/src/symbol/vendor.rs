//! Vendors' spellings of dated contracts, whose years are abbreviated.

use chrono::Datelike as _;

use super::{ContractMonth, ContractRoot, ContractSymbol, SymbolError, shorten};
use crate::{Calendar, CalendarError, TradeDate};

/// How far from the reference date an abbreviated year may lie.
const MAX_YEARS_FROM_REFERENCE: i32 = 10;

/// A year as a vendor writes it.
#[derive(Clone, Copy)]
enum Year {
    /// One digit: the decade is left out.
    Digit(i32),
    /// Two digits: the century is left out.
    TwoDigits(i32),
}

/// A contract whose year is abbreviated.
#[derive(Clone, Copy)]
struct Abbreviated {
    root: ContractRoot,
    month: ContractMonth,
    year: Year,
}

impl ContractSymbol {
    /// Reads a vendor's spelling: `NQH2026`, `NQH26`, `NQH6` or `NQ 03-26`, of a root that the calendar specifies.
    ///
    /// A year of one digit is the nearest one in which the contract has not expired before `reference`: in January 2026
    /// `NQZ0` is December 2030, and on the day after the March expiry `NQH6` is March 2036. A year of two digits is the
    /// one within ten years of `reference`, expired or not. No clock is read.
    ///
    /// # Errors
    /// Names continuous tickers and spreads as such; otherwise says which part is not read, not listed, or too far from
    /// the reference date.
    ///
    /// ```
    /// use peaktrade_domain::{Calendar, ContractSymbol};
    ///
    /// let read = |text: &str| {
    ///     let reference = "2026-01-15".parse().unwrap();
    ///     ContractSymbol::parse_vendor(text, reference, &Calendar::shipped()).map(|symbol| symbol.to_string())
    /// };
    /// assert_eq!(read("NQ 03-26").as_deref(), Ok("NQH2026"));
    /// assert_eq!(read("NQZ0").as_deref(), Ok("NQZ2030"));
    /// assert!(read("NQ1!").is_err());
    /// ```
    pub fn parse_vendor(text: &str, reference: TradeDate, calendar: &Calendar) -> Result<Self, SymbolError> {
        let in_calendar = |error: CalendarError| SymbolError::Calendar { text: shorten(text), error };
        if let Ok(symbol) = text.parse::<Self>() {
            calendar.check_listed(symbol).map_err(in_calendar)?;
            return Ok(symbol);
        }
        if is_continuous(text, calendar) {
            return Err(SymbolError::Continuous { text: shorten(text) });
        }
        if is_spread(text) {
            return Err(SymbolError::Spread { text: shorten(text) });
        }
        let abbreviated = read_letter_month(text)
            .or_else(|| read_numbered_month(text))
            .ok_or_else(|| SymbolError::Spelling { text: shorten(text) })?;
        calendar.spec(abbreviated.root).map_err(in_calendar)?;
        let symbol = abbreviated
            .resolve(reference, calendar)
            .map_err(in_calendar)?
            .ok_or_else(|| SymbolError::Year { text: shorten(text), reference })?;
        calendar.check_listed(symbol).map_err(in_calendar)?;
        Ok(symbol)
    }
}

impl Abbreviated {
    /// The contract meant on a reference date; `None` where no year near enough fits.
    fn resolve(self, reference: TradeDate, calendar: &Calendar) -> Result<Option<ContractSymbol>, CalendarError> {
        let this_year = reference.date().year();
        let year = match self.year {
            Year::Digit(digit) => {
                let year = this_year + (digit - this_year).rem_euclid(10);
                let is_expired = match self.contract(year) {
                    Some(contract) if year == this_year => is_expired(contract, reference, calendar)?,
                    Some(_) | None => false,
                };
                if is_expired { year + 10 } else { year }
            }
            // The candidate of the 100 years around the reference.
            Year::TwoDigits(digits) => this_year - 50 + (digits - this_year + 50).rem_euclid(100),
        };
        let is_near = (year - this_year).abs() <= MAX_YEARS_FROM_REFERENCE;
        Ok(if is_near { self.contract(year) } else { None })
    }

    fn contract(self, year: i32) -> Option<ContractSymbol> {
        ContractSymbol::new(self.root, self.month, u16::try_from(year).ok()?)
    }
}

/// Whether a contract of the reference date's year has expired before it. Only in the delivery month itself does the
/// day count, and only there must the calendar know it.
fn is_expired(contract: ContractSymbol, reference: TradeDate, calendar: &Calendar) -> Result<bool, CalendarError> {
    let (delivery, month) = (contract.month().number(), reference.date().month());
    if delivery == month { Ok(calendar.last_trade_date(contract)? < reference) } else { Ok(delivery < month) }
}

/// `NQH26` and `NQH6`.
fn read_letter_month(text: &str) -> Option<Abbreviated> {
    let head = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = &text[head.len()..];
    let value = digits.parse().ok()?;
    let year = match digits.len() {
        1 => Year::Digit(value),
        2 => Year::TwoDigits(value),
        _ => return None,
    };
    let letter = *head.as_bytes().last()?;
    let month = ContractMonth::from_letter(letter)?;
    let root = head.get(..head.len() - 1)?.parse().ok()?;
    Some(Abbreviated { root, month, year })
}

/// `NQ 03-26`, as NinjaTrader writes it.
fn read_numbered_month(text: &str) -> Option<Abbreviated> {
    let (root, rest) = text.split_once(' ')?;
    let (month, year) = rest.split_once('-')?;
    let two_digits = |part: &str| {
        let is_shaped = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_shaped { part.parse::<u32>().ok() } else { None }
    };
    let year = Year::TwoDigits(i32::try_from(two_digits(year)?).ok()?);
    Some(Abbreviated { root: root.parse().ok()?, month: ContractMonth::from_number(two_digits(month)?)?, year })
}

/// Tickers that stand for whichever contract a vendor holds to be the front one: `NQ1!`, `@NQ`, `@NQ#C`, `NQ=F`,
/// `NQ.c.0`, `&NQ_CCB`, `NQ ##-##`, and the bare root.
fn is_continuous(text: &str, calendar: &Calendar) -> bool {
    let is_ranked = [".c.", ".v.", ".n."].iter().any(|rule| text.contains(rule));
    let is_root = text.trim_start_matches('@').parse().is_ok_and(|root| calendar.spec(root).is_ok());
    is_root || is_ranked || text.ends_with('!') || text.ends_with("=F") || text.contains('#') || text.starts_with('&')
}

/// `NQH6-NQM6`: a contract, a hyphen, and more.
fn is_spread(text: &str) -> bool {
    text.split_once('-')
        .is_some_and(|(leg, _)| leg.parse::<ContractSymbol>().is_ok() || read_letter_month(leg).is_some())
}

#[cfg(test)]
mod tests;
