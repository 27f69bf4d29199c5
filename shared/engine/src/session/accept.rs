//! Orders come in: with the gate's permit they are checked against fees, margin and the contract's life and then work;
//! without it they are refused, and what is refused never opens later.

use peaktrade_domain::{Calendar, Side, TradeDate, UnixNanos, Usd};

use super::event::{Event, OrderRecord, RollLeg, RollRecord, Span, Verdict, WorkingTerms};
use super::report::{ExecType, OrdStatus};
use super::run::{Run, Step, trade_date};
use super::tape::Market;
use super::{Session, SessionError};
use crate::fees::{FeeMissing, FeeSchedule};
use crate::ledger::LedgerError;
use crate::margins::{MarginSchedule, MarginUnknown};
use crate::order::Order;

/// Orders that a session may have working at once; each costs time on every bar.
pub const WORKING_ORDERS_MAX: usize = 1_000;
/// Orders of a session in all; each stays in memory for its answer.
pub const ORDERS_MAX: u64 = 1_000_000;

/// Text of a leg that is refused because of the other.
pub const OTHER_LEG_REFUSED: &str = "ROLL_OTHER_LEG_REFUSED";

/// What orders are checked and filled against.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Fees and execution terms.
    pub fees: &'a FeeSchedule,
    /// Margins.
    pub margins: &'a MarginSchedule,
    /// The exchange calendar.
    pub calendar: &'a Calendar,
    /// Bars.
    pub market: &'a Market,
}

/// An order with what the gate said of it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The order.
    pub order: Order,
    /// The gate's verdict.
    pub verdict: Verdict,
    /// Leg of a roll.
    pub leg: Option<RollLeg>,
}

