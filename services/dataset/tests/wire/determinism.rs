//! The same inputs give the same names and the same bytes, in whatever process, on however many threads, in whatever
//! order the files came.

use prost::Message as _;

use crate::program::Program;
use crate::server::{back_adjust, rows, serve_calendar};

/// Files of two contracts over a roll; the two of the new contract overlap, and each has minutes that the other lacks.
fn files() -> [(&'static str, String); 3] {
    let level = |minute: i64| 80_000 + minute % 97;
    [
        ("NQ 03-25.Last.txt", rows("2025-02-26T23:00:00Z", "2025-03-18T21:00:00Z", level)),
        ("NQ 06-25.Last.txt", rows("2025-02-26T23:00:00Z", "2025-03-19T21:00:00Z", |minute| level(minute) + 800)),
        ("NQ 06-25.Last.txt", rows("2025-03-13T22:00:00Z", "2025-04-02T21:00:00Z", |minute| level(minute) + 800)),
    ]
}

/// What a client can see of a build: its name and digest, and the messages of series, view and contracts.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    dataset_ids: Vec<String>,
    digests: Vec<String>,
    messages: Vec<Vec<u8>>,
}

async fn run(order: [usize; 3], threads: usize) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let calendar = serve_calendar().await;
    let program = Program::start(folder.path(), &calendar, threads).await;
    let files = files();
    for file in order {
        let (name, text) = &files[file];
        program.import(name, text).await;
    }
    let mut seen = Seen { dataset_ids: Vec::new(), digests: Vec::new(), messages: Vec::new() };
    for method in ["NONE", "BACK_ADJUST"] {
        let mut request = back_adjust();
        request.method = method.into();
        let dataset = program.build(request).await;
        seen.digests.push(dataset.content_sha256.clone());
        seen.dataset_ids.push(dataset.dataset_id);
    }
    let series = ["continuous", "NQ", "1m", "BACK_ADJUST"];
    let view = [&series[..], &["@asof:2025-03-16T12:00:00Z"]].concat();
    for path in [&series[..], &view, &["contract", "NQH2025", "1m"], &["contract", "NQM2025", "1m"]] {
        program.stream(path, |message| seen.messages.push(message.encode_to_vec())).await;
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_threads_and_order_of_import_change_no_byte() {
    let first = run([0, 1, 2], 1).await;
    assert!(first.messages.len() > 8 && first.dataset_ids[0] != first.dataset_ids[1]);
    for (order, threads) in [([0, 1, 2], 2), ([2, 0, 1], 8), ([1, 2, 0], 1)] {
        let again = run(order, threads).await;
        assert_eq!((&again.dataset_ids, &again.digests), (&first.dataset_ids, &first.digests), "{order:?}, {threads}");
        assert!(again.messages == first.messages, "{order:?} on {threads} threads: other bytes over Flight");
    }
}
