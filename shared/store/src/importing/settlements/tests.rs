use peaktrade_domain::Calendar;

use super::{ImportedSettlements, SettlementFormat, import_settlements};
use crate::settlement_facts::encode;

fn read(text: &str) -> Result<ImportedSettlements, String> {
    let root = "NQ".parse().unwrap();
    import_settlements(text.as_bytes(), SettlementFormat::Csv, root, &Calendar::shipped())
        .map_err(|error| error.to_string())
}

/// Lines behind the usual header; expected are each contract's facts and the rows by fate, or a part of the refusal.
fn check(lines: &str, expected: Result<&str, &str>) {
    check_text(&format!("contract,trade_date,settlement,open_interest\n{lines}\n"), expected);
}

fn check_text(text: &str, expected: Result<&str, &str>) {
    match (read(text), expected) {
        (Ok(found), Ok(expected)) => {
            let lines = |text: String| text.lines().skip(1).collect::<Vec<_>>().join(" ");
            let of = |one: &super::ContractSettlements| format!("{} {}", one.contract, lines(encode(&one.facts)));
            let told: Vec<String> = found.contracts.iter().map(of).collect();
            assert_eq!(format!("{}: {}", told.join("; "), found.dispositions), expected, "{text}");
        }
        (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
        (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
    }
}

#[test]
fn what_a_file_does_not_tell_is_known_as_late_as_it_may_be() {
    // Settled on Friday, known from its close; its open interest from Sunday's open.
    check(
        "NQH2025,2025-03-14,19712,245000",
        Ok("NQH2025 2025-03-14,19712,2025-03-14T21:00:00Z,245000,2025-03-16T22:00:00Z: 1 kept"),
    );
    check("NQH5,2025-03-14,,9", Ok("NQH2025 2025-03-14,,,9,2025-03-16T22:00:00Z: 1 kept"));
    // Monday 2025-01-20 is no trade date of its own; Friday's open interest is known from the open of Tuesday's.
    check("NQH5,2025-01-17,,9", Ok("NQH2025 2025-01-17,,,9,2025-01-19T23:00:00Z: 1 kept"));
    let told = "contract,trade_date,settlement,open_interest,known_at\n";
    check_text(
        &format!(
            "{told}NQH2025,2025-03-14,19712,,2025-03-14T20:10:00Z\r\nNQH2025,2025-03-14,,9,2025-03-17T15:00:00Z\r\n"
        ),
        Ok("NQH2025 2025-03-14,19712,2025-03-14T20:10:00Z,9,2025-03-17T15:00:00Z: 2 kept"),
    );
    check_text(
        &format!("{told}NQH2025,2025-03-14,,9,2025-03-14T20:59:00Z\n"),
        Err(
            "line 2: open interest of 2025-03-14 cannot have been known at 2025-03-14T20:59:00Z, before 2025-03-14T21:00",
        ),
    );
    check_text(
        &format!("{told}NQH2025,2025-03-14,19712,,2025-03-13T20:59:00Z\n"),
        Err("the settlement of 2025-03-14 cannot have been known at"),
    );
}

#[test]
fn off_the_grid_of_settlements_only_the_last_day_may_be() {
    let good = "NQM2025,2025-03-14,19918.35,";
    check(
        &format!("{good}\nNQH2025,2025-03-14,19712.01,\nNQH2025,2025-03-21,19450.81,"),
        Ok("NQH2025 2025-03-21,19450.81,2025-03-21T21:00:00Z,,; NQM2025 2025-03-14,19918.35,2025-03-14T21:00:00Z,,: \
            2 kept, 1 off tick"),
    );
    let good = "2025-03-14,19918.35,2025-03-14T21:00:00Z,,";
    for (line, fate) in [
        ("NQH2025,2025-03-24,19450,", "after expiry"),
        ("NQH2025,2025-03-15,19450,", "out of session"),
        ("NQH2025,2025-01-20,19450,", "out of session"),
        ("ESH2025,2025-03-14,5600,", "unknown symbol"),
        ("NQ1!,2025-03-14,19450,", "unknown symbol"),
        ("NQH5-NQM5,2025-03-14,206.35,", "spread"),
        ("NQM2025,2025-03-14,19918.35,", "duplicate"),
    ] {
        check(&format!("NQM2025,2025-03-14,19918.35,\n{line}"), Ok(&format!("NQM2025 {good}: 1 kept, 1 {fate}")));
    }
}

#[test]
fn adjusted_and_scaled_settlements_are_refused_and_a_stray_one_is_not() {
    let start: peaktrade_domain::TradeDate = "2024-09-03".parse().unwrap();
    let days = Calendar::shipped();
    let date = |day: usize| days.nth_trade_date(start, i32::try_from(day).unwrap()).unwrap();
    let lines = |prices: &[(usize, &str)]| {
        let price = |day: usize| prices.iter().find(|(of, _)| *of == day).map_or("19712", |(_, price)| *price);
        (0..120).map(|day| format!("NQH2025,{},{},\n", date(day), price(day))).collect::<String>()
    };
    let told = |prices: &[(usize, &str)]| {
        let text = format!("contract,trade_date,settlement,open_interest\n{}", lines(prices));
        read(&text).map(|file| file.dispositions.to_string())
    };
    assert_eq!(told(&[(7, "19712.01")]).unwrap(), "119 kept, 1 off tick");
    let adjusted = told(&[(7, "19712.01"), (8, "19712.02")]).unwrap_err();
    assert!(adjusted.contains("2 settlement prices are off the grid of 0.05; they may be adjusted"), "{adjusted}");
    assert_eq!(told(&[(7, "1971200")]).unwrap(), "119 kept, 1 price scale");
    let scaled = told(&[(7, "1971200"), (8, "1971200")]).unwrap_err();
    assert!(scaled.contains("2 settlement prices are outside 700 to 69000"), "{scaled}");
}

#[test]
fn a_file_that_contradicts_itself_or_the_layout_is_refused() {
    check(
        "NQM2025,2025-03-14,19918.35,\nNQM2025,2025-03-14,19918.4,",
        Err("line 3: the facts of 2025-03-14 differ from those of an earlier line"),
    );
    check("NQM2025,2025-03-14,,", Err("line 2: neither settlement nor open_interest is given"));
    check("NQM2025,2025-03-14,19918.35", Err("line 2: 3 fields; 4 are required"));
    check("NQM2025,14.03.2025,19918.35,", Err("line 2: trade_date: date \"14.03.2025\" is not ISO 8601"));
    check("NQM2025,2025-03-14,\"19,918.35\",", Err("settlement \"19,918.35\" is no decimal number"));
    check("NQM2025,2025-03-14,NaN,", Err("settlement \"NaN\" is no decimal number"));
    check("NQM2025,2025-03-14,,-4", Err("open_interest \"-4\" is no count of contracts"));
    check("NQM2025,2025-03-14,,100000001", Err("at most 100000000 is allowed"));
    check("NQM2025,2025-03-14,1991835,", Err("1 price scale"));
    check("ESM2025,2025-03-14,5600,", Err("none of its 1 rows can be kept: 1 unknown symbol"));
    check("", Err("the file is empty"));
    check_text("", Err("the file is empty"));
    check_text("trade_date,contract,settlement,open_interest\n", Err("the header is \"trade_date,contract"));
    check_text(
        "contract,trade_date,settlement\n",
        Err("contract,trade_date,settlement,open_interest[,known_at] is required"),
    );
    let all = "contract,trade_date,settlement,open_interest,known_at\n";
    check_text(&format!("{all}NQM2025,2025-03-14,,4,tomorrow\n"), Err("known_at \"tomorrow\" is no instant"));
}
