//! A paper session as a state machine without I/O: commands are judged against the state and yield events, events change
//! the state. The clock is simulated; every number is an integer; identifiers are sequence numbers. The same opening and
//! the same events give the same state, in the service, after a restart and in a simulation.
//!
//! Execution on bars: an order accepted at clock T is eligible at the first bar of its contract that opens at or after T
//! and has volume. It fills at that bar's open plus slippage against the trader, clamped into the bar's range, for at most
//! a share of the bar's volume; the rest carries to the following bars. A DAY order ends with its trade date, or earlier
//! with its contract's trading. Every fill names its rule.
//!
//! The two legs of a roll replace a position and never enlarge it: the opening leg fills at most what the closing leg has
//! filled, and where one of them is cancelled or expires the rest of the other ends with it.

mod accept;
mod advance;
mod book;
mod event;
mod finish;
mod report;
mod run;
mod tape;

use std::collections::{BTreeMap, BTreeSet};

use peaktrade_domain::{CalendarError, ContractSymbol, Price, TradeDate, UnixNanos, Usd};

pub use accept::{InitialMarginError, ORDERS_MAX, OTHER_LEG_REFUSED, Proposal, Refusal, Rules, WORKING_ORDERS_MAX};
pub use advance::{ADVANCE_NANOS_MAX, Advance};
pub use event::{
    DayOpen, Decision, Event, Instrument, LegRole, Mark, Opening, OrderRecord, Reason, RollLeg, RollRecord, Span,
    Verdict, WorkingTerms,
};
pub use finish::RollPlan;
pub use report::{ExecType, OrdStatus, Report, Trade};
pub use run::{EquityPoint, OTHER_LEG_ENDED, trade_date};
pub use tape::{Columns, Market, PRICE_MAX, Tape, TapeError};

use crate::ledger::LedgerError;
use crate::order::Order;
use book::Book;

/// One session: its opening, its book, and everything that was ever asked and answered.
#[derive(Clone, Debug)]
pub struct Session {
    opening: Opening,
    book: Book,
    orders: BTreeMap<(String, String), RecordedOrder>,
    rolls: BTreeMap<String, RollRecord>,
    reports: Vec<Report>,
    closed: Option<Span>,
}

#[derive(Clone, Debug)]
struct RecordedOrder {
    record: OrderRecord,
    latest_report: u64,
}

/// An account at the session's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Starting cash plus realized minus fees.
    pub cash: Usd,
    /// Profit and loss of closed contracts before fees.
    pub realized: Usd,
    /// Profit and loss of open contracts at the marks.
    pub unrealized: Usd,
    /// Fees paid.
    pub fees: Usd,
    /// Cash plus unrealized.
    pub equity: Usd,
    /// Equity now minus equity at the open of the trade date.
    pub day_gain: Usd,
    /// Open positions.
    pub positions: Vec<PositionView>,
    /// Orders that can still fill.
    pub working_orders: usize,
}

/// One open position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// Contract.
    pub contract: ContractSymbol,
    /// Contracts, short ones negative.
    pub quantity: i64,
    /// Average entry price as an exact fraction: 1e-9 points, contracts.
    pub average_entry: (i128, i64),
    /// Last mark.
    pub mark: Option<Price>,
}

