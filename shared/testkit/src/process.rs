//! Child processes with their output kept, signalled by their own id only.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Pause between two looks at a condition.
const POLL: Duration = Duration::from_millis(5);

/// A running program whose stderr goes to a file.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

/// What a program left behind.
#[derive(Debug)]
pub struct Run {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Everything written to standard output.
    pub stdout: String,
    /// Everything written to standard error.
    pub stderr: String,
}

impl Process {
    /// Starts a program with exactly these variables, and appends its stderr to `log`.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn spawn(program: &Path, arguments: &[&str], variables: &BTreeMap<String, String>, log: PathBuf) -> Self {
        let file = File::options().create(true).append(true).open(&log).expect("the scratch folder is writable");
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        Self { child, log }
    }

    /// Sends a signal by name, such as `KILL`, `STOP`, `CONT` or `TERM`.
    ///
    /// # Panics
    /// Where `kill` refuses.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        // The shell's own `kill`: the program of that name is a package that a small machine does not have.
        let status = Command::new("/bin/sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status();
        let status = status.expect("a shell is on every Unix");
        assert!(status.success(), "kill -s {name} {id}: {status}");
    }

    /// Whether it has not ended yet.
    ///
    /// # Panics
    /// Where the kernel does not answer.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// Waits for the end; gives the exit code, `None` after a signal.
    ///
    /// # Panics
    /// Where it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status.code();
            }
            assert!(start.elapsed() < limit, "still running after {limit:?}; its log:\n{}", self.log_text());
            thread::sleep(POLL);
        }
    }

    /// Everything it has written to stderr so far.
    ///
    /// # Panics
    /// Where the file cannot be read.
    pub fn log_text(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).expect("the log is there")).into_owned()
    }

    /// Its log lines that are JSON objects.
    pub fn log_lines(&self) -> Vec<Value> {
        self.log_text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A stopped process takes SIGKILL as well; errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end with exactly these variables.
///
/// # Panics
/// Where it cannot be started or still runs after `limit`.
pub fn run_to_end(program: &Path, arguments: &[&str], variables: &BTreeMap<String, String>, limit: Duration) -> Run {
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let (stdout, stderr) = (scratch.path().join("stdout"), scratch.path().join("stderr"));
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(File::create(&stdout).expect("the scratch folder is writable"))
        .stderr(File::create(&stderr).expect("the scratch folder is writable"))
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{} {arguments:?} ran longer than {limit:?}:\n{}", program.display(), read(&stderr));
        }
        thread::sleep(POLL);
    };
    Run { code: status.code(), stdout: read(&stdout), stderr: read(&stderr) }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).expect("the output file is there")).into_owned()
}

impl Run {
    /// The one JSON document on stdout.
    ///
    /// # Panics
    /// Where the program failed or printed anything else.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "stderr:\n{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in stdout:\n{}", self.stdout))
    }
}
