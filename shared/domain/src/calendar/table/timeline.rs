//! All time of the validity as pieces that lie end to end, each wholly open or wholly closed for one reason, so that
//! every question about an instant is one look-up.

use chrono::{Datelike as _, Weekday};

use super::blocks::Block;
use crate::calendar::civil::day_before;
use crate::calendar::rules::Rules;
use crate::calendar::{CalendarFileError, Outage, Segment, Session};
use crate::{TradeDate, UnixNanos};

/// Width of an index entry: a day, which holds a handful of pieces.
const INDEX_STEP: u64 = 24 * 60 * 60 * 1_000_000_000;

/// The pieces in order, with an index into them by day.
pub(super) struct Timeline {
    first: i64,
    /// Instant at which each piece begins.
    starts: Vec<i64>,
    pieces: Vec<Piece>,
    /// For each [`INDEX_STEP`] from `first` on the piece in which it begins; one more entry stands at the end.
    index: Vec<u32>,
    reasons: Vec<String>,
}

/// What is the same from one border to the next.
#[derive(Clone, Copy)]
pub(in crate::calendar) struct Piece {
    /// Trade date of open time; `None` where the market is closed.
    pub(in crate::calendar) trade_date: Option<TradeDate>,
    /// First segment that closes after the piece begins.
    segment: u32,
    reason: u32,
    /// One more than the number of the outage; 0 without one.
    outage: u32,
    pub(in crate::calendar) is_regular_hours: bool,
}

const REGULAR: u32 = 0;
const MAINTENANCE: u32 = 1;
const WEEKEND: u32 = 2;
const DAILY_HALT: u32 = 3;

impl Piece {
    pub(in crate::calendar) fn segment(&self) -> usize {
        self.segment as usize
    }

    /// Number of the outage among the file's.
    pub(in crate::calendar) fn outage(&self) -> Option<usize> {
        (self.outage as usize).checked_sub(1)
    }
}

impl Timeline {
    pub(super) fn build(
        blocks: &[Block<'_>],
        sessions: &[Session],
        rules: &Rules<'_>,
    ) -> Result<Self, CalendarFileError> {
        let known = |from: bool| {
            let (day, time, span) = if from {
                let hours = rules.hours_on(rules.valid_from);
                (day_before(rules.valid_from), hours.opens_evening_before, &rules.valid_from_span)
            } else {
                (rules.valid_to, rules.hours_on(rules.valid_to).closes, &rules.valid_to_span)
            };
            rules.zone.instant(day, time).map_err(|problem| rules.lines.error(span, problem))
        };
        let (first, last) = (known(true)?, known(false)?);
        let mut builder = Builder::new(first, &rules.outages);
        let mut trade_dates =
            sessions.iter().flat_map(|session| session.segments.iter().map(|_| session.trade_date)).peekable();
        for block in blocks {
            builder.close_until(block.regular.open, between(block));
            let own = match block.exception {
                Some(exception) => builder.name(&exception.name),
                None => REGULAR,
            };
            let mut closed = if block.segments.is_empty() { own } else { DAILY_HALT };
            for segment in &block.segments {
                builder.close_until(segment.open, closed);
                builder.open_until(*segment, block.regular_hours, trade_dates.next(), own);
                closed = DAILY_HALT;
            }
            if block.exception.is_some() {
                closed = own;
            }
            builder.close_until(block.regular.close, closed);
        }
        let after = if rules.valid_to.weekday().number_from_monday() < 5 { MAINTENANCE } else { WEEKEND };
        builder.close_until(last, after);
        Ok(builder.finish(last, after))
    }

    pub(super) fn first_instant(&self) -> UnixNanos {
        UnixNanos::from_nanos(self.first)
    }

    pub(super) fn last_instant(&self) -> UnixNanos {
        UnixNanos::from_nanos(self.starts[self.starts.len() - 1])
    }

    /// The piece of an instant between the first and the last one.
    #[inline]
    pub(super) fn piece(&self, instant: UnixNanos) -> &Piece {
        let nanos = instant.nanos();
        #[expect(clippy::cast_possible_truncation, reason = "steps of at most sixty years")]
        let step = (nanos.abs_diff(self.first) / INDEX_STEP) as usize;
        let (low, high) = (self.index[step] as usize, self.index[step + 1] as usize);
        let after = self.starts[low..=high].partition_point(|start| *start <= nanos);
        &self.pieces[low + after - 1]
    }

    pub(super) fn reason(&self, piece: &Piece) -> &str {
        &self.reasons[piece.reason as usize]
    }
}

/// What the time before a block is called: the block of a Monday follows a weekend.
fn between(block: &Block<'_>) -> u32 {
    if block.day.weekday() == Weekday::Mon { WEEKEND } else { MAINTENANCE }
}

struct Builder<'a> {
    now: i64,
    first: i64,
    starts: Vec<i64>,
    pieces: Vec<Piece>,
    reasons: Vec<String>,
    segment: u32,
    outages: &'a [Outage],
    /// Outages that have ended.
    past_outages: usize,
}

