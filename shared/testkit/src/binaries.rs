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

/// Names the folder of programs that are built already; `tests/run` sets it.
const PREBUILT_VARIABLE: &str = "PEAKTRADE_BINARIES";

/// Path of a program. Unless `PEAKTRADE_BINARIES` names a folder, it is built from the sources as they are, because
/// `cargo test` builds no binary of another package.
///
/// # Panics
/// Where cargo cannot build, with cargo's words on stderr, or the folder lacks the program.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| std::env::var_os(PREBUILT_VARIABLE).map_or_else(build, PathBuf::from));
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not there; cargo build --release --bins makes it", path.display());
    path
}

/// Builds in the profile and the target folder of the running test; a moment when nothing changed.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    // target/release/deps/all-0123456789abcdef
    let folder = test.ancestors().nth(2).expect("cargo puts tests below target/PROFILE/deps").to_owned();
    let target = folder.parent().expect("the profile's folder lies in the target folder");
    // The cargo that runs this test; another one could be of another toolchain and build everything again.
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
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
