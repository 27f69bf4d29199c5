//! Digest of the rows of a series, independent of any file format.
//!
//! The definition, format 1, so that any language can repeat it:
//! * rows are in order of time; a chunk is the rows whose open instants share a UTC calendar month;
//! * a column's digest is SHA-256 over its values in a chunk, each as a little-endian signed 64-bit integer: `ts` in
//!   nanoseconds, prices in 1e-9 points, `volume` in contracts;
//! * a chunk's digest is SHA-256 over the ASCII text `peaktrade.bars.chunk.1\n`, year and month (each a little-endian
//!   unsigned 32-bit integer), the number of its rows (little-endian unsigned 64-bit), and the 32-byte digests of `ts`,
//!   `open`, `high`, `low`, `close`, `volume`;
//! * the content digest is SHA-256 over the ASCII text `peaktrade.bars.content.1\n`, the number of all rows, the number
//!   of chunks (each little-endian unsigned 64-bit), and the 32-byte chunk digests in order of time.
//!
//! In Python, a column's digest is `hashlib.sha256(values.astype("<i8").tobytes()).digest()`.

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};
use peaktrade_domain::{Sha256, UnixNanos};
use sha2::Digest as _;

use crate::{Bars, BarsView};

const CHUNK_DOMAIN: &[u8] = b"peaktrade.bars.chunk.1\n";
const CONTENT_DOMAIN: &[u8] = b"peaktrade.bars.content.1\n";
const COLUMNS: usize = 6;

/// Content digest of bars in order of time; equal for equal rows, whatever file or service they came from.
pub fn content_digest(bars: &Bars) -> Sha256 {
    let mut digester = ContentDigester::default();
    digester.update(bars.view());
    digester.finish()
}

/// Takes the rows of a series piece by piece, in order of time; how they are cut into pieces does not matter.
///
/// ```
/// use peaktrade_continuous::{Bar, Bars, ContentDigester, content_digest};
///
/// let mut bars = Bars::default();
/// for minute in 0..3 {
///     bars.push(Bar { ts: minute * Bars::DURATION_NS, open: 5, high: 7, low: 4, close: 6, volume: 12 });
/// }
/// let mut digester = ContentDigester::default();
/// digester.update(bars.view().rows(0..1));
/// digester.update(bars.view().rows(1..3));
/// assert_eq!(digester.finish(), content_digest(&bars));
/// ```
#[derive(Debug, Default)]
pub struct ContentDigester {
    chunk: Option<Chunk>,
    chunk_digests: Vec<[u8; 32]>,
    rows: u64,
}

impl ContentDigester {
    /// Takes bars that come after all taken before.
    pub fn update(&mut self, bars: BarsView<'_>) {
        let mut rest = bars;
        while let Some(first) = rest.ts.first() {
            let month = Month::of(*first);
            if self.chunk.as_ref().is_none_or(|chunk| chunk.month != month) {
                self.close_chunk();
            }
            // At least the first row, also where nanoseconds end before their last month does.
            let rows = rest.ts.partition_point(|ts| *ts < month.end).max(1);
            let chunk = self.chunk.get_or_insert_with(|| Chunk::new(month));
            chunk.update(rest.rows(0..rows));
            self.rows += rows as u64;
            rest = rest.rows(rows..rest.len());
        }
    }

    /// The digest of all rows taken.
    pub fn finish(mut self) -> Sha256 {
        self.close_chunk();
        let mut hasher = sha2::Sha256::new();
        hasher.update(CONTENT_DOMAIN);
        hasher.update(self.rows.to_le_bytes());
        hasher.update((self.chunk_digests.len() as u64).to_le_bytes());
        for digest in &self.chunk_digests {
            hasher.update(digest);
        }
        Sha256::from_bytes(hasher.finalize().into())
    }

    fn close_chunk(&mut self) {
        if let Some(chunk) = self.chunk.take() {
            self.chunk_digests.push(chunk.finish());
        }
    }
}

/// A UTC calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Month {
    year: u32,
    month: u32,
    /// First nanosecond after it.
    end: i64,
}

impl Month {
    fn of(ts: i64) -> Self {
        let date = UnixNanos::from_nanos(ts).to_datetime().date_naive();
        let next = NaiveDate::from_ymd_opt(date.year(), date.month(), 1)
            .and_then(|first| first.checked_add_months(Months::new(1)))
            .and_then(|next| next.and_time(NaiveTime::MIN).and_utc().timestamp_nanos_opt());
        // The last month that fits into nanoseconds has no end that does.
        let end = next.unwrap_or(i64::MAX);
        Self { year: date.year().unsigned_abs(), month: date.month(), end }
    }
}

/// The running digests of one month's columns.
#[derive(Debug)]
struct Chunk {
    month: Month,
    rows: u64,
    columns: [sha2::Sha256; COLUMNS],
}

impl Chunk {
    fn new(month: Month) -> Self {
        Self { month, rows: 0, columns: std::array::from_fn(|_| sha2::Sha256::new()) }
    }

    fn update(&mut self, bars: BarsView<'_>) {
        self.rows += bars.len() as u64;
        let columns = [bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume];
        for (hasher, values) in self.columns.iter_mut().zip(columns) {
            update_column(hasher, values);
        }
    }

    fn finish(self) -> [u8; 32] {
        let mut hasher = sha2::Sha256::new();
        hasher.update(CHUNK_DOMAIN);
        hasher.update(self.month.year.to_le_bytes());
        hasher.update(self.month.month.to_le_bytes());
        hasher.update(self.rows.to_le_bytes());
        for column in self.columns {
            hasher.update(column.finalize());
        }
        hasher.finalize().into()
    }
}

fn update_column(hasher: &mut sha2::Sha256, values: &[i64]) {
    // One hasher call for 512 values instead of one for each: the digest is then the cost, not the calls.
    const BLOCK: usize = 512;
    let mut bytes = [0_u8; BLOCK * 8];
    for block in values.chunks(BLOCK) {
        for (slot, value) in bytes.chunks_exact_mut(8).zip(block) {
            slot.copy_from_slice(&value.to_le_bytes());
        }
        hasher.update(&bytes[..block.len() * 8]);
    }
}

#[cfg(test)]
mod tests;
