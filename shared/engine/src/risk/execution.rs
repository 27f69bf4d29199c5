//! The broker's execution reports: what the gate accepts of them.

use peaktrade_domain::{Calendar, CalendarError, ContractSymbol, Price, Side, TradeDate, UnixNanos, Usd};
use serde::{Deserialize, Serialize};

use super::book::{Answered, Book, SessionBook};
use super::event::Event;
use super::judge::{latch, open_trade_date};
use super::policy::Policy;
use super::reason::Verdict;

/// One execution report, reduced to what moves the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// Position in the session's report sequence, counted from 1.
    pub sequence: u64,
    /// Account of the order.
    pub account: String,
    /// Caller's key of the order.
    pub client_order_id: String,
    /// Dated contract.
    pub contract: ContractSymbol,
    /// Side.
    pub side: Side,
    /// Contracts ordered.
    pub order_qty: u32,
    /// Contracts still working after the report; 0 once the order has ended.
    pub leaves_qty: u32,
    /// Contracts filled so far.
    pub cum_qty: u32,
    /// Event time of the report.
    pub event_time: UnixNanos,
    /// What happened.
    pub kind: ExecutionKind,
}

/// What a report reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ExecutionKind {
    /// The order works.
    New,
    /// Contracts were filled.
    Trade {
        /// How many.
        last_qty: u32,
        /// At what price.
        last_px: Price,
        /// For what fee.
        fee_usd: Usd,
    },
    /// The order ended without a further fill: cancelled, refused or expired.
    Ended,
}

/// Why a report is not taken into the book. The book then stays behind the broker's, and blocks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefusal {
    /// No such session.
    #[error("session {session_id:?} is not open")]
    SessionUnknown {
        /// Session named.
        session_id: String,
    },
    /// Reports before this one are missing.
    #[error("report {found} cannot follow: the next expected is {expected}")]
    Hole {
        /// Sequence expected.
        expected: u64,
        /// Sequence found.
        found: u64,
    },
    /// The report contradicts itself or what the gate has recorded.
    #[error("report {sequence} of order {client_order_id:?}: {problem}")]
    Contradiction {
        /// Sequence of the report.
        sequence: u64,
        /// Order named.
        client_order_id: String,
        /// What contradicts what.
        problem: String,
    },
    /// The calendar does not answer for the time of a fill.
    #[error("report {sequence}: {error}")]
    Calendar {
        /// Sequence of the report.
        sequence: u64,
        /// The calendar's answer.
        error: CalendarError,
    },
}

/// Takes the next report of a session into the book and returns the events; none for a report seen before.
///
/// `trade_date` is the one that the broker names, checked against the calendar where the report is a fill.
///
/// # Errors
/// Where the session is unknown, reports are missing before it, or it contradicts itself, the order that was allowed,
/// or the calendar.
pub fn accept_execution(
    session_id: &str,
    execution: Execution,
    trade_date: TradeDate,
    book: &mut Book,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Vec<Event>, ReportRefusal> {
    let unknown = || ReportRefusal::SessionUnknown { session_id: session_id.to_owned() };
    let session = book.session(session_id).ok_or_else(unknown)?;
    let expected = session.report_sequence() + 1;
    if execution.sequence < expected && session.has_taken(&execution) {
        return Ok(Vec::new());
    }
    if execution.sequence < expected {
        let (sequence, client_order_id) = (execution.sequence, execution.client_order_id);
        let problem = "another report was taken in under this sequence number before".to_owned();
        return Err(ReportRefusal::Contradiction { sequence, client_order_id, problem });
    }
    if execution.sequence > expected {
        return Err(ReportRefusal::Hole { expected, found: execution.sequence });
    }
    if let Some(problem) = contradiction(session, &execution) {
        let (sequence, client_order_id) = (execution.sequence, execution.client_order_id);
        return Err(ReportRefusal::Contradiction { sequence, client_order_id, problem });
    }
    let mut events = Vec::new();
    if matches!(execution.kind, ExecutionKind::Trade { .. }) {
        let calendar_date = calendar
            .trade_date_at_or_after(execution.event_time)
            .map_err(|error| ReportRefusal::Calendar { sequence: execution.sequence, error })?;
        if calendar_date != trade_date {
            return Err(ReportRefusal::Contradiction {
                sequence: execution.sequence,
                client_order_id: execution.client_order_id,
                problem: format!("{} is in trade date {calendar_date}, not {trade_date}", execution.event_time),
            });
        }
        events.extend(open_trade_date(session_id, session, calendar_date, Vec::new()));
    }
    events.push(Event::ExecutionApplied { session_id: session_id.to_owned(), execution });
    for event in &events {
        book.apply(event);
    }
    if let Some(event) = latch(session_id, book, policy, calendar) {
        book.apply(&event);
        events.push(event);
    }
    Ok(events)
}

/// What in a report contradicts itself or the order that the gate judged; `None` where nothing does.
fn contradiction(session: &SessionBook, execution: &Execution) -> Option<String> {
    let Execution { order_qty, leaves_qty, cum_qty, contract, side, .. } = *execution;
    if execution.account != session.account() {
        return Some(format!("account {:?} is not the session's {:?}", execution.account, session.account()));
    }
    if u64::from(cum_qty) + u64::from(leaves_qty) > u64::from(order_qty) {
        return Some(format!("filled {cum_qty} and working {leaves_qty} exceed the {order_qty} ordered"));
    }
    let is_live_sum = u64::from(cum_qty) + u64::from(leaves_qty) == u64::from(order_qty);
    let is_consistent = match execution.kind {
        ExecutionKind::New => is_live_sum,
        ExecutionKind::Trade { .. } => is_live_sum || leaves_qty == 0,
        ExecutionKind::Ended => leaves_qty == 0,
    };
    if !is_consistent {
        return Some(format!("{leaves_qty} working do not follow from {cum_qty} filled of {order_qty} ordered"));
    }
    if let ExecutionKind::Trade { last_qty, last_px, fee_usd } = execution.kind {
        if last_qty == 0 || last_qty > cum_qty {
            return Some(format!("a fill of {last_qty} does not lead to {cum_qty} filled"));
        }
        if last_px <= Price::ZERO || fee_usd < Usd::ZERO {
            return Some(format!("price {last_px} and fee {fee_usd} USD: above zero and not below zero are allowed"));
        }
    }
    let Some(answered) = session.answered(&execution.client_order_id) else {
        // Not of an order that the gate judged, such as a settlement: what was filled counts all the same.
        return None;
    };
    if (answered.contract, answered.side, answered.quantity) != (contract, side, order_qty) {
        let Answered { contract: judged, side: judged_side, quantity, .. } = answered;
        return Some(format!(
            "it says {side:?} {order_qty} {contract}, the order judged was {judged_side:?} {quantity} {judged}"
        ));
    }
    let is_allowed = matches!(answered.verdict, Verdict::Allow(_));
    if !is_allowed && execution.kind != ExecutionKind::Ended {
        return Some("the order was blocked and cannot work or trade".to_owned());
    }
    let filled = session.open_order(&execution.client_order_id).map(|open| open.filled)?;
    let last = if let ExecutionKind::Trade { last_qty, .. } = execution.kind { last_qty } else { 0 };
    (filled.checked_add(last) != Some(cum_qty))
        .then(|| format!("{filled} filled before and {last} now are not {cum_qty} filled"))
}
