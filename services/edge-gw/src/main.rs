//! The one container of the compose stack with a published port: it copies bytes between fixed pairs of addresses.
//!
//! The network on which the services live has no way in and no way out. This forwarder stands on it and on a second
//! network whose default route leads nowhere, listens on the ports that the host publishes on loopback, and dials exactly
//! the peers named when it started.
//!
//! What it does *not* do: it reads no byte of what it carries, chooses no target by what a client says, keeps no state,
//! and accepts no target outside its own network ([`route::Route`] refuses dotted names and foreign addresses).
//!
//! ```text
//! EDGE_ROUTES="0.0.0.0:9121=calendar:9121 0.0.0.0:9122=dataset:9122" edge-gw
//! EDGE_ROUTES="0.0.0.0:9121=calendar:9121 0.0.0.0:9122=dataset:9122" edge-gw --healthcheck
//! ```

mod forward;
mod log;
mod route;

use std::process::ExitCode;

use peaktrade_gates::{EXIT_GATE, OfflineGate};
use tokio::signal::unix::{SignalKind, signal};

/// Routes, separated by white space; one variable serves the forwarder and its health check alike.
const ROUTES_VARIABLE: &str = "EDGE_ROUTES";
/// Exit code for a command line that cannot be used, as clap gives it for the other binaries.
const EXIT_USAGE: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_healthcheck = match arguments.as_slice() {
        [] => false,
        [flag] if flag == "--healthcheck" => true,
        other => {
            log::error("unknown arguments, only --healthcheck is allowed", &format_args!("{other:?}"));
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let routes = match route::parse_all(&std::env::var(ROUTES_VARIABLE).unwrap_or_default()) {
        Ok(routes) => routes,
        Err(problems) => {
            log::error("EDGE_ROUTES cannot be used", &problems);
            return ExitCode::from(EXIT_USAGE);
        }
    };
    if is_healthcheck {
        return if forward::is_listening(&routes).await { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    // A name or value that is no UTF-8 can be no allowed gate value, but it must be looked at, not panicked on.
    let variables = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
    let gate = match OfflineGate::check(variables) {
        Ok(gate) => gate,
        Err(violations) => {
            log::error("refused by the offline gates", &violations);
            return ExitCode::from(
                u8::try_from(EXIT_GATE).expect("the gate exit code is a process exit code, below 256"),
            );
        }
    };
    match run(gate, &routes).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error("cannot forward", &error);
            ExitCode::FAILURE
        }
    }
}

/// Forwards until SIGTERM or SIGINT. Connections are cut then: a forwarder has nothing to finish.
async fn run(gate: OfflineGate, routes: &[route::Route]) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let forwarder = forward::Forwarder::bind(gate, routes).await?;
    for route in routes {
        log::info("forwarding", route);
    }
    tokio::select! {
        () = forwarder.serve() => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
