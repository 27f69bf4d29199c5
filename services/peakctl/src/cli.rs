//! The command line.

mod bars;
mod build;
mod calendar;
mod compat;
mod contracts;
mod datasets;
mod export;
mod rolls;
mod settlements;
mod vendor_series;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use bars::BarsArgs;
pub(crate) use build::BuildArgs;
pub(crate) use calendar::{CalendarVerb, HoursName, SessionsArgs, StateArgs, YearArgs};
pub(crate) use compat::{CompatBuildArgs, CompatDigest, CompatValidateArgs, CompatValidation};
pub(crate) use contracts::{ContractsListArgs, ContractsVerb, LimitsArgs, ParseArgs, ShowArgs};
pub(crate) use datasets::{DatasetShowArgs, DatasetsListArgs, DatasetsVerb, GcArgs};
pub(crate) use export::{ExportArgs, StampEnd};
pub(crate) use rolls::{ActiveArgs, DiffArgs, ExplainArgs, RollRuleArgs, RollsVerb, ScheduleArgs};
pub(crate) use settlements::{SettlementsImportArgs, SettlementsListArgs, SettlementsVerb};
pub(crate) use vendor_series::{VendorSeriesImportArgs, VendorSeriesListArgs, VendorSeriesVerb};

/// Offline CME equity-index futures: import bars, build continuous series, replay strategies on paper through a risk gate.
///
/// Data goes to stdout, talk to stderr. Nothing here trades live.
///
/// Exit codes: 0 done, 1 what --compat reproduces failed, 2 usage, 3 a check failed, 4 warnings under --strict, 64 an
/// offline gate is violated, 65 bad input or configuration, 69 a service is unavailable, busy or out of space, 70
/// internal fault.
#[derive(Debug, Parser)]
#[command(name = "peakctl", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalFlags,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What the formats are, and what each leaves to be stated.
const IMPORT_LAYOUTS: &str = "\
Formats, and what must be stated of their files (a command that lacks something is printed corrected):
  ninjatrader   'NQ 03-25.Last.txt', exports of minutes: nothing
  databento     DBN 1 to 3 and CSV, ohlcv-1m or -1s: nothing; --contract where no symbols go with the ids
  firstrate     NQ_H25_1min.txt: nothing
  tradingview   'CME_MINI_NQH2025, 1.csv', a dated contract: nothing
  barchart      nqh25_intraday-1min*.csv: nothing; --bar under other names
  massive       flat files of minute aggregates: --bar
  scid          Sierra Chart, NQH25_FUT_CME.scid, trades or bars: nothing
  sierra        Sierra Chart, bar data as text: --time-zone --prices --bar
  tradestation  the data window: --prices --bar
  ibkr          bars of the API: --prices --bar; --time-zone where stamps name none
  lean          20250113_trade.zip: nothing
  parquet       columns timestamp, open, high, low, close, volume [, symbol]: --stamp --prices --bar;
                --time-zone where stamps have none, --contract without symbols
  csv           any delimited text, read by a --profile of your own
