//! Daily facts as text: the immutable files of the store, and the digest by which they are named.
//!
//! One line for each trade date, in order, behind a header; prices as plain decimals, instants in RFC 3339; what is not
//! known is empty. Equal facts have equal bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;

use peaktrade_continuous::{DailyFact, Known};
use peaktrade_domain::{Sha256, TradeDate};

const HEADER: &str = "trade_date,settlement,settlement_known_at,open_interest,open_interest_known_at";

/// Facts that two files tell differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Differing {
    /// How many.
    pub(crate) facts: u64,
    /// Trade date of the first of them.
    pub(crate) first: TradeDate,
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
        let agrees = take(&mut slot.settlement, fact.settlement, &mut added)
            & take(&mut slot.open_interest, fact.open_interest, &mut added);
        if !agrees {
            differing.get_or_insert(Differing { facts: 0, first: fact.trade_date }).facts += 1;
        }
    }
    match differing {
        Some(differing) => Err(differing),
        None => Ok((merged.into_values().collect(), added)),
    }
}

/// Takes a value where there is none yet; false where there is another.
fn take<T: PartialEq>(slot: &mut Option<Known<T>>, new: Option<Known<T>>, added: &mut u64) -> bool {
    match (&slot, new) {
        (_, None) => true,
        (Some(stored), Some(new)) => *stored == new,
        (None, Some(new)) => {
            *slot = Some(new);
            *added += 1;
            true
        }
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
        for other in [MONDAY.replace("19430.8", "19430.85"), MONDAY.replace("T22:00", "T23:00")] {
            let differing = merge(&facts(&format!("{MONDAY}{TUESDAY}")), &facts(&other)).unwrap_err();
            assert_eq!((differing.facts, differing.first.to_string().as_str()), (1, "2025-03-10"));
        }
    }
}
