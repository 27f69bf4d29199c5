//! Hours, settlement times, price limits and roll conventions, each in force until the next row.

use peaktrade_domain::Calendar;

use crate::{check, check_row, check_text, edit};

const ERA_2021: &str = "from = \"2021-06-28\"\nopens_evening_before = \"17:00\"\ncloses = \"16:00\"\nhalts = []\nrth = { from = \"08:30\", to = \"15:00\" }";

#[test]
fn eras_are_checked() {
    // A row of its own table is named by the line of its header, one above its first key.
    let hours = |old: &str, new: &str, problem: &str| check_row(ERA_2021, &ERA_2021.replace(old, new), problem);
    hours("2021-06-28", "2015-09-18", "must begin after the one before it (2015-09-21)");
    hours("2021-06-28", "2028-01-03", "by 2027-12-31");
    hours("\"17:00\"", "\"15:59\"", "would overlap");
    hours("halts = []", r#"halts = [{ from = "15:15", to = "16:00" }]"#, "before the close at 16:00");
    hours("halts = []", r#"halts = [{ from = "15:15", to = "15:15" }]"#, "halt 15:15 to 15:15");
    let reversed = r#"halts = [{ from = "12:00", to = "12:30" }, { from = "11:00", to = "11:30" }]"#;
    hours("halts = []", reversed, "halt 11:00 to 11:30 must lie after 12:30");
    hours("halts = []", r#"halts = [{ from = "00:00", to = "00:30" }]"#, "must lie after 00:00");
    let settlement = "from = \"2020-10-26\"\ntime = \"15:00\"";
    check_row(settlement, &settlement.replace("2020-10-26", "2015-01-01"), "must begin after the one before it");
    check_row(settlement, &settlement.replace("15:00", "16:01"), "after the close at 16:00 on 2020-10-26");
    let first = "from = \"2015-01-01\"\ntime = \"15:15\"";
    check_row(first, &first.replace("2015-01-01", "2015-01-05"), "it must begin 2015-01-01");
}

#[test]
fn regular_hours_are_checked() {
    let rth = |from: &str, to: &str, problem: &str| {
        let new = format!("rth = {{ from = \"{from}\", to = \"{to}\" }}");
        check_row(ERA_2021, &ERA_2021.replace("rth = { from = \"08:30\", to = \"15:00\" }", &new), problem);
    };
    for (from, to) in [("00:00", "15:00"), ("15:00", "15:00"), ("15:00", "08:30"), ("08:30", "16:01")] {
        rth(from, to, &format!("rth {from} to {to} must begin after 00:00"));
    }
    let halted = ERA_2021.replace("halts = []", r#"halts = [{ from = "14:00", to = "14:10" }]"#);
    check_row(ERA_2021, &halted, "hold no halt");
    let five = [r#"{ from = "01:00", to = "01:01" }"#; 5].join(", ");
    check_row(ERA_2021, &ERA_2021.replace("halts = []", &format!("halts = [{five}]")), "5 halts a day; at most 4");
    // An era must not begin while the block of the one before it is still open.
    let (text, _) = edit(ERA_2021, &ERA_2021.replace("\"17:00\"", "\"16:00\""));
    assert!(Calendar::parse(&text).is_ok());
    let early = "from = \"2015-09-21\"\nopens_evening_before = \"17:00\"";
    check_row(early, &early.replace("17:00", "16:10"), "16:10 lies before closes 16:15");
}

#[test]
fn eras_must_begin_with_the_validity_and_be_there() {
    for section in ["hours", "settlement", "price_limits"] {
        let header = format!("[[{section}]]\nfrom = \"2015-01-01\"");
        check(&header, &header.replace("01-01", "01-02"), 0, "it must begin 2015-01-01, valid_from");
        check_text(&without(&format!("[[{section}]]\n")), &format!("the file has no row of {section}"));
    }
    check_text(&without("[[roll_conventions]]\n"), "the file has no row of roll_conventions");
}

/// The shipped file without the tables of a header, which are replaced by an empty list at the top.
fn without(header: &str) -> String {
    let name = header.trim_matches(|letter| "[]\n".contains(letter));
    let tables = Calendar::SHIPPED_FILE.split("\n\n").filter(|part| !part.starts_with(header));
    format!("{name} = []\n{}", tables.collect::<Vec<_>>().join("\n\n"))
}

#[test]
fn price_limits_are_checked() {
    let second = "from = \"2020-10-12\"\nfrom_between = [\"2020-01-01\", \"2020-12-31\"]\novernight_percent = 7\nregular_from = \"08:30\"\nregular_percents = [7, 13, 20]\nlast_hour_from = \"14:25\"\nlast_hour_percent = 20\nafter_close_from = \"15:00\"\nafter_close_percent = 7";
    let changed = |old: &str, new: &str, problem: &str| check_row(second, &second.replace(old, new), problem);
    changed("2020-10-12", "2015-01-01", "must begin after the one before it");
    changed("2020-10-12", "2028-01-01", "by 2027-12-31");
    changed("2020-10-12", "2019-12-31", "from_between 2020-01-01 to 2020-12-31 must hold from 2019-12-31");
    changed("2020-10-12", "2021-01-01", "from_between 2020-01-01 to 2020-12-31 must hold from 2021-01-01");
    changed("2020-01-01", "2015-01-01", "lie after 2015-01-01");
    check(second, &second.replace("[\"2020-01-01\", ", "["), 1, "invalid length 1");
    let first = "from = \"2015-01-01\"\novernight_percent";
    check_row(
        first,
        &first.replace("\nov", "\nfrom_between = [\"2015-01-01\", \"2015-01-02\"]\nov"),
        "the first row changes no limits",
    );
    changed("overnight_percent = 7", "overnight_percent = 0", "limit of 0 percent is not 1 to 99");
    changed("after_close_percent = 7", "after_close_percent = 100", "limit of 100 percent is not 1 to 99");
    changed("[7, 13, 20]", "[7, 130]", "limit of 130 percent");
    changed("[7, 13, 20]", "[7, 20, 13]", "in rising order");
    changed("[7, 13, 20]", "[7, 7]", "in rising order");
    changed("[7, 13, 20]", "[]", "one or more percentages");
    changed("\"08:30\"", "\"00:00\"", "must rise and lie after 00:00");
    changed("\"14:25\"", "\"15:00\"", "must rise");
    changed("\"15:00\"", "\"16:01\"", "by the close at 16:00");
    check(second, &second.replace("[7, 13, 20]", "[7, -13]"), 4, "invalid value: integer `-13`");
    check(second, &second.replace("[7, 13, 20]", "7"), 4, "invalid type: integer `7`");
}

#[test]
fn roll_conventions_are_checked() {
    let second = "from_expiry = \"2022-06\"\nrule = \"monday_before_third_friday\"";
    check_row(second, &second.replace("2022-06", "2022-05"), "2022-05 is not a March, June, September or December");
    check_row(second, &second.replace("2022-06", "1999-06"), "must come after the one before it (1999-06)");
    check(
        second,
        &second.replace("monday_before", "tuesday_before"),
        1,
        "unknown variant `tuesday_before_third_friday`",
    );
    check_row("from_expiry = \"1999-06\"", "from_expiry = \"1999-09\"", "it must begin by 1999-06");
}
