use std::collections::BTreeSet;

use peaktrade_wire::common::v1::{Mark, Side};
use peaktrade_wire::risk::v1::{Decision, EngageKillSwitchRequest, GetStateRequest, ReleaseKillSwitchRequest};
use tonic::Code;

use crate::desk::{Desk, check, fill, open, order, reasons, time};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_allowed_with_a_permit_or_blocked_with_reasons() {
    let mut desk = Desk::start().await;
    assert_eq!(desk.metric("risk_decisions_total", "decision=\"allow\"").to_bits(), 0);
    assert_eq!(desk.metric("risk_blocks_total", "reason=\"audit_unavailable\"").to_bits(), 0);
    let early = order("o-1", Side::Buy, 1, "NQM2026");
    let unknown = desk.check(&early).await;
    assert_eq!((reasons(&unknown).as_str(), unknown.decision_sequence), ("SESSION_UNKNOWN", 0));
    desk.open("s-1").await;

    let allowed = order("o-1", Side::Buy, 2, "NQM2026");
    let response = desk.check(&allowed).await;
    assert_eq!((reasons(&response).as_str(), response.decision_sequence, response.is_replayed), ("ALLOW", 1, false));
    desk.verify_permit(&allowed, &response).await;
    // Nobody has reported on it: it is judged anew, and one reservation stands.
    let anew = desk.check(&allowed).await;
    assert_eq!((reasons(&anew).as_str(), anew.decision_sequence, anew.is_replayed), ("ALLOW", 2, false));
    assert_eq!(desk.state("s-1").await.working_buys, "2");

    // What belongs to no book is answered, counted and not written down.
    let written = desk.metric("journal_events_total", "") as u64;
    let reused = desk.check(&order("o-1", Side::Buy, 3, "NQM2026")).await;
    assert_eq!((reasons(&reused).as_str(), reused.decision_sequence), ("DUPLICATE_ORDER", 0));
    let mut foreign = order("o-9", Side::Buy, 1, "NQM2026");
    foreign.account = "other".to_owned();
    let foreign = desk.check(&foreign).await;
    assert_eq!((reasons(&foreign).as_str(), foreign.decision_sequence), ("ACCOUNT_UNKNOWN", 0));
    assert_eq!(desk.metric("journal_events_total", "") as u64, written);
    let es = desk.check(&order("o-2", Side::Buy, 1, "ESM2026")).await;
    assert_eq!(reasons(&es), "INSTRUMENT_NOT_ALLOWED LIMIT_MISSING");
    assert_eq!(es.reasons[0].detail, "ES is not in the allowlist MNQ,NQ");
    let large = desk.check(&order("o-3", Side::Buy, 6, "NQM2026")).await;
    assert_eq!(large.reasons[0].detail, "limit 5, this order 6");

    assert_eq!(desk.metric("risk_decisions_total", "decision=\"allow\"") as u64, 2);
    assert_eq!(desk.metric("risk_decisions_total", "decision=\"block\"") as u64, 5);
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

    // A broker that has issued more than the gate has seen gets nothing allowed, not even a reduction.
    let sold = order("o-2", Side::Sell, 5, "NQM2026");
    let ahead = desk.client.check_order(check(&sold, 0, 2)).await.unwrap().into_inner();
    assert_eq!(reasons(&ahead), "STATE_GAP");
    let sold = order("o-3", Side::Sell, 5, "NQM2026");
    assert_eq!(reasons(&desk.check(&sold).await), "ALLOW");
    desk.report(vec![fill(&sold, 2, "20010.25")]).await.unwrap();
    let state = desk.state("s-1").await;
    assert_eq!((state.realized_usd.as_str(), state.fees_usd.as_str()), ("1000.00", "4.50"));
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
    let before = desk.state("").await;
    assert!(!before.is_kill_switch_engaged);
    let again = desk.client.release_kill_switch(release("frank", "")).await.unwrap().into_inner();
    assert_eq!((again.is_engaged, again.token.as_str()), (false, ""));
    assert_eq!(desk.state("").await, before, "nothing was released");
}

/// Five held over the close and the open, without an order at either.
#[tokio::test(flavor = "multi_thread")]
async fn the_loss_counts_from_the_open_of_the_trade_date() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let held = order("o-1", Side::Buy, 5, "NQM2026");
    desk.check(&held).await;
    desk.report(vec![fill(&held, 1, "20000")]).await.unwrap();
    // The next morning at 10:00; the trade date opened at 17:00, seven hours after the fill.
    let (morning, close) = (24 * 3_600, 6 * 3_600);
    let mark =
        |price: &str, seconds| Mark { contract: "NQM2026".to_owned(), price: price.to_owned(), time: time(seconds) };
    let ask = |key: &str, side, carried: Option<Mark>| {
        let mut request = check(&order(key, side, 1, "MNQM2026"), morning, 1);
        request.marks.extend(carried.into_iter().chain([mark("20000", morning)]));
        request
    };
    let response = desk.client.check_order(ask("o-2", Side::Buy, None)).await.unwrap().into_inner();
    assert_eq!(reasons(&response), "NO_MARK");
    let detail = "NQM2026 was held over the open of trade date 2026-05-14 and has no mark from before it";
    assert_eq!(response.reasons[0].detail, detail);
    // That the marks are missing is as durable as the position.
    desk.restart().await;
    let response = desk.client.check_order(ask("o-3", Side::Buy, None)).await.unwrap().into_inner();
    assert_eq!(reasons(&response), "NO_MARK");
    let reducing = desk.client.check_order(check(&order("o-4", Side::Sell, 1, "NQM2026"), morning, 1)).await.unwrap();
    assert_eq!(reasons(&reducing.into_inner()), "ALLOW");
    assert!(!desk.state("s-1").await.is_daily_loss_latched);
    // 300 points below the close are 30,000 dollars, however flat the position is against its entry.
    let request = ask("o-5", Side::Buy, Some(mark("20300", close)));
    let response = desk.client.check_order(request).await.unwrap().into_inner();
    assert_eq!(reasons(&response), "DAILY_LOSS");
    assert!(response.reasons[0].detail.ends_with("now -30000.00 USD"), "{response:?}");
    assert!(desk.state("s-1").await.is_daily_loss_latched);
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
