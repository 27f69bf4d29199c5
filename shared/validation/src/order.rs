//! Bars out of order.

use peaktrade_continuous::{Bar, Bars, BarsView};
use peaktrade_domain::{Calendar, UnixNanos};

use crate::Code;
use crate::closed_hours::date_of;
use crate::collector::Collector;

/// Whether every stamp comes after the one before it, the first after `newest`.
pub(crate) fn is_increasing(stamps: &[i64], newest: i64) -> bool {
    let Some(first) = stamps.first() else { return true };
    let mut is_increasing = *first > newest;
    for pair in stamps.windows(2) {
        is_increasing &= pair[0] < pair[1];
    }
    is_increasing
}

/// The bars that come after all before them; the others are findings and are looked at no further. `newest` is the last
/// bar before these.
pub(crate) fn sift(bars: BarsView<'_>, newest: Option<Bar>, calendar: &Calendar, findings: &mut Collector) -> Bars {
    let mut kept = Bars::with_capacity(bars.len());
    let mut newest = newest;
    for bar in (0..bars.len()).filter_map(|row| bars.get(row)) {
        let Some(before) = newest.filter(|newest| newest.ts >= bar.ts) else {
            kept.push(bar);
            newest = Some(bar);
            continue;
        };
        let [open_time, last] = [bar.ts, before.ts].map(UnixNanos::from_nanos);
        let date = date_of(open_time, calendar);
        if before.ts == bar.ts {
            let values = if before == bar { "the same values" } else { "other values" };
            findings.add(Code::DuplicateMinute, date, 1, || format!("a second bar of {open_time} with {values}"));
        } else {
            findings.add(Code::NotIncreasing, date, 1, || format!("bar of {open_time} after bar of {last}"));
        }
    }
    kept
}
