//! The state of all sessions, owned by one thread. Whatever it answers is on disk.

mod answer;
mod door;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use peaktrade_domain::{ContractSymbol, Sha256, UnixNanos};
use peaktrade_engine::order::Order;
use peaktrade_engine::session::{
    Market, Opening, OrderRecord, Proposal, Report, RollPlan, RollRecord, Rules, Session, SessionError, Span, Verdict,
    trade_date,
};
use peaktrade_journal::Core;

pub(crate) use answer::{Answered, Canceled, Case, Event, Moved, Opened, Prepared, Schedules, Settlement, Statement};
pub(crate) use door::{BooksDoor, Question};

use crate::metrics::BookMetrics;
use crate::refused::Refused;

/// Sessions in all, ended ones included: each stays in memory for its answers.
const SESSIONS_MAX: usize = 10_000;

/// Events to record, and the answer that goes out once they are on disk.
pub(crate) type Change<T> = (Vec<Event>, Result<T, Refused>);

/// All sessions.
pub(crate) struct Books {
    schedules: Arc<Schedules>,
    sessions: BTreeMap<String, Seat>,
    metrics: BookMetrics,
    /// An event of the journal that does not fit the state; the service then must not start.
    fault: Option<String>,
}

struct Seat {
    session: Session,
    opened: Opened,
}

impl Books {
    pub(crate) fn new(schedules: Arc<Schedules>, metrics: BookMetrics) -> Self {
        Self { schedules, sessions: BTreeMap::new(), metrics, fault: None }
    }

    /// The sessions that are there with their last report's sequence, or what in the journal did not fit.
    pub(crate) fn recovered(&self) -> Result<Vec<(Opened, u64)>, String> {
        let issued = |seat: &Seat| (seat.opened.clone(), seat.session.reports().len() as u64);
        match &self.fault {
            Some(fault) => Err(fault.clone()),
            None => Ok(self.sessions.values().map(issued).collect()),
        }
    }

    /// Shows every session's account in the gauges.
    pub(crate) fn show_all(&mut self) {
        for seat in self.sessions.values() {
            self.metrics.show(&seat.session);
        }
    }

    fn session(&self, session_id: &str) -> Result<&Session, Refused> {
        self.sessions
            .get(session_id)
            .map(|seat| &seat.session)
            .ok_or_else(|| Refused::UnknownSession { session_id: session_id.to_owned() })
    }

    /// A session that may still trade under the files in force.
    fn trading(&self, session_id: &str) -> Result<&Session, Refused> {
        let session = self.session(session_id)?;
        session.check_open()?;
        let (opening, files) = (session.opening(), &self.schedules);
        let pairs = [
            ("fees", opening.fees_sha256, files.fees.sha256()),
            ("margins", opening.margins_sha256, files.margins.sha256()),
        ];
        for (file, opened, running) in pairs {
            if opened != running {
                let session_id = session_id.to_owned();
                return Err(Refused::OtherSchedule { session_id, file, opened, running });
            }
        }
        Ok(session)
    }

    /// Refuses a session that trades no more, before its bars are fetched.
    pub(crate) fn check_trading(&self, session_id: &str) -> Result<(), Refused> {
        self.trading(session_id).map(|_| ())
    }

    /// Applies the events of a decision and builds its answer from the state after them.
    fn commit<T>(
        &mut self,
        session_id: &str,
        decided: Result<Vec<peaktrade_engine::session::Event>, Refused>,
        answer: impl FnOnce(&Session) -> T,
    ) -> Change<T> {
        let events = match decided {
            Ok(events) => events,
            Err(refused) => return (Vec::new(), Err(refused)),
        };
        let lines: Vec<Event> =
            events.into_iter().map(|event| Event::Happened { session_id: session_id.to_owned(), event }).collect();
        for line in &lines {
            self.apply(line);
        }
        // A session that decided something exists and takes its own events; otherwise the owner must stop here.
        assert!(self.fault.is_none(), "an event does not fit the state it was decided on: {:?}", self.fault);
        let answer = self.session(session_id).map(answer);
        (lines, answer)
    }

    pub(crate) fn open(&mut self, opened: Opened) -> Change<Opened> {
        match self.opened(&opened.opening) {
            Ok(Some(recorded)) => (Vec::new(), Ok(recorded)),
            Ok(None) if self.sessions.len() >= SESSIONS_MAX => {
                (Vec::new(), Err(Refused::TooManySessions { sessions: self.sessions.len() }))
            }
            Ok(None) => {
                let event = Event::Opened(opened.clone());
                self.apply(&event);
                (vec![event], Ok(opened))
            }
            Err(refused) => (Vec::new(), Err(refused)),
        }
    }

