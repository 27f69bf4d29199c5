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
    (rolls[0].from_price, rolls[0].to_price) = (price(20), price(30));
    (rolls[1].from_price, rolls[1].to_price) = (price(50), price(40));
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
        (rolls[0].from_price, rolls[0].to_price) = (price(5), price(6));
        (rolls[1].from_price, rolls[1].to_price) = (price(from_price), price(to_price));
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
