//! Arguments of `peakctl export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Dataset as `build` printed it
    #[arg(value_name = "DATASET_ID")]
    pub(crate) dataset_id: String,
    /// Folder to write to, made where it is absent; a file of another dataset or stamp there is never overwritten
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Take DIR for a local cache: file the bars below it, and add the reference by which they are found to
    /// DIR/market_data_refs.json
    #[arg(long, value_name = "NAMESPACE/DATASET[/PARTITION]")]
    pub(crate) refs: Option<String>,
    /// Which end of its bar a stamp is; programs that ask for utc_bar_close_exclusive_end need close
    #[arg(long, value_enum, default_value_t = StampEnd::Open)]
    pub(crate) stamp: StampEnd,
}

/// An end of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StampEnd {
    /// The open, as everywhere here
    Open,
    /// The close: where the bar's size, its session or a roll ends it
    Close,
}
