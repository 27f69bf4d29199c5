//! The risk gate as a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;

use peaktrade_config::{Key, keys};
use peaktrade_risk_gate::{Config, SERVICE, start};
use peaktrade_runtime::MetricsTarget;
use peaktrade_runtime::program::{Program, run};

const LISTEN: Key<SocketAddr> = keys::listen("127.0.0.1:9123");
const METRICS_LISTEN: Key<SocketAddr> = keys::metrics_listen("127.0.0.1:9113");

fn main() -> ExitCode {
    let program = Program {
        name: SERVICE,
        version: env!("CARGO_PKG_VERSION"),
        about: "judges orders before they are executed, fail closed, with signed permits",
        listen: &LISTEN,
        settings: &[&LISTEN, &METRICS_LISTEN, &keys::DATA_DIR, &keys::CALENDAR_ENDPOINT, &keys::RISK_POLICY_FILE],
    };
    run(program, |gate, settings| {
        let config = Config {
            listen: settings.get(&LISTEN),
            metrics: MetricsTarget::Own(settings.get(&METRICS_LISTEN)),
            data_dir: settings.get(&keys::DATA_DIR),
            calendar_endpoint: settings.get(&keys::CALENDAR_ENDPOINT).as_str().to_owned(),
            policy_file: settings.get(&keys::RISK_POLICY_FILE),
        };
        start(gate, config)
    })
}
