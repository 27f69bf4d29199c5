//! Opening, moving and closing sessions.

use std::sync::atomic::Ordering;

use peaktrade_wire::broker::v1 as broker;
use tonic::Code;

use crate::desk::{Desk, SESSION, lines, minute, opening, order};
use peaktrade_wire::common::v1::Side;

async fn check_no_opening(change: impl FnOnce(&mut broker::OpenSessionRequest), code: Code, part: &str) {
    let mut desk = Desk::open().await;
    let mut request = opening("other");
    change(&mut request);
    let refused = desk.client.open_session(request).await.unwrap_err();
    assert_eq!(refused.code(), code, "{refused}");
    assert!(refused.message().contains(part), "{refused}");
}

#[tokio::test]
async fn a_session_opens_only_on_a_dataset_within_its_time() {
    check_no_opening(|request| request.cash_usd = "0".to_owned(), Code::InvalidArgument, "cash_usd").await;
    check_no_opening(|request| request.cash_usd = "1e5".to_owned(), Code::InvalidArgument, "cash_usd").await;
    check_no_opening(|request| request.clock = None, Code::InvalidArgument, "clock: missing").await;
    check_no_opening(|request| request.clock = Some(minute(-1)), Code::InvalidArgument, "clock: 2026-02-02T22:59:00Z")
        .await;
    check_no_opening(|request| request.clock.as_mut().unwrap().seconds += 1, Code::InvalidArgument, "whole minute")
        .await;
    check_no_opening(|request| request.dataset_id = "NQ".to_owned(), Code::InvalidArgument, "dataset_id").await;
    let unknown = format!("sha256:{}", "0".repeat(64));
    check_no_opening(|request| request.dataset_id = unknown, Code::NotFound, "no dataset").await;
    let other_cash = |request: &mut broker::OpenSessionRequest| {
        request.session_id = SESSION.to_owned();
        request.cash_usd = "5".to_owned();
    };
    check_no_opening(other_cash, Code::AlreadyExists, "cash_usd: 100000.00, not 5.00").await;
}

#[tokio::test]
async fn a_session_opened_again_in_the_same_words_is_the_same() {
    let mut desk = Desk::start().await;
    let first = desk.client.open_session(opening(SESSION)).await.unwrap().into_inner();
    let again = desk.client.open_session(opening(SESSION)).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(first.contracts, ["NQH2026", "NQM2026"]);
    assert_eq!(first.policy_sha256, "05".repeat(32));
}

#[tokio::test]
async fn the_clock_stays_within_the_dataset() {
    let mut desk = Desk::open().await;
    let mut move_to = async |to: i64| {
        let request = broker::AdvanceClockRequest { session_id: SESSION.to_owned(), to: Some(minute(to)) };
        desk.client.advance_clock(request).await.map(tonic::Response::into_inner)
    };
    assert_eq!(move_to(9).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(move_to(23 * 60 + 1).await.unwrap_err().code(), Code::OutOfRange);
    let moved = move_to(23 * 60).await.unwrap();
    assert_eq!(moved.clock, Some(minute(23 * 60)));
    // 92 quarter hours begin in 23 hours; the clock stood behind the first.
    assert_eq!(moved.equity.len(), 91);
    assert!(moved.equity.iter().all(|point| point.amount_usd == "100000.00"));
}

#[tokio::test]
async fn a_closed_session_takes_nothing_more() {
    let mut desk = Desk::open().await;
    desk.advance(14).await;
    desk.submit(order("working", "NQM2026", Side::Buy, 1)).await;
    let request = broker::CloseSessionRequest { session_id: SESSION.to_owned() };
    let closed = desk.client.close_session(request.clone()).await.unwrap().into_inner();
    assert_eq!(lines(&closed.executions), ["working CANCELED/CANCELED leaves 0 [SESSION_CLOSED]"]);
    assert_eq!(desk.client.close_session(request).await.unwrap().into_inner(), closed);
    assert_eq!(desk.submit_error(order("late", "NQH2026", Side::Buy, 1)).await.code(), Code::FailedPrecondition);
    assert!(desk.submit(order("working", "NQM2026", Side::Buy, 1)).await.is_replayed);
    let request = broker::AdvanceClockRequest { session_id: SESSION.to_owned(), to: Some(minute(20)) };
    assert_eq!(desk.client.advance_clock(request).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["working"]);
}

#[tokio::test]
async fn the_bars_of_a_closed_session_are_dropped_and_never_fetched_again() {
    let mut desk = Desk::open().await;
    let pulls = desk.pulls.clone();
    let pulls = || pulls.load(Ordering::SeqCst);
    assert_eq!(pulls(), 2, "two contracts");
    desk.client.open_session(opening("s-2")).await.unwrap();
    assert_eq!(pulls(), 2, "bars in memory are shared");
    for session_id in [SESSION, "s-2"] {
        let request = broker::CloseSessionRequest { session_id: session_id.to_owned() };
        desk.client.close_session(request).await.unwrap();
    }
    let late = broker::AdvanceClockRequest { session_id: SESSION.to_owned(), to: Some(minute(20)) };
    desk.client.advance_clock(late.clone()).await.unwrap_err();
    assert_eq!(pulls(), 2, "a closed session needs none");
    desk.client.open_session(opening("s-3")).await.unwrap();
    assert_eq!(pulls(), 4, "nobody held them any more");
    desk.restart().await;
    assert_eq!(desk.client.advance_clock(late).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(pulls(), 4);
}

#[tokio::test]
async fn an_unknown_session_is_not_found_by_any_call() {
    let mut desk = Desk::start().await;
    let id = || "none".to_owned();
    let account = desk.client.get_account(broker::GetAccountRequest { session_id: id() }).await.unwrap_err();
    let close = desk.client.close_session(broker::CloseSessionRequest { session_id: id() }).await.unwrap_err();
    let list = broker::ListExecutionsRequest { session_id: id(), from_sequence: 1 };
    let list = desk.client.list_executions(list).await.unwrap_err();
    let get = broker::GetOrderRequest { session_id: id(), client_order_id: "a".to_owned() };
    let get = desk.client.get_order(get).await.unwrap_err();
    for refused in [account, close, list, get] {
        assert_eq!((refused.code(), refused.message()), (Code::NotFound, "no session \"none\""));
    }
}

#[tokio::test]
async fn metrics_are_there_at_zero() {
    let desk = Desk::start().await;
    for (name, label) in [
        ("orders_total", "status=\"rejected\""),
        ("fills_total", ""),
        ("fees_usd_total", ""),
        ("open_contracts", "symbol=\"NQ\""),
        ("daily_pnl_usd", ""),
        ("equity_usd", ""),
        ("journal_commits_total", ""),
        ("risk_gate_call_failures_total", "call=\"check_order\""),
    ] {
        assert!(desk.metric(name, label).abs() < 1e-9, "{name} {label}");
    }
}

#[tokio::test]
async fn a_vendors_continuous_series_is_refused_by_name() {
    let series = "vendor_continuous/NQ/NQ1!/5m/adjusted";
    let part = format!("{series:?} is a vendor's continuous series, whose prices no contract had");
    check_no_opening(|request| request.dataset_id = series.to_owned(), Code::InvalidArgument, &part).await;
}
