//! The flows of the broker: prepare, ask the gate, settle. The state itself lives in the books; between two questions to
//! them a session's turn is held, so that the gate always judges on current reports.
//!
//! Where the process dies between the gate's ALLOW and the settlement, the order was never acknowledged and is not in the
//! books: sent again, it is put to the gate again, which answers as it did.

use std::collections::BTreeMap;
use std::sync::Arc;

use peaktrade_domain::{ContractSymbol, UnixNanos, Usd};
use peaktrade_engine::order::Order;
use peaktrade_engine::session::{
    Instrument, Mark, Market, OTHER_LEG_REFUSED, Opening, Proposal, Reason, Report, RollLeg, trade_date,
};
use peaktrade_wire::FieldError;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::books::{Answered, BooksDoor, Moved, Opened, Prepared, Schedules, Settlement};
use crate::desk::{Desk, Desks};
use crate::gate::{GATE_UNAVAILABLE, Gate, Judgement};
use crate::market::Bars;
use crate::refused::Refused;

/// The broker behind its RPCs.
pub(crate) struct Broker {
    pub(crate) books: BooksDoor,
    pub(crate) desks: Desks,
    pub(crate) gate: Gate,
    pub(crate) bars: Bars,
    pub(crate) schedules: Arc<Schedules>,
    /// Wakes the courier, which delivers what the gate could not take at once.
    pub(crate) courier: mpsc::Sender<()>,
}

/// A session as it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) session_id: String,
    pub(crate) account: String,
    pub(crate) cash: Usd,
    pub(crate) dataset_id: String,
    pub(crate) clock: UnixNanos,
}

impl Broker {
    pub(crate) async fn open(&self, wanted: Wanted) -> Result<Opened, Refused> {
        let mut opening = self.blank_opening(wanted)?;
        let asked = opening.clone();
        if let Some(recorded) = self.books.read(move |books| books.opened(&asked)).await? {
            return Ok(recorded);
        }
        let calendar = &self.schedules.calendar;
        let listing = self.bars.list(&opening.dataset_id, calendar).await?;
        if opening.clock < listing.known_from || listing.known_until < opening.clock {
            let problem =
                format!("{} is not between {} and {}", opening.clock, listing.known_from, listing.known_until);
            return Err(FieldError::new("clock", problem).into());
        }
        let mut tickets = BTreeMap::new();
        for contract in listing.contracts {
            let spec = calendar.spec(contract.root())?;
            let last_trade_time = calendar.last_trade_time(contract)?;
            let instrument = Instrument { multiplier: spec.multiplier, tick: spec.tick, last_trade_time };
            opening.instruments.insert(contract, instrument);
            tickets.insert(contract, self.bars.ticket(&opening.dataset_id, contract).await?);
        }
        let mut opened = Opened { opening, tickets, known_until: listing.known_until };
        let market = Arc::new(self.bars.market(&opened).await?);
        opened.opening.marks = marks_at(&market, opened.opening.clock);
        let opening = &mut opened.opening;
        let policy = self.gate.open_session(&opening.session_id, &opening.account, opening.clock).await;
        opening.policy_sha256 =
            policy.map_err(|status| Refused::Peer { what: "risk gate", status: Box::new(status) })?;
        let opened = self.books.change(move |books| books.open(opened)).await?;
        self.desks.set_up(&opened, 0, Some(market));
        let opening = &opened.opening;
        tracing::info!(session_id = opening.session_id, account = opening.account, cash_usd = %opening.cash,
            clock = %opening.clock, dataset_id = opening.dataset_id, "session opened");
        Ok(opened)
    }

    fn blank_opening(&self, wanted: Wanted) -> Result<Opening, Refused> {
        Ok(Opening {
            trade_date: trade_date(&self.schedules.calendar, wanted.clock)?,
            session_id: wanted.session_id,
            account: wanted.account,
            cash: wanted.cash,
            dataset_id: wanted.dataset_id,
            clock: wanted.clock,
            instruments: BTreeMap::new(),
            marks: BTreeMap::new(),
            policy_sha256: peaktrade_domain::Sha256::default(),
            fees_sha256: self.schedules.fees.sha256(),
            margins_sha256: self.schedules.margins.sha256(),
        })
    }

