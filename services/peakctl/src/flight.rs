//! Bars over Arrow Flight: what is asked, what comes, and the check that it is what was announced.

use std::collections::BTreeMap;
use std::time::Duration;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{RecordBatch, types::ArrowPrimitiveType};
use arrow_flight::FlightDescriptor;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::flight_service_client::FlightServiceClient;
use futures_util::TryStreamExt as _;
use peaktrade_continuous::Bars;
use peaktrade_domain::{Price, UnixNanos};
use peaktrade_runtime::client::Channel;

use crate::failure::Failure;
use crate::services;

/// Longest wait for the next batch of a stream.
const BATCH_DEADLINE: Duration = Duration::from_secs(30);
/// Most rows that this client takes into memory: twenty years of one-minute bars, 500 MB.
const ROWS_MAX: usize = 8_000_000;

/// Key of the metadata by which a vendor's series says that it has no volume.
const HAS_VOLUME: &str = "pt.has_volume";

/// A series as it came.
#[derive(Debug)]
pub(crate) struct Series {
    /// The bars in order of time; volumes are zeros to be passed over where the series has none.
    pub(crate) bars: Bars,
    /// Whether the series has a volume; a vendor's may have none.
    pub(crate) has_volume: bool,
    /// Columns asked for beside the bars' own, as text, each as long as the bars.
    pub(crate) extra: Vec<Vec<String>>,
    /// Metadata of the schema.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Which series, and which part of it.
#[derive(Clone, Debug)]
pub(crate) struct SeriesQuery {
    /// Elements of the descriptor's path.
    pub(crate) path: Vec<String>,
    /// First open instant, inclusive.
    pub(crate) start: Option<UnixNanos>,
    /// End, exclusive.
    pub(crate) end: Option<UnixNanos>,
    /// Columns beside the bars' own.
    pub(crate) extra_columns: Vec<String>,
}

impl SeriesQuery {
    /// A whole series.
    pub(crate) fn whole(path: &[&str]) -> Self {
        Self {
            path: path.iter().map(|&element| element.to_owned()).collect(),
            start: None,
            end: None,
            extra_columns: Vec::new(),
        }
    }

