//! The command lines of the original Python programs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use peaktrade_parity::builder::Adjustment;

const HEADING: &str = "As the original Python program does it, with its flags, its output and its exit codes";

/// Whose behaviour is reproduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Compat {
    /// The Python programs of Peak_Trade.
    PeakTrade,
}

/// `build` as the original's `build_continuous_contract.py`.
#[derive(Debug, Args)]
pub(crate) struct CompatBuildArgs {
    /// Build from contract files as the original does, bit for bit; prints the digest alone
    #[arg(long, value_name = "PROGRAM", help_heading = HEADING,
        requires_all = ["input_dir", "segments_json", "output_parquet"],
        conflicts_with_all = [
            "root", "bar", "method", "from", "to", "session", "snap", "depth", "as_of", "roll_trigger", "roll_instant",
            "spread", "roll_table", "max_stale_session_minutes", "max_spread_basis_points", "max_median_basis_points",
        ])]
    pub(crate) compat: Option<Compat>,
    /// Folder of {SYMBOL}.parquet
    #[arg(long, value_name = "DIR", help_heading = HEADING, requires = "compat")]
    pub(crate) input_dir: Option<PathBuf>,
    /// JSON list of {contract_symbol, start_ts, end_ts}, both ends included
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "compat")]
    pub(crate) segments_json: Option<PathBuf>,
    /// File to write, whole or not at all
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "compat")]
    pub(crate) output_parquet: Option<PathBuf>,
    /// NONE, BACK_ADJUST or RATIO_ADJUST [default: NONE]
    #[arg(long, value_name = "NAME", help_heading = HEADING, requires = "compat")]
    pub(crate) adjustment: Option<Adjustment>,
    /// What is checked: nothing, what the original checks, or every session against the calendar (of --calendar-file);
    /// an error in a session leaves nothing written [default: original]
    #[arg(long, value_name = "NAME", help_heading = HEADING, requires = "compat")]
    pub(crate) validation: Option<CompatValidation>,
    /// Which digest is printed: the original's, ours over exact integers, or none [default: peak_trade]
    #[arg(long, value_name = "NAME", help_heading = HEADING, requires = "compat")]
    pub(crate) digest: Option<CompatDigest>,
}

/// What a build from files checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum CompatValidation {
    /// Nothing, as the original with its checks off.
    None,
    /// Every contract as a whole and the series, as the original does.
    Original,
    /// Every session of every contract against the calendar.
    Sessions,
}

/// Which digest a build from files prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum CompatDigest {
    /// None.
    None,
    /// The original's.
    PeakTrade,
    /// Ours: prices as exact integers, month by month.
    Content,
}

/// `validate` as the original's `validate_ohlcv` over a file.
#[derive(Debug, Args)]
pub(crate) struct CompatValidateArgs {
    /// Check one file by the original's data contract; prints OK
    #[arg(long, value_name = "PROGRAM", help_heading = HEADING, requires = "input",
        conflicts_with_all = ["root", "from", "to", "severity", "strict", "degraded", "bar"])]
    pub(crate) compat: Option<Compat>,
    /// Parquet or CSV file
    #[arg(long, value_name = "FILE", help_heading = HEADING, requires = "compat")]
    pub(crate) input: Option<PathBuf>,
    /// Let volume have empty cells
    #[arg(long, help_heading = HEADING, requires = "compat")]
    pub(crate) allow_partial_volume_nans: bool,
    /// Refuse bars from 17:00 to 18:00 in New York, on any day
    #[arg(long, help_heading = HEADING, requires = "compat")]
    pub(crate) check_maintenance: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use clap::error::ErrorKind;

    use crate::cli::Cli;

    fn parse(line: &[&str], more: &[&str]) -> Result<(), ErrorKind> {
        let words = ["peakctl"].iter().chain(line).chain(more);
        Cli::try_parse_from(words).map(|_| ()).map_err(|error| error.kind())
    }

    /// What the original's programs do not know must not look as if it had been heard.
    #[test]
    fn flags_of_the_store_are_refused_beside_the_originals() {
        let build =
            ["build", "--compat", "peak_trade", "--input-dir", "a", "--segments-json", "b", "--output-parquet", "c"];
        let validate = ["validate", "--compat", "peak_trade", "--input", "a.csv"];
        assert_eq!(parse(&build, &["--adjustment", "NONE", "--validation", "none"]), Ok(()));
        assert_eq!(parse(&validate, &["--check-maintenance"]), Ok(()));
        for flag in [
            &["--root", "NQ"][..],
            &["--bar", "1m"],
            &["--method", "NONE"],
            &["--from", "2025-01-02"],
            &["--to", "2025-01-02"],
            &["--session", "rth"],
            &["--snap"],
            &["--depth", "0"],
            &["--as-of", "2025-01-02T00:00:00Z"],
            &["--roll-trigger", "cme_lead"],
            &["--roll-instant", "10:00"],
            &["--spread", "settlement"],
            &["--roll-table", "rolls.json"],
            &["--max-stale-session-minutes", "60"],
            &["--max-spread-basis-points", "300"],
            &["--max-median-basis-points", "10"],
        ] {
            assert_eq!(parse(&build, flag), Err(ErrorKind::ArgumentConflict), "{flag:?}");
        }
        for flag in [
            &["--root", "NQ"][..],
            &["--from", "2025-01-02"],
            &["--to", "2025-01-02"],
            &["--severity", "error"],
            &["--strict"],
            &["--degraded", "days.txt"],
            &["--bar", "1m"],
        ] {
            assert_eq!(parse(&validate, flag), Err(ErrorKind::ArgumentConflict), "{flag:?}");
        }
    }
}
