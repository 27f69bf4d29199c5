//! The owner's state machine: commands in, events and answers out.

use std::collections::BTreeSet;
use std::sync::Arc;

use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Sha256, Side, TradeDate, UnixNanos, Usd};
use peaktrade_engine::risk::{
    self, Book, Check, Contracts, Event, Execution, ExecutionKind, Policy, ReportRefusal, SessionBook, Terms,
};
use peaktrade_journal::Core;

use crate::metrics::Metrics;

/// Sessions in one journal. An execution opens one, so this is years of them; each empty one holds some hundred bytes.
const SESSIONS_MAX: usize = 100_000;

/// What the handlers ask.
pub(crate) enum Command {
    OpenSession { session_id: String, account: String, event_time: UnixNanos },
    Check(Box<Check>),
    Report { session_id: String, executions: Vec<(Execution, TradeDate)> },
    EngageKillSwitch { operator: String, reason: String },
    ReleaseKillSwitch { operator: String, reason: String, token: String },
    State { session_id: String },
}

/// What they are answered, in the order of the commands.
pub(crate) enum Answer {
    SessionOpened(Result<Sha256, SessionRefusal>),
    Checked(risk::Answer),
    Reported(Result<u64, ReportRefusal>),
    KillSwitchEngaged,
    KillSwitchReleased(Result<Release, StaleToken>),
    State(Option<Box<State>>),
}

/// Why a session is not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionRefusal {
    #[error("session {session_id:?} was opened with account {account:?} at {event_time}")]
    Differs { session_id: String, account: String, event_time: UnixNanos },
    #[error("{SESSIONS_MAX} sessions are open, as many as are allowed")]
    TooMany,
}

/// A step of the kill switch's release.
pub(crate) enum Release {
    /// It is engaged; the token is for the second step.
    Token(String),
    /// It is released.
    Released,
    /// It was not engaged.
    NotEngaged,
}

/// A token that does not release.
#[derive(Debug, thiserror::Error)]
#[error(
    "the token is not one of operator {operator:?} for the state as it is now: \
     the kill switch, a position, an open order or a latch has changed since, or another operator asked for it"
)]
pub(crate) struct StaleToken {
    operator: String,
}

/// The gate's view of a session, or of the kill switch alone.
pub(crate) struct State {
    pub(crate) is_kill_switch_engaged: bool,
    pub(crate) session: Option<SessionState>,
    pub(crate) decision_sequence: u64,
    pub(crate) state_sha256: Sha256,
}

/// The gate's view of a session. An amount is `None` where it cannot be computed exactly.
pub(crate) struct SessionState {
    pub(crate) held: Vec<(ContractSymbol, i64)>,
    pub(crate) working_buys: Option<Contracts>,
    pub(crate) working_sells: Option<Contracts>,
    pub(crate) realized_usd: Option<Usd>,
    pub(crate) fees_usd: Option<Usd>,
    pub(crate) is_daily_loss_latched: bool,
    pub(crate) report_sequence: u64,
}

/// The book with the terms by which it judges.
pub(crate) struct Gate {
    book: Book,
    policy: Policy,
    calendar: Arc<Calendar>,
    allowlist: BTreeSet<ContractRoot>,
    metrics: Metrics,
}

impl Gate {
    pub(crate) fn new(
        policy: Policy,
        calendar: Arc<Calendar>,
        allowlist: BTreeSet<ContractRoot>,
        metrics: Metrics,
    ) -> Self {
        Self { book: Book::default(), policy, calendar, allowlist, metrics }
    }

    pub(crate) fn state_sha256(&self) -> Sha256 {
        self.book.state_sha256()
    }

    /// Shows the recovered state in the gauges.
    pub(crate) fn show(&self) {
        self.metrics.show_kill_switch(self.book.kill_switch().is_engaged);
    }

    fn open_session(
        &mut self,
        session_id: String,
        account: String,
        event_time: UnixNanos,
    ) -> (Vec<Event>, Result<Sha256, SessionRefusal>) {
        if let Some(session) = self.book.session(&session_id) {
            if session.account() == account && session.opened_at() == event_time {
                return (Vec::new(), Ok(session.policy_sha256()));
            }
            let (account, event_time) = (session.account().to_owned(), session.opened_at());
            return (Vec::new(), Err(SessionRefusal::Differs { session_id, account, event_time }));
        }
        if self.book.session_count() >= SESSIONS_MAX {
            return (Vec::new(), Err(SessionRefusal::TooMany));
        }
        let policy_sha256 = self.policy.sha256();
        (self.record(Event::SessionOpened { session_id, account, event_time, policy_sha256 }), Ok(policy_sha256))
    }

    /// Takes reports up to the first that is refused; what came before it is true all the same.
    fn report(
        &mut self,
        session_id: &str,
        executions: Vec<(Execution, TradeDate)>,
    ) -> (Vec<Event>, Result<u64, ReportRefusal>) {
        let mut events = Vec::new();
        for (execution, trade_date) in executions {
            let accepted =
                risk::accept_execution(session_id, execution, trade_date, &mut self.book, &self.policy, &self.calendar);
            match accepted {
                Ok(accepted) => events.extend(accepted),
                Err(refusal) => return (events, Err(refusal)),
            }
        }
        let unknown = || ReportRefusal::SessionUnknown { session_id: session_id.to_owned() };
        let last = self.book.session(session_id).map(SessionBook::report_sequence).ok_or_else(unknown);
        (events, last)
    }

