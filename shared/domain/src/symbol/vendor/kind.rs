//! What a text names instead of a dated contract.

use super::grammar::{Dated, is_exchange_name};
use crate::{Calendar, ContractSpec};

/// A symbol that is no dated contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Futures quoted as the cash index.
    SpotQuoted,
    /// An option on a future.
    Option,
    /// Whichever contract a vendor holds to be the front one, or a product as a whole.
    Continuous,
    /// Two contracts or more.
    Spread,
}

/// The exchange's spot-quoted equity-index futures.
const SPOT_QUOTED: [&str; 4] = ["QNDX", "QSPX", "QDOW", "QRTY"];

/// Places at which vendors put the legs of a spread together.
const BETWEEN_LEGS: [char; 10] = ['-', '/', '+', ':', '_', '|', ',', '*', '&', ' '];

impl Kind {
    /// Names an ASCII text that is no dated contract of a known root; `None` where nothing tells what it is.
    pub(super) fn of(text: &str, calendar: &Calendar) -> Option<Self> {
        let symbol = bare(text);
        if SPOT_QUOTED.iter().any(|product| names_product(symbol, product)) {
            return Some(Self::SpotQuoted);
        }
        if text.starts_with("./") || text.ends_with(".OPT") || is_option(symbol) {
            return Some(Self::Option);
        }
        if is_continuous(text, symbol, calendar) {
            return Some(Self::Continuous);
        }
        is_spread(text, calendar).then_some(Self::Spread)
    }
}

/// `NQ1!`, `@NQ`, `@NQ#C`, `NQ=F`, `@NQ=107XN`, `NQ.c.0`, `&NQ_CCB`, `NQ ##-##`, `NQ*1`, `NQ1`, `NQ_CONT`, `NQ.FUT`,
/// and the bare root.
fn is_continuous(text: &str, symbol: &str, calendar: &Calendar) -> bool {
    let is_ranked = [".c.", ".v.", ".n."].iter().any(|rule| text.contains(rule));
    let is_marked = text.ends_with('!') || text.ends_with("=F") || text.contains('#') || text.starts_with('&');
    let stands_for_root = |spec: &ContractSpec| {
        symbol.strip_prefix(spec.root.as_str()).is_some_and(|rest| match rest.as_bytes() {
            [] | [b'1'..=b'9'] => true,
            [b'*', rank @ ..] => !rank.is_empty() && rank.iter().all(u8::is_ascii_digit),
            [b'=', ..] => true,
            [b'_' | b'-' | b' ', word @ ..] => word.to_ascii_lowercase().starts_with(b"cont"),
            _ => false,
        })
    };
    is_ranked || is_marked || calendar.specs().iter().any(stands_for_root)
}

/// `NQH6 C20000`, `NQH26C20000`, `NQH26|20000C`, and any contract of an option's root, such as `QNEH6`.
fn is_option(symbol: &str) -> bool {
    let strike = |text: char| text.is_ascii_digit() || text == '.';
    let side = |text: char| matches!(text, 'C' | 'P');
    let between = |text: char| matches!(text, ' ' | '|' | '-' | '_');
    let before_strike = symbol.trim_end_matches(strike);
    let side_first = (before_strike.len() < symbol.len())
        .then(|| before_strike.trim_end_matches(' ').strip_suffix(side))
        .flatten()
        .is_some_and(|future| is_dated(future.trim_end_matches(between)));
    let side_last = symbol.strip_suffix(side).is_some_and(|rest| {
        let before = rest.trim_end_matches(strike);
        let future = before.trim_end_matches(between);
        before.len() < rest.len() && future.len() < before.len() && is_dated(future)
    });
    let is_of_option_root = Dated::read(symbol).is_some_and(|dated| is_option_root(dated.root.as_str()));
    side_first || side_last || is_of_option_root
}

/// Weekly and month-end options on the Nasdaq-100 and S&P 500 futures.
fn is_option_root(root: &str) -> bool {
    match root.as_bytes() {
        b"QNE" | b"EW" => true,
        [b'Q', b'N', week] | [b'E', b'W', week] => (b'1'..=b'5').contains(week),
        [b'Q' | b'E', week, weekday] => (b'1'..=b'5').contains(week) && (b'A'..=b'E').contains(weekday),
        _ => false,
    }
}

/// `NQH6-NQM6`, `NQH6-M6`, `/NQH26-/NQM26`, `NQ:BF H6-M6-U6`, `_S_SP_NQH26_NQM26`: a contract and more.
fn is_spread(text: &str, calendar: &Calendar) -> bool {
    let is_leg = |leg: &str| {
        let leg = leg.trim_start();
        is_dated(leg) || Dated::read(&format!("X{leg}")).is_some()
    };
    let has_two_legs = |(at, between): (usize, char)| {
        let (first, second) = (text[..at].trim_end(), &text[at + 1..]);
        is_dated(first) && (between == '-' || is_leg(second))
    };
    let is_strategy = |spec: &ContractSpec| {
        text.strip_prefix(spec.root.as_str()).is_some_and(|rest| rest.starts_with(':') && rest.contains('-'))
    };
    text.starts_with("_S_")
        || calendar.specs().iter().any(is_strategy)
        || text.char_indices().filter(|(_, letter)| BETWEEN_LEGS.contains(letter)).any(has_two_legs)
}

/// Whether a symbol is a product's root or something of it: `QNDX`, `QNDXZ6`, `QNDX1!`, but not `QNDXX`.
fn names_product(symbol: &str, product: &str) -> bool {
    symbol
        .strip_prefix(product)
        .is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) || is_dated(symbol))
}

fn is_dated(text: &str) -> bool {
    Dated::read(text).is_some()
}

/// The symbol without what vendors put around it: `@`, `/`, an exchange.
fn bare(text: &str) -> &str {
    let symbol = text.trim_start_matches(['@', '/']);
    let is_named_last = symbol.len() < text.len();
    let symbol = match symbol.split_once(':') {
        Some((symbol, exchange)) if is_named_last && is_exchange_name(exchange) => symbol,
        Some((exchange, symbol)) if is_exchange_name(exchange) => symbol,
        Some(_) | None => symbol,
    };
    let parts = symbol.split_once("_FUT_").or_else(|| symbol.rsplit_once('.'));
    match parts {
        Some((symbol, exchange)) if is_exchange_name(exchange) => symbol,
        Some(_) | None => symbol,
    }
}
