//! Stopping: asked, at the deadline, and by being dropped.

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use peaktrade_runtime::{Drained, start};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::scene::{
    Behaviour, Mock, PATIENCE, RAW_PATH, SERVICE, calendar_client, channel, eventually, gate, open_raw, options,
    raw_stream, serve, service, trailers,
};

#[tokio::test]
async fn an_idle_service_stops_at_once_and_its_port_is_free() {
    let running = serve(options(), Mock::new(Behaviour::Answer)).await;
    let address = running.address;
    let _idle = calendar_client(&running).await;
    assert_eq!(running.with_drain_deadline(PATIENCE).stop().await, Drained::Complete);
    TcpStream::connect(address).await.unwrap_err();
    std::net::TcpListener::bind(address).unwrap();
}

#[tokio::test]
async fn an_open_health_watch_delays_a_stop_no_longer_than_the_deadline() {
    let running = serve(options(), Mock::new(Behaviour::Answer)).await;
    let mut watches = Vec::new();
    for service in ["", SERVICE] {
        let mut health = HealthClient::new(channel(&running).await);
        let watch = health.watch(HealthCheckRequest { service: service.to_owned() }).await.unwrap().into_inner();
        watches.push(watch);
    }
    for watch in &mut watches {
        assert_eq!(watch.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    }
    let deadline = Duration::from_millis(300);
    let started = Instant::now();
    let stopping = tokio::spawn(running.with_drain_deadline(deadline).stop());
    for watch in &mut watches {
        assert_eq!(watch.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    }
    assert_eq!(stopping.await.unwrap(), Drained::Cut);
    let elapsed = started.elapsed();
    assert!(elapsed >= deadline && elapsed < deadline + Duration::from_secs(2), "{elapsed:?}");
    for watch in &mut watches {
        let cut = tokio::time::timeout(PATIENCE, watch.next()).await.unwrap();
        assert!(!matches!(cut, Some(Ok(_))), "{cut:?}");
    }
}

#[tokio::test]
async fn a_call_in_flight_ends_by_itself_and_new_connections_are_refused() {
    let (handler, mut opened) = raw_stream();
    let service = service("calendar", Mock::new(Behaviour::Answer)).with_raw_path(RAW_PATH, handler);
    let running = start(gate(), options(), service).await.unwrap();
    let address = running.address;
    let response = open_raw(&mut channel(&running).await).await;
    let frames = opened.recv().await.unwrap();

    let stopping = tokio::spawn(running.with_drain_deadline(PATIENCE).stop());
    eventually("the port's closing", || async { TcpStream::connect(address).await.err() }).await;
    assert!(!stopping.is_finished(), "a call is in flight");
    frames.send(trailers(Code::Ok)).await.unwrap();
    drop(frames);
    let trailers = response.into_body().collect().await.unwrap().trailers().cloned().unwrap();
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(stopping.await.unwrap(), Drained::Complete);
}

#[tokio::test]
async fn a_service_that_has_failed_says_so_under_every_name() {
    let (fail, fault) = watch::channel(false);
    let service = service("calendar", Mock::new(Behaviour::Answer)).with_fault_watch(fault);
    let running = start(gate(), options(), service).await.unwrap();
    let mut health = HealthClient::new(channel(&running).await);
    let mut statuses = health.watch(HealthCheckRequest { service: SERVICE.to_owned() }).await.unwrap().into_inner();
    assert_eq!(statuses.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    fail.send_replace(true);
    assert_eq!(statuses.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    eventually("the empty name's turn", || async {
        let whole = health.clone().check(HealthCheckRequest::default()).await.unwrap().into_inner();
        (whole.status() == ServingStatus::NotServing).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_dropped_cuts_its_connections() {
    let (handler, mut opened) = raw_stream();
    let service = service("calendar", Mock::new(Behaviour::Answer)).with_raw_path(RAW_PATH, handler);
    let running = start(gate(), options(), service).await.unwrap();
    let address = running.address;
    let response = open_raw(&mut channel(&running).await).await;
    let frames = opened.recv().await.unwrap();
    drop(running);
    tokio::time::timeout(PATIENCE, response.into_body().collect()).await.unwrap().unwrap_err();
    tokio::time::timeout(PATIENCE, frames.closed()).await.unwrap();
    eventually("the port's closing", || async { TcpStream::connect(address).await.err() }).await;
}
