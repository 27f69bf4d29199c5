//! The original's symbols and specifications of contracts.
//!
//! Its parser takes digits of any script and years that its formatter refuses; its formatter takes roots that its parser
//! refuses. Symbols of this workspace are [`peaktrade_domain::ContractSymbol`].

const MONTH_CODES: &str = "FGHJKMNQUVXZ";
const ROOT_LENGTH_MAX: usize = 8;

/// What the original's parser reads from a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedSymbol {
    /// Product root, upper case.
    pub root: String,
    /// Delivery month, 1 to 12.
    pub month: u32,
    /// Delivery year as given, not checked.
    pub year: i32,
}

/// Why the original refuses a symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// Not root, month code, four digits.
    #[error(
        "ValueError: invalid contract symbol {0:?}, expected ROOT, a month code of {MONTH_CODES} and a year of four digits"
    )]
    Pattern(String),
    /// A month that is none.
    #[error("ValueError: month {0} is not 1 to 12")]
    Month(u32),
    /// A year that is not formatted.
    #[error("ValueError: year {0} is not 1900 to 2200")]
    Year(i32),
}

/// Reads a symbol as the original does: stripped, in upper case, a root of 1 to 8 letters A to Z, a month code, and four
/// characters that Python calls digits.
///
/// # Errors
/// Where the pattern does not fit.
pub fn parse(text: &str) -> Result<ParsedSymbol, SymbolError> {
    let error = || SymbolError::Pattern(text.chars().take(64).collect());
    let characters: Vec<char> = text.trim().to_uppercase().chars().collect();
    let (head, year) = characters.split_at_checked(characters.len().saturating_sub(4)).ok_or_else(error)?;
    let (code, root) = head.split_last().ok_or_else(error)?;
    let month = month_from_code(*code).ok_or_else(error)?;
    if root.is_empty() || root.len() > ROOT_LENGTH_MAX || !root.iter().all(char::is_ascii_uppercase) {
        return Err(error());
    }
    let mut number = 0;
    for character in year {
        number = number * 10 + decimal_digit(*character).ok_or_else(error)?;
    }
    Ok(ParsedSymbol { root: root.iter().collect(), month, year: number })
}

/// Writes a symbol as the original does: the root in upper case and otherwise unchecked.
///
/// # Errors
/// Where the month is not 1 to 12 or the year not 1900 to 2200.
pub fn format(root: &str, month: u32, year: i32) -> Result<String, SymbolError> {
    let at = usize::try_from(month).unwrap_or_default().wrapping_sub(1);
    let code = MONTH_CODES.chars().nth(at).ok_or(SymbolError::Month(month))?;
    if !(1_900..=2_200).contains(&year) {
        return Err(SymbolError::Year(year));
    }
    Ok(format!("{}{code}{year}", root.to_uppercase()))
}

/// Dollars of one tick of 0.25 points, for the roots that the original knows.
///
/// # Errors
/// Its `KeyError`; the root is put in upper case and not trimmed.
pub fn tick_value(root: &str) -> Result<f64, String> {
    let root = root.to_uppercase();
    match root.as_str() {
        "NQ" => Ok(20.0 * 0.25),
        "MNQ" => Ok(2.0 * 0.25),
        _ => Err(format!("KeyError: Unknown CME contract spec for symbol_root='{root}'")),
    }
}

fn month_from_code(code: char) -> Option<u32> {
    MONTH_CODES.chars().position(|known| known == code).and_then(|at| u32::try_from(at + 1).ok())
}

/// The value of a decimal digit of the scripts whose digits are most often met: ASCII, Arabic-Indic, Devanagari,
/// fullwidth. Python's `\d` knows some sixty more.
fn decimal_digit(character: char) -> Option<i32> {
    ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'].into_iter().find_map(|zero| {
        let distance = u32::from(character).checked_sub(u32::from(zero))?;
        i32::try_from(distance).ok().filter(|digit| *digit <= 9)
    })
}

#[cfg(test)]
mod tests {
    use super::{format, parse, tick_value};

    #[test]
    fn symbols_are_read_as_the_original_reads_them() {
        for (text, root, month, year) in
            [("NQH2026", "NQ", 3, 2026), (" nqh2026 ", "NQ", 3, 2026), ("NQF2026", "NQ", 1, 2026)]
        {
            let parsed = parse(text).unwrap();
            assert_eq!((parsed.root.as_str(), parsed.month, parsed.year), (root, month, year), "{text}");
        }
        for bad in ["NQH6", "NQH26", "NQI2026", "H2026", "N1H2026", "NQNQNQNQNH2026", "", "2026"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn symbols_are_written_as_the_original_writes_them() {
        assert_eq!(format("nq", 3, 2026).unwrap(), "NQH2026");
        for (month, year) in [(3, 1_899), (3, 2_201), (0, 2_026), (13, 2_026)] {
            assert!(format("NQ", month, year).is_err(), "{month} {year}");
        }
    }

    #[test]
    fn tick_values_are_the_originals() {
        assert_eq!((tick_value("nq"), tick_value("MNQ")), (Ok(5.0), Ok(0.5)));
        assert_eq!(tick_value("es").unwrap_err(), "KeyError: Unknown CME contract spec for symbol_root='ES'");
        assert!(tick_value("NQ ").is_err());
    }
}
