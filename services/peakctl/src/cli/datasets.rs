//! Arguments of `peakctl datasets`.

use std::num::NonZeroU32;

use clap::{Args, Subcommand};

/// Verbs on stored datasets.
#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsVerb {
    /// List the datasets by root, then bar size from 1d to 1m, of each the newest build last, and which is the newest of its
    /// kind: the one that `gc --keep 1` keeps
    List(DatasetsListArgs),
    /// Show what a dataset is made of: inputs, rolls, contracts, vendor files, files on disk
    Show(DatasetShowArgs),
    /// List what nobody needs any more, and delete it after a "yes"
    #[command(
        after_help = "Never deleted: what the newest bars of a contract, or a dataset that stays, are computed from. \
                            Imports and builds that go on meanwhile are waited for, for 10 seconds; then the command ends with \
                            exit code 69, and nothing was deleted. What a killed program left is of no root: it is listed \
                            with --root, too.\n\n\
                            Example: peakctl datasets gc --keep 3 --dry-run"
    )]
    Gc(GcArgs),
}

/// Arguments of `datasets list`.
#[derive(Debug, Args)]
pub(crate) struct DatasetsListArgs {
    /// Product root [default: all that are served]
    #[arg(long)]
    pub(crate) root: Option<String>,
}

/// Arguments of `datasets show`.
#[derive(Debug, Args)]
pub(crate) struct DatasetShowArgs {
    /// Dataset as `build` printed it
    #[arg(value_name = "DATASET_ID")]
    pub(crate) dataset_id: String,
}

/// Arguments of `datasets gc`.
#[derive(Debug, Args)]
pub(crate) struct GcArgs {
    /// Product root [default: all that are served]
    #[arg(long)]
    pub(crate) root: Option<String>,
    /// Also delete datasets beyond the newest N of their kind (root, bar size, method, roll policy, session, snap and
    /// depth)
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<NonZeroU32>,
    /// Delete without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    /// Only list
    #[arg(long)]
    pub(crate) dry_run: bool,
}
