//! ImportVendorSeries and ListVendorSeries: continuous series as vendors made them, apart from contract bars.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use peaktrade_domain::Sha256;
use peaktrade_store::{
    Disposition, ImportError, VendorPrices, VendorSeries, VendorSeriesManifest, VendorSeriesRequest,
    VendorSeriesSource, import_vendor_series,
};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::import_bars_request::Part;
use peaktrade_wire::{FieldError, timestamp};
use tonic::Status;

use crate::import;
use crate::library::Library;
use crate::status;

/// Bytes of a file name at most, as for bars.
const FILE_NAME_BYTES_MAX: usize = 255;

/// First element of the paths of these series.
pub(crate) const KIND: &str = "vendor_continuous";

/// Fates that a row can meet, in the order of reports.
const FATES: [Disposition; 5] = [
    Disposition::Kept,
    Disposition::OutOfSession,
    Disposition::Duplicate,
    Disposition::OffTick,
    Disposition::PriceScale,
];

/// Takes the stream to its end, then imports it.
pub(crate) async fn run(
    library: &Arc<Library>,
    requests: impl Stream<Item = Result<wire::ImportVendorSeriesRequest, Status>> + Unpin,
) -> Result<wire::ImportVendorSeriesResponse, Status> {
    let mut requests = requests.map(|request| request.map(as_bars));
    let header = import::header(&mut requests).await?;
    let root = library.admit(&header.root)?;
    let file_name = header.file_name;
    if file_name.is_empty() || file_name.len() > FILE_NAME_BYTES_MAX || file_name.contains('/') {
        let problem = format!("a name without folders of 1 to {FILE_NAME_BYTES_MAX} bytes is required");
        return Err(FieldError::new("file_name", problem).into());
    }
    let request = VendorSeriesRequest::parse(&header.format, root, &file_name, &header.prices);
    let request = request.map_err(|error| status::of_import(&error))?;
    let supersede = import::read_supersede(&header.supersede)?;
    let spooling = import::spool_permit(library)?;
    let (spool, file_sha256) = import::receive(library, requests).await?;
    let turn = library.heavy_work.turn().await?;
    let calendar = library.calendar.clone();
    // The permits go with the work: a caller that leaves does not end the reading of its file.
    let (imported, _turn) = import::in_background(move || {
        let imported = import_vendor_series(spool, &request, &calendar);
        drop(spooling);
        (imported, turn)
    })
    .await?;
    let imported = imported.map_err(|error: ImportError| status::of_import(&error))?;
    let published = library.store.publish_vendor_series(&imported, &file_name, file_sha256, &supersede).await;
    let published = published.map_err(|error| status::of_store(&error))?;
    tracing::info!(
        series = %imported.series,
        format = imported.format,
        file_name,
        %file_sha256,
        rows = %imported.dispositions,
        already_present = published.already_present,
        "vendor series imported"
    );
    let counts = &imported.dispositions;
    let disposition =
        |fate: Disposition| wire::VendorSeriesDisposition { kind: fate.name().to_owned(), rows: counts.of(fate) };
    Ok(wire::ImportVendorSeriesResponse {
        file_sha256: file_sha256.to_string(),
        rows_in: counts.rows_in(),
        dispositions: FATES.into_iter().map(disposition).collect(),
        already_present: published.already_present,
        series: Some(of_series(&published.manifest)),
    })
}

/// What is stored of a root.
pub(crate) async fn list(
    library: &Library,
    request: &wire::ListVendorSeriesRequest,
) -> Result<wire::ListVendorSeriesResponse, Status> {
    let root = library.admit(&request.root)?;
    let stored = library.store.vendor_series(root).await.map_err(|error| status::of_store(&error))?;
    Ok(wire::ListVendorSeriesResponse { series: stored.iter().map(of_series).collect() })
}

/// The series of a vendor whose newest bars have a digest: who takes it for a dataset's is told what it is.
pub(crate) async fn with_content(library: &Library, content_sha256: Sha256) -> Result<Option<VendorSeries>, Status> {
    for root in library.roots() {
        let stored = library.store.vendor_series(root).await.map_err(|error| status::of_store(&error))?;
        if let Some(found) = stored.iter().find(|manifest| manifest.content_sha256 == content_sha256) {
            return Ok(Some(found.series));
        }
    }
    Ok(None)
}

/// Elements of the path of a series.
pub(crate) fn path(series: VendorSeries) -> Vec<String> {
    std::iter::once(KIND.to_owned()).chain(series.to_string().split('/').map(str::to_owned)).collect()
}

/// The same message in the words of an import of bars, so that both are received in one place; what is stated of the
/// prices stands in their place there.
fn as_bars(request: wire::ImportVendorSeriesRequest) -> wire::ImportBarsRequest {
    use wire::import_vendor_series_request::Part as Of;
    let part = request.part.map(|part| match part {
        Of::Header(wire::VendorSeriesHeader { format, root, file_name, adjusted, supersede }) => {
            let header = wire::ImportHeader { format, root, file_name, supersede, ..wire::ImportHeader::default() };
            Part::Header(wire::ImportHeader { prices: adjusted, ..header })
        }
        Of::Chunk(chunk) => Part::Chunk(chunk),
    });
    wire::ImportBarsRequest { part }
}

fn of_series(manifest: &VendorSeriesManifest) -> wire::VendorSeries {
    let series = manifest.series;
    let source = |source: &VendorSeriesSource| wire::VendorSeriesSource {
        sha256: source.sha256.to_string(),
        file_name: source.file_name.clone(),
        bars: source.bars,
        bars_added: source.bars_added,
    };
    wire::VendorSeries {
        root: series.root().to_string(),
        ticker: series.ticker(),
        bar: series.bar().to_string(),
        adjusted: series.prices() == VendorPrices::Adjusted,
        has_volume: manifest.has_volume,
        rows: manifest.rows,
        first_time: Some(timestamp(manifest.first_time)),
        last_time: Some(timestamp(manifest.last_time)),
        content_sha256: manifest.content_sha256.to_string(),
        path: path(series),
        sources: manifest.sources.iter().map(source).collect(),
    }
}
