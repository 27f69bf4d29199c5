//! Between wire messages and the engine's values.

use peaktrade_domain::{ContractSymbol, Price};
use peaktrade_engine::ledger::rounded_average;
use peaktrade_engine::order::{Order, OrderType, TimeInForce};
use peaktrade_engine::session::{
    AccountView, Decision, EquityPoint, ExecType, Mark, OrdStatus, PositionView, Reason, Report,
};
use peaktrade_wire::{FieldError, broker::v1 as broker, common::v1 as common, risk::v1 as risk};

/// What every name of the gate's closed list begins with on the wire.
const REASON_PREFIX: &str = "REASON_";

/// An order from its message.
pub(crate) fn order(wire: Option<common::Order>) -> Result<Order, FieldError> {
    let Some(wire) = wire else {
        return Err(FieldError::new("order", "missing"));
    };
    let order = Order {
        session_id: peaktrade_wire::identifier(&wire.session_id, "order.session_id")?.to_owned(),
        account: peaktrade_wire::identifier(&wire.account, "order.account")?.to_owned(),
        client_order_id: peaktrade_wire::identifier(&wire.client_order_id, "order.client_order_id")?.to_owned(),
        contract: peaktrade_wire::symbol(&wire.contract, "order.contract")?,
        side: peaktrade_wire::side(wire.side, "order.side")?,
        quantity: wire.quantity,
        order_type: match common::OrderType::try_from(wire.order_type) {
            Ok(common::OrderType::Market) => OrderType::Market,
            Ok(common::OrderType::Unspecified) | Err(_) => {
                let problem = format!("{} is not built; only ORDER_TYPE_MARKET (1) is", wire.order_type);
                return Err(FieldError::new("order.order_type", problem));
            }
        },
        time_in_force: match common::TimeInForce::try_from(wire.time_in_force) {
            Ok(common::TimeInForce::Day) => TimeInForce::Day,
            Ok(common::TimeInForce::Unspecified) | Err(_) => {
                let problem = format!("{} is not built; only TIME_IN_FORCE_DAY (1) is", wire.time_in_force);
                return Err(FieldError::new("order.time_in_force", problem));
            }
        },
    };
    if !(1..=Order::QUANTITY_MAX).contains(&order.quantity) {
        let problem = format!("{} is not between 1 and {}", order.quantity, Order::QUANTITY_MAX);
        return Err(FieldError::new("order.quantity", problem));
    }
    Ok(order)
}

/// An order as its message.
pub(crate) fn order_to_wire(order: &Order) -> common::Order {
    common::Order {
        session_id: order.session_id.clone(),
        account: order.account.clone(),
        client_order_id: order.client_order_id.clone(),
        contract: order.contract.to_string(),
        side: peaktrade_wire::side_to_wire(order.side).into(),
        quantity: order.quantity,
        order_type: match order.order_type {
            OrderType::Market => common::OrderType::Market.into(),
        },
        time_in_force: match order.time_in_force {
            TimeInForce::Day => common::TimeInForce::Day.into(),
        },
    }
}

/// A report as its message.
pub(crate) fn report_to_wire(session_id: &str, report: &Report) -> common::ExecutionReport {
    let average = rounded_average(report.filled_value, i64::from(report.filled));
    let trade = report.trade;
    common::ExecutionReport {
        sequence: report.sequence,
        session_id: session_id.to_owned(),
        account: report.account.clone(),
        client_order_id: report.client_order_id.clone(),
        order_id: report.order_id,
        exec_type: exec_type(report.exec_type).into(),
        ord_status: ord_status(report.ord_status).into(),
        contract: report.contract.to_string(),
        side: peaktrade_wire::side_to_wire(report.side).into(),
        order_qty: report.order_quantity,
        last_qty: trade.map_or(0, |trade| trade.quantity),
        last_px: trade.map_or_else(String::new, |trade| trade.price.to_string()),
        leaves_qty: report.leaves,
        cum_qty: report.filled,
        avg_px: average.map_or_else(String::new, |price| price.to_string()),
        fee_usd: trade.map_or_else(String::new, |trade| trade.fee.to_string()),
        fill_rule: trade.map_or_else(String::new, |trade| trade.rule.name().to_owned()),
        event_time: Some(peaktrade_wire::timestamp(report.event_time)),
        trade_date: report.trade_date.to_string(),
        text: report.text.clone(),
        roll_id: report.roll_id.clone().unwrap_or_default(),
    }
}

