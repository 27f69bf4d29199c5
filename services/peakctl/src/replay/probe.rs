//! Orders that the risk gate must block: the demo sends them so that one can see it refuse.

use peaktrade_continuous::Bars;
use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Side, UnixNanos};
use serde::Serialize;

/// One order sent to be blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Probe {
    /// Short name, part of the order's key.
    pub(crate) name: &'static str,
    /// Instant at which it is sent.
    pub(crate) time: UnixNanos,
    /// Contract ordered.
    pub(crate) contract: ContractSymbol,
    /// Buy or sell.
    pub(crate) side: Side,
    /// Contracts ordered.
    pub(crate) quantity: u32,
    /// Why the gate must block it.
    pub(crate) because: &'static str,
}

/// Contracts of the oversize probe; more than any policy that is meant seriously allows in one order.
const OVERSIZE_CONTRACTS: u32 = 10_000;
/// Bars after the start at which the probes of open market begin.
const FIRST_PROBE_BAR: usize = 240;

/// Probes over the beginning of a series: a foreign root, an oversize order, a contract that has expired, and an order while
/// the market is closed. Fewer where the series is too short for them.
pub(crate) fn probes(signal: &Bars, active: ContractSymbol, calendar: &Calendar) -> Vec<Probe> {
    let mut probes = Vec::new();
    let closed_bar = |at: usize| signal.ts.get(at).map(|ts| UnixNanos::from_nanos(*ts));
    if let (Some(time), Some(foreign)) = (closed_bar(FIRST_PROBE_BAR), foreign_contract(active)) {
        let probe =
            |name, contract, quantity, because| Probe { name, time, contract, side: Side::Buy, quantity, because };
        probes.push(probe("foreign-root", foreign, 1, "its root is not in the allowlist"));
        probes.push(probe("oversize", active, OVERSIZE_CONTRACTS, "it exceeds the largest order size"));
        if let Some(expired) = previous_quarterly(active) {
            probes.push(probe("expired", expired, 1, "its contract no longer trades"));
        }
    }
    if let Some((time, _)) = first_pause(signal, calendar) {
        probes.push(Probe {
            name: "closed-market",
            time,
            contract: active,
            side: Side::Sell,
            quantity: 1,
            because: "the market is closed",
        });
    }
    probes.sort_by_key(|probe| probe.time);
    probes
}

/// The same month of a root that this stack never trades.
fn foreign_contract(active: ContractSymbol) -> Option<ContractSymbol> {
    let root: ContractRoot = "ES".parse().ok()?;
    ContractSymbol::new(root, active.month(), active.year())
}

/// The contract before: its last trade date lies before any bar on which `active` is the front.
fn previous_quarterly(active: ContractSymbol) -> Option<ContractSymbol> {
    let mut candidate = ContractSymbol::new(active.root(), active.month(), active.year().checked_sub(1)?)?;
    loop {
        let next = candidate.next_quarterly()?;
        if next >= active {
            return Some(candidate);
        }
        candidate = next;
    }
}

/// A whole minute in the first closed span between two bars, and the bar after which it lies.
fn first_pause(signal: &Bars, calendar: &Calendar) -> Option<(UnixNanos, usize)> {
    signal.ts.windows(2).enumerate().find_map(|(at, pair)| {
        let pause = pair[1] - pair[0];
        if pause < 30 * UnixNanos::MINUTE {
            return None;
        }
        let middle = UnixNanos::from_nanos(pair[0] + pause / 2 / UnixNanos::MINUTE * UnixNanos::MINUTE);
        let is_closed = calendar.market_state(middle).is_ok_and(|state| state.trade_date.is_none());
        is_closed.then_some((middle, at))
    })
}

#[cfg(test)]
mod tests {
    use super::previous_quarterly;

    #[test]
    fn the_contract_before() {
        for (active, before) in [("NQH2026", "NQZ2025"), ("NQM2026", "NQH2026"), ("MNQZ2026", "MNQU2026")] {
            let found = previous_quarterly(active.parse().unwrap()).map(|contract| contract.to_string());
            assert_eq!(found.as_deref(), Some(before));
        }
    }
}
