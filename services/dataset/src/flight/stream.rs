//! Bars as Flight messages.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_schema::SchemaRef;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream as streams};
use peaktrade_continuous::{Bars, SeriesTally};
use peaktrade_store::{ExtraColumn, ROW_BYTES, to_batch, to_batch_with_origins};
use tonic::Status;

use crate::library::Library;
use crate::series::{self, Series, SeriesError};
use crate::status;

/// Bytes of columns in a message at most: below the 4 MiB that every gRPC client takes unless told otherwise.
const MESSAGE_BYTES_MAX: u64 = 3_670_016;

/// Rows of a message at most; larger ones are slower (measured), for they no longer fit the allocator's caches.
const BATCH_ROWS_MAX: u64 = 65_536;

/// Rows of the first message: the first bar is soon there.
const FIRST_BATCH_ROWS: u64 = 4_096;

/// The rows of a series as a schema message and batches. Months are read as they are needed, and no message is made
/// before the client's window has room for it.
///
/// Where all rows go out and this process has not yet seen their digest, they are digested on their way, and the last
/// message waits for the result: a series that is not what its manifest says ends in an error.
///
/// # Errors
/// Where the rows of the series cannot be counted; what is found wrong later ends the stream.
pub(crate) async fn bars(
    library: &Arc<Library>,
    series: Arc<Series>,
    schema: SchemaRef,
    rows: Range<u64>,
    rows_total: u64,
    extra: Vec<ExtraColumn>,
) -> Result<impl Stream<Item = Result<FlightData, Status>> + Send + 'static, SeriesError> {
    let (first_piece, before) = series.piece_of(library, rows.start).await?;
    let is_whole = rows == (0..rows_total);
    let row_bytes = ROW_BYTES + extra.iter().map(|column| column.cell_bytes()).sum::<u64>();
    let sending = Sending {
        library: Arc::clone(library),
        walk: series::walk(library, &series, first_piece..series.plan.pieces.len()).boxed(),
        slices: slices(rows.clone(), row_bytes).collect::<Vec<_>>().into_iter(),
        schema: Arc::clone(&schema),
        extra,
        row_bytes,
        held: Bars::default(),
        held_from: before,
        tally: (is_whole && series.unchecked().is_some()).then(SeriesTally::default),
        series,
        end: rows.end,
    };
    let batches = streams::try_unfold(sending, |mut sending| async move {
        let batch = sending.next().await.map_err(|error| FlightError::from(status::of_series(&error)))?;
        Ok(batch.map(|batch| (batch, sending)))
    });
    let messages = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        // The encoder measures a slice by the buffers of its parent and would cut it to crumbs; ours are cut already.
        .with_max_flight_data_size(usize::MAX)
        .build(batches);
    Ok(messages.map_err(|error| match error {
        FlightError::Tonic(status) => *status,
        other => Status::internal(format!("encoding bars: {other}")),
    }))
}

/// A small table as a schema message and one batch.
pub(crate) fn table(table: RecordBatch) -> impl Stream<Item = Result<FlightData, Status>> + Send + 'static {
    FlightDataEncoderBuilder::new()
        .with_schema(table.schema())
        .with_max_flight_data_size(usize::MAX)
        .build(streams::iter([Ok(table)]))
        .map_err(|error| Status::internal(format!("encoding a table: {error}")))
}

/// Bars that are held in memory as a schema message and a message for each batch; see [`slices`] for their size.
pub(crate) fn batches(
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
) -> impl Stream<Item = Result<FlightData, Status>> + Send + 'static {
    FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_max_flight_data_size(usize::MAX)
        .build(streams::iter(batches.into_iter().map(Ok)))
        .map_err(|error| Status::internal(format!("encoding bars: {error}")))
}

/// A series on its way out.
struct Sending {
    library: Arc<Library>,
    series: Arc<Series>,
    walk: BoxStream<'static, Result<Bars, SeriesError>>,
    /// Rows of the messages to come.
    slices: std::vec::IntoIter<Range<u64>>,
    schema: SchemaRef,
    /// Columns beside the bars' own.
    extra: Vec<ExtraColumn>,
    row_bytes: u64,
    /// Bars that were read and not sent.
    held: Bars,
    /// Row of the series that the first of them is.
    held_from: u64,
    /// Digests all rows, where that is still to be checked.
    tally: Option<SeriesTally>,
    end: u64,
}

impl Sending {
    /// The next message's rows; `None` after the last.
    async fn next(&mut self) -> Result<Option<RecordBatch>, SeriesError> {
        let Some(slice) = self.slices.next() else { return Ok(None) };
        while self.held_from + (self.held.len() as u64) < slice.end {
            let Some(bars) = self.walk.try_next().await? else {
                let found = self.held_from + self.held.len() as u64;
                return Err(SeriesError::Short { found, expected: self.end });
            };
            self.held.extend(bars.view());
        }
        let rows = row(slice.start - self.held_from)..row(slice.end - self.held_from);
        let (held, schema, tally) = (std::mem::take(&mut self.held), Arc::clone(&self.schema), self.tally.take());
        let (series, calendar, extra) = (Arc::clone(&self.series), self.library.calendar.clone(), self.extra.clone());
        // Turning prices and digesting take milliseconds, too long for an asynchronous thread.
        let made = tokio::task::spawn_blocking(move || {
            let sent = held.view().rows(rows.clone());
            let mut tally = tally;
            if let Some(tally) = &mut tally {
                tally.take(sent)?;
            }
            let left = held.view().rows(rows.end..held.len()).to_bars();
            let batch = if extra.is_empty() {
                to_batch(sent, schema)
            } else {
                to_batch_with_origins(sent, &extra, &series.origins(&calendar, sent)?, schema)
            };
            Ok::<_, SeriesError>((batch, left, tally))
        });
        let (batch, left, tally) = made.await??;
        (self.held, self.held_from, self.tally) = (left, slice.end, tally);
        if slice.end == self.end
            && let Some(tally) = self.tally.take()
        {
            self.series.check(&tally.finish())?;
        }
        self.library.metrics.flight_rows.inc_by(slice.end - slice.start);
        self.library.metrics.flight_bytes.inc_by((slice.end - slice.start) * self.row_bytes);
        Ok(Some(batch))
    }
}

/// Rows within a message and the months around it; they are in memory, so they can be counted.
fn row(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

/// Cuts rows into messages: a small first one, then as large as is good.
pub(super) fn slices(rows: Range<u64>, row_bytes: u64) -> impl Iterator<Item = Range<u64>> + Send {
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
    use super::{ROW_BYTES, slices};

    fn check(rows: std::ops::Range<u64>, expected: &[u64]) {
        let found: Vec<_> = slices(rows.clone(), ROW_BYTES).collect();
        assert_eq!(found.iter().map(|slice| slice.end - slice.start).collect::<Vec<_>>(), expected);
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
