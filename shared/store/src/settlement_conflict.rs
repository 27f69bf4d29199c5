//! A vendor file that tells stored settlements or open interest differently.

use peaktrade_domain::{ContractSymbol, Sha256, TradeDate};

use crate::SettlementDifference;

/// Facts that a vendor file and the store tell differently, and what superseding would do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the settlement or open interest of {facts} trade dates of {contract} differ between {file_name:?} (sha256 {file_sha256}) and what is stored from {stored}, the first on {first}: {difference}; nothing was imported"
)]
pub struct SettlementConflict {
    /// The contract.
    pub contract: ContractSymbol,
    /// Trade dates that differ.
    pub facts: u64,
    /// The first of them.
    pub first: TradeDate,
    /// What of it differs.
    pub difference: SettlementDifference,
    /// The new file.
    pub file_name: String,
    /// SHA-256 of its bytes.
    pub file_sha256: Sha256,
    /// The stored files that say otherwise, each with its digest.
    pub stored: String,
    /// SHA-256 of these files: what the new file would have to take the place of.
    pub supersede: Vec<Sha256>,
}
