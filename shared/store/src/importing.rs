//! From the rows of a vendor file to bars: the rules that every format shares.

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, CalendarError, ContractRoot, ContractSymbol, Price, Sha256, SymbolError, UnixNanos};

use crate::disposition::{Disposition, DispositionCounts};

/// Rows of one file at most: every minute of ten years, twice what any contract is listed for. A file with more is
/// not bars of one contract.
pub const ROWS_MAX: u64 = 10 * 366 * 24 * 60;

/// Rows out of session that say nothing yet: an hour of prints in closed markets.
const OUT_OF_SESSION_ROWS_MIN: u64 = 60;
/// Share of rows out of session above which a file is refused, as one in so many rows. Real exports have fewer than one in
/// 2,000; a file whose stamps are an hour off has one in 23 at least, because the daily pause then lies inside its session.
const OUT_OF_SESSION_ONE_IN: u64 = 100;
/// Contracts in one minute at most; the busiest minutes of the product are below 100,000.
const VOLUME_MAX: i64 = 10_000_000;

/// A vendor file as bars, with the fate of each of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFile {
    /// The contract.
    pub contract: ContractSymbol,
    /// Vendor format. Example: "ninjatrader".
    pub format: &'static str,
    /// Its bars, stamped at their open, in order of time; at least one.
    pub bars: Bars,
    /// Its rows by fate.
    pub dispositions: DispositionCounts,
    /// SHA-256 of the calendar that decided what is in session.
    pub calendar_sha256: Sha256,
}

/// Why a vendor file is refused. Nothing of a refused file is imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No importer for the format.
    #[error("format {format:?} is not built; allowed: ninjatrader")]
    Format {
        /// The format as given.
        format: String,
    },
    /// The name names no contract.
    #[error("file name {file_name:?}: {problem}")]
    FileName {
        /// The name as given.
        file_name: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// The name names a contract of another root.
    #[error("file name {file_name:?} is of root {found}, the import is of root {expected}")]
    OtherRoot {
        /// The name.
        file_name: String,
        /// Its root.
        found: ContractRoot,
        /// The root of the import.
        expected: ContractRoot,
    },
    /// The name is no symbol.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// The root has no bounds of price here.
    #[error("root {root} has no plausible prices to check against; allowed: NQ, MNQ")]
    RootNotBuilt {
        /// The root.
        root: ContractRoot,
    },
    /// The bytes cannot be read, or the compressed file is damaged.
    #[error("after line {line}: {source}")]
    Unreadable {
        /// Lines read before.
        line: u64,
        /// What the reader says.
        source: std::io::Error,
    },
    /// A line is not what the format says.
    #[error("line {line}: {problem}")]
    Malformed {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// A price that the root cannot have.
    #[error(
        "line {line}: price {price} is outside {lowest} to {highest}, the plausible prices of {root}; the file may be scaled or of another product"
    )]
    Implausible {
        /// The line, counted from 1.
        line: u64,
        /// The price.
        price: Price,
        /// The root.
        root: ContractRoot,
        /// Lowest plausible price.
        lowest: Price,
        /// Highest plausible price.
        highest: Price,
    },
    /// The file tells one minute in two ways.
    #[error(
        "lines {first_line} and {second_line} give the bar of {time} (open) different values, and {others} further minutes do so too"
    )]
    Conflict {
        /// The earlier line.
        first_line: u64,
        /// The later line.
        second_line: u64,
        /// Open of the bar.
        time: UnixNanos,
        /// Further conflicts in the file.
        others: u64,
    },
    /// The calendar does not answer for the contract or a row.
    #[error("line {line}: {source}")]
    Calendar {
        /// The line; 0 for the contract itself.
        line: u64,
        /// What the calendar says.
        source: CalendarError,
    },
    /// Too many rows lie where the market is closed for the stamps to be what the format says.
    #[error(
        "{out_of_session} of {rows} rows lie outside the sessions of {contract}, one in {OUT_OF_SESSION_ONE_IN} at most is allowed; the stamps may be in another time zone, an hour off, or of another product"
    )]
    Shifted {
        /// The contract.
        contract: ContractSymbol,
        /// Rows of the file.
        rows: u64,
        /// Rows out of session.
        out_of_session: u64,
    },
    /// No rows.
    #[error("the file is empty; at least one row is required")]
    Empty,
    /// More rows than bars of one contract can have.
    #[error("the file has more than {ROWS_MAX} rows, every minute of ten years")]
    TooManyRows,
    /// Rows, but not one of them a bar.
    #[error(
        "none of the {rows} rows can be kept: {out_of_session} out of session, {off_tick} off tick, {after_expiry} after the end of trading in {contract}"
    )]
    NothingKept {
        /// The contract.
        contract: ContractSymbol,
        /// Rows of the file.
        rows: u64,
        /// Rows out of session.
        out_of_session: u64,
        /// Rows off the tick grid.
        off_tick: u64,
        /// Rows after expiry.
        after_expiry: u64,
    },
}

/// Prices that a root can have, both inclusive; `None` for a root that is not built.
///
/// The bounds catch files in other units (prices times 100, or in cents, exist in vendor samples), so they are wide:
/// the Nasdaq-100 was at 795 in October 2002, and 200,000 leaves room for an index eight times that of 2025.
pub fn plausible_prices(root: ContractRoot) -> Option<(Price, Price)> {
    match root.as_str() {
        "NQ" | "MNQ" => Price::from_points(500).zip(Price::from_points(200_000)),
        _ => None,
    }
}

