//! The exchange calendar: one versioned file, evaluated once into a table of sessions.

use crate::{ContractRoot, ContractSymbol, Price, Sha256, TradeDate, UnixNanos, Usd};

/// One span of open market, `open` inclusive, `close` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// First open instant.
    pub open: UnixNanos,
    /// First instant after the segment.
    pub close: UnixNanos,
}

/// One trade date and its open segments, in order, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The trade date.
    pub trade_date: TradeDate,
    /// Open segments in order; on a holiday's next trade date there are two or more.
    pub segments: Vec<Segment>,
    /// Daily settlement instant.
    pub settlement: UnixNanos,
    /// Why the session is not regular; empty for a regular one.
    pub note: String,
    /// Whether the row is projected from rules and not yet from an exchange notice.
    pub is_projected: bool,
}

/// State of the market at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketState {
    /// Trade date of the open segment; `None` where the market is closed.
    pub trade_date: Option<TradeDate>,
    /// Next open strictly after the instant, within the calendar's validity.
    pub next_open: Option<UnixNanos>,
    /// Next close strictly after the instant, within the calendar's validity.
    pub next_close: Option<UnixNanos>,
}

/// Terms of a product root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSpec {
    /// Product root.
    pub root: ContractRoot,
    /// Exchange. Example: "CME".
    pub exchange: String,
    /// Settlement currency. Example: "USD".
    pub currency: String,
    /// US dollars per index point.
    pub multiplier: Usd,
    /// Smallest price step.
    pub tick: Price,
    /// Smallest step of a calendar spread.
    pub spread_tick: Price,
    /// First trade date of the product.
    pub first_trade_date: TradeDate,
    /// Size in units of the family's largest contract, as (numerator, denominator): NQ (1, 1), MNQ (1, 10).
    pub family_weight: (u32, u32),
    /// Root of the family's largest contract: NQ for NQ and MNQ.
    pub family: ContractRoot,
}

/// A question the calendar does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Outside the validity of the file.
    #[error("{what} is outside the calendar's validity, {valid_from} to {valid_to}")]
    OutOfRange {
        /// The date or instant asked about.
        what: String,
        /// First trade date the file answers for.
        valid_from: TradeDate,
        /// Last trade date the file answers for.
        valid_to: TradeDate,
    },
    /// The file has no such root.
    #[error("root {root} has no specification in the calendar; it has {known}")]
    UnknownRoot {
        /// The root asked about.
        root: ContractRoot,
        /// Roots that the file has.
        known: String,
    },
    /// The contract is not one of the product's.
    #[error("contract {symbol} is not listed: {why}")]
    NotListed {
        /// The contract asked about.
        symbol: ContractSymbol,
        /// Why. Example: "MNQ lists March, June, September and December from 2019-05-06".
        why: String,
    },
}

/// A calendar file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar file, line {line}: {problem}")]
pub struct CalendarFileError {
    /// Line, counted from 1; 0 where the problem concerns the whole file.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub problem: String,
}

/// A calendar file in force.
#[derive(Clone, Debug)]
pub struct Calendar {
    sha256: Sha256,
}

impl Calendar {
    /// The bytes of the calendar file that this program ships with.
    pub const SHIPPED_FILE: &'static str = "";

    /// The shipped calendar.
    pub fn shipped() -> Self {
        Self::parse(Self::SHIPPED_FILE).expect("the shipped calendar file is checked by this crate's tests")
    }

    /// Reads a calendar file.
    ///
    /// # Errors
    /// Names the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CalendarFileError> {
        Ok(Self { sha256: Sha256::of(text.as_bytes()) })
    }

    /// SHA-256 of the file's bytes.
    pub const fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// Version written in the file.
    pub fn version(&self) -> &str {
        unreachable!()
    }

    /// Sources that the file names.
    pub fn sources(&self) -> &[String] {
        unreachable!()
    }

    /// First trade date the file answers for.
    pub fn valid_from(&self) -> TradeDate {
        unreachable!()
    }

    /// Last trade date the file answers for.
    pub fn valid_to(&self) -> TradeDate {
        unreachable!()
    }

    /// Terms of every root, in order of root.
    pub fn specs(&self) -> &[ContractSpec] {
        unreachable!()
    }

    /// Terms of a root.
    ///
    /// # Errors
    /// Where the file has no such root.
    pub fn spec(&self, _root: ContractRoot) -> Result<&ContractSpec, CalendarError> {
        unreachable!()
    }

    /// The session of a trade date; `None` where the exchange has no such trade date.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn session(&self, _trade_date: TradeDate) -> Result<Option<&Session>, CalendarError> {
        unreachable!()
    }

    /// Sessions of the trade dates from `from` to `to`, both inclusive, in order.
    ///
    /// # Errors
    /// Where one of the two is outside the file's validity, or they are reversed.
    pub fn sessions(&self, _from: TradeDate, _to: TradeDate) -> Result<&[Session], CalendarError> {
        unreachable!()
    }

    /// Trade date of an instant; `None` where the market is closed.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn trade_date_of(&self, _instant: UnixNanos) -> Result<Option<TradeDate>, CalendarError> {
        unreachable!()
    }

    /// Trade date to which an instant belongs, the next one where the market is closed.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn trade_date_at_or_after(&self, _instant: UnixNanos) -> Result<TradeDate, CalendarError> {
        unreachable!()
    }

    /// Whether the market is open, and when it next opens and closes.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn market_state(&self, _instant: UnixNanos) -> Result<MarketState, CalendarError> {
        unreachable!()
    }

    /// Minutes of open market in [from, to).
    ///
    /// # Errors
    /// Where one of the two is outside the file's validity.
    pub fn session_minutes_between(&self, _from: UnixNanos, _to: UnixNanos) -> Result<u64, CalendarError> {
        unreachable!()
    }

    /// Last trade date of a contract, overrides of the file included.
    ///
    /// # Errors
    /// Where the root is unknown, the contract is not listed, or the date is outside the file's validity.
    pub fn last_trade_date(&self, _symbol: ContractSymbol) -> Result<TradeDate, CalendarError> {
        unreachable!()
    }

    /// Instant at which trading in a contract ends, exclusive.
    ///
    /// # Errors
    /// As [`Self::last_trade_date`].
    pub fn last_trade_time(&self, _symbol: ContractSymbol) -> Result<UnixNanos, CalendarError> {
        unreachable!()
    }

    /// Midnight in the exchange's zone at the start of a civil day.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn local_midnight(&self, _date: TradeDate) -> Result<UnixNanos, CalendarError> {
        unreachable!()
    }
}

impl Session {
    /// First instant of the session.
    pub fn open(&self) -> UnixNanos {
        self.segments[0].open
    }

    /// First instant after the session.
    pub fn close(&self) -> UnixNanos {
        self.segments[self.segments.len() - 1].close
    }

    /// Minutes that the segments hold.
    pub fn minutes(&self) -> u64 {
        self.segments
            .iter()
            .map(|segment| ((segment.close.nanos() - segment.open.nanos()) / UnixNanos::MINUTE).unsigned_abs())
            .sum()
    }
}
