//! What is deleted is needed by nobody, whatever was imported, superseded and built.

use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use proptest::{prop_assert, prop_assert_eq, proptest};

use super::{DeletedDataset, Garbage, GarbageKind, GarbageRequest};
use crate::testing::{bars, dataset, digest, file, publish, tree};
use crate::{BarStore, StoreError};

fn request(keep: u32) -> GarbageRequest {
    GarbageRequest { roots: vec!["NQ".parse().unwrap()], keep_datasets: NonZeroU32::new(keep) }
}

async fn collect(store: &BarStore, keep: u32) -> Result<Garbage, StoreError> {
    let listed = store.garbage(&request(keep)).await?;
    store.collect_garbage(&request(keep), listed.sha256()).await
}

fn kinds(garbage: &Garbage) -> Vec<GarbageKind> {
    garbage.items.iter().map(|item| item.kind).collect()
}

#[tokio::test]
async fn what_is_listed_is_what_nobody_needs_and_all_that_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let first = publish(&store, &file("NQM2025", bars(0..3, 1)), "a", &[]).await.unwrap();
    let second = publish(&store, &file("NQM2025", bars(0..5, 1)), "b", &[]).await.unwrap();
    publish(&store, &file("NQM2025", bars(0..7, 1)), "c", &[]).await.unwrap();
    let (old, new) = (dataset(&[&first], "NONE", 1), dataset(&[&second], "NONE", 2));
    let other = dataset(&[&second], "BACK_ADJUST", 1);
    for built in [&old, &new, &other] {
        store.put_dataset(built).await.unwrap();
    }
    std::fs::write(folder.path().join("content/NQM2025/2025-05-0123456789abcdef.parquet"), "unnamed").unwrap();
    std::fs::write(folder.path().join("content/NQM2025/notes.txt"), "not ours").unwrap();
    std::fs::create_dir_all(folder.path().join("tmp")).unwrap();
    for (name, hours) in [("pending/1-1", 2), ("pending/2-2#1", 2), ("pending/3-3", 0), ("tmp/import-1-1", 2)] {
        let left = std::fs::File::create(folder.path().join(name)).unwrap();
        left.set_modified(SystemTime::now() - Duration::from_secs(hours * 3_600)).unwrap();
    }

    // All datasets stay, so do the generations of the first two files: nothing of them is garbage.
    let garbage = store.garbage(&request(0)).await.unwrap();
    use GarbageKind::{Dataset, Leftover, SupersededMonth, UnnamedMonth};
    assert_eq!(kinds(&garbage), [UnnamedMonth, Leftover, Leftover, Leftover], "{garbage:#?}");
    assert_eq!(garbage.bytes(), 7);
    // With one dataset of each kind the oldest goes, and with it the month that it alone needed.
    let garbage = store.garbage(&request(1)).await.unwrap();
    assert_eq!(kinds(&garbage), [Dataset, SupersededMonth, UnnamedMonth, Leftover, Leftover, Leftover], "{garbage:#?}");
    assert!(
        garbage.items[0]
            .reason
            .starts_with("1 newer builds of NQ 1m NONE with the same roll policy, session, snap and depth;"),
        "{garbage:#?}"
    );
    let reason = "last named by generation 1 of NQM2025, in force is 3; no dataset needs it";
    assert_eq!(garbage.items[1].reason, reason);

    let before = tree(folder.path());
    let changed = store.collect_garbage(&request(1), digest("another list")).await.unwrap_err();
    assert!(matches!(changed, StoreError::GarbageChanged), "{changed}");
    assert_eq!(tree(folder.path()), before);
    assert_eq!(collect(&store, 1).await.unwrap(), garbage);
    for item in &garbage.items {
        assert!(!folder.path().join(&item.name).exists(), "{item:?}");
    }
    for stays in ["content/NQM2025/notes.txt", "pending/3-3"] {
        assert!(folder.path().join(stays).exists(), "{stays}");
    }
    assert!(collect(&store, 1).await.unwrap().items.is_empty());
    assert_eq!(store.datasets("NQ".parse().unwrap(), "1m").await.unwrap(), [new, other]);
    assert_eq!(store.deleted_dataset(old.dataset_id).await.unwrap(), Some(DeletedDataset::InputsChanged));
    assert!(store.is_deleted(&first).await.unwrap() && !store.is_deleted(&second).await.unwrap());
    // Its bars are gone: building it again is refused by name, and as long as it is, the record of its deletion stays.
    let gone = store.put_dataset(&old).await.unwrap_err();
    assert!(matches!(gone, StoreError::Missing { .. }), "{gone}");
    assert!(store.is_collected(old.dataset_id).await.unwrap());
}

