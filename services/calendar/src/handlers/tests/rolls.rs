use peaktrade_domain::Calendar;
use peaktrade_wire::calendar::v1::{
    GetActiveContractRequest, GetActiveContractResponse, GetRollScheduleRequest, GetRollScheduleResponse, RollRule,
    TableRoll,
};
use tonic::{Code, Status};

use super::{at, check_refusal};
use crate::handlers::rolls;

fn schedule(root: &str, from: &str, to: &str, rule: Option<RollRule>) -> Result<GetRollScheduleResponse, Status> {
    let request = GetRollScheduleRequest { root: root.into(), from: from.into(), to: to.into(), rule };
    rolls::get_roll_schedule(&Calendar::shipped(), &request)
}

fn active(root: &str, time: &str, depth: u32, rule: Option<RollRule>) -> Result<GetActiveContractResponse, Status> {
    let request = GetActiveContractRequest { root: root.into(), time: Some(at(time)), rule, depth };
    rolls::get_active_contract(&Calendar::shipped(), &request)
}

fn rule(trigger: &str, trade_dates_before: u32, instant: &str) -> Option<RollRule> {
    Some(RollRule { trigger: trigger.into(), trade_dates_before, instant: instant.into(), table: Vec::new() })
}

fn row(from: &str, to: &str, time: &str) -> TableRoll {
    TableRoll { from_symbol: from.into(), to_symbol: to.into(), roll_time: Some(at(time)) }
}

fn table(rows: &[TableRoll]) -> Option<RollRule> {
    Some(RollRule { trigger: "table".into(), table: rows.to_vec(), ..Default::default() })
}

#[test]
fn rolls_are_scheduled_under_the_default_policy() {
    let answer = schedule("NQ", "2026-01-02", "2026-12-31", None).unwrap();
    assert_eq!(answer.policy, "monday_before_third_friday@trade_date_open/last_common/60");
    let rolls: Vec<_> =
        answer.rolls.iter().map(|roll| [&*roll.from_symbol, &*roll.to_symbol, &*roll.trade_date]).collect();
    assert_eq!(
        rolls,
        [
            ["NQH2026", "NQM2026", "2026-03-16"],
            ["NQM2026", "NQU2026", "2026-06-15"],
            ["NQU2026", "NQZ2026", "2026-09-14"],
            ["NQZ2026", "NQH2027", "2026-12-14"],
        ]
    );
    assert_eq!(answer.rolls[0].roll_time, Some(at("2026-03-15T22:00:00Z")));
    assert!(answer.rolls[0].explanation.contains("2026-03-20"), "{}", answer.rolls[0].explanation);
    assert_eq!(answer.warnings, Vec::<String>::new());
    let projected = schedule("NQ", "2027-06-01", "2027-06-30", None).unwrap();
    assert_eq!(projected.warnings, ["the last trade date of NQM2027 is projected"]);

    check_refusal(schedule("NQ", "2026-12-31", "2026-01-02", None), Code::InvalidArgument, "to: the range from");
    check_refusal(schedule("NQ", "2026-01-02", "2028-01-02", None), Code::OutOfRange, "to: 2028-01-02");
    check_refusal(
        schedule("CL", "2026-01-02", "2026-12-31", None),
        Code::NotFound,
        "root: root CL has no specification",
    );
}

#[test]
fn a_rule_decides_the_day_and_the_instant() {
    for (rule, policy, trade_date, time) in [
        (rule("", 0, ""), "monday_before_third_friday@trade_date_open", "2026-06-15", "2026-06-14T22:00:00Z"),
        (rule("", 0, "10:00"), "monday_before_third_friday@10:00", "2026-06-15", "2026-06-15T15:00:00Z"),
        (rule("cme_lead", 0, "session_close"), "cme_lead@session_close", "2026-06-15", "2026-06-15T21:00:00Z"),
        (rule("last_trade_day", 0, ""), "last_trade_day@trade_date_open", "2026-06-18", "2026-06-17T22:00:00Z"),
        // The last trade date is a Thursday; the fourth trade date before it is the Friday of the week before.
        (
            rule("n_trade_dates_before", 4, "local_midnight"),
            "n_trade_dates_before:4@local_midnight",
            "2026-06-12",
            "2026-06-12T05:00:00Z",
        ),
        (rule("first_day_of_month", 0, ""), "first_day_of_month@trade_date_open", "2026-06-01", "2026-05-31T22:00:00Z"),
    ] {
        let answer = schedule("NQ", "2026-05-20", "2026-06-30", rule).unwrap();
        assert_eq!(answer.policy, format!("{policy}/last_common/60"));
        let rolls: Vec<_> = answer.rolls.iter().map(|roll| (roll.trade_date.as_str(), roll.roll_time)).collect();
        assert_eq!(rolls, [(trade_date, Some(at(time)))], "{policy}");
    }
    let rows = [row("NQH2026", "NQM2026", "2026-03-12T15:00:00Z"), row("NQM2026", "NQU2026", "2026-06-11T15:00:00Z")];
    let answer = schedule("NQ", "2026-06-01", "2026-06-30", table(&rows)).unwrap();
    assert_eq!((answer.policy.as_str(), answer.rolls.len()), ("table", 1));
    assert_eq!((&*answer.rolls[0].from_symbol, &*answer.rolls[0].trade_date), ("NQM2026", "2026-06-11"));
}

