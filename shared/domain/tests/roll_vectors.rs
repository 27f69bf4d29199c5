//! Rolls of known contracts, worked out by hand or from the exchange's publications.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{
    Calendar, ContractSymbol, LocalTimeError, RollError, RollInstant, RollPolicy, RollTrigger, TradeDate, UnixNanos,
};

fn policy(trigger: &str, instant: &str) -> RollPolicy {
    RollPolicy { trigger: trigger.parse().unwrap(), instant: instant.parse().unwrap(), ..RollPolicy::STANDARD }
}

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn contract(text: &str) -> ContractSymbol {
    text.parse().unwrap()
}

#[test]
fn every_contract_rolls_on_the_listed_monday_and_by_the_lead_rule_of_its_time() {
    let calendar = Calendar::shipped();
    let standard = RollPolicy::STANDARD;
    let lead = policy("cme_lead", "trade_date_open");
    let (mut thursdays, mut mondays) = (0, 0);
    for row in include_str!("vectors/nq_roll_days.csv").lines().skip(1) {
        let [symbol, monday, thursday] = row.split(',').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let symbol = contract(symbol);
        let is_within = |day: &str| (calendar.valid_from()..=calendar.valid_to()).contains(&date(day));
        assert_eq!(standard.roll_of(&calendar, symbol).is_ok(), is_within(monday), "{row}");
        if !is_within(monday) || !is_within(thursday) {
            continue;
        }
        assert_eq!(standard.roll_of(&calendar, symbol).unwrap().trade_date, date(monday), "{row}");
        let is_old_rule = symbol <= contract("NQH2022");
        let expected = if is_old_rule { thursday } else { monday };
        assert_eq!(lead.roll_of(&calendar, symbol).unwrap().trade_date, date(expected), "{row}");
        *(if is_old_rule { &mut thursdays } else { &mut mondays }) += 1;
    }
    assert!(thursdays >= 29 && mondays >= 23, "{thursdays} {mondays}");
}

#[test]
fn the_lead_month_rule_changes_between_march_and_june_2022() {
    let calendar = Calendar::shipped();
    let rolls = policy("cme_lead", "trade_date_open")
        .schedule(&calendar, "NQ".parse().unwrap(), date("2022-03-01"), date("2022-06-30"))
        .unwrap();
    let plan: Vec<_> = rolls.iter().map(|roll| (roll.from.to_string(), roll.trade_date.to_string())).collect();
    let expected = [("NQH2022", "2022-03-10"), ("NQM2022", "2022-06-13")];
    assert_eq!(plan, expected.map(|(contract, date)| (contract.to_owned(), date.to_owned())));
}

#[test]
fn rolls_fall_on_the_expected_day_and_instant() {
    let calendar = Calendar::shipped();
    for (symbol, trigger, instant, trade_date, roll_ts) in [
        // June 2026 ends on the Thursday, for the third Friday is a holiday.
        ("NQM2026", "monday_before_third_friday", "trade_date_open", "2026-06-15", "2026-06-14T22:00:00Z"),
        ("NQM2026", "monday_before_third_friday", "session_close", "2026-06-15", "2026-06-15T21:00:00Z"),
        ("NQM2026", "monday_before_third_friday", "local_midnight", "2026-06-15", "2026-06-15T05:00:00Z"),
        ("NQM2026", "monday_before_third_friday", "10:00", "2026-06-15", "2026-06-15T15:00:00Z"),
        ("NQM2026", "monday_before_third_friday", "00:00", "2026-06-15", "2026-06-15T05:00:00Z"),
        ("NQZ2025", "monday_before_third_friday", "10:00", "2025-12-15", "2025-12-15T16:00:00Z"),
        ("NQM2026", "last_trade_day", "trade_date_open", "2026-06-18", "2026-06-17T22:00:00Z"),
        ("NQM2026", "last_trade_day", "08:29", "2026-06-18", "2026-06-18T13:29:00Z"),
        ("NQM2027", "last_trade_day", "local_midnight", "2027-06-17", "2027-06-17T05:00:00Z"),
        ("NQZ2025", "last_trade_day", "trade_date_open", "2025-12-19", "2025-12-18T23:00:00Z"),
        ("NQM2026", "n_trade_dates_before:1", "session_close", "2026-06-17", "2026-06-17T21:00:00Z"),
        ("NQM2026", "n_trade_dates_before:5", "trade_date_open", "2026-06-11", "2026-06-10T22:00:00Z"),
        // Memorial Day, 2026-05-25, is no trade date and is not counted.
        ("NQM2026", "n_trade_dates_before:18", "trade_date_open", "2026-05-22", "2026-05-21T22:00:00Z"),
        ("NQM2026", "n_trade_dates_before:17", "trade_date_open", "2026-05-26", "2026-05-24T22:00:00Z"),
        ("NQM2026", "first_day_of_month", "trade_date_open", "2026-06-01", "2026-05-31T22:00:00Z"),
        // 2025-06-01 is a Sunday, 2025-03-01 a Saturday.
        ("NQM2025", "first_day_of_month", "trade_date_open", "2025-06-02", "2025-06-01T22:00:00Z"),
        ("NQH2025", "first_day_of_month", "local_midnight", "2025-03-03", "2025-03-03T06:00:00Z"),
        ("MNQM2019", "cme_lead", "trade_date_open", "2019-06-13", "2019-06-12T22:00:00Z"),
    ] {
        let roll = policy(trigger, instant).roll_of(&calendar, contract(symbol)).unwrap();
        let found = (roll.trade_date.to_string(), roll.roll_ts.to_string());
        assert_eq!(found, (trade_date.to_owned(), roll_ts.to_owned()), "{symbol} {trigger} {instant}");
        assert_eq!(Some(roll.to), contract(symbol).next_quarterly());
    }
}

