//! The dataset service as a process.

use std::net::SocketAddr;
use std::process::ExitCode;

use peaktrade_config::{Key, Setting, keys};
use peaktrade_dataset::{Config, SERVICE};
use peaktrade_runtime::MetricsTarget;
use peaktrade_runtime::program::{self, Program};

static LISTEN: Key<SocketAddr> = keys::listen("127.0.0.1:9122");
static METRICS_LISTEN: Key<SocketAddr> = keys::metrics_listen("127.0.0.1:9114");
static SETTINGS: [&dyn Setting; 3] = [&METRICS_LISTEN, &keys::DATA_DIR, &keys::CALENDAR_ENDPOINT];

fn main() -> ExitCode {
    let program = Program {
        name: SERVICE,
        version: env!("CARGO_PKG_VERSION"),
        about: "Imports, validates and rolls contract bars, and serves bars over Arrow Flight.",
        listen: &LISTEN,
        settings: &SETTINGS,
    };
    program::run(program, async |gate, settings| {
        let config = Config {
            listen: settings.get(&LISTEN),
            metrics: MetricsTarget::Own(settings.get(&METRICS_LISTEN)),
            data_dir: settings.get(&keys::DATA_DIR),
            calendar_endpoint: settings.get(&keys::CALENDAR_ENDPOINT).to_string(),
        };
        peaktrade_dataset::start(gate, config).await
    })
}
