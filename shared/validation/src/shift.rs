//! Sessions whose bars stand an hour off, as after a change of daylight-saving time that a file took and the market did
//! not, or the other way round.
//!
//! The rule: the bars of a session are suspected to be an hour EARLY where its last hour has no bar, and either the closed
//! hour before its open has bars as dense as a quarter of the session, or the volume of the regular open stands an hour
//! before it. They are suspected to be an hour LATE where the first hour has no bar, and either the closed hour after the
//! close has them, or the volume of the regular open stands an hour after it. The volume tells where an importer has
//! dropped the bars of closed hours. A run of such sessions goes on over sessions that tell nothing, and ends with one that
//! has bars in its first and in its last hour. A run that rests on volume alone counts from three sessions on: one jump of
//! volume an hour from the open may be news.

use peaktrade_continuous::BarsView;
use peaktrade_domain::{Session, TradeDate, UnixNanos};

use crate::Code;
use crate::collector::Collector;

const HOUR: i64 = 60 * UnixNanos::MINUTE;
/// Minutes before and after an instant whose volumes are compared.
const VOLUME_SPAN: i64 = 15 * UnixNanos::MINUTE;
/// Times that the volume of the quarter hour before the regular open is traded in the one after it, at least.
const OPEN_JUMP_MIN: i64 = 3;
/// Times below which the regular open is no jump of volume.
const NO_JUMP_MAX: i64 = 2;
/// Bars in the closed hour that are more than stray prints.
const CLOSED_BARS_MIN: u64 = 3;
/// Sessions of a run that rests on volume alone.
const VOLUME_SESSIONS_MIN: u64 = 3;

/// Which way the bars of a session are off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Early,
    Late,
}

/// What one session tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fits,
    TellsNothing,
    Suspected { direction: Direction, by_closed_hour: bool },
}

/// A session with bars whose following closed hour is not known yet.
#[derive(Clone, Copy, Debug)]
struct Pending {
    date: TradeDate,
    close: i64,
    bars: u64,
    minutes: u64,
    first_hour: u64,
    last_hour: u64,
    before_open: u64,
    volume: Option<Direction>,
}

/// Sessions in a row that are off the same way.
#[derive(Clone, Copy, Debug)]
struct Run {
    direction: Direction,
    first: TradeDate,
    last: TradeDate,
    sessions: u64,
    bars: u64,
    /// Bars in the closed hour.
    outside: u64,
    by_closed_hour: bool,
}

/// Watches the sessions of one contract go by.
#[derive(Debug, Default)]
pub(crate) struct ShiftWatch {
    pending: Option<Pending>,
    run: Option<Run>,
}

impl ShiftWatch {
    /// Takes a session with bars: `bars` are those in its open hours, `closed` the stamps after the close of the session
    /// before and before its open.
    pub(crate) fn take(&mut self, session: &Session, bars: BarsView<'_>, closed: &[i64], findings: &mut Collector) {
        self.judge_pending(closed, findings);
        let (open, close) = (session.open().nanos(), session.close().nanos());
        let count = |from: i64, to: i64| rows(bars.ts, from, to).len() as u64;
        let (first_hour, last_hour) = (count(open, open + HOUR), count(close - HOUR, close));
        let is_odd = first_hour == 0 || last_hour == 0;
        self.pending = Some(Pending {
            date: session.trade_date,
            close,
            bars: bars.len() as u64,
            minutes: session.minutes(),
            first_hour,
            last_hour,
            before_open: rows(closed, open - HOUR, open).len() as u64,
            volume: if is_odd { volume_direction(session, bars) } else { None },
        });
    }

    /// Takes the stamps after the close of the session before where no session with bars comes next: what follows the
    /// last session of a file may tell of it.
    pub(crate) fn take_closed(&mut self, closed: &[i64], findings: &mut Collector) {
        self.judge_pending(closed, findings);
    }

    /// Files the run that the last session ends.
    pub(crate) fn finish(mut self, findings: &mut Collector) {
        self.judge_pending(&[], findings);
        self.end_run(findings);
    }

