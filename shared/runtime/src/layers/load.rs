//! Bounds the calls in flight, from the request to the end of the response body.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

/// Permits of a service's calls.
pub(super) struct CallLimit {
    service: &'static str,
    calls_max: usize,
    permits: Arc<Semaphore>,
}

impl CallLimit {
    pub(super) fn new(service: &'static str, calls_max: usize) -> Self {
        Self { service, calls_max, permits: Arc::new(Semaphore::new(calls_max)) }
    }

    /// Takes a permit. A call above the limit is refused at once: a queue would answer orders late, and the caller has a
    /// deadline anyway.
    pub(super) fn take_permit(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| {
            let Self { service, calls_max, .. } = self;
            Status::resource_exhausted(format!("{service} has {calls_max} calls in flight, which is its limit"))
        })
    }
}
