//! Requests into values: every field checked, every refusal with the field's path.

use std::collections::BTreeMap;

use peaktrade_domain::TradeDate;
use peaktrade_engine::order::{Order, OrderType, TimeInForce};
use peaktrade_engine::risk::{Check, Execution, ExecutionKind, Mark};
use peaktrade_wire::common::v1 as common;
use peaktrade_wire::risk::v1::{CheckOrderRequest, OpenSessionRequest, ReportExecutionsRequest};
use peaktrade_wire::{FieldError, decimal_price, decimal_usd, identifier, instant, side, symbol, trade_date};

use crate::core::Command;

/// Marks in one request: two for each of the forty contracts that a broker's session has at most, and room.
const MARKS_MAX: usize = 128;
/// Marks of one contract: the last one at or before the trade date's open, and the current one.
const MARKS_PER_CONTRACT_MAX: usize = 2;
/// Reports in one request; the broker sends a batch as it has it, and the message limit allows about this many.
const REPORTS_MAX: usize = 10_000;
/// Characters of a reason: it is shown in every block while the kill switch is engaged.
const REASON_CHARS_MAX: usize = 256;

pub(crate) fn open_session(request: OpenSessionRequest) -> Result<Command, FieldError> {
    Ok(Command::OpenSession {
        session_id: identifier(&request.session_id, "session_id")?.to_owned(),
        account: identifier(&request.account, "account")?.to_owned(),
        event_time: instant(request.event_time, "event_time")?,
    })
}

pub(crate) fn check_order(request: CheckOrderRequest) -> Result<Check, FieldError> {
    if request.marks.len() > MARKS_MAX {
        return Err(FieldError::new("marks", format!("{} marks, {MARKS_MAX} are allowed", request.marks.len())));
    }
    let marks =
        request.marks.into_iter().enumerate().map(|(at, wire)| mark(wire, at)).collect::<Result<Vec<_>, _>>()?;
    let mut seen: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for mark in &marks {
        let times = seen.entry(mark.contract).or_default();
        if times.contains(&mark.time) {
            return Err(FieldError::new("marks", format!("{} has two marks of {}", mark.contract, mark.time)));
        }
        times.push(mark.time);
        if times.len() > MARKS_PER_CONTRACT_MAX {
            let problem = format!("{} has more than {MARKS_PER_CONTRACT_MAX} marks", mark.contract);
            return Err(FieldError::new("marks", problem));
        }
    }
    Ok(Check {
        order: order(request.order)?,
        event_time: instant(request.event_time, "event_time")?,
        marks,
        report_sequence: request.report_sequence,
    })
}

pub(crate) fn report_executions(request: ReportExecutionsRequest) -> Result<Command, FieldError> {
    let session_id = identifier(&request.session_id, "session_id")?.to_owned();
    if request.reports.len() > REPORTS_MAX {
        let problem = format!("{} reports, {REPORTS_MAX} are allowed", request.reports.len());
        return Err(FieldError::new("reports", problem));
    }
    let reports = request.reports.into_iter().enumerate();
    let executions = reports.map(|(at, report)| execution(report, &session_id, at)).collect::<Result<_, _>>()?;
    Ok(Command::Report { session_id, executions })
}

/// Operator and reason of a kill switch request.
pub(crate) fn operator(operator: &str, reason: &str) -> Result<(String, String), FieldError> {
    let length = reason.chars().count();
    if reason.trim().is_empty() || length > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
        let problem = format!("{length} characters; 1 to {REASON_CHARS_MAX} printable ones are required");
        return Err(FieldError::new("reason", problem));
    }
    Ok((identifier(operator, "operator")?.to_owned(), reason.to_owned()))
}

