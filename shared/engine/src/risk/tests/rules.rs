use peaktrade_domain::{Side, UnixNanos};

use super::super::ExecutionKind;
use super::{Desk, OPEN, POLICY, contract, instant, usd};
use crate::risk::{Check, Event, Policy, Reason, Terms, Verdict, judge_by};

/// Judges a buy of one NQM2026 after a change of desk or order.
fn check_one(what: &str, change: impl FnOnce(&mut Desk, &mut Check), expected: &str) {
    let mut desk = Desk::new();
    let mut check = desk.check(Side::Buy, 1, "NQM2026");
    change(&mut desk, &mut check);
    assert_eq!(desk.reasons(&check), expected, "{what}");
}

fn at(check: &mut Check, time: &str) {
    check.event_time = instant(time);
    for mark in &mut check.marks {
        mark.time = check.event_time;
    }
}

#[test]
fn what_is_not_known_is_blocked_by_its_own_name() {
    check_one("as it is", |_, _| {}, "allow");
    check_one("session", |_, check| check.order.session_id = "t".to_owned(), "session_unknown");
    check_one("account", |_, check| check.order.account = "other".to_owned(), "account_unknown");
    check_one("time before the session", |_, check| at(check, "2026-05-13T14:59:59Z"), "time_reversed no_mark");
    check_one("a report not seen", |_, check| check.report_sequence = 1, "state_gap");
    check_one("no mark", |_, check| check.marks.clear(), "no_mark");
    check_one("a mark of zero", |_, check| check.marks[0].price = "0".parse().unwrap(), "no_mark");
    check_one("a mark from the future", |_, check| check.marks[0].time = instant("2026-05-13T15:00:01Z"), "no_mark");
    check_one("a mark five minutes old", |_, check| check.marks[0].time = instant("2026-05-13T14:55:00Z"), "allow");
    check_one("one six minutes old", |_, check| check.marks[0].time = instant("2026-05-13T14:54:00Z"), "stale_mark");
    check_one("one of 1970", |_, check| check.marks[0].time = UnixNanos::default(), "stale_mark");
    let unknown = "contract_expired calendar_unknown stale_mark";
    check_one("past the calendar", |_, check| at(check, "2199-05-13T15:00:00Z"), unknown);
    check_one("the end of time", |_, check| check.event_time = UnixNanos::from_nanos(i64::MAX), {
        "contract_expired calendar_unknown stale_mark overflow"
    });
}

#[test]
fn the_market_and_the_contract_must_be_open() {
    // Daily break 16:00 to 17:00 in Chicago; a mark from its start is fresh at its end.
    check_one("the last second", |_, check| at(check, "2026-05-13T20:59:59Z"), "allow");
    check_one("the break", |_, check| at(check, "2026-05-13T21:00:00Z"), "session_closed");
    check_one("the reopening", |_, check| at(check, "2026-05-13T22:00:00Z"), "allow");
    check_one(
        "the reopening with a mark of the close",
        |_, check| {
            at(check, "2026-05-13T22:00:00Z");
            check.marks[0].time = instant("2026-05-13T21:00:00Z");
        },
        "allow",
    );
    check_one("a Saturday", |_, check| at(check, "2026-05-16T15:00:00Z"), "session_closed");
    check_one("past its last trade time", |_, check| at(check, "2026-06-22T15:00:00Z"), "contract_expired");
    check_one("no such month", |desk, check| *check = desk.check(Side::Buy, 1, "NQK2026"), "contract_expired");
}

#[test]
fn only_allowed_roots_trade() {
    check_one("ES", |desk, check| *check = desk.check(Side::Buy, 1, "ESM2026"), {
        // No specification and no limits either: every reason is given, the first says what matters.
        "instrument_not_allowed limit_missing"
    });
    check_one("narrowed", |desk, _| desk.allowlist.retain(|root| root.as_str() == "MNQ"), "instrument_not_allowed");
    let policy = Policy::parse(&POLICY.replace("permit", "allowlist = [\"MNQ\"]\npermit")).unwrap();
    let wide = ["NQ", "MNQ"].map(|root| root.parse().unwrap()).into();
    let narrow = ["NQ"].map(|root| root.parse().unwrap()).into();
    assert_eq!(policy.narrow(wide).len(), 1);
    assert!(policy.narrow(narrow).is_empty(), "a policy never widens the environment's list");
}

