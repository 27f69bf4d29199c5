//! What is wrong, odd or missing in the stored bars of one contract, judged by the calendar.

use std::collections::BTreeMap;

use peaktrade_continuous::{Bar, Bars, BarsView};
use peaktrade_domain::{Calendar, CalendarError, ContractSymbol, Price, Session, TradeDate, UnixNanos};
use peaktrade_wire::dataset::v1::Finding;

use crate::build::within;

/// Consecutive open minutes without a bar from which a hole is a warning: a front contract trades every minute, a back
/// month pauses for some; half an hour of silence in the middle of its data is worth a look in either.
const BLOCK_MINUTES: i64 = 30;

/// How bad a finding is; worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    /// The bars break a rule; nothing should be built on them.
    Error,
    /// Likely a fault of the file.
    Warning,
    /// Worth knowing, normal in thin markets.
    Note,
}

/// Kinds of findings; a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Code {
    NotIncreasing,
    OutOfSession,
    OhlcOrder,
    OffTick,
    MissingSession,
    MissingBlock,
    MissingMinutes,
    ZeroVolume,
}

impl Code {
    const fn severity(self) -> Severity {
        match self {
            Self::NotIncreasing | Self::OutOfSession | Self::OhlcOrder | Self::OffTick => Severity::Error,
            Self::MissingSession | Self::MissingBlock => Severity::Warning,
            Self::MissingMinutes | Self::ZeroVolume => Severity::Note,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::NotIncreasing => "not_increasing",
            Self::OutOfSession => "out_of_session",
            Self::OhlcOrder => "ohlc_order",
            Self::OffTick => "off_tick",
            Self::MissingSession => "missing_session",
            Self::MissingBlock => "missing_block",
            Self::MissingMinutes => "missing_minutes",
            Self::ZeroVolume => "zero_volume",
        }
    }
}

impl Severity {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// The first case of a kind and how much there is of it.
#[derive(Clone, Debug)]
struct Case {
    trade_date: TradeDate,
    count: u64,
    example: String,
}

/// Findings of any number of contracts.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    cases: BTreeMap<(Severity, Code, ContractSymbol), Case>,
}

impl Findings {
    /// Worst first, then by kind and contract.
    pub(crate) fn into_wire(self) -> Vec<Finding> {
        let finding = |((severity, code, contract), case): ((Severity, Code, ContractSymbol), Case)| Finding {
            severity: severity.name().to_owned(),
            code: code.name().to_owned(),
            contract: contract.to_string(),
            trade_date: case.trade_date.to_string(),
            count: case.count,
            example: case.example,
        };
        self.cases.into_iter().map(finding).collect()
    }

    fn add(
        &mut self,
        code: Code,
        contract: ContractSymbol,
        date: TradeDate,
        count: u64,
        example: impl FnOnce() -> String,
    ) {
        let case = self.cases.entry((code.severity(), code, contract));
        case.or_insert_with(|| Case { trade_date: date, count: 0, example: example() }).count += count;
    }
}

/// Checks one contract's bars and adds what it finds; answers the number of sessions looked at.
///
/// Minutes before the first and after the last bar are not missing: a file begins and ends where it does.
///
/// # Errors
/// Where the calendar does not answer for a bar or the contract.
pub(crate) fn check(
    contract: ContractSymbol,
    bars: &Bars,
    calendar: &Calendar,
    findings: &mut Findings,
) -> Result<u64, CalendarError> {
    let (Some(first), Some(last)) = (bars.ts.first(), bars.ts.last()) else { return Ok(0) };
    let from = calendar.trade_date_at_or_after(UnixNanos::from_nanos(*first))?;
    let to = calendar.trade_date_at_or_after(UnixNanos::from_nanos(*last))?;
    let sessions = within(calendar.sessions(from, to)?, bars);
    let tick = calendar.spec(contract.root())?.tick;
    for row in 0..bars.len() {
        if let Some(bar) = bars.get(row) {
            let before = row.checked_sub(1).map(|row| bars.ts[row]);
            check_bar(contract, &bar, before, tick, calendar, findings)?;
        }
    }
    for session in &sessions {
        check_session(contract, bars.view(), session, findings);
    }
    Ok(sessions.len() as u64)
}

fn check_bar(
    contract: ContractSymbol,
    bar: &Bar,
    before: Option<i64>,
    tick: Price,
    calendar: &Calendar,
    findings: &mut Findings,
) -> Result<(), CalendarError> {
    let open_time = UnixNanos::from_nanos(bar.ts);
    let in_session = calendar.trade_date_of(open_time)?;
    let date = match in_session {
        Some(date) => date,
        None => calendar.trade_date_at_or_after(open_time)?,
    };
    let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Price::from_nanos);
    if let Some(before) = before.filter(|before| *before >= bar.ts) {
        findings.add(Code::NotIncreasing, contract, date, 1, || {
            format!("bar of {open_time} after bar of {}", UnixNanos::from_nanos(before))
        });
    }
    if in_session.is_none() {
        findings.add(Code::OutOfSession, contract, date, 1, || format!("bar of {open_time}, market closed"));
    }
    if low > open.min(close) || high < open.max(close) {
        findings.add(Code::OhlcOrder, contract, date, 1, || {
            format!("bar of {open_time}: open {open}, high {high}, low {low}, close {close}")
        });
    }
    if [open, high, low, close].iter().any(|price| !price.is_on_tick(tick)) {
        findings.add(Code::OffTick, contract, date, 1, || {
            format!("bar of {open_time}: open {open}, high {high}, low {low}, close {close}, tick {tick}")
        });
    }
    if bar.volume == 0 {
        findings.add(Code::ZeroVolume, contract, date, 1, || format!("bar of {open_time}"));
    }
    Ok(())
}

fn check_session(contract: ContractSymbol, bars: BarsView<'_>, session: &Session, findings: &mut Findings) {
    let present = bars.between(session.open(), session.close()).len();
    let date = session.trade_date;
    if present == 0 {
        findings.add(Code::MissingSession, contract, date, session.minutes(), || {
            format!("no bar from {} to {}", session.open(), session.close())
        });
        return;
    }
    for segment in &session.segments {
        let stamps = bars.between(segment.open, segment.close).ts;
        let mut expected = segment.open.nanos();
        for stamp in stamps.iter().copied().chain(std::iter::once(segment.close.nanos())) {
            let minutes = stamp.saturating_sub(expected) / UnixNanos::MINUTE;
            if minutes > 0 {
                let code = if minutes >= BLOCK_MINUTES { Code::MissingBlock } else { Code::MissingMinutes };
                findings.add(code, contract, date, minutes.unsigned_abs(), || {
                    let (from, to) = (UnixNanos::from_nanos(expected), UnixNanos::from_nanos(stamp));
                    format!("no bar from {from} to {to}")
                });
            }
            expected = stamp.saturating_add(Bars::DURATION_NS);
        }
    }
}

#[cfg(test)]
mod tests;
