//! Kinds of findings.

/// How bad a finding is; worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The bars break a rule; nothing should be built on them.
    Error,
    /// Likely a fault of the file.
    Warning,
    /// Worth knowing, and normal in a thin market or on such a day.
    Note,
}

/// What the count of a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Bars.
    Rows,
    /// Minutes of open market.
    Minutes,
    /// Rows of the calendar file, or sessions that rest on them.
    CalendarRows,
}

/// Kinds of findings; a closed list, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A run of sessions fits the calendar only if its bars are moved by 60 minutes.
    DstShiftSuspected,
    /// A bar does not come after the one before it.
    NotIncreasing,
    /// A second bar of one minute.
    DuplicateMinute,
    /// A stamp is not a whole minute.
    NotAMinute,
    /// A bar lies outside the calendar's validity.
    OutsideCalendar,
    /// A bar lies in the daily maintenance hour.
    MaintenanceBar,
    /// A bar lies in a weekend.
    WeekendBar,
    /// A bar lies in the closed hours of a holiday or another exception.
    HolidayBar,
    /// A bar lies in a daily halt.
    HaltBar,
    /// A bar lies at or after the end of trading in its contract.
    AfterExpiry,
    /// A price is not above zero, or is the mark of an undefined price.
    NotAPrice,
    /// Open or close lies outside low and high.
    OhlcOrder,
    /// A price is not on the tick grid.
    OffTick,
    /// A volume is below zero.
    NegativeVolume,
    /// A session of the calendar has no bar.
    MissingSession,
    /// No bar from the last hour of a session on.
    MissingLastHour,
    /// Half an hour or more without a bar, in no listed outage.
    MissingBlock,
    /// A bar leaves both neighbours by more than the market around it moves, and the next is back.
    Spike,
    /// No bar in the first minutes of a session.
    MissingFirstMinute,
    /// No bar in the last minutes of a session.
    MissingLastMinute,
    /// Minutes without a bar within a session.
    MissingMinutes,
    /// Minutes without a bar in an outage that the calendar lists.
    ListedOutage,
    /// A bar without volume.
    ZeroVolume,
    /// A price off the tick grid on the contract's last trade date: its final settlement.
    SettlementOffTick,
    /// The vendor calls a day of the bars degraded.
    DegradedDay,
    /// The bars rest on rows of the calendar that nothing confirms.
    CalendarUnverified,
    /// The bars rest on sessions that are projected from rules.
    CalendarProjected,
}

impl Code {
    /// All codes, worst first.
    pub const ALL: [Self; 27] = [
        Self::DstShiftSuspected,
        Self::NotIncreasing,
        Self::DuplicateMinute,
        Self::NotAMinute,
        Self::OutsideCalendar,
        Self::MaintenanceBar,
        Self::WeekendBar,
        Self::HolidayBar,
        Self::HaltBar,
        Self::AfterExpiry,
        Self::NotAPrice,
        Self::OhlcOrder,
        Self::OffTick,
        Self::NegativeVolume,
        Self::MissingSession,
        Self::MissingLastHour,
        Self::MissingBlock,
        Self::Spike,
        Self::MissingFirstMinute,
        Self::MissingLastMinute,
        Self::MissingMinutes,
        Self::ListedOutage,
        Self::ZeroVolume,
        Self::SettlementOffTick,
        Self::DegradedDay,
        Self::CalendarUnverified,
        Self::CalendarProjected,
    ];

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::DstShiftSuspected
            | Self::NotIncreasing
            | Self::DuplicateMinute
            | Self::NotAMinute
            | Self::OutsideCalendar
            | Self::MaintenanceBar
            | Self::WeekendBar
            | Self::HolidayBar
            | Self::HaltBar
            | Self::AfterExpiry
            | Self::NotAPrice
            | Self::OhlcOrder
            | Self::OffTick
            | Self::NegativeVolume => Severity::Error,
            Self::MissingSession | Self::MissingLastHour | Self::MissingBlock | Self::Spike => Severity::Warning,
            Self::MissingFirstMinute
            | Self::MissingLastMinute
            | Self::MissingMinutes
            | Self::ListedOutage
            | Self::ZeroVolume
            | Self::SettlementOffTick
            | Self::DegradedDay
            | Self::CalendarUnverified
            | Self::CalendarProjected => Severity::Note,
        }
    }

    /// What is counted.
    pub const fn unit(self) -> Unit {
        match self {
            Self::MissingSession
            | Self::MissingLastHour
            | Self::MissingBlock
            | Self::MissingFirstMinute
            | Self::MissingLastMinute
            | Self::MissingMinutes
            | Self::ListedOutage => Unit::Minutes,
            Self::CalendarUnverified | Self::CalendarProjected => Unit::CalendarRows,
            _ => Unit::Rows,
        }
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DstShiftSuspected => "dst_shift_suspected",
            Self::NotIncreasing => "not_increasing",
            Self::DuplicateMinute => "duplicate_minute",
            Self::NotAMinute => "not_a_minute",
            Self::OutsideCalendar => "outside_calendar",
            Self::MaintenanceBar => "maintenance_bar",
            Self::WeekendBar => "weekend_bar",
            Self::HolidayBar => "holiday_bar",
            Self::HaltBar => "halt_bar",
            Self::AfterExpiry => "after_expiry",
            Self::NotAPrice => "not_a_price",
            Self::OhlcOrder => "ohlc_order",
            Self::OffTick => "off_tick",
            Self::NegativeVolume => "negative_volume",
            Self::MissingSession => "missing_session",
            Self::MissingLastHour => "missing_last_hour",
            Self::MissingBlock => "missing_block",
            Self::Spike => "spike",
            Self::MissingFirstMinute => "missing_first_minute",
            Self::MissingLastMinute => "missing_last_minute",
            Self::MissingMinutes => "missing_minutes",
            Self::ListedOutage => "listed_outage",
            Self::ZeroVolume => "zero_volume",
            Self::SettlementOffTick => "settlement_off_tick",
            Self::DegradedDay => "degraded_day",
            Self::CalendarUnverified => "calendar_unverified",
            Self::CalendarProjected => "calendar_projected",
        }
    }
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The name in requests and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl Unit {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Minutes => "minutes",
            Self::CalendarRows => "calendar_rows",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn the_list_is_whole_in_order_and_without_two_of_a_name() {
        for (at, code) in Code::ALL.into_iter().enumerate() {
            assert_eq!(code as usize, at, "{code:?}");
        }
        assert!(Code::ALL.is_sorted_by_key(|code| code.severity()));
        let names: std::collections::BTreeSet<_> = Code::ALL.map(Code::name).into();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
