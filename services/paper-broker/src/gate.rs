//! The risk gate as the broker asks it: reports first, then the order, all within one bound. Whatever does not come in
//! time, or cannot be believed, is no permission.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use peaktrade_domain::{Sha256, UnixNanos};
use peaktrade_engine::order::Order;
use peaktrade_engine::session::{Decision, Verdict};
use peaktrade_runtime::client::Channel;
use peaktrade_wire::risk::v1 as risk;
use risk::risk_gate_service_client::RiskGateServiceClient;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Status};

use crate::books::{BooksDoor, Case};
use crate::convert;
use crate::desk::Desk;
use crate::metrics::GateMetrics;
use crate::permit;
use crate::refused::Refused;

/// All calls to the gate for one order together: half of the second within which a refusal is promised.
pub(crate) const GATE_BUDGET: Duration = Duration::from_millis(500);
/// Reports in one message: 256 of a few hundred bytes stay far below every message limit.
const REPORTS_PER_CALL: usize = 256;
/// Text of an order that the gate did not judge in time.
pub(crate) const GATE_UNAVAILABLE: &str = "RISK_GATE_UNAVAILABLE";

/// What came of asking the gate.
#[derive(Debug)]
pub(crate) enum Judgement {
    /// Every order was allowed, and every permit holds.
    Allowed(Vec<Verdict>),
    /// One order was blocked; verdicts as far as the gate was asked.
    Blocked(Vec<Verdict>),
    /// The gate's answer is not believed.
    Mistrusted(Vec<Verdict>, String),
    /// No answer in time, or none that judges.
    Unavailable,
}

/// Why reports are not with the gate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    #[error(transparent)]
    Status(#[from] Status),
    #[error("the gate has seen report {seen} of session {session_id:?}, of which {issued} were issued")]
    Ahead { session_id: String, seen: u64, issued: u64 },
    #[error(transparent)]
    Books(#[from] Refused),
}

impl DeliveryError {
    /// Whether another try can bring another answer.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Status(status) => is_passing(status),
            Self::Ahead { .. } | Self::Books(_) => false,
        }
    }
}

/// Whether a status says that the gate is away or busy. Whatever else it answers it means, about this session alone.
fn is_passing(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::ResourceExhausted)
}

/// A client of the gate.
pub(crate) struct Gate {
    client: RiskGateServiceClient<Channel>,
    /// Fetched once and then fixed for the life of the process: a gate that changes its key is not believed.
    key: OnceCell<VerifyingKey>,
    /// Whether the gate was away or busy at the last call.
    is_suspect: AtomicBool,
    metrics: GateMetrics,
}

impl Gate {
    pub(crate) fn new(channel: Channel, metrics: GateMetrics) -> Self {
        let client = RiskGateServiceClient::new(channel);
        Self { client, key: OnceCell::new(), is_suspect: AtomicBool::new(false), metrics }
    }

    /// Whether the gate was away or busy at the last call; then nothing waits for the gate that need not.
    pub(crate) fn is_suspect(&self) -> bool {
        self.is_suspect.load(Ordering::Relaxed)
    }

    /// End of the time that an order that came at an instant may wait for the gate. While the gate does not answer, the
    /// time counts from the order's arrival, so that orders in a queue are refused together and not one after another.
    pub(crate) fn deadline(&self, arrived: Instant) -> Instant {
        let from = if self.is_suspect() { arrived } else { Instant::now() };
        from + GATE_BUDGET
    }

    /// Opens the session's book and answers the policy under which it stands.
    pub(crate) async fn open_session(
        &self,
        session_id: &str,
        account: &str,
        event_time: UnixNanos,
    ) -> Result<Sha256, Status> {
        let request = risk::OpenSessionRequest {
            session_id: session_id.to_owned(),
            account: account.to_owned(),
            event_time: Some(peaktrade_wire::timestamp(event_time)),
        };
        let mut client = self.client.clone();
        let answer = peaktrade_runtime::client::call(GATE_BUDGET, client.open_session(request)).await;
        let answer = self.noted("open_session", answer)?;
        answer.policy_sha256.parse().map_err(|error| Status::internal(format!("the gate's policy_sha256: {error}")))
    }

    /// Asks for orders one after another until one is blocked. The gate sees every report issued before them first.
    pub(crate) async fn judge(&self, desk: &Desk, books: &BooksDoor, case: &Case, until: Instant) -> Judgement {
        match timeout_at(until, self.judge_all(desk, books, case)).await {
            Ok(Ok(judgement)) => judgement,
            Ok(Err(error)) => {
                tracing::warn!(session_id = desk.session_id, %error, "the risk gate judged nothing");
                Judgement::Unavailable
            }
            Err(_elapsed) => {
                self.silent("check_order");
                tracing::warn!(session_id = desk.session_id, budget = ?GATE_BUDGET, "the risk gate did not answer in time");
                Judgement::Unavailable
            }
        }
    }

