//! Bounds the calls in flight, from the request to the end of the response body.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt as _;
use tower::util::service_fn;

use crate::service::Handler;

/// A call above the limit is refused at once: a queue would answer orders late, and the caller has a deadline anyway.
pub(super) fn limit_calls(inner: Handler, service: &'static str, calls_max: usize) -> Handler {
    let permits = Arc::new(Semaphore::new(calls_max));
    Handler::new(service_fn(move |request: http::Request<Body>| {
        let permit = Arc::clone(&permits).try_acquire_owned();
        let inner = inner.clone();
        async move {
            let Ok(permit) = permit else {
                let status = Status::resource_exhausted(format!(
                    "{service} has {calls_max} calls in flight, which is its limit"
                ));
                return Ok::<_, Infallible>(status.into_http());
            };
            let response = inner.oneshot(request).await?;
            Ok(response.map(|body| Body::new(HoldingBody { body, _permit: permit })))
        }
    }))
}

/// A body that holds a permit until it is dropped.
struct HoldingBody {
    body: Body,
    _permit: OwnedSemaphorePermit,
}

impl http_body::Body for HoldingBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
