//! A risk gate that judges simply, keeps count, and misbehaves on demand.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use peaktrade_domain::{Sha256, UnixNanos};
use peaktrade_engine::order::{Order, OrderType, TimeInForce};
use peaktrade_engine::permit::PermitClaims;
use peaktrade_wire::risk::v1 as risk;
use risk::risk_gate_service_server::{RiskGateService, RiskGateServiceServer};
use tokio::runtime::Runtime;
use tonic::{Request, Response, Status};

/// How the gate answers orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Allows what is NQ, blocks the rest.
    #[default]
    Honest,
    /// Takes calls and never answers.
    Silent,
    /// Signs permits with another key than the one it shows.
    ForgedSignature,
    /// Signs a permit for another order.
    OtherOrder,
    /// Signs a permit that has expired.
    Expired,
    /// Signs a permit under another policy.
    OtherPolicy,
    /// Allows without a permit.
    NoPermit,
    /// Blocks every buy.
    BlocksBuys,
}

/// What the gate has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) mood: Mood,
    /// Orders judged, in order.
    pub(crate) judged: Vec<String>,
    /// Marks that came with the last order, by contract.
    pub(crate) marks: BTreeMap<String, String>,
    /// All of them in order: contract, price, seconds since the epoch.
    pub(crate) all_marks: Vec<(String, String, i64)>,
    /// Last report of each session.
    pub(crate) reports: BTreeMap<String, u64>,
    /// Session whose reports fail inside the gate.
    pub(crate) broken: Option<String>,
    /// Orders that a report has ended.
    pub(crate) ended: Vec<String>,
}

/// A gate in this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeGate {
    pub(crate) seen: Arc<Mutex<Seen>>,
}

pub(crate) const POLICY: Sha256 = Sha256::from_bytes([5; 32]);

fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

