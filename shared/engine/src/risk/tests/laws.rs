//! What holds for every sequence of orders and reports.

use peaktrade_domain::{ContractMonth, ContractSymbol, Price, Side, UnixNanos};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::{collection, sample};

use super::Desk;
use crate::risk::{Book, Check, Contracts, Event, ExecutionKind, Mark, Reason, Terms, Verdict, decide};

const CONTRACTS: [&str; 4] = ["NQM2026", "NQU2026", "MNQM2026", "MNQU2026"];
const PRICES: [&str; 5] = ["19900", "19990.25", "20000", "20012.75", "20100"];

#[derive(Clone, Debug)]
enum Step {
    Order { side: Side, quantity: u32, contract: &'static str },
    Accept { at: sample::Index },
    Fill { at: sample::Index, share: u32 },
    End { at: sample::Index },
    Kill { is_engaged: bool },
    Wait { seconds: i64 },
    Price { price: &'static str },
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<sample::Index>;
    let order = (side(), 1_u32..40, sample::select(&CONTRACTS[..]));
    prop_oneof![
        8 => order.prop_map(|(side, quantity, contract)| Step::Order { side, quantity, contract }),
        2 => at().prop_map(|at| Step::Accept { at }),
        4 => (at(), 1_u32..=4).prop_map(|(at, share)| Step::Fill { at, share }),
        1 => at().prop_map(|at| Step::End { at }),
        1 => any::<bool>().prop_map(|is_engaged| Step::Kill { is_engaged }),
        2 => (0_i64..90).prop_map(|seconds| Step::Wait { seconds }),
        1 => sample::select(&PRICES[..]).prop_map(|price| Step::Price { price }),
    ]
}

impl Desk {
    /// Takes one step as an honest broker would: it accepts nothing whose permit has run out.
    fn take(&mut self, step: &Step) {
        match step {
            Step::Order { side, quantity, contract } => {
                // Micros come in full sizes, standard contracts in tenths of them.
                let quantity = if contract.starts_with('M') { *quantity } else { quantity.div_ceil(8) };
                self.order(*side, quantity, contract);
            }
            Step::Accept { at } => self.move_open(*at, |_, open| (ExecutionKind::New, open.remaining, open.filled)),
            Step::Fill { at, share } => self.move_open(*at, |desk, open| {
                let last = (open.remaining * share / 4).max(1);
                (desk.trade(last, desk.price), open.remaining - last, open.filled + last)
            }),
            Step::End { at } => self.move_open(*at, |_, open| (ExecutionKind::Ended, 0, open.filled)),
            Step::Kill { is_engaged: true } => {
                self.record(Event::KillEngaged { operator: "frank".to_owned(), reason: "law".to_owned() });
            }
            Step::Kill { is_engaged: false } => {
                self.record(Event::KillReleased { operator: "frank".to_owned(), reason: "law".to_owned() });
            }
            Step::Wait { seconds } => self.advance(*seconds),
            Step::Price { price } => self.price = price,
        }
    }

    fn live(&self) -> Vec<(String, crate::risk::OpenOrder)> {
        let keys = (1..=self.keys).map(|key| format!("o-{key}"));
        let open = keys.filter_map(|key| Some((key.clone(), self.session().open_order(&key)?.clone())));
        open.filter(|(_, open)| open.reserved_until.is_none_or(|until| until >= self.now)).collect()
    }

    fn move_open(
        &mut self,
        at: sample::Index,
        change: impl FnOnce(&Self, &crate::risk::OpenOrder) -> (ExecutionKind, u32, u32),
    ) {
        let live = self.live();
        if live.is_empty() {
            return;
        }
        let (key, open) = at.get(&live);
        let (kind, leaves, filled) = change(self, open);
        self.report(self.execution(key, kind, leaves, filled)).unwrap();
    }

    /// Contracts held long and short, in NQ equivalents, each month by itself.
    fn gross(&self) -> [Contracts; 2] {
        [1, -1].map(|sign| {
            let held = self.session().held().into_iter();
            let sides = held.map(|(contract, quantity)| {
                let spec = self.calendar.spec(contract.root()).unwrap();
                Contracts::of((quantity * sign).max(0), spec).unwrap()
            });
            sides.fold(Contracts::ZERO, Contracts::plus)
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_allowed_orders_exceeds_the_limit(steps in collection::vec(step(), 1..80)) {
        let mut desk = Desk::new();
        for step in &steps {
            desk.take(step);
            // Whatever is in flight may fill at any moment, all of it on one side and none on the other.
            for side in [Side::Buy, Side::Sell] {
                let mut filled = desk.clone_book();
                for (key, open) in desk.live().into_iter().filter(|(_, open)| open.side == side) {
                    let trade = filled.trade(open.remaining, "20000");
                    let total = open.filled + open.remaining;
                    filled.report(filled.execution(&key, trade, 0, total)).unwrap();
                }
                let limit: Contracts = "10".parse().unwrap();
                prop_assert!(filled.gross().iter().all(|gross| *gross <= limit), "{:?} after {step:?}", filled.gross());
            }
        }
    }

    #[test]
    fn a_position_can_always_be_laid_down(steps in collection::vec(step(), 1..60)) {
        let mut desk = Desk::new();
        for step in &steps {
            desk.take(step);
        }
        desk.record(Event::KillEngaged { operator: "frank".to_owned(), reason: "law".to_owned() });
        desk.advance(3600);
        for (key, open) in desk.live() {
            desk.report(desk.execution(&key, ExecutionKind::Ended, 0, open.filled)).unwrap();
        }
        for (contract, quantity) in desk.session().held() {
            let side = if quantity > 0 { Side::Sell } else { Side::Buy };
            let size = u32::try_from(quantity.abs()).unwrap();
            let flip = desk.order(side, size + 1, &contract.to_string());
            prop_assert!(matches!(flip.verdict, Verdict::Block(_)), "{contract} {quantity} flipped under the switch");
            let more = desk.order(side.opposite(), 1, &contract.to_string());
            prop_assert!(matches!(more.verdict, Verdict::Block(_)));
            let flat = desk.order(side, size, &contract.to_string());
            prop_assert!(matches!(flat.verdict, Verdict::Allow(_)), "{contract} {quantity}: {flat:?}");
        }
    }

    #[test]
    fn the_log_rebuilds_the_book(steps in collection::vec(step(), 1..60)) {
        let mut desk = Desk::new();
        for step in &steps {
            desk.take(step);
        }
        let mut rebuilt = Book::default();
        for event in &desk.log {
            let text = serde_json::to_string(event).unwrap();
            rebuilt.apply(&serde_json::from_str(&text).unwrap());
        }
        prop_assert_eq!(&rebuilt, &desk.book);
        prop_assert_eq!(rebuilt.state_sha256(), desk.book.state_sha256());
        let before = rebuilt.state_sha256();
        desk.order(Side::Buy, 1, "NQM2026");
        prop_assert!(before != desk.book.state_sha256(), "a decision is part of the state");
    }

    #[test]
    fn every_input_has_an_answer(check in any_check(), steps in collection::vec(step(), 0..10)) {
        let mut desk = Desk::new();
        for step in &steps {
            desk.take(step);
        }
        let terms = Terms { policy: &desk.policy, calendar: &desk.calendar, allowlist: &desk.allowlist };
        decide(&check, &desk.book, &terms);
        match desk.judge(&check).verdict {
            Verdict::Allow(claims) => prop_assert_eq!(claims.order_sha256, check.order.digest()),
            Verdict::Block(reasons) => {
                let found: Vec<_> = reasons.iter().map(|reason| reason.reason).collect();
                prop_assert!(!found.is_empty() && !found.contains(&Reason::Internal), "{reasons:?}");
                prop_assert!(found.is_sorted(), "{found:?}");
            }
        }
    }
}

impl Desk {
    fn clone_book(&self) -> Self {
        Self {
            book: self.book.clone(),
            policy: self.policy.clone(),
            calendar: self.calendar.clone(),
            ..Self::new_like(self)
        }
    }

    fn new_like(desk: &Self) -> Self {
        Self { now: desk.now, price: desk.price, keys: desk.keys, ..Self::new() }
    }
}

/// Orders of any content, on the session or beside it.
fn any_check() -> impl Strategy<Value = Check> {
    let time = prop_oneof![
        any::<i64>().prop_map(UnixNanos::from_nanos),
        (0_i64..86_400 * 60).prop_map(|seconds| {
            super::instant(super::OPEN).checked_add_nanos(seconds * UnixNanos::SECOND).unwrap()
        }),
    ];
    let contract =
        (sample::select(&["NQ", "MNQ", "ES", "X"][..]), 1_u32..=12, 1990_u16..2199).prop_map(|(root, month, year)| {
            ContractSymbol::new(root.parse().unwrap(), ContractMonth::from_number(month).unwrap(), year).unwrap()
        });
    let contract = prop_oneof![contract, sample::select(&CONTRACTS[..]).prop_map(|symbol| symbol.parse().unwrap())];
    let mark = (contract.clone(), any::<i64>(), any::<i64>()).prop_map(|(contract, price, time)| Mark {
        contract,
        price: Price::from_nanos(price),
        time: UnixNanos::from_nanos(time),
    });
    let names = (sample::select(&["s", "t", ""][..]), sample::select(&["demo", "other"][..]), "o-[0-9]{1,2}");
    (names, contract, side(), any::<u32>(), time, collection::vec(mark, 0..4), 0_u64..3).prop_map(
        |((session_id, account, client_order_id), contract, side, quantity, event_time, marks, report_sequence)| {
            let mut check = Desk::new().check(side, quantity, "NQM2026");
            check.order.session_id = session_id.to_owned();
            check.order.account = account.to_owned();
            check.order.client_order_id = client_order_id;
            check.order.contract = contract;
            Check { event_time, marks, report_sequence, ..check }
        },
    )
}
