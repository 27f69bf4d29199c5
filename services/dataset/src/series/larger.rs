//! Bars other than minutes of the full session: put together from the minutes as these pass by.
//!
//! A bar belongs to the piece of the plan in which it is completed, so that rows can be counted and found by piece as
//! those of minutes are.

use std::ops::Range;
use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream as streams};
use peaktrade_continuous::{Aggregator, BarSize, Bars, Buckets, Piece, RollEvidence, SeriesRequest};
use peaktrade_domain::{HoursFilter, Session, UnixNanos};

use super::{Series, SeriesError, minutes};
use crate::library::Library;

/// Longest session, holidays within it included, with days to spare: no bar reaches further back.
const SESSION_NANOS_MAX: i64 = 7 * 24 * 60 * UnixNanos::MINUTE;

/// What the bars of a series are, where they are not the minutes of the full session.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    buckets: Buckets,
    as_of: UnixNanos,
}

/// The bars that the minutes of one piece complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completed {
    pub(super) rows: u64,
    /// Stamp of the last.
    last: Option<i64>,
}

impl Shape {
    /// Bars of a size and of hours, known at an instant; `None` for the minutes of the full session, which need no work.
    /// No bar runs over a roll, nor over the ends of the request: a series may begin within a session, and it ends at a
    /// roll whose spread was not known yet.
    pub(crate) fn new(
        (size, hours): (BarSize, HoursFilter),
        sessions: &[Session],
        rolls: &[RollEvidence],
        request: &SeriesRequest,
    ) -> Option<Self> {
        if (size, hours) == (BarSize::OneMinute, HoursFilter::Full) {
            return None;
        }
        let mut cuts: Vec<UnixNanos> = rolls.iter().map(|roll| roll.roll_ts).collect();
        cuts.extend([request.start, request.end]);
        cuts.sort_unstable();
        Some(Self { buckets: Buckets::new(size, hours, sessions, &cuts), as_of: request.as_of })
    }

    pub(crate) fn aggregator(&self) -> Aggregator {
        Aggregator::new(self.buckets.clone(), self.as_of)
    }
}

/// The bars that each of a range of pieces completes; those of the last piece of all with what is over at the end.
pub(super) fn walk(
    library: &Arc<Library>,
    series: &Arc<Series>,
    shape: &Shape,
    pieces: Range<usize>,
) -> BoxStream<'static, Result<Bars, SeriesError>> {
    let first = restart(&series.plan.pieces, pieces.start);
    let all = series.plan.pieces.len();
    let minutes = minutes(library, series, first..pieces.end);
    let state = (minutes, Some(shape.aggregator()), first);
    streams::try_unfold(state, move |(mut minutes, mut aggregator, mut next)| async move {
        while let Some(piece) = minutes.try_next().await? {
            let mut bars = Bars::default();
            if let Some(running) = &mut aggregator {
                running.update(piece.view(), &mut bars)?;
            }
            next += 1;
            if next == all
                && let Some(last) = aggregator.take()
            {
                last.finish(&mut bars);
            }
            if next > pieces.start {
                return Ok(Some((bars, (minutes, aggregator, next))));
            }
        }
        Ok(None)
    })
    .boxed()
}

/// What each piece completes.
pub(super) async fn completed(
    library: &Arc<Library>,
    series: &Arc<Series>,
    shape: &Shape,
) -> Result<Vec<Completed>, SeriesError> {
    let mut walk = walk(library, series, shape, 0..series.plan.pieces.len());
    let mut completed = Vec::with_capacity(series.plan.pieces.len());
    while let Some(bars) = walk.try_next().await? {
        completed.push(Completed { rows: bars.len() as u64, last: bars.ts.last().copied() });
    }
    Ok(completed)
}

/// Bars stamped before an instant.
pub(super) async fn rows_before(
    library: &Arc<Library>,
    series: &Arc<Series>,
    (shape, completed): (&Shape, &[Completed]),
    at: UnixNanos,
) -> Result<u64, SeriesError> {
    let reaches = |done: &Completed| done.last.is_some_and(|last| last >= at.nanos());
    let piece = completed.iter().position(reaches).unwrap_or(completed.len());
    let earlier: u64 = completed[..piece].iter().map(|done| done.rows).sum();
    let mut walk = walk(library, series, shape, piece..(piece + 1).min(completed.len()));
    let inside = walk.try_next().await?.map_or(0, |bars| bars.ts.partition_point(|ts| *ts < at.nanos()) as u64);
    Ok(earlier + inside)
}

/// The piece from which on all minutes of the bars that `start` completes are met.
///
/// The bar that runs when `start` begins holds the last minute before it, which is not earlier than the first minute of
/// the last whole file before: only cut files may turn out to hold none.
fn restart(pieces: &[Piece], start: usize) -> usize {
    let Some(filled) = pieces[..start].iter().rev().find(|piece| piece.rows.whole_rows.is_some_and(|rows| rows > 0))
    else {
        return 0;
    };
    let reach = filled.rows.first_ts.nanos().saturating_sub(SESSION_NANOS_MAX);
    pieces.partition_point(|piece| piece.rows.first_ts.nanos() <= reach).saturating_sub(1)
}
