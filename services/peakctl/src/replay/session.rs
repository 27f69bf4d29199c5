//! One paper session at the broker: every call, and the record of all that came back.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Side, UnixNanos, Usd};
use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::common::v1 as common;
use peaktrade_wire::risk::v1 as risk;
use serde::Serialize;

use super::book::{Book, BookError};
use crate::failure::Failure;
use crate::services::{self, Broker};

/// Longest move of the clock in one call; the broker's own limit is 40 days.
const ADVANCE_NANOS_MAX: i64 = 30 * 24 * 60 * UnixNanos::MINUTE;

/// Text of a rejection for want of the gate.
const GATE_UNAVAILABLE: &str = "RISK_GATE_UNAVAILABLE";

/// What a session starts from.
pub(crate) struct SessionTerms<'a> {
    /// Fresh id of this execution.
    pub(crate) session_id: &'a str,
    /// Account name.
    pub(crate) account: &'a str,
    /// Starting cash.
    pub(crate) cash: Usd,
    /// Dataset whose raw contract bars are traded.
    pub(crate) dataset_id: &'a str,
    /// Where the clock is parked.
    pub(crate) clock: UnixNanos,
}

/// Why an order was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    /// The strategy wants another position.
    Strategy,
    /// A leg of a rolled position.
    Roll,
    /// Sent to be blocked.
    Probe,
}

/// One order and what the gate said of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OrderDecision {
    /// Event time of the order.
    pub(crate) time: UnixNanos,
    /// Caller's key.
    pub(crate) client_order_id: String,
    /// Why it was sent.
    pub(crate) purpose: Purpose,
    /// Contract ordered; for a roll the one that was held.
    pub(crate) contract: ContractSymbol,
    /// Contract rolled into; absent but for a roll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) into_contract: Option<ContractSymbol>,
    /// Side of the order; for a roll that of the closing leg.
    pub(crate) side: Side,
    /// Contracts.
    pub(crate) quantity: u32,
    /// ALLOW, BLOCK, or REJECTED where the broker refused without a decision of the gate.
    pub(crate) decision: &'static str,
    /// Every reason of a block with its facts, the first is primary.
    pub(crate) reasons: Vec<DecisionReason>,
}

/// One reason with its facts.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DecisionReason {
    /// Name from the closed list, lower case as in the metric's label.
    pub(crate) reason: String,
    /// Facts.
    pub(crate) detail: String,
}

/// A session with its whole record.
pub(crate) struct PaperSession {
    broker: Broker,
    session_id: String,
    account: String,
    clock: UnixNanos,
    /// Answer to the opening.
    pub(crate) opened: broker::OpenSessionResponse,
    /// What the reports add up to.
    pub(crate) book: Book,
    /// Every report in sequence.
    pub(crate) executions: Vec<common::ExecutionReport>,
    /// Equity as the broker streamed it.
    pub(crate) equity: Vec<(UnixNanos, Usd)>,
    /// Every order with the gate's word.
    pub(crate) decisions: Vec<OrderDecision>,
}

impl PaperSession {
    /// Opens a fresh session.
    pub(crate) async fn open(mut broker: Broker, terms: &SessionTerms<'_>) -> Result<Self, Failure> {
        let request = broker::OpenSessionRequest {
            session_id: terms.session_id.to_owned(),
            account: terms.account.to_owned(),
            cash_usd: terms.cash.to_string(),
            dataset_id: terms.dataset_id.to_owned(),
            clock: Some(peaktrade_wire::timestamp(terms.clock)),
        };
        let opened = services::long("opening the paper session", broker.open_session(request)).await?;
        Ok(Self {
            broker,
            session_id: terms.session_id.to_owned(),
            account: terms.account.to_owned(),
            clock: terms.clock,
            opened,
            book: Book::default(),
            executions: Vec::new(),
            equity: Vec::new(),
            decisions: Vec::new(),
        })
    }

