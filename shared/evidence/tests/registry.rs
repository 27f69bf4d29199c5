//! The registry of runs.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use peaktrade_domain::Sha256;
use peaktrade_evidence::{RecordedRun, Registry, RegistryError};
use serde_json::json;

fn run(session_id: &str) -> RecordedRun {
    RecordedRun {
        run_id: Sha256::of(b"inputs"),
        session_id: session_id.to_owned(),
        started: "2026-06-22T14:05:09.123Z".parse().unwrap(),
        finished: "2026-06-22T14:05:12Z".parse().unwrap(),
        pack: PathBuf::from("/evidence/20260622T140509Z-abc"),
        pack_sha256: Sha256::of(b"pack"),
        summary: json!({"pnl_usd": "-12.50", "orders": 7}),
    }
}

#[test]
fn runs_are_kept_in_order_and_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let registry = Registry::open(&path).unwrap();
    for session in ["c", "a", "b"] {
        registry.append(&run(session)).unwrap();
    }
    // A second handle is a second process.
    let other = Registry::open(&path).unwrap();
    assert_eq!(other.list(10).unwrap(), ["c", "a", "b"].map(run));
    assert_eq!(other.list(2).unwrap(), ["a", "b"].map(run), "the newest");
    assert_eq!(other.find("a").unwrap(), Some(run("a")));
    assert_eq!(other.find("d").unwrap(), None);
    assert_eq!(other.find_pack(&run("b").pack).unwrap(), Some(run("b")), "the newest");
    assert_eq!(other.find_pack(Path::new("/evidence")).unwrap(), None);
}

#[test]
fn a_session_is_recorded_once_and_bad_values_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let registry = Registry::open(&dir.path().join("registry.sqlite")).unwrap();
    registry.append(&run("a")).unwrap();
    let again = RecordedRun { summary: json!({}), ..run("a") };
    assert!(matches!(registry.append(&again), Err(RegistryError::AlreadyRecorded { .. })));
    assert_eq!(registry.list(10).unwrap(), [run("a")], "the first stands");
    assert!(registry.append(&run("")).is_err());
    let float = RecordedRun { summary: json!({"pnl": 1.5}), ..run("b") };
    assert!(registry.append(&float).unwrap_err().to_string().contains("$.pnl is the float 1.5"));
}

#[test]
fn another_schema_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 7).unwrap();
    drop(connection);
    let error = Registry::open(&path).unwrap_err().to_string();
    assert!(error.contains("schema version 7, this program reads 1"), "{error}");
}
