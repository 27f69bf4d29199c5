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
