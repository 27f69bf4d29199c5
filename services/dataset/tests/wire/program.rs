//! The dataset program as a process of its own, and what the system says of it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{FlightData, FlightDescriptor, FlightInfo, Ticket};
use futures_util::TryStreamExt as _;
use peaktrade_gates::SAFE_VALUES;
use peaktrade_runtime::client::{self, Channel};
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::dataset_service_client::DatasetServiceClient;

use crate::server::ticket;

/// A running program on free ports, killed when dropped.
pub(crate) struct Program {
    child: Child,
    said: Arc<Mutex<Vec<serde_json::Value>>>,
    pub(crate) control: DatasetServiceClient<Channel>,
    pub(crate) flight: FlightServiceClient<Channel>,
}

impl Program {
    /// Starts on a folder, with so many threads of the asynchronous runtime.
    pub(crate) async fn start(folder: &Path, calendar: &str, threads: usize) -> Self {
        let mut child = command(folder, calendar).env("TOKIO_WORKER_THREADS", threads.to_string()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let served = log.find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            (line["msg"] == "serving").then(|| line["address"].as_str().map(str::to_owned))?
        });
        let said = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in log {
                hearing.lock().unwrap().extend(serde_json::from_str::<serde_json::Value>(&line).ok());
            }
        });
        let endpoint = format!("http://{}", served.expect("the program says where it serves"));
        let channel = client::connect(&endpoint, client::Options::default()).await.unwrap();
        let (control, flight) = (DatasetServiceClient::new(channel.clone()), FlightServiceClient::new(channel));
        Self { child, said, control, flight }
    }

    /// Log lines of an event, once there are as many as are waited for.
    pub(crate) async fn events(&self, event: &str, at_least: usize) -> Vec<serde_json::Value> {
        for _ in 0..500 {
            let said = self.said.lock().unwrap().clone();
            let found: Vec<_> = said.into_iter().filter(|line| line["event"] == event).collect();
            if found.len() >= at_least {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the log does not say {event} {at_least} times");
    }

    pub(crate) async fn import(&self, file_name: &str, text: &str) {
        use wire::import_bars_request::Part;
        let header = wire::ImportHeader {
            format: "ninjatrader".into(),
            root: "NQ".into(),
            file_name: file_name.into(),
            ..Default::default()
        };
        let chunks = text.as_bytes().chunks(1 << 20).map(|chunk| Part::Chunk(chunk.to_vec()));
        let parts: Vec<_> = std::iter::once(Part::Header(header))
            .chain(chunks)
            .map(|part| wire::ImportBarsRequest { part: Some(part) })
            .collect();
        self.control.clone().import_bars(futures_util::stream::iter(parts)).await.unwrap();
    }

    pub(crate) async fn build(&self, request: wire::BuildContinuousRequest) -> wire::Dataset {
        use wire::build_continuous_response::Part;
        let mut answers = self.control.clone().build_continuous(request).await.unwrap().into_inner();
        let mut dataset = None;
        while let Some(answer) = answers.message().await.unwrap() {
            if let Some(Part::Dataset(built)) = answer.part {
                dataset = Some(built);
            }
        }
        dataset.expect("a build ends in a dataset")
    }

    pub(crate) async fn info(&self, path: &[&str]) -> FlightInfo {
        let descriptor = FlightDescriptor::new_path(path.iter().map(|name| (*name).to_owned()).collect());
        self.flight.clone().get_flight_info(descriptor).await.unwrap().into_inner()
    }

    /// Hands every message of a series to `take`.
    pub(crate) async fn stream(&self, path: &[&str], mut take: impl FnMut(FlightData)) {
        let ticket = Ticket::new(ticket(&self.info(path).await));
        let mut messages = self.flight.clone().do_get(ticket).await.unwrap().into_inner();
        while let Some(message) = messages.try_next().await.unwrap() {
            take(message);
        }
    }

    /// Seconds of processor time that the program has used so far.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name in parentheses may hold blanks; user and system time are the 12th and 13th field after it.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        // Linux counts these in hundredths of a second wherever this runs.
        ticks / 100.0
    }

    /// Most memory that the program has held since [`Self::forget_peak`], in MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    pub(crate) fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }
}

/// The program on free ports, not started.
pub(crate) fn command(folder: &Path, calendar: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dataset"));
    command
        .envs(SAFE_VALUES)
        .env("DATA_DIR", folder)
        .env("CALENDAR_ENDPOINT", calendar)
        .env("LISTEN", "127.0.0.1:0")
        .env("METRICS_LISTEN", "127.0.0.1:0")
        .stderr(Stdio::piped());
    command
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
