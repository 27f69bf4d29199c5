//! Where the programs under test lie.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Packages whose binaries the tests run.
const PACKAGES: [&str; 5] =
    ["peaktrade-calendar", "peaktrade-dataset", "peaktrade-risk-gate", "peaktrade-paper-broker", "peakctl"];

/// Root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this crate lies two folders below the root")
}

/// Path of a program, built from the sources as they are: `cargo test` builds no binary of another package.
///
/// # Panics
/// Where cargo cannot build, with cargo's words on stderr.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(build);
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not there after the build", path.display());
    path
}

/// Builds in the profile and the target folder of the running test; a moment when nothing changed.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    // target/release/deps/all-0123456789abcdef
    let folder = test.ancestors().nth(2).expect("cargo puts tests below target/PROFILE/deps").to_owned();
    let target = folder.parent().expect("the profile's folder lies in the target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(repository()).env("CARGO_TARGET_DIR", target).args(["build", "--locked", "--bins", "--quiet"]);
    if folder.file_name().is_some_and(|profile| profile == "release") {
        cargo.arg("--release");
    }
    for package in PACKAGES {
        cargo.args(["-p", package]);
    }
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "cargo build of {PACKAGES:?} failed: {status}");
    folder
}
