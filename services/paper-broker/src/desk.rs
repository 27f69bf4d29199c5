//! What the async side keeps for each session: whose turn it is, which reports the gate has, the bars.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use peaktrade_engine::session::Market;
use tokio::sync::Mutex as Turn;

use crate::books::Opened;
use crate::refused::Refused;

/// One session's desk.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) session_id: String,
    /// Held by whoever changes the session, so that the gate judges each order on current reports. With it go the bars,
    /// fetched when first needed, after a restart too, and dropped when the session closes.
    pub(crate) turn: Turn<Option<Arc<Market>>>,
    pub(crate) opened: Opened,
    acknowledged: AtomicU64,
    issued: AtomicU64,
}

impl Desk {
    /// The last report that the gate is known to have.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Acquire)
    }

    pub(crate) fn acknowledge(&self, sequence: u64) {
        self.acknowledged.fetch_max(sequence, Ordering::AcqRel);
    }

    /// The last report known to be on disk.
    pub(crate) fn issued(&self) -> u64 {
        self.issued.load(Ordering::Acquire)
    }

    pub(crate) fn issue(&self, sequence: u64) {
        self.issued.fetch_max(sequence, Ordering::AcqRel);
    }
}

/// All desks by session.
#[derive(Debug, Default)]
pub(crate) struct Desks {
    by_session: Mutex<BTreeMap<String, Arc<Desk>>>,
}

impl Desks {
    /// Sets up a desk where the session has none, with its bars where they are at hand.
    pub(crate) fn set_up(&self, opened: &Opened, issued: u64, market: Option<Arc<Market>>) {
        let session_id = opened.opening.session_id.clone();
        self.lock().entry(session_id.clone()).or_insert_with(|| {
            Arc::new(Desk {
                session_id,
                turn: Turn::new(market),
                opened: opened.clone(),
                acknowledged: AtomicU64::new(0),
                issued: AtomicU64::new(issued),
            })
        });
    }

    pub(crate) fn find(&self, session_id: &str) -> Result<Arc<Desk>, Refused> {
        self.lock()
            .get(session_id)
            .cloned()
            .ok_or_else(|| Refused::UnknownSession { session_id: session_id.to_owned() })
    }

    /// Desks whose reports the gate does not have yet.
    pub(crate) fn undelivered(&self) -> Vec<Arc<Desk>> {
        self.lock().values().filter(|desk| desk.acknowledged() < desk.issued()).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Desk>>> {
        // Nothing under the lock panics half way; the map is whole even if a holder did.
        self.by_session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