    fn release(&mut self, operator: String, reason: String, token: &str) -> (Vec<Event>, Result<Release, StaleToken>) {
        if !self.book.kill_switch().is_engaged {
            return (Vec::new(), Ok(Release::NotEngaged));
        }
        let expected = release_token(&self.book, &operator);
        if token.is_empty() {
            return (Vec::new(), Ok(Release::Token(expected)));
        }
        if token != expected {
            return (Vec::new(), Err(StaleToken { operator }));
        }
        (self.record(Event::KillReleased { operator, reason }), Ok(Release::Released))
    }

    fn state(&self, session_id: &str) -> Option<Box<State>> {
        let (session, state_sha256) = if session_id.is_empty() {
            (None, self.book.state_sha256())
        } else {
            let session = self.book.session(session_id)?;
            (Some(self.session_state(session)), self.book.session_sha256(session_id))
        };
        Some(Box::new(State {
            is_kill_switch_engaged: self.book.kill_switch().is_engaged,
            session,
            decision_sequence: self.book.decisions(),
            state_sha256,
        }))
    }

    fn session_state(&self, session: &SessionBook) -> SessionState {
        SessionState {
            held: session.held().into_iter().collect(),
            working_buys: session.outstanding_contracts(&self.calendar, Side::Buy),
            working_sells: session.outstanding_contracts(&self.calendar, Side::Sell),
            realized_usd: session.realized_usd(&self.calendar),
            fees_usd: session.fees_usd(),
            is_daily_loss_latched: session.is_latched(),
            report_sequence: session.report_sequence(),
        }
    }

    fn record(&mut self, event: Event) -> Vec<Event> {
        self.book.apply(&event);
        vec![event]
    }

    fn count(&self, event: &Event) {
        match event {
            Event::OrderDecided { verdict, .. } => self.metrics.count_decision(verdict),
            Event::ExecutionApplied { session_id, execution } => {
                let is_fill = matches!(execution.kind, ExecutionKind::Trade { .. });
                let session = self.book.session(session_id);
                if is_fill && session.is_some_and(|session| session.answered(&execution.client_order_id).is_none()) {
                    self.metrics.unexplained_fills.inc();
                    tracing::warn!(
                        session_id,
                        client_order_id = execution.client_order_id,
                        "a fill belongs to no order that this gate judged"
                    );
                }
            }
            Event::KillEngaged { .. } => self.metrics.show_kill_switch(true),
            Event::KillReleased { .. } => self.metrics.show_kill_switch(false),
            Event::SessionOpened { .. }
            | Event::TradeDateOpened { .. }
            | Event::PositionsCarried { .. }
            | Event::MarksSeen { .. }
            | Event::AllowWithdrawn { .. }
            | Event::LatchSet { .. } => {}
        }
    }
}

impl Core for Gate {
    type Command = Command;
    type Answer = Answer;
    type Event = Event;

    fn handle(&mut self, command: Command) -> (Vec<Event>, Answer) {
        match command {
            Command::OpenSession { session_id, account, event_time } => {
                let (events, opened) = self.open_session(session_id, account, event_time);
                (events, Answer::SessionOpened(opened))
            }
            Command::Check(check) => {
                let terms = Terms { policy: &self.policy, calendar: &self.calendar, allowlist: &self.allowlist };
                let (events, answer) = risk::judge(&check, &mut self.book, &terms);
                if answer.sequence == 0 {
                    // Nothing is recorded of it, so nothing is committed.
                    self.metrics.count_decision(&answer.verdict);
                }
                (events, Answer::Checked(answer))
            }
            Command::Report { session_id, executions } => {
                let (events, reported) = self.report(&session_id, executions);
                (events, Answer::Reported(reported))
            }
            Command::EngageKillSwitch { operator, reason } => {
                (self.record(Event::KillEngaged { operator, reason }), Answer::KillSwitchEngaged)
            }
            Command::ReleaseKillSwitch { operator, reason, token } => {
                let (events, released) = self.release(operator, reason, &token);
                (events, Answer::KillSwitchReleased(released))
            }
            Command::State { session_id } => (Vec::new(), Answer::State(self.state(&session_id))),
        }
    }

    fn apply(&mut self, event: &Event) {
        self.book.apply(event);
    }

    /// Counts what is on disk; an answer given again is not counted again.
    fn committed(&mut self, events: &[Event]) {
        for event in events {
            self.count(event);
        }
    }
}

/// Binds a release to the operator and to what there was to review.
fn release_token(book: &Book, operator: &str) -> String {
    let mut bytes = b"peaktrade.kill_release.v1\0".to_vec();
    bytes.extend_from_slice(book.review_sha256().as_bytes());
    bytes.extend_from_slice(operator.as_bytes());
    Sha256::of(&bytes).to_string()
}
