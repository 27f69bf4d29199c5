//! Profiles: how one vendor writes its delimited files, as data.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use peaktrade_domain::Sha256;
use serde::Deserialize;

use super::columns::{Field, Names};
use crate::importing::file_name::NameTemplate;
use crate::importing::local_time::Layout;
use crate::importing::{ImportError, Prices, Stamp};

/// The profiles that the program ships with.
const SHIPPED: [(&str, &str); 7] = [
    ("barchart", include_str!("../../../profiles/barchart.toml")),
    ("firstrate", include_str!("../../../profiles/firstrate.toml")),
    ("ibkr", include_str!("../../../profiles/ibkr.toml")),
    ("massive", include_str!("../../../profiles/massive.toml")),
    ("sierra", include_str!("../../../profiles/sierra.toml")),
    ("tradestation", include_str!("../../../profiles/tradestation.toml")),
    ("tradingview", include_str!("../../../profiles/tradingview.toml")),
];

/// Bytes of a profile at most: fifty times a shipped one.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Entries of one list at most.
const ENTRIES_MAX: usize = 64;
/// Format of the profiles read here.
const FORMAT: u32 = 1;

/// How one vendor writes its delimited files. What a profile leaves open must be stated with each import.
#[derive(Clone, Debug)]
pub struct Profile {
    /// "firstrate", or "csv:" and the name of a profile that the program does not ship with.
    format_name: String,
    /// SHA-256 of its text.
    pub(super) sha256: Sha256,
    pub(super) delimiter: u8,
    pub(super) header: Header,
    /// Fields in the order of a file without header; `None` where a column is not read.
    pub(super) order: Vec<Option<Field>>,
    pub(super) columns: Names,
    /// Beginning of a last line that is no row.
    pub(super) trailer: Option<String>,
    pub(super) layouts: Vec<Layout>,
    pub(super) time_zone: Option<Tz>,
    pub(super) stamp: Option<Stamp>,
    pub(super) prices: Option<Prices>,
    /// Names that say that a bar is a minute.
    pub(super) minute_names: Vec<NameTemplate>,
    /// Names that say the contract only.
    pub(super) names: Vec<NameTemplate>,
    /// Names of continuous series.
    pub(super) continuous_names: Vec<NameTemplate>,
}

/// Whether the first line names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Header {
    /// It never does.
    None,
    /// It always does.
    Required,
    /// It does where its first field is a name.
    Optional,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    format: u32,
    name: String,
    delimiter: Delimiter,
    header: Header,
    #[serde(default)]
    order: Vec<String>,
    trailer: Option<String>,
    #[serde(default)]
    columns: BTreeMap<Field, Vec<String>>,
    stamps: StampsSection,
    #[serde(default)]
    file: FileSection,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Space,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StampsSection {
    layouts: Vec<String>,
    time_zone: Option<String>,
    stamp: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSection {
    #[serde(default)]
    minute_names: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    continuous_names: Vec<String>,
    prices: Option<String>,
}

impl Profile {
    /// The names of the profiles that the program ships with, in order.
    pub(crate) fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.into_iter().map(|(name, _)| name)
    }

    /// A profile that the program ships with.
    pub(crate) fn shipped(name: &str) -> Option<Self> {
        let (_, text) = SHIPPED.into_iter().find(|(shipped, _)| *shipped == name)?;
        let profile = Self::read(text).expect("the shipped profiles are valid, checked by this crate's tests");
        Some(Self { format_name: name.to_owned(), ..profile })
    }

    /// Reads a profile of the caller's.
    ///
    /// # Errors
    /// Names the line or the field and what is allowed.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        Self::read(text).map_err(|problem| ImportError::Profile { problem })
    }

    /// Name of the format in answers and manifests.
    pub(crate) fn format_name(&self) -> &str {
        &self.format_name
    }

    /// Whether rows may name their instruments.
    pub(super) fn has_symbol(&self) -> bool {
        self.columns.has(Field::Symbol) || self.order.contains(&Some(Field::Symbol))
    }

    fn read(text: &str) -> Result<Self, String> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(format!("{} bytes; at most {TEXT_BYTES_MAX} are allowed", text.len()));
        }
        let file: ProfileFile = toml::from_str(text).map_err(|error| in_one_line(&error.to_string()))?;
        let is_name = (1..=32).contains(&file.name.len())
            && file.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if file.format != FORMAT || !is_name {
            return Err("format 1 and a name of 1 to 32 lower-case letters, digits and hyphens are required".to_owned());
        }
        let order = file.order.iter().map(|field| ordered(field)).collect::<Result<Vec<_>, _>>()?;
        let columns = Names::new(file.columns)?;
        let has_names = !columns.is_empty();
        match file.header {
            Header::None | Header::Optional if order.is_empty() => {
                return Err("order is required where a file may lack a header".to_owned());
            }
            Header::Required | Header::Optional if !has_names => {
                return Err("columns are required where a file may have a header".to_owned());
            }
            Header::None | Header::Required | Header::Optional => {}
        }
        let layouts = file.stamps.layouts.iter().map(|layout| Layout::parse(layout)).collect::<Result<Vec<_>, _>>()?;
        if layouts.is_empty() || layouts.len() > ENTRIES_MAX || order.len() > ENTRIES_MAX {
            return Err(format!("1 to {ENTRIES_MAX} layouts and up to {ENTRIES_MAX} columns are allowed"));
        }
        let time_zone = file.stamps.time_zone.as_deref().map(|zone| zone.parse::<Tz>().map_err(|_| zone));
        let stamp = file.stamps.stamp.as_deref().map(|stamp| stamp.parse::<Stamp>().map_err(|()| stamp));
        let prices = file.file.prices.as_deref().map(|prices| prices.parse::<Prices>().map_err(|()| prices));
        let profile = Self {
            format_name: format!("csv:{}", file.name),
            sha256: Sha256::of(text.as_bytes()),
            delimiter: match file.delimiter {
                Delimiter::Comma => b',',
                Delimiter::Semicolon => b';',
                Delimiter::Tab => b'\t',
                Delimiter::Space => b' ',
            },
            header: file.header,
            order,
            columns,
            trailer: file.trailer.filter(|trailer| !trailer.is_empty()),
            layouts,
            time_zone: time_zone.transpose().map_err(|zone| format!("time_zone {zone:?} is no IANA time zone"))?,
            stamp: stamp.transpose().map_err(|stamp| format!("stamp {stamp:?}; open or close is required"))?,
            prices: prices.transpose().map_err(|prices| format!("prices {prices:?}; only raw is imported"))?,
            minute_names: templates(&file.file.minute_names)?,
            names: templates(&file.file.names)?,
            continuous_names: templates(&file.file.continuous_names)?,
        };
        if !profile.order.is_empty() {
            super::columns::Columns::of_order(&profile.order)?;
        }
        Ok(profile)
    }
}

fn ordered(field: &str) -> Result<Option<Field>, String> {
    if field == "-" { Ok(None) } else { Field::parse(field).map(Some) }
}

fn templates(texts: &[String]) -> Result<Vec<NameTemplate>, String> {
    if texts.len() > ENTRIES_MAX {
        return Err(format!("{} file names; at most {ENTRIES_MAX} are allowed", texts.len()));
    }
    texts.iter().map(|text| NameTemplate::parse(text)).collect()
}

/// An error of the TOML reader, which draws pictures, in one line.
fn in_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with(['|', '^'])).collect();
    words.join(" ").chars().take(300).collect()
}
