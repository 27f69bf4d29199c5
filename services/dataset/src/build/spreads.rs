//! The spread of each roll, measured over the months before it.

use std::sync::Arc;

use peaktrade_continuous::{Bars, DailyFact, RollEvidence, RollLegs, has_enough_common_minutes};
use peaktrade_domain::{ContractSymbol, RollPolicy, ScheduledRoll, SpreadMethod, UnixNanos};
use peaktrade_store::{ContractManifest, Month, MonthFile};

use super::request::BuildRequest;
use super::{BuildError, measured};
use crate::library::Library;

/// Measures a roll from the months of its two contracts before it, newest first: months are added until no older bar
/// can change the answer, which is after one or two where both contracts trade. The band is held to the spread.
pub(crate) async fn measure(
    library: &Library,
    roll: &ScheduledRoll,
    request: &BuildRequest,
    as_of: UnixNanos,
    stored: &[ContractManifest],
    [from_facts, to_facts]: [&[DailyFact]; 2],
) -> Result<RollEvidence, BuildError> {
    let policy = &request.policy;
    let mut legs = [Leg::new(roll, roll.from, policy, stored), Leg::new(roll, roll.to, policy, stored)];
    loop {
        let newest = legs.iter().filter_map(Leg::next_month).max();
        let Some(month) = newest else { break };
        for leg in &mut legs {
            leg.read(library, month).await?;
        }
        let [from, to] = &legs;
        if has_enough_common_minutes(roll, from.bars.view(), to.bars.view()) {
            break;
        }
    }
    let [from, to] = &legs;
    let legs = RollLegs { from: from.bars.view(), to: to.bars.view(), from_facts, to_facts };
    measured::measure(roll, &legs, policy, request.band, as_of, &library.calendar)
}

/// One contract's bars before a roll, as far back as they have been read.
struct Leg<'a> {
    contract: ContractSymbol,
    /// Files not read yet, in order of time.
    unread: &'a [MonthFile],
    bars: Bars,
}

impl<'a> Leg<'a> {
    fn new(
        roll: &ScheduledRoll,
        contract: ContractSymbol,
        policy: &RollPolicy,
        stored: &'a [ContractManifest],
    ) -> Self {
        let months = stored.iter().find(|manifest| manifest.contract == contract);
        let months = months.map_or(&[][..], |manifest| &manifest.months);
        let wanted = match policy.spread {
            // The new contract's first bar from the roll on may lie in a month of its own.
            SpreadMethod::PeakTrade => months.partition_point(|month| month.last_time < roll.roll_ts) + 1,
            SpreadMethod::LastCommon | SpreadMethod::MedianCommon(_) | SpreadMethod::Settlement => {
                months.partition_point(|month| month.first_time < roll.roll_ts)
            }
        };
        Self { contract, unread: &months[..wanted.min(months.len())], bars: Bars::default() }
    }

    fn next_month(&self) -> Option<Month> {
        self.unread.last().map(|file| file.month)
    }

    /// Puts the bars of a month before those read; a month that the contract does not have adds none.
    async fn read(&mut self, library: &Library, month: Month) -> Result<(), BuildError> {
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
