//! Prices and volumes of a session's bars.

use peaktrade_continuous::{Bar, BarsView};
use peaktrade_domain::{Price, TradeDate, UnixNanos};

use crate::Code;
use crate::collector::Collector;
use crate::tick_multiples::TickMultiples;

/// The mark of an undefined price in the vendor format with the same unit as ours.
const UNDEFINED_PRICE: i64 = i64::MAX;

/// Checks every bar by itself. One pass over the columns tells whether anything is wrong at all; only then is each bar
/// looked at. `last_trade` is the row of a contract's last bar, which may close at the final settlement.
pub(crate) fn check(
    bars: BarsView<'_>,
    grid: &TickMultiples,
    date: TradeDate,
    last_trade: Option<usize>,
    findings: &mut Collector,
) {
    if are_sound(bars, grid) {
        return;
    }
    for row in 0..bars.len() {
        if let Some(bar) = bars.get(row) {
            check_bar(&bar, grid, date, last_trade == Some(row), findings);
        }
    }
}

/// Whether no bar breaks a rule of its own and none is without volume.
fn are_sound(bars: BarsView<'_>, grid: &TickMultiples) -> bool {
    let rows = bars.len();
    let (open, high, low, close) = (&bars.open[..rows], &bars.high[..rows], &bars.low[..rows], &bars.close[..rows]);
    // Below zero where a price or a difference is. Differences of prices not below zero do not wrap, and where a price is
    // below zero the bits tell by themselves.
    let mut signs = 0_i64;
    for row in 0..rows {
        let (open, high, low, close) = (open[row], high[row], low[row], close[row]);
        signs |= open | high | low | close | low.wrapping_sub(1) | UNDEFINED_PRICE.wrapping_sub(1).wrapping_sub(high);
        signs |= high.wrapping_sub(open) | high.wrapping_sub(close);
        signs |= open.wrapping_sub(low) | close.wrapping_sub(low);
    }
    for volume in &bars.volume[..rows] {
        signs |= volume | volume.wrapping_sub(1);
    }
    let mut is_on_grid = true;
    for row in 0..rows {
        is_on_grid &= grid.holds(open[row]) & grid.holds(high[row]) & grid.holds(low[row]) & grid.holds(close[row]);
    }
    signs >= 0 && is_on_grid
}

fn check_bar(bar: &Bar, grid: &TickMultiples, date: TradeDate, may_settle: bool, findings: &mut Collector) {
    let open_time = UnixNanos::from_nanos(bar.ts);
    let prices = [bar.open, bar.high, bar.low, bar.close];
    let [open, high, low, close] = prices.map(Price::from_nanos);
    let words = || format!("bar of {open_time}: open {open}, high {high}, low {low}, close {close}");
    if prices.iter().any(|price| *price <= 0 || *price == UNDEFINED_PRICE) {
        findings.add(Code::NotAPrice, date, 1, words);
    } else if !prices.iter().all(|price| grid.holds(*price)) {
        // The final settlement is no trade: it closes the last bar, and may be its high or its low. Any other price off
        // the grid is wrong there too.
        let is_settlement = |price: i64| price == bar.close || grid.holds(price);
        let is_settled = may_settle && grid.holds(bar.open) && is_settlement(bar.high) && is_settlement(bar.low);
        let code = if is_settled { Code::SettlementOffTick } else { Code::OffTick };
        findings.add(code, date, 1, || format!("{}, tick {}", words(), grid.tick()));
    }
    if low > open.min(close) || high < open.max(close) {
        findings.add(Code::OhlcOrder, date, 1, words);
    }
    if bar.volume < 0 {
        findings.add(Code::NegativeVolume, date, 1, || format!("bar of {open_time}: volume {}", bar.volume));
    } else if bar.volume == 0 {
        findings.add(Code::ZeroVolume, date, 1, || format!("bar of {open_time}: close {close}, volume 0"));
    }
}
