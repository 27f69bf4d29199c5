//! Roll policy and schedule.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days};

use crate::calendar::third_friday;
use crate::{Calendar, CalendarError, ContractMonth, ContractRoot, ContractSymbol, TradeDate, UnixNanos};

/// What decides the trade date of a roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollTrigger {
    /// The Monday before the third Friday of the expiring contract's month.
    MondayBeforeThirdFriday,
}

/// At which instant of the roll trade date the new contract becomes active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollInstant {
    /// The trade date's first open (Sunday 17:00 Chicago for a Monday). The default.
    TradeDateOpen,
    /// The trade date's last close.
    SessionClose,
    /// Midnight in Chicago at the start of the trade date's civil day.
    LocalMidnight,
}

/// How the spread of a roll is measured, always at one timestamp for both legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadMethod {
    /// The closes of the last bar that both contracts have before the roll. The default.
    LastCommon,
    /// The median over the last 30 minutes before the roll in which both contracts traded.
    MedianCommon30,
}

/// Trigger, instant, spread method and staleness bound; part of a series' identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollPolicy {
    /// What decides the trade date.
    pub trigger: RollTrigger,
    /// Which instant of it.
    pub instant: RollInstant,
    /// How the spread is measured.
    pub spread: SpreadMethod,
    /// Oldest allowed common bar before the roll, in session minutes.
    pub max_stale_session_minutes: u32,
}

/// One roll as the calendar plans it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledRoll {
    /// Contract rolled out of.
    pub from: ContractSymbol,
    /// Contract rolled into.
    pub to: ContractSymbol,
    /// Roll trade date.
    pub trade_date: TradeDate,
    /// Instant from which the new contract is active.
    pub roll_ts: UnixNanos,
}

/// A name that is none of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {name:?} is not built; allowed: {allowed}")]
pub struct UnknownName {
    /// What kind of name. Example: "roll trigger".
    pub what: &'static str,
    /// The name as given.
    pub name: String,
    /// The names that are built.
    pub allowed: &'static str,
}

/// Why a schedule cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RollError {
    /// The calendar does not answer.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// The contract is the last one that a symbol can name.
    #[error("contract {contract} has no next quarterly contract that a symbol can name")]
    NoSuccessor {
        /// The contract rolled out of.
        contract: ContractSymbol,
    },
}

impl RollTrigger {
    /// The name in requests, manifests and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MondayBeforeThirdFriday => "monday_before_third_friday",
        }
    }
}

impl RollInstant {
    /// The name in requests, manifests and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TradeDateOpen => "trade_date_open",
            Self::SessionClose => "session_close",
            Self::LocalMidnight => "local_midnight",
        }
    }
}

impl SpreadMethod {
    /// The name in requests, manifests and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastCommon => "last_common",
            Self::MedianCommon30 => "median_common_30",
        }
    }
}

impl FromStr for RollTrigger {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "monday_before_third_friday" => Ok(Self::MondayBeforeThirdFriday),
            _ => Err(UnknownName {
                what: "roll trigger",
                name: crate::symbol::shorten(name),
                allowed: "monday_before_third_friday, or an explicit roll table",
            }),
        }
    }
}

impl FromStr for RollInstant {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "trade_date_open" => Ok(Self::TradeDateOpen),
            "session_close" => Ok(Self::SessionClose),
            "local_midnight" => Ok(Self::LocalMidnight),
            _ => Err(UnknownName {
                what: "roll instant",
                name: crate::symbol::shorten(name),
                allowed: "trade_date_open, session_close, local_midnight",
            }),
        }
    }
}

impl FromStr for SpreadMethod {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "last_common" => Ok(Self::LastCommon),
            "median_common_30" => Ok(Self::MedianCommon30),
            _ => Err(UnknownName {
                what: "spread method",
                name: crate::symbol::shorten(name),
                allowed: "last_common, median_common_30",
            }),
        }
    }
}

impl RollPolicy {
    /// The default policy: Monday before the third Friday, at that trade date's open, last common bar, 60 session minutes.
    pub const STANDARD: Self = Self {
        trigger: RollTrigger::MondayBeforeThirdFriday,
        instant: RollInstant::TradeDateOpen,
        spread: SpreadMethod::LastCommon,
        max_stale_session_minutes: 60,
    };

    /// Rolls out of contracts of `root` whose roll trade date lies between `from` and `to`, both inclusive, in order.
    ///
    /// # Errors
    /// Where the calendar does not answer for one of the dates, or they are reversed.
    pub fn schedule(
        &self,
        calendar: &Calendar,
        root: ContractRoot,
        from: TradeDate,
        to: TradeDate,
    ) -> Result<Vec<ScheduledRoll>, RollError> {
        calendar.spec(root)?;
        // Asked for its checks of both dates; the walk below goes by contract.
        calendar.sessions(from, to)?;
        let mut rolls = Vec::new();
        let mut next = first_contract(root, from);
        while let Some(contract) = next {
            next = contract.next_quarterly();
            let trigger = self.trigger_date(contract);
            if trigger.is_none_or(|date| date > to) {
                break;
            }
            if trigger.is_none_or(|date| date < calendar.valid_from()) || calendar.check_listed(contract).is_err() {
                continue;
            }
            let roll = self.roll_of(calendar, contract)?;
            if (from..=to).contains(&roll.trade_date) {
                rolls.push(roll);
            }
        }
        Ok(rolls)
    }

    /// The roll out of one contract.
    ///
    /// # Errors
    /// Where the contract is not listed or the calendar does not answer for its roll.
    pub fn roll_of(&self, calendar: &Calendar, contract: ContractSymbol) -> Result<ScheduledRoll, RollError> {
        calendar.check_listed(contract)?;
        let unknown = || RollError::NoSuccessor { contract };
        let to = contract.next_quarterly().ok_or_else(unknown)?;
        let session = calendar.session_on_or_after(self.trigger_date(contract).ok_or_else(unknown)?)?;
        let roll_ts = match self.instant {
            RollInstant::TradeDateOpen => session.open(),
            RollInstant::SessionClose => session.close(),
            RollInstant::LocalMidnight => calendar.local_midnight(session.trade_date)?,
        };
        Ok(ScheduledRoll { from: contract, to, trade_date: session.trade_date, roll_ts })
    }

    /// The civil date on which the trigger fires; the roll is on the first trade date from it on.
    fn trigger_date(&self, contract: ContractSymbol) -> Option<TradeDate> {
        match self.trigger {
            RollTrigger::MondayBeforeThirdFriday => {
                // The Monday of the week that holds the third Friday, also where the contract ends on the Thursday.
                let third_friday = third_friday(contract.year(), contract.month().number())?;
                third_friday.checked_sub_days(Days::new(4)).map(TradeDate::new)
            }
        }
    }
}

/// The quarterly contract before the one of a date's quarter: a roll can move past the end of its month at most.
fn first_contract(root: ContractRoot, from: TradeDate) -> Option<ContractSymbol> {
    let date = from.date();
    let quarter_month = date.month().div_ceil(3) * 3;
    let (year, month) = if quarter_month == 3 { (date.year() - 1, 12) } else { (date.year(), quarter_month - 3) };
    ContractSymbol::new(root, ContractMonth::from_number(month)?, u16::try_from(year).ok()?)
}

/// Example: `monday_before_third_friday@trade_date_open/last_common/60`.
impl fmt::Display for RollPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}@{}/{}/{}",
            self.trigger.name(),
            self.instant.name(),
            self.spread.name(),
            self.max_stale_session_minutes
        )
    }
}
