//! Laws that hold for every trigger, every instant and every contract of the shipped calendar.
#![allow(clippy::unwrap_used)]

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use peaktrade_domain::{
    Calendar, ContractRoot, ContractSymbol, RollError, RollInstant, RollPolicy, RollTrigger, ScheduledRoll, TradeDate,
    UnixNanos,
};
use proptest::prelude::*;

/// Trade dates before an unknown expiry that are certain to lie after the calendar's end stop somewhere below this.
const CERTAIN_COUNT: u8 = 30;

fn root(text: &str) -> ContractRoot {
    text.parse().unwrap()
}

fn triggers() -> Vec<RollTrigger> {
    let fixed = [
        RollTrigger::MondayBeforeThirdFriday,
        RollTrigger::CmeLead,
        RollTrigger::LastTradeDay,
        RollTrigger::FirstDayOfMonth,
    ];
    fixed.into_iter().chain([1, 5, 20, 30, 45, 60].map(RollTrigger::TradeDatesBefore)).collect()
}

fn instants() -> Vec<RollInstant> {
    let named = [RollInstant::TradeDateOpen, RollInstant::SessionClose, RollInstant::LocalMidnight];
    named.into_iter().chain([0, 8 * 60 + 29, 10 * 60, 24 * 60 - 1].map(RollInstant::LocalTime)).collect()
}

fn any_policy() -> impl Strategy<Value = RollPolicy> {
    let trigger = prop_oneof![
        3 => prop::sample::select(triggers()),
        1 => (1..=RollTrigger::TRADE_DATES_BEFORE_MAX).prop_map(RollTrigger::TradeDatesBefore),
    ];
    let instant =
        prop_oneof![3 => prop::sample::select(instants()), 1 => (0_u16..1440).prop_map(RollInstant::LocalTime)];
    (trigger, instant).prop_map(|(trigger, instant)| RollPolicy { trigger, instant, ..RollPolicy::STANDARD })
}

fn any_instant() -> impl Strategy<Value = UnixNanos> {
    let calendar = Calendar::shipped();
    let first = calendar.session_on_or_after(calendar.valid_from()).unwrap().open();
    let last = calendar.session_on_or_before(calendar.valid_to()).unwrap().close();
    (first.nanos()..=last.nanos()).prop_map(UnixNanos::from_nanos)
}

/// Whether a policy would roll a contract that no longer trades: the instants of the last trade date from 08:30 on.
fn is_too_late(policy: &RollPolicy) -> bool {
    let is_late = match policy.instant {
        RollInstant::TradeDateOpen | RollInstant::LocalMidnight => false,
        RollInstant::SessionClose => true,
        RollInstant::LocalTime(minute) => minute >= 8 * 60 + 30,
    };
    policy.trigger == RollTrigger::LastTradeDay && is_late
}

/// The last date for which every roll is certain: the calendar's own for all but high counts, for which the unknown
/// expiry after its end is too near.
fn certain_until(calendar: &Calendar, policy: &RollPolicy) -> TradeDate {
    match policy.trigger {
        RollTrigger::TradeDatesBefore(count) if count > CERTAIN_COUNT => {
            TradeDate::new(calendar.valid_to().date() - Days::new(100))
        }
        _ => calendar.valid_to(),
    }
}

fn schedule(calendar: &Calendar, policy: &RollPolicy, root: ContractRoot) -> Result<Vec<ScheduledRoll>, RollError> {
    policy.schedule(calendar, root, calendar.valid_from(), certain_until(calendar, policy))
}

