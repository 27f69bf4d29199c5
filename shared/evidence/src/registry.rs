//! The registry of runs: one SQLite file, one row for each execution, never changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use peaktrade_domain::{Sha256, UnixNanos};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::Value;

use crate::canonical::{CanonicalError, canonical_json};

/// Version of the table, kept in the file's `user_version`.
const SCHEMA_VERSION: i64 = 1;
/// Another process that records a run holds the file for milliseconds; whoever waits longer waits for a fault.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// One execution of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRun {
    /// Id of what was asked; several executions of the same inputs share it.
    pub run_id: Sha256,
    /// Id of this execution alone.
    pub session_id: String,
    /// Wall-clock start.
    pub started: UnixNanos,
    /// Wall-clock end.
    pub finished: UnixNanos,
    /// Directory of its pack.
    pub pack: PathBuf,
    /// SHA-256 of the pack's `pack.sha256`.
    pub pack_sha256: Sha256,
    /// What `runs list` shows: counts, profit and loss. No floats.
    pub summary: Value,
}

/// Why the registry does not answer.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// SQLite refuses.
    #[error("registry {}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The file was written by another version of this program.
    #[error("registry {}: schema version {found}, this program reads {}", path.display(), SCHEMA_VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: i64,
    },
    /// The execution is recorded already.
    #[error("registry {}: session {session_id} is recorded already", path.display())]
    AlreadyRecorded {
        /// The file.
        path: PathBuf,
        /// The execution.
        session_id: String,
    },
    /// A value that cannot be stored.
    #[error("run {session_id}: {problem}")]
    Value {
        /// The execution.
        session_id: String,
        /// What is wrong.
        problem: String,
    },
    /// The summary has no canonical text.
    #[error("summary: {0}")]
    Summary(#[from] CanonicalError),
}

/// An open registry.
#[derive(Debug)]
pub struct Registry {
    path: PathBuf,
    connection: Connection,
}

impl Registry {
    /// Opens a registry, and makes it where it is absent.
    ///
    /// # Errors
    /// Where the file cannot be opened or has another version.
    pub fn open(path: &Path) -> Result<Self, RegistryError> {
        let sqlite = |source| RegistryError::Sqlite { path: path.to_path_buf(), source };
        let connection = Connection::open(path).map_err(sqlite)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(sqlite)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(sqlite)?;
        // A run that is reported as recorded is on disk, also after a power cut.
        connection.pragma_update(None, "synchronous", "FULL").map_err(sqlite)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(sqlite)?;
        match found {
            SCHEMA_VERSION => {}
            // Two processes may both find a new file: the statements are the same and bear repeating.
            0 => connection.execute_batch(SCHEMA).map_err(sqlite)?,
            _ => return Err(RegistryError::Version { path: path.to_path_buf(), found }),
        }
        Ok(Self { path: path.to_path_buf(), connection })
    }

    /// Records an execution; it is on disk when this returns.
    ///
    /// # Errors
    /// Where its session is recorded already, a value cannot be stored, or SQLite refuses.
    pub fn append(&self, run: &RecordedRun) -> Result<(), RegistryError> {
        let value =
            |problem: &str| RegistryError::Value { session_id: run.session_id.clone(), problem: problem.to_owned() };
        if run.session_id.is_empty() {
            return Err(value("the session id is empty"));
        }
        let pack = run.pack.to_str().ok_or_else(|| value("the path of its pack is not UTF-8"))?;
        let summary = canonical_json(&run.summary)?;
        let inserted = self
            .connection
            .execute(
                "INSERT INTO runs (session_id, run_id, started_utc, finished_utc, pack, pack_sha256, summary)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (session_id) DO NOTHING",
                params![
                    run.session_id,
                    run.run_id.to_string(),
                    run.started.to_string(),
                    run.finished.to_string(),
                    pack,
                    run.pack_sha256.to_string(),
                    summary.trim_end(),
                ],
            )
            .map_err(|source| self.sqlite(source))?;
        if inserted == 0 {
            let (path, session_id) = (self.path.clone(), run.session_id.clone());
            return Err(RegistryError::AlreadyRecorded { path, session_id });
        }
        Ok(())
    }

    /// The newest executions, newest last, `limit` at most.
    ///
    /// # Errors
    /// Where SQLite refuses or a row is not one this program writes.
    pub fn list(&self, limit: u32) -> Result<Vec<RecordedRun>, RegistryError> {
        let query = "SELECT session_id, run_id, started_utc, finished_utc, pack, pack_sha256, summary FROM runs
                     ORDER BY number DESC LIMIT ?1";
        let mut runs = self
            .connection
            .prepare(query)
            .and_then(|mut statement| statement.query_map([limit], read_run)?.collect::<Result<Vec<_>, _>>())
            .map_err(|source| self.sqlite(source))?;
        runs.reverse();
        Ok(runs)
    }

    /// The execution of a session, if it is recorded.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn find(&self, session_id: &str) -> Result<Option<RecordedRun>, RegistryError> {
        let query = "SELECT session_id, run_id, started_utc, finished_utc, pack, pack_sha256, summary FROM runs
                     WHERE session_id = ?1";
        self.connection.query_row(query, [session_id], read_run).optional().map_err(|source| self.sqlite(source))
    }

    /// The newest execution whose pack was written into a directory, if one is recorded.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn find_pack(&self, pack: &Path) -> Result<Option<RecordedRun>, RegistryError> {
        // What is not UTF-8 was never recorded.
        let Some(pack) = pack.to_str() else { return Ok(None) };
        let query = "SELECT session_id, run_id, started_utc, finished_utc, pack, pack_sha256, summary FROM runs
                     WHERE pack = ?1 ORDER BY number DESC LIMIT 1";
        self.connection.query_row(query, [pack], read_run).optional().map_err(|source| self.sqlite(source))
    }

    fn sqlite(&self, source: rusqlite::Error) -> RegistryError {
        RegistryError::Sqlite { path: self.path.clone(), source }
    }
}

/// `number` keeps the order of recording: wall clocks may step back.
const SCHEMA: &str = "
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL UNIQUE,
    run_id TEXT NOT NULL,
    started_utc TEXT NOT NULL,
    finished_utc TEXT NOT NULL,
    pack TEXT NOT NULL,
    pack_sha256 TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS runs_run_id ON runs (run_id);
PRAGMA user_version = 1;
COMMIT;
";

fn read_run(row: &Row<'_>) -> rusqlite::Result<RecordedRun> {
    Ok(RecordedRun {
        session_id: row.get(0)?,
        run_id: parsed(row, 1)?,
        started: parsed(row, 2)?,
        finished: parsed(row, 3)?,
        pack: PathBuf::from(row.get::<_, String>(4)?),
        pack_sha256: parsed(row, 5)?,
        summary: serde_json::from_str(&row.get::<_, String>(6)?).map_err(|error| unreadable(6, error))?,
    })
}

fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.get::<_, String>(column)?.parse().map_err(|error| unreadable(column, error))
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
