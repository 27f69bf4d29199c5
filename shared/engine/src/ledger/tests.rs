use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Price, Side, Usd};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::{Booking, Ledger, LedgerError, POSITION_MAX, rounded_average};

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn booking(contract: &str, quantity: i64, price: &str, fee: &str) -> Booking {
    Booking {
        contract: contract.parse().unwrap(),
        multiplier: usd(if contract.starts_with("MNQ") { "2" } else { "20" }),
        side: if quantity > 0 { Side::Buy } else { Side::Sell },
        quantity: u32::try_from(quantity.unsigned_abs()).unwrap(),
        price: price.parse().unwrap(),
        fee: usd(fee),
    }
}

/// Books `fills` (contract, signed quantity, price, fee) and compares realized, fees, cash, unrealized at `mark`, and the
/// last contract's position with its average entry.
#[track_caller]
fn check(fills: &[(&str, i64, &str, &str)], mark: &str, expected: [&str; 4], position: (i64, &str)) {
    let mut ledger = Ledger::new(usd("100000"));
    for (contract, quantity, price, fee) in fills {
        ledger.book(&booking(contract, *quantity, price, fee)).unwrap();
    }
    let mark: Price = mark.parse().unwrap();
    let found = [ledger.realized(), ledger.fees(), ledger.cash().unwrap(), ledger.unrealized(|_| Some(mark)).unwrap()];
    assert_eq!(found.map(|amount| amount.to_string()), expected, "{fills:?}");
    let contract: ContractSymbol = fills.last().unwrap().0.parse().unwrap();
    let average = ledger.positions().get(&contract).map_or_else(String::new, |position| {
        let (value, contracts) = position.average_entry();
        rounded_average(value, contracts).unwrap().to_string()
    });
    assert_eq!((ledger.quantity(contract), average.as_str()), position, "{fills:?}");
}

#[test]
fn books_worked_by_hand() {
    // Ten points of one NQ are 200 dollars, not 10; fees of 2.50 a side stand apart.
    let nq = "NQM2026";
    check(&[(nq, 1, "20001.25", "2.50")], "20011.25", ["0.00", "2.50", "99997.50", "200.00"], (1, "20001.25"));
    check(
        &[(nq, 1, "20001.25", "2.50"), (nq, -1, "20011.25", "2.50")],
        "0",
        ["200.00", "5.00", "100195.00", "0.00"],
        (0, ""),
    );
    // The same ten points of one MNQ are 20 dollars.
    let mnq = "MNQM2026";
    check(
        &[(mnq, 1, "20001.25", "0.57"), (mnq, -1, "20011.25", "0.57")],
        "0",
        ["20.00", "1.14", "100018.86", "0.00"],
        (0, ""),
    );
    // Short 10 at 100, buy 4 at 100, sell 4 at 100: entry 100, nothing earned (an average of -20 elsewhere).
    check(
        &[(nq, -10, "100", "0"), (nq, 4, "100", "0"), (nq, -4, "100", "0")],
        "99",
        ["0.00", "0.00", "100000.00", "200.00"],
        (-10, "100"),
    );
    // First in, first out: 1 at 100.25 and 2 at 100.50; one sold at 101 earns 0.75 points = 15 dollars.
    check(
        &[(nq, 1, "100.25", "0"), (nq, 2, "100.50", "0"), (nq, -1, "101", "0")],
        "100.50",
        ["15.00", "0.00", "100015.00", "0.00"],
        (2, "100.5"),
    );
    // Three contracts at an average that has no finite decimal: 301.25 / 3.
    check(
        &[(nq, 1, "100.25", "0"), (nq, 2, "100.50", "0")],
        "100.25",
        ["0.00", "0.00", "100000.00", "-10.00"],
        (3, "100.416666667"),
    );
    // Through zero: long 2 at 100, sell 5 at 99 loses 2 x 20 and leaves 3 short at 99.
    check(&[(nq, 2, "100", "0"), (nq, -5, "99", "0")], "98", ["-40.00", "0.00", "99960.00", "60.00"], (-3, "99"));
    // A loss may exceed the cash; the books say so.
    check(
        &[(nq, 10, "20000", "0"), (nq, -10, "19000", "0")],
        "0",
        ["-200000.00", "0.00", "-100000.00", "0.00"],
        (0, ""),
    );
}

