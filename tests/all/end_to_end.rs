//! The whole path as a stranger runs it: `peakctl demo`, twice, and what can be said about its evidence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peaktrade_testkit::{Run, binary, run_to_end};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The promise is 20 s on a quiet machine; tests run beside each other.
const DEMO_MAX: Duration = Duration::from_secs(120);
/// Hashing a few megabytes.
const VERIFY_MAX: Duration = Duration::from_secs(20);
/// Exit code of a check that failed.
const EXIT_CHECK_FAILED: i32 = 3;

struct Demo {
    scratch: tempfile::TempDir,
}

impl Demo {
    fn new() -> Self {
        Self { scratch: tempfile::tempdir().unwrap() }
    }

    fn run_program(&self, program: &Path, arguments: &[&str], limit: Duration) -> Run {
        let path = |name: &str| self.scratch.path().join(name).display().to_string();
        std::fs::create_dir_all(path("tmp")).unwrap();
        let variables = BTreeMap::from([
            ("DATA_DIR".to_owned(), path("data")),
            ("EVIDENCE_DIR".to_owned(), path("evidence")),
            // The demo's own store goes to the system's temporary folder; here it must not stay behind.
            ("TMPDIR".to_owned(), path("tmp")),
        ]);
        run_to_end(program, arguments, &variables, limit)
    }

    fn run(&self, arguments: &[&str], limit: Duration) -> Run {
        self.run_program(&binary("peakctl"), arguments, limit)
    }

    fn verify(&self, pack: &Path) -> Run {
        self.run(&["evidence", "verify", pack.to_str().unwrap()], VERIFY_MAX)
    }

    /// Verifies against the run registry of a store.
    fn verify_against(&self, store: &str, pack: &Path) -> Run {
        self.run(&["evidence", "verify", pack.to_str().unwrap(), "--data-dir", store], VERIFY_MAX)
    }
}

