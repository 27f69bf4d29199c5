//! The bars of one contract while a file is read, and what can only be judged once all of them are known.

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{ContractSymbol, Price, UnixNanos};

use super::{Extent, ImportError, Place, RowUnit};
use crate::disposition::{Disposition, DispositionCounts};

/// Bars from which the distances between them tell their length: by chance, an hour of minutes of a contract that hardly
/// trades would all be an even number apart once in 2^60 times.
const BARS_TELLING_MIN: usize = 60;

/// Distance from both neighbours, in per cent of each, from which a bar is a spike. The exchange's limits allow 20 per
/// cent in a day; in a minute, with the price back where it was, the market has never done a third of this.
const SPIKE_PERCENT: i64 = 10;
/// Neighbours further away than this say nothing: within an hour the market may have gone anywhere.
const SPIKE_NEIGHBOUR_MAX: i64 = 60 * UnixNanos::MINUTE;

/// Rows that are kept before repeats among them are looked for: no contract of an export without repeats is held longer
/// for it, and a file joined of many exports takes no more memory than twice its bars.
const ROWS_UNSORTED_MAX: usize = 1 << 16;

/// Rows of one contract.
#[derive(Debug)]
pub(super) struct ContractRows {
    unit: RowUnit,
    /// End of trading in the contract, exclusive.
    pub(super) end_of_trading: UnixNanos,
    /// The rows by fate.
    pub(super) counts: DispositionCounts,
    /// The first row with an impossible price, and that price.
    pub(super) first_implausible: Option<(u64, Price)>,
    /// What the first row was; minutes and parts of them would count the same trades twice.
    extent: Option<Extent>,
    bars: Bars,
    /// First row of each bar; no file has more rows than the sorter reads, 2^30.
    numbers: Vec<u32>,
    /// Rows of each bar that is made of parts.
    parts: Vec<u32>,
    /// Whether each bar begins after the one before it.
    is_sorted: bool,
    /// Bars from which on repeats are looked for again.
    sorted_at: usize,
    /// The first two rows that give one minute different values, and how many further ones do.
    conflict: Option<(Place, Place, UnixNanos, u64)>,
}

impl ContractRows {
    pub(super) fn new(end_of_trading: UnixNanos, unit: RowUnit) -> Self {
        Self {
            unit,
            end_of_trading,
            counts: DispositionCounts::default(),
            first_implausible: None,
            extent: None,
            bars: Bars::default(),
            numbers: Vec::new(),
            parts: Vec::new(),
            is_sorted: true,
            sorted_at: ROWS_UNSORTED_MAX,
            conflict: None,
        }
    }

    pub(super) fn count(&mut self, disposition: Disposition) {
        self.counts.count(disposition);
    }

    pub(super) fn count_implausible(&mut self, number: u64, price: Price) {
        self.counts.count(Disposition::PriceScale);
        self.first_implausible.get_or_insert((number, price));
    }

    /// Bars held, some of which may repeat others.
    pub(super) fn bars_held(&self) -> usize {
        self.bars.len()
    }

    /// Rows in session and before the end of trading.
    pub(super) fn in_session(&self) -> u64 {
        let outside = [Disposition::OutOfSession, Disposition::AfterExpiry].map(|fate| self.counts.of(fate));
        self.counts.rows_in() - outside.iter().sum::<u64>()
    }

    /// Takes a row that is kept.
    pub(super) fn keep(&mut self, place: Place, extent: Extent, bar: Bar) -> Result<(), ImportError> {
        if *self.extent.get_or_insert(extent) != extent {
            let problem = "a bar of a minute beside parts of minutes of the same contract; one kind is required";
            return Err(ImportError::Malformed { place, problem: problem.to_owned() });
        }
        match extent {
            Extent::Minute => {
                self.push(place.number, bar);
                if !self.is_sorted && self.bars.len() >= self.sorted_at {
                    self.sort_and_drop_duplicates();
                    self.sorted_at = ROWS_UNSORTED_MAX.max(2 * self.bars.len());
                }
                Ok(())
            }
            Extent::Part => {
                let minute = bar.ts - bar.ts.rem_euclid(Bars::DURATION_NS);
                self.add_part(place, Bar { ts: minute, ..bar })
            }
        }
    }

    fn push(&mut self, number: u64, bar: Bar) {
        self.counts.count(Disposition::Kept);
        self.is_sorted &= self.bars.ts.last().is_none_or(|last| *last < bar.ts);
        self.bars.push(bar);
        self.numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
    }

    /// Takes a row that is part of a bar: the first gives the open, the last the close.
    fn add_part(&mut self, place: Place, part: Bar) -> Result<(), ImportError> {
        let at = self.bars.len().checked_sub(1);
        let Some(at) = at.filter(|at| self.bars.ts[*at] >= part.ts) else {
            self.push(place.number, part);
            self.parts.push(1);
            return Ok(());
        };
        let minute = UnixNanos::from_nanos(self.bars.ts[at]);
        if minute.nanos() != part.ts {
            let earlier = UnixNanos::from_nanos(part.ts);
            let problem = format!("minute {earlier} comes after minute {minute}; rows in order of time are required");
            return Err(ImportError::Malformed { place, problem });
        }
        let (Some(volume), Some(parts)) =
            (self.bars.volume[at].checked_add(part.volume), self.parts[at].checked_add(1))
        else {
            let problem = format!("more volume or rows in minute {minute} than can be counted");
            return Err(ImportError::Malformed { place, problem });
        };
        self.counts.count(Disposition::Kept);
        self.bars.high[at] = self.bars.high[at].max(part.high);
        self.bars.low[at] = self.bars.low[at].min(part.low);
        self.bars.close[at] = part.close;
        self.bars.volume[at] = volume;
        self.parts[at] = parts;
        Ok(())
    }

