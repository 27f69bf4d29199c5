//! Daily facts as text: the immutable files of the store, and the digest by which they are named.
//!
//! One line for each trade date, in order, behind a header; prices as plain decimals, instants in RFC 3339; what is not
//! known is empty. Equal facts have equal bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write as _};
use std::str::FromStr;

use peaktrade_continuous::{DailyFact, Known};
use peaktrade_domain::{Sha256, TradeDate};

const HEADER: &str = "trade_date,settlement,settlement_known_at,open_interest,open_interest_known_at";

/// Facts that two files tell differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Differing {
    /// Trade dates on which they do.
    pub(crate) facts: u64,
    /// Trade date of the first of them.
    pub(crate) first: TradeDate,
    /// What of the first differs.
    pub(crate) difference: SettlementDifference,
}

/// How one fact is told by two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementDifference {
    /// "settlement" or "open interest".
    pub fact: &'static str,
    /// What of it differs.
    pub differs_in: DiffersIn,
    /// What is stored: the value, or the instant from which it was known.
    pub stored: String,
    /// What the new file tells.
    pub told: String,
}

/// What of a fact differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffersIn {
    /// Its value.
    Value,
    /// Only the instant from which it was known.
    KnownAt,
}

impl std::fmt::Display for SettlementDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { fact, differs_in, stored, told } = self;
        match differs_in {
            DiffersIn::Value => write!(f, "{fact} {stored} is stored, {told} is told"),
            DiffersIn::KnownAt => write!(f, "{fact} is the same, stored as known from {stored}, told as from {told}"),
        }
    }
}

/// Facts as text.
pub(crate) fn encode(facts: &[DailyFact]) -> String {
    let mut text = format!("{HEADER}\n");
    for fact in facts {
        let settlement = fact.settlement.map_or_else(|| ",".to_owned(), |known| cells(&known));
        let open_interest = fact.open_interest.map_or_else(|| ",".to_owned(), |known| cells(&known));
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{},{settlement},{open_interest}", fact.trade_date);
    }
    text
}

fn cells<T: std::fmt::Display>(known: &Known<T>) -> String {
    format!("{},{}", known.value, known.known_at)
}

/// Facts of a text that this module wrote.
///
/// # Errors
/// Names the line and what is wrong with it.
pub(crate) fn decode(text: &str) -> Result<Vec<DailyFact>, String> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(format!("its first line is not {HEADER:?}"));
    }
    let mut facts: Vec<DailyFact> = Vec::new();
    for (number, line) in (2..).zip(lines) {
        let fact = read(line).ok_or_else(|| format!("line {number} is no fact"))?;
        if facts.last().is_some_and(|before| before.trade_date >= fact.trade_date) {
            return Err(format!("line {number} does not come after the line before"));
        }
        facts.push(fact);
    }
    Ok(facts)
}

fn read(line: &str) -> Option<DailyFact> {
    let cells: Vec<&str> = line.split(',').collect();
    let [trade_date, settlement, settlement_known_at, open_interest, open_interest_known_at] = cells[..] else {
        return None;
    };
    Some(DailyFact {
        trade_date: trade_date.parse().ok()?,
        settlement: known(settlement, settlement_known_at)?,
        open_interest: known(open_interest, open_interest_known_at)?,
    })
}

/// A value with its instant, both or neither.
fn known<T: FromStr>(value: &str, known_at: &str) -> Option<Option<Known<T>>> {
    if value.is_empty() && known_at.is_empty() {
        return Some(None);
    }
    Some(Some(Known { value: value.parse().ok()?, known_at: known_at.parse().ok()? }))
}

/// The digest of facts: SHA-256 over their text.
pub(crate) fn digest(facts: &[DailyFact]) -> Sha256 {
    Sha256::of(encode(facts).as_bytes())
}

/// The union of stored and new facts, and how many values the new ones add.
///
/// # Errors
/// Where a value, or the instant from which it was known, is another in the two: neither is known to be right.
pub(crate) fn merge(stored: &[DailyFact], new: &[DailyFact]) -> Result<(Vec<DailyFact>, u64), Differing> {
    let mut merged: BTreeMap<TradeDate, DailyFact> = stored.iter().map(|fact| (fact.trade_date, *fact)).collect();
    let mut added = 0;
    let mut differing: Option<Differing> = None;
    for fact in new {
        let nothing = DailyFact { trade_date: fact.trade_date, settlement: None, open_interest: None };
        let slot = merged.entry(fact.trade_date).or_insert(nothing);
        let settlement = take("settlement", &mut slot.settlement, fact.settlement, &mut added);
        let open_interest = take("open interest", &mut slot.open_interest, fact.open_interest, &mut added);
        if let Some(difference) = settlement.or(open_interest) {
            let first = fact.trade_date;
            differing.get_or_insert(Differing { facts: 0, first, difference }).facts += 1;
        }
    }
    match differing {
        Some(differing) => Err(differing),
        None => Ok((merged.into_values().collect(), added)),
    }
}

