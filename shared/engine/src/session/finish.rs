//! Cancels, rolls and the end of a session.

use peaktrade_domain::{Calendar, ContractSymbol, Side};

use super::event::{Event, LegRole, RollLeg, RollRecord, Span};
use super::report::{ExecType, OrdStatus, Report};
use super::run::{Run, Step};
use super::{Session, SessionError};
use crate::order::{Order, OrderType, TimeInForce};

/// The two orders of a roll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollPlan {
    /// The roll as it will be on record.
    pub record: RollRecord,
    /// Closing leg, then opening leg; none where nothing is held.
    pub legs: Vec<(Order, RollLeg)>,
}

impl Session {
    /// Cancels a working order; of a roll the other leg too, as far as it still works. A second cancel of a cancelled order yields no event.
    ///
    /// # Errors
    /// Where the session is closed, the order is unknown or has ended otherwise.
    pub fn cancel(&self, client_order_id: &str, calendar: &Calendar) -> Result<Vec<Event>, SessionError> {
        self.check_open()?;
        let account = &self.opening.account;
        let unknown = || SessionError::UnknownOrder { client_order_id: client_order_id.to_owned() };
        let record = self.order(account, client_order_id).ok_or_else(unknown)?;
        let status = self.latest(account, client_order_id).ok_or_else(unknown)?.ord_status;
        match status {
            OrdStatus::New | OrdStatus::PartiallyFilled => {
                let mut run = Run::new(self, calendar);
                run.end(record.order_id, self.canceled(""))?;
                run.end_other_leg(record, self.canceled(""))?;
                Ok(run.finish().0)
            }
            OrdStatus::Canceled => Ok(Vec::new()),
            OrdStatus::Filled | OrdStatus::Rejected | OrdStatus::Expired => {
                Err(SessionError::OrderEnded { client_order_id: client_order_id.to_owned(), status })
            }
        }
    }

    /// Ends the session: what works is cancelled, nothing more is accepted. Positions stay on the books as they are.
    ///
    /// # Errors
    /// Where the session is closed or the calendar does not answer.
    pub fn close(&self, calendar: &Calendar) -> Result<Vec<Event>, SessionError> {
        self.check_open()?;
        let mut run = Run::new(self, calendar);
        let working: Vec<u64> = self.book.working.keys().copied().collect();
        for order_id in working {
            run.end(order_id, self.canceled("SESSION_CLOSED"))?;
        }
        run.emit(Event::Closed { answer: Span { first: 0, last: 0 } })?;
        Ok(run.finish().0)
    }

    fn canceled(&self, text: &str) -> Step {
        Step {
            exec_type: ExecType::Canceled,
            ord_status: OrdStatus::Canceled,
            at: self.book.clock,
            text: text.to_owned(),
        }
    }

    /// The legs that would roll the whole position from one contract into another of the same root.
    ///
    /// # Errors
    /// Where the session is closed, a contract is not the session's, the roots differ, an order still works in one of the
    /// contracts, or a leg's key is taken.
    pub fn plan_roll(&self, roll_id: &str, from: ContractSymbol, to: ContractSymbol) -> Result<RollPlan, SessionError> {
        self.check_open()?;
        if from == to || from.root() != to.root() {
            return Err(SessionError::RollPair { from, to });
        }
        for contract in [from, to] {
            if !self.opening.instruments.contains_key(&contract) {
                return Err(SessionError::ContractUnknown { contract });
            }
            if self.book.working.values().any(|working| working.record.order.contract == contract) {
                return Err(SessionError::RollWhileWorking { contract });
            }
        }
        let held = self.book.ledger.quantity(from);
        let close_side = if held < 0 { Side::Buy } else { Side::Sell };
        let quantity = u32::try_from(held.unsigned_abs()).unwrap_or(u32::MAX);
        if quantity > Order::QUANTITY_MAX {
            return Err(SessionError::RollTooLarge { quantity: held });
        }
        let answer = Span { first: 0, last: 0 };
        let record =
            RollRecord { roll_id: roll_id.to_owned(), from, to, quantity, close_side, reasons: Vec::new(), answer };
        let mut legs = Vec::new();
        if quantity > 0 {
            let close = self.leg(&record, LegRole::Close);
            let open = self.leg(&record, LegRole::Open);
            legs.extend([close, open]);
        }
        for (order, _) in &legs {
            if self.order(&order.account, &order.client_order_id).is_some() {
                return Err(SessionError::LegKeyTaken { client_order_id: order.client_order_id.clone() });
            }
        }
        Ok(RollPlan { record, legs })
    }

    fn leg(&self, roll: &RollRecord, role: LegRole) -> (Order, RollLeg) {
        let (suffix, contract, side) = match role {
            LegRole::Close => ("close", roll.from, roll.close_side),
            LegRole::Open => ("open", roll.to, roll.close_side.opposite()),
        };
        let order = Order {
            session_id: self.opening.session_id.clone(),
            account: self.opening.account.clone(),
            client_order_id: format!("{}:{suffix}", roll.roll_id),
            contract,
            side,
            quantity: roll.quantity,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Day,
        };
        (order, RollLeg { roll_id: roll.roll_id.clone(), role })
    }

    /// Reports that ended the session, where it has.
    pub fn closing_reports(&self) -> Option<&[Report]> {
        self.closed.map(|span| self.reports_of(span))
    }
}
