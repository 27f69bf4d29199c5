use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::{Journal, JournalError, PREDECESSOR_DEADLINE, Sink as _, recover, recover_waiting};
use crate::owner::Core;

/// Writes three frames of one, two and one events.
fn write_three(path: &Path) -> [u8; 32] {
    let mut journal = Journal::open(path, "test", |_| Ok(())).unwrap();
    journal.append(b"1\n".to_vec(), 1).unwrap();
    journal.append(b"2\n3\n".to_vec(), 2).unwrap();
    journal.append(b"4\n".to_vec(), 1).unwrap();
    journal.head_hash()
}

fn open(path: &Path, kind: &str) -> Result<Vec<u8>, JournalError> {
    let mut seen = Vec::new();
    Journal::open(path, kind, |frame| {
        seen.extend_from_slice(&frame.events);
        Ok(())
    })?;
    Ok(seen)
}

#[test]
fn a_reopened_journal_has_every_frame_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let head = write_three(&path);
    let mut journal = Journal::open(&path, "test", |_| Ok(())).unwrap();
    assert_eq!((journal.frames(), journal.events(), journal.head_hash()), (3, 4, head));
    journal.append(b"5\n".to_vec(), 1).unwrap();
    drop(journal);
    assert_eq!(open(&path, "test").unwrap(), b"1\n2\n3\n4\n5\n");
}

/// Changes the file behind the journal's back and expects the next open to name the frame and the fault.
fn check_tampered(change: &str, frame: u64, problem: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    write_three(&path);
    Connection::open(&path).unwrap().execute_batch(change).unwrap();
    let error = open(&path, "test").unwrap_err();
    let text = error.to_string();
    let is_expected = matches!(error, JournalError::Corrupt { frame: named, .. } if named == frame);
    assert!(is_expected && text.contains(problem), "{change}: {text}");
}

#[test]
fn any_change_of_a_frame_is_found_and_named() {
    check_tampered("UPDATE frames SET events = CAST('2\n9\n' AS BLOB) WHERE seq = 2", 2, "does not match its hash");
    check_tampered("UPDATE frames SET hash = zeroblob(32) WHERE seq = 2", 2, "does not match its hash");
    check_tampered("UPDATE frames SET hash = zeroblob(31) WHERE seq = 2", 2, "cannot be read");
    check_tampered("UPDATE frames SET prev_hash = zeroblob(32) WHERE seq = 2", 2, "chain is broken");
    check_tampered("UPDATE frames SET event_count = 1 WHERE seq = 2", 2, "holds 2");
    check_tampered("UPDATE frames SET event_count = -2 WHERE seq = 2", 2, "holds 2");
    check_tampered("UPDATE frames SET first_event = 3 WHERE seq = 2", 2, "first event");
    check_tampered("UPDATE frames SET seq = 7 WHERE seq = 2", 3, "missing or out of order");
}

#[test]
fn missing_reordered_and_added_frames_are_found() {
    check_tampered("DELETE FROM frames WHERE seq = 1", 2, "missing or out of order");
    check_tampered("DELETE FROM frames WHERE seq = 2", 3, "missing or out of order");
    check_tampered("DELETE FROM frames WHERE seq = 3", 2, "the head names frame 3 as the last, the last found is 2");
    check_tampered("DELETE FROM frames", 1, "the head names frame 3 as the last, the last found is 0");
    check_tampered(
        "UPDATE frames SET seq = -seq WHERE seq IN (2, 3); UPDATE frames SET seq = 2 WHERE seq = -3;
         UPDATE frames SET seq = 3 WHERE seq = -2",
        2,
        "chain is broken",
    );
    check_tampered("INSERT INTO frames SELECT 4, 5, 1, events, hash, hash FROM frames WHERE seq = 3", 4, "hash");
    check_tampered("UPDATE head SET hash = zeroblob(32)", 3, "the head names");
}

#[test]
fn damaged_bytes_of_the_file_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let mut journal = Journal::open(&path, "test", |_| Ok(())).unwrap();
    for _ in 0..50 {
        journal.append([b"\"", "x".repeat(1000).as_bytes(), b"\"\n"].concat(), 1).unwrap();
    }
    drop(journal);
    let bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(8).rposition(|window| window == b"xxxxxxxx").unwrap();
    let mut damaged = bytes.clone();
    damaged[at] = b'y';
    std::fs::write(&path, &damaged).unwrap();
    let error = open(&path, "test").unwrap_err();
    assert!(matches!(error, JournalError::Corrupt { .. }), "{error}");

    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    open(&path, "test").unwrap_err();

    std::fs::write(&path, b"not a database at all, not even of the length of a header of one").unwrap();
    let error = open(&path, "test").unwrap_err();
    assert!(error.to_string().contains("journal.sqlite"), "{error}");
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let first = Journal::open(&path, "test", |_| Ok(())).unwrap();
    let error = open(&path, "test").unwrap_err();
    assert!(matches!(error, JournalError::InUse { .. }), "{error}");
    drop(first);
    open(&path, "test").unwrap();
}