#[test]
fn a_roll_at_or_after_the_last_trade_is_refused_and_names_both_instants() {
    let calendar = Calendar::shipped();
    for (instant, at) in [
        ("session_close", "2026-06-18T21:00:00Z"),
        ("08:30", "2026-06-18T13:30:00Z"),
        ("10:00", "2026-06-18T15:00:00Z"),
    ] {
        let late = policy("last_trade_day", instant);
        let error = late.roll_of(&calendar, contract("NQM2026")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the roll out of NQM2026 at {at} is not before the end of its trading at 2026-06-18T13:30:00Z")
        );
        let (root, at) = ("NQ".parse().unwrap(), "2026-06-01T00:00:00Z".parse().unwrap());
        assert!(matches!(late.active_contract(&calendar, root, at, 0), Err(RollError::AfterLastTrade { .. })));
    }
}

#[test]
fn contracts_that_are_not_listed_or_not_answered_for_are_refused() {
    let calendar = Calendar::shipped();
    let message = |trigger: &str, symbol: &str| {
        policy(trigger, "trade_date_open").roll_of(&calendar, contract(symbol)).unwrap_err().to_string()
    };
    assert!(message("monday_before_third_friday", "MNQH2019").contains("2019-05-06"));
    assert!(message("monday_before_third_friday", "NQJ2025").contains("March, June, September and December"));
    assert!(message("monday_before_third_friday", "XYH2025").contains("XY"));
    for trigger in ["monday_before_third_friday", "cme_lead", "last_trade_day", "n_trade_dates_before:5"] {
        assert!(message(trigger, "NQH2090").contains("validity"), "{trigger}");
    }
    // Before and after the validity the ends of contracts are known, their trade dates are not.
    assert!(
        message("last_trade_day", "NQH2008").starts_with("the roll of NQH2008 on its last trade date 2008-03-20 is")
    );
    assert!(
        message("n_trade_dates_before:5", "NQH2028")
            .starts_with("the roll of NQH2028 5 trade dates before 2028-03-17 is")
    );
    assert!(message("cme_lead", "NQH2008").starts_with("2008-03-13 is outside"));
    // Sixty trade dates before its end the first micro contract did not exist.
    assert_eq!(
        message("n_trade_dates_before:60", "MNQM2019"),
        "not_listed: MNQ has no contract at 2019-03-26T22:00:00Z; it is listed from 2019-05-05T22:00:00Z"
    );
}

#[test]
fn the_front_contract_follows_the_roll_and_the_listing() {
    let calendar = Calendar::shipped();
    let active = |root: &str, trigger: &str, at: &str, depth| {
        let (root, at) = (root.parse().unwrap(), at.parse::<UnixNanos>().unwrap());
        policy(trigger, "trade_date_open")
            .active_contract(&calendar, root, at, depth)
            .map(|active| active.symbol.to_string())
            .map_err(|error| error.to_string())
    };
    let monday = "monday_before_third_friday";
    for (trigger, at, depth, expected) in [
        (monday, "2026-06-14T21:59:59.999999999Z", 0, "NQM2026"),
        (monday, "2026-06-14T22:00:00Z", 0, "NQU2026"),
        (monday, "2026-06-14T22:00:00Z", 3, "NQM2027"),
        // A quarter begins with the old quarter's successor already active.
        (monday, "2026-01-01T12:00:00Z", 0, "NQH2026"),
        ("last_trade_day", "2026-06-16T12:00:00Z", 0, "NQM2026"),
        ("first_day_of_month", "2026-06-01T12:00:00Z", 0, "NQU2026"),
        ("n_trade_dates_before:60", "2026-03-26T12:00:00Z", 0, "NQU2026"),
        ("cme_lead", "2022-03-10T12:00:00Z", 0, "NQM2022"),
        ("cme_lead", "2022-06-10T12:00:00Z", 0, "NQM2022"),
    ] {
        assert_eq!(active("NQ", trigger, at, depth).as_deref(), Ok(expected), "{trigger} {at} {depth}");
    }
    assert_eq!(active("MNQ", monday, "2019-05-05T22:00:00Z", 0).as_deref(), Ok("MNQM2019"));
    let early = active("MNQ", monday, "2019-05-05T21:59:59Z", 0).unwrap_err();
    assert_eq!(
        early,
        "not_listed: MNQ has no contract at 2019-05-05T21:59:59Z; it is listed from 2019-05-05T22:00:00Z"
    );
    for at in ["1990-01-01T00:00:00Z", "2090-01-01T00:00:00Z"] {
        assert!(active("NQ", monday, at, 0).unwrap_err().contains("validity"), "{at}");
    }
    assert!(active("XY", monday, "2026-01-01T12:00:00Z", 0).unwrap_err().contains("XY"));
    assert!(active("NQ", monday, "2026-01-01T12:00:00Z", u32::MAX).unwrap_err().contains("Z2199"));
}

