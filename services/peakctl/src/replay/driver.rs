//! Drives a strategy over signal bars against a paper session, bar by bar.

use peaktrade_continuous::Bars;
use peaktrade_domain::{Calendar, ContractSymbol, Side, UnixNanos};

use super::probe::Probe;
use super::session::{PaperSession, Purpose};
use super::strategy::{Crossover, CrossoverParameters};
use crate::failure::Failure;

/// The position is closed this many bars before a stretch of bars ends, so that it ends flat and its profit is realized.
pub(crate) const CLOSING_BARS: usize = 15;
/// Longer without a bar ends a stretch: nothing can be traded in the hole, and averages across it mean nothing. The longest
/// regular pause, a holiday weekend, is shorter than four days.
pub(crate) const HOLE_DAYS: i64 = 5;

/// One roll of the dataset, as the driver follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlannedRoll {
    /// Contract rolled out of.
    pub(crate) from: ContractSymbol,
    /// Contract rolled into.
    pub(crate) to: ContractSymbol,
    /// Instant from which the new contract is active.
    pub(crate) roll_ts: UnixNanos,
}

impl PlannedRoll {
    /// Key under which the position is rolled.
    pub(crate) fn key(&self) -> String {
        format!("roll-{}-{}", self.from, self.to)
    }
}

/// What is replayed.
pub(crate) struct Script<'a> {
    /// The continuous view that the strategy sees.
    pub(crate) signal: &'a Bars,
    /// Contract that is active before the first roll.
    pub(crate) first_contract: ContractSymbol,
    /// Rolls in order of time.
    pub(crate) rolls: &'a [PlannedRoll],
    /// Orders sent to be blocked, in order of time.
    pub(crate) probes: &'a [Probe],
    /// When the market is open.
    pub(crate) calendar: &'a Calendar,
    /// The strategy's parameters.
    pub(crate) parameters: CrossoverParameters,
}

/// State of one replay.
struct Driver<'a> {
    script: &'a Script<'a>,
    session: &'a mut PaperSession,
    strategy: Crossover,
    active: ContractSymbol,
    rolls_done: usize,
    probes_done: usize,
    orders_sent: u32,
    /// The position that the gate would not let us take; not asked for again before the strategy changes its mind.
    blocked: Option<(ContractSymbol, i64)>,
}

/// Replays the script; `on_bar` hears how many bars are done.
///
/// At the close of each bar the strategy names the position it wants, and the order for it goes out at that instant: it can
/// fill at the next bar's open at the earliest. A roll comes before anything else at its instant.
pub(crate) async fn run(
    script: &Script<'_>,
    session: &mut PaperSession,
    mut on_bar: impl FnMut(u64),
) -> Result<(), Failure> {
    let mut driver = Driver {
        script,
        session,
        strategy: Crossover::new(script.parameters),
        active: script.first_contract,
        rolls_done: 0,
        probes_done: 0,
        orders_sent: 0,
        blocked: None,
    };
    let mut stretch_end = stretch_end(&script.signal.ts, 0);
    for (at, (open_ts, close)) in script.signal.ts.iter().zip(&script.signal.close).enumerate() {
        if at == stretch_end {
            stretch_end = self::stretch_end(&script.signal.ts, at);
            driver.strategy = Crossover::new(script.parameters);
        }
        let closed_at = UnixNanos::from_nanos(*open_ts)
            .checked_add_nanos(UnixNanos::MINUTE)
            .ok_or_else(|| Failure::Internal(format!("bar {at} lies at the end of time")))?;
        driver.roll_until(closed_at).await?;
        driver.probe_until(closed_at).await?;
        let wanted = driver.strategy.on_close(*close);
        let target = if at + CLOSING_BARS >= stretch_end { 0 } else { wanted };
        driver.pursue(target, closed_at).await?;
        on_bar(at as u64 + 1);
    }
    if let Some(last) = script.signal.ts.last().and_then(|ts| ts.checked_add(UnixNanos::MINUTE)) {
        driver.session.advance(UnixNanos::from_nanos(last)).await?;
    }
    Ok(())
}

/// Row after the last of the stretch that holds row `start`.
fn stretch_end(ts: &[i64], start: usize) -> usize {
    let hole = HOLE_DAYS * 24 * 60 * UnixNanos::MINUTE;
    let pairs = ts.get(start..).unwrap_or_default().windows(2);
    pairs.into_iter().position(|pair| pair[1] - pair[0] > hole).map_or(ts.len(), |at| start + at + 1)
}

