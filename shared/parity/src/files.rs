//! Files as pandas reads and writes them: Parquet with its index named in metadata, CSV with a time column.

mod bars_file;
mod csv_file;
mod parquet_file;
mod publish;

use std::io;
use std::path::{Path, PathBuf};

pub use bars_file::{BarColumns, BarsFile, BarsWritten};
pub use csv_file::read_csv;
pub use parquet_file::{pandas_index_metadata, read_parquet, write_parquet};
pub use publish::{PendingFile, write_whole};

use crate::frame::Frame;

/// Why a file cannot be read or written; each names the file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file system refuses.
    #[error("{}: {source}", .path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
    /// Not Parquet, or damaged.
    #[error("{}: {source}", .path.display())]
    Parquet {
        /// File.
        path: PathBuf,
        /// Reason.
        source: parquet::errors::ParquetError,
    },
    /// Rows or columns that are not a frame.
    #[error("{}: {problem}", .path.display())]
    Content {
        /// File.
        path: PathBuf,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// A symbol that would lead out of the folder; the original follows it.
    #[error(
        "contract symbol {symbol:?} is no file name: letters, digits, '.', '_' and '-' are allowed, '.' not at the start"
    )]
    Symbol {
        /// Symbol as given.
        symbol: String,
    },
}

impl FileError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), problem: problem.into() }
    }
}

/// The file of a contract: `{folder}/{symbol}.parquet`.
///
/// # Errors
/// A symbol that is no plain file name; one with a path in it would read any file that the caller can.
pub fn contract_file(folder: &Path, symbol: &str) -> Result<PathBuf, FileError> {
    let is_plain = !symbol.is_empty()
        && !symbol.starts_with('.')
        && symbol.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-'));
    match is_plain {
        true => Ok(folder.join(format!("{symbol}.parquet"))),
        false => Err(FileError::Symbol { symbol: symbol.chars().take(64).collect() }),
    }
}

/// Reads a file by its suffix, as the original's validator does.
///
/// # Errors
/// Another suffix than `.parquet` and `.csv`, or a file that cannot be read.
pub fn read_frame(path: &Path) -> Result<Frame, FileError> {
    match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("parquet") => read_parquet(path),
        Some("csv") => read_csv(path),
        _ => Err(FileError::content(path, "ValueError: unsupported input suffix, expected .parquet or .csv")),
    }
}

#[cfg(test)]
mod tests;