/// A served gate, in a runtime of its own so that it can die with all its connections.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Served {
    /// Kills the gate as SIGKILL would.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl FakeGate {
    pub(crate) async fn serve(&self, address: &str) -> Served {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (gate, address) = (self.clone(), address.to_owned());
        let (bound, told) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::bind(address).await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
            let service = RiskGateServiceServer::new(gate);
            tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming).await.unwrap();
        });
        Served { address: told.await.unwrap(), runtime: Some(runtime) }
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.seen.lock().unwrap().mood = mood;
    }

    /// Waits until the gate has a session's reports up to a sequence.
    pub(crate) async fn wait_for(&self, session_id: &str, sequence: u64) {
        let give_up = Instant::now() + Duration::from_secs(10);
        while self.seen.lock().unwrap().reports.get(session_id).copied().unwrap_or_default() < sequence {
            assert!(Instant::now() < give_up, "the gate never got report {sequence} of {session_id}: {:?}", self.seen);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn pause_if_silent(&self) {
        if self.seen.lock().unwrap().mood == Mood::Silent {
            std::future::pending::<()>().await;
        }
    }
}

fn blocked(reason: risk::Reason, detail: &str) -> risk::CheckOrderResponse {
    risk::CheckOrderResponse {
        decision: risk::Decision::Block.into(),
        reasons: vec![risk::BlockReason { reason: reason.into(), detail: detail.to_owned() }],
        ..risk::CheckOrderResponse::default()
    }
}

fn allowed(order: &Order, at: UnixNanos, mood: Mood) -> risk::CheckOrderResponse {
    let order =
        if mood == Mood::OtherOrder { Order { quantity: order.quantity + 1, ..order.clone() } } else { order.clone() };
    let life = if mood == Mood::Expired { -1 } else { 60 * UnixNanos::SECOND };
    let claims = PermitClaims {
        order_sha256: order.digest(),
        policy_sha256: if mood == Mood::OtherPolicy { Sha256::from_bytes([6; 32]) } else { POLICY },
        decision_sequence: 1,
        expires_at: at.checked_add_nanos(life).unwrap(),
    };
    let signer = if mood == Mood::ForgedSignature { SigningKey::from_bytes(&[4; 32]) } else { key() };
    let permit = risk::Permit {
        order_sha256: claims.order_sha256.as_bytes().to_vec(),
        policy_sha256: claims.policy_sha256.as_bytes().to_vec(),
        decision_sequence: 1,
        expires_at: Some(peaktrade_wire::timestamp(claims.expires_at)),
        signature: signer.sign(&claims.signing_bytes()).to_bytes().to_vec(),
    };
    risk::CheckOrderResponse {
        decision: risk::Decision::Allow.into(),
        permit: (mood != Mood::NoPermit).then_some(permit),
        ..risk::CheckOrderResponse::default()
    }
}

#[tonic::async_trait]
impl RiskGateService for FakeGate {
    async fn open_session(
        &self,
        _request: Request<risk::OpenSessionRequest>,
    ) -> Result<Response<risk::OpenSessionResponse>, Status> {
        self.pause_if_silent().await;
        Ok(Response::new(risk::OpenSessionResponse { policy_sha256: POLICY.to_string() }))
    }

    async fn check_order(
        &self,
        request: Request<risk::CheckOrderRequest>,
    ) -> Result<Response<risk::CheckOrderResponse>, Status> {
        self.pause_if_silent().await;
        let request = request.into_inner();
        let wire = request.order.unwrap();
        let at = peaktrade_wire::instant(request.event_time, "event_time").unwrap();
        let mut seen = self.seen.lock().unwrap();
        seen.judged.push(wire.client_order_id.clone());
        let whole = |mark: &peaktrade_wire::common::v1::Mark| {
            (mark.contract.clone(), mark.price.clone(), mark.time.unwrap().seconds)
        };
        seen.all_marks = request.marks.iter().map(whole).collect();
        seen.all_marks.sort();
        seen.marks = request.marks.into_iter().map(|mark| (mark.contract, mark.price)).collect();
        let order = Order {
            session_id: wire.session_id,
            account: wire.account,
            client_order_id: wire.client_order_id,
            contract: wire.contract.parse().unwrap(),
            side: peaktrade_wire::side(wire.side, "side").unwrap(),
            quantity: wire.quantity,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Day,
        };
        let current = seen.reports.get(&order.session_id).copied().unwrap_or_default();
        let response = if request.report_sequence != current {
            blocked(risk::Reason::StateGap, &format!("seen {current}, issued {}", request.report_sequence))
        } else if order.contract.root().as_str() != "NQ" {
            blocked(risk::Reason::InstrumentNotAllowed, "only NQ")
        } else if seen.mood == Mood::BlocksBuys && order.side == peaktrade_domain::Side::Buy {
            blocked(risk::Reason::MaxContracts, "no buys")
        } else {
            allowed(&order, at, seen.mood)
        };
        Ok(Response::new(response))
    }

    async fn report_executions(
        &self,
        request: Request<risk::ReportExecutionsRequest>,
    ) -> Result<Response<risk::ReportExecutionsResponse>, Status> {
        self.pause_if_silent().await;
        let request = request.into_inner();
        let mut seen = self.seen.lock().unwrap();
        if seen.broken.as_ref() == Some(&request.session_id) {
            return Err(Status::internal("a fault in this session's book"));
        }
        for report in request.reports {
            let last = seen.reports.entry(request.session_id.clone()).or_default();
            if report.sequence > *last + 1 {
                return Err(Status::failed_precondition(format!("report {} after {last}", report.sequence)));
            }
            if report.sequence == *last + 1 {
                *last += 1;
                if report.leaves_qty == 0 {
                    seen.ended.push(report.client_order_id);
                }
            }
        }
        let last_sequence = seen.reports.get(&request.session_id).copied().unwrap_or_default();
        Ok(Response::new(risk::ReportExecutionsResponse { last_sequence }))
    }

    async fn get_policy(
        &self,
        _request: Request<risk::GetPolicyRequest>,
    ) -> Result<Response<risk::GetPolicyResponse>, Status> {
        self.pause_if_silent().await;
        Ok(Response::new(risk::GetPolicyResponse {
            policy_sha256: POLICY.to_string(),
            content: String::new(),
            public_key: key().verifying_key().to_bytes().to_vec(),
        }))
    }

    async fn engage_kill_switch(
        &self,
        _request: Request<risk::EngageKillSwitchRequest>,
    ) -> Result<Response<risk::EngageKillSwitchResponse>, Status> {
        Err(Status::unimplemented("the broker does not need this"))
    }

    async fn release_kill_switch(
        &self,
        _request: Request<risk::ReleaseKillSwitchRequest>,
    ) -> Result<Response<risk::ReleaseKillSwitchResponse>, Status> {
        Err(Status::unimplemented("the broker does not need this"))
    }

    async fn get_state(
        &self,
        _request: Request<risk::GetStateRequest>,
    ) -> Result<Response<risk::GetStateResponse>, Status> {
        Err(Status::unimplemented("the broker does not need this"))
    }
}
