//! A roll in words that a person can check against a wall calendar.

use std::fmt::Write as _;

use super::trigger::{Place, third_friday_of};
use super::{RollInstant, RollPolicy, RollTable, RollTrigger, ScheduledRoll};
use crate::{Calendar, LeadRule, UnixNanos};

impl RollPolicy {
    /// Says why a roll is when it is: the rule and the day it names, the shift to a trade date, the instant in the
    /// exchange's time and in UTC, and the end of the old contract. A roll that is not this policy's is said to be none.
    pub fn explain(&self, calendar: &Calendar, roll: &ScheduledRoll) -> String {
        let mut text = format!("{} rolls into {} by {}@{}: ", roll.from, roll.to, self.trigger, self.instant);
        match self.roll_of(calendar, roll.from) {
            Ok(own) if own == *roll => {}
            Ok(own) => {
                let _ = write!(text, "not a roll of this policy, which goes into {} at {}. ", own.to, own.roll_ts);
                text.push_str(&ending(calendar, roll));
                return text;
            }
            Err(error) => {
                let _ = write!(text, "not a roll of this policy: {error}. ");
                text.push_str(&ending(calendar, roll));
                return text;
            }
        }
        text.push_str(&self.rule(calendar, roll));
        text.push_str(&shift(self, calendar, roll));
        let _ = write!(
            text,
            " Trade date {} {} {}, from then on {} is active.",
            roll.trade_date,
            match self.instant {
                RollInstant::TradeDateOpen => "opens",
                RollInstant::SessionClose => "closes",
                RollInstant::LocalMidnight => "has its midnight",
                RollInstant::LocalTime(_) => "has this time of day",
            },
            both_clocks(calendar, roll.roll_ts),
            roll.to
        );
        text.push(' ');
        text.push_str(&ending(calendar, roll));
        text
    }

    /// The rule and the day it names, without the shift.
    fn rule(&self, calendar: &Calendar, roll: &ScheduledRoll) -> String {
        let third_friday = third_friday_of(roll.from);
        let month = third_friday.format("%Y-%m");
        let of_week = |day: &str| format!("the third Friday of {month} is {third_friday}, {day}");
        let monday = "the Monday of its week";
        match self.trigger {
            RollTrigger::MondayBeforeThirdFriday => of_week(monday),
            RollTrigger::CmeLead => match calendar.lead_rule(roll.from) {
                Ok(LeadRule::ThursdayEightDaysBeforeExpiry) => of_week("the Thursday eight days before it"),
                Ok(LeadRule::MondayBeforeThirdFriday) => of_week(monday),
                Err(error) => error.to_string(),
            },
            RollTrigger::LastTradeDay => {
                format!("the third Friday of {month} is {third_friday}, the last trade date of {}", roll.from)
            }
            RollTrigger::TradeDatesBefore(count) => {
                let last = calendar.last_trade_date(roll.from).map(|last| last.to_string()).unwrap_or_default();
                let plural = if count == 1 { "" } else { "s" };
                let day = format!(
                    "the last trade date of {} is {last}, and {count} trade date{plural} before that",
                    roll.from
                );
                of_week(&day)
            }
            RollTrigger::FirstDayOfMonth => format!("the first day of {month}, the month of {},", roll.from),
        }
    }
}

impl RollTable {
    /// Says where in the table a roll stands, its instant in the exchange's time and in UTC, and the end of the old
    /// contract. A roll that is not in the table is said to be none.
    pub fn explain(&self, calendar: &Calendar, roll: &ScheduledRoll) -> String {
        let place = match self.rolls().iter().position(|own| own == roll) {
            Some(at) => format!("row {} of the roll table, which has {}", at + 1, self.rolls().len()),
            None => "no row of the roll table".to_owned(),
        };
        let (at, trade_date) = (both_clocks(calendar, roll.roll_ts), roll.trade_date);
        let ending = ending(calendar, roll);
        format!("{} rolls into {} by {place}: at {at}, trade date {trade_date}. {ending}", roll.from, roll.to)
    }
}

/// The day that the rule names and the trade date it leads to.
fn shift(policy: &RollPolicy, calendar: &Calendar, roll: &ScheduledRoll) -> String {
    let Ok(Place::On { named, trade_date }) = policy.trigger.place(calendar, roll.from) else { return String::new() };
    let mut text = format!(" is {named}");
    if trade_date != named {
        let _ = write!(text, ", which is no trade date; the first one from then on is {trade_date}");
    }
    let note = calendar.session(trade_date).ok().flatten().map(|session| session.note.as_str()).unwrap_or_default();
    if !note.is_empty() {
        let _ = write!(text, " (its session is not regular: {note})");
    }
    text.push('.');
    text
}

/// Where trading in the old contract ends.
fn ending(calendar: &Calendar, roll: &ScheduledRoll) -> String {
    match calendar.last_trade_time(roll.from) {
        Ok(end) => {
            let note = calendar.expiry_note(roll.from).unwrap_or_default();
            let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
            format!("Trading in {} ends {}{note}.", roll.from, both_clocks(calendar, end))
        }
        Err(error) => format!("The end of trading in {} is not known: {error}.", roll.from),
    }
}

/// Example: "2026-06-14 17:00 America/Chicago (2026-06-14T22:00:00Z)".
fn both_clocks(calendar: &Calendar, instant: UnixNanos) -> String {
    let local = calendar.to_local(instant);
    // Tables may hold instants within a minute; an own roll never does.
    let format = if instant.is_whole_minute() { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S%.f" };
    format!("{} {} ({instant})", local.format(format), calendar.zone_name())
}
