//! From an order to its recorded answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use peaktrade_domain::{Calendar, Price, TradeDate, Usd};

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
    /// Its number.
    pub sequence: u64,
    /// Whether it is the recorded answer to the same order judged before.
    pub is_replayed: bool,
}

/// Judges one order, applies what follows to the book, and returns the events to record with the answer. The same order
/// under the same key is answered as the first time, without events.
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
    let session = book.session(&order.session_id).filter(|session| session.account() == order.account);
    if let Some(answered) = session.and_then(|session| session.answered(&order.client_order_id))
        && answered.order_sha256 == order.digest()
    {
        let (verdict, sequence) = (answered.verdict.clone(), answered.sequence);
        return (Vec::new(), Answer { verdict, sequence, is_replayed: true });
    }
    let mut events = Vec::new();
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        prepare(check, book, terms, &mut events);
        decide(check, book, terms)
    }))
    .unwrap_or_else(|_| Verdict::block(Reason::Internal, "a fault inside the gate while it judged the order"));
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
/// alone that the order does not belong to, or whose time it would turn back.
fn prepare(check: &Check, book: &mut Book, terms: &Terms<'_>, events: &mut Vec<Event>) {
    let session_id = &check.order.session_id;
    let Some(session) = book.session(session_id) else { return };
    if session.account() != check.order.account || check.event_time < session.last_time() {
        return;
    }
    if let Ok(trade_date) = terms.calendar.trade_date_at_or_after(check.event_time) {
        let open = terms.calendar.session(trade_date).ok().flatten().map(peaktrade_domain::Session::open);
        let before_open =
            newer_marks(check, session).into_iter().filter(|mark| open.is_some_and(|open| mark.time <= open));
        if let Some(event) = open_trade_date(session_id, session, trade_date, before_open.collect()) {
            record(event, book, events);
        }
    }
    let Some(session) = book.session(session_id) else { return };
    let marks = newer_marks(check, session);
    if !marks.is_empty() {
        record(Event::MarksSeen { session_id: session_id.clone(), marks }, book, events);
    }
    if let Some(event) = latch(session_id, book, terms.policy, terms.calendar) {
        record(event, book, events);
    }
}

fn record(event: Event, book: &mut Book, events: &mut Vec<Event>) {
    book.apply(&event);
    events.push(event);
}

/// Marks of use: of the order's contract or one that is held, above zero, not after the order, newer than the book's or
/// different at the same instant. Others are not kept, so that no caller can fill the book with them.
fn newer_marks(check: &Check, session: &SessionBook) -> Vec<Mark> {
    let is_needed = |mark: &Mark| mark.contract == check.order.contract || session.position(mark.contract) != 0;
    let is_news = |mark: &Mark| match session.mark(mark.contract) {
        None => true,
        Some(known) => mark.time > known.time || (mark.time == known.time && mark.price != known.price),
    };
    let marks = check.marks.iter().copied();
    let is_usable = |mark: &Mark| mark.price > Price::ZERO && mark.time <= check.event_time;
    marks.filter(|mark| is_needed(mark) && is_usable(mark) && is_news(mark)).collect()
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

/// The event that sets the loss latch, where the loss has reached the limit and it is not set.
pub(super) fn latch(session_id: &str, book: &Book, policy: &Policy, calendar: &Calendar) -> Option<Event> {
    let session = book.session(session_id).filter(|session| !session.is_latched())?;
    let trade_date = session.trade_date()?;
    let pnl_usd = session.pnl_usd(calendar)?;
    let is_reached = is_loss_reached(pnl_usd, policy.daily_loss_usd_max()?);
    is_reached.then(|| Event::LatchSet { session_id: session_id.to_owned(), trade_date, pnl_usd })
}

/// Whether a result is a loss of at least the limit. A gain never is, however large.
pub(super) fn is_loss_reached(pnl_usd: Usd, limit: Usd) -> bool {
    i128::from(pnl_usd.micros()) <= -i128::from(limit.micros())
}