/// Takes the rows of one file, decides the fate of each and collects the bars.
pub(crate) struct RowSorter<'a> {
    contract: ContractSymbol,
    calendar: &'a Calendar,
    end_of_trading: UnixNanos,
    tick: Price,
    plausible: (Price, Price),
    bars: Bars,
    /// Line of each bar kept.
    lines: Vec<u64>,
    dispositions: DispositionCounts,
}

impl<'a> RowSorter<'a> {
    pub(crate) fn new(contract: ContractSymbol, calendar: &'a Calendar) -> Result<Self, ImportError> {
        let root = contract.root();
        let of_contract = |source| ImportError::Calendar { line: 0, source };
        Ok(Self {
            contract,
            calendar,
            end_of_trading: calendar.last_trade_time(contract).map_err(of_contract)?,
            tick: calendar.spec(root).map_err(of_contract)?.tick,
            plausible: plausible_prices(root).ok_or(ImportError::RootNotBuilt { root })?,
            bars: Bars::default(),
            lines: Vec::new(),
            dispositions: DispositionCounts::default(),
        })
    }

    /// Takes one row, stamped at its open.
    ///
    /// Session comes first: outside it vendors print what they like, absurd prices included, and such a row must
    /// neither stop the import nor reach a bar.
    pub(crate) fn take(&mut self, line: u64, bar: Bar) -> Result<(), ImportError> {
        if self.dispositions.rows_in() >= ROWS_MAX {
            return Err(ImportError::TooManyRows);
        }
        let disposition = self.judge(line, &bar)?;
        self.dispositions.count(disposition);
        if disposition == Disposition::Kept {
            self.bars.push(bar);
            self.lines.push(line);
        }
        Ok(())
    }

    fn judge(&self, line: u64, bar: &Bar) -> Result<Disposition, ImportError> {
        let open = UnixNanos::from_nanos(bar.ts);
        let trade_date = self.calendar.trade_date_of(open).map_err(|source| ImportError::Calendar { line, source })?;
        if trade_date.is_none() {
            return Ok(Disposition::OutOfSession);
        }
        if open >= self.end_of_trading {
            return Ok(Disposition::AfterExpiry);
        }
        let prices = [bar.open, bar.high, bar.low, bar.close].map(Price::from_nanos);
        let (lowest, highest) = self.plausible;
        if let Some(price) = prices.into_iter().find(|price| !(lowest..=highest).contains(price)) {
            return Err(ImportError::Implausible { line, price, root: self.contract.root(), lowest, highest });
        }
        let [open, high, low, close] = prices;
        if low > open.min(close) || high < open.max(close) {
            let problem =
                format!("open {open}, high {high}, low {low}, close {close}; low <= open, close <= high is required");
            return Err(ImportError::Malformed { line, problem });
        }
        if !(0..=VOLUME_MAX).contains(&bar.volume) {
            let problem = format!("volume {}; 0 to {VOLUME_MAX} contracts in a minute are plausible", bar.volume);
            return Err(ImportError::Malformed { line, problem });
        }
        let is_on_tick = prices.into_iter().all(|price| price.is_on_tick(self.tick));
        Ok(if is_on_tick { Disposition::Kept } else { Disposition::OffTick })
    }

    /// The file's bars in order of time, each minute once.
    pub(crate) fn finish(mut self, format: &'static str) -> Result<ImportedFile, ImportError> {
        let rows = self.dispositions.rows_in();
        if rows == 0 {
            return Err(ImportError::Empty);
        }
        if self.bars.is_empty() {
            return Err(ImportError::NothingKept {
                contract: self.contract,
                rows,
                out_of_session: self.dispositions.of(Disposition::OutOfSession),
                off_tick: self.dispositions.of(Disposition::OffTick),
                after_expiry: self.dispositions.of(Disposition::AfterExpiry),
            });
        }
        let out_of_session = self.dispositions.of(Disposition::OutOfSession);
        if out_of_session >= OUT_OF_SESSION_ROWS_MIN && out_of_session > rows / OUT_OF_SESSION_ONE_IN {
            return Err(ImportError::Shifted { contract: self.contract, rows, out_of_session });
        }
        // Vendors write in order of time, so the sort is for joined or shuffled files only.
        if self.bars.ts.windows(2).any(|pair| pair[0] >= pair[1]) {
            self.sort_and_drop_duplicates()?;
        }
        let Self { contract, calendar, bars, dispositions, .. } = self;
        Ok(ImportedFile { contract, format, bars, dispositions, calendar_sha256: calendar.sha256() })
    }

    fn sort_and_drop_duplicates(&mut self) -> Result<(), ImportError> {
        let mut order: Vec<usize> = (0..self.bars.len()).collect();
        order.sort_by_key(|row| self.bars.ts[*row]);
        let mut sorted = Bars::with_capacity(self.bars.len());
        let mut duplicates = 0;
        let mut conflict: Option<(u64, u64, UnixNanos)> = None;
        let mut conflicts = 0_u64;
        let mut last: Option<(Bar, u64)> = None;
        for row in order {
            let Some(bar) = self.bars.get(row) else { continue };
            let line = self.lines[row];
            match last {
                Some((before, _)) if before == bar => duplicates += 1,
                Some((before, first_line)) if before.ts == bar.ts => {
                    conflicts += 1;
                    conflict.get_or_insert((first_line, line, UnixNanos::from_nanos(bar.ts)));
                }
                _ => {
                    sorted.push(bar);
                    last = Some((bar, line));
                }
            }
        }
        if let Some((first_line, second_line, time)) = conflict {
            return Err(ImportError::Conflict { first_line, second_line, time, others: conflicts - 1 });
        }
        self.dispositions.recount_kept_as_duplicate(duplicates);
        self.bars = sorted;
        Ok(())
    }
}
