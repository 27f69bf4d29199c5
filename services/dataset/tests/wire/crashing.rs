//! The program itself, killed while it imports: what was acknowledged stays, and nothing is ever half there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use peaktrade_gates::SAFE_VALUES;
use peaktrade_runtime::client;
use peaktrade_store::BarStore;
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::dataset_service_client::DatasetServiceClient;
use peaktrade_wire::dataset::v1::import_bars_request::Part;

use crate::server::{rows, serve_calendar};

const KILLS: u64 = 12;
/// Longer than an import takes, so that some are acknowledged before the kill.
const KILL_WITHIN_MS: u64 = 60;

/// The dataset program on free ports, killed when dropped.
struct Killed {
    child: Child,
    endpoint: String,
}

impl Killed {
    fn start(folder: &Path, calendar: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dataset"))
            .envs(SAFE_VALUES)
            .env("DATA_DIR", folder)
            .env("CALENDAR_ENDPOINT", calendar)
            .env("LISTEN", "127.0.0.1:0")
            .env("METRICS_LISTEN", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let served = log.find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            (line["msg"] == "serving").then(|| line["address"].as_str().map(str::to_owned))?
        });
        // The rest of the log is read by nobody; it must not fill the pipe.
        std::thread::spawn(move || log.count());
        Self { child, endpoint: format!("http://{}", served.expect("the program says where it serves")) }
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Imports one file; whether it was acknowledged.
async fn import(endpoint: &str, text: String) -> bool {
    let Ok(channel) = client::connect(endpoint, client::Options::default()).await else { return false };
    let header = wire::ImportHeader {
        format: "ninjatrader".into(),
        root: "NQ".into(),
        file_name: "NQ 06-25.Last.txt".into(),
        ..Default::default()
    };
    let parts = [Part::Header(header), Part::Chunk(text.into_bytes())];
    let messages = parts.map(|part| wire::ImportBarsRequest { part: Some(part) });
    DatasetServiceClient::new(channel).import_bars(futures_util::stream::iter(messages)).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_instant_loses_nothing_and_halves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = serve_calendar().await;
    let (mut stored, mut seed) = (0, 20_250_317_u64);
    for kill in 0..KILLS {
        // A day of minutes each time, the first hours of it known already.
        let day = |day: u64| format!("2025-04-{:02}T02:00:00Z", day + 1);
        let text = rows(&day(kill), &format!("2025-04-{:02}T08:00:00Z", kill + 2), |_| 80_000);
        let program = Killed::start(folder.path(), &calendar);
        let endpoint = program.endpoint.clone();
        let importing = tokio::spawn(async move { import(&endpoint, text).await });
        // A linear congruential step; the seed is in the message of every assertion.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis((seed >> 33) % KILL_WITHIN_MS)).await;
        drop(program);
        let is_acknowledged = importing.await.unwrap();

        let store = BarStore::open(&folder.path().join("dataset")).await.unwrap();
        let manifest = store.contract("NQM2025".parse().unwrap()).await.unwrap();
        let rows = manifest.as_ref().map_or(0, |manifest| manifest.rows);
        assert!(
            rows > stored || (rows == stored && !is_acknowledged),
            "kill {kill}, seed {seed}: {stored}, then {rows}"
        );
        if let Some(manifest) = &manifest {
            assert_eq!(store.read(manifest).await.unwrap().len() as u64, rows, "kill {kill}, seed {seed}");
        }
        stored = rows;
    }
}
