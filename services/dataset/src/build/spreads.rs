//! The spread of each roll, measured over the months before it.

use std::sync::Arc;

use peaktrade_continuous::{Bars, DailyFact, RollEvidence, RollLegs, has_enough_common_minutes};
use peaktrade_domain::{ContractSymbol, ScheduledRoll, SpreadMethod, UnixNanos};
use peaktrade_store::{ContractManifest, Month, MonthFile, StoreError};

use super::request::BuildRequest;
use super::{BuildError, measured};
use crate::library::Library;

/// Measures a roll; the band is held to the spread. `None` where the spread was not known by `as_of`.
pub(crate) async fn measure(
    library: &Library,
    roll: &ScheduledRoll,
    request: &BuildRequest,
    as_of: UnixNanos,
    stored: &[ContractManifest],
    [from_facts, to_facts]: [&[DailyFact]; 2],
) -> Result<Option<RollEvidence>, BuildError> {
    let months = |contract: ContractSymbol| {
        let manifest = stored.iter().find(|manifest| manifest.contract == contract);
        manifest.map_or(&[][..], |manifest| &manifest.months)
    };
    let policy = &request.policy;
    let after = if policy.spread == SpreadMethod::PeakTrade { After::FirstBar } else { After::Nothing };
    let [from, to] = read_legs(library, roll, policy.spread, after, [months(roll.from), months(roll.to)]).await?;
    let legs = RollLegs { from: from.view(), to: to.view(), from_facts, to_facts };
    measured::measure(roll, &legs, policy, request.band, as_of, &library.calendar)
}

/// What is read of the new contract from the roll on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    /// Its first bar, which may lie in a month of its own.
    FirstBar,
}

/// The bars of a roll's two contracts from the months before it, newest first: months are added until no older bar can
/// change what a method says, which is after one or two where both contracts trade.
pub(crate) async fn read_legs(
    library: &Library,
    roll: &ScheduledRoll,
    method: SpreadMethod,
    after: After,
    [from, to]: [&[MonthFile]; 2],
) -> Result<[Bars; 2], StoreError> {
    let mut legs = [Leg::new(roll, roll.from, after, from), Leg::new(roll, roll.to, after, to)];
    loop {
        let newest = legs.iter().filter_map(Leg::next_month).max();
        let Some(month) = newest else { break };
        for leg in &mut legs {
            leg.read(library, month).await?;
        }
        let [from, to] = &legs;
        if has_enough_common_minutes(roll, from.bars.view(), to.bars.view(), method) {
            break;
        }
    }
    Ok(legs.map(|leg| leg.bars))
}

/// One contract's bars before a roll, as far back as they have been read.
struct Leg<'a> {
    contract: ContractSymbol,
    /// Files not read yet, in order of time.
    unread: &'a [MonthFile],
    bars: Bars,
}

impl<'a> Leg<'a> {
    fn new(roll: &ScheduledRoll, contract: ContractSymbol, after: After, months: &'a [MonthFile]) -> Self {
        let wanted = match after {
            After::FirstBar => months.partition_point(|month| month.last_time < roll.roll_ts) + 1,
            After::Nothing => months.partition_point(|month| month.first_time < roll.roll_ts),
        };
        Self { contract, unread: &months[..wanted.min(months.len())], bars: Bars::default() }
    }

    fn next_month(&self) -> Option<Month> {
        self.unread.last().map(|file| file.month)
    }

    /// Puts the bars of a month before those read; a month that the contract does not have adds none.
    async fn read(&mut self, library: &Library, month: Month) -> Result<(), StoreError> {
        let Some((file, older)) = self.unread.split_last().filter(|(file, _)| file.month == month) else {
            return Ok(());
        };
        let earlier: Arc<Bars> = library.months.get(&library.store, self.contract, file).await?;
        let mut bars = Bars::with_capacity(earlier.len() + self.bars.len());
        bars.extend(earlier.view());
        bars.extend(self.bars.view());
        self.bars = bars;
        self.unread = older;
        Ok(())
    }
}
