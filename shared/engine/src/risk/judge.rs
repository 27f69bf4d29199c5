//! From an order to its recorded answer.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use peaktrade_domain::{Calendar, ContractSymbol, Price, TradeDate, Usd};

use super::book::{Book, SessionBook};
use super::event::Event;
use super::policy::Policy;
use super::reason::{Reason, Verdict};
use super::rules::decide;
use super::{Check, Mark, Terms};

/// The answer to one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The decision.
    pub verdict: Verdict,
    /// Its number; 0 for a BLOCK that belongs to no book and is not recorded.
    pub sequence: u64,
    /// Whether it is the recorded answer to the same order judged before.
    pub is_replayed: bool,
}

/// Judges one order, applies what follows to the book, and returns the events to record with the answer. The same order
/// under the same key is answered as the first time, without events, unless it was allowed and the broker has not reported
/// on it: then it is judged anew. An order that belongs to no book, because its session is unknown or full, the account
/// not the session's, or the key used before, is answered without events: no caller can grow the log with what would
/// never be looked up again.
pub fn judge(check: &Check, book: &mut Book, terms: &Terms<'_>) -> (Vec<Event>, Answer) {
    judge_by(check, book, terms, decide)
}

/// [`judge`] with another decision function. A panic in it is a BLOCK for [`Reason::Internal`]: it sees the book but
/// cannot change it, so the book stays whole.
pub fn judge_by(
    check: &Check,
    book: &mut Book,
    terms: &Terms<'_>,
    decide: impl Fn(&Check, &Book, &Terms<'_>) -> Verdict,
) -> (Vec<Event>, Answer) {
    let order = &check.order;
    let mut events = Vec::new();
    let session = book.session(&order.session_id).filter(|session| session.account() == order.account);
    if let Some(answered) = session.and_then(|session| session.answered(&order.client_order_id))
        && answered.order_sha256 == order.digest()
    {
        // An ALLOW that the broker has not taken up is no promise: since then the kill switch may have been engaged, or
        // the position that the order was to reduce be gone.
        let is_settled = answered.is_reported || matches!(answered.verdict, Verdict::Block(_));
        if is_settled {
            let (verdict, sequence) = (answered.verdict.clone(), answered.sequence);
            return (Vec::new(), Answer { verdict, sequence, is_replayed: true });
        }
        let (session_id, client_order_id) = (order.session_id.clone(), order.client_order_id.clone());
        record(Event::AllowWithdrawn { session_id, client_order_id }, book, &mut events);
    }
    let session = book.session(&order.session_id).filter(|session| session.account() == order.account);
    let fault = || Verdict::block(Reason::Internal, "a fault inside the gate while it judged the order");
    let is_recordable =
        session.is_some_and(|session| session.answered(&order.client_order_id).is_none() && !session.is_full());
    if !is_recordable {
        let verdict = catch_unwind(AssertUnwindSafe(|| decide(check, book, terms)));
        // What is not recorded is never allowed.
        let verdict = verdict.ok().filter(|verdict| matches!(verdict, Verdict::Block(_))).unwrap_or_else(fault);
        return (events, Answer { verdict, sequence: 0, is_replayed: false });
    }
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        prepare(check, book, terms, &mut events);
        decide(check, book, terms)
    }))
    .unwrap_or_else(|_| fault());
    let sequence = book.decisions() + 1;
    let decided = Event::OrderDecided {
        sequence,
        order: order.clone(),
        event_time: check.event_time,
        report_sequence: check.report_sequence,
        verdict: verdict.clone(),
    };
    book.apply(&decided);
    events.push(decided);
    (events, Answer { verdict, sequence, is_replayed: false })
}

/// Brings the session up to the order's time: opens its trade date, takes the marks, sets the loss latch. Leaves a book
/// alone whose time the order would turn back, and opens no trade date where reports are missing: what was held over
/// the open is then not known yet.
fn prepare(check: &Check, book: &mut Book, terms: &Terms<'_>, events: &mut Vec<Event>) {
    let session_id = &check.order.session_id;
    let Some(session) = book.session(session_id) else { return };
    if check.event_time < session.last_time() {
        return;
    }
    let is_current = check.report_sequence == session.report_sequence();
    if is_current && let Some(event) = carry(check, session, terms.calendar) {
        record(event, book, events);
    }
    let Some(session) = book.session(session_id) else { return };
    let marks = newer_marks(check, session);
    if !marks.is_empty() {
        record(Event::MarksSeen { session_id: session_id.clone(), marks }, book, events);
    }
    if is_current && let Some(event) = latch(session_id, book, terms.policy, terms.calendar) {
        record(event, book, events);
    }
}

