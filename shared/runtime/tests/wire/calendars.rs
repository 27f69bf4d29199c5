//! Fetching the calendar.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use peaktrade_domain::Calendar;
use peaktrade_runtime::StartError;
use peaktrade_runtime::calendar::{FetchError, fetch_calendar};
use peaktrade_wire::calendar::v1::GetCalendarFileResponse;
use tonic::Status;

use crate::scene::{Behaviour, Mock, PATIENCE, options, serve};

fn mock(file: Result<(&str, &[u8]), Status>) -> Mock {
    let file =
        file.map(|(sha256, content)| GetCalendarFileResponse { sha256: sha256.to_owned(), content: content.into() });
    Mock { file, ..Mock::new(Behaviour::Answer) }
}

#[tokio::test]
async fn a_calendar_is_taken_once_its_service_is_there() {
    // Nobody listens yet, as where the services start together.
    let reserved = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = options();
    options.listen = reserved.local_addr().unwrap();
    drop(reserved);
    let endpoint = format!("http://{}", options.listen);
    let fetching = tokio::spawn(async move { fetch_calendar(&endpoint, PATIENCE).await });
    tokio::task::yield_now().await;
    let shipped = Calendar::shipped();
    let sha256 = shipped.sha256().to_string();
    let _running = serve(options, mock(Ok((&sha256, Calendar::SHIPPED_FILE.as_bytes())))).await;
    assert_eq!(fetching.await.unwrap().unwrap().sha256(), shipped.sha256());
}

#[tokio::test]
async fn what_is_no_calendar_is_refused_at_once() {
    let shipped = Calendar::SHIPPED_FILE;
    let sha256 = Calendar::shipped().sha256().to_string();
    let cut = &shipped.as_bytes()[..shipped.len() / 2];
    let of_cut = peaktrade_domain::Sha256::of(cut).to_string();
    let binary = peaktrade_domain::Sha256::of(&[0xff]).to_string();
    let refusal = async |mock: Mock| {
        let running = serve(options(), mock).await;
        fetch_calendar(&running.endpoint(), PATIENCE).await.unwrap_err()
    };
    let error = refusal(mock(Ok((&sha256, cut)))).await;
    assert!(matches!(&error, FetchError::Hash { named, .. } if *named == sha256), "{error}");
    let error = refusal(mock(Ok((&of_cut, cut)))).await;
    assert!(matches!(error, FetchError::File { .. }), "{error}");
    let error = refusal(mock(Ok((&binary, &[0xff])))).await;
    assert!(matches!(error, FetchError::File { .. }), "{error}");
    let error = refusal(mock(Err(Status::not_found("no file")))).await;
    assert!(matches!(error, FetchError::Refused { .. }), "{error}");
    assert!(matches!(StartError::from(error), StartError::Internal { .. }));
    let error = fetch_calendar("calendar:9121", PATIENCE).await.unwrap_err();
    assert!(matches!(StartError::from(error), StartError::Configuration { .. }));
}

#[tokio::test]
async fn a_calendar_that_stays_away_is_given_up_at_the_deadline() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let deadline = Duration::from_millis(350);
    let started = Instant::now();
    let error = fetch_calendar(&endpoint, deadline).await.unwrap_err();
    assert!(started.elapsed() < deadline + Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(matches!(&error, FetchError::Deadline { .. }), "{error}");
    assert!(matches!(StartError::from(error), StartError::Unavailable { .. }));
}
