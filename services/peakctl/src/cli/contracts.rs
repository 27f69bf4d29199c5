//! Arguments of `peakctl contracts`.

use clap::{Args, Subcommand};

/// Verbs on dated contracts.
#[derive(Debug, Subcommand)]
pub(crate) enum ContractsVerb {
    /// Show a contract: terms, last trade, roll, margins and fees with their sources
    #[command(after_help = "Example: peakctl contracts show NQH2026 --on 2026-02-03")]
    Show(ShowArgs),
    /// Read a vendor's spelling, and spell the contract as every vendor does
    #[command(after_help = "Example: peakctl contracts parse \"NQ 03-26\" --on 2026-01-15")]
    Parse(ParseArgs),
    /// List the quarterly contracts whose last trade date lies in a range
    #[command(after_help = "Example: peakctl contracts list --root NQ --from 2026-01-02 --to 2026-12-31")]
    List(ContractsListArgs),
    /// Work out the daily price limits of a trade date
    #[command(after_help = "Example: peakctl contracts limits --root NQ --trade-date 2024-02-07 \
                            --fixing 17539.00 --cash-index-close 17397.70")]
    Limits(LimitsArgs),
}

/// Arguments of `contracts show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Canonical symbol, such as NQH2026; `contracts parse` reads other spellings
    #[arg(value_name = "SYMBOL")]
    pub(crate) symbol: String,
    /// Trade date whose terms, margins and fees are meant [default: the contract's last trade date, as far as the
    /// calendar reaches]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<String>,
}

/// Arguments of `contracts parse`.
#[derive(Debug, Args)]
pub(crate) struct ParseArgs {
    /// The spelling as the vendor writes it
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    /// Date against which one- and two-digit years are read; never the clock
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: String,
}

/// Arguments of `contracts list`.
#[derive(Debug, Args)]
pub(crate) struct ContractsListArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// First last-trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: String,
    /// Last last-trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: String,
}

/// Arguments of `contracts limits`.
#[derive(Debug, Args)]
pub(crate) struct LimitsArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// Trade date whose limits are asked
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) trade_date: String,
    /// Settlement fixing of the futures contract of the trade date before, index points
    #[arg(long, value_name = "POINTS", allow_hyphen_values = true)]
    pub(crate) fixing: String,
    /// Close of the cash index of the trade date before, index points
    #[arg(long, value_name = "POINTS", allow_hyphen_values = true)]
    pub(crate) cash_index_close: String,
    /// Settlement fixing of the trade date itself, known from 15:00 Chicago: adds the limit from then until the close
    #[arg(long, value_name = "POINTS", allow_hyphen_values = true, requires = "afternoon_cash_index_close")]
    pub(crate) afternoon_fixing: Option<String>,
    /// Close of the cash index of the trade date itself
    #[arg(long, value_name = "POINTS", allow_hyphen_values = true, requires = "afternoon_fixing")]
    pub(crate) afternoon_cash_index_close: Option<String>,
}
