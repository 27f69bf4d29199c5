//! Metrics of the broker, made once and at zero from the start.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Usd};
use peaktrade_engine::session::{Event, ExecType, OrdStatus, Session};
use peaktrade_runtime::Registry;
use prometheus::{Counter, Gauge, IntCounter, IntCounterVec, IntGaugeVec};

/// Every state that an order can be counted in.
const COUNTED: [OrdStatus; 5] =
    [OrdStatus::New, OrdStatus::Filled, OrdStatus::Canceled, OrdStatus::Rejected, OrdStatus::Expired];

/// What the books count and show.
pub(crate) struct BookMetrics {
    orders: IntCounterVec,
    fills: IntCounter,
    contracts: IntCounter,
    fees: Counter,
    open_contracts: IntGaugeVec,
    daily_pnl: Gauge,
    equity: Gauge,
    shown: BTreeMap<String, Shown>,
    /// Roots that have a zero of their own until a dated contract takes their place.
    placeholders: Vec<String>,
}

/// What one open session adds to the gauges.
#[derive(Default)]
struct Shown {
    contracts: BTreeMap<ContractSymbol, i64>,
    day_gain: Usd,
    equity: Usd,
}

impl BookMetrics {
    /// Makes the metrics. `roots` get a zero in `open_contracts`, so that the family is there before anything is held.
    pub(crate) fn new(registry: &Registry, roots: impl IntoIterator<Item = String>) -> Self {
        let fees = Counter::new("fees_usd_total", "Fees paid by all sessions since the start, US dollars.")
            .expect("the name is valid and there are no labels");
        registry.prometheus().register(Box::new(fees.clone())).expect("no other metric has this name");
        let metrics = Self {
            orders: registry.counters("orders_total", "Orders by the state that they reached.", &["status"]),
            fills: registry.counter("fills_total", "Fills of all sessions."),
            contracts: registry.counter("filled_contracts_total", "Contracts filled in all sessions."),
            fees,
            open_contracts: registry.gauges(
                "open_contracts",
                "Contracts held by all open sessions, long and short ones added.",
                &["symbol"],
            ),
            daily_pnl: registry.float_gauge(
                "daily_pnl_usd",
                "Profit and loss of all open sessions since the open of their trade date, fees included, US dollars.",
            ),
            equity: registry.float_gauge("equity_usd", "Equity of all open sessions at their marks, US dollars."),
            shown: BTreeMap::new(),
            placeholders: roots.into_iter().collect(),
        };
        for status in COUNTED {
            metrics.orders.with_label_values(&[status.name()]);
        }
        for root in &metrics.placeholders {
            metrics.open_contracts.with_label_values(&[root.as_str()]).set(0);
        }
        metrics
    }

    /// Counts what is on disk.
    pub(crate) fn count(&self, event: &Event) {
        let Event::Reported(report) = event else { return };
        if COUNTED.contains(&report.ord_status) {
            self.orders.with_label_values(&[report.ord_status.name()]).inc();
        }
        if let (ExecType::Trade, Some(trade)) = (report.exec_type, report.trade) {
            self.fills.inc();
            self.contracts.inc_by(u64::from(trade.quantity));
            self.fees.inc_by(trade.fee.to_f64());
        }
    }

    /// Shows a session's account in the gauges; a closed one no longer counts.
    pub(crate) fn show(&mut self, session: &Session) {
        let id = &session.opening().session_id;
        let before = self.shown.remove(id).unwrap_or_default();
        let mut touched: Vec<ContractSymbol> = before.contracts.keys().copied().collect();
        if !session.is_closed() {
            let mut now = Shown::default();
            now.contracts.extend(session.opening().instruments.keys().map(|contract| (*contract, 0)));
            // An account out of range shows nothing; every command on it is refused with the reason.
            if let Ok(account) = session.account() {
                now.contracts.extend(account.positions.iter().map(|held| (held.contract, held.quantity.abs())));
                (now.day_gain, now.equity) = (account.day_gain, account.equity);
            }
            touched.extend(now.contracts.keys());
            self.shown.insert(id.clone(), now);
        }
        for contract in touched {
            let held: i64 = self.shown.values().filter_map(|shown| shown.contracts.get(&contract)).sum();
            self.drop_placeholder(contract);
            self.open_contracts.with_label_values(&[contract.to_string().as_str()]).set(held);
        }
        self.daily_pnl.set(self.shown.values().map(|shown| shown.day_gain.to_f64()).sum());
        self.equity.set(self.shown.values().map(|shown| shown.equity.to_f64()).sum());
    }

    fn drop_placeholder(&mut self, contract: ContractSymbol) {
        let root = contract.root();
        if let Some(at) = self.placeholders.iter().position(|placeholder| placeholder == root.as_str()) {
            let placeholder = self.placeholders.swap_remove(at);
            // An error means that the label was never there, which is what is wanted.
            let _ = self.open_contracts.remove_label_values(&[placeholder.as_str()]);
        }
    }
}

/// Calls to the risk gate.
#[derive(Clone)]
pub(crate) struct GateMetrics {
    failures: IntCounterVec,
}

/// Names of the gate's calls in the label `call`.
const GATE_CALLS: [&str; 4] = ["open_session", "check_order", "report_executions", "get_policy"];

impl GateMetrics {
    pub(crate) fn new(registry: &Registry) -> Self {
        let help = "Calls to the risk gate that brought no usable answer.";
        let failures = registry.counters("risk_gate_call_failures_total", help, &["call"]);
        for call in GATE_CALLS {
            failures.with_label_values(&[call]);
        }
        Self { failures }
    }

    pub(crate) fn failed(&self, call: &'static str) {
        self.failures.with_label_values(&[call]).inc();
    }
}

/// Handles of the journal's owner, registered here.
pub(crate) fn journal_metrics(registry: &Registry) -> peaktrade_journal::Metrics {
    let metrics = peaktrade_journal::Metrics::default();
    let register = |collector: Box<dyn prometheus::core::Collector>| {
        registry.prometheus().register(collector).expect("no other metric has the journal's names");
    };
    register(Box::new(metrics.commits.clone()));
    register(Box::new(metrics.events.clone()));
    register(Box::new(metrics.failed.clone()));
    metrics
}
