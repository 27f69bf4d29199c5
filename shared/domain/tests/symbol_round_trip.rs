//! Every spelling of every contract reads back as the contract.
#![allow(clippy::unwrap_used)]

use chrono::{Datelike as _, Days, NaiveDate};
use peaktrade_domain::{Calendar, ContractMonth, ContractSymbol, SymbolError, SymbolSpelling, TradeDate};
use proptest::prelude::*;

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

/// Contracts of every root whose last trade date the calendar knows.
fn contracts(calendar: &Calendar) -> Vec<ContractSymbol> {
    let of_root = |root| calendar.contracts(root, calendar.valid_from(), calendar.valid_to()).unwrap();
    calendar.specs().iter().flat_map(|spec| of_root(spec.root)).collect()
}

/// What a spelling must read back as on a reference date, by its digits alone; `None` where the year is too far away.
fn expected(contract: ContractSymbol, spelling: SymbolSpelling, reference: TradeDate) -> Option<ContractSymbol> {
    let ended = Calendar::shipped().last_trade_date(contract).unwrap() < reference;
    let years = i32::from(contract.year()) - reference.date().year();
    let is_same = match spelling.year_digits() {
        1 => !ended && (years < 10 || (years == 10 && contract_before(contract) < reference)),
        2 => years.abs() <= 10,
        _ => true,
    };
    is_same.then_some(contract)
}

/// The third Friday ten years earlier: from the day after on, the digit means the later contract.
fn contract_before(contract: ContractSymbol) -> TradeDate {
    let (year, month) = (i32::from(contract.year()) - 10, contract.month().number());
    TradeDate::new(NaiveDate::from_weekday_of_month_opt(year, month, chrono::Weekday::Fri, 3).unwrap())
}

#[test]
fn every_contract_reads_back_in_every_spelling() {
    let calendar = Calendar::shipped();
    let all = contracts(&calendar);
    assert!(all.len() > 300, "{} contracts", all.len());
    let mut read_back = 0;
    for contract in all {
        let last = calendar.last_trade_date(contract).unwrap();
        for reference in
            [last, TradeDate::new(last.date() - Days::new(90)), TradeDate::new(last.date() - Days::new(3300))]
        {
            for spelling in SymbolSpelling::ALL {
                let text = contract.spell(*spelling, &calendar);
                assert_eq!(
                    ContractSymbol::parse_vendor(&text, reference, &calendar),
                    Ok(contract),
                    "{text} on {reference}"
                );
                let of_root = ContractSymbol::parse_vendor_of_root(contract.root(), &text, reference, &calendar);
                assert_eq!(of_root, Ok(contract), "{text} on {reference}");
                read_back += 1;
            }
        }
    }
    assert!(read_back > 12_000, "{read_back} spellings");
}

#[test]
fn names_of_spellings_read_back() {
    for spelling in SymbolSpelling::ALL {
        assert_eq!(spelling.name().parse(), Ok(*spelling));
        assert_eq!(spelling.to_string(), spelling.name());
    }
    let error = "bloomberg".parse::<SymbolSpelling>().unwrap_err();
    assert!(error.to_string().contains("bloomberg") && error.to_string().contains("ninjatrader"), "{error}");
}

#[test]
fn a_root_without_terms_is_spelled_without_its_exchange() {
    let gold: ContractSymbol = "GCZ2026".parse().unwrap();
    assert_eq!(gold.spell(SymbolSpelling::NinjaTrader, &Calendar::shipped()), "GC 12-26");
    assert_eq!(gold.spell(SymbolSpelling::TradingView, &Calendar::shipped()), "GCZ2026");
}

fn any_contract() -> impl Strategy<Value = ContractSymbol> {
    let all = contracts(&Calendar::shipped());
    (0..all.len()).prop_map(move |at| all[at])
}

fn any_reference() -> impl Strategy<Value = TradeDate> {
    (0_u64..73_000).prop_map(|days| TradeDate::new(date("1970-01-01").date() + Days::new(days)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_spelling_reads_back_or_means_another_decade(
        contract in any_contract(), spelling in prop::sample::select(SymbolSpelling::ALL), reference in any_reference(),
    ) {
        let calendar = Calendar::shipped();
        let text = contract.spell(spelling, &calendar);
        let read = ContractSymbol::parse_vendor(&text, reference, &calendar);
        match (expected(contract, spelling, reference), read) {
            (Some(contract), read) => prop_assert!(
                read == Ok(contract) || matches!(&read, Err(SymbolError::Ambiguous { candidates, .. }) if candidates.contains(&contract)),
                "{text} on {reference}: {read:?}"
            ),
            (None, Ok(other)) => {
                prop_assert_eq!((other.root(), other.month()), (contract.root(), contract.month()));
                prop_assert!(other != contract && other.year() % 10 == contract.year() % 10, "{} on {}", text, reference);
                let years = i32::from(other.year()) - reference.date().year();
                prop_assert!(years <= 10 && years >= if spelling.year_digits() == 1 { 0 } else { -10 }, "{} years", years);
            }
            (None, Err(SymbolError::Year { .. } | SymbolError::Calendar { .. } | SymbolError::Ambiguous { .. })) => {}
            (None, Err(error)) => prop_assert!(false, "{text} on {reference}: {error}"),
        }
    }

    #[test]
    fn bytes_are_read_or_refused_and_what_is_read_reads_back(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            "[@/.&]?(CME_MINI:|NQ|MNQ|M2K|YM|QNDX|QNE|[A-Z]{0,3})[ _-]?[FHMUZ]?[0-9]{0,6}[-_.:! ]?(FUT_CME|CBOT|XCME|NQM6|C20000|[A-Z0-9]{0,4})"
                .prop_map(String::into_bytes),
        ],
        reference in any_reference(),
    ) {
        let calendar = Calendar::shipped();
        match ContractSymbol::parse_vendor_bytes(&bytes, reference, &calendar) {
            Ok(symbol) => {
                prop_assert!(calendar.check_listed(symbol).is_ok() && symbol.month().is_quarterly());
                let canonical = symbol.to_string();
                prop_assert_eq!(ContractSymbol::parse_vendor(&canonical, reference, &calendar), Ok(symbol));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty() && error.to_string().len() < 1500, "{error}"),
        }
    }

    #[test]
    fn any_listed_quarter_of_a_root_keeps_its_four_digit_spellings(year in 2020_u16..2199, quarter in 1_u32..=4, reference in any_reference()) {
        let calendar = Calendar::shipped();
        let month = ContractMonth::from_number(quarter * 3).unwrap();
        for spec in calendar.specs() {
            let contract = ContractSymbol::new(spec.root, month, year).unwrap();
            for spelling in SymbolSpelling::ALL.iter().filter(|spelling| spelling.year_digits() == 4) {
                let text = contract.spell(*spelling, &calendar);
                prop_assert_eq!(ContractSymbol::parse_vendor(&text, reference, &calendar), Ok(contract), "{}", text);
            }
        }
    }
}
