//! Bounds request messages by the length that each announces, before its bytes are collected.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

/// The same request with a body that ends where a message is announced as too long.
pub(super) fn limit_messages(request: http::Request<Body>, message_bytes_max: usize) -> http::Request<Body> {
    request.map(|body| Body::new(LimitedBody { body, meter: Meter::new(message_bytes_max) }))
}

/// Follows the framing of gRPC: one byte of flags, four bytes of length, then the message.
#[derive(Debug)]
struct Meter {
    message_bytes_max: usize,
    prefix: [u8; Self::PREFIX_BYTES],
    prefix_filled: usize,
    message_remaining: usize,
}

impl Meter {
    const PREFIX_BYTES: usize = 5;

    fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max, prefix: [0; Self::PREFIX_BYTES], prefix_filled: 0, message_remaining: 0 }
    }

    /// Takes the next bytes of the body, however they are cut.
    fn take(&mut self, mut bytes: &[u8]) -> Result<(), Status> {
        while !bytes.is_empty() {
            let skipped = self.message_remaining.min(bytes.len());
            self.message_remaining -= skipped;
            bytes = &bytes[skipped..];
            let copied = (Self::PREFIX_BYTES - self.prefix_filled).min(bytes.len());
            self.prefix[self.prefix_filled..self.prefix_filled + copied].copy_from_slice(&bytes[..copied]);
            self.prefix_filled += copied;
            bytes = &bytes[copied..];
            if self.prefix_filled == Self::PREFIX_BYTES {
                let [_, a, b, c, d] = self.prefix;
                let announced = u32::from_be_bytes([a, b, c, d]) as usize;
                if announced > self.message_bytes_max {
                    return Err(Status::resource_exhausted(format!(
                        "request message of {announced} bytes, allowed are at most {}",
                        self.message_bytes_max
                    )));
                }
                self.message_remaining = announced;
                self.prefix_filled = 0;
            }
        }
        Ok(())
    }
}

struct LimitedBody {
    body: Body,
    meter: Meter,
}

impl http_body::Body for LimitedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(bytes) = frame.data_ref()
            && let Err(status) = self.meter.take(bytes)
        {
            return Poll::Ready(Some(Err(status)));
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

#[cfg(test)]
mod tests {
    use super::Meter;

    fn message(length: usize) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend(u32::try_from(length).unwrap().to_be_bytes());
        bytes.extend(vec![7; length]);
        bytes
    }

    /// Feeds messages in pieces of every size; the cut must not matter.
    #[track_caller]
    fn check(limit: usize, lengths: &[usize], expected: Result<(), &str>) {
        let body: Vec<u8> = lengths.iter().flat_map(|length| message(*length)).collect();
        for piece in 1..=body.len() {
            let mut meter = Meter::new(limit);
            let outcome = body.chunks(piece).try_for_each(|bytes| meter.take(bytes));
            assert_eq!(
                outcome.as_ref().map_err(tonic::Status::message),
                expected.as_ref().map(|()| &()).map_err(|text| *text),
                "limit {limit}, messages {lengths:?}, pieces of {piece}"
            );
        }
    }

    #[test]
    fn the_announced_length_decides() {
        check(10, &[0], Ok(()));
        check(10, &[10], Ok(()));
        check(10, &[10, 0, 10, 3], Ok(()));
        check(10, &[11], Err("request message of 11 bytes, allowed are at most 10"));
        check(10, &[10, 0, 12], Err("request message of 12 bytes, allowed are at most 10"));
    }
}
