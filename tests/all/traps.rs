//! The traps that real vendor files have held: what each is answered with, and the tests that show it.

use std::collections::BTreeSet;

use crate::workspace::root;

/// One trap.
struct Trap {
    number: usize,
    trap: &'static str,
    /// Codes of findings and fates of rows, by their names.
    names: &'static [&'static str],
    /// What happens, or why the bars cannot tell.
    answer: &'static str,
    /// Tests that show it: file and function.
    tests: &'static [(&'static str, &'static str)],
}

const VALIDATOR: &str = "shared/validation/src/validator/tests.rs";
const MADE: &str = "shared/validation/tests/traps.rs";
const REAL: &str = "shared/validation/tests/real_files.rs";
const NINJATRADER: &str = "shared/store/src/importing/ninjatrader/tests.rs";
const DELIMITED: &str = "shared/store/src/importing/delimited/tests.rs";
const IMPORTING: &str = "shared/store/tests/importing.rs";
const STORE: &str = "shared/store/tests/store.rs";
const VENDOR_SERIES: &str = "shared/store/src/vendor_series/tests.rs";
const VENDOR_ROWS: &str = "shared/store/src/importing/vendor_series/tests.rs";

const TRAPS: [Trap; 20] = [
    Trap {
        number: 1,
        trap: "prints of Saturdays and Sundays at the Friday close",
        names: &["out_of_session", "weekend_bar"],
        answer: "an import drops and counts them; bars that came otherwise are errors",
        tests: &[(MADE, "weekend_prints_at_the_friday_close"), (REAL, "what_the_real_files_hold_is_told_apart")],
    },
    Trap {
        number: 2,
        trap: "absurd prices, sound in themselves and on the tick",
        names: &["out_of_session", "spike", "price_scale", "weekend_bar"],
        answer: "an import drops them by session, by plausible prices or by both neighbours; the validator warns of a spike",
        tests: &[
            (MADE, "an_absurd_price_on_a_saturday_and_in_a_session"),
            (IMPORTING, "a_spike_is_told_by_its_neighbours"),
            (IMPORTING, "stray_impossible_prices_are_counted_and_a_wrong_scale_is_refused"),
        ],
    },
    Trap {
        number: 3,
        trap: "an hour's shift that ends within the file",
        names: &["dst_shift_suspected", "maintenance_bar", "missing_last_hour"],
        answer: "an error that names the first and the last session of the shift",
        tests: &[
            (VALIDATOR, "sessions_an_hour_off_are_named_with_their_span"),
            (REAL, "a_shift_that_ends_in_the_file_is_named_with_its_span"),
            (REAL, "the_revision_with_the_hour_off_is_named"),
            (NINJATRADER, "a_file_whose_stamps_are_an_hour_off_is_refused"),
        ],
    },
    Trap {
        number: 4,
        trap: "one file name, another content",
        names: &[],
        answer: "files are known by their SHA-256; bars that differ are a conflict until one file supersedes the other",
        tests: &[
            (STORE, "a_differing_bar_is_a_conflict_that_names_both_files_and_changes_nothing"),
            (STORE, "a_superseded_file_loses_what_it_alone_had_added"),
        ],
    },
    Trap {
        number: 5,
        trap: "an export cut at local midnight, hours before the roll",
        names: &[],
        answer: "the edges of a file are no gaps; a roll whose common bars are too old is refused with the pair and the times",
        tests: &[
            (VALIDATOR, "whole_sessions_give_no_finding_and_edges_of_the_data_are_no_gaps"),
            ("tests/all/real_files.rs", "the_real_roll_gives_the_numbers_worked_out_by_hand"),
        ],
    },
    Trap {
        number: 6,
        trap: "a settlement in place of the last trade",
        names: &[],
        answer: "cannot be told from a bar; daily files, which hold them, are refused, and a settlement is never read as a close",
        tests: &[
            (IMPORTING, "bars_of_five_minutes_and_adjusted_prices_are_refused"),
            (NINJATRADER, "what_is_not_of_the_format_is_refused_by_line"),
        ],
    },
    Trap {
        number: 7,
        trap: "a final settlement off the tick",
        names: &["settlement_off_tick", "off_tick"],
        answer: "a note on the last trade date and an error on every other",
        tests: &[
            (VALIDATOR, "a_contract_ends_at_its_last_trade_and_may_settle_off_the_tick_that_day"),
            (MADE, "the_morning_of_expiry"),
        ],
    },
    Trap {
        number: 8,
        trap: "prices without volume",
        names: &["zero_volume"],
        answer: "a note; such minutes are no pair for a spread by median",
        tests: &[
            (MADE, "prices_without_volume"),
            ("shared/continuous/src/spread/tests.rs", "the_median_needs_thirty_minutes_with_volume_on_both_legs"),
        ],
    },
    Trap {
        number: 9,
        trap: "a holiday's session, which belongs to the next trade date",
        names: &["missing_block"],
        answer: "both parts are one session of the trade date that the calendar gives",
        tests: &[
            (MADE, "a_holiday_s_open_hours_are_of_the_next_trade_date"),
            ("shared/domain/tests/calendar_vectors.rs", "instants_resolve_to_trade_dates"),
        ],
    },
    Trap {
        number: 10,
        trap: "closes that no formula yields",
        names: &["holiday_bar"],
        answer: "rows of the calendar file; nothing is missing after such a close, and a bar there is an error",
        tests: &[
            (MADE, "closes_that_no_rule_yields"),
            ("shared/domain/tests/no_holiday_in_code.rs", "no_date_of_the_calendar_stands_in_code"),
        ],
    },
    Trap {
        number: 11,
        trap: "a reference calendar that is wrong itself",
        names: &["missing_session", "holiday_bar", "calendar_unverified", "calendar_projected"],
        answer: "open time without bars and bars in closed time are both told, and so is what the calendar is not sure of",
        tests: &[(MADE, "calendar_and_data_disagree_both_ways"), (VALIDATOR, "projected_sessions_are_noted")],
    },
    Trap {
        number: 12,
        trap: "hours that changed over the years",
        names: &["halt_bar"],
        answer: "each session has the hours of its era",
        tests: &[
            (MADE, "hours_follow_their_eras"),
            ("shared/domain/tests/calendar_boundaries.rs", "hours_change_with_their_first_trade_date"),
        ],
    },
    Trap {
        number: 13,
        trap: "halts at the open and limit moves",
        names: &["missing_first_minute", "missing_block", "listed_outage"],
        answer: "silence is told by where it lies; only an outage that the calendar lists explains it",
        tests: &[
            (MADE, "halts_at_the_open_and_in_a_session"),
            (REAL, "what_the_real_files_hold_is_told_apart"),
            (VALIDATOR, "silence_in_a_listed_outage_is_a_note_and_around_it_is_not"),
        ],
    },
    Trap {
        number: 14,
        trap: "the morning of expiry",
        names: &["after_expiry"],
        answer: "nothing is missing after the last trade, and a bar there is an error",
        tests: &[(MADE, "the_morning_of_expiry")],
    },
    Trap {
        number: 15,
        trap: "back-adjusted history, restated at each roll",
        names: &[],
        answer: "on the tick it cannot be told from the bars; among contracts, continuous symbols and prices stated as adjusted \
                 are refused, and a vendor's series kept apart says which files a restatement supersedes",
        tests: &[
            (DELIMITED, "tradingview_takes_dated_contracts_and_refuses_continuous_ones_by_name"),
            (IMPORTING, "bars_of_five_minutes_and_adjusted_prices_are_refused"),
            (VENDOR_SERIES, "a_restated_history_is_a_conflict_until_its_sources_are_superseded"),
        ],
    },
    Trap {
        number: 16,
        trap: "stamps of daily bars, by five conventions",
        names: &[],
        answer: "daily files of contracts are refused; days are made from minutes by trade date; in a vendor's own series a \
                 bare date is the open of its session and an instant is what it says",
        tests: &[
            (VENDOR_ROWS, "a_day_is_stamped_at_the_open_of_the_evening_before"),
            (IMPORTING, "bars_of_five_minutes_and_adjusted_prices_are_refused"),
            (NINJATRADER, "what_is_not_of_the_format_is_refused_by_line"),
        ],
    },
    Trap {
        number: 17,
        trap: "time zones in the metadata, or none",
        names: &[],
        answer: "stamps with a zone are instants; those without are refused until the zone is stated",
        tests: &[(
            "shared/store/src/importing/parquet_rows/tests.rs",
            "stamps_with_a_zone_are_instants_and_those_without_need_one",
        )],
    },
    Trap {
        number: 18,
        trap: "CRLF, NaN, odd columns, whole numbers among decimals",
        names: &[],
        answer: "both line ends are read, columns are found by name, and what is no number is refused by line",
        tests: &[
            (NINJATRADER, "every_row_meets_one_fate"),
            (VENDOR_ROWS, "indicators_are_passed_over_whatever_their_names_and_values"),
            (DELIMITED, "firstrate_is_eastern_time_at_the_open_with_or_without_a_header"),
            (DELIMITED, "tradingview_takes_dated_contracts_and_refuses_continuous_ones_by_name"),
        ],
    },
    Trap {
        number: 19,
        trap: "days that the vendor calls degraded",
        names: &["degraded_day"],
        answer: "a note for each such day with bars, from the vendor's own list",
        tests: &[
            (VALIDATOR, "expected_ends_and_degraded_days"),
            ("services/peakctl/src/verbs/validate/degraded.rs", "the_vendors_list_and_a_text_of_dates_are_read"),
            ("services/dataset/tests/wire/importing.rs", "validation_reports_the_worst_first"),
        ],
    },
    Trap {
        number: 20,
        trap: "changes of daylight-saving time",
        names: &["dst_shift_suspected"],
        answer: "sessions move with Chicago's clock and give no finding; a file that does not move with them does",
        tests: &[
            (MADE, "clock_changes_move_no_session"),
            ("shared/domain/tests/calendar_counts.rs", "no_segment_contains_a_clock_change"),
        ],
    },
];

