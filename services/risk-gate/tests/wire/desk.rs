//! A running gate with a client, and messages in a few words.

use std::path::PathBuf;
use std::time::Duration;

use ed25519_dalek::{Signature, VerifyingKey};
use peaktrade_domain::{Sha256, UnixNanos};
use peaktrade_engine::permit::PermitClaims;
use peaktrade_gates::OfflineGate;
use peaktrade_journal::{Journal, JournalError};
use peaktrade_risk_gate::{Config, start};
use peaktrade_runtime::client::{self, Channel};
use peaktrade_runtime::{Exporter, MetricsTarget, Running, StartError};
use peaktrade_wire::common::v1::{ExecType, ExecutionReport, Mark, OrdStatus, Order, OrderType, Side, TimeInForce};
use peaktrade_wire::risk::v1::risk_gate_service_client::RiskGateServiceClient;
use peaktrade_wire::risk::v1::{
    CheckOrderRequest, CheckOrderResponse, Decision, GetPolicyRequest, GetStateRequest, GetStateResponse,
    OpenSessionRequest, Reason, ReportExecutionsRequest,
};
use prost_types::Timestamp;
use tempfile::TempDir;
use tonic::Status;
use tonic_health::pb::health_client::HealthClient;

use crate::calendar;

pub(crate) const POLICY: &str = include_str!("../../../../deploy/futures_cme/illustrative/risk_policy.toml");

pub(crate) type Client = RiskGateServiceClient<Channel>;

pub(crate) fn gate() -> OfflineGate {
    let values = peaktrade_gates::SAFE_VALUES.map(|(name, value)| (name.to_owned(), value.to_owned()));
    OfflineGate::check(values).unwrap()
}

/// A gate and what it stands on. The folder outlives restarts.
pub(crate) struct Desk {
    pub(crate) client: Client,
    pub(crate) folder: TempDir,
    /// Last report that the gate took of session s-1.
    reported: u64,
    running: Option<Running>,
    calendar: Running,
    exporter: Exporter,
}

impl Desk {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("policy.toml"), POLICY).unwrap();
        let calendar = calendar::serve(gate()).await;
        let exporter = Exporter::new();
        let config = config(&folder, &calendar.endpoint(), &exporter);
        let running = start(gate(), config).await.unwrap();
        let client = connect(&running).await;
        Self { client, folder, reported: 0, running: Some(running), calendar, exporter }
    }

    /// Ends the gate as a crash would, without a drain, and starts it on the same folder.
    pub(crate) async fn restart(&mut self) {
        drop(self.running.take());
        self.exporter = Exporter::new();
        let running = self.start_again().await.unwrap();
        self.client = connect(&running).await;
        self.running = Some(running);
    }

    /// Ends the gate and waits until its journal is closed.
    pub(crate) async fn stop(&mut self) {
        self.running.take().unwrap().stop().await;
        while let Err(JournalError::InUse { .. }) = Journal::open(&self.journal(), "risk-gate", |_| Ok(())) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn start_again(&self) -> Result<Running, StartError> {
        start(gate(), config(&self.folder, &self.calendar.endpoint(), &self.exporter)).await
    }

    /// A client of the gate's health.
    pub(crate) async fn health(&self) -> HealthClient<Channel> {
        let endpoint = self.running.as_ref().unwrap().endpoint();
        HealthClient::new(client::connect(&endpoint, client::Options::default()).await.unwrap())
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join("data/risk-gate/journal.sqlite")
    }

    pub(crate) fn policy(&self) -> PathBuf {
        self.folder.path().join("policy.toml")
    }

    /// Value of one sample of the gate's metrics. Example: `metric("risk_decisions_total", "decision=\"allow\"")`.
    pub(crate) fn metric(&self, name: &str, label: &str) -> f64 {
        let text = self.exporter.render();
        let line = text.lines().find(|line| line.starts_with(name) && line.contains(label));
        let line = line.unwrap_or_else(|| panic!("no {name} {label} in\n{text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    pub(crate) async fn open(&mut self, session_id: &str) {
        self.client.open_session(open(session_id)).await.unwrap();
    }

    pub(crate) async fn check(&mut self, order: &Order) -> CheckOrderResponse {
        self.client.check_order(check(order, 0, self.reported)).await.unwrap().into_inner()
    }

    pub(crate) async fn state(&mut self, session_id: &str) -> GetStateResponse {
        self.client.get_state(GetStateRequest { session_id: session_id.to_owned() }).await.unwrap().into_inner()
    }

    pub(crate) async fn report(&mut self, reports: Vec<ExecutionReport>) -> Result<u64, Status> {
        let session_id = "s-1".to_owned();
        let response = self.client.report_executions(ReportExecutionsRequest { session_id, reports }).await?;
        self.reported = response.into_inner().last_sequence;
        Ok(self.reported)
    }

    /// Verifies a permit as the broker does: over the order that was sent, with the gate's published key.
    pub(crate) async fn verify_permit(&mut self, order: &Order, response: &CheckOrderResponse) {
        let policy = self.client.get_policy(GetPolicyRequest {}).await.unwrap().into_inner();
        let permit = response.permit.as_ref().unwrap();
        let claims = PermitClaims {
            order_sha256: engine_order(order).digest(),
            policy_sha256: policy.policy_sha256.parse().unwrap(),
            decision_sequence: response.decision_sequence,
            expires_at: peaktrade_wire::instant(permit.expires_at, "expires_at").unwrap(),
        };
        assert_eq!(permit.policy_sha256, claims.policy_sha256.as_bytes());
        assert_eq!(claims.policy_sha256, Sha256::of(policy.content.as_bytes()));
        let key = VerifyingKey::from_bytes(&policy.public_key.try_into().unwrap()).unwrap();
        let signature = Signature::from_slice(&permit.signature).unwrap();
        key.verify_strict(&claims.signing_bytes(), &signature).unwrap();
    }
}

fn config(folder: &TempDir, calendar_endpoint: &str, exporter: &Exporter) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        metrics: MetricsTarget::Shared(exporter.clone()),
        data_dir: folder.path().join("data"),
        calendar_endpoint: calendar_endpoint.to_owned(),
        policy_file: folder.path().join("policy.toml"),
    }
}

