//! The gate's book: sessions with their positions, open orders and answers, and the kill switch over all of them.

use std::collections::{BTreeMap, BTreeSet};

use peaktrade_domain::{Calendar, ContractSymbol, Sha256, Side, TradeDate, UnixNanos, Usd};
use serde::Serialize;

use super::event::Event;
use super::execution::{Execution, ExecutionKind};
use super::exposure::{self, Contracts};
use super::position::Position;
use super::reason::Verdict;
use super::{Mark, Order};

/// Most answers that one session's book holds: they are kept for as long as the session can be asked about.
pub(super) const SESSION_ANSWERS_MAX: usize = 1_000_000;

/// Everything the gate knows, rebuilt from its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Book {
    decisions: u64,
    kill_switch: KillSwitch,
    sessions: BTreeMap<String, SessionBook>,
}

/// The switch that stops all sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KillSwitch {
    /// Whether it is engaged.
    pub is_engaged: bool,
    /// How often it was engaged or released; part of a release token, so that a token dies with the next change.
    pub changes: u64,
    /// Who changed it last.
    pub operator: String,
    /// Why.
    pub reason: String,
}

/// One session's book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionBook {
    account: String,
    opened_at: UnixNanos,
    policy_sha256: Sha256,
    last_time: UnixNanos,
    report_sequence: u64,
    trade_date: Option<TradeDate>,
    is_latched: bool,
    fees_micros: i128,
    positions: BTreeMap<ContractSymbol, Position>,
    marks: BTreeMap<ContractSymbol, Mark>,
    open_orders: BTreeMap<String, OpenOrder>,
    /// Chains every answer, so that the state's hash covers them without writing them all out.
    answers_sha256: Sha256,
    #[serde(skip)]
    answers: BTreeMap<String, Answered>,
    /// One fingerprint for each report in sequence, so that a repeat can be told from another report in its place.
    #[serde(skip)]
    reports: Vec<u64>,
}

/// An allowed order that may still trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenOrder {
    /// Dated contract.
    pub contract: ContractSymbol,
    /// Side.
    pub side: Side,
    /// Contracts not yet filled.
    pub remaining: u32,
    /// Contracts filled.
    pub filled: u32,
    /// End of the reservation; `None` once the broker has reported the order, which then counts until it ends.
    pub reserved_until: Option<UnixNanos>,
}

/// The recorded answer to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Digest of the order.
    pub order_sha256: Sha256,
    /// Dated contract.
    pub contract: ContractSymbol,
    /// Side.
    pub side: Side,
    /// Contracts.
    pub quantity: u32,
    /// Number of the decision.
    pub sequence: u64,
    /// The decision.
    pub verdict: Verdict,
    /// Whether the broker has reported on the order: what it does with the answer is then settled.
    pub is_reported: bool,
}

