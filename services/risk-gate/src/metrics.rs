//! The gate's metrics: handles made once, families at zero from the start.

use peaktrade_engine::risk::{Reason, Verdict};
use peaktrade_runtime::Registry;
use prometheus::{IntCounter, IntCounterVec, IntGauge};

/// Handles of everything the gate counts.
#[derive(Clone)]
pub(crate) struct Metrics {
    allowed: IntCounter,
    blocked: IntCounter,
    pub(crate) unexplained_fills: IntCounter,
    pub(crate) journal: peaktrade_journal::Metrics,
    blocks: IntCounterVec,
    kill_switch: IntGauge,
}

impl Metrics {
    pub(crate) fn new(registry: &Registry) -> Self {
        let decisions = registry.counters("risk_decisions_total", "Orders judged, by decision.", &["decision"]);
        let blocks = registry.counters("risk_blocks_total", "Orders blocked, by primary reason.", &["reason"]);
        for reason in Reason::ALL {
            blocks.with_label_values(&[reason.label()]);
        }
        let journal = peaktrade_journal::Metrics::default();
        for collector in journal.collectors() {
            registry.prometheus().register(collector).expect("a service names each of its metrics once");
        }
        Self {
            allowed: decisions.with_label_values(&["allow"]),
            blocked: decisions.with_label_values(&["block"]),
            unexplained_fills: registry
                .counter("risk_unexplained_fills_total", "Fills reported for orders that this gate never judged."),
            journal,
            blocks,
            kill_switch: registry.gauge("risk_kill_switch_engaged", "1 while the kill switch is engaged."),
        }
    }

    /// Counts a decision, a BLOCK by its primary reason.
    pub(crate) fn count_decision(&self, verdict: &Verdict) {
        match verdict {
            Verdict::Allow(_) => self.allowed.inc(),
            Verdict::Block(reasons) => {
                self.blocked.inc();
                if let Some(primary) = reasons.first() {
                    self.blocks.with_label_values(&[primary.reason.label()]).inc();
                }
            }
        }
    }

    pub(crate) fn show_kill_switch(&self, is_engaged: bool) {
        self.kill_switch.set(i64::from(is_engaged));
    }
}
