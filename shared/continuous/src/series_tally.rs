//! What is known of a series once its last row has passed, taken piece by piece.

use peaktrade_domain::{Sha256, UnixNanos};

use crate::{BarsError, BarsView, ContentDigester};

/// Digests and counts a series whose rows pass by in pieces, in order of time.
#[derive(Debug, Default)]
pub struct SeriesTally {
    digester: ContentDigester,
    rows: u64,
    reach: Option<(UnixNanos, UnixNanos)>,
}

/// A series in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesSummary {
    /// Content digest of the rows.
    pub content_sha256: Sha256,
    /// Bars.
    pub rows: u64,
    /// Open of the first and of the last bar; `None` for no bars.
    pub reach: Option<(UnixNanos, UnixNanos)>,
}

impl SeriesTally {
    /// Takes the bars that come next.
    ///
    /// # Errors
    /// Where they do not come after the bars taken before; within a piece [`crate::Bars::check_invariants`] is relied on.
    pub fn take(&mut self, bars: BarsView<'_>) -> Result<(), BarsError> {
        let (Some(first), Some(last)) = (bars.ts.first(), bars.ts.last()) else { return Ok(()) };
        let (first, last) = (UnixNanos::from_nanos(*first), UnixNanos::from_nanos(*last));
        if let Some((_, before)) = self.reach.filter(|(_, before)| *before >= first) {
            let row = usize::try_from(self.rows).unwrap_or(usize::MAX);
            return Err(BarsError::NotIncreasing { row, ts: first, before });
        }
        self.digester.update(bars);
        // No machine that runs this has more than 64 bits of address.
        self.rows += bars.len() as u64;
        self.reach = Some((self.reach.map_or(first, |(first, _)| first), last));
        Ok(())
    }

    /// The numbers of all that was taken.
    pub fn finish(self) -> SeriesSummary {
        SeriesSummary { content_sha256: self.digester.finish(), rows: self.rows, reach: self.reach }
    }
}
