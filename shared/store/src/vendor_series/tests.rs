use std::num::NonZeroU32;

use peaktrade_domain::{Calendar, Sha256, UnixNanos};

use super::{PublishedVendorSeries, VendorSeries, VendorSeriesManifest, VendorSeriesRefusal};
use crate::testing::tree;
use crate::{BarStore, GarbageRequest, StoreError, VendorSeriesRequest, import_vendor_series};

struct Scene {
    folder: tempfile::TempDir,
    store: BarStore,
}

/// A file of five minutes: for each row its place from 2025-01-13T15:00:00Z on, as an example, and its close in points.
fn text(rows: &[(i64, &str)]) -> String {
    let start: UnixNanos = "2025-01-13T15:00:00Z".parse().unwrap(); // an example
    let row = |(at, close): &(i64, &str)| {
        format!("{},21000,21500,20500,{close},{}\n", start.seconds_floor() + at * 300, at + 1)
    };
    let header = "time,open,high,low,close,Volume\n".to_owned();
    header + &rows.iter().map(row).collect::<String>()
}

fn without_volume(text: &str) -> String {
    let lines = text.lines().map(|line| line.rsplit_once(',').map_or(line, |(rest, _)| rest));
    lines.map(|line| format!("{line}\n")).collect()
}

fn sha256(text: &str) -> Sha256 {
    Sha256::of(text.as_bytes())
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = BarStore::open(folder.path()).await.unwrap();
        Self { folder, store }
    }

    /// Publishes a file under its name; the digest of its text is the file's.
    async fn publish(
        &self,
        name: &str,
        adjusted: &str,
        text: &str,
        supersede: &[&str],
    ) -> Result<PublishedVendorSeries, StoreError> {
        let request = VendorSeriesRequest::parse("tradingview", "NQ".parse().unwrap(), name, adjusted).unwrap();
        let imported = import_vendor_series(text.as_bytes(), &request, &Calendar::shipped()).unwrap();
        let supersede: Vec<Sha256> = supersede.iter().map(|text| sha256(text)).collect();
        self.store.publish_vendor_series(&imported, name, sha256(text), &supersede).await
    }

    async fn publish_adjusted(&self, text: &str, supersede: &[&str]) -> Result<VendorSeriesManifest, StoreError> {
        Ok(self.publish("CME_MINI_NQ1!, 5.csv", "yes", text, supersede).await?.manifest)
    }

    /// Bars as minutes of the hour and volumes.
    async fn bars(&self, manifest: &VendorSeriesManifest) -> String {
        let bars = self.store.read_vendor_series(manifest).await.unwrap();
        assert_eq!((bars.len() as u64, bars.has_volume()), (manifest.rows, manifest.has_volume));
        let minute = |ts: &i64| UnixNanos::from_nanos(*ts).to_datetime().format("%H:%M").to_string();
        bars.stamps().iter().map(minute).collect::<Vec<_>>().join(" ")
    }
}

#[tokio::test]
async fn files_come_together_and_the_same_file_again_changes_nothing() {
    let scene = Scene::new().await;
    let (today, tomorrow) = (text(&[(0, "21000"), (1, "21001")]), text(&[(1, "21001"), (2, "21002")]));
    let first = scene.publish_adjusted(&today, &[]).await.unwrap();
    assert_eq!((first.generation, first.rows, first.has_volume, first.sources.len()), (1, 2, true, 1));
    assert_eq!(first.series.to_string(), "NQ/NQ1!/5m/adjusted");
    let before = tree(scene.folder.path());
    assert_eq!(before.len(), 3, "bars, manifest and seal: {:?}", before.keys());
    let again = scene.publish("CME_MINI_NQ1!, 5.csv", "yes", &today, &[]).await.unwrap();
    assert!(again.already_present);
    assert_eq!(tree(scene.folder.path()), before);

    let second = scene.publish_adjusted(&tomorrow, &[]).await.unwrap();
    assert_eq!((second.generation, second.rows, second.sources[1].bars, second.sources[1].bars_added), (2, 3, 2, 1));
    assert_eq!(scene.bars(&second).await, "15:00 15:05 15:10");
    // A file that says less than what is stored is no source.
    let repeat = scene.publish("CME_MINI_NQ1!, 5.csv", "yes", &text(&[(2, "21002")]), &[]).await.unwrap();
    assert!(repeat.already_present);
    assert_eq!(repeat.manifest, second);
    // What was served before is served again under its digest, by another reader of the folder, too.
    let store = BarStore::open(scene.folder.path()).await.unwrap();
    let pinned = store.vendor_series_with_content(first.series, first.content_sha256).await.unwrap().unwrap();
    assert_eq!(pinned, first);
    assert_eq!(scene.bars(&pinned).await, "15:00 15:05");
    assert_eq!(store.vendor_series_with_content(first.series, sha256("another")).await.unwrap(), None);
}

