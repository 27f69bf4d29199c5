//! What is lost or damaged can be brought back by imports, and files that are published at once do not meet.

use std::path::{Path, PathBuf};

use peaktrade_continuous::Bars;

use crate::testing::{bars, digest, file, publish, tree};
use crate::{BarStore, ImportedFile, StoreError};

/// What befalls a month file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    /// It is gone, and with it its name in the hive.
    Removed,
    /// It loses its second half.
    Cut,
    /// It holds the rows of another month.
    Replaced,
}

fn file_name(folder: &Path, below: &str, month: &str) -> PathBuf {
    let names = tree(folder).into_keys();
    let is_it = |name: &String| name.starts_with(below) && name.contains("NQM2025") && name.contains(month);
    folder.join(names.into_iter().rfind(is_it).unwrap())
}

/// Harms a month file by its name in the store.
fn harm(folder: &Path, path: &Path, how: Harm) {
    match how {
        Harm::Removed => {
            let name = path.file_name().unwrap().to_str().unwrap();
            let digest = &name[name.rfind('-').unwrap()..];
            let hive = tree(folder).into_keys().filter(|name| name.starts_with("bars/") && name.ends_with(digest));
            hive.for_each(|name| std::fs::remove_file(folder.join(name)).unwrap());
            std::fs::remove_file(path).unwrap();
        }
        Harm::Cut => {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }
        Harm::Replaced => {
            let march = std::fs::read(file_name(folder, "content/", "2025-03")).unwrap(); // such as March's
            std::fs::write(path, march).unwrap();
        }
    }
}

const ALL: [Harm; 3] = [Harm::Removed, Harm::Cut, Harm::Replaced];

#[tokio::test]
async fn a_lost_or_damaged_month_comes_back_with_its_file() {
    for how in ALL {
        for supersede in [&[][..], &["a"]] {
            for is_reopened in [false, true] {
                let case = format!("{how:?}, superseding {supersede:?}, reopened {is_reopened}");
                let folder = tempfile::tempdir().unwrap();
                let mut store = BarStore::open(folder.path()).await.unwrap();
                let vendor_file = file("NQM2025", bars(0..3, 1));
                let manifest = publish(&store, &vendor_file, "a", &[]).await.unwrap();
                let before = tree(folder.path());
                harm(folder.path(), &file_name(folder.path(), "content/", "2025-04"), how); // such as April's
                if is_reopened {
                    store = BarStore::open(folder.path()).await.unwrap();
                }
                assert!(store.read(&manifest).await.unwrap_err().is_of_a_file(), "{case}");
                // Another file of the contract is refused by the name of the lost one, and leaves nothing.
                let other = publish(&store, &file("NQM2025", bars(3..5, 1)), "b", &[]).await.unwrap_err();
                assert!(other.to_string().contains("content/NQM2025/2025-04-"), "{case}: {other}");
                assert_eq!(publish(&store, &vendor_file, "a", supersede).await.unwrap(), manifest, "{case}");
                assert_eq!(store.read(&manifest).await.unwrap(), bars(0..3, 1), "{case}");
                assert_eq!(tree(folder.path()), before, "{case}");
                publish(&store, &file("NQM2025", bars(3..5, 1)), "b", &[]).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn superseding_all_files_of_a_contract_needs_nothing_of_what_was_stored() {
    for how in ALL {
        let folder = tempfile::tempdir().unwrap();
        let store = BarStore::open(folder.path()).await.unwrap();
        publish(&store, &file("NQM2025", bars(0..3, 1)), "a", &[]).await.unwrap();
        // April of the first generation, then that of the second.
        harm(folder.path(), &file_name(folder.path(), "content/", "2025-04"), Harm::Removed); // such as April's
        publish(&store, &file("NQM2025", bars(0..3, 2)), "b", &["a"]).await.unwrap();
        publish(&store, &file("NQM2025", bars(3..5, 2)), "c", &[]).await.unwrap();
        let newest = store.contract("NQM2025".parse().unwrap()).await.unwrap().unwrap();
        let april = newest.months[1].content_name(newest.contract);
        harm(folder.path(), &folder.path().join(april), how);
        let whole = file("NQM2025", bars(0..5, 3));
        publish(&store, &whole, "d", &["b"]).await.unwrap_err();
        let published = store.publish(&whole, "d", digest("d"), &[digest("b"), digest("c")]).await.unwrap().remove(0);
        assert_eq!((published.rows_added, published.rows_removed), (5, 5), "{how:?}");
        assert_eq!(store.read(&published.manifest).await.unwrap(), bars(0..5, 3), "{how:?}");
        // To whom the bars are owed is known without the generations before.
        let conflict = publish(&store, &file("NQM2025", bars(4..6, 4)), "e", &[]).await.unwrap_err();
        assert!(matches!(conflict, StoreError::Conflict(_)), "{how:?}: {conflict}");
        publish(&store, &file("NQM2025", bars(4..6, 4)), "e", &["d"]).await.unwrap();
    }
}

#[tokio::test]
async fn a_month_whose_name_was_lost_comes_back_from_the_hive() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let manifest = publish(&store, &file("NQM2025", bars(0..3, 1)), "a", &[]).await.unwrap();
    let before = tree(folder.path());
    std::fs::remove_dir_all(folder.path().join("content")).unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    assert_eq!(tree(folder.path()), before);
    assert_eq!(store.read(&manifest).await.unwrap(), bars(0..3, 1));
}

#[tokio::test]
async fn what_came_in_and_what_went_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let counted = async |bars: Bars, name: &str, supersede: &[&str]| {
        let supersede: Vec<_> = supersede.iter().map(|name| digest(name)).collect();
        let mut published = store.publish(&file("NQM2025", bars), name, digest(name), &supersede).await.unwrap();
        let published = published.remove(0);
        (published.rows_added, published.rows_removed, published.manifest.rows)
    };
    assert_eq!(counted(bars(0..5, 1), "a", &[]).await, (5, 0, 5));
    assert_eq!(counted(bars(3..9, 1), "b", &[]).await, (4, 0, 9));
    assert_eq!(counted(bars(3..9, 1), "b", &[]).await, (0, 0, 9));
    // b gives up its four; two of them come back with other values.
    assert_eq!(counted(bars(5..7, 2), "c", &["b"]).await, (2, 4, 7));
    assert_eq!(counted(bars(0..1, 3), "d", &["a", "c"]).await, (1, 7, 1));
}

/// A file of two contracts.
fn file_of_two(june: Bars, september: Bars) -> ImportedFile {
    let mut of_two = file("NQM2025", june);
    of_two.contracts.extend(file("NQU2025", september).contracts);
    of_two
}

#[tokio::test]
async fn of_two_files_at_once_that_contradict_each_other_one_leaves_nothing() {
    for _ in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let store = BarStore::open(folder.path()).await.unwrap();
        // They agree about June and differ about September.
        let (one, other) = (file_of_two(bars(0..5, 1), bars(0..5, 1)), file_of_two(bars(10..15, 1), bars(0..5, 2)));
        let outcomes = tokio::join!(
            store.publish(&one, "one", digest("one"), &[]),
            store.publish(&other, "other", digest("other"), &[]),
        );
        let (kept, refused) = match outcomes {
            (Ok(_), Err(refused)) => (bars(0..5, 1), refused),
            (Err(refused), Ok(_)) => (bars(10..15, 1), refused),
            outcomes => panic!("{outcomes:?}"),
        };
        assert!(refused.to_string().contains("nothing was imported"), "{refused}");
        let june = store.contract("NQM2025".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(store.read(&june).await.unwrap(), kept);
    }
}
