//! What was acknowledged is there after a restart, the same.

use std::fs;

use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::common::v1::Side;
use tonic::Code;

use crate::desk::{Desk, SESSION, gates, illustrative, lines, opening, order};
use crate::gate::Mood;

#[tokio::test]
async fn a_restart_keeps_sessions_orders_clock_and_answers() {
    let mut desk = Desk::open().await;
    let filled = desk.submit(order("filled", "NQH2026", Side::Buy, 2)).await;
    let refused = desk.submit(order("refused", "ESH2026", Side::Buy, 1)).await;
    desk.advance(21).await;
    desk.submit(order("working", "NQM2026", Side::Sell, 1)).await;
    // A report that the gate has not got when the broker ends.
    desk.gate.set(Mood::Silent);
    desk.submit(order("silent", "NQH2026", Side::Buy, 1)).await;
    let (account, reports) = (desk.account().await, desk.executions().await);
    assert_eq!(account.working_orders, 1);

    desk.restart().await;
    assert_eq!(desk.account().await, account);
    assert_eq!(desk.executions().await, reports);
    for (sent, answer) in
        [(order("filled", "NQH2026", Side::Buy, 2), &filled), (order("refused", "ESH2026", Side::Buy, 1), &refused)]
    {
        let again = desk.submit(sent).await;
        assert!(again.is_replayed);
        assert_eq!(
            (again.decision, &again.reasons, &again.executions),
            (answer.decision, &answer.reasons, &answer.executions)
        );
    }
    assert_eq!(desk.submit_error(order("filled", "NQH2026", Side::Buy, 3)).await.code(), Code::AlreadyExists);
    // The session itself is answered as before.
    let reopened = desk.client.open_session(opening(SESSION)).await.unwrap().into_inner();
    assert_eq!(reopened.contracts, ["NQH2026", "NQM2026"]);
    assert!((desk.metric("open_contracts", "symbol=\"NQH2026\"") - 2.0).abs() < 1e-9);

    desk.gate.set(Mood::Honest);
    desk.wait_until_gate_is_current().await;
    // The order that worked before the restart fills after it, from the same bars.
    let moved = desk.advance(22).await;
    assert_eq!(lines(&moved.executions), ["working TRADE/FILLED 1@20221.75 fee 2.15 leaves 0"]);
    let next = desk.submit(order("next", "NQM2026", Side::Buy, 1)).await;
    assert_eq!(next.executions[0].sequence, account.report_sequence + 2);
}

#[tokio::test]
async fn a_session_is_bound_to_the_files_it_was_opened_under() {
    let mut desk = Desk::open().await;
    desk.submit(order("a", "NQH2026", Side::Buy, 1)).await;
    let cheaper = desk.config.data_dir.join("cheaper.toml");
    let text = fs::read_to_string(illustrative("fees.toml")).unwrap();
    fs::write(&cheaper, text.replacen("\"0.85\"", "\"0.00\"", 1)).unwrap();
    desk.config.fees_file = cheaper;
    desk.restart().await;
    let refused = desk.submit_error(order("b", "NQH2026", Side::Sell, 1)).await;
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("was opened under the fees file"), "{refused}");
    assert!(desk.submit(order("a", "NQH2026", Side::Buy, 1)).await.is_replayed, "what was answered stays readable");
    let request = broker::CloseSessionRequest { session_id: SESSION.to_owned() };
    desk.client.close_session(request).await.unwrap();
}

async fn check_no_start(fees: &str, margins: &str, part: &str) {
    let mut desk = Desk::start().await;
    desk.running.take().unwrap().stop().await;
    desk.config.fees_file = fees.into();
    desk.config.margins_file = margins.into();
    let error = peaktrade_paper_broker::start(gates(), desk.config.clone()).await.unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
}

#[tokio::test]
async fn without_fees_or_margins_there_is_no_broker() {
    let (fees, margins) = (illustrative("fees.toml"), illustrative("margins.toml"));
    let (fees, margins) = (fees.to_str().unwrap(), margins.to_str().unwrap());
    check_no_start("/none/fees.toml", margins, "fee file /none/fees.toml").await;
    check_no_start(fees, "/none/margins.toml", "margin file /none/margins.toml").await;
    check_no_start(margins, margins, "unknown field `margin`").await;
}