Files are imported in their order. The first that is refused ends the command; those before it stay imported.
Files may be packed with gzip or zstd. Continuous series of a vendor (NQ1!, NQ ##-##, @NQ, NQ.c.0) are refused: their
rolls cannot be checked; TradingView's are kept apart by `peakctl vendor-series import`. So are adjusted prices, which no
contract ever had.

Layout of ninjatrader: yyyyMMdd HHmmss;open;high;low;close;volume, without a header; the stamp is the bar's CLOSE in
UTC, as NinjaTrader exports it, and the store keeps the open.

Example: peakctl import --format ninjatrader --root NQ 'NQ 03-25.Last.txt' 'NQ 06-25.Last.txt'";

const EVERYWHERE: &str = "Everywhere";
const RUNNING: &str = "Services that run already (all that the verb needs, or none)";
const EMBEDDED: &str = "Services in this process";

/// Flags of every verb; each but `--json` can also be set in the environment, the flag wins.
#[derive(Debug, Default, Args)]
pub(crate) struct GlobalFlags {
    /// Write one JSON document to stdout
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// Store of bars, books and runs [env: DATA_DIR] [default: ./data]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where evidence packs are written [env: EVIDENCE_DIR] [default: ./evidence/futures_cme]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub(crate) evidence_dir: Option<PathBuf>,
    /// Level of the log: error, warn, info, debug or trace [env: LOG_LEVEL] [default: info]
    #[arg(long, global = true, value_name = "LEVEL", help_heading = EVERYWHERE)]
    pub(crate) log_level: Option<String>,
    /// Use this calendar service instead of one in this process [env: CALENDAR_ENDPOINT]
    #[arg(long, global = true, value_name = "URL", help_heading = RUNNING)]
    pub(crate) calendar_endpoint: Option<String>,
    /// Use this dataset service instead of one in this process [env: DATASET_ENDPOINT]
    #[arg(long, global = true, value_name = "URL", help_heading = RUNNING)]
    pub(crate) dataset_endpoint: Option<String>,
    /// Use this risk gate instead of one in this process [env: RISK_GATE_ENDPOINT]
    #[arg(long, global = true, value_name = "URL", help_heading = RUNNING)]
    pub(crate) risk_gate_endpoint: Option<String>,
    /// Use this paper broker instead of one in this process [env: PAPER_BROKER_ENDPOINT]
    #[arg(long, global = true, value_name = "URL", help_heading = RUNNING)]
    pub(crate) paper_broker_endpoint: Option<String>,
    /// Calendar of services in this process [env: CALENDAR_FILE] [default: the one this program ships with]
    #[arg(long, global = true, value_name = "FILE", help_heading = EMBEDDED)]
    pub(crate) calendar_file: Option<PathBuf>,
    /// Limits of a risk gate in this process [env: RISK_POLICY_FILE] [default: illustrative]
    #[arg(long, global = true, value_name = "FILE", help_heading = EMBEDDED)]
    pub(crate) risk_policy_file: Option<PathBuf>,
    /// Fees of a broker in this process [env: FEES_FILE] [default: illustrative]
    #[arg(long, global = true, value_name = "FILE", help_heading = EMBEDDED)]
    pub(crate) fees_file: Option<PathBuf>,
    /// Margins of a broker in this process [env: MARGINS_FILE] [default: illustrative]
    #[arg(long, global = true, value_name = "FILE", help_heading = EMBEDDED)]
    pub(crate) margins_file: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the whole path on a synthetic market: import, validate, build, replay, evidence pack
    Demo,
    /// Start all four services on loopback ports over your bars, or the demo market, and leave them running
    Up(UpArgs),
    /// Ask each service whether it serves
    Health,
    /// Check gates, calendar, disk, ports and files before a run
    Preflight,
    /// Import vendor files into the store
    #[command(after_help = IMPORT_LAYOUTS)]
    Import(ImportArgs),
    /// Check stored bars session by session
    Validate(ValidateArgs),
    /// Build a continuous series and store its roll table
    Build(BuildArgs),
    /// Print the bars of a series as CSV
    Bars(BarsArgs),
    /// Write a series as one Parquet file, with the descriptor and the reference that other Peak_Trade programs read
    Export(ExportArgs),
    /// Replay the built-in moving-average crossover over a stored dataset and write an evidence pack
    Replay(ReplayArgs),
    /// The exchange calendar: sessions, the state of the market, a year at a glance
    #[command(subcommand)]
    Calendar(CalendarVerb),
    /// Dated contracts: terms, spellings, price limits
    #[command(subcommand)]
    Contracts(ContractsVerb),
    /// Stored datasets: what was built, of what, and what nobody needs any more
    #[command(subcommand)]
    Datasets(DatasetsVerb),
    /// Rolls: those that a policy plans, and those of a dataset explained
    #[command(subcommand)]
    Rolls(RollsVerb),
    /// Settlement prices and open interest, which rolls and spreads may be decided by
    #[command(subcommand)]
    Settlements(SettlementsVerb),
    /// Continuous series as vendors made them, kept apart: nothing is built or traded from them
    #[command(subcommand)]
    VendorSeries(VendorSeriesVerb),
    /// Evidence packs
    #[command(subcommand)]
    Evidence(EvidenceVerb),
    /// Recorded runs
    #[command(subcommand)]
    Runs(RunsVerb),
}

/// Arguments of `up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Open the account on this dataset of DATA_DIR [default: the newest of NQ with bars of 1m over the full session along
    /// the front contract; without one, the demo market, which is kept apart in DATA_DIR/demo]
    #[arg(long, value_name = "DATASET_ID")]
    pub(crate) dataset: Option<String>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Vendor format: ninjatrader, databento, scid, lean, parquet, barchart, firstrate, ibkr, massive, sierra, tradestation,
    /// tradingview, or csv with --profile
    #[arg(long)]
    pub(crate) format: String,
    /// Product root that the files must hold, such as NQ
    #[arg(long)]
    pub(crate) root: String,
    /// Contract of all rows, such as NQH2025, where neither the file nor its name tells it
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) contract: Option<String>,
    /// IANA time zone of the stamps, such as America/Chicago, where the format does not fix it
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Which end of its bar a stamp is, open or close, where the format does not fix it
    #[arg(long, value_name = "END")]
    pub(crate) stamp: Option<String>,
    /// That prices are as traded: raw, the only ones imported
    #[arg(long, value_name = "KIND")]
    pub(crate) prices: Option<String>,
    /// Length of a bar: 1m, the only one imported
    #[arg(long, value_name = "LENGTH")]
    pub(crate) bar: Option<String>,
    /// Profile of a delimited format of your own, TOML; with --format csv
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Take the place of a stored file, by its SHA-256: the bars that it alone had added go
    #[arg(long, value_name = "SHA256")]
    pub(crate) supersede: Vec<String>,
    /// Files; for most formats their names say which contract they hold, such as "NQ 03-25.Last.txt.gz"
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Product root
    #[arg(long, required_unless_present = "compat")]
    pub(crate) root: Option<String>,
    /// First trade date, inclusive; a range without stored bars is refused [default: the first stored]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<String>,
    /// Last trade date, inclusive [default: the last stored]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<String>,
    /// Least severity that is reported [default: note]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) severity: Option<SeverityName>,
    /// Fail with exit code 4 where there are warnings and no errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Days whose data the vendor does not call good: Databento's condition.json, or a text of one date a line
    #[arg(long, value_name = "FILE")]
    pub(crate) degraded: Option<PathBuf>,
    /// Bar size of what is checked: 1m, the only one stored
    #[arg(long, value_name = "LENGTH", default_value = "1m")]
    pub(crate) bar: String,
    #[command(flatten)]
    pub(crate) compat: CompatValidateArgs,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SeverityName {
    /// The bars break a rule
    Error,
    /// Likely a fault of the file
    Warning,
    /// Worth knowing
    Note,
}

