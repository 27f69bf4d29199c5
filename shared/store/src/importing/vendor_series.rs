//! From a vendor's export of a continuous ticker to bars of that series. Who makes the rolls and moves the prices is the
//! vendor; nothing of it can be checked here, so nothing of it becomes a contract's bar.
//!
//! What is judged by the rules of contracts: sessions, order of prices, plausible prices, and the tick where prices are
//! not adjusted. Whether they are must be stated, because no file tells it.

mod file_name;
mod rows;
mod sorter;

use std::io::Read;

use peaktrade_domain::{Calendar, ContractRoot, Sha256};

use super::text::unpacked_text;
use super::{ImportError, ImportOption};
use crate::disposition::DispositionCounts;
use crate::vendor_series::{VendorBars, VendorPrices, VendorSeries};

use file_name::NamedSeries;
use rows::Rows;
use sorter::Sorter;

/// The one format of such files: chart exports of TradingView.
const FORMAT: &str = "tradingview";

/// What is asked of one vendor file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorSeriesRequest {
    /// Product root that the file must hold.
    pub root: ContractRoot,
    /// Name of the file, which names ticker and length of a bar. Example: "CME_MINI_NQ1!, 5.csv".
    pub file_name: String,
    /// Whether its prices are adjusted; `None` where nobody said so, which ends the import.
    pub prices: Option<VendorPrices>,
}

/// A vendor's export as bars, with the fate of each of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedVendorSeries {
    /// Format. Example: "tradingview".
    pub format: &'static str,
    /// The series.
    pub series: VendorSeries,
    /// Its bars, stamped at their open, in order of time; at least one.
    pub bars: VendorBars,
    /// All its rows by fate.
    pub dispositions: DispositionCounts,
    /// SHA-256 of the calendar by which its rows were judged.
    pub calendar_sha256: Sha256,
}

impl VendorSeriesRequest {
    /// Whether files of a format can hold such a series.
    pub fn is_format(format: &str) -> bool {
        format == FORMAT
    }

    /// A request in the words of a caller; an empty `adjusted` says nothing.
    ///
    /// # Errors
    /// Where the format is not built, or `adjusted` is neither yes nor no.
    pub fn parse(format: &str, root: ContractRoot, file_name: &str, adjusted: &str) -> Result<Self, ImportError> {
        let unknown = |option, value: &str, allowed| ImportError::OptionValue {
            option,
            value: value.chars().take(64).collect(),
            allowed,
        };
        if !Self::is_format(format) {
            return Err(unknown("format", format, "tradingview, for a vendor's continuous series"));
        }
        let prices = match adjusted {
            "" => None,
            "yes" => Some(VendorPrices::Adjusted),
            "no" => Some(VendorPrices::Unadjusted),
            other => return Err(unknown(ImportOption::Adjusted.name(), other, ImportOption::Adjusted.allowed())),
        };
        Ok(Self { root, file_name: file_name.to_owned(), prices })
    }
}

/// Reads a vendor's export of a continuous ticker.
///
/// # Errors
/// Names the first row that is not of the format or cannot be right, or what the file as a whole cannot be; nothing is
/// imported then.
pub fn import_vendor_series<'a>(
    source: impl Read + 'a,
    request: &VendorSeriesRequest,
    calendar: &'a Calendar,
) -> Result<ImportedVendorSeries, ImportError> {
    let named = NamedSeries::read(&request.file_name, request.root)?;
    let missing = || ImportError::Missing { format: FORMAT.to_owned(), options: vec![ImportOption::Adjusted] };
    let series = named.series(request.prices.ok_or_else(missing)?);
    let mut rows = Rows::new(unpacked_text(source)?, series.bar(), calendar)?;
    let mut sorter = Sorter::new(series, calendar)?;
    while let Some(row) = rows.next_row()? {
        sorter.take(row)?;
    }
    let (bars, dispositions) = sorter.finish()?;
    Ok(ImportedVendorSeries { format: FORMAT, series, bars, dispositions, calendar_sha256: calendar.sha256() })
}

#[cfg(test)]
mod tests;