/// Reports as their messages.
pub(crate) fn reports_to_wire(session_id: &str, reports: &[Report]) -> Vec<common::ExecutionReport> {
    reports.iter().map(|report| report_to_wire(session_id, report)).collect()
}

const fn exec_type(exec_type: ExecType) -> common::ExecType {
    match exec_type {
        ExecType::New => common::ExecType::New,
        ExecType::Canceled => common::ExecType::Canceled,
        ExecType::Rejected => common::ExecType::Rejected,
        ExecType::Expired => common::ExecType::Expired,
        ExecType::Trade => common::ExecType::Trade,
    }
}

const fn ord_status(status: OrdStatus) -> common::OrdStatus {
    match status {
        OrdStatus::New => common::OrdStatus::New,
        OrdStatus::PartiallyFilled => common::OrdStatus::PartiallyFilled,
        OrdStatus::Filled => common::OrdStatus::Filled,
        OrdStatus::Canceled => common::OrdStatus::Canceled,
        OrdStatus::Rejected => common::OrdStatus::Rejected,
        OrdStatus::Expired => common::OrdStatus::Expired,
    }
}

/// A mark as its message.
pub(crate) fn mark_to_wire(contract: ContractSymbol, mark: Mark) -> common::Mark {
    common::Mark {
        contract: contract.to_string(),
        price: mark.price.to_string(),
        time: Some(peaktrade_wire::timestamp(mark.time)),
    }
}

/// A point of the equity curve as its message.
pub(crate) fn equity_to_wire(point: &EquityPoint) -> common::AmountAtTime {
    common::AmountAtTime { time: Some(peaktrade_wire::timestamp(point.time)), amount_usd: point.equity.to_string() }
}

/// A gate's reason from its message; a number outside the closed list keeps its number.
pub(crate) fn reason(wire: &risk::BlockReason) -> Reason {
    let name = risk::Reason::try_from(wire.reason).map_or_else(
        |_| wire.reason.to_string(),
        |reason| reason.as_str_name().trim_start_matches(REASON_PREFIX).to_owned(),
    );
    Reason { name, detail: wire.detail.clone() }
}

/// A gate's reason as its message.
pub(crate) fn reason_to_wire(reason: &Reason) -> risk::BlockReason {
    let number = risk::Reason::from_str_name(&format!("{REASON_PREFIX}{}", reason.name));
    risk::BlockReason {
        reason: number.map_or_else(|| reason.name.parse().unwrap_or_default(), i32::from),
        detail: reason.detail.clone(),
    }
}

/// A decision as its enum number; 0 where there was none.
pub(crate) fn decision_to_wire(decision: Option<Decision>) -> i32 {
    match decision {
        Some(Decision::Allow) => risk::Decision::Allow.into(),
        Some(Decision::Block) => risk::Decision::Block.into(),
        None => risk::Decision::Unspecified.into(),
    }
}

/// A position as its message.
pub(crate) fn position_to_wire(position: &PositionView) -> broker::AccountPosition {
    let (value, contracts) = position.average_entry;
    let text = |price: Option<Price>| price.map_or_else(String::new, |price| price.to_string());
    broker::AccountPosition {
        contract: position.contract.to_string(),
        quantity: position.quantity,
        avg_px: text(rounded_average(value, contracts)),
        mark: text(position.mark),
    }
}

/// Positions of an account as their messages.
pub(crate) fn positions_to_wire(account: &AccountView) -> Vec<broker::AccountPosition> {
    account.positions.iter().map(position_to_wire).collect()
}
