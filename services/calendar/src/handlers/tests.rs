use peaktrade_domain::{Calendar, Sha256};
use peaktrade_wire::calendar::v1::{
    GetCalendarFileRequest, GetContractRequest, GetMarketStateRequest, GetNthTradeDateRequest, GetRollScheduleRequest,
    GetSessionRequest, ListContractsRequest, ListSessionsRequest, ParseSymbolRequest, ResolveTradeDateRequest, Segment,
};
use peaktrade_wire::timestamp;
use tonic::{Code, Status};

use super::{contracts, identity, rolls, sessions};
use crate::CalendarFile;

/// A refusal must have the code and name the field first.
fn check_refusal<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, message: &str) {
    let status = answer.expect_err(message);
    assert_eq!(status.code(), code, "{}", status.message());
    assert!(status.message().starts_with(message), "{:?} does not begin with {message:?}", status.message());
}

fn time(text: &str) -> peaktrade_domain::UnixNanos {
    text.parse().unwrap()
}

#[test]
fn the_file_in_force_is_named_and_handed_out_by_hash() {
    let file = CalendarFile::load(None).unwrap();
    let of_shipped = Sha256::of(Calendar::SHIPPED_FILE.as_bytes()).to_string();
    let identity = identity::get_calendar_info(file.calendar());
    assert_eq!((identity.sha256.as_str(), identity.version.as_str()), (of_shipped.as_str(), "2026.11.1"));
    assert_eq!((identity.valid_from.as_str(), identity.valid_to.as_str()), ("2015-01-02", "2027-12-31"));
    assert_eq!(identity.roots, ["ES", "M2K", "MES", "MNQ", "MYM", "NQ", "RTY", "YM"]);
    assert!(!identity.sources.is_empty());

    let get = |sha256: &str| identity::get_calendar_file(&file, &GetCalendarFileRequest { sha256: sha256.to_owned() });
    for asked in ["", of_shipped.as_str()] {
        let answer = get(asked).unwrap();
        assert_eq!(answer.content, Calendar::SHIPPED_FILE.as_bytes());
        assert_eq!(answer.sha256, of_shipped);
    }
    check_refusal(get(&"0".repeat(64)), Code::NotFound, "sha256: calendar 0000");
    check_refusal(get("latest"), Code::InvalidArgument, "sha256: digest \"latest\"");
}

#[test]
fn a_contract_has_its_terms_its_end_and_its_roll() {
    let get = |symbol: &str| {
        contracts::get_contract(
            &Calendar::shipped(),
            &GetContractRequest { symbol: symbol.to_owned(), on: String::new() },
        )
    };
    let contract = get("NQM2026").unwrap().contract.unwrap();
    assert_eq!(
        (
            contract.symbol,
            contract.root,
            contract.multiplier_usd,
            contract.tick,
            contract.spread_tick,
            contract.currency
        ),
        ("NQM2026".into(), "NQ".into(), "20.00".into(), "0.25".into(), "0.05".into(), "USD".into())
    );
    // The third Friday is a holiday: trading ends on the Thursday, the roll stays on the Monday.
    assert_eq!((contract.last_trade_date.as_str(), contract.roll_trade_date.as_str()), ("2026-06-18", "2026-06-15"));
    assert_eq!(contract.last_trade_time, Some(timestamp(time("2026-06-18T13:30:00Z"))));

    for symbol in ["", "NQ", "NQM6", "NQ1!", "nqm2026"] {
        check_refusal(get(symbol), Code::InvalidArgument, "symbol: ");
    }
    for symbol in ["GCZ2026", "NQF2026", "MNQH2019"] {
        check_refusal(get(symbol), Code::NotFound, "symbol: ");
    }
    for symbol in ["NQZ2014", "NQH2028"] {
        check_refusal(get(symbol), Code::OutOfRange, "symbol: ");
    }
}

#[test]
fn contracts_are_listed_by_their_last_trade_date() {
    let list = |root: &str, from: &str, to: &str| {
        let request = ListContractsRequest { root: root.into(), from: from.into(), to: to.into() };
        contracts::list_contracts(&Calendar::shipped(), &request)
    };
    let symbols = |root: &str, from: &str, to: &str| {
        let contracts = list(root, from, to).unwrap().contracts;
        contracts.into_iter().map(|contract| contract.symbol).collect::<Vec<_>>()
    };
    assert_eq!(symbols("NQ", "2026-03-20", "2026-06-18"), ["NQH2026", "NQM2026"]);
    assert_eq!(symbols("MNQ", "2015-01-02", "2019-09-20"), ["MNQM2019", "MNQU2019"]);
    assert!(symbols("NQ", "2026-03-21", "2026-06-17").is_empty());
    check_refusal(list("nq", "2026-03-20", "2026-06-18"), Code::InvalidArgument, "root: ");
    check_refusal(list("GC", "2026-03-20", "2026-06-18"), Code::NotFound, "root: ");
    check_refusal(list("NQ", "2026-3-20", "2026-06-18"), Code::InvalidArgument, "from: ");
    check_refusal(list("NQ", "2026-03-20", ""), Code::InvalidArgument, "to: ");
    check_refusal(list("NQ", "2026-06-18", "2026-03-20"), Code::InvalidArgument, "to: the range from");
    check_refusal(list("NQ", "2015-01-01", "2026-03-20"), Code::OutOfRange, "from: 2015-01-01");
    check_refusal(list("NQ", "2015-01-02", "2028-01-01"), Code::OutOfRange, "to: 2028-01-01");
}