/// The trade date of a roll, found day by day on the wall calendar.
fn by_hand(calendar: &Calendar, trigger: RollTrigger, contract: ContractSymbol) -> TradeDate {
    let first = NaiveDate::from_ymd_opt(i32::from(contract.year()), contract.month().number(), 1).unwrap();
    let third_friday = first.iter_days().filter(|day| day.weekday() == Weekday::Fri).nth(2).unwrap();
    let is_trade_date = |day: &NaiveDate| calendar.session(TradeDate::new(*day)).unwrap().is_some();
    let back = |count: usize| {
        let last = calendar.last_trade_date(contract).unwrap().date();
        let days = std::iter::successors(Some(last), |day| Some(*day - Days::new(1)));
        days.filter(is_trade_date).nth(count).unwrap()
    };
    let from = |day: NaiveDate| day.iter_days().find(is_trade_date).unwrap();
    TradeDate::new(match trigger {
        RollTrigger::MondayBeforeThirdFriday => from(third_friday - Days::new(4)),
        RollTrigger::CmeLead if (contract.year(), contract.month().number()) <= (2022, 3) => {
            from(third_friday - Days::new(8))
        }
        RollTrigger::CmeLead => from(third_friday - Days::new(4)),
        RollTrigger::LastTradeDay => back(0),
        RollTrigger::TradeDatesBefore(count) => back(usize::from(count)),
        RollTrigger::FirstDayOfMonth => from(first),
    })
}

#[test]
fn every_trigger_and_instant_gives_a_sound_schedule_or_a_named_error() {
    let calendar = Calendar::shipped();
    let mut sound = 0;
    for trigger in triggers() {
        for instant in instants() {
            for root in [root("NQ"), root("MNQ")] {
                let policy = RollPolicy { trigger, instant, ..RollPolicy::STANDARD };
                let rolls = match schedule(&calendar, &policy, root) {
                    Err(error) => {
                        assert!(is_too_late(&policy), "{policy}: {error}");
                        assert!(matches!(error, RollError::AfterLastTrade { .. }), "{policy}: {error}");
                        continue;
                    }
                    Ok(rolls) => rolls,
                };
                assert!(!is_too_late(&policy), "{policy}");
                assert!(rolls.len() >= 33, "{policy}: {}", rolls.len());
                for pair in rolls.windows(2) {
                    assert!(pair[0].roll_ts < pair[1].roll_ts && pair[0].trade_date < pair[1].trade_date, "{policy}");
                    assert_eq!(pair[0].to, pair[1].from, "{policy}");
                }
                for roll in &rolls {
                    assert_eq!(roll.from.next_quarterly(), Some(roll.to));
                    assert_eq!(policy.roll_of(&calendar, roll.from).as_ref(), Ok(roll));
                    assert_eq!(policy.instant.on(&calendar, roll.trade_date), Ok(roll.roll_ts));
                    assert!(roll.roll_ts < calendar.last_trade_time(roll.from).unwrap(), "{policy} {roll:?}");
                    let text = policy.explain(&calendar, roll);
                    assert!(text.contains(&roll.roll_ts.to_string()) && !text.contains("not a roll"), "{text}");
                }
                sound += 1;
            }
        }
    }
    // All pairs but the last trade date at its close, at 10:00 and at 23:59.
    assert_eq!(sound, 2 * (10 * 7 - 3));
}

