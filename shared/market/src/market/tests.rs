use peaktrade_domain::{Calendar, Sha256, UnixNanos};

use super::Market;
use crate::{ContractBars, TickBar, write_ninjatrader};

/// Golden files: a change here changes every demo run, its run id and its evidence, and needs a reason in the commit.
#[test]
fn the_demo_files_never_change() {
    let market = Market::demo(Market::DEMO_SEED);
    let described: Vec<String> = market
        .contracts
        .iter()
        .map(|contract| {
            let file = write_ninjatrader(&market, contract);
            let rows = file.expected;
            format!(
                "{}: {} rows, {} kept, {} out of session, {} duplicate, {} off tick, {} after expiry, {}",
                file.name,
                rows.rows_in,
                rows.kept,
                rows.out_of_session,
                rows.duplicate,
                rows.off_tick,
                rows.after_expiry,
                Sha256::of(&file.bytes)
            )
        })
        .collect();
    assert_eq!(
        described,
        [
            "NQ 03-26.Last.txt: 13295 rows, 13291 kept, 1 out of session, 1 duplicate, 1 off tick, 1 after expiry, \
             9557fe73a8f170319d89d3dfadd4ac87d3df783cf0a7bd3b94c4987d2566bdb1",
            "NQ 06-26.Last.txt: 25530 rows, 25526 kept, 1 out of session, 1 duplicate, 1 off tick, 1 after expiry, \
             9bd5f32e192d4b352ac48317985a9825feb218650e1e469c96cbd7f2022a50fd",
            "NQ 09-26.Last.txt: 20359 rows, 20356 kept, 1 out of session, 1 duplicate, 1 off tick, 0 after expiry, \
             dd395c5528557580c4f4e448c43720705c483a47d9425d7577fc7e7a483d7950",
        ]
    );
}

#[test]
fn every_bar_is_a_bar_in_an_open_session_before_expiry() {
    let calendar = Calendar::shipped();
    let market = Market::demo(Market::DEMO_SEED);
    for ContractBars { symbol, last_trade_time, bars } in &market.contracts {
        assert_eq!(*last_trade_time, calendar.last_trade_time(*symbol).unwrap());
        assert!(bars.is_sorted_by(|a, b| a.open_time < b.open_time), "{symbol}");
        for bar in bars {
            assert!(bar.low <= bar.open.min(bar.close) && bar.open.max(bar.close) <= bar.high, "{symbol} {bar:?}");
            assert!(bar.volume > 0 && bar.open_time.is_whole_minute(), "{symbol} {bar:?}");
            assert!(bar.open_time < *last_trade_time, "{symbol} {bar:?}");
            assert!(calendar.trade_date_of(bar.open_time).unwrap().is_some(), "{symbol} {bar:?}");
            assert!((21_000 * 4..25_000 * 4).contains(&bar.close), "{symbol} {bar:?}");
        }
    }
    let rows: usize = market.contracts.iter().map(|contract| contract.bars.len()).sum();
    assert!((45_000..60_000).contains(&rows), "{rows} rows");
}

#[test]
fn the_windows_hold_what_the_market_promises() {
    let market = Market::demo(Market::DEMO_SEED);
    let rolls: Vec<String> =
        market.windows.iter().map(|window| format!("{} {}", window.roll, window.roll_open)).collect();
    assert_eq!(rolls, ["2026-03-16 2026-03-15T22:00:00Z", "2026-06-15 2026-06-14T22:00:00Z"]);
    let [march, june, september] = market.contracts.as_slice() else { panic!("three contracts") };
    // Expiries: the June one a day early, for the third Friday is a holiday.
    assert_eq!(march.last_trade_time.to_string(), "2026-03-20T13:30:00Z");
    assert_eq!(june.last_trade_time.to_string(), "2026-06-18T13:30:00Z");
    assert_eq!(march.bars[march.bars.len() - 1].open_time.to_string(), "2026-03-20T13:29:00Z");
    // Juneteenth: open until noon in Chicago, then closed until Sunday evening.
    assert_eq!(count(september, "2026-06-18T22:00:00Z", "2026-06-19T17:00:00Z"), 1140);
    assert_eq!(count(september, "2026-06-19T17:00:00Z", "2026-06-21T22:00:00Z"), 0);
    // The outage is in every contract, and next to it the market trades.
    for contract in &market.contracts {
        assert_eq!(count(contract, "2026-03-11T15:10:00Z", "2026-03-11T15:40:00Z"), 0, "{}", contract.symbol);
    }
    assert_eq!(count(march, "2026-03-11T15:05:00Z", "2026-03-11T15:45:00Z"), 10);
    // The far contract leaves out most minutes of the night, the front one hardly any.
    let night = ("2026-03-10T03:00:00Z", "2026-03-10T07:00:00Z");
    assert!(count(september, night.0, night.1) < 60);
    assert_eq!(count(march, night.0, night.1), 240);
}

