//! What decides the trade date of a roll.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Days, NaiveDate};

use super::{RollError, UnknownName};
use crate::calendar::third_friday;
use crate::{Calendar, CalendarError, ContractSymbol, LeadRule, TradeDate};

/// What decides the trade date of a roll.
///
/// A trigger that names a civil day rolls on the first trade date from that day on, never on one before it: the evening
/// session before a holiday belongs to the next trade date, so a roll at the open keeps the very instant it would have
/// had, and no roll comes before the day that the rule names. A trigger that counts from the last trade date counts
/// trade dates and needs no shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollTrigger {
    /// The Monday before the third Friday of the expiring contract's month, also where the contract ends on the
    /// Thursday. The default.
    MondayBeforeThirdFriday,
    /// The exchange's own lead month, by the rule that the calendar file has in force for the expiring contract.
    CmeLead,
    /// The contract's last trade date. Only instants before the end of its trading are possible.
    LastTradeDay,
    /// So many trade dates before the last trade date, 1 to 60; named `n_trade_dates_before:5`.
    TradeDatesBefore(u8),
    /// The first trade date of the expiring contract's month.
    FirstDayOfMonth,
}

/// Where a trigger falls, seen from the calendar's validity.
pub(super) enum Place {
    /// Before the validity.
    Before(CalendarError),
    /// On a trade date.
    On {
        /// The day that the rule names.
        named: TradeDate,
        /// The trade date of the roll: that day, or the first one after it.
        trade_date: TradeDate,
    },
    /// On a date that the calendar does not know yet; not before `earliest`, and not within the validity where that is
    /// `None`.
    After { earliest: Option<TradeDate>, error: CalendarError },
}

const COUNTED: &str = "n_trade_dates_before:";

/// Weekdays from the end of the validity to an expiry that may turn out to be no trade dates: more than a whole year's
/// holidays.
const UNKNOWN_HOLIDAYS_MAX: usize = 10;

/// Days by which an expiry may come before its third Friday for a holiday.
const EXPIRY_SHIFT_DAYS_MAX: Days = Days::new(7);

impl RollTrigger {
    /// The largest number of trade dates before the last one: fewer than lie between two expiries, so that a contract
    /// is never left before the one before it has ended.
    pub const TRADE_DATES_BEFORE_MAX: u8 = 60;

    /// Where the trigger falls for a contract.
    pub(super) fn place(self, calendar: &Calendar, contract: ContractSymbol) -> Result<Place, RollError> {
        let third_friday = third_friday_of(contract);
        match self {
            Self::MondayBeforeThirdFriday => Ok(from_day(calendar, before(third_friday, Days::new(4)))),
            // Both rules fall outside the validity, and the file need not have one for the contract.
            Self::CmeLead
                if third_friday < calendar.valid_from().date()
                    || before(third_friday, Days::new(8)) > calendar.valid_to().date() =>
            {
                Ok(from_day(calendar, before(third_friday, Days::new(8))))
            }
            Self::CmeLead => {
                let days = match calendar.lead_rule(contract)? {
                    LeadRule::ThursdayEightDaysBeforeExpiry => Days::new(8),
                    LeadRule::MondayBeforeThirdFriday => Days::new(4),
                };
                Ok(from_day(calendar, before(third_friday, days)))
            }
            Self::LastTradeDay => from_last_trade_date(calendar, contract, 0),
            Self::TradeDatesBefore(count) if (1..=Self::TRADE_DATES_BEFORE_MAX).contains(&count) => {
                from_last_trade_date(calendar, contract, count)
            }
            Self::TradeDatesBefore(count) => Err(RollError::TradeDateCount { count }),
            Self::FirstDayOfMonth => {
                let first = third_friday.with_day(1).expect("every month has a first day");
                Ok(from_day(calendar, first))
            }
        }
    }
}

/// The third Friday of a contract's month.
pub(super) fn third_friday_of(contract: ContractSymbol) -> NaiveDate {
    third_friday(contract.year(), contract.month().number()).expect("a contract's month is 1 to 12")
}

fn before(date: NaiveDate, days: Days) -> NaiveDate {
    date.checked_sub_days(days).expect("contracts are of 1990 or later")
}

/// The first trade date from a civil day on.
fn from_day(calendar: &Calendar, day: NaiveDate) -> Place {
    let named = TradeDate::new(day);
    match calendar.session_on_or_after(named) {
        Ok(session) => Place::On { named, trade_date: session.trade_date },
        Err(error) if named < calendar.valid_from() => Place::Before(error),
        Err(error) => Place::After { earliest: None, error },
    }
}