#[test]
fn refuses_what_is_not_exact_and_changes_nothing() {
    let mut ledger = Ledger::new(usd("1"));
    ledger.book(&booking("NQM2026", 1, "100", "0")).unwrap();
    let before = ledger.clone();
    let off_grid = ledger.book(&booking("NQM2026", -1, "100.000000001", "0")).unwrap_err();
    assert!(matches!(off_grid, LedgerError::Inexact { .. }), "{off_grid}");
    let too_many = ledger.book(&booking("NQM2026", POSITION_MAX, "100", "0")).unwrap_err();
    assert_eq!(too_many.to_string(), "position of 1000001 NQM2026 exceeds 1000000");
    assert_eq!(ledger, before);
    let fee = ledger.book(&booking("NQM2026", 1, "100", "9223372036854.775807")).map(|_| ());
    assert_eq!(fee, Ok(()), "a fee at the edge still fits");
    let before = ledger.clone();
    assert!(ledger.book(&booking("NQM2026", -1, "101", "1")).is_err());
    assert_eq!(ledger, before);
    assert!(matches!(before.unrealized(|_| None), Err(LedgerError::NoMark { .. })));
}

#[test]
fn rounds_half_to_even() {
    for (value, contracts, expected) in [
        (5, 2, Some(2)),
        (7, 2, Some(4)),
        (-5, 2, Some(-2)),
        (-7, 2, Some(-4)),
        (10, 3, Some(3)),
        (11, 3, Some(4)),
        (1, 0, None),
    ] {
        assert_eq!(rounded_average(value, contracts).map(Price::nanos), expected, "{value}/{contracts}");
    }
}

fn fills() -> impl Strategy<Value = Vec<(bool, i64, i64)>> {
    proptest::collection::vec(
        (any::<bool>(), (-9_i64..=9).prop_filter("not empty", |q| *q != 0), 70_000_i64..90_000),
        1..60,
    )
}

proptest! {
    /// Cash plus unrealized equals start plus every dollar that flowed plus the value held, whatever the order of fills;
    /// and a flat account has realized exactly what flowed.
    #[test]
    fn equity_is_what_flowed_plus_what_is_held(fills in fills(), mark_ticks in 70_000_i64..90_000) {
        let mut ledger = Ledger::new(usd("100000"));
        let (mut flow, mut held) = (Usd::ZERO, BTreeMap::<&str, i64>::new());
        let tick: Price = "0.25".parse().unwrap();
        let fee = usd("2.15");
        for (is_micro, quantity, ticks) in &fills {
            let contract = if *is_micro { "MNQM2026" } else { "NQM2026" };
            let price = tick.checked_mul(*ticks).unwrap();
            let fill = Booking { price, ..booking(contract, *quantity, "0", "2.15") };
            ledger.book(&fill).unwrap();
            let paid = Usd::from_points(price, *quantity, fill.multiplier).unwrap();
            flow = flow.checked_sub(paid).unwrap();
            *held.entry(contract).or_default() += quantity;
        }
        let mark = tick.checked_mul(mark_ticks).unwrap();
        let unrealized = ledger.unrealized(|_| Some(mark)).unwrap();
        let mut worth = flow;
        for (contract, quantity) in &held {
            let multiplier = booking(contract, 1, "0", "0").multiplier;
            worth = worth.checked_add(Usd::from_points(mark, *quantity, multiplier).unwrap()).unwrap();
            prop_assert_eq!(ledger.quantity(contract.parse().unwrap()), *quantity);
        }
        prop_assert_eq!(ledger.realized().checked_add(unrealized), Some(worth));
        prop_assert_eq!(ledger.fees(), fee.checked_mul(i64::try_from(fills.len()).unwrap()).unwrap());
        let cash = usd("100000").checked_add(ledger.realized()).unwrap().checked_sub(ledger.fees()).unwrap();
        prop_assert_eq!(ledger.cash().unwrap(), cash);
        if held.values().all(|quantity| *quantity == 0) {
            prop_assert_eq!(ledger.realized(), flow);
            prop_assert!(ledger.positions().is_empty());
        }
    }
}