    pub(crate) async fn submit(&self, order: Order) -> Result<Answered, Refused> {
        let arrived = Instant::now();
        let desk = self.desks.find(&order.session_id)?;
        let mut turn = desk.turn.lock().await;
        let asked = order.clone();
        let mut case = match self.books.read(move |books| books.prepare_order(asked)).await? {
            Prepared::Answered(answered) => return Ok(answered),
            Prepared::Case(case, ()) => case,
        };
        let market = self.market(&desk.opened, &mut turn).await?;
        case.see_open(&market);
        let until = self.gate.deadline(arrived);
        let judgement = self.gate.judge(&desk, &self.books, &case, until).await;
        let (mut proposals, settlement) = settle(vec![(order, None)], judgement);
        let proposal = proposals.remove(0);
        let answered = self.books.change(move |books| books.settle_order(proposal, &settlement, &market)).await?;
        self.publish(&desk, &answered.reports, until).await;
        Ok(answered)
    }

    pub(crate) async fn roll(
        &self,
        session_id: String,
        roll_id: String,
        from: ContractSymbol,
        to: ContractSymbol,
    ) -> Result<Answered, Refused> {
        let arrived = Instant::now();
        let desk = self.desks.find(&session_id)?;
        let mut turn = desk.turn.lock().await;
        let asked = session_id.clone();
        let prepared = self.books.read(move |books| books.prepare_roll(&asked, &roll_id, from, to)).await?;
        let (mut case, plan) = match prepared {
            Prepared::Answered(answered) => return Ok(answered),
            Prepared::Case(case, plan) => (case, plan),
        };
        let market = self.market(&desk.opened, &mut turn).await?;
        case.see_open(&market);
        let until = self.gate.deadline(arrived);
        let judgement = self.gate.judge(&desk, &self.books, &case, until).await;
        let legs = plan.legs.into_iter().map(|(order, leg)| (order, Some(leg))).collect();
        let (proposals, settlement) = settle(legs, judgement);
        let mut record = plan.record;
        record.reasons = proposals.iter().flat_map(|leg| leg.verdict.reasons.clone()).collect();
        let answered = self
            .books
            .change(move |books| books.settle_roll(&session_id, record, &proposals, &settlement, &market))
            .await?;
        self.publish(&desk, &answered.reports, until).await;
        Ok(answered)
    }

    pub(crate) async fn advance(&self, session_id: String, to: UnixNanos) -> Result<Moved, Refused> {
        let desk = self.desks.find(&session_id)?;
        let mut turn = desk.turn.lock().await;
        let asked = session_id.clone();
        self.books.read(move |books| books.check_trading(&asked)).await?;
        let market = self.market(&desk.opened, &mut turn).await?;
        let moved = self.books.change(move |books| books.advance(&session_id, to, &market)).await?;
        self.publish(&desk, &moved.reports, self.gate.deadline(Instant::now())).await;
        Ok(moved)
    }

    pub(crate) async fn cancel(&self, session_id: String, client_order_id: String) -> Result<Option<Report>, Refused> {
        let desk = self.desks.find(&session_id)?;
        let _turn = desk.turn.lock().await;
        let canceled = self.books.change(move |books| books.cancel(&session_id, &client_order_id)).await?;
        self.publish(&desk, &canceled.reports, self.gate.deadline(Instant::now())).await;
        Ok(canceled.latest)
    }

    pub(crate) async fn close(&self, session_id: String) -> Result<Vec<Report>, Refused> {
        let desk = self.desks.find(&session_id)?;
        let mut turn = desk.turn.lock().await;
        let reports = self.books.change(move |books| books.close(&session_id)).await?;
        // A closed session trades no more; its bars may be hundreds of megabytes.
        *turn = None;
        self.publish(&desk, &reports, self.gate.deadline(Instant::now())).await;
        tracing::info!(session_id = desk.session_id, "session closed");
        Ok(reports)
    }

