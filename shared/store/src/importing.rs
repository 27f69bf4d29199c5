//! From a vendor file to contract bars: one front door, one reader per format, one set of rules for the rows.
//!
//! A reader ([`rows::RowSource`]) gives rows in the order of the file, each with its instrument and stamped at its open.
//! The sorter decides the fate of each and holds nothing but bars. What a file cannot tell (time zone, stamp, raw prices,
//! bar length, contract) must be stated; nothing is guessed, and nothing that cannot be right is repaired.

mod contract_rows;
mod databento;
mod delimited;
mod error;
mod file_contract;
mod file_name;
mod foreign_decoder;
mod format;
pub mod fuzz;
#[cfg(test)]
mod fuzz_seeds;
mod lean;
mod local_time;
mod ninjatrader;
mod options;
mod parquet_rows;
mod rows;
mod scid;
mod settlements;
mod sorter;
mod symbols;
#[cfg(test)]
mod testing;
mod text;
mod vendor_series;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use peaktrade_continuous::Bars;
use peaktrade_domain::{Calendar, ContractSymbol, Sha256};

use crate::disposition::DispositionCounts;

pub use delimited::Profile;
pub use error::ImportError;
pub use format::Format;
pub use options::{BarLength, ImportOption, ImportOptions, ImportRequest, Prices, Stamp};
pub(crate) use rows::{Extent, RawRow, RowOf, RowSource};
pub use rows::{Place, RowUnit};
pub use settlements::{
    ContractSettlements, FactCounts, FactFate, ImportedSettlements, SettlementFormat, import_settlements,
};
pub use sorter::plausible_prices;
pub use vendor_series::{ImportedVendorSeries, VendorSeriesRequest, import_vendor_series};

/// Bars of one file at most. All contracts of a product over fifteen years have two thirds of this in minutes with trades.
/// They are held until the file is read, at 52 bytes each, with an eighth of as many rows that may repeat them: six hundred
/// megabytes at most.
pub const BARS_MAX: usize = 10_000_000;

/// The zone of stamps, by its name in what is told of the reading of a file.
const TIME_ZONE: &str = "time_zone";

/// A vendor file as bars, with the fate of each of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFile {
    /// Vendor format. Example: "ninjatrader".
    pub format: String,
    /// How it was read, where that is not one and the same for all files of the format. Example: "stamp" is "close".
    pub reading: BTreeMap<String, String>,
    /// Its contracts in order of expiry; at least one.
    pub contracts: Vec<ImportedContract>,
    /// All its rows by fate, also those of no contract.
    pub dispositions: DispositionCounts,
}

/// The bars of one contract of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedContract {
    /// The contract.
    pub contract: ContractSymbol,
    /// Its bars, stamped at their open, in order of time; at least one.
    pub bars: Bars,
    /// Its rows by fate.
    pub dispositions: DispositionCounts,
    /// SHA-256 of the calendar that decided what is in session.
    pub calendar_sha256: Sha256,
}

/// A reader, and how it reads.
struct Opened<'a> {
    rows: Box<dyn RowSource + 'a>,
    reading: BTreeMap<String, String>,
}

/// Reads a vendor file.
///
/// # Errors
/// Names the first row that is not of the format or cannot be a bar, or what the file as a whole cannot be; nothing is
/// imported then.
pub fn import<'a>(
    source: impl Read + Seek + 'a,
    request: &'a ImportRequest,
    calendar: &'a Calendar,
) -> Result<ImportedFile, ImportError> {
    import_at_most(source, request, calendar, BARS_MAX)
}

/// As [`import`], of a file of at most so many bars: what it takes of memory follows from their number.
///
/// # Errors
/// As [`import`], and [`ImportError::TooManyBars`] where the file has more.
pub fn import_at_most<'a>(
    source: impl Read + Seek + 'a,
    request: &'a ImportRequest,
    calendar: &'a Calendar,
    bars_max: usize,
) -> Result<ImportedFile, ImportError> {
    let Opened { mut rows, mut reading } = match &request.format {
        Format::NinjaTrader => ninjatrader::open(source, request)?,
        Format::Databento => databento::open(source, request, calendar)?,
        Format::Scid => scid::open(source, request, calendar)?,
        Format::Lean => lean::open(source, request, calendar)?,
        Format::Parquet => parquet_rows::open(source, request, calendar)?,
        Format::Delimited(profile) => delimited::open(source, profile, request, calendar)?,
    };
    let mut sorter = sorter::RowSorter::new(request.root, rows.unit(), calendar, bars_max)?;
    while let Some(row) = rows.next_row()? {
        sorter.take(row)?;
    }
    if !rows.has_used_time_zone() {
        reading.remove(TIME_ZONE);
    }
    let (contracts, dispositions) = sorter.finish()?;
    Ok(ImportedFile { format: request.format.name().to_owned(), reading, contracts, dispositions })
}