    /// Moves the clock forward to `to`, in steps that the broker takes; an instant before the clock moves nothing.
    pub(crate) async fn advance(&mut self, to: UnixNanos) -> Result<(), Failure> {
        while self.clock < to {
            let step = self.clock.checked_add_nanos(ADVANCE_NANOS_MAX).map_or(to, |limit| limit.min(to));
            let request = broker::AdvanceClockRequest {
                session_id: self.session_id.clone(),
                to: Some(peaktrade_wire::timestamp(step)),
            };
            let moved = services::call("moving the session's clock", self.broker.advance_clock(request)).await?;
            self.clock = step;
            for point in moved.equity {
                let time = peaktrade_wire::instant(point.time, "equity.time").map_err(unreadable)?;
                let amount = peaktrade_wire::decimal_usd(&point.amount_usd, "equity.amount_usd").map_err(unreadable)?;
                self.equity.push((time, amount));
            }
            self.take(moved.executions)?;
        }
        Ok(())
    }

    /// Sends one order at the clock; answers whether it was allowed.
    pub(crate) async fn submit(
        &mut self,
        purpose: Purpose,
        client_order_id: &str,
        contract: ContractSymbol,
        side: Side,
        quantity: u32,
    ) -> Result<bool, Failure> {
        let order = common::Order {
            session_id: self.session_id.clone(),
            account: self.account.clone(),
            client_order_id: client_order_id.to_owned(),
            contract: contract.to_string(),
            side: peaktrade_wire::side_to_wire(side).into(),
            quantity,
            order_type: common::OrderType::Market.into(),
            time_in_force: common::TimeInForce::Day.into(),
        };
        let request = broker::SubmitOrderRequest { order: Some(order) };
        let answer = services::call("submitting an order", self.broker.submit_order(request)).await?;
        refuse_replayed(answer.is_replayed, client_order_id)?;
        refuse_unavailable(&answer.executions)?;
        let decision = match answer.decision() {
            risk::Decision::Allow => "ALLOW",
            risk::Decision::Block => "BLOCK",
            risk::Decision::Unspecified => "REJECTED",
        };
        self.decisions.push(OrderDecision {
            time: self.clock,
            client_order_id: client_order_id.to_owned(),
            purpose,
            contract,
            into_contract: None,
            side,
            quantity,
            decision,
            reasons: reasons(&answer.reasons, &answer.executions),
        });
        self.take(answer.executions)?;
        Ok(decision == "ALLOW")
    }

    /// Rolls the whole position from one contract into another at the clock; answers whether both legs were allowed.
    pub(crate) async fn roll(
        &mut self,
        client_order_id: &str,
        from: ContractSymbol,
        to: ContractSymbol,
    ) -> Result<bool, Failure> {
        let request = broker::RollPositionRequest {
            session_id: self.session_id.clone(),
            client_order_id: client_order_id.to_owned(),
            from_contract: from.to_string(),
            to_contract: to.to_string(),
        };
        let answer = services::call("rolling the position", self.broker.roll_position(request)).await?;
        refuse_replayed(answer.is_replayed, client_order_id)?;
        refuse_unavailable(&answer.executions)?;
        let is_rejected = answer.executions.iter().any(|report| report.exec_type() == common::ExecType::Rejected);
        let decision = match (answer.reasons.is_empty(), is_rejected) {
            (false, _) => "BLOCK",
            (true, true) => "REJECTED",
            (true, false) => "ALLOW",
        };
        self.decisions.push(OrderDecision {
            time: self.clock,
            client_order_id: client_order_id.to_owned(),
            purpose: Purpose::Roll,
            contract: from,
            into_contract: Some(to),
            side: if self.book.position(from) > 0 { Side::Sell } else { Side::Buy },
            quantity: answer.quantity,
            decision,
            reasons: reasons(&answer.reasons, &answer.executions),
        });
        self.take(answer.executions)?;
        Ok(decision == "ALLOW")
    }

    /// Cancels a working order.
    pub(crate) async fn cancel(&mut self, client_order_id: &str) -> Result<(), Failure> {
        let request = broker::CancelOrderRequest {
            session_id: self.session_id.clone(),
            client_order_id: client_order_id.to_owned(),
        };
        let answer = services::call("cancelling an order", self.broker.cancel_order(request)).await?;
        self.take(answer.execution.into_iter().collect())
    }

