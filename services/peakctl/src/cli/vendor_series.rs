//! Arguments of `peakctl vendor-series`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Verbs on continuous series as vendors made them.
#[derive(Debug, Subcommand)]
pub(crate) enum VendorSeriesVerb {
    /// Import a vendor's export of a continuous ticker, which never becomes contract bars
    #[command(
        after_help = "The name of a file says its ticker and the length of a bar: 'CME_MINI_NQ1!, 5.csv' is NQ1! in five \
                            minutes; 1, 5, 15, 30, 60 and 1D are imported.\n\
                            Whether its prices are adjusted cannot be seen in it and must be stated.\n\
                            Example: peakctl vendor-series import --format tradingview --root NQ --adjusted no \
                            'CME_MINI_NQ1!, 5.csv'"
    )]
    Import(VendorSeriesImportArgs),
    /// List what is stored
    #[command(after_help = "A series is printed by: peakctl bars vendor_continuous/NQ/NQ1!/5m/adjusted\n\
                            Example: peakctl vendor-series list --root NQ")]
    List(VendorSeriesListArgs),
}

/// Arguments of `vendor-series import`.
#[derive(Clone, Debug, Args)]
pub(crate) struct VendorSeriesImportArgs {
    /// Format: tradingview, the only one imported
    #[arg(long)]
    pub(crate) format: String,
    /// Product root of the ticker, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// Whether the vendor has moved the prices before each roll: yes or no
    #[arg(long, value_name = "YES|NO")]
    pub(crate) adjusted: Option<String>,
    /// Take the place of a stored file, by its SHA-256: all that it said goes
    #[arg(long, value_name = "SHA256")]
    pub(crate) supersede: Vec<String>,
    /// Files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Arguments of `vendor-series list`.
#[derive(Debug, Args)]
pub(crate) struct VendorSeriesListArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
}
