use std::collections::BTreeSet;

use peaktrade_wire::common::v1::Side;
use peaktrade_wire::risk::v1::{Decision, EngageKillSwitchRequest, GetStateRequest, ReleaseKillSwitchRequest};
use tonic::Code;

use crate::desk::{Desk, check, fill, open, order, reasons};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_allowed_with_a_permit_or_blocked_with_reasons() {
    let mut desk = Desk::start().await;
    assert_eq!(desk.metric("risk_decisions_total", "decision=\"allow\"").to_bits(), 0);
    assert_eq!(desk.metric("risk_blocks_total", "reason=\"audit_unavailable\"").to_bits(), 0);
    let early = order("o-1", Side::Buy, 1, "NQM2026");
    assert_eq!(reasons(&desk.check(&early).await), "SESSION_UNKNOWN");
    desk.open("s-1").await;

    let allowed = order("o-1", Side::Buy, 2, "NQM2026");
    let response = desk.check(&allowed).await;
    assert_eq!((reasons(&response).as_str(), response.decision_sequence, response.is_replayed), ("ALLOW", 2, false));
    desk.verify_permit(&allowed, &response).await;
    let again = desk.check(&allowed).await;
    assert!(again.is_replayed);
    assert_eq!((again.permit, again.decision_sequence), (response.permit, 2));

    assert_eq!(reasons(&desk.check(&order("o-1", Side::Buy, 3, "NQM2026")).await), "DUPLICATE_ORDER");
    let es = desk.check(&order("o-2", Side::Buy, 1, "ESM2026")).await;
    assert_eq!(reasons(&es), "INSTRUMENT_NOT_ALLOWED LIMIT_MISSING");
    assert_eq!(es.reasons[0].detail, "ES is not in the allowlist MNQ,NQ");
    let large = desk.check(&order("o-3", Side::Buy, 6, "NQM2026")).await;
    assert_eq!(large.reasons[0].detail, "limit 5, this order 6");

    assert_eq!(desk.metric("risk_decisions_total", "decision=\"allow\"") as u64, 1);
    assert_eq!(desk.metric("risk_decisions_total", "decision=\"block\"") as u64, 4);
    assert_eq!(desk.metric("risk_blocks_total", "reason=\"instrument_not_allowed\"") as u64, 1);
    assert_eq!(desk.metric("risk_blocks_total", "reason=\"limit_missing\"") as u64, 0, "only the primary is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_move_the_book_in_sequence() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let bought = order("o-1", Side::Buy, 5, "NQM2026");
    desk.check(&bought).await;
    let state = desk.state("s-1").await;
    assert_eq!((state.working_buys.as_str(), state.working_sells.as_str(), state.positions.len()), ("5", "0", 0));

    let early = desk.report(vec![fill(&bought, 2, "20000.25")]).await.unwrap_err();
    assert_eq!((early.code(), early.message().contains("expected is 1")), (Code::FailedPrecondition, true));
    assert_eq!(desk.report(vec![fill(&bought, 1, "20000.25")]).await.unwrap(), 1);
    assert_eq!(desk.report(vec![fill(&bought, 1, "20000.25")]).await.unwrap(), 1, "a repeat is ignored");
    let state = desk.state("s-1").await;
    assert_eq!((state.positions[0].contract.as_str(), state.positions[0].quantity), ("NQM2026", 5));
    assert_eq!((state.working_buys.as_str(), state.fees_usd.as_str()), ("0", "2.25"));
    assert_eq!(desk.metric("open_contracts", "symbol=\"NQM2026\"") as i64, 5);

    // A broker that has issued more than the gate has seen gets nothing allowed, not even a reduction.
    let sold = order("o-2", Side::Sell, 5, "NQM2026");
    let ahead = desk.client.check_order(check(&sold, 0, 2)).await.unwrap().into_inner();
    assert_eq!(reasons(&ahead), "STATE_GAP");
    let sold = order("o-3", Side::Sell, 5, "NQM2026");
    assert_eq!(reasons(&desk.check(&sold).await), "ALLOW");
    desk.report(vec![fill(&sold, 2, "20010.25")]).await.unwrap();
    let state = desk.state("s-1").await;
    assert_eq!((state.realized_usd.as_str(), state.fees_usd.as_str()), ("1000.00", "4.50"));
    assert_eq!(desk.metric("open_contracts", "symbol=\"NQM2026\"") as i64, 0);
    assert!((desk.metric("daily_pnl_usd", "") - 995.5).abs() < 1e-9);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_stops_all_sessions_and_is_released_in_two_steps() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let held = order("o-1", Side::Buy, 2, "NQM2026");
    desk.check(&held).await;
    desk.report(vec![fill(&held, 1, "20000")]).await.unwrap();
    let engage = EngageKillSwitchRequest { operator: "frank".to_owned(), reason: "marks look wrong".to_owned() };
    desk.client.engage_kill_switch(engage).await.unwrap();
    let blocked = desk.check(&order("o-2", Side::Buy, 1, "NQM2026")).await;
    assert_eq!(
        (reasons(&blocked).as_str(), blocked.reasons[0].detail.as_str()),
        ("KILL_SWITCH", "engaged by frank: marks look wrong")
    );
    assert_eq!(reasons(&desk.check(&order("o-3", Side::Sell, 1, "NQM2026")).await), "ALLOW");
    assert_eq!(desk.metric("risk_kill_switch_engaged", "") as u64, 1);
    // The switch survives a crash.
    desk.restart().await;
    assert_eq!(desk.metric("risk_kill_switch_engaged", "") as u64, 1);
    assert_eq!(reasons(&desk.check(&order("o-4", Side::Buy, 1, "NQM2026")).await), "KILL_SWITCH");

    let release = |operator: &str, token: &str| ReleaseKillSwitchRequest {
        operator: operator.to_owned(),
        reason: "checked".to_owned(),
        token: token.to_owned(),
    };
    let token = desk.client.release_kill_switch(release("frank", "")).await.unwrap().into_inner();
    assert!(token.is_engaged);
    for (operator, wrong) in [("frank", "yes"), ("mallory", token.token.as_str())] {
        let status = desk.client.release_kill_switch(release(operator, wrong)).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
    }
    // Blocks in the meantime leave the token good; a reservation is something new to look at.
    desk.check(&order("o-5", Side::Buy, 1, "NQM2026")).await;
    desk.check(&order("o-6", Side::Sell, 1, "NQM2026")).await;
    let status = desk.client.release_kill_switch(release("frank", &token.token)).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let token = desk.client.release_kill_switch(release("frank", "")).await.unwrap().into_inner();
    desk.check(&order("o-7", Side::Buy, 1, "NQM2026")).await;
    let released = desk.client.release_kill_switch(release("frank", &token.token)).await.unwrap().into_inner();
    assert!(!released.is_engaged);
    assert_eq!(reasons(&desk.check(&order("o-8", Side::Buy, 1, "NQM2026")).await), "ALLOW");
    assert!(!desk.state("").await.is_kill_switch_engaged);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_do_not_touch_each_other() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    desk.open("s-2").await;
    desk.open("s-1").await;
    let mut other = open("s-1");
    other.account = "other".to_owned();
    assert_eq!(desk.client.open_session(other).await.unwrap_err().code(), Code::AlreadyExists);
    desk.check(&order("o-1", Side::Buy, 5, "NQM2026")).await;
    desk.check(&order("o-2", Side::Buy, 5, "NQM2026")).await;
    assert_eq!(reasons(&desk.check(&order("o-3", Side::Buy, 1, "NQM2026")).await), "MAX_CONTRACTS");
    let mut elsewhere = order("o-1", Side::Buy, 5, "NQM2026");
    elsewhere.session_id = "s-2".to_owned();
    assert_eq!(reasons(&desk.check(&elsewhere).await), "ALLOW");
    let unknown = GetStateRequest { session_id: "s-3".to_owned() };
    assert_eq!(desk.client.get_state(unknown).await.unwrap_err().code(), Code::NotFound);
}

/// Sixty-four callers ask at once, each for what would fit if it were alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_callers_share_commits_and_the_limit() {
    const CALLERS: usize = 64;
    const ORDERS: usize = 25;
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let commits_before = desk.metric("journal_commits_total", "") as u64;
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let mut client = desk.client.clone();
        callers.push(tokio::spawn(async move {
            let mut allowed = 0;
            let mut sequences = Vec::new();
            for at in 0..ORDERS {
                let order = order(&format!("o-{caller}-{at}"), Side::Buy, 1, "NQM2026");
                let response = client.check_order(check(&order, 0, 0)).await.unwrap().into_inner();
                allowed += u64::from(response.decision() == Decision::Allow);
                sequences.push(response.decision_sequence);
            }
            (allowed, sequences)
        }));
    }
    let (mut allowed, mut sequences) = (0, BTreeSet::new());
    for caller in callers {
        let (some, numbers) = caller.await.unwrap();
        allowed += some;
        sequences.extend(numbers);
    }
    let decisions = (CALLERS * ORDERS) as u64;
    assert_eq!(allowed, 10, "ten contracts are allowed in all, however many ask");
    assert_eq!(sequences, (1..=decisions).collect(), "every decision has a number of its own");
    let counted = desk.metric("risk_decisions_total", "allow") + desk.metric("risk_decisions_total", "block");
    assert_eq!(counted as u64, decisions);
    let commits = desk.metric("journal_commits_total", "") as u64 - commits_before;
    assert!(commits * 4 < decisions, "{commits} commits for {decisions} decisions");
    assert_eq!(desk.state("s-1").await.working_buys, "10");
}
