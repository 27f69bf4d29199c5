//! Packs: the same inputs give the same bytes, and no change of any file goes unnoticed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use peaktrade_domain::{Sha256, UnixNanos, Usd};
use peaktrade_evidence::{MAX_ARTIFACTS, PackContents, Report, WrittenPack, verify, write_pack};
use serde_json::{Value, json};

fn report() -> Report {
    Report {
        title: "Nothing traded".to_owned(),
        run_id: run_id().to_string(),
        dataset_id: "sha256:00".to_owned(),
        series: "NQ continuous, 1m, NONE".to_owned(),
        method: "NONE".to_owned(),
        from: "2026-03-09".parse().unwrap(),
        to: "2026-03-09".parse().unwrap(),
        identities: BTreeMap::new(),
        rows_in: 0,
        rows_out: 0,
        pnl_usd: Usd::ZERO,
        fees_usd: Usd::ZERO,
        orders: 0,
        fills: 0,
        blocks: BTreeMap::new(),
        rolls: Vec::new(),
        prices: Vec::new(),
        fill_marks: Vec::new(),
        equity: Vec::new(),
        notes: Vec::new(),
    }
}

fn run_id() -> Sha256 {
    Sha256::of(b"inputs")
}

fn artifacts() -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([
        ("events.ndjson".to_owned(), b"{\"event\":\"roll_event\"}\n".to_vec()),
        ("equity.ndjson".to_owned(), Vec::new()),
        ("series/NQ.csv".to_owned(), b"1,2\n".to_vec()),
    ])
}

fn write(dir: &Path, session: &str) -> WrittenPack {
    let (env, config) = (json!({"session_id": session}), json!({"log_level": "info", "listen": {"port": 9121}}));
    let started: UnixNanos = "2026-06-22T14:05:09.123Z".parse().unwrap();
    let (manifest, metrics) = (json!({"root": "NQ"}), format!("# of {session}\n"));
    let logs = format!("{{\"session\":\"{session}\"}}\n");
    let contents = PackContents {
        run_id: run_id(),
        started,
        env: &env,
        config: &config,
        run_manifest: &manifest,
        metrics: &metrics,
        logs: logs.as_bytes(),
        report: &report(),
        artifacts: &artifacts(),
    };
    write_pack(dir, &contents).unwrap()
}

/// Every file below a directory, relative to it, in order.
fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The files that verification names, each once.
fn named(pack: &Path) -> Vec<String> {
    let mut files: Vec<String> = verify(pack).unwrap_err().iter().map(|problem| problem.file().to_owned()).collect();
    files.dedup();
    files
}

#[test]
fn a_pack_has_its_files_and_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let pack = write(dir.path(), "first");
    let name = pack.path.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, format!("20260622T140509Z-{}", &run_id().to_string()[..12]));
    assert_eq!(
        files(&pack.path),
        [
            "artifacts/checksums.txt",
            "artifacts/equity.ndjson",
            "artifacts/events.ndjson",
            "artifacts/series/NQ.csv",
            "config_resolved.yaml",
            "env.json",
            "logs.ndjson",
            "metrics_snapshot.prom",
            "pack.sha256",
            "report.html",
            "run_manifest.json",
        ]
    );
    let read = |file: &str| fs::read_to_string(pack.path.join(file)).unwrap();
    assert_eq!(read("config_resolved.yaml"), "listen:\n  port: 9121\nlog_level: \"info\"\n");
    // The digest of nothing is well known.
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  equity.ndjson\n";
    assert!(read("artifacts/checksums.txt").starts_with(empty));
    let verified = verify(&pack.path).unwrap();
    assert_eq!((verified.files, verified.pack_sha256), (11, pack.pack_sha256));
    assert_eq!(pack.pack_sha256, Sha256::of(read("pack.sha256").as_bytes()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing but the pack is left");
}

#[test]
fn same_inputs_give_same_bytes_and_two_packs() {
    let dir = tempfile::tempdir().unwrap();
    let packs = [write(dir.path(), "first"), write(dir.path(), "second")];
    assert_ne!(packs[0].path, packs[1].path, "the second stands beside the first");
    assert!(verify(&packs[0].path).is_ok() && verify(&packs[1].path).is_ok());
    for file in files(&packs[0].path) {
        let [first, second] = [0, 1].map(|at: usize| fs::read(packs[at].path.join(&file)).unwrap());
        let may_differ = ["env.json", "logs.ndjson", "metrics_snapshot.prom", "pack.sha256"].contains(&file.as_str());
        assert_eq!(first == second, !may_differ, "{file}");
    }
}

/// Each byte of the lists, and a byte at each end and in the middle of every other file, in turn.
#[test]
fn one_changed_byte_names_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let pack = write(dir.path(), "first").path;
    for file in files(&pack) {
        let path = pack.join(&file);
        let whole = fs::read(&path).unwrap();
        let is_list = ["pack.sha256", "artifacts/checksums.txt"].contains(&file.as_str());
        let positions: Vec<usize> = match whole.len() {
            0 => Vec::new(),
            length if is_list => (0..length).collect(),
            length => vec![0, length / 2, length - 1],
        };
        for at in positions {
            for flip in [0x01, 0x20, 0x80] {
                let mut changed = whole.clone();
                changed[at] ^= flip;
                fs::write(&path, &changed).unwrap();
                assert_eq!(named(&pack), std::slice::from_ref(&file), "byte {at} of {file} with {flip:#x}");
            }
        }
        let longer = [&whole[..], b"\n"].concat();
        fs::write(&path, &longer).unwrap();
        assert_eq!(named(&pack), std::slice::from_ref(&file), "{file} made longer");
        if let Some((_, shorter)) = whole.split_last() {
            fs::write(&path, shorter).unwrap();
            assert_eq!(named(&pack), std::slice::from_ref(&file), "{file} made shorter");
        }
        fs::write(&path, &whole).unwrap();
        assert!(verify(&pack).is_ok(), "{file} put back");
    }
}

