//! The gate's metrics: handles made once, families at zero from the start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use peaktrade_domain::{ContractSymbol, Usd};
use peaktrade_engine::risk::Reason;
use peaktrade_runtime::Registry;
use prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

/// Handles of everything the gate counts.
#[derive(Clone)]
pub(crate) struct Metrics {
    pub(crate) allowed: IntCounter,
    pub(crate) blocked: IntCounter,
    pub(crate) unexplained_fills: IntCounter,
    pub(crate) journal: peaktrade_journal::Metrics,
    blocks: IntCounterVec,
    kill_switch: IntGauge,
    daily_pnl_usd: Gauge,
    open_contracts: IntGaugeVec,
    /// Contracts with a gauge, to set back to zero those that are held no more.
    shown: Arc<Mutex<BTreeSet<ContractSymbol>>>,
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
            daily_pnl_usd: registry.float_gauge(
                "daily_pnl_usd",
                "Profit and loss of the trade date after fees, of the session that moved last, US dollars.",
            ),
            open_contracts: registry.gauges(
                "open_contracts",
                "Contracts held, short ones negative, of the session that moved last.",
                &["symbol"],
            ),
            shown: Arc::default(),
        }
    }

    pub(crate) fn count_block(&self, primary: Reason) {
        self.blocks.with_label_values(&[primary.label()]).inc();
    }

    pub(crate) fn show_kill_switch(&self, is_engaged: bool) {
        self.kill_switch.set(i64::from(is_engaged));
    }

    pub(crate) fn show_session(&self, held: &BTreeMap<ContractSymbol, i64>, pnl_usd: Option<Usd>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.extend(held.keys());
        for contract in shown.iter() {
            let quantity = held.get(contract).copied().unwrap_or(0);
            self.open_contracts.with_label_values(&[&contract.to_string()]).set(quantity);
        }
        // A result that cannot be computed must not look like the last one that could.
        self.daily_pnl_usd.set(pnl_usd.map_or(f64::NAN, Usd::to_f64));
    }
}