/// The trade date so many trade dates before a contract's last one.
fn from_last_trade_date(calendar: &Calendar, contract: ContractSymbol, count: u8) -> Result<Place, RollError> {
    let (valid_from, valid_to) = (calendar.valid_from(), calendar.valid_to());
    let count = usize::from(count);
    let last = match calendar.last_trade_date(contract) {
        Ok(last) => last,
        Err(error @ CalendarError::OutOfRange { .. }) => {
            let third_friday = third_friday_of(contract);
            if third_friday < valid_from.date() {
                return Ok(Place::Before(error));
            }
            let last = TradeDate::new(before(third_friday, EXPIRY_SHIFT_DAYS_MAX)).max(valid_from);
            return Ok(Place::After { earliest: earliest(calendar, last, count)?, error });
        }
        Err(error) => return Err(error.into()),
    };
    let what = match count {
        0 => format!("the roll of {contract} on its last trade date {last}"),
        _ => format!("the roll of {contract} {count} trade dates before {last}"),
    };
    let error = CalendarError::OutOfRange { what, valid_from, valid_to };
    if last < valid_from {
        return Ok(Place::Before(error));
    }
    if last > valid_to {
        return Ok(Place::After { earliest: earliest(calendar, last, count)?, error });
    }
    Ok(match count_back(calendar, last, count)? {
        Some(trade_date) => Place::On { named: trade_date, trade_date },
        None => Place::Before(error),
    })
}

/// The trade date `count` before the last one that is not after `date`; `None` where it lies before the validity.
fn count_back(calendar: &Calendar, date: TradeDate, count: usize) -> Result<Option<TradeDate>, CalendarError> {
    let sessions = calendar.sessions(calendar.valid_from(), date)?;
    Ok(sessions.iter().rev().nth(count).map(|session| session.trade_date))
}

/// The earliest trade date on which a roll may fall that comes `count` trade dates before a contract's end, where that
/// is not before `last`; `None` where the roll is after the validity for certain.
fn earliest(calendar: &Calendar, last: TradeDate, count: usize) -> Result<Option<TradeDate>, CalendarError> {
    let valid_to = calendar.valid_to();
    let earliest = if last <= valid_to {
        count_back(calendar, last, count)?
    } else {
        let is_weekday = |day: &NaiveDate| day.weekday().number_from_monday() <= 5;
        let days = valid_to.date().iter_days().skip(1).take_while(|day| *day < last.date());
        let ahead = days.filter(is_weekday).count().saturating_sub(UNKNOWN_HOLIDAYS_MAX);
        if count <= ahead {
            return Ok(None);
        }
        count_back(calendar, valid_to, count - ahead - 1)?
    };
    Ok(Some(earliest.unwrap_or_else(|| calendar.valid_from())))
}

/// The name in requests, manifests and events.
impl fmt::Display for RollTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MondayBeforeThirdFriday => f.write_str("monday_before_third_friday"),
            Self::CmeLead => f.write_str("cme_lead"),
            Self::LastTradeDay => f.write_str("last_trade_day"),
            Self::TradeDatesBefore(count) => write!(f, "{COUNTED}{count}"),
            Self::FirstDayOfMonth => f.write_str("first_day_of_month"),
        }
    }
}

impl FromStr for RollTrigger {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        const ALLOWED: &str = "monday_before_third_friday, cme_lead, last_trade_day, n_trade_dates_before:N with N from 1 \
                               to 60, first_day_of_month, or an explicit roll table";
        match name {
            "monday_before_third_friday" => Ok(Self::MondayBeforeThirdFriday),
            "cme_lead" => Ok(Self::CmeLead),
            "last_trade_day" => Ok(Self::LastTradeDay),
            "first_day_of_month" => Ok(Self::FirstDayOfMonth),
            _ => name
                .strip_prefix(COUNTED)
                .and_then(count)
                .map(Self::TradeDatesBefore)
                .ok_or_else(|| UnknownName::new("roll trigger", name, ALLOWED)),
        }
    }
}

/// Reads 1 to 60 without sign or leading zero, so that every number has one spelling.
fn count(text: &str) -> Option<u8> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let count = text.parse::<u8>().ok().filter(|_| is_plain)?;
    (count <= RollTrigger::TRADE_DATES_BEFORE_MAX).then_some(count)
}
