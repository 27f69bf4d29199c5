//! Arguments of `peakctl settlements`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Verbs on settlement prices and open interest.
#[derive(Debug, Subcommand)]
pub(crate) enum SettlementsVerb {
    /// Import settlement prices and open interest into the store
    #[command(after_help = "Layout of csv, with its header: contract,trade_date,settlement,open_interest[,known_at]\n\
                            A price without known_at counts as known from the close of its trade date, open interest from \
                            the open of the next one.\n\
                            Files are imported in their order. The first that is refused ends the command; those before \
                            it stay imported.\n\
                            Example: peakctl settlements import --format csv --root NQ nq_settlements.csv")]
    Import(SettlementsImportArgs),
    /// List what is stored
    #[command(after_help = "Example: peakctl settlements list --root NQ --contract NQH2025")]
    List(SettlementsListArgs),
}

/// Arguments of `settlements import`.
#[derive(Debug, Args)]
pub(crate) struct SettlementsImportArgs {
    /// Format: csv, or databento for DBN of schema statistics
    #[arg(long)]
    pub(crate) format: String,
    /// Product root of the contracts to import, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// Take the place of a stored file, by its SHA-256: all that it said goes
    #[arg(long, value_name = "SHA256")]
    pub(crate) supersede: Vec<String>,
    /// Files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Arguments of `settlements list`.
#[derive(Debug, Args)]
pub(crate) struct SettlementsListArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// Contract whose facts to print [default: one line for each contract]
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) contract: Option<String>,
}