#[test]
fn a_journal_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    write_three(&path);
    let error = open(&path, "other").unwrap_err();
    assert!(error.to_string().contains("it belongs to test"), "{error}");

    Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let error = open(&path, "test").unwrap_err();
    assert!(error.to_string().contains("its format is 2, this program reads 1"), "{error}");

    let other = folder.path().join("registry.sqlite");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE runs (id INTEGER)").unwrap();
    let error = open(&other, "test").unwrap_err();
    assert!(error.to_string().contains("a database of something else"), "{error}");

    open(&folder.path().join("absent/journal.sqlite"), "test").unwrap_err();
}

#[derive(Default)]
struct Sum(u64);

impl Core for Sum {
    type Command = u64;
    type Answer = ();
    type Event = u64;

    fn handle(&mut self, amount: u64) -> (Vec<u64>, ()) {
        self.apply(&amount);
        (vec![amount], ())
    }

    fn apply(&mut self, amount: &u64) {
        self.0 += amount;
    }
}

#[test]
fn an_event_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    write_three(&path);
    let mut sum = Sum::default();
    let mut journal = recover(&path, "test", &mut sum).unwrap();
    assert_eq!(sum.0, 10);
    journal.append(b"5\n\"six\"\n".to_vec(), 2).unwrap();
    drop(journal);
    let error = recover(&path, "test", &mut Sum::default()).unwrap_err();
    assert!(error.to_string().contains("frame 4: event 6 is not read"), "{error}");
}

#[tokio::test]
async fn a_successor_waits_for_the_journal_up_to_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    write_three(&path);
    let first = Journal::open(&path, "test", |_| Ok(())).unwrap();
    let mut sum = Sum::default();
    let error = recover_waiting(&path, "test", &mut sum, Duration::from_millis(120)).await.unwrap_err();
    assert!(matches!(error, JournalError::InUse { .. }), "{error}");
    let predecessor = async {
        tokio::time::sleep(Duration::from_millis(120)).await;
        drop(first);
    };
    let (recovered, ()) = tokio::join!(recover_waiting(&path, "test", &mut sum, PREDECESSOR_DEADLINE), predecessor);
    // Every event counts once, however often the door was tried.
    assert_eq!((recovered.unwrap().events(), sum.0), (4, 10));
    // What waiting cannot heal is refused at once.
    let error = recover_waiting(&path, "other", &mut sum, PREDECESSOR_DEADLINE).await.unwrap_err();
    assert!(matches!(error, JournalError::Foreign { .. }), "{error}");
}

/// A disk of four megabytes in memory, gone when dropped; `None` where mounting is not allowed.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder.path());
        mount.output().is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
#[allow(clippy::print_stderr, reason = "what did not run must be seen")]
fn a_full_disk_is_named_and_costs_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount() else {
        // Where it is said that mounting is allowed, the test must not pass by not running.
        assert!(std::env::var_os("PEAKTRADE_MOUNTS").is_none(), "mounting a small disk failed");
        eprintln!("not run: mounting a small disk is not allowed here");
        return;
    };
    let (path, filler) = (disk.0.path().join("journal.sqlite"), disk.0.path().join("filler"));
    let mut written = Vec::new();
    for round in 0..4 {
        let mut file = std::fs::File::create(&filler).unwrap();
        let mut bytes = 0;
        while let Ok(more) = file.write(&[0; 4_096]) {
            bytes += more as u64;
        }
        file.set_len(bytes - 200_000).unwrap();
        // A file that is held open keeps its room when it is removed.
        drop(file);
        let mut journal = Journal::open(&path, "test", |_| Ok(())).unwrap();
        let full = loop {
            let line = format!("{round}-{}-{}\n", written.len(), "x".repeat(20_000)).into_bytes();
            match journal.append(line.clone(), 1) {
                Ok(()) => written.extend(line),
                Err(error) => break error,
            }
        };
        assert!(matches!(full, JournalError::Full { .. }), "{full}");
        let text = full.to_string();
        assert!(text.contains(&*path.to_string_lossy()) && text.contains("a frame of 20"), "{text}");
        drop(journal);
        // What was acknowledged is there, and with room it goes on.
        std::fs::remove_file(&filler).unwrap();
        assert!(open(&path, "test").unwrap() == written, "round {round}");
        let mut journal = Journal::open(&path, "test", |_| Ok(())).unwrap();
        journal.append(b"there is room again\n".to_vec(), 1).unwrap();
        written.extend(b"there is room again\n");
        drop(journal);
        if round == 3 {
            assert!(open(&path, "test").unwrap() == written);
        }
    }
}
