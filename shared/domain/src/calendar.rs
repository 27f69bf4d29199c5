//! The exchange calendar: one versioned file, evaluated once into a table of sessions.
//!
//! The file is read in three steps: [`file`] gives its tables types, [`rules`] checks them against each other, and
//! [`table`] evaluates them. After that every question is a look-up: by instant in [`instants`], by trade date in
//! [`days`], by contract and root in [`contracts`].

mod civil;
mod contracts;
mod days;
mod error;
mod file;
mod instants;
mod local;
mod rules;
mod session;
mod table;
mod terms;
mod warnings;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use civil::Zone;
pub(crate) use civil::third_friday;
pub use error::{CalendarError, CalendarFileError};
pub use local::LocalTimeError;
use rules::{ExpiryRules, LeadRuleEra, Rules};
pub use session::{Closure, HoursFilter, HoursFilterParseError, MarketState, Outage, Segment, Session};
use table::Table;
pub use terms::{Confidence, ContractSpec, ExchangeFeeRow, LeadRule, MarginRow, PriceLimitEra};
use warnings::Warning;

use crate::{ContractRoot, Sha256, TradeDate};

/// A calendar file in force. Clones share one table.
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    sha256: Sha256,
    version: String,
    sources: Vec<String>,
    valid_from: TradeDate,
    valid_to: TradeDate,
    projected_from: Option<TradeDate>,
    warnings: Vec<Warning>,
    outages: Vec<Outage>,
    expiry: ExpiryRules,
    lead_rules: Vec<LeadRuleEra>,
    price_limits: Vec<PriceLimitEra>,
    /// All terms, in order of root and date.
    terms: Vec<ContractSpec>,
    /// The last terms of each root, in order of root.
    specs: Vec<ContractSpec>,
    margins: BTreeMap<ContractRoot, Vec<MarginRow>>,
    exchange_fees: BTreeMap<ContractRoot, Vec<ExchangeFeeRow>>,
    zone: Zone,
    table: Table,
}

impl Calendar {
    /// The bytes of the calendar file that this program ships with.
    pub const SHIPPED_FILE: &'static str = include_str!("../calendar/cme_equity.toml");

    /// Largest file that is read: twenty times the shipped one, so that a wrong path cannot fill memory.
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
        let (warnings, projected_from) = (warnings::evaluate(&rules, &table), rules.projected_from());
        let inner = Inner {
            sha256: Sha256::of(text.as_bytes()),
            version: rules.version,
            sources: rules.sources,
            valid_from: TradeDate::new(rules.valid_from),
            valid_to: TradeDate::new(rules.valid_to),
            projected_from: projected_from.map(TradeDate::new),
            warnings,
            outages: rules.outages,
            expiry: rules.expiry,
            lead_rules: rules.lead_rules,
            price_limits: rules.price_limits,
            specs: rules.specs.chunk_by(|a, b| a.root == b.root).filter_map(|rows| rows.last()).cloned().collect(),
            terms: rules.specs,
            margins: rules.margins,
            exchange_fees: rules.exchange_fees,
            zone: rules.zone,
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

    /// First civil date the file answers for.
    pub fn valid_from(&self) -> TradeDate {
        self.inner.valid_from
    }

    /// Last civil date the file answers for.
    pub fn valid_to(&self) -> TradeDate {
        self.inner.valid_to
    }

    /// Outages that the file lists, in order of time. They are open time; a validator reads them to explain gaps.
    pub fn outages(&self) -> &[Outage] {
        &self.inner.outages
    }

    /// Date of the first exception that the exchange has not published yet; `None` where there is none. What lies on or
    /// after it follows from the rules.
    pub fn projected_from(&self) -> Option<TradeDate> {
        self.inner.projected_from
    }

    fn check_date(&self, date: TradeDate) -> Result<(), CalendarError> {
        let is_within = (self.inner.valid_from..=self.inner.valid_to).contains(&date);
        if is_within { Ok(()) } else { Err(self.out_of_range(&date)) }
    }

    fn out_of_range(&self, what: &dyn std::fmt::Display) -> CalendarError {
        CalendarError::OutOfRange {
            what: what.to_string(),
            valid_from: self.inner.valid_from,
            valid_to: self.inner.valid_to,
        }
    }
}

/// Names the file: its whole table would fill screens.
impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calendar({}, {})", self.inner.version, self.inner.sha256)
    }
}

fn check_order<T: PartialOrd + ToString>(from: &T, to: &T) -> Result<(), CalendarError> {
    if from <= to { Ok(()) } else { Err(CalendarError::Reversed { from: from.to_string(), to: to.to_string() }) }
}