/// Takes a value where there is none yet; tells where there is another.
fn take<T: PartialEq + Display>(
    fact: &'static str,
    slot: &mut Option<Known<T>>,
    new: Option<Known<T>>,
    added: &mut u64,
) -> Option<SettlementDifference> {
    let new = new?;
    let Some(stored) = slot else {
        *slot = Some(new);
        *added += 1;
        return None;
    };
    if stored.value != new.value {
        let (stored, told) = (stored.value.to_string(), new.value.to_string());
        Some(SettlementDifference { fact, differs_in: DiffersIn::Value, stored, told })
    } else if stored.known_at != new.known_at {
        let (stored, told) = (stored.known_at.to_string(), new.known_at.to_string());
        Some(SettlementDifference { fact, differs_in: DiffersIn::KnownAt, stored, told })
    } else {
        None
    }
}

/// New facts of which those that a file does not tell the instant of are known from when the stored ones say, where
/// their values agree: an instant that stands for one that is not told contradicts none.
pub(crate) fn with_stored_instants(
    stored: &[DailyFact],
    new: &[DailyFact],
    untold_known_at: &BTreeSet<TradeDate>,
) -> Vec<DailyFact> {
    let known_before = |mut fact: DailyFact| {
        let before = stored.binary_search_by_key(&fact.trade_date, |fact| fact.trade_date);
        let before = before.ok().and_then(|at| stored.get(at));
        if let Some(before) = before.filter(|_| untold_known_at.contains(&fact.trade_date)) {
            fact.settlement = known_as(fact.settlement, before.settlement);
            fact.open_interest = known_as(fact.open_interest, before.open_interest);
        }
        fact
    };
    new.iter().copied().map(known_before).collect()
}

fn known_as<T: PartialEq>(new: Option<Known<T>>, stored: Option<Known<T>>) -> Option<Known<T>> {
    match (new, stored) {
        (Some(new), Some(stored)) if new.value == stored.value => Some(stored),
        (new, _) => new,
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, decode, encode, merge};

    fn facts(lines: &str) -> Vec<peaktrade_continuous::DailyFact> {
        decode(&format!("{HEADER}\n{lines}")).unwrap()
    }

    const MONDAY: &str = "2025-03-10,19430.8,2025-03-10T21:00:00Z,245000,2025-03-10T22:00:00Z\n";
    const TUESDAY: &str = "2025-03-11,19376,2025-03-11T21:00:00Z,,\n";
    const TUESDAY_OPEN: &str = "2025-03-11,,,241000,2025-03-11T22:00:00Z\n";

    #[test]
    fn text_round_trips_and_damage_is_refused() {
        for lines in ["", MONDAY, &format!("{MONDAY}{TUESDAY}"), TUESDAY_OPEN] {
            assert_eq!(encode(&facts(lines)), format!("{HEADER}\n{lines}"));
        }
        for (text, part) in [
            ("".to_owned(), "first line"),
            (format!("{HEADER}\n{TUESDAY}{MONDAY}"), "line 3 does not come after"),
            (format!("{HEADER}\n{MONDAY}{MONDAY}"), "line 3 does not come after"),
            (format!("{HEADER}\n2025-03-10,19430,,,\n"), "line 2 is no fact"),
            (format!("{HEADER}\n2025-03-10,,2025-03-10T21:00:00Z,,\n"), "line 2 is no fact"),
            (format!("{HEADER}\n2025-03-10,,,-1,2025-03-10T21:00:00Z\n"), "line 2 is no fact"),
            (format!("{HEADER}\n2025-03-10,,,\n"), "line 2 is no fact"),
        ] {
            let problem = decode(&text).unwrap_err();
            assert!(problem.contains(part), "{text:?}: {problem}");
        }
    }

    #[test]
    fn values_of_a_date_come_together_and_other_ones_are_told() {
        let merged = merge(&facts(&format!("{MONDAY}{TUESDAY}")), &facts(TUESDAY_OPEN)).unwrap();
        let whole = "2025-03-11,19376,2025-03-11T21:00:00Z,241000,2025-03-11T22:00:00Z\n";
        assert_eq!((encode(&merged.0), merged.1), (format!("{HEADER}\n{MONDAY}{whole}"), 1));
        assert_eq!(merge(&facts(MONDAY), &facts(MONDAY)).unwrap().1, 0);
        assert_eq!(merge(&[], &facts(MONDAY)).unwrap().1, 2);
        for (from, to, expected) in [
            ("19430.8", "19430.85", "settlement 19430.8 is stored, 19430.85 is told"),
            ("245000", "245001", "open interest 245000 is stored, 245001 is told"),
            (
                "T22:00",
                "T23:00",
                "open interest is the same, stored as known from 2025-03-10T22:00:00Z, told as from 2025-03-10T23:00:00Z",
            ),
        ] {
            let other = facts(&MONDAY.replace(from, to));
            let differing = merge(&facts(&format!("{MONDAY}{TUESDAY}")), &other).unwrap_err();
            assert_eq!((differing.facts, differing.first.to_string().as_str()), (1, "2025-03-10"));
            assert_eq!(differing.difference.to_string(), expected);
        }
    }
}