impl<'a> Builder<'a> {
    fn new(first: UnixNanos, outages: &'a [Outage]) -> Self {
        Self {
            now: first.nanos(),
            first: first.nanos(),
            starts: Vec::new(),
            pieces: Vec::new(),
            reasons: ["", "maintenance", "weekend", "daily halt"].map(str::to_owned).to_vec(),
            segment: 0,
            outages,
            past_outages: 0,
        }
    }

    /// A reason of its own for each exception; there are as many as weekdays at most.
    fn name(&mut self, name: &str) -> u32 {
        self.reasons.push(name.to_owned());
        number(self.reasons.len() - 1)
    }

    fn close_until(&mut self, until: UnixNanos, reason: u32) {
        self.extend(until.nanos(), None, reason, false);
    }

    fn open_until(&mut self, segment: Segment, rth: Option<Segment>, trade_date: Option<TradeDate>, reason: u32) {
        let within = |instant: UnixNanos| instant.clamp(segment.open, segment.close).nanos();
        if let Some(rth) = rth {
            self.extend(within(rth.open), trade_date, reason, false);
            self.extend(within(rth.close), trade_date, reason, true);
        }
        self.extend(segment.close.nanos(), trade_date, reason, false);
        self.segment += 1;
    }

    /// Adds what lasts from now to `until`, cut at the borders of outages.
    fn extend(&mut self, until: i64, trade_date: Option<TradeDate>, reason: u32, is_regular_hours: bool) {
        while self.now < until {
            while self.outages.get(self.past_outages).is_some_and(|outage| outage.to.nanos() <= self.now) {
                self.past_outages += 1;
            }
            let (outage, end) = match self.outages.get(self.past_outages) {
                Some(next) if next.from.nanos() <= self.now => (number(self.past_outages + 1), next.to.nanos()),
                Some(next) => (0, next.from.nanos()),
                None => (0, until),
            };
            self.starts.push(self.now);
            self.pieces.push(Piece { trade_date, segment: self.segment, reason, outage, is_regular_hours });
            self.now = end.min(until);
        }
    }

    /// Ends with the last instant itself: it is known to be closed.
    fn finish(mut self, last: UnixNanos, reason: u32) -> Timeline {
        self.starts.push(last.nanos());
        self.pieces.push(Piece { trade_date: None, segment: self.segment, reason, outage: 0, is_regular_hours: false });
        let mut index = Vec::new();
        let (mut at, mut step) = (0, self.first);
        while step <= last.nanos() {
            while self.starts.get(at + 1).is_some_and(|start| *start <= step) {
                at += 1;
            }
            index.push(number(at));
            step += INDEX_STEP.cast_signed();
        }
        index.push(number(self.starts.len() - 1));
        Timeline { first: self.first, starts: self.starts, pieces: self.pieces, index, reasons: self.reasons }
    }
}

/// A place in a list of the file's; a file has a few bytes for each row, so that it cannot have 2^32.
fn number(at: usize) -> u32 {
    u32::try_from(at).expect("a calendar has fewer than 2^32 pieces, reasons and outages")
}
