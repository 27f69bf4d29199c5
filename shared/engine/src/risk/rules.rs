//! The rules. All are evaluated; their order is the order of the reasons.

use std::collections::BTreeSet;

use peaktrade_domain::{CalendarError, ContractSpec, ContractSymbol, Side, UnixNanos};

use super::book::{Book, SESSION_ANSWERS_MAX, SessionBook};
use super::exposure::{Addition, ExposureFault, worst_case};
use super::judge::is_loss_reached;
use super::reason::{BlockReason, Reason, Verdict};
use super::{Check, Terms};
use crate::permit::PermitClaims;

/// Whom a rule binds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binds {
    /// Every order: who asks, what the gate knows, whether there is a market.
    Every,
    /// Orders that are not a verified reduction. Whoever holds a position must always be able to lay it down.
    Increasing,
}

type Rule = fn(&View<'_>) -> Vec<BlockReason>;

const RULES: &[(Binds, Rule)] = &[
    (Binds::Every, session_known),
    (Binds::Every, account_known),
    (Binds::Every, not_duplicate),
    (Binds::Every, time_forward),
    (Binds::Every, reports_complete),
    (Binds::Increasing, instrument_allowed),
    (Binds::Every, contract_trading),
    (Binds::Every, market_open),
    (Binds::Increasing, kill_switch_released),
    (Binds::Increasing, limits_present),
    (Binds::Increasing, order_quantity),
    (Binds::Increasing, contracts_held),
    (Binds::Increasing, marks_current),
    (Binds::Increasing, loss_within_limit),
    (Binds::Every, recordable),
];

/// Decides one order. Total: every input has an answer, and what is not known is a BLOCK with its own reason.
///
/// Marks are read from the book, where [`super::judge`] puts those that came with the order.
pub fn decide(check: &Check, book: &Book, terms: &Terms<'_>) -> Verdict {
    let view = View::new(check, book, terms);
    let mut reasons = Vec::new();
    for (binds, rule) in RULES {
        if *binds == Binds::Every || !view.is_reducing {
            reasons.extend(rule(&view));
        }
    }
    // A rule may find a reason that another is named after; the list's order holds all the same.
    reasons.sort_by_key(|reason| reason.reason);
    let permit_nanos = i64::from(terms.policy.permit_seconds()) * UnixNanos::SECOND;
    let Some(expires_at) = check.event_time.checked_add_nanos(permit_nanos) else {
        reasons.push(BlockReason::new(Reason::Overflow, "the permit's expiry is past the last representable instant"));
        return Verdict::Block(reasons);
    };
    if !reasons.is_empty() {
        return Verdict::Block(reasons);
    }
    Verdict::Allow(PermitClaims {
        order_sha256: check.order.digest(),
        policy_sha256: terms.policy.sha256(),
        decision_sequence: book.decisions() + 1,
        expires_at,
    })
}

/// What the rules look at.
struct View<'a> {
    check: &'a Check,
    book: &'a Book,
    terms: &'a Terms<'a>,
    session: Option<&'a SessionBook>,
    spec: Option<&'a ContractSpec>,
    is_reducing: bool,
}

impl<'a> View<'a> {
    fn new(check: &'a Check, book: &'a Book, terms: &'a Terms<'a>) -> Self {
        let session = book.session(&check.order.session_id);
        let spec = terms.calendar.spec(check.order.contract.root()).ok();
        let is_reducing = session.is_some_and(|session| is_reducing(check, session));
        Self { check, book, terms, session, spec, is_reducing }
    }

    /// The session, where the order is its account's.
    fn own_session(&self) -> Option<&'a SessionBook> {
        self.session.filter(|session| session.account() == self.check.order.account)
    }
}

/// Whether the order, together with every open order on its side, only brings the contract's position nearer to zero. An
/// order that would pass through zero is none, nor is the second of two that together would.
fn is_reducing(check: &Check, session: &SessionBook) -> bool {
    let order = &check.order;
    let against = session.position(order.contract).saturating_mul(-order.side.sign());
    let outstanding = session.outstanding(order.contract, order.side, check.event_time);
    order.quantity > 0 && outstanding.saturating_add(i64::from(order.quantity)) <= against
}

fn block(reason: Reason, detail: impl Into<String>) -> Vec<BlockReason> {
    vec![BlockReason::new(reason, detail)]
}

fn session_known(view: &View<'_>) -> Vec<BlockReason> {
    let session_id = &view.check.order.session_id;
    if view.session.is_some() {
        return Vec::new();
    }
    block(Reason::SessionUnknown, format!("session {session_id:?} is not open"))
}

fn account_known(view: &View<'_>) -> Vec<BlockReason> {
    let account = &view.check.order.account;
    match view.session {
        Some(session) if session.account() != account => {
            block(Reason::AccountUnknown, format!("account {account:?} is not the session's {:?}", session.account()))
        }
        _ => Vec::new(),
    }
}