    /// The account as the broker books it.
    pub(crate) async fn account(&mut self) -> Result<broker::GetAccountResponse, Failure> {
        let request = broker::GetAccountRequest { session_id: self.session_id.clone() };
        services::call("reading the account", self.broker.get_account(request)).await
    }

    /// Ends the equity with what the account holds: a fill in the answer to an order comes after the last quarter hour.
    pub(crate) fn end_equity(&mut self, account: &broker::GetAccountResponse) -> Result<(), Failure> {
        let amount = peaktrade_wire::decimal_usd(&account.equity_usd, "equity_usd").map_err(unreadable)?;
        self.equity.push((self.clock, amount));
        Ok(())
    }

    /// Every report of the session, as the broker lists them.
    pub(crate) async fn list_executions(&mut self) -> Result<Vec<common::ExecutionReport>, Failure> {
        let action = "listing execution reports";
        let request = broker::ListExecutionsRequest { session_id: self.session_id.clone(), from_sequence: 1 };
        let mut messages = services::call(action, self.broker.list_executions(request)).await?;
        let mut reports = Vec::new();
        while let Some(message) = services::next_message(action, &mut messages).await? {
            reports.extend(message.executions);
        }
        Ok(reports)
    }

    /// Closes the session; nothing can trade in it afterwards.
    pub(crate) async fn close(&mut self) -> Result<(), Failure> {
        let request = broker::CloseSessionRequest { session_id: self.session_id.clone() };
        let answer = services::call("closing the session", self.broker.close_session(request)).await?;
        self.take(answer.executions)
    }

    /// Blocked orders by primary reason.
    pub(crate) fn blocks(&self) -> BTreeMap<String, u64> {
        let mut blocks = BTreeMap::new();
        for decision in self.decisions.iter().filter(|decision| decision.decision == "BLOCK") {
            let primary = decision.reasons.first().map_or("unspecified", |reason| reason.reason.as_str());
            *blocks.entry(primary.to_owned()).or_insert(0) += 1;
        }
        blocks
    }

    fn take(&mut self, reports: Vec<common::ExecutionReport>) -> Result<(), Failure> {
        for report in reports {
            self.book
                .apply(&report)
                .map_err(|error: BookError| Failure::Internal(format!("the broker sent {error}")))?;
            self.executions.push(report);
        }
        Ok(())
    }
}

/// Lower-case name of a block reason, as it labels `risk_blocks_total`.
fn reason_name(number: i32) -> String {
    let name = risk::Reason::try_from(number).unwrap_or(risk::Reason::Unspecified).as_str_name();
    name.strip_prefix("REASON_").unwrap_or(name).to_lowercase()
}

/// The gate's reasons; where there are none, the text with which the broker itself refused.
fn reasons(blocks: &[risk::BlockReason], executions: &[common::ExecutionReport]) -> Vec<DecisionReason> {
    if !blocks.is_empty() {
        return blocks
            .iter()
            .map(|block| DecisionReason { reason: reason_name(block.reason), detail: block.detail.clone() })
            .collect();
    }
    executions
        .iter()
        .filter(|report| report.exec_type() == common::ExecType::Rejected)
        .map(|report| DecisionReason { reason: report.text.to_lowercase(), detail: String::new() })
        .collect()
}

/// A fresh session can have no earlier answers; one would mean that two runs share a session.
fn refuse_replayed(is_replayed: bool, client_order_id: &str) -> Result<(), Failure> {
    if is_replayed {
        return Err(Failure::Internal(format!("{client_order_id} was answered from an earlier run of this session")));
    }
    Ok(())
}

/// A replay without its gate would be a list of refusals, so it ends with the first one.
fn refuse_unavailable(executions: &[common::ExecutionReport]) -> Result<(), Failure> {
    match executions.iter().find(|report| report.text.contains(GATE_UNAVAILABLE)) {
        Some(report) => {
            Err(Failure::Unavailable(format!("order {} was rejected: {}", report.client_order_id, report.text)))
        }
        None => Ok(()),
    }
}

fn unreadable(error: peaktrade_wire::FieldError) -> Failure {
    Failure::Internal(format!("the broker sent {error}"))
}
