//! Arguments of `peakctl build`.

use std::path::PathBuf;

use clap::Args;

use super::CompatBuildArgs;

/// Arguments of `build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// Product root
    #[arg(long, required_unless_present = "compat")]
    pub(crate) root: Option<String>,
    /// Bar size: 1m, 5m, 15m, 30m, 1h or 1d, counted from the open of each session, never on UTC days
    #[arg(long, required_unless_present = "compat")]
    pub(crate) bar: Option<String>,
    /// Adjustment: NONE, BACK_ADJUST, RATIO_ADJUST, FORWARD_ADJUST or FORWARD_RATIO_ADJUST
    #[arg(long, required_unless_present = "compat")]
    pub(crate) method: Option<String>,
    /// Hours of the bars: full, or rth for regular trading hours only [default: full]
    #[arg(long, value_name = "HOURS")]
    pub(crate) session: Option<String>,
    /// Round every price to the tick, half to even
    #[arg(long)]
    pub(crate) snap: bool,
    /// Contracts behind the front one, at the same rolls: 0 to 4; 0 only with a trigger of the data
    #[arg(long, value_name = "CONTRACTS", default_value_t = 0)]
    pub(crate) depth: u32,
    /// First trade date, inclusive [default: the first stored]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<String>,
    /// Last trade date, inclusive [default: the last stored]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<String>,
    /// Apply only rolls known at this instant, RFC 3339 [default: the end of the range]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) as_of: Option<String>,
    /// What decides the trade date of a roll. The calendar: monday_before_third_friday, cme_lead, last_trade_day,
    /// n_trade_dates_before:N with N from 1 to 60, or first_day_of_month. The data: volume:RATIO,SESSIONS,MIN or
    /// open_interest:RATIO,SESSIONS,MIN, once the next contract has had RATIO times what the front one had, and MIN
    /// contracts at least, on SESSIONS trade dates in a row; with |else: and a trigger of the calendar for the latest
    /// date. Such as volume:1,2,1000|else:monday_before_third_friday [default: monday_before_third_friday]
    #[arg(long, value_name = "TRIGGER", conflicts_with = "roll_table")]
    pub(crate) roll_trigger: Option<String>,
    /// Instant of that trade date: trade_date_open, session_close, local_midnight or a Chicago time such as 10:00
    /// [default: trade_date_open]
    #[arg(long, value_name = "NAME|HH:MM", conflicts_with = "roll_table")]
    pub(crate) roll_instant: Option<String>,
    /// How the spread is measured: last_common, median_common_N with N from 1 to 390, settlement or peak_trade
    /// [default: last_common]
    #[arg(long, value_name = "NAME")]
    pub(crate) spread: Option<String>,
    /// Explicit rolls: a JSON list of 1 to 400 {from_symbol, to_symbol, roll_ts}
    #[arg(long, value_name = "FILE")]
    pub(crate) roll_table: Option<PathBuf>,
    /// Oldest allowed common bar before a roll, in minutes of open market [default: 60]
    #[arg(long, value_name = "MINUTES")]
    pub(crate) max_stale_session_minutes: Option<u32>,
    /// Largest plausible spread, 0 to 10000 basis points of the old contract's price; a larger one is refused
    /// [default: 300]
    #[arg(long, value_name = "BP")]
    pub(crate) max_spread_basis_points: Option<u32>,
    /// Distance of a spread from the median of the last 30 common minutes that is plausible in any case, 0 to 10000 basis
    /// points of the price [default: 10]
    #[arg(long, value_name = "BP")]
    pub(crate) max_median_basis_points: Option<u32>,
    #[command(flatten)]
    pub(crate) compat: CompatBuildArgs,
}
