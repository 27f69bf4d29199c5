//! A position held over the open of a trade date.

use peaktrade_domain::Side;

use super::{Desk, contract, instant, usd};
use crate::risk::{Check, Event, Execution, Mark};

/// Wednesday 16:00 in Chicago, the last instant before the pause; the next trade date opens an hour later.
const CLOSE: &str = "2026-05-13T21:00:00Z";
/// Thursday 10:00 in Chicago.
const MORNING: &str = "2026-05-14T15:00:00Z";

/// Five NQM2026 bought on Wednesday at 20,000, no order since; Thursday morning at a price.
fn held(price: &'static str) -> Desk {
    let mut desk = Desk::new();
    desk.filled(Side::Buy, 5, "NQM2026", "20000");
    desk.now = instant(MORNING);
    desk.price = price;
    desk
}

/// One of the five is sold at the price of the morning, before any order tells the gate that it is Thursday.
fn sold_one(desk: &mut Desk) {
    let fill = Execution {
        client_order_id: "elsewhere".to_owned(),
        side: Side::Sell,
        order_qty: 1,
        ..desk.execution("o-1", desk.trade(1, desk.price), 0, 1)
    };
    desk.report(fill).unwrap();
}

/// A buy of one MNQM2026, with the mark at which the held contract closed on Wednesday.
fn buy_with(desk: &mut Desk, close: Option<(&str, &str)>) -> Check {
    let mut check = desk.check(Side::Buy, 1, "MNQM2026");
    check.marks.extend(close.map(|(price, time)| Mark {
        contract: contract("NQM2026"),
        price: price.parse().unwrap(),
        time: instant(time),
    }));
    check
}

/// Expects the answer to a buy in the morning, and the profit and loss that it is given on.
fn check_morning(close: &str, morning: &'static str, is_fill_first: bool, expected: (&str, &str)) {
    for is_asked_without_first in [false, true] {
        let what = format!("{close} to {morning}, fill first {is_fill_first}, asked first {is_asked_without_first}");
        let mut desk = held(morning);
        if is_fill_first {
            sold_one(&mut desk);
            assert!(!desk.session().is_latched(), "{what}: from where the loss counts is not known yet");
        }
        if is_asked_without_first {
            let check = buy_with(&mut desk, None);
            assert_eq!(desk.reasons(&check), "no_mark", "{what}");
            assert_eq!(desk.sell(1, "NQM2026"), "allow", "{what}: a reduction needs no mark");
            assert!(!desk.session().is_latched(), "{what}");
        }
        let check = buy_with(&mut desk, Some((close, CLOSE)));
        assert_eq!(desk.reasons(&check), expected.0, "{what}");
        assert_eq!(desk.session().pnl_usd(&desk.calendar), Some(usd(expected.1)), "{what}");
        assert_eq!(desk.session().is_latched(), expected.0 == "daily_loss", "{what}");
        // Once told, the gate need not be told again.
        desk.advance(60);
        let check = buy_with(&mut desk, None);
        assert_eq!(desk.reasons(&check), expected.0, "{what}");
    }
}

#[test]
fn the_loss_counts_from_the_open_whoever_opened_the_trade_date() {
    // 300 points on five contracts are 30,000 dollars; the limit is 25,000.
    check_morning("20300", "20000", false, ("daily_loss", "-30000"));
    check_morning("20300", "20000", true, ("daily_loss", "-30002.25"));
    // Wednesday's loss is not Thursday's.
    check_morning("19700", "19700", false, ("allow", "0"));
    check_morning("19700", "19700", true, ("allow", "-2.25"));
    check_morning("19700", "20000", true, ("allow", "29997.75"));
}

#[test]
fn only_a_mark_from_between_the_entry_and_the_open_carries() {
    let refused = ["2026-05-13T14:59:59Z", "2026-05-13T22:00:01Z"];
    for time in refused {
        let mut desk = held("20000");
        let check = buy_with(&mut desk, Some(("20300", time)));
        assert_eq!(desk.reasons(&check), "no_mark", "{time}");
    }
    let mut desk = held("20000");
    let check = buy_with(&mut desk, Some(("20300", "2026-05-13T22:00:00Z")));
    assert_eq!(desk.reasons(&check), "daily_loss", "the open itself");
    // A contract in which nothing traded since the open: its one mark is both.
    let mut desk = held("20000");
    let mut check = desk.check(Side::Sell, 1, "MNQM2026");
    check.marks[0].time = instant(CLOSE);
    assert_eq!(desk.reasons(&check), "stale_mark", "too old to value it, not to carry it");
    assert_eq!(desk.buy(1, "MNQM2026"), "allow");
}

#[test]
fn each_trade_date_needs_its_own_mark() {
    let mut desk = held("20000");
    let check = buy_with(&mut desk, Some(("20000", CLOSE)));
    assert_eq!(desk.reasons(&check), "allow");
    desk.now = instant("2026-05-15T15:00:00Z");
    let check = buy_with(&mut desk, None);
    assert_eq!(desk.reasons(&check), "no_mark");
    let check = buy_with(&mut desk, Some(("19990", "2026-05-14T21:00:00Z")));
    assert_eq!(desk.reasons(&check), "allow");
    assert_eq!(desk.session().pnl_usd(&desk.calendar), Some(usd("1000")));
}

#[test]
fn no_trade_date_opens_while_reports_are_missing() {
    let mut desk = held("20000");
    let date = desk.session().trade_date();
    let mut check = buy_with(&mut desk, Some(("20300", CLOSE)));
    check.report_sequence += 1;
    assert_eq!(desk.reasons(&check), "state_gap");
    assert_eq!(desk.session().trade_date(), date, "what was held over the open is not known yet");
}

#[test]
fn what_belongs_to_no_book_is_not_recorded() {
    let mut desk = held("20000");
    let known = desk.session().answered("o-1").unwrap().sequence;
    let (events, book) = (desk.log.len(), desk.book.clone());
    let mut reused = buy_with(&mut desk, None);
    reused.order.client_order_id = "o-1".to_owned();
    let mut foreign = buy_with(&mut desk, None);
    foreign.order.account = "other".to_owned();
    let mut unknown = buy_with(&mut desk, None);
    unknown.order.session_id = "t".to_owned();
    for check in [reused, foreign, unknown] {
        let answer = desk.judge(&check);
        assert!(!answer.verdict.reasons().is_empty() && answer.sequence == 0, "{answer:?}");
    }
    assert_eq!((desk.log.len(), &desk.book), (events, &book));
    let answer = desk.order(Side::Sell, 1, "NQM2026");
    assert_eq!(answer.sequence, known + 1, "recorded decisions are counted without holes");
    assert!(matches!(desk.log.last(), Some(Event::OrderDecided { .. })));
}