#[test]
fn what_is_removed_added_or_linked_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let pack = write(dir.path(), "first").path;
    let aside = dir.path().join("aside");
    for file in files(&pack) {
        let path = pack.join(&file);
        fs::rename(&path, &aside).unwrap();
        assert_eq!(named(&pack), std::slice::from_ref(&file), "{file} removed");
        // The same content behind a link is not the file.
        std::os::unix::fs::symlink(&aside, &path).unwrap();
        assert!(named(&pack).contains(&file), "{file} linked");
        fs::remove_file(&path).unwrap();
        fs::rename(&aside, &path).unwrap();
        assert!(verify(&pack).is_ok(), "{file} put back");
    }
    for added in ["extra", ".hidden", "artifacts/extra.ndjson", "artifacts/series/NQ.csv.orig"] {
        fs::write(pack.join(added), "").unwrap();
        assert_eq!(named(&pack), [added]);
        fs::remove_file(pack.join(added)).unwrap();
    }
    for added in ["folder", "artifacts/serie"] {
        fs::create_dir(pack.join(added)).unwrap();
        assert_eq!(named(&pack), [added]);
        fs::remove_dir(pack.join(added)).unwrap();
    }
    std::os::unix::fs::symlink(&pack, pack.join("loop")).unwrap();
    assert_eq!(named(&pack), ["loop"]);
    assert!(verify(&dir.path().join("absent")).is_err());
}

/// A forger who knows the lists can rewrite a pack, but not into one whose digest the registry has, and not into one
/// that lacks a required file.
#[test]
fn a_rewritten_pack_shows_in_its_digest() {
    let dir = tempfile::tempdir().unwrap();
    let pack = write(dir.path(), "first");
    let before = pack.pack_sha256;
    let list = fs::read_to_string(pack.path.join("pack.sha256")).unwrap();
    let rewrite = |lines: Vec<String>| {
        let body = lines.concat();
        fs::write(pack.path.join("pack.sha256"), format!("pack {}\n{body}", Sha256::of(body.as_bytes()))).unwrap();
    };
    let lines: Vec<String> = list.lines().skip(1).map(|line| format!("{line}\n")).collect();
    fs::write(pack.path.join("env.json"), "{}\n").unwrap();
    let forged = |line: &String| match line.ends_with("  env.json\n") {
        true => format!("{}  env.json\n", Sha256::of(b"{}\n")),
        false => line.clone(),
    };
    rewrite(lines.iter().map(forged).collect());
    assert_ne!(verify(&pack.path).unwrap().pack_sha256, before);

    fs::remove_file(pack.path.join("env.json")).unwrap();
    rewrite(lines.iter().filter(|line| !line.ends_with("  env.json\n")).cloned().collect());
    assert_eq!(named(&pack.path), ["env.json"]);
}

fn check_refused(artifacts: BTreeMap<String, Vec<u8>>, manifest: Value, expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let empty = json!({});
    let contents = PackContents {
        run_id: run_id(),
        started: UnixNanos::from_nanos(0),
        env: &empty,
        config: &empty,
        run_manifest: &manifest,
        metrics: "",
        logs: b"",
        report: &report(),
        artifacts: &artifacts,
    };
    let error = write_pack(dir.path(), &contents).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    let left: Vec<PathBuf> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_may_not_stand_in_a_pack_is_refused_and_leaves_nothing() {
    for path in ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", ".hidden", "sp ace", "tab\t", "checksums.txt"] {
        check_refused(BTreeMap::from([(path.to_owned(), Vec::new())]), json!({}), "artifact path");
    }
    let many = (0..=MAX_ARTIFACTS).map(|at| (format!("a{at}"), Vec::new())).collect();
    check_refused(many, json!({}), "1001 artifacts, allowed are 1000");
    check_refused(BTreeMap::new(), json!({"pnl": 1.5}), "run_manifest.json: $.pnl is the float 1.5");
    // A file where a directory is needed.
    let clash = BTreeMap::from([("a".to_owned(), Vec::new()), ("a/b".to_owned(), Vec::new())]);
    check_refused(clash, json!({}), "artifacts/a");
}
