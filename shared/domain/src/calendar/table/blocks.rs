//! From weekdays to blocks of open market, and from blocks to sessions.

use chrono::NaiveDate;

use crate::calendar::civil::{MinuteOfDay, day_before, is_weekday};
use crate::calendar::rules::{Effect, Exception, Hours, Rules};
use crate::calendar::{CalendarFileError, Confidence, Segment, Session};
use crate::{TradeDate, UnixNanos};

/// One weekday: the time from the evening before to its afternoon, and what of it is open.
pub(super) struct Block<'a> {
    pub(super) day: NaiveDate,
    /// When the block begins and ends by the regular hours.
    pub(super) regular: Segment,
    /// What is open of it, in order.
    pub(super) segments: Vec<Segment>,
    /// Regular trading hours of a trade date.
    pub(super) regular_hours: Option<Segment>,
    /// Daily settlement of a trade date; `None` for a day that is none.
    settlement: Option<UnixNanos>,
    pub(super) exception: Option<&'a Exception>,
}

/// The blocks of the weekdays of the validity, in order, checked not to overlap.
pub(super) fn evaluate<'a>(rules: &'a Rules<'_>) -> Result<Vec<Block<'a>>, CalendarFileError> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for day in rules.valid_from.iter_days().take_while(|day| *day <= rules.valid_to).filter(|day| is_weekday(*day)) {
        let exception = rules.exceptions.get(&day);
        let hours = rules.hours_on(day);
        let span = exception.map_or(&hours.span, |exception| &exception.span);
        let (end, settlement, cash_close) = match exception.map(|exception| &exception.effect) {
            Some(Effect::Closed) => (None, None, None),
            Some(Effect::Halt { at }) => (Some(*at), None, None),
            // The day is short because the cash market's is, and settles with its close.
            Some(Effect::EarlyClose { at, settlement }) => (Some(*at), Some(*settlement), Some(*settlement)),
            None => (Some(hours.closes), Some(rules.settlement_on(day)?), Some(hours.closes)),
        };
        let regular_until = cash_close.map(|close| close.min(hours.rth.to));
        let block = block(day, hours, [end, settlement, regular_until], rules)
            .map(|block| Block { exception, ..block })
            .and_then(|block| check_order(block, blocks.last()))
            .map_err(|problem| rules.lines.error(span, problem))?;
        blocks.push(block);
    }
    Ok(blocks)
}

/// One day's block, open until `end` at most; not open at all without one, and without regular hours where
/// `regular_until` is none or lies before them.
fn block<'a>(
    day: NaiveDate,
    hours: &Hours,
    [end, settlement, regular_until]: [Option<MinuteOfDay>; 3],
    rules: &Rules<'_>,
) -> Result<Block<'a>, String> {
    let at = |time: MinuteOfDay| rules.zone.instant(day, time);
    let regular =
        Segment { open: rules.zone.instant(day_before(day), hours.opens_evening_before)?, close: at(hours.closes)? };
    let mut segments = Vec::new();
    if let Some(end) = end {
        let mut open = regular.open;
        for halt in hours.halts.iter().take_while(|halt| halt.from < end) {
            segments.push(Segment { open, close: at(halt.from)? });
            open = at(halt.to)?;
        }
        segments.push(Segment { open, close: at(end)? });
    }
    let regular_until = regular_until.filter(|until| hours.rth.from < *until);
    let regular_hours = regular_until
        .map(|until| Ok::<_, String>(Segment { open: at(hours.rth.from)?, close: at(until)? }))
        .transpose()?;
    Ok(Block { day, regular, segments, regular_hours, settlement: settlement.map(at).transpose()?, exception: None })
}

/// The law on which every later look-up relies: time runs forward through all blocks and segments.
fn check_order<'a>(block: Block<'a>, before: Option<&Block<'a>>) -> Result<Block<'a>, String> {
    let mut closed_since = before.map_or(block.regular.open, |before| before.regular.close);
    for segment in &block.segments {
        if segment.close <= segment.open || segment.open < closed_since {
            return Err(format!(
                "segment {} to {} overlaps the one before it or is empty",
                segment.open, segment.close
            ));
        }
        closed_since = segment.close;
    }
    if block.regular.open < before.map_or(block.regular.open, |before| before.regular.close)
        || block.regular.close < closed_since
    {
        return Err(format!("the block of {} overlaps the one before it or its own close", block.day));
    }
    Ok(block)
}

/// The sessions of the blocks: what a holiday leaves open is carried to the next trade date.
pub(super) fn sessions(blocks: &[Block<'_>], rules: &Rules<'_>) -> Result<Vec<Session>, CalendarFileError> {
    let mut sessions: Vec<Session> = Vec::new();
    let (mut segments, mut notes, mut is_projected) = (Vec::new(), Vec::new(), false);
    for block in blocks.iter().filter(|block| !block.segments.is_empty()) {
        segments.extend_from_slice(&block.segments);
        if let Some(exception) = block.exception {
            notes.push(exception.name.as_str());
            is_projected |= exception.confidence == Confidence::Projected;
        }
        let Some(settlement) = block.settlement else { continue };
        sessions.push(Session {
            trade_date: TradeDate::new(block.day),
            segments: std::mem::take(&mut segments),
            settlement,
            note: std::mem::take(&mut notes).join("; "),
            is_projected: std::mem::take(&mut is_projected),
            regular_hours: block.regular_hours,
        });
    }
    if sessions.is_empty() {
        let problem = format!("no day from {} to {} is a trade date", rules.valid_from, rules.valid_to);
        return Err(rules.lines.error(&rules.valid_from_span, problem));
    }
    if let Some(segment) = segments.first() {
        let problem = format!(
            "the market is open from {} for a trade date after valid_to {}: no open time may belong to a date outside",
            segment.open, rules.valid_to
        );
        return Err(rules.lines.error(&rules.valid_to_span, problem));
    }
    Ok(sessions)
}
