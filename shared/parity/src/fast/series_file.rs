//! The Parquet file of a series, row group by row group.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, TimestampType, Type as PhysicalType};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::column_chunk::ChunkWriter;
use crate::files::pandas_index_metadata;
use crate::frame::Frame;

/// The file while it is written. Its cells are those of [`crate::files::write_parquet`], and so is what pandas reads of it;
/// the index is the first column, and row groups, encodings, `created_by` and the keys of the metadata are its own.
pub(super) struct SeriesFile<'a> {
    writer: SerializedFileWriter<&'a File>,
    chunks: ChunkWriter,
}

/// A column of prices or volumes: the value of row `n` is `entries[codes[n]]`.
#[derive(Clone, Copy)]
pub(super) struct Coded<'a> {
    pub(super) entries: &'a [f64],
    pub(super) codes: &'a [u32],
}

impl<'a> SeriesFile<'a> {
    pub(super) fn start(file: &'a File) -> Result<Self> {
        let pandas_metadata = pandas_index_metadata("timestamp", Frame::OHLCV.map(|name| (name, "float64")));
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_created_by("peaktrade-futures".to_owned())
            .set_key_value_metadata(Some(vec![KeyValue::new("pandas".to_owned(), pandas_metadata)]))
            .build();
        let writer = SerializedFileWriter::new(file, schema()?, Arc::new(properties))?;
        Ok(Self { writer, chunks: ChunkWriter::new() })
    }

    /// Appends rows, in order of time, as a row group of their own.
    pub(super) fn append(&mut self, nanos: &[i64], columns: [Coded<'_>; 5]) -> Result<()> {
        let descriptors = self.writer.schema_descr().columns().to_vec();
        let mut group = self.writer.next_row_group()?;
        let chunk = self.chunks.stamps(&descriptors[0], nanos)?;
        group.append_column(&chunk.bytes, chunk.close)?;
        for (column, descriptor) in columns.iter().zip(&descriptors[1..]) {
            let chunk = self.chunks.coded(descriptor, column.entries, column.codes)?;
            group.append_column(&chunk.bytes, chunk.close)?;
        }
        group.close()?;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<()> {
        self.writer.close().map(|_| ())
    }
}

/// The index and the columns; these are nullable, as pandas writes them.
fn schema() -> Result<TypePtr> {
    let stamp = TimestampType { is_adjusted_to_u_t_c: true, unit: TimeUnit::NANOS };
    let mut fields = vec![
        Type::primitive_type_builder("timestamp", PhysicalType::INT64)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(Some(LogicalType::Timestamp(stamp)))
            .build()?,
    ];
    for name in Frame::OHLCV {
        let field = Type::primitive_type_builder(name, PhysicalType::DOUBLE);
        fields.push(field.with_repetition(Repetition::OPTIONAL).build()?);
    }
    let fields = fields.into_iter().map(Arc::new).collect();
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}
