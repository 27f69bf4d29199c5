//! What validation costs per bar: every check on, ten quarterly contracts, pieces of a month.
//!
//! ```text
//! cargo bench -p peaktrade-validation --bench rows
//! ```
//!
//! Prints nanoseconds of this thread's CPU time per bar, so that other work on the machine counts as little as may be.
//! The bars are seeded and made outside of what is measured.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, ContractSymbol, UnixNanos};
use peaktrade_validation::{Findings, SessionValidator};
use rustix::time::{ClockId, clock_gettime};

/// Contracts per measurement.
const CONTRACTS: [&str; 10] =
    ["NQU2022", "NQZ2022", "NQH2023", "NQM2023", "NQU2023", "NQZ2023", "NQH2024", "NQM2024", "NQU2024", "NQZ2024"];
/// Sessions of each contract before its last trade.
const SESSIONS: usize = 75;
/// Bars of a piece: those of a month.
const PIECE: usize = 30_000;
/// Measurements of which the median is printed.
const ROUNDS: usize = 5;
const SEED: u64 = 0x5EED_BA25_0DA2_0001;

fn main() {
    let calendar = Calendar::shipped();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} contracts of {SESSIONS} sessions, seed {SEED:#x}", CONTRACTS.len()).unwrap();
    let mut report = |name: &str, dropped_one_in: u64, spoil: &dyn Fn(&mut Bar)| {
        let markets: Vec<(ContractSymbol, Bars)> = CONTRACTS
            .iter()
            .map(|name| {
                let contract = name.parse().unwrap();
                (contract, bars(&calendar, contract, dropped_one_in, spoil))
            })
            .collect();
        let rows: usize = markets.iter().map(|(_, bars)| bars.len()).sum();
        let mut nanos: Vec<u128> = (0..ROUNDS).map(|_| measure(&calendar, &markets).as_nanos()).collect();
        nanos.sort_unstable();
        // Hundredths, by integer division rounded down.
        let shown = |total: u128| {
            let hundredths = total * 100 / rows as u128;
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        };
        writeln!(
            out,
            "{name:<28} {rows:>8} bars {:>7} ns of CPU per bar (median of {ROUNDS}; {} to {})",
            shown(nanos[ROUNDS / 2]),
            shown(nanos[0]),
            shown(nanos[ROUNDS - 1])
        )
        .unwrap();
    };
    report("every minute traded", u64::MAX, &|_| {});
    report("one minute in 200 missing", 200, &|_| {});
    report("every other minute missing", 2, &|_| {});
    report("every price off the tick", 200, &|bar| bar.close = bar.low + 1);
}

/// CPU time of validating all contracts.
fn measure(calendar: &Calendar, markets: &[(ContractSymbol, Bars)]) -> Duration {
    let begin = clock_gettime(ClockId::ThreadCPUTime);
    let mut found = Findings::default();
    for (contract, bars) in markets {
        let mut validator = SessionValidator::new(calendar, *contract).unwrap();
        for first in (0..bars.len()).step_by(PIECE) {
            validator.take(bars.view().rows(first..bars.len().min(first + PIECE))).unwrap();
        }
        found.join(validator.finish());
    }
    black_box(&found);
    let end = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(end).unwrap() - Duration::try_from(begin).unwrap()
}

/// A random walk in the contract's last sessions, by splitmix64.
fn bars(calendar: &Calendar, contract: ContractSymbol, dropped_one_in: u64, spoil: &dyn Fn(&mut Bar)) -> Bars {
    let last = calendar.last_trade_date(contract).unwrap();
    let from = calendar.nth_trade_date(last, -i32::try_from(SESSIONS).unwrap()).unwrap();
    let end = calendar.last_trade_time(contract).unwrap();
    let mut state = SEED;
    let mut draw = |below: u64| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        i64::try_from((mixed ^ (mixed >> 31)) % below).unwrap()
    };
    let tick = 250_000_000;
    let (mut bars, mut open) = (Bars::default(), 80_000 * tick);
    for segment in calendar.sessions(from, last).unwrap().iter().flat_map(|session| &session.segments) {
        let mut ts = segment.open.nanos();
        while ts < segment.close.min(end).nanos() {
            let close = open + (draw(9) - 4) * tick;
            let (high, low) = (open.max(close) + draw(4) * tick, open.min(close) - draw(4) * tick);
            let mut bar = Bar { ts, open, high, low, close, volume: 1 + draw(500) };
            spoil(&mut bar);
            if dropped_one_in == u64::MAX || draw(dropped_one_in) != 0 {
                bars.push(bar);
            }
            (open, ts) = (close, ts + UnixNanos::MINUTE);
        }
    }
    bars
}
