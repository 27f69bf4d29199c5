//! The store on a real disk: what is published can be read back, and nothing else.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use peaktrade_domain::{Calendar, Sha256, UnixNanos};
use peaktrade_store::{BarStore, ImportedFile, StoreError, ninjatrader};

const MARCH_31: &str = "2025-03-31T20:58:00Z";

/// A vendor file of some minutes from an instant on, each with its number as volume.
fn vendor_file(from: &str, minutes: std::ops::Range<i64>, volume_shift: i64) -> ImportedFile {
    let start: UnixNanos = from.parse().unwrap();
    let mut text = String::new();
    for minute in minutes {
        let close = UnixNanos::from_nanos(start.nanos() + (minute + 1) * UnixNanos::MINUTE).to_datetime();
        text += &format!("{};21000.25;21001;21000;21000.5;{}\n", close.format("%Y%m%d %H%M%S"), minute + volume_shift);
    }
    let contract = ninjatrader::contract_of("NQ 06-25.Last.txt", "NQ".parse().unwrap()).unwrap();
    ninjatrader::read(text.as_bytes(), contract, &Calendar::shipped()).unwrap()
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
    let published = store.publish(&first, "a.txt", digest("a")).await.unwrap();
    assert!(!published.already_present);
    assert_eq!((published.manifest.generation, published.manifest.rows), (1, 2));

    let second = vendor_file("2025-03-31T23:58:00Z", 0..5, 1);
    let merged = store.publish(&second, "b.txt", digest("b")).await.unwrap();
    assert_eq!((merged.manifest.generation, merged.manifest.rows), (2, 7));
    let months: Vec<String> = merged.manifest.months.iter().map(|month| month.month.to_string()).collect();
    assert_eq!(months, ["2025-03", "2025-04"]);
    assert_eq!(merged.manifest.sources.len(), 2);

    let before = files(folder.path());
    for (again, name) in [(&first, "renamed.txt"), (&second, "b.txt")] {
        let again = store.publish(again, name, digest(name)).await.unwrap();
        assert!(again.already_present, "{name}");
        assert_eq!(again.manifest, merged.manifest, "{name}");
    }
    assert_eq!(files(folder.path()), before);

    let bars = store.read(&merged.manifest).await.unwrap();
    let mut expected = first.bars.clone();
    expected.extend(second.bars.view());
    assert_eq!(bars, expected);
    // The older generation reads as it was.
    let old = store.contract_with_content(first.contract, published.manifest.content_sha256).await.unwrap().unwrap();
    assert_eq!(store.read(&old).await.unwrap(), first.bars);
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
    store.publish(&vendor_file(MARCH_31, 0..2, 1), "first.txt", digest("first")).await.unwrap();
    let before = files(folder.path());
    let error = store.publish(&vendor_file(MARCH_31, 0..2, 5), "second.txt", digest("second")).await.unwrap_err();
    let text = error.to_string();
    for part in [
        "2 bars of NQM2025",
        "second.txt",
        "first.txt",
        "2025-03-31T20:58:00Z",
        &digest("first").to_string(),
        &digest("second").to_string(),
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
    let published = store.publish(&file, "a.txt", digest("a")).await.unwrap().manifest;
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
    assert_eq!(store.contract(file.contract).await.unwrap(), Some(published.clone()));
    assert_eq!(store.read(&published).await.unwrap(), file.bars);
    assert_eq!(hive(folder.path()), before);
}

#[tokio::test]
async fn damage_is_named_and_never_served() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let manifest = store.publish(&vendor_file(MARCH_31, 0..2, 1), "a.txt", digest("a")).await.unwrap().manifest;
    let other = store.publish(&vendor_file("2025-04-01T14:00:00Z", 0..2, 1), "b.txt", digest("b")).await.unwrap();
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
    assert!(matches!(store.contract(manifest.contract).await, Err(StoreError::Manifest { .. })));
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
        writers.push(tokio::spawn(async move {
            store.publish(&file, &format!("{writer}.txt"), digest(&writer.to_string())).await.unwrap()
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let store = BarStore::open(folder.path()).await.unwrap();
    let manifest = store.contract("NQM2025".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(manifest.rows, 65);
    let whole = vendor_file("2025-04-01T14:00:00Z", 0..65, 1);
    assert_eq!(store.read(&manifest).await.unwrap(), whole.bars);
    assert_eq!(hive(folder.path()).len(), 1);

    assert_eq!(manifest.sources.iter().map(|source| source.rows_added).sum::<u64>(), 65);
}
