//! The store on a real disk: what is published can be read back, and nothing else.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use peaktrade_continuous::Bars;
use peaktrade_domain::{Calendar, Sha256, UnixNanos};
use peaktrade_store::{
    BarStore, Disposition, Format, ImportOptions, ImportRequest, ImportedFile, Published, StoreError, import,
};

const MARCH_31: &str = "2025-03-31T20:58:00Z";

/// A vendor file of some minutes from an instant on, each with its number as volume.
fn vendor_file(from: &str, minutes: std::ops::Range<i64>, volume_shift: i64) -> ImportedFile {
    let start: UnixNanos = from.parse().unwrap();
    let mut text = String::new();
    for minute in minutes {
        let close = UnixNanos::from_nanos(start.nanos() + (minute + 1) * UnixNanos::MINUTE).to_datetime();
        text += &format!("{};21000.25;21001;21000;21000.5;{}\n", close.format("%Y%m%d %H%M%S"), minute + volume_shift);
    }
    let request = ImportRequest {
        format: Format::parse("ninjatrader", "").unwrap(),
        root: "NQ".parse().unwrap(),
        file_name: "NQ 06-25.Last.txt".to_owned(),
        options: ImportOptions::default(),
    };
    import(std::io::Cursor::new(text), &request, &Calendar::shipped()).unwrap()
}

/// The bars of a file of one contract.
fn bars_of(file: &ImportedFile) -> &Bars {
    assert_eq!(file.contracts.len(), 1);
    &file.contracts[0].bars
}

/// Publishes a file of one contract, whose digest is that of its name.
async fn publish(store: &BarStore, file: &ImportedFile, name: &str) -> Result<Published, StoreError> {
    let mut published = store.publish(file, name, digest(name), &[]).await?;
    assert_eq!(published.len(), 1);
    Ok(published.remove(0))
}

fn digest(text: &str) -> Sha256 {
    Sha256::of(text.as_bytes())
}

fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found
}

fn hive(folder: &Path) -> BTreeSet<String> {
    files(&folder.join("bars"))
}

#[tokio::test]
async fn files_merge_over_months_and_the_same_content_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    // Two minutes before the daily break, and the evening session after it: 22:00 UTC is April 1st's trade date.
    let first = vendor_file(MARCH_31, 0..2, 1);
    let published = publish(&store, &first, "a.txt").await.unwrap();
    assert!(!published.already_present);
    assert_eq!((published.manifest.generation, published.manifest.rows), (1, 2));

    let second = vendor_file("2025-03-31T23:58:00Z", 0..5, 1);
    let merged = publish(&store, &second, "b.txt").await.unwrap();
    assert_eq!((merged.manifest.generation, merged.manifest.rows), (2, 7));
    let months: Vec<String> = merged.manifest.months.iter().map(|month| month.month.to_string()).collect();
    assert_eq!(months, ["2025-03", "2025-04"]);
    assert_eq!(merged.manifest.sources.len(), 2);

    let before = files(folder.path());
    for (again, name) in [(&first, "renamed.txt"), (&second, "b.txt")] {
        let again = publish(&store, again, name).await.unwrap();
        assert!(again.already_present, "{name}");
        assert_eq!(again.manifest, merged.manifest, "{name}");
    }
    assert_eq!(files(folder.path()), before);

    let bars = store.read(&merged.manifest).await.unwrap();
    let mut expected = bars_of(&first).clone();
    expected.extend(bars_of(&second).view());
    assert_eq!(bars, expected);
    // The older generation reads as it was.
    let old = store
        .contract_with_content(first.contracts[0].contract, published.manifest.content_sha256)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.read(&old).await.unwrap(), *bars_of(&first));
    // The hive holds each month of the newest generation once.
    let hive = hive(folder.path());
    assert_eq!(hive.len(), 2, "{hive:?}");
    assert!(hive.iter().any(|name| name.starts_with("root=NQ/year=2025/month=03/NQM2025-")), "{hive:?}");
    assert!(hive.iter().any(|name| name.starts_with("root=NQ/year=2025/month=04/NQM2025-")), "{hive:?}");
}

#[tokio::test]
async fn a_differing_bar_is_a_conflict_that_names_both_files_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    publish(&store, &vendor_file(MARCH_31, 0..2, 1), "first.txt").await.unwrap();
    let before = files(folder.path());
    let error = publish(&store, &vendor_file(MARCH_31, 0..2, 5), "second.txt").await.unwrap_err();
    let text = error.to_string();
    for part in [
        "2 bars of NQM2025",
        "second.txt",
        "first.txt",
        "2025-03-31T20:58:00Z",
        &digest("first.txt").to_string(),
        &digest("second.txt").to_string(),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(files(folder.path()), before);
}

