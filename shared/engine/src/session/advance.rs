//! The clock moves: orders fill and expire on the way, and the account is valued each quarter hour of open market.

use peaktrade_domain::{Calendar, TradeDate, UnixNanos};

use super::event::{DayOpen, Event, WorkingTerms};
use super::report::{ExecType, OrdStatus};
use super::run::{EquityPoint, Run, Step, trade_date};
use super::tape::Market;
use super::{Session, SessionError};

/// Farthest move of the clock in one command: a quarter's roll fits, and the answer stays below 4,000 equity points and
/// one message.
pub const ADVANCE_NANOS_MAX: i64 = 40 * 24 * 60 * UnixNanos::MINUTE;

const QUARTER_HOUR: i64 = 15 * UnixNanos::MINUTE;

/// What a move of the clock brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Events in order.
    pub events: Vec<Event>,
    /// Equity at each quarter hour of open market and after each fill, in order.
    pub equity: Vec<EquityPoint>,
}

/// An instant at which the account is looked at whether or not anything fills.
#[derive(Clone, Copy)]
struct Stop {
    at: UnixNanos,
    opens: Option<TradeDate>,
    is_quarter_hour: bool,
}

impl Session {
    /// Moves the clock. Nothing happens by halves: on an error the session is as before.
    ///
    /// A position may not be carried to the end of its contract's trading: final settlement needs the exchange's opening
    /// quotation, which is not among the bars, and a last close in its place would be a guess about money.
    ///
    /// # Errors
    /// Where the session is closed, the clock would run backwards, too far, beyond the bars, or through the end of a held
    /// contract; where the calendar does not answer or an amount leaves the range.
    pub fn advance(&self, to: UnixNanos, market: &Market, calendar: &Calendar) -> Result<Advance, SessionError> {
        self.check_open()?;
        let clock = self.book.clock;
        if to < clock {
            return Err(SessionError::ClockReversed { clock, to });
        }
        if to.nanos().saturating_sub(clock.nanos()) > ADVANCE_NANOS_MAX {
            return Err(SessionError::AdvanceTooFar { clock, to });
        }
        if to > market.known_until {
            return Err(SessionError::BeyondBars { to, known_until: market.known_until });
        }
        let stops = stops(calendar, clock, to)?;
        let mut run = Run::new(self, calendar);
        let mut at = clock;
        let mut upcoming = stops.iter().peekable();
        loop {
            let stop = upcoming.peek().map(|stop| stop.at);
            let next = [stop, next_fill(&run, market, at, to), next_expiry(&run, to)].into_iter().flatten().min();
            let Some(next) = next else { break };
            expire(&mut run, next)?;
            value(&mut run, market, next, upcoming.next_if(|stop| stop.at == next))?;
            fill_all(&mut run, market, next)?;
            at = next;
        }
        self.refuse_held_to_expiry(&run, to)?;
        for contract in self.opening.instruments.keys() {
            run.mark(*contract, to, market);
        }
        let (day, marks) = (run.book.day, run.book.marks.clone());
        run.emit(Event::ClockMoved { clock: to, day, marks })?;
        let (events, equity) = run.finish();
        Ok(Advance { events, equity })
    }

    fn refuse_held_to_expiry(&self, run: &Run<'_>, to: UnixNanos) -> Result<(), SessionError> {
        for (contract, position) in run.book.ledger.positions() {
            if let Some(instrument) = self.opening.instruments.get(contract)
                && instrument.last_trade_time <= to
            {
                return Err(SessionError::HeldToExpiry {
                    contract: *contract,
                    quantity: position.quantity(),
                    last_trade_time: instrument.last_trade_time,
                    to,
                });
            }
        }
        Ok(())
    }
}

/// Quarter hours of open market and opens of trade dates in (after, until], in order.
fn stops(calendar: &Calendar, after: UnixNanos, until: UnixNanos) -> Result<Vec<Stop>, SessionError> {
    let first = trade_date(calendar, after)?;
    let last = trade_date(calendar, until)?;
    let mut stops: Vec<Stop> = Vec::new();
    for session in calendar.sessions(first, last)? {
        for (at, segment) in session.segments.iter().enumerate() {
            let opens = (at == 0).then_some(session.trade_date);
            if opens.is_some() && segment.open.nanos() % QUARTER_HOUR != 0 {
                stops.push(Stop { at: segment.open, opens, is_quarter_hour: false });
            }
            // Rounded up to a quarter hour.
            let mut quarter = segment.open.nanos() + (-segment.open.nanos()).rem_euclid(QUARTER_HOUR);
            while quarter < segment.close.nanos() {
                let at = UnixNanos::from_nanos(quarter);
                stops.push(Stop { at, opens: opens.filter(|_| at == segment.open), is_quarter_hour: true });
                quarter += QUARTER_HOUR;
            }
        }
    }
    stops.retain(|stop| after < stop.at && stop.at <= until);
    Ok(stops)
}

fn next_fill(run: &Run<'_>, market: &Market, after: UnixNanos, until: UnixNanos) -> Option<UnixNanos> {
    let fillable = run.book.working.values().filter(|working| working.fillable() > 0);
    let tapes = fillable.filter_map(|working| market.tapes.get(&working.record.order.contract));
    tapes.filter_map(|tape| tape.next_traded_open(after)).min().filter(|at| *at <= until)
}

fn next_expiry(run: &Run<'_>, until: UnixNanos) -> Option<UnixNanos> {
    run.book.working.values().map(|working| working.terms.expires_at).min().filter(|at| *at <= until)
}

fn expire(run: &mut Run<'_>, at: UnixNanos) -> Result<(), SessionError> {
    let ended = run.book.working.values().filter(|working| working.terms.expires_at <= at);
    let ended: Vec<_> = ended.map(|working| (working.record.clone(), working.terms)).collect();
    let step = |terms: &WorkingTerms| Step {
        exec_type: ExecType::Expired,
        ord_status: OrdStatus::Expired,
        at: terms.expires_at,
        text: if terms.ends_with_contract { "CONTRACT_TRADING_ENDED".to_owned() } else { String::new() },
    };
    for (record, terms) in &ended {
        run.end(record.order_id, step(terms))?;
    }
    // Only what has not ended by itself.
    for (record, terms) in &ended {
        run.end_other_leg(record, step(terms))?;
    }
    Ok(())
}

/// Marks what is held with the bars complete at the instant, and values the account where the instant is a stop.
fn value(run: &mut Run<'_>, market: &Market, at: UnixNanos, stop: Option<&Stop>) -> Result<(), SessionError> {
    let held: Vec<_> = run.book.ledger.positions().keys().copied().collect();
    for contract in held {
        run.mark(contract, at, market);
    }
    if let Some(trade_date) = stop.and_then(|stop| stop.opens) {
        run.book.day = DayOpen { trade_date, equity: run.book.equity()? };
    }
    if stop.is_some_and(|stop| stop.is_quarter_hour) {
        run.note_equity(at)?;
    }
    Ok(())
}

fn fill_all(run: &mut Run<'_>, market: &Market, at: UnixNanos) -> Result<(), SessionError> {
    let orders: Vec<u64> = run.book.working.keys().copied().collect();
    for order_id in orders {
        if run.fill(order_id, at, market)? {
            run.note_equity(at)?;
        }
    }
    Ok(())
}
