//! Open minutes without a bar, by where they lie.

use peaktrade_domain::{Calendar, Session, UnixNanos};

use crate::Code;
use crate::collector::Collector;

/// Minutes without a bar from which a hole is a warning: a front contract trades every minute, a back month pauses for
/// some; half an hour of silence in the middle of its data is worth a look in either.
const BLOCK_MINUTES: i64 = 30;
/// Length of the last hour.
const HOUR_MINUTES: i64 = 60;

/// Files the open minutes in [from, to) of a session in which there is no bar, those at or after `end` left out.
pub(crate) fn check(
    session: &Session,
    (from, to): (i64, i64),
    end: i64,
    calendar: &Calendar,
    findings: &mut Collector,
) {
    for segment in &session.segments {
        let (open, close) = (segment.open.nanos().max(from), segment.close.nanos().min(to).min(end));
        if open < close {
            let mut open = open;
            for outage in calendar.outages() {
                let (begin, over) = (outage.from.nanos().max(open), outage.to.nanos().min(close));
                if begin < over {
                    unlisted(session, (open, begin), end, findings);
                    let minutes = (over - begin) / UnixNanos::MINUTE;
                    findings.add(Code::ListedOutage, session.trade_date, minutes.unsigned_abs(), || {
                        format!("{}, listed: {}", words(begin, over), outage.name)
                    });
                    open = over;
                }
            }
            unlisted(session, (open, close), end, findings);
        }
    }
}

/// A stretch of one segment that no listed outage explains.
fn unlisted(session: &Session, (from, to): (i64, i64), end: i64, findings: &mut Collector) {
    let minutes = to.saturating_sub(from) / UnixNanos::MINUTE;
    if minutes <= 0 {
        return;
    }
    let begins_session = from == session.open().nanos();
    let ends_session = to == session.close().nanos().min(end);
    let code = if ends_session && minutes >= HOUR_MINUTES {
        Code::MissingLastHour
    } else if minutes >= BLOCK_MINUTES {
        Code::MissingBlock
    } else if begins_session {
        Code::MissingFirstMinute
    } else if ends_session {
        Code::MissingLastMinute
    } else {
        Code::MissingMinutes
    };
    findings.add(code, session.trade_date, minutes.unsigned_abs(), || words(from, to));
}

fn words(from: i64, to: i64) -> String {
    format!("no bar from {} to {}", UnixNanos::from_nanos(from), UnixNanos::from_nanos(to))
}
