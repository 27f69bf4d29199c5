//! The journal file: opened by one process at a time, verified whole, then only appended to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior, params};
use tokio::time::Instant;

use crate::frame::{Frame, Tail};
use crate::owner::{Core, Sink};

/// Largest frame. SQLite refuses values of a billion bytes; a quarter of that leaves no doubt, and no batch of real
/// commands comes near it.
pub const FRAME_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Time that a predecessor has to let go of its journal: its drain (5 s), the cut of what is open after that (1 s), and its
/// end on a busy machine.
pub const PREDECESSOR_DEADLINE: Duration = Duration::from_secs(8);

/// Pause between two tries to open a journal that is in use.
const IN_USE_PAUSE: Duration = Duration::from_millis(50);

/// `PRAGMA application_id` of a journal: "PTFJ".
const APPLICATION_ID: i64 = 0x5054_464A;

/// Version of the layout, in `PRAGMA user_version`.
const FORMAT_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1), kind TEXT NOT NULL, frames INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE frames (
    seq INTEGER PRIMARY KEY, first_event INTEGER NOT NULL, event_count INTEGER NOT NULL,
    events BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
";

/// A journal that cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it open.
    #[error("journal {path} is in use by another process; one journal has one writer")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is another service's journal, or no journal, or of another version.
    #[error("journal {path} is not one of {expected}: {problem}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Kind asked for.
        expected: String,
        /// What the file is instead.
        problem: String,
    },
    /// The file does not hold what was written.
    #[error("journal {path}, frame {frame}: {problem}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Number of the frame.
        frame: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A frame beyond [`FRAME_BYTES_MAX`].
    #[error("journal {path}: a frame of {bytes} bytes is refused, {FRAME_BYTES_MAX} are allowed")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Size of the frame.
        bytes: usize,
    },
    /// The disk has no room.
    #[error(
        "no space left on the disk of journal {path}, {during}; what was acknowledged is whole; make room and start the service \
         again"
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// What was being done, with its bytes.
        during: String,
    },
    /// SQLite failed.
    #[error("journal {path}, {during}: {error}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What was being done.
        during: &'static str,
        /// SQLite's error.
        error: rusqlite::Error,
    },
}

/// An open journal. While it lives no other process, and no other part of this one, can open the file.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    path: PathBuf,
    tail: Tail,
}

/// Opens a journal and applies every event in it to `core`, in order.
///
/// # Errors
/// As [`Journal::open`]; an event that the core's type does not read is a corrupt frame.
pub fn recover<C: Core>(path: &Path, kind: &str, core: &mut C) -> Result<Journal, JournalError> {
    Journal::open(path, kind, |frame| {
        for (at, line) in frame.lines().enumerate() {
            let event = serde_json::from_slice(line)
                .map_err(|error| format!("event {} is not read: {error}", frame.first_event + at as u64))?;
            core.apply(&event);
        }
        Ok(())
    })
}

/// As [`recover`], but waits up to a deadline for another process to let go of the journal: on a restart the predecessor
/// still answers its last calls, [`PREDECESSOR_DEADLINE`] at most, when the new process starts.
///
/// # Errors
/// As [`recover`]; [`JournalError::InUse`] only once the deadline has passed.
pub async fn recover_waiting<C: Core>(
    path: &Path,
    kind: &str,
    core: &mut C,
    deadline: Duration,
) -> Result<Journal, JournalError> {
    let give_up_at = Instant::now() + deadline;
    loop {
        match recover(path, kind, core) {
            // Refused before the first frame is read, so the core is still as it was.
            Err(JournalError::InUse { .. }) if Instant::now() < give_up_at => {
                tokio::time::sleep(IN_USE_PAUSE).await;
            }
            recovered => return recovered,
        }
    }
}

