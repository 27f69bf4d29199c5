//! The paper broker as a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;

use peaktrade_config::{Key, Setting, keys};
use peaktrade_paper_broker::{Config, NAME};
use peaktrade_runtime::MetricsTarget;
use peaktrade_runtime::program::{self, Program};

static LISTEN: Key<SocketAddr> = keys::listen("127.0.0.1:9124");
static METRICS_LISTEN: Key<SocketAddr> = keys::metrics_listen("127.0.0.1:9112");
static SETTINGS: [&dyn Setting; 7] = [
    &METRICS_LISTEN,
    &keys::DATA_DIR,
    &keys::CALENDAR_ENDPOINT,
    &keys::DATASET_ENDPOINT,
    &keys::RISK_GATE_ENDPOINT,
    &keys::FEES_FILE,
    &keys::MARGINS_FILE,
];

fn main() -> ExitCode {
    let program = Program {
        name: NAME,
        version: env!("CARGO_PKG_VERSION"),
        about: "Fills orders on paper against stored bars, behind the risk gate. There is no way to a real market.",
        listen: &LISTEN,
        settings: &SETTINGS,
    };
    program::run(program, async |gate, settings| {
        let config = Config {
            listen: settings.get(&LISTEN),
            metrics: MetricsTarget::Own(settings.get(&METRICS_LISTEN)),
            data_dir: settings.get(&keys::DATA_DIR),
            calendar_endpoint: settings.get(&keys::CALENDAR_ENDPOINT).as_str().to_owned(),
            dataset_endpoint: settings.get(&keys::DATASET_ENDPOINT).as_str().to_owned(),
            risk_gate_endpoint: settings.get(&keys::RISK_GATE_ENDPOINT).as_str().to_owned(),
            fees_file: settings.get(&keys::FEES_FILE),
            margins_file: settings.get(&keys::MARGINS_FILE),
        };
        peaktrade_paper_broker::start(gate, config).await
    })
}
