//! Arguments of `peakctl bars`.

use clap::Args;

/// Arguments of `bars`.
#[derive(Debug, Args)]
pub(crate) struct BarsArgs {
    /// Series: continuous/NQ/1m/BACK_ADJUST, of any bar size and method that was built (1m, 5m, 15m, 30m, 1h, 1d),
    /// contract/NQH2026/1m, or vendor_continuous/NQ/NQ1!/5m/adjusted. Without more it is the newest: of a continuous
    /// series the newest ordinary build under the default roll policy. With /@sha256:... at its end a pinned one; a
    /// continuous series with /@asof:INSTANT as it was known then, such as /@asof:2026-03-13T21:00:00Z
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// First trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<String>,
    /// Last trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<String>,
    /// Print at most so many bars
    #[arg(long, value_name = "ROWS")]
    pub(crate) limit: Option<usize>,
    /// Columns beside the bar's own: contract, trade_date, segment
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Epoch seconds and prices in whole ticks, the form whose SHA-256 is easy to compare
    #[arg(long)]
    pub(crate) canonical: bool,
}