    /// The opening on record under the same id, where it was asked for with the same words.
    pub(crate) fn opened(&self, asked: &Opening) -> Result<Option<Opened>, Refused> {
        let Some(seat) = self.sessions.get(&asked.session_id) else { return Ok(None) };
        let recorded = &seat.opened.opening;
        let words = [
            ("account", recorded.account.clone(), asked.account.clone()),
            ("cash_usd", recorded.cash.to_string(), asked.cash.to_string()),
            ("dataset_id", recorded.dataset_id.clone(), asked.dataset_id.clone()),
            ("clock", recorded.clock.to_string(), asked.clock.to_string()),
        ];
        for (what, recorded, asked_for) in words {
            if recorded != asked_for {
                let session_id = asked.session_id.clone();
                return Err(Refused::OtherSession { session_id, what, recorded, asked: asked_for });
            }
        }
        Ok(Some(seat.opened.clone()))
    }

    pub(crate) fn prepare_order(&self, order: Order) -> Result<Prepared<()>, Refused> {
        let session = self.session(&order.session_id)?;
        let account = &session.opening().account;
        if order.account != *account {
            let problem = format!("{:?} is not the session's account, {account:?}", order.account);
            return Err(peaktrade_wire::FieldError::new("order.account", problem).into());
        }
        if let Some(record) = session.order(&order.account, &order.client_order_id) {
            return replay_order(session, record, &order).map(Prepared::Answered);
        }
        let session = self.trading(&order.session_id)?;
        Ok(Prepared::Case(self.case(session, vec![order]), ()))
    }

    fn case(&self, session: &Session, orders: Vec<Order>) -> Case {
        let (calendar, clock) = (&self.schedules.calendar, session.clock());
        let marks = session.marks_for(&orders.iter().collect::<Vec<_>>());
        let date = trade_date(calendar, clock).and_then(|date| calendar.session(date));
        let day_open = date.ok().flatten().map(|date| (date.open(), session.held_since(date.open())));
        Case {
            orders,
            clock,
            marks: marks.into_iter().collect(),
            day_open,
            report_sequence: session.reports().len() as u64,
            policy_sha256: session.opening().policy_sha256,
        }
    }

    pub(crate) fn settle_order(
        &mut self,
        proposal: Proposal,
        settlement: &Settlement,
        market: &Market,
    ) -> Change<Answered> {
        let session_id = proposal.order.session_id.clone();
        let verdict = proposal.verdict.clone();
        let quantity = proposal.order.quantity;
        let (account, key) = (proposal.order.account.clone(), proposal.order.client_order_id.clone());
        let decided = self.settle(&session_id, &[proposal], None, settlement, market);
        self.commit(&session_id, decided, |session| Answered {
            verdict,
            reports: session.order(&account, &key).map_or_else(Vec::new, |record| reports(session, record.answer)),
            quantity,
            is_replayed: false,
        })
    }

    pub(crate) fn prepare_roll(
        &self,
        session_id: &str,
        roll_id: &str,
        from: ContractSymbol,
        to: ContractSymbol,
    ) -> Result<Prepared<RollPlan>, Refused> {
        let session = self.session(session_id)?;
        if let Some(record) = session.roll(roll_id) {
            return replay_roll(session, record, from, to).map(Prepared::Answered);
        }
        let plan = self.trading(session_id)?.plan_roll(roll_id, from, to)?;
        let orders = plan.legs.iter().map(|(order, _)| order.clone()).collect();
        Ok(Prepared::Case(self.case(self.trading(session_id)?, orders), plan))
    }

    pub(crate) fn settle_roll(
        &mut self,
        session_id: &str,
        record: RollRecord,
        legs: &[Proposal],
        settlement: &Settlement,
        market: &Market,
    ) -> Change<Answered> {
        let (roll_id, quantity) = (record.roll_id.clone(), record.quantity);
        let verdict = Verdict { decision: None, reasons: record.reasons.clone() };
        let decided = self.settle(session_id, legs, Some(record), settlement, market);
        self.commit(session_id, decided, |session| Answered {
            verdict,
            reports: session.roll(&roll_id).map_or_else(Vec::new, |record| reports(session, record.answer)),
            quantity,
            is_replayed: false,
        })
    }

    fn settle(
        &self,
        session_id: &str,
        proposals: &[Proposal],
        roll: Option<RollRecord>,
        settlement: &Settlement,
        market: &Market,
    ) -> Result<Vec<peaktrade_engine::session::Event>, Refused> {
        let session = self.trading(session_id)?;
        let files = &self.schedules;
        let rules = Rules { fees: &files.fees, margins: &files.margins, calendar: &files.calendar, market };
        let events = match settlement {
            Settlement::Accept => session.accept(proposals, roll, &rules)?,
            Settlement::Refuse(texts) => session.refuse(proposals, texts, roll, &files.calendar)?,
        };
        Ok(events)
    }

    pub(crate) fn advance(&mut self, session_id: &str, to: UnixNanos, market: &Market) -> Change<Moved> {
        let mut equity = Vec::new();
        let mut before = 0;
        let decided = self.trading(session_id).and_then(|session| {
            before = session.reports().len();
            let moved = session.advance(to, market, &self.schedules.calendar)?;
            equity = moved.equity;
            Ok(moved.events)
        });
        self.commit(session_id, decided, |session| Moved {
            clock: session.clock(),
            reports: session.reports().get(before..).unwrap_or_default().to_vec(),
            equity,
        })
    }

