//! The pre-trade risk decision: fail closed, explain fully, reserve what is allowed.
//!
//! [`decide`] is a pure total function of order, book, policy and calendar. [`judge`] wraps it with what a service needs:
//! the recorded answer for an order seen before, the trade date's opening, the marks, the loss latch, and the event that
//! records the decision. The [`Book`] is nothing but the sum of its events.
//!
//! What it does not do: it reads no clock (time comes with the order), signs nothing, and never treats an absent limit,
//! an unknown name or a missing mark as permission.

mod book;
mod event;
mod execution;
mod exposure;
mod judge;
mod policy;
mod position;
mod reason;
mod rules;

use std::collections::BTreeSet;

use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Price, UnixNanos};
use serde::{Deserialize, Serialize};

use crate::order::Order;

pub use book::{Answered, Book, KillSwitch, OpenOrder, SessionBook};
pub use event::Event;
pub use execution::{Execution, ExecutionKind, ReportRefusal, accept_execution};
pub use exposure::Contracts;
pub use judge::{Answer, judge, judge_by};
pub use policy::{FamilyLimits, Policy, PolicyError, RootLimits};
pub use position::Position;
pub use reason::{BlockReason, Reason, Verdict};
pub use rules::decide;

/// Last known price of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Dated contract.
    pub contract: ContractSymbol,
    /// Price in index points, above zero to be of use.
    pub price: Price,
    /// Instant at which it was current.
    pub time: UnixNanos,
}

/// An order with what came along to judge it.
#[derive(Clone, Debug)]
pub struct Check {
    /// The order.
    pub order: Order,
    /// Event time of the order.
    pub event_time: UnixNanos,
    /// Marks of the order's contract and of every contract held, and the last marks at or before the trade date's open of
    /// every contract held over it.
    pub marks: Vec<Mark>,
    /// Last execution report that the broker has issued in the session.
    pub report_sequence: u64,
}

/// What orders are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Limits.
    pub policy: &'a Policy,
    /// Sessions, specifications and expiries.
    pub calendar: &'a Calendar,
    /// Roots that may be traded: the environment's allowlist as narrowed by the policy.
    pub allowlist: &'a BTreeSet<ContractRoot>,
}

#[cfg(test)]
mod tests;