#[test]
fn an_absent_limit_blocks_and_a_limit_of_zero_blocks() {
    let check = |policy: &str, expected: &str| {
        let mut desk = Desk::under(policy);
        assert_eq!(desk.buy(1, "NQM2026"), expected, "{policy}");
    };
    check("schema_version = 1\npermit_seconds = 60", "limit_missing");
    check(&POLICY.replace("[root.NQ]\nmax_order_qty = 5", "[root.NQ]"), "limit_missing");
    check(&POLICY.replace("max_contracts = \"10\"", ""), "limit_missing");
    check(&POLICY.replace("daily_loss_usd_max = \"25000\"", ""), "limit_missing");
    check(&POLICY.replace("mark_stale_session_minutes_max = 5", ""), "limit_missing");
    check(&POLICY.replace("max_order_qty = 5\n", "max_order_qty = 0\n"), "max_order_qty");
    check(&POLICY.replace("\"10\"", "\"0\""), "max_contracts");
    check(&POLICY.replace("\"25000\"", "\"0\""), "daily_loss");
    check(&POLICY.replace("\"10\"", "\"0.9\""), "max_contracts");
}

#[test]
fn orders_in_flight_count_together() {
    let mut desk = Desk::new();
    assert_eq!(desk.buy(6, "NQM2026"), "max_order_qty");
    assert_eq!(desk.buy(0, "NQM2026"), "max_order_qty");
    assert_eq!(desk.buy(5, "NQM2026"), "allow");
    assert_eq!(desk.buy(5, "NQM2026"), "allow");
    assert_eq!(desk.buy(1, "NQM2026"), "max_contracts", "ten are reserved");
    assert_eq!(desk.buy(1, "MNQM2026"), "max_contracts", "a tenth of one is too many");
    assert_eq!(desk.sell(5, "NQM2026"), "allow", "the other side is free");
    // A minute later the permits are void, so the reservations are.
    desk.advance(60);
    assert_eq!(desk.buy(1, "NQM2026"), "max_contracts", "a permit still holds at its expiry");
    desk.advance(1);
    assert_eq!(desk.buy(5, "NQM2026"), "allow");
}

#[test]
fn micros_and_other_months_count_with_their_family() {
    let mut desk = Desk::new();
    desk.filled(Side::Buy, 5, "NQM2026", "20000");
    desk.filled(Side::Buy, 4, "NQU2026", "20000");
    assert_eq!(desk.buy(10, "MNQM2026"), "allow");
    let check = desk.check(Side::Buy, 1, "MNQM2026");
    let verdict = desk.judge(&check).verdict;
    let detail = "limit 10 long, now 10, with this order 10.1 (NQ equivalents, all open orders filled)";
    assert_eq!((verdict.reasons()[0].reason, verdict.reasons()[0].detail.as_str()), (Reason::MaxContracts, detail));
    // A short in another month does not make room for a long.
    desk.filled(Side::Sell, 5, "NQZ2026", "20000");
    assert_eq!(desk.buy(1, "NQM2026"), "max_contracts");
}

