//! The dataset descriptor and the market-data reference, with the names that their readers use.

use std::path::{Path, PathBuf};

use peaktrade_domain::UnixNanos;
use peaktrade_parity::files::BarsWritten;
use peaktrade_wire::dataset::v1 as dataset;
use serde_json::{Value, json};

use super::closes::Closes;
use crate::cli::StampEnd;
use crate::failure::Failure;

/// Venue of all contracts here.
const VENUE: &str = "CME";

/// Where a cache files a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locator {
    namespace: String,
    dataset: String,
    partition: Option<String>,
}

impl Locator {
    /// Reads `namespace/dataset` or `namespace/dataset/partition`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let parts: Vec<&str> = text.split('/').collect();
        let is_name = |part: &&str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '='))
        };
        let refusal = || {
            Failure::Usage(format!(
                "--refs {text:?} is not NAMESPACE/DATASET or NAMESPACE/DATASET/PARTITION, each of letters, digits, '_', \
                 '-', '=' and '.', '.' not at the start"
            ))
        };
        if !parts.iter().all(is_name) {
            return Err(refusal());
        }
        match parts[..] {
            [namespace, dataset] => {
                Ok(Self { namespace: namespace.to_owned(), dataset: dataset.to_owned(), partition: None })
            }
            [namespace, dataset, partition] => Ok(Self {
                namespace: namespace.to_owned(),
                dataset: dataset.to_owned(),
                partition: Some(partition.to_owned()),
            }),
            _ => Err(refusal()),
        }
    }

    /// Its folder in a cache.
    pub(super) fn folder(&self, cache: &Path) -> PathBuf {
        let folder = cache.join(&self.namespace).join(&self.dataset);
        self.partition.iter().fold(folder, |folder, partition| folder.join(partition))
    }
}

/// A series and the names it goes by.
pub(super) struct Series {
    dataset: dataset::Dataset,
    stamp: StampEnd,
    /// First open and the end of the last bar.
    start: UnixNanos,
    end: UnixNanos,
    as_of: UnixNanos,
}

impl Series {
    /// A dataset's series.
    pub(super) fn new(found: &dataset::Dataset, stamp: StampEnd, closes: &Closes) -> Result<Self, Failure> {
        let instant = |name: &str, value: Option<prost_types::Timestamp>| {
            peaktrade_wire::instant(value, name).map_err(|error| Failure::Internal(error.to_string()))
        };
        let start = instant("first_time", found.first_time)?;
        let last = instant("last_time", found.last_time)?;
        let as_of = instant("as_of", found.as_of)?;
        Ok(Self { dataset: found.clone(), stamp, start, end: closes.of(last)?, as_of })
    }

    /// The pinned series over Flight.
    pub(super) fn flight_path(&self) -> Vec<String> {
        let dataset::Dataset { root, bar, method, dataset_id, .. } = &self.dataset;
        ["continuous", root, bar, method, &format!("@{dataset_id}")].map(str::to_owned).to_vec()
    }

    /// Digest of the rows.
    pub(super) fn content_sha256(&self) -> &str {
        &self.dataset.content_sha256
    }

    /// `<symbol>.bars.<timeframe>.<start>_<end>.parquet`, instants without the characters that file systems dislike.
    pub(super) fn file_name(&self) -> String {
        format!("{}.parquet", self.stem())
    }

    /// Name of the descriptor beside it.
    pub(super) fn descriptor_name(&self) -> String {
        format!("{}.descriptor.json", self.stem())
    }

    /// Which end of its bar a stamp is, as readers call it.
    pub(super) const fn timestamp_semantics(&self) -> &'static str {
        match self.stamp {
            StampEnd::Open => "utc_bar_open_inclusive_start",
            StampEnd::Close => "utc_bar_close_exclusive_end",
        }
    }

    fn stem(&self) -> String {
        let compact = |instant: UnixNanos| instant.to_string().replace([':', '+', '-', '.'], "");
        format!("{}.bars.{}.{}_{}", self.dataset.root, self.dataset.bar, compact(self.start), compact(self.end))
    }

    /// The fields of `admissible_versioned_futures_dataset_v1`.
    pub(super) fn descriptor(&self, written: &BarsWritten) -> Value {
        let dataset::Dataset { root, bar, method, dataset_id, content_sha256, contracts, roll_policy, .. } =
            &self.dataset;
        json!({
            "dataset_id": format!("continuous/{root}/{bar}/{method}"),
            "dataset_version": dataset_id,
            "dataset_schema_version": "1",
            "dataset_digest": content_sha256,
            "instrument_id": format!("{VENUE}:{root}"),
            "contract_type": "futures",
            "futures_only": true,
            "venue_id": VENUE,
            "start_time": self.start.to_string(),
            "end_time": self.end.to_string(),
            "row_count": written.rows,
            "field_bindings": {
                "timestamp": "timestamp", "open": "open", "high": "high", "low": "low", "close": "close",
                "volume": "volume",
            },
            "timestamp_semantics": self.timestamp_semantics(),
            "timezone": "UTC",
            "ordering_status": "SORTED_ASCENDING_UNIQUE_INDEX",
            "duplicate_policy": "FAIL_CLOSED_ON_DUPLICATE_INDEX",
            "missing_data_policy": "MINUTES_WITHOUT_TRADE_ARE_ABSENT",
            "provenance": {
                "source_type": "vendor_contract_bars",
                "venue_id": VENUE,
                // No dataset holds a wall time; this is the instant up to which its bars are known.
                "ingestion_timestamp": self.as_of.to_string(),
                "generation_method": format!("continuous {method} of {} by {roll_policy}", contracts.join(", ")),
                "provenance_ref": dataset_id,
            },
            "file_sha256": written.file_sha256.to_string(),
            "ohlcv_sha256": written.ohlcv_sha256.to_string(),
        })
    }

    /// The reference by which the file is found in the cache.
    pub(super) fn reference(&self, written: &BarsWritten, locator: &Locator) -> Value {
        let mut place = json!({ "namespace": locator.namespace, "dataset": locator.dataset });
        if let Some(partition) = &locator.partition {
            place["partition"] = json!(partition);
        }
        json!({
            "ref_id": self.dataset.dataset_id,
            "kind": "bars",
            "symbol": self.dataset.root,
            "venue": VENUE,
            "timeframe": self.dataset.bar,
            "start_utc": self.start.to_string(),
            "end_utc": self.end.to_string(),
            "source": "local_cache",
            "locator": place,
            "sha256_hint": written.file_sha256.to_string(),
            "required": true,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Locator;

    #[test]
    fn locators_are_two_or_three_names_and_never_lead_out_of_the_cache() {
        for (text, folder) in [("cme/nq", "cache/cme/nq"), ("cme/nq/year=2026", "cache/cme/nq/year=2026")] {
            assert_eq!(Locator::parse(text).unwrap().folder(Path::new("cache")), Path::new(folder));
        }
        for bad in ["", "cme", "cme/", "/cme/nq", "../nq", "cme/..", "a/b/c/d", "cme/n q", ".cme/nq"] {
            let error = Locator::parse(bad).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{bad:?}: {error}");
        }
    }
}