impl Book {
    /// Applies one recorded event. Every event is a fact: applying never fails and never judges.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::SessionOpened { session_id, account, event_time, policy_sha256 } => {
                let session = SessionBook::new(account.clone(), *event_time, *policy_sha256);
                self.sessions.entry(session_id.clone()).or_insert(session);
            }
            Event::TradeDateOpened { session_id, trade_date, marks } => {
                self.with(session_id, |session| session.open_trade_date(*trade_date, marks));
            }
            Event::PositionsCarried { session_id, marks } => self.with(session_id, |session| session.carry_at(marks)),
            Event::MarksSeen { session_id, marks } => self.with(session_id, |session| session.see(marks)),
            Event::LatchSet { session_id, trade_date, .. } => {
                self.with(session_id, |session| session.is_latched |= session.trade_date == Some(*trade_date));
            }
            Event::OrderDecided { sequence, order, event_time, verdict, .. } => {
                self.decisions = *sequence;
                self.with(&order.session_id, |session| session.record(*sequence, order, *event_time, verdict));
            }
            Event::AllowWithdrawn { session_id, client_order_id } => {
                self.with(session_id, |session| session.withdraw(client_order_id));
            }
            Event::ExecutionApplied { session_id, execution } => {
                self.with(session_id, |session| session.execute(execution));
            }
            Event::KillEngaged { operator, reason } => self.turn_kill_switch(true, operator, reason),
            Event::KillReleased { operator, reason } => self.turn_kill_switch(false, operator, reason),
        }
    }

    /// Number of decisions taken and recorded.
    pub const fn decisions(&self) -> u64 {
        self.decisions
    }

    /// The kill switch.
    pub const fn kill_switch(&self) -> &KillSwitch {
        &self.kill_switch
    }

    /// A session's book.
    pub fn session(&self, session_id: &str) -> Option<&SessionBook> {
        self.sessions.get(session_id)
    }

    /// Number of sessions opened.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// SHA-256 over the whole state: the same events give the same value.
    pub fn state_sha256(&self) -> Sha256 {
        digest(self)
    }

    /// SHA-256 over the kill switch and, where named, one session.
    pub fn session_sha256(&self, session_id: &str) -> Sha256 {
        digest(&(self.decisions, &self.kill_switch, self.session(session_id)))
    }

    /// What someone who releases the kill switch has looked at: its own state, and every session's positions, open orders
    /// and latch. Decisions that change none of these, such as the blocks while it is engaged, leave it as it is.
    pub fn review_sha256(&self) -> Sha256 {
        let sessions: Vec<_> = self
            .sessions
            .iter()
            .map(|(id, session)| (id, session.held(), &session.open_orders, session.is_latched))
            .filter(|(_, held, open_orders, is_latched)| !held.is_empty() || !open_orders.is_empty() || *is_latched)
            .collect();
        digest(&(&self.kill_switch, sessions))
    }

    fn with(&mut self, session_id: &str, change: impl FnOnce(&mut SessionBook)) {
        if let Some(session) = self.sessions.get_mut(session_id) {
            change(session);
        }
    }

    fn turn_kill_switch(&mut self, is_engaged: bool, operator: &str, reason: &str) {
        let changes = self.kill_switch.changes + 1;
        self.kill_switch = KillSwitch { is_engaged, changes, operator: operator.to_owned(), reason: reason.to_owned() };
    }
}

impl SessionBook {
    fn new(account: String, opened_at: UnixNanos, policy_sha256: Sha256) -> Self {
        Self {
            account,
            opened_at,
            policy_sha256,
            last_time: opened_at,
            report_sequence: 0,
            trade_date: None,
            is_latched: false,
            fees_micros: 0,
            positions: BTreeMap::new(),
            marks: BTreeMap::new(),
            open_orders: BTreeMap::new(),
            answers_sha256: Sha256::default(),
            answers: BTreeMap::new(),
            reports: Vec::new(),
        }
    }

    /// The session's only account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Event time at which it was opened.
    pub const fn opened_at(&self) -> UnixNanos {
        self.opened_at
    }

    /// Policy in force when it was opened.
    pub const fn policy_sha256(&self) -> Sha256 {
        self.policy_sha256
    }

    /// Latest event time seen.
    pub const fn last_time(&self) -> UnixNanos {
        self.last_time
    }

    /// Last execution report seen.
    pub const fn report_sequence(&self) -> u64 {
        self.report_sequence
    }

    /// Trade date in progress; `None` before the first order.
    pub const fn trade_date(&self) -> Option<TradeDate> {
        self.trade_date
    }

    /// Whether the daily loss latch is set.
    pub const fn is_latched(&self) -> bool {
        self.is_latched
    }

    /// Contracts held, none of them zero, short ones negative.
    pub fn held(&self) -> BTreeMap<ContractSymbol, i64> {
        let quantities = self.positions.iter().map(|(contract, position)| (*contract, position.quantity()));
        quantities.filter(|(_, quantity)| *quantity != 0).collect()
    }

    /// Contracts held of one contract, negative for a short.
    pub fn position(&self, contract: ContractSymbol) -> i64 {
        self.positions.get(&contract).map_or(0, Position::quantity)
    }

    /// The newest mark of a contract.
    pub fn mark(&self, contract: ContractSymbol) -> Option<&Mark> {
        self.marks.get(&contract)
    }