#[test]
fn every_trap_has_an_answer_and_tests_that_exist() {
    let read =
        |path: &str| std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (codes, fates) = (read("shared/validation/src/code.rs"), read("shared/store/src/disposition.rs"));
    for (at, trap) in TRAPS.iter().enumerate() {
        assert_eq!(trap.number, at + 1);
        assert!(!trap.tests.is_empty() && !trap.answer.is_empty() && !trap.trap.is_empty(), "trap {}", trap.number);
        for name in trap.names {
            let quoted = format!("\"{name}\"");
            assert!(codes.contains(&quoted) || fates.contains(&quoted), "trap {}: {name} is not a name", trap.number);
        }
        for (path, function) in trap.tests {
            let text = read(path);
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            let declared = lines.iter().position(|line| {
                let line = line.strip_prefix("async ").unwrap_or(line);
                line.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{function}(")))
            });
            let declared = declared.unwrap_or_else(|| panic!("trap {}: {path} has no {function}", trap.number));
            let is_test = lines[declared - 1].starts_with("#[test") || lines[declared - 1].starts_with("#[tokio::test");
            assert!(is_test, "trap {}: {function} of {path} is no test", trap.number);
        }
    }
    let distinct: BTreeSet<_> = TRAPS.iter().map(|trap| trap.trap).collect();
    assert_eq!(distinct.len(), TRAPS.len());
}
