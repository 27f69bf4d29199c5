//! What peakctl says about sessions, contracts and planned rolls: the documents a script reads, the pages a person reads,
//! and the refusals.

use std::collections::BTreeMap;
use std::time::Duration;

use peaktrade_testkit::{Process, Run, binary, free_port, run_to_end};
use serde_json::{Value, json};

/// A question to a service in the same process; the machine may be busy.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Exit code of a command line that does not fit together.
const EXIT_USAGE: i32 = 2;
/// Exit code of bad input.
const EXIT_INPUT: i32 = 65;
/// Exit code of a service that is away.
const EXIT_UNAVAILABLE: i32 = 69;
/// Widest line of a page.
const PAGE_WIDTH: usize = 80;

fn peakctl(arguments: &[&str]) -> Run {
    peakctl_with(arguments, &[])
}

fn peakctl_with(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let scratch = tempfile::tempdir().unwrap();
    let data_dir = scratch.path().join("data");
    let mut all = BTreeMap::from([("DATA_DIR".to_owned(), data_dir.display().to_string())]);
    all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let run = run_to_end(&binary("peakctl"), arguments, &all, ANSWER_MAX);
    assert!(!data_dir.exists(), "{arguments:?} wrote a store");
    run
}

/// The one document of a command that succeeds.
fn document(arguments: &[&str]) -> Value {
    peakctl(&[arguments, &["--json"]].concat()).json()
}

/// The page of a command that succeeds, no line wider than a terminal.
fn page(arguments: &[&str]) -> String {
    let run = peakctl(arguments);
    assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
    for line in run.stdout.lines() {
        assert!(line.chars().count() <= PAGE_WIDTH, "{arguments:?}: too wide for a terminal: {line}");
        assert_eq!(line, line.trim_end(), "{arguments:?}: spaces at the end");
    }
    run.stdout
}

fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().unwrap_or_else(|| panic!("{object} is no object"));
    object.keys().map(String::as_str).collect()
}

const HOLIDAY_WEEK: [&str; 8] = ["calendar", "sessions", "--root", "NQ", "--from", "2025-01-17", "--to", "2025-01-21"];

#[test]
fn sessions_are_a_list_of_trade_dates_with_their_segments() {
    let listed = document(&HOLIDAY_WEEK);
    let sessions = listed.as_array().expect("the document is a list");
    assert_eq!(sessions.len(), 2, "the holiday is no trade date: {listed}");
    let after = &sessions[1];
    assert_eq!(
        keys(after),
        ["is_projected", "minutes", "note", "regular_hours", "segments", "settlement", "trade_date"]
    );
    assert_eq!(after["trade_date"], "2025-01-21");
    assert_eq!(
        after["segments"],
        json!([
            { "open": "2025-01-19T23:00:00Z", "close": "2025-01-20T18:00:00Z" },
            { "open": "2025-01-20T23:00:00Z", "close": "2025-01-21T22:00:00Z" },
        ])
    );
    assert_eq!((&after["minutes"], &after["settlement"]), (&json!(2_520), &json!("2025-01-21T21:00:00Z")));
    assert_eq!((&after["note"], &after["is_projected"]), (&json!("Martin Luther King Jr. Day"), &json!(false)));
}

#[test]
fn a_range_longer_than_one_answer_is_listed_whole_and_once() {
    let all = document(&["calendar", "sessions", "--root", "NQ", "--from", "2015-01-02", "--to", "2027-12-31"]);
    let dates: Vec<&str> =
        all.as_array().unwrap().iter().map(|session| session["trade_date"].as_str().unwrap()).collect();
    assert_eq!((dates[0], dates[dates.len() - 1]), ("2015-01-02", "2027-12-31"));
    assert!(dates.is_sorted_by(|a, b| a < b), "a trade date stands twice or out of order");
    // Thirteen years of weekdays without some ten holidays each.
    assert!((3_230..3_270).contains(&dates.len()), "{} sessions", dates.len());
}