impl Journal {
    /// Opens the journal of a service, created where absent, and shows every frame to `visit` after verifying it against
    /// the chain. `kind` names the service and must be what the file was created with.
    ///
    /// # Errors
    /// Where another process has the file open, it is not a journal of this kind, or any frame is not what was written;
    /// the error names the frame. Nothing is repaired or cut off.
    pub fn open(
        path: &Path,
        kind: &str,
        mut visit: impl FnMut(&Frame) -> Result<(), String>,
    ) -> Result<Self, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| failed(path, "opening", error))?;
        configure(&connection).map_err(|error| failed(path, "opening", error))?;
        let mut journal = Self { connection, path: path.to_owned(), tail: Tail::genesis(kind) };
        journal.create_or_identify(kind)?;
        journal.verify(&mut visit)?;
        Ok(journal)
    }

    /// Number of frames.
    pub const fn frames(&self) -> u64 {
        self.tail.frames
    }

    /// Number of events.
    pub const fn events(&self) -> u64 {
        self.tail.events
    }

    /// Hash of the last frame, which stands for the whole journal.
    pub const fn head_hash(&self) -> [u8; 32] {
        self.tail.hash
    }

    fn create_or_identify(&mut self, kind: &str) -> Result<(), JournalError> {
        let path = self.path.clone();
        let sql = |error| failed(&path, "reading its header", error);
        let foreign = |problem: String| JournalError::Foreign {
            path: path.clone(),
            expected: format!("the {kind} service"),
            problem,
        };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(sql)?;
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sql)?;
        let application: i64 = transaction.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(sql)?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(sql)?;
        if tables == 0 && application == 0 && version == 0 {
            transaction.execute_batch(SCHEMA).map_err(sql)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(sql)?;
            transaction.pragma_update(None, "user_version", FORMAT_VERSION).map_err(sql)?;
            transaction
                .execute("INSERT INTO head VALUES (1, ?1, 0, ?2)", params![kind, self.tail.hash])
                .map_err(sql)?;
        } else if application != APPLICATION_ID {
            return Err(foreign("it is a database of something else".to_owned()));
        } else if version != FORMAT_VERSION {
            return Err(foreign(format!("its format is {version}, this program reads {FORMAT_VERSION}")));
        } else {
            let found: Option<String> =
                transaction.query_row("SELECT kind FROM head", [], |row| row.get(0)).optional().map_err(sql)?;
            if found.as_deref() != Some(kind) {
                return Err(foreign(format!("it belongs to {}", found.unwrap_or_else(|| "nobody".to_owned()))));
            }
        }
        transaction.commit().map_err(sql)
    }

    fn verify(&mut self, visit: &mut impl FnMut(&Frame) -> Result<(), String>) -> Result<(), JournalError> {
        let path = &self.path;
        let mut tail = self.tail;
        let corrupt = |frame: u64, problem: String| JournalError::Corrupt { path: path.clone(), frame, problem };
        let mut statement = self
            .connection
            .prepare("SELECT seq, first_event, event_count, events, prev_hash, hash FROM frames ORDER BY seq")
            .map_err(|error| failed(path, "reading frames", error))?;
        let mut rows = statement.query([]).map_err(|error| failed(path, "reading frames", error))?;
        loop {
            let next = tail.frames + 1;
            let unreadable = |error: rusqlite::Error| corrupt(next, format!("it cannot be read: {error}"));
            let Some(row) = rows.next().map_err(unreadable)? else { break };
            let frame = read_frame(row).map_err(unreadable)?;
            if let Some(problem) = frame.fault_after(&tail) {
                return Err(corrupt(frame.seq, problem));
            }
            visit(&frame).map_err(|problem| corrupt(frame.seq, problem))?;
            tail = tail.after(&frame);
        }
        let (frames, hash): (i64, [u8; 32]) = self
            .connection
            .query_row("SELECT frames, hash FROM head", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(|error| failed(path, "reading its head", error))?;
        if (unsigned(frames), hash) != (tail.frames, tail.hash) {
            let problem = format!("the head names frame {frames} as the last, the last found is {}", tail.frames);
            return Err(corrupt(tail.frames.max(1), problem));
        }
        self.tail = tail;
        Ok(())
    }
}

impl Sink for Journal {
    fn append(&mut self, events: Vec<u8>, event_count: u64) -> Result<(), JournalError> {
        if events.len() > FRAME_BYTES_MAX {
            return Err(JournalError::TooLarge { path: self.path.clone(), bytes: events.len() });
        }
        let frame = Frame::chain(&self.tail, events, event_count);
        write_frame(&mut self.connection, &frame).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                let during = format!("writing a frame of {} bytes", frame.events.len());
                JournalError::Full { path: self.path.clone(), during }
            }
            _ => failed(&self.path, "writing a frame", error),
        })?;
        self.tail = self.tail.after(&frame);
        Ok(())
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // A second process must be told at once, not after a wait.
    connection.busy_timeout(Duration::ZERO)?;
    // Before the first access, so that the lock is taken by it and held until the connection closes.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A damaged page must surface as an error, not as another row.
    connection.pragma_update(None, "cell_size_check", "ON")
}

fn write_frame(connection: &mut Connection, frame: &Frame) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT INTO frames VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            signed(frame.seq),
            signed(frame.first_event),
            signed(frame.event_count),
            frame.events,
            frame.prev_hash,
            frame.hash
        ],
    )?;
    transaction.execute("UPDATE head SET frames = ?1, hash = ?2", params![signed(frame.seq), frame.hash])?;
    transaction.commit()
}

fn read_frame(row: &rusqlite::Row<'_>) -> rusqlite::Result<Frame> {
    Ok(Frame {
        seq: unsigned(row.get(0)?),
        first_event: unsigned(row.get(1)?),
        event_count: unsigned(row.get(2)?),
        events: row.get(3)?,
        prev_hash: row.get(4)?,
        hash: row.get(5)?,
    })
}

/// SQLite's integers are signed; counts of frames and events never reach 2^63.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A negative count in the file becomes 0, which no check accepts.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn failed(path: &Path, during: &'static str, error: rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::InUse { path },
        Some(ErrorCode::DiskFull) => JournalError::Full { path, during: during.to_owned() },
        _ => JournalError::Sqlite { path, during, error },
    }
}

#[cfg(test)]
mod tests;
