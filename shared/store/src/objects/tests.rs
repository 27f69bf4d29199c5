//! Every step of import, build, supersede, restating a vendor's series and deletion fails once, kills the process, or is
//! followed by a power cut: the store then reads as before or as after, and doing the same again completes it.

use std::path::Path;
use std::time::Duration;

use peaktrade_continuous::{Bars, DailyFact};
use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Sha256};

use super::faults::{Fault, Taken, cut_power};
use crate::testing::{bars, copy, dataset, digest, file, folders, publish, tree, vendor_series};
use crate::{
    BarStore, ContractManifest, DatasetManifest, GarbageRequest, SettlementFormat, SettlementManifest, StoreError,
    VendorBars, VendorSeriesManifest, import_settlements,
};

/// The system's numbers of errors.
const ENOSPC: i32 = 28;
const EIO: i32 = 5;

/// What is done to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// A second file adds bars to one month and begins another.
    Import,
    /// A file of two contracts, of which one is new.
    ImportTwo,
    /// Settlements of two contracts, of which one is new.
    Settlements,
    /// A series of what is stored.
    Build,
    /// A revision takes the place of a file.
    Supersede,
    /// A vendor's continuous series is restated: one of its two files is superseded.
    VendorSeries,
    /// Old generations go, and the older of two datasets.
    Collect,
}

fn contract() -> ContractSymbol {
    "NQM2025".parse().unwrap()
}

/// The store before the work.
async fn prepare(folder: &Path, work: Work) {
    let store = BarStore::open(folder).await.unwrap();
    let first = publish(&store, &file("NQM2025", bars(0..3, 1)), "a", &[]).await.unwrap();
    if work == Work::Settlements {
        settle(&store, "NQM2025,2025-03-13,19000,\n").await.unwrap();
    }
    if matches!(work, Work::Supersede | Work::Collect) {
        publish(&store, &file("NQM2025", bars(0..5, 1)), "b", &[]).await.unwrap();
    }
    if work == Work::VendorSeries {
        for (bars, name) in [(bars(0..3, 1), "a"), (bars(3..5, 1), "b")] {
            store.publish_vendor_series(&vendor_series(bars), name, digest(name), &[]).await.unwrap();
        }
    }
    if work == Work::Collect {
        store.put_dataset(&dataset(&[&first], "NONE", 1)).await.unwrap();
        let newest = store.contract(contract()).await.unwrap().unwrap();
        store.put_dataset(&dataset(&[&newest], "NONE", 2)).await.unwrap();
        publish(&store, &file("NQM2025", bars(0..7, 1)), "c", &[]).await.unwrap();
    }
}

/// Publishes settlements that stand in lines of CSV.
async fn settle(store: &BarStore, lines: &str) -> Result<(), StoreError> {
    let text = format!("contract,trade_date,settlement,open_interest\n{lines}");
    let imported = import_settlements(text.as_bytes(), SettlementFormat::Csv, root(), &Calendar::shipped()).unwrap();
    store.publish_settlements(&imported, "facts.csv", Sha256::of(text.as_bytes()), &[]).await.map(|_| ())
}

fn root() -> ContractRoot {
    "NQ".parse().unwrap()
}

fn garbage_request() -> GarbageRequest {
    GarbageRequest { roots: vec![root()], keep_datasets: std::num::NonZeroU32::new(1) }
}

async fn do_it(store: &BarStore, work: Work) -> Result<(), StoreError> {
    match work {
        Work::Import => publish(store, &file("NQM2025", bars(1..5, 1)), "b", &[]).await.map(|_| ()),
        Work::ImportTwo => {
            let mut of_two = file("NQM2025", bars(1..5, 1));
            of_two.contracts.extend(file("NQU2025", bars(0..3, 1)).contracts);
            publish(store, &of_two, "b", &[]).await.map(|_| ())
        }
        Work::Settlements => {
            settle(store, "NQM2025,2025-03-13,19000,\nNQM2025,2025-03-14,19100,\nNQU2025,2025-03-14,19300,\n").await
        }
        Work::Supersede => publish(store, &file("NQM2025", bars(3..6, 9)), "c", &["b"]).await.map(|_| ()),
        Work::VendorSeries => {
            let restated = vendor_series(bars(3..6, 9));
            store.publish_vendor_series(&restated, "c", digest("c"), &[digest("b")]).await.map(|_| ())
        }
        Work::Build => {
            let newest = store.contract(contract()).await?.unwrap();
            store.put_dataset(&dataset(&[&newest], "BACK_ADJUST", 1)).await.map(|_| ())
        }
        Work::Collect => {
            let listed = store.garbage(&garbage_request()).await?;
            store.collect_garbage(&garbage_request(), listed.sha256()).await.map(|_| ())
        }
    }
}

/// All that readers of a store can see: bars, settlements, datasets, the bars that they are computed from, and the series of
/// vendors.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    contracts: Vec<(ContractManifest, Bars)>,
    settlements: Vec<(SettlementManifest, Vec<DailyFact>)>,
    datasets: Vec<DatasetManifest>,
    vendor_series: Vec<(VendorSeriesManifest, VendorBars)>,
}

