use peaktrade_domain::Calendar;
use peaktrade_wire::calendar::v1::{
    GetContractRequest, GetContractResponse, ListContractsRequest, Margins, ParseSymbolRequest,
};
use tonic::{Code, Status};

use super::{at, check_refusal};
use crate::handlers::contracts;

fn get(symbol: &str, on: &str) -> Result<GetContractResponse, Status> {
    contracts::get_contract(&Calendar::shipped(), &GetContractRequest { symbol: symbol.into(), on: on.into() })
}

#[test]
fn a_contract_has_its_terms_its_end_and_its_roll() {
    let contract = get("NQM2026", "").unwrap().contract.unwrap();
    assert_eq!(
        [
            &*contract.symbol,
            &*contract.root,
            &*contract.exchange,
            &*contract.multiplier_usd,
            &*contract.tick,
            &*contract.tick_value_usd,
            &*contract.spread_tick,
            &*contract.currency,
            &*contract.product_first_trade_date,
        ],
        ["NQM2026", "NQ", "CME", "20.00", "0.25", "5.00", "0.05", "USD", "1999-06-21"]
    );
    assert!(!contract.listing_rule.is_empty());
    // The third Friday is a holiday: trading ends on the Thursday, the roll stays on the Monday.
    assert_eq!((&*contract.last_trade_date, &*contract.roll_trade_date), ("2026-06-18", "2026-06-15"));
    assert_eq!(contract.last_trade_time, Some(at("2026-06-18T13:30:00Z")));
    assert_eq!(contract.expiry_note, "Third Friday is Juneteenth");
    assert_eq!(get("NQH2026", "").unwrap().contract.unwrap().expiry_note, "");
}

#[test]
fn terms_margins_and_fees_are_those_of_the_date_asked_about() {
    let margins = |symbol: &str, on: &str| get(symbol, on).unwrap().contract.unwrap().margins;
    let row = |margins: Option<Margins>| {
        margins.map(|row| [row.effective_from, row.initial_usd, row.maintenance_usd, row.day_usd, row.confidence])
    };
    let covid = ["2020-03-16", "13200.00", "12000.00", "", "secondary"].map(str::to_owned);
    assert_eq!(row(margins("NQM2020", "2020-03-17")), Some(covid));
    assert_eq!(margins("MNQM2020", "2020-03-17").unwrap().initial_usd, "1320.00");
    // The file has margins from 2015 on alone for this root's early years.
    let early = get("NQU1999", "").unwrap().contract.unwrap();
    assert_eq!((early.last_trade_date.as_str(), early.margins.is_none()), ("1999-09-17", true));
    let fees = early.fees.unwrap();
    assert_eq!((&*fees.effective_from, &*fees.exchange_usd, &*fees.nfa_usd), ("1999-06-21", "1.14", "0.02"));
    assert_eq!((&*early.multiplier_usd, &*early.roll_trade_date), ("20.00", ""));

    check_refusal(get("NQH2026", "2026-03-21"), Code::InvalidArgument, "on: 2026-03-21 is after the last trade date");
    check_refusal(get("NQH2026", "today"), Code::InvalidArgument, "on: ");
    check_refusal(get("MNQM2019", "2019-05-03"), Code::NotFound, "on: MNQ on 2019-05-03 is not listed (not_listed: ");
}

#[test]
fn rows_that_nothing_confirms_are_warned_of() {
    let warnings = |symbol: &str, on: &str| get(symbol, on).unwrap().warnings;
    assert_eq!(warnings("NQM2014", "2014-06-02"), Vec::<String>::new());
    assert_eq!(
        warnings("NQM2026", ""),
        [
            "the listed months of NQ from 2021-01-01 are unverified",
            "the margins of NQ from 2023-01-03 are unverified",
            "the fees of NQ from 2015-01-01 are unverified",
        ]
    );
    let projected = warnings("NQM2027", "");
    assert!(projected.contains(&"the last trade date of NQM2027 is projected".to_owned()), "{projected:?}");
}

#[test]
fn contracts_that_ended_before_or_end_after_the_sessions_have_no_roll_date() {
    for (symbol, last_trade_date) in [("NQH2008", "2008-03-20"), ("NQZ2014", "2014-12-19"), ("NQH2028", "2028-03-17")] {
        let contract = get(symbol, "").unwrap().contract.unwrap();
        assert_eq!((&*contract.last_trade_date, &*contract.roll_trade_date), (last_trade_date, ""), "{symbol}");
    }
}

