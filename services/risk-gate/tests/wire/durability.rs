use std::os::unix::fs::PermissionsExt as _;

use peaktrade_wire::common::v1::Side;
use peaktrade_wire::risk::v1::GetPolicyRequest;

use crate::desk::{Desk, POLICY, fill, order, reasons};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_book_latch_and_answers() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let bought = order("o-1", Side::Buy, 5, "NQM2026");
    let first = desk.check(&bought).await;
    desk.report(vec![fill(&bought, 1, "20000")]).await.unwrap();
    let sold = order("o-2", Side::Sell, 5, "NQM2026");
    desk.check(&sold).await;
    desk.report(vec![fill(&sold, 2, "19700")]).await.unwrap();
    let reserved = order("o-3", Side::Buy, 1, "NQM2026");
    assert_eq!(reasons(&desk.check(&reserved).await), "DAILY_LOSS");
    let before = desk.state("s-1").await;
    assert!(before.is_daily_loss_latched);
    let key = desk.client.get_policy(GetPolicyRequest {}).await.unwrap().into_inner();

    desk.restart().await;
    assert_eq!(desk.state("s-1").await, before, "the same log gives the same state, hash included");
    assert_eq!(desk.client.get_policy(GetPolicyRequest {}).await.unwrap().into_inner(), key);
    let again = desk.check(&bought).await;
    assert!(again.is_replayed);
    assert_eq!((again.permit, again.decision_sequence), (first.permit, first.decision_sequence));
    assert_eq!(reasons(&desk.check(&order("o-1", Side::Buy, 4, "NQM2026")).await), "DUPLICATE_ORDER DAILY_LOSS");
    assert_eq!(reasons(&desk.check(&order("o-4", Side::Buy, 1, "NQM2026")).await), "DAILY_LOSS");
    assert_eq!(desk.report(vec![]).await.unwrap(), 2, "the broker can ask where the gate stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_survives_a_crash() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    for key in ["o-1", "o-2"] {
        assert_eq!(reasons(&desk.check(&order(key, Side::Buy, 5, "NQM2026")).await), "ALLOW");
    }
    desk.restart().await;
    assert_eq!(desk.state("s-1").await.working_buys, "10");
    assert_eq!(reasons(&desk.check(&order("o-3", Side::Buy, 1, "NQM2026")).await), "MAX_CONTRACTS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_gate_on_the_same_journal_does_not_start() {
    let mut desk = Desk::start().await;
    let error = desk.start_again().await.unwrap_err().to_string();
    assert!(error.contains("in use by another process"), "{error}");
    desk.open("s-1").await;
    assert_eq!(reasons(&desk.check(&order("o-1", Side::Buy, 1, "NQM2026")).await), "ALLOW");
}

/// Stops the gate, changes what it stands on, and expects a start that is refused for that reason.
async fn check_start_refused(change: impl FnOnce(&Desk), problem: &str) {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    desk.check(&order("o-1", Side::Buy, 1, "NQM2026")).await;
    desk.stop().await;
    change(&desk);
    let error = desk.start_again().await.unwrap_err().to_string();
    assert!(error.contains(problem), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_does_not_start_on_what_it_cannot_trust() {
    let write = |content: String| move |desk: &Desk| std::fs::write(desk.policy(), content).unwrap();
    check_start_refused(|desk| std::fs::remove_file(desk.policy()).unwrap(), "policy.toml: No such file").await;
    check_start_refused(write(String::new()), "missing field `schema_version`").await;
    check_start_refused(write(POLICY.replace("max_order_qty", "max_order_quantity")), "max_order_quantity").await;
    check_start_refused(write(POLICY.replace("[root.NQ]", "[root.NG]")), "NG").await;
    check_start_refused(write(" ".repeat(1024 * 1024 + 1)), "1048577 bytes, 1048576 are allowed").await;
    check_start_refused(
        |desk| {
            let key = desk.journal().with_file_name("permit.key");
            std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
        },
        "mode 0644, 0600 is needed",
    )
    .await;
    check_start_refused(|desk| std::fs::write(desk.journal(), "not a journal").unwrap(), "journal").await;
    check_start_refused(
        |desk| {
            let bytes = std::fs::read(desk.journal()).unwrap();
            let at = bytes.windows(7).rposition(|window| window == b"NQM2026").unwrap();
            let changed = [&bytes[..at], b"NQU2026", &bytes[at + 7..]].concat();
            std::fs::write(desk.journal(), changed).unwrap();
        },
        "does not match its hash",
    )
    .await;
}
