//! The seeds of the fuzz targets in `tests/fuzz/seeds`: made here, committed, and held to their names. A seed that a change
//! of its format refuses would let the fuzzer begin at the front door.
//!
//! `UPDATE_FUZZ_SEEDS=1 cargo test --release -p peaktrade-store --lib fuzz_seeds` writes them anew.

mod binary;
mod texts;
mod vendor_series;

use std::path::{Path, PathBuf};

use super::fuzz;

/// One seed: its name begins with what becomes of it.
struct Seed {
    target: &'static str,
    name: String,
    bytes: Vec<u8>,
}

fn seed(target: &'static str, name: &str, bytes: impl Into<Vec<u8>>) -> Seed {
    Seed { target, name: name.to_owned(), bytes: bytes.into() }
}

/// Targets of importers, each with the format that it reads.
const TARGETS: [(&str, &str); 17] = [
    ("barchart", "barchart"),
    ("databento_csv", "databento"),
    ("databento_dbn", "databento"),
    ("firstrate", "firstrate"),
    ("ibkr", "ibkr"),
    ("lean", "lean"),
    ("massive", "massive"),
    ("ninjatrader", "ninjatrader"),
    ("parquet_columns", "parquet"),
    ("profile", "csv"),
    ("scid", "scid"),
    ("settlements_csv", "settlements csv"),
    ("sierra", "sierra"),
    ("statistics", "settlements databento"),
    ("tradestation", "tradestation"),
    ("tradingview", "tradingview"),
    ("vendor_series", "vendor_series"),
];

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(target)
}

#[test]
fn seeds_of_importers_are_read_or_refused_as_named() {
    let made: Vec<Seed> = texts::all().into_iter().chain(vendor_series::all()).chain(binary::all()).collect();
    if std::env::var_os("UPDATE_FUZZ_SEEDS").is_some() {
        for Seed { target, name, bytes } in &made {
            std::fs::create_dir_all(folder(target)).unwrap();
            std::fs::write(folder(target).join(name), bytes).unwrap();
        }
    }
    let mut wrong = Vec::new();
    for (target, format) in TARGETS {
        let (mut accepted, mut refused) = (0, 0);
        for entry in std::fs::read_dir(folder(target)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            if !made.iter().any(|seed| seed.target == target && seed.name == name) {
                wrong.push(format!("{target}/{name} is made by nothing"));
            }
            // What describes a file is understood by its target alone.
            if name.starts_with("described_") {
                continue;
            }
            let read = match format.split_once(' ') {
                Some((_, format)) => fuzz::read_settlements(format, &bytes).map(|file| file.dispositions.to_string()),
                None if format == "csv" => {
                    let text = String::from_utf8(bytes).unwrap();
                    let parts: Vec<&str> = text.splitn(3, "\n===\n").collect();
                    let read = fuzz::read_by_profile(parts[0], parts[1], parts[2].as_bytes());
                    read.map(|file| file.dispositions.to_string())
                }
                None if format == "vendor_series" => {
                    fuzz::read_vendor_series(&bytes).map(|file| file.dispositions.to_string())
                }
                None => fuzz::read(format, &bytes).map(|file| file.dispositions.to_string()),
            };
            (accepted, refused) = (accepted + u32::from(read.is_ok()), refused + u32::from(read.is_err()));
            if read.is_ok() != name.starts_with("accepted_") || read.is_err() != name.starts_with("refused_") {
                wrong.push(format!("{target}/{name}: {read:?}"));
            }
        }
        if accepted < 2 || refused < 2 {
            wrong.push(format!("{target}: {accepted} accepted, {refused} refused; two of each are required"));
        }
    }
    for Seed { target, name, bytes } in &made {
        match std::fs::read(folder(target).join(name)) {
            // How these are packed is their libraries' affair.
            Ok(_) if ["lean", "parquet_columns"].contains(target) => {}
            Ok(written) if written == *bytes => {}
            Ok(_) => wrong.push(format!("{target}/{name} is not as it is made")),
            Err(error) => wrong.push(format!("{target}/{name}: {error}")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
