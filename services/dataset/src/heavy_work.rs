//! Long work on whole contracts: how much of it goes on at a time, how much may wait, and how its caller hears of it.

use std::future::Future;
use std::sync::Arc;

use peaktrade_wire::dataset::v1 as wire;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tracing::Instrument as _;

/// Imports, validations and builds at a time; each holds the bars of a contract or of a series in memory, and the
/// machine has few cores. Further ones wait.
const WORKING_MAX: u32 = 2;

/// Builds and validations under way or waiting. Their work outlives the call, so the limits of calls do not bound it;
/// an import waits its turn behind all of them, and eight turns fit into a minute.
const LONG_CALLS_MAX: usize = 8;

/// Messages of progress waiting for a slow caller; further ones are left out, the result never is.
const PROGRESS_WAITING_MAX: usize = 16;

/// The permits of long work.
#[derive(Debug)]
pub(crate) struct HeavyWork {
    working: Arc<Semaphore>,
    long_calls: Arc<Semaphore>,
}

impl Default for HeavyWork {
    fn default() -> Self {
        Self {
            working: Arc::new(Semaphore::new(WORKING_MAX as usize)),
            long_calls: Arc::new(Semaphore::new(LONG_CALLS_MAX)),
        }
    }
}

impl HeavyWork {
    /// Waits for its turn. The permit is owned, so that it can go where the work goes.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, Status> {
        turn(Arc::clone(&self.working)).await
    }

    /// Waits until nothing else is under way, for work that needs the machine to itself. Who asks later waits behind it.
    pub(crate) async fn all_turns(&self) -> Result<OwnedSemaphorePermit, Status> {
        let all = Arc::clone(&self.working).acquire_many_owned(WORKING_MAX);
        all.await.map_err(|_| stopping())
    }

    /// Runs work in a task of its own, when its turn comes, and streams its progress, then its result or its error.
    /// A caller that leaves before that turn takes its work along; afterwards the work decides by its [`Teller`].
    pub(crate) fn answer_with_progress<M, R, W, Working>(
        &self,
        of_progress: impl Fn(wire::Progress) -> M + Send + Sync + 'static,
        of_result: impl FnOnce(R) -> M + Send + 'static,
        work: W,
    ) -> Result<ReceiverStream<Result<M, Status>>, Status>
    where
        M: Send + 'static,
        R: Send + 'static,
        W: FnOnce(Teller<M>) -> Working,
        Working: Future<Output = Result<R, Status>> + Send + 'static,
    {
        let admitted = Arc::clone(&self.long_calls).try_acquire_owned().map_err(|_| {
            let problem =
                format!("{LONG_CALLS_MAX} builds and validations are under way or waiting; no more are taken");
            Status::resource_exhausted(problem)
        })?;
        let (sender, receiver) = mpsc::channel(PROGRESS_WAITING_MAX);
        let working = work(Teller { sender: sender.clone(), of_progress: Box::new(of_progress) });
        let waiting = turn(Arc::clone(&self.working));
        let task = async move {
            let turn = tokio::select! {
                biased;
                () = sender.closed() => return,
                turn = waiting => turn,
            };
            let answer = match turn {
                Ok(_turn) => working.await.map(of_result),
                Err(stopping) => Err(stopping),
            };
            // What is left is the caller's pace, which must hold nobody up.
            drop(admitted);
            // A caller that left needs no answer; what was built is stored all the same.
            let _ = sender.send(answer).await;
        };
        tokio::spawn(task.in_current_span());
        Ok(ReceiverStream::new(receiver))
    }
}

async fn turn(working: Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Status> {
    working.acquire_owned().await.map_err(|_| stopping())
}

fn stopping() -> Status {
    Status::unavailable("the service is stopping")
}

/// Tells a caller how far the work is.
pub(crate) struct Teller<M> {
    sender: mpsc::Sender<Result<M, Status>>,
    of_progress: Box<dyn Fn(wire::Progress) -> M + Send + Sync>,
}

impl<M> Teller<M> {
    pub(crate) fn tell(&self, step: String, done: u64, total: u64) {
        // Full or gone: progress is a courtesy.
        let _ = self.sender.try_send(Ok((self.of_progress)(wire::Progress { step, done, total })));
    }

    /// Whether the caller is still there; work whose only fruit is its answer ends without one.
    pub(crate) fn is_heard(&self) -> bool {
        !self.sender.is_closed()
    }
}

#[cfg(test)]
mod tests;