    /// The recorded answer to a client_order_id.
    pub fn answered(&self, client_order_id: &str) -> Option<&Answered> {
        self.answers.get(client_order_id)
    }

    /// Number of recorded answers.
    pub fn answer_count(&self) -> usize {
        self.answers.len()
    }

    /// An order that may still trade.
    pub fn open_order(&self, client_order_id: &str) -> Option<&OpenOrder> {
        self.open_orders.get(client_order_id)
    }

    /// Contracts of one contract that open orders of one side may still trade, reservations that have run out excepted.
    pub fn outstanding(&self, contract: ContractSymbol, side: Side, now: UnixNanos) -> i64 {
        let orders = self.open_orders.values();
        let live = orders.filter(|order| order.contract == contract && order.side == side && order.is_live_at(now));
        live.map(|order| i64::from(order.remaining)).fold(0, i64::saturating_add)
    }

    /// Contracts of all open orders of one side, in units of their families' largest; `None` where a specification is
    /// missing.
    pub fn outstanding_contracts(&self, calendar: &Calendar, side: Side) -> Option<Contracts> {
        exposure::outstanding(self, calendar, side, self.last_time).ok()
    }

    /// Contracts carried over the trade date's open of which no mark from before it is known: until one is, profit and
    /// loss of the trade date are provisional.
    pub fn uncarried(&self) -> impl Iterator<Item = ContractSymbol> {
        self.positions.iter().filter(|(_, position)| position.is_carry_pending()).map(|(contract, _)| *contract)
    }

    /// Realized in the trade date before fees; `None` where a specification is missing or an amount is out of range.
    pub fn realized_usd(&self, calendar: &Calendar) -> Option<Usd> {
        let mut micros = 0_i128;
        for (contract, position) in &self.positions {
            let multiplier = calendar.spec(contract.root()).ok()?.multiplier;
            micros = micros.checked_add(position.realized_usd(multiplier)?)?;
        }
        i64::try_from(micros).ok().map(Usd::from_micros)
    }

    /// Fees of the trade date; `None` where out of range.
    pub fn fees_usd(&self) -> Option<Usd> {
        i64::try_from(self.fees_micros).ok().map(Usd::from_micros)
    }

    /// Realized and unrealized profit and loss less fees since the trade date's open, at the newest marks; a lot without
    /// a mark since its entry counts at its entry. `None` as for [`Self::realized_usd`].
    pub fn pnl_usd(&self, calendar: &Calendar) -> Option<Usd> {
        let mut micros = self.fees_micros.checked_neg()?;
        for (contract, position) in &self.positions {
            let multiplier = calendar.spec(contract.root()).ok()?.multiplier;
            micros = micros.checked_add(position.realized_usd(multiplier)?)?;
            micros = micros.checked_add(position.unrealized_usd(self.marks.get(contract), multiplier)?)?;
        }
        i64::try_from(micros).ok().map(Usd::from_micros)
    }

    /// Contracts with a position or an open order, in order.
    pub(super) fn contracts(&self) -> BTreeSet<ContractSymbol> {
        self.positions.keys().copied().chain(self.open_orders.values().map(|order| order.contract)).collect()
    }

    /// Whether a mark from before the trade date's open tells more about a position carried over it than is known.
    pub(super) fn wants_carry_at(&self, mark: &Mark) -> bool {
        self.positions.get(&mark.contract).is_some_and(|position| position.wants_carry_at(mark))
    }

