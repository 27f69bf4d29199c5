//! CPU time of one calendar look-up, over random instants of the whole validity.
//!
//! ```text
//! cargo bench -p peaktrade-calendar --bench lookups
//! ```
//!
//! Prints nanoseconds of this thread's CPU time per call, so that other work on the machine counts as little as may be.
//! The instants are seeded, and drawn outside of what is measured.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use peaktrade_domain::{Calendar, UnixNanos};
use rustix::time::{ClockId, clock_gettime};

/// Instants per measurement.
const CALLS: usize = 10_000_000;
/// Instants drawn at a time: a few hundred KiB, so that reading them costs next to nothing.
const CHUNK: usize = 50_000;
/// Measurements of which the median is printed.
const ROUNDS: usize = 5;
const SEED: u64 = 0x5EED_CA1E_0DA2_0001;

fn main() {
    let calendar = Calendar::shipped();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{CALLS} random instants, seed {SEED:#x}, calendar {}", calendar.version()).unwrap();
    let mut report = |name: &str, lookup: &dyn Fn(&[UnixNanos])| {
        let mut nanos: Vec<u128> = (0..ROUNDS).map(|round| measure(&calendar, round, lookup).as_nanos()).collect();
        nanos.sort_unstable();
        // Hundredths, by integer division rounded down.
        let hundredths = |total: u128| total * 100 / CALLS as u128;
        let shown = |total: u128| format!("{}.{:02}", hundredths(total) / 100, hundredths(total) % 100);
        let (median, least, most) = (nanos[ROUNDS / 2], nanos[0], nanos[ROUNDS - 1]);
        writeln!(
            out,
            "{name:<16} {:>8} ns of CPU per call (median of {ROUNDS}; {} to {})",
            shown(median),
            shown(least),
            shown(most)
        )
        .unwrap();
    };
    report("reading alone", &|instants| {
        for instant in instants {
            black_box(*instant);
        }
    });
    report("trade_date_of", &|instants| {
        for instant in instants {
            black_box(calendar.trade_date_of(*instant).unwrap());
        }
    });
    report("is_open", &|instants| {
        for instant in instants {
            black_box(calendar.is_open(*instant).unwrap());
        }
    });
    report("market_state", &|instants| {
        for instant in instants {
            black_box(calendar.market_state(*instant).unwrap());
        }
    });
}

/// CPU time of looking up [`CALLS`] instants.
fn measure(calendar: &Calendar, round: usize, lookup: &dyn Fn(&[UnixNanos])) -> Duration {
    let mut instants = Instants::of(calendar, round);
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut spent = Duration::ZERO;
    for _ in 0..CALLS / CHUNK {
        chunk.clear();
        chunk.extend(instants.by_ref().take(CHUNK));
        let begin = cpu_time();
        lookup(&chunk);
        spent += cpu_time() - begin;
    }
    spent
}

/// CPU time that this thread has used.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

/// Random instants between the first open and the last close, by splitmix64.
struct Instants {
    state: u64,
    first: i64,
    span: u64,
}

impl Instants {
    fn of(calendar: &Calendar, round: usize) -> Self {
        let first = calendar.session_on_or_after(calendar.valid_from()).unwrap().open().nanos();
        let last = calendar.session_on_or_before(calendar.valid_to()).unwrap().close().nanos();
        Self { state: SEED.wrapping_add(round as u64), first, span: u64::try_from(last - first).unwrap() }
    }
}

impl Iterator for Instants {
    type Item = UnixNanos;

    fn next(&mut self) -> Option<UnixNanos> {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let offset = i64::try_from(mixed % self.span).unwrap();
        Some(UnixNanos::from_nanos(self.first + offset))
    }
}
