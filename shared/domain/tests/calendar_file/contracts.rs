//! Expiries and products.

use peaktrade_domain::Calendar;

use crate::{check, check_row, edit};

#[test]
fn expiries_are_checked() {
    let june = r#"{ month = "2026-06", last_trade_date = "2026-06-18","#;
    let expiry = |old: &str, new: &str, problem: &str| check(june, &june.replace(old, new), 0, problem);
    expiry("2026-06-18", "2026-06-19", "within the week before the third Friday, 2026-06-19");
    expiry("2026-06-18", "2026-06-14", "not a weekday within the week");
    expiry("2026-06-18", "2026-06-15", "is not 2026-06-18, the last trade date before 2026-06-19");
    // A contract whose third Friday is a trade date ends on it, whatever a row says.
    let regular = june.replace("2026-06\"", "2025-09\"").replace("2026-06-18", "2025-09-18");
    let row =
        format!("{regular} name = \"Early\", source = \"expiry-collision\", confidence = \"reconciled\" }},\n  {june}");
    check(june, &row, 0, "the third Friday 2025-09-19 is a trade date");
    expiry("\"2026-06\"", "\"2026-05\"", "not a March, June, September or December");
    expiry("\"2026-06\"", "\"2029-06\"", "whose third Friday lies in 1999-06-01 to 2028-12-31");
    expiry("\"2026-06\"", "\"2026-6\"", "not a delivery month");
    // Without its override the contract would end on a holiday.
    let (text, _) = edit(
        june,
        &june.replace(
            "month = \"2026-06\", last_trade_date = \"2026-06-18\"",
            "month = \"2026-09\", last_trade_date = \"2026-09-17\"",
        ),
    );
    let error = Calendar::parse(&text).unwrap_err();
    assert!(error.problem.contains("contracts of 2026-06 would end"), "{error}");
    check(
        june,
        &june.replace("2026-06\"", "2027-06\"").replace("06-18", "06-17").replace("2026", "2027"),
        1,
        "month 2027-06 stands twice",
    );
    check("valid_from = \"1999-06-01\"", "valid_from = \"2015-01-02\"", 0, "after the file's valid_from, 2015-01-01");
    check("valid_to = \"2028-12-31\"", "valid_to = \"2027-12-30\"", 0, "before the file's valid_to, 2027-12-31");
    // A last trade time after the close of the day, also on the last day of the file.
    check("last_trade_time = \"08:30\"", "last_trade_time = \"16:00\"", 0, "not open time of trade date 2015-12-18");
    check("last_trade_time = \"08:30\"", "last_trade_time = \"23:59\"", 0, "not open time of trade date 2015-03-20");
}

const MICRO: &str = "root = \"MNQ\"\nfrom = \"2019-05-06\"\nexchange = \"CME\"\ncurrency = \"USD\"\nmultiplier_usd = \"2\"\ntick = \"0.25\"\nspread_tick = \"0.05\"";

#[test]
fn products_are_checked() {
    let product = |old: &str, new: &str, problem: &str| check_row(MICRO, &MICRO.replace(old, new), problem);
    product("\"MNQ\"", "\"NQ\"", "must begin after the root's terms before them (2021-01-01)");
    product("\"2\"", "\"3\"", "is not its multiplier 3.00 over the family's 20.00");
    product("\"2\"", "\"0\"", "multiplier_usd 0.00 must be above 0");
    product("tick = \"0.25\"", "tick = \"-0.25\"", "tick -0.25 must be above 0");
    product("spread_tick = \"0.05\"", "spread_tick = \"0\"", "spread_tick 0 must be above 0");
    product("spread_tick = \"0.05\"", "spread_tick = \"0.1\"", "tick 0.25 must be a multiple of spread_tick 0.1");
    product("2019-05-06", "2028-01-01", "terms of MNQ from 2028-01-01 begin after 2027-12-31");
    product("2019-05-06", "1999-06-18", "family NQ of MNQ is not listed on 1999-06-18");
    product("\"CME\"", "\" \"", "exchange is empty");
    product("\"USD\"", r#""US\u0000D""#, "currency holds a control character");
    check(MICRO, &MICRO.replace("\"MNQ\"", "\"mnq\""), 0, "is not 1 to 8 upper-case letters");
    check(MICRO, &MICRO.replace("\"2\"", "\"two\""), 4, "not a decimal number of US dollars");
}

#[test]
fn families_are_checked() {
    let tail = "multiplier_usd = \"0.5\"\ntick = \"1\"\nspread_tick = \"1\"\nfamily = \"YM\"\nfamily_weight = [1, 10]";
    let family = |old: &str, new: &str, problem: &str| check(tail, &tail.replace(old, new), -5, problem);
    family("\"YM\"", "\"GC\"", "family GC of MYM is no root of the file");
    family("\"YM\"", "\"MES\"", "family MES of MYM is itself of family ES");
    family("[1, 10]", "[1, 0]", "family_weight [1, 0] of MYM");
    family("[1, 10]", "[10, 1]", "family_weight [10, 1] of MYM");
    // Money is booked by one multiplier per root.
    let later = "from = \"2021-01-01\"\nexchange = \"CME\"\ncurrency = \"USD\"\nmultiplier_usd = \"20\"";
    let (text, _) = edit(later, &later.replace("\"20\"", "\"40\""));
    let error = Calendar::parse(&text).unwrap_err();
    let problem =
        "terms of NQ from 2021-01-01 change multiplier, tick or currency, which must stay 20.00, 0.25 and USD";
    assert!(error.problem.contains(problem), "{error}");
}
