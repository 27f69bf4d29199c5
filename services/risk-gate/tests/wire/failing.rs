//! A journal that takes no more: nothing is allowed that is not written down, and health says so.

use std::time::Duration;

use peaktrade_runtime::client::Channel;
use peaktrade_wire::common::v1::Side;
use peaktrade_wire::risk::v1::GetStateRequest;
use rusqlite::Connection;
use tonic::{Code, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::desk::{Desk, check, fill, order, reasons};

/// Every further frame is refused by SQLite in the midst of the transaction, as on a disk that is full.
const FULL: &str = "CREATE TRIGGER full BEFORE INSERT ON frames BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
/// The names under which the gate tells its health.
const HEALTH_NAMES: [&str; 2] = ["", "peaktrade.futures.risk.v1.RiskGateService"];
/// A status follows its cause in milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

async fn watch(health: &mut HealthClient<Channel>, name: &str) -> Streaming<HealthCheckResponse> {
    health.watch(HealthCheckRequest { service: name.to_owned() }).await.unwrap().into_inner()
}

async fn next(statuses: &mut Streaming<HealthCheckResponse>) -> ServingStatus {
    tokio::time::timeout(PATIENCE, statuses.message()).await.unwrap().unwrap().unwrap().status()
}

/// Stops the gate, changes its journal behind its back, and starts it again.
async fn restart_after(desk: &mut Desk, change: &str) {
    desk.stop().await;
    Connection::open(desk.journal()).unwrap().execute_batch(change).unwrap();
    desk.restart().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_cannot_record_allows_nothing_and_does_not_serve() {
    let mut desk = Desk::start().await;
    desk.open("s-1").await;
    let taken = order("o-1", Side::Buy, 2, "NQM2026");
    assert_eq!(reasons(&desk.check(&taken).await), "ALLOW");
    desk.report(vec![fill(&taken, 1, "20000")]).await.unwrap();
    let before = desk.state("s-1").await;
    restart_after(&mut desk, FULL).await;

    let mut health = desk.health().await;
    let mut statuses = Vec::new();
    for name in HEALTH_NAMES {
        statuses.push(watch(&mut health, name).await);
    }
    for statuses in &mut statuses {
        assert_eq!(next(statuses).await, ServingStatus::Serving);
    }
    // What asks for no new event is answered as long as nothing has failed.
    assert!(desk.check(&taken).await.is_replayed);
    assert_eq!(desk.metric("journal_failed", "").to_bits(), 0);

    let lost = order("o-2", Side::Sell, 1, "NQM2026");
    let refused = desk.client.check_order(check(&lost, 0, 1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("the disk is full"), "{refused}");
    for statuses in &mut statuses {
        assert_eq!(next(statuses).await, ServingStatus::NotServing);
    }
    assert_eq!(desk.metric("journal_failed", "") as u64, 1);
    // An open watch would hold up the stop.
    drop((statuses, health));
    // The book in memory is ahead of the one on disk: it judges, reports and shows nothing any more.
    for asked in [&taken, &lost, &order("o-3", Side::Sell, 1, "NQM2026")] {
        let refused = desk.client.check_order(check(asked, 0, 1)).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    }
    assert_eq!(desk.report(vec![fill(&lost, 2, "20000")]).await.unwrap_err().code(), Code::Unavailable);
    let request = GetStateRequest { session_id: "s-1".to_owned() };
    assert_eq!(desk.client.get_state(request).await.unwrap_err().code(), Code::Unavailable);

    // With room on the disk it goes on from what is written; the order that was never answered left nothing behind.
    restart_after(&mut desk, "DROP TRIGGER full").await;
    assert_eq!(desk.state("s-1").await, before);
    let answer = desk.check(&lost).await;
    assert_eq!((reasons(&answer).as_str(), answer.decision_sequence, answer.is_replayed), ("ALLOW", 2, false));
    let mut health = desk.health().await;
    for name in HEALTH_NAMES {
        assert_eq!(next(&mut watch(&mut health, name).await).await, ServingStatus::Serving);
    }
}