    /// The bars in order of time, each minute once and none of them a spike, and the final fates.
    pub(super) fn into_bars(mut self, contract: ContractSymbol) -> Result<(Bars, DispositionCounts), ImportError> {
        // Vendors write in order of time, so the sort is for joined or shuffled files only.
        if !self.is_sorted {
            self.sort_and_drop_duplicates();
        }
        if let Some((first, second, time, others)) = self.conflict {
            return Err(ImportError::Conflict { first, second, time, others });
        }
        self.check_length(contract)?;
        self.drop_spikes();
        Ok((self.bars, self.counts))
    }

    /// Puts the bars in order of time. Of rows with one stamp the first stays; the others repeat it or contradict it.
    fn sort_and_drop_duplicates(&mut self) {
        let mut order: Vec<usize> = (0..self.bars.len()).collect();
        order.sort_by_key(|row| self.bars.ts[*row]);
        let (mut bars, mut numbers) = (Bars::with_capacity(order.len()), Vec::with_capacity(order.len()));
        let mut duplicates = 0;
        let mut last: Option<(Bar, u32)> = None;
        for row in order {
            let Some(bar) = self.bars.get(row) else { continue };
            let number = self.numbers[row];
            match last {
                Some((before, _)) if before == bar => duplicates += 1,
                Some((before, first)) if before.ts == bar.ts => self.conflicts(first, number, bar.ts),
                _ => {
                    bars.push(bar);
                    numbers.push(number);
                    last = Some((bar, number));
                }
            }
        }
        self.counts.recount_kept_as(Disposition::Duplicate, duplicates);
        (self.bars, self.numbers, self.is_sorted) = (bars, numbers, true);
    }

    /// Notes two rows that tell a minute differently; the file is refused once all of them are counted.
    fn conflicts(&mut self, first: u32, second: u32, ts: i64) {
        let place = |number: u32| Place { unit: self.unit, number: u64::from(number) };
        match &mut self.conflict {
            Some((_, _, _, others)) => *others += 1,
            None => self.conflict = Some((place(first), place(second), UnixNanos::from_nanos(ts), 0)),
        }
    }

    /// Refuses bars of several minutes: their stamps are whole minutes too, and nothing else in a file may tell.
    fn check_length(&self, contract: ContractSymbol) -> Result<(), ImportError> {
        if self.bars.len() < BARS_TELLING_MIN {
            return Ok(());
        }
        let minutes = self
            .bars
            .ts
            .windows(2)
            .fold(0, |divisor, pair| greatest_common_divisor(divisor, (pair[1] - pair[0]) / Bars::DURATION_NS));
        if minutes > 1 {
            let rows = self.bars.len() as u64;
            return Err(ImportError::BarLength { contract, rows, minutes });
        }
        Ok(())
    }

    /// A spike is out of session's reach and on the grid, so only its neighbours tell: it lies far from both of them, to
    /// the same side, and they lie near each other.
    fn drop_spikes(&mut self) {
        let bars = &self.bars;
        let is_near = |one: usize, other: usize| bars.ts[other] - bars.ts[one] <= SPIKE_NEIGHBOUR_MAX;
        let is_spike: Vec<bool> = (0..bars.len())
            .map(|at| {
                let is_judged = at > 0 && at + 1 < bars.len() && is_near(at - 1, at) && is_near(at, at + 1);
                if !is_judged {
                    return false;
                }
                let (before, after) = (bars.close[at - 1], bars.open[at + 1]);
                let is_below = |price: i64| below(price, before) && below(price, after);
                let is_above = |price: i64| below(before, price) && below(after, price);
                let is_calm = !below(before, after) && !below(after, before);
                is_calm && (is_below(bars.low[at]) || is_above(bars.high[at]))
            })
            .collect();
        if !is_spike.contains(&true) {
            return;
        }
        let mut left = Bars::with_capacity(bars.len());
        let mut rows = 0;
        for (at, is_spike) in is_spike.into_iter().enumerate() {
            if is_spike {
                rows += self.parts.get(at).map_or(1, |parts| u64::from(*parts));
            } else if let Some(bar) = self.bars.get(at) {
                left.push(bar);
            }
        }
        self.bars = left;
        self.counts.recount_kept_as(Disposition::Spike, rows);
    }
}

/// Whether a price lies below another by more than [`SPIKE_PERCENT`] of the other. Prices are plausible, so that a
/// hundred of them do not overflow.
const fn below(price: i64, other: i64) -> bool {
    (other - price) * 100 > other * SPIKE_PERCENT
}

const fn greatest_common_divisor(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}
