//! The life of a service binary: gates, settings, telemetry, start, wait, drain.

mod health_check;

use std::fmt;
use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use peaktrade_config::{Arguments, Key, Setting, Settings, Sources, keys, load};
use peaktrade_gates::{EXIT_GATE, OfflineGate, process_environment};

use crate::serve::Running;
use crate::service::StartError;
use crate::telemetry;

/// Exit code after a stop that was asked for.
pub const EXIT_OK: u8 = 0;
/// Exit code of `--healthcheck` where the service does not answer that it serves.
pub const EXIT_UNHEALTHY: u8 = 1;
/// Exit code where a gate does not hold.
pub const EXIT_GATES: u8 = EXIT_GATE as u8;
/// Exit code where settings, or a file that they name, are wrong.
pub const EXIT_CONFIGURATION: u8 = 65;
/// Exit code where a port is taken or another service does not answer.
pub const EXIT_UNAVAILABLE: u8 = 69;
/// Exit code of every other failure.
pub const EXIT_INTERNAL: u8 = 70;

const SWITCHES: [&str; 3] = ["help", "version", "healthcheck"];

/// What a service binary is.
#[derive(Clone, Copy)]
pub struct Program {
    /// Name of the binary and of the service. Example: "risk-gate".
    pub name: &'static str,
    /// Version, from the crate.
    pub version: &'static str,
    /// One line of what it does.
    pub about: &'static str,
    /// Its gRPC port, which `--healthcheck` asks.
    pub listen: &'static Key<SocketAddr>,
    /// Every setting it reads; the port above, log level, OTLP endpoint and drain deadline are added where they are not
    /// listed.
    pub settings: &'static [&'static dyn Setting],
}

/// Settings of every service binary.
const COMMON: [&dyn Setting; 3] = [&keys::LOG_LEVEL, &keys::OTEL_EXPORTER_OTLP_ENDPOINT, &keys::DRAIN_SECONDS];

/// Runs a service binary from its arguments to its exit code.
///
/// The gates are checked first; `start` gets their proof and the settings, and is called inside the runtime with
/// telemetry up. Everything that stops the program is said on standard error.
pub fn run<F, S>(program: Program, start: F) -> ExitCode
where
    F: FnOnce(OfflineGate, Settings) -> S,
    S: Future<Output = Result<Running, StartError>>,
{
    let mut arguments = Arguments::parse(std::env::args().skip(1), &SWITCHES);
    if arguments.has("help") {
        return say(&program.help());
    }
    if arguments.has("version") {
        return say(&format!("{} {}\n", program.name, program.version));
    }
    let environment = process_environment();
    let is_health_check = arguments.has("healthcheck");
    // A health check binds nothing and serves nobody, and its container has refused already where a gate is wrong.
    let gate = match OfflineGate::check(environment.iter().cloned()) {
        Ok(gate) => Some(gate),
        Err(_) if is_health_check => None,
        Err(violations) => return refuse(program.name, violations, EXIT_GATES),
    };
    let file = arguments.take("config").map(PathBuf::from);
    let settings = match load(&program.all_settings(), Sources { file, environment, arguments }) {
        Ok(settings) => settings,
        Err(problems) => return refuse(program.name, problems, EXIT_CONFIGURATION),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(program.name, error, EXIT_INTERNAL),
    };
    match gate {
        Some(gate) if !is_health_check => runtime.block_on(serve(program, gate, settings, start)),
        Some(_) | None => match runtime.block_on(health_check::check(settings.get(program.listen))) {
            Ok(()) => ExitCode::from(EXIT_OK),
            Err(problem) => refuse(program.name, problem, EXIT_UNHEALTHY),
        },
    }
}

