//! What adjustment and larger bars cost per one-minute bar: the factor of forty rolls, two thousand sessions.
//!
//! ```text
//! cargo bench -p peaktrade-continuous --bench bars
//! ```
//!
//! Prints nanoseconds of this thread's CPU time per bar, so that other work on the machine counts as little as may be.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use peaktrade_continuous::{
    Aggregator, Bar, BarSize, Bars, Buckets, Factor, PriceChange, Shift, TickGrid, adjust, content_digest,
};
use peaktrade_domain::{Calendar, HoursFilter, Price, Session, UnixNanos};
use rustix::time::{ClockId, clock_gettime};

/// Measurements of which the median is printed.
const ROUNDS: usize = 5;
/// Bars of a piece: those of a month.
const PIECE: usize = 30_000;
const TICK: i64 = 250_000_000;

fn main() {
    let calendar = Calendar::shipped();
    let sessions = calendar.sessions("2016-01-04".parse().unwrap(), "2023-12-29".parse().unwrap()).unwrap();
    let bars = bars(sessions);
    let factor = (0..40).fold(Factor::one(), |product, roll| {
        let (old, new) =
            (Price::from_nanos((80_001 + 977 * roll) * TICK), Price::from_nanos((80_813 + 977 * roll) * TICK));
        product.times(&Factor::of_prices(new, old).unwrap())
    });
    let grid = TickGrid::new(Price::from_nanos(TICK));
    let points = Shift::Points(Price::from_nanos(812 * TICK));
    for (name, shift, snap) in [
        ("as traded", Shift::NONE, None),
        ("points", points.clone(), None),
        ("points, snapped", points, grid),
        ("ratio of 40 rolls", Shift::Factor(factor.clone()), None),
        ("ratio of 40 rolls, snapped", Shift::Factor(factor), grid),
    ] {
        let change = PriceChange { shift, snap };
        report(name, &bars, || pieces(&bars, |piece, out| adjust(piece, &change, out).unwrap()));
    }
    for size in [BarSize::FiveMinutes, BarSize::OneHour, BarSize::OneDay] {
        report(size.name(), &bars, || {
            let buckets = Buckets::new(size, HoursFilter::Full, sessions, &[]);
            let mut aggregator = Aggregator::new(buckets, UnixNanos::from_nanos(i64::MAX));
            pieces(&bars, |piece, out| aggregator.update(piece, out).unwrap());
        });
    }
    report("content digest, to compare", &bars, || {
        black_box(content_digest(&bars));
    });
}

fn pieces(bars: &Bars, mut work: impl FnMut(peaktrade_continuous::BarsView<'_>, &mut Bars)) {
    for first in (0..bars.len()).step_by(PIECE) {
        let mut out = Bars::with_capacity(PIECE);
        work(bars.view().rows(first..bars.len().min(first + PIECE)), &mut out);
        black_box(&out);
    }
}

fn report(name: &str, bars: &Bars, mut work: impl FnMut()) {
    let mut nanos: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let begin = clock_gettime(ClockId::ThreadCPUTime);
            work();
            let end = clock_gettime(ClockId::ThreadCPUTime);
            (Duration::try_from(end).unwrap() - Duration::try_from(begin).unwrap()).as_nanos()
        })
        .collect();
    nanos.sort_unstable();
    // Hundredths, by integer division rounded down.
    let shown = |total: u128| {
        let hundredths = total * 100 / bars.len() as u128;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let (median, least, most) = (shown(nanos[ROUNDS / 2]), shown(nanos[0]), shown(nanos[ROUNDS - 1]));
    let rows = bars.len();
    writeln!(
        std::io::stdout().lock(),
        "{name:<28} {rows:>8} bars {median:>7} ns of CPU per bar (median of {ROUNDS}; {least} to {most})"
    )
    .unwrap();
}

/// A walk on the tick through every open minute.
fn bars(sessions: &[Session]) -> Bars {
    let mut bars = Bars::default();
    let mut close = 80_000;
    for segment in sessions.iter().flat_map(|session| &session.segments) {
        for ts in (segment.open.nanos()..segment.close.nanos()).step_by(UnixNanos::MINUTE as usize) {
            let open = close;
            close += (ts / UnixNanos::MINUTE * 7_919) % 9 - 4;
            let [open, high, low, last] =
                [open, open.max(close) + 3, open.min(close) - 2, close].map(|ticks| ticks * TICK);
            bars.push(Bar { ts, open, high, low, close: last, volume: 7 });
        }
    }
    bars
}
