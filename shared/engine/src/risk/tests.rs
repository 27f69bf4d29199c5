//! A desk for tests: one session on the shipped calendar, orders and reports in a few words.

mod laws;
mod overnight;
mod reports;
mod rules;

use std::collections::BTreeSet;

use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Sha256, Side, TradeDate, UnixNanos, Usd};

use super::{
    Answer, Book, Check, Event, Execution, ExecutionKind, Mark, Policy, ReportRefusal, Terms, Verdict,
    accept_execution, judge,
};
use crate::order::{Order, OrderType, TimeInForce};

const POLICY: &str = r#"
schema_version = 1
permit_seconds = 60
mark_stale_session_minutes_max = 5
daily_loss_usd_max = "25000"
[root.NQ]
max_order_qty = 5
[root.MNQ]
max_order_qty = 50
[family.NQ]
max_contracts = "10"
"#;

/// Wednesday 2026-05-13, 10:00 in Chicago.
const OPEN: &str = "2026-05-13T15:00:00Z";

struct Desk {
    book: Book,
    policy: Policy,
    calendar: Calendar,
    allowlist: BTreeSet<ContractRoot>,
    now: UnixNanos,
    price: &'static str,
    log: Vec<Event>,
    keys: u32,
}

fn instant(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn contract(text: &str) -> ContractSymbol {
    text.parse().unwrap()
}

impl Desk {
    fn new() -> Self {
        Self::under(POLICY)
    }

    fn under(policy: &str) -> Self {
        let mut desk = Self {
            book: Book::default(),
            policy: Policy::parse(policy).unwrap(),
            calendar: Calendar::shipped(),
            allowlist: ["NQ", "MNQ"].map(|root| root.parse().unwrap()).into(),
            now: instant(OPEN),
            price: "20000",
            log: Vec::new(),
            keys: 0,
        };
        desk.record(Event::SessionOpened {
            session_id: "s".to_owned(),
            account: "demo".to_owned(),
            event_time: desk.now,
            policy_sha256: Sha256::default(),
        });
        desk
    }

    fn record(&mut self, event: Event) {
        self.book.apply(&event);
        self.log.push(event);
    }

    /// An order under a fresh key with a fresh mark of its contract.
    fn check(&mut self, side: Side, quantity: u32, symbol: &str) -> Check {
        self.keys += 1;
        let order = Order {
            session_id: "s".to_owned(),
            account: "demo".to_owned(),
            client_order_id: format!("o-{}", self.keys),
            contract: contract(symbol),
            side,
            quantity,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Day,
        };
        let mut marked: Vec<_> = self.session().held().into_keys().collect();
        marked.push(order.contract);
        marked.dedup();
        let marks = marked.into_iter().map(|contract| self.mark(contract)).collect();
        Check { order, event_time: self.now, marks, report_sequence: self.session().report_sequence() }
    }

    fn mark(&self, contract: ContractSymbol) -> Mark {
        Mark { contract, price: self.price.parse().unwrap(), time: self.now }
    }

    fn session(&self) -> &super::SessionBook {
        self.book.session("s").unwrap()
    }

    fn judge(&mut self, check: &Check) -> Answer {
        let terms = Terms { policy: &self.policy, calendar: &self.calendar, allowlist: &self.allowlist };
        let (events, answer) = judge(check, &mut self.book, &terms);
        self.log.extend(events);
        answer
    }

    fn order(&mut self, side: Side, quantity: u32, symbol: &str) -> Answer {
        let check = self.check(side, quantity, symbol);
        self.judge(&check)
    }

    /// Labels of the reasons, `allow` for none.
    fn reasons(&mut self, check: &Check) -> String {
        match self.judge(check).verdict {
            Verdict::Allow(_) => "allow".to_owned(),
            Verdict::Block(reasons) => reasons.iter().map(|reason| reason.reason.label()).collect::<Vec<_>>().join(" "),
        }
    }

    fn buy(&mut self, quantity: u32, symbol: &str) -> String {
        let check = self.check(Side::Buy, quantity, symbol);
        self.reasons(&check)
    }

    fn sell(&mut self, quantity: u32, symbol: &str) -> String {
        let check = self.check(Side::Sell, quantity, symbol);
        self.reasons(&check)
    }

    fn report(&mut self, execution: Execution) -> Result<(), ReportRefusal> {
        let trade_date = self.calendar.trade_date_at_or_after(execution.event_time).unwrap();
        self.report_dated(execution, trade_date)
    }

    fn report_dated(&mut self, execution: Execution, trade_date: TradeDate) -> Result<(), ReportRefusal> {
        let events = accept_execution("s", execution, trade_date, &mut self.book, &self.policy, &self.calendar)?;
        self.log.extend(events);
        Ok(())
    }

    /// The next report on an order that was judged.
    fn execution(&self, key: &str, kind: ExecutionKind, leaves_qty: u32, cum_qty: u32) -> Execution {
        let answered = self.session().answered(key).unwrap();
        Execution {
            sequence: self.session().report_sequence() + 1,
            account: "demo".to_owned(),
            client_order_id: key.to_owned(),
            contract: answered.contract,
            side: answered.side,
            order_qty: answered.quantity,
            leaves_qty,
            cum_qty,
            event_time: self.now,
            kind,
        }
    }

    fn trade(&self, last_qty: u32, price: &str) -> ExecutionKind {
        ExecutionKind::Trade { last_qty, last_px: price.parse().unwrap(), fee_usd: usd("2.25") }
    }

    /// An order that must be allowed, filled whole at a price.
    fn filled(&mut self, side: Side, quantity: u32, symbol: &str, price: &str) {
        let answer = self.order(side, quantity, symbol);
        assert!(matches!(answer.verdict, Verdict::Allow(_)), "{answer:?}");
        let key = format!("o-{}", self.keys);
        let trade = self.trade(quantity, price);
        self.report(self.execution(&key, trade, 0, quantity)).unwrap();
    }

    fn advance(&mut self, seconds: i64) {
        self.now = self.now.checked_add_nanos(seconds * UnixNanos::SECOND).unwrap();
    }
}

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}