#[tokio::test]
async fn what_a_dead_writer_left_does_not_show() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let file = vendor_file(MARCH_31, 0..2, 1);
    let published = publish(&store, &file, "a.txt").await.unwrap().manifest;
    let before = hive(folder.path());
    // Died after its month files, and, in an older time, with a file of its own in the hive.
    std::fs::write(folder.path().join("content/NQM2025/2025-03-0123456789abcdef.parquet"), "half a fi").unwrap();
    std::fs::write(folder.path().join("pending/1-1"), "half").unwrap();
    let hive_month = folder.path().join("bars/root=NQ/year=2025/month=03");
    std::fs::write(hive_month.join("NQM2025-0123456789abcdef.parquet"), "half a fi").unwrap();
    // Or between manifest and hive.
    let linked = folder.path().join("bars").join(before.first().unwrap());
    std::fs::remove_file(&linked).unwrap();

    let store = BarStore::open(folder.path()).await.unwrap();
    assert_eq!(store.contract(file.contracts[0].contract).await.unwrap(), Some(published.clone()));
    assert_eq!(store.read(&published).await.unwrap(), *bars_of(&file));
    assert_eq!(hive(folder.path()), before);
}

#[tokio::test]
async fn damage_is_named_and_never_served() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let manifest = publish(&store, &vendor_file(MARCH_31, 0..2, 1), "a.txt").await.unwrap().manifest;
    let other = publish(&store, &vendor_file("2025-04-01T14:00:00Z", 0..2, 1), "b.txt").await.unwrap();
    let content = folder.path().join("content/NQM2025");
    let name = |month: &str| {
        let names = files(&content);
        content.join(names.into_iter().find(|name| name.starts_with(month)).unwrap())
    };
    // April's rows under March's name.
    std::fs::remove_file(name("2025-03")).unwrap_or_default();
    let march = content.join(format!("2025-03-{}.parquet", &manifest.months[0].rows_sha256.to_string()[..16]));
    std::fs::copy(name("2025-04"), &march).unwrap();
    assert!(matches!(store.read(&other.manifest).await, Err(StoreError::Damaged { .. })));
    std::fs::write(&march, "no parquet").unwrap();
    assert!(matches!(store.read(&other.manifest).await, Err(StoreError::MonthFile { .. })));
    std::fs::remove_file(&march).unwrap();
    assert!(matches!(store.read(&other.manifest).await, Err(StoreError::Missing { .. })));
    // A manifest that lost its end, and a chain with a hole.
    let chain = folder.path().join("contracts/NQ/NQM2025");
    let newest = std::fs::read(chain.join("00000002.json")).unwrap();
    std::fs::write(chain.join("00000002.json"), &newest[..newest.len() / 2]).unwrap();
    assert!(matches!(store.contract(manifest.contract).await, Err(StoreError::Unsealed { .. })));
    // The same in a store from before there were seals.
    std::fs::remove_dir_all(folder.path().join("seals")).unwrap();
    assert!(matches!(store.contract(manifest.contract).await, Err(StoreError::Manifest { .. })));
    std::fs::write(chain.join("00000002.json"), &newest).unwrap();
    assert!(store.contract(manifest.contract).await.is_ok());
    let text = String::from_utf8(newest.to_vec()).unwrap();
    for (was, is) in [("\"rows\":4,", "\"rows\":3,"), ("2025-03-31T20:58", "2025-03-31T20:57"), ("NQM2025", "NQU2025")]
    {
        assert!(text.contains(was), "{text}");
        std::fs::write(chain.join("00000002.json"), text.replacen(was, is, 1)).unwrap();
        let refused = store.contract(manifest.contract).await.unwrap_err();
        assert!(matches!(refused, StoreError::Manifest { .. }), "{refused}");
    }
    std::fs::write(chain.join("00000002.json"), &newest).unwrap();
    std::fs::remove_file(chain.join("00000001.json")).unwrap();
    assert!(matches!(store.contract(manifest.contract).await, Err(StoreError::Manifest { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_the_same_time_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writers = Vec::new();
    for writer in 0..6_i64 {
        // Two store values as two processes would have them.
        let store = BarStore::open(folder.path()).await.unwrap();
        let file = vendor_file("2025-04-01T14:00:00Z", writer * 10..writer * 10 + 15, 1);
        writers.push(tokio::spawn(async move { publish(&store, &file, &format!("{writer}.txt")).await.unwrap() }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    // Whoever opens the store brings the hive in line, so it is looked at before.
    let hive_of_writers = hive(folder.path());
    let store = BarStore::open(folder.path()).await.unwrap();
    let manifest = store.contract("NQM2025".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(manifest.rows, 65);
    let whole = vendor_file("2025-04-01T14:00:00Z", 0..65, 1);
    assert_eq!(store.read(&manifest).await.unwrap(), *bars_of(&whole));
    let newest = format!("NQM2025-{}.parquet", &manifest.months[0].rows_sha256.to_string()[..16]);
    assert_eq!(hive_of_writers.len(), 1, "{hive_of_writers:?}");
    assert!(hive_of_writers.iter().all(|name| name.ends_with(&newest)), "{hive_of_writers:?}, newest is {newest}");
    assert_eq!(hive(folder.path()), hive_of_writers);

    assert_eq!(manifest.sources.iter().map(|source| source.rows_added).sum::<u64>(), 65);
}

/// A file of NQM2025 and of NQU2025, each with some minutes from an instant on.
fn file_of_two(minutes: std::ops::Range<i64>, volume_shift: i64) -> ImportedFile {
    let mut file = vendor_file("2025-04-01T14:00:00Z", minutes, volume_shift);
    let mut other = file.contracts[0].clone();
    other.contract = "NQU2025".parse().unwrap();
    file.contracts.push(other);
    file
}

#[tokio::test]
async fn a_file_of_several_contracts_is_published_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let published = store.publish(&file_of_two(0..5, 1), "two.dbn", digest("two.dbn"), &[]).await.unwrap();
    assert_eq!(published.len(), 2);
    for (published, contract) in published.iter().zip(["NQM2025", "NQU2025"]) {
        assert_eq!(published.manifest.contract.to_string(), contract);
        assert_eq!(published.manifest.sources[0].sha256, digest("two.dbn"));
        assert!(!published.already_present);
    }
    let before = files(folder.path());
    let again = store.publish(&file_of_two(0..5, 1), "two.dbn", digest("two.dbn"), &[]).await.unwrap();
    assert!(again.iter().all(|published| published.already_present));
    // New minutes of the first contract, others of the second: the second keeps the first from being published.
    let mut differing = file_of_two(5..9, 1);
    differing.contracts[1] = file_of_two(0..5, 7).contracts.remove(1);
    let error = store.publish(&differing, "x.dbn", digest("x.dbn"), &[]).await.unwrap_err();
    assert!(error.to_string().contains("5 bars of NQU2025 differ between \"x.dbn\""), "{error}");
    assert_eq!(files(folder.path()), before);
}

#[tokio::test]
async fn a_superseded_file_loses_what_it_alone_had_added() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let from = "2025-04-01T14:00:00Z";
    // a: minutes 0 to 9. b: 5 to 14, of which 10 to 14 are new. c is a revision of b: other values, and 14 gone, 15 come.
    publish(&store, &vendor_file(from, 0..10, 1), "a").await.unwrap();
    let old = publish(&store, &vendor_file(from, 5..15, 1), "b").await.unwrap().manifest;
    let revision = vendor_file(from, 10..14, 100);
    let supersede = async |file: &ImportedFile, name: &str, superseded: &[&str]| {
        let superseded: Vec<Sha256> = superseded.iter().map(|name| digest(name)).collect();
        store.publish(file, name, digest(name), &superseded).await.map(|mut published| published.remove(0))
    };
    let refused = supersede(&revision, "c", &[]).await.unwrap_err().to_string();
    assert!(refused.starts_with("4 bars of NQM2025 differ between \"c\""), "{refused}");
    let unknown = supersede(&revision, "c", &["nothing"]).await.unwrap_err().to_string();
    for part in [digest("nothing").to_string(), digest("a").to_string(), digest("b").to_string()] {
        assert!(unknown.contains(&part), "{unknown}");
    }
    // What a had brought is not b's to give up.
    let beyond = supersede(&vendor_file(from, 9..14, 100), "c", &["b"]).await.unwrap_err().to_string();
    assert!(beyond.starts_with("1 bars of NQM2025 differ between \"c\""), "{beyond}");

    let done = supersede(&revision, "c", &["b"]).await.unwrap();
    assert!(!done.already_present);
    let mut expected = bars_of(&vendor_file(from, 0..10, 1)).clone();
    expected.extend(bars_of(&revision).view());
    assert_eq!(store.read(&done.manifest).await.unwrap(), expected);
    let sources: Vec<&str> = done.manifest.sources.iter().map(|source| source.file_name.as_str()).collect();
    assert_eq!(sources, ["a", "c"]);
    assert_eq!(done.manifest.sources[1].supersedes, [digest("b")]);
    assert_eq!(done.manifest.sources[1].rows_added, 4);
    // What was built on the older generation still reads.
    let found = store.contract_with_content(old.contract, old.content_sha256).await.unwrap().unwrap();
    assert_eq!(store.read(&found).await.unwrap(), *bars_of(&vendor_file(from, 0..15, 1)));
    assert_eq!(hive(folder.path()).len(), 1);

    // The same again changes nothing; the superseded file does not come back by itself, only in its successor's place.
    assert!(supersede(&revision, "c", &["b"]).await.unwrap().already_present);
    let back = publish(&store, &vendor_file(from, 5..15, 1), "b").await.unwrap_err().to_string();
    assert!(back.contains("was superseded in NQM2025 by \"c\""), "{back}");
    let restored = supersede(&vendor_file(from, 5..15, 1), "b", &["c"]).await.unwrap().manifest;
    assert_eq!(store.read(&restored).await.unwrap(), *bars_of(&vendor_file(from, 0..15, 1)));
    assert_eq!(restored.sources[1].supersedes, [digest("c")]);
    assert_eq!(restored.sources[1].dispositions.of(Disposition::Kept), 10);
}