fn not_duplicate(view: &View<'_>) -> Vec<BlockReason> {
    let order = &view.check.order;
    let Some(answered) = view.own_session().and_then(|session| session.answered(&order.client_order_id)) else {
        return Vec::new();
    };
    let key = &order.client_order_id;
    block(Reason::DuplicateOrder, format!("key {key:?} was used in decision {} for another order", answered.sequence))
}

fn time_forward(view: &View<'_>) -> Vec<BlockReason> {
    let now = view.check.event_time;
    match view.own_session() {
        Some(session) if now < session.last_time() => {
            block(Reason::TimeReversed, format!("{now} is before {}, which the session has seen", session.last_time()))
        }
        _ => Vec::new(),
    }
}

fn reports_complete(view: &View<'_>) -> Vec<BlockReason> {
    let issued = view.check.report_sequence;
    match view.own_session() {
        Some(session) if session.report_sequence() < issued => block(
            Reason::StateGap,
            format!("the broker has issued report {issued}, the gate has seen {}", session.report_sequence()),
        ),
        // A request that was held up on its way: the broker has moved on since, and may have refused this very order.
        Some(session) if session.report_sequence() > issued => block(
            Reason::StateGap,
            format!("the order was sent after report {issued}, the gate has since seen {}", session.report_sequence()),
        ),
        _ => Vec::new(),
    }
}

fn instrument_allowed(view: &View<'_>) -> Vec<BlockReason> {
    let root = view.check.order.contract.root();
    let allowed = view.terms.allowlist;
    if !allowed.contains(&root) {
        let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        return block(Reason::InstrumentNotAllowed, format!("{root} is not in the allowlist {}", allowed.join(",")));
    }
    if view.spec.is_none() {
        return block(Reason::InstrumentNotAllowed, format!("{root} has no specification in the calendar"));
    }
    Vec::new()
}

fn contract_trading(view: &View<'_>) -> Vec<BlockReason> {
    let contract = view.check.order.contract;
    match view.terms.calendar.last_trade_time(contract) {
        Ok(end) if view.check.event_time >= end => {
            block(Reason::ContractExpired, format!("trading in {contract} ended at {end}"))
        }
        Ok(_) => Vec::new(),
        Err(error @ (CalendarError::OutOfRange { .. } | CalendarError::Reversed { .. })) => {
            block(Reason::CalendarUnknown, error.to_string())
        }
        Err(error @ CalendarError::NotListed { .. }) => block(Reason::ContractExpired, error.to_string()),
        // Of an increasing order the allowlist's rule has said so already.
        Err(CalendarError::UnknownRoot { .. }) if !view.is_reducing => Vec::new(),
        Err(error @ CalendarError::UnknownRoot { .. }) => block(Reason::InstrumentNotAllowed, error.to_string()),
    }
}

fn market_open(view: &View<'_>) -> Vec<BlockReason> {
    let now = view.check.event_time;
    match view.terms.calendar.market_state(now) {
        Ok(state) if state.trade_date.is_some() => Vec::new(),
        Ok(state) => {
            let next = state.next_open.map_or_else(String::new, |open| format!(", it opens at {open}"));
            block(Reason::SessionClosed, format!("the market is closed at {now}{next}"))
        }
        Err(error) => block(Reason::CalendarUnknown, error.to_string()),
    }
}

fn kill_switch_released(view: &View<'_>) -> Vec<BlockReason> {
    let switch = view.book.kill_switch();
    if !switch.is_engaged {
        return Vec::new();
    }
    block(Reason::KillSwitch, format!("engaged by {}: {}", switch.operator, switch.reason))
}

fn limits_present(view: &View<'_>) -> Vec<BlockReason> {
    let policy = view.terms.policy;
    let root = view.check.order.contract.root();
    let family = view.spec.map(|spec| spec.family);
    let mut missing = Vec::new();
    if policy.max_order_qty(root).is_none() {
        missing.push(format!("root.{root}.max_order_qty"));
    }
    if let Some(family) = family.filter(|family| policy.max_contracts(*family).is_none()) {
        missing.push(format!("family.{family}.max_contracts"));
    }
    if policy.daily_loss_usd_max().is_none() {
        missing.push("daily_loss_usd_max".to_owned());
    }
    if policy.mark_stale_session_minutes_max().is_none() {
        missing.push("mark_stale_session_minutes_max".to_owned());
    }
    if missing.is_empty() {
        return Vec::new();
    }
    block(Reason::LimitMissing, format!("the policy has no {}", missing.join(", ")))
}

