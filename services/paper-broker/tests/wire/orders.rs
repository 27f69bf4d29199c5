//! Orders, fills, rolls and answers that come again.

use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::common::v1::Side;
use peaktrade_wire::risk::v1::{Decision, Reason};
use tonic::Code;

use crate::bars::{NEXT_OPEN, OPEN_SECONDS, TWO_DATES, price};
use crate::desk::{Desk, SESSION, lines, minute, opening, order};
use crate::gate::Mood;

#[tokio::test]
async fn an_allowed_order_fills_and_is_valued() {
    let mut desk = Desk::open().await;
    let answer = desk.submit(order("a", "NQH2026", Side::Buy, 2)).await;
    assert_eq!(answer.decision(), Decision::Allow);
    // One tick above the open of the bar that opens at the clock; 2.15 a contract.
    assert_eq!(price("NQH2026", 10, 1), "20010.25");
    assert_eq!(lines(&answer.executions), ["a NEW/NEW leaves 2", "a TRADE/FILLED 2@20010.25 fee 4.30 leaves 0"]);
    let fill = &answer.executions[1];
    assert_eq!((fill.avg_px.as_str(), fill.fill_rule.as_str()), ("20010.25", "market_next_open"));
    assert_eq!((fill.trade_date.as_str(), fill.order_id, fill.sequence), ("2026-02-03", 1, 2));
    assert_eq!(fill.session_id, SESSION);
    // The gate was asked with the close of the last complete bar, never with a price that was still to come.
    assert_eq!(desk.gate.seen.lock().unwrap().marks["NQH2026"], "20009.5");

    // Twenty minutes later the market is 20 points higher.
    let moved = desk.advance(30).await;
    assert!(moved.executions.is_empty());
    let equity: Vec<&str> = moved.equity.iter().map(|point| point.amount_usd.as_str()).collect();
    // Quarter hours 15 and 30: closes of minutes 14 and 29 are 20014.5 and 20029.5; 40 dollars a point on two contracts.
    assert_eq!(equity, ["100165.70", "100765.70"]);
    let account = desk.account().await;
    assert_eq!(account.equity_usd, "100765.70");
    assert_eq!((account.cash_usd.as_str(), account.unrealized_usd.as_str()), ("99995.70", "770.00"));
    assert_eq!(account.initial_margin_usd, "37400.00");
    assert_eq!((account.positions[0].quantity, account.positions[0].avg_px.as_str()), (2, "20010.25"));
    assert!((desk.metric("open_contracts", "symbol=\"NQH2026\"") - 2.0).abs() < 1e-9);
    assert!((desk.metric("daily_pnl_usd", "") - 765.70).abs() < 1e-6);
    assert!((desk.metric("fees_usd_total", "") - 4.30).abs() < 1e-9);

    let answer = desk.submit(order("b", "NQH2026", Side::Sell, 2)).await;
    assert_eq!(lines(&answer.executions)[1], "b TRADE/FILLED 2@20029.75 fee 4.30 leaves 0");
    // 19.5 points x 2 x 20 dollars.
    assert_eq!(desk.account().await.realized_usd, "780.00");
    assert_eq!(lines(&desk.executions().await).len(), 4);
    assert!((desk.metric("orders_total", "status=\"filled\"") - 2.0).abs() < 1e-9);
}

#[tokio::test]
async fn a_foreign_root_is_blocked_by_the_gate_itself() {
    let mut desk = Desk::open().await;
    let answer = desk.submit(order("es", "ESH2026", Side::Buy, 1)).await;
    assert_eq!(answer.decision(), Decision::Block);
    assert_eq!(
        (answer.reasons[0].reason(), answer.reasons[0].detail.as_str()),
        (Reason::InstrumentNotAllowed, "only NQ")
    );
    assert_eq!(lines(&answer.executions), ["es REJECTED/REJECTED leaves 0 [INSTRUMENT_NOT_ALLOWED]"]);
    assert_eq!(desk.gate.seen.lock().unwrap().judged, ["es"]);
    // A contract of an allowed root that the dataset does not hold is refused here.
    let answer = desk.submit(order("z", "NQZ2026", Side::Buy, 1)).await;
    assert_eq!(answer.decision(), Decision::Allow);
    assert!(answer.executions[0].text.starts_with("CONTRACT_NOT_IN_DATASET: NQZ2026"), "{answer:?}");
}