#[tokio::test]
async fn who_asks_for_a_deleted_dataset_is_told_whether_it_can_be_built_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let first = publish(&store, &file("NQM2025", bars(0..3, 1)), "a", &[]).await.unwrap();
    let (old, new) = (dataset(&[&first], "NONE", 1), dataset(&[&first], "NONE", 2));
    store.put_dataset(&old).await.unwrap();
    store.put_dataset(&new).await.unwrap();
    assert_eq!(store.deleted_dataset(old.dataset_id).await.unwrap(), None);
    let deleted = collect(&store, 1).await.unwrap();
    let reason = deleted.items[0].reason.as_str();
    assert!(reason.ends_with("that name it cannot be repeated without building it again"), "{reason}");
    assert_eq!(store.deleted_dataset(old.dataset_id).await.unwrap(), Some(DeletedDataset::Rebuildable));
    assert!(store.put_dataset(&old).await.unwrap(), "its bars are those of then");
    assert_eq!(store.deleted_dataset(old.dataset_id).await.unwrap(), None);
    // Bars that come after its deletion change what is told, and before it why it can go.
    collect(&store, 1).await.unwrap();
    assert_eq!(store.deleted_dataset(new.dataset_id).await.unwrap(), Some(DeletedDataset::Rebuildable));
    let second = publish(&store, &file("NQM2025", bars(3..5, 1)), "b", &[]).await.unwrap();
    assert_eq!(store.deleted_dataset(new.dataset_id).await.unwrap(), Some(DeletedDataset::InputsChanged));
    store.put_dataset(&dataset(&[&second], "NONE", 3)).await.unwrap();
    let deleted = collect(&store, 1).await.unwrap();
    let reason = deleted.items[0].reason.as_str();
    assert!(reason.contains("the bars or settlements of its contracts have changed since"), "{reason}");
    // A record of an older program does not say what its dataset was computed from.
    let name = folder.path().join(format!("collected/{}.json", old.dataset_id.sha256()));
    std::fs::remove_dir_all(folder.path().join("seals/collected")).unwrap();
    std::fs::write(name, format!("{{\"format\":1,\"dataset_id\":\"{}\"}}\n", old.dataset_id)).unwrap();
    assert_eq!(store.deleted_dataset(old.dataset_id).await.unwrap(), Some(DeletedDataset::Unknown));
}

#[tokio::test]
async fn a_month_that_a_dataset_needs_is_missed_and_not_garbage() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let first = publish(&store, &file("NQM2025", bars(1..3, 1)), "a", &[]).await.unwrap();
    let second = publish(&store, &file("NQM2025", bars(1..5, 1)), "b", &[]).await.unwrap();
    publish(&store, &file("NQM2025", bars(1..7, 1)), "c", &[]).await.unwrap();
    store.put_dataset(&dataset(&[&second], "NONE", 1)).await.unwrap();
    collect(&store, 1).await.unwrap();
    std::fs::remove_file(folder.path().join(second.months[0].content_name(second.contract))).unwrap();
    assert!(store.is_deleted(&first).await.unwrap());
    assert!(!store.is_deleted(&second).await.unwrap());
    let missing = collect(&store, 1).await.unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
}

#[tokio::test]
async fn a_file_can_be_superseded_after_its_generation_was_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    publish(&store, &file("NQM2025", bars(1..3, 1)), "a", &[]).await.unwrap();
    publish(&store, &file("NQM2025", bars(2..6, 1)), "b", &[]).await.unwrap();
    publish(&store, &file("NQM2025", bars(5..8, 1)), "c", &[]).await.unwrap();
    assert_eq!(kinds(&collect(&store, 0).await.unwrap()), [GarbageKind::SupersededMonth; 2]);
    publish(&store, &file("NQM2025", bars(7..9, 1)), "d", &[]).await.unwrap();
    collect(&store, 0).await.unwrap();
    // b had brought minutes 3 to 5.
    let manifest = publish(&store, &file("NQM2025", bars(4..6, 7)), "e", &["b"]).await.unwrap();
    let mut expected = bars(1..3, 1);
    expected.extend(bars(4..6, 7).view());
    expected.extend(bars(6..9, 1).view());
    assert_eq!(store.read(&manifest).await.unwrap(), expected);
    let conflict = publish(&store, &file("NQM2025", bars(5..8, 3)), "f", &[]).await.unwrap_err().to_string();
    for part in ["3 bars of NQM2025 differ", "\"e\" (sha256", "1 of them", "\"c\" (sha256", "2 of them"] {
        assert!(conflict.contains(part), "{part}: {conflict}");
    }
    assert!(conflict.contains("take out 1 stored bars"), "e's minute 4: {conflict}");
}