impl SeverityName {
    /// The name in requests.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Dataset as `build` printed it, with bars of 1m over the full session along the front contract [default: the newest
    /// such of --root]
    #[arg(long, value_name = "DATASET_ID")]
    pub(crate) dataset: Option<String>,
    /// Product root of that newest dataset
    #[arg(long, default_value = "NQ")]
    pub(crate) root: String,
    /// Bars of the fast average
    #[arg(long, default_value_t = 30, value_name = "BARS")]
    pub(crate) fast: u32,
    /// Bars of the slow average
    #[arg(long, default_value_t = 120, value_name = "BARS")]
    pub(crate) slow: u32,
    /// Contracts held long or short
    #[arg(long, default_value_t = 2, value_name = "CONTRACTS")]
    pub(crate) position: u32,
    /// Starting cash, US dollars
    #[arg(long, default_value = "250000", value_name = "USD", allow_hyphen_values = true)]
    pub(crate) cash: String,
}

/// Verbs on evidence packs.
#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceVerb {
    /// Recompute every hash of a pack and name each file that differs
    Verify(VerifyArgs),
}

/// Arguments of `evidence verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Folder of the pack
    #[arg(value_name = "PACK")]
    pub(crate) pack: PathBuf,
}

/// Verbs on recorded runs.
#[derive(Debug, Subcommand)]
pub(crate) enum RunsVerb {
    /// List the runs recorded in DATA_DIR
    List,
}

