//! `peakctl rolls`: what a policy plans, and why a series rolled when and where it did.

mod diff;
mod page;
mod planned;

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::json;

use crate::cli::{ExplainArgs, RollsVerb};
use crate::context::Context;
use crate::datasets;
use crate::documents::{RollDocument, time};
use crate::failure::Failure;
use crate::services::{self, Services};
use crate::settings::Needs;

/// Runs a verb on rolls.
pub(super) async fn run(context: &Context<'_>, verb: RollsVerb) -> Result<(), Failure> {
    match verb {
        RollsVerb::Schedule(arguments) => planned::schedule(context, arguments).await,
        RollsVerb::Active(arguments) => planned::active(context, arguments).await,
        RollsVerb::Explain(arguments) => explain(context, arguments).await,
        RollsVerb::Diff(arguments) => diff::run(context, arguments).await,
    }
}

/// Explains each roll of a dataset.
async fn explain(context: &Context<'_>, arguments: ExplainArgs) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = explanations(&mut services, &arguments).await;
    let drawn = match (&outcome, &arguments.html) {
        (Ok((dataset_id, explanations)), Some(path)) => page::write(&services, dataset_id, explanations, path).await,
        _ => Ok(()),
    };
    services.stop().await;
    let (dataset_id, explanations) = outcome?;
    drawn?;
    if let Some(path) = &arguments.html {
        context.output.talk(&format!("{} written", path.display()));
    }
    let mut rolls = Vec::new();
    let mut text = format!("dataset {dataset_id}\n");
    for explanation in &explanations {
        let roll = explanation.roll.as_ref().map(RollDocument::new).transpose()?;
        let candidates = explanation.roll.iter().flat_map(|roll| &roll.candidates).map(candidate);
        let candidates = candidates.collect::<Result<Vec<_>, _>>()?;
        rolls.push(json!({ "roll": roll, "candidates": candidates, "text": explanation.text }));
        text.push_str(&format!("\n{}\n", explanation.text));
    }
    if explanations.is_empty() {
        text.push_str("no rolls in its range\n");
    }
    context.output.result(&json!({ "dataset_id": dataset_id, "explanations": rolls }), &text)
}

/// What one method says.
fn candidate(said: &dataset::SpreadCandidate) -> Result<serde_json::Value, Failure> {
    Ok(json!({
        "method": said.method,
        "spread": said.spread,
        "from_price": said.from_price,
        "from_time": time(said.from_time)?,
        "to_price": said.to_price,
        "to_time": time(said.to_time)?,
        "is_applied": said.is_applied,
        "problem": said.problem,
    }))
}

async fn explanations(
    services: &mut Services,
    arguments: &ExplainArgs,
) -> Result<(String, Vec<dataset::RollExplanation>), Failure> {
    let found = datasets::find(&mut services.dataset, arguments.dataset.as_deref(), &arguments.root).await?;
    let request = dataset::ExplainRollsRequest { dataset_id: found.dataset_id.clone() };
    let answer = services::long("explaining rolls", services.dataset.explain_rolls(request)).await?;
    Ok((found.dataset_id, answer.explanations))
}