#[tokio::test]
async fn an_order_sent_again_gets_its_first_answer_and_another_under_its_key_none() {
    let mut desk = Desk::open().await;
    let first = desk.submit(order("a", "NQH2026", Side::Buy, 1)).await;
    desk.advance(20).await;
    let again = desk.submit(order("a", "NQH2026", Side::Buy, 1)).await;
    assert!(again.is_replayed && !first.is_replayed);
    assert_eq!((again.decision, &again.executions), (first.decision, &first.executions));
    let blocked = desk.submit(order("es", "ESH2026", Side::Buy, 1)).await;
    let again = desk.submit(order("es", "ESH2026", Side::Buy, 1)).await;
    assert!(again.is_replayed);
    assert_eq!((again.decision, &again.reasons), (blocked.decision, &blocked.reasons));

    let refused = desk.submit_error(order("a", "NQH2026", Side::Buy, 2)).await;
    assert_eq!(refused.code(), Code::AlreadyExists);
    let digests = refused.message().split([' ', ',']).filter(|word| word.len() == 64).count();
    assert_eq!(digests, 2, "both are named: {}", refused.message());
    assert_eq!(desk.gate.seen.lock().unwrap().judged, ["a", "es"], "the gate is asked once for each");
    assert_eq!(desk.account().await.report_sequence, 3);
}

#[tokio::test]
async fn margin_refuses_after_the_gate_allowed_and_the_gate_hears_of_it() {
    let mut desk = Desk::open().await;
    let answer = desk.submit(order("big", "NQH2026", Side::Buy, 6)).await;
    assert_eq!(answer.decision(), Decision::Allow);
    let text = "MARGIN_INSUFFICIENT: positions and orders in the worst case need 112200.00, equity is 100000.00";
    assert_eq!(lines(&answer.executions), [format!("big REJECTED/REJECTED leaves 0 [{text}]")]);
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["big"], "what the gate reserved is released");
}

#[tokio::test]
async fn a_position_rolls_as_two_linked_legs() {
    let mut desk = Desk::open().await;
    let empty = desk.roll("r0").await;
    assert_eq!((empty.quantity, empty.executions.len(), empty.is_replayed), (0, 0, false));
    assert!(desk.roll("r0").await.is_replayed);
    desk.submit(order("a", "NQH2026", Side::Buy, 3)).await;
    desk.advance(20).await;
    let rolled = desk.roll("r1").await;
    assert_eq!(
        lines(&rolled.executions),
        [
            "r1:close NEW/NEW leaves 3",
            "r1:open NEW/NEW leaves 3",
            "r1:close TRADE/FILLED 3@20019.75 fee 6.45 leaves 0",
            "r1:open TRADE/FILLED 3@20220.25 fee 6.45 leaves 0",
        ]
    );
    assert!(rolled.executions.iter().all(|report| report.roll_id == "r1"));
    assert_eq!((rolled.quantity, rolled.reasons.len()), (3, 0));
    let account = desk.account().await;
    assert_eq!(account.positions.len(), 1);
    assert_eq!((account.positions[0].contract.as_str(), account.positions[0].quantity), ("NQM2026", 3));
    let again = desk.roll("r1").await;
    assert!(again.is_replayed);
    assert_eq!(again.executions, rolled.executions);
}

#[tokio::test]
async fn a_roll_with_a_blocked_leg_trades_nothing() {
    let mut desk = Desk::open().await;
    desk.submit(order("a", "NQH2026", Side::Buy, 1)).await;
    desk.gate.set(Mood::BlocksBuys);
    let rolled = desk.roll("r1").await;
    assert_eq!(
        lines(&rolled.executions),
        [
            "r1:close REJECTED/REJECTED leaves 0 [ROLL_OTHER_LEG_REFUSED]",
            "r1:open REJECTED/REJECTED leaves 0 [MAX_CONTRACTS]",
        ]
    );
    assert_eq!(rolled.reasons[0].reason(), Reason::MaxContracts);
    let account = desk.account().await;
    assert_eq!((account.positions[0].contract.as_str(), account.positions[0].quantity), ("NQH2026", 1));
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["a", "r1:close", "r1:open"]);
}

#[tokio::test]
async fn a_bar_without_volume_makes_an_order_wait() {
    let mut desk = Desk::open().await;
    desk.advance(14).await;
    let answer = desk.submit(order("a", "NQM2026", Side::Buy, 1)).await;
    assert_eq!(lines(&answer.executions), ["a NEW/NEW leaves 1"], "minute 14 has no volume");
    assert_eq!(desk.account().await.working_orders, 1);
    let moved = desk.advance(15).await;
    assert_eq!(lines(&moved.executions), ["a TRADE/FILLED 1@20215.25 fee 2.15 leaves 0"]);
    desk.advance(21).await;
    desk.submit(order("b", "NQM2026", Side::Buy, 1)).await;
    let request = broker::CancelOrderRequest { session_id: SESSION.to_owned(), client_order_id: "b".to_owned() };
    let canceled = desk.client.cancel_order(request.clone()).await.unwrap().into_inner().execution;
    assert_eq!(lines(canceled.as_slice()), ["b CANCELED/CANCELED leaves 0"]);
    assert_eq!(desk.client.cancel_order(request).await.unwrap().into_inner().execution, canceled);
    let filled = broker::CancelOrderRequest { session_id: SESSION.to_owned(), client_order_id: "a".to_owned() };
    assert_eq!(desk.client.cancel_order(filled).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["a", "b"]);
}

