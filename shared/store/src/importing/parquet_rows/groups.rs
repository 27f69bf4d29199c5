//! A Parquet file of which the needed columns of one row group are held at a time, packed, and a page of each unpacked: its
//! directory lies at its end, and its size says nothing of what a reader must hold.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow_schema::Schema;
use bytes::buf::Reader;
use bytes::{Buf as _, Bytes};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, Length};

use super::pages;
use crate::importing::foreign_decoder;

const MAGIC: &[u8] = b"PAR1";
/// Bytes of a file's end: the length of the directory and the magic.
const TAIL_BYTES: u64 = 8;
/// Bytes of the directory at most; a file of ten years in row groups of a day has a tenth of this.
const DIRECTORY_BYTES_MAX: u64 = 64 << 20;
/// Bytes of the needed columns of one row group at most. Most writers begin another at a million rows, which have a
/// tenth of this unpacked.
const GROUP_BYTES_MAX: u64 = 512 << 20;
/// Rows decoded at a time.
const BATCH_ROWS: usize = 8_192;

/// The row groups of one file.
pub(super) struct RowGroups<R> {
    source: R,
    bytes: u64,
    directory: ArrowReaderMetadata,
    /// Row group to read next.
    next: usize,
}

impl<R: Read + Seek> RowGroups<R> {
    /// Reads the directory.
    pub(super) fn open(mut source: R) -> io::Result<Self> {
        let bytes = source.seek(SeekFrom::End(0))?;
        let is_long = bytes >= TAIL_BYTES + MAGIC.len() as u64;
        let tail = if is_long { read_at(&mut source, bytes - TAIL_BYTES, TAIL_BYTES)? } else { Vec::new() };
        let length = match tail[..] {
            [one, two, three, four, ref magic @ ..] if magic == MAGIC => u32::from_le_bytes([one, two, three, four]),
            _ => return Err(io::Error::other("it does not end as a Parquet file does (PAR1)")),
        };
        let length = u64::from(length);
        if length > DIRECTORY_BYTES_MAX || length > bytes - TAIL_BYTES {
            return Err(io::Error::other(format!("its directory of {length} bytes is damaged or too long")));
        }
        let directory = read_at(&mut source, bytes - TAIL_BYTES - length, length)?;
        let directory = decoded(|| {
            let directory = Arc::new(ParquetMetaDataReader::decode_metadata(&directory)?);
            ArrowReaderMetadata::try_new(directory, ArrowReaderOptions::new())
        })?;
        Ok(Self { source, bytes, directory, next: 0 })
    }

    pub(super) fn schema(&self) -> &Schema {
        self.directory.schema()
    }

    /// The batches of the next row group, with the columns at these places and in the order of the file; `None` after
    /// the last.
    pub(super) fn next(&mut self, columns: &[usize]) -> io::Result<Option<ParquetRecordBatchReader>> {
        let group = self.next;
        let directory = Arc::clone(self.directory.metadata());
        if group >= directory.num_row_groups() {
            return Ok(None);
        }
        self.next += 1;
        let schema = directory.file_metadata().schema_descr();
        let ranges = decoded(|| {
            let leaves = directory.row_group(group).columns().iter().enumerate();
            let needed = leaves.filter(|(leaf, _)| columns.contains(&schema.get_column_root_idx(*leaf)));
            Ok::<_, ParquetError>(needed.map(|(_, column)| column.byte_range()).collect::<Vec<_>>())
        })?;
        let total = ranges.iter().try_fold(0_u64, |total, (_, length)| total.checked_add(*length));
        if total.is_none_or(|total| total > GROUP_BYTES_MAX.min(self.bytes)) {
            let problem = format!("its row group {group} is damaged or has more than {GROUP_BYTES_MAX} bytes");
            return Err(io::Error::other(problem));
        }
        let mut held = Held { bytes: self.bytes, parts: Vec::with_capacity(ranges.len()) };
        for (start, length) in ranges {
            if start.checked_add(length).is_none_or(|end| end > self.bytes) {
                return Err(io::Error::other(format!("its row group {group} lies beyond its end")));
            }
            let column = read_at(&mut self.source, start, length)?;
            pages::check(&column).map_err(|problem| io::Error::other(format!("its row group {group}: {problem}")))?;
            held.parts.push((start, Bytes::from(column)));
        }
        let mask = ProjectionMask::roots(schema, columns.iter().copied());
        let directory = self.directory.clone();
        let batches = decoded(move || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(held, directory)
                .with_row_groups(vec![group])
                .with_projection(mask)
                .with_batch_size(BATCH_ROWS)
                .build()
        })?;
        Ok(Some(batches))
    }
}

fn read_at(source: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(start))?;
    // Not more room than there are bytes: the length stands in the file.
    let mut bytes = Vec::new();
    let read = source.take(length).read_to_end(&mut bytes)?;
    if read as u64 == length { Ok(bytes) } else { Err(io::Error::other("the file ends before its directory says")) }
}

/// Work of the Parquet decoder, which panics on a length of zero, a page that is none, and more.
pub(super) fn decoded<T, E: fmt::Display>(work: impl FnOnce() -> Result<T, E>) -> io::Result<T> {
    foreign_decoder::decoded("the Parquet file is damaged", work)
}

/// Parts of a file, each with the place where it begins.
struct Held {
    bytes: u64,
    parts: Vec<(u64, Bytes)>,
}

impl Held {
    /// The part from a place on.
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let within = |(begin, part): &(u64, Bytes)| {
            let at = usize::try_from(start.checked_sub(*begin)?).ok()?;
            (at < part.len()).then(|| part.slice(at..))
        };
        let damaged = || ParquetError::EOF(format!("byte {start} lies in no column of its row group"));
        self.parts.iter().find_map(within).ok_or_else(damaged)
    }
}

impl Length for Held {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Held {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let part = self.from(start)?;
        if length > part.len() {
            return Err(ParquetError::EOF(format!("{length} bytes from byte {start} on go beyond their column")));
        }
        Ok(part.slice(..length))
    }
}
