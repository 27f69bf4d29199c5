//! Why a vendor file is refused.

use std::fmt;

use peaktrade_domain::{CalendarError, ContractRoot, ContractSymbol, Price, SymbolError, UnixNanos};

use super::sorter::{ONE_IN_OFF_TICK, ONE_IN_OUT_OF_SESSION};
use super::{Format, ImportOption, Place, VendorSeriesRequest};
use crate::disposition::{Disposition, DispositionCounts};

/// Why a vendor file is refused. Nothing of a refused file is imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No importer for the format.
    #[error("format {format:?} is not built; allowed: {}", Format::names().join(", "))]
    Format {
        /// The format as given.
        format: String,
    },
    /// A stated fact has no such value.
    #[error("{option} {value:?} is not known; allowed: {allowed}")]
    OptionValue {
        /// The option.
        option: &'static str,
        /// Its value as given.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A stated fact contradicts what the format or the file says.
    #[error("{option} {stated} is stated, and a file of {format} has {known}")]
    Contradiction {
        /// The option.
        option: &'static str,
        /// Its value as given.
        stated: String,
        /// What the format or the file says.
        known: String,
        /// The format.
        format: String,
    },
    /// Facts that the file does not tell and nobody stated.
    #[error("a file of {format} does not tell its {}; it must be stated", listed(.options))]
    Missing {
        /// The format.
        format: String,
        /// What is missing.
        options: Vec<ImportOption>,
    },
    /// A profile that is none.
    #[error("profile: {problem}")]
    Profile {
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// The name names no contract.
    #[error("file name {file_name:?}: {problem}")]
    FileName {
        /// The name as given.
        file_name: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// The file holds a vendor's continuous series.
    #[error(
        "file name {file_name:?} is of a vendor's continuous series, whose rolls cannot be checked; only dated contracts are imported{}",
        kept_apart(.format)
    )]
    VendorContinuous {
        /// The name.
        file_name: String,
        /// The format.
        format: String,
    },
    /// The name names a contract of another root.
    #[error("file name {file_name:?} is of root {found}, the import is of root {expected}")]
    OtherRoot {
        /// The name.
        file_name: String,
        /// Its root.
        found: ContractRoot,
        /// The root of the import.
        expected: ContractRoot,
    },
    /// The name is no symbol.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// The root has no bounds of price here.
    #[error("root {root} has no plausible prices to check against; allowed: ES, MES, NQ, MNQ")]
    RootNotBuilt {
        /// The root.
        root: ContractRoot,
    },
    /// The bytes cannot be read, or the compressed file is damaged.
    #[error("after {place}: {source}")]
    Unreadable {
        /// The last row read before.
        place: Place,
        /// What the reader says.
        source: std::io::Error,
    },
    /// A row is not what the format says.
    #[error("{place}: {problem}")]
    Malformed {
        /// The row.
        place: Place,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// The file as a whole is not what the format says.
    #[error("the file is refused: {problem}")]
    Unfit {
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// Prices that the root cannot have.
    #[error(
        "{place}: price {price} is outside {lowest} to {highest}, the plausible prices of {root}, and so are prices of {others} further rows; the file may be scaled or of another product"
    )]
    Implausible {
        /// The first such row.
        place: Place,
        /// The price.
        price: Price,
        /// The root.
        root: ContractRoot,
        /// Lowest plausible price.
        lowest: Price,
        /// Highest plausible price.
        highest: Price,
        /// Further rows with such prices.
        others: u64,
    },
    /// The file tells one minute in two ways.
    #[error(
        "{first} and {second} give the bar of {time} (open) different values, and {others} further minutes do so too"
    )]
    Conflict {
        /// The earlier row.
        first: Place,
        /// The later row.
        second: Place,
        /// Open of the bar.
        time: UnixNanos,
        /// Further conflicts in the file.
        others: u64,
    },
    /// The calendar does not answer for the contract or a row.
    #[error("{place}: {source}")]
    Calendar {
        /// The row; number 0 for the contract itself.
        place: Place,
        /// What the calendar says.
        source: CalendarError,
    },
    /// Too many rows lie where the market is closed for the stamps to be what the format says.
    #[error(
        "{out_of_session} of {rows} rows lie outside the sessions of {contract}, one in {ONE_IN_OUT_OF_SESSION} at most is allowed; the stamps may be in another time zone, an hour off, or of another product"
    )]
    Shifted {
        /// The contract.
        contract: ContractSymbol,
        /// Its rows.
        rows: u64,
        /// Rows out of session.
        out_of_session: u64,
    },
    /// Too many rows lie off the tick grid for the prices to be as traded.
    #[error(
        "{off_tick} of {rows} rows lie off the tick grid of {contract}, one in {ONE_IN_OFF_TICK} at most is allowed; the prices may be adjusted, settlements or of another product"
    )]
    OffGrid {
        /// The contract.
        contract: ContractSymbol,
        /// Its rows.
        rows: u64,
        /// Rows off the grid.
        off_tick: u64,
    },
    /// The rows are further apart than their bars are long.
    #[error(
        "{bars} bars of {contract} in a row, the first at {first}, are a multiple of {minutes} minutes apart; only bars of one minute are imported"
    )]
    BarLength {
        /// The contract.
        contract: ContractSymbol,
        /// Bars of it that tell.
        bars: u64,
        /// Open of the first of them.
        first: UnixNanos,
        /// What divides every distance, minutes.
        minutes: i64,
    },
    /// No rows.
    #[error("the file is empty; at least one row is required")]
    Empty,
    /// More bars than one file may hold.
    #[error("the file has more than {bars_max} bars; a part of it at a time can be imported")]
    TooManyBars {
        /// Bars that it may have.
        bars_max: usize,
    },
    /// More rows than are read of one file.
    #[error("the file has more rows than are read; a part of it at a time can be imported")]
    TooManyRows,
    /// Rows, but not one of them a bar.
    #[error(
        "none of the {} rows can be kept: {counts}{}", .counts.rows_in(), unknown_meaning(*.root, .counts)
    )]
    NothingKept {
        /// The root of the import.
        root: ContractRoot,
        /// The rows by fate.
        counts: DispositionCounts,
    },
}

/// Options as a sentence names them: `time_zone (such as America/Chicago) and stamp (such as open)`.
fn listed(options: &[ImportOption]) -> impl fmt::Display {
    let named: Vec<String> =
        options.iter().map(|option| format!("{} (such as {})", option.name(), option.example())).collect();
    named.join(" and ")
}

/// How a vendor's continuous series is imported, where its format is.
fn kept_apart(format: &str) -> &'static str {
    if VendorSeriesRequest::is_format(format) {
        " here; `peakctl vendor-series import` keeps such a series apart, as a kind of its own"
    } else {
        ""
    }
}

/// What an unknown symbol is, where there is one.
fn unknown_meaning(root: ContractRoot, counts: &DispositionCounts) -> String {
    match counts.of(Disposition::UnknownSymbol) {
        0 => String::new(),
        _ => format!("; only dated contracts of {root} that the calendar knows the end of are known symbols"),
    }
}
