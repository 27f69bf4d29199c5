//! A series is walked month by month: parts of it are the whole's, and what is wrong on disk ends the stream.

use std::path::PathBuf;

use arrow_flight::FlightDescriptor;
use futures_util::TryStreamExt as _;
use peaktrade_domain::UnixNanos;
use peaktrade_wire::dataset::v1 as wire;
use prost::Message as _;
use tonic::{Code, Status};

use crate::server::{Server, back_adjust, decode, rows, ticket};

const SERIES: [&str; 4] = ["continuous", "NQ", "1m", "BACK_ADJUST"];

/// Two open minutes of every 20: months of bars that are quickly made, and that are minutes all the same.
fn sparse(from: &str, to: &str, level: i64) -> String {
    let text = rows(from, to, |minute| level + minute % 50);
    let kept = text.lines().enumerate().filter(|(at, _)| at % 20 < 2);
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

/// Two contracts over six months, with a roll in the middle of March.
async fn half_a_year() -> (Server, wire::Dataset) {
    let server = Server::start().await;
    // Both begin with the same minute, so that those of the one are those of the other.
    let from = "2024-12-02T23:00:00Z";
    server.import("NQ 03-25.Last.txt", &sparse(from, "2025-03-20T21:00:00Z", 80_000)).await.unwrap();
    server.import("NQ 06-25.Last.txt", &sparse(from, "2025-05-30T21:00:00Z", 80_800)).await.unwrap();
    let dataset = server.build(back_adjust()).await.unwrap();
    (server, dataset)
}

#[tokio::test]
async fn every_part_of_a_walk_is_the_part_of_the_whole() {
    let (server, dataset) = half_a_year().await;
    let whole = server.bars(&SERIES).await.unwrap();
    assert_eq!(whole.len() as u64, dataset.rows_out);
    let of_whole = wire::BarTicket::decode(ticket(&server.info(&SERIES).await.unwrap()).as_slice()).unwrap();
    let at = |instant: &str| {
        let instant: UnixNanos = instant.parse().unwrap();
        whole.ts.partition_point(|ts| *ts < instant.nanos())
    };
    // Begin and end of months, the roll, and one row beside each.
    let edges = ["2025-01-01T00:00:00Z", "2025-03-01T00:00:00Z", "2025-03-16T22:00:00Z", "2025-04-01T00:00:00Z"];
    let mut rows: Vec<usize> = edges.iter().flat_map(|edge| [at(edge) - 1, at(edge), at(edge) + 1]).collect();
    rows.extend([0, 1, whole.len() - 1, whole.len()]);
    let mut asked = 0;
    for first in rows.iter().copied() {
        for past in rows.iter().copied().filter(|past| *past >= first) {
            let mut part = of_whole.clone();
            (part.row_start, part.row_end) = (first as u64, past as u64);
            let found = decode(server.messages(part.encode_to_vec()).await.unwrap()).await;
            assert_eq!(found, whole.view().rows(first..past).to_bars(), "rows {first} to {past}");
            asked += 1;
        }
    }
    assert!(asked > 100);
    // The same edges as instants, between bars and on them.
    for (start, end) in [(edges[0], edges[1]), (edges[1], edges[2]), ("2025-02-15T12:07:00Z", edges[3])] {
        let query =
            format!(r#"{{"path": ["continuous", "NQ", "1m", "BACK_ADJUST"], "start": "{start}", "end": "{end}"}}"#);
        let info = server.flight.clone().get_flight_info(FlightDescriptor::new_cmd(query)).await.unwrap().into_inner();
        assert_eq!(info.total_records, i64::try_from(at(end) - at(start)).unwrap(), "{start} to {end}");
        let found = decode(server.messages(ticket(&info)).await.unwrap()).await;
        assert_eq!(found, whole.view().rows(at(start)..at(end)).to_bars(), "{start} to {end}");
    }
}

/// The month files of a contract, in order of time.
fn month_files(server: &Server, contract: &str) -> Vec<PathBuf> {
    let folder = server.folder.path().join("dataset/content").join(contract);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Rows that came before the stream ended in an error, and the error.
async fn broken(server: &Server, ticket: Vec<u8>) -> (usize, Status) {
    let mut rows = 0;
    let mut messages = server.flight.clone().do_get(arrow_flight::Ticket::new(ticket)).await.unwrap().into_inner();
    loop {
        match messages.try_next().await {
            // A row is 48 bytes of columns.
            Ok(Some(message)) => rows += message.data_body.len() / 48,
            Ok(None) => panic!("the stream ended after {rows} rows as if all were well"),
            Err(error) => return (rows, error),
        }
    }
}

#[tokio::test]
async fn a_month_that_is_not_the_manifests_ends_the_stream_by_name() {
    let (server, _) = half_a_year().await;
    let of_whole = ticket(&server.info(&SERIES).await.unwrap());
    let new = month_files(&server, "NQM2025");
    let (april, may) = (&new[4], &new[5]);
    let (kept, name) = (std::fs::read(april).unwrap(), april.file_name().unwrap().to_str().unwrap().to_owned());
    // Another month's bars under this month's name, a cut file, none at all: each from a server that holds nothing.
    let mut server = server;
    for damage in ["other", "cut", "absent"] {
        server = Server::start_on(server.stop(), "NQ").await;
        match damage {
            "other" => std::fs::write(april, std::fs::read(may).unwrap()).unwrap(),
            "cut" => std::fs::write(april, &kept[..kept.len() / 2]).unwrap(),
            _ => std::fs::remove_file(april).unwrap(),
        }
        let (_, error) = broken(&server, of_whole.clone()).await;
        assert_eq!(error.code(), Code::DataLoss, "{damage}: {error}");
        assert!(error.message().contains(&name), "{damage}: {error}");
        // What does not need that month is served.
        let mut part = wire::BarTicket::decode(of_whole.as_slice()).unwrap();
        part.row_end = 100;
        assert_eq!(decode(server.messages(part.encode_to_vec()).await.unwrap()).await.len(), 100);
    }
}

#[tokio::test]
async fn a_series_that_is_not_what_its_manifest_says_ends_in_an_error() {
    let (server, dataset) = half_a_year().await;
    let id = dataset.dataset_id.strip_prefix("sha256:").unwrap();
    let manifest = server.folder.path().join(format!("dataset/datasets/{id}.json"));
    let text = std::fs::read_to_string(&manifest).unwrap();
    let other = "0".repeat(64);
    std::fs::write(&manifest, text.replace(&dataset.content_sha256, &other)).unwrap();
    // Without seals, as in an older store; with them the manifest itself is refused.
    std::fs::remove_dir_all(server.folder.path().join("dataset/seals")).unwrap();
    let server = Server::start_on(server.stop(), "NQ").await;
    // The manifest is believed when it is read; the rows are not believed until they are seen to be it.
    let (rows, error) = broken(&server, ticket(&server.info(&SERIES).await.unwrap())).await;
    assert_eq!(error.code(), Code::DataLoss, "{error}");
    assert!(error.message().contains(&dataset.content_sha256) && error.message().contains(&other), "{error}");
    assert!((rows as u64) < dataset.rows_out, "the last message waits for the digest");
}