/// Every file below a folder, relative to it, with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(folder: &Path, base: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, base, found);
            } else {
                found.insert(path.strip_prefix(base).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

fn pack_of(result: &Value) -> PathBuf {
    PathBuf::from(result["pack"].as_str().expect("demo --json names the pack"))
}

#[test]
fn demo_twice_gives_one_run_id_the_same_bytes_and_a_pack_that_verifies() {
    let demo = Demo::new();
    let first = demo.run(&["demo", "--json"], DEMO_MAX).json();
    let second = demo.run(&["demo", "--json"], DEMO_MAX).json();

    check_summary(&first);
    for same in ["run_id", "rows_in", "rows_out", "rolls", "orders", "fills", "blocks", "pnl_usd"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    let (first_pack, second_pack) = (pack_of(&first), pack_of(&second));
    assert_ne!(first_pack, second_pack);
    let run_id = first["run_id"].as_str().unwrap();
    assert!(first_pack.file_name().unwrap().to_str().unwrap().ends_with(&run_id[..12]), "{}", first_pack.display());
    check_reproducible_files(&first_pack, &second_pack);

    check_next_commands(&demo, &first);
    assert!(!demo.scratch.path().join("data/dataset").exists(), "the demo wrote bars into the user's store");
    for pack in [&first_pack, &second_pack] {
        let verified = demo.verify(pack);
        assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    }
    check_tampering(&demo, &first_pack);
    check_rewriting(&demo, &second, &first_pack);
}

fn check_summary(result: &Value) {
    for key in [
        "run_id",
        "pack",
        "report",
        "wall_seconds",
        "peak_rss_bytes",
        "rows_in",
        "rows_out",
        "orders",
        "fills",
        "pnl_usd",
    ] {
        assert!(!result[key].is_null(), "demo --json lacks {key}: {result}");
    }
    let rolls = result["rolls"].as_array().expect("rolls is a list");
    assert_eq!(rolls.len(), 2, "three quarterly contracts roll twice");
    let blocks = result["blocks"].as_object().expect("blocks maps reasons to counts");
    assert!(blocks.values().all(|count| count.as_u64().is_some_and(|count| count > 0)), "{blocks:?}");
    assert!(!blocks.is_empty(), "some orders are blocked on purpose");
    assert!(result["orders"].as_u64() > Some(0) && result["fills"].as_u64() > Some(0));
    assert!(
        result["rows_in"].as_u64() > result["rows_out"].as_u64(),
        "overlapping contracts hold more rows than the series"
    );
    let report = result["report"].as_str().unwrap().trim_start_matches("file://").to_owned();
    assert!(std::fs::read_to_string(&report).unwrap().contains("<svg"), "{report} draws nothing");
}

/// The commands that the demo ends with work as printed.
fn check_next_commands(demo: &Demo, result: &Value) {
    let commands = result["next_commands"].as_array().expect("demo --json repeats the printed commands");
    assert_eq!(commands.len(), 4);
    for command in commands {
        let run = demo.run_program(Path::new("/bin/sh"), &["-c", command.as_str().unwrap()], DEMO_MAX);
        assert_eq!(run.code, Some(0), "{command}: {}", run.stderr);
        assert!(!run.stdout.is_empty(), "{command} printed nothing");
    }
}

/// What must be the same bytes whenever and wherever the run is done.
fn check_reproducible_files(first: &Path, second: &Path) {
    let (first, second) = (contents(first), contents(second));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for name in [
        "env.json",
        "config_resolved.yaml",
        "run_manifest.json",
        "metrics_snapshot.prom",
        "logs.ndjson",
        "artifacts/checksums.txt",
        "pack.sha256",
    ] {
        assert!(first.contains_key(Path::new(name)), "the pack lacks {name}");
    }
    let mut compared = 0;
    for (path, bytes) in &first {
        let is_reproducible = path.starts_with("artifacts")
            || path == Path::new("config_resolved.yaml")
            || path == Path::new("run_manifest.json");
        if is_reproducible {
            assert!(*bytes == second[path], "{} differs between two runs", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 5, "{compared} files compared");
}

/// One byte of any file changed, a file added, a file removed: each is found and named.
fn check_tampering(demo: &Demo, pack: &Path) {
    let files = contents(pack);
    let expect_named = |path: &Path, what: &str| {
        let verified = demo.verify(pack);
        let said = format!("{}{}", verified.stdout, verified.stderr);
        assert_eq!(verified.code, Some(EXIT_CHECK_FAILED), "{what} {}: {said}", path.display());
        assert!(said.contains(path.to_str().unwrap()), "{what} {} is not named: {said}", path.display());
    };
    for (path, bytes) in &files {
        let place = pack.join(path);
        let mut changed = bytes.clone();
        match changed.last_mut() {
            Some(byte) => *byte ^= 1,
            None => changed.push(b'x'),
        }
        std::fs::write(&place, &changed).unwrap();
        expect_named(path, "changed");
        std::fs::remove_file(&place).unwrap();
        expect_named(path, "removed");
        std::fs::write(&place, bytes).unwrap();
    }
    for added in ["added.txt", "artifacts/added.txt", "artifacts/.hidden"] {
        std::fs::write(pack.join(added), b"more").unwrap();
        expect_named(Path::new(added), "added");
        std::fs::remove_file(pack.join(added)).unwrap();
    }
    let restored = demo.verify(pack);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Gives a file of a pack another content and every list the digests that go with it, as a forger would.
fn rewrite(pack: &Path, file: &str, content: &[u8]) {
    let list = |list: &str, lines: &str| {
        let digest = |path: &str| match std::fs::read(pack.join(list).with_file_name("").join(path)) {
            Ok(bytes) => format!("{}  {path}\n", sha256(&bytes)),
            Err(error) => panic!("{list} lists {path}: {error}"),
        };
        lines.lines().map(|line| digest(line.split_once("  ").unwrap().1)).collect::<String>()
    };
    std::fs::write(pack.join(file), content).unwrap();
    let checksums = std::fs::read_to_string(pack.join("artifacts/checksums.txt")).unwrap();
    std::fs::write(pack.join("artifacts/checksums.txt"), list("artifacts/checksums.txt", &checksums)).unwrap();
    let whole = std::fs::read_to_string(pack.join("pack.sha256")).unwrap();
    let lines = list("pack.sha256", whole.split_once('\n').unwrap().1);
    std::fs::write(pack.join("pack.sha256"), format!("pack {}\n{lines}", sha256(lines.as_bytes()))).unwrap();
}

/// A pack that was rewritten as a whole contradicts nothing but the registry of the store that it came from.
fn check_rewriting(demo: &Demo, result: &Value, other_pack: &Path) {
    let (pack, store) = (pack_of(result), result["store"].as_str().expect("the demo has a store of its own"));
    let session_id = result["session_id"].as_str().unwrap();
    let said = demo.verify_against(store, &pack);
    assert!(said.stdout.contains("the run registry has the same"), "{}{}", said.stdout, said.stderr);
    let before = contents(&pack);
    let env = String::from_utf8(before[Path::new("env.json")].clone()).unwrap();
    let foreign_env = std::fs::read(other_pack.join("env.json")).unwrap();
    for (file, content) in [
        ("artifacts/result.json", b"{\"pnl_usd\":\"1000000.00\"}\n".to_vec()),
        ("run_manifest.json", b"{}\n".to_vec()),
        // Nor does it help to hide the session that the registry knows.
        ("env.json", env.replace(session_id, "demo-20260101T000000Z-00000000").into_bytes()),
        ("env.json", b"{}\n".to_vec()),
        ("env.json", foreign_env),
    ] {
        rewrite(&pack, file, &content);
        let said = demo.verify_against(store, &pack);
        assert_eq!(said.code, Some(EXIT_CHECK_FAILED), "{file}: {}{}", said.stdout, said.stderr);
        for fact in ["pack.sha256: rewritten as a whole", session_id] {
            assert!(said.stdout.contains(fact), "{file}: {fact:?} is not named: {}", said.stdout);
        }
        // Without that registry it passes, and the answer says what was not compared.
        let said = demo.verify(&pack);
        assert_eq!(said.code, Some(0), "{file}: {}", said.stderr);
        assert!(said.stdout.contains("no run registry in"), "{}", said.stdout);
        for (path, bytes) in &before {
            std::fs::write(pack.join(path), bytes).unwrap();
        }
    }
    // Its own content elsewhere is still the pack that was registered.
    let moved = demo.scratch.path().join("moved");
    std::fs::rename(&pack, &moved).unwrap();
    let said = demo.verify_against(store, &moved);
    assert!(said.stdout.contains("the run registry has the same"), "{}{}", said.stdout, said.stderr);
    rewrite(&moved, "artifacts/result.json", b"{}\n");
    assert_eq!(demo.verify_against(store, &moved).code, Some(EXIT_CHECK_FAILED));
}
