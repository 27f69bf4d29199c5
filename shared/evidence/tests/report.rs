//! The report of a whole run on the demo market; the page lies in the target folder's `tmp` for a person to look at.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use peaktrade_continuous::{Adjustment, Bar, Bars, RollEvidence, SeriesRequest, measure_spread, stitch};
use peaktrade_domain::{Calendar, ContractSymbol, Price, RollPolicy, ScheduledRoll, Side, UnixNanos, Usd};
use peaktrade_evidence::{EquityPoint, FillMark, PricePoint, Report, RollEvent};
use peaktrade_market::{Market, TickBar};

fn bars(market: &Market) -> Vec<(ContractSymbol, Bars)> {
    let nanos = |ticks: i64| TickBar::price(ticks).nanos();
    let column = |contract: &peaktrade_market::ContractBars| {
        let mut bars = Bars::default();
        for bar in &contract.bars {
            bars.push(Bar {
                ts: bar.open_time.nanos(),
                open: nanos(bar.open),
                high: nanos(bar.high),
                low: nanos(bar.low),
                close: nanos(bar.close),
                volume: bar.volume.into(),
            });
        }
        bars
    };
    market.contracts.iter().map(|contract| (contract.symbol, column(contract))).collect()
}

fn evidence(market: &Market, contracts: &[(ContractSymbol, Bars)], calendar: &Calendar) -> Vec<RollEvidence> {
    let view = |symbol| contracts.iter().find(|(contract, _)| *contract == symbol).unwrap().1.view();
    let measure = |window: &peaktrade_market::RollWindow| {
        let roll =
            ScheduledRoll { from: window.from, to: window.to, trade_date: window.roll, roll_ts: window.roll_open };
        measure_spread(&roll, view(window.from), view(window.to), &RollPolicy::STANDARD, calendar).unwrap()
    };
    market.windows.iter().map(measure).collect()
}

fn roll_event(roll: &RollEvidence, cumulative_adjustment: Price) -> RollEvent {
    RollEvent {
        root: roll.from.root(),
        from_symbol: roll.from,
        to_symbol: roll.to,
        roll_ts: roll.roll_ts,
        roll_policy_version: RollPolicy::STANDARD.to_string(),
        trade_date: roll.trade_date,
        spread: roll.spread,
        spread_time: roll.spread_time,
        from_price: roll.from_price,
        to_price: roll.to_price,
        from_volume: roll.from_volume,
        to_volume: roll.to_volume,
        method: roll.method.to_string(),
        runner_up_median_30: roll.runner_up.map(|minutes| minutes.median),
        spread_min: roll.runner_up.map(|minutes| minutes.min),
        spread_max: roll.runner_up.map(|minutes| minutes.max),
        stale_session_minutes: roll.stale_session_minutes,
        cumulative_adjustment,
    }
}

/// A moving average on the series, one contract, filled at the close: enough to fill a page, not a backtest.
fn trade(prices: &[PricePoint], market: &Market) -> (Vec<FillMark>, Vec<EquityPoint>) {
    let mean = |end: usize, count: usize| {
        prices[end - count..end].iter().map(|point| i128::from(point.close.nanos())).sum::<i128>() / count as i128
    };
    let (mut held, mut equity) = (0_i64, 100_000 * Usd::SCALE);
    let (mut fills, mut points) = (Vec::new(), Vec::new());
    for at in 240..prices.len() {
        let wanted = if mean(at, 60) > mean(at, 240) { 1 } else { -1 };
        let change = prices[at].close.nanos() - prices[at - 1].close.nanos();
        // A point is worth 20 dollars; 1e-9 points against 1e-6 dollars.
        equity += held * change * 20 / 1000;
        if wanted != held {
            equity -= 2_250_000 * (wanted - held).abs();
            let contract = market.windows.iter().rev().find(|window| window.roll_open <= prices[at].time);
            fills.push(FillMark {
                time: prices[at].time,
                contract: contract.map_or(market.contracts[0].symbol, |window| window.to),
                side: if wanted > held { Side::Buy } else { Side::Sell },
                quantity: u32::try_from((wanted - held).abs()).unwrap(),
                price: prices[at].close,
                fee_usd: "2.25".parse().unwrap(),
                rule: "market_next_open".to_owned(),
                roll_id: String::new(),
            });
            held = wanted;
        }
        points.push(EquityPoint { time: prices[at].time, equity_usd: Usd::from_micros(equity) });
    }
    (fills, points)
}

