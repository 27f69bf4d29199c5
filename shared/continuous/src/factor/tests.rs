use num_bigint::{BigInt, BigUint};
use peaktrade_domain::Price;
use proptest::prelude::*;

use super::{Factor, Multiplier};
use crate::TickGrid;

fn ratio(numerator: i64, denominator: i64) -> Factor {
    Factor::of_prices(Price::from_nanos(numerator), Price::from_nanos(denominator)).unwrap()
}

/// The definition, without any short cut: price * product / product, in whole grid steps, half to even.
fn oracle(price: i64, ratios: &[(i64, i64)], grid: i64) -> Option<i64> {
    let numerator = ratios.iter().fold(BigInt::from(price), |product, (numerator, _)| product * numerator);
    let denominator = ratios.iter().fold(BigInt::from(grid), |product, (_, denominator)| product * denominator);
    // All integers around the quotient; the nearest wins, and of two the even.
    let near: BigInt = &numerator / &denominator;
    let distance = |step: &BigInt| (step * &denominator - &numerator).magnitude().clone();
    let candidates: Vec<BigInt> = (-1..=1).map(|step| &near + step).collect();
    let least: BigUint = candidates.iter().map(distance).min()?;
    let nearest: Vec<BigInt> = candidates.into_iter().filter(|step| distance(step) == least).collect();
    let even = nearest.iter().find(|step| (*step % 2) == BigInt::from(0)).unwrap_or(&nearest[0]);
    i64::try_from(even * grid).ok()
}

fn product(ratios: &[(i64, i64)]) -> Factor {
    ratios
        .iter()
        .fold(Factor::one(), |product, (numerator, denominator)| product.times(&ratio(*numerator, *denominator)))
}

const TICK: i64 = 250_000_000;

/// A price of quarterly index futures, on the tick.
fn ticks() -> impl Strategy<Value = i64> {
    (4_000_i64..130_000).prop_map(|ticks| ticks * TICK)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn forty_rolls_of_index_prices_are_exact(
        ratios in proptest::collection::vec((ticks(), ticks()), 0..45),
        prices in proptest::collection::vec(ticks(), 1..20),
        is_snapped in any::<bool>(),
    ) {
        let grid = TickGrid::new(Price::from_nanos(TICK)).filter(|_| is_snapped);
        let multiplier = Multiplier::new(&product(&ratios), grid);
        for price in prices {
            prop_assert_eq!(multiplier.scale(price), oracle(price, &ratios, if is_snapped { TICK } else { 1 }));
            prop_assert_eq!(multiplier.scale(-price), multiplier.scale(price).map(|scaled| -scaled), "symmetric");
        }
    }

    #[test]
    fn any_numbers_are_exact(
        ratios in proptest::collection::vec((1..=i64::MAX, 1..=i64::MAX), 0..6),
        price in any::<i64>().prop_filter("the range is symmetric", |price| *price != i64::MIN),
        tick in prop_oneof![Just(1_i64), 1..=i64::MAX],
    ) {
        let multiplier = Multiplier::new(&product(&ratios), TickGrid::new(Price::from_nanos(tick)));
        prop_assert_eq!(multiplier.scale(price), oracle(price, &ratios, tick));
    }

    /// Small numbers meet ties and exact integers all the time.
    #[test]
    fn ties_go_to_the_even(
        ratios in proptest::collection::vec((1_i64..40, 1_i64..40), 0..4),
        price in -1_000_i64..1_000,
        tick in 1_i64..9,
    ) {
        let multiplier = Multiplier::new(&product(&ratios), TickGrid::new(Price::from_nanos(tick)));
        prop_assert_eq!(multiplier.scale(price), oracle(price, &ratios, tick));
    }

    #[test]
    fn order_is_kept(ratios in proptest::collection::vec((ticks(), ticks()), 1..10), a in ticks(), b in ticks()) {
        let multiplier = Multiplier::new(&product(&ratios), None);
        prop_assert_eq!(multiplier.scale(a.min(b)) <= multiplier.scale(a.max(b)), true);
    }
}

#[test]
fn the_leading_bits_decide_nearly_always() {
    // Forty rolls of plausible ratios, and every price of a wide range: the long way is rare, and taken where it must be.
    let ratios: Vec<(i64, i64)> = (0..40).map(|at| ((40_101 + 977 * at) * TICK, (39_800 + 977 * at) * TICK)).collect();
    let multiplier = Multiplier::new(&product(&ratios), None);
    let undecided = |price: i64| {
        let half = 1_u128 << (multiplier.bits - 1);
        let raised = u128::from(price.unsigned_abs()) * u128::from(multiplier.leading.unwrap()) + half;
        let past = raised % (2 * half);
        past == 0 || past + u128::from(price.unsigned_abs()) > 2 * half
    };
    let count = (40_000..100_000).filter(|ticks| undecided(ticks * TICK)).count();
    assert!(count < 20, "{count} of 60,000 prices went the long way");
    for ticks in (40_000..100_000).filter(|ticks| undecided(ticks * TICK)) {
        assert_eq!(multiplier.scale(ticks * TICK), oracle(ticks * TICK, &ratios, 1));
    }
}

#[test]
fn factors_are_ratios_above_zero_equal_in_value_and_printed_in_decimals() {
    for (numerator, denominator) in [(0, 1), (1, 0), (-1, 1), (1, -1), (-1, -1)] {
        assert_eq!(Factor::of_prices(Price::from_nanos(numerator), Price::from_nanos(denominator)), None);
    }
    assert_eq!(ratio(6, 4), ratio(3, 2));
    assert_eq!(ratio(6, 4).times(&ratio(2, 3)), Factor::one());
    assert_eq!(ratio(6, 4).inverse(), ratio(2, 3));
    assert!(ratio(5, 7).times(&ratio(7, 5)).is_one());
    assert_ne!(ratio(3, 2), ratio(3, 4));
    for (factor, expected) in [
        (Factor::one(), "1.000000000000000000"),
        (ratio(1, 3), "0.333333333333333333"),
        (ratio(2, 3), "0.666666666666666667"),
        (ratio(1_000_000_007, 10), "100000000.700000000000000000"),
        (ratio(20_250, 20_050), "1.009975062344139651"),
    ] {
        assert_eq!(factor.to_string(), expected);
    }
}
