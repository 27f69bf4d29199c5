//! Files that were made to break the reader: refused or read, never a panic, and never for long.

use std::time::{Duration, Instant};

use chrono::Datelike as _;
use peaktrade_domain::Calendar;
use proptest::prelude::*;

use crate::{check_text, edit};

/// Far above what a file of the largest size takes in an optimized build (below a second) on a busy machine, and far
/// below what reading it in quadratic time would take.
const PATIENCE: Duration = Duration::from_secs(20);

fn parse_in_time(what: &str, text: &str) -> Result<Calendar, String> {
    assert!(text.len() <= Calendar::FILE_BYTES_MAX, "{what}: {} bytes", text.len());
    let begin = Instant::now();
    let result = Calendar::parse(text).map_err(|error| error.to_string());
    assert!(begin.elapsed() < PATIENCE, "{what}: {:?}", begin.elapsed());
    result
}

/// The shipped file, made up to the largest size with rows that follow a line of it.
fn filled(after: &str, row: impl Fn(usize) -> String) -> String {
    let room = Calendar::FILE_BYTES_MAX - Calendar::SHIPPED_FILE.len() - after.len();
    let mut rows = String::new();
    for number in 0.. {
        let next = row(number);
        if rows.len() + next.len() > room {
            break;
        }
        rows.push_str(&next);
    }
    edit(after, &format!("{after}{rows}")).0
}

#[test]
fn a_file_full_of_rows_is_judged_in_time() {
    let header = "# ----------------------------------------------------------------------------------------------------------- outages\n";
    let outages = filled(header, |number| {
        let (minute, second) = (number / 60 % 60, number % 60);
        let (hour, day) = (number / 3600 % 24, number / 86_400 + 1);
        format!(
            "[[outages]]\nfrom = \"2015-02-{day:02}T{hour:02}:{minute:02}:{second:02}Z\"\n\
             to = \"2015-02-{day:02}T{hour:02}:{minute:02}:{second:02}.5Z\"\n\
             name = \"x\"\nsource = \"hours-2015\"\nconfidence = \"secondary\"\n"
        )
    });
    assert!(parse_in_time("outages", &outages).unwrap().outages().len() > 5_000);
    let sources = filled(
        "# ---------------------------------------------------------------------------------------------------------- sources\n",
        |number| format!("[[sources]]\nid = \"s{number}\"\ntext = \"t\"\n"),
    );
    assert!(parse_in_time("sources", &sources).unwrap().sources().len() > 20_000);
    let products = filled(
        "# ---------------------------------------------------------------------------------------------------------- products\n",
        |number| {
            let date = chrono::NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + chrono::Days::new(number as u64);
            format!(
                "[[products]]\nroot = \"GC\"\nfrom = \"{date}\"\nexchange = \"C\"\ncurrency = \"U\"\nmultiplier_usd = \"1\"\n\
                 tick = \"1\"\nspread_tick = \"1\"\nfamily = \"GC\"\nfamily_weight = [1, 1]\nlisting_rule = \"l\"\n\
                 source = \"hours-2015\"\nconfidence = \"secondary\"\n"
            )
        },
    );
    assert_eq!(parse_in_time("products", &products).unwrap().specs().len(), 9);
}

#[test]
fn a_long_validity_with_many_halts_is_read_in_time() {
    let halts: Vec<_> = (1..=4).map(|hour| format!("{{ from = \"{hour:02}:00\", to = \"{hour:02}:01\" }}")).collect();
    let (text, _) = edit("valid_to = \"2027-12-31\"", "valid_to = \"2074-12-31\"");
    let text = text.replace("halts = []", &format!("halts = [{}]", halts.join(", ")));
    let text = text.replace("valid_to = \"2028-12-31\"", "valid_to = \"2261-12-31\"");
    // Each year needs a closed day: the first weekday from the 26th of December.
    let closed: String = (2028..=2074)
        .map(|year| {
            let days = chrono::NaiveDate::from_ymd_opt(year, 12, 26).unwrap().iter_days();
            let date = days.take(7).find(|date| date.weekday().number_from_monday() <= 5).unwrap();
            format!(
                "  {{ date = \"{date}\", kind = \"closed\", name = \"n\", source = \"projected-from-rules\", \
                 confidence = \"projected\" }},\n"
            )
        })
        .collect();
    let (end_of_rows, rest) = text.split_once("\n]\n\n# ------").unwrap();
    let text = format!("{end_of_rows}\n{closed}]\n\n# ------{rest}");
    let calendar = parse_in_time("sixty years", &text).unwrap();
    assert_eq!(calendar.session("2074-12-31".parse().unwrap()).unwrap().unwrap().minutes(), 1376);
    assert_eq!(calendar.last_trade_date("NQZ2199".parse().unwrap()).unwrap().to_string(), "2199-12-20");
}