#[test]
fn a_reduction_always_passes_and_a_flip_is_none() {
    let mut desk = Desk::new();
    desk.filled(Side::Buy, 5, "NQM2026", "20000");
    desk.filled(Side::Buy, 5, "NQM2026", "20000");
    desk.record(Event::KillEngaged { operator: "frank".to_owned(), reason: "test".to_owned() });
    desk.allowlist.clear();
    desk.policy = Policy::parse("schema_version = 1\npermit_seconds = 60").unwrap();
    let closed = "instrument_not_allowed kill_switch limit_missing";
    assert_eq!(desk.sell(11, "NQM2026"), closed, "a flip");
    assert_eq!(desk.sell(4, "NQM2026"), "allow");
    assert_eq!(desk.sell(7, "NQM2026"), closed, "with the four in flight it would flip");
    assert_eq!(desk.buy(1, "NQM2026"), closed);
    assert_eq!(desk.sell(1, "NQU2026"), closed, "another month");
    // Neither a mark nor a small order is asked of a reduction, but reports, time and market are.
    let mut check = desk.check(Side::Sell, 6, "NQM2026");
    check.marks.clear();
    check.report_sequence = 99;
    assert_eq!(desk.reasons(&check), "state_gap");
    // A request from before the last report was held up on its way; the broker has given it up since.
    let mut check = desk.check(Side::Sell, 6, "NQM2026");
    check.report_sequence -= 1;
    assert_eq!(desk.reasons(&check), "state_gap");
    let mut check = desk.check(Side::Sell, 6, "NQM2026");
    check.marks.clear();
    assert_eq!(desk.reasons(&check), "allow");
    assert_eq!(desk.sell(1, "NQM2026"), closed, "all ten are being sold");
}

#[test]
fn the_daily_loss_latches_until_the_next_trade_date() {
    let mut desk = Desk::new();
    desk.filled(Side::Buy, 5, "NQM2026", "20000");
    desk.price = "20300";
    assert_eq!(desk.buy(1, "NQM2026"), "allow", "a gain of 30,000 is no loss");
    desk.price = "19750.25";
    desk.advance(60);
    assert_eq!(desk.buy(1, "NQM2026"), "allow", "24,975.00 and 2.25 fee lost");
    desk.price = "19750";
    desk.advance(60);
    let check = desk.check(Side::Buy, 1, "NQM2026");
    let verdict = desk.judge(&check).verdict;
    assert_eq!(verdict.reasons()[0].detail, "limit 25000.00 USD, reached in this trade date; now -25002.25 USD");
    desk.price = "21000";
    desk.advance(60);
    assert_eq!(desk.buy(1, "NQM2026"), "daily_loss", "a recovery does not open the latch");
    assert_eq!(desk.sell(5, "NQM2026"), "allow");
    // 17:00 in Chicago is the next trade date.
    desk.now = instant("2026-05-13T22:00:00Z");
    assert_eq!(desk.buy(1, "NQM2026"), "allow");
    assert_eq!(desk.session().pnl_usd(&desk.calendar), Some(usd("0")), "carried at the last mark of the trade date");
}

#[test]
fn a_position_is_carried_at_the_marks_from_before_the_open() {
    let mut desk = Desk::new();
    desk.filled(Side::Buy, 1, "NQM2026", "20000");
    // The order that opens the trade date brings the close of the one before.
    desk.now = instant("2026-05-13T22:00:00Z");
    let mut check = desk.check(Side::Sell, 1, "MNQM2026");
    check.marks[0] = super::Mark {
        contract: contract("NQM2026"),
        price: "20100".parse().unwrap(),
        time: instant("2026-05-13T21:00:00Z"),
    };
    assert_eq!(desk.reasons(&check), "allow");
    assert_eq!(desk.session().pnl_usd(&desk.calendar), Some(usd("0")));
    desk.price = "20090";
    desk.advance(60);
    desk.buy(1, "MNQM2026");
    assert_eq!(desk.session().pnl_usd(&desk.calendar), Some(usd("-200")));
}

