//! The owner of a service's state: one thread, commands in, events committed, answers out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use prometheus::core::Collector;
use prometheus::{IntCounter, IntGauge};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot, watch};

use crate::journal::JournalError;

/// A state machine: commands in, events and an answer out.
pub trait Core: Send + 'static {
    /// What callers ask.
    type Command: Send + 'static;
    /// What they are answered.
    type Answer: Send + 'static;
    /// What is recorded. Replaying the events in order rebuilds the state bit for bit.
    type Event: Serialize + DeserializeOwned + Send;

    /// Decides a command, applies the events it causes to the state, and returns them with the answer. The answer goes
    /// out only after the events are on disk.
    fn handle(&mut self, command: Self::Command) -> (Vec<Self::Event>, Self::Answer);

    /// Applies one recorded event; what `handle` does with its own events, and all that recovery does.
    fn apply(&mut self, event: &Self::Event);

    /// Sees the events of a batch once they are on disk, in order, before any answer goes out: the place to publish them.
    fn committed(&mut self, _events: &[Self::Event]) {}
}

/// Where frames go: the journal, or a fault injector in tests.
pub trait Sink: Send + 'static {
    /// Writes the events of one batch (JSON documents, each ended by a line feed) durably, all or none.
    ///
    /// # Errors
    /// Where they are not certainly on disk.
    fn append(&mut self, events: Vec<u8>, event_count: u64) -> Result<(), JournalError>;
}

/// Bounds of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Commands that may wait; further callers wait for room.
    pub queue_commands: usize,
    /// Most commands in one batch, at least 1.
    pub batch_commands: usize,
    /// A batch takes no further command once its events exceed this many bytes.
    pub batch_bytes: usize,
}

impl Default for Limits {
    /// A queue of 1,024 is a few milliseconds of work; a batch of 256 spreads one disk sync (about 0.1 ms) thin enough
    /// that more would only lengthen the wait of its first caller; 4 MiB keeps a frame quick to hash and write.
    fn default() -> Self {
        Self { queue_commands: 1024, batch_commands: 256, batch_bytes: 4 * 1024 * 1024 }
    }
}

/// Handles of the owner's metrics, made once and registered by the service that runs it.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `journal_commits_total`: batches written.
    pub commits: IntCounter,
    /// `journal_events_total`: events in those batches.
    pub events: IntCounter,
    /// `journal_failed`: 1 once the owner refuses everything.
    pub failed: IntGauge,
}

impl Default for Metrics {
    /// Fresh handles at zero, in no registry.
    fn default() -> Self {
        const VALID: &str = "a metric of fixed, valid name and no labels is always made";
        Self {
            commits: IntCounter::new("journal_commits_total", "Batches of events committed to the journal.")
                .expect(VALID),
            events: IntCounter::new("journal_events_total", "Events committed to the journal.").expect(VALID),
            failed: IntGauge::new("journal_failed", "1 once a commit failed and the service refuses to answer.")
                .expect(VALID),
        }
    }
}

impl Metrics {
    /// The handles as a registry takes them.
    pub fn collectors(&self) -> [Box<dyn Collector>; 3] {
        [Box::new(self.commits.clone()), Box::new(self.events.clone()), Box::new(self.failed.clone())]
    }
}

/// Why a command has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerError {
    /// The events could not be recorded, now or earlier; what the command did is unknown until the journal is reopened.
    #[error("nothing is answered until a restart: {cause}")]
    Failed {
        /// The first fault.
        cause: String,
    },
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopped,
}

/// Starts owners.
#[derive(Debug)]
pub struct Owner;

/// A cloneable door to an owner. The owner's thread ends when it is stopped or the last door is dropped.
pub struct OwnerHandle<C: Core> {
    queue: mpsc::Sender<Message<C>>,
    failed: watch::Receiver<bool>,
}

/// The way back to one caller.
type Reply<C> = oneshot::Sender<Result<<C as Core>::Answer, OwnerError>>;

enum Message<C: Core> {
    Command(C::Command, Reply<C>),
    Stop(oneshot::Sender<()>),
}

impl<C: Core> Clone for OwnerHandle<C> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), failed: self.failed.clone() }
    }
}

impl<C: Core> std::fmt::Debug for OwnerHandle<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnerHandle")
    }
}

impl Owner {
    /// Gives a recovered core and its journal to a thread of their own.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn spawn<C: Core>(
        core: C,
        journal: impl Sink,
        limits: Limits,
        metrics: Metrics,
    ) -> std::io::Result<OwnerHandle<C>> {
        let (queue, commands) = mpsc::channel(limits.queue_commands.max(1));
        let (report_failure, failed) = watch::channel(false);
        let worker = Worker { core, journal, limits, metrics, fault: None, report_failure };
        thread::Builder::new().name("journal-owner".to_owned()).spawn(move || worker.run(commands))?;
        Ok(OwnerHandle { queue, failed })
    }
}

