//! The roll table of a dataset as a table of its own: one row a roll, with the evidence of its spread.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use peaktrade_continuous::{Adjustment, BarSize};
use peaktrade_domain::{Price, UnixNanos};
use peaktrade_store::{CommonMinutesRecord, DatasetManifest, RollRecord};
use serde_json::json;
use tonic::Status;

use super::address::{Address, Query};
use super::resolve;
use crate::control;
use crate::library::Library;

/// The columns, in order. Instants are UTC, prices index points, volumes contracts; `spread` is new minus old price,
/// `factor` is 1 + spread / old, and `cumulative_adjustment` the points that the roll brings to older bars with those after it.
/// The three columns of common minutes are empty where there were too few.
const COLUMNS: [(&str, Kind); 18] = [
    ("roll_ts", Kind::Instant),
    ("trade_date", Kind::Text),
    ("from_symbol", Kind::Text),
    ("to_symbol", Kind::Text),
    ("spread", Kind::Number),
    ("spread_method", Kind::Text),
    ("spread_time", Kind::Instant),
    ("to_time", Kind::Instant),
    ("from_price", Kind::Number),
    ("to_price", Kind::Number),
    ("from_volume", Kind::Count),
    ("to_volume", Kind::Count),
    ("stale_session_minutes", Kind::Count),
    ("common_minutes_median", Kind::NumberOrNone),
    ("common_minutes_min", Kind::NumberOrNone),
    ("common_minutes_max", Kind::NumberOrNone),
    ("factor", Kind::Number),
    ("cumulative_adjustment", Kind::Number),
];

#[derive(Clone, Copy)]
enum Kind {
    Instant,
    Text,
    Number,
    NumberOrNone,
    Count,
}

/// The dataset whose roll table a query asks for; `None` where it asks for bars.
pub(crate) async fn find(library: &Library, query: &Query) -> Result<Option<DatasetManifest>, Status> {
    let Address::Rolls { root, pin } = &query.address else { return Ok(None) };
    if query.start.is_some() || query.end.is_some() {
        return Err(Status::invalid_argument("start and end cut bars; a roll table comes whole"));
    }
    if !query.extra_columns.is_empty() {
        return Err(Status::invalid_argument("extra_columns are of bars; a roll table has its own columns alone"));
    }
    let root = library.admit(root)?;
    let manifest = match pin {
        Some(dataset_id) => control::find(library, *dataset_id).await?,
        None => resolve::newest(library, root, BarSize::OneMinute, Adjustment::BackAdjust).await?,
    };
    if manifest.inputs.root != root {
        let found = manifest.inputs.root;
        return Err(Status::not_found(format!("dataset {} is of {found}, not of {root}", manifest.dataset_id)));
    }
    resolve::check_calendar(library, &manifest)?;
    Ok(Some(manifest))
}

/// The dataset whose roll table a ticket is for: ours, or a query in its place; `None` for a ticket of bars.
pub(crate) async fn of_ticket(library: &Library, ticket: &[u8]) -> Result<Option<DatasetManifest>, Status> {
    if ticket.first() == Some(&resolve::TICKET_FIRST_BYTE) {
        return Ok(None);
    }
    find(library, &Query::of_command(ticket)?).await
}

/// Schema of the roll table of a dataset, with the identity of the dataset in its metadata.
pub(crate) fn schema(manifest: &DatasetManifest) -> SchemaRef {
    let field = |(name, kind): (&str, Kind)| {
        let (data_type, is_nullable) = match kind {
            Kind::Instant => (DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false),
            Kind::Text => (DataType::Utf8, false),
            Kind::Number => (DataType::Float64, false),
            Kind::NumberOrNone => (DataType::Float64, true),
            Kind::Count => (DataType::Int64, false),
        };
        Field::new(name, data_type, is_nullable)
    };
    let inputs = &manifest.inputs;
    let keys = [
        ("pt.format", "1".to_owned()),
        ("pt.dataset", format!("rolls/{}", inputs.root)),
        ("pt.root", inputs.root.to_string()),
        ("pt.dataset_id", manifest.dataset_id.to_string()),
        ("pt.adjust", inputs.method.clone()),
        ("pt.roll_policy", inputs.roll_policy.clone()),
        ("pt.as_of", inputs.as_of.to_string()),
        ("pt.from", inputs.from.to_string()),
        ("pt.to", inputs.to.to_string()),
        ("pt.calendar_sha256", inputs.calendar_sha256.to_string()),
        ("pt.row_count", manifest.rolls.len().to_string()),
    ];
    let keys = keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Arc::new(Schema::new_with_metadata(COLUMNS.map(field).to_vec(), keys))
}

