//! `peakctl replay`: the built-in strategy over a stored dataset, with an evidence pack.

use std::time::Instant;

use peaktrade_domain::Usd;

use crate::cli::ReplayArgs;
use crate::context::Context;
use crate::datasets;
use crate::failure::Failure;
use crate::machine;
use crate::replay::{CrossoverParameters, Replay};
use crate::run_record::{self, RunRecord};
use crate::services::Services;
use crate::settings::Needs;

/// Replays and prints what came of it.
pub(crate) async fn run(context: &Context<'_>, arguments: ReplayArgs) -> Result<(), Failure> {
    let started = Instant::now();
    let gate = context.gate()?;
    let parameters = CrossoverParameters::new(arguments.fast, arguments.slow, arguments.position)
        .map_err(|error| Failure::Input(error.to_string()))?;
    let cash = arguments.cash.parse::<Usd>().map_err(|error| Failure::Input(format!("--cash: {error}")))?;
    if cash <= Usd::ZERO {
        return Err(Failure::Input(format!("--cash: {cash} is not above 0")));
    }
    let mut services = Services::connect(&context.settings, &gate, Needs::Trading).await?;
    let outcome = async {
        let dataset = datasets::find(&mut services.dataset, arguments.dataset.as_deref(), &arguments.root).await?;
        let session_id = machine::fresh_session_id("replay")?;
        let replay = Replay { session_id, dataset, parameters, cash, with_probes: false };
        run_record::replay_and_record(context, &gate, &services, replay, Vec::new()).await
    };
    let outcome = outcome.await;
    services.stop().await;
    let record: RunRecord = outcome?;
    let summary = record.summary(started.elapsed());
    context.output.result(&summary.document(), &summary.text())
}