    /// A PATH descriptor for a whole series, a CMD with the JSON mapping of `BarQuery` for a part.
    fn descriptor(&self) -> FlightDescriptor {
        if self.start.is_none() && self.end.is_none() && self.extra_columns.is_empty() {
            return FlightDescriptor::new_path(self.path.clone());
        }
        let mut query = serde_json::Map::new();
        query.insert("path".to_owned(), self.path.clone().into());
        for (name, instant) in [("start", self.start), ("end", self.end)] {
            if let Some(instant) = instant {
                query.insert(name.to_owned(), instant.to_string().into());
            }
        }
        if !self.extra_columns.is_empty() {
            query.insert("extra_columns".to_owned(), self.extra_columns.clone().into());
        }
        FlightDescriptor {
            r#type: DescriptorType::Cmd.into(),
            cmd: serde_json::Value::Object(query).to_string().into(),
            path: Vec::new(),
        }
    }
}

/// Resolves a query and pulls its bars.
pub(crate) async fn pull(flight: &FlightServiceClient<Channel>, query: &SeriesQuery) -> Result<Series, Failure> {
    let name = query.path.join("/");
    let mut bars = Bars::default();
    let mut extra = vec![Vec::new(); query.extra_columns.len()];
    let stream = stream(flight, query, |batch| {
        append(&mut bars, batch).map_err(|problem| broken(&name, &problem))?;
        for (column, texts) in query.extra_columns.iter().zip(&mut extra) {
            append_texts(texts, batch, column).map_err(|problem| broken(&name, &problem))?;
        }
        if bars.len() > ROWS_MAX {
            return Err(Failure::Input(format!("{name} has more than {ROWS_MAX} bars; ask for a part of it")));
        }
        Ok(())
    });
    let metadata = stream.await?;
    bars.check_invariants().map_err(|error| broken(&name, &error.to_string()))?;
    let has_volume = metadata.get(HAS_VOLUME).is_none_or(|told| told != "false");
    Ok(Series { bars, has_volume, extra, metadata })
}

/// Resolves a query and gives its batches as they come; returns the metadata of the schema. That as many rows came as
/// were announced is checked here, what is in them by who takes them.
pub(crate) async fn stream(
    flight: &FlightServiceClient<Channel>,
    query: &SeriesQuery,
    mut take: impl FnMut(&RecordBatch) -> Result<(), Failure>,
) -> Result<BTreeMap<String, String>, Failure> {
    let name = query.path.join("/");
    let mut flight = flight.clone();
    let info = services::call(&format!("asking for {name}"), flight.get_flight_info(query.descriptor())).await?;
    let mut metadata = BTreeMap::new();
    let mut rows = 0;
    for endpoint in &info.endpoint {
        let Some(ticket) = endpoint.ticket.clone() else {
            return Err(broken(&name, "an endpoint has no ticket"));
        };
        let stream = services::call(&format!("pulling {name}"), flight.do_get(ticket)).await?;
        let stream = stream.map_err(|status| FlightError::Tonic(Box::new(status)));
        let mut batches = FlightRecordBatchStream::new_from_flight_data(stream);
        while let Some(batch) = next_batch(&name, &mut batches).await? {
            rows += batch.num_rows();
            take(&batch)?;
        }
        if let Some(schema) = batches.schema() {
            metadata.extend(schema.metadata().iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    if info.total_records >= 0 && u64::try_from(info.total_records) != Ok(rows as u64) {
        return Err(broken(&name, &format!("{} rows were announced and {rows} came", info.total_records)));
    }
    Ok(metadata)
}

async fn next_batch(name: &str, batches: &mut FlightRecordBatchStream) -> Result<Option<RecordBatch>, Failure> {
    match tokio::time::timeout(BATCH_DEADLINE, batches.try_next()).await {
        Ok(Ok(batch)) => Ok(batch),
        Ok(Err(FlightError::Tonic(status))) => Err(Failure::from_status(&format!("pulling {name}"), &status)),
        Ok(Err(error)) => Err(broken(name, &error.to_string())),
        Err(_) => Err(Failure::Unavailable(format!("pulling {name}: no batch within {} s", BATCH_DEADLINE.as_secs()))),
    }
}

/// Appends the bars of a batch; what is wrong with one that has none.
pub(crate) fn append(bars: &mut Bars, batch: &RecordBatch) -> Result<(), String> {
    bars.ts.extend_from_slice(column::<TimestampNanosecondType>(batch, "timestamp")?);
    for (name, target) in
        [("open", &mut bars.open), ("high", &mut bars.high), ("low", &mut bars.low), ("close", &mut bars.close)]
    {
        for points in column::<Float64Type>(batch, name)? {
            let price = Price::from_f64_exact(*points)
                .ok_or_else(|| format!("column {name} holds {points}, which is no price of at most 9 decimals"))?;
            target.push(price.nanos());
        }
    }
    if batch.schema_ref().metadata().get(HAS_VOLUME).is_some_and(|told| told == "false") {
        bars.volume.resize(bars.ts.len(), 0);
    } else {
        bars.volume.extend_from_slice(column::<Int64Type>(batch, "volume")?);
    }
    Ok(())
}

/// Appends a column that is no number of a bar, as text.
fn append_texts(texts: &mut Vec<String>, batch: &RecordBatch, name: &str) -> Result<(), String> {
    let array = batch.column_by_name(name).ok_or_else(|| format!("column {name} is missing"))?;
    if let Some(array) = array.as_string_opt::<i32>() {
        texts.extend(array.iter().map(|text| text.unwrap_or_default().to_owned()));
    } else if array.as_primitive_opt::<Int32Type>().is_some() {
        texts.extend(column::<Int32Type>(batch, name)?.iter().map(ToString::to_string));
    } else {
        for days in column::<Date32Type>(batch, name)? {
            let date = Date32Type::to_naive_date_opt(*days).ok_or_else(|| format!("{days} days are no date"))?;
            texts.push(date.to_string());
        }
    }
    Ok(())
}

fn column<'a, T: ArrowPrimitiveType>(batch: &'a RecordBatch, name: &str) -> Result<&'a [T::Native], String> {
    let array = batch.column_by_name(name).ok_or_else(|| format!("column {name} is missing"))?;
    let array = array
        .as_primitive_opt::<T>()
        .ok_or_else(|| format!("column {name} is {}, expected {}", array.data_type(), T::DATA_TYPE))?;
    if arrow_array::Array::null_count(array) > 0 {
        return Err(format!("column {name} holds nulls"));
    }
    Ok(array.values())
}

/// A series that is not what it should be.
pub(crate) fn broken(name: &str, problem: &str) -> Failure {
    Failure::Internal(format!("series {name}: {problem}"))
}
