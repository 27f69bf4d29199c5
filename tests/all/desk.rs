//! An operator's desk: `peakctl` over a store of its own, and three contracts of a quiet market around one roll.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use peaktrade_domain::UnixNanos;
use peaktrade_testkit::{Run, binary, run_to_end};
use serde_json::Value;

/// Two sessions of bars; the machine may be busy.
const ANSWER_MAX: Duration = Duration::from_secs(120);

/// Exit codes that scripts rely on.
pub(crate) const EXIT_USAGE: i32 = 2;
pub(crate) const EXIT_CHECK: i32 = 3;
pub(crate) const EXIT_WARNINGS: i32 = 4;
pub(crate) const EXIT_INPUT: i32 = 65;

/// The contracts by their files, each with its level in quarter points: 200 and 175 points apart.
pub(crate) const CONTRACTS: [(&str, i64); 3] = [("03-25", 80_000), ("06-25", 80_800), ("09-25", 81_500)];

/// The last session before the roll of 2025-03-17, and the first after it.
const SESSIONS: [(&str, &str); 2] =
    [("2025-03-13T22:00:00Z", "2025-03-14T21:00:00Z"), ("2025-03-16T22:00:00Z", "2025-03-17T21:00:00Z")];

pub(crate) const BUILD: [&str; 8] = ["build", "--root", "NQ", "--bar", "1m", "--method", "BACK_ADJUST", "--json"];

/// One operator's folder.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// Without any bars.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With the three contracts imported.
    pub(crate) fn with_bars() -> Self {
        let desk = Self::new();
        let files: Vec<String> = CONTRACTS.iter().map(|(month, level)| desk.write_contract(month, *level)).collect();
        let mut line = vec!["import", "--format", "ninjatrader", "--root", "NQ"];
        line.extend(files.iter().map(String::as_str));
        let run = desk.run(&line);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Path of the store.
    pub(crate) fn store(&self) -> String {
        self.path("data").display().to_string()
    }

    /// Writes a file; gives its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// Writes both sessions of a contract at a level in quarter points; gives the file's path.
    pub(crate) fn write_contract(&self, month: &str, level: i64) -> String {
        let rows = SESSIONS.iter().map(|(from, to)| rows(from, to, level)).collect::<String>();
        self.write(&format!("NQ {month}.Last.txt"), &rows)
    }

    /// Runs `peakctl` with the store in its environment.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let variables = BTreeMap::from([("DATA_DIR".to_owned(), self.store())]);
        run_to_end(&binary("peakctl"), arguments, &variables, ANSWER_MAX)
    }

    /// Runs `peakctl` with nothing in its environment, so that only flags name the store.
    pub(crate) fn run_bare(&self, arguments: &[&str]) -> Run {
        run_to_end(&binary("peakctl"), arguments, &BTreeMap::new(), ANSWER_MAX)
    }

    /// Runs a line as a shell reads it; `$PEAKCTL` is the program.
    pub(crate) fn shell(&self, line: &str) -> Run {
        let variables = BTreeMap::from([
            ("DATA_DIR".to_owned(), self.store()),
            ("PEAKCTL".to_owned(), binary("peakctl").display().to_string()),
        ]);
        run_to_end(&PathBuf::from("/bin/sh"), &["-c", line], &variables, ANSWER_MAX)
    }

    /// Builds; gives the dataset's document.
    pub(crate) fn build(&self, more: &[&str]) -> Value {
        self.run(&[&BUILD[..], more].concat()).json()
    }
}

/// Flat bars of a range of open instants as NinjaTrader exports them, stamped at their close: around a level in quarter
/// points, ten contracts a minute.
pub(crate) fn rows(from: &str, to: &str, level: i64) -> String {
    let [mut open, end] = [from, to].map(|text| text.parse::<UnixNanos>().unwrap().nanos());
    let mut text = String::new();
    while open < end {
        let stamp = UnixNanos::from_nanos(open + UnixNanos::MINUTE).to_datetime().format("%Y%m%d %H%M%S");
        let quarters = level + open / UnixNanos::MINUTE % 50;
        let price = format!("{}.{:02}", quarters / 4, quarters % 4 * 25);
        writeln!(text, "{stamp};{price};{price};{price};{price};10").unwrap();
        open += UnixNanos::MINUTE;
    }
    text
}

/// The command that a refusal prints on a line of its own.
pub(crate) fn printed_command(run: &Run) -> String {
    let line = run.stderr.lines().find(|line| line.starts_with("  "));
    line.unwrap_or_else(|| panic!("no command in {}", run.stderr)).trim().to_owned()
}
