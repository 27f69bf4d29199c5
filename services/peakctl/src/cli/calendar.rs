//! Arguments of `peakctl calendar`.

use clap::{Args, Subcommand, ValueEnum};

/// Verbs on the exchange calendar.
#[derive(Debug, Subcommand)]
pub(crate) enum CalendarVerb {
    /// List the sessions of a range of trade dates; with --json a list
    #[command(after_help = "Example: peakctl calendar sessions --root NQ --from 2025-01-17 --to 2025-01-21")]
    Sessions(SessionsArgs),
    /// Say whether the market is open at an instant, why, and when it next opens and closes
    #[command(after_help = "Example: peakctl calendar state --at 2025-01-21T14:00:00-06:00")]
    State(StateArgs),
    /// Say which calendar is in force: version, hash, validity, sources, outages
    #[command(after_help = "Example: peakctl calendar info")]
    Info,
    /// Print a year: months, exceptions, early closes, rolls, expiries, clock changes
    #[command(after_help = "Example: peakctl calendar year 2026 --root NQ")]
    Year(YearArgs),
}

/// Arguments of `calendar sessions`.
#[derive(Debug, Args)]
pub(crate) struct SessionsArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// First trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: String,
    /// Last trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: String,
    /// Hours to list: the full session, those of the cash market, or the rest
    #[arg(long, value_enum, default_value_t = HoursName::Full)]
    pub(crate) hours: HoursName,
}

/// Which part of a session is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HoursName {
    /// The full session
    Full,
    /// Regular trading hours
    Regular,
    /// What of the full session is not regular trading hours
    Extended,
}

/// Arguments of `calendar state`.
#[derive(Debug, Args)]
pub(crate) struct StateArgs {
    /// Instant asked about, RFC 3339 [default: the clock of this machine]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: Option<String>,
}

/// Arguments of `calendar year`.
#[derive(Debug, Args)]
pub(crate) struct YearArgs {
    /// Year of the trade dates, such as 2026
    #[arg(value_name = "YEAR")]
    pub(crate) year: u16,
    /// Product root
    #[arg(long, default_value = "NQ")]
    pub(crate) root: String,
}