fn demo_report() -> Report {
    let calendar = Calendar::shipped();
    let market = Market::demo(Market::DEMO_SEED);
    let contracts = bars(&market);
    let rolls = evidence(&market, &contracts, &calendar);
    let named: Vec<_> = contracts.iter().map(|(symbol, bars)| (*symbol, bars)).collect();
    let series = stitch(&named, &rolls, &SeriesRequest::everything(Adjustment::BackAdjust)).unwrap();
    let prices: Vec<PricePoint> = (0..series.bars.len())
        .map(|row| {
            let time = UnixNanos::from_nanos(series.bars.ts[row]);
            let trade_date = calendar.trade_date_of(time).unwrap().unwrap();
            PricePoint { time, trade_date, close: Price::from_nanos(series.bars.close[row]) }
        })
        .collect();
    let (fill_marks, equity) = trade(&prices, &market);
    let start = 100_000 * Usd::SCALE;
    let pnl = equity[equity.len() - 1].equity_usd.micros() - start;
    Report {
        title: "Moving average 60/240 on NQ".to_owned(),
        run_id: "5f0c2d9be1a47c3f8890aa3de0b1c7d25f0c2d9be1a47c3f8890aa3de0b1c7d2".to_owned(),
        dataset_id: format!("sha256:{}", "3ad1".repeat(16)),
        series: "NQ continuous, 1m, BACK_ADJUST".to_owned(),
        method: "BACK_ADJUST".to_owned(),
        from: market.windows[0].first,
        to: market.windows[1].last,
        identities: BTreeMap::from([
            ("Calendar file".to_owned(), calendar.sha256().to_string()),
            ("Roll policy".to_owned(), RollPolicy::STANDARD.to_string()),
        ]),
        rows_in: series.rows_in,
        rows_out: series.rows_out,
        pnl_usd: Usd::from_micros(pnl),
        fees_usd: Usd::from_micros(fill_marks.len() as i64 * 4_500_000),
        orders: fill_marks.len() as u64 + 3,
        fills: fill_marks.len() as u64,
        blocks: BTreeMap::from([("instrument_not_allowed".to_owned(), 1), ("max_contracts".to_owned(), 2)]),
        rolls: rolls
            .iter()
            .zip(&series.cumulative_adjustments)
            .map(|(roll, cumulative)| roll_event(roll, *cumulative))
            .collect(),
        prices,
        fill_marks,
        equity,
        notes: vec![
            "Market orders fill at the open of the next bar of the contract, one tick worse.".to_owned(),
            "The signal reads back-adjusted prices; every fill is on the raw contract.".to_owned(),
        ],
    }
}

#[test]
fn the_page_of_a_run_is_whole_small_and_always_the_same() {
    let report = demo_report();
    let page = report.render();
    assert_eq!(page, demo_report().render());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    fs::write(&path, &page).unwrap();
    for fact in ["NQH2026 \u{2192} NQM2026", "NQM2026 \u{2192} NQU2026", "days without data", "spread +19"] {
        assert!(page.contains(fact), "{fact:?} is not in {}", path.display());
    }
    // 28,000 bars are drawn pixel by pixel: the page stays something a browser opens at once.
    assert!((50_000..600_000).contains(&page.len()), "{} bytes", page.len());
    assert_eq!(page.matches("<svg").count(), 3);
    assert_eq!(page.matches("class=\"roll\"").count(), 2);
}
