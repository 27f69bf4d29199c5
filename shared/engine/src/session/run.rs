//! One command tried on a copy of the book. The events it yields are applied to the session only if all of it worked.

use peaktrade_domain::{Calendar, CalendarError, ContractSymbol, TradeDate, UnixNanos, Usd};

use super::book::{Book, Working};
use super::event::{Event, Mark, Opening, OrderRecord, Span};
use super::report::{ExecType, OrdStatus, Report, Trade};
use super::tape::Market;
use super::{Session, SessionError};
use crate::ledger::LedgerError;
use crate::matching::{Demand, fill_at_open};

/// Text of a leg that ends because the other ended unfilled.
pub const OTHER_LEG_ENDED: &str = "ROLL_OTHER_LEG_ENDED";

/// Equity at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EquityPoint {
    /// Instant.
    pub time: UnixNanos,
    /// Cash plus unrealized profit and loss.
    pub equity: Usd,
}

/// Trade date to which an instant belongs, the next one where the market is closed; at the end of the calendar the last.
///
/// # Errors
/// Where the instant is outside the calendar.
pub fn trade_date(calendar: &Calendar, at: UnixNanos) -> Result<TradeDate, CalendarError> {
    calendar.trade_date_at_or_after(at).or_else(|error| trade_date_before(calendar, at).map_err(|_| error))
}

/// Trade date to which the last nanosecond before an instant belongs.
fn trade_date_before(calendar: &Calendar, at: UnixNanos) -> Result<TradeDate, CalendarError> {
    calendar.trade_date_at_or_after(at.checked_add_nanos(-1).unwrap_or(at))
}

pub(super) struct Run<'a> {
    opening: &'a Opening,
    calendar: &'a Calendar,
    pub(super) book: Book,
    first_report: u64,
    events: Vec<Event>,
    pub(super) equity: Vec<EquityPoint>,
}

/// What a report says beyond the order.
pub(super) struct Step {
    pub(super) exec_type: ExecType,
    pub(super) ord_status: OrdStatus,
    pub(super) at: UnixNanos,
    pub(super) text: String,
}

impl<'a> Run<'a> {
    pub(super) fn new(session: &'a Session, calendar: &'a Calendar) -> Self {
        Self {
            opening: &session.opening,
            calendar,
            book: session.book.clone(),
            first_report: session.book.report_sequence + 1,
            events: Vec::new(),
            equity: Vec::new(),
        }
    }

    pub(super) fn emit(&mut self, event: Event) -> Result<(), SessionError> {
        self.book.apply(&event, self.opening)?;
        self.events.push(event);
        Ok(())
    }

    /// The events, with the reports issued by this run as the answer of everything it recorded.
    pub(super) fn finish(mut self) -> (Vec<Event>, Vec<EquityPoint>) {
        let span = Span { first: self.first_report, last: self.book.report_sequence };
        for event in &mut self.events {
            match event {
                Event::OrderRecorded(record) => record.answer = span,
                Event::RollRecorded(record) => record.answer = span,
                Event::Closed { answer } => *answer = span,
                Event::Marked { .. } | Event::Reported(_) | Event::ClockMoved { .. } => {}
            }
        }
        (self.events, self.equity)
    }

    /// Reports on an order that is not working (any more): what it filled is given.
    pub(super) fn report(
        &mut self,
        record: &OrderRecord,
        filled: (u32, i128),
        trade: Option<Trade>,
        step: Step,
    ) -> Result<(), SessionError> {
        let order = &record.order;
        // What expires does so at the end of its own trade date, which is the first instant outside of it.
        let trade_date = match step.exec_type {
            ExecType::Expired => trade_date_before(self.calendar, step.at)?,
            ExecType::New | ExecType::Canceled | ExecType::Rejected | ExecType::Trade => {
                trade_date(self.calendar, step.at)?
            }
        };
        let leaves = if step.ord_status.is_terminal() { 0 } else { order.quantity - filled.0 };
        let report = Report {
            sequence: self.book.report_sequence + 1,
            account: order.account.clone(),
            client_order_id: order.client_order_id.clone(),
            order_id: record.order_id,
            exec_type: step.exec_type,
            ord_status: step.ord_status,
            contract: order.contract,
            side: order.side,
            order_quantity: order.quantity,
            leaves,
            filled: filled.0,
            filled_value: filled.1,
            trade,
            event_time: step.at,
            trade_date,
            text: step.text,
            roll_id: record.leg.as_ref().map(|leg| leg.roll_id.clone()),
        };
        self.emit(Event::Reported(report))
    }

    /// Ends one leg of a roll where the other has ended unfilled: alone it would leave a position that nobody asked for.
    pub(super) fn end_other_leg(&mut self, ended: &OrderRecord, step: Step) -> Result<(), SessionError> {
        match ended.leg.as_ref().and_then(|leg| self.book.other_leg(leg)) {
            Some(order_id) => self.end(order_id, Step { text: OTHER_LEG_ENDED.to_owned(), ..step }),
            None => Ok(()),
        }
    }

    /// Ends a working order, and it alone.
    pub(super) fn end(&mut self, order_id: u64, step: Step) -> Result<(), SessionError> {
        let Some(Working { record, filled, filled_value, .. }) = self.book.working.get(&order_id).cloned() else {
            return Ok(());
        };
        self.report(&record, (filled, filled_value), None, step)
    }

    /// Fills what it can of one working order from the bar that opens at an instant; says whether it filled anything.
    pub(super) fn fill(&mut self, order_id: u64, at: UnixNanos, market: &Market) -> Result<bool, SessionError> {
        let Some(working) = self.book.working.get(&order_id).cloned() else { return Ok(false) };
        let order = &working.record.order;
        let contract = order.contract;
        let (Some(bar), Some(instrument)) =
            (market.tapes.get(&contract).and_then(|tape| tape.bar_at(at)), self.opening.instruments.get(&contract))
        else {
            return Ok(false);
        };
        let demand = Demand {
            side: order.side,
            leaves: working.fillable(),
            taken: self.book.taken_from(contract, at),
            is_carried: working.filled > 0,
        };
        let Some(fill) = fill_at_open(&bar, demand, working.terms.execution, instrument.tick) else {
            return Ok(false);
        };
        let fee = working
            .terms
            .fee_per_contract
            .checked_mul(i64::from(fill.quantity))
            .ok_or(LedgerError::Overflow { what: "fee" })?;
        let filled = working.filled + fill.quantity;
        let value = working.filled_value + i128::from(fill.price.nanos()) * i128::from(fill.quantity);
        let ord_status = if filled == order.quantity { OrdStatus::Filled } else { OrdStatus::PartiallyFilled };
        self.emit(Event::Marked { contract, mark: Mark { price: bar.open, time: at } })?;
        let trade = Trade { quantity: fill.quantity, price: fill.price, fee, rule: fill.rule };
        let step = Step { exec_type: ExecType::Trade, ord_status, at, text: String::new() };
        self.report(&working.record, (filled, value), Some(trade), step)?;
        Ok(true)
    }

    /// Brings a contract's mark to the last bar that is complete at an instant.
    pub(super) fn mark(&mut self, contract: ContractSymbol, at: UnixNanos, market: &Market) {
        if let Some((price, time)) = market.tapes.get(&contract).and_then(|tape| tape.last_complete(at)) {
            self.book.mark_if_newer(contract, Mark { price, time });
        }
    }

    /// Notes the equity at an instant.
    pub(super) fn note_equity(&mut self, time: UnixNanos) -> Result<(), SessionError> {
        let equity = self.book.equity()?;
        self.equity.push(EquityPoint { time, equity });
        Ok(())
    }
}
