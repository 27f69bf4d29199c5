//! What the tests of the store itself share.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Sha256, UnixNanos};
use serde_json::json;

use crate::disposition::DispositionCounts;
use crate::{
    BarStore, ContractManifest, DatasetInputs, DatasetManifest, ImportedContract, ImportedFile, ImportedVendorSeries,
    StoreError, VendorBars,
};

/// Open of minute 0: the last minute of March, so that minutes from 1 on are another month's.
const START: &str = "2025-03-31T23:59:00Z"; // an example

/// Bars of some minutes; a value stands in their prices and volumes.
pub(crate) fn bars(minutes: Range<i64>, value: i64) -> Bars {
    let start: UnixNanos = START.parse().unwrap();
    let mut bars = Bars::default();
    for minute in minutes {
        let ts = start.nanos() + minute * UnixNanos::MINUTE;
        let price = 20_000_000_000_000 + (minute + value) * 250_000_000;
        bars.push(Bar { ts, open: price, high: price, low: price, close: price, volume: value });
    }
    bars
}

/// A vendor file of one contract.
pub(crate) fn file(contract: &str, bars: Bars) -> ImportedFile {
    let dispositions = DispositionCounts::default();
    let contract = contract.parse().unwrap();
    let calendar_sha256 = Sha256::of(b"calendar");
    ImportedFile {
        format: "ninjatrader".to_owned(),
        reading: BTreeMap::new(),
        contracts: vec![ImportedContract { contract, bars, dispositions, calendar_sha256 }],
        dispositions,
    }
}

/// A vendor's continuous series of one file.
pub(crate) fn vendor_series(bars: Bars) -> ImportedVendorSeries {
    ImportedVendorSeries {
        format: "tradingview",
        series: "NQ/NQ1!/1m/adjusted".parse().unwrap(),
        bars: VendorBars::new(bars, true),
        dispositions: DispositionCounts::default(),
        calendar_sha256: Sha256::of(b"calendar"),
    }
}

pub(crate) fn digest(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

/// Publishes a file of one contract, whose digest is that of its name.
pub(crate) async fn publish(
    store: &BarStore,
    file: &ImportedFile,
    name: &str,
    supersede: &[&str],
) -> Result<ContractManifest, StoreError> {
    let supersede: Vec<Sha256> = supersede.iter().map(|name| digest(name)).collect();
    Ok(store.publish(file, name, digest(name), &supersede).await?.remove(0).manifest)
}

/// A dataset over the bars of some contracts; `variant` makes it another one of the same kind. Read from a document, so
/// that fields which documents may lack have their defaults.
pub(crate) fn dataset(contracts: &[&ContractManifest], method: &str, variant: i64) -> DatasetManifest {
    let at = |minutes: i64| UnixNanos::from_nanos(minutes * UnixNanos::MINUTE);
    let input = |manifest: &&ContractManifest| {
        json!({
            "contract": manifest.contract,
            "content_sha256": manifest.content_sha256,
        })
    };
    let inputs = json!({
        "format": DatasetInputs::FORMAT,
        "root": "NQ",
        "bar": "1m",
        "method": method,
        "from": "2025-03-31",
        "to": "2025-04-01",
        "as_of": at(variant),
        "calendar_sha256": digest("calendar"),
        "roll_policy": "monday_before_third_friday@trade_date_open/last_common/60",
        "roll_table": [],
        "contracts": contracts.iter().map(input).collect::<Vec<_>>(),
    });
    let dataset_id = serde_json::from_value::<DatasetInputs>(inputs.clone()).unwrap().dataset_id();
    let manifest = json!({
        "dataset_id": dataset_id,
        "inputs": inputs,
        "start": at(0),
        "end": at(1),
        "content_sha256": digest("rows"),
        "rows_in": 1,
        "rows_out": 1,
        "gaps_detected": 0,
        "duplicates_removed": 0,
        "rows_inactive": 0,
        "first_time": at(0),
        "last_time": at(0),
        "rolls": [],
        "sources": [],
    });
    serde_json::from_value(manifest).unwrap()
}

/// Files below a folder and their bytes; what is on its way, and the lock, left out.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    walk(folder, &mut |path| {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        if path.is_file() && !name.starts_with("pending") && name != "lock" {
            found.insert(name, std::fs::read(path).unwrap());
        }
    });
    found
}

/// Folders below a folder, by their names in it, and itself.
pub(crate) fn folders(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::from([PathBuf::new()]);
    walk(folder, &mut |path| {
        if path.is_dir() {
            found.insert(path.strip_prefix(folder).unwrap().to_owned());
        }
    });
    found
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        visit(&path);
        if path.is_dir() {
            walk(&path, visit);
        }
    }
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).into_iter().flatten() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
