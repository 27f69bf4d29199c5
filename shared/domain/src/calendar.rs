//! The exchange calendar: one versioned file, evaluated once into a table of sessions.
//!
//! The file is read in three steps: [`file`] gives its tables types, [`rules`] checks them against each other, and
//! [`table`] evaluates them. After that every question is a look-up.

mod civil;
mod error;
mod file;
mod rules;
mod session;
mod table;

use std::sync::{Arc, LazyLock};

pub(crate) use civil::third_friday;
pub use error::{CalendarError, CalendarFileError};
use rules::Rules;
pub use session::{MarketState, Outage, Segment, Session};
use table::{Expiry, Place, Table};

use crate::{ContractMonth, ContractRoot, ContractSymbol, Price, Sha256, TradeDate, UnixNanos, Usd};

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

/// A calendar file in force. Clones share one table.
#[derive(Clone, Debug)]
pub struct Calendar {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    sha256: Sha256,
    version: String,
    sources: Vec<String>,
    valid_from: TradeDate,
    valid_to: TradeDate,
    specs: Vec<ContractSpec>,
    outages: Vec<Outage>,
    table: Table,
}

impl Calendar {
    /// The bytes of the calendar file that this program ships with.
    pub const SHIPPED_FILE: &'static str = include_str!("../calendar/cme_equity.toml");

    /// Largest file that is read: thirty times the shipped one, so that a wrong path cannot fill memory.
    pub const FILE_BYTES_MAX: usize = 1024 * 1024;

    /// Version of the time-zone database by which every calendar is evaluated. Example: "2025b".
    pub const TIME_ZONE_DATABASE: &'static str = chrono_tz::IANA_TZDB_VERSION;

    /// The shipped calendar.
    pub fn shipped() -> Self {
        static SHIPPED: LazyLock<Calendar> = LazyLock::new(|| {
            Calendar::parse(Calendar::SHIPPED_FILE)
                .expect("the shipped calendar file is valid, checked by this crate's tests")
        });
        SHIPPED.clone()
    }

    /// Reads a calendar file.
    ///
    /// # Errors
    /// Names the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CalendarFileError> {
        let rules = Rules::check(file::read(text)?, text)?;
        let table = Table::evaluate(&rules)?;
        let inner = Inner {
            sha256: Sha256::of(text.as_bytes()),
            version: rules.version,
            sources: rules.sources,
            valid_from: TradeDate::new(rules.valid_from),
            valid_to: TradeDate::new(rules.valid_to),
            specs: rules.specs,
            outages: rules.outages,
            table,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// SHA-256 of the file's bytes.
    pub fn sha256(&self) -> Sha256 {
        self.inner.sha256
    }

    /// Version written in the file.
    pub fn version(&self) -> &str {
        &self.inner.version
    }

    /// Sources that the file names.
    pub fn sources(&self) -> &[String] {
        &self.inner.sources
    }

    /// First trade date the file answers for.
    pub fn valid_from(&self) -> TradeDate {
        self.inner.valid_from
    }

    /// Last trade date the file answers for.
    pub fn valid_to(&self) -> TradeDate {
        self.inner.valid_to
    }

    /// Outages that the file lists, in order of time. They are open time; a validator reads them to explain gaps.
    pub fn outages(&self) -> &[Outage] {
        &self.inner.outages
    }

    /// Terms of every root, in order of root.
    pub fn specs(&self) -> &[ContractSpec] {
        &self.inner.specs
    }

    /// Terms of a root.
    ///
    /// # Errors
    /// Where the file has no such root.
    pub fn spec(&self, root: ContractRoot) -> Result<&ContractSpec, CalendarError> {
        let specs = &self.inner.specs;
        specs.binary_search_by_key(&root, |spec| spec.root).map(|at| &specs[at]).map_err(|_| {
            let known: Vec<&str> = specs.iter().map(|spec| spec.root.as_str()).collect();
            CalendarError::UnknownRoot { root, known: known.join(", ") }
        })
    }

    /// The session of a trade date; `None` where the exchange has no such trade date.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn session(&self, trade_date: TradeDate) -> Result<Option<&Session>, CalendarError> {
        self.check_date(trade_date)?;
        Ok(self.inner.table.sessions(trade_date.date(), trade_date.date()).first())
    }

    /// Sessions of the trade dates from `from` to `to`, both inclusive, in order.
    ///
    /// # Errors
    /// Where one of the two is outside the file's validity, or they are reversed.
    pub fn sessions(&self, from: TradeDate, to: TradeDate) -> Result<&[Session], CalendarError> {
        self.check_date(from)?;
        self.check_date(to)?;
        check_order(&from, &to)?;
        Ok(self.inner.table.sessions(from.date(), to.date()))
    }

