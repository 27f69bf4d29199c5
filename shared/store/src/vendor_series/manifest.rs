//! What is stored of one series of a vendor, and the files it came from.

use peaktrade_domain::{Sha256, UnixNanos};
use serde::{Deserialize, Serialize};

use super::name::VendorSeries;
use crate::disposition::DispositionCounts;

/// Format of the manifests written here.
pub(crate) const FORMAT: u32 = 1;

/// One generation of a series: the union of what its sources say. The newest is in force; the bars of every generation
/// stay readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorSeriesManifest {
    /// Format of this document; 1.
    pub format: u32,
    /// The series.
    pub series: VendorSeries,
    /// Place in the chain, counted from 1.
    pub generation: u64,
    /// SHA-256 of the manifest before this one.
    pub previous_sha256: Option<Sha256>,
    /// SHA-256 over all bars as text; their file is named by its first 16 digits.
    pub content_sha256: Sha256,
    /// Whether the vendor tells the volume.
    pub has_volume: bool,
    /// Bars.
    pub rows: u64,
    /// Open of the first bar.
    pub first_time: UnixNanos,
    /// Open of the last bar.
    pub last_time: UnixNanos,
    /// Vendor files that added bars and were not superseded, in order of import.
    pub sources: Vec<VendorSeriesSource>,
}

/// One vendor file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorSeriesSource {
    /// SHA-256 of its bytes as received.
    pub sha256: Sha256,
    /// Its name without folders.
    pub file_name: String,
    /// How it was written. Example: "tradingview".
    pub format: String,
    /// SHA-256 over the bars that it tells, as text; their file is named by its first 16 digits.
    pub bars_sha256: Sha256,
    /// Bars that it tells.
    pub bars: u64,
    /// Bars that it added to those stored before.
    pub bars_added: u64,
    /// SHA-256 of every file that this one took the place of, directly or through another, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<Sha256>,
    /// Its rows by fate.
    pub dispositions: DispositionCounts,
    /// SHA-256 of the calendar by which its rows were judged.
    pub calendar_sha256: Sha256,
}

impl VendorSeriesSource {
    /// The file as messages name it.
    pub(crate) fn named(&self) -> String {
        format!("{:?} (sha256 {})", self.file_name, self.sha256)
    }
}

/// Folder of a series' manifests.
pub(crate) fn manifest_folder(series: VendorSeries) -> String {
    format!("vendor_series/{series}")
}

/// Name of an immutable file of bars: those of a source, or those of a generation.
pub(crate) fn bars_name(series: VendorSeries, bars_sha256: Sha256) -> String {
    let short: String = bars_sha256.to_string().chars().take(16).collect();
    format!("vendor_series_files/{series}/{short}.csv")
}
