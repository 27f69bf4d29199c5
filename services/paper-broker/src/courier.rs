//! Brings execution reports to a gate that could not take them at once. The journal is the outbox: what the gate has not
//! acknowledged is read from there until it has, so an order that was refused while the gate was silent is released there
//! too, even if the gate had allowed it after all.

use std::collections::BTreeSet;
use std::sync::Weak;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::broker::Broker;
use crate::gate::GATE_BUDGET;

/// Pause after a failed round; short enough that a gate that is back is current before the next order.
const PAUSE: Duration = Duration::from_millis(200);

/// Delivers until the broker is gone. `wake` comes whenever reports were left undelivered.
pub(crate) async fn run(broker: Weak<Broker>, mut wake: mpsc::Receiver<()>) {
    // Sessions whose reports the gate refuses for good; said once each.
    let mut given_up = BTreeSet::new();
    while wake.recv().await.is_some() {
        loop {
            let Some(broker) = broker.upgrade() else { return };
            let is_done = round(&broker, &mut given_up).await;
            drop(broker);
            if is_done {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Tries every session once; false where another round may bring more.
async fn round(broker: &Broker, given_up: &mut BTreeSet<String>) -> bool {
    for desk in broker.desks.undelivered() {
        if given_up.contains(&desk.session_id) {
            continue;
        }
        match broker.gate.deliver_until(&desk, &broker.books, Instant::now() + GATE_BUDGET).await {
            Ok(()) => tracing::debug!(session_id = desk.session_id, "reports delivered to the risk gate"),
            // One silent gate is silent for all sessions.
            Err(error) if error.is_passing() => return false,
            Err(error) => {
                tracing::error!(session_id = desk.session_id, %error, "the risk gate refuses the session's reports");
                given_up.insert(desk.session_id.clone());
            }
        }
    }
    true
}
