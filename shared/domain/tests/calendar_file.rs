//! What a calendar file may say: each case changes one place of the shipped file.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{Calendar, RollPolicy, Sha256, TradeDate, UnixNanos};

const MLK_2025: &str = r#"  { date = "2025-01-20", kind = "halt", at = "12:00","#;
const ERA_2021: &str = "from = \"2021-06-28\"\nopens_evening_before = \"17:00\"\ncloses = \"16:00\"\nhalts = []\nrth = { from = \"08:30\", to = \"15:00\" }";

/// The shipped file with one text, which must stand in it exactly once, replaced; and the line it stands on.
fn edit(old: &str, new: &str) -> (String, usize) {
    let file = Calendar::SHIPPED_FILE;
    assert_eq!(file.matches(old).count(), 1, "{old:?} must stand once in the shipped file");
    let line = file[..file.find(old).unwrap()].matches('\n').count() + 1;
    (file.replace(old, new), line)
}

/// An edit that must be refused, `lines_after` lines below the place edited, for a reason that holds `problem`.
fn check(old: &str, new: &str, lines_after: usize, problem: &str) {
    let (text, line) = edit(old, new);
    let error = Calendar::parse(&text).expect_err(problem);
    assert!(error.problem.contains(problem), "{old:?} to {new:?}: {error}");
    assert_eq!(error.line, line + lines_after, "{old:?} to {new:?}: {error}");
}

/// As [`check`], for a row whose first key is edited: the error names its header, one line above.
fn check_row(old: &str, new: &str, problem: &str) {
    check_table(old, new, 1, problem);
}

/// As [`check`], for a place some lines below the header that the error names.
fn check_table(old: &str, new: &str, lines_below_header: usize, problem: &str) {
    let (text, line) = edit(old, new);
    let error = Calendar::parse(&text).expect_err(problem);
    assert!(error.problem.contains(problem), "{old:?} to {new:?}: {error}");
    assert_eq!(error.line, line - lines_below_header, "{old:?} to {new:?}: {error}");
}

#[test]
fn the_shipped_file_is_what_it_says() {
    let calendar = Calendar::shipped();
    assert_eq!(calendar.version(), "2026.11.2");
    assert_eq!(
        (calendar.valid_from().to_string(), calendar.valid_to().to_string()),
        ("2015-01-01".into(), "2027-12-31".into())
    );
    assert_eq!(calendar.sha256(), Sha256::of(Calendar::SHIPPED_FILE.as_bytes()));
    assert_eq!(calendar.sources().len(), Calendar::SHIPPED_FILE.matches("[[sources]]").count());
    // Root, dollars a point, tick, spread tick, family, weight, first trade date.
    let expected = "ES 50.00 0.25 0.05 ES 1/1 1997-09-09\n\
                    M2K 5.00 0.1 0.05 RTY 1/10 2019-05-06\n\
                    MES 5.00 0.25 0.05 ES 1/10 2019-05-06\n\
                    MNQ 2.00 0.25 0.05 NQ 1/10 2019-05-06\n\
                    MYM 0.50 1 1 YM 1/10 2019-05-06\n\
                    NQ 20.00 0.25 0.05 NQ 1/1 1999-06-21\n\
                    RTY 50.00 0.1 0.05 RTY 1/1 2017-07-10\n\
                    YM 5.00 1 1 YM 1/1 2002-04-05";
    let rows: Vec<String> = calendar
        .specs()
        .iter()
        .map(|spec| {
            let (numerator, denominator) = spec.family_weight;
            format!(
                "{} {} {} {} {} {numerator}/{denominator} {}",
                spec.root, spec.multiplier, spec.tick, spec.spread_tick, spec.family, spec.first_trade_date
            )
        })
        .collect();
    assert_eq!(rows.join("\n"), expected);
    let unknown = calendar.spec("GC".parse().unwrap()).unwrap_err().to_string();
    assert!(unknown.contains("ES, M2K, MES, MNQ, MYM, NQ, RTY, YM"), "{unknown}");
}

