//! Sessions that lack minutes.

use peaktrade_domain::{Session, TradeDate, UnixNanos};

use crate::BarsView;

/// A session in which the bars leave out open minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionGap {
    /// Trade date of the session.
    pub trade_date: TradeDate,
    /// Minutes of the session without a bar.
    pub missing_minutes: u64,
    /// The first of them.
    pub first_missing: UnixNanos,
}

/// Sessions in which at least one open minute has no bar, in order. A minute without trade has no bar either, so in a
/// thin contract this is common and not an error.
pub fn session_gaps(bars: BarsView<'_>, sessions: &[Session]) -> Vec<SessionGap> {
    sessions.iter().filter_map(|session| session_gap(bars, session)).collect()
}

fn session_gap(bars: BarsView<'_>, session: &Session) -> Option<SessionGap> {
    let mut missing_minutes = 0;
    let mut first_missing = None;
    for segment in &session.segments {
        let rows = bars.rows_between(segment.open, segment.close);
        let present = &bars.ts[rows];
        let open_minutes = segment.close.nanos().saturating_sub(segment.open.nanos()) / UnixNanos::MINUTE;
        let missing = open_minutes.unsigned_abs().saturating_sub(present.len() as u64);
        missing_minutes += missing;
        if missing > 0 && first_missing.is_none() {
            let mut expected = segment.open.nanos();
            for ts in present {
                if *ts != expected {
                    break;
                }
                expected += UnixNanos::MINUTE;
            }
            first_missing = Some(UnixNanos::from_nanos(expected));
        }
    }
    first_missing.map(|first_missing| SessionGap { trade_date: session.trade_date, missing_minutes, first_missing })
}

/// Counts the sessions in which at least one open minute has no bar, over stamps that pass by in pieces. Where the
/// stamps begin and end says nothing about minutes missing in them, so the outer two sessions are cut there.
#[derive(Debug)]
pub struct GapCounter {
    segments: Vec<OpenTime>,
    /// Segment that the next stamp is looked for in.
    at: usize,
    /// Minutes of that segment that have a bar.
    present: u64,
    /// First and last stamp.
    reach: Option<(i64, i64)>,
    /// Session counted last.
    counted: Option<usize>,
    gaps: u64,
}

/// Open time of a session.
#[derive(Debug)]
struct OpenTime {
    session: usize,
    open: i64,
    close: i64,
}

impl GapCounter {
    /// A counter over sessions in order of time.
    pub fn new(sessions: &[Session]) -> Self {
        let segments = sessions.iter().enumerate().flat_map(|(session, of)| {
            of.segments.iter().map(move |segment| OpenTime {
                session,
                open: segment.open.nanos(),
                close: segment.close.nanos(),
            })
        });
        Self { segments: segments.collect(), at: 0, present: 0, reach: None, counted: None, gaps: 0 }
    }

    /// Takes open instants in order of time, all after those taken before.
    pub fn take(&mut self, stamps: &[i64]) {
        let (Some(first), Some(last)) = (stamps.first(), stamps.last()) else { return };
        if self.reach.is_none() {
            self.at = self.segments.partition_point(|segment| segment.close <= *first);
            if let Some(segment) = self.segments.get_mut(self.at) {
                segment.open = segment.open.max(*first);
            }
        }
        self.reach = Some((self.reach.map_or(*first, |(first, _)| first), *last));
        let mut rest = stamps;
        while let Some(segment) = self.segments.get(self.at).filter(|_| !rest.is_empty()) {
            rest = &rest[rest.partition_point(|ts| *ts < segment.open)..];
            let inside = rest.partition_point(|ts| *ts < segment.close);
            self.present += inside as u64;
            rest = &rest[inside..];
            if !rest.is_empty() {
                self.leave(i64::MAX);
            }
        }
    }

    /// Sessions with a gap.
    pub fn finish(mut self) -> u64 {
        let Some((_, last)) = self.reach else { return 0 };
        let past = last.saturating_add(UnixNanos::MINUTE);
        while self.segments.get(self.at).is_some_and(|segment| segment.open < past) {
            self.leave(past);
        }
        self.gaps
    }

    /// Judges the segment, as far as an instant, and goes to the next one.
    fn leave(&mut self, past: i64) {
        let segment = &self.segments[self.at];
        let open_minutes = segment.close.min(past).saturating_sub(segment.open) / UnixNanos::MINUTE;
        let is_missing = open_minutes.unsigned_abs() > self.present;
        if is_missing && self.counted != Some(segment.session) {
            self.counted = Some(segment.session);
            self.gaps += 1;
        }
        self.at += 1;
        self.present = 0;
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::{Segment, Session, UnixNanos};

    use super::session_gaps;
    use crate::{Bar, Bars};

    fn at(minute: i64) -> UnixNanos {
        UnixNanos::from_nanos(minute * UnixNanos::MINUTE)
    }

    fn check(present: &[i64], expected: Option<(u64, i64)>) {
        let session = Session {
            trade_date: "2026-06-22".parse().unwrap(),
            segments: vec![Segment { open: at(10), close: at(13) }, Segment { open: at(20), close: at(22) }],
            settlement: at(21),
            note: String::new(),
            is_projected: false,
            regular_hours: None,
        };
        let mut bars = Bars::default();
        for minute in present {
            bars.push(Bar { ts: at(*minute).nanos(), open: 1, high: 1, low: 1, close: 1, volume: 1 });
        }
        let gaps = session_gaps(bars.view(), &[session]);
        let found = gaps.first().map(|gap| (gap.missing_minutes, gap.first_missing));
        assert_eq!(found, expected.map(|(count, first)| (count, at(first))), "{present:?}");
    }

    #[test]
    fn counts_open_minutes_without_bar_over_all_segments() {
        check(&[10, 11, 12, 20, 21], None);
        check(&[9, 10, 11, 12, 15, 20, 21, 22], None);
        check(&[11, 12, 20, 21], Some((1, 10)));
        check(&[10, 12, 20, 21], Some((1, 11)));
        check(&[10, 11, 20, 21], Some((1, 12)));
        check(&[10, 11, 12, 21], Some((1, 20)));
        check(&[10, 21], Some((3, 11)));
        check(&[], Some((5, 10)));
    }
}