async fn connect(running: &Running) -> Client {
    Client::new(client::connect(&running.endpoint(), client::Options::default()).await.unwrap())
}

fn engine_order(order: &Order) -> peaktrade_engine::order::Order {
    peaktrade_engine::order::Order {
        session_id: order.session_id.clone(),
        account: order.account.clone(),
        client_order_id: order.client_order_id.clone(),
        contract: order.contract.parse().unwrap(),
        side: peaktrade_wire::side(order.side, "side").unwrap(),
        quantity: order.quantity,
        order_type: peaktrade_engine::order::OrderType::Market,
        time_in_force: peaktrade_engine::order::TimeInForce::Day,
    }
}

/// Wednesday 2026-05-13, 10:00 in Chicago, and some seconds.
pub(crate) fn time(seconds: i64) -> Option<Timestamp> {
    let open: UnixNanos = "2026-05-13T15:00:00Z".parse().unwrap();
    Some(peaktrade_wire::timestamp(open.checked_add_nanos(seconds * UnixNanos::SECOND).unwrap()))
}

pub(crate) fn open(session_id: &str) -> OpenSessionRequest {
    OpenSessionRequest { session_id: session_id.to_owned(), account: "demo".to_owned(), event_time: time(0) }
}

pub(crate) fn order(key: &str, side: Side, quantity: u32, contract: &str) -> Order {
    Order {
        session_id: "s-1".to_owned(),
        account: "demo".to_owned(),
        client_order_id: key.to_owned(),
        contract: contract.to_owned(),
        side: side.into(),
        quantity,
        order_type: OrderType::Market.into(),
        time_in_force: TimeInForce::Day.into(),
    }
}

/// A request with a fresh mark of the order's contract at 20,000.
pub(crate) fn check(order: &Order, seconds: i64, report_sequence: u64) -> CheckOrderRequest {
    CheckOrderRequest {
        order: Some(order.clone()),
        event_time: time(seconds),
        marks: vec![Mark { contract: order.contract.clone(), price: "20000".to_owned(), time: time(seconds) }],
        report_sequence,
    }
}

/// A report that an order was filled whole.
pub(crate) fn fill(order: &Order, sequence: u64, price: &str) -> ExecutionReport {
    ExecutionReport {
        sequence,
        session_id: order.session_id.clone(),
        account: order.account.clone(),
        client_order_id: order.client_order_id.clone(),
        order_id: sequence,
        exec_type: ExecType::Trade.into(),
        ord_status: OrdStatus::Filled.into(),
        contract: order.contract.clone(),
        side: order.side,
        order_qty: order.quantity,
        last_qty: order.quantity,
        last_px: price.to_owned(),
        leaves_qty: 0,
        cum_qty: order.quantity,
        avg_px: price.to_owned(),
        fee_usd: "2.25".to_owned(),
        fill_rule: "market_next_open".to_owned(),
        event_time: time(0),
        trade_date: "2026-05-13".to_owned(),
        ..ExecutionReport::default()
    }
}

/// Names of the reasons, in order; `ALLOW` for none.
pub(crate) fn reasons(response: &CheckOrderResponse) -> String {
    if response.decision() == Decision::Allow {
        assert!(response.permit.is_some() && response.reasons.is_empty());
        return "ALLOW".to_owned();
    }
    assert!(response.permit.is_none());
    let names = response.reasons.iter().map(|reason| Reason::try_from(reason.reason).unwrap().as_str_name());
    names.map(|name| name.trim_start_matches("REASON_")).collect::<Vec<_>>().join(" ")
}
