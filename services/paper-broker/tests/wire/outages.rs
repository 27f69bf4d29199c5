//! A gate that is away, silent or lying: no order opens, now or later.

use std::time::{Duration, Instant};

use peaktrade_wire::common::v1 as common;
use peaktrade_wire::common::v1::Side;
use peaktrade_wire::risk::v1::Decision;

use crate::desk::{Desk, SESSION, lines, opening, order};
use crate::gate::Mood;

/// The promise.
const REFUSAL_MAX: Duration = Duration::from_secs(1);

async fn check_refused_in_time(desk: &mut Desk, key: &str) {
    let started = Instant::now();
    let answer = desk.submit(order(key, "NQH2026", Side::Buy, 1)).await;
    assert!(started.elapsed() < REFUSAL_MAX, "refused after {:?}", started.elapsed());
    assert_eq!(answer.decision(), Decision::Unspecified);
    assert_eq!(lines(&answer.executions), [format!("{key} REJECTED/REJECTED leaves 0 [RISK_GATE_UNAVAILABLE]")]);
}

#[tokio::test]
async fn a_silent_gate_refuses_in_time_and_what_was_refused_never_opens() {
    let mut desk = Desk::open().await;
    desk.submit(order("before", "NQH2026", Side::Buy, 1)).await;
    desk.gate.set(Mood::Silent);
    check_refused_in_time(&mut desk, "during-1").await;
    check_refused_in_time(&mut desk, "during-2").await;
    // The clock moves on without the gate.
    assert!(desk.advance(20).await.executions.is_empty());

    desk.gate.set(Mood::Honest);
    desk.wait_until_gate_is_current().await;
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["before", "during-1", "during-2"]);
    assert!(desk.advance(30).await.executions.is_empty());
    let again = desk.submit(order("during-1", "NQH2026", Side::Buy, 1)).await;
    assert!(again.is_replayed);
    assert_eq!(lines(&again.executions), ["during-1 REJECTED/REJECTED leaves 0 [RISK_GATE_UNAVAILABLE]"]);
    let after = desk.submit(order("after", "NQH2026", Side::Sell, 1)).await;
    assert_eq!(after.decision(), Decision::Allow, "{after:?}");
    assert!(desk.account().await.positions.is_empty());
    assert!(desk.metric("risk_gate_call_failures_total", "call=\"check_order\"") >= 1.0);
}

#[tokio::test]
async fn orders_in_a_queue_are_refused_together() {
    let mut desk = Desk::open().await;
    desk.submit(order("before", "NQH2026", Side::Buy, 1)).await;
    desk.gate.set(Mood::Silent);
    let started = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..8 {
        let mut client = desk.client.clone();
        callers.spawn(async move {
            let order = Some(order(&format!("o-{number}"), "NQH2026", Side::Buy, 1));
            client.submit_order(peaktrade_wire::broker::v1::SubmitOrderRequest { order }).await.unwrap().into_inner()
        });
    }
    for answer in callers.join_all().await {
        assert_eq!(answer.executions[0].text, "RISK_GATE_UNAVAILABLE");
    }
    assert!(started.elapsed() < REFUSAL_MAX, "eight refusals took {:?}", started.elapsed());
}

#[tokio::test]
async fn a_gate_that_is_gone_refuses_in_time_and_is_used_when_it_is_back() {
    let mut desk = Desk::open().await;
    desk.submit(order("before", "NQH2026", Side::Buy, 1)).await;
    let served = desk.served.take().unwrap();
    let address = served.address.to_string();
    served.kill();
    check_refused_in_time(&mut desk, "during").await;
    desk.served = Some(desk.gate.serve(&address).await);
    desk.wait_until_gate_is_current().await;
    let answer = desk.submit(order("after", "NQH2026", Side::Sell, 1)).await;
    assert_eq!(answer.decision(), Decision::Allow, "{answer:?}");
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["before", "during", "after"]);
}

async fn check_disbelieved(mood: Mood, part: &str) {
    let mut desk = Desk::open().await;
    desk.gate.set(mood);
    let answer = desk.submit(order("a", "NQH2026", Side::Buy, 1)).await;
    let line = &lines(&answer.executions)[0];
    assert!(line.starts_with("a REJECTED/REJECTED leaves 0 [PERMIT_INVALID: "), "{line}");
    assert!(line.contains(part), "{line}");
    assert_eq!(answer.executions.len(), 1);
    assert!(desk.advance(20).await.executions.is_empty());
    assert_eq!(desk.gate.seen.lock().unwrap().ended, ["a"]);
}

#[tokio::test]
async fn a_permit_that_does_not_hold_is_no_permit() {
    check_disbelieved(Mood::ForgedSignature, "the signature is not the gate's").await;
    check_disbelieved(Mood::OtherOrder, "the permit is for order").await;
    check_disbelieved(Mood::Expired, "the permit expired at").await;
    check_disbelieved(Mood::OtherPolicy, "under policy 0606").await;
    check_disbelieved(Mood::NoPermit, "without a permit").await;
}

#[tokio::test]
async fn a_session_whose_reports_the_gate_cannot_take_holds_up_no_other() {
    let mut desk = Desk::open().await;
    // Before the other one in every order.
    let broken = "s-0";
    desk.client.open_session(opening(broken)).await.unwrap();
    desk.gate.set(Mood::Silent);
    desk.submit(common::Order { session_id: broken.to_owned(), ..order("a", "NQH2026", Side::Buy, 1) }).await;
    desk.submit(order("b", "NQH2026", Side::Buy, 1)).await;
    desk.gate.seen.lock().unwrap().broken = Some(broken.to_owned());
    desk.gate.set(Mood::Honest);
    desk.wait_until_gate_is_current().await;
    // The broken session's orders are refused, the other's are not slower or worse for it.
    let refused = order("c", "NQH2026", Side::Buy, 1);
    let refused = desk.submit(common::Order { session_id: broken.to_owned(), ..refused }).await;
    assert_eq!(refused.executions[0].text, "RISK_GATE_UNAVAILABLE");
    let answer = desk.submit(order("d", "NQH2026", Side::Buy, 1)).await;
    assert_eq!(answer.decision(), Decision::Allow, "{answer:?}");
    desk.gate.wait_for(SESSION, 3).await;
}
