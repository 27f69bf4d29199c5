use peaktrade_domain::{Calendar, Sha256};

use crate::settlement_facts::encode;
use crate::{BarStore, PublishedSettlements, SettlementFormat, StoreError, import_settlements};

struct Scene {
    folder: tempfile::TempDir,
    store: BarStore,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = BarStore::open(folder.path()).await.unwrap();
        Self { folder, store }
    }

    /// Publishes lines of CSV; the digest of its text names a file.
    async fn publish(&self, lines: &str, supersede: &[Sha256]) -> Result<Vec<PublishedSettlements>, StoreError> {
        let text = text(lines);
        let root = "NQ".parse().unwrap();
        let imported = import_settlements(text.as_bytes(), SettlementFormat::Csv, root, &Calendar::shipped());
        self.store.publish_settlements(&imported.unwrap(), "facts.csv", Sha256::of(text.as_bytes()), supersede).await
    }

    /// Facts of a contract as text without the header and the instants.
    async fn facts(&self, contract: &str) -> String {
        let manifest = self.store.settlements_of(contract.parse().unwrap()).await.unwrap().unwrap();
        let facts = self.store.read_settlements(&manifest).await.unwrap();
        assert_eq!(manifest.trade_dates, facts.len() as u64);
        let short = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {} {}", cells[0], cells[1], cells[3])
        };
        encode(&facts).lines().skip(1).map(short).collect::<Vec<_>>().join("; ")
    }
}

fn text(lines: &str) -> String {
    format!("contract,trade_date,settlement,open_interest\n{}\n", lines.replace("; ", "\n"))
}

fn sha256(lines: &str) -> Sha256 {
    Sha256::of(text(lines).as_bytes())
}

#[tokio::test]
async fn facts_of_several_files_come_together_and_the_same_file_again_changes_nothing() {
    let scene = Scene::new().await;
    let first = "NQH2025,2025-03-13,19000,; NQM2025,2025-03-13,19200.05,";
    let published = scene.publish(first, &[]).await.unwrap();
    assert_eq!(published.len(), 2);
    assert!(published.iter().all(|published| !published.already_present && published.manifest.generation == 1));
    assert!(scene.publish(first, &[]).await.unwrap().iter().all(|published| published.already_present));
    // Tomorrow's file repeats today's facts and adds to them.
    scene.publish("NQH2025,2025-03-13,19000,; NQH2025,2025-03-13,,100; NQH2025,2025-03-14,19100,", &[]).await.unwrap();
    assert_eq!(scene.facts("NQH2025").await, "2025-03-13 19000 100; 2025-03-14 19100 ");
    let again = BarStore::open(scene.folder.path()).await.unwrap();
    let listed = again.settlements("NQ".parse().unwrap()).await.unwrap();
    let told: Vec<_> = listed
        .iter()
        .map(|of| (of.contract.to_string(), of.generation, of.settlements, of.open_interests, of.sources.len()))
        .collect();
    assert_eq!(told, [("NQH2025".to_owned(), 2, 2, 1, 2), ("NQM2025".to_owned(), 1, 1, 0, 1)]);
    // What a dataset was built with stays readable under its digest.
    let old = published[0].manifest.content_sha256;
    let found = again.settlements_with_content("NQH2025".parse().unwrap(), old).await.unwrap().unwrap();
    assert_eq!(encode(&again.read_settlements(&found).await.unwrap()).lines().count(), 2);
}