#[test]
fn the_table_of_a_holiday_week_shows_what_belongs_to_which_trade_date() {
    assert_eq!(
        page(&HOLIDAY_WEEK),
        "trade date      opens      closes     minutes  settles  note\n\
         Fri 2025-01-17  Thu 17:00  Fri 16:00    1,380  15:00\n\
         Tue 2025-01-21  Sun 17:00  Mon 12:00    2,520  15:00    Martin Luther King Jr.\n\
         \u{20}               Mon 17:00  Tue 16:00                    Day\n\
         \n2 sessions, 3,900 minutes; times are Chicago\n"
    );
}

#[test]
fn the_state_of_the_market_has_its_instant_in_both_zones() {
    let closed = document(&["calendar", "state", "--at", "2025-01-20T14:00:00-06:00"]);
    assert_eq!(
        keys(&closed),
        [
            "at",
            "at_chicago",
            "is_machine_clock",
            "is_open",
            "is_regular_hours",
            "next_close",
            "next_close_chicago",
            "next_open",
            "next_open_chicago",
            "outage",
            "reason",
            "trade_date",
            "warnings"
        ]
    );
    assert_eq!((&closed["is_open"], &closed["trade_date"]), (&json!(false), &Value::Null));
    assert_eq!((&closed["at"], &closed["next_open"]), (&json!("2025-01-20T20:00:00Z"), &json!("2025-01-20T23:00:00Z")));
    assert_eq!(closed["next_close_chicago"], "2025-01-21T16:00:00-06:00");
    let open = page(&["calendar", "state", "--at", "2025-01-20T15:00:00Z"]);
    assert!(open.starts_with("OPEN") && open.contains("trade date  2025-01-21\n"), "{open}");
}

#[test]
fn without_an_instant_the_clock_of_the_machine_is_read_and_named() {
    let run = peakctl(&["calendar", "state", "--json"]);
    assert!(run.stderr.contains("the clock of this machine says"), "{}", run.stderr);
    // Before and after the calendar's validity the service refuses, which says so just as well.
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    match run.code {
        Some(0) => assert_eq!(answer["is_machine_clock"], true),
        code => {
            assert_eq!(code, Some(EXIT_INPUT), "{}", run.stderr);
            assert!(answer["error"]["message"].as_str().unwrap().contains("is outside"), "{answer}");
        }
    }
}

#[test]
fn the_calendar_in_force_names_its_hash_its_validity_and_its_sources() {
    let calendar = document(&["calendar", "info"]);
    assert_eq!(calendar["sha256"].as_str().map(str::len), Some(64));
    assert_eq!((&calendar["valid_from"], &calendar["valid_to"]), (&json!("2015-01-01"), &json!("2027-12-31")));
    assert!(calendar["roots"].as_array().unwrap().contains(&json!("MNQ")));
    for list in ["outages", "sources"] {
        assert!(!calendar[list].as_array().unwrap().is_empty(), "{list} is empty");
    }
    let text = page(&["calendar", "info"]);
    assert!(text.contains(calendar["sha256"].as_str().unwrap()) && text.contains("IANA "), "{text}");
}

