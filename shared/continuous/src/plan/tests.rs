use peaktrade_domain::{Price, SpreadMethod, UnixNanos};

use super::{SeriesRequest, cumulative_adjustments, cumulative_shifts, plan};
use crate::{Adjustment, Factor, RollEvidence, Shift};

fn minute(minute: i64) -> UnixNanos {
    UnixNanos::from_nanos(minute * UnixNanos::MINUTE)
}

fn roll(from: &str, to: &str, roll_minute: i64, spread: i64) -> RollEvidence {
    RollEvidence {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        roll_ts: minute(roll_minute),
        trade_date: "2026-03-16".parse().unwrap(),
        spread: Price::from_nanos(spread),
        spread_time: minute(roll_minute - 1),
        to_time: minute(roll_minute - 1),
        from_price: Price::ZERO,
        to_price: Price::from_nanos(spread),
        from_volume: 1,
        to_volume: 1,
        method: SpreadMethod::LastCommon,
        runner_up: None,
        stale_session_minutes: 0,
    }
}

fn two_rolls() -> Vec<RollEvidence> {
    vec![roll("NQH2026", "NQM2026", 100, 7), roll("NQM2026", "NQU2026", 200, -3)]
}

fn everything(adjustment: Adjustment) -> SeriesRequest {
    SeriesRequest::everything(adjustment)
}

const CHAIN: [&str; 3] = ["NQH2026", "NQM2026", "NQU2026"];

/// One stretch is written "contract first..end+offset" in minutes, joined by blanks.
fn check(range: (i64, i64), as_of: i64, adjustment: Adjustment, expected: &str) {
    let contracts = CHAIN.map(|symbol| symbol.parse().unwrap());
    let request = SeriesRequest {
        start: minute(range.0),
        end: minute(range.1),
        as_of: UnixNanos::from_nanos(as_of),
        ..everything(adjustment)
    };
    let stretches: Vec<String> = plan(&contracts, &two_rolls(), &request)
        .unwrap()
        .iter()
        .map(|view| {
            // An end one nanosecond past a minute includes the bar of that minute.
            let end = (view.end_ts.nanos() + UnixNanos::MINUTE - 1) / UnixNanos::MINUTE;
            let start = view.start_ts.nanos() / UnixNanos::MINUTE;
            let Shift::Points(points) = view.change.shift else { panic!("{view:?} is no sum") };
            format!("{} {start}..{end}{:+}", view.contract, points.nanos())
        })
        .collect();
    assert_eq!(stretches.join(" "), expected, "{range:?} as of {as_of}");
}

#[test]
fn cuts_at_rolls_and_adds_all_later_spreads() {
    let all = 1000 * UnixNanos::MINUTE;
    let back = Adjustment::BackAdjust;
    check((0, 300), all, back, "NQH2026 0..100+4 NQM2026 100..200-3 NQU2026 200..300+0");
    check((0, 300), all, Adjustment::None, "NQH2026 0..100+0 NQM2026 100..200+0 NQU2026 200..300+0");
    check((100, 200), all, back, "NQM2026 100..200-3");
    check((99, 101), all, back, "NQH2026 99..100+4 NQM2026 100..101-3");
    check((0, 300), all, Adjustment::ForwardAdjust, "NQH2026 0..100+0 NQM2026 100..200-7 NQU2026 200..300-4");
    check((200, 300), all, Adjustment::ForwardAdjust, "NQU2026 200..300-4");
    check((250, 250), all, back, "");
    check((250, 240), all, back, "");
}

#[test]
fn what_was_not_known_does_not_exist() {
    let back = Adjustment::BackAdjust;
    let second_roll = 200 * UnixNanos::MINUTE;
    // One nanosecond before the second roll: no roll yet, and the bar of minute 199 is not over.
    check((0, 300), second_roll - 1, back, "NQH2026 0..100+7 NQM2026 100..199+0");
    // At the roll instant the roll is known and the last bar before it is over; the new contract has none yet.
    check((0, 300), second_roll, back, "NQH2026 0..100+4 NQM2026 100..200-3");
    check((0, 300), second_roll + UnixNanos::MINUTE, back, "NQH2026 0..100+4 NQM2026 100..200-3 NQU2026 200..201+0");
    // A later instant than the end of the range applies later rolls to an earlier range.
    check((0, 50), second_roll, back, "NQH2026 0..50+4");
    check((0, 50), 99 * UnixNanos::MINUTE, back, "NQH2026 0..50+0");
    check((0, 300), i64::MIN, back, "");
    let forward = Adjustment::ForwardAdjust;
    check((0, 300), second_roll - 1, forward, "NQH2026 0..100+0 NQM2026 100..199-7");
    check((0, 300), second_roll, forward, "NQH2026 0..100+0 NQM2026 100..200-7");
}