/// Why the broker refuses an order that the gate allowed. Displayed as code, colon, facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is not the session's.
    #[error("ACCOUNT_UNKNOWN: {account:?} is not the session's account")]
    AccountUnknown {
        /// Account of the order.
        account: String,
    },
    /// The session has no bars of the contract.
    #[error("CONTRACT_NOT_IN_DATASET: {contract} is none of the session's contracts")]
    ContractNotInDataset {
        /// Contract of the order.
        contract: String,
    },
    /// Trading in the contract has ended.
    #[error("CONTRACT_TRADING_ENDED: {contract} traded until {last_trade_time}")]
    TradingEnded {
        /// Contract of the order.
        contract: String,
        /// First instant at which it no longer trades.
        last_trade_time: UnixNanos,
    },
    /// No fee is known.
    #[error("FEE_SCHEDULE_MISSING: {0}")]
    FeeMissing(#[from] FeeMissing),
    /// No margin is known.
    #[error("{code}: {0}", code = .0.code())]
    MarginUnknown(#[from] MarginUnknown),
    /// The account cannot carry the order.
    #[error("MARGIN_INSUFFICIENT: positions and orders in the worst case need {needed}, equity is {equity}")]
    MarginInsufficient {
        /// Initial margin of the worst case with the order.
        needed: Usd,
        /// Equity now.
        equity: Usd,
    },
    /// Too many orders work.
    #[error("TOO_MANY_WORKING_ORDERS: {working} work, {WORKING_ORDERS_MAX} may")]
    TooManyWorking {
        /// Orders working.
        working: usize,
    },
}

impl Session {
    /// Takes in orders that the gate allowed: all of them work (and fill at once from a bar that opens at the clock), or,
    /// where one must be refused after all, none does. `roll` links two of them.
    ///
    /// # Errors
    /// Where the session is closed, full, or an amount or date cannot be computed; nothing has then changed.
    pub fn accept(
        &self,
        proposals: &[Proposal],
        roll: Option<RollRecord>,
        rules: &Rules<'_>,
    ) -> Result<Vec<Event>, SessionError> {
        self.check_room(proposals.len())?;
        let trade_date = trade_date(rules.calendar, self.book.clock)?;
        let mut accepted = Vec::with_capacity(proposals.len());
        let mut refusal = None;
        for (at, proposal) in proposals.iter().enumerate() {
            match self.working_terms(&proposal.order, at, trade_date, rules)? {
                Ok(terms) => accepted.push(terms),
                Err(why) => {
                    refusal.get_or_insert((at, why));
                }
            }
        }
        let mut run = Run::new(self, rules.calendar);
        if let Some(roll) = roll.clone() {
            run.emit(Event::RollRecorded(roll))?;
        }
        if refusal.is_none() {
            for (proposal, terms) in proposals.iter().zip(accepted) {
                let record = self.record(&run, proposal, Some(terms));
                run.emit(Event::OrderRecorded(record.clone()))?;
                let step = Step {
                    exec_type: ExecType::New,
                    ord_status: OrdStatus::New,
                    at: self.book.clock,
                    text: String::new(),
                };
                run.report(&record, (0, 0), None, step)?;
            }
            // The order that adds exposure is to blame, not the one that closes what is held.
            let adding = proposals.iter().position(|proposal| self.adds_exposure(&proposal.order));
            if let Some(at) = adding {
                refusal = margin_refusal(&run, trade_date, rules.margins)?.map(|why| (at, why));
            }
        }
        if let Some((at, why)) = refusal {
            let text = |index| if index == at { why.to_string() } else { OTHER_LEG_REFUSED.to_owned() };
            let texts: Vec<String> = (0..proposals.len()).map(text).collect();
            return self.refuse(proposals, &texts, roll, rules.calendar);
        }
        let orders: Vec<u64> = (self.book.order_id + 1..=run.book.order_id).collect();
        for order_id in orders {
            run.fill(order_id, self.book.clock, rules.market)?;
        }
        Ok(run.finish().0)
    }

    /// Refuses orders, each with a text. They are on record: sent again they get the same answer.
    ///
    /// # Errors
    /// Where the session is closed, full, or the calendar does not answer.
    pub fn refuse(
        &self,
        proposals: &[Proposal],
        texts: &[String],
        roll: Option<RollRecord>,
        calendar: &Calendar,
    ) -> Result<Vec<Event>, SessionError> {
        self.check_room(proposals.len())?;
        let mut run = Run::new(self, calendar);
        if let Some(roll) = roll {
            run.emit(Event::RollRecorded(roll))?;
        }
        for (proposal, text) in proposals.iter().zip(texts) {
            let record = self.record(&run, proposal, None);
            run.emit(Event::OrderRecorded(record.clone()))?;
            let step = Step {
                exec_type: ExecType::Rejected,
                ord_status: OrdStatus::Rejected,
                at: self.book.clock,
                text: text.clone(),
            };
            run.report(&record, (0, 0), None, step)?;
        }
        Ok(run.finish().0)
    }

    fn check_room(&self, orders: usize) -> Result<(), SessionError> {
        self.check_open()?;
        if self.book.order_id.saturating_add(orders as u64) > ORDERS_MAX {
            return Err(SessionError::Full { orders: self.book.order_id });
        }
        Ok(())
    }

    fn record(&self, run: &Run<'_>, proposal: &Proposal, terms: Option<WorkingTerms>) -> OrderRecord {
        OrderRecord {
            order_id: run.book.order_id + 1,
            order: proposal.order.clone(),
            verdict: proposal.verdict.clone(),
            leg: proposal.leg.clone(),
            terms,
            answer: Span { first: 0, last: 0 },
        }
    }

    /// Terms of an order that is the one at `place`, counted from 0, of those proposed together.
    fn working_terms(
        &self,
        order: &Order,
        place: usize,
        trade_date: TradeDate,
        rules: &Rules<'_>,
    ) -> Result<Result<WorkingTerms, Refusal>, SessionError> {
        if order.account != self.opening.account {
            return Ok(Err(Refusal::AccountUnknown { account: order.account.clone() }));
        }
        let contract = order.contract;
        let Some(instrument) = self.opening.instruments.get(&contract) else {
            return Ok(Err(Refusal::ContractNotInDataset { contract: contract.to_string() }));
        };
        let last_trade_time = instrument.last_trade_time;
        if self.book.clock >= last_trade_time {
            return Ok(Err(Refusal::TradingEnded { contract: contract.to_string(), last_trade_time }));
        }
        let working = self.book.working.len() + place;
        if working >= WORKING_ORDERS_MAX {
            return Ok(Err(Refusal::TooManyWorking { working }));
        }
        let (fee, execution) = match rules.fees.terms(contract.root(), trade_date) {
            Ok((row, execution)) => (row.total, execution),
            Err(missing) => return Ok(Err(missing.into())),
        };
        let session = rules.calendar.session(trade_date)?;
        let day_end = session.ok_or(SessionError::NoSession { trade_date })?.close();
        Ok(Ok(WorkingTerms {
            expires_at: day_end.min(last_trade_time),
            ends_with_contract: last_trade_time < day_end,
            fee_per_contract: fee,
            execution,
        }))
    }

    /// Whether an order could leave the account with more contracts on one side than before: anything but a reduction of
    /// what is held beyond what working orders already reduce.
    fn adds_exposure(&self, order: &Order) -> bool {
        let held = self.book.ledger.quantity(order.contract);
        let pending = self.book.pending().get(&order.contract).copied().unwrap_or_default();
        let quantity = i64::from(order.quantity);
        match order.side {
            Side::Buy => quantity > (-held).max(0) - pending.buys,
            Side::Sell => quantity > held.max(0) - pending.sells,
        }
    }

    /// Initial margin of the worst case of positions and working orders.
    ///
    /// # Errors
    /// Where a margin is missing or the sum leaves the range.
    pub fn initial_margin(&self, margins: &MarginSchedule, trade_date: TradeDate) -> Result<Usd, InitialMarginError> {
        initial_margin(&self.book, margins, trade_date)
    }
}

/// Why the initial margin of an account cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InitialMarginError {
    /// No margin for a root.
    #[error(transparent)]
    Unknown(#[from] MarginUnknown),
    /// A sum out of range.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

fn initial_margin(
    book: &super::book::Book,
    margins: &MarginSchedule,
    trade_date: TradeDate,
) -> Result<Usd, InitialMarginError> {
    let mut pending = book.pending();
    for contract in book.ledger.positions().keys() {
        pending.entry(*contract).or_default();
    }
    let mut needed = Usd::ZERO;
    for (contract, pending) in pending {
        let held = book.ledger.quantity(contract);
        let worst = (held + pending.buys).abs().max((held - pending.sells).abs());
        let row = margins.row(contract.root(), trade_date)?;
        needed = row
            .initial
            .checked_mul(worst)
            .and_then(|margin| needed.checked_add(margin))
            .ok_or(LedgerError::Overflow { what: "initial margin" })?;
    }
    Ok(needed)
}

fn margin_refusal(
    run: &Run<'_>,
    trade_date: TradeDate,
    margins: &MarginSchedule,
) -> Result<Option<Refusal>, SessionError> {
    let equity = run.book.equity()?;
    match initial_margin(&run.book, margins, trade_date) {
        Ok(needed) if needed > equity => Ok(Some(Refusal::MarginInsufficient { needed, equity })),
        Ok(_) => Ok(None),
        Err(InitialMarginError::Unknown(unknown)) => Ok(Some(unknown.into())),
        Err(InitialMarginError::Ledger(error)) => Err(error.into()),
    }
}
