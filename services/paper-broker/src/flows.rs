//! Flows that run to their end even if their caller goes away: what was put to the gate is settled. A call that is given up
//! frees its place in the server while its flow goes on, so the flows have a bound of their own.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::Status;
use tracing::Instrument as _;

use crate::refused::Refused;

/// Flows at once. A flow waits for its session's turn and then at most half a second for the gate: more of them than this
/// would only be callers that have long gone away.
pub(crate) const FLOWS_MAX: usize = 1_024;

/// Runs flows, of a bounded number.
#[derive(Clone, Debug)]
pub(crate) struct Flows {
    places: Arc<Semaphore>,
    limit: usize,
}

impl Flows {
    pub(crate) fn new(limit: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(limit)), limit }
    }

    /// Runs a flow to its end; refuses it where too many run.
    pub(crate) async fn to_the_end<T, F>(&self, flow: F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refused>> + Send + 'static,
    {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            let text = format!("{} calls that change a session are under way, the limit", self.limit);
            return Err(Status::resource_exhausted(text));
        };
        let flow = async move {
            let answer = flow.await;
            drop(place);
            answer
        };
        match tokio::spawn(flow.in_current_span()).await {
            Ok(answer) => Ok(answer?),
            Err(error) => Err(Status::internal(format!("the call failed half way: {error}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Flows;
    use std::time::Duration;
    use tokio::sync::oneshot;
    use tonic::Code;

    #[tokio::test]
    async fn a_flow_whose_caller_has_gone_keeps_its_place_until_its_end() {
        let flows = Flows::new(1);
        let (end, ended) = oneshot::channel::<()>();
        let first = flows.to_the_end(async move {
            let _ = ended.await;
            Ok(1)
        });
        assert!(tokio::time::timeout(Duration::from_millis(10), first).await.is_err(), "the caller goes away");
        let refused = flows.to_the_end(async { Ok(2) }).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert_eq!(refused.message(), "1 calls that change a session are under way, the limit");
        end.send(()).unwrap();
        let give_up_at = tokio::time::Instant::now() + Duration::from_secs(10);
        while flows.to_the_end(async { Ok(3) }).await.is_err() {
            assert!(tokio::time::Instant::now() < give_up_at, "the place never came free");
            tokio::task::yield_now().await;
        }
    }
}
