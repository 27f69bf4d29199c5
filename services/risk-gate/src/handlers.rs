//! The RPCs: parse, ask the owner, reply.

use std::sync::Arc;

use peaktrade_domain::Sha256;
use peaktrade_engine::order::Order;
use peaktrade_engine::risk::Verdict;
use peaktrade_journal::OwnerHandle;
use peaktrade_wire::risk::v1 as wire;
use peaktrade_wire::risk::v1::risk_gate_service_server::RiskGateService;
use tonic::{Request, Response, Status};

use crate::core::{Answer, Command, Gate, Release};
use crate::permit_key::PermitKey;
use crate::{parse, reply};

/// The policy as it was read.
pub(crate) struct PolicyFile {
    pub(crate) sha256: Sha256,
    pub(crate) content: String,
}

/// The service's side of the wire.
pub(crate) struct Handlers {
    owner: OwnerHandle<Gate>,
    key: PermitKey,
    policy: Arc<PolicyFile>,
}

impl Handlers {
    pub(crate) fn new(owner: OwnerHandle<Gate>, key: PermitKey, policy: PolicyFile) -> Self {
        Self { owner, key, policy: Arc::new(policy) }
    }

    async fn ask(&self, command: Command) -> Result<Answer, Status> {
        self.owner.call(command).await.map_err(|error| reply::of_owner(&error))
    }
}

/// The owner answers each command with its own kind of answer; anything else is a fault, and a fault allows nothing.
fn mismatched() -> Status {
    Status::internal("the owner answered another question")
}

#[tonic::async_trait]
impl RiskGateService for Handlers {
    async fn open_session(
        &self,
        request: Request<wire::OpenSessionRequest>,
    ) -> Result<Response<wire::OpenSessionResponse>, Status> {
        let command = parse::open_session(request.into_inner())?;
        let Answer::SessionOpened(opened) = self.ask(command).await? else { return Err(mismatched()) };
        let policy_sha256 = opened.map_err(|refusal| reply::of_session(&refusal))?.to_string();
        Ok(Response::new(wire::OpenSessionResponse { policy_sha256 }))
    }

    async fn check_order(
        &self,
        request: Request<wire::CheckOrderRequest>,
    ) -> Result<Response<wire::CheckOrderResponse>, Status> {
        let check = parse::check_order(request.into_inner())?;
        let order = check.order.clone();
        let Answer::Checked(answer) = self.ask(Command::Check(Box::new(check))).await? else {
            return Err(mismatched());
        };
        log_decision(&order, &answer);
        Ok(Response::new(reply::checked(&answer, &self.key)))
    }

    async fn report_executions(
        &self,
        request: Request<wire::ReportExecutionsRequest>,
    ) -> Result<Response<wire::ReportExecutionsResponse>, Status> {
        let command = parse::report_executions(request.into_inner())?;
        let Answer::Reported(reported) = self.ask(command).await? else { return Err(mismatched()) };
        let last_sequence = reported.map_err(|refusal| {
            tracing::warn!(error = %refusal, "execution report refused");
            reply::of_report(&refusal)
        })?;
        Ok(Response::new(wire::ReportExecutionsResponse { last_sequence }))
    }

    async fn engage_kill_switch(
        &self,
        request: Request<wire::EngageKillSwitchRequest>,
    ) -> Result<Response<wire::EngageKillSwitchResponse>, Status> {
        let request = request.into_inner();
        let (operator, reason) = parse::operator(&request.operator, &request.reason)?;
        tracing::warn!(operator, reason, "kill switch asked to engage");
        let Answer::KillSwitchEngaged = self.ask(Command::EngageKillSwitch { operator, reason }).await? else {
            return Err(mismatched());
        };
        tracing::warn!("kill switch engaged");
        Ok(Response::new(wire::EngageKillSwitchResponse {}))
    }

    async fn release_kill_switch(
        &self,
        request: Request<wire::ReleaseKillSwitchRequest>,
    ) -> Result<Response<wire::ReleaseKillSwitchResponse>, Status> {
        let request = request.into_inner();
        let (operator, reason) = parse::operator(&request.operator, &request.reason)?;
        let command =
            Command::ReleaseKillSwitch { operator: operator.clone(), reason: reason.clone(), token: request.token };
        let Answer::KillSwitchReleased(released) = self.ask(command).await? else { return Err(mismatched()) };
        let response = match released.map_err(|refusal| reply::of_token(&refusal))? {
            Release::Token(token) => wire::ReleaseKillSwitchResponse { token, is_engaged: true },
            Release::Released => {
                tracing::warn!(operator, reason, "kill switch released");
                wire::ReleaseKillSwitchResponse { token: String::new(), is_engaged: false }
            }
            Release::NotEngaged => wire::ReleaseKillSwitchResponse { token: String::new(), is_engaged: false },
        };
        Ok(Response::new(response))
    }

    async fn get_state(
        &self,
        request: Request<wire::GetStateRequest>,
    ) -> Result<Response<wire::GetStateResponse>, Status> {
        let session_id = request.into_inner().session_id;
        if !session_id.is_empty() {
            peaktrade_wire::identifier(&session_id, "session_id")?;
        }
        let Answer::State(state) = self.ask(Command::State { session_id: session_id.clone() }).await? else {
            return Err(mismatched());
        };
        let state = state.ok_or_else(|| Status::not_found(format!("session {session_id:?} is not open")))?;
        reply::state(*state).map(Response::new)
    }

    async fn get_policy(
        &self,
        _request: Request<wire::GetPolicyRequest>,
    ) -> Result<Response<wire::GetPolicyResponse>, Status> {
        Ok(Response::new(wire::GetPolicyResponse {
            policy_sha256: self.policy.sha256.to_string(),
            content: self.policy.content.clone(),
            public_key: self.key.public_key().to_vec(),
        }))
    }
}

/// Logs a decision inside the call's span, so that the line carries the caller's trace.
fn log_decision(order: &Order, answer: &peaktrade_engine::risk::Answer) {
    let Order { session_id, client_order_id, contract, side, quantity, .. } = order;
    let (sequence, is_replayed) = (answer.sequence, answer.is_replayed);
    match &answer.verdict {
        Verdict::Allow(_) => {
            tracing::info!(sequence, is_replayed, session_id, client_order_id, "order allowed");
        }
        Verdict::Block(reasons) => {
            let primary = reasons.first().map_or("", |reason| reason.reason.label());
            let all: Vec<_> = reasons.iter().map(|reason| reason.reason.label()).collect();
            let detail = reasons.first().map_or("", |reason| reason.detail.as_str());
            tracing::info!(
                event = "risk_block_event",
                reason = primary,
                reasons = all.join(","),
                detail,
                sequence,
                is_replayed,
                session_id,
                client_order_id,
                %contract,
                ?side,
                quantity,
                "order blocked"
            );
        }
    }
}
