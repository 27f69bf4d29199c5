//! Event journal on SQLite and the one owner that writes it.
//!
//! A service's state has one owner thread. It drains a batch of queued commands, lets the [`Core`] decide them, writes
//! all their events as one row (a frame) in one transaction, and answers only then: whatever a caller was told is on
//! disk. Frames are chained by SHA-256, and the chain is verified whenever a journal is opened.
//!
//! What it does not do: it never truncates or repairs a journal, never overwrites a frame, and never answers for
//! something it could not record: after the first failed commit it refuses everything until the process restarts.
//!
//! ```
//! use peaktrade_journal::{Core, Limits, Metrics, Owner, recover};
//!
//! #[derive(Default)]
//! struct Counter(u64);
//!
//! impl Core for Counter {
//!     type Command = u64;
//!     type Answer = u64;
//!     type Event = u64;
//!     fn handle(&mut self, amount: u64) -> (Vec<u64>, u64) {
//!         self.apply(&amount);
//!         (vec![amount], self.0)
//!     }
//!     fn apply(&mut self, amount: &u64) {
//!         self.0 += amount;
//!     }
//! }
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("journal.sqlite");
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mut counter = Counter::default();
//! let journal = recover(&path, "counter", &mut counter).unwrap();
//! let owner = Owner::spawn(counter, journal, Limits::default(), Metrics::default()).unwrap();
//! assert_eq!(owner.call(2).await.unwrap(), 2);
//! assert_eq!(owner.call(3).await.unwrap(), 5);
//! owner.stop().await;
//!
//! let mut counter = Counter::default();
//! recover(&path, "counter", &mut counter).unwrap();
//! assert_eq!(counter.0, 5);
//! # });
//! ```

mod frame;
mod journal;
mod owner;

pub use frame::Frame;
pub use journal::{FRAME_BYTES_MAX, Journal, JournalError, PREDECESSOR_DEADLINE, recover, recover_waiting};
pub use owner::{Core, Limits, Metrics, Owner, OwnerError, OwnerHandle, Sink};