#[test]
fn the_end_of_the_calendar_is_answered_as_far_as_it_is_certain() {
    let calendar = Calendar::shipped();
    let close = calendar.session_on_or_before(calendar.valid_to()).unwrap().close();
    let root = "NQ".parse().unwrap();
    for trigger in ["monday_before_third_friday", "cme_lead", "last_trade_day", "n_trade_dates_before:30"] {
        let active = policy(trigger, "trade_date_open").active_contract(&calendar, root, close, 0).unwrap();
        assert_eq!(Some(active.symbol), active.last_roll.map(|roll| roll.to), "{trigger}");
        assert_eq!(active.next_roll, None, "{trigger}");
    }
    // The next expiry is unknown, and sixty trade dates before it may have passed.
    let counted = policy("n_trade_dates_before:60", "trade_date_open");
    assert!(matches!(counted.active_contract(&calendar, root, close, 0), Err(RollError::Calendar(_))));
    assert!(matches!(
        counted.schedule(&calendar, root, calendar.valid_from(), calendar.valid_to()),
        Err(RollError::Calendar(_))
    ));
}

#[test]
fn local_times_are_instants_unless_the_clock_change_skips_or_doubles_them() {
    let calendar = Calendar::shipped();
    let at = |day: &str, minute| calendar.local_time(date(day), minute).map(|instant| instant.to_string());
    assert_eq!(at("2026-06-15", 600).as_deref(), Ok("2026-06-15T15:00:00Z"));
    assert_eq!(at("2026-01-15", 600).as_deref(), Ok("2026-01-15T16:00:00Z"));
    assert_eq!(at("2026-03-08", 0).as_deref(), Ok("2026-03-08T06:00:00Z"));
    assert_eq!(at("2026-03-08", 180).as_deref(), Ok("2026-03-08T08:00:00Z"));
    assert!(at("2026-03-08", 150).unwrap_err().to_string().contains("02:30:00 does not happen in America/Chicago"));
    assert!(at("2026-11-01", 90).unwrap_err().to_string().contains("01:30:00 happens twice in America/Chicago"));
    assert_eq!(at("2026-06-15", 1440), Err(LocalTimeError::Minute { minute: 1440 }));
    assert!(at("1990-01-02", 0).unwrap_err().to_string().contains("validity"));
    let local = calendar.to_local("2026-06-14T22:00:00Z".parse().unwrap());
    assert_eq!(local.to_string(), "2026-06-14 17:00:00");
    assert_eq!(calendar.zone_name(), "America/Chicago");
}

#[test]
fn an_instant_needs_a_trade_date_and_a_minute_of_the_day() {
    let calendar = Calendar::shipped();
    let on = |instant: RollInstant, day: &str| instant.on(&calendar, date(day)).map_err(|error| error.to_string());
    assert_eq!(
        on(RollInstant::TradeDateOpen, "2026-06-14"),
        Err("2026-06-14 is no trade date; the next one is 2026-06-15".to_owned())
    );
    assert_eq!(
        on(RollInstant::LocalTime(1440), "2026-06-15"),
        Err("roll instant on 2026-06-15: minute 1440 of a day is not one from 0 to 1439".to_owned())
    );
    for count in [0, 61] {
        let counted = RollPolicy { trigger: RollTrigger::TradeDatesBefore(count), ..RollPolicy::STANDARD };
        let error = counted.roll_of(&calendar, contract("NQM2026")).unwrap_err();
        assert_eq!(error, RollError::TradeDateCount { count });
    }
}
