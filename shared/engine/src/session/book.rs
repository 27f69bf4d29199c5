//! The part of a session's state that decisions are taken on: small, so that a command can be tried on a copy of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use peaktrade_domain::{ContractSymbol, Side, UnixNanos, Usd};

use super::event::{DayOpen, Event, LegRole, Mark, Opening, OrderRecord, RollLeg, WorkingTerms};
use super::report::{Report, Trade};
use crate::ledger::{Booking, Ledger, LedgerError};

/// An order that can still fill.
#[derive(Clone, Debug)]
pub(super) struct Working {
    pub(super) record: Arc<OrderRecord>,
    pub(super) terms: WorkingTerms,
    pub(super) leaves: u32,
    pub(super) filled: u32,
    pub(super) filled_value: i128,
    /// Contracts, counted from the first, that may fill by now: all of them, but of the opening leg of a roll only as many
    /// as its closing leg has filled.
    pub(super) released: u32,
}

impl Working {
    /// Contracts that may fill now.
    pub(super) const fn fillable(&self) -> u32 {
        self.released.saturating_sub(self.filled)
    }

    fn is_leg(&self, roll_id: &str, role: LegRole) -> bool {
        self.record.leg.as_ref().is_some_and(|leg| leg.role == role && leg.roll_id == roll_id)
    }
}

/// Contracts that working orders may add to a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) buys: i64,
    pub(super) sells: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) clock: UnixNanos,
    pub(super) day: DayOpen,
    pub(super) ledger: Ledger,
    pub(super) marks: BTreeMap<ContractSymbol, Mark>,
    pub(super) working: BTreeMap<u64, Working>,
    /// Contracts taken from the bar that opened at the instant, so that orders share one bar's volume.
    taken: BTreeMap<ContractSymbol, (UnixNanos, u32)>,
    pub(super) report_sequence: u64,
    pub(super) order_id: u64,
}

impl Book {
    pub(super) fn new(opening: &Opening) -> Self {
        Self {
            clock: opening.clock,
            day: DayOpen { trade_date: opening.trade_date, equity: opening.cash },
            ledger: Ledger::new(opening.cash),
            marks: opening.marks.clone(),
            working: BTreeMap::new(),
            taken: BTreeMap::new(),
            report_sequence: 0,
            order_id: 0,
        }
    }

    /// Takes an event into the state. An error leaves the book half changed; it is then to be thrown away.
    pub(super) fn apply(&mut self, event: &Event, opening: &Opening) -> Result<(), LedgerError> {
        match event {
            Event::OrderRecorded(record) => {
                self.order_id = record.order_id;
                if let Some(terms) = record.terms {
                    let leaves = record.order.quantity;
                    let released = match record.leg.as_ref().map(|leg| leg.role) {
                        Some(LegRole::Open) => 0,
                        Some(LegRole::Close) | None => leaves,
                    };
                    let record = Arc::new(record.clone());
                    let working = Working { record, terms, leaves, filled: 0, filled_value: 0, released };
                    self.working.insert(working.record.order_id, working);
                }
            }
            Event::Marked { contract, mark } => {
                self.marks.insert(*contract, *mark);
            }
            Event::Reported(report) => self.apply_report(report, opening)?,
            Event::ClockMoved { clock, day, marks } => {
                self.clock = *clock;
                self.day = *day;
                self.marks.clone_from(marks);
            }
            Event::RollRecorded(_) | Event::Closed { .. } => {}
        }
        Ok(())
    }

    fn apply_report(&mut self, report: &Report, opening: &Opening) -> Result<(), LedgerError> {
        self.report_sequence = report.sequence;
        if let (Some(trade), Some(instrument)) = (report.trade, opening.instruments.get(&report.contract)) {
            self.ledger.book(&Booking {
                contract: report.contract,
                multiplier: instrument.multiplier,
                side: report.side,
                quantity: trade.quantity,
                price: trade.price,
                fee: trade.fee,
            })?;
            self.take(report.contract, report.event_time, trade);
            self.release(report.order_id, trade.quantity);
        }
        if report.ord_status.is_terminal() {
            self.working.remove(&report.order_id);
        } else if let Some(working) = self.working.get_mut(&report.order_id) {
            working.leaves = report.leaves;
            working.filled = report.filled;
            working.filled_value = report.filled_value;
        }
        Ok(())
    }

    /// Lets the opening leg of a roll fill what its closing leg has filled.
    fn release(&mut self, order_id: u64, quantity: u32) {
        let Some(leg) = self.working.get(&order_id).and_then(|working| working.record.leg.clone()) else { return };
        if leg.role == LegRole::Close
            && let Some(open) = self.working.values_mut().find(|working| working.is_leg(&leg.roll_id, LegRole::Open))
        {
            open.released = open.released.saturating_add(quantity);
        }
    }

    /// The order that is the other leg of a roll and still works.
    pub(super) fn other_leg(&self, leg: &RollLeg) -> Option<u64> {
        let role = match leg.role {
            LegRole::Close => LegRole::Open,
            LegRole::Open => LegRole::Close,
        };
        let other = self.working.values().find(|working| working.is_leg(&leg.roll_id, role))?;
        Some(other.record.order_id)
    }

    fn take(&mut self, contract: ContractSymbol, open_time: UnixNanos, trade: Trade) {
        let before = self.taken_from(contract, open_time);
        self.taken.insert(contract, (open_time, before.saturating_add(trade.quantity)));
    }

    /// Contracts that this session has taken from the bar that opened at an instant.
    pub(super) fn taken_from(&self, contract: ContractSymbol, open_time: UnixNanos) -> u32 {
        match self.taken.get(&contract) {
            Some((at, quantity)) if *at == open_time => *quantity,
            Some(_) | None => 0,
        }
    }

    /// Cash plus unrealized profit and loss at the marks.
    pub(super) fn equity(&self) -> Result<Usd, LedgerError> {
        let cash = self.ledger.cash()?;
        let unrealized = self.unrealized()?;
        cash.checked_add(unrealized).ok_or(LedgerError::Overflow { what: "equity" })
    }

    /// Profit and loss of open contracts at the marks.
    pub(super) fn unrealized(&self) -> Result<Usd, LedgerError> {
        self.ledger.unrealized(|contract| self.marks.get(&contract).map(|mark| mark.price))
    }

    /// Replaces a mark by a newer one.
    pub(super) fn mark_if_newer(&mut self, contract: ContractSymbol, mark: Mark) {
        if self.marks.get(&contract).is_none_or(|known| known.time < mark.time) {
            self.marks.insert(contract, mark);
        }
    }

    /// What working orders may add now, by contract. Of the opening leg of a roll that is no more than its closing leg has
    /// filled: the pair replaces a position, it does not double it.
    pub(super) fn pending(&self) -> BTreeMap<ContractSymbol, Pending> {
        let mut pending: BTreeMap<ContractSymbol, Pending> = BTreeMap::new();
        for working in self.working.values() {
            let quantity = i64::from(working.fillable());
            let sum = pending.entry(working.record.order.contract).or_default();
            match working.record.order.side {
                Side::Buy => sum.buys += quantity,
                Side::Sell => sum.sells += quantity,
            }
        }
        pending
    }
}
