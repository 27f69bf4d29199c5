//! Margins and fees.

use crate::check;

#[test]
fn margins_are_checked() {
    let row = r#"{ root = "NQ", from = "2022-01-21", initial_usd = "16500", maintenance_usd = "15000","#;
    let changed = |old: &str, new: &str, problem: &str| check(row, &row.replace(old, new), 0, problem);
    changed("\"NQ\"", "\"GC\"", "margin root GC is no product of the file");
    changed("2022-01-21", "2022-01-07", "must begin after the root's row before it (2022-01-07)");
    changed("2022-01-21", "2028-01-03", "outside the product's life, 1999-06-21 to 2027-12-31");
    changed("\"16500\"", "\"14999\"", "maintenance_usd 15000.00 lies above initial_usd 14999.00");
    changed("\"15000\"", "\"0\"", "must be above 0");
    changed("\"15000\"", "\"-15000\"", "must be above 0");
    changed("\"15000\",", "\"15000\", day_usd = \"0\",", "must be above 0");
    changed("\"15000\",", "\"15000\", day_usd = \"16501\",", "day_usd 16501.00 lies above initial_usd 16500.00");
    changed("\"15000\"", "\"15000.0000001\"", "at most 6 decimals");
    changed("\"15000\"", "15000", "invalid type: integer `15000`, expected a string");
    changed("maintenance_usd", "maintenance", "unknown field `maintenance`");
    let micro = r#"{ root = "MNQ", from = "2019-05-06", initial_usd = "836","#;
    check(micro, &micro.replace("05-06", "05-03"), 0, "outside the product's life, 2019-05-06 to");
}

#[test]
fn fees_are_checked() {
    let row = r#"{ root = "MNQ", from = "2019-05-06", exchange_usd = "0.30", nfa_usd = "0.02", source = "lean-fees","#;
    let changed = |old: &str, new: &str, problem: &str| check(row, &row.replace(old, new), 0, problem);
    changed("\"MNQ\"", "\"GC\"", "fee root GC is no product of the file");
    changed("2019-05-06", "2019-05-05", "fee of MNQ from 2019-05-05 lies outside the product's life");
    changed("\"0.30\"", "\"-0.01\"", "must not lie below 0");
    changed("\"0.02\"", "\"-0.02\"", "must not lie below 0");
    changed("\"0.02\"", "\"0,02\"", "not a decimal number of US dollars");
    changed("lean-fees", "hearsay", "source \"hearsay\" is not one of the file's sources");
    changed("nfa_usd = \"0.02\", ", "", "missing field `nfa_usd`");
    let second = r#"{ root = "NQ", from = "2015-01-01", exchange_usd = "1.28","#;
    check(
        second,
        &second.replace("2015-01-01", "1999-06-21"),
        0,
        "must begin after the root's row before it (1999-06-21)",
    );
}
