//! The bars of one contract while a file is read, and what can only be judged once all of them are known.

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{ContractSymbol, Price, UnixNanos};

use super::{Extent, ImportError, Place, RowUnit};
use crate::disposition::{Disposition, DispositionCounts};

/// Bars from which the distances between them tell their length: by chance, an hour of minutes of a contract that hardly
/// trades would all be an even number apart once in 2^60 times.
const BARS_TELLING_MIN: usize = 60;
/// Bars from the begin of one such run to that of the next: longer bars are seen wherever they stand among minutes, once
/// there are half again as many of them as tell.
const RUNS_APART: usize = BARS_TELLING_MIN / 2;

/// Distance from both neighbours, in per cent of each, from which a bar is a spike. The exchange's limits allow 20 per
/// cent in a day; in a minute, with the price back where it was, the market has never done a third of this.
const SPIKE_PERCENT: i64 = 10;
/// Neighbours further away than this say nothing: within hours the market may have gone anywhere. The daily pause is
/// shorter, so that the first and the last minute of a session have neighbours, too.
const SPIKE_NEIGHBOUR_MAX: i64 = 90 * UnixNanos::MINUTE;

/// Rows that are kept before repeats among them are looked for: no contract of an export without repeats is held longer
/// for it. Afterwards as many may come as there are bars, and the sorter bounds those of all contracts together.
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
    /// Row of the last second that was kept, and that second under its own stamp.
    last_second: Option<(u64, Bar)>,
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
            last_second: None,
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
                if self.bars.len() >= self.sorted_at {
                    self.settle();
                    self.sorted_at = ROWS_UNSORTED_MAX.max(2 * self.bars.len());
                }
                Ok(())
            }
            Extent::Second => self.keep_second(place, bar),
            Extent::Trade => self.add_part(place, bar),
        }
    }

    /// Takes a second, of which there is one for each stamp: what is told twice must not be counted twice.
    fn keep_second(&mut self, place: Place, second: Bar) -> Result<(), ImportError> {
        match self.last_second {
            Some((_, last)) if last == second => {
                self.counts.count(Disposition::Duplicate);
                return Ok(());
            }
            Some((first, last)) if last.ts == second.ts => {
                self.conflicts(first, place.number, second.ts);
                return Ok(());
            }
            Some((_, last)) if last.ts > second.ts => {
                let (stamp, last) = (UnixNanos::from_nanos(second.ts), UnixNanos::from_nanos(last.ts));
                let problem = format!("second {stamp} comes after second {last}; rows in order of time are required");
                return Err(ImportError::Malformed { place, problem });
            }
            _ => {}
        }
        self.last_second = Some((place.number, second));
        self.add_part(place, second)
    }

    fn push(&mut self, number: u64, bar: Bar) {
        self.counts.count(Disposition::Kept);
        self.is_sorted &= self.bars.ts.last().is_none_or(|last| *last < bar.ts);
        self.bars.push(bar);
        self.numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
    }

    /// Takes a row that is part of a bar: the first gives the open, the last the close.
    fn add_part(&mut self, place: Place, part: Bar) -> Result<(), ImportError> {
        let part = Bar { ts: part.ts - part.ts.rem_euclid(Bars::DURATION_NS), ..part };
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
        self.settle();
        if let Some((first, second, time, others)) = self.conflict {
            return Err(ImportError::Conflict { first, second, time, others });
        }
        self.check_length(contract)?;
        self.drop_spikes();
        Ok((self.bars, self.counts))
    }

    /// Puts the bars in order of time. Of rows with one stamp the first stays; the others repeat it or contradict it.
    /// Vendors write in order of time, so there is work for joined or shuffled files only.
    pub(super) fn settle(&mut self) {
        if self.is_sorted {
            return;
        }
        let mut order: Vec<u32> = (0..).take(self.bars.len()).collect();
        order.sort_by_key(|row| self.bars.ts[*row as usize]);
        // A column at a time: a second copy of all of them would take as much memory as the file may.
        for column in [
            &mut self.bars.ts,
            &mut self.bars.open,
            &mut self.bars.high,
            &mut self.bars.low,
            &mut self.bars.close,
            &mut self.bars.volume,
        ] {
            *column = order.iter().map(|row| column[*row as usize]).collect();
        }
        self.numbers = order.iter().map(|row| self.numbers[*row as usize]).collect();
        self.is_sorted = true;
        self.drop_duplicates();
    }

    fn drop_duplicates(&mut self) {
        let mut last: Option<(Bar, u32)> = None;
        let mut duplicates = 0;
        let mut is_left = Vec::with_capacity(self.bars.len());
        for row in 0..self.bars.len() {
            let (Some(bar), number) = (self.bars.get(row), self.numbers[row]) else { continue };
            let is_new = match last {
                Some((before, _)) if before == bar => {
                    duplicates += 1;
                    false
                }
                Some((before, first)) if before.ts == bar.ts => {
                    self.conflicts(u64::from(first), u64::from(number), bar.ts);
                    false
                }
                _ => true,
            };
            if is_new {
                last = Some((bar, number));
            }
            is_left.push(is_new);
        }
        self.retain(&is_left);
        self.counts.recount_kept_as(Disposition::Duplicate, duplicates);
    }

    /// Leaves the bars that a mask says.
    fn retain(&mut self, is_left: &[bool]) {
        fn leave<T>(column: &mut Vec<T>, is_left: &[bool]) {
            let mut is_left = is_left.iter();
            column.retain(|_| is_left.next().is_none_or(|is_left| *is_left));
        }
        let Bars { ts, open, high, low, close, volume } = &mut self.bars;
        for column in [ts, open, high, low, close, volume] {
            leave(column, is_left);
        }
        leave(&mut self.numbers, is_left);
        leave(&mut self.parts, is_left);
    }

    /// Notes two rows that tell a minute differently; the file is refused once all of them are counted.
    fn conflicts(&mut self, first: u64, second: u64, ts: i64) {
        let place = |number: u64| Place { unit: self.unit, number };
        match &mut self.conflict {
            Some((_, _, _, others)) => *others += 1,
            None => self.conflict = Some((place(first), place(second), UnixNanos::from_nanos(ts), 0)),
        }
    }

    /// Refuses bars of several minutes, also where they are a part of a file: their stamps are whole minutes too, and
    /// nothing else in a file may tell.
    fn check_length(&self, contract: ContractSymbol) -> Result<(), ImportError> {
        for run in self.bars.ts.windows(BARS_TELLING_MIN).step_by(RUNS_APART) {
            let distances = run.windows(2).map(|pair| (pair[1] - pair[0]) / Bars::DURATION_NS);
            let minutes = distances.fold(0, greatest_common_divisor);
            if minutes > 1 {
                let first = UnixNanos::from_nanos(run[0]);
                return Err(ImportError::BarLength { contract, bars: run.len() as u64, first, minutes });
            }
        }
        Ok(())
    }

    /// A spike is out of session's reach and on the grid, so only its neighbours tell: it lies far from both of them, to
    /// the same side, and they lie near each other. The first and the last bar of a file lack a neighbour, and what is
    /// stored beside them is not looked at: they stay.
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
        let of_bar = |at: usize| self.parts.get(at).map_or(1, |parts| u64::from(*parts));
        let rows = (0..is_spike.len()).filter(|at| is_spike[*at]).map(of_bar).sum();
        let is_left: Vec<bool> = is_spike.into_iter().map(|is_spike| !is_spike).collect();
        self.retain(&is_left);
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