/// The roll table of a dataset.
pub(crate) fn table(manifest: &DatasetManifest) -> Result<RecordBatch, Status> {
    let rolls = &manifest.rolls;
    let instants = |of: fn(&RollRecord) -> UnixNanos| -> ArrayRef {
        Arc::new(
            TimestampNanosecondArray::from_iter_values(rolls.iter().map(|roll| of(roll).nanos())).with_timezone("UTC"),
        )
    };
    let texts =
        |of: fn(&RollRecord) -> String| -> ArrayRef { Arc::new(StringArray::from_iter_values(rolls.iter().map(of))) };
    let numbers =
        |of: fn(&RollRecord) -> f64| -> ArrayRef { Arc::new(Float64Array::from_iter_values(rolls.iter().map(of))) };
    let minutes = |of: fn(&CommonMinutesRecord) -> Price| -> ArrayRef {
        Arc::new(Float64Array::from_iter(
            rolls.iter().map(|roll| roll.common_minutes.as_ref().map(|found| of(found).to_f64())),
        ))
    };
    let counts = |of: fn(&RollRecord) -> u64| -> Result<ArrayRef, Status> {
        let counts: Result<Vec<i64>, _> = rolls.iter().map(|roll| i64::try_from(of(roll))).collect();
        let counts =
            counts.map_err(|_| Status::data_loss(format!("{}: a volume is out of range", manifest.dataset_id)))?;
        Ok(Arc::new(Int64Array::from(counts)))
    };
    let columns = vec![
        instants(|roll| roll.roll_ts),
        texts(|roll| roll.trade_date.to_string()),
        texts(|roll| roll.from_symbol.to_string()),
        texts(|roll| roll.to_symbol.to_string()),
        numbers(|roll| roll.spread.to_f64()),
        texts(|roll| roll.method.clone()),
        instants(|roll| roll.spread_time),
        instants(|roll| roll.to_time.unwrap_or(roll.spread_time)),
        numbers(|roll| roll.from_price.to_f64()),
        numbers(|roll| roll.to_price.to_f64()),
        counts(|roll| roll.from_volume)?,
        counts(|roll| roll.to_volume)?,
        counts(|roll| u64::from(roll.stale_session_minutes))?,
        minutes(|found| found.median),
        minutes(|found| found.min),
        minutes(|found| found.max),
        numbers(factor),
        numbers(|roll| roll.cumulative_adjustment.to_f64()),
    ];
    RecordBatch::try_new(schema(manifest), columns).map_err(|error| Status::internal(format!("roll table: {error}")))
}

/// What the roll multiplies by: the new price by the spread, over the old one. For a median that is not the pair of closes
/// beside it.
fn factor(roll: &RollRecord) -> f64 {
    let new = roll.from_price.checked_add(roll.spread).unwrap_or(roll.to_price);
    new.to_f64() / roll.from_price.to_f64()
}

/// The ticket of the roll table of a dataset: a query that names it by its digest, so the same ticket gives the same rows.
pub(crate) fn ticket(manifest: &DatasetManifest) -> Vec<u8> {
    let pinned = format!("@{}", manifest.dataset_id);
    json!({ "path": ["rolls", manifest.inputs.root, pinned] }).to_string().into_bytes()
}
