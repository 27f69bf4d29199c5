use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{Core, Limits, Metrics, Owner, OwnerError, OwnerHandle, Sink};
use crate::journal::{Journal, JournalError, recover};

/// Adds; a command of 0 reads, the panicking command is 666.
#[derive(Default)]
struct Sum {
    total: u64,
    committed: Arc<AtomicUsize>,
}

impl Core for Sum {
    type Command = u64;
    type Answer = u64;
    type Event = u64;

    fn handle(&mut self, amount: u64) -> (Vec<u64>, u64) {
        assert_ne!(amount, 666, "asked to panic");
        if amount == 0 {
            return (Vec::new(), self.total);
        }
        self.apply(&amount);
        (vec![amount], self.total)
    }

    fn apply(&mut self, amount: &u64) {
        self.total += amount;
    }

    fn committed(&mut self, events: &[u64]) {
        self.committed.fetch_add(events.len(), Ordering::SeqCst);
    }
}

/// Fails while told to, and counts what it took.
#[derive(Clone, Default)]
struct Disk {
    is_broken: Arc<AtomicBool>,
    frames: Arc<AtomicUsize>,
    largest: Arc<AtomicUsize>,
}

impl Sink for Disk {
    fn append(&mut self, events: Vec<u8>, event_count: u64) -> Result<(), JournalError> {
        if self.is_broken.load(Ordering::SeqCst) {
            return Err(JournalError::TooLarge { path: "disk".into(), bytes: events.len() });
        }
        self.frames.fetch_add(1, Ordering::SeqCst);
        self.largest.fetch_max(usize::try_from(event_count).unwrap(), Ordering::SeqCst);
        Ok(())
    }
}

async fn call_concurrently(owner: &OwnerHandle<Sum>, callers: usize) -> Vec<u64> {
    let calls: Vec<_> = (0..callers)
        .map(|_| {
            let owner = owner.clone();
            tokio::spawn(async move { owner.call(1).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers.sort_unstable();
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_commands_share_commits_and_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let journal = Journal::open(&path, "sum", |_| Ok(())).unwrap();
    let metrics = Metrics::default();
    let committed = Arc::new(AtomicUsize::new(0));
    let core = Sum { total: 0, committed: committed.clone() };
    let owner = Owner::spawn(core, journal, Limits::default(), metrics.clone()).unwrap();
    assert_eq!(call_concurrently(&owner, 2000).await, (1..=2000).collect::<Vec<u64>>());
    assert_eq!(metrics.events.get(), 2000);
    assert_eq!(committed.load(Ordering::SeqCst), 2000);
    assert!(metrics.commits.get() < 1000, "{} commits for 2000 commands", metrics.commits.get());
    let commits = metrics.commits.get();
    assert_eq!(owner.call(0).await, Ok(2000));
    assert_eq!(metrics.commits.get(), commits, "a command without events needs no commit");

    owner.stop().await;
    assert_eq!(owner.call(1).await, Err(OwnerError::Stopped));
    let mut recovered = Sum::default();
    recover(&path, "sum", &mut recovered).unwrap();
    assert_eq!(recovered.total, 2000);
}

#[tokio::test]
async fn a_batch_keeps_its_bounds() {
    let disk = Disk::default();
    let limits = Limits { queue_commands: 8, batch_commands: 3, batch_bytes: 4 };
    let owner = Owner::spawn(Sum::default(), disk.clone(), limits, Metrics::default()).unwrap();
    assert_eq!(call_concurrently(&owner, 100).await.len(), 100);
    assert!(disk.largest.load(Ordering::SeqCst) <= 3);
    assert!(disk.frames.load(Ordering::SeqCst) >= 34);
}

#[tokio::test]
async fn a_failed_commit_refuses_everything_after_it() {
    let disk = Disk::default();
    let metrics = Metrics::default();
    let owner = Owner::spawn(Sum::default(), disk.clone(), Limits::default(), metrics.clone()).unwrap();
    assert_eq!(owner.call(1).await, Ok(1));
    disk.is_broken.store(true, Ordering::SeqCst);
    assert!(matches!(owner.call(2).await, Err(OwnerError::Failed { cause }) if cause.contains("frame of 2 bytes")));
    // The disk is well again, but the state in memory is ahead of it: neither writes nor reads may go on.
    disk.is_broken.store(false, Ordering::SeqCst);
    for command in [3, 0] {
        assert!(matches!(owner.call(command).await, Err(OwnerError::Failed { .. })));
    }
    assert_eq!((disk.frames.load(Ordering::SeqCst), metrics.commits.get(), metrics.failed.get()), (1, 1, 1));
    assert!(*owner.failed().borrow(), "whoever watches is told");
}

#[tokio::test]
async fn a_panic_while_deciding_refuses_everything_after_it() {
    let disk = Disk::default();
    let owner = Owner::spawn(Sum::default(), disk.clone(), Limits::default(), Metrics::default()).unwrap();
    assert!(matches!(owner.call(666).await, Err(OwnerError::Failed { cause }) if cause.contains("fault inside")));
    assert!(matches!(owner.call(1).await, Err(OwnerError::Failed { .. })));
    assert_eq!(disk.frames.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_queued_command_is_carried_out_even_if_its_caller_leaves() {
    let disk = Disk::default();
    let owner = Owner::spawn(Sum::default(), disk.clone(), Limits::default(), Metrics::default()).unwrap();
    let abandoned = owner.clone();
    let call = tokio::spawn(async move { abandoned.call(5).await });
    tokio::task::yield_now().await;
    call.abort();
    assert_eq!(owner.call(0).await, Ok(5));
}
