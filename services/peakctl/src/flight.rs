//! Bars over Arrow Flight: what is asked, what comes, and the check that it is what was announced.

use std::collections::BTreeMap;
use std::time::Duration;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{RecordBatch, types::ArrowPrimitiveType};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{FlightDescriptor, FlightInfo};
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

/// A series as it came.
#[derive(Debug)]
pub(crate) struct Series {
    /// The bars in order of time.
    pub(crate) bars: Bars,
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
}

impl SeriesQuery {
    /// A whole series.
    pub(crate) fn whole(path: &[&str]) -> Self {
        Self { path: path.iter().map(|&element| element.to_owned()).collect(), start: None, end: None }
    }

    /// A PATH descriptor for a whole series, a CMD with the JSON mapping of `BarQuery` for a part.
    fn descriptor(&self) -> FlightDescriptor {
        if self.start.is_none() && self.end.is_none() {
            return FlightDescriptor::new_path(self.path.clone());
        }
        let mut query = serde_json::Map::new();
        query.insert("path".to_owned(), self.path.clone().into());
        for (name, instant) in [("start", self.start), ("end", self.end)] {
            if let Some(instant) = instant {
                query.insert(name.to_owned(), instant.to_string().into());
            }
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
    let mut flight = flight.clone();
    let info = services::call(&format!("asking for {name}"), flight.get_flight_info(query.descriptor())).await?;
    let mut series = Series { bars: Bars::default(), metadata: BTreeMap::new() };
    for endpoint in &info.endpoint {
        let Some(ticket) = endpoint.ticket.clone() else {
            return Err(broken(&name, "an endpoint has no ticket"));
        };
        let stream = services::call(&format!("pulling {name}"), flight.do_get(ticket)).await?;
        let stream = stream.map_err(|status| FlightError::Tonic(Box::new(status)));
        let mut batches = FlightRecordBatchStream::new_from_flight_data(stream);
        while let Some(batch) = next_batch(&name, &mut batches).await? {
            take_metadata(&mut series, &batch);
            append(&mut series.bars, &batch).map_err(|problem| broken(&name, &problem))?;
            if series.bars.len() > ROWS_MAX {
                return Err(Failure::Input(format!("{name} has more than {ROWS_MAX} bars; ask for a part of it")));
            }
        }
        if let Some(schema) = batches.schema() {
            series.metadata.extend(schema.metadata().iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    check_against(&name, &info, &series.bars)?;
    Ok(series)
}

async fn next_batch(name: &str, batches: &mut FlightRecordBatchStream) -> Result<Option<RecordBatch>, Failure> {
    match tokio::time::timeout(BATCH_DEADLINE, batches.try_next()).await {
        Ok(Ok(batch)) => Ok(batch),
        Ok(Err(FlightError::Tonic(status))) => Err(Failure::from_status(&format!("pulling {name}"), &status)),
        Ok(Err(error)) => Err(broken(name, &error.to_string())),
        Err(_) => Err(Failure::Unavailable(format!("pulling {name}: no batch within {} s", BATCH_DEADLINE.as_secs()))),
    }
}

fn take_metadata(series: &mut Series, batch: &RecordBatch) {
    if series.metadata.is_empty() {
        series.metadata = batch.schema().metadata().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    }
}

/// The announced number of rows and the invariants of bars, checked where the rows enter this program.
fn check_against(name: &str, info: &FlightInfo, bars: &Bars) -> Result<(), Failure> {
    if info.total_records >= 0 && u64::try_from(info.total_records) != Ok(bars.len() as u64) {
        return Err(broken(name, &format!("{} rows were announced and {} came", info.total_records, bars.len())));
    }
    bars.check_invariants().map_err(|error| broken(name, &error.to_string()))
}

fn append(bars: &mut Bars, batch: &RecordBatch) -> Result<(), String> {
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
    bars.volume.extend_from_slice(column::<Int64Type>(batch, "volume")?);
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

fn broken(name: &str, problem: &str) -> Failure {
    Failure::Internal(format!("series {name}: {problem}"))
}
