//! A replay and its record: evidence pack, registry row, summary.

mod artifacts;
mod inputs;
mod legs;
mod metrics;
mod picture;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use peaktrade_domain::{Sha256, UnixNanos, Usd};
use peaktrade_evidence::{PackContents, RecordedRun, Registry, WrittenPack, write_pack};
use peaktrade_gates::OfflineGate;
use peaktrade_runtime::metrics::process;
use peaktrade_runtime::telemetry;
use serde_json::{Value, json};

use crate::context::Context;
use crate::documents::{DatasetDocument, ImportDocument};
use crate::failure::Failure;
use crate::machine;
use crate::replay::{self, Replay, Replayed};
use crate::services::Services;
use crate::settings::Settings;
use crate::summary::{RollSummary, Summary};
use inputs::RunInputs;

/// A run that is on record.
pub(crate) struct RunRecord {
    pack: PathBuf,
    report: PathBuf,
    run_id: Sha256,
    session_id: String,
    imports: Vec<ImportDocument>,
    dataset: DatasetDocument,
    rolls: Vec<RollSummary>,
    orders: u64,
    fills: u64,
    blocks: BTreeMap<String, u64>,
    cash: Usd,
    profit: Usd,
    fees: Usd,
    fills_checked: u64,
}

/// File of the registry below DATA_DIR.
pub(crate) const REGISTRY_FILE: &str = "registry.sqlite";

/// Replays, writes the evidence pack, and records the run.
pub(crate) async fn replay_and_record(
    context: &Context<'_>,
    gate: &OfflineGate,
    services: &Services,
    replay: Replay,
    imports: Vec<ImportDocument>,
) -> Result<RunRecord, Failure> {
    let log = RunLog::start(context, &replay.session_id)?;
    let started = machine::wall_clock();
    let replayed = replay::run(services, &replay, context.output).await?;
    tracing::info!(orders = replayed.decisions.len(), fills = replayed.fills, "replay ends");
    let metrics = metrics::snapshot(services, &context.settings).await?;
    let finished = machine::wall_clock();
    let inputs = RunInputs::new(gate, &replay, &replayed, &imports);
    let run_id = inputs.run_id()?;
    let dataset = DatasetDocument::new(&replay.dataset)?;
    let contents = PackContents {
        run_id,
        started,
        env: &environment(gate, &replay, started, finished),
        config: &json!({ "inputs": inputs, "account": replay::ACCOUNT }),
        run_manifest: &json!({ "run_id": run_id.to_string(), "inputs": inputs, "dataset": dataset }),
        metrics: &metrics,
        logs: &log.finish(context)?,
        report: &picture::report(&replay, &replayed, &inputs, run_id, &services.calendar)?,
        artifacts: &artifacts::artifacts(&replay, &replayed, &imports)?,
    };
    let written = write_pack(&context.settings.evidence_dir, &contents)
        .map_err(|error| Failure::Input(format!("evidence pack: {error}")))?;
    let record = RunRecord::new(run_id, &written, replay, replayed, dataset, imports)?;
    register(&context.settings, &record, &written, started, finished)?;
    Ok(record)
}

impl RunRecord {
    fn new(
        run_id: Sha256,
        written: &WrittenPack,
        replay: Replay,
        replayed: Replayed,
        dataset: DatasetDocument,
        imports: Vec<ImportDocument>,
    ) -> Result<Self, Failure> {
        let pairs = dataset.rolls.iter().zip(&replayed.rolls);
        let rolls = pairs.map(|(roll, planned)| legs::summary(roll, planned, &replayed.executions));
        Ok(Self {
            pack: written.path.clone(),
            report: written.report.clone(),
            run_id,
            session_id: replay.session_id,
            imports,
            rolls: rolls.collect::<Result<_, _>>()?,
            dataset,
            orders: replayed.decisions.len() as u64,
            fills: replayed.fills,
            blocks: replayed.blocks,
            cash: replay.cash,
            profit: replayed.audit.profit_from_fills_usd,
            fees: replayed.fees,
            fills_checked: replayed.audit.fills_within_raw_bars,
        })
    }

    /// The summary, with what the command cost.
    pub(crate) fn summary(self, wall: Duration) -> Summary {
        Summary {
            run_id: self.run_id.to_string(),
            session_id: self.session_id,
            pack: self.pack,
            report: self.report,
            imports: self.imports,
            dataset: self.dataset,
            rolls: self.rolls,
            orders: self.orders,
            fills: self.fills,
            blocks: self.blocks,
            cash: self.cash,
            profit: self.profit,
            fees: self.fees,
            fills_checked: self.fills_checked,
            wall,
            peak_rss_bytes: process::memory().map(|memory| memory.resident_bytes_peak),
        }
    }
}

/// `env.json`: all that differs between two executions of one run.
fn environment(gate: &OfflineGate, replay: &Replay, started: UnixNanos, finished: UnixNanos) -> Value {
    json!({
        "started": started.to_string(),
        "finished": finished.to_string(),
        "session_id": replay.session_id,
        "trace_id": telemetry::current_trace_id(),
        "host": machine::host_name(),
        "operating_system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "processors": std::thread::available_parallelism().ok().map(std::num::NonZero::get),
        "program": { "name": "peakctl", "version": env!("CARGO_PKG_VERSION"), "sha256": machine::program_sha256().map(|sha| sha.to_string()) },
        "gates": gates(gate),
    })
}

fn gates(gate: &OfflineGate) -> BTreeMap<&'static str, String> {
    gate.values().into_iter().collect()
}

fn register(
    settings: &Settings,
    record: &RunRecord,
    written: &WrittenPack,
    started: UnixNanos,
    finished: UnixNanos,
) -> Result<(), Failure> {
    let path = settings.data_dir.join(REGISTRY_FILE);
    std::fs::create_dir_all(&settings.data_dir)
        .map_err(|error| Failure::from_file("making", &settings.data_dir, &error))?;
    let run = RecordedRun {
        run_id: record.run_id,
        session_id: record.session_id.clone(),
        started,
        finished,
        pack: PathBuf::from(machine::absolute(&written.path)),
        pack_sha256: written.pack_sha256,
        summary: json!({
            "dataset_id": record.dataset.dataset_id,
            "orders": record.orders,
            "fills": record.fills,
            "blocks": record.blocks,
            "pnl_usd": record.profit.to_string(),
        }),
    };
    Registry::open(&path).and_then(|registry| registry.append(&run)).map_err(|error| Failure::Input(error.to_string()))
}

/// The log lines of one run, kept in a scratch file until the pack takes them.
struct RunLog {
    path: PathBuf,
}

impl RunLog {
    fn start(context: &Context<'_>, session_id: &str) -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("peakctl-{session_id}.ndjson"));
        context.telemetry.attach_file(&path).map_err(|error| Failure::from_file("writing", &path, &error))?;
        Ok(Self { path })
    }

    fn finish(&self, context: &Context<'_>) -> Result<Vec<u8>, Failure> {
        context.telemetry.detach_file();
        std::fs::read(&self.path).map_err(|error| Failure::from_file("reading", &self.path, &error))
    }
}

/// Also where the run failed: a scratch file is nobody's to clean up.
impl Drop for RunLog {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
