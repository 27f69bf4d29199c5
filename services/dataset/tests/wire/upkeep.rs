//! Files of datasets, garbage and its deletion, and what a conflict says for the next command.

use peaktrade_wire::dataset::v1 as wire;
use tonic::Code;

use crate::server::{Server, back_adjust, rows, ticket, tree};

const FILE: &str = "NQ 06-25.Last.txt";

fn day(day: u32, quarters: i64) -> String {
    let (from, to) = (format!("2025-04-{day:02}T14:00:00Z"), format!("2025-04-{day:02}T15:00:00Z"));
    rows(&from, &to, |_| quarters)
}

#[tokio::test]
async fn exports_that_repeat_merge_and_those_that_differ_name_the_files_to_supersede() {
    let server = Server::start().await;
    let stored = async || {
        let request = wire::ListContractBarsRequest { root: "NQ".into() };
        server.control.clone().list_contract_bars(request).await.unwrap().into_inner().contracts[0].rows
    };
    let today = day(1, 80_000);
    let first = server.import(FILE, &today).await.unwrap();
    let store = server.folder.path().join("dataset");
    let before = tree(&store);
    assert!(server.import("NQ 06-25.Last.txt.gz", &today).await.unwrap().already_present);
    assert_eq!(tree(&store), before, "the same content again changes nothing");
    // Tomorrow's export holds today's bars, too.
    let tomorrow = day(1, 80_000) + &day(2, 80_000);
    let second = server.import(FILE, &tomorrow).await.unwrap();
    assert_eq!((second.already_present, stored().await), (false, 120));

    // A revision of part of today and of tomorrow.
    let revision = rows("2025-04-01T14:50:00Z", "2025-04-01T15:00:00Z", |_| 80_004)
        + &rows("2025-04-02T14:00:00Z", "2025-04-02T14:20:00Z", |_| 80_004);
    let refused = server.import(FILE, &revision).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    for part in [
        "30 bars of NQM2025 differ between",
        &format!("(sha256 {}), 10 of them", first.file_sha256),
        &format!("(sha256 {}), 20 of them", second.file_sha256),
        "the first at 2025-04-01T14:50:00Z",
        "would also take out 90 stored bars that the new file does not hold",
    ] {
        assert!(refused.message().contains(part), "{part}: {refused}");
    }
    let supersede = refused.metadata().get("supersede").unwrap().to_str().unwrap();
    assert_eq!(supersede, format!("{},{}", first.file_sha256, second.file_sha256));
    let header = wire::ImportHeader {
        format: "ninjatrader".into(),
        root: "NQ".into(),
        file_name: FILE.into(),
        supersede: supersede.split(',').map(str::to_owned).collect(),
        ..Default::default()
    };
    server.import_parts(header, vec![revision.into_bytes()]).await.unwrap();
    assert_eq!(stored().await, 30);
}

#[tokio::test]
async fn what_nobody_needs_is_listed_and_deleted_as_listed() {
    let server = Server::start().await;
    let mut control = server.control.clone();
    server.import(FILE, &day(1, 80_000)).await.unwrap();
    let old = server.build(back_adjust()).await.unwrap();
    server.import(FILE, &day(2, 80_000)).await.unwrap();
    let new = server.build(back_adjust()).await.unwrap();

    let request = wire::ListDatasetFilesRequest { dataset_id: old.dataset_id.clone() };
    let files = control.list_dataset_files(request).await.unwrap().into_inner().inputs;
    assert_eq!(files.len(), 1);
    assert_eq!((files[0].contract.as_str(), files[0].generation, files[0].newest_generation), ("NQM2025", 1, 2));
    assert_eq!((files[0].rows, files[0].files.len(), files[0].sources[0].file_name.as_str()), (60, 1, FILE));
    let pin = format!("@sha256:{}", files[0].content_sha256);
    let pinned = ["contract", "NQM2025", "1m", &pin];
    let ticket_before = ticket(&server.info(&pinned).await.unwrap());
    assert_eq!(server.bars(&pinned).await.unwrap().len(), 60);
    let on_disk = server.folder.path().join("dataset").join(&files[0].files[0].name);
    assert_eq!(std::fs::metadata(&on_disk).unwrap().len(), files[0].files[0].bytes);

    let list = async |keep_datasets: Option<u32>| {
        let request = wire::ListGarbageRequest { root: String::new(), keep_datasets };
        server.control.clone().list_garbage(request).await.map(tonic::Response::into_inner)
    };
    assert!(list(None).await.unwrap().items.is_empty());
    assert_eq!(list(Some(0)).await.unwrap_err().code(), Code::InvalidArgument);
    let listed = list(Some(1)).await.unwrap();
    let kinds: Vec<&str> = listed.items.iter().map(|item| item.kind.as_str()).collect();
    assert_eq!(kinds, ["dataset", "superseded_month"]);
    let collect = async |list_sha256: String| {
        let request = wire::CollectGarbageRequest { root: String::new(), keep_datasets: Some(1), list_sha256 };
        server.control.clone().collect_garbage(request).await.map(tonic::Response::into_inner)
    };
    assert_eq!(collect("0".repeat(64)).await.unwrap_err().code(), Code::Aborted);
    assert_eq!(collect("00".into()).await.unwrap_err().code(), Code::InvalidArgument);
    assert!(on_disk.exists());
    let deleted = collect(listed.list_sha256.clone()).await.unwrap();
    assert_eq!((deleted.items, deleted.bytes), (listed.items, listed.bytes));
    assert!(!on_disk.exists());

    let left = control.list_datasets(wire::ListDatasetsRequest::default()).await.unwrap().into_inner().datasets;
    assert_eq!(left, [new]);
    server.bars(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    let gone = control.get_dataset(wire::GetDatasetRequest { dataset_id: old.dataset_id }).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert!(gone.message().contains("it was deleted as garbage; the bars or settlements of its contracts"), "{gone}");
    // Nor are its bars damage.
    let gone = [server.info(&pinned).await.unwrap_err(), server.messages(ticket_before).await.unwrap_err()];
    for gone in gone {
        assert_eq!(gone.code(), Code::NotFound, "{gone}");
        let message = format!("rows of NQM2025 with digest {} were deleted as garbage", files[0].content_sha256);
        assert_eq!(gone.message(), message);
    }
}

#[tokio::test]
async fn an_import_says_what_came_in_and_what_it_took_out() {
    let server = Server::start().await;
    let counts = |answer: &wire::ImportBarsResponse| (answer.contracts[0].rows_added, answer.contracts[0].rows_removed);
    let first = server.import(FILE, &day(1, 80_000)).await.unwrap();
    assert_eq!(counts(&first), (60, 0));
    assert_eq!(counts(&server.import(FILE, &day(1, 80_000)).await.unwrap()), (0, 0));
    let revision = rows("2025-04-01T14:50:00Z", "2025-04-01T15:00:00Z", |_| 80_004);
    let header = wire::ImportHeader {
        format: "ninjatrader".into(),
        root: "NQ".into(),
        file_name: FILE.into(),
        supersede: vec![first.file_sha256],
        ..Default::default()
    };
    assert_eq!(counts(&server.import_parts(header, vec![revision.into_bytes()]).await.unwrap()), (10, 60));
}