#[test]
fn a_rule_that_is_none_is_refused_by_its_field() {
    let check = |rule: Option<RollRule>, code: Code, message: &str| {
        check_refusal(schedule("NQ", "2026-01-02", "2026-12-31", rule.clone()), code, message);
        check_refusal(active("NQ", "2026-05-20T15:00:00Z", 0, rule), code, message);
    };
    let invalid = Code::InvalidArgument;
    check(
        rule("volume", 0, ""),
        invalid,
        "rule.trigger: \"volume\" reads what was traded, which the calendar does not have; BuildContinuous takes it",
    );
    check(rule("n_trade_dates_before:61", 0, ""), invalid, "rule.trigger: ");
    check(rule("n_trade_dates_before", 0, ""), invalid, "rule.trade_dates_before: 0 is not 1 to 60");
    check(rule("n_trade_dates_before", 61, ""), invalid, "rule.trade_dates_before: 61 is not 1 to 60");
    check(rule("n_trade_dates_before", 257, ""), invalid, "rule.trade_dates_before: 257 is not 1 to 60");
    check(rule("cme_lead", 3, ""), invalid, "rule.trade_dates_before: is given, but");
    check(rule("", 3, ""), invalid, "rule.trade_dates_before: is given, but");
    check(rule("cme_lead", 0, "noon"), invalid, "rule.instant: ");
    check(rule("last_trade_day", 0, "session_close"), invalid, "");
    check(table(&[]), invalid, "rule.table: ");
    let good = row("NQH2026", "NQM2026", "2026-03-12T15:00:00Z");
    let mut with_instant = table(std::slice::from_ref(&good)).unwrap();
    with_instant.instant = "10:00".into();
    check(Some(with_instant), invalid, "rule.instant: is given, but");
    let mut untitled = table(std::slice::from_ref(&good)).unwrap();
    untitled.trigger = String::new();
    check(Some(untitled), invalid, "rule.table: rows are given, but");
    let vendor = TableRoll { from_symbol: "NQH6".into(), ..good.clone() };
    check(table(&[vendor]), invalid, "rule.table[0].from_symbol: ");
    let timeless = TableRoll { roll_time: None, ..good.clone() };
    check(table(&[timeless]), invalid, "rule.table[0].roll_time: missing");
    let hole = row("NQU2026", "NQZ2026", "2026-09-10T15:00:00Z");
    check(table(&[good, hole]), invalid, "rule.table[1]: leads out of NQU2026");
    check(table(&[row("NQH2026", "NQM2026", "2026-03-23T15:00:00Z")]), invalid, "rule.table[0]: ");
    check(table(&[row("MNQH2026", "MNQM2026", "2026-03-12T15:00:00Z")]), invalid, "rule.table: is of root MNQ");
    check(table(&[row("NQH2029", "NQM2029", "2029-03-12T15:00:00Z")]), Code::OutOfRange, "rule.table[0]: ");
}

