//! What a run is made of: its inputs name it.

use std::collections::BTreeMap;

use peaktrade_domain::{Sha256, Usd};
use peaktrade_evidence::run_id_of;
use peaktrade_gates::OfflineGate;
use serde::Serialize;

use crate::documents::ImportDocument;
use crate::failure::Failure;
use crate::replay::{CLOSING_BARS, CrossoverParameters, HOLE_DAYS, Probe, Replay, Replayed};

/// Everything that decides what a replay does. The same inputs have the same `run_id`, wherever and whenever they run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunInputs {
    /// Dataset whose continuous view is the signal and whose raw contract bars are traded.
    pub(crate) dataset_id: String,
    /// SHA-256 over the rows of the signal.
    pub(crate) content_sha256: String,
    /// SHA-256 of the calendar file.
    pub(crate) calendar_sha256: String,
    /// SHA-256 of the risk policy.
    pub(crate) policy_sha256: String,
    /// SHA-256 of the fee file.
    pub(crate) fees_sha256: String,
    /// SHA-256 of the margin file.
    pub(crate) margins_sha256: String,
    /// The strategy.
    pub(crate) strategy: StrategyInputs,
    /// Starting cash, US dollars.
    pub(crate) cash_usd: Usd,
    /// Orders sent to be blocked.
    pub(crate) probes: Vec<Probe>,
    /// The gates: the allowlist decides what is blocked, and the mode names the run.
    pub(crate) gates: BTreeMap<&'static str, String>,
    /// SHA-256 of each file imported for the run, by file name.
    pub(crate) imports: BTreeMap<String, String>,
    /// Version of this program.
    pub(crate) code_version: &'static str,
}

/// The strategy with its parameters, those of the driver included.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StrategyInputs {
    /// Name of the strategy.
    pub(crate) name: &'static str,
    /// Its parameters.
    #[serde(flatten)]
    pub(crate) parameters: CrossoverParameters,
    /// Bars before the end of a stretch at which the position is closed.
    pub(crate) closing_bars: u64,
    /// Days without a bar that end a stretch.
    pub(crate) hole_days: i64,
}

impl RunInputs {
    /// The inputs of a replay.
    pub(crate) fn new(gate: &OfflineGate, replay: &Replay, replayed: &Replayed, imports: &[ImportDocument]) -> Self {
        let hashes = imports.iter().map(|import| (import.file.clone(), import.file_sha256.clone()));
        Self {
            dataset_id: replay.dataset.dataset_id.clone(),
            content_sha256: replay.dataset.content_sha256.clone(),
            calendar_sha256: replay.dataset.calendar_sha256.clone(),
            policy_sha256: replayed.opened.policy_sha256.clone(),
            fees_sha256: replayed.opened.fees_sha256.clone(),
            margins_sha256: replayed.opened.margins_sha256.clone(),
            strategy: StrategyInputs {
                name: "moving_average_crossover",
                parameters: replay.parameters,
                closing_bars: CLOSING_BARS as u64,
                hole_days: HOLE_DAYS,
            },
            cash_usd: replay.cash,
            probes: replayed.probes.clone(),
            gates: gate.values().into_iter().collect(),
            imports: hashes.collect(),
            code_version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// The id of the run.
    pub(crate) fn run_id(&self) -> Result<Sha256, Failure> {
        run_id_of(self).map_err(|error| Failure::Internal(format!("run inputs: {error}")))
    }
}

#[cfg(test)]
mod tests;
