//! What a caller states about a file, and what a format knows by itself.

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;
use peaktrade_domain::{ContractRoot, ContractSymbol};

use super::{Format, ImportError};

/// A vendor file to import.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// How it is written.
    pub format: Format,
    /// Root that it must hold.
    pub root: ContractRoot,
    /// Its name without folders.
    pub file_name: String,
    /// What the caller states about it.
    pub options: ImportOptions,
}

/// What a caller states about a file. A format that knows a fact by itself takes no other statement of it; one that does
/// not takes no guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Contract of all its rows.
    pub contract: Option<ContractSymbol>,
    /// Zone of its stamps.
    pub time_zone: Option<Tz>,
    /// What its stamps are.
    pub stamp: Option<Stamp>,
    /// Whether its prices are as traded.
    pub prices: Option<Prices>,
    /// Length of its bars.
    pub bar: Option<BarLength>,
}

/// Which end of a bar its stamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// The instant at which the bar begins.
    Open,
    /// The instant at which the bar ends.
    Close,
}

/// What the prices of a file are. Adjusted prices are no contract's and are refused where they are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prices {
    /// As traded.
    Raw,
}

/// Length of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarLength {
    /// One minute, the only length that is built.
    Minute,
}

/// The facts that a caller can state, by their names in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportOption {
    /// Contract of all rows.
    Contract,
    /// Zone of the stamps.
    TimeZone,
    /// Open or close.
    Stamp,
    /// Raw.
    Prices,
    /// Length of a bar.
    Bar,
    /// Profile of a delimited text.
    Profile,
    /// Whether a vendor has moved the prices of its continuous series.
    Adjusted,
}

impl ImportOption {
    /// The name in requests; on the command line with hyphens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::TimeZone => "time_zone",
            Self::Stamp => "stamp",
            Self::Prices => "prices",
            Self::Bar => "bar",
            Self::Profile => "profile",
            Self::Adjusted => "adjusted",
        }
    }

    /// A value that it can have.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Contract => "NQH2025",
            Self::TimeZone => "America/Chicago",
            Self::Stamp => "open",
            Self::Prices => "raw",
            Self::Bar => "1m",
            Self::Profile => "profile.toml",
            Self::Adjusted => "yes",
        }
    }

    pub(super) const fn allowed(self) -> &'static str {
        match self {
            Self::Contract => "a contract with its year in four digits, such as NQH2025",
            Self::TimeZone => "an IANA time zone, such as America/Chicago",
            Self::Stamp => "open or close",
            Self::Prices => "raw; adjusted prices are no contract's prices",
            Self::Bar => "1m",
            Self::Profile => "the text of a profile in TOML",
            Self::Adjusted => "yes or no",
        }
    }
}

impl ImportOptions {
    /// Reads the options of a request; an empty text states nothing.
    ///
    /// # Errors
    /// Names the option, its value and what is allowed.
    pub fn parse(contract: &str, time_zone: &str, stamp: &str, prices: &str, bar: &str) -> Result<Self, ImportError> {
        Ok(Self {
            contract: stated(ImportOption::Contract, contract)?,
            time_zone: stated(ImportOption::TimeZone, time_zone)?,
            stamp: stated(ImportOption::Stamp, stamp)?,
            prices: stated(ImportOption::Prices, prices)?,
            bar: stated(ImportOption::Bar, bar)?,
        })
    }
}

fn stated<T: FromStr>(option: ImportOption, text: &str) -> Result<Option<T>, ImportError> {
    if text.is_empty() {
        return Ok(None);
    }
    let refused = |_| ImportError::OptionValue {
        option: option.name(),
        value: text.chars().take(64).collect(),
        allowed: option.allowed(),
    };
    text.parse().map(Some).map_err(refused)
}

/// Facts of one file: what the format knows, completed by what the caller states.
pub(crate) struct Facts<'a> {
    format: &'a str,
    missing: Vec<ImportOption>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(format: &'a str) -> Self {
        Self { format, missing: Vec::new() }
    }

    /// One fact. A statement that contradicts the format is refused: one of the two is wrong, and nothing here can tell
    /// which.
    pub(crate) fn settle<T: Copy + PartialEq + fmt::Display>(
        &mut self,
        option: ImportOption,
        known: Option<T>,
        stated: Option<T>,
    ) -> Result<Option<T>, ImportError> {
        match (known, stated) {
            (Some(known), Some(stated)) if known != stated => Err(ImportError::Contradiction {
                option: option.name(),
                stated: stated.to_string(),
                known: known.to_string(),
                format: self.format.to_owned(),
            }),
            (None, None) => {
                self.missing.push(option);
                Ok(None)
            }
            (known, stated) => Ok(known.or(stated)),
        }
    }

    /// Refuses the file where facts are missing, all of them at once.
    pub(crate) fn complete(self) -> Result<(), ImportError> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(ImportError::Missing { format: self.format.to_owned(), options: self.missing })
    }
}

impl FromStr for Stamp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "open" => Ok(Self::Open),
            "close" => Ok(Self::Close),
            _ => Err(()),
        }
    }
}

impl FromStr for Prices {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "raw" { Ok(Self::Raw) } else { Err(()) }
    }
}

impl FromStr for BarLength {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "1m" { Ok(Self::Minute) } else { Err(()) }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Close => "close",
        })
    }
}

impl fmt::Display for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("raw")
    }
}

impl fmt::Display for BarLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1m")
    }
}
