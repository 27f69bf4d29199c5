//! Continuous series as vendors made them, over Flight. They are read from files of their own and meet nothing on their
//! way that serves contract bars or what is built of them.

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use peaktrade_domain::UnixNanos;
use peaktrade_store::{ROW_BYTES, VendorBars, VendorSeriesManifest, vendor_series_schema};
use peaktrade_wire::FieldError;
use serde_json::json;
use tonic::Status;

use super::address::{Address, Query};
use super::resolve::TICKET_FIRST_BYTE;
use super::stream::slices;
use crate::library::Library;
use crate::status;
use crate::vendor_series::{KIND, path};

/// Bytes of a volume in its column.
const VOLUME_BYTES: u64 = 8;

/// A series, fixed for ever, and a part of it.
#[derive(Debug)]
pub(crate) struct Part {
    /// The first manifest of these bars.
    manifest: VendorSeriesManifest,
    /// First open instant, inclusive.
    start: Option<UnixNanos>,
    /// End of the open instants, exclusive.
    end: Option<UnixNanos>,
}

/// The series that a query asks for; `None` where it asks for something else.
pub(crate) async fn find(library: &Library, query: &Query) -> Result<Option<Part>, Status> {
    let Address::VendorContinuous { series, pin } = &query.address else { return Ok(None) };
    library.admit(series.root().as_str())?;
    if !query.extra_columns.is_empty() {
        let problem = "a vendor's series says nothing of contracts, so it has no columns beside its own";
        return Err(FieldError::new("extra_columns", problem).into());
    }
    let failed = |error| status::of_store(&error);
    let absent = || Status::not_found(format!("no vendor's series {} is stored", series.in_words()));
    let content = match pin {
        Some(content) => *content,
        None => library.store.vendor_series_of(*series).await.map_err(failed)?.ok_or_else(absent)?.content_sha256,
    };
    // Also the newest is read by its digest, so that its ticket gives the same to the byte whatever is imported later.
    let manifest = library.store.vendor_series_with_content(*series, content).await.map_err(failed)?;
    let manifest = manifest.ok_or_else(|| {
        Status::not_found(format!("no bars of {} with digest {content} are stored", series.in_words()))
    })?;
    Ok(Some(Part { manifest, start: query.start, end: query.end }))
}

/// The series that a ticket is for: ours, or a query in its place; `None` for a ticket of other bars.
pub(crate) async fn of_ticket(library: &Library, ticket: &[u8]) -> Result<Option<Part>, Status> {
    if ticket.first() == Some(&TICKET_FIRST_BYTE) {
        return Ok(None);
    }
    find(library, &Query::of_command(ticket)?).await
}

impl Part {
    /// Schema of the series, with its identity in the metadata.
    pub(crate) fn schema(&self) -> SchemaRef {
        let VendorSeriesManifest { series, content_sha256, has_volume, rows, first_time, last_time, sources, .. } =
            &self.manifest;
        let sources: Vec<String> = sources.iter().map(|source| source.sha256.to_string()).collect();
        let keys = [
            ("pt.format", "1".to_owned()),
            ("pt.kind", KIND.to_owned()),
            ("pt.dataset", path(*series).join("/")),
            ("pt.root", series.root().to_string()),
            ("pt.ticker", series.ticker()),
            ("pt.timeframe", series.bar().to_string()),
            ("pt.adjusted", series.prices().to_string()),
            ("pt.has_volume", has_volume.to_string()),
            ("pt.stamp", "open".to_owned()),
            ("pt.tz", "UTC".to_owned()),
            ("pt.price_encoding", "F64".to_owned()),
            ("pt.row_count", rows.to_string()),
            ("pt.ts_min", first_time.to_string()),
            ("pt.ts_max", last_time.to_string()),
            ("pt.content_sha256", content_sha256.to_string()),
            ("pt.sources", sources.join(",")),
        ];
        vendor_series_schema(*has_volume, keys.into_iter().map(|(key, value)| (key.to_owned(), value)))
    }

    /// Bytes of one row in its columns.
    pub(crate) const fn row_bytes(&self) -> u64 {
        if self.manifest.has_volume { ROW_BYTES } else { ROW_BYTES - VOLUME_BYTES }
    }

    /// Number of rows; where the part is cut, the bars are read to count them.
    pub(crate) async fn rows(&self, library: &Library) -> Result<u64, Status> {
        if self.start.is_none() && self.end.is_none() {
            return Ok(self.manifest.rows);
        }
        let (_, rows) = self.read(library).await?;
        Ok(rows.len() as u64)
    }

    /// The ticket: a query that names the bars by their digest, so the same ticket gives the same rows.
    pub(crate) fn ticket(&self) -> Vec<u8> {
        let mut path = path(self.manifest.series);
        path.push(format!("@sha256:{}", self.manifest.content_sha256));
        let mut query = json!({ "path": path });
        for (name, instant) in [("start", self.start), ("end", self.end)] {
            if let Some(instant) = instant {
                query[name] = json!(instant);
            }
        }
        query.to_string().into_bytes()
    }

    /// The rows in batches, each of a message.
    pub(crate) async fn batches(&self, library: &Library) -> Result<Vec<RecordBatch>, Status> {
        let (bars, rows) = self.read(library).await?;
        let (schema, row_bytes) = (self.schema(), self.row_bytes());
        // Turning prices takes milliseconds, too long for an asynchronous thread.
        let made = tokio::task::spawn_blocking(move || {
            let rows = rows.start as u64..rows.end as u64;
            let index = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
            let batch = |slice: Range<u64>| bars.to_batch(index(slice.start)..index(slice.end), schema.clone());
            slices(rows, row_bytes).map(batch).collect::<Vec<_>>()
        });
        let batches = made.await.map_err(|error| Status::internal(format!("turning bars stopped: {error}")))?;
        let rows: u64 = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        library.metrics.flight_rows.inc_by(rows);
        library.metrics.flight_bytes.inc_by(rows * row_bytes);
        Ok(batches)
    }

    async fn read(&self, library: &Library) -> Result<(VendorBars, Range<usize>), Status> {
        let bars = library.store.read_vendor_series(&self.manifest).await;
        let bars = bars.map_err(|error| status::of_store(&error))?;
        let rows = bars.rows_between(self.start, self.end);
        Ok((bars, rows))
    }
}
