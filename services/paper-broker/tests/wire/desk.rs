//! A broker between its fakes, and the calls that tests make on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use broker::paper_broker_service_client::PaperBrokerServiceClient;
use peaktrade_gates::OfflineGate;
use peaktrade_paper_broker::Config;
use peaktrade_runtime::{Exporter, MetricsTarget, Running};
use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::common::v1 as common;
use prost_types::Timestamp;
use tonic::transport::Channel;

use crate::bars::{self, DATASET, OPEN_SECONDS};
use crate::gate::{FakeGate, Served};

/// Session of most tests.
pub(crate) const SESSION: &str = "s-1";

/// A running broker.
pub(crate) struct Desk {
    pub(crate) gate: FakeGate,
    pub(crate) served: Option<Served>,
    pub(crate) running: Option<Running>,
    pub(crate) client: PaperBrokerServiceClient<Channel>,
    pub(crate) exporter: Exporter,
    pub(crate) config: Config,
    /// How often bars were pulled.
    pub(crate) pulls: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
}

pub(crate) fn gates() -> OfflineGate {
    let variables = [
        ("PEAK_OFFLINE", "1"),
        ("LIVE_TRADING", "0"),
        ("BROKER_MODE", "replay"),
        ("INSTRUMENT_ALLOWLIST", "NQ,MNQ"),
        ("CME_FUTURES_ENABLED", "1"),
    ];
    OfflineGate::check(variables.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
}

/// The illustrative file of a name.
pub(crate) fn illustrative(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/futures_cme/illustrative").join(name)
}

/// Minute of the session as an instant.
pub(crate) fn minute(minute: i64) -> Timestamp {
    Timestamp { seconds: OPEN_SECONDS + minute * 60, nanos: 0 }
}

pub(crate) fn order(key: &str, contract: &str, side: common::Side, quantity: u32) -> common::Order {
    common::Order {
        session_id: SESSION.to_owned(),
        account: "demo".to_owned(),
        client_order_id: key.to_owned(),
        contract: contract.to_owned(),
        side: side.into(),
        quantity,
        order_type: common::OrderType::Market.into(),
        time_in_force: common::TimeInForce::Day.into(),
    }
}

pub(crate) fn opening(session_id: &str) -> broker::OpenSessionRequest {
    broker::OpenSessionRequest {
        session_id: session_id.to_owned(),
        account: "demo".to_owned(),
        cash_usd: "100000".to_owned(),
        dataset_id: DATASET.to_owned(),
        clock: Some(minute(10)),
    }
}

impl Desk {
    /// A broker with one open session, its clock at minute 10.
    pub(crate) async fn open() -> Self {
        let mut desk = Self::start().await;
        desk.client.open_session(opening(SESSION)).await.unwrap();
        desk
    }

    pub(crate) async fn start() -> Self {
        let (bars, pulls) = bars::serve().await;
        let bars = format!("http://{bars}");
        let gate = FakeGate::default();
        let served = gate.serve("127.0.0.1:0").await;
        let folder = tempfile::tempdir().unwrap();
        let exporter = Exporter::new();
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            metrics: MetricsTarget::Shared(exporter.clone()),
            data_dir: folder.path().to_owned(),
            calendar_endpoint: bars.clone(),
            dataset_endpoint: bars,
            risk_gate_endpoint: format!("http://{}", served.address),
            fees_file: illustrative("fees.toml"),
            margins_file: illustrative("margins.toml"),
        };
        let running = peaktrade_paper_broker::start(gates(), config.clone()).await.unwrap();
        let client = PaperBrokerServiceClient::connect(running.endpoint()).await.unwrap();
        let (served, running) = (Some(served), Some(running));
        Self { gate, served, running, client, exporter, config, pulls, _folder: folder }
    }

    /// Ends the broker and starts it again on the same folder.
    pub(crate) async fn restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.exporter = Exporter::new();
        self.config.metrics = MetricsTarget::Shared(self.exporter.clone());
        // The old owner's thread lets go of the journal a moment after the server has gone; the new broker waits for it.
        let running = peaktrade_paper_broker::start(gates(), self.config.clone()).await.unwrap();
        self.client = PaperBrokerServiceClient::connect(running.endpoint()).await.unwrap();
        self.running = Some(running);
    }

    pub(crate) async fn submit(&mut self, order: common::Order) -> broker::SubmitOrderResponse {
        let request = broker::SubmitOrderRequest { order: Some(order) };
        self.client.submit_order(request).await.unwrap().into_inner()
    }

    pub(crate) async fn submit_error(&mut self, order: common::Order) -> tonic::Status {
        let request = broker::SubmitOrderRequest { order: Some(order) };
        self.client.submit_order(request).await.unwrap_err()
    }

    pub(crate) async fn advance(&mut self, to_minute: i64) -> broker::AdvanceClockResponse {
        let request = broker::AdvanceClockRequest { session_id: SESSION.to_owned(), to: Some(minute(to_minute)) };
        self.client.advance_clock(request).await.unwrap().into_inner()
    }

    pub(crate) async fn account(&mut self) -> broker::GetAccountResponse {
        let request = broker::GetAccountRequest { session_id: SESSION.to_owned() };
        self.client.get_account(request).await.unwrap().into_inner()
    }

    pub(crate) async fn roll(&mut self, key: &str) -> broker::RollPositionResponse {
        let request = broker::RollPositionRequest {
            session_id: SESSION.to_owned(),
            client_order_id: key.to_owned(),
            from_contract: "NQH2026".to_owned(),
            to_contract: "NQM2026".to_owned(),
        };
        self.client.roll_position(request).await.unwrap().into_inner()
    }

    pub(crate) async fn executions(&mut self) -> Vec<common::ExecutionReport> {
        let request = broker::ListExecutionsRequest { session_id: SESSION.to_owned(), from_sequence: 0 };
        let mut messages = self.client.list_executions(request).await.unwrap().into_inner();
        let mut reports = Vec::new();
        while let Some(message) = messages.message().await.unwrap() {
            reports.extend(message.executions);
        }
        reports
    }

    /// One sample of the metrics, by its name and one of its labels.
    pub(crate) fn metric(&self, name: &str, label: &str) -> f64 {
        let text = self.exporter.render();
        let is_meant = |line: &&str| line.starts_with(&format!("{name}{{")) && line.contains(label);
        let line = text.lines().find(is_meant).unwrap_or_else(|| panic!("no sample of {name} with {label:?}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Waits until the gate has every report of the session.
    pub(crate) async fn wait_until_gate_is_current(&mut self) {
        let issued = self.account().await.report_sequence;
        self.gate.wait_for(SESSION, issued).await;
    }
}

/// Reports as short lines: key, type/state, fill, leaves, text.
pub(crate) fn lines(reports: &[common::ExecutionReport]) -> Vec<String> {
    let line = |report: &common::ExecutionReport| {
        let exec_type = report.exec_type().as_str_name().trim_start_matches("EXEC_TYPE_");
        let status = report.ord_status().as_str_name().trim_start_matches("ORD_STATUS_");
        let fill = if report.last_qty == 0 {
            String::new()
        } else {
            format!(" {}@{} fee {}", report.last_qty, report.last_px, report.fee_usd)
        };
        let text = if report.text.is_empty() { String::new() } else { format!(" [{}]", report.text) };
        format!("{} {exec_type}/{status}{fill} leaves {}{text}", report.client_order_id, report.leaves_qty)
    };
    reports.iter().map(line).collect()
}
