//! Rolls: two legs that only ever replace a position.

use super::{Desk, NQ, Proposal, SessionError, allowed, contract};
use crate::session::{LegRole, WORKING_ORDERS_MAX};

const NEXT: &str = "NQU2026";

/// Rolls the whole position as "r"; both legs were allowed.
fn roll(desk: &mut Desk, from: &str, to: &str) -> Vec<String> {
    let plan = desk.session.plan_roll("r", contract(from), contract(to)).unwrap();
    let proposals: Vec<_> =
        plan.legs.into_iter().map(|(order, leg)| Proposal { leg: Some(leg), ..allowed(order) }).collect();
    let events = desk.session.accept(&proposals, Some(plan.record), &desk.rules()).unwrap();
    desk.take(events)
}

fn positions(desk: &Desk) -> Vec<(String, i64)> {
    let account = desk.session.account().unwrap();
    account.positions.iter().map(|position| (position.contract.to_string(), position.quantity)).collect()
}

#[test]
fn both_legs_of_a_roll_trade_or_neither() {
    let rows = [
        (NQ, "2026-06-16T14:00:00Z", [20_000; 4], 100),
        (NQ, "2026-06-16T14:01:00Z", [20_010; 4], 100),
        (NEXT, "2026-06-16T14:01:00Z", [20_210; 4], 100),
    ];
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "60000", &rows);
    desk.submit("a", NQ, -3);
    desk.advance("2026-06-16T14:00:30Z");
    let plan = desk.session.plan_roll("r", contract(NQ), contract(NEXT)).unwrap();
    assert_eq!(plan.record.quantity, 3);
    assert_eq!(plan.legs.iter().map(|(_, leg)| leg.role).collect::<Vec<_>>(), [LegRole::Close, LegRole::Open]);
    let proposals: Vec<_> =
        plan.legs.into_iter().map(|(order, leg)| Proposal { leg: Some(leg), ..allowed(order) }).collect();
    // 3 x 18,700 is carried by the equity of about 60,000; six at once would not be, and need not.
    let events = desk.session.accept(&proposals, Some(plan.record), &desk.rules()).unwrap();
    assert_eq!(desk.take(events), ["3 r:close New/New 14:00 leaves 3", "4 r:open New/New 14:00 leaves 3"]);
    assert_eq!(
        desk.session.initial_margin(&desk.margins, desk.session.opening().trade_date).unwrap().to_string(),
        "56100.00"
    );
    assert!(desk.session.plan_roll("q", contract(NQ), contract(NEXT)).is_err(), "orders work in both");
    assert_eq!(
        desk.advance("2026-06-16T14:02:00Z"),
        [
            "5 r:close Trade/Filled 3@20010 fee 6.45 market_next_open_clamped 14:01 leaves 0",
            "6 r:open Trade/Filled 3@20210 fee 6.45 market_next_open_clamped 14:01 leaves 0",
        ]
    );
    assert!(desk.session.reports()[2..].iter().all(|report| report.roll_id.as_deref() == Some("r")));
    let account = desk.session.account().unwrap();
    assert_eq!(
        (account.positions.len(), account.positions[0].contract, account.positions[0].quantity),
        (1, contract(NEXT), -3)
    );
    assert_eq!(account.realized.to_string(), "-600.00");
    let error = desk.session.plan_roll("x", contract(NEXT), contract("MNQM2026")).unwrap_err();
    assert!(matches!(error, SessionError::RollPair { .. }), "{error}");
}

#[test]
fn a_roll_whose_open_leg_cannot_be_carried_leaves_the_position_alone() {
    let rows = [
        (NQ, "2026-06-16T14:00:00Z", [20_000; 4], 100),
        (NEXT, "2026-06-16T14:00:00Z", [20_200, 20_200, 20_200, 20_200], 100),
    ];
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "18702", &rows);
    assert_eq!(desk.submit("a", NQ, 1).len(), 2);
    // 18,702 less the fee of 2.15 no longer carries one contract.
    let lines = roll(&mut desk, NQ, NEXT);
    assert!(
        lines[0].contains("r:close Rejected/Rejected") && lines[0].contains("[ROLL_OTHER_LEG_REFUSED]"),
        "{lines:?}"
    );
    assert!(lines[1].contains("r:open Rejected/Rejected") && lines[1].contains("[MARGIN_INSUFFICIENT: "), "{lines:?}");
    assert_eq!(desk.session.account().unwrap().positions[0].quantity, 1);
}

/// Short three of the old contract and rolling; the old one trades `volume` at 14:01 to 14:03, the new one plenty.
fn rolling_short(volume: i64) -> Desk {
    let mut rows = vec![(NQ, "2026-06-16T14:00:00Z", [20_000; 4], 100)];
    let times = ["2026-06-16T14:01:00Z", "2026-06-16T14:02:00Z", "2026-06-16T14:03:00Z"];
    rows.extend(times.map(|time| (NQ, time, [20_010; 4], volume)));
    rows.extend(times.map(|time| (NEXT, time, [20_210; 4], 1_000)));
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "60000", &rows);
    desk.submit("a", NQ, -3);
    desk.advance("2026-06-16T14:00:30Z");
    assert_eq!(roll(&mut desk, NQ, NEXT).len(), 2);
    desk
}