    /// The bars of a session that trades; `kept` belongs to its turn.
    async fn market(&self, opened: &Opened, kept: &mut Option<Arc<Market>>) -> Result<Arc<Market>, Refused> {
        if let Some(market) = kept {
            return Ok(market.clone());
        }
        let market = Arc::new(self.bars.market(opened).await?);
        *kept = Some(market.clone());
        Ok(market)
    }

    /// Logs reports and brings them to the gate: at once where it answers, by the courier where it does not.
    async fn publish(&self, desk: &Desk, reports: &[Report], until: Instant) {
        for report in reports {
            log(&desk.session_id, report);
        }
        let Some(last) = reports.last() else { return };
        desk.issue(last.sequence);
        if !self.gate.is_suspect() && self.gate.deliver_until(desk, &self.books, until).await.is_ok() {
            return;
        }
        // A full queue means that the courier is about to look anyway.
        let _ = self.courier.try_send(());
    }
}

fn marks_at(market: &Market, clock: UnixNanos) -> BTreeMap<ContractSymbol, Mark> {
    let last = market.tapes.iter().filter_map(|(contract, tape)| Some((*contract, tape.last_complete(clock)?)));
    last.map(|(contract, (price, time))| (contract, Mark { price, time })).collect()
}

/// What follows from the gate's word: all orders work, or none does and each has a text that says why.
fn settle(orders: Vec<(Order, Option<RollLeg>)>, judgement: Judgement) -> (Vec<Proposal>, Settlement) {
    let (verdicts, settlement) = match judgement {
        Judgement::Allowed(verdicts) => (verdicts, Settlement::Accept),
        Judgement::Blocked(verdicts) => {
            let text = names(verdicts.last().map_or(&[], |verdict| &verdict.reasons));
            let texts = texts(orders.len(), verdicts.len().saturating_sub(1), &text);
            (verdicts, Settlement::Refuse(texts))
        }
        Judgement::Mistrusted(verdicts, fault) => {
            let texts = texts(orders.len(), verdicts.len().saturating_sub(1), &fault);
            (verdicts, Settlement::Refuse(texts))
        }
        Judgement::Unavailable => (Vec::new(), Settlement::Refuse(vec![GATE_UNAVAILABLE.to_owned(); orders.len()])),
    };
    let mut verdicts = verdicts.into_iter();
    let proposal = |(order, leg)| Proposal { order, leg, verdict: verdicts.next().unwrap_or_default() };
    (orders.into_iter().map(proposal).collect(), settlement)
}

/// The cause for the order it concerns, and for the others that they share its fate.
fn texts(orders: usize, cause_at: usize, cause: &str) -> Vec<String> {
    (0..orders).map(|at| if at == cause_at { cause.to_owned() } else { OTHER_LEG_REFUSED.to_owned() }).collect()
}

fn names(reasons: &[Reason]) -> String {
    let names: Vec<&str> = reasons.iter().map(|reason| reason.name.as_str()).collect();
    if names.is_empty() { "RISK_GATE_BLOCKED".to_owned() } else { names.join(",") }
}

fn log(session_id: &str, report: &Report) {
    let (order_id, key, contract) = (report.order_id, &report.client_order_id, report.contract);
    let (exec_type, ord_status, at) = (format!("{:?}", report.exec_type), report.ord_status.name(), report.event_time);
    match report.trade {
        Some(trade) => tracing::info!(session_id, order_id, client_order_id = key, %contract, side = ?report.side,
            exec_type, ord_status, last_qty = trade.quantity, last_px = %trade.price, fee_usd = %trade.fee,
            fill_rule = trade.rule.name(), leaves_qty = report.leaves, event_time = %at, "order filled"),
        None => tracing::info!(session_id, order_id, client_order_id = key, %contract, side = ?report.side, exec_type,
            ord_status, order_qty = report.order_quantity, leaves_qty = report.leaves, event_time = %at,
            text = report.text, "order reported"),
    }
}
