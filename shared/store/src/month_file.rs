//! One contract's bars of one UTC month as a Parquet file.

use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use peaktrade_continuous::{Bars, BarsView};
use peaktrade_domain::ContractSymbol;

use crate::columns::{ExtraColumn, append_batch, append_stamps, month_schema, pandas_metadata, to_month_batch};

/// Rows of a data page: a trading day of minutes spans one page, so a day's query reads one or two.
const PAGE_ROWS: usize = 4_096;

/// Rows of a row group: a month of minutes (at most 44,640) is one group, so that no group is a stub.
const GROUP_ROWS: usize = 65_536;

/// Compression level of zstd: 3 is its own default; higher ones cost imports more than they save in bytes.
const ZSTD_LEVEL: i32 = 3;

/// Why a month file cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum MonthFileError {
    /// Not Parquet, or damaged.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// Columns that are not bars.
    #[error(transparent)]
    Columns(#[from] crate::ColumnError),
    /// Arrow could not read a batch.
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
    /// More or fewer rows than the manifest says.
    #[error("it has {found} rows, its manifest says {expected}")]
    Rows {
        /// Rows of the file.
        found: usize,
        /// Rows that the manifest names.
        expected: u64,
    },
    /// The reader or writer ended without a result.
    #[error("its reader stopped: {0}")]
    Stopped(tokio::task::JoinError),
    /// Rows that break a rule of bars.
    #[error(transparent)]
    Bars(#[from] peaktrade_continuous::BarsError),
}

/// Encodes bars; the same bars give the same bytes.
pub(crate) fn encode(contract: ContractSymbol, bars: BarsView<'_>) -> Result<Bytes, MonthFileError> {
    let mut writer = ArrowWriter::try_new(Vec::new(), month_schema(), Some(properties()?))?;
    writer.write(&to_month_batch(contract, bars))?;
    Ok(Bytes::from(writer.into_inner()?))
}

/// Decodes a month file and checks the rules of bars.
pub(crate) fn decode(file: Bytes) -> Result<Bars, MonthFileError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(GROUP_ROWS).build()?;
    let mut bars = Bars::default();
    for batch in reader {
        append_batch(&batch?, &mut bars)?;
    }
    bars.check_invariants()?;
    Ok(bars)
}

/// Decodes the open instants of a month file, and nothing else.
pub(crate) fn decode_stamps(file: Bytes, rows: u64) -> Result<Vec<i64>, MonthFileError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(GROUP_ROWS);
    let only = ProjectionMask::columns(builder.parquet_schema(), ["timestamp"]);
    let mut stamps = Vec::with_capacity(GROUP_ROWS);
    for batch in builder.with_projection(only).build()? {
        append_stamps(&batch?, &mut stamps)?;
    }
    // No machine that runs this has more than 64 bits of address.
    if stamps.len() as u64 != rows {
        return Err(MonthFileError::Rows { found: stamps.len(), expected: rows });
    }
    Ok(stamps)
}

fn properties() -> Result<WriterProperties, MonthFileError> {
    let mut properties = WriterProperties::builder()
        .set_created_by("peaktrade-futures store 1".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_data_page_row_count_limit(PAGE_ROWS)
        // The row limit is looked at once per write batch, so a batch must not be larger than a page.
        .set_write_batch_size(PAGE_ROWS)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(vec![SortingColumn { column_idx: 0, descending: false, nulls_first: false }]))
        .set_key_value_metadata(Some(vec![
            KeyValue::new("pandas".to_owned(), pandas_metadata(&[ExtraColumn::Contract])),
            KeyValue::new("pt.stamp".to_owned(), "open".to_owned()),
        ]));
    // Minutes and volumes are close to their neighbours; prices repeat, so the dictionary is theirs.
    for name in ["timestamp", "volume"] {
        let column = ColumnPath::from(name);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    Ok(properties.build())
}

#[cfg(test)]
mod tests {
    use parquet::basic::{Compression, Encoding};
    use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
    use peaktrade_continuous::{Bar, Bars, content_digest};
    use peaktrade_domain::UnixNanos;

    use super::{decode, encode};

    fn month() -> Bars {
        let start: UnixNanos = "2025-03-02T23:00:00Z".parse().unwrap();
        let mut bars = Bars::default();
        for minute in 0..10_000 {
            let price = 20_000_000_000_000 + minute % 97 * 250_000_000;
            let ts = start.nanos() + minute * UnixNanos::MINUTE;
            bars.push(Bar { ts, open: price, high: price + 1, low: price, close: price, volume: minute % 11 });
        }
        bars
    }

    #[test]
    fn the_same_bars_give_the_same_bytes_and_come_back() {
        let contract = "NQH2025".parse().unwrap();
        let bars = month();
        let file = encode(contract, bars.view()).unwrap();
        assert_eq!(file, encode(contract, bars.view()).unwrap());
        let read = decode(file.clone()).unwrap();
        assert_eq!(content_digest(&read), content_digest(&bars));
        assert_eq!(read, bars);
        for cut in [0, 4, file.len() / 2, file.len() - 1] {
            assert!(decode(file.slice(..cut)).is_err(), "{cut}");
        }
    }

    #[test]
    fn readers_find_pages_encodings_and_the_pandas_index() {
        let file = encode("NQH2025".parse().unwrap(), month().view()).unwrap();
        let metadata = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Required)
            .parse_and_finish(&file)
            .unwrap();
        assert_eq!(metadata.num_row_groups(), 1);
        let group = metadata.row_group(0);
        assert_eq!(group.sorting_columns().map(|columns| columns[0].column_idx), Some(0));
        let pages = metadata.offset_index().unwrap()[0][0].page_locations();
        assert_eq!(pages.iter().map(|page| page.first_row_index).collect::<Vec<_>>(), [0, 4_096, 8_192]);
        for (at, name) in ["timestamp", "open", "high", "low", "close", "volume", "contract"].iter().enumerate() {
            let column = group.column(at);
            assert_eq!(column.column_path().string(), *name);
            assert!(matches!(column.compression(), Compression::ZSTD(_)), "{name}");
            let is_delta = column.encodings().any(|encoding| encoding == Encoding::DELTA_BINARY_PACKED);
            let is_dictionary = column.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY);
            assert_eq!(
                (is_delta, is_dictionary),
                if at == 0 || at == 5 { (true, false) } else { (false, true) },
                "{name}"
            );
        }
        let keys = metadata.file_metadata().key_value_metadata().unwrap();
        let pandas = keys.iter().find(|key| key.key == "pandas").and_then(|key| key.value.as_deref()).unwrap();
        assert!(pandas.contains(r#""index_columns":["timestamp"]"#), "{pandas}");
    }
}
