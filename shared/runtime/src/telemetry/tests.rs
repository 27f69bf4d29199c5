//! Exports that go nowhere.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Tracer as _, TracerProvider as _};

use super::{TelemetryError, provider};

/// Time that a shutdown may take in all: the last export and some slack for a busy machine.
const SHUTDOWN_MAX: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_away_or_silent_does_not_hold_up_a_shutdown() {
    // One is closed; the other accepts by the system's backlog and never answers.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = closed.local_addr().unwrap();
    drop(closed);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [away, silent.local_addr().unwrap()] {
        let provider = provider("calendar", Some(&format!("http://{address}"))).unwrap();
        provider.tracer("test").in_span("lost", |_| {});
        let started = Instant::now();
        // What it answers depends on the exporter's version; that it answers in time does not.
        let _ =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(super::EXPORT_TIMEOUT)).await.unwrap();
        assert!(started.elapsed() < SHUTDOWN_MAX, "{address}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_refused() {
    let refused = provider("calendar", Some("no endpoint")).unwrap_err();
    assert!(matches!(&refused, TelemetryError::Exporter { endpoint, .. } if endpoint == "no endpoint"), "{refused}");
}
