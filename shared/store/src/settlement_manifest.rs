//! What is stored of one contract's settlements and open interest, and the vendor files they came from.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Sha256, TradeDate};
use serde::{Deserialize, Serialize};

/// Format of the manifests written here.
pub(crate) const FORMAT: u32 = 1;

/// One generation of a contract's daily facts: the union of its sources' facts. The newest is in force; the files of
/// every generation stay readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementManifest {
    /// Format of this document; 1.
    pub format: u32,
    /// The contract.
    pub contract: ContractSymbol,
    /// Place in the chain, counted from 1.
    pub generation: u64,
    /// SHA-256 of the manifest before this one.
    pub previous_sha256: Option<Sha256>,
    /// SHA-256 over all facts as text.
    pub content_sha256: Sha256,
    /// Trade dates with a fact.
    pub trade_dates: u64,
    /// Settlement prices among the facts.
    pub settlements: u64,
    /// Counts of open interest among them.
    pub open_interests: u64,
    /// First trade date.
    pub first_trade_date: TradeDate,
    /// Last trade date.
    pub last_trade_date: TradeDate,
    /// Vendor files that added facts and were not superseded, in order of import.
    pub sources: Vec<SettlementSource>,
}

/// One vendor file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementSource {
    /// SHA-256 of its bytes as received.
    pub sha256: Sha256,
    /// Its name without folders.
    pub file_name: String,
    /// How it was written: "csv" or "databento".
    pub format: String,
    /// SHA-256 over what it says of the contract, as text; the stored file is named by its first 16 digits.
    pub facts_sha256: Sha256,
    /// Values that it added to those stored before.
    pub values_added: u64,
    /// SHA-256 of every file that this one took the place of, directly or through another, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<Sha256>,
    /// Its rows of the contract by fate.
    pub dispositions: BTreeMap<String, u64>,
    /// SHA-256 of the calendar by which its rows were judged.
    pub calendar_sha256: Sha256,
}

impl SettlementManifest {
    /// Why this cannot be a generation of a contract; `None` where it can.
    pub(crate) fn fault_as(&self, contract: ContractSymbol, generation: u64) -> Option<String> {
        if self.format != FORMAT {
            return Some(format!("its format is {}, this program reads {FORMAT}", self.format));
        }
        if self.contract != contract || self.generation != generation {
            return Some(format!("it says {} generation {}", self.contract, self.generation));
        }
        if self.first_trade_date > self.last_trade_date {
            return Some(format!("it says facts from {} to {}", self.first_trade_date, self.last_trade_date));
        }
        None
    }
}

impl SettlementSource {
    /// Name of its immutable file.
    pub(crate) fn content_name(&self, contract: ContractSymbol) -> String {
        let short: String = self.facts_sha256.to_string().chars().take(16).collect();
        format!("settlement_files/{contract}/{short}.csv")
    }
}

/// Folder of a contract's manifests.
pub(crate) fn manifest_folder(contract: ContractSymbol) -> String {
    format!("settlements/{}/{contract}", contract.root())
}
