//! Requests that lie, lack something or are too large: refused by name, and without a trace in the book.

use peaktrade_wire::common::v1::{ExecType, Mark, Side};
use peaktrade_wire::risk::v1::{
    CheckOrderRequest, EngageKillSwitchRequest, OpenSessionRequest, ReleaseKillSwitchRequest,
};
use prost_types::Timestamp;
use tonic::Code;

use crate::desk::{Desk, check, fill, open, order, time};

/// Changes a good request and expects it to be refused with the field's name.
async fn check_order_refused(desk: &mut Desk, change: impl FnOnce(&mut CheckOrderRequest), field: &str) {
    let mut request = check(&order("o-1", Side::Buy, 1, "NQM2026"), 0, 0);
    change(&mut request);
    let status = desk.client.check_order(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    assert!(status.message().starts_with(field), "{field}: {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_orders_are_refused_by_field() {
    let desk = &mut Desk::start().await;
    desk.open("s-1").await;
    let before = desk.state("s-1").await;
    macro_rules! order_field {
        ($field:ident, $value:expr) => {
            check_order_refused(
                desk,
                |request| request.order.as_mut().unwrap().$field = $value,
                concat!("order.", stringify!($field)),
            )
            .await;
        };
    }
    check_order_refused(desk, |request| request.order = None, "order: missing").await;
    order_field!(session_id, String::new());
    order_field!(session_id, "a b".to_owned());
    order_field!(account, "x".repeat(65));
    order_field!(client_order_id, "o/1".to_owned());
    order_field!(client_order_id, "é".to_owned());
    for contract in ["NQ", "NQ1!", "NQM6", "NQM2026-NQU2026", "nqm2026", ""] {
        order_field!(contract, contract.to_owned());
    }
    order_field!(side, 0);
    order_field!(side, 3);
    order_field!(quantity, 0);
    order_field!(quantity, 100_001);
    order_field!(quantity, u32::MAX);
    order_field!(order_type, 0);
    order_field!(order_type, 2);
    order_field!(time_in_force, 0);
    order_field!(time_in_force, -1);
    check_order_refused(desk, |request| request.event_time = None, "event_time").await;
    check_order_refused(
        desk,
        |request| request.event_time = Some(Timestamp { seconds: i64::MAX, nanos: 0 }),
        "event_time",
    )
    .await;
    check_order_refused(desk, |request| request.event_time = Some(Timestamp { seconds: 0, nanos: -1 }), "event_time")
        .await;
    assert_eq!(desk.state("s-1").await, before, "what was refused left no trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_marks_are_refused_by_field() {
    let desk = &mut Desk::start().await;
    desk.open("s-1").await;
    check_order_refused(desk, |request| request.marks[0].price = "NaN".to_owned(), "marks[0].price").await;
    check_order_refused(desk, |request| request.marks[0].price = "1e9".to_owned(), "marks[0].price").await;
    check_order_refused(desk, |request| request.marks[0].contract = "NQ".to_owned(), "marks[0].contract").await;
    check_order_refused(desk, |request| request.marks[0].time = None, "marks[0].time").await;
    check_order_refused(desk, |request| request.marks.push(request.marks[0].clone()), "marks: NQM2026 has two").await;
    let three = |request: &mut CheckOrderRequest| {
        request.marks = (0..3).map(|at| Mark { time: time(-at), ..request.marks[0].clone() }).collect();
    };
    check_order_refused(desk, three, "marks: NQM2026 has more than 2").await;
    let mark = |year: usize| Mark { contract: format!("NQM{}", 2000 + year), price: "1".to_owned(), time: time(0) };
    check_order_refused(desk, |request| request.marks = (0..129).map(mark).collect(), "marks: 129 marks, 128").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_beyond_the_limit_is_refused_unread() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let mut request = check(&order("o-1", Side::Buy, 1, "NQM2026"), 0, 0);
    request.order.as_mut().unwrap().account = "x".repeat(5 * 1024 * 1024);
    let status = desk.client.check_order(request).await.unwrap_err();
    assert!(matches!(status.code(), Code::ResourceExhausted | Code::OutOfRange), "{status}");
    desk.check(&order("o-1", Side::Buy, 1, "NQM2026")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lying_reports_are_refused_and_the_book_then_blocks() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let bought = order("o-1", Side::Buy, 2, "NQM2026");
    desk.check(&bought).await;
    let good = fill(&bought, 1, "20000");
    macro_rules! lie {
        ($field:ident, $value:expr, $problem:expr) => {
            let mut report = good.clone();
            report.$field = $value;
            let status = desk.report(vec![report]).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{status}");
            assert!(status.message().contains($problem), "{status}");
        };
    }
    lie!(session_id, "s-2".to_owned(), "reports[0].session_id");
    lie!(exec_type, ExecType::Unspecified.into(), "reports[0].exec_type");
    lie!(exec_type, ExecType::New.into(), "reports[0].last_qty");
    lie!(last_px, String::new(), "reports[0].last_px");
    lie!(last_px, "-1".to_owned(), "price -1");
    lie!(fee_usd, "free".to_owned(), "reports[0].fee_usd");
    lie!(trade_date, "2026-05-14".to_owned(), "is in trade date 2026-05-13, not 2026-05-14");
    lie!(contract, "NQU2026".to_owned(), "the order judged was Buy 2 NQM2026");
    lie!(side, Side::Sell.into(), "the order judged was");
    lie!(order_qty, u32::MAX, "reports[0].order_qty");
    lie!(leaves_qty, u32::MAX, "exceed the 2 ordered");
    lie!(cum_qty, 1, "a fill of 2 does not lead to 1 filled");
    let state = desk.state("s-1").await;
    assert_eq!((state.positions.len(), state.report_sequence), (0, 0));
    let mut elsewhere = good.clone();
    elsewhere.session_id = "s-9".to_owned();
    let request =
        peaktrade_wire::risk::v1::ReportExecutionsRequest { session_id: "s-9".to_owned(), reports: vec![elsewhere] };
    assert_eq!(desk.client.report_executions(request).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(desk.report(vec![good]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_and_sessions_must_be_named() {
    let mut desk = Desk::start().await;
    for (operator, reason) in [("", "why"), ("frank", ""), ("frank", " "), ("fr ank", "why"), ("frank", "a\nb")] {
        let engage = EngageKillSwitchRequest { operator: operator.to_owned(), reason: reason.to_owned() };
        let status = desk.client.engage_kill_switch(engage).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{operator:?} {reason:?}");
        let release =
            ReleaseKillSwitchRequest { operator: operator.to_owned(), reason: reason.to_owned(), token: String::new() };
        assert_eq!(desk.client.release_kill_switch(release).await.unwrap_err().code(), Code::InvalidArgument);
    }
    let long = EngageKillSwitchRequest { operator: "frank".to_owned(), reason: "x".repeat(257) };
    assert_eq!(desk.client.engage_kill_switch(long).await.unwrap_err().code(), Code::InvalidArgument);
    assert!(!desk.state("").await.is_kill_switch_engaged);
    for request in [
        OpenSessionRequest { session_id: String::new(), ..open("s-1") },
        OpenSessionRequest { account: "a b".to_owned(), ..open("s-1") },
        OpenSessionRequest { event_time: None, ..open("s-1") },
    ] {
        assert_eq!(desk.client.open_session(request).await.unwrap_err().code(), Code::InvalidArgument);
    }
}
