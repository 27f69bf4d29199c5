//! What must hold for every market and every sequence of commands.

use std::collections::BTreeMap;

use peaktrade_domain::{Calendar, Side, UnixNanos, Usd};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{Desk, NQ, at, contract, market, order};
use crate::matching::BAR_NANOS;
use crate::session::{Event, ExecType, OrdStatus, Proposal, Session};

#[derive(Clone, Debug)]
enum Step {
    Submit { is_second: bool, quantity: i64 },
    Advance { minutes: i64 },
    Cancel { index: usize },
    Roll { is_back: bool },
    CancelLeg { index: usize, is_open: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let quantity = (-12_i64..=12).prop_filter("not empty", |quantity| *quantity != 0);
    let step = prop_oneof![
        4 => (any::<bool>(), quantity).prop_map(|(is_second, quantity)| Step::Submit { is_second, quantity }),
        4 => (0_i64..90).prop_map(|minutes| Step::Advance { minutes }),
        1 => (0_usize..20).prop_map(|index| Step::Cancel { index }),
        2 => any::<bool>().prop_map(|is_back| Step::Roll { is_back }),
        1 => (0_usize..4, any::<bool>()).prop_map(|(index, is_open)| Step::CancelLeg { index, is_open }),
    ];
    proptest::collection::vec(step, 1..40)
}

/// Open, two offsets for the range, a close within it, volume; and whether the minute has a bar at all.
type Minute = (i64, i64, i64, i64, i64, bool);

fn minutes() -> impl Strategy<Value = Vec<Minute>> {
    let minute = (19_000_i64..21_000, 0_i64..20, 0_i64..20, 0_i64..40, 0_i64..60, any::<bool>());
    proptest::collection::vec(minute, 60..200)
}

const OTHER: &str = "NQU2026";
const START: &str = "2026-06-16T13:00:00Z";

fn rows(minutes: &[Minute]) -> Vec<(&'static str, String, [i64; 4], i64)> {
    let mut rows = Vec::new();
    for (symbol, shift) in [(NQ, 0_usize), (OTHER, 7)] {
        for (index, (open, up, down, close, volume, is_there)) in minutes.iter().skip(shift).enumerate() {
            if *is_there {
                let offset = i64::try_from(index).unwrap() * BAR_NANOS;
                let time = at(START).checked_add_nanos(offset).unwrap().to_string();
                let (high, low) = (open + up, open - down);
                rows.push((symbol, time, [*open, high, low, low + close % (high - low + 1)], *volume));
            }
        }
    }
    rows
}

fn run(minutes: &[Minute], steps: &[Step]) -> Desk {
    let calendar = Calendar::shipped();
    let rows = rows(minutes);
    let rows: Vec<_> =
        rows.iter().map(|(symbol, time, prices, volume)| (*symbol, time.as_str(), *prices, *volume)).collect();
    let market = market(&calendar, &rows, "2026-06-18T13:00:00Z");
    let mut desk = Desk::on(calendar, market, START, "900000");
    let mut rolls = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        match step {
            // Counted from the newest roll back.
            Step::CancelLeg { index, is_open } => {
                let roll: Option<&String> = rolls.iter().rev().nth(*index);
                let Some(roll) = roll else { continue };
                let leg = if *is_open { format!("{roll}:open") } else { format!("{roll}:close") };
                if let Ok(events) = desk.session.cancel(&leg, &desk.calendar) {
                    desk.take(events);
                }
            }
            Step::Submit { is_second, quantity } => {
                desk.submit(&format!("o{index}"), if *is_second { OTHER } else { NQ }, *quantity);
            }
            Step::Advance { minutes } => {
                let to = desk.session.clock().checked_add_nanos(minutes * UnixNanos::MINUTE).unwrap();
                desk.advance(&to.min(at("2026-06-18T12:00:00Z")).to_string());
            }
            Step::Cancel { index } => {
                if let Ok(events) = desk.session.cancel(&format!("o{index}"), &desk.calendar) {
                    desk.take(events);
                }
            }
            Step::Roll { is_back } => {
                let (from, to) = if *is_back { (OTHER, NQ) } else { (NQ, OTHER) };
                if let Ok(plan) = desk.session.plan_roll(&format!("r{index}"), contract(from), contract(to)) {
                    let proposals: Vec<_> = plan
                        .legs
                        .into_iter()
                        .map(|(order, leg)| Proposal { leg: Some(leg), ..super::allowed(order) })
                        .collect();
                    let events = desk.session.accept(&proposals, Some(plan.record), &desk.rules()).unwrap();
                    desk.take(events);
                    rolls.push(format!("r{index}"));
                }
            }
        }
    }
    desk
}

