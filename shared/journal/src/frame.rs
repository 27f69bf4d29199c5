//! A frame: the events of one batch, chained to the frame before it.

use sha2::{Digest as _, Sha256};

/// The events of one batch as one row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Number of the frame, counted from 1 without holes.
    pub seq: u64,
    /// Number of its first event in the journal, counted from 1.
    pub first_event: u64,
    /// Number of its events, at least 1.
    pub event_count: u64,
    /// One JSON document per event, each ended by a line feed.
    pub events: Vec<u8>,
    /// Hash of the frame before; of the journal's kind for the first.
    pub prev_hash: [u8; 32],
    /// SHA-256 over `prev_hash`, `seq` (8 bytes, big-endian) and `events`.
    pub hash: [u8; 32],
}

impl Frame {
    /// Chains events to the frame before.
    pub(crate) fn chain(tail: &Tail, events: Vec<u8>, event_count: u64) -> Self {
        let seq = tail.frames + 1;
        let hash = hash(&tail.hash, seq, &events);
        Self { seq, first_event: tail.events + 1, event_count, events, prev_hash: tail.hash, hash }
    }

    /// The JSON documents, without their line feeds.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.events.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
    }

    /// What is wrong with this frame as the successor of `tail`; `None` where it fits.
    pub(crate) fn fault_after(&self, tail: &Tail) -> Option<String> {
        let line_count = self.events.iter().filter(|byte| **byte == b'\n').count() as u64;
        if self.seq != tail.frames + 1 {
            return Some(format!("its number should be {}: a frame is missing or out of order", tail.frames + 1));
        }
        if self.prev_hash != tail.hash {
            return Some("it does not follow from the frame before: the chain is broken".to_owned());
        }
        if self.hash != hash(&self.prev_hash, self.seq, &self.events) {
            return Some("its content does not match its hash".to_owned());
        }
        if self.event_count != line_count || line_count == 0 || self.events.last() != Some(&b'\n') {
            return Some(format!("it says {} events and holds {line_count}", self.event_count));
        }
        if self.first_event != tail.events + 1 {
            return Some(format!("its first event is numbered {}, not {}", self.first_event, tail.events + 1));
        }
        None
    }
}

/// Where a journal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) frames: u64,
    pub(crate) events: u64,
    pub(crate) hash: [u8; 32],
}

impl Tail {
    /// Before the first frame. The kind is hashed in, so that frames of one service's journal never fit another's.
    pub(crate) fn genesis(kind: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"peaktrade.journal.v1\0");
        hasher.update(kind.as_bytes());
        Self { frames: 0, events: 0, hash: hasher.finalize().into() }
    }

    pub(crate) fn after(&self, frame: &Frame) -> Self {
        Self { frames: frame.seq, events: self.events + frame.event_count, hash: frame.hash }
    }
}

fn hash(prev_hash: &[u8; 32], seq: u64, events: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(prev_hash);
    hasher.update(seq.to_be_bytes());
    hasher.update(events);
    hasher.finalize().into()
}