    pub(crate) fn cancel(&mut self, session_id: &str, client_order_id: &str) -> Change<Canceled> {
        let mut before = 0;
        let decided = self.session(session_id).and_then(|session| {
            before = session.reports().len();
            Ok(session.cancel(client_order_id, &self.schedules.calendar)?)
        });
        self.commit(session_id, decided, |session| Canceled {
            latest: session.latest(&session.opening().account, client_order_id).cloned(),
            reports: session.reports().get(before..).unwrap_or_default().to_vec(),
        })
    }

    pub(crate) fn close(&mut self, session_id: &str) -> Change<Vec<Report>> {
        let decided = self.session(session_id).and_then(|session| match session.closing_reports() {
            Some(_) => Ok(Vec::new()),
            None => Ok(session.close(&self.schedules.calendar)?),
        });
        self.commit(session_id, decided, |session| session.closing_reports().unwrap_or_default().to_vec())
    }

    pub(crate) fn order(&self, session_id: &str, client_order_id: &str) -> Result<(Order, Report), Refused> {
        let session = self.session(session_id)?;
        let account = &session.opening().account;
        let found = session.order(account, client_order_id).zip(session.latest(account, client_order_id));
        let (record, report) =
            found.ok_or_else(|| SessionError::UnknownOrder { client_order_id: client_order_id.to_owned() })?;
        Ok((record.order.clone(), report.clone()))
    }

    pub(crate) fn statement(&self, session_id: &str) -> Result<Statement, Refused> {
        let session = self.session(session_id)?;
        let trade_date = trade_date(&self.schedules.calendar, session.clock())?;
        Ok(Statement {
            account: session.opening().account.clone(),
            clock: session.clock(),
            view: session.account()?,
            initial_margin: session.initial_margin(&self.schedules.margins, trade_date).ok(),
            report_sequence: session.reports().len() as u64,
        })
    }

    /// At most `limit` reports from a sequence on.
    pub(crate) fn reports_from(&self, session_id: &str, sequence: u64, limit: usize) -> Result<Vec<Report>, Refused> {
        let all = self.session(session_id)?.reports();
        let first = usize::try_from(sequence.saturating_sub(1)).unwrap_or(usize::MAX).min(all.len());
        Ok(all[first..].iter().take(limit).cloned().collect())
    }
}

fn reports(session: &Session, span: Span) -> Vec<Report> {
    session.reports_of(span).to_vec()
}

fn replay_order(session: &Session, record: &OrderRecord, asked: &Order) -> Result<Answered, Refused> {
    if record.order != *asked {
        return Err(Refused::KeyTaken {
            client_order_id: asked.client_order_id.clone(),
            recorded: record.order.digest(),
            asked: asked.digest(),
        });
    }
    let (verdict, quantity) = (record.verdict.clone(), record.order.quantity);
    Ok(Answered { verdict, reports: reports(session, record.answer), quantity, is_replayed: true })
}

fn replay_roll(
    session: &Session,
    record: &RollRecord,
    from: ContractSymbol,
    to: ContractSymbol,
) -> Result<Answered, Refused> {
    if (record.from, record.to) != (from, to) {
        let digest = |from: ContractSymbol, to: ContractSymbol| Sha256::of(format!("roll {from} {to}").as_bytes());
        return Err(Refused::KeyTaken {
            client_order_id: record.roll_id.clone(),
            recorded: digest(record.from, record.to),
            asked: digest(from, to),
        });
    }
    let verdict = Verdict { decision: None, reasons: record.reasons.clone() };
    Ok(Answered { verdict, reports: reports(session, record.answer), quantity: record.quantity, is_replayed: true })
}

impl Core for Books {
    type Command = Question;
    type Answer = Box<dyn Any + Send>;
    type Event = Event;

    fn handle(&mut self, question: Question) -> (Vec<Event>, Self::Answer) {
        question(self)
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Opened(opened) => {
                let seat = Seat { session: Session::new(opened.opening.clone()), opened: opened.clone() };
                self.sessions.insert(opened.opening.session_id.clone(), seat);
            }
            Event::Happened { session_id, event } => {
                let applied = match self.sessions.get_mut(session_id) {
                    Some(seat) => seat.session.apply(event).map_err(|error| error.to_string()),
                    None => Err(format!("no session {session_id:?}")),
                };
                if let Err(problem) = applied {
                    self.fault.get_or_insert(problem);
                }
            }
        }
    }

    fn committed(&mut self, events: &[Event]) {
        let mut touched = None;
        for event in events {
            let session_id = match event {
                Event::Opened(opened) => &opened.opening.session_id,
                Event::Happened { session_id, event } => {
                    self.metrics.count(event);
                    session_id
                }
            };
            if touched != Some(session_id) {
                if let Some(seat) = touched.and_then(|id: &String| self.sessions.get(id)) {
                    self.metrics.show(&seat.session);
                }
                touched = Some(session_id);
            }
        }
        if let Some(seat) = touched.and_then(|id| self.sessions.get(id)) {
            self.metrics.show(&seat.session);
        }
    }
}
