//! Bars of any number as one Parquet file, written piece by piece, with the digests that others know them by.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, TimestampNanosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use peaktrade_domain::{Sha256, UnixNanos};
use sha2::Digest as _;

use super::{FileError, PendingFile, pandas_index_metadata};
use crate::digest::OhlcvDigest;
use crate::frame::Frame;

/// Rows of a row group: what is held before it goes to the file.
const GROUP_ROWS: usize = 131_072;

/// Bytes read at a time for the digest of the file.
const READ_BYTES: usize = 64 * 1024;

/// A Parquet file of bars in the making: `timestamp` (ns, UTC, the pandas index), prices as doubles, whole volume.
pub struct BarsFile {
    writer: ArrowWriter<std::fs::File>,
    pending: PendingFile,
    path: PathBuf,
    schema: SchemaRef,
    digest: OhlcvDigest,
    written: BarsWritten,
}

/// What a finished file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsWritten {
    /// Rows.
    pub rows: u64,
    /// First and last stamp, nanoseconds since the epoch; `None` for no rows.
    pub reach: Option<(i64, i64)>,
    /// SHA-256 of the file.
    pub file_sha256: Sha256,
    /// The original's digest of the rows.
    pub ohlcv_sha256: Sha256,
}

/// Columns of the next rows, all of one length.
#[derive(Clone, Copy, Debug)]
pub struct BarColumns<'a> {
    /// Stamps, nanoseconds since the epoch.
    pub timestamp: &'a [i64],
    /// Open, high, low and close, points.
    pub prices: [&'a [f64]; 4],
    /// Contracts.
    pub volume: &'a [i64],
}

impl BarsFile {
    /// Begins a file.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let mut fields =
            vec![Field::new("timestamp", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false)];
        fields.extend(Frame::OHLCV[..4].iter().map(|name| Field::new(*name, DataType::Float64, false)));
        fields.push(Field::new(Frame::OHLCV[4], DataType::Int64, false));
        let types = ["float64", "float64", "float64", "float64", "int64"];
        let pandas = pandas_index_metadata("timestamp", Frame::OHLCV.into_iter().zip(types));
        // Twice: readers that take the Arrow schema in the file look for it there and nowhere else.
        let schema = Arc::new(Schema::new_with_metadata(fields, [("pandas".to_owned(), pandas.clone())].into()));
        let properties = WriterProperties::builder()
            .set_created_by("peaktrade-futures export 1".to_owned())
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_key_value_metadata(Some(vec![KeyValue::new("pandas".to_owned(), pandas)]))
            .build();
        let pending = PendingFile::create(path)?;
        let file = pending.file().try_clone().map_err(|error| FileError::io(path, error))?;
        let writer =
            ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(|error| broken(path, error))?;
        let nothing = Sha256::default();
        let written = BarsWritten { rows: 0, reach: None, file_sha256: nothing, ohlcv_sha256: nothing };
        Ok(Self { writer, pending, path: path.to_owned(), schema, digest: OhlcvDigest::new(), written })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// Columns of different lengths, stamps that do not rise, or what the file system refuses.
    pub fn write(&mut self, columns: &BarColumns<'_>) -> Result<(), FileError> {
        let (stamps, rows) = (columns.timestamp, columns.timestamp.len());
        let [open, high, low, close] = columns.prices.map(<[f64]>::len);
        let volume = columns.volume.len();
        if [open, high, low, close, volume].iter().any(|length| *length != rows) {
            let problem = format!(
                "gets columns of different lengths: timestamp {rows}, open {open}, high {high}, low {low}, close {close}, \
                 volume {volume}"
            );
            return Err(FileError::content(&self.path, problem));
        }
        let (Some(first), Some(last)) = (stamps.first(), stamps.last()) else { return Ok(()) };
        let mut before = self.written.reach.map(|(_, last)| last);
        for (row, ts) in (self.written.rows..).zip(stamps) {
            if let Some(before) = before.filter(|before| before >= ts) {
                let [ts, before] = [*ts, before].map(UnixNanos::from_nanos);
                let problem = format!(
                    "gets bars out of order: row {row}, counted from 0, is of {ts}, the one before of {before}"
                );
                return Err(FileError::content(&self.path, problem));
            }
            before = Some(*ts);
        }
        self.written.reach = Some((self.written.reach.map_or(*first, |(first, _)| first), *last));
        self.written.rows += rows as u64;
        #[expect(clippy::cast_precision_loss, reason = "the original's digest takes volumes as doubles")]
        let volume: Vec<f64> = columns.volume.iter().map(|volume| *volume as f64).collect();
        let [open, high, low, close] = columns.prices;
        self.digest.take(stamps, open, high, low, close, &volume);
        let mut arrays: Vec<ArrayRef> =
            vec![Arc::new(TimestampNanosecondArray::from(stamps.to_vec()).with_timezone("UTC"))];
        for price in columns.prices {
            arrays.push(Arc::new(Float64Array::from(price.to_vec())));
        }
        arrays.push(Arc::new(Int64Array::from(columns.volume.to_vec())));
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|error| broken(&self.path, error.into()))?;
        self.writer.write(&batch).map_err(|error| broken(&self.path, error))
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// What the file system refuses; no file is there then.
    pub fn finish(self) -> Result<BarsWritten, FileError> {
        let Self { writer, pending, path, digest, mut written, .. } = self;
        writer.close().map_err(|error| broken(&path, error))?;
        written.ohlcv_sha256 = digest.finish();
        written.file_sha256 = file_digest(pending.pending_path()).map_err(|error| FileError::io(&path, error))?;
        pending.publish()?;
        Ok(written)
    }
}

impl std::fmt::Debug for BarsFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BarsFile").field("path", &self.path).field("written", &self.written).finish_non_exhaustive()
    }
}

fn file_digest(path: &Path) -> std::io::Result<Sha256> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Sha256::from_bytes(hasher.finalize().into())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn broken(path: &Path, source: ParquetError) -> FileError {
    FileError::Parquet { path: path.to_owned(), source }
}