#[test]
fn the_form_of_the_file_is_checked() {
    check("schema = 2", "schema = 1", 0, "it reads 2");
    check("version = \"2026.11.2\"", "version = \" \"", 0, "is empty");
    check("zone = \"America/Chicago\"", "zone = \"America/Chikago\"", 0, "not an IANA time zone");
    check("zone = \"America/Chicago\"", "zone = \"America/Chicago", 0, "");
    check("valid_to = \"2027-12-31\"", "valid_until = \"2027-12-31\"", 0, "unknown field `valid_until`");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2027-12-31\"\nvalid_to = \"2027-12-31\"", 1, "duplicate key");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2014-12-31\"", 0, "not on or after valid_from");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2127-12-31\"", 0, "within 21960 days");
    check("valid_to = \"2027-12-31\"", "valid_to = \"2027-12-32\"", 0, "not ISO 8601");
    check("valid_to = \"2027-12-31\"", "valid_to = 2027", 0, "expected a string");
    check("last_trade_time = \"08:30\"", "last_trade_time = \"8:30\"", 0, "not a time of day");
    check("last_trade_time = \"08:30\"", "last_trade_time = \"24:00\"", 0, "not a time of day");
    check_row("id = \"hours-2015\"", "id = \"cme-hours-2012\"", "stands twice");
    // A zone whose clock change skips a midnight: a day of it has no beginning.
    let (text, _) = edit("America/Chicago", "America/Sao_Paulo");
    let error = Calendar::parse(&text).unwrap_err();
    assert_eq!(error.problem, "2015-10-18 00:00:00 does not happen in America/Sao_Paulo");
    let error = Calendar::parse("").unwrap_err();
    assert!(error.problem.contains("missing field"), "{error}");
    let error = Calendar::parse(&format!("{}#{}", Calendar::SHIPPED_FILE, "x".repeat(1 << 20))).unwrap_err();
    assert!(error.problem.contains("at most 1048576"), "{error}");
}