#[test]
fn contracts_that_are_none_are_refused() {
    for symbol in ["", "NQ", "NQM6", "NQ1!", "nqm2026"] {
        check_refusal(get(symbol, ""), Code::InvalidArgument, "symbol: ");
    }
    for symbol in ["GCZ2026", "NQF2026"] {
        check_refusal(get(symbol, ""), Code::NotFound, "symbol: ");
    }
    check_refusal(get("MNQH2019", ""), Code::NotFound, "symbol: contract MNQH2019 is not listed (not_listed: MNQ ");
    check_refusal(get("NQH2029", ""), Code::OutOfRange, "symbol: ");
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
    assert_eq!(symbols("MNQ", "2015-01-01", "2019-09-20"), ["MNQM2019", "MNQU2019"]);
    assert_eq!(list("MNQ", "2019-06-01", "2019-06-30").unwrap().contracts[0].multiplier_usd, "2.00");
    assert!(symbols("NQ", "2026-03-21", "2026-06-17").is_empty());
    check_refusal(list("nq", "2026-03-20", "2026-06-18"), Code::InvalidArgument, "root: ");
    check_refusal(list("GC", "2026-03-20", "2026-06-18"), Code::NotFound, "root: ");
    check_refusal(list("NQ", "2026-3-20", "2026-06-18"), Code::InvalidArgument, "from: ");
    check_refusal(list("NQ", "2026-03-20", ""), Code::InvalidArgument, "to: ");
    check_refusal(list("NQ", "2026-06-18", "2026-03-20"), Code::InvalidArgument, "to: the range from");
    check_refusal(list("NQ", "2014-12-31", "2026-03-20"), Code::OutOfRange, "from: 2014-12-31");
    check_refusal(list("NQ", "2015-01-01", "2028-01-01"), Code::OutOfRange, "to: 2028-01-01");
}

#[test]
fn a_digit_that_passes_over_a_contract_that_ended_lately_warns_of_it() {
    let warnings = |text: &str, reference_date: &str| {
        let request = ParseSymbolRequest { text: text.into(), reference_date: reference_date.into() };
        let answer = contracts::parse_symbol(&Calendar::shipped(), &request).unwrap();
        (answer.symbol, answer.warnings)
    };
    for (text, reference_date, symbol, ended) in [
        ("NQH6", "2026-04-15", "NQH2036", "NQH2026"),
        ("/NQH6", "2026-04-15", "NQH2036", "NQH2026"),
        ("M2KM6", "2026-07-01", "M2KM2036", "M2KM2026"),
        ("NQZ5", "2026-04-15", "NQZ2035", "NQZ2025"),
    ] {
        let (found, warnings) = warnings(text, reference_date);
        assert_eq!((found.as_str(), warnings.len()), (symbol, 1), "{text} {warnings:?}");
        assert!(warnings[0].contains(symbol) && warnings[0].contains(ended), "{text}: {warnings:?}");
    }
    for (text, reference_date, symbol) in [
        // Not ended, ended long ago, two digits, four digits.
        ("NQM6", "2026-04-15", "NQM2026"),
        ("NQZ0", "2026-01-15", "NQZ2030"),
        ("NQH26", "2026-04-15", "NQH2026"),
        ("NQ 03-26", "2026-04-15", "NQH2026"),
        ("M2KM2026", "2026-07-01", "M2KM2026"),
    ] {
        assert_eq!(warnings(text, reference_date), (symbol.to_owned(), Vec::new()), "{text}");
    }
}

#[test]
fn spellings_resolve_against_their_reference_date() {
    let parse = |text: &str, reference_date: &str| {
        let request = ParseSymbolRequest { text: text.into(), reference_date: reference_date.into() };
        contracts::parse_symbol(&Calendar::shipped(), &request).map(|answer| answer.symbol)
    };
    assert_eq!(parse("NQ 03-26", "2026-01-15").unwrap(), "NQH2026");
    assert_eq!(parse("NQZ0", "2026-01-15").unwrap(), "NQZ2030");
    let request = ParseSymbolRequest { text: "/NQH26".into(), reference_date: "2026-01-15".into() };
    let spellings = contracts::parse_symbol(&Calendar::shipped(), &request).unwrap().spellings;
    let of = |name: &str| spellings.iter().find(|spelling| spelling.name == name).unwrap().text.as_str();
    assert_eq!(
        [of("canonical"), of("ninjatrader"), of("tradingview"), of("interactive_brokers")],
        ["NQH2026", "NQ 03-26", "CME_MINI:NQH2026", "NQ 202603"]
    );
    check_refusal(parse("NQ 03-26", ""), Code::InvalidArgument, "reference_date: ");
    check_refusal(parse("NQ1!", "2026-01-15"), Code::InvalidArgument, "text: symbol \"NQ1!\" is a continuous ticker");
    check_refusal(parse("NQH6-NQM6", "2026-01-15"), Code::InvalidArgument, "text: symbol \"NQH6-NQM6\" is a spread");
    check_refusal(parse("Nasdaq", "2026-01-15"), Code::InvalidArgument, "text: symbol \"Nasdaq\" is none of");
    check_refusal(parse("NQH99", "2026-01-15"), Code::InvalidArgument, "text: symbol \"NQH99\" has no year within");
    check_refusal(parse("GCZ5", "2026-01-15"), Code::NotFound, "text: root GC");
    check_refusal(parse("NQF26", "2026-01-15"), Code::NotFound, "text: contract NQF2026 is not listed");
    assert_eq!(parse("NQH4", "2014-03-20").unwrap(), "NQH2014");
    let unknown_end = parse("NQH9", "2029-03-12");
    check_refusal(unknown_end, Code::InvalidArgument, "text: symbol \"NQH9\" is ambiguous on 2029-03-12");
}