impl<C: Core> OwnerHandle<C> {
    /// Asks the owner, waiting for room in the queue, and returns once the events are on disk. Once queued, a command
    /// is carried out even if this future is dropped.
    ///
    /// # Errors
    /// Where the events could not be recorded, or the owner has stopped.
    pub async fn call(&self, command: C::Command) -> Result<C::Answer, OwnerError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Message::Command(command, reply)).await.map_err(|_| OwnerError::Stopped)?;
        answer.await.map_err(|_| OwnerError::Stopped)?
    }

    /// Turns true when the owner answers nothing any more until a restart.
    pub fn failed(&self) -> watch::Receiver<bool> {
        self.failed.clone()
    }

    /// Lets the owner finish what is queued before this call, closes the journal, and returns once it is closed. Later
    /// commands are refused.
    pub async fn stop(&self) {
        let (reply, stopped) = oneshot::channel();
        if self.queue.send(Message::Stop(reply)).await.is_ok() {
            // An error means that the thread is gone, which is what was asked for.
            let _ = stopped.await;
        }
    }
}

struct Worker<C, S> {
    core: C,
    journal: S,
    limits: Limits,
    metrics: Metrics,
    fault: Option<OwnerError>,
    report_failure: watch::Sender<bool>,
}

/// Commands decided together, waiting for their commit.
struct Batch<C: Core> {
    events: Vec<C::Event>,
    lines: Vec<u8>,
    answers: Vec<(C::Answer, Reply<C>)>,
}

impl<C: Core, S: Sink> Worker<C, S> {
    fn run(mut self, mut commands: mpsc::Receiver<Message<C>>) {
        let mut stop = None;
        while stop.is_none() {
            let Some(first) = commands.blocking_recv() else { break };
            stop = self.run_batch(first, &mut commands);
        }
        // The journal's lock must be free before anyone is told that it is.
        drop(self);
        drop(commands);
        if let Some(reply) = stop {
            let _ = reply.send(());
        }
    }

    /// Decides commands until the batch is full or the queue empty, commits, answers.
    fn run_batch(
        &mut self,
        first: Message<C>,
        commands: &mut mpsc::Receiver<Message<C>>,
    ) -> Option<oneshot::Sender<()>> {
        let mut batch = Batch { events: Vec::new(), lines: Vec::new(), answers: Vec::new() };
        let mut next = Some(first);
        let mut stop = None;
        while let Some(message) = next.take() {
            match message {
                Message::Command(command, reply) => self.decide(command, reply, &mut batch),
                Message::Stop(reply) => {
                    stop = Some(reply);
                    break;
                }
            }
            let is_full =
                batch.answers.len() >= self.limits.batch_commands || batch.lines.len() > self.limits.batch_bytes;
            if !is_full {
                next = commands.try_recv().ok();
            }
        }
        self.commit(batch);
        stop
    }

    fn decide(&mut self, command: C::Command, reply: Reply<C>, batch: &mut Batch<C>) {
        if let Some(fault) = &self.fault {
            let _ = reply.send(Err(fault.clone()));
            return;
        }
        let core = &mut self.core;
        let decided = catch_unwind(AssertUnwindSafe(|| core.handle(command)));
        let Ok((events, answer)) = decided else {
            // The state may be half changed, so nothing that follows from it may be answered or recorded.
            let _ = reply.send(Err(self.fail("a fault inside the service while a command was decided".to_owned())));
            return;
        };
        for event in events {
            if let Err(error) = serde_json::to_writer(&mut batch.lines, &event) {
                let _ = reply.send(Err(self.fail(format!("an event could not be written as JSON: {error}"))));
                return;
            }
            batch.lines.push(b'\n');
            batch.events.push(event);
        }
        batch.answers.push((answer, reply));
    }

    fn commit(&mut self, batch: Batch<C>) {
        let Batch { events, lines, answers } = batch;
        let event_count = events.len() as u64;
        if self.fault.is_none() && event_count > 0 {
            match self.journal.append(lines, event_count) {
                Ok(()) => {
                    self.metrics.commits.inc();
                    self.metrics.events.inc_by(event_count);
                    self.core.committed(&events);
                }
                Err(error) => {
                    self.fail(error.to_string());
                }
            }
        }
        for (answer, reply) in answers {
            // A caller that has gone away needs no answer; its command is recorded all the same.
            let _ = reply.send(match &self.fault {
                None => Ok(answer),
                Some(fault) => Err(fault.clone()),
            });
        }
    }

    /// Refuses everything from now on; the first cause stays.
    fn fail(&mut self, cause: String) -> OwnerError {
        let fault = self.fault.get_or_insert_with(|| {
            tracing::error!(%cause, "the journal's owner answers nothing until a restart");
            OwnerError::Failed { cause }
        });
        self.metrics.failed.set(1);
        self.report_failure.send_replace(true);
        fault.clone()
    }
}

#[cfg(test)]
mod tests;
