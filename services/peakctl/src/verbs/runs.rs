//! `peakctl runs`: what was run over a store.

use peaktrade_evidence::{RecordedRun, Registry};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::machine;
use crate::run_record::REGISTRY_FILE;
use crate::table;

/// Most runs of a listing; older ones stay in the registry.
const RUNS_MAX: u32 = 1_000;

/// Lists the newest runs, newest last. A store in which nothing was run yet has none.
pub(crate) fn list(context: &Context<'_>) -> Result<(), Failure> {
    let path = context.settings.data_dir.join(REGISTRY_FILE);
    let runs = if path.is_file() {
        Registry::open(&path)
            .and_then(|registry| registry.list(RUNS_MAX))
            .map_err(|error| Failure::Input(error.to_string()))?
    } else {
        Vec::new()
    };
    let documents: Vec<_> = runs.iter().map(document).collect();
    let rows: Vec<Vec<String>> = runs.iter().map(row).collect();
    let text = match rows.is_empty() {
        true => format!(
            "no runs in {}; `{}` records one over your bars, `{} demo` over a synthetic market\n",
            context.settings.data_dir.display(),
            context.settings.command("replay"),
            machine::program(),
        ),
        false => table::layout(&["started", "run", "orders", "fills", "P&L USD", "pack"], &rows),
    };
    context.output.result(&json!({ "runs": documents }), &text)
}

fn document(run: &RecordedRun) -> serde_json::Value {
    json!({
        "run_id": run.run_id.to_string(),
        "session_id": run.session_id,
        "started": run.started.to_string(),
        "finished": run.finished.to_string(),
        "pack": run.pack,
        "pack_sha256": run.pack_sha256.to_string(),
        "summary": run.summary,
    })
}

fn row(run: &RecordedRun) -> Vec<String> {
    let field = |name: &str| match &run.summary[name] {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    vec![
        run.started.to_string(),
        run.run_id.to_string()[..12].to_owned(),
        field("orders"),
        field("fills"),
        field("pnl_usd"),
        run.pack.display().to_string(),
    ]
}
