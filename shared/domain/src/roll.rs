//! When a series leaves a contract for the next one.
//!
//! The triggers here follow from the calendar alone. One that reads volume or open interest belongs where the bars are:
//! it decides trade dates, turns them into instants with [`RollInstant::on`] and hands the rolls to a [`RollTable`],
//! which answers the same questions as a policy.

mod active;
mod error;
mod explain;
mod instant;
mod schedule;
mod spread;
mod table;
mod trigger;

use std::fmt;

pub use active::ActiveContract;
pub use error::{RollError, UnknownName};
pub use instant::RollInstant;
pub use spread::SpreadMethod;
pub use table::{RollTable, RollTableError, RollTableProblem, TableRoll};
pub use trigger::RollTrigger;

use crate::{ContractSymbol, TradeDate, UnixNanos};

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

impl RollPolicy {
    /// The default policy: Monday before the third Friday, at that trade date's open, last common bar, 60 session minutes.
    pub const STANDARD: Self = Self {
        trigger: RollTrigger::MondayBeforeThirdFriday,
        instant: RollInstant::TradeDateOpen,
        spread: SpreadMethod::LastCommon,
        max_stale_session_minutes: 60,
    };
}

/// Example: `monday_before_third_friday@trade_date_open/last_common/60`.
impl fmt::Display for RollPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trigger, instant, spread, max_stale_session_minutes } = self;
        write!(f, "{trigger}@{instant}/{spread}/{max_stale_session_minutes}")
    }
}