#[test]
fn exceptions_are_checked() {
    let row = |text: &str| MLK_2025.replace("date = \"2025-01-20\", kind = \"halt\", at = \"12:00\",", text);
    let changed = |text: &str, problem: &str| check(MLK_2025, &row(text), 0, problem);
    changed(r#"date = "2025-01-09", kind = "halt", at = "12:00","#, "2025-01-09 stands twice");
    changed(r#"date = "2025-01-08", kind = "halt", at = "12:00","#, "2025-01-08 stands after 2025-01-09");
    changed(r#"date = "2028-01-20", kind = "halt", at = "12:00","#, "outside the validity, 2015-01-01 to 2027-12-31");
    changed(r#"date = "2025-01-19", kind = "halt", at = "12:00","#, "Saturday or Sunday");
    changed(r#"date = "2025-02-30", kind = "halt", at = "12:00","#, "not ISO 8601");
    changed(r#"date = "2025-01-20", kind = "halt", at = "16:00","#, "after 00:00 and before 16:00");
    changed(r#"date = "2025-01-20", kind = "halt", at = "00:00","#, "after 00:00 and before 16:00");
    changed(r#"date = "2025-01-20", kind = "halt","#, "needs at and no settlement");
    changed(r#"date = "2025-01-20", kind = "halt", at = "12:00", settlement = "12:00","#, "needs at and no settlement");
    changed(r#"date = "2025-01-20", kind = "closed", at = "12:00","#, "needs neither at nor settlement");
    changed(r#"date = "2025-01-20", kind = "early_close", at = "12:15","#, "needs at and settlement");
    changed(
        r#"date = "2025-01-20", kind = "early_close", at = "12:15", settlement = "12:30","#,
        "after the early close",
    );
    changed(r#"date = "2025-01-20", kind = "late_open", at = "12:15","#, "unknown variant `late_open`");
    changed(r#"date = "2025-01-20", kind = "halt", at = "12:00", note = "x","#, "unknown field `note`");
    let halt_2021 = r#"date = "2020-01-20", kind = "halt", at = "12:00""#;
    check(halt_2021, &halt_2021.replace("12:00", "15:20"), 0, "open hours of its day");
    let tail =
        |text: &str| format!(r#"{MLK_2025} name = "{text}, source = "public-calendars", confidence = "reconciled" }}"#);
    let shipped_tail = tail("Martin Luther King Jr. Day\"");
    check(&shipped_tail, &tail(" \""), 0, "the reason is required");
    check(&shipped_tail, &shipped_tail.replace("public-calendars", "hearsay"), 0, "source \"hearsay\" is not one of");
    check(&shipped_tail, &shipped_tail.replace("\"reconciled\"", "\"sure\""), 0, "unknown variant `sure`");
}

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
fn outages_expiries_and_products_are_checked() {
    let outage = r#"to = "2025-11-28T13:30:00Z""#;
    check_table(outage, r#"to = "2025-11-28T03:00:00Z""#, 2, "must end after it begins");
    check_table(outage, r#"to = "2028-01-28T13:30:00Z""#, 2, "within 2015-01-01 to 2027-12-31");
    check(outage, r#"to = "2025-11-28 13:30""#, 0, "not RFC 3339");

    let june = r#"{ month = "2026-06", last_trade_date = "2026-06-18","#;
    let expiry = |old: &str, new: &str, problem: &str| check(june, &june.replace(old, new), 0, problem);
    expiry("2026-06-18", "2026-06-19", "within the week before the third Friday, 2026-06-19");
    expiry("2026-06-18", "2026-06-14", "not a weekday within the week");
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

    let micro = "root = \"MNQ\"\nfrom = \"2019-05-06\"\nexchange = \"CME\"\ncurrency = \"USD\"\nmultiplier_usd = \"2\"\ntick = \"0.25\"\nspread_tick = \"0.05\"";
    let product = |old: &str, new: &str, problem: &str| check_row(micro, &micro.replace(old, new), problem);
    product("\"MNQ\"", "\"NQ\"", "must begin after the root's terms before them (2021-01-01)");
    product("\"2\"", "\"3\"", "is not its multiplier 3.00 over the family's 20.00");
    product("\"2\"", "\"0\"", "must be above 0");
    check(micro, &micro.replace("\"MNQ\"", "\"mnq\""), 0, "is not 1 to 8 upper-case letters");
    check(micro, &micro.replace("\"2\"", "\"two\""), 4, "not a decimal number of US dollars");
    product("tick = \"0.25\"", "tick = \"-0.25\"", "tick -0.25 must be above 0");
}

#[test]
fn no_open_time_may_belong_to_a_date_outside() {
    // A file may end on a closed day, but not with a halted day, whose open hours belong to a later trade date.
    let end_with = |date: &str| edit("valid_to = \"2027-12-31\"", &format!("valid_to = \"{date}\"")).0;
    let drop_after = |text: &str, last: &str| {
        let is_kept =
            |line: &&str| !line.trim_start().strip_prefix("{ date = \"").is_some_and(|rest| &rest[..10] > last);
        text.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
    };
    let ending = |date: &str| Calendar::parse(&drop_after(&end_with(date), date));
    let error = ending("2027-11-25").unwrap_err();
    assert!(error.problem.contains("for a trade date after valid_to 2027-11-25"), "{error}");
    assert_eq!(error.line, Calendar::SHIPPED_FILE.lines().position(|line| line.starts_with("valid_to")).unwrap() + 1);
    for (date, last_known) in [
        ("2027-12-24", "2027-12-24T22:00:00Z"),
        ("2027-12-25", "2027-12-25T22:00:00Z"),
        ("2027-12-26", "2027-12-26T22:00:00Z"),
        ("2027-12-27", "2027-12-27T22:00:00Z"),
        ("2027-11-26", "2027-11-26T22:00:00Z"),
    ] {
        let calendar = ending(date).unwrap();
        let last_known: UnixNanos = last_known.parse().unwrap();
        assert_eq!(calendar.is_open(last_known), Ok(false), "{date}");
        let after = last_known.checked_add_nanos(1).unwrap();
        assert!(calendar.is_open(after).is_err(), "{date}");
        assert_eq!(calendar.session_on_or_before(calendar.valid_to()).unwrap().close() <= last_known, true, "{date}");
    }
}

#[test]
fn a_roll_monday_that_is_no_trade_date_moves_to_the_next_one() {
    let next = r#"  { date = "2025-04-18", kind = "closed""#;
    let row = r#"  { date = "2025-03-17", kind = "halt", at = "12:00", name = "A holiday", source = "public-calendars", confidence = "exchange" },"#;
    let (text, _) = edit(next, &format!("{row}\n{next}"));
    let calendar = Calendar::parse(&text).unwrap();
    let (from, to): (TradeDate, TradeDate) = ("2025-03-18".parse().unwrap(), "2025-03-18".parse().unwrap());
    let rolls = RollPolicy::STANDARD.schedule(&calendar, "NQ".parse().unwrap(), from, to).unwrap();
    assert_eq!(rolls.len(), 1);
    assert_eq!((rolls[0].trade_date, rolls[0].roll_ts.to_string()), (from, "2025-03-16T22:00:00Z".to_owned()));
    assert_ne!(calendar.sha256(), Calendar::shipped().sha256());
}
