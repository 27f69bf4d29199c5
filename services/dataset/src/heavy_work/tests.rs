use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use super::{HeavyWork, LONG_CALLS_MAX, WORKING_MAX};

/// Works at a time.
const WORKING: usize = WORKING_MAX as usize;

/// Time for what happens at once on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time in which what need not wait is done.
const SHORTLY: Duration = Duration::from_millis(20);

type Answers = ReceiverStream<Result<&'static str, Status>>;

/// Calls whose work counts its begin and then waits to be let go.
#[derive(Default)]
struct Calls {
    heavy_work: HeavyWork,
    begun: Arc<AtomicUsize>,
}

impl Calls {
    fn call(&self, released: &Arc<Semaphore>) -> Result<Answers, Status> {
        let (begun, released) = (Arc::clone(&self.begun), Arc::clone(released));
        self.heavy_work.answer_with_progress(
            |_| "progress",
            |()| "result",
            move |teller| async move {
                begun.fetch_add(1, Ordering::SeqCst);
                teller.tell("begun".to_owned(), 0, 1);
                let _released = released.acquire().await;
                if teller.is_heard() { Ok(()) } else { Err(Status::cancelled("nobody listens")) }
            },
        )
    }
}

async fn next(answers: &mut Answers) -> Option<Result<&'static str, Status>> {
    tokio::time::timeout(PATIENCE, answers.next()).await.unwrap()
}

async fn until(is_so: impl Fn() -> bool) {
    tokio::time::timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn waiting_calls_are_bounded_and_leave_with_their_callers() {
    let calls = Calls::default();
    let released = Arc::new(Semaphore::new(0));
    let mut taken: Vec<Answers> = (0..LONG_CALLS_MAX).map(|_| calls.call(&released).unwrap()).collect();
    let refused = calls.call(&released).unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().starts_with("8 builds and validations"), "{refused}");

    // The first two work; the callers of all others leave, and their work never begins.
    for answers in &mut taken[..WORKING] {
        assert_eq!(next(answers).await.unwrap().unwrap(), "progress");
    }
    taken.truncate(WORKING);
    until(|| calls.heavy_work.long_calls.available_permits() == LONG_CALLS_MAX - WORKING).await;
    released.add_permits(1);
    for answers in &mut taken {
        assert_eq!(next(answers).await.unwrap().unwrap(), "result");
        assert!(next(answers).await.is_none());
    }
    drop(tokio::time::timeout(PATIENCE, calls.heavy_work.turn()).await.unwrap().unwrap());
    assert_eq!(calls.begun.load(Ordering::SeqCst), WORKING);
    assert_eq!(calls.heavy_work.long_calls.available_permits(), LONG_CALLS_MAX);
}

#[tokio::test]
async fn work_that_has_begun_knows_whether_anybody_listens() {
    let calls = Calls::default();
    let released = Arc::new(Semaphore::new(0));
    let left = calls.call(&released).unwrap();
    until(|| calls.begun.load(Ordering::SeqCst) == 1).await;
    drop(left);
    // It keeps its place until it ends by itself.
    tokio::task::yield_now().await;
    assert_eq!(calls.heavy_work.long_calls.available_permits(), LONG_CALLS_MAX - 1);
    released.add_permits(1);
    until(|| calls.heavy_work.long_calls.available_permits() == LONG_CALLS_MAX).await;
}

#[tokio::test]
async fn work_that_needs_the_machine_to_itself_waits_for_all_and_all_for_it() {
    let heavy_work = HeavyWork::default();
    let under_way = heavy_work.turn().await.unwrap();
    let mut all = std::pin::pin!(heavy_work.all_turns());
    assert!(tokio::time::timeout(SHORTLY, &mut all).await.is_err(), "another work is under way");
    let mut later = std::pin::pin!(heavy_work.turn());
    assert!(tokio::time::timeout(SHORTLY, &mut later).await.is_err(), "it came later");
    drop(under_way);
    let alone = all.await.unwrap();
    assert!(tokio::time::timeout(SHORTLY, &mut later).await.is_err());
    drop(alone);
    assert!(later.await.is_ok());
}
