//! Roots and dated contracts in canonical spelling.

mod error;
mod exchange;
mod spelling;
mod vendor;

use std::fmt;
use std::str::FromStr;

pub use error::SymbolError;
pub use spelling::SymbolSpelling;

/// Root of a product, 1 to 8 upper-case ASCII letters or digits, the first a letter. Example: `NQ`, `M2K`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractRoot {
    bytes: [u8; ContractRoot::MAX_BYTES],
}

/// Delivery month by its exchange letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractMonth(u8);

/// A dated contract: root, month, four-digit year. Displayed canonically: `NQH2026`. Ordered by root, then expiry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractSymbol {
    root: ContractRoot,
    year: u16,
    month: ContractMonth,
}

const MONTH_LETTERS: &[u8; 12] = b"FGHJKMNQUVXZ";

impl ContractRoot {
    /// Longest root.
    pub(crate) const MAX_BYTES: usize = 8;

    /// The root as text.
    pub fn as_str(&self) -> &str {
        let length = self.bytes.iter().position(|byte| *byte == 0).unwrap_or(self.bytes.len());
        std::str::from_utf8(&self.bytes[..length]).unwrap_or("")
    }
}

impl FromStr for ContractRoot {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_valid = (1..=Self::MAX_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && text.as_bytes()[0].is_ascii_uppercase();
        if !is_valid {
            return Err(SymbolError::Root { text: shorten(text) });
        }
        let mut bytes = [0_u8; Self::MAX_BYTES];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }
}

impl ContractMonth {
    /// Month from 1 (January) to 12; `None` for another number.
    pub const fn from_number(month: u32) -> Option<Self> {
        if month >= 1 && month <= 12 { Some(Self(month as u8)) } else { None }
    }

    /// Month from its letter, upper case.
    pub fn from_letter(letter: u8) -> Option<Self> {
        let at = MONTH_LETTERS.iter().position(|candidate| *candidate == letter)?;
        u8::try_from(at + 1).ok().map(Self)
    }

    /// Month from 1 to 12.
    pub const fn number(self) -> u32 {
        self.0 as u32
    }

    /// Exchange letter.
    pub const fn letter(self) -> char {
        MONTH_LETTERS[self.0 as usize - 1] as char
    }

    /// Whether the month is one of March, June, September, December.
    pub const fn is_quarterly(self) -> bool {
        self.0.is_multiple_of(3)
    }
}

impl ContractSymbol {
    /// A contract; `None` where the year is not 1990 to 2199.
    pub fn new(root: ContractRoot, month: ContractMonth, year: u16) -> Option<Self> {
        (1990..=2199).contains(&year).then_some(Self { root, year, month })
    }

    /// Product root.
    pub const fn root(self) -> ContractRoot {
        self.root
    }

    /// Delivery month.
    pub const fn month(self) -> ContractMonth {
        self.month
    }

    /// Delivery year, four digits.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The next contract of the quarterly cycle.
    pub fn next_quarterly(self) -> Option<Self> {
        let month = (self.month.number() / 3 + 1) * 3;
        let (year, month) = if month > 12 { (self.year + 1, 3) } else { (self.year, month) };
        Self::new(self.root, ContractMonth::from_number(month)?, year)
    }

    /// The contract before it of the quarterly cycle.
    pub fn previous_quarterly(self) -> Option<Self> {
        let (year, month) = match (self.month.number() - 1) / 3 * 3 {
            0 => (self.year.checked_sub(1)?, 12),
            month => (self.year, month),
        };
        Self::new(self.root, ContractMonth::from_number(month)?, year)
    }
}

impl FromStr for ContractSymbol {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SymbolError::Symbol { text: shorten(text) };
        if !text.is_ascii() || text.len() < 6 {
            return Err(error());
        }
        let (head, year) = text.split_at(text.len() - 4);
        let (root, letter) = head.split_at(head.len() - 1);
        let root = root.parse().map_err(|_| error())?;
        let month = ContractMonth::from_letter(letter.as_bytes()[0]).ok_or_else(error)?;
        if !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error());
        }
        Self::new(root, month, year.parse().map_err(|_| error())?).ok_or_else(error)
    }
}

impl fmt::Display for ContractRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ContractRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContractRoot({self})")
    }
}

impl fmt::Display for ContractSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:04}", self.root, self.month.letter(), self.year)
    }
}

impl fmt::Debug for ContractSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContractSymbol({self})")
    }
}

/// What of an input is quoted in an error.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::{ContractRoot, ContractSymbol};

    #[test]
    fn canonical_symbols_round_trip_and_the_rest_is_refused() {
        for good in ["NQH2026", "MNQZ2030", "M2KM2025", "ESU2013", "NQF2026"] {
            assert_eq!(good.parse::<ContractSymbol>().unwrap().to_string(), good);
        }
        for bad in
            ["NQH6", "NQH26", "nqh2026", "NQI2026", "H2026", "NQH1899", "NQH2201", "NQH٢٠٢٦", "", "N QH2026", "NQH+026"]
        {
            assert!(bad.parse::<ContractSymbol>().is_err(), "{bad:?}");
        }
        for bad in ["", "nq", "2K", "NQNQNQNQN", "N-Q"] {
            assert!(bad.parse::<ContractRoot>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn quarters_follow_one_another() {
        let december: ContractSymbol = "NQZ2025".parse().unwrap();
        assert_eq!(december.next_quarterly().unwrap().to_string(), "NQH2026");
        let february: ContractSymbol = "NQG2026".parse().unwrap();
        assert_eq!(february.next_quarterly().unwrap().to_string(), "NQH2026");
        assert!("NQZ2025".parse::<ContractSymbol>().unwrap() < "NQH2026".parse().unwrap());
    }
}