#[test]
fn the_spread_follows_carry_and_drifts_and_volume_moves_over_the_roll() {
    let market = Market::demo(Market::DEMO_SEED);
    for window in &market.windows {
        let bars = |symbol| market.contracts.iter().find(|contract| contract.symbol == symbol).unwrap();
        let (from, to) = (bars(window.from), bars(window.to));
        let spreads: Vec<i64> =
            from.bars.iter().filter_map(|old| Some(find(to, old.open_time)?.close - old.close)).collect();
        // A quarter's carry at 2.125 points a day is near 190 points, in ticks 765 give or take drift and quotes.
        assert!(
            spreads.iter().all(|spread| (700..850).contains(spread)),
            "{:?} {:?}",
            spreads.iter().min(),
            spreads.iter().max()
        );
        let drift = spreads[spreads.len() - 1] - spreads[0];
        assert!((window.spread_drift_ticks_a_day * 10 - drift).abs() < 15, "drift of {drift} ticks");
        let volume = |contract: &ContractBars, from: i64| -> u64 {
            let day = 24 * 60 * UnixNanos::MINUTE;
            let open = window.roll_open.nanos() + from * day;
            let bars = contract.bars.iter().filter(|bar| (open..open + day).contains(&bar.open_time.nanos()));
            bars.map(|bar| u64::from(bar.volume)).sum()
        };
        assert!(volume(from, -3) > volume(to, -3), "the old contract leads on the Friday before");
        assert!(volume(from, 0) < volume(to, 0), "the new contract leads from the roll on");
    }
}

/// An average of 30 against one of 120 minutes: the strategy of a demo must have something to do, and not too much.
#[test]
fn a_moving_average_trades_some_tens_of_times() {
    let market = Market::demo(Market::DEMO_SEED);
    let mut turns = 0;
    for contract in &market.contracts {
        let closes: Vec<i64> = contract.bars.iter().map(|bar| bar.close).collect();
        let is_above = |end: usize| {
            let mean = |count: usize| closes[end - count..end].iter().sum::<i64>() * 120 / count as i64;
            mean(30) > mean(120)
        };
        turns += (121..closes.len()).filter(|end| is_above(*end) != is_above(end - 1)).count();
    }
    assert!((50..1200).contains(&turns), "{turns} turns");
}

#[test]
fn each_row_of_the_files_is_a_bar_or_a_counted_defect() {
    let calendar = Calendar::shipped();
    let market = Market::demo(Market::DEMO_SEED);
    for contract in &market.contracts {
        let file = write_ninjatrader(&market, contract);
        let text = String::from_utf8(file.bytes).unwrap();
        let (mut kept, mut dropped) = (Vec::new(), [0_u64; 4]);
        for line in text.lines() {
            let cells: Vec<&str> = line.split(';').collect();
            let close = chrono::NaiveDateTime::parse_from_str(cells[0], "%Y%m%d %H%M%S").unwrap();
            let open = close.and_utc().timestamp() * UnixNanos::SECOND - UnixNanos::MINUTE;
            let open = UnixNanos::from_nanos(open);
            let quarters: Vec<f64> = cells[1..5].iter().map(|cell| cell.parse::<f64>().unwrap() * 4.0).collect();
            if calendar.trade_date_of(open).unwrap().is_none() {
                dropped[0] += 1;
            } else if open >= contract.last_trade_time {
                dropped[3] += 1;
            } else if quarters.iter().any(|quarter| quarter.fract() != 0.0) {
                dropped[2] += 1;
            } else if kept.last().is_some_and(|last: &TickBar| last.open_time == open) {
                dropped[1] += 1;
            } else {
                let ticks: Vec<i64> = quarters.iter().map(|quarter| *quarter as i64).collect();
                let (high, low, volume) = (ticks[1], ticks[2], cells[5].parse().unwrap());
                kept.push(TickBar { open_time: open, open: ticks[0], high, low, close: ticks[3], volume });
            }
        }
        assert_eq!(kept, contract.bars, "{}", file.name);
        let expected = file.expected;
        assert_eq!(
            dropped,
            [expected.out_of_session, expected.duplicate, expected.off_tick, expected.after_expiry],
            "{}",
            file.name
        );
        assert_eq!(expected.rows_in, expected.kept + dropped.iter().sum::<u64>());
    }
}

#[test]
fn seeds_differ_and_one_seed_does_not() {
    assert_eq!(Market::demo(1), Market::demo(1));
    assert_ne!(Market::demo(1).contracts[0].bars, Market::demo(2).contracts[0].bars);
}

fn find(contract: &ContractBars, open_time: UnixNanos) -> Option<&TickBar> {
    let at = contract.bars.binary_search_by_key(&open_time, |bar| bar.open_time).ok()?;
    contract.bars.get(at)
}

fn count(contract: &ContractBars, from: &str, to: &str) -> usize {
    let (from, to): (UnixNanos, UnixNanos) = (from.parse().unwrap(), to.parse().unwrap());
    contract.bars.iter().filter(|bar| from <= bar.open_time && bar.open_time < to).count()
}
