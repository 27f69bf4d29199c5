//! Triggers that read what was traded: by volume or by open interest.
//!
//! A decision is taken after the close of a trade date, from what was known by then, and takes effect on the next trade
//! date; so no roll rests on anything that came after it. A contract that was left is never taken up again.

mod decide;

use std::fmt;
use std::str::FromStr;

use peaktrade_domain::{RollTrigger, UnknownName};

pub use decide::{ComparedDay, DecidedBy, Decision, Question, decide};

/// What a trigger compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Contracts traded on a trade date, from the bars; known from its close.
    Volume,
    /// Contracts open at the end of a trade date; known when it was published, a trade date later.
    OpenInterest,
}

/// Rolls once the next contract has had so many times what the front contract had, on so many trade dates in a row.
///
/// Named `volume:RATIO,SESSIONS,MIN` or `open_interest:RATIO,SESSIONS,MIN`, with `|else:` and a trigger of the calendar
/// where that one's date is the latest possible.
///
/// ```
/// use peaktrade_continuous::DataTrigger;
///
/// let trigger: DataTrigger = "volume:1.50,2,1000|else:monday_before_third_friday".parse().unwrap();
/// assert_eq!(trigger.sessions, 2);
/// assert_eq!(trigger.to_string(), "volume:1.5,2,1000|else:monday_before_third_friday");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataTrigger {
    /// What is compared.
    pub compared: Compared,
    /// Smallest next-to-front ratio, in thousandths; 1 to 100,000.
    pub ratio_thousandths: u32,
    /// Trade dates in a row on which the ratio holds; 1 to 20.
    pub sessions: u8,
    /// Fewest contracts of the next contract on each of them; 1 to 10,000,000, so that no two idle months roll.
    pub contracts_min: u32,
    /// Trigger whose trade date is the latest possible; without one the data alone decide.
    pub otherwise: Option<RollTrigger>,
}

const VOLUME: &str = "volume:";
const OPEN_INTEREST: &str = "open_interest:";
const ELSE: &str = "|else:";

/// Thousandths in the whole.
const WHOLE: u32 = 1_000;

impl DataTrigger {
    /// Largest ratio, in thousandths.
    pub const RATIO_THOUSANDTHS_MAX: u32 = 100 * WHOLE;
    /// Most trade dates in a row.
    pub const SESSIONS_MAX: u8 = 20;
    /// Largest minimum: no contract has more open.
    pub const CONTRACTS_MIN_MAX: u32 = 10_000_000;

    /// Whether a name is meant as one of these.
    pub fn is_meant(name: &str) -> bool {
        ["volume", "open_interest"].iter().any(|kind| name.starts_with(kind))
    }

    /// Whether one trade date speaks for the roll.
    fn is_met(&self, from: u64, to: u64) -> bool {
        to >= u64::from(self.contracts_min)
            && u128::from(to) * u128::from(WHOLE) >= u128::from(from) * u128::from(self.ratio_thousandths)
    }
}

/// The name in requests, manifests and events; every trigger has one.
impl fmt::Display for DataTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.compared {
            Compared::Volume => VOLUME,
            Compared::OpenInterest => OPEN_INTEREST,
        };
        let (whole, fraction) = (self.ratio_thousandths / WHOLE, self.ratio_thousandths % WHOLE);
        write!(f, "{kind}{whole}")?;
        if fraction > 0 {
            write!(f, ".{}", format!("{fraction:03}").trim_end_matches('0'))?;
        }
        write!(f, ",{},{}", self.sessions, self.contracts_min)?;
        match self.otherwise {
            Some(otherwise) => write!(f, "{ELSE}{otherwise}"),
            None => Ok(()),
        }
    }
}

impl FromStr for DataTrigger {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        const ALLOWED: &str = "volume:RATIO,SESSIONS,MIN or open_interest:RATIO,SESSIONS,MIN with RATIO from 0.001 to 100 in \
                               at most 3 decimals, SESSIONS from 1 to 20 and MIN from 1 to 10000000, and |else: with a \
                               trigger of the calendar behind it, such as volume:1,2,1000|else:monday_before_third_friday";
        let refused = || UnknownName { what: "roll trigger", name: name.chars().take(128).collect(), allowed: ALLOWED };
        let (data, otherwise) = match name.split_once(ELSE) {
            Some((data, otherwise)) => (data, Some(otherwise.parse::<RollTrigger>()?)),
            None => (name, None),
        };
        let (compared, numbers) = match (data.strip_prefix(VOLUME), data.strip_prefix(OPEN_INTEREST)) {
            (Some(numbers), _) => (Compared::Volume, numbers),
            (None, Some(numbers)) => (Compared::OpenInterest, numbers),
            (None, None) => return Err(refused()),
        };
        let mut parts = numbers.split(',');
        let (Some(ratio), Some(sessions), Some(contracts), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(refused());
        };
        let ratio = thousandths(ratio).filter(|ratio| (1..=Self::RATIO_THOUSANDTHS_MAX).contains(ratio));
        let sessions = whole(sessions).filter(|sessions| (1..=u32::from(Self::SESSIONS_MAX)).contains(sessions));
        let sessions = sessions.and_then(|sessions| u8::try_from(sessions).ok());
        let contracts = whole(contracts).filter(|contracts| (1..=Self::CONTRACTS_MIN_MAX).contains(contracts));
        match (ratio, sessions, contracts) {
            (Some(ratio_thousandths), Some(sessions), Some(contracts_min)) => {
                Ok(Self { compared, ratio_thousandths, sessions, contracts_min, otherwise })
            }
            _ => Err(refused()),
        }
    }
}

fn whole(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// A decimal of at most three decimals, in thousandths.
fn thousandths(text: &str) -> Option<u32> {
    let (units, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let scale = [100, 10, 1][fraction.len() - 1];
    whole(units)?.checked_mul(WHOLE)?.checked_add(whole(fraction)? * scale)
}

#[cfg(test)]
mod tests;
