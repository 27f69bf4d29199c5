//! Risk policy, fees and margins that are good enough to look around with, and say so in their first lines.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// One file that this program carries.
pub(crate) struct File {
    name: &'static str,
    content: &'static str,
}

/// Limits of the risk gate.
pub(crate) const RISK_POLICY: File = File {
    name: "risk_policy.toml",
    content: include_str!("../../../deploy/futures_cme/illustrative/risk_policy.toml"),
};
/// Fees per contract and side, and slippage.
pub(crate) const FEES: File =
    File { name: "fees.toml", content: include_str!("../../../deploy/futures_cme/illustrative/fees.toml") };
/// Dated margin table.
pub(crate) const MARGINS: File =
    File { name: "margins.toml", content: include_str!("../../../deploy/futures_cme/illustrative/margins.toml") };

impl File {
    /// Writes the file into a folder, over an older copy of itself, and answers its path.
    pub(crate) fn write_into(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let path = folder.join(self.name);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, self.content))
            .map_err(|error| Failure::from_file("writing", &path, &error))?;
        Ok(path)
    }
}
