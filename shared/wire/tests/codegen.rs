//! The committed code under `src/gen` is what the protos generate. `UPDATE_GENERATED=1 cargo test -p peaktrade-wire`
//! writes it anew.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;

const PACKAGES: [&str; 5] = ["common", "calendar", "dataset", "risk", "broker"];

#[test]
fn generated_code_is_current() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let generated = generate(&crate_dir.join("../../proto"));
    let committed_dir = crate_dir.join("src/gen");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        for (name, bytes) in &generated {
            fs::write(committed_dir.join(name), bytes).unwrap();
        }
        return;
    }
    let committed: BTreeMap<String, Vec<u8>> = fs::read_dir(&committed_dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&generated), "files under src/gen");
    for (name, bytes) in &generated {
        assert!(
            committed[name] == *bytes,
            "src/gen/{name} is stale: run UPDATE_GENERATED=1 cargo test -p peaktrade-wire"
        );
    }
}

fn generate(proto_dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let out = tempfile::tempdir().unwrap();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut all = Vec::new();
    for package in PACKAGES {
        let folder = proto_dir.join(format!("peaktrade/futures/{package}/v1"));
        let mut protos: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        protos.retain(|path| path.extension().is_some_and(|extension| extension == "proto"));
        protos.sort();
        // One descriptor set per service, so that a service's reflection lists itself alone.
        let descriptors = protox::compile(&protos, [proto_dir]).unwrap();
        files.insert(format!("{package}.bin"), strip_source_info(descriptors).encode_to_vec());
        all.extend(protos);
    }
    let descriptors = protox::compile(&all, [proto_dir]).unwrap();
    tonic_prost_build::configure().out_dir(out.path()).emit_rerun_if_changed(false).compile_fds(descriptors).unwrap();
    for entry in fs::read_dir(out.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The well-known types come from prost-types; an empty file of theirs is of no use.
        if name.starts_with("peaktrade") {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

/// Comments stay in the proto files; reflection clients do not read them, and the file halves.
fn strip_source_info(mut descriptors: prost_types::FileDescriptorSet) -> prost_types::FileDescriptorSet {
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    descriptors
}
