//! `peakctl export`: a series as one Parquet file, with the documents by which other Peak_Trade programs take it.

mod closes;
mod documents;
mod stored;

use std::path::{Path, PathBuf};

use peaktrade_continuous::Bars;
use peaktrade_domain::{Price, UnixNanos};
use peaktrade_parity::files::{BarColumns, BarsFile, BarsWritten, FileError, write_whole};
use serde_json::{Value, json};

use crate::cli::{ExportArgs, StampEnd};
use crate::context::Context;
use crate::datasets;
use crate::failure::Failure;
use crate::flight::{self, SeriesQuery};
use crate::services::Services;
use crate::settings::Needs;
use closes::Closes;
use documents::{Locator, Series};

/// The references of a cache, in its folder.
const REFERENCES_FILE: &str = "market_data_refs.json";

/// Writes the files and says where they are.
pub(crate) async fn run(context: &Context<'_>, arguments: ExportArgs) -> Result<(), Failure> {
    let locator = arguments.refs.as_deref().map(Locator::parse).transpose()?;
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = export(&mut services, &arguments, locator.as_ref()).await;
    services.stop().await;
    let exported = outcome?;
    let mut text = format!("bars        {}\ndescriptor  {}\n", exported.bars.display(), exported.descriptor.display());
    if let Some(references) = &exported.references {
        text.push_str(&format!("references  {}\n", references.display()));
    }
    let document = json!({
        "bars": exported.bars,
        "descriptor": exported.descriptor,
        "references": exported.references,
        "rows": exported.written.rows,
        "file_sha256": exported.written.file_sha256.to_string(),
        "ohlcv_sha256": exported.written.ohlcv_sha256.to_string(),
    });
    context.output.result(&document, &text)
}

/// What was written.
struct Exported {
    bars: PathBuf,
    descriptor: PathBuf,
    references: Option<PathBuf>,
    written: BarsWritten,
}

async fn export(
    services: &mut Services,
    arguments: &ExportArgs,
    locator: Option<&Locator>,
) -> Result<Exported, Failure> {
    let found = datasets::by_id(&mut services.dataset, &arguments.dataset_id).await?;
    let closes = Closes::new(&found, &services.calendar)?;
    let series = Series::new(&found, arguments.stamp, &closes)?;
    let folder = locator.map_or_else(|| arguments.out.clone(), |locator| locator.folder(&arguments.out));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::from_file("making", &folder, &error))?;
    let bars = folder.join(series.file_name());
    let descriptor = folder.join(series.descriptor_name());
    stored::check_descriptor(&descriptor, &found.dataset_id, series.timestamp_semantics())?;
    let references_path = arguments.out.join(REFERENCES_FILE);
    let others = if locator.is_some() { stored::references(&references_path)? } else { Vec::new() };
    let written = write_bars(services, &series, &bars, (arguments.stamp == StampEnd::Close).then_some(&closes)).await?;

    write_document(&descriptor, &series.descriptor(&written))?;
    let references = match locator {
        None => None,
        Some(locator) => {
            write_document(&references_path, &stored::with_reference(others, series.reference(&written, locator)))?;
            Some(references_path)
        }
    };
    Ok(Exported { bars, descriptor, references, written })
}

/// Pulls the series over Flight into the file, batch by batch; stamped at their opens where no closes are given.
async fn write_bars(
    services: &Services,
    series: &Series,
    path: &Path,
    closes: Option<&Closes>,
) -> Result<BarsWritten, Failure> {
    let mut file = BarsFile::create(path).map_err(|error| refused(&error))?;
    let query = SeriesQuery { path: series.flight_path(), start: None, end: None, extra_columns: Vec::new() };
    let name = query.path.join("/");
    let metadata = flight::stream(&services.flight, &query, |batch| {
        let mut bars = Bars::default();
        flight::append(&mut bars, batch).map_err(|problem| flight::broken(&name, &problem))?;
        bars.check_invariants().map_err(|error| flight::broken(&name, &error.to_string()))?;
        let points =
            |nanos: &[i64]| -> Vec<f64> { nanos.iter().map(|nanos| Price::from_nanos(*nanos).to_f64()).collect() };
        let prices = [points(&bars.open), points(&bars.high), points(&bars.low), points(&bars.close)];
        let timestamp: Vec<i64> = match closes {
            Some(closes) => {
                let close = |open: &i64| closes.of(UnixNanos::from_nanos(*open)).map(UnixNanos::nanos);
                bars.ts.iter().map(close).collect::<Result<_, Failure>>()?
            }
            None => std::mem::take(&mut bars.ts),
        };
        let columns =
            BarColumns { timestamp: &timestamp, prices: prices.each_ref().map(Vec::as_slice), volume: &bars.volume };
        file.write(&columns).map_err(|error| refused(&error))
    });
    let metadata = metadata.await?;
    // The series is pinned by its id, so another digest would be another series.
    let served = metadata.get("pt.content_sha256").map(String::as_str);
    if served != Some(series.content_sha256()) {
        return Err(flight::broken(
            &name,
            &format!("content {served:?} came, {} was announced", series.content_sha256()),
        ));
    }
    file.finish().map_err(|error| refused(&error))
}

fn write_document(path: &Path, document: &Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::Internal(format!("writing {}: {error}", path.display())))?;
    let write = |mut file: &std::fs::File| {
        use std::io::Write as _;
        writeln!(file, "{text}").map_err(|source| FileError::Io { path: path.to_owned(), source })
    };
    write_whole(path, write).map_err(|error| refused(&error))
}

fn refused(error: &FileError) -> Failure {
    Failure::Input(error.to_string())
}