/// The event that opens the order's trade date, or that brings the marks from before its open where it is open already.
fn carry(check: &Check, session: &SessionBook, calendar: &Calendar) -> Option<Event> {
    let trade_date = calendar.trade_date_at_or_after(check.event_time).ok()?;
    let open = calendar.session(trade_date).ok().flatten()?.open();
    let before_open = || usable_marks(check).filter(|mark| mark.time <= open);
    let session_id = &check.order.session_id;
    let held = newest(before_open().filter(|mark| session.position(mark.contract) != 0));
    open_trade_date(session_id, session, trade_date, held).or_else(|| {
        let marks = newest(before_open().filter(|mark| session.wants_carry_at(mark)));
        let is_needed = session.trade_date() == Some(trade_date) && !marks.is_empty();
        is_needed.then(|| Event::PositionsCarried { session_id: session_id.clone(), marks })
    })
}

fn record(event: Event, book: &mut Book, events: &mut Vec<Event>) {
    book.apply(&event);
    events.push(event);
}

/// Marks above zero and not after the order.
fn usable_marks(check: &Check) -> impl Iterator<Item = Mark> {
    check.marks.iter().copied().filter(|mark| mark.price > Price::ZERO && mark.time <= check.event_time)
}

/// The newest mark of each contract.
fn newest(marks: impl Iterator<Item = Mark>) -> Vec<Mark> {
    let mut newest: BTreeMap<ContractSymbol, Mark> = BTreeMap::new();
    for mark in marks {
        let known = newest.entry(mark.contract).or_insert(mark);
        if known.time <= mark.time {
            *known = mark;
        }
    }
    newest.into_values().collect()
}

/// Marks of use: of the order's contract or one that is held, newer than the book's or different at the same instant.
/// Others are not kept, so that no caller can fill the book with them.
fn newer_marks(check: &Check, session: &SessionBook) -> Vec<Mark> {
    let is_needed = |mark: &Mark| mark.contract == check.order.contract || session.position(mark.contract) != 0;
    let is_news = |mark: &Mark| match session.mark(mark.contract) {
        None => true,
        Some(known) => mark.time > known.time || (mark.time == known.time && mark.price != known.price),
    };
    newest(usable_marks(check).filter(|mark| is_needed(mark) && is_news(mark)))
}

/// The event that opens a trade date, where it is later than the one in progress.
pub(super) fn open_trade_date(
    session_id: &str,
    session: &SessionBook,
    trade_date: TradeDate,
    marks: Vec<Mark>,
) -> Option<Event> {
    let is_later = session.trade_date().is_none_or(|current| trade_date > current);
    is_later.then(|| Event::TradeDateOpened { session_id: session_id.to_owned(), trade_date, marks })
}

/// The event that sets the loss latch, where the loss has reached the limit and it is not set. While a carry is pending
/// the loss is not known, and nothing that adds to it is allowed.
pub(super) fn latch(session_id: &str, book: &Book, policy: &Policy, calendar: &Calendar) -> Option<Event> {
    let session =
        book.session(session_id).filter(|session| !session.is_latched() && session.uncarried().next().is_none())?;
    let trade_date = session.trade_date()?;
    let pnl_usd = session.pnl_usd(calendar)?;
    let is_reached = is_loss_reached(pnl_usd, policy.daily_loss_usd_max()?);
    is_reached.then(|| Event::LatchSet { session_id: session_id.to_owned(), trade_date, pnl_usd })
}

/// Whether a result is a loss of at least the limit. A gain never is, however large.
pub(super) fn is_loss_reached(pnl_usd: Usd, limit: Usd) -> bool {
    i128::from(pnl_usd.micros()) <= -i128::from(limit.micros())
}