    /// Whether a report is the one that was taken in under its sequence number.
    pub(super) fn has_taken(&self, execution: &Execution) -> bool {
        let at = execution.sequence.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.reports.get(at)).is_some_and(|taken| *taken == fingerprint(execution))
    }

    /// Whether no further answer can be recorded.
    pub(super) fn is_full(&self) -> bool {
        self.answers.len() >= SESSION_ANSWERS_MAX
    }

    /// Whether a contract is one of [`Self::contracts`].
    pub(super) fn knows(&self, contract: ContractSymbol) -> bool {
        self.positions.contains_key(&contract) || self.open_orders.values().any(|order| order.contract == contract)
    }

    fn see(&mut self, marks: &[Mark]) {
        for mark in marks {
            self.marks.insert(mark.contract, *mark);
        }
    }

    fn open_trade_date(&mut self, trade_date: TradeDate, marks: &[Mark]) {
        for (contract, position) in &mut self.positions {
            position.open_trade_date(self.marks.get(contract));
        }
        self.positions.retain(|_, position| !position.is_empty());
        self.carry_at(marks);
        self.trade_date = Some(trade_date);
        self.is_latched = false;
        self.fees_micros = 0;
    }

    fn carry_at(&mut self, marks: &[Mark]) {
        for mark in marks {
            if let Some(position) = self.positions.get_mut(&mark.contract) {
                position.carry_at(mark);
            }
        }
    }

    fn record(&mut self, sequence: u64, order: &Order, event_time: UnixNanos, verdict: &Verdict) {
        // A decision on another account, or a second order under a used key, is not an answer of this session's.
        if order.account != self.account || self.answers.contains_key(&order.client_order_id) {
            return;
        }
        self.last_time = self.last_time.max(event_time);
        let now = self.last_time;
        self.open_orders.retain(|_, order| order.is_live_at(now));
        let answered = Answered {
            order_sha256: order.digest(),
            contract: order.contract,
            side: order.side,
            quantity: order.quantity,
            sequence,
            verdict: verdict.clone(),
            is_reported: false,
        };
        if let Verdict::Allow(claims) = verdict {
            let reserved_until = Some(claims.expires_at);
            let open = OpenOrder::new(&answered, reserved_until);
            self.open_orders.insert(order.client_order_id.clone(), open);
        }
        self.answers_sha256 = digest(&(self.answers_sha256, &order.client_order_id, &answered));
        self.answers.insert(order.client_order_id.clone(), answered);
    }

    fn withdraw(&mut self, client_order_id: &str) {
        self.open_orders.remove(client_order_id);
        self.answers.remove(client_order_id);
        self.answers_sha256 = digest(&(self.answers_sha256, client_order_id));
    }

    fn execute(&mut self, execution: &Execution) {
        self.report_sequence = execution.sequence;
        self.reports.push(fingerprint(execution));
        if let Some(answered) = self.answers.get_mut(&execution.client_order_id) {
            answered.is_reported = true;
        }
        self.last_time = self.last_time.max(execution.event_time);
        if let ExecutionKind::Trade { last_qty, last_px, fee_usd } = execution.kind {
            let quantity = i64::from(last_qty) * execution.side.sign();
            self.positions.entry(execution.contract).or_default().fill(quantity, last_px, execution.event_time);
            self.fees_micros = self.fees_micros.saturating_add(i128::from(fee_usd.micros()));
        }
        if execution.leaves_qty == 0 {
            self.open_orders.remove(&execution.client_order_id);
        } else {
            self.open_orders.insert(
                execution.client_order_id.clone(),
                OpenOrder {
                    contract: execution.contract,
                    side: execution.side,
                    remaining: execution.leaves_qty,
                    filled: execution.cum_qty,
                    reserved_until: None,
                },
            );
        }
    }
}

/// Eight bytes of a report's digest: enough to tell a repeat from a mistake or a lie, for a million reports of a session.
fn fingerprint(execution: &Execution) -> u64 {
    let digest = digest(execution);
    digest.as_bytes().iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

impl OpenOrder {
    fn new(answered: &Answered, reserved_until: Option<UnixNanos>) -> Self {
        let Answered { contract, side, quantity, .. } = *answered;
        Self { contract, side, remaining: quantity, filled: 0, reserved_until }
    }

    fn is_live_at(&self, now: UnixNanos) -> bool {
        self.reserved_until.is_none_or(|until| until >= now)
    }
}

/// Digest of a state's JSON: maps are ordered and numbers are integers, so equal states give equal bytes.
fn digest(state: &impl Serialize) -> Sha256 {
    let bytes =
        serde_json::to_vec(state).expect("states are maps with text keys, lists and integers, all of them JSON");
    Sha256::of(&bytes)
}
