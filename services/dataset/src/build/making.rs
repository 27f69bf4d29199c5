//! A series in the making: its minutes pass by once, and what the manifest says of it is known at the end.

use peaktrade_continuous::{Aggregator, Bars, GapCounter, MinutesAccount, NonPositive, SeriesSummary, SeriesTally};
use peaktrade_domain::{HoursFilter, Session};

use crate::series::{SeriesError, Shape};

/// Digests and counts a series whose minutes pass by.
pub(super) struct Making {
    /// Puts larger bars together; `None` where the minutes are the bars.
    aggregator: Option<Aggregator>,
    gaps: GapCounter,
    tally: SeriesTally,
    non_positive: NonPositive,
    minutes: u64,
}

/// A made series in numbers.
pub(super) struct Made {
    pub(super) summary: SeriesSummary,
    /// Sessions in which an open minute of the hours has no bar.
    pub(super) gaps: u64,
    pub(super) non_positive: NonPositive,
    pub(super) minutes: MinutesAccount,
}

impl Making {
    pub(super) fn new(sessions: &[Session], hours: HoursFilter, shape: Option<&Shape>) -> Self {
        let within_hours = sessions.iter().filter_map(|session| {
            let segments = session.segments_of(hours);
            (!segments.is_empty()).then(|| Session { segments, ..session.clone() })
        });
        Self {
            aggregator: shape.map(Shape::aggregator),
            // Gaps are missing minutes, whatever the bars are.
            gaps: GapCounter::new(&within_hours.collect::<Vec<_>>()),
            tally: SeriesTally::default(),
            non_positive: NonPositive::default(),
            minutes: 0,
        }
    }

    /// Takes the minutes that come next, off the asynchronous threads.
    pub(super) async fn take(self, minutes: Bars) -> Result<Self, SeriesError> {
        tokio::task::spawn_blocking(move || self.take_now(&minutes)).await?
    }

    fn take_now(mut self, minutes: &Bars) -> Result<Self, SeriesError> {
        self.gaps.take(&minutes.ts);
        self.minutes += minutes.len() as u64;
        match &mut self.aggregator {
            None => self.take_bars(minutes)?,
            Some(aggregator) => {
                let mut bars = Bars::default();
                aggregator.update(minutes.view(), &mut bars)?;
                self.take_bars(&bars)?;
            }
        }
        Ok(self)
    }

    fn take_bars(&mut self, bars: &Bars) -> Result<(), SeriesError> {
        self.non_positive.count(bars.view());
        Ok(self.tally.take(bars.view())?)
    }

    pub(super) fn finish(mut self) -> Result<Made, SeriesError> {
        let minutes = match self.aggregator.take() {
            None => MinutesAccount { taken: self.minutes, ..MinutesAccount::default() },
            Some(aggregator) => {
                let mut bars = Bars::default();
                let account = aggregator.finish(&mut bars);
                self.take_bars(&bars)?;
                account
            }
        };
        Ok(Made { summary: self.tally.finish(), gaps: self.gaps.finish(), non_positive: self.non_positive, minutes })
    }
}