#[tokio::test]
async fn nothing_is_deleted_where_it_is_unknown_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let first = publish(&store, &file("NQM2025", bars(0..3, 1)), "a", &[]).await.unwrap();
    publish(&store, &file("NQM2025", bars(0..5, 1)), "b", &[]).await.unwrap();
    let built = dataset(&[&first], "NONE", 1);
    store.put_dataset(&built).await.unwrap();
    let name = folder.path().join(format!("datasets/{}.json", built.dataset_id.sha256()));
    let document = std::fs::read(&name).unwrap();
    std::fs::write(&name, &document[..document.len() / 2]).unwrap();
    let refused = collect(&store, 1).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unsealed { .. }), "{refused}");
    std::fs::write(&name, document).unwrap();
    std::fs::write(folder.path().join("datasets/notes.txt"), "?").unwrap();
    assert!(collect(&store, 1).await.unwrap_err().to_string().contains("datasets/notes.txt"));
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    /// Imports, revisions, builds and deletions in any order: all that a store without deletions would show is shown, but
    /// for the datasets that were deleted by name.
    #[test]
    fn deleting_takes_nothing_that_is_needed(
        steps in proptest::collection::vec((0_u8..10, 0_i64..30, 1_i64..12, 0_usize..4), 4..14),
        keep in 1_u32..3,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
            let swept = BarStore::open(folders[0].path()).await.unwrap();
            let whole = BarStore::open(folders[1].path()).await.unwrap();
            let contracts = ["NQM2025", "NQU2025"];
            let mut built = Vec::new();
            for (number, (kind, from, minutes, at)) in steps.into_iter().enumerate() {
                let contract = contracts[at % 2];
                let newest = swept.contract(contract.parse().unwrap()).await.unwrap();
                match (kind, newest) {
                    // A file; a revision of one of the files that are stored; another value makes a conflict of some.
                    (0..=5, newest) => {
                        let sources = newest.map_or_else(Vec::new, |newest| newest.sources);
                        let replaced = sources.get(at).filter(|_| kind > 3).map(|source| source.file_name.clone());
                        let value = if kind > 2 { 2 } else { 1 };
                        let file = file(contract, bars(from..from + minutes, value));
                        let replaced: Vec<&str> = replaced.iter().map(String::as_str).collect();
                        let name = number.to_string();
                        let outcomes = (
                            publish(&swept, &file, &name, &replaced).await,
                            publish(&whole, &file, &name, &replaced).await,
                        );
                        match outcomes {
                            (Ok(one), Ok(other)) => assert_eq!(one, other),
                            (one, other) => assert_eq!(
                                one.map_err(|error| error.to_string()),
                                other.map_err(|error| error.to_string())
                            ),
                        }
                    }
                    (6..=7, Some(newest)) => {
                        let manifest = dataset(&[&newest], if at > 1 { "NONE" } else { "BACK_ADJUST" }, from);
                        swept.put_dataset(&manifest).await.unwrap();
                        whole.put_dataset(&manifest).await.unwrap();
                        built.push(manifest);
                    }
                    _ => {
                        collect(&swept, if at == 0 { 0 } else { keep }).await.unwrap();
                        assert!(collect(&swept, 0).await.unwrap().items.is_empty());
                    }
                }
            }
            let left = collect(&swept, keep).await.unwrap();
            for contract in contracts {
                let contract = contract.parse().unwrap();
                let (one, other) = (swept.contract(contract).await.unwrap(), whole.contract(contract).await.unwrap());
                assert_eq!(one, other);
                if let Some(manifest) = one {
                    assert_eq!(swept.read(&manifest).await.unwrap(), whole.read(&manifest).await.unwrap());
                    assert_eq!(swept.owners(&manifest).await.unwrap(), whole.owners(&manifest).await.unwrap());
                }
            }
            let datasets = swept.datasets("NQ".parse().unwrap(), "1m").await.unwrap();
            for dataset in &datasets {
                for input in swept.input_manifests(dataset).await.unwrap() {
                    swept.read(&input).await.unwrap();
                }
            }
            // The newest of each kind are there, and of the others it is known that they were deleted.
            for method in ["NONE", "BACK_ADJUST"] {
                let newest = built.iter().rev().find(|manifest| manifest.inputs.method == method);
                prop_assert!(newest.is_none_or(|newest| datasets.contains(newest)), "{left:?}");
            }
            for manifest in &built {
                let is_collected = swept.is_collected(manifest.dataset_id).await.unwrap();
                prop_assert_eq!(!is_collected, datasets.contains(manifest), "{:?}", manifest.dataset_id);
            }
            Ok(())
        })?;
    }
}
