//! What is stored of one contract: its month files and the vendor files they came from.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractRoot, ContractSymbol, Sha256, UnixNanos};
use serde::{Deserialize, Serialize};

use crate::disposition::DispositionCounts;
use crate::month::Month;

/// Format of the manifests written here.
pub(crate) const FORMAT: u32 = 1;

/// One generation of a contract's bars. A generation adds bars, and takes away only those of vendor files that its own
/// file supersedes; the newest is the one in force, and the files of the others stay readable until they are deleted as
/// garbage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractManifest {
    /// Format of this document; 1.
    pub format: u32,
    /// The contract.
    pub contract: ContractSymbol,
    /// Place in the chain, counted from 1.
    pub generation: u64,
    /// SHA-256 of the manifest before this one.
    pub previous_sha256: Option<Sha256>,
    /// Content digest of all rows.
    pub content_sha256: Sha256,
    /// Bars.
    pub rows: u64,
    /// Open of the first bar.
    pub first_time: UnixNanos,
    /// Open of the last bar.
    pub last_time: UnixNanos,
    /// Month files in order of time.
    pub months: Vec<MonthFile>,
    /// Vendor files that added bars and were not superseded, in order of import.
    pub sources: Vec<SourceFile>,
}

/// One month file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthFile {
    /// The month.
    pub month: Month,
    /// Content digest of its rows; the file is named by its first 16 digits.
    pub rows_sha256: Sha256,
    /// Bars.
    pub rows: u64,
    /// Open of the first bar.
    pub first_time: UnixNanos,
    /// Open of the last bar.
    pub last_time: UnixNanos,
}

/// One vendor file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// SHA-256 of its bytes as received.
    pub sha256: Sha256,
    /// Its name without folders.
    pub file_name: String,
    /// Vendor format. Example: "ninjatrader".
    pub format: String,
    /// How it was read, where that is not one and the same for all files of the format.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reading: BTreeMap<String, String>,
    /// SHA-256 of every file that this one took the place of, directly or through another, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<Sha256>,
    /// Its rows by fate.
    pub dispositions: DispositionCounts,
    /// SHA-256 of the calendar that decided what of it was in session.
    pub calendar_sha256: Sha256,
    /// Bars that it added to those stored before.
    pub rows_added: u64,
    /// Open of its first bar kept.
    pub first_time: UnixNanos,
    /// Open of its last bar kept.
    pub last_time: UnixNanos,
}

impl ContractManifest {
    /// Why this cannot be a generation of a contract; `None` where it can. What it says of its months is said twice, so
    /// that a reader who takes the one never differs from one who takes the other.
    pub(crate) fn fault_as(&self, contract: ContractSymbol, generation: u64) -> Option<String> {
        if self.format != FORMAT {
            return Some(format!("its format is {}, this program reads {FORMAT}", self.format));
        }
        if self.contract != contract || self.generation != generation {
            return Some(format!("it says {} generation {}", self.contract, self.generation));
        }
        let rows: u64 = self.months.iter().map(|month| month.rows).sum();
        if rows != self.rows {
            return Some(format!("it says {} bars, its months {rows}", self.rows));
        }
        if !self.months.is_sorted_by(|one, next| one.month < next.month && one.last_time < next.first_time) {
            return Some("its months are not in order".to_owned());
        }
        let reach = self.months.first().zip(self.months.last()).map(|(first, last)| (first.first_time, last.last_time));
        if reach.is_some_and(|reach| reach != (self.first_time, self.last_time)) {
            return Some(format!("it says bars from {} to {}, its months otherwise", self.first_time, self.last_time));
        }
        None
    }
}

impl MonthFile {
    /// Name of the immutable file.
    pub(crate) fn content_name(&self, contract: ContractSymbol) -> String {
        format!("content/{contract}/{}-{}.parquet", self.month, self.short_sha())
    }

    /// Name in the hive that pandas, polars, DuckDB and Spark read.
    pub(crate) fn hive_name(&self, contract: ContractSymbol) -> String {
        format!(
            "{}/year={:04}/month={:02}/{contract}-{}.parquet",
            hive_folder(contract.root()),
            self.month.year(),
            self.month.month(),
            self.short_sha()
        )
    }

    fn short_sha(&self) -> String {
        self.rows_sha256.to_string().chars().take(16).collect()
    }
}

/// Folder of a root's hive files.
pub(crate) fn hive_folder(root: ContractRoot) -> String {
    format!("bars/root={root}")
}

/// Folder of a contract's manifests.
pub(crate) fn manifest_folder(contract: ContractSymbol) -> String {
    format!("contracts/{}/{contract}", contract.root())
}
