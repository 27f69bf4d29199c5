//! The two real NinjaTrader files, which are not part of the repository.
//!
//! Every expected number was worked out by hand and again by `tests/python/roll_by_hand.py`, which shares no code with
//! the product.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use peaktrade_testkit::{Run, binary, repository, run_to_end};
use sha2::{Digest, Sha256};

/// 150,000 rows on a busy machine.
const WORK_MAX: Duration = Duration::from_secs(60);

struct Store {
    scratch: tempfile::TempDir,
    files: [PathBuf; 2],
}

impl Store {
    /// A store with both files imported; `None` where the files are not on this machine.
    fn imported() -> Option<Self> {
        let shared = std::env::var_os("PEAKTRADE_SHARED")
            .map_or_else(|| repository().parent().unwrap().join("shared/data"), PathBuf::from);
        let files = ["NQ 03-25.Last.txt.gz", "NQ 06-25.Last.txt.gz"].map(|name| shared.join("ninjatrader").join(name));
        if !files.iter().all(|file| file.is_file()) {
            say(&format!("NOT RUN: no real NQ files in {} (PEAKTRADE_SHARED names another folder)", shared.display()));
            return None;
        }
        let store = Self { scratch: tempfile::tempdir().unwrap(), files };
        let result = store.import().json();
        let rows: Vec<_> = result["files"].as_array().unwrap().iter().map(|file| file["rows_in"].as_u64()).collect();
        assert_eq!(rows, [Some(71_192), Some(78_631)], "{result}");
        Some(store)
    }

    fn import(&self) -> Run {
        let [old, new] = self.files.each_ref().map(|file| file.to_str().unwrap());
        self.peakctl(&["import", "--format", "ninjatrader", "--root", "NQ", old, new, "--json"])
    }

    fn build(&self, more: &[&str]) -> Run {
        let verb = ["build", "--root", "NQ", "--bar", "1m", "--method", "BACK_ADJUST", "--json"];
        self.peakctl(&[verb.as_slice(), more].concat())
    }

    fn peakctl(&self, arguments: &[&str]) -> Run {
        let data_dir = self.scratch.path().join("data").display().to_string();
        run_to_end(&binary("peakctl"), arguments, &BTreeMap::from([("DATA_DIR".to_owned(), data_dir)]), WORK_MAX)
    }

    /// SHA-256 of the canonical CSV of a dataset, and its number of bars.
    fn canonical(&self, dataset_id: &str) -> (String, usize) {
        let run = self.peakctl(&["bars", &format!("continuous/NQ/1m/BACK_ADJUST/@{dataset_id}"), "--canonical"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.starts_with("open_ts,open,high,low,close,volume\n"), "{:.80}", run.stdout);
        (hex::encode(Sha256::digest(&run.stdout)), run.stdout.lines().count() - 1)
    }

    fn check_build(&self, more: &[&str], spread: &str, roll_ts: &str, rows: usize, sha256: &str) {
        let result = self.build(more).json();
        let rolls = result["rolls"].as_array().unwrap();
        assert_eq!(rolls.len(), 1, "{result}");
        assert_eq!((&rolls[0]["from_symbol"], &rolls[0]["to_symbol"]), (&"NQH2025".into(), &"NQM2025".into()));
        assert_eq!(rolls[0]["spread"], spread, "{result}");
        assert_eq!(rolls[0]["roll_ts"], roll_ts, "{result}");
        assert_eq!(result["rows_out"].as_u64(), Some(rows as u64), "{result}");
        assert_eq!(self.canonical(result["dataset_id"].as_str().unwrap()), (sha256.to_owned(), rows));
    }
}

#[allow(clippy::print_stderr, reason = "a test that did not run must say so")]
fn say(line: &str) {
    eprintln!("{line}");
}

#[test]
fn the_real_roll_gives_the_numbers_worked_out_by_hand() {
    let Some(store) = Store::imported() else { return };
    store.check_build(
        &[],
        "203.5",
        "2025-03-16T22:00:00Z",
        147_310,
        "65b050c2f85633cffd1861ea621785ca99f7c495dcaca3462424a394158b3c3e",
    );
    // The files overlap until 04:00 UTC of the roll Monday: 60 minutes before midnight in Chicago, just fresh enough.
    store.check_build(
        &["--roll-instant", "local_midnight"],
        "209",
        "2025-03-17T05:00:00Z",
        147_250,
        "c49f22994071921f2d052aba0ae1397a11d7c3843f8014a6cf5312738895de26",
    );
    // By the session's close the overlap is 17 session hours old: refused, unless the bound is raised to just that.
    for bound in [&[][..], &["--max-stale-session-minutes", "1019"]] {
        let refused = store.build(&[&["--roll-instant", "session_close"], bound].concat());
        assert_ne!(refused.code, Some(0), "{}", refused.stdout);
        for fact in ["NQH2025", "NQM2025", "1020", "2025-03-17T03:59:00Z"] {
            assert!(refused.stderr.contains(fact), "{fact} is not named: {}", refused.stderr);
        }
    }
    store.check_build(
        &["--roll-instant", "session_close", "--max-stale-session-minutes", "1020"],
        "209",
        "2025-03-17T21:00:00Z",
        146_290,
        "670db66284788e379e454c18d616b835ad590259083e389f8ec0b46025deffe1",
    );
}

#[test]
fn importing_the_real_files_again_changes_nothing() {
    let Some(store) = Store::imported() else { return };
    let again = store.import().json();
    for file in again["files"].as_array().unwrap() {
        assert_eq!(file["already_present"], true, "{again}");
    }
}