#[test]
fn rolls_that_are_no_chain_are_refused() {
    let refuse = |contracts: &[&str], rolls: &[RollEvidence], expected: &str| {
        let contracts: Vec<_> = contracts.iter().map(|symbol| symbol.parse().unwrap()).collect();
        let error = plan(&contracts, rolls, &SeriesRequest::everything(Adjustment::BackAdjust)).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    refuse(&[], &[], "0 contracts need 0 rolls");
    refuse(&CHAIN[..2], &two_rolls(), "2 contracts need 1 rolls between them, given are 2");
    refuse(&["NQH2026", "NQU2026", "NQZ2026"], &two_rolls(), "between the contracts stand NQH2026 and NQU2026");
    let back = [roll("NQM2026", "NQH2026", 100, 1)];
    refuse(&["NQM2026", "NQH2026"], &back, "does not lead to a later contract");
    let other_root = [roll("NQM2026", "RTYU2026", 100, 1)];
    refuse(&["NQM2026", "RTYU2026"], &other_root, "same root");
    let mut rolls = two_rolls();
    rolls[1].roll_ts = rolls[0].roll_ts;
    rolls[1].spread_time = minute(0);
    refuse(&CHAIN, &rolls, "does not come after the roll before it");
    let mut rolls = two_rolls();
    rolls[0].spread_time = minute(100);
    refuse(&CHAIN, &rolls, "was not over");
    let mut rolls = two_rolls();
    rolls[0].spread = Price::from_nanos(i64::MAX);
    rolls[1].spread = Price::from_nanos(1);
    refuse(&CHAIN, &rolls, "leaves the range");
}

#[test]
fn cumulative_adjustments_stand_beside_the_rolls() {
    let everything = SeriesRequest::everything(Adjustment::BackAdjust);
    let sums = cumulative_adjustments(&two_rolls(), &everything).unwrap();
    assert_eq!(sums.iter().map(|sum| sum.nanos()).collect::<Vec<_>>(), [4, -3]);
    let before_second = SeriesRequest { as_of: minute(150), ..everything };
    let sums = cumulative_adjustments(&two_rolls(), &before_second).unwrap();
    assert_eq!(sums.iter().map(|sum| sum.nanos()).collect::<Vec<_>>(), [7]);
}

#[test]
fn ratios_multiply_towards_the_contract_that_stays() {
    let price = |nanos| peaktrade_domain::Price::from_nanos(nanos);
    let mut rolls = two_rolls();
    (rolls[0].from_price, rolls[0].to_price, rolls[0].spread) = (price(20), price(30), price(10));
    (rolls[1].from_price, rolls[1].to_price, rolls[1].spread) = (price(50), price(40), price(-10));
    let factor =
        |numerator, denominator| Shift::Factor(Factor::of_prices(price(numerator), price(denominator)).unwrap());
    let shifts = |adjustment| cumulative_shifts(&rolls, &everything(adjustment)).unwrap();
    // 30/20 * 40/50 and 40/50; 20/30 and 20/30 * 50/40.
    assert_eq!(shifts(Adjustment::RatioAdjust), [factor(6, 5), factor(4, 5)]);
    assert_eq!(shifts(Adjustment::ForwardRatioAdjust), [factor(2, 3), factor(5, 6)]);
    assert_eq!(cumulative_adjustments(&rolls, &everything(Adjustment::RatioAdjust)).unwrap(), [price(0); 2]);
    let contracts = CHAIN.map(|symbol| symbol.parse().unwrap());
    let changes = |adjustment| {
        let views = plan(&contracts, &rolls, &everything(adjustment)).unwrap();
        views.into_iter().map(|view| view.change.shift).collect::<Vec<_>>()
    };
    assert_eq!(changes(Adjustment::RatioAdjust), [factor(6, 5), factor(4, 5), Shift::NONE]);
    assert_eq!(changes(Adjustment::ForwardRatioAdjust), [Shift::NONE, factor(2, 3), factor(5, 6)]);
}

#[test]
fn a_ratio_of_prices_not_above_zero_names_its_roll_once_the_roll_is_known() {
    let price = |nanos| peaktrade_domain::Price::from_nanos(nanos);
    for (from_price, to_price) in [(0, 5), (5, 0), (-5, -4), (5, -1)] {
        let mut rolls = two_rolls();
        (rolls[0].from_price, rolls[0].to_price, rolls[0].spread) = (price(5), price(6), price(1));
        (rolls[1].from_price, rolls[1].to_price) = (price(from_price), price(to_price));
        rolls[1].spread = price(to_price - from_price);
        for method in [Adjustment::RatioAdjust, Adjustment::ForwardRatioAdjust] {
            let error = cumulative_shifts(&rolls, &everything(method)).unwrap_err().to_string();
            let expected =
                "roll NQM2026 -> NQU2026 at 1970-01-01T03:20:00Z: a ratio needs two prices above zero, the pair is";
            assert!(error.starts_with(expected), "{error}");
            let before = SeriesRequest { as_of: minute(199), ..everything(method) };
            assert_eq!(cumulative_shifts(&rolls, &before).unwrap().len(), 1);
        }
        for method in [Adjustment::None, Adjustment::BackAdjust, Adjustment::ForwardAdjust] {
            assert!(cumulative_shifts(&rolls, &everything(method)).is_ok());
        }
    }
}

#[test]
fn the_ratio_of_a_median_follows_the_median_and_not_the_newest_minute() {
    let price = |nanos| peaktrade_domain::Price::from_nanos(nanos);
    let mut rolls = two_rolls();
    for roll in &mut rolls {
        (roll.from_price, roll.method) = (price(20_000), SpreadMethod::MedianCommon(30));
        // The newest minute has an odd close; the median of the thirty is sound.
        (roll.to_price, roll.spread) = (price(21_000), price(200));
    }
    let sound = Factor::of_prices(price(20_200), price(20_000)).unwrap();
    let twice = sound.times(&sound);
    let shifts = |adjustment| cumulative_shifts(&rolls, &everything(adjustment)).unwrap();
    assert_eq!(shifts(Adjustment::RatioAdjust), [Shift::Factor(twice.clone()), Shift::Factor(sound.clone())]);
    let inverse = [Shift::Factor(sound.inverse()), Shift::Factor(twice.inverse())];
    assert_eq!(shifts(Adjustment::ForwardRatioAdjust), inverse);
    let said = crate::explain(&rolls[0], Adjustment::RatioAdjust, Price::ZERO, 60);
    assert!(said.contains("before the roll by 0.0000202 / 0.00002, 0.00002 and the spread over 0.00002,"), "{said}");
}

#[test]
fn a_roll_whose_spread_came_late_ends_the_view_until_it_is_known() {
    let contracts = CHAIN.map(|symbol| symbol.parse().unwrap());
    let mut rolls = two_rolls();
    for (roll, first_bar) in rolls.iter_mut().zip([105, 200]) {
        (roll.method, roll.to_time) = (SpreadMethod::PeakTrade, minute(first_bar));
    }
    let view = |rolls: &[RollEvidence], as_of: i64| {
        let request = SeriesRequest {
            start: minute(0),
            end: minute(300),
            as_of: UnixNanos::from_nanos(as_of),
            ..everything(Adjustment::BackAdjust)
        };
        let stretch = |view: &super::SegmentView| {
            let Shift::Points(points) = view.change.shift else { panic!("{view:?} is no sum") };
            let end = (view.end_ts.nanos() + UnixNanos::MINUTE - 1) / UnixNanos::MINUTE;
            format!("{}..{end}{:+}", view.contract, points.nanos())
        };
        plan(&contracts, rolls, &request).unwrap().iter().map(stretch).collect::<Vec<_>>().join(" ")
    };
    let known_at = 106 * UnixNanos::MINUTE;
    assert_eq!(view(&rolls, 100 * UnixNanos::MINUTE - 1), "NQH2026..99+0", "the roll has not come");
    assert_eq!(view(&rolls, 100 * UnixNanos::MINUTE), "NQH2026..100+0");
    assert_eq!(view(&rolls, known_at - 1), "NQH2026..100+0", "the roll has come, and nobody knows by how much");
    assert_eq!(view(&rolls, known_at), "NQH2026..100+7 NQM2026..106+0");
    // A first roll that is known later than the second one hides it, whatever the number of rolls.
    rolls[0].to_time = minute(250);
    assert_eq!(view(&rolls, 251 * UnixNanos::MINUTE - 1), "NQH2026..100+0");
    assert_eq!(view(&rolls, 251 * UnixNanos::MINUTE), "NQH2026..100+4 NQM2026..200-3 NQU2026..251+0");
    let mut many = rolls.clone();
    let mut last = roll("NQU2026", "NQZ2026", 260, 1);
    (last.method, last.to_time) = (SpreadMethod::PeakTrade, minute(260));
    many.push(last);
    let request = SeriesRequest { as_of: minute(262), ..everything(Adjustment::BackAdjust) };
    many[1].to_time = minute(280);
    assert_eq!(cumulative_shifts(&many, &request).unwrap().len(), 1, "the third is known and stands behind the second");
}

#[test]
fn a_settlement_at_the_roll_was_known_by_it_and_a_later_one_was_not() {
    let contracts = CHAIN.map(|symbol| symbol.parse().unwrap());
    let mut rolls = two_rolls();
    for roll in &mut rolls {
        roll.method = SpreadMethod::Settlement;
        (roll.spread_time, roll.to_time) = (roll.roll_ts, roll.roll_ts);
    }
    assert_eq!(rolls[0].known_at(), rolls[0].roll_ts);
    assert_eq!(plan(&contracts, &rolls, &everything(Adjustment::BackAdjust)).unwrap().len(), 3);
    rolls[0].spread_time = rolls[0].roll_ts.checked_add_nanos(1).unwrap();
    let error = plan(&contracts, &rolls, &everything(Adjustment::BackAdjust)).unwrap_err().to_string();
    assert!(error.contains("its spread was read at 1970-01-01T01:40:00.000000001Z, which was not over"), "{error}");
}