    fn judge_pending(&mut self, closed: &[i64], findings: &mut Collector) {
        let Some(pending) = self.pending.take() else { return };
        let after_close = rows(closed, pending.close, pending.close + HOUR).len() as u64;
        match pending.verdict(after_close) {
            Verdict::TellsNothing => {}
            Verdict::Fits => self.end_run(findings),
            Verdict::Suspected { direction, by_closed_hour } => {
                if self.run.is_some_and(|run| run.direction != direction) {
                    self.end_run(findings);
                }
                let outside = match direction {
                    Direction::Early => pending.before_open,
                    Direction::Late => after_close,
                };
                let (first, last) = (pending.date, pending.date);
                let run = self.run.get_or_insert(Run {
                    direction,
                    first,
                    last,
                    sessions: 0,
                    bars: 0,
                    outside: 0,
                    by_closed_hour: false,
                });
                run.last = last;
                run.sessions += 1;
                run.bars += pending.bars + outside;
                run.outside += outside;
                run.by_closed_hour |= by_closed_hour;
            }
        }
    }

    fn end_run(&mut self, findings: &mut Collector) {
        let Some(run) = self.run.take() else { return };
        if run.by_closed_hour || run.sessions >= VOLUME_SESSIONS_MIN {
            findings.add_single(Code::DstShiftSuspected, (run.first, run.last), run.bars, run.words());
        }
    }
}

impl Pending {
    fn verdict(&self, after_close: u64) -> Verdict {
        let dense = CLOSED_BARS_MIN.max(self.bars.saturating_mul(60) / self.minutes.max(1) / 4);
        if self.last_hour == 0 && self.first_hour > 0 && self.before_open >= dense {
            return Verdict::Suspected { direction: Direction::Early, by_closed_hour: true };
        }
        if self.first_hour == 0 && self.last_hour > 0 && after_close >= dense {
            return Verdict::Suspected { direction: Direction::Late, by_closed_hour: true };
        }
        match self.volume {
            Some(direction) => Verdict::Suspected { direction, by_closed_hour: false },
            None if self.first_hour > 0 && self.last_hour > 0 => Verdict::Fits,
            None => Verdict::TellsNothing,
        }
    }
}

impl Run {
    fn words(&self) -> String {
        let Self { first, last, sessions, outside, .. } = self;
        let (move_to, silent, closed) = match self.direction {
            Direction::Early => ("later", "last", "before the open"),
            Direction::Late => ("earlier", "first", "after the close"),
        };
        let evidence = if self.by_closed_hour {
            format!("{outside} bars in the closed hour {closed}")
        } else {
            "the volume of the regular open an hour away from it".to_owned()
        };
        format!(
            "{sessions} sessions from {first} to {last} fit the calendar only if their bars are moved 60 minutes {move_to}: \
             no bar in the {silent} hour, {evidence}"
        )
    }
}

/// Where the volume of the regular open stands if it stands an hour off.
fn volume_direction(session: &Session, bars: BarsView<'_>) -> Option<Direction> {
    let open = session.regular_hours?.open.nanos();
    // Saturating: what a file calls a volume may be anything.
    let volume =
        |from, to| bars.volume[rows(bars.ts, from, to)].iter().fold(0_i64, |sum, volume| sum.saturating_add(*volume));
    let around = |at: i64| (volume(at - VOLUME_SPAN, at), volume(at, at + VOLUME_SPAN));
    let is_jump = |(before, after): (i64, i64)| after > 0 && after >= before.saturating_mul(OPEN_JUMP_MIN);
    let (before, after) = around(open);
    if after >= before.saturating_mul(NO_JUMP_MAX) {
        return None;
    }
    if is_jump(around(open - HOUR)) {
        Some(Direction::Early)
    } else if is_jump(around(open + HOUR)) {
        Some(Direction::Late)
    } else {
        None
    }
}

fn rows(stamps: &[i64], from: i64, to: i64) -> std::ops::Range<usize> {
    let first = stamps.partition_point(|stamp| *stamp < from);
    first..first + stamps[first..].partition_point(|stamp| *stamp < to)
}
