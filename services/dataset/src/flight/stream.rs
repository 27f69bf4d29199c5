//! Bars as Flight messages.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_schema::SchemaRef;
use futures_util::{Stream, TryStreamExt as _, stream as streams};
use peaktrade_store::ROW_BYTES;
use tonic::Status;

use crate::library::Library;
use crate::series::Series;

/// Bytes of columns in a message at most: below the 4 MiB that every gRPC client takes unless told otherwise.
const MESSAGE_BYTES_MAX: usize = 3_670_016;

/// Rows of a message at most; larger ones are slower (measured), for they no longer fit the allocator's caches.
const BATCH_ROWS_MAX: usize = 65_536;

/// Rows of the first message: the first bar is soon there.
const FIRST_BATCH_ROWS: usize = 4_096;

/// The rows of a series as a schema message and slices of its columns. Nothing is copied before a message is encoded,
/// and no message is encoded before the client's window has room for it.
pub(crate) fn bars(
    library: &Arc<Library>,
    series: &Series,
    schema: SchemaRef,
    rows: Range<usize>,
) -> impl Stream<Item = Result<FlightData, Status>> + Send + 'static {
    let whole = RecordBatch::try_new(Arc::clone(&schema), series.columns.columns().to_vec())
        .expect("the schema differs from that of the columns in metadata only");
    let library = Arc::clone(library);
    let batches = slices(rows).map(move |slice| {
        library.metrics.flight_rows.inc_by(slice.len() as u64);
        library.metrics.flight_bytes.inc_by(slice.len() as u64 * ROW_BYTES);
        Ok(whole.slice(slice.start, slice.len()))
    });
    FlightDataEncoderBuilder::new()
        .with_schema(schema)
        // The encoder measures a slice by the buffers of its parent and would cut it to crumbs; ours are cut already.
        .with_max_flight_data_size(usize::MAX)
        .build(streams::iter(batches))
        .map_err(|error| Status::internal(format!("encoding bars: {error}")))
}

/// Cuts rows into messages: a small first one, then as large as is good.
fn slices(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> + Send {
    let row_bytes = usize::try_from(ROW_BYTES).unwrap_or(usize::MAX);
    let batch_rows = BATCH_ROWS_MAX.min(MESSAGE_BYTES_MAX / row_bytes);
    let mut next = rows.start;
    let mut size = FIRST_BATCH_ROWS.min(batch_rows);
    std::iter::from_fn(move || {
        if next >= rows.end {
            return None;
        }
        let slice = next..rows.end.min(next + size);
        next = slice.end;
        size = batch_rows;
        Some(slice)
    })
}

#[cfg(test)]
mod tests {
    use super::slices;

    fn check(rows: std::ops::Range<usize>, expected: &[usize]) {
        let found: Vec<_> = slices(rows.clone()).collect();
        assert_eq!(found.iter().map(ExactSizeIterator::len).collect::<Vec<_>>(), expected);
        let joined = found.windows(2).all(|pair| pair[0].end == pair[1].start);
        assert!(joined && found.first().is_none_or(|first| first.start == rows.start));
    }

    #[test]
    fn the_first_message_is_small_and_none_is_too_large() {
        check(0..0, &[]);
        check(7..8, &[1]);
        check(0..4_096, &[4_096]);
        check(10..4_107, &[4_096, 1]);
        check(0..147_310, &[4_096, 65_536, 65_536, 12_142]);
    }
}