#[tokio::test]
async fn a_fact_that_differs_is_a_conflict_until_its_file_is_superseded() {
    let scene = Scene::new().await;
    let first = "NQH2025,2025-03-13,19000,; NQH2025,2025-03-14,19100,";
    let second = "NQH2025,2025-03-14,19100.25,; NQM2025,2025-03-14,19300,";
    scene.publish(first, &[]).await.unwrap();
    let error = scene.publish(second, &[]).await.unwrap_err().to_string();
    assert!(error.contains("of 1 trade dates of NQH2025 differ between \"facts.csv\""), "{error}");
    assert!(error.contains(&sha256(first).to_string()) && error.contains("the first on 2025-03-14"), "{error}");
    assert!(scene.store.settlements_of("NQM2025".parse().unwrap()).await.unwrap().is_none(), "nothing was imported");

    assert!(error.contains("settlement 19100 is stored, 19100.25 is told"), "{error}");
    // A file that agrees is not to be superseded.
    let agreeing = "NQH2025,2025-03-12,18900,; NQH2025,2025-03-13,19000,";
    scene.publish(agreeing, &[]).await.unwrap();
    match scene.publish(second, &[]).await.unwrap_err() {
        StoreError::SettlementConflict(conflict) => {
            assert_eq!(conflict.supersede, [sha256(first)]);
            assert!(!conflict.stored.contains(&sha256(agreeing).to_string()), "{conflict}");
        }
        other => panic!("{other}"),
    }

    let wrong = Sha256::of(b"another");
    let error = scene.publish(second, &[wrong]).await.unwrap_err().to_string();
    assert!(error.contains("no stored settlements of its contracts come from a file with sha256"), "{error}");
    scene.publish(second, &[sha256(first)]).await.unwrap();
    // The superseded file leaves with all that it had said.
    let facts = scene.facts("NQH2025").await;
    assert_eq!(facts, "2025-03-12 18900 ; 2025-03-13 19000 ; 2025-03-14 19100.25 ", "what it alone had said is gone");
    assert!(scene.publish(second, &[sha256(first)]).await.unwrap().iter().all(|published| published.already_present));
    let error = scene.publish(first, &[]).await.unwrap_err().to_string();
    assert!(error.contains("was superseded in NQH2025 by \"facts.csv\""), "{error}");
}

#[tokio::test]
async fn an_instant_that_a_file_does_not_tell_contradicts_none() {
    let scene = Scene::new().await;
    let told = |known_at: &str| {
        format!("contract,trade_date,settlement,open_interest,known_at\nNQH2025,2025-03-13,19000,,{known_at}\n")
    };
    let publish = async |text: &str| {
        let imported =
            import_settlements(text.as_bytes(), SettlementFormat::Csv, "NQ".parse().unwrap(), &Calendar::shipped());
        let sha256 = Sha256::of(text.as_bytes());
        scene.store.publish_settlements(&imported.unwrap(), "facts.csv", sha256, &[]).await
    };
    let stored = async || {
        let manifest = scene.store.settlements_of("NQH2025".parse().unwrap()).await.unwrap().unwrap();
        scene.store.read_settlements(&manifest).await.unwrap()[0].settlement.unwrap().known_at.to_string()
    };
    publish(&told("2025-03-13T20:05:00Z")).await.unwrap();
    // The same value without its instant, and with a fact more.
    let more = "NQH2025,2025-03-13,19000,; NQH2025,2025-03-14,19100,";
    assert!(!scene.publish(more, &[]).await.unwrap()[0].already_present);
    assert_eq!(
        (stored().await.as_str(), scene.facts("NQH2025").await.matches("; ").count()),
        ("2025-03-13T20:05:00Z", 1)
    );
    assert!(scene.publish(more, &[]).await.unwrap()[0].already_present);
    let error = publish(&told("2025-03-13T20:06:00Z")).await.unwrap_err().to_string();
    assert!(
        error.contains("is the same, stored as known from 2025-03-13T20:05:00Z, told as from 2025-03-13T20:06:00Z"),
        "{error}"
    );
}

#[tokio::test]
async fn damage_is_told() {
    let scene = Scene::new().await;
    let manifest = scene.publish("NQH2025,2025-03-13,19000,", &[]).await.unwrap().remove(0).manifest;
    let folder = scene.folder.path().join("settlement_files/NQH2025");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replace("19000", "19001")).unwrap();
    let error = scene.store.read_settlements(&manifest).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    std::fs::remove_file(&file).unwrap();
    let error = scene.store.read_settlements(&manifest).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
}