/// Why a command cannot be judged. Nothing has then changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The session has ended.
    #[error("session {session_id:?} is closed")]
    Closed {
        /// Session.
        session_id: String,
    },
    /// The clock would run backwards.
    #[error("clock {to} is before the session's clock, {clock}")]
    ClockReversed {
        /// The clock now.
        clock: UnixNanos,
        /// The clock wanted.
        to: UnixNanos,
    },
    /// The clock would move too far at once.
    #[error("clock {to} is more than 40 days after the session's clock, {clock}")]
    AdvanceTooFar {
        /// The clock now.
        clock: UnixNanos,
        /// The clock wanted.
        to: UnixNanos,
    },
    /// No bars tell what happens until then.
    #[error("clock {to} is beyond the dataset, which ends with the trade date that closes at {known_until}")]
    BeyondBars {
        /// The clock wanted.
        to: UnixNanos,
        /// First instant of which nothing is known.
        known_until: UnixNanos,
    },
    /// A position would be carried to the end of its contract.
    #[error(
        "{quantity} {contract} would still be held at {to}, at or after the end of its trading at {last_trade_time}; final \
         settlement is not simulated, so the position must be rolled or closed before"
    )]
    HeldToExpiry {
        /// Contract.
        contract: ContractSymbol,
        /// Contracts held, short ones negative.
        quantity: i64,
        /// First instant at which it no longer trades.
        last_trade_time: UnixNanos,
        /// The clock wanted.
        to: UnixNanos,
    },
    /// The exchange has no such trade date.
    #[error("the calendar has no session for {trade_date}")]
    NoSession {
        /// The trade date.
        trade_date: TradeDate,
    },
    /// The session has taken as many orders as it may.
    #[error("the session has taken {orders} orders, of at most {ORDERS_MAX}")]
    Full {
        /// Orders taken.
        orders: u64,
    },
    /// No such order.
    #[error("the session has no order {client_order_id:?}")]
    UnknownOrder {
        /// Caller's key.
        client_order_id: String,
    },
    /// The order can no longer be cancelled.
    #[error("order {client_order_id:?} has ended: {}", status.name())]
    OrderEnded {
        /// Caller's key.
        client_order_id: String,
        /// Its state.
        status: OrdStatus,
    },
    /// The two contracts are no pair to roll.
    #[error("{from} cannot be rolled into {to}: two different contracts of one root are needed")]
    RollPair {
        /// Contract to leave.
        from: ContractSymbol,
        /// Contract to enter.
        to: ContractSymbol,
    },
    /// The session does not trade the contract.
    #[error("{contract} is none of the session's contracts")]
    ContractUnknown {
        /// Contract.
        contract: ContractSymbol,
    },
    /// An order would interfere with the roll.
    #[error("an order still works in {contract}; it must end before the position is rolled")]
    RollWhileWorking {
        /// Contract.
        contract: ContractSymbol,
    },
    /// The position is larger than one order may be.
    #[error("a position of {quantity} contracts is larger than one order may be")]
    RollTooLarge {
        /// Contracts held.
        quantity: i64,
    },
    /// A leg's key belongs to another order.
    #[error("client_order_id {client_order_id:?} of a leg is taken by another order")]
    LegKeyTaken {
        /// The leg's key.
        client_order_id: String,
    },
    /// The calendar does not answer.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// An amount left the range of exact arithmetic.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Session {
    /// A session at its opening.
    pub fn new(opening: Opening) -> Self {
        let book = Book::new(&opening);
        Self { opening, book, orders: BTreeMap::new(), rolls: BTreeMap::new(), reports: Vec::new(), closed: None }
    }

    /// Takes an event into the state.
    ///
    /// # Errors
    /// Where the event does not belong to this state; a session's own events always do.
    pub fn apply(&mut self, event: &Event) -> Result<(), SessionError> {
        self.book.apply(event, &self.opening)?;
        match event {
            Event::OrderRecorded(record) => {
                let key = (record.order.account.clone(), record.order.client_order_id.clone());
                self.orders.insert(key, RecordedOrder { record: record.clone(), latest_report: 0 });
            }
            Event::RollRecorded(record) => {
                self.rolls.insert(record.roll_id.clone(), record.clone());
            }
            Event::Reported(report) => {
                let key = (report.account.clone(), report.client_order_id.clone());
                if let Some(order) = self.orders.get_mut(&key) {
                    order.latest_report = report.sequence;
                }
                self.reports.push(report.clone());
            }
            Event::Closed { answer } => self.closed = Some(*answer),
            Event::Marked { .. } | Event::ClockMoved { .. } => {}
        }
        Ok(())
    }

    /// What the session started from.
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The clock.
    pub const fn clock(&self) -> UnixNanos {
        self.book.clock
    }

    /// Whether the session has ended.
    pub const fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Refuses a closed session.
    ///
    /// # Errors
    /// Where the session is closed.
    pub fn check_open(&self) -> Result<(), SessionError> {
        match self.closed {
            Some(_) => Err(SessionError::Closed { session_id: self.opening.session_id.clone() }),
            None => Ok(()),
        }
    }

    /// All reports in order; report n stands at place n - 1.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// The reports of a span.
    pub fn reports_of(&self, span: Span) -> &[Report] {
        let place = |sequence: u64| usize::try_from(sequence).unwrap_or(usize::MAX).min(self.reports.len());
        let last = place(span.last);
        &self.reports[place(span.first.saturating_sub(1)).min(last)..last]
    }

    /// An order on record.
    pub fn order(&self, account: &str, client_order_id: &str) -> Option<&OrderRecord> {
        self.orders.get(&(account.to_owned(), client_order_id.to_owned())).map(|order| &order.record)
    }

    /// The latest report of an order.
    pub fn latest(&self, account: &str, client_order_id: &str) -> Option<&Report> {
        let order = self.orders.get(&(account.to_owned(), client_order_id.to_owned()))?;
        self.reports.get(usize::try_from(order.latest_report).ok()?.checked_sub(1)?)
    }

    /// A roll on record.
    pub fn roll(&self, roll_id: &str) -> Option<&RollRecord> {
        self.rolls.get(roll_id)
    }

    /// Marks that the gate needs to judge orders: of the orders' contracts and of every contract held.
    pub fn marks_for(&self, orders: &[&Order]) -> BTreeMap<ContractSymbol, Mark> {
        let held = self.book.ledger.positions().keys().copied();
        let contracts = orders.iter().map(|order| order.contract).chain(held);
        contracts.filter_map(|contract| Some((contract, *self.book.marks.get(&contract)?))).collect()
    }

    /// Contracts that may have been held at an instant of the past: those held now, and those traded since.
    pub fn held_since(&self, instant: UnixNanos) -> BTreeSet<ContractSymbol> {
        let since = self.reports.iter().rev().take_while(|report| report.event_time >= instant);
        let traded = since.filter(|report| report.trade.is_some()).map(|report| report.contract);
        self.book.ledger.positions().keys().copied().chain(traded).collect()
    }

    /// The account at the clock.
    ///
    /// # Errors
    /// Where an amount leaves the range.
    pub fn account(&self) -> Result<AccountView, SessionError> {
        let ledger = &self.book.ledger;
        let equity = self.book.equity()?;
        let gain = equity.checked_sub(self.book.day.equity).ok_or(LedgerError::Overflow { what: "daily profit" })?;
        let positions = ledger.positions().iter().map(|(contract, position)| PositionView {
            contract: *contract,
            quantity: position.quantity(),
            average_entry: position.average_entry(),
            mark: self.book.marks.get(contract).map(|mark| mark.price),
        });
        Ok(AccountView {
            cash: ledger.cash()?,
            realized: ledger.realized(),
            unrealized: self.book.unrealized()?,
            fees: ledger.fees(),
            equity,
            day_gain: gain,
            positions: positions.collect(),
            working_orders: self.book.working.len(),
        })
    }
}

#[cfg(test)]
mod tests;