fn order_quantity(view: &View<'_>) -> Vec<BlockReason> {
    let quantity = view.check.order.quantity;
    match view.terms.policy.max_order_qty(view.check.order.contract.root()) {
        Some(limit) if quantity == 0 || quantity > limit => {
            block(Reason::MaxOrderQty, format!("limit {limit}, this order {quantity}"))
        }
        _ => Vec::new(),
    }
}

fn contracts_held(view: &View<'_>) -> Vec<BlockReason> {
    let order = &view.check.order;
    let (Some(session), Some(spec)) = (view.own_session(), view.spec) else { return Vec::new() };
    let Some(limit) = view.terms.policy.max_contracts(spec.family) else { return Vec::new() };
    let worst =
        |addition| worst_case(session, view.terms.calendar, spec.family, order.side, view.check.event_time, addition);
    let addition = Addition { contract: order.contract, quantity: order.quantity };
    match (worst(None), worst(Some(addition))) {
        (Ok(now), Ok(then)) if then > limit => {
            let family = spec.family;
            // A position of the other side is no room used on this one, hence the word.
            let held = match order.side {
                Side::Buy => "long",
                Side::Sell => "short",
            };
            block(
                Reason::MaxContracts,
                format!(
                    "limit {limit} {held}, now {now}, with this order {then} ({family} equivalents, all open orders filled)"
                ),
            )
        }
        (Ok(_), Ok(_)) => Vec::new(),
        (Err(fault), _) | (_, Err(fault)) => match fault {
            ExposureFault::Unknown(error) => block(Reason::InstrumentNotAllowed, error.to_string()),
            ExposureFault::Inexact(root) => {
                block(Reason::Overflow, format!("the weight of {root} is not a whole number of millionths"))
            }
        },
    }
}

fn marks_current(view: &View<'_>) -> Vec<BlockReason> {
    let Some(session) = view.own_session() else { return Vec::new() };
    let contracts: BTreeSet<_> = session.held().into_keys().chain(std::iter::once(view.check.order.contract)).collect();
    let checked = contracts.into_iter().filter_map(|contract| mark_fault(view, session, contract));
    let uncarried = session.uncarried().map(|contract| {
        let date = session.trade_date().map_or_else(String::new, |date| format!(" {date}"));
        let detail = format!("{contract} was held over the open of trade date{date} and has no mark from before it");
        BlockReason::new(Reason::NoMark, detail)
    });
    let mut reasons: Vec<_> = checked.chain(uncarried).collect();
    reasons.sort_by_key(|reason| reason.reason);
    reasons
}

fn mark_fault(view: &View<'_>, session: &SessionBook, contract: ContractSymbol) -> Option<BlockReason> {
    let now = view.check.event_time;
    let Some(mark) = session.mark(contract).filter(|mark| mark.time <= now) else {
        let given = view.check.marks.iter().find(|mark| mark.contract == contract);
        let given = given.map_or_else(String::new, |mark| format!("; {} of {} is of no use", mark.price, mark.time));
        return Some(BlockReason::new(Reason::NoMark, format!("{contract} has no mark up to {now}{given}")));
    };
    let limit = u64::from(view.terms.policy.mark_stale_session_minutes_max()?);
    match view.terms.calendar.session_minutes_between(mark.time, now) {
        Ok(age) if age > limit => Some(BlockReason::new(
            Reason::StaleMark,
            format!(
                "limit {limit} minutes of open market, the mark of {contract} is {age} minutes old ({})",
                mark.time
            ),
        )),
        Ok(_) => None,
        Err(error) => Some(BlockReason::new(Reason::StaleMark, format!("mark of {contract}: {error}"))),
    }
}

fn loss_within_limit(view: &View<'_>) -> Vec<BlockReason> {
    let Some(session) = view.own_session() else { return Vec::new() };
    let Some(limit) = view.terms.policy.daily_loss_usd_max() else { return Vec::new() };
    if session.uncarried().next().is_some() {
        // From where the loss counts is not known; the marks' rule has blocked the order for that.
        return Vec::new();
    }
    let Some(pnl_usd) = session.pnl_usd(view.terms.calendar) else {
        return block(Reason::Overflow, "the trade date's profit and loss cannot be computed exactly");
    };
    if session.is_latched() {
        return block(Reason::DailyLoss, format!("limit {limit} USD, reached in this trade date; now {pnl_usd} USD"));
    }
    if is_loss_reached(pnl_usd, limit) {
        return block(Reason::DailyLoss, format!("limit {limit} USD, now {pnl_usd} USD"));
    }
    Vec::new()
}

fn recordable(view: &View<'_>) -> Vec<BlockReason> {
    match view.own_session() {
        Some(session) if session.is_full() => {
            block(Reason::AuditUnavailable, format!("the session's book is full with {SESSION_ANSWERS_MAX} decisions"))
        }
        _ => Vec::new(),
    }
}