impl Verb {
    /// The verb as it is typed.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Up(_) => "up",
            Self::Health => "health",
            Self::Preflight => "preflight",
            Self::Import(_) => "import",
            Self::Validate(_) => "validate",
            Self::Build(_) => "build",
            Self::Bars(_) => "bars",
            Self::Export(_) => "export",
            Self::Replay(_) => "replay",
            Self::Calendar(CalendarVerb::Sessions(_)) => "calendar sessions",
            Self::Calendar(CalendarVerb::State(_)) => "calendar state",
            Self::Calendar(CalendarVerb::Info) => "calendar info",
            Self::Calendar(CalendarVerb::Year(_)) => "calendar year",
            Self::Contracts(ContractsVerb::Show(_)) => "contracts show",
            Self::Contracts(ContractsVerb::Parse(_)) => "contracts parse",
            Self::Contracts(ContractsVerb::List(_)) => "contracts list",
            Self::Contracts(ContractsVerb::Limits(_)) => "contracts limits",
            Self::Datasets(DatasetsVerb::List(_)) => "datasets list",
            Self::Datasets(DatasetsVerb::Show(_)) => "datasets show",
            Self::Datasets(DatasetsVerb::Gc(_)) => "datasets gc",
            Self::Rolls(RollsVerb::Schedule(_)) => "rolls schedule",
            Self::Rolls(RollsVerb::Active(_)) => "rolls active",
            Self::Rolls(RollsVerb::Explain(_)) => "rolls explain",
            Self::Rolls(RollsVerb::Diff(_)) => "rolls diff",
            Self::Settlements(SettlementsVerb::Import(_)) => "settlements import",
            Self::Settlements(SettlementsVerb::List(_)) => "settlements list",
            Self::VendorSeries(VendorSeriesVerb::Import(_)) => "vendor-series import",
            Self::VendorSeries(VendorSeriesVerb::List(_)) => "vendor-series list",
            Self::Evidence(EvidenceVerb::Verify(_)) => "evidence verify",
            Self::Runs(RunsVerb::List) => "runs list",
        }
    }

    /// Whether the verb only asks the calendar, which writes nothing.
    pub(crate) const fn is_look_up(&self) -> bool {
        matches!(
            self,
            Self::Calendar(_) | Self::Contracts(_) | Self::Rolls(RollsVerb::Schedule(_) | RollsVerb::Active(_))
        )
    }

    /// Whether the verb talks to services; the others only read files.
    pub(crate) const fn reaches_services(&self) -> bool {
        match self {
            Self::Validate(arguments) => arguments.compat.compat.is_none(),
            Self::Build(arguments) => arguments.compat.compat.is_none(),
            Self::Demo
            | Self::Up(_)
            | Self::Health
            | Self::Preflight
            | Self::Import(_)
            | Self::Bars(_)
            | Self::Export(_)
            | Self::Replay(_)
            | Self::Calendar(_)
            | Self::Contracts(_)
            | Self::Rolls(_)
            | Self::Settlements(_)
            | Self::VendorSeries(_)
            | Self::Datasets(_) => true,
            Self::Evidence(_) | Self::Runs(_) => false,
        }
    }
}