#[test]
fn the_active_contract_changes_at_the_very_instant_of_its_roll() {
    for (time, depth, symbol) in [
        ("2026-06-14T21:59:59Z", 0, "NQM2026"),
        ("2026-06-14T22:00:00Z", 0, "NQU2026"),
        ("2026-06-14T22:00:00Z", 1, "NQZ2026"),
        ("2026-06-14T22:00:00Z", 8, "NQU2028"),
    ] {
        assert_eq!(active("NQ", time, depth, None).unwrap().symbol, symbol, "{time} {depth}");
    }
    let answer = active("NQ", "2026-05-20T15:00:00Z", 0, None).unwrap();
    let [last, next] = [answer.last_roll, answer.next_roll].map(Option::unwrap);
    assert_eq!([&*last.to_symbol, &*next.from_symbol], ["NQM2026", "NQM2026"]);
    assert_eq!([&*last.trade_date, &*next.trade_date], ["2026-03-16", "2026-06-15"]);
    let explanation = &answer.explanation;
    assert!(explanation.starts_with("NQM2026 is the front contract at 2026-05-20T15:00:00Z. "), "{explanation}");
    assert!(explanation.contains(&last.explanation) && explanation.contains(&next.explanation), "{explanation}");

    let later = active("NQ", "2026-05-20T15:00:00Z", 8, None).unwrap().explanation;
    assert!(later.starts_with("NQM2028 is number 8 after the front contract by count of quarters, whether"), "{later}");

    let rows = table(&[row("NQH2026", "NQM2026", "2026-03-12T15:00:00Z")]);
    let answer = active("NQ", "2026-05-20T15:00:00Z", 0, rows).unwrap();
    assert_eq!((answer.symbol.as_str(), answer.next_roll), ("NQM2026", None));
}

#[test]
fn an_active_contract_warns_of_the_rows_of_its_day_and_its_rolls() {
    let warned = |time: &str| active("NQ", time, 0, None).unwrap().warnings;
    assert_eq!(warned("2026-05-20T15:00:00Z"), Vec::<String>::new());
    assert_eq!(
        warned("2027-04-20T15:00:00Z"),
        ["the last trade date of NQH2027 is projected", "the last trade date of NQM2027 is projected"]
    );
    assert_eq!(warned("2027-01-18T15:00:00Z")[0], "2027-01-18 Martin Luther King Jr. Day: the row is projected");
}

#[test]
fn an_active_contract_that_is_none_is_refused() {
    let good = "2026-05-20T15:00:00Z";
    check_refusal(active("GC", good, 0, None), Code::NotFound, "root: ");
    check_refusal(active("nq", good, 0, None), Code::InvalidArgument, "root: ");
    check_refusal(active("NQ", good, 9, None), Code::InvalidArgument, "depth: 9 is not 0 to 8");
    check_refusal(active("NQ", "2028-05-20T15:00:00Z", 0, None), Code::OutOfRange, "time: ");
    check_refusal(active("MNQ", "2019-05-03T15:00:00Z", 0, None), Code::NotFound, "time: ");
    let request = GetActiveContractRequest { root: "NQ".into(), ..Default::default() };
    let answer = rolls::get_active_contract(&Calendar::shipped(), &request);
    check_refusal(answer, Code::InvalidArgument, "time: missing");
}

#[test]
fn a_counted_roll_warns_of_the_days_it_was_counted_over() {
    let answer = schedule("NQ", "2027-05-03", "2027-06-30", rule("n_trade_dates_before", 20, "")).unwrap();
    assert_eq!(answer.rolls.len(), 1);
    let holiday = "2027-05-31 Memorial Day: the row is projected";
    assert!(answer.rolls[0].trade_date.as_str() < "2027-05-31", "{:?}", answer.rolls);
    assert!(answer.warnings.iter().any(|warning| warning == holiday), "{:?}", answer.warnings);
    // The Monday rule counts over nothing.
    let monday = schedule("NQ", "2027-05-03", "2027-06-30", None).unwrap();
    assert!(!monday.warnings.iter().any(|warning| warning == holiday), "{:?}", monday.warnings);
}

#[test]
fn a_lead_month_by_an_unconfirmed_convention_warns() {
    let (head, conventions) = Calendar::SHIPPED_FILE.split_once("[[roll_conventions]]").unwrap();
    let (rows, tail) = conventions.split_once("# -----").unwrap();
    let doubted: Vec<String> = rows
        .lines()
        .map(|line| if line.starts_with("confidence") { "confidence = \"unverified\"".into() } else { line.into() })
        .collect();
    let text = format!("{head}[[roll_conventions]]{}\n# -----{tail}", doubted.join("\n"));
    let calendar = Calendar::parse(&text).unwrap();
    let warned = |trigger: &str| {
        let (from, to) = ("2026-03-02".into(), "2026-03-31".into());
        let request = GetRollScheduleRequest { root: "NQ".into(), from, to, rule: rule(trigger, 0, "") };
        rolls::get_roll_schedule(&calendar, &request).unwrap().warnings
    };
    assert_eq!(warned("cme_lead"), ["the lead-month rule of NQH2026 is unverified"]);
    assert_eq!(warned(""), Vec::<String>::new());
}