#[test]
fn a_year_fits_two_pages_and_names_each_day_that_is_not_regular() {
    let year = document(&["calendar", "year", "2026"]);
    let exceptions = year["exceptions"].as_array().unwrap();
    let found: Vec<(&str, &str)> = exceptions
        .iter()
        .map(|exception| (exception["date"].as_str().unwrap(), exception["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("2026-01-01", "closed"),
            ("2026-01-19", "halt"),
            ("2026-02-16", "halt"),
            ("2026-04-03", "halt"),
            ("2026-05-25", "halt"),
            ("2026-06-19", "halt"),
            ("2026-07-03", "halt"),
            ("2026-09-07", "halt"),
            ("2026-11-26", "halt"),
            ("2026-11-27", "early_close"),
            ("2026-12-24", "early_close"),
            ("2026-12-25", "closed"),
        ]
    );
    assert!(exceptions.iter().all(|exception| exception["name"] != ""), "{exceptions:?}");
    let good_friday = &exceptions[3];
    assert_eq!(
        (&good_friday["at"], &good_friday["trade_date"]),
        (&json!("2026-04-03T13:15:00Z"), &json!("2026-04-06"))
    );
    let ends: Vec<&Value> = year["contracts"].as_array().unwrap().iter().map(|row| &row["last_trade_date"]).collect();
    assert_eq!(ends, ["2026-03-20", "2026-06-18", "2026-09-18", "2026-12-18"]);
    let rolls: Vec<&Value> = year["rolls"].as_array().unwrap().iter().map(|row| &row["trade_date"]).collect();
    assert_eq!(rolls, ["2026-03-16", "2026-06-15", "2026-09-14", "2026-12-14"]);
    let changes: Vec<(&Value, &Value)> = year["clock_changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (&change["trade_date"], &change["open_utc"]))
        .collect();
    assert_eq!(changes, [(&json!("2026-03-09"), &json!("22:00Z")), (&json!("2026-11-02"), &json!("23:00Z"))]);
    let months: u64 = year["months"].as_array().unwrap().iter().map(|month| month["sessions"].as_u64().unwrap()).sum();
    assert_eq!(Some(months), year["sessions"].as_u64());
    // 261 weekdays without 2 closed ones and 8 halts.
    assert_eq!(months, 251);

    let text = page(&["calendar", "year", "2026"]);
    assert!(text.lines().count() <= 2 * 60, "{} lines", text.lines().count());
    for part in ["Mon 2026-01-19  halt         12:00  2026-01-20", "Fri 2026-12-25  closed              none"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn months_before_the_listing_are_marked() {
    let text = page(&["calendar", "year", "2019", "--root", "MNQ"]);
    assert_eq!(text.matches(", not listed").count(), 4, "{text}");
    assert!(text.contains("April, not listed") && text.contains("May, 19 sessions"), "{text}");
}

#[test]
fn rows_that_are_projected_are_marked_and_warned_of() {
    let run = peakctl(&["calendar", "year", "2027"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stdout.contains("Mon 2027-01-18*") && run.stdout.contains("\n* projected from rules"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stderr.matches("warning: ").count(), 1, "{}", run.stderr);
    let year = document(&["calendar", "year", "2027"]);
    assert!(!year["warnings"].as_array().unwrap().is_empty());
    let exceptions = year["exceptions"].as_array().unwrap();
    assert!(exceptions.iter().all(|exception| exception["is_projected"] == true), "{exceptions:?}");

    let run =
        peakctl(&["calendar", "sessions", "--root", "NQ", "--from", "2027-01-19", "--to", "2027-01-20", "--json"]);
    let sessions = run.json();
    assert_eq!((&sessions[0]["is_projected"], &sessions[1]["is_projected"]), (&json!(true), &json!(false)));
    assert!(run.stderr.contains("warning: "), "{}", run.stderr);
}

#[test]
fn a_contract_is_shown_with_its_terms_and_its_end() {
    let contract = document(&["contracts", "show", "NQM2026", "--on", "2026-02-03"]);
    for (key, value) in [
        ("symbol", "NQM2026"),
        ("on", "2026-02-03"),
        ("multiplier_usd", "20.00"),
        ("tick", "0.25"),
        ("tick_value_usd", "5.00"),
        ("last_trade_date", "2026-06-18"),
        ("last_trade_time", "2026-06-18T13:30:00Z"),
        ("roll_trade_date", "2026-06-15"),
    ] {
        assert_eq!(contract[key], value, "{key} of {contract}");
    }
    for key in ["margins", "fees"] {
        let row = &contract[key];
        assert!(row["source"] != "" && row["confidence"] != "", "{key}: {row}");
    }
    let text = page(&["contracts", "show", "NQM2026"]);
    assert!(text.contains("Thu 2026-06-18 08:30 CDT") && text.contains("Juneteenth"), "{text}");
}

#[test]
fn a_spelling_is_read_and_respelled() {
    let parsed = document(&["contracts", "parse", "NQ 03-26", "--on", "2026-01-15"]);
    assert_eq!((&parsed["symbol"], &parsed["on"]), (&json!("NQH2026"), &json!("2026-01-15")));
    let spellings = parsed["spellings"].as_array().unwrap();
    assert!(spellings.iter().any(|spelling| spelling["text"] == "NQ 03-26"), "{parsed}");
    assert!(page(&["contracts", "parse", "NQ 03-26", "--on", "2026-01-15"]).starts_with("NQH2026\n"));
    let run = peakctl(&["contracts", "parse", "NQH6", "--on", "2026-04-15", "--json"]);
    assert!(run.stderr.contains("warning: ") && run.stderr.contains("NQH2026 ended on 2026-03-20"), "{}", run.stderr);
    let later = run.json();
    assert_eq!((&later["symbol"], later["warnings"].as_array().map(Vec::len)), (&json!("NQH2036"), Some(1)));
}

#[test]
fn contracts_are_listed_by_their_end() {
    let range = ["contracts", "list", "--root", "NQ", "--from", "2026-01-02", "--to", "2026-12-31"];
    let listed = document(&range);
    let symbols: Vec<&Value> = listed["contracts"].as_array().unwrap().iter().map(|row| &row["symbol"]).collect();
    assert_eq!(symbols, ["NQH2026", "NQM2026", "NQU2026", "NQZ2026"]);
    assert_eq!(page(&range).lines().filter(|line| line.starts_with("NQ") && !line.contains(": ")).count(), 4);
}

#[test]
fn price_limits_follow_from_the_two_reference_prices() {
    let asked = [
        "contracts",
        "limits",
        "--root",
        "NQ",
        "--trade-date",
        "2024-02-07",
        "--fixing",
        "17539.00",
        "--cash-index-close",
        "17397.70",
    ];
    let answer = document(&asked);
    let lower = |percent: &str| {
        let limits = answer["limits"].as_array().unwrap();
        let limit = limits.iter().find(|limit| limit["percent"] == percent).unwrap_or_else(|| panic!("{answer}"));
        limit["lower"].clone()
    };
    assert_eq!((lower("7"), lower("13"), lower("20")), (json!("16321.25"), json!("15277.5"), json!("14059.5")));
    let text = page(&asked);
    assert!(text.ends_with("needs\n  --afternoon-fixing and --afternoon-cash-index-close\n"), "{text}");
    let text =
        page(&[&asked[..], &["--afternoon-fixing", "17500", "--afternoon-cash-index-close", "17430.68"]].concat());
    assert!(!text.contains("not worked out") && text.contains("15:00 to the close"), "{text}");

    for trade_date in ["2026-11-27", "2025-11-28"] {
        let mut shortened = asked;
        shortened[5] = trade_date;
        let words = [&format!("--trade-date: {trade_date} closes early, at 12:15 Chicago"), "shortened days"];
        check_refusal(&shortened, EXIT_INPUT, &words);
    }
}

#[test]
fn rolls_are_planned_under_the_policy_that_was_asked_for() {
    let schedule = |extra: &[&str]| {
        let base = ["rolls", "schedule", "--root", "NQ", "--from", "2026-03-01", "--to", "2026-03-31"];
        document(&[&base, extra].concat())
    };
    let default = schedule(&[]);
    assert_eq!(default["policy"], "monday_before_third_friday@trade_date_open/last_common/60");
    let roll = &default["rolls"][0];
    assert_eq!((&roll["from_symbol"], &roll["to_symbol"]), (&json!("NQH2026"), &json!("NQM2026")));
    assert_eq!((&roll["trade_date"], &roll["roll_time"]), (&json!("2026-03-16"), &json!("2026-03-15T22:00:00Z")));
    assert!(roll["explanation"].as_str().is_some_and(|text| !text.is_empty()), "{roll}");

    let before =
        schedule(&["--roll-trigger", "n_trade_dates_before", "--trade-dates-before", "5", "--roll-instant", "10:00"]);
    let roll = &before["rolls"][0];
    assert_eq!((&roll["trade_date"], &roll["roll_time"]), (&json!("2026-03-13"), &json!("2026-03-13T15:00:00Z")));

    let table = tempfile::NamedTempFile::new().unwrap();
    let row = r#"[{"from_symbol":"NQH2026","to_symbol":"NQM2026","roll_ts":"2026-03-12T14:30:00Z"}]"#;
    std::fs::write(table.path(), row).unwrap();
    let explicit = schedule(&["--roll-table", table.path().to_str().unwrap()]);
    assert_eq!(explicit["rolls"][0]["roll_time"], "2026-03-12T14:30:00Z");

    let text = page(&["rolls", "schedule", "--root", "NQ", "--from", "2026-01-02", "--to", "2026-12-31", "--explain"]);
    assert!(text.contains("NQH2026 -> NQM2026  Mon 2026-03-16  Sun 17:00  2026-03-15T22:00:00Z"), "{text}");
}

#[test]
fn the_active_contract_changes_at_the_roll() {
    let active =
        |at: &str, extra: &[&str]| document(&[&["rolls", "active", "--root", "NQ", "--at", at], extra].concat());
    let before = active("2026-03-15T21:59:59Z", &[]);
    assert_eq!((&before["symbol"], &before["next_roll"]["trade_date"]), (&json!("NQH2026"), &json!("2026-03-16")));
    let after = active("2026-03-15T22:00:00Z", &[]);
    assert_eq!((&after["symbol"], &after["last_roll"]["trade_date"]), (&json!("NQM2026"), &json!("2026-03-16")));
    assert_eq!(active("2026-03-15T22:00:00Z", &["--depth", "1"])["symbol"], "NQU2026");
    page(&["rolls", "active", "--root", "NQ", "--at", "2026-03-15T22:00:00Z"]);

    assert_eq!(before["warnings"], json!([]));
    let projected = peakctl(&["rolls", "active", "--root", "NQ", "--at", "2027-04-20T15:00:00Z", "--json"]);
    assert!(projected.stderr.contains("warning: the last trade date of NQM2027 is projected"), "{}", projected.stderr);
    assert_eq!(projected.json()["warnings"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_look_up_says_nothing_of_itself_unless_details_are_asked_for() {
    let asked = ["contracts", "parse", "NQ 03-26", "--on", "2026-01-15"];
    assert_eq!(peakctl(&asked).stderr, "");
    let detailed = peakctl_with(&asked, &[("LOG_LEVEL", "debug")]);
    assert!(detailed.stderr.contains("trace ") && detailed.stderr.contains("gates not set"), "{}", detailed.stderr);
}

/// A refusal: its exit code, and words that name the input and what is allowed.
fn check_refusal(arguments: &[&str], code: i32, words: &[&str]) {
    let run = peakctl(arguments);
    assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stderr);
    for word in words {
        assert!(run.stderr.contains(word), "{arguments:?} does not say {word:?}:\n{}", run.stderr);
    }
    assert_eq!(run.stdout, "", "{arguments:?}");
}

#[test]
fn refusals_name_the_input_and_what_is_allowed() {
    let sessions =
        |from: &'static str, to: &'static str| ["calendar", "sessions", "--root", "NQ", "--from", from, "--to", to];
    check_refusal(&sessions("2025-1-17", "2025-01-21"), EXIT_INPUT, &["--from: date \"2025-1-17\"", "2026-03-16"]);
    check_refusal(&sessions("2025-01-21", "2025-01-17"), EXIT_INPUT, &["2025-01-21", "2025-01-17"]);
    check_refusal(&sessions("2014-01-02", "2014-01-31"), EXIT_INPUT, &["2014-01-02", "2015-01-01"]);
    check_refusal(&sessions("2015-01-02", "2100-01-01"), EXIT_INPUT, &["--to: 2100-01-01", "2027-12-31"]);
    check_refusal(
        &["calendar", "sessions", "--root", "GC", "--from", "2025-01-17", "--to", "2025-01-21"],
        EXIT_INPUT,
        &["GC", "NQ"],
    );
    check_refusal(&["calendar", "state", "--at", "2025-01-20 14:00"], EXIT_INPUT, &["--at: instant", "RFC 3339"]);
    check_refusal(
        &["calendar", "state", "--at", "2026-11-27"],
        EXIT_INPUT,
        &["needs date, time and zone, such as 2026-"],
    );
    check_refusal(&["calendar", "year", "2026", "--root", "nq"], EXIT_INPUT, &["--root: \"nq\"", "did you mean NQ?"]);
    check_refusal(&["contracts", "show", "NQH26"], EXIT_INPUT, &["contracts parse \"NQH26\" --on"]);
    check_refusal(&["calendar", "year", "2014"], EXIT_INPUT, &["year 2014", "2015-01-01 to 2027-12-31"]);
    check_refusal(&["contracts", "show", "NQM6"], EXIT_INPUT, &["NQM6"]);
    check_refusal(&["contracts", "show", "NQM2026", "--on", "soon"], EXIT_INPUT, &["--on: date \"soon\""]);
    check_refusal(&["contracts", "parse", "NQ1!", "--on", "2026-01-15"], EXIT_INPUT, &["NQ1!", "continuous"]);
    check_refusal(
        &[
            "rolls",
            "schedule",
            "--root",
            "NQ",
            "--from",
            "2026-01-02",
            "--to",
            "2026-12-31",
            "--roll-trigger",
            "volume",
        ],
        EXIT_INPUT,
        &["--roll-trigger: \"volume\"", "monday_before_third_friday"],
    );
    let limits = ["contracts", "limits", "--root", "NQ", "--trade-date", "2024-02-07", "--fixing"];
    check_refusal(&[&limits[..], &["-1", "--cash-index-close", "17000"]].concat(), EXIT_INPUT, &["--fixing: -1"]);
    check_refusal(&[&limits[..], &["x", "--cash-index-close", "17000"]].concat(), EXIT_INPUT, &["--fixing: "]);
}

#[test]
fn a_command_line_that_does_not_fit_together_is_a_usage_error() {
    for arguments in [
        &["calendar", "sessions", "--root", "NQ", "--from", "2025-01-17"][..],
        &["calendar", "sessions", "--root", "NQ", "--from", "2025-01-17", "--to", "2025-01-21", "--hours", "night"],
        &[
            "rolls",
            "schedule",
            "--root",
            "NQ",
            "--from",
            "2026-01-02",
            "--to",
            "2026-12-31",
            "--trade-dates-before",
            "5",
        ],
        &["contracts", "parse", "NQ 03-26"],
        &["rolls", "active", "--root", "NQ", "--at", "2026-03-15T22:00:00Z", "--roll-trigger", "n_trade_dates_before"],
    ] {
        let run = peakctl(arguments);
        assert_eq!(run.code, Some(EXIT_USAGE), "{arguments:?}: {}", run.stderr);
    }
    let run = peakctl_with(&["calendar", "info"], &[("DATASET_ENDPOINT", "http://127.0.0.1:1")]);
    assert_eq!(run.code, Some(EXIT_USAGE), "{}", run.stderr);
    assert!(run.stderr.contains("CALENDAR_ENDPOINT is not"), "{}", run.stderr);
}

#[test]
fn a_calendar_that_runs_already_is_asked_instead_of_one_in_this_process() {
    let scratch = tempfile::tempdir().unwrap();
    let (port, metrics) = (free_port(), free_port());
    let mut variables: BTreeMap<String, String> =
        peaktrade_testkit::GATES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    variables.insert("LISTEN".to_owned(), format!("127.0.0.1:{port}"));
    variables.insert("METRICS_LISTEN".to_owned(), format!("127.0.0.1:{metrics}"));
    let endpoint = format!("http://127.0.0.1:{port}");
    let asked = ["calendar", "info", "--json", "--calendar-endpoint", &endpoint];

    let away = peakctl(&asked);
    assert_eq!(away.code, Some(EXIT_UNAVAILABLE), "{}", away.stderr);
    assert!(away.stderr.contains(&endpoint), "{}", away.stderr);

    let log = scratch.path().join("calendar.log");
    let program = binary("calendar");
    let mut service = Process::spawn(&program, &[], &variables, log);
    while run_to_end(&program, &["--healthcheck"], &variables, ANSWER_MAX).code != Some(0) {
        assert!(service.is_running(), "{}", service.log_text());
    }
    let found = peakctl(&asked).json();
    assert_eq!(found["sha256"], document(&["calendar", "info"])["sha256"]);
    // The service leaves a line of a look-up that it refuses.
    let unknown = ["contracts", "show", "GCZ2026", "--calendar-endpoint", &endpoint];
    check_refusal(&unknown, EXIT_INPUT, &["GC"]);
    assert!(service.log_text().contains("GetContract"), "{}", service.log_text());
}
