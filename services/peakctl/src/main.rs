//! The operator's command line.
//!
//! Data goes to stdout, talk to stderr; `--json` puts one document on stdout. Each kind of failure has an exit code of its
//! own, see [`failure::Failure`].
//!
//! What it does not do: it decides nothing about money. Bars, rolls, limits and fills come from the services, over gRPC and
//! Arrow Flight, also where a verb runs them in this process; what can be checked of their answers without trusting them is
//! checked here.

mod calendar_documents;
mod calendar_service;
mod chicago;
mod cli;
mod compat;
mod context;
mod datasets;
mod demo_market;
mod documents;
mod failure;
mod flight;
mod health;
mod illustrative;
mod machine;
mod output;
mod progress;
mod replay;
mod run_record;
mod services;
mod settings;
mod summary;
mod table;
mod vendor_file;
mod verbs;

use std::process::ExitCode;

use clap::Parser as _;
use peaktrade_runtime::telemetry::{self, StderrLog};
use tracing::Instrument as _;

use crate::cli::Cli;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::settings::Settings;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.global.json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli, output)),
        Err(error) => Err(Failure::Internal(format!("no runtime: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Runs the verb inside the span whose trace id goes through every service that it reaches.
async fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    // Log lines are for machines; a person sees them where the level was asked for on the command line.
    let stderr = if cli.global.log_level.is_some() { StderrLog::On } else { StderrLog::Off };
    let settings = Settings::resolve(cli.global, |name| std::env::var(name).ok());
    let telemetry = telemetry::init_with("peakctl", &settings.log_level, settings.otlp_endpoint.as_deref(), stderr)
        .map_err(|error| Failure::Input(error.to_string()))?;
    let context = Context { settings, output, telemetry: &telemetry };
    let name = cli.verb.name();
    let span = tracing::info_span!("command", otel.name = name, verb = name);
    let outcome = verbs::run(&context, cli.verb).instrument(span).await;
    telemetry.shutdown().await;
    outcome
}
