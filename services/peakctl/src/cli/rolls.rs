//! Arguments of `peakctl rolls`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Verbs on rolls.
#[derive(Debug, Subcommand)]
pub(crate) enum RollsVerb {
    /// List the rolls that a policy plans over a range of trade dates
    #[command(after_help = "Example: peakctl rolls schedule --root NQ --from 2026-01-02 --to 2026-12-31 --explain\n\
                            Example of a policy: --roll-trigger n_trade_dates_before:5 --roll-instant 10:00")]
    Schedule(ScheduleArgs),
    /// Say which contract a continuous series holds at an instant, and why
    #[command(after_help = "Example: peakctl rolls active --root NQ --at 2026-03-16T15:00:00Z --depth 1")]
    Active(ActiveArgs),
    /// Explain each roll of a dataset in words a person can check
    #[command(after_help = "Example: peakctl rolls explain --root NQ")]
    Explain(ExplainArgs),
    /// Set the rolls of two policies over the stored bars side by side
    #[command(
        after_help = "Example: peakctl rolls diff --root NQ --right-trigger 'volume:1,2,1000|else:monday_before_third_friday' \
                            --right-spread median_common_30"
    )]
    Diff(DiffArgs),
}

/// Arguments of `rolls diff`; what is left out is the default policy's.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// First trade date, inclusive [default: the first stored]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<String>,
    /// Last trade date, inclusive [default: the last stored]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<String>,
    /// Compare only rolls known at this instant, RFC 3339 [default: the end of the range]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) as_of: Option<String>,
    /// Roll trigger of the first policy, as --roll-trigger of build: of the calendar, or of the data such as
    /// volume:1,2,1000|else:monday_before_third_friday
    #[arg(long, value_name = "TRIGGER", conflicts_with = "left_roll_table")]
    pub(crate) left_trigger: Option<String>,
    /// Roll instant of the first policy: trade_date_open, session_close, local_midnight or a Chicago time such as 10:00
    #[arg(long, value_name = "NAME|HH:MM", conflicts_with = "left_roll_table")]
    pub(crate) left_instant: Option<String>,
    /// Spread method of the first policy: last_common, median_common_N with N from 1 to 390, settlement or peak_trade
    #[arg(long, value_name = "NAME")]
    pub(crate) left_spread: Option<String>,
    /// Explicit rolls of the first policy: a JSON list of 1 to 400 {from_symbol, to_symbol, roll_ts}
    #[arg(long, value_name = "FILE")]
    pub(crate) left_roll_table: Option<PathBuf>,
    /// Roll trigger of the second policy, as --roll-trigger of build: of the calendar, or of the data such as
    /// volume:1,2,1000|else:monday_before_third_friday
    #[arg(long, value_name = "TRIGGER", conflicts_with = "right_roll_table")]
    pub(crate) right_trigger: Option<String>,
    /// Roll instant of the second policy: trade_date_open, session_close, local_midnight or a Chicago time such as 10:00
    #[arg(long, value_name = "NAME|HH:MM", conflicts_with = "right_roll_table")]
    pub(crate) right_instant: Option<String>,
    /// Spread method of the second policy: last_common, median_common_N with N from 1 to 390, settlement or peak_trade
    #[arg(long, value_name = "NAME")]
    pub(crate) right_spread: Option<String>,
    /// Explicit rolls of the second policy: a JSON list of 1 to 400 {from_symbol, to_symbol, roll_ts}
    #[arg(long, value_name = "FILE")]
    pub(crate) right_roll_table: Option<PathBuf>,
    /// Oldest allowed common bar before a roll under both, in minutes of open market [default: 60]
    #[arg(long, value_name = "MINUTES")]
    pub(crate) max_stale_session_minutes: Option<u32>,
    /// Largest plausible spread under both, 0 to 10000 basis points of the old contract's price [default: 300]
    #[arg(long, value_name = "BP")]
    pub(crate) max_spread_basis_points: Option<u32>,
    /// Distance from the median of the last 30 common minutes that is plausible in any case under both, 0 to 10000 basis
    /// points of the price [default: 10]
    #[arg(long, value_name = "BP")]
    pub(crate) max_median_basis_points: Option<u32>,
}

/// Arguments of `rolls schedule`.
#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// First roll trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: String,
    /// Last roll trade date, inclusive
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: String,
    /// Say below each roll why it is then
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) rule: RollRuleArgs,
}

/// Arguments of `rolls active`.
#[derive(Debug, Args)]
pub(crate) struct ActiveArgs {
    /// Product root, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// Instant asked about, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    pub(crate) at: String,
    /// 0 is the front contract, 1 the one after it, up to 8
    #[arg(long, default_value_t = 0, value_name = "CONTRACTS")]
    pub(crate) depth: u32,
    #[command(flatten)]
    pub(crate) rule: RollRuleArgs,
}

/// When a series rolls; what is left out is the default policy's.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Roll policy")]
pub(crate) struct RollRuleArgs {
    /// What decides the trade date: monday_before_third_friday, cme_lead, last_trade_day, n_trade_dates_before:N with N from
    /// 1 to 60, or first_day_of_month [default: monday_before_third_friday]
    #[arg(long, value_name = "TRIGGER", conflicts_with = "roll_table")]
    pub(crate) roll_trigger: Option<String>,
    /// For n_trade_dates_before without :N: trade dates before the last trade date, 1 to 60
    #[arg(long, value_name = "N", requires = "roll_trigger")]
    pub(crate) trade_dates_before: Option<u32>,
    /// Instant of that trade date: trade_date_open, session_close, local_midnight or a Chicago time such as 10:00
    /// [default: trade_date_open]
    #[arg(long, value_name = "NAME|HH:MM", conflicts_with = "roll_table")]
    pub(crate) roll_instant: Option<String>,
    /// Explicit rolls instead: a JSON list of 1 to 400 {from_symbol, to_symbol, roll_ts}
    #[arg(long, value_name = "FILE")]
    pub(crate) roll_table: Option<PathBuf>,
}

/// Arguments of `rolls explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Dataset of any kind, as `build` printed it [default: the newest of --root with bars of 1m over the full session
    /// along the front contract]
    #[arg(long, value_name = "DATASET_ID")]
    pub(crate) dataset: Option<String>,
    /// Product root of that newest dataset
    #[arg(long, default_value = "NQ")]
    pub(crate) root: String,
    /// Draw the rolls into this file: a page of its own, to be opened in a browser
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}
