//! Schema metadata of a served series: its whole identity, so that a saved file still says what it is.

use std::collections::BTreeMap;

use arrow_schema::SchemaRef;
use peaktrade_continuous::{Shift, cumulative_shifts};
use peaktrade_domain::{Calendar, ContractRoot, Sha256, UnixNanos};
use peaktrade_store::{ContractManifest, DatasetManifest, series_schema};
use serde_json::json;
use tonic::Status;

use crate::series::{BAR, series_request};

/// Bytes of the roll table in the metadata at most; a longer one is only named by its digest, so that the schema stays
/// a small message. Twenty years of rolls take 16 KiB.
const ROLLS_BYTES_MAX: usize = 16 * 1024;

/// What is known of the rows of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) count: u64,
    /// First and last open; `None` for no rows.
    pub(crate) reach: Option<(UnixNanos, UnixNanos)>,
    pub(crate) content_sha256: Sha256,
}

/// Schema of raw contract bars.
pub(crate) fn of_contract(manifest: &ContractManifest, calendar: &Calendar) -> Result<SchemaRef, Status> {
    let rows = Rows {
        count: manifest.rows,
        reach: Some((manifest.first_time, manifest.last_time)),
        content_sha256: manifest.content_sha256,
    };
    let sources = manifest.sources.iter().map(|source| source.sha256);
    let mut keys = shared((manifest.contract.root(), BAR), rows, calendar, sources)?;
    keys.insert("pt.dataset", format!("contract/{}/{BAR}", manifest.contract));
    keys.insert("pt.contract", manifest.contract.to_string());
    keys.insert("pt.adjust", "NONE".to_owned());
    keys.insert("pt.version", manifest.generation.to_string());
    keys.insert("pt.calendar_sha256", calendar.sha256().to_string());
    Ok(schema(keys))
}

/// Schema of a continuous series, looked at from an instant.
pub(crate) fn of_continuous(
    manifest: &DatasetManifest,
    as_of: Option<UnixNanos>,
    rows: Rows,
    calendar: &Calendar,
) -> Result<SchemaRef, Status> {
    let inputs = &manifest.inputs;
    let mut keys = shared((inputs.root, &inputs.bar), rows, calendar, manifest.sources.iter().copied())?;
    keys.insert("pt.dataset", format!("continuous/{}/{}/{}", inputs.root, inputs.bar, inputs.method));
    keys.insert("pt.dataset_id", manifest.dataset_id.to_string());
    keys.insert("pt.adjust", inputs.method.clone());
    keys.insert("pt.as_of", as_of.unwrap_or(inputs.as_of).to_string());
    keys.insert("pt.from", inputs.from.to_string());
    keys.insert("pt.to", inputs.to.to_string());
    keys.insert("pt.roll_policy", inputs.roll_policy.clone());
    keys.insert("pt.calendar_sha256", inputs.calendar_sha256.to_string());
    let contracts: Vec<String> = inputs.contracts.iter().map(|input| input.contract.to_string()).collect();
    keys.insert("pt.contracts", contracts.join(","));
    let variant = inputs.variant;
    if variant.regular_hours {
        keys.insert("pt.session", "rth".to_owned());
    }
    if variant.snap {
        keys.insert("pt.snap", "true".to_owned());
    }
    if variant.depth > 0 {
        keys.insert("pt.depth", variant.depth.to_string());
    }
    let rolls = rolls(manifest, as_of, calendar)?;
    keys.insert("pt.rolls_sha256", Sha256::of(rolls.as_bytes()).to_string());
    if rolls.len() <= ROLLS_BYTES_MAX {
        keys.insert("pt.rolls", rolls);
    }
    Ok(schema(keys))
}

/// The rolls applied, as a JSON array in order of time.
fn rolls(manifest: &DatasetManifest, as_of: Option<UnixNanos>, calendar: &Calendar) -> Result<String, Status> {
    let unreadable = |error: &dyn std::fmt::Display| Status::data_loss(format!("{}: {error}", manifest.dataset_id));
    let evidence = manifest.roll_evidence().map_err(|error| unreadable(&error))?;
    let request = series_request(calendar, manifest, as_of).map_err(|error| unreadable(&error))?;
    let cumulative = cumulative_shifts(&evidence, &request).map_err(|error| unreadable(&error))?;
    let rolls: Vec<serde_json::Value> = evidence
        .iter()
        .zip(cumulative)
        .map(|(roll, cumulative)| {
            let mut row = json!({
                "roll_ts": roll.roll_ts,
                "trade_date": roll.trade_date,
                "from_symbol": roll.from,
                "to_symbol": roll.to,
                "spread": roll.spread,
                "spread_time": roll.spread_time,
            });
            match cumulative {
                Shift::Points(points) => row["cumulative_adjustment"] = json!(points),
                Shift::Factor(factor) => {
                    row["from_price"] = json!(roll.from_price);
                    row["to_price"] = json!(roll.to_price);
                    row["cumulative_factor"] = json!(factor.to_string());
                }
            }
            row
        })
        .collect();
    Ok(serde_json::Value::Array(rolls).to_string())
}

fn shared(
    (root, bar): (ContractRoot, &str),
    rows: Rows,
    calendar: &Calendar,
    sources: impl Iterator<Item = Sha256>,
) -> Result<BTreeMap<&'static str, String>, Status> {
    let spec = calendar.spec(root).map_err(|error| Status::internal(error.to_string()))?;
    let mut sources: Vec<String> = sources.map(|source| source.to_string()).collect();
    sources.sort_unstable();
    let mut keys = BTreeMap::from([
        ("pt.format", "1".to_owned()),
        ("pt.root", root.to_string()),
        ("pt.timeframe", bar.to_owned()),
        ("pt.stamp", "open".to_owned()),
        ("pt.tz", "UTC".to_owned()),
        ("pt.price_encoding", "F64".to_owned()),
        ("pt.tick_size", spec.tick.to_string()),
        ("pt.point_value", spec.multiplier.to_string()),
        ("pt.currency", spec.currency.clone()),
        ("pt.row_count", rows.count.to_string()),
        ("pt.content_sha256", rows.content_sha256.to_string()),
        ("pt.sources_sha256", Sha256::of(sources.join("\n").as_bytes()).to_string()),
    ]);
    if let Some((first, last)) = rows.reach {
        keys.insert("pt.ts_min", first.to_string());
        keys.insert("pt.ts_max", last.to_string());
    }
    Ok(keys)
}

fn schema(keys: BTreeMap<&'static str, String>) -> SchemaRef {
    series_schema(keys.into_iter().map(|(key, value)| (key.to_owned(), value)))
}
