//! Follows a call to the end of its response body, where gRPC says how it went.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Span;

/// What is done when a call ends.
pub(crate) trait CallEnd: Send + Unpin + 'static {
    /// Span of the call; the body is polled inside it.
    fn span(&self) -> &Span;
    /// Takes the outcome; further calls are ignored.
    fn end(&mut self, code: Code, message: &str);
}

/// Waits for the outcome of a call: in the headers, in the trailers, in an error of the body, or, where the peer went
/// away before that, in being dropped.
pub(crate) struct ObservedBody<C: CallEnd> {
    call: Option<C>,
}

impl<C: CallEnd> ObservedBody<C> {
    /// A call that has no response yet; dropped without one it ends as cancelled.
    pub(crate) fn pending(call: C) -> Self {
        Self { call: Some(call) }
    }

    /// Ends a call that gets no response.
    pub(crate) fn fail(&mut self, code: Code) {
        if let Some(mut call) = self.call.take() {
            call.end(code, "no response");
        }
    }

    /// Attaches the call to the response's body.
    pub(crate) fn wrap(&mut self, response: http::Response<Body>) -> http::Response<Body> {
        let Some(mut call) = self.call.take() else { return response };
        if let Some(status) = Status::from_header_map(response.headers()) {
            // A response of headers alone: the outcome is known and no body follows.
            call.end(status.code(), status.message());
            return response;
        }
        response.map(|body| Body::new(FollowedBody { body, call }))
    }
}

impl<C: CallEnd> Drop for ObservedBody<C> {
    fn drop(&mut self) {
        if let Some(call) = &mut self.call {
            call.end(Code::Cancelled, "the caller went away before the answer");
        }
    }
}

struct FollowedBody<C: CallEnd> {
    body: Body,
    call: C,
}

impl<C: CallEnd> http_body::Body for FollowedBody<C> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        let polled = {
            let _entered = this.call.span().enter();
            Pin::new(&mut this.body).poll_frame(cx)
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(status) = frame.trailers_ref().and_then(Status::from_header_map) {
                    this.call.end(status.code(), status.message());
                }
            }
            Poll::Ready(Some(Err(status))) => this.call.end(status.code(), status.message()),
            Poll::Ready(None) => this.call.end(Code::Unknown, "the body ended without a status"),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<C: CallEnd> Drop for FollowedBody<C> {
    fn drop(&mut self) {
        self.call.end(Code::Cancelled, "the caller went away before the end");
    }
}
