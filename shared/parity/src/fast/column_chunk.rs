//! Writes one column chunk: a dictionary page, data pages, each packed with snappy and under a checksum.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;

use super::{delta, hybrid, varint};

/// Rows of a page: a multiple of 128, so that packed groups end with pages, and a page is a few tens of kilobytes.
const PAGE_ROWS: usize = 1 << 15;

/// Page types and encodings by their numbers in the Parquet specification.
const DATA_PAGE: i64 = 0;
const DICTIONARY_PAGE: i64 = 2;

/// Builds column chunks one after the other in reused buffers.
pub(super) struct ChunkWriter {
    chunk: Vec<u8>,
    page: Vec<u8>,
    packed: Vec<u8>,
    compressor: snap::raw::Encoder,
    compressed: u64,
    uncompressed: u64,
}

/// A finished column chunk.
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
}

impl ChunkWriter {
    pub(super) fn new() -> Self {
        let compressor = snap::raw::Encoder::new();
        Self { chunk: Vec::new(), page: Vec::new(), packed: Vec::new(), compressor, compressed: 0, uncompressed: 0 }
    }

    /// A chunk of floats given as codes into `entries`.
    pub(super) fn coded(&mut self, column: &ColumnDescPtr, entries: &[f64], codes: &[u32]) -> Result<Chunk> {
        self.start();
        for entry in entries {
            self.page.extend_from_slice(&entry.to_le_bytes());
        }
        self.write_page(DICTIONARY_PAGE, entries.len(), Encoding::PLAIN)?;
        let data_at = self.chunk.len();
        let width = u32::BITS - (entries.len().saturating_sub(1) as u32).leading_zeros();
        // A dictionary of one entry would need no bits; one is what all readers know.
        let width = width.max(1);
        for codes in codes.chunks(PAGE_ROWS) {
            self.levels(codes.len());
            self.page.push(width as u8);
            hybrid::encode(codes, width, &mut self.page);
            self.write_page(DATA_PAGE, codes.len(), Encoding::RLE_DICTIONARY)?;
        }
        let (least, greatest) = range_of(entries, codes);
        let statistics = Statistics::Double(ValueStatistics::new(least, greatest, None, Some(0), false));
        let encodings = [Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY];
        self.finish(column, codes.len(), Some(data_at), &encodings, statistics)
    }

    /// A chunk of instants in order of time; its column has no levels, because no row is without an instant.
    pub(super) fn stamps(&mut self, column: &ColumnDescPtr, nanos: &[i64]) -> Result<Chunk> {
        self.start();
        for nanos in nanos.chunks(PAGE_ROWS) {
            delta::encode(nanos, &mut self.page);
            self.write_page(DATA_PAGE, nanos.len(), Encoding::DELTA_BINARY_PACKED)?;
        }
        let range = (nanos.first().copied(), nanos.last().copied());
        let statistics = Statistics::Int64(ValueStatistics::new(range.0, range.1, None, Some(0), false));
        self.finish(column, nanos.len(), None, &[Encoding::DELTA_BINARY_PACKED], statistics)
    }

    fn start(&mut self) {
        self.chunk.clear();
        self.page.clear();
        (self.compressed, self.uncompressed) = (0, 0);
    }

    /// Definition levels of a page without empty cells.
    fn levels(&mut self, rows: usize) {
        self.page.extend_from_slice(&[0; 4]);
        varint::write((rows as u64) << 1, &mut self.page);
        self.page.push(1);
        let length = (self.page.len() - 4) as u32;
        self.page[..4].copy_from_slice(&length.to_le_bytes());
    }

    /// Packs the page and appends it with its header; the page is empty afterwards.
    fn write_page(&mut self, kind: i64, values: usize, encoding: Encoding) -> Result<()> {
        self.packed.resize(snap::raw::max_compress_len(self.page.len()), 0);
        let packed = self.compressor.compress(&self.page, &mut self.packed);
        let packed = packed.map_err(|error| ParquetError::External(Box::new(error)))?;
        let body = &self.packed[..packed];
        let header_at = self.chunk.len();
        write_header(kind, self.page.len(), body, values, encoding, &mut self.chunk)?;
        let header = self.chunk.len() - header_at;
        self.chunk.extend_from_slice(body);
        self.compressed += (header + body.len()) as u64;
        self.uncompressed += (header + self.page.len()) as u64;
        self.page.clear();
        Ok(())
    }

    fn finish(
        &mut self,
        column: &ColumnDescPtr,
        rows: usize,
        data_after_dictionary: Option<usize>,
        encodings: &[Encoding],
        statistics: Statistics,
    ) -> Result<Chunk> {
        let data_at = data_after_dictionary.unwrap_or(0);
        let metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(Compression::SNAPPY)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_num_values(rows as i64)
            .set_total_compressed_size(self.compressed as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_data_page_offset(data_at as i64)
            .set_dictionary_page_offset(data_after_dictionary.map(|_| 0))
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: self.compressed,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Chunk { bytes: Bytes::copy_from_slice(&self.chunk), close })
    }
}

/// Least and greatest value that occurs.
fn range_of(entries: &[f64], codes: &[u32]) -> (Option<f64>, Option<f64>) {
    let mut is_used = vec![false; entries.len()];
    for code in codes {
        is_used[*code as usize] = true;
    }
    let used = || entries.iter().zip(&is_used).filter(|(_, is_used)| **is_used).map(|(entry, _)| *entry);
    (used().reduce(f64::min), used().reduce(f64::max))
}

/// A page header in Thrift's compact protocol, as the `parquet` crate would write it but for the checksum, which it has no
/// way to write.
fn write_header(
    kind: i64,
    uncompressed: usize,
    body: &[u8],
    values: usize,
    encoding: Encoding,
    bytes: &mut Vec<u8>,
) -> Result<()> {
    let size = |length: usize| {
        i32::try_from(length).map_err(|_| ParquetError::General(format!("a page of {length} bytes is too long")))
    };
    let checksum = crc32fast::hash(body) as i32;
    let numbers = [kind, size(uncompressed)?.into(), size(body.len())?.into(), checksum.into()];
    for number in numbers {
        field(1, INT, bytes);
        varint::write(varint::zigzag(number), bytes);
    }
    let is_dictionary = kind == DICTIONARY_PAGE;
    field(if is_dictionary { 3 } else { 1 }, STRUCT, bytes);
    field(1, INT, bytes);
    varint::write(varint::zigzag(size(values)?.into()), bytes);
    field(1, INT, bytes);
    varint::write(varint::zigzag(encoding as i64), bytes);
    if is_dictionary {
        field(1, FALSE, bytes);
    } else {
        // Definition and repetition levels.
        for _ in 0..2 {
            field(1, INT, bytes);
            varint::write(varint::zigzag(Encoding::RLE as i64), bytes);
        }
    }
    bytes.extend_from_slice(&[STOP, STOP]);
    Ok(())
}

/// Types of Thrift's compact protocol.
const STOP: u8 = 0;
const FALSE: u8 = 2;
const INT: u8 = 5;
const STRUCT: u8 = 12;

/// A field whose number is `step` above the one before.
fn field(step: u8, kind: u8, bytes: &mut Vec<u8>) {
    bytes.push(step << 4 | kind);
}