/// Cancels one leg before anything has filled, and expects both to end and the position to stay.
#[track_caller]
fn check_cancel(canceled: &str, other: &str) {
    let mut desk = rolling_short(100);
    let events = desk.session.cancel(canceled, &desk.calendar).unwrap();
    assert_eq!(
        desk.take(events),
        [
            format!("5 {canceled} Canceled/Canceled 14:00 leaves 0"),
            format!("6 {other} Canceled/Canceled 14:00 leaves 0 [ROLL_OTHER_LEG_ENDED]"),
        ]
    );
    for leg in [canceled, other] {
        assert!(desk.session.cancel(leg, &desk.calendar).unwrap().is_empty(), "cancelled already");
    }
    assert!(desk.advance("2026-06-16T14:10:00Z").is_empty());
    assert_eq!(positions(&desk), [(NQ.to_owned(), -3)]);
}

#[test]
fn a_cancel_of_one_leg_ends_both() {
    check_cancel("r:close", "r:open");
    check_cancel("r:open", "r:close");
}

#[test]
fn the_opening_leg_fills_no_more_than_the_closing_leg_has() {
    // A tenth of ten contracts is one each minute.
    let mut desk = rolling_short(10);
    assert_eq!(
        desk.advance("2026-06-16T14:02:00Z"),
        [
            "5 r:close Trade/PartiallyFilled 1@20010 fee 2.15 market_next_open_clamped 14:01 leaves 2",
            "6 r:open Trade/PartiallyFilled 1@20210 fee 2.15 market_next_open_clamped 14:01 leaves 2",
            "7 r:close Trade/PartiallyFilled 1@20010 fee 2.15 market_carried_open_clamped 14:02 leaves 1",
            "8 r:open Trade/PartiallyFilled 1@20210 fee 2.15 market_carried_open_clamped 14:02 leaves 1",
        ]
    );
    let events = desk.session.cancel("r:close", &desk.calendar).unwrap();
    assert_eq!(desk.take(events).len(), 2);
    assert!(desk.advance("2026-06-16T14:10:00Z").is_empty());
    assert_eq!(positions(&desk), [(NQ.to_owned(), -1), (NEXT.to_owned(), -2)]);
}

#[test]
fn a_closing_leg_without_volume_keeps_the_opening_leg_from_filling() {
    let mut desk = rolling_short(0);
    assert!(desk.advance("2026-06-16T20:59:00Z").is_empty());
    assert_eq!(
        desk.advance("2026-06-16T21:00:00Z"),
        ["5 r:close Expired/Expired 21:00 leaves 0", "6 r:open Expired/Expired 21:00 leaves 0"]
    );
    assert_eq!(positions(&desk), [(NQ.to_owned(), -3)]);
}

#[test]
fn a_leg_whose_contract_ends_ends_the_other() {
    let rows = [(NEXT, "2026-06-18T13:00:00Z", [20_000; 4], 100), (NQ, "2026-06-18T13:00:00Z", [20_000; 4], 0)];
    let mut desk = Desk::new("2026-06-18T13:00:00Z", "60000", &rows);
    desk.submit("a", NEXT, 2);
    desk.advance("2026-06-18T13:00:30Z");
    // Back into the contract that stops trading at 13:30.
    roll(&mut desk, NEXT, NQ);
    assert_eq!(
        desk.advance("2026-06-18T14:00:00Z"),
        [
            "5 r:open Expired/Expired 13:30 leaves 0 [CONTRACT_TRADING_ENDED]",
            "6 r:close Expired/Expired 13:30 leaves 0 [ROLL_OTHER_LEG_ENDED]",
        ]
    );
    assert_eq!(positions(&desk), [(NEXT.to_owned(), 2)]);
}

#[test]
fn a_roll_counts_as_two_of_the_orders_that_may_work() {
    let rows = [
        (NQ, "2026-06-16T14:00:00Z", [20_000; 4], 100),
        (NEXT, "2026-06-16T14:01:00Z", [20_210; 4], 100),
        ("MNQM2026", "2026-06-16T14:01:00Z", [20_000; 4], 100),
    ];
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "100000000", &rows);
    desk.submit("held", NQ, 1);
    for number in 1..WORKING_ORDERS_MAX {
        desk.submit(&format!("o{number}"), "MNQM2026", 1);
    }
    let lines = roll(&mut desk, NQ, NEXT);
    assert!(lines[0].ends_with("[ROLL_OTHER_LEG_REFUSED]"), "{lines:?}");
    assert!(lines[1].ends_with("[TOO_MANY_WORKING_ORDERS: 1000 work, 1000 may]"), "{lines:?}");
    assert!(desk.submit("last", "MNQM2026", 1)[0].contains("New/New"));
}