/// Everything that can be read, read; whatever is named must be there.
async fn look(folder: &Path) -> Seen {
    let store = BarStore::open(folder).await.unwrap();
    let (mut contracts, mut settlements) = (Vec::new(), Vec::new());
    for newest in store.contracts(root()).await.unwrap() {
        let bars = store.read(&newest).await.unwrap();
        contracts.push((newest, bars));
    }
    for newest in store.settlements(root()).await.unwrap() {
        let facts = store.read_settlements(&newest).await.unwrap();
        settlements.push((newest, facts));
    }
    let datasets = store.datasets(root(), "1m").await.unwrap();
    for dataset in &datasets {
        for input in store.input_manifests(dataset).await.unwrap() {
            store.read(&input).await.unwrap();
        }
    }
    let mut vendor_series = Vec::new();
    for manifest in store.vendor_series("NQ".parse().unwrap()).await.unwrap() {
        let bars = store.read_vendor_series(&manifest).await.unwrap();
        vendor_series.push((manifest, bars));
    }
    Seen { contracts, settlements, datasets, vendor_series }
}

/// The undisturbed run of a work: its steps, the store before and after it.
struct Undisturbed {
    before: tempfile::TempDir,
    seen_before: Seen,
    seen_after: Seen,
    files_after: std::collections::BTreeMap<String, Vec<u8>>,
    steps: Vec<Taken>,
}

async fn undisturbed(work: Work) -> Undisturbed {
    let before = tempfile::tempdir().unwrap();
    prepare(before.path(), work).await;
    let after = tempfile::tempdir().unwrap();
    copy(before.path(), after.path());
    let seen_before = look(before.path()).await;
    let store = BarStore::open(after.path()).await.unwrap();
    store.objects.faults.take();
    do_it(&store, work).await.unwrap();
    let steps = store.objects.faults.take();
    let seen_after = look(after.path()).await;
    assert_ne!(seen_after, seen_before, "{work:?}");
    Undisturbed { before, seen_before, seen_after, files_after: tree(after.path()), steps }
}

impl Undisturbed {
    /// Whether a store that was disturbed in the work shows what it did before or after it, or what is allowed between.
    fn allows(&self, work: Work, seen: &Seen) -> bool {
        let (before, after) = (&self.seen_before, &self.seen_after);
        let is_between = match work {
            Work::Import | Work::Build | Work::Supersede | Work::VendorSeries => false,
            // Of several contracts the first may be there and the others not yet.
            Work::ImportTwo => seen.contracts[..] == after.contracts[..1],
            Work::Settlements => seen.settlements[..] == after.settlements[..1],
            Work::Collect => seen.contracts == before.contracts,
        };
        seen == before || seen == after || is_between
    }
}

const ALL: [Work; 7] =
    [Work::Import, Work::ImportTwo, Work::Settlements, Work::Build, Work::Supersede, Work::VendorSeries, Work::Collect];

#[tokio::test]
async fn bytes_are_synced_before_names_and_names_before_those_who_name_them() {
    for work in ALL {
        let Undisturbed { steps, .. } = undisturbed(work).await;
        let mut synced_files = Vec::new();
        let mut unsynced_names: Vec<&str> = Vec::new();
        for step in &steps {
            match step {
                Taken::Write(_) | Taken::Unlink(..) => {}
                Taken::SyncFile(name) => synced_files.push(name.as_str()),
                Taken::SyncFolder(folder) => {
                    unsynced_names.retain(|name| name.rsplit_once('/').map_or("", |(parent, _)| parent) != folder);
                }
                Taken::Link(_, to) if to.starts_with("bars/") => {
                    // The hive's second names are made anew by whoever opens the store.
                }
                Taken::Link(from, to) => {
                    assert!(synced_files.contains(&from.as_str()), "{work:?}: {to} before its bytes: {steps:#?}");
                    let is_manifest = ["contracts/", "settlements/", "builds/", "vendor_series/"]
                        .iter()
                        .any(|folder| to.starts_with(folder));
                    let open: Vec<_> = unsynced_names.iter().filter(|name| !name.starts_with("seals/")).collect();
                    assert!(!is_manifest || open.is_empty(), "{work:?}: {to} before {open:?}: {steps:#?}");
                    unsynced_names.push(to);
                }
            }
        }
        assert!(unsynced_names.is_empty(), "{work:?} ends with {unsynced_names:?}: {steps:#?}");
        assert!(steps.len() > 5, "{work:?}: {steps:#?}");
    }
}

