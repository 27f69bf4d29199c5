//! Why a spread cannot be measured.

use peaktrade_domain::{CalendarError, ContractSymbol, TradeDate, UnixNanos};

/// Why a spread cannot be measured. The series is refused; it is never left unadjusted without a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpreadError {
    /// The roll is not on a whole minute, so a bar would lie on both sides of it.
    #[error("roll {from} -> {to} at {roll_ts} is not on a whole minute, and bars are minutes")]
    NotAMinute {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
    },
    /// No minute in common in which both traded.
    #[error(
        "roll {from} -> {to} at {roll_ts}: {}; {from} {}, {to} {}",
        describe_overlap(*.idle),
        describe_reach(*.from_reach),
        describe_reach(*.to_reach)
    )]
    NoOverlap {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// First and last bar of the old contract before the roll.
        from_reach: Option<(UnixNanos, UnixNanos)>,
        /// First and last bar of the new contract before the roll.
        to_reach: Option<(UnixNanos, UnixNanos)>,
        /// Minutes with a bar of both in which one of them did not trade.
        idle: u64,
    },
    /// Too few minutes with volume on both legs for the median.
    #[error(
        "roll {from} -> {to} at {roll_ts}: {found} common minutes with volume on both legs, the median needs {needed}"
    )]
    TooFewMinutes {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Minutes found.
        found: usize,
        /// Minutes that the median takes.
        needed: usize,
    },
    /// No trade date with settlement prices of both contracts that were known before the roll.
    #[error(
        "roll {from} -> {to} at {roll_ts}: no trade date has settlement prices of both that were known by then; of {from} {}, of {to} {}",
        describe_date(*.from_newest),
        describe_date(*.to_newest)
    )]
    NoSettlementPair {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Newest trade date of which the old contract's settlement was known.
        from_newest: Option<TradeDate>,
        /// Newest trade date of which the new contract's settlement was known.
        to_newest: Option<TradeDate>,
    },
    /// The newest pair of settlement prices is too old.
    #[error(
        "roll {from} -> {to} at {roll_ts}: the settlement prices of {trade_date}, made at {settled_at}, are {stale} session minutes old, allowed are {allowed}"
    )]
    StaleSettlement {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Trade date of the pair.
        trade_date: TradeDate,
        /// Instant of the settlement.
        settled_at: UnixNanos,
        /// Minutes of open market from the settlement to the roll.
        stale: u64,
        /// Most that the policy allows.
        allowed: u32,
    },
    /// One of the two bars that Peak_Trade's rule takes is absent.
    #[error("roll {from} -> {to} at {roll_ts}: {lacking} has no bar {side} the roll")]
    NoAdjacentBar {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// The contract without the bar.
        lacking: ContractSymbol,
        /// "before" or "from".
        side: &'static str,
    },
    /// The newest common bar that the method uses is too old.
    #[error(
        "roll {from} -> {to} at {roll_ts}: the common bar of {bar_time} is {stale} session minutes old, allowed are {allowed}{}",
        describe_idle(*.idle)
    )]
    TooStale {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Open of the bar.
        bar_time: UnixNanos,
        /// Minutes of open market from that bar's end to the roll.
        stale: u64,
        /// Most that the policy allows.
        allowed: u32,
        /// Newer minutes with a bar of both in which one of them did not trade.
        idle: u64,
    },
    /// The minutes of a median lie too far apart.
    #[error(
        "roll {from} -> {to} at {roll_ts}: the oldest of the {count} common minutes with volume on both legs, of {bar_time}, is {reach} session minutes old, allowed are {reach_allowed}"
    )]
    SpanTooLong {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Minutes that the median takes.
        count: u16,
        /// Open of the oldest of them.
        bar_time: UnixNanos,
        /// Minutes of open market from its end to the roll.
        reach: u64,
        /// Most that is allowed: the policy's bound, and two for each minute taken.
        reach_allowed: u64,
    },
    /// Peak_Trade's rule: the old contract fell silent too long before the roll.
    #[error(
        "roll {from} -> {to} at {roll_ts}: {from}'s last bar before it, of {bar_time}, is {stale} session minutes old, allowed are {allowed}"
    )]
    StaleLastBar {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Open of the bar.
        bar_time: UnixNanos,
        /// Minutes of open market from that bar's end to the roll.
        stale: u64,
        /// Most that the policy allows.
        allowed: u32,
    },
    /// Peak_Trade's rule: the new contract began too long after the roll.
    #[error(
        "roll {from} -> {to} at {roll_ts}: {to}'s first bar from it on, of {bar_time}, comes {waited} session minutes after it, allowed are {allowed}"
    )]
    LateFirstBar {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// Open of the bar.
        bar_time: UnixNanos,
        /// Minutes of open market from the roll to the bar.
        waited: u64,
        /// Most that the policy allows.
        allowed: u32,
    },
    /// The difference of two prices leaves the range.
    #[error("roll {from} -> {to}: the difference of the closes at {bar_time} leaves the range of prices")]
    Overflow {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// Open of the bar concerned.
        bar_time: UnixNanos,
    },
    /// A volume is below zero: the bars were not checked.
    #[error("roll {from} -> {to}: a volume at {bar_time} is below zero")]
    NegativeVolume {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// Open of the bar concerned.
        bar_time: UnixNanos,
    },
    /// The calendar does not answer for the time between bar and roll.
    #[error("roll {from} -> {to} at {roll_ts}: {source}")]
    Calendar {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// What the calendar says.
        source: CalendarError,
    },
}

impl SpreadError {
    /// Whether all that lacks is the first bar of a contract from the roll on.
    pub(super) fn waits_for(&self, contract: ContractSymbol) -> bool {
        matches!(self, Self::NoAdjacentBar { to, lacking, .. } if *to == contract && *lacking == contract)
    }
}

fn describe_overlap(idle: u64) -> String {
    match idle {
        0 => "no minute before it has a bar of both".to_owned(),
        idle => format!("none of the {idle} minutes before it with a bar of both has volume on both"),
    }
}

fn describe_idle(idle: u64) -> String {
    match idle {
        0 => String::new(),
        idle => format!("; {idle} newer common minutes without volume on one leg do not count"),
    }
}

fn describe_reach(reach: Option<(UnixNanos, UnixNanos)>) -> String {
    match reach {
        Some((first, last)) => format!("has bars from {first} to {last}"),
        None => "has none".to_owned(),
    }
}

fn describe_date(newest: Option<TradeDate>) -> String {
    match newest {
        Some(date) => format!("the newest is of {date}"),
        None => "there is none".to_owned(),
    }
}
