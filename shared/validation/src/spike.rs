//! Bars that leave the prices around them and come straight back.
//!
//! The rule: a bar reaches beyond both of its neighbours by more than 1/256 of the price and by more than eight times the
//! median range of the bars around it. Its neighbours are the bars before and after it; of the first and the last bar of a
//! segment they are the next two. Neighbours more than an hour away say nothing. "Around" are up to fifteen bars on each
//! side within the segment.

use peaktrade_continuous::BarsView;
use peaktrade_domain::{Price, TradeDate, UnixNanos};

use crate::Code;
use crate::collector::Collector;

/// A price is divided by two to this for the reach below which a bar is never a spike: 0.4 per cent, 80 points at 20,000.
/// In the calm and in the wildest months looked at, a minute that comes back moves less.
const FLOOR_SHIFT: u32 = 8;
/// Median ranges of the bars around it that a spike reaches beyond its neighbours.
const MEDIAN_RANGES_MIN: i64 = 8;
/// Bars on either side whose ranges are looked at.
const AROUND: usize = 15;
/// Neighbours further away than this say nothing: within an hour the market may have gone anywhere.
const NEIGHBOUR_MAX: i64 = 60 * UnixNanos::MINUTE;

/// Looks at the bars of one segment.
pub(crate) fn check(bars: BarsView<'_>, date: TradeDate, findings: &mut Collector) {
    let rows = bars.len();
    if rows < 3 {
        return;
    }
    judge(bars, 0, [1, 2], date, findings);
    let (high, low) = (&bars.high[..rows], &bars.low[..rows]);
    for row in 1..rows - 1 {
        let above = high[row].wrapping_sub(high[row - 1].max(high[row + 1]));
        let bottom = low[row - 1].min(low[row + 1]);
        if above.max(bottom.wrapping_sub(low[row])) > bottom >> FLOOR_SHIFT {
            judge(bars, row, [row - 1, row + 1], date, findings);
        }
    }
    judge(bars, rows - 1, [rows - 3, rows - 2], date, findings);
}

fn judge(bars: BarsView<'_>, row: usize, neighbours: [usize; 2], date: TradeDate, findings: &mut Collector) {
    let [before, after] = neighbours;
    let is_near = |other: usize| (bars.ts[row] - bars.ts[other]).abs() <= NEIGHBOUR_MAX;
    let top = bars.high[before].max(bars.high[after]);
    let bottom = bars.low[before].min(bars.low[after]);
    let reach = bars.high[row].saturating_sub(top).max(bottom.saturating_sub(bars.low[row]));
    if reach <= bottom >> FLOOR_SHIFT || !is_near(before) || !is_near(after) {
        return;
    }
    let median = median_range(bars, row);
    if reach <= median.saturating_mul(MEDIAN_RANGES_MIN) {
        return;
    }
    findings.add(Code::Spike, date, 1, || {
        let [high, low, top, bottom, reach, median] =
            [bars.high[row], bars.low[row], top, bottom, reach, median].map(Price::from_nanos);
        let open_time = UnixNanos::from_nanos(bars.ts[row]);
        format!(
            "bar of {open_time} from {low} to {high} beside {bottom} to {top}: {reach} beyond, bars around it are {median} \
             high"
        )
    });
}

/// Median of the ranges of the bars around one, the upper of two.
fn median_range(bars: BarsView<'_>, row: usize) -> i64 {
    let around = row.saturating_sub(AROUND)..bars.len().min(row + AROUND + 1);
    let ranges = around.filter(|other| *other != row).map(|other| bars.high[other].saturating_sub(bars.low[other]));
    let mut ranges: Vec<i64> = ranges.collect();
    let middle = ranges.len() / 2;
    if ranges.is_empty() { 0 } else { *ranges.select_nth_unstable(middle).1 }
}