#[test]
fn an_answer_is_given_once() {
    let mut desk = Desk::new();
    let check = desk.check(Side::Buy, 5, "NQM2026");
    let first = desk.judge(&check);
    let events = desk.log.len();
    // The broker has not said what became of the ALLOW, so it is judged again, beside no reservation of its own.
    let anew = desk.judge(&check);
    assert!(!anew.is_replayed && matches!(anew.verdict, Verdict::Allow(_)));
    assert_eq!((anew.sequence, desk.log.len()), (first.sequence + 1, events + 2));
    assert_eq!(desk.session().outstanding(contract("NQM2026"), Side::Buy, desk.now), 5);
    desk.report(desk.execution("o-1", ExecutionKind::New, 5, 0)).unwrap();
    desk.record(Event::KillEngaged { operator: "frank".to_owned(), reason: "test".to_owned() });
    let events = desk.log.len();
    let again = desk.judge(&check);
    assert!(again.is_replayed);
    assert_eq!((again.verdict, again.sequence), (anew.verdict, anew.sequence));
    assert_eq!(desk.log.len(), events, "a replayed answer is no event");
    let mut other = check.clone();
    other.order.quantity = 4;
    assert_eq!(desk.reasons(&other), "duplicate_order state_gap kill_switch");
    assert!(desk.judge(&check).is_replayed, "the first order keeps the key");
    // Blocks are answers too.
    let blocked = desk.check(Side::Buy, 1, "NQM2026");
    assert_eq!(desk.reasons(&blocked), "kill_switch");
    desk.record(Event::KillReleased { operator: "frank".to_owned(), reason: "test".to_owned() });
    assert_eq!(desk.reasons(&blocked), "kill_switch");
    assert_eq!(desk.buy(1, "NQM2026"), "allow");
}

#[test]
fn an_allow_that_was_not_taken_up_does_not_outlive_the_kill_switch() {
    let mut desk = Desk::new();
    let check = desk.check(Side::Buy, 5, "NQM2026");
    assert_eq!(desk.reasons(&check), "allow");
    desk.record(Event::KillEngaged { operator: "frank".to_owned(), reason: "test".to_owned() });
    assert_eq!(desk.reasons(&check), "kill_switch");
    assert_eq!(desk.session().outstanding(contract("NQM2026"), Side::Buy, desk.now), 0, "its reservation is gone");
}

#[test]
fn a_panic_is_a_block() {
    let mut desk = Desk::new();
    let check = desk.check(Side::Buy, 1, "NQM2026");
    let terms = Terms { policy: &desk.policy, calendar: &desk.calendar, allowlist: &desk.allowlist };
    let (events, answer) = judge_by(&check, &mut desk.book, &terms, |_, _, _| panic!("a fault on purpose"));
    assert!(matches!(&answer.verdict, Verdict::Block(reasons) if reasons[0].reason == Reason::Internal));
    assert!(matches!(events.last(), Some(Event::OrderDecided { sequence: 1, .. })));
    assert_eq!(desk.session().outstanding(check.order.contract, Side::Buy, instant(OPEN)), 0);
}

#[test]
fn policies_are_read_strictly() {
    let check = |text: &str, problem: &str| {
        let error = Policy::parse(text).unwrap_err().to_string();
        assert!(error.contains(problem), "{text}: {error}");
    };
    check("", "schema_version");
    check("schema_version = 2\npermit_seconds = 0", "schema_version is 2, this program reads 1; permit_seconds is 0");
    check(&POLICY.replace("permit_seconds = 60", "permit_seconds = 3601"), "1 to 3600");
    check(&POLICY.replace("max_order_qty", "max_order_quantity"), "max_order_quantity");
    check(&POLICY.replace("[root.NQ]", "[roots.NQ]"), "roots");
    check(&POLICY.replace("[root.NQ]", "[root.nq]"), "nq");
    check(&POLICY.replace("\"25000\"", "\"-1\""), "daily_loss_usd_max is negative");
    check(&POLICY.replace("\"25000\"", "\"NaN\""), "NaN");
    check(&POLICY.replace("\"10\"", "\"-10\""), "-10");
    check(&POLICY.replace("\"10\"", "\"1e3\""), "1e3");
    check(&POLICY.replace("max_order_qty = 5\n", "max_order_qty = -5\n"), "-5");
    let misspelt = POLICY.replace("[family.NQ]", "[family.MNQ]").replace("[root.NQ]", "[root.NG]");
    let error = Policy::parse(&misspelt).unwrap().check_names(&super::Calendar::shipped()).unwrap_err();
    assert_eq!(error.problems.len(), 2, "{error}");
    Policy::parse(POLICY).unwrap().check_names(&super::Calendar::shipped()).unwrap();
}