    /// The session of the first trade date on or after a civil date.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn session_on_or_after(&self, date: TradeDate) -> Result<&Session, CalendarError> {
        self.check_date(date)?;
        self.inner.table.session_on_or_after(date.date()).ok_or_else(|| self.out_of_range(&date))
    }

    /// Trade date of an instant; `None` where the market is closed.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn trade_date_of(&self, instant: UnixNanos) -> Result<Option<TradeDate>, CalendarError> {
        let place = self.place(instant)?;
        Ok(self.trade_date_at(&place))
    }

    /// Trade date to which an instant belongs, the next one where the market is closed.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn trade_date_at_or_after(&self, instant: UnixNanos) -> Result<TradeDate, CalendarError> {
        let place = self.place(instant)?;
        let session = self.inner.table.session_at(&place);
        session.map(|session| session.trade_date).ok_or_else(|| self.out_of_range(&instant))
    }

    /// Whether the market is open, and when it next opens and closes.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn market_state(&self, instant: UnixNanos) -> Result<MarketState, CalendarError> {
        let place = self.place(instant)?;
        Ok(MarketState {
            trade_date: self.trade_date_at(&place),
            next_open: self.inner.table.next_open(&place),
            next_close: self.inner.table.next_close(&place),
        })
    }

    /// Minutes of open market in [from, to), rounded down.
    ///
    /// # Errors
    /// Where one of the two is outside the file's validity, or they are reversed.
    pub fn session_minutes_between(&self, from: UnixNanos, to: UnixNanos) -> Result<u64, CalendarError> {
        self.check_instant(from)?;
        self.check_instant(to)?;
        check_order(&from, &to)?;
        let open_nanos = self.inner.table.open_nanos_until(to) - self.inner.table.open_nanos_until(from);
        Ok((open_nanos / UnixNanos::MINUTE).unsigned_abs())
    }

    /// Last trade date of a contract, overrides of the file included.
    ///
    /// # Errors
    /// Where the root is unknown, the contract is not listed, or the date is outside the file's validity.
    pub fn last_trade_date(&self, symbol: ContractSymbol) -> Result<TradeDate, CalendarError> {
        self.expiry(symbol).map(|expiry| expiry.last_trade_date)
    }

    /// Instant at which trading in a contract ends, exclusive.
    ///
    /// # Errors
    /// As [`Self::last_trade_date`].
    pub fn last_trade_time(&self, symbol: ContractSymbol) -> Result<UnixNanos, CalendarError> {
        self.expiry(symbol).map(|expiry| expiry.last_trade_time)
    }

    /// Contracts of a root whose last trade date lies between `from` and `to`, both inclusive, in order of expiry.
    ///
    /// # Errors
    /// Where the root is unknown, a date is outside the file's validity, or they are reversed.
    pub fn contracts(
        &self,
        root: ContractRoot,
        from: TradeDate,
        to: TradeDate,
    ) -> Result<Vec<ContractSymbol>, CalendarError> {
        self.spec(root)?;
        self.check_date(from)?;
        self.check_date(to)?;
        check_order(&from, &to)?;
        let symbols = self.inner.table.expiries().filter(|(_, expiry)| (from..=to).contains(&expiry.last_trade_date));
        Ok(symbols
            .filter_map(|((year, month), _)| ContractSymbol::new(root, ContractMonth::from_number(month)?, year))
            .filter(|symbol| self.check_listed(*symbol).is_ok())
            .collect())
    }

    /// Midnight in the exchange's zone at the start of a civil day.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn local_midnight(&self, date: TradeDate) -> Result<UnixNanos, CalendarError> {
        self.check_date(date)?;
        Ok(self.inner.table.midnight(date.date()))
    }

    /// Checks that the product lists contracts of the symbol's month, whether or not the file knows its expiry.
    ///
    /// # Errors
    /// Where the root is unknown, the month is no quarterly one, or the month ended before the product's first trade date.
    pub fn check_listed(&self, symbol: ContractSymbol) -> Result<(), CalendarError> {
        let spec = self.spec(symbol.root())?;
        let is_listed = symbol.month().is_quarterly()
            && third_friday(symbol.year(), symbol.month().number())
                .is_some_and(|third_friday| third_friday >= spec.first_trade_date.date());
        if is_listed {
            return Ok(());
        }
        let why = format!("{} lists March, June, September and December from {}", spec.root, spec.first_trade_date);
        Err(CalendarError::NotListed { symbol, why })
    }

    fn expiry(&self, symbol: ContractSymbol) -> Result<Expiry, CalendarError> {
        self.check_listed(symbol)?;
        let expiry = self.inner.table.expiry(symbol.year(), symbol.month().number());
        expiry.ok_or_else(|| self.out_of_range(&format_args!("the third Friday of {symbol}")))
    }

    fn place(&self, instant: UnixNanos) -> Result<Place, CalendarError> {
        self.check_instant(instant)?;
        Ok(self.inner.table.place(instant))
    }

    fn trade_date_at(&self, place: &Place) -> Option<TradeDate> {
        let session = if place.is_open { self.inner.table.session_at(place) } else { None };
        session.map(|session| session.trade_date)
    }

    fn check_date(&self, date: TradeDate) -> Result<(), CalendarError> {
        let is_within = (self.inner.valid_from..=self.inner.valid_to).contains(&date);
        if is_within { Ok(()) } else { Err(self.out_of_range(&date)) }
    }

    /// Instants are answered from the first open to the last close: what lies beyond belongs to trade dates that the
    /// file does not know.
    fn check_instant(&self, instant: UnixNanos) -> Result<(), CalendarError> {
        let is_within = (self.inner.table.first_open()..=self.inner.table.last_close()).contains(&instant);
        if is_within { Ok(()) } else { Err(self.out_of_range(&instant)) }
    }

    fn out_of_range(&self, what: &dyn std::fmt::Display) -> CalendarError {
        CalendarError::OutOfRange {
            what: what.to_string(),
            valid_from: self.inner.valid_from,
            valid_to: self.inner.valid_to,
        }
    }
}

fn check_order<T: PartialOrd + ToString>(from: &T, to: &T) -> Result<(), CalendarError> {
    if from <= to { Ok(()) } else { Err(CalendarError::Reversed { from: from.to_string(), to: to.to_string() }) }
}
