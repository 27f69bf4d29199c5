//! Stored formats are promises: a store of format 1, as committed under `fixtures`, reads for ever, and the same input
//! still gives the same names and ids.
//!
//! `UPDATE_FIXTURES=1` writes the fixture anew; that is a change of format and needs a reason.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use peaktrade_domain::{Calendar, Sha256, UnixNanos};
use peaktrade_store::{
    BarStore, ContractInput, DatasetInputs, DatasetManifest, Disposition, Format, ImportOptions, ImportRequest,
    ImportedFile, RollRecord, SeriesVariant, import,
};

const FILE_NAME: &str = "NQ 06-25.Last.txt";
const DATASET_ID: &str = "sha256:00042213d6e6e47d0738123fbd43c8164e2e13ac23d20d2815e1297fa6f51268";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-1")
}

fn vendor_file() -> ImportedFile {
    let mut text = String::new();
    for minute in 1..10 {
        text += &format!("20250331 14{minute:02}00;19000.25;19001;18999.5;19000;{minute}\n");
        text += &format!("20250401 14{minute:02}00;19100.25;19101;19099.5;19100;{minute}\n");
    }
    text += "20250405 150000;19100;19100;19100;19100;1\n";
    let request = ImportRequest {
        format: Format::parse("ninjatrader", "").unwrap(),
        root: "NQ".parse().unwrap(),
        file_name: FILE_NAME.to_owned(),
        options: ImportOptions::default(),
    };
    let mut file = import(std::io::Cursor::new(text), &request, &Calendar::shipped()).unwrap();
    // The fixture must not change with the calendar.
    file.contracts[0].calendar_sha256 = Sha256::of(b"calendar");
    file
}

fn dataset(content_sha256: Sha256) -> DatasetManifest {
    let instant = |text: &str| text.parse::<UnixNanos>().unwrap();
    let inputs = DatasetInputs {
        format: DatasetInputs::FORMAT,
        root: "NQ".parse().unwrap(),
        bar: "1m".to_owned(),
        method: "BACK_ADJUST".to_owned(),
        from: "2025-03-31".parse().unwrap(),
        to: "2025-04-01".parse().unwrap(),
        as_of: instant("2025-04-01T21:00:00Z"),
        calendar_sha256: Sha256::of(b"calendar"),
        roll_policy: "monday_before_third_friday@trade_date_open/last_common/60".to_owned(),
        roll_table: Vec::new(),
        contracts: vec![ContractInput { contract: "NQM2025".parse().unwrap(), content_sha256 }],
        settlements: Vec::new(),
        variant: SeriesVariant::default(),
    };
    let roll = RollRecord {
        from_symbol: "NQH2025".parse().unwrap(),
        to_symbol: "NQM2025".parse().unwrap(),
        roll_ts: instant("2025-03-16T22:00:00Z"),
        trade_date: "2025-03-17".parse().unwrap(),
        spread: "203.5".parse().unwrap(),
        spread_time: instant("2025-03-14T20:59:00Z"),
        to_time: None,
        from_price: "19667.5".parse().unwrap(),
        to_price: "19871".parse().unwrap(),
        from_volume: 12,
        to_volume: 3,
        method: "last_common".to_owned(),
        common_minutes: None,
        stale_session_minutes: 0,
        cumulative_adjustment: "203.5".parse().unwrap(),
        cumulative_factor: None,
    };
    DatasetManifest {
        dataset_id: inputs.dataset_id(),
        inputs,
        start: instant("2025-03-30T22:00:00Z"),
        end: instant("2025-04-01T21:00:00Z"),
        content_sha256,
        rows_in: 25,
        rows_out: 18,
        gaps_detected: 2,
        duplicates_removed: 0,
        rows_inactive: 7,
        nonpositive_rows: 0,
        first_nonpositive_time: None,
        minutes_outside_session: 0,
        minutes_unfinished: 0,
        first_time: instant("2025-03-31T14:00:00Z"),
        last_time: instant("2025-04-01T14:08:00Z"),
        rolls: vec![roll],
        sources: vec![Sha256::of(b"source")],
    }
}

async fn write(folder: &Path) {
    let store = BarStore::open(folder).await.unwrap();
    let published = store.publish(&vendor_file(), FILE_NAME, Sha256::of(b"source"), &[]).await.unwrap();
    store.put_dataset(&dataset(published[0].manifest.content_sha256)).await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_store_of_format_1_reads_and_todays_program_writes_the_same_documents() {
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        let _ = std::fs::remove_dir_all(fixture());
        write(&fixture()).await;
        // Second names and empty folders: the store makes them anew.
        std::fs::remove_dir_all(fixture().join("bars")).unwrap();
        std::fs::remove_dir_all(fixture().join("pending")).unwrap();
    }
    let scratch = tempfile::tempdir().unwrap();
    let (old, new) = (scratch.path().join("old"), scratch.path().join("new"));
    copy(&fixture(), &old);
    write(&new).await;

    let store = BarStore::open(&old).await.unwrap();
    let manifest = store.contract("NQM2025".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(store.read(&manifest).await.unwrap(), vendor_file().contracts[0].bars);
    assert_eq!(manifest.sources[0].dispositions.of(Disposition::OutOfSession), 1);
    let dataset_id = DATASET_ID.parse().unwrap();
    assert_eq!(store.dataset(dataset_id).await.unwrap(), Some(dataset(manifest.content_sha256)));
    let standard = "monday_before_third_friday@trade_date_open/last_common/60";
    let head = store.newest_build("NQ".parse().unwrap(), "1m", "BACK_ADJUST", standard).await.unwrap().unwrap();
    assert_eq!(head.dataset_id, dataset_id);
    assert_eq!(store.newest_build("NQ".parse().unwrap(), "1m", "NONE", standard).await.unwrap(), None);

    for name in ["contracts/NQ/NQM2025/00000001.json", "builds/NQ/1m/00000001.json"] {
        let (old, new) = (std::fs::read_to_string(old.join(name)), std::fs::read_to_string(new.join(name)));
        assert_eq!(old.unwrap(), new.unwrap(), "{name}");
    }
    let mut names: Vec<_> =
        std::fs::read_dir(old.join("content/NQM2025")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert!(names.iter().all(|name| new.join("content/NQM2025").join(name).exists()), "{names:?}");
}

#[tokio::test]
async fn the_same_inputs_with_another_outcome_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    write(scratch.path()).await;
    let store = BarStore::open(scratch.path()).await.unwrap();
    let manifest = store.dataset(DATASET_ID.parse().unwrap()).await.unwrap().unwrap();
    store.put_dataset(&manifest).await.unwrap();
    let changed = DatasetManifest { rows_out: 17, ..manifest.clone() };
    assert!(store.put_dataset(&changed).await.unwrap_err().to_string().contains(DATASET_ID));
    assert_eq!(store.dataset(manifest.dataset_id).await.unwrap(), Some(manifest));
    assert_eq!(store.builds("NQ".parse().unwrap(), "1m").await.unwrap().len(), 1);
}