#[test]
fn deep_nesting_and_odd_bytes_are_refused() {
    for (what, text) in [
        ("arrays", format!("x = {}", "[".repeat(500_000))),
        ("closed arrays", format!("x = {}{}", "[".repeat(400_000), "]".repeat(400_000))),
        ("inline tables", format!("x = {}", "{a=".repeat(300_000))),
        ("dotted keys", format!("{}a = 1", "a.".repeat(500_000))),
        ("headers", format!("[{}a]", "a.".repeat(500_000))),
        ("quotes", format!("x = {}", "\"".repeat(900_000))),
        ("comment", "#".repeat(1_000_000)),
        ("lines", "\n".repeat(1_000_000)),
        ("digits", format!("schema = {}", "9".repeat(1_000_000))),
        ("string", format!("version = \"{}", "x".repeat(1_000_000))),
        ("control bytes", "\u{0}\u{1}\u{7f}\u{85}".repeat(10_000)),
        ("byte order mark", format!("\u{feff}{}", Calendar::SHIPPED_FILE.replacen("schema = 2", "schema = 3", 1))),
    ] {
        assert!(parse_in_time(what, &text).is_err(), "{what}");
    }
    check_text(&Calendar::SHIPPED_FILE.replacen("zone =", "\u{1}zone =", 1), "");
    check_text(&Calendar::SHIPPED_FILE.replacen('\n', "\r", 1), "");
}

/// Values that stand at the edge of what a value may be.
const EDGES: [&str; 24] = [
    "\"\"",
    "\"00:00\"",
    "\"00:01\"",
    "\"12:00\"",
    "\"23:59\"",
    "\"1970-01-01\"",
    "\"2261-12-31\"",
    "\"2015-01-01\"",
    "\"2027-12-31\"",
    "\"2027-12-25\"",
    "\"0\"",
    "\"9223372036854.775807\"",
    "\"-0.000001\"",
    "\"9223372036\"",
    "0",
    "-1",
    "4294967295",
    "[4294967295, 4294967295]",
    "[]",
    "\"1970-03\"",
    "\"2261-12\"",
    "\"UTC\"",
    "\"Pacific/Apia\"",
    "\"1677-09-21T00:12:44Z\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_value_may_be_replaced_by_one_at_the_edge(places in proptest::collection::vec((0.0_f64..1.0, 0_usize..EDGES.len()), 1..4)) {
        let mut text = Calendar::SHIPPED_FILE.to_owned();
        for (place, edge) in places {
            let values: Vec<_> = text.match_indices(" = ").map(|(at, _)| at + 3).collect();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the file")]
            let begin = values[(place * values.len() as f64) as usize];
            let rest = &text[begin..];
            let end = match rest.as_bytes()[0] {
                b'"' => rest[1..].find('"').map_or(rest.len(), |at| at + 2),
                _ => rest.find([',', '\n', ' ', ']']).unwrap_or(rest.len()),
            };
            text.replace_range(begin..begin + end, EDGES[edge]);
        }
        match Calendar::parse(&text) {
            Err(error) => prop_assert!(!error.problem.is_empty() && error.line <= text.lines().count() + 1, "{}", error),
            // What is read can be asked.
            Ok(calendar) => {
                let (from, to) = (calendar.valid_from(), calendar.valid_to());
                let sessions = calendar.sessions(from, to).unwrap();
                prop_assert!(!sessions.is_empty());
                for instant in [sessions[0].open(), sessions[sessions.len() - 1].close()] {
                    prop_assert!(calendar.market_state(instant).is_ok());
                }
                calendar.warnings(from, to);
                calendar.expected_minutes(from, to, peaktrade_domain::HoursFilter::Extended).unwrap();
            }
        }
    }
}
