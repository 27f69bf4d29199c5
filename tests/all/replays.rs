//! What names a replay, and that a stored dataset replays the same whatever was imported since.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peaktrade_testkit::{binary, run_to_end};
use serde_json::Value;

/// A few seconds on a quiet machine; tests run beside each other.
const WORK_MAX: Duration = Duration::from_secs(120);

struct Store {
    scratch: tempfile::TempDir,
    folder: String,
}

impl Store {
    /// The store of a demo, with its result.
    fn of_demo() -> (Self, Value) {
        let mut store = Self { scratch: tempfile::tempdir().unwrap(), folder: String::new() };
        let result = store.peakctl(&["demo", "--json"], &[]);
        store.folder = result["store"].as_str().unwrap().to_owned();
        (store, result)
    }

    fn peakctl(&self, arguments: &[&str], gates: &[(&str, &str)]) -> Value {
        let scratch = self.scratch.path().display().to_string();
        let evidence = self.scratch.path().join("evidence").display().to_string();
        let mut variables = BTreeMap::from([
            ("DATA_DIR".to_owned(), self.folder.clone()),
            ("EVIDENCE_DIR".to_owned(), evidence),
            ("TMPDIR".to_owned(), scratch),
        ]);
        variables.extend(gates.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        run_to_end(&binary("peakctl"), arguments, &variables, WORK_MAX).json()
    }

    fn replay(&self, more: &[&str]) -> Value {
        self.peakctl(&[&["replay", "--root", "NQ", "--json"], more].concat(), &[])
    }
}

fn artifact(result: &Value, file: &str) -> String {
    let pack = PathBuf::from(result["pack"].as_str().unwrap());
    std::fs::read_to_string(pack.join(file)).unwrap()
}

/// SHA-256 of the raw bars of a contract that a replay pulled.
fn raw_sha256(result: &Value, contract: &str) -> String {
    let bars: Value = serde_json::from_str(&artifact(result, "artifacts/bars.json")).unwrap();
    bars["contracts"][contract]["content_sha256"].as_str().unwrap().to_owned()
}

/// The first hour of the trade date after the demo's last one, stamped at the close of each bar.
fn next_hour() -> String {
    (1..=60).fold(String::new(), |mut text, minute| {
        let (hour, minute) = (22 + minute / 60, minute % 60);
        writeln!(text, "20260622 {hour:02}{minute:02}00;24015;24016;24014;24015.25;50").unwrap();
        text
    })
}

#[test]
fn a_dataset_replays_on_its_own_bars_whatever_was_imported_since() {
    let (store, demo) = Store::of_demo();
    let dataset_id = demo["dataset_id"].as_str().unwrap();
    let first = store.replay(&["--dataset", dataset_id]);
    assert_ne!(first["run_id"], demo["run_id"], "the demo sends probes and names the files that it imported");

    let more = store.scratch.path().join("NQ 09-26.Last.txt");
    std::fs::write(&more, next_hour()).unwrap();
    let imported =
        store.peakctl(&["import", "--format", "ninjatrader", "--root", "NQ", more.to_str().unwrap(), "--json"], &[]);
    assert_eq!(imported["dispositions"]["kept"], 60, "{imported}");
    let newer = store.peakctl(&["build", "--root", "NQ", "--bar", "1m", "--method", "BACK_ADJUST", "--json"], &[]);
    assert_ne!(newer["dataset_id"], dataset_id);

    let again = store.replay(&["--dataset", dataset_id]);
    assert_eq!(again["run_id"], first["run_id"]);
    let artifacts = Path::new(first["pack"].as_str().unwrap()).join("artifacts");
    let files: Vec<String> = std::fs::read_dir(artifacts)
        .unwrap()
        .map(|entry| format!("artifacts/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files.iter().map(String::as_str).chain(["run_manifest.json", "config_resolved.yaml"]) {
        assert_eq!(artifact(&again, file), artifact(&first, file), "{file} differs after an import");
    }

    let newest = store.replay(&[]);
    assert_eq!(newest["dataset_id"], newer["dataset_id"]);
    assert_ne!(newest["run_id"], first["run_id"]);
    assert_eq!(raw_sha256(&newest, "NQM2026"), raw_sha256(&first, "NQM2026"));
    assert_ne!(raw_sha256(&newest, "NQU2026"), raw_sha256(&first, "NQU2026"), "the import added to this contract");

    // What a gate says is an input like any other.
    let verb = ["replay", "--root", "NQ", "--json", "--dataset", dataset_id];
    let narrowed = store.peakctl(&verb, &[("INSTRUMENT_ALLOWLIST", "NQ")]);
    let manifest: Value = serde_json::from_str(&artifact(&narrowed, "run_manifest.json")).unwrap();
    assert_eq!(manifest["inputs"]["gates"]["INSTRUMENT_ALLOWLIST"], "NQ");
    assert_ne!(narrowed["run_id"], first["run_id"]);
    for same in ["orders", "fills", "pnl_usd", "dataset_id"] {
        assert_eq!(narrowed[same], first[same], "{same}");
    }
}
