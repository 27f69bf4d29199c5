//! One file per verb.

mod bars;
mod build;
mod calendar;
mod contracts;
mod datasets;
mod demo;
mod evidence;
mod export;
mod health;
mod import;
mod preflight;
mod replay;
mod rolls;
mod runs;
mod settlements;
mod up;
mod validate;
mod vendor_series;

use peaktrade_runtime::telemetry;

use crate::cli::{EvidenceVerb, RunsVerb, Verb};
use crate::context::Context;
use crate::failure::Failure;

/// Runs a verb. Those that reach a service say under which trace id its log lines can be found; a
/// look-up in the calendar says so only where details are asked for.
pub(crate) async fn run(context: &Context<'_>, verb: Verb) -> Result<(), Failure> {
    if verb.reaches_services() {
        if (!verb.is_look_up() || context.is_verbose())
            && let Some(trace_id) = telemetry::current_trace_id()
        {
            context.output.talk(&format!("trace {trace_id}"));
        }
        tracing::info!(verb = verb.name(), "command starts");
    }
    match verb {
        Verb::Demo => demo::run(context).await,
        Verb::Up(arguments) => up::run(context, arguments).await,
        Verb::Health => health::run(context).await,
        Verb::Preflight => preflight::run(context).await,
        Verb::Import(arguments) => import::run(context, arguments).await,
        Verb::Validate(arguments) => validate::run(context, arguments).await,
        Verb::Build(arguments) => build::run(context, arguments).await,
        Verb::Bars(arguments) => bars::run(context, arguments).await,
        Verb::Export(arguments) => export::run(context, arguments).await,
        Verb::Replay(arguments) => replay::run(context, arguments).await,
        Verb::Calendar(verb) => calendar::run(context, verb).await,
        Verb::Contracts(verb) => contracts::run(context, verb).await,
        Verb::Datasets(verb) => datasets::run(context, verb).await,
        Verb::Rolls(verb) => rolls::run(context, verb).await,
        Verb::Settlements(verb) => settlements::run(context, verb).await,
        Verb::VendorSeries(verb) => vendor_series::run(context, verb).await,
        Verb::Evidence(EvidenceVerb::Verify(arguments)) => evidence::verify(context, &arguments),
        Verb::Runs(RunsVerb::List) => runs::list(context),
    }
}