#[tokio::test]
async fn what_was_lost_or_damaged_comes_back_with_its_file_and_is_in_no_other_files_way() {
    for lines in ["NQH2025,2025-03-13,19000,", "NQH2025,2025-03-13,19000.25,"] {
        for is_lost in [false, true] {
            let scene = Scene::new().await;
            let first = "NQH2025,2025-03-13,19000,";
            let manifest = scene.publish(first, &[]).await.unwrap().remove(0).manifest;
            let name = scene.folder.path().join(manifest.sources[0].content_name(manifest.contract));
            if is_lost {
                std::fs::remove_file(&name).unwrap();
            } else {
                std::fs::write(&name, "half").unwrap();
            }
            scene.publish("NQH2025,2025-03-14,19100,", &[]).await.unwrap_err();
            let published = scene.publish(lines, &[sha256(first)]).await.unwrap().remove(0);
            assert_eq!(published.already_present, lines == first);
            assert!(!scene.facts("NQH2025").await.is_empty());
            assert_eq!(scene.publish(lines, &[]).await.unwrap()[0].manifest, published.manifest);
            scene.publish("NQH2025,2025-03-14,19100,", &[]).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_manifest_of_another_format_or_another_chain_is_refused() {
    let scene = Scene::new().await;
    scene.publish("NQH2025,2025-03-13,19000,", &[]).await.unwrap();
    scene.publish("NQH2025,2025-03-14,19100,", &[]).await.unwrap();
    // As in a store from before there were seals.
    std::fs::remove_dir_all(scene.folder.path().join("seals")).unwrap();
    let name = |number: u32| scene.folder.path().join(format!("settlements/NQ/NQH2025/0000000{number}.json"));
    let newest = std::fs::read_to_string(name(2)).unwrap();
    let contract = "NQH2025".parse().unwrap();
    for (was, is, problem) in [
        ("\"format\":1", "\"format\":2", "its format is 2, this program reads 1"),
        ("\"generation\":2", "\"generation\":3", "it says NQH2025 generation 3"),
        ("\"first_trade_date\":\"2025-03-13\"", "\"first_trade_date\":\"2025-03-15\"", "it says facts from"),
    ] {
        assert!(newest.contains(was), "{newest}");
        std::fs::write(name(2), newest.replacen(was, is, 1)).unwrap();
        let refused = scene.store.settlements_of(contract).await.unwrap_err().to_string();
        assert!(refused.contains(problem), "{refused}");
    }
    std::fs::write(name(2), &newest).unwrap();
    let first = std::fs::read_to_string(name(1)).unwrap();
    std::fs::write(name(1), first.replacen("facts.csv", "other.csv", 1)).unwrap();
    let refused = scene.store.settlements_of(contract).await.unwrap_err().to_string();
    assert!(refused.contains("it does not follow from settlements/NQ/NQH2025/00000001.json"), "{refused}");
}

#[tokio::test]
async fn of_two_files_at_once_that_contradict_each_other_one_leaves_nothing() {
    for _ in 0..8 {
        let scene = Scene::new().await;
        let one = "NQH2025,2025-03-13,19000,; NQM2025,2025-03-13,19200,";
        let other = "NQH2025,2025-03-12,18900,; NQM2025,2025-03-13,19200.25,";
        let outcomes = tokio::join!(scene.publish(one, &[]), scene.publish(other, &[]));
        let kept = match outcomes {
            (Ok(_), Err(_)) => "2025-03-13 19000 ",
            (Err(_), Ok(_)) => "2025-03-12 18900 ",
            outcomes => panic!("{outcomes:?}"),
        };
        assert_eq!(scene.facts("NQH2025").await, kept);
    }
}