#[tokio::test]
async fn datasets_are_gone_for_good_before_their_months_go() {
    let Undisturbed { steps, .. } = undisturbed(Work::Collect).await;
    let unlinks = |folder: &str| {
        let is_it = |step: &Taken| matches!(step, Taken::Unlink(name, _) if name.starts_with(folder));
        steps.iter().enumerate().filter(|(_, step)| is_it(step)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let (datasets, months) = (unlinks("datasets/"), unlinks("content/"));
    let between = &steps[*datasets.last().unwrap()..*months.first().unwrap()];
    assert!(between.contains(&Taken::SyncFolder("datasets".to_owned())), "{steps:#?}");
}

#[tokio::test]
async fn a_fault_at_any_step_leaves_the_store_whole_and_the_work_can_be_done_again() {
    let (mut rounds, mut refused) = (0, 0);
    for work in ALL {
        let expected = undisturbed(work).await;
        for at in 0..expected.steps.len() {
            for fault in [Fault::Fails(ENOSPC), Fault::Fails(EIO), Fault::Dies] {
                let case =
                    format!("{work:?}, step {at} of {}: {:?}, {fault:?}", expected.steps.len(), expected.steps[at]);
                let folder = tempfile::tempdir().unwrap();
                copy(expected.before.path(), folder.path());
                let store = BarStore::open(folder.path()).await.unwrap();
                store.objects.faults.plan(at, fault);
                let outcome = do_it(&store, work).await;
                store.objects.faults.take();
                rounds += 1;
                match &outcome {
                    Ok(()) => assert!(fault != Fault::Dies || at + 1 >= expected.steps.len(), "{case}"),
                    Err(error) => {
                        refused += 1;
                        let text = error.to_string();
                        let is_full = matches!(error, StoreError::Full { .. });
                        // A name that could not be removed is no want of room.
                        let is_removal = matches!(expected.steps[at], Taken::Unlink(..));
                        assert_eq!(is_full, fault == Fault::Fails(ENOSPC) && !is_removal, "{case}: {text}");
                        if is_full {
                            assert!(text.contains(&*folder.path().canonicalize().unwrap().to_string_lossy()), "{text}");
                        }
                    }
                }
                let seen = look(folder.path()).await;
                assert!(expected.allows(work, &seen), "{case}: {seen:#?}");
                assert!(outcome.is_err() || seen == expected.seen_after, "{case}");
                // The same again, with the same store value, as a service would after room was made.
                do_it(&store, work).await.unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(look(folder.path()).await, expected.seen_after, "{case}");
                assert_eq!(tree(folder.path()), expected.files_after, "{case}");
            }
        }
    }
    assert!(rounds > 200 && refused > 100, "{rounds} rounds, {refused} refused");
}

#[tokio::test]
async fn a_power_cut_after_any_step_leaves_the_store_whole() {
    let (mut random, mut cuts) = (20_250_317_u64, 0);
    for work in ALL {
        let expected = undisturbed(work).await;
        for at in 0..=expected.steps.len() {
            for loss in 0..4 {
                let case = format!("{work:?}, cut before step {at}, loss {loss}, random {random}");
                let folder = tempfile::tempdir().unwrap();
                copy(expected.before.path(), folder.path());
                let known = folders(folder.path());
                let store = BarStore::open(folder.path()).await.unwrap();
                store.objects.faults.plan(at, Fault::Dies);
                let is_done = do_it(&store, work).await.is_ok();
                let taken = store.objects.faults.take();
                cut_power(folder.path(), known, &taken, |_| {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    loss == 0 || (loss != 1 && random >> 63 == 0)
                });
                cuts += 1;
                let seen = look(folder.path()).await;
                assert!(expected.allows(work, &seen), "{case}: {seen:#?}");
                assert!(!is_done || seen == expected.seen_after, "{case}: what was acknowledged is gone");
                let store = BarStore::open(folder.path()).await.unwrap();
                do_it(&store, work).await.unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(look(folder.path()).await, expected.seen_after, "{case}");
            }
        }
    }
    assert!(cuts > 400, "{cuts}");
}

#[tokio::test]
async fn adding_waits_for_a_deletion_and_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let deleting = store.objects.hold_alone().await.unwrap();
    let busy = store.objects.hold_for_adding_within(Duration::ZERO).await.unwrap_err();
    assert_eq!(busy.to_string(), "adding waited 0 s while a deletion went on; try again when it is done");
    let objects = store.objects.clone();
    let adding = tokio::spawn(async move { objects.hold_for_adding().await.map(|_| ()) });
    tokio::task::yield_now().await;
    assert!(!adding.is_finished());
    drop(deleting);
    adding.await.unwrap().unwrap();
}

#[tokio::test]
async fn deleting_waits_for_those_who_add() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path(), Work::Collect).await;
    let store = BarStore::open(folder.path()).await.unwrap();
    let listed = store.garbage(&garbage_request()).await.unwrap();
    let adding = BarStore::open(folder.path()).await.unwrap().objects.hold_for_adding().await.unwrap();
    let other = store.clone();
    let deleting = tokio::spawn(async move { other.collect_garbage(&garbage_request(), listed.sha256()).await });
    // Two who add do not wait for each other, and meanwhile the list becomes another.
    publish(&store, &file("NQM2025", bars(0..9, 1)), "d", &[]).await.unwrap();
    assert!(!deleting.is_finished());
    drop(adding);
    let refused = deleting.await.unwrap().unwrap_err();
    assert!(matches!(refused, StoreError::GarbageChanged), "{refused}");
    assert_eq!(digest("d"), store.contract(contract()).await.unwrap().unwrap().sources[3].sha256);
}
