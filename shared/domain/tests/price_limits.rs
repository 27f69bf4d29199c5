//! Price limits against the exchange's published tables.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{Calendar, Price, PriceLimit, PriceLimitEra, PriceLimitError, after_close_limit, price_limits};
use proptest::prelude::*;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn era(date: &str) -> PriceLimitEra {
    Calendar::shipped().price_limit_era(date.parse().unwrap()).unwrap().clone()
}

fn limits(era: &PriceLimitEra, fixing: &str, cash: &str, tick: &str) -> Result<Vec<PriceLimit>, PriceLimitError> {
    price_limits(era, price(fixing), price(cash), price(tick), spread_tick(tick))
}

/// The finest step of the products' spreads; that of the Dow is its tick, a whole point.
fn spread_tick(tick: &str) -> Price {
    price(if tick == "1" { "1" } else { "0.05" })
}

/// The night's two limits and the downward ones of the regular hours, without repeats.
fn table(era: &PriceLimitEra, fixing: &str, cash: &str, tick: &str) -> String {
    let limits = limits(era, fixing, cash, tick).unwrap();
    let (night, downs) = limits.split_first().unwrap();
    let (last, regular) = downs.split_last().unwrap();
    assert_eq!((last.percent, last.lower), (20, regular.last().unwrap().lower));
    assert!(downs.iter().all(|limit| limit.upper.is_none()), "by day prices are limited downwards only");
    let regular: Vec<String> = regular.iter().map(|limit| limit.lower.to_string()).collect();
    format!("{} {} {}", night.upper.unwrap(), night.lower, regular.join(" "))
}

#[test]
fn the_limits_of_april_2025_are_the_published_ones() {
    let rows: Vec<String> = limits(&era("2025-04-07"), "17539.00", "17397.70", "0.25")
        .unwrap()
        .iter()
        .map(|row| {
            let upper = row.upper.map_or_else(|| "-".to_owned(), |upper| upper.to_string());
            format!("{}|{} %|{}|{upper}", row.applies, row.percent, row.lower)
        })
        .collect();
    assert_eq!(
        rows,
        [
            "17:00 to 08:30|7 %|16321.25|18756.75",
            "08:30 to 14:25|7 %|16321.25|-",
            "08:30 to 14:25|13 %|15277.5|-",
            "08:30 to 14:25|20 %|14059.5|-",
            "14:25 to 15:00|20 %|14059.5|-",
        ]
    );
    // A percentage of the future instead of the cash index gives other limits.
    assert_ne!(table(&era("2025-04-07"), "17539.00", "17539.00", "0.25").split(' ').nth(1), Some("16321.25"));
}

#[test]
fn the_tables_of_october_2014_are_reproduced_month_by_month() {
    // The file's first row: 5 % at night, as in these tables of two months before.
    let era = era("2015-01-02");
    // Trade date 2014-10-23. Every close of the cash index from 3948.75 to below 3950 gives the same table.
    for cash in ["3948.75", "3949.37", "3949.99"] {
        for (fixing, expected) in [
            ("3941", "4138.25 3743.75 3664.75 3427.75 3151.25"),
            ("3934", "4131.25 3736.75 3657.75 3420.75 3144.25"),
            ("3922", "4119.25 3724.75 3645.75 3408.75 3132.25"),
            ("3907.75", "4105 3710.5 3631.5 3394.5 3118"),
        ] {
            assert_eq!(table(&era, fixing, cash, "0.25"), expected, "{fixing} {cash}");
        }
    }
    for cash in ["3948.74", "3950"] {
        assert_ne!(table(&era, "3941", cash, "0.25"), "4138.25 3743.75 3664.75 3427.75 3151.25", "{cash}");
    }
    // Trade dates 2014-10-27 and 2014-10-31.
    assert_eq!(table(&era, "4034.25", "4042", "0.25"), "4236.25 3832.25 3751.5 3509 3226");
    assert_eq!(table(&era, "4092.25", "4100.5", "0.25"), "4297.25 3887.25 3805.25 3559.25 3272.25");
    // The same day's table of the Dow, whose tick is a whole point: 13 % of 16461.32 is 2139.97, rounded down.
    assert_eq!(table(&era, "16387", "16461.32", "1"), "17210 15564 15235 14248 13095");
    assert_eq!(table(&era, "16139", "16461.32", "1"), "16962 15316 14987 14000 12847");
}

#[test]
fn after_the_afternoon_fixing_the_nearer_lower_limit_holds() {
    let era = era("2025-04-07");
    let day = limits(&era, "17539.00", "17397.70", "0.25").unwrap().pop().unwrap();
    let after = |fixing: &str, cash: &str| {
        after_close_limit(&era, price(fixing), price(cash), price("0.25"), price("0.05"), &day).map(|limit| {
            let limit = limit.unwrap();
            format!("{} {} {}", limit.applies, limit.lower, limit.upper.unwrap())
        })
    };
    // 7 % of 17400 is 1218, and 16282 lies above the day's 14059.50.
    assert_eq!(after("17500", "17400").as_deref(), Ok("15:00 to the close 16282 18718"));
    // 7 % of 14500 is 1015: 13485 would lie below the day's limit, which therefore stays.
    assert_eq!(after("14500", "14500").as_deref(), Ok("15:00 to the close 14059.5 15515"));
    assert_eq!(after("14059.50", "14000").as_deref(), Ok("15:00 to the close 14059.5 15039.5"));
    assert_eq!(
        after("14059.25", "14000"),
        Err(PriceLimitError::FixingBelowDay { fixing: price("14059.25"), lower: price("14059.5") })
    );
    let without = PriceLimitEra { after_close_percent: None, ..era.clone() };
    assert_eq!(
        after_close_limit(&without, price("17500"), price("17400"), price("0.25"), price("0.05"), &day),
        Ok(None)
    );
}

