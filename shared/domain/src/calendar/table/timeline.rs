//! All time of the validity as pieces that lie end to end, each wholly open or wholly closed for one reason, so that
//! every question about an instant is one look-up.

use chrono::{Datelike as _, Weekday};

use super::blocks::Block;
use crate::calendar::civil::day_before;
use crate::calendar::rules::Rules;
use crate::calendar::{CalendarFileError, Closure, Segment, Session};
use crate::{TradeDate, UnixNanos};

/// Width of an index entry, seconds: a day, which holds a handful of pieces.
const INDEX_STEP: u32 = 24 * 60 * 60;

/// The pieces in order, with an index into them by day. What a look-up reads first lies close together: the starts and
/// the trade dates of ten years fit into a core's own cache.
pub(super) struct Timeline {
    first: i64,
    last: i64,
    /// Whole second after `first` in which each piece begins; every border is a whole second.
    starts: Vec<u32>,
    /// Trade date of each piece; `None` where the market is closed.
    trade_dates: Vec<Option<TradeDate>>,
    pieces: Vec<Piece>,
    /// For each [`INDEX_STEP`] the piece in which it begins; one more entry stands at the end.
    index: Vec<u32>,
    reasons: Vec<String>,
}

/// What is the same from one border to the next.
#[derive(Clone, Copy)]
pub(in crate::calendar) struct Piece {
    /// First segment that closes after the piece begins.
    segment: u32,
    reason: u32,
    pub(in crate::calendar) is_open: bool,
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
}

impl Timeline {
    pub(super) fn build(
        blocks: &[Block<'_>],
        sessions: &[Session],
        rules: &Rules<'_>,
    ) -> Result<Self, CalendarFileError> {
        let known = |day, time, span| {
            let instant = rules.zone.instant(day, time);
            instant.map(UnixNanos::nanos).map_err(|problem| rules.lines.error(span, problem))
        };
        let opens = rules.hours_on(rules.valid_from).opens_evening_before;
        let first = known(day_before(rules.valid_from), opens, &rules.valid_from_span)?;
        let last = known(rules.valid_to, rules.hours_on(rules.valid_to).closes, &rules.valid_to_span)?;
        let mut builder = Builder::new(first, last);
        let mut trade_dates = sessions.iter().flat_map(|session| session.segments.iter().map(|_| session.trade_date));
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
            }
            if block.exception.is_some() {
                closed = own;
            }
            builder.close_until(block.regular.close, closed);
        }
        let after = if rules.valid_to.weekday().number_from_monday() < 5 { MAINTENANCE } else { WEEKEND };
        Ok(builder.finish(after))
    }

    pub(super) const fn first_instant(&self) -> UnixNanos {
        UnixNanos::from_nanos(self.first)
    }

    pub(super) const fn last_instant(&self) -> UnixNanos {
        UnixNanos::from_nanos(self.last)
    }

    /// Trade date of an instant between the first and the last one.
    #[inline]
    pub(super) fn trade_date(&self, instant: UnixNanos) -> Option<TradeDate> {
        self.trade_dates[self.place(instant)]
    }

    /// The piece of an instant between the first and the last one.
    #[inline]
    pub(super) fn piece(&self, instant: UnixNanos) -> &Piece {
        &self.pieces[self.place(instant)]
    }

    pub(super) fn reason(&self, piece: &Piece) -> &str {
        &self.reasons[piece.reason as usize]
    }

    pub(super) const fn closure(&self, piece: &Piece) -> Option<Closure> {
        if piece.is_open {
            return None;
        }
        Some(match piece.reason {
            MAINTENANCE => Closure::Maintenance,
            WEEKEND => Closure::Weekend,
            DAILY_HALT => Closure::DailyHalt,
            _ => Closure::Exception,
        })
    }

    #[inline]
    fn place(&self, instant: UnixNanos) -> usize {
        let second = second_after(self.first, instant.nanos());
        let step = (second / INDEX_STEP) as usize;
        let (low, high) = (self.index[step] as usize, self.index[step + 1] as usize);
        let after = self.starts[low..=high].partition_point(|start| *start <= second);
        low + after - 1
    }
}

/// Whole seconds from the first instant to a later one, rounded down; sixty years of them are fewer than 2^32.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a validity is sixty years at most, checked when it was read")]
const fn second_after(first: i64, nanos: i64) -> u32 {
    (nanos.abs_diff(first) / UnixNanos::SECOND.unsigned_abs()) as u32
}

/// What the time before a block is called: the block of a Monday follows a weekend.
fn between(block: &Block<'_>) -> u32 {
    if block.day.weekday() == Weekday::Mon { WEEKEND } else { MAINTENANCE }
}

struct Builder {
    now: i64,
    segment: u32,
    line: Timeline,
}

impl Builder {
    fn new(first: i64, last: i64) -> Self {
        let reasons = ["", "maintenance", "weekend", "daily halt"].map(str::to_owned).to_vec();
        let (starts, trade_dates, pieces, index) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { now: first, segment: 0, line: Timeline { first, last, starts, trade_dates, pieces, index, reasons } }
    }

    /// A reason of its own for each exception; there are as many as weekdays at most.
    fn name(&mut self, name: &str) -> u32 {
        self.line.reasons.push(name.to_owned());
        number(self.line.reasons.len() - 1)
    }

    fn close_until(&mut self, until: UnixNanos, reason: u32) {
        self.extend(until, None, reason, false);
    }

    fn open_until(&mut self, segment: Segment, rth: Option<Segment>, trade_date: Option<TradeDate>, reason: u32) {
        let within = |instant: UnixNanos| instant.clamp(segment.open, segment.close);
        if let Some(rth) = rth {
            self.extend(within(rth.open), trade_date, reason, false);
            self.extend(within(rth.close), trade_date, reason, true);
        }
        self.extend(segment.close, trade_date, reason, false);
        self.segment += 1;
    }

    /// Adds what lasts from now to `until`; nothing where that is no time.
    fn extend(&mut self, until: UnixNanos, trade_date: Option<TradeDate>, reason: u32, is_regular_hours: bool) {
        if self.now < until.nanos() {
            self.push(trade_date, reason, is_regular_hours);
            self.now = until.nanos();
        }
    }

    fn push(&mut self, trade_date: Option<TradeDate>, reason: u32, is_regular_hours: bool) {
        self.line.starts.push(second_after(self.line.first, self.now));
        self.line.trade_dates.push(trade_date);
        let is_open = trade_date.is_some();
        self.line.pieces.push(Piece { segment: self.segment, reason, is_open, is_regular_hours });
    }

    /// Ends with the last instant itself: it is known to be closed.
    fn finish(mut self, after: u32) -> Timeline {
        self.close_until(self.line.last_instant(), after);
        self.push(None, after, false);
        let mut line = self.line;
        let (mut at, mut step) = (0, 0);
        while step <= second_after(line.first, line.last) {
            while line.starts.get(at + 1).is_some_and(|start| *start <= step) {
                at += 1;
            }
            line.index.push(number(at));
            step += INDEX_STEP;
        }
        line.index.push(number(line.starts.len() - 1));
        line
    }
}

/// A place in a list of the file's; a file has a few bytes for each row, so that it cannot have 2^32.
fn number(at: usize) -> u32 {
    u32::try_from(at).expect("a calendar has fewer than 2^32 pieces and reasons")
}