#[test]
fn micro_and_large_contracts_roll_at_the_same_instants() {
    let calendar = Calendar::shipped();
    let listed = "2019-05-05T22:00:00Z".parse::<UnixNanos>().unwrap();
    for trigger in triggers() {
        for instant in instants() {
            let policy = RollPolicy { trigger, instant, ..RollPolicy::STANDARD };
            if is_too_late(&policy) {
                continue;
            }
            let plan = |root| -> Vec<_> {
                let rolls = schedule(&calendar, &policy, root).unwrap().into_iter();
                rolls
                    .filter(|roll| roll.roll_ts >= listed)
                    .map(|roll| (roll.trade_date, roll.roll_ts, roll.from.year(), roll.from.month()))
                    .collect()
            };
            assert_eq!(plan(root("NQ")), plan(root("MNQ")), "{policy}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_trade_date_of_a_roll_is_the_one_counted_by_hand(policy in any_policy(), quarter in 1_usize..48) {
        let calendar = Calendar::shipped();
        let first: ContractSymbol = "NQH2015".parse().unwrap();
        let contract = std::iter::successors(Some(first), |contract| contract.next_quarterly()).nth(quarter).unwrap();
        match policy.roll_of(&calendar, contract) {
            Ok(roll) => prop_assert_eq!(roll.trade_date, by_hand(&calendar, policy.trigger, contract)),
            Err(error) => prop_assert!(is_too_late(&policy), "{}: {}", policy, error),
        }
    }

    #[test]
    fn the_active_contract_is_the_schedule_s(
        policy in any_policy(), micro in any::<bool>(), instant in any_instant(), nudge in -1_i64..=1, depth in 0_u32..=8,
    ) {
        let calendar = Calendar::shipped();
        let root = root(if micro { "MNQ" } else { "NQ" });
        if is_too_late(&policy) {
            let active = policy.active_contract(&calendar, root, instant, depth);
            let is_refused =
                matches!(active, Err(RollError::AfterLastTrade { .. } | RollError::NotListed { .. }));
            prop_assert!(is_refused, "{active:?}");
            return Ok(());
        }
        let rolls = schedule(&calendar, &policy, root).unwrap();
        let until = calendar.session_on_or_before(certain_until(&calendar, &policy)).unwrap().close();
        let listed = calendar.session_on_or_after(calendar.spec(root).unwrap().first_trade_date.max(calendar.valid_from()));
        let listed = listed.unwrap().open();
        // A random instant, and one within a nanosecond of a roll.
        let near = rolls.iter().map(|roll| roll.roll_ts).find(|roll_ts| *roll_ts >= instant);
        let near = near.unwrap_or(rolls[0].roll_ts).checked_add_nanos(nudge).unwrap();
        for at in [instant, near].into_iter().filter(|at| *at <= until) {
            let active = policy.active_contract(&calendar, root, at, 0);
            if at < listed {
                let is_not_listed = matches!(active, Err(RollError::NotListed { .. }));
                prop_assert!(is_not_listed, "{active:?}");
                continue;
            }
            let active = active.unwrap();
            let past = rolls.partition_point(|roll| roll.roll_ts <= at);
            let (last, next) = (past.checked_sub(1).map(|row| rolls[row]), rolls.get(past).copied());
            prop_assert_eq!(active.last_roll, last);
            if let Some(next) = next {
                prop_assert_eq!((active.symbol, active.next_roll), (next.from, Some(next)));
            }
            if let Some(last) = last {
                prop_assert_eq!(active.symbol, last.to);
            }
            // What lies so deep now is in front after so many rolls.
            let deep = policy.active_contract(&calendar, root, at, depth).unwrap();
            prop_assert_eq!((deep.last_roll, deep.next_roll), (active.last_roll, active.next_roll));
            match (depth, rolls.get((past + depth as usize).wrapping_sub(1))) {
                (0, _) => prop_assert_eq!(deep.symbol, active.symbol),
                (_, Some(roll)) => {
                    prop_assert_eq!(deep.symbol, roll.to);
                    let then = policy.active_contract(&calendar, root, roll.roll_ts, 0).unwrap();
                    prop_assert_eq!(then.symbol, deep.symbol);
                }
                (_, None) => {}
            }
        }
    }

    #[test]
    fn a_schedule_is_a_window_of_the_whole_one(policy in any_policy(), from_day in 0_u64..4746, length in 0_u64..800) {
        let calendar = Calendar::shipped();
        prop_assume!(!is_too_late(&policy));
        let last = certain_until(&calendar, &policy);
        let from = TradeDate::new(calendar.valid_from().date() + Days::new(from_day)).min(last);
        let to = TradeDate::new(from.date() + Days::new(length)).min(last);
        let mut whole = schedule(&calendar, &policy, root("NQ")).unwrap();
        whole.retain(|roll| (from..=to).contains(&roll.trade_date));
        prop_assert_eq!(policy.schedule(&calendar, root("NQ"), from, to).unwrap(), whole);
    }
}