#[test]
fn spellings_resolve_against_their_reference_date() {
    let parse = |text: &str, reference_date: &str| {
        let request = ParseSymbolRequest { text: text.into(), reference_date: reference_date.into() };
        contracts::parse_symbol(&Calendar::shipped(), &request).map(|answer| answer.symbol)
    };
    assert_eq!(parse("NQ 03-26", "2026-01-15").unwrap(), "NQH2026");
    assert_eq!(parse("NQZ0", "2026-01-15").unwrap(), "NQZ2030");
    check_refusal(parse("NQ 03-26", ""), Code::InvalidArgument, "reference_date: ");
    check_refusal(parse("NQ1!", "2026-01-15"), Code::InvalidArgument, "text: symbol \"NQ1!\" is a continuous ticker");
    check_refusal(parse("NQH6-NQM6", "2026-01-15"), Code::InvalidArgument, "text: symbol \"NQH6-NQM6\" is a spread");
    check_refusal(parse("Nasdaq", "2026-01-15"), Code::InvalidArgument, "text: symbol \"Nasdaq\" is none of");
    check_refusal(parse("NQH99", "2026-01-15"), Code::InvalidArgument, "text: symbol \"NQH99\" has no year within");
    check_refusal(parse("GCZ5", "2026-01-15"), Code::NotFound, "text: root GC");
    check_refusal(parse("NQF26", "2026-01-15"), Code::NotFound, "text: contract NQF2026 is not listed");
    check_refusal(parse("NQH4", "2014-03-20"), Code::OutOfRange, "text: ");
}

#[test]
fn sessions_are_listed_with_their_segments() {
    let list = |root: &str, from: &str, to: &str| {
        let request = ListSessionsRequest { root: root.into(), from: from.into(), to: to.into(), hours: 0 };
        sessions::list_sessions(&Calendar::shipped(), &request).map(|answer| answer.sessions)
    };
    // A Friday, the holiday that is no trade date, and the Tuesday that holds its open hours.
    let listed = list("NQ", "2025-01-17", "2025-01-21").unwrap();
    let days: Vec<_> = listed.iter().map(|session| (session.trade_date.as_str(), session.minutes)).collect();
    assert_eq!(days, [("2025-01-17", 1380), ("2025-01-21", 1140 + 1380)]);
    let segment =
        |open: &str, close: &str| Segment { open: Some(timestamp(time(open))), close: Some(timestamp(time(close))) };
    assert_eq!(
        listed[1].segments,
        [
            segment("2025-01-19T23:00:00Z", "2025-01-20T18:00:00Z"),
            segment("2025-01-20T23:00:00Z", "2025-01-21T22:00:00Z"),
        ]
    );
    assert_eq!((listed[1].note.as_str(), listed[1].is_projected), ("Martin Luther King Jr. Day", false));
    assert_eq!(listed[1].settlement_time, Some(timestamp(time("2025-01-21T21:00:00Z"))));
    assert!(list("MNQ", "2027-01-19", "2027-01-19").unwrap()[0].is_projected);

    assert_eq!(list("NQ", "2015-01-02", "2025-02-18").unwrap().last().unwrap().trade_date, "2025-02-18");
    check_refusal(list("NQ", "2015-01-02", "2025-02-19"), Code::InvalidArgument, "to: 2025-02-19 is 3701 days after");
    check_refusal(list("GC", "2025-01-17", "2025-01-21"), Code::NotFound, "root: ");
    check_refusal(list("NQ", "2014-12-31", "2025-01-21"), Code::OutOfRange, "from: 2014-12-31");
}

#[test]
fn one_session_is_given_by_its_trade_date() {
    let get = |root: &str, trade_date: &str| {
        let request = GetSessionRequest { root: root.into(), trade_date: trade_date.into(), hours: 0 };
        sessions::get_session(&Calendar::shipped(), &request).map(|answer| answer.session.unwrap())
    };
    let session = get("NQ", "2025-01-21").unwrap();
    assert_eq!((session.segments.len(), session.minutes), (2, 1140 + 1380));
    check_refusal(get("NQ", "2025-01-20"), Code::NotFound, "trade_date: 2025-01-20 is no trade date");
    check_refusal(get("NQ", "2025-01-25"), Code::NotFound, "trade_date: 2025-01-25 is no trade date");
    check_refusal(get("NQ", "21.01.2025"), Code::InvalidArgument, "trade_date: ");
    check_refusal(get("NQ", "2014-12-31"), Code::OutOfRange, "trade_date: ");
    check_refusal(get("GC", "2025-01-21"), Code::NotFound, "root: ");
    check_refusal(get("nq", "2025-01-21"), Code::InvalidArgument, "root: ");
}