/// A roll never makes a position larger, at no moment of it; and no leg works on where the other has ended unfilled.
fn check_rolls(session: &Session) {
    let mut held = BTreeMap::<_, i64>::new();
    // By roll: what its trades added to the contracts held in all, and the filled contracts of its legs.
    let mut rolls = BTreeMap::<&str, (i64, i64, i64)>::new();
    for report in session.reports() {
        let traded = report.trade.map_or(0, |trade| i64::from(trade.quantity));
        let position = held.entry(report.contract).or_default();
        let before = position.abs();
        *position += traded * report.side.sign();
        let Some(roll_id) = &report.roll_id else { continue };
        let (added, closed, opened) = rolls.entry(roll_id).or_default();
        *added += position.abs() - before;
        let leg = if report.client_order_id.ends_with(":close") { &mut *closed } else { &mut *opened };
        *leg += traded;
        assert!(*added <= 0, "{roll_id} made the position larger: {report:?}");
        assert!(opened <= closed, "{roll_id} opened {opened} and closed {closed}: {report:?}");
    }
    for roll_id in rolls.keys() {
        let status = |leg: &str| session.latest("demo", &format!("{roll_id}:{leg}")).unwrap().ord_status;
        let (close, open) = (status("close"), status("open"));
        let ends_unfilled = |status: OrdStatus| status.is_terminal() && status != OrdStatus::Filled;
        if ends_unfilled(close) || ends_unfilled(open) {
            assert!(close.is_terminal() && open.is_terminal(), "{roll_id}: {close:?} and {open:?}");
        }
    }
}

/// Reports without holes; leaves, filled and ordered contracts add up; nothing after the end of an order.
fn check_reports(session: &Session) {
    let mut last: BTreeMap<u64, (u32, bool)> = BTreeMap::new();
    for (index, report) in session.reports().iter().enumerate() {
        assert_eq!(report.sequence, index as u64 + 1);
        let (filled, is_ended) = last.get(&report.order_id).copied().unwrap_or_default();
        assert!(!is_ended, "a report after the end: {report:?}");
        let traded = report.trade.map_or(0, |trade| trade.quantity);
        assert_eq!(report.filled, filled + traded);
        assert_eq!(report.exec_type == ExecType::Trade, traded > 0);
        let is_ended = report.ord_status.is_terminal();
        assert_eq!(report.leaves, if is_ended { 0 } else { report.order_quantity - report.filled });
        last.insert(report.order_id, (report.filled, is_ended));
    }
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

    #[test]
    fn reports_fills_and_money_add_up(minutes in minutes(), steps in steps()) {
        let desk = run(&minutes, &steps);
        let session = &desk.session;
        check_reports(session);
        check_rolls(session);
        let mut flow = Usd::ZERO;
        let mut fees = Usd::ZERO;
        let mut taken = BTreeMap::<_, u64>::new();
        for report in session.reports() {
            let Some(trade) = report.trade else { continue };
            let bar = desk.market.tapes[&report.contract].bar_at(report.event_time).unwrap();
            prop_assert!(bar.low <= trade.price && trade.price <= bar.high, "{report:?} outside {bar:?}");
            match report.side {
                Side::Buy => prop_assert!(trade.price >= bar.open.min(bar.high), "flattering: {report:?} {bar:?}"),
                Side::Sell => prop_assert!(trade.price <= bar.open.max(bar.low), "flattering: {report:?} {bar:?}"),
            }
            let sum = taken.entry((report.contract, report.event_time)).or_default();
            *sum += u64::from(trade.quantity);
            prop_assert!(*sum <= (bar.volume / 10).max(u64::from(bar.volume > 0)));
            let paid = Usd::from_points(trade.price, report.side.sign() * i64::from(trade.quantity), "20".parse().unwrap());
            flow = flow.checked_sub(paid.unwrap()).unwrap();
            fees = fees.checked_add(trade.fee).unwrap();
        }
        let account = session.account().unwrap();
        let mut worth = flow;
        for position in &account.positions {
            let value = Usd::from_points(position.mark.unwrap(), position.quantity, "20".parse().unwrap()).unwrap();
            worth = worth.checked_add(value).unwrap();
        }
        prop_assert_eq!(account.realized.checked_add(account.unrealized), Some(worth));
        prop_assert_eq!(account.fees, fees);
        prop_assert_eq!(Some(account.equity), account.cash.checked_add(account.unrealized));
    }

    /// The same commands give the same events; the events, written and read back, give the same state.
    #[test]
    fn events_are_the_state(minutes in minutes(), steps in steps()) {
        let first = run(&minutes, &steps);
        let second = run(&minutes, &steps);
        prop_assert_eq!(&first.events, &second.events);
        let mut restored = Session::new(first.session.opening().clone());
        for event in &first.events {
            let text = serde_json::to_string(event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, event);
            restored.apply(&read).unwrap();
        }
        prop_assert_eq!(format!("{restored:?}"), format!("{:?}", first.session));
        // What was answered is found again under its key.
        let again = order("o0", NQ, 1);
        if let Some(record) = restored.order(&again.account, &again.client_order_id) {
            prop_assert!(!restored.reports_of(record.answer).is_empty());
        }
    }
}