async fn serve<F, S>(program: Program, gate: OfflineGate, settings: Settings, start: F) -> ExitCode
where
    F: FnOnce(OfflineGate, Settings) -> S,
    S: Future<Output = Result<Running, StartError>>,
{
    let log_level = settings.get(&keys::LOG_LEVEL);
    let endpoint = settings.get(&keys::OTEL_EXPORTER_OTLP_ENDPOINT);
    let endpoint = endpoint.as_ref().map(peaktrade_config::Endpoint::as_str);
    let telemetry = match telemetry::init(program.name, log_level.as_str(), endpoint) {
        Ok(telemetry) => telemetry,
        Err(error) => return refuse(program.name, error, EXIT_CONFIGURATION),
    };
    let drain_deadline = settings.get(&keys::DRAIN_SECONDS);
    log_panics();
    let outcome = match start(gate, settings).await {
        Ok(running) => running.with_drain_deadline(drain_deadline).wait_for_signal_then_stop().await,
        Err(error) => Err(error),
    };
    let code = match &outcome {
        Ok(_drained) => EXIT_OK,
        Err(error) => {
            let code = exit_code(error);
            tracing::error!(%error, exit_code = code, "stopped by a failure");
            code
        }
    };
    telemetry.shutdown().await;
    ExitCode::from(code)
}

/// Panics become log lines, so that standard error stays NDJSON; the process goes on, as where a handler panics.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(location, error = message, "panic");
    }));
}

impl Program {
    fn all_settings(&self) -> Vec<&'static dyn Setting> {
        let listen: &'static dyn Setting = self.listen;
        let mut settings: Vec<&'static dyn Setting> = Vec::new();
        for setting in [listen].into_iter().chain(self.settings.iter().copied()).chain(COMMON) {
            if settings.iter().all(|listed| listed.name() != setting.name()) {
                settings.push(setting);
            }
        }
        settings
    }

    fn help(&self) -> String {
        let mut text = format!(
            "{}\n\nUsage: {} [--config FILE] [--SETTING VALUE]...\n       {} --healthcheck | --version | --help\n\n\
             Settings, by flag, environment variable or key of the file (stronger first):\n",
            self.about, self.name, self.name
        );
        for setting in self.all_settings() {
            let default = match (setting.default_text(), setting.is_required()) {
                (Some(default), _) => format!("default {default}"),
                (None, true) => "required".to_owned(),
                (None, false) => "optional".to_owned(),
            };
            let name = setting.name();
            text.push_str(&format!("  --{:<28} {name:<28} {}; {default}\n", setting.flag(), setting.help()));
        }
        text.push_str(
            "\nThe gates come from the environment alone: PEAK_OFFLINE=1 LIVE_TRADING=0 BROKER_MODE=replay|paper\n\
             INSTRUMENT_ALLOWLIST=NQ,MNQ (or one of them) CME_FUTURES_ENABLED=1, and no broker credential.\n\n\
             Exit codes: 0 stopped as asked, 1 --healthcheck found no serving service, 64 a gate does not hold,\n\
             65 a setting or a file it names is wrong, 69 a port is taken or another service is away, 70 other failure.\n",
        );
        text
    }
}

/// The exit code that tells an operator, or an orchestrator, what kind of failure it was.
fn exit_code(error: &StartError) -> u8 {
    match error {
        StartError::Configuration { .. } => EXIT_CONFIGURATION,
        StartError::Bind { .. } | StartError::Unavailable { .. } => EXIT_UNAVAILABLE,
        StartError::Internal { .. } => EXIT_INTERNAL,
    }
}

/// Data asked for goes to standard output; a reader that has gone away is no failure.
fn say(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::from(EXIT_OK)
}

/// One line per problem on standard error, which is all there is before telemetry is up.
fn refuse(name: &str, problems: impl fmt::Display, code: u8) -> ExitCode {
    let mut lines = String::new();
    for line in problems.to_string().lines() {
        lines.push_str(&format!("{name}: {line}\n"));
    }
    let _ = std::io::stderr().write_all(lines.as_bytes());
    ExitCode::from(code)
}