#[tokio::test]
async fn what_is_no_order_is_refused_by_field() {
    let mut desk = Desk::open().await;
    let good = order("a", "NQH2026", Side::Buy, 1);
    let mut cases = vec![];
    let mut bad = |change: fn(&mut peaktrade_wire::common::v1::Order), field: &'static str, code: Code| {
        let mut order = good.clone();
        change(&mut order);
        cases.push((order, field, code));
    };
    bad(|order| order.contract = "NQ".to_owned(), "order.contract", Code::InvalidArgument);
    bad(|order| order.contract = "NQH6".to_owned(), "order.contract", Code::InvalidArgument);
    bad(|order| order.quantity = 0, "order.quantity", Code::InvalidArgument);
    bad(|order| order.quantity = 100_001, "order.quantity", Code::InvalidArgument);
    bad(|order| order.side = 0, "order.side", Code::InvalidArgument);
    bad(|order| order.order_type = 2, "order.order_type", Code::InvalidArgument);
    bad(|order| order.time_in_force = 0, "order.time_in_force", Code::InvalidArgument);
    bad(|order| order.client_order_id = "a b".to_owned(), "order.client_order_id", Code::InvalidArgument);
    bad(|order| order.account = "other".to_owned(), "order.account", Code::InvalidArgument);
    bad(|order| order.session_id = "none".to_owned(), "no session \"none\"", Code::NotFound);
    for (order, part, code) in cases {
        let refused = desk.submit_error(order.clone()).await;
        assert_eq!(refused.code(), code, "{order:?}: {refused}");
        assert!(refused.message().contains(part), "{order:?}: {refused}");
    }
    assert!(desk.gate.seen.lock().unwrap().judged.is_empty());
}

#[tokio::test]
async fn the_gate_gets_the_marks_from_which_the_trade_date_counts() {
    let mut desk = Desk::start().await;
    let request = broker::OpenSessionRequest { dataset_id: TWO_DATES.to_owned(), ..opening(SESSION) };
    desk.client.open_session(request).await.unwrap();
    let check = |desk: &Desk, expected: &[(&str, &str, i64)]| {
        let expected = expected
            .iter()
            .map(|(contract, price, minute)| ((*contract).to_owned(), (*price).to_owned(), OPEN_SECONDS + minute * 60));
        assert_eq!(desk.gate.seen.lock().unwrap().all_marks, expected.collect::<Vec<_>>());
    };
    desk.submit(order("a", "NQH2026", Side::Buy, 2)).await;
    check(&desk, &[("NQH2026", "20009.5", 10)]);
    desk.advance(20).await;
    desk.submit(order("b", "NQH2026", Side::Buy, 1)).await;
    check(&desk, &[("NQH2026", "20019.5", 20)]);
    // Held over the close and the open without an order at either: the close of the last bar before, and the newest.
    desk.advance(NEXT_OPEN + 10).await;
    desk.restart().await;
    desk.submit(order("c", "NQM2026", Side::Buy, 1)).await;
    let (last, now) = (NEXT_OPEN - 60, NEXT_OPEN + 10);
    let carried = ("NQH2026", "20059.5", last);
    check(&desk, &[("NQH2026", "20009.5", now), carried, ("NQM2026", "20209.5", now)]);
    // What was closed since the open was held over it all the same.
    desk.submit(order("d", "NQH2026", Side::Sell, 3)).await;
    desk.submit(order("e", "MNQH2026", Side::Buy, 1)).await;
    let marks = desk.gate.seen.lock().unwrap().all_marks.clone();
    assert!(marks.contains(&(carried.0.to_owned(), carried.1.to_owned(), OPEN_SECONDS + last * 60)), "{marks:?}");
}

#[tokio::test]
async fn a_cancel_of_one_leg_of_a_roll_ends_both_at_the_gate_too() {
    let mut desk = Desk::open().await;
    desk.submit(order("a", "NQH2026", Side::Buy, 1)).await;
    // Within a minute nothing fills at once.
    let mut to = minute(10);
    to.seconds += 30;
    let request = broker::AdvanceClockRequest { session_id: SESSION.to_owned(), to: Some(to) };
    desk.client.advance_clock(request).await.unwrap();
    assert_eq!(desk.roll("r1").await.executions.len(), 2);
    let request = broker::CancelOrderRequest { session_id: SESSION.to_owned(), client_order_id: "r1:close".to_owned() };
    let canceled = desk.client.cancel_order(request.clone()).await.unwrap().into_inner();
    assert_eq!(lines(canceled.execution.as_slice()), ["r1:close CANCELED/CANCELED leaves 0"]);
    assert_eq!(desk.client.cancel_order(request).await.unwrap().into_inner(), canceled);
    let reports = desk.executions().await;
    assert_eq!(lines(&reports[reports.len() - 1..]), ["r1:open CANCELED/CANCELED leaves 0 [ROLL_OTHER_LEG_ENDED]"]);
    desk.wait_until_gate_is_current().await;
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["a", "r1:close", "r1:open"]);
}
