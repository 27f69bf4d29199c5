//! `peakctl rolls`: what a policy plans, and why a series rolled when and where it did.

mod diff;
mod page;
mod planned;

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::json;

use crate::cli::{ExplainArgs, RollsVerb};
use crate::context::Context;
use crate::datasets;
use crate::documents::{CandidateDocument, EvidencedRollDocument};
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

/// Digits of a digest that a person compares.
const SHORT_DIGITS: usize = 12;

/// Explains each roll of a dataset.
async fn explain(context: &Context<'_>, arguments: ExplainArgs) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let outcome = explanations(context, &mut services, &arguments).await;
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
        let roll = explanation.roll.as_ref().map(EvidencedRollDocument::new).transpose()?;
        let candidates = explanation.roll.iter().flat_map(|roll| &roll.candidates).map(CandidateDocument::new);
        let candidates = candidates.collect::<Result<Vec<_>, _>>()?;
        rolls.push(json!({ "roll": roll, "candidates": candidates, "text": explanation.text }));
        text.push_str(&format!("\n{}\n", explanation.text));
        text.extend(explanation.roll.iter().map(|roll| inputs(roll) + "\n"));
    }
    if explanations.is_empty() {
        text.push_str("no rolls in its range\n");
    }
    context.output.result(&json!({ "dataset_id": dataset_id, "explanations": rolls }), &text)
}

/// Of what bars and files a roll was measured, with the first digits of their digests.
fn inputs(roll: &dataset::Roll) -> String {
    let short = |digest: &String| digest.chars().take(SHORT_DIGITS).collect::<String>();
    let of = |contract: &str, content: &String, sources: &[String]| {
        let sources: Vec<String> = sources.iter().map(short).collect();
        format!("{contract} {} from vendor files {}", short(content), sources.join(", "))
    };
    format!(
        "Bars, by the first digits of their SHA-256: {}; {}.",
        of(&roll.from_symbol, &roll.from_content_sha256, &roll.from_source_sha256),
        of(&roll.to_symbol, &roll.to_content_sha256, &roll.to_source_sha256)
    )
}

async fn explanations(
    context: &Context<'_>,
    services: &mut Services,
    arguments: &ExplainArgs,
) -> Result<(String, Vec<dataset::RollExplanation>), Failure> {
    let named = arguments.dataset.as_deref();
    let found = datasets::find(&context.settings, &mut services.dataset, named, &arguments.root).await?;
    let request = dataset::ExplainRollsRequest { dataset_id: found.dataset_id.clone() };
    let answer = services::long("explaining rolls", services.dataset.explain_rolls(request)).await?;
    Ok((found.dataset_id, answer.explanations))
}
