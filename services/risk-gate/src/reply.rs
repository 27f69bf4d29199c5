//! Answers and refusals as messages and status.

use peaktrade_domain::Usd;
use peaktrade_engine::permit::PermitClaims;
use peaktrade_engine::risk::{BlockReason, Contracts, Reason, ReportRefusal, Verdict};
use peaktrade_journal::OwnerError;
use peaktrade_wire::risk::v1 as wire;
use tonic::Status;

use crate::core::{SessionRefusal, SessionState, StaleToken, State};
use crate::permit_key::PermitKey;

pub(crate) fn checked(answer: &peaktrade_engine::risk::Answer, key: &PermitKey) -> wire::CheckOrderResponse {
    let (decision, permit) = match &answer.verdict {
        Verdict::Allow(claims) => (wire::Decision::Allow, Some(permit(claims, key))),
        Verdict::Block(_) => (wire::Decision::Block, None),
    };
    wire::CheckOrderResponse {
        decision: decision.into(),
        reasons: answer.verdict.reasons().iter().map(block_reason).collect(),
        permit,
        decision_sequence: answer.sequence,
        is_replayed: answer.is_replayed,
    }
}

fn permit(claims: &PermitClaims, key: &PermitKey) -> wire::Permit {
    wire::Permit {
        order_sha256: claims.order_sha256.as_bytes().to_vec(),
        policy_sha256: claims.policy_sha256.as_bytes().to_vec(),
        decision_sequence: claims.decision_sequence,
        expires_at: Some(peaktrade_wire::timestamp(claims.expires_at)),
        signature: key.sign(claims).to_vec(),
    }
}

fn block_reason(reason: &BlockReason) -> wire::BlockReason {
    wire::BlockReason { reason: wire_reason(reason.reason).into(), detail: reason.detail.clone() }
}

const fn wire_reason(reason: Reason) -> wire::Reason {
    match reason {
        Reason::SessionUnknown => wire::Reason::SessionUnknown,
        Reason::AccountUnknown => wire::Reason::AccountUnknown,
        Reason::DuplicateOrder => wire::Reason::DuplicateOrder,
        Reason::TimeReversed => wire::Reason::TimeReversed,
        Reason::StateGap => wire::Reason::StateGap,
        Reason::InstrumentNotAllowed => wire::Reason::InstrumentNotAllowed,
        Reason::ContractExpired => wire::Reason::ContractExpired,
        Reason::CalendarUnknown => wire::Reason::CalendarUnknown,
        Reason::SessionClosed => wire::Reason::SessionClosed,
        Reason::KillSwitch => wire::Reason::KillSwitch,
        Reason::LimitMissing => wire::Reason::LimitMissing,
        Reason::MaxOrderQty => wire::Reason::MaxOrderQty,
        Reason::MaxContracts => wire::Reason::MaxContracts,
        Reason::NoMark => wire::Reason::NoMark,
        Reason::StaleMark => wire::Reason::StaleMark,
        Reason::DailyLoss => wire::Reason::DailyLoss,
        Reason::Overflow => wire::Reason::Overflow,
        Reason::AuditUnavailable => wire::Reason::AuditUnavailable,
        Reason::Internal => wire::Reason::Internal,
    }
}

/// The gate's view as a message.
///
/// # Errors
/// Where an amount cannot be stated exactly: a wrong figure would be worse than none.
pub(crate) fn state(state: State) -> Result<wire::GetStateResponse, Status> {
    let response = wire::GetStateResponse {
        is_kill_switch_engaged: state.is_kill_switch_engaged,
        decision_sequence: state.decision_sequence,
        state_sha256: state.state_sha256.to_string(),
        ..wire::GetStateResponse::default()
    };
    match state.session {
        None => Ok(response),
        Some(session) => with_session(response, &session),
    }
}

fn with_session(response: wire::GetStateResponse, session: &SessionState) -> Result<wire::GetStateResponse, Status> {
    let contracts = |amount: Option<Contracts>| amount.map(|contracts| contracts.to_string()).ok_or_else(inexact);
    let usd = |amount: Option<Usd>| amount.map(|usd| usd.to_string()).ok_or_else(inexact);
    let positions = session.held.iter();
    Ok(wire::GetStateResponse {
        positions: positions
            .map(|(contract, quantity)| wire::Position { contract: contract.to_string(), quantity: *quantity })
            .collect(),
        working_buys: contracts(session.working_buys)?,
        working_sells: contracts(session.working_sells)?,
        realized_usd: usd(session.realized_usd)?,
        fees_usd: usd(session.fees_usd)?,
        is_daily_loss_latched: session.is_daily_loss_latched,
        report_sequence: session.report_sequence,
        ..response
    })
}

fn inexact() -> Status {
    Status::data_loss("an amount of the session cannot be computed exactly: out of range or without a specification")
}

/// An owner that does not answer: whatever was asked is not allowed.
pub(crate) fn of_owner(error: &OwnerError) -> Status {
    let text = error.to_string();
    match error {
        OwnerError::Failed { .. } | OwnerError::Stopped => Status::unavailable(text),
    }
}

pub(crate) fn of_session(refusal: &SessionRefusal) -> Status {
    let text = refusal.to_string();
    match refusal {
        SessionRefusal::Differs { .. } => Status::already_exists(text),
        SessionRefusal::TooMany => Status::resource_exhausted(text),
    }
}

pub(crate) fn of_report(refusal: &ReportRefusal) -> Status {
    let text = refusal.to_string();
    match refusal {
        ReportRefusal::SessionUnknown { .. } => Status::not_found(text),
        ReportRefusal::Hole { .. } => Status::failed_precondition(text),
        ReportRefusal::Contradiction { .. } => Status::invalid_argument(text),
        ReportRefusal::Calendar { .. } => Status::out_of_range(text),
    }
}

pub(crate) fn of_token(refusal: &StaleToken) -> Status {
    Status::failed_precondition(refusal.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Reason, wire, wire_reason};

    #[test]
    fn labels_are_the_names_on_the_wire() {
        let mut numbers = BTreeSet::new();
        for reason in Reason::ALL {
            let number = wire_reason(*reason);
            assert_eq!(format!("REASON_{}", reason.label().to_uppercase()), number.as_str_name());
            numbers.insert(i32::from(number));
        }
        // Every number of the closed list but "never sent" has a reason.
        let last = i32::try_from(Reason::ALL.len()).unwrap();
        assert_eq!(numbers, (1..=last).collect());
        assert!(wire::Reason::try_from(last + 1).is_err());
    }
}
