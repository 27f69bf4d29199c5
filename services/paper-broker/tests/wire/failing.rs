//! A journal that takes no more: no order is taken that is not written down, and health says so.

use std::time::{Duration, Instant};

use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::common::v1::Side;
use peaktrade_wire::risk::v1::Decision;
use rusqlite::{Connection, ErrorCode};
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::desk::{Desk, SESSION, lines, minute, order};

/// Every further frame is refused by SQLite in the midst of the transaction, as on a disk that is full.
const FULL: &str = "CREATE TRIGGER full BEFORE INSERT ON frames BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
/// The names under which the broker tells its health.
const HEALTH_NAMES: [&str; 2] = ["", "peaktrade.futures.broker.v1.PaperBrokerService"];
/// A status follows its cause in milliseconds, and a stopped broker lets go of its journal as soon.
const PATIENCE: Duration = Duration::from_secs(10);

async fn watch(desk: &Desk, name: &str) -> Streaming<HealthCheckResponse> {
    let endpoint = desk.running.as_ref().unwrap().endpoint();
    let mut health = HealthClient::new(Channel::from_shared(endpoint).unwrap().connect().await.unwrap());
    health.watch(HealthCheckRequest { service: name.to_owned() }).await.unwrap().into_inner()
}

async fn next(statuses: &mut Streaming<HealthCheckResponse>) -> ServingStatus {
    tokio::time::timeout(PATIENCE, statuses.message()).await.unwrap().unwrap().unwrap().status()
}

/// Stops the broker, changes its journal behind its back, and starts it again.
async fn restart_after(desk: &mut Desk, change: &str) {
    desk.running.take().unwrap().stop().await;
    let journal = desk.config.data_dir.join("paper-broker/journal.sqlite");
    let give_up = Instant::now() + PATIENCE;
    // The owner's thread lets go of the journal a moment after the server has gone.
    while let Err(error) = Connection::open(&journal).unwrap().execute_batch(change) {
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy), "{error}");
        assert!(Instant::now() < give_up, "the journal is never free");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    desk.restart().await;
}

#[tokio::test]
async fn a_broker_that_cannot_record_takes_no_order_and_does_not_serve() {
    let mut desk = Desk::open().await;
    desk.submit(order("kept", "NQH2026", Side::Buy, 1)).await;
    let (account, reports) = (desk.account().await, desk.executions().await);
    restart_after(&mut desk, FULL).await;

    let mut statuses = Vec::new();
    for name in HEALTH_NAMES {
        statuses.push(watch(&desk, name).await);
    }
    for statuses in &mut statuses {
        assert_eq!(next(statuses).await, ServingStatus::Serving);
    }
    assert!(desk.submit(order("kept", "NQH2026", Side::Buy, 1)).await.is_replayed);

    let refused = desk.submit_error(order("lost", "NQH2026", Side::Sell, 1)).await;
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("the disk is full"), "{refused}");
    for statuses in &mut statuses {
        assert_eq!(next(statuses).await, ServingStatus::NotServing);
    }
    // An open watch would hold up the stop.
    drop(statuses);
    assert!((desk.metric("journal_failed", "") - 1.0).abs() < 1e-9);
    // The book in memory is ahead of the one on disk: it takes, moves and shows nothing any more.
    for key in ["kept", "lost", "later"] {
        let refused = desk.submit_error(order(key, "NQH2026", Side::Sell, 1)).await;
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    }
    let request = broker::AdvanceClockRequest { session_id: SESSION.to_owned(), to: Some(minute(20)) };
    assert_eq!(desk.client.advance_clock(request).await.unwrap_err().code(), Code::Unavailable);
    let request = broker::GetAccountRequest { session_id: SESSION.to_owned() };
    assert_eq!(desk.client.get_account(request).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(desk.gate.seen.lock().unwrap().reports[SESSION], account.report_sequence, "nothing lost was reported");

    // With room on the disk it goes on from what is written; the order that was never answered left nothing behind.
    restart_after(&mut desk, "DROP TRIGGER full").await;
    assert_eq!((desk.account().await, desk.executions().await), (account, reports));
    let answer = desk.submit(order("lost", "NQH2026", Side::Sell, 1)).await;
    assert_eq!((answer.decision(), answer.is_replayed), (Decision::Allow, false));
    assert_eq!(lines(&answer.executions)[1], "lost TRADE/FILLED 1@20009.75 fee 2.15 leaves 0");
    for name in HEALTH_NAMES {
        assert_eq!(next(&mut watch(&desk, name).await).await, ServingStatus::Serving);
    }
}