    async fn judge_all(&self, desk: &Desk, books: &BooksDoor, case: &Case) -> Result<Judgement, DeliveryError> {
        self.deliver(desk, books, case.report_sequence).await?;
        let mut verdicts = Vec::with_capacity(case.orders.len());
        for order in &case.orders {
            let answer = self.check(order, case).await?;
            let decision = risk::Decision::try_from(answer.decision);
            let reasons = answer.reasons.iter().map(convert::reason).collect();
            match decision {
                Ok(risk::Decision::Allow) => {
                    verdicts.push(Verdict { decision: Some(Decision::Allow), reasons: Vec::new() });
                    let key = self.key().await?;
                    let permit = answer.permit.as_ref();
                    if let Err(fault) = permit::verify(permit, order, case.policy_sha256, case.clock, key) {
                        tracing::error!(session_id = desk.session_id, client_order_id = order.client_order_id, %fault,
                            "the risk gate's permit does not hold");
                        return Ok(Judgement::Mistrusted(verdicts, fault.to_string()));
                    }
                }
                Ok(risk::Decision::Block) => {
                    verdicts.push(Verdict { decision: Some(Decision::Block), reasons });
                    return Ok(Judgement::Blocked(verdicts));
                }
                Ok(risk::Decision::Unspecified) | Err(_) => {
                    self.metrics.failed("check_order");
                    return Err(Status::internal(format!("the gate's decision is {}", answer.decision)).into());
                }
            }
        }
        Ok(Judgement::Allowed(verdicts))
    }

    async fn check(&self, order: &Order, case: &Case) -> Result<risk::CheckOrderResponse, Status> {
        let request = risk::CheckOrderRequest {
            order: Some(convert::order_to_wire(order)),
            event_time: Some(peaktrade_wire::timestamp(case.clock)),
            marks: case.marks.iter().map(|(contract, mark)| convert::mark_to_wire(*contract, *mark)).collect(),
            report_sequence: case.report_sequence,
        };
        let mut client = self.client.clone();
        let answer = client.check_order(request).await;
        self.noted("check_order", answer)
    }

    async fn key(&self) -> Result<&VerifyingKey, Status> {
        self.key
            .get_or_try_init(|| async {
                let mut client = self.client.clone();
                let answer = client.get_policy(risk::GetPolicyRequest {}).await;
                let answer = self.noted("get_policy", answer)?;
                let bytes: [u8; 32] = answer.public_key.as_slice().try_into().map_err(|_| {
                    Status::internal(format!("the gate's public_key has {} bytes, not 32", answer.public_key.len()))
                })?;
                VerifyingKey::from_bytes(&bytes)
                    .map_err(|error| Status::internal(format!("the gate's public_key: {error}")))
            })
            .await
    }

    /// Delivers reports up to a sequence that the gate has not acknowledged yet. Which those are the gate itself says:
    /// after a restart the first ones go out again, it ignores them and names the last it has.
    pub(crate) async fn deliver(&self, desk: &Desk, books: &BooksDoor, issued: u64) -> Result<(), DeliveryError> {
        while desk.acknowledged() < issued {
            let (session_id, first) = (desk.session_id.clone(), desk.acknowledged() + 1);
            let reports = books.read(move |books| books.reports_from(&session_id, first, REPORTS_PER_CALL)).await?;
            let request = risk::ReportExecutionsRequest {
                session_id: desk.session_id.clone(),
                reports: convert::reports_to_wire(&desk.session_id, &reports),
            };
            let mut client = self.client.clone();
            let answer = client.report_executions(request).await;
            let seen = self.noted("report_executions", answer)?.last_sequence;
            // Reports that another call has delivered meanwhile were issued before.
            let newest = issued.max(desk.issued()).max(first - 1 + reports.len() as u64);
            if seen > newest {
                let session_id = desk.session_id.clone();
                return Err(DeliveryError::Ahead { session_id, seen, issued: newest });
            }
            if seen < first {
                let text = format!("the gate took none of the reports from {first} on, its last is {seen}");
                return Err(Status::failed_precondition(text).into());
            }
            desk.acknowledge(seen);
        }
        Ok(())
    }

    /// Delivers everything issued, until an instant.
    pub(crate) async fn deliver_until(
        &self,
        desk: &Desk,
        books: &BooksDoor,
        until: Instant,
    ) -> Result<(), DeliveryError> {
        match timeout_at(until, self.deliver(desk, books, desk.issued())).await {
            Ok(delivered) => delivered,
            Err(_elapsed) => {
                self.silent("report_executions");
                Err(Status::deadline_exceeded("the risk gate did not take reports in time").into())
            }
        }
    }

    fn silent(&self, call: &'static str) {
        self.is_suspect.store(true, Ordering::Relaxed);
        self.metrics.failed(call);
    }

    fn noted<T>(&self, call: &'static str, answer: Result<tonic::Response<T>, Status>) -> Result<T, Status> {
        self.is_suspect.store(answer.as_ref().is_err_and(is_passing), Ordering::Relaxed);
        answer.map(tonic::Response::into_inner).inspect_err(|_| self.metrics.failed(call))
    }
}