#[tokio::test]
async fn ticker_bar_and_adjustment_make_a_series_each() {
    let scene = Scene::new().await;
    let file = text(&[(0, "21000")]);
    for (name, adjusted) in [
        ("CME_MINI_NQ1!, 5.csv", "yes"),
        ("CME_MINI_NQ1!, 5.csv", "no"),
        ("CME_MINI_NQ2!, 5.csv", "no"),
        ("CME_MINI_NQ1!, 60.csv", "no"),
    ] {
        assert!(!scene.publish(name, adjusted, &file, &[]).await.unwrap().already_present, "{name} {adjusted}");
    }
    let listed = scene.store.vendor_series("NQ".parse().unwrap()).await.unwrap();
    let listed: Vec<String> = listed.iter().map(|manifest| manifest.series.to_string()).collect();
    assert_eq!(
        listed,
        ["NQ/NQ1!/5m/adjusted", "NQ/NQ1!/5m/unadjusted", "NQ/NQ1!/1h/unadjusted", "NQ/NQ2!/5m/unadjusted"]
    );
    assert!(scene.store.vendor_series("MNQ".parse().unwrap()).await.unwrap().is_empty());
    // No contract and no dataset came of it.
    assert!(scene.store.contracts("NQ".parse().unwrap()).await.unwrap().is_empty());
    assert!(scene.store.settlements("NQ".parse().unwrap()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_restated_history_is_a_conflict_until_its_sources_are_superseded() {
    let scene = Scene::new().await;
    let first = text(&[(0, "21000"), (1, "21001")]);
    let second = text(&[(2, "21002"), (3, "21003")]);
    let restated = text(&[(1, "21201"), (2, "21202"), (4, "21204")]);
    scene.publish_adjusted(&first, &[]).await.unwrap();
    let old = scene.publish_adjusted(&second, &[]).await.unwrap();
    let refused = scene.publish_adjusted(&restated, &[]).await.unwrap_err();
    let StoreError::VendorSeries(refusal) = &refused else { panic!("{refused}") };
    let VendorSeriesRefusal::Conflict(conflict) = &**refusal else { panic!("{refused}") };
    assert_eq!(conflict.supersede(), [sha256(&first), sha256(&second)]);
    let told = refused.to_string();
    assert!(told.starts_with("2 bars of NQ1! 5m adjusted differ between \"CME_MINI_NQ1!, 5.csv\" (sha256 "), "{told}");
    for source in [&first, &second] {
        assert!(told.contains(&format!("(sha256 {}), 1 of them", sha256(source))), "{told}");
    }
    assert!(
        told.contains("the first at 2025-01-13T15:05:00Z; nothing was imported; superseding would also take out 2")
    );
    // One of the two is not enough, and what is no source cannot be superseded.
    let one = scene.publish_adjusted(&restated, &[&first]).await.unwrap_err().to_string();
    assert!(one.starts_with("1 bars of NQ1! 5m adjusted differ"), "{one}");
    let wrong = scene.publish_adjusted(&restated, &["another"]).await.unwrap_err().to_string();
    assert!(wrong.contains("no stored bars of NQ1! 5m adjusted come from a file with sha256"), "{wrong}");

    let new = scene.publish_adjusted(&restated, &[&first, &second]).await.unwrap();
    // The superseded files leave with all that they had said.
    assert_eq!(scene.bars(&new).await, "15:05 15:10 15:20");
    assert_eq!(new.sources.len(), 1);
    assert_eq!(scene.publish_adjusted(&restated, &[&first, &second]).await.unwrap(), new);
    let back = scene.publish_adjusted(&first, &[]).await.unwrap_err().to_string();
    assert!(back.contains("was superseded in NQ1! 5m adjusted by \"CME_MINI_NQ1!, 5.csv\""), "{back}");
    assert_eq!(scene.bars(&old).await, "15:00 15:05 15:10 15:15", "old generations stay readable");
}

#[tokio::test]
async fn a_source_that_stays_keeps_its_bars_when_another_is_superseded() {
    let scene = Scene::new().await;
    let (first, second) = (text(&[(0, "21000"), (1, "21001")]), text(&[(1, "21001"), (2, "21002")]));
    scene.publish_adjusted(&first, &[]).await.unwrap();
    scene.publish_adjusted(&second, &[]).await.unwrap();
    let revised = text(&[(2, "21202")]);
    let new = scene.publish_adjusted(&revised, &[&second]).await.unwrap();
    assert_eq!(scene.bars(&new).await, "15:00 15:05 15:10");
    let names: Vec<Sha256> = new.sources.iter().map(|source| source.sha256).collect();
    assert_eq!(names, [sha256(&first), sha256(&revised)]);
    assert_eq!(new.sources[1].supersedes, [sha256(&second)]);
}

#[tokio::test]
async fn a_volume_told_by_one_file_only_is_a_conflict() {
    let scene = Scene::new().await;
    let with = text(&[(0, "21000"), (1, "21001")]);
    let without = without_volume(&text(&[(1, "21001"), (2, "21002")]));
    scene.publish_adjusted(&with, &[]).await.unwrap();
    let refused = scene.publish_adjusted(&without, &[]).await.unwrap_err().to_string();
    assert!(refused.contains("does not tell the volume of NQ1! 5m adjusted, and 2 stored bars do: from"), "{refused}");
    let new = scene.publish_adjusted(&without, &[&with]).await.unwrap();
    assert!(!new.has_volume);
    assert_eq!(scene.store.read_vendor_series(&new).await.unwrap().volumes(), None);
}

#[tokio::test]
async fn damage_is_told() {
    let scene = Scene::new().await;
    let manifest = scene.publish_adjusted(&text(&[(0, "21000")]), &[]).await.unwrap();
    let folder = scene.folder.path().join("vendor_series_files/NQ/NQ1!/5m/adjusted");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replace("21500", "21501")).unwrap();
    let error = scene.store.read_vendor_series(&manifest).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    std::fs::remove_file(&file).unwrap();
    let error = scene.store.read_vendor_series(&manifest).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    let document = scene.folder.path().join("vendor_series/NQ/NQ1!/5m/adjusted/00000001.json");
    let text = std::fs::read_to_string(&document).unwrap();
    std::fs::write(&document, text.replace("\"rows\":1", "\"rows\":2")).unwrap();
    let series: VendorSeries = manifest.series;
    let error = scene.store.vendor_series_of(series).await.unwrap_err();
    assert!(matches!(error, StoreError::Unsealed { .. }), "{error}");
}

#[tokio::test]
async fn garbage_collection_leaves_every_generation_alone() {
    let scene = Scene::new().await;
    let (first, restated) = (text(&[(0, "21000")]), text(&[(0, "21200"), (1, "21201")]));
    let old = scene.publish_adjusted(&first, &[]).await.unwrap();
    scene.publish_adjusted(&restated, &[&first]).await.unwrap();
    let before = tree(scene.folder.path());
    let request = GarbageRequest { roots: vec!["NQ".parse().unwrap()], keep_datasets: NonZeroU32::new(1) };
    let garbage = scene.store.garbage(&request).await.unwrap();
    assert_eq!(garbage.items, []);
    scene.store.collect_garbage(&request, garbage.sha256()).await.unwrap();
    assert_eq!(tree(scene.folder.path()), before);
    assert_eq!(scene.bars(&old).await, "15:00", "a ticket for superseded bars is served as before");
}