#[test]
fn trade_dates_are_counted_forward_and_back() {
    let nth = |from: &str, n: i32| {
        let request = GetNthTradeDateRequest { from: from.into(), n };
        sessions::get_nth_trade_date(&Calendar::shipped(), &request).map(|answer| answer.trade_date)
    };
    // A Friday, a weekend, a holiday that is no trade date, a Tuesday.
    for (from, n, expected) in [
        ("2025-01-17", 0, "2025-01-17"),
        ("2025-01-18", 0, "2025-01-21"),
        ("2025-01-17", 1, "2025-01-21"),
        ("2025-01-20", 1, "2025-01-22"),
        ("2025-01-20", -1, "2025-01-17"),
        ("2025-01-21", -1, "2025-01-17"),
        ("2025-01-21", -2, "2025-01-16"),
        ("2015-01-05", -1, "2015-01-02"),
        ("2027-12-30", 1, "2027-12-31"),
    ] {
        assert_eq!(nth(from, n).unwrap(), expected, "{from} {n}");
    }
    check_refusal(nth("2015-01-05", -2), Code::OutOfRange, "n: ");
    check_refusal(nth("2027-12-30", 2), Code::OutOfRange, "n: ");
    check_refusal(nth("2025-01-17", i32::MAX), Code::OutOfRange, "n: ");
    check_refusal(nth("2025-01-17", i32::MIN), Code::OutOfRange, "n: ");
    check_refusal(nth("2028-01-03", 0), Code::OutOfRange, "from: ");
    check_refusal(nth("", 0), Code::InvalidArgument, "from: ");
}

#[test]
fn instants_have_a_trade_date_and_a_market_state() {
    let calendar = Calendar::shipped();
    let resolve = |at: Option<&str>| {
        let request = ResolveTradeDateRequest { time: at.map(|text| timestamp(time(text))) };
        sessions::resolve_trade_date(&calendar, &request).map(|answer| answer.trade_date)
    };
    assert_eq!(resolve(Some("2025-01-20T15:00:00Z")).unwrap(), "2025-01-21");
    assert_eq!(resolve(Some("2025-01-20T20:00:00Z")).unwrap(), "");
    check_refusal(resolve(None), Code::InvalidArgument, "time: missing");
    check_refusal(resolve(Some("2028-01-03T15:00:00Z")), Code::OutOfRange, "time: 2028-01-03T15:00:00Z is outside");

    let state = |at: Option<&str>| {
        let request = GetMarketStateRequest { time: at.map(|text| timestamp(time(text))) };
        sessions::get_market_state(&calendar, &request)
    };
    let halted = state(Some("2025-01-20T20:00:00Z")).unwrap();
    assert_eq!((halted.is_open, halted.trade_date.as_str()), (false, ""));
    assert_eq!(halted.next_open, Some(timestamp(time("2025-01-20T23:00:00Z"))));
    assert_eq!(halted.next_close, Some(timestamp(time("2025-01-21T22:00:00Z"))));
    assert!(state(Some("2025-01-20T23:00:00Z")).unwrap().is_open);
    check_refusal(state(None), Code::InvalidArgument, "time: missing");
    check_refusal(state(Some("2014-12-31T15:00:00Z")), Code::OutOfRange, "time: ");
}

#[test]
fn rolls_are_scheduled_under_the_default_policy() {
    let schedule = |root: &str, from: &str, to: &str| {
        let request = GetRollScheduleRequest { root: root.into(), from: from.into(), to: to.into(), rule: None };
        rolls::get_roll_schedule(&Calendar::shipped(), &request)
    };
    let answer = schedule("NQ", "2026-01-02", "2026-12-31").unwrap();
    assert_eq!(answer.policy, "monday_before_third_friday@trade_date_open/last_common/60");
    let rolls: Vec<_> = answer
        .rolls
        .iter()
        .map(|roll| (roll.from_symbol.as_str(), roll.to_symbol.as_str(), roll.trade_date.as_str()))
        .collect();
    assert_eq!(
        rolls,
        [
            ("NQH2026", "NQM2026", "2026-03-16"),
            ("NQM2026", "NQU2026", "2026-06-15"),
            ("NQU2026", "NQZ2026", "2026-09-14"),
            ("NQZ2026", "NQH2027", "2026-12-14"),
        ]
    );
    assert_eq!(answer.rolls[0].roll_time, Some(timestamp(time("2026-03-15T22:00:00Z"))));
    check_refusal(schedule("NQ", "2026-12-31", "2026-01-02"), Code::InvalidArgument, "to: the range from");
    check_refusal(schedule("NQ", "2026-01-02", "2028-01-02"), Code::OutOfRange, "to: 2028-01-02");
    check_refusal(schedule("CL", "2026-01-02", "2026-12-31"), Code::NotFound, "root: root CL has no specification");
}