impl Driver<'_> {
    /// Carries out every roll that is due by `now`, each at its own instant.
    async fn roll_until(&mut self, now: UnixNanos) -> Result<(), Failure> {
        let script = self.script;
        while let Some(roll) = script.rolls.get(self.rolls_done).filter(|roll| roll.roll_ts <= now) {
            self.rolls_done += 1;
            self.session.advance(roll.roll_ts).await?;
            // What still works would change either position behind the roll's back; the broker refuses to roll then.
            self.cancel_working(roll.from).await?;
            self.cancel_working(roll.to).await?;
            if self.session.book.position(roll.from) != 0 {
                self.session.roll(&roll.key(), roll.from, roll.to).await?;
            }
            self.active = roll.to;
            self.blocked = None;
        }
        Ok(())
    }

    /// Sends every probe that is due by `now`, each at its own instant.
    async fn probe_until(&mut self, now: UnixNanos) -> Result<(), Failure> {
        let script = self.script;
        while let Some(probe) = script.probes.get(self.probes_done).filter(|probe| probe.time <= now) {
            self.probes_done += 1;
            self.session.advance(probe.time).await?;
            let key = format!("probe-{}", probe.name);
            let is_allowed =
                self.session.submit(Purpose::Probe, &key, probe.contract, probe.side, probe.quantity).await?;
            if is_allowed {
                return Err(Failure::Check(format!("{key} must be blocked and was allowed: {}", probe.because)));
            }
        }
        Ok(())
    }

    /// Brings the position towards `target` in the active contract and to zero everywhere else.
    async fn pursue(&mut self, target: i64, now: UnixNanos) -> Result<(), Failure> {
        if !self.session.book.working().is_empty() {
            // Fills on the way decide what is still to be ordered.
            self.session.advance(now).await?;
        }
        let strays: Vec<ContractSymbol> = self
            .session
            .book
            .positions()
            .map(|(contract, _)| contract)
            .filter(|contract| *contract != self.active)
            .collect();
        for contract in strays {
            self.reach(contract, 0, now).await?;
        }
        self.reach(self.active, target, now).await
    }

    async fn reach(&mut self, contract: ContractSymbol, target: i64, now: UnixNanos) -> Result<(), Failure> {
        if self.exposure(contract) == target || self.blocked == Some((contract, target)) {
            return Ok(());
        }
        let state = self.script.calendar.market_state(now).map_err(|error| Failure::Input(error.to_string()))?;
        if state.trade_date.is_none() {
            // The last bar of a session closes as the market does; the next bar's close asks again.
            return Ok(());
        }
        self.session.advance(now).await?;
        self.cancel_working(contract).await?;
        let difference = target - self.session.book.position(contract);
        if difference == 0 {
            return Ok(());
        }
        let side = if difference > 0 { Side::Buy } else { Side::Sell };
        let quantity = u32::try_from(difference.unsigned_abs())
            .map_err(|_| Failure::Internal(format!("an order of {difference} contracts in {contract}")))?;
        self.orders_sent += 1;
        let key = format!("sma-{:05}", self.orders_sent);
        let is_allowed = self.session.submit(Purpose::Strategy, &key, contract, side, quantity).await?;
        self.blocked = if is_allowed { None } else { Some((contract, target)) };
        Ok(())
    }

    /// Position plus what still works, short ones negative.
    fn exposure(&self, contract: ContractSymbol) -> i64 {
        let working = self.session.book.working().values().filter(|order| order.contract == contract);
        self.session.book.position(contract)
            + working.map(|order| order.side.sign() * i64::from(order.leaves)).sum::<i64>()
    }

    async fn cancel_working(&mut self, contract: ContractSymbol) -> Result<(), Failure> {
        let working = self.session.book.working().iter().filter(|(_, order)| order.contract == contract);
        let keys: Vec<String> = working.map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.session.cancel(&key).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::UnixNanos;

    use super::stretch_end;

    #[test]
    fn a_weekend_is_no_hole_and_a_quarter_is() {
        let day = 24 * 60 * UnixNanos::MINUTE;
        let check = |days: &[i64], start: usize, end: usize| {
            let ts: Vec<i64> = days.iter().map(|days| days * day).collect();
            assert_eq!(stretch_end(&ts, start), end, "{days:?} from {start}");
        };
        check(&[], 0, 0);
        check(&[0], 0, 1);
        check(&[0, 1, 5, 10], 0, 4);
        check(&[0, 1, 80, 81], 0, 2);
        check(&[0, 1, 80, 81], 2, 4);
        check(&[0, 80], 0, 1);
    }
}