fn order(wire: Option<common::Order>) -> Result<Order, FieldError> {
    let wire = wire.ok_or_else(|| FieldError::new("order", "missing"))?;
    let not_built = |field, number, only| FieldError::new(field, format!("{number} is not built, only {only} is"));
    let order_type = match common::OrderType::try_from(wire.order_type) {
        Ok(common::OrderType::Market) => OrderType::Market,
        Ok(common::OrderType::Unspecified) | Err(_) => {
            return Err(not_built("order.order_type", wire.order_type, "ORDER_TYPE_MARKET (1)"));
        }
    };
    let time_in_force = match common::TimeInForce::try_from(wire.time_in_force) {
        Ok(common::TimeInForce::Day) => TimeInForce::Day,
        Ok(common::TimeInForce::Unspecified) | Err(_) => {
            return Err(not_built("order.time_in_force", wire.time_in_force, "TIME_IN_FORCE_DAY (1)"));
        }
    };
    if !(1..=Order::QUANTITY_MAX).contains(&wire.quantity) {
        let problem = format!("{} is not 1 to {}", wire.quantity, Order::QUANTITY_MAX);
        return Err(FieldError::new("order.quantity", problem));
    }
    Ok(Order {
        session_id: identifier(&wire.session_id, "order.session_id")?.to_owned(),
        account: identifier(&wire.account, "order.account")?.to_owned(),
        client_order_id: identifier(&wire.client_order_id, "order.client_order_id")?.to_owned(),
        contract: symbol(&wire.contract, "order.contract")?,
        side: side(wire.side, "order.side")?,
        quantity: wire.quantity,
        order_type,
        time_in_force,
    })
}

fn mark(wire: common::Mark, at: usize) -> Result<Mark, FieldError> {
    Ok(Mark {
        contract: symbol(&wire.contract, &format!("marks[{at}].contract"))?,
        price: decimal_price(&wire.price, &format!("marks[{at}].price"))?,
        time: instant(wire.time, &format!("marks[{at}].time"))?,
    })
}

fn execution(
    report: common::ExecutionReport,
    session_id: &str,
    at: usize,
) -> Result<(Execution, TradeDate), FieldError> {
    let field = |name: &str| format!("reports[{at}].{name}");
    if report.session_id != session_id {
        return Err(FieldError::new(&field("session_id"), format!("not the request's {session_id:?}")));
    }
    let kind = execution_kind(&report, &field)?;
    for (name, quantity) in [("order_qty", report.order_qty), ("last_qty", report.last_qty)] {
        if quantity > Order::QUANTITY_MAX {
            return Err(FieldError::new(&field(name), format!("{quantity} is above {}", Order::QUANTITY_MAX)));
        }
    }
    let execution = Execution {
        sequence: report.sequence,
        account: identifier(&report.account, &field("account"))?.to_owned(),
        client_order_id: identifier(&report.client_order_id, &field("client_order_id"))?.to_owned(),
        contract: symbol(&report.contract, &field("contract"))?,
        side: side(report.side, &field("side"))?,
        order_qty: report.order_qty,
        leaves_qty: report.leaves_qty,
        cum_qty: report.cum_qty,
        event_time: instant(report.event_time, &field("event_time"))?,
        kind,
    };
    Ok((execution, trade_date(&report.trade_date, &field("trade_date"))?))
}

fn execution_kind(
    report: &common::ExecutionReport,
    field: &impl Fn(&str) -> String,
) -> Result<ExecutionKind, FieldError> {
    let kind = match common::ExecType::try_from(report.exec_type) {
        Ok(common::ExecType::New) => ExecutionKind::New,
        Ok(common::ExecType::Trade) => ExecutionKind::Trade {
            last_qty: report.last_qty,
            last_px: decimal_price(&report.last_px, &field("last_px"))?,
            fee_usd: decimal_usd(&report.fee_usd, &field("fee_usd"))?,
        },
        Ok(common::ExecType::Canceled | common::ExecType::Rejected | common::ExecType::Expired) => ExecutionKind::Ended,
        Ok(common::ExecType::Unspecified) | Err(_) => {
            return Err(FieldError::new(&field("exec_type"), format!("{} is none that is built", report.exec_type)));
        }
    };
    if report.last_qty != 0 && !matches!(kind, ExecutionKind::Trade { .. }) {
        return Err(FieldError::new(&field("last_qty"), format!("{} without a trade", report.last_qty)));
    }
    Ok(kind)
}
