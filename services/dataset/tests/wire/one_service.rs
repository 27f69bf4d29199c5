//! A folder belongs to one dataset service at a time.

use std::io::Read as _;

use crate::program::{Program, command};
use crate::server::{Server, back_adjust, rows, serve_calendar};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_service_on_a_folder_is_refused_until_the_first_is_gone_however_it_went() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = serve_calendar().await;
    let first = Program::start(folder.path(), &calendar, 1).await;
    let second = || {
        let mut command = command(folder.path(), &calendar);
        tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            (child.wait().unwrap().code(), said)
        })
    };
    let (code, said) = second().await.unwrap();
    assert_eq!(code, Some(69), "{said}");
    let store = folder.path().join("dataset");
    assert!(said.contains("another dataset service") && said.contains(store.to_str().unwrap()), "{said}");
    // The first one was not disturbed.
    first.import("NQ 03-25.Last.txt", &rows("2025-03-12T22:00:00Z", "2025-03-13T21:00:00Z", |_| 80_000)).await;
    // Dropping kills it: the system frees what it held.
    drop(first);
    let third = Program::start(folder.path(), &calendar, 1).await;
    assert_eq!(third.build(back_adjust()).await.rows_out, 1_380);
}

#[tokio::test]
async fn a_service_waits_for_the_one_before_it_to_end() {
    let server = Server::start().await;
    server
        .import("NQ 03-25.Last.txt", &rows("2025-03-12T22:00:00Z", "2025-03-13T21:00:00Z", |_| 80_000))
        .await
        .unwrap();
    let folder = server.stop();
    let server = Server::start_on(folder, "NQ").await;
    assert_eq!(server.build(back_adjust()).await.unwrap().rows_out, 1_380);
}
