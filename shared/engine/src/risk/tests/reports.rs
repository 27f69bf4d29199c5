use peaktrade_domain::Side;

use super::{Desk, instant, usd};
use crate::risk::{Execution, ExecutionKind, ReportRefusal};

/// An allowed buy of 4 NQM2026, reported as working.
fn working() -> Desk {
    let mut desk = Desk::new();
    assert_eq!(desk.buy(4, "NQM2026"), "allow");
    desk.report(desk.execution("o-1", ExecutionKind::New, 4, 0)).unwrap();
    desk
}

#[test]
fn an_order_counts_from_permit_to_end() {
    let mut desk = working();
    assert_eq!(desk.buy(5, "NQM2026"), "allow");
    assert_eq!(desk.buy(2, "NQM2026"), "max_contracts");
    // Long past the permit's expiry the reported order still works; the unreported one does not.
    desk.advance(600);
    assert_eq!(desk.buy(5, "NQM2026"), "allow");
    assert_eq!(desk.buy(2, "NQM2026"), "max_contracts");
    desk.report(desk.execution("o-1", desk.trade(3, "20000"), 1, 3)).unwrap();
    assert_eq!(desk.buy(2, "NQM2026"), "max_contracts", "three held, one working, five reserved");
    desk.report(desk.execution("o-1", ExecutionKind::Ended, 0, 3)).unwrap();
    assert_eq!(desk.buy(2, "NQM2026"), "allow", "the fourth will not come");
    assert_eq!(desk.session().held().into_values().collect::<Vec<_>>(), [3]);
    assert_eq!(desk.session().fees_usd(), Some(usd("2.25")));
}

#[test]
fn a_report_after_the_reservation_ran_out_takes_its_room_again() {
    let mut desk = Desk::new();
    assert_eq!(desk.buy(5, "NQM2026"), "allow");
    desk.advance(61);
    assert_eq!(desk.buy(5, "NQM2026"), "allow");
    desk.report(desk.execution("o-1", ExecutionKind::New, 5, 0)).unwrap();
    assert_eq!(desk.buy(1, "NQM2026"), "max_contracts");
}

#[test]
fn repeats_are_ignored_and_holes_refused() {
    let mut desk = working();
    let fill = desk.execution("o-1", desk.trade(4, "20000"), 0, 4);
    let early = Execution { sequence: 3, ..fill.clone() };
    assert_eq!(desk.report(early), Err(ReportRefusal::Hole { expected: 2, found: 3 }));
    desk.report(fill.clone()).unwrap();
    let events = desk.log.len();
    let forged = Execution { kind: desk.trade(4, "1"), ..fill.clone() };
    assert!(desk.report(forged).unwrap_err().to_string().contains("another report was taken in"));
    assert!(desk.report(Execution { sequence: 0, ..fill.clone() }).is_err());
    desk.report(fill).unwrap();
    assert_eq!((desk.log.len(), desk.session().report_sequence()), (events, 2));
    assert_eq!(desk.session().held().into_values().collect::<Vec<_>>(), [4]);
}

/// Changes a fill of 2 on the working order of 4 and expects a refusal that says why, and a book that then blocks.
fn check_lie(change: impl FnOnce(&mut Execution), problem: &str) {
    let mut desk = working();
    let mut execution = desk.execution("o-1", desk.trade(2, "20000"), 2, 2);
    change(&mut execution);
    let error = desk.report(execution).unwrap_err().to_string();
    assert!(error.contains(problem), "{error}");
    assert_eq!(desk.session().held().len(), 0);
    let mut check = desk.check(Side::Buy, 1, "NQM2026");
    check.report_sequence = 2;
    assert_eq!(desk.reasons(&check), "state_gap");
}

#[test]
fn reports_that_contradict_are_refused() {
    check_lie(|execution| execution.account = "other".to_owned(), "account \"other\" is not the session's \"demo\"");
    check_lie(|execution| execution.side = Side::Sell, "the order judged was Buy 4 NQM2026");
    check_lie(|execution| execution.contract = "MNQM2026".parse().unwrap(), "the order judged was");
    check_lie(|execution| execution.order_qty = 5, "2 working do not follow");
    check_lie(|execution| execution.leaves_qty = 3, "exceed the 4 ordered");
    check_lie(|execution| execution.leaves_qty = 1, "1 working do not follow");
    check_lie(|execution| execution.cum_qty = 1, "do not follow");
    check_lie(|execution| (execution.cum_qty, execution.leaves_qty) = (3, 1), "0 filled before and 2 now are not 3");
    check_lie(|execution| execution.kind = ExecutionKind::Ended, "2 working do not follow");
    let trade = |last_qty, price: &str, fee| ExecutionKind::Trade {
        last_qty,
        last_px: price.parse().unwrap(),
        fee_usd: usd(fee),
    };
    check_lie(|execution| execution.kind = trade(0, "20000", "1"), "a fill of 0");
    check_lie(|execution| execution.kind = trade(3, "20000", "1"), "a fill of 3");
    check_lie(|execution| execution.kind = trade(2, "0", "1"), "price 0");
    check_lie(|execution| execution.kind = trade(2, "20000", "-1"), "fee -1.00");
}

#[test]
fn a_blocked_order_cannot_trade() {
    let mut desk = Desk::new();
    assert_eq!(desk.buy(6, "NQM2026"), "max_order_qty");
    for kind in [ExecutionKind::New, desk.trade(6, "20000")] {
        let filled = if kind == ExecutionKind::New { 0 } else { 6 };
        let error = desk.report(desk.execution("o-1", kind, 6 - filled, filled)).unwrap_err().to_string();
        assert!(error.contains("the order was blocked"), "{error}");
    }
    desk.report(desk.execution("o-1", ExecutionKind::Ended, 0, 0)).unwrap();
}

#[test]
fn a_fill_is_dated_by_the_calendar() {
    let mut desk = working();
    desk.now = instant("2026-05-13T22:00:00Z");
    let fill = desk.execution("o-1", desk.trade(4, "20000"), 0, 4);
    let error = desk.report_dated(fill.clone(), "2026-05-13".parse().unwrap()).unwrap_err().to_string();
    assert!(error.contains("is in trade date 2026-05-14, not 2026-05-13"), "{error}");
    desk.report_dated(fill, "2026-05-14".parse().unwrap()).unwrap();
    assert_eq!(desk.session().trade_date().unwrap().to_string(), "2026-05-14");
}

#[test]
fn a_fill_that_no_order_explains_counts() {
    let mut desk = working();
    let settlement = Execution {
        client_order_id: "settlement".to_owned(),
        order_qty: 5,
        ..desk.execution("o-1", desk.trade(5, "20000"), 0, 5)
    };
    desk.report(settlement).unwrap();
    assert_eq!(desk.buy(2, "NQM2026"), "max_contracts", "five held, four working");
}

#[test]
fn a_realized_loss_latches_when_it_is_reported() {
    let mut desk = Desk::new();
    desk.filled(Side::Buy, 5, "NQM2026", "20000");
    assert_eq!(desk.sell(5, "NQM2026"), "allow");
    desk.report(desk.execution("o-2", desk.trade(5, "19749"), 0, 5)).unwrap();
    assert!(desk.session().is_latched());
    assert_eq!(desk.session().realized_usd(&desk.calendar), Some(usd("-25100")));
    assert_eq!(desk.buy(1, "NQM2026"), "daily_loss");
}
