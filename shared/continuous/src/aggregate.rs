//! Minutes put together to larger bars.

use peaktrade_domain::UnixNanos;

use crate::{Bar, Bars, BarsView, Bucket, Buckets};

/// Puts the minutes of a series together, piece by piece; how they are cut into pieces does not matter.
///
/// Open is the first minute's, close the last's, high and low the extremes, volume the sum. Minutes without a bar are
/// left out, and a bar without any minute does not exist. Minutes may be adjusted before or bars after: order is kept by
/// adjustment, so both give the same.
#[derive(Debug)]
pub struct Aggregator {
    buckets: Buckets,
    as_of: UnixNanos,
    running: Option<(Bucket, Bar)>,
    account: MinutesAccount,
}

/// What became of the minutes: `taken + outside_hours + not_over` are all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinutesAccount {
    /// Minutes in the bars given.
    pub taken: u64,
    /// Minutes outside of the hours asked for.
    pub outside_hours: u64,
    /// Minutes of bars that were not over at the instant of knowledge.
    pub not_over: u64,
}

/// The volume of a bar left the range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the volume of the bar that opens at {open} leaves the range of volumes")]
pub struct VolumeOverflow {
    /// The bar.
    pub open: UnixNanos,
}

impl Aggregator {
    /// Bars of `buckets` that are over at `as_of`.
    pub const fn new(buckets: Buckets, as_of: UnixNanos) -> Self {
        let account = MinutesAccount { taken: 0, outside_hours: 0, not_over: 0 };
        Self { buckets, as_of, running: None, account }
    }

    /// Takes minutes that come after all taken before, and appends the bars that they complete.
    ///
    /// # Errors
    /// Where a bar's volume leaves the range.
    pub fn update(&mut self, minutes: BarsView<'_>, out: &mut Bars) -> Result<(), VolumeOverflow> {
        let mut rest = minutes;
        while let Some(first) = rest.ts.first() {
            let first = UnixNanos::from_nanos(*first);
            let Some(bucket) = self.buckets.of(first) else {
                self.account.outside_hours += 1;
                rest = rest.rows(1..rest.len());
                continue;
            };
            if self.running.is_some_and(|(running, _)| running.open != bucket.open) {
                self.close(out);
            }
            // The minutes of this bar up to the next halt; bars of a day go on after it.
            let rows = self.rows_within(&rest, &bucket);
            self.take(rest.rows(0..rows), bucket)?;
            rest = rest.rows(rows..rest.len());
        }
        Ok(())
    }

    /// Appends the last bar if it is over, and accounts for all minutes.
    pub fn finish(mut self, out: &mut Bars) -> MinutesAccount {
        self.close(out);
        self.account
    }

    /// Rows from the first on that lie in the bucket, at least one. Closed hours within it end the stretch.
    fn rows_within(&self, rest: &BarsView<'_>, bucket: &Bucket) -> usize {
        let first = UnixNanos::from_nanos(rest.ts[0]);
        let end = self.buckets.open_until(first).min(bucket.end);
        // Bars hold few minutes, so counting beats a search over all that is left.
        let bound = rest.ts.iter().take_while(|ts| **ts < end.nanos()).count();
        bound.max(1)
    }

    fn take(&mut self, minutes: BarsView<'_>, bucket: Bucket) -> Result<(), VolumeOverflow> {
        let overflow = VolumeOverflow { open: bucket.open };
        let volume = minutes.volume.iter().try_fold(0_i64, |sum, volume| sum.checked_add(*volume));
        let volume = volume.ok_or_else(|| overflow.clone())?;
        let (Some(open), Some(close)) = (minutes.open.first(), minutes.close.last()) else { return Ok(()) };
        let high = minutes.high.iter().copied().fold(i64::MIN, i64::max);
        let low = minutes.low.iter().copied().fold(i64::MAX, i64::min);
        let count = minutes.len() as u64;
        if bucket.end <= self.as_of {
            self.account.taken += count;
        } else {
            self.account.not_over += count;
        }
        match &mut self.running {
            Some((_, bar)) => {
                bar.high = bar.high.max(high);
                bar.low = bar.low.min(low);
                bar.close = *close;
                bar.volume = bar.volume.checked_add(volume).ok_or(overflow)?;
            }
            None => {
                let ts = bucket.open.nanos();
                self.running = Some((bucket, Bar { ts, open: *open, high, low, close: *close, volume }));
            }
        }
        Ok(())
    }

    fn close(&mut self, out: &mut Bars) {
        if let Some((bucket, bar)) = self.running.take()
            && bucket.end <= self.as_of
        {
            out.push(bar);
        }
    }
}

#[cfg(test)]
mod tests;
