//! The calendar service as a process.

use std::net::SocketAddr;
use std::process::ExitCode;

use peaktrade_calendar::{Config, NAME};
use peaktrade_config::{Key, Setting, keys};
use peaktrade_runtime::MetricsTarget;
use peaktrade_runtime::program::{self, Program};

static LISTEN: Key<SocketAddr> = keys::listen("127.0.0.1:9121");
static METRICS_LISTEN: Key<SocketAddr> = keys::metrics_listen("127.0.0.1:9115");
static SETTINGS: [&dyn Setting; 2] = [&METRICS_LISTEN, &keys::CALENDAR_FILE];

fn main() -> ExitCode {
    let program = Program {
        name: NAME,
        version: env!("CARGO_PKG_VERSION"),
        about: "Answers questions about sessions, contracts and rolls, and hands out the calendar file by hash.",
        listen: &LISTEN,
        settings: &SETTINGS,
    };
    program::run(program, async |gate, settings| {
        let config = Config {
            listen: settings.get(&LISTEN),
            metrics: MetricsTarget::Own(settings.get(&METRICS_LISTEN)),
            calendar_file: settings.get(&keys::CALENDAR_FILE),
        };
        peaktrade_calendar::start(gate, config).await
    })
}
