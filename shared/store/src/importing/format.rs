//! The formats by name.

use super::{ImportError, ImportOption, Profile};

/// How a file is written.
#[derive(Clone, Debug)]
pub enum Format {
    /// NinjaTrader 8 exports of one-minute bars.
    NinjaTrader,
    /// Databento's DBN and CSV of bars of a minute or a second.
    Databento,
    /// Sierra Chart's intraday files.
    Scid,
    /// Lean's archives of minute bars.
    Lean,
    /// Parquet, read by the names of its columns.
    Parquet,
    /// Delimited text, read by a profile.
    Delimited(Box<Profile>),
}

const NINJATRADER: &str = "ninjatrader";
const DATABENTO: &str = "databento";
const SCID: &str = "scid";
const LEAN: &str = "lean";
const PARQUET: &str = "parquet";

/// The format whose profile the caller brings.
const CSV: &str = "csv";

impl Format {
    /// The format of a name, with the text of a profile where the name is "csv".
    ///
    /// # Errors
    /// Where the name is none of [`Self::names`], a profile is absent, not asked for, or none.
    pub fn parse(name: &str, profile: &str) -> Result<Self, ImportError> {
        if name == CSV {
            return match profile {
                "" => Err(ImportError::Missing { format: CSV.to_owned(), options: vec![ImportOption::Profile] }),
                text => Profile::parse(text).map(|profile| Self::Delimited(Box::new(profile))),
            };
        }
        let format = match name {
            NINJATRADER => Some(Self::NinjaTrader),
            DATABENTO => Some(Self::Databento),
            SCID => Some(Self::Scid),
            LEAN => Some(Self::Lean),
            PARQUET => Some(Self::Parquet),
            _ => Profile::shipped(name).map(|profile| Self::Delimited(Box::new(profile))),
        };
        let format = format.ok_or_else(|| ImportError::Format { format: name.chars().take(64).collect() })?;
        if profile.is_empty() {
            return Ok(format);
        }
        Err(ImportError::Contradiction {
            option: ImportOption::Profile.name(),
            stated: "of your own".to_owned(),
            known: "one of its own; format csv takes yours".to_owned(),
            format: name.to_owned(),
        })
    }

    /// The names of all formats.
    pub fn names() -> Vec<&'static str> {
        let mut names = vec![NINJATRADER, DATABENTO, SCID, LEAN, PARQUET];
        names.extend(Profile::shipped_names());
        names.push(CSV);
        names
    }

    /// The name of this one. A profile of the caller's names itself: "csv:my-vendor".
    pub fn name(&self) -> &str {
        match self {
            Self::NinjaTrader => NINJATRADER,
            Self::Databento => DATABENTO,
            Self::Scid => SCID,
            Self::Lean => LEAN,
            Self::Parquet => PARQUET,
            Self::Delimited(profile) => profile.format_name(),
        }
    }
}
