//! Names of triggers and instants, and rolls in words.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{Calendar, RollInstant, RollPolicy, RollTrigger, SpreadMethod};
use proptest::prelude::*;

fn policy(trigger: &str, instant: &str) -> RollPolicy {
    RollPolicy { trigger: trigger.parse().unwrap(), instant: instant.parse().unwrap(), ..RollPolicy::STANDARD }
}

fn explained(trigger: &str, instant: &str, contract: &str) -> String {
    let (calendar, policy) = (Calendar::shipped(), policy(trigger, instant));
    policy.explain(&calendar, &policy.roll_of(&calendar, contract.parse().unwrap()).unwrap())
}

#[test]
fn names_round_trip() {
    for name in [
        "monday_before_third_friday",
        "cme_lead",
        "last_trade_day",
        "n_trade_dates_before:1",
        "n_trade_dates_before:60",
        "first_day_of_month",
    ] {
        assert_eq!(name.parse::<RollTrigger>().unwrap().to_string(), name);
    }
    for name in ["trade_date_open", "session_close", "local_midnight", "00:00", "08:29", "10:00", "23:59"] {
        assert_eq!(name.parse::<RollInstant>().unwrap().to_string(), name);
    }
    for name in ["last_common", "median_common_1", "median_common_30", "median_common_390", "settlement", "peak_trade"]
    {
        assert_eq!(name.parse::<SpreadMethod>().unwrap().to_string(), name);
    }
    for bad in ["median_common_0", "median_common_391", "median_common_030", "median_common_", "median", "last"] {
        let error = bad.parse::<SpreadMethod>().unwrap_err().to_string();
        assert!(error.contains("allowed: last_common, median_common_N with N from 1 to 390"), "{error}");
    }
}

#[test]
fn what_is_not_built_is_refused_by_name_and_lists_what_is() {
    for bad in [
        "volume",
        "open_interest",
        "table",
        "",
        "Cme_Lead",
        "cme_lead ",
        "n_trade_dates_before",
        "n_trade_dates_before:",
        "n_trade_dates_before:0",
        "n_trade_dates_before:05",
        "n_trade_dates_before:+5",
        "n_trade_dates_before:-5",
        "n_trade_dates_before:61",
        "n_trade_dates_before:300",
        "n_trade_dates_before:٥",
    ] {
        assert_eq!(
            bad.parse::<RollTrigger>().unwrap_err().to_string(),
            format!(
                "roll trigger {bad:?} is not built; allowed: monday_before_third_friday, cme_lead, last_trade_day, \
                 n_trade_dates_before:N with N from 1 to 60, first_day_of_month, or an explicit roll table"
            )
        );
    }
    for bad in
        ["noon", "", "9:00", "10:0", "10:000", "24:00", "10:60", "+1:00", "10:00:00", " 10:00", "10.00", "1０:00"]
    {
        assert_eq!(
            bad.parse::<RollInstant>().unwrap_err().to_string(),
            format!(
                "roll instant {bad:?} is not built; allowed: trade_date_open, session_close, local_midnight, or a time of \
                 day in Chicago from 00:00 to 23:59 such as 10:00"
            )
        );
    }
}

#[test]
fn the_name_of_a_policy_is_part_of_stored_identities() {
    assert_eq!(RollPolicy::STANDARD.to_string(), "monday_before_third_friday@trade_date_open/last_common/60");
    assert_eq!(
        policy("monday_before_third_friday", "session_close").to_string(),
        "monday_before_third_friday@session_close/last_common/60"
    );
    assert_eq!(policy("n_trade_dates_before:5", "10:00").to_string(), "n_trade_dates_before:5@10:00/last_common/60");
}

#[test]
fn a_roll_is_explained_so_that_a_person_can_check_it() {
    assert_eq!(
        explained("monday_before_third_friday", "trade_date_open", "NQZ2025"),
        "NQZ2025 rolls into NQH2026 by monday_before_third_friday@trade_date_open: the third Friday of 2025-12 is \
         2025-12-19, the Monday of its week is 2025-12-15. Trade date 2025-12-15 opens 2025-12-14 17:00 America/Chicago \
         (2025-12-14T23:00:00Z), from then on NQH2026 is active. Trading in NQZ2025 ends 2025-12-19 08:30 \
         America/Chicago (2025-12-19T14:30:00Z)."
    );
    for (trigger, instant, contract, parts) in [
        (
            "cme_lead",
            "local_midnight",
            "NQH2022",
            [
                "third Friday of 2022-03 is 2022-03-18, the Thursday eight days before it is 2022-03-10.",
                "has its midnight",
            ],
        ),
        ("cme_lead", "session_close", "NQM2022", ["the Monday of its week is 2022-06-13.", "closes 2022-06-13 16:00"]),
        (
            "last_trade_day",
            "08:00",
            "NQM2026",
            [
                "is 2026-06-19, the last trade date of NQM2026 is 2026-06-18.",
                "this time of day 2026-06-18 08:00 America/Chicago (2026-06-18T13:00:00Z), from then on NQU2026 is \
                 active. Trading in NQM2026 ends 2026-06-18 08:30 America/Chicago (2026-06-18T13:30:00Z) (Third Friday \
                 is Juneteenth).",
            ],
        ),
        (
            "n_trade_dates_before:5",
            "trade_date_open",
            "NQM2026",
            ["2026-06-18, and 5 trade dates before that is 2026-06-11.", "opens 2026-06-10 17:00"],
        ),
        (
            "first_day_of_month",
            "trade_date_open",
            "NQH2025",
            [
                "the first day of 2025-03, the month of NQH2025, is 2025-03-01, which is no trade date; the first one \
                 from then on is 2025-03-03.",
                "opens 2025-03-02 17:00 America/Chicago (2025-03-02T23:00:00Z)",
            ],
        ),
    ] {
        let text = explained(trigger, instant, contract);
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
    }
}

#[test]
fn a_roll_of_another_policy_is_said_to_be_none() {
    let calendar = Calendar::shipped();
    let roll = policy("cme_lead", "trade_date_open").roll_of(&calendar, "NQH2022".parse().unwrap()).unwrap();
    let text = RollPolicy::STANDARD.explain(&calendar, &roll);
    assert!(text.contains("not a roll of this policy, which goes into NQM2022 at 2022-03-13T22:00:00Z"), "{text}");
    let text = policy("last_trade_day", "10:00").explain(&calendar, &roll);
    assert!(text.contains("not a roll of this policy: the roll out of NQH2022"), "{text}");
}

proptest! {
    #[test]
    fn any_name_is_read_and_reads_back_or_is_refused(name in "(n_trade_dates_before:)?[0-9+:]{0,5}") {
        if let Ok(trigger) = name.parse::<RollTrigger>() {
            prop_assert_eq!(trigger.to_string(), name.clone());
        }
        if let Ok(instant) = name.parse::<RollInstant>() {
            prop_assert_eq!(instant.to_string(), name);
        }
    }
}
