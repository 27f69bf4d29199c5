//! `peakctl demo`: the whole path on a synthetic market, in a store of its own.

use std::path::{Path, PathBuf};
use std::time::Instant;

use peaktrade_domain::Usd;
use peaktrade_gates::OfflineGate;
use serde_json::json;

use super::{import, preflight, validate};
use crate::context::Context;
use crate::demo_market;
use crate::failure::Failure;
use crate::machine;
use crate::replay::{CrossoverParameters, Replay};
use crate::run_record::{self, RunRecord};
use crate::services::Services;
use crate::settings::{Chosen, Needs, Settings};

/// Starting cash of the demo: enough margin for a position that turns round at once.
const CASH: Usd = Usd::from_micros(250_000 * Usd::SCALE);

/// Runs the demo.
pub(crate) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    let started = Instant::now();
    let gate = context.gate()?;
    let store = Store::choose(&context.settings)?;
    let context = &context.with_settings(&store.settings);
    check(context)?;
    let mut services = Services::connect(&store.settings, &gate, Needs::Trading).await?;
    let outcome = path(context, &gate, &mut services).await;
    services.stop().await;
    let summary = outcome?.summary(started.elapsed());
    let commands = store.next_commands(&summary.pack);
    let mut document = serde_json::to_value(summary.document())
        .map_err(|error| Failure::Internal(format!("writing the JSON document: {error}")))?;
    document["store"] = json!(store.folder.as_deref().map(machine::absolute));
    document["next_commands"] = json!(commands);
    let kept = store.folder.as_deref().map(|folder| format!("store     {}, yours to delete\n", folder.display()));
    let text = format!("{}{}\nTry next:\n  {}\n", summary.text(), kept.unwrap_or_default(), commands.join("\n  "));
    context.output.result(&document, &text)
}

/// Preflight: what fails here would fail later with less to say.
fn check(context: &Context<'_>) -> Result<(), Failure> {
    let mut checks = vec![preflight::gate_check()];
    checks.extend(preflight::local_checks(&context.settings));
    context.output.talk(&preflight::text(&checks));
    match preflight::failed(&checks) {
        0 => Ok(()),
        count => Err(Failure::Check(format!("{count} of {} checks failed", checks.len()))),
    }
}

/// Import, validate, build, replay, record.
async fn path(context: &Context<'_>, gate: &OfflineGate, services: &mut Services) -> Result<RunRecord, Failure> {
    let market = demo_market::load(&mut services.dataset, context.output).await?;
    context.output.talk(&import::summary(&market.imports));
    context.output.talk(&validate::summary(&market.validation));
    context.output.talk("The market is synthetic; what is missing in it is left out on purpose.\n");
    let replay = Replay {
        session_id: machine::fresh_session_id("demo")?,
        dataset: market.dataset,
        parameters: CrossoverParameters::BUILT_IN,
        cash: CASH,
        with_probes: true,
    };
    run_record::replay_and_record(context, gate, services, replay, market.imports).await
}

/// Where the demo keeps its bars and books.
struct Store {
    settings: Settings,
    /// Folder of an embedded store; services that run elsewhere have their own.
    folder: Option<PathBuf>,
}

impl Store {
    /// A fresh folder of the system's temporary ones for embedded services: never DATA_DIR, which is the user's.
    fn choose(settings: &Settings) -> Result<Self, Failure> {
        if settings.endpoints.choose(Needs::Trading)? != Chosen::Embedded {
            return Ok(Self { settings: settings.clone(), folder: None });
        }
        let name = format!("peaktrade-demo-{}-{}", machine::compact(machine::wall_clock()), machine::random_hex()?);
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).map_err(|error| Failure::from_file("making", &folder, &error))?;
        Ok(Self { settings: settings.with_store(&folder), folder: Some(folder) })
    }

    /// Four commands that work as printed, from the same folder.
    fn next_commands(&self, pack: &Path) -> Vec<String> {
        let pack = machine::shell_word(&pack.display().to_string());
        [
            // With the store, so that the digest is compared with the one its registry keeps.
            format!("evidence verify {pack}"),
            format!("rolls explain --root {}", demo_market::ROOT),
            format!("bars continuous/{}/1m/BACK_ADJUST --limit 5", demo_market::ROOT),
            format!("replay --root {} --fast 20 --slow 60", demo_market::ROOT),
        ]
        .iter()
        .map(|words| self.settings.command(words))
        .collect()
    }
}
