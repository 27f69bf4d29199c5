//! What a spelling says, before any date or calendar is asked.

use super::super::{ContractMonth, ContractRoot};

/// A year as a vendor writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Year {
    /// One digit: the decade is left out.
    Digit(i32),
    /// Two digits: the century is left out.
    TwoDigits(i32),
    /// All four digits.
    Full(u16),
}

/// A text taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dated<'a> {
    pub(super) root: ContractRoot,
    pub(super) month: ContractMonth,
    pub(super) year: Year,
    /// Exchange that the spelling names.
    pub(super) exchange: Option<&'a str>,
}

impl<'a> Dated<'a> {
    /// Takes an ASCII text apart; `None` where it is no spelling of a dated contract.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        if let Some(contract) = text.strip_prefix('@') {
            return Self::of_root(contract, None, read_letter_month);
        }
        if let Some(rest) = text.strip_prefix('/') {
            // thinkorswim may name the exchange: `/NQH26:XCME`.
            let (contract, exchange) = rest.split_once(':').map_or((rest, None), |(rest, at)| (rest, Some(at)));
            return Self::of_root(contract, exchange, read_letter_month);
        }
        let named = text.split_once(':').map(|(exchange, contract)| (contract, exchange));
        let named = named.or_else(|| text.split_once("_FUT_")).or_else(|| text.split_once('.'));
        match named {
            Some((contract, exchange)) => Self::of_root(contract, Some(exchange), read_letter_month),
            None => Self::of_root(text, None, read_after_root),
        }
    }

    /// Splits the root off, the longest first: `M2KH6` and `MNQH6` have theirs before a month letter and a year, and
    /// no other split leaves one.
    fn of_root(
        contract: &str,
        exchange: Option<&'a str>,
        read_rest: fn(&[u8]) -> Option<(ContractMonth, Year)>,
    ) -> Option<Self> {
        if !exchange.is_none_or(is_exchange_name) {
            return None;
        }
        (1..=ContractRoot::MAX_BYTES).rev().find_map(|length| {
            let (month, year) = read_rest(contract.as_bytes().get(length..)?)?;
            let root = contract.get(..length)?.parse().ok()?;
            Some(Self { root, month, year, exchange })
        })
    }
}

/// A contract month as Interactive Brokers writes it beside a root: `202603`.
pub(super) fn read_contract_month(text: &[u8]) -> Option<(ContractMonth, Year)> {
    match text {
        [year @ .., tens, ones] if year.len() == 4 => {
            Some((ContractMonth::from_number(number(&[*tens, *ones])?)?, read_year(year)?))
        }
        _ => None,
    }
}

/// Upper-case letters and underscores, as vendors write exchanges.
pub(super) fn is_exchange_name(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// What may follow a root where nothing else stands around the contract.
fn read_after_root(rest: &[u8]) -> Option<(ContractMonth, Year)> {
    match *rest {
        // NinjaTrader.
        [b' ', month_tens, month_ones, b'-', year_tens, year_ones] => {
            let month = ContractMonth::from_number(number(&[month_tens, month_ones])?)?;
            Some((month, read_year(&[year_tens, year_ones])?))
        }
        // Norgate.
        [b'-', ref year @ .., letter] if year.len() == 4 => {
            Some((ContractMonth::from_letter(letter)?, read_year(year)?))
        }
        [b' ' | b'_', ref contract @ ..] if contract.first().is_some_and(u8::is_ascii_uppercase) => {
            read_letter_month(contract)
        }
        // Interactive Brokers.
        [b' ', ref contract @ ..] if contract.len() == 6 => read_contract_month(contract),
        ref contract if contract.len() == 6 => read_contract_month(contract),
        _ => read_letter_month(rest),
    }
}

/// `H6`, `H26`, `H2026`.
fn read_letter_month(contract: &[u8]) -> Option<(ContractMonth, Year)> {
    let (letter, year) = contract.split_first()?;
    Some((ContractMonth::from_letter(*letter)?, read_year(year)?))
}

fn read_year(digits: &[u8]) -> Option<Year> {
    let value = number(digits)?;
    match digits.len() {
        1 => Some(Year::Digit(i32::try_from(value).ok()?)),
        2 => Some(Year::TwoDigits(i32::try_from(value).ok()?)),
        4 => u16::try_from(value).ok().filter(|year| (1990..=2199).contains(year)).map(Year::Full),
        _ => None,
    }
}

/// At most four ASCII digits and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    let is_shaped = (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_shaped.then(|| digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0')))
}
