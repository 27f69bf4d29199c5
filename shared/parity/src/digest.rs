//! The original's `sha256_of_ohlcv_frame`, streamed.
//!
//! The digest is SHA-256 over the UTF-8 text
//! `{"columns":["open","high","low","close","volume"],"data":[[o,h,l,c,v],...],"index":["2026-01-01T00:00:00+00:00",...]}`
//! with each cell as Python prints `round(value, 12)`. The index comes last in that text, so the stamps of all rows are
//! remembered until the end; they are kept as runs of equal steps, a few bytes for each gap instead of eight for each row.

mod cell;
mod stamp;

use std::fmt;

use peaktrade_domain::Sha256;
use sha2::Digest as _;

use crate::frame::{Frame, Index};
use stamp::{StampRuns, StampWriter};

/// Text gathered before it goes to the hasher: large enough that the call costs nothing, small enough for the first cache.
const BUFFER_BYTES: usize = 16 * 1024;

/// Longest text of one row: five cells of at most 24 bytes, separators, or one stamp of at most 37.
const ROW_BYTES_MAX: usize = 5 * cell::BYTES_MAX + 8;

/// Digest of OHLCV rows as the original computes it; rows are given in pieces, and how they are cut does not matter.
///
/// Memory does not grow with the rows but with the gaps between them.
pub struct OhlcvDigest {
    hasher: sha2::Sha256,
    buffer: Vec<u8>,
    stamps: StampRuns,
}

impl OhlcvDigest {
    /// A digest of no rows yet.
    pub fn new() -> Self {
        let mut buffer = Vec::with_capacity(BUFFER_BYTES + ROW_BYTES_MAX);
        buffer.extend_from_slice(br#"{"columns":["open","high","low","close","volume"],"data":["#);
        Self { hasher: sha2::Sha256::new(), buffer, stamps: StampRuns::default() }
    }

    /// Takes the next rows: instants in nanoseconds since the epoch, prices and volume; NaN is an empty cell.
    ///
    /// # Panics
    /// Where the columns have different lengths.
    pub fn take(&mut self, index_ns: &[i64], open: &[f64], high: &[f64], low: &[f64], close: &[f64], volume: &[f64]) {
        let rows = index_ns.len();
        let columns = [open, high, low, close, volume];
        assert!(columns.iter().all(|column| column.len() == rows), "columns of a frame have one length");
        let [open, high, low, close, volume] = columns.map(|column| &column[..rows]);
        let is_first = self.stamps.is_empty();
        for row in 0..rows {
            if !(is_first && row == 0) {
                self.buffer.push(b',');
            }
            self.buffer.push(b'[');
            for value in [open[row], high[row], low[row], close[row]] {
                cell::write(value, &mut self.buffer);
                self.buffer.push(b',');
            }
            cell::write(volume[row], &mut self.buffer);
            self.buffer.push(b']');
            self.flush_full();
        }
        self.stamps.extend(index_ns);
    }

    /// The digest of all rows taken.
    pub fn finish(mut self) -> Sha256 {
        self.buffer.extend_from_slice(br#"],"index":["#);
        let stamps = std::mem::take(&mut self.stamps);
        let mut writer = StampWriter::default();
        let mut is_first = true;
        for stamp in stamps.iter() {
            self.buffer.extend_from_slice(if is_first { b"\"" } else { b",\"" });
            is_first = false;
            writer.write(stamp, &mut self.buffer);
            self.buffer.push(b'"');
            self.flush_full();
        }
        self.buffer.extend_from_slice(b"]}");
        self.hasher.update(&self.buffer);
        Sha256::from_bytes(self.hasher.finalize().into())
    }

    fn flush_full(&mut self) {
        if self.buffer.len() >= BUFFER_BYTES {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }
}

/// A frame that has no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// Labels that are no instants.
    #[error("a frame with a {0} without a time zone has no digest, only instants have")]
    Index(String),
    /// A column that is absent.
    #[error("KeyError: {0:?}")]
    MissingColumn(&'static str),
    /// A column without numbers.
    #[error("TypeError: column {column:?} is {type_name}, cells of a digest are numbers")]
    NotNumeric {
        /// Column.
        column: &'static str,
        /// What it is.
        type_name: String,
    },
}

/// Digest of a frame's five OHLCV columns; other columns are no part of it.
///
/// # Errors
/// An index without instants, or an OHLCV column that is absent or holds texts.
pub fn frame_digest(frame: &Frame) -> Result<Sha256, DigestError> {
    let Index::Instants { ns, .. } = &frame.index else {
        return Err(DigestError::Index(frame.index.type_name().to_owned()));
    };
    let floats = |name: &'static str| {
        let column = frame.column(name).ok_or(DigestError::MissingColumn(name))?;
        let not_numeric = || DigestError::NotNumeric { column: name, type_name: column.type_name().to_owned() };
        column.as_floats().ok_or_else(not_numeric)
    };
    let [open, high, low, close, volume] = Frame::OHLCV;
    let mut digest = OhlcvDigest::new();
    digest.take(ns, &floats(open)?, &floats(high)?, &floats(low)?, &floats(close)?, &floats(volume)?);
    Ok(digest.finish())
}

impl Default for OhlcvDigest {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OhlcvDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OhlcvDigest").field("stamps", &self.stamps).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
