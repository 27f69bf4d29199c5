use crate::BarStore;
use crate::testing::{bars, dataset, file, publish};

#[tokio::test]
async fn documents_of_another_format_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = BarStore::open(folder.path()).await.unwrap();
    let bars = publish(&store, &file("NQM2025", bars(0..3, 1)), "a", &[]).await.unwrap();
    let mut later = dataset(&[&bars], "NONE", 1);
    store.put_dataset(&later).await.unwrap();
    // As a later program would have named and sealed it.
    later.inputs.format = 2;
    later.dataset_id = later.inputs.dataset_id();
    store.put_dataset(&later).await.unwrap();
    let refused = store.dataset(later.dataset_id).await.unwrap_err().to_string();
    assert!(refused.ends_with("the format of its inputs is 2, this program reads 1"), "{refused}");

    std::fs::remove_dir_all(folder.path().join("seals")).unwrap();
    let name = folder.path().join("builds/NQ/1m/00000001.json");
    let entry = std::fs::read_to_string(&name).unwrap();
    std::fs::write(&name, entry.replacen("\"format\":1", "\"format\":2", 1)).unwrap();
    let root = "NQ".parse().unwrap();
    let policy = later.inputs.roll_policy.as_str();
    for refused in [
        store.builds(root, "1m").await.unwrap_err().to_string(),
        store.newest_build(root, "1m", "BACK_ADJUST", policy).await.unwrap_err().to_string(),
    ] {
        assert!(refused.contains("builds/NQ/1m/00000001.json"), "{refused}");
        assert!(refused.ends_with("its format is 2, this program reads 1"), "{refused}");
    }
}