#[test]
fn a_fixing_between_two_ticks_leaves_the_last_tradable_tick() {
    let era = era("2025-04-07");
    // A second month's fixing may lie on the spread's grid of 0.05: 17539.05 less 1217.75 is 16321.30.
    assert_eq!(table(&era, "17539.05", "17397.70", "0.25"), "18756.75 16321.5 16321.5 15277.75 14059.75");
    assert_eq!(table(&era, "17538.95", "17397.70", "0.25"), "18756.5 16321.25 16321.25 15277.5 14059.5");
}

#[test]
fn refusals_name_the_input() {
    let era = era("2025-04-07");
    let check = |fixing: &str, cash: &str, tick: &str, expected: &str| {
        let error = limits(&era, fixing, cash, tick).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    check("0", "17397.70", "0.25", "fixing 0 is not above zero");
    check("-17539", "17397.70", "0.25", "fixing -17539 is not above zero");
    check("17539", "0", "0.25", "cash index' close 0 is not above zero");
    check("17539", "-0.01", "0.25", "cash index' close -0.01 is not above zero");
    check("17539", "17397.70", "0", "tick 0 is not above zero");
    check("17539", "17397.70", "-0.25", "tick -0.25 is not above zero");
    check("19450.81", "17397.70", "0.25", "fixing 19450.81 is not a multiple of 0.05");
    check("16387.5", "16461.32", "1", "fixing 16387.5 is not a multiple of 1, as every fixing is");
    let off = price_limits(&era, price("17539"), price("17397.70"), price("0.25"), Price::ZERO);
    assert_eq!(off, Err(PriceLimitError::NotPositive { what: "spread tick", value: Price::ZERO }));
    check("100", "17397.70", "0.25", "limit of 7 % of the cash index' close 17397.7 around the fixing 100 is no price");
    check("9223372036.5", "9223372036", "0.25", "limit of 7 % ");
    // A tick as wide as the offset leaves no room below; a limit of zero is no price.
    check("0.25", "3", "0.25", "limit of 13 % ");
    for percent in [0, 100, u32::MAX] {
        let era = PriceLimitEra { last_hour_percent: percent, ..era.clone() };
        assert_eq!(limits(&era, "17539", "17397.70", "0.25"), Err(PriceLimitError::Percent { percent }));
    }
}

proptest! {
    #[test]
    fn limits_lie_on_the_grid_and_one_tick_further_is_beyond_the_percentage(
        fixing in 1_i64..2_000_000, cash in 1_i64..4_000_000, tick in prop::sample::select(vec!["0.05", "0.1", "0.25", "1"]),
    ) {
        let era = era("2025-04-07");
        let (fixing, cash, tick) = (Price::from_nanos(fixing * 50_000_000), Price::from_nanos(cash * 10_000_000), price(tick));
        let Ok(limits) = price_limits(&era, fixing, cash, tick, price("0.05")) else {
            // Refused only where 20 % of the cash index reaches the fixing.
            prop_assert!(i128::from(cash.nanos()) * 20 >= (i128::from(fixing.nanos()) - i128::from(tick.nanos())) * 100);
            return Ok(());
        };
        for limit in limits {
            let percentage = i128::from(cash.nanos()) * i128::from(limit.percent);
            prop_assert!(limit.lower.is_on_tick(tick) && limit.lower <= fixing.checked_add(tick).unwrap());
            let down = i128::from(fixing.nanos() - limit.lower.nanos());
            prop_assert!(down * 100 <= percentage);
            prop_assert!((down + 2 * i128::from(tick.nanos())) * 100 > percentage);
            if let Some(upper) = limit.upper {
                prop_assert!(upper.is_on_tick(tick));
                let up = i128::from(upper.nanos() - fixing.nanos());
                prop_assert!(up * 100 <= percentage && (up + 2 * i128::from(tick.nanos())) * 100 > percentage);
            }
        }
    }

    #[test]
    fn no_input_panics(fixing in any::<i64>(), cash in any::<i64>(), tick in any::<i64>(), percent in any::<u32>()) {
        let era = PriceLimitEra { overnight_percent: percent % 120, ..era("2025-04-07") };
        for step in [1, 50_000_000] {
            let inputs = (Price::from_nanos(fixing / step * step), Price::from_nanos(cash), Price::from_nanos(tick));
            let all = price_limits(&era, inputs.0, inputs.1, inputs.2, Price::from_nanos(step));
            let is_refused = fixing <= 0 || cash <= 0 || tick <= 0 || !(1..=99).contains(&era.overnight_percent);
            prop_assert!(!is_refused || all.is_err());
        }
    }
}
