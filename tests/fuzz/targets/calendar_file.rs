//! Calendar files: any bytes are refused with a line, or make a calendar that answers at its edges.
#![no_main]

mod calendar_edits;

use chrono::Days;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use peaktrade_domain::{
    Calendar, ContractMonth, ContractRoot, ContractSymbol, HoursFilter, RollPolicy, Session, SymbolSpelling, TradeDate,
    UnixNanos,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Calendar::parse(text) {
        Ok(calendar) => ask(&calendar),
        Err(error) => {
            assert!(error.line <= text.matches('\n').count() + 1, "{error}");
            assert!(!error.problem.is_empty());
        }
    }
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let edited = match std::str::from_utf8(&bytes[..size]) {
        Ok(text) if seed % 4 != 0 => calendar_edits::edit(text, seed),
        Ok(_) | Err(_) => return fuzzer_mutate(bytes, size, max_size),
    };
    if edited.is_empty() || edited.len() > max_size {
        return fuzzer_mutate(bytes, size, max_size);
    }
    bytes[..edited.len()].copy_from_slice(edited.as_bytes());
    edited.len()
});

/// Asks at both edges of the file and beyond them. Answers are checked against each other; a refusal is an answer.
fn ask(calendar: &Calendar) {
    let (from, to) = (calendar.valid_from(), calendar.valid_to());
    assert!(from <= to);
    for date in [from, to].into_iter().chain(around(from)).chain(around(to)) {
        let is_within = (from..=to).contains(&date);
        assert_eq!(calendar.session(date).is_ok(), is_within, "{date}");
        assert_eq!(calendar.local_midnight(date).is_ok(), is_within, "{date}");
        assert_eq!(calendar.price_limit_era(date).is_ok(), is_within, "{date}");
        assert!(is_within || calendar.session_on_or_after(date).is_err(), "{date}");
        assert!(is_within || calendar.session_on_or_before(date).is_err(), "{date}");
        for n in [i32::MIN, -1, 0, 1, i32::MAX] {
            let found = calendar.nth_trade_date(date, n);
            assert!(
                found.is_err() || (is_within && found.is_ok_and(|found| (from..=to).contains(&found))),
                "{date} {n}"
            );
        }
    }
    let sessions = calendar.sessions(from, to).expect("the file answers for its own validity");
    for hours in [HoursFilter::Full, HoursFilter::Regular, HoursFilter::Extended] {
        let minutes: u64 = sessions.iter().map(|session| session.minutes_of(hours)).sum();
        assert_eq!(calendar.expected_minutes(from, to, hours), Ok(minutes));
    }
    for session in sessions.first().into_iter().chain(sessions.last()) {
        check_session(calendar, session);
    }
    for instant in [i64::MIN, 0, i64::MAX].map(UnixNanos::from_nanos) {
        let _ = calendar.market_state(instant);
        let _ = calendar.trade_date_at_or_after(instant);
    }
    let _ = calendar.warnings(from, to);
    for spec in calendar.specs() {
        check_root(calendar, spec.root);
    }
}

fn check_session(calendar: &Calendar, session: &Session) {
    let trade_date = session.trade_date;
    assert_eq!(calendar.nth_trade_date(trade_date, 0), Ok(trade_date));
    for segment in &session.segments {
        assert!(segment.open < segment.close);
        assert_eq!(calendar.trade_date_of(segment.open), Ok(Some(trade_date)));
        assert_eq!(calendar.trade_date_at_or_after(segment.open), Ok(trade_date));
        assert_ne!(calendar.trade_date_of(segment.close), Ok(Some(trade_date)));
        for at in [segment.open, segment.close] {
            let state = calendar.market_state(at).expect("an instant of a session");
            assert_eq!(calendar.is_open(at), Ok(state.trade_date.is_some()));
            // Open hours of an exception may carry its name; a shut market always says why.
            assert!(state.trade_date.is_some() || !state.reason.is_empty());
            assert!(state.next_open.is_none_or(|open| open > at));
            assert!(state.next_close.is_none_or(|close| close > at));
        }
        let nanos = segment.close.nanos() - segment.open.nanos();
        let minutes = calendar.session_minutes_between(segment.open, segment.close);
        assert_eq!(minutes, Ok((nanos / UnixNanos::MINUTE).unsigned_abs()));
    }
}

fn check_root(calendar: &Calendar, root: ContractRoot) {
    let (from, to) = (calendar.valid_from(), calendar.valid_to());
    for date in [from, to].into_iter().chain(around(to)) {
        let _ = calendar.spec_on(root, date);
        assert_eq!(calendar.margins(root, date).is_ok(), date <= to);
        assert_eq!(calendar.exchange_fees(root, date).is_ok(), date <= to);
    }
    let contracts = calendar.contracts(root, from, to).expect("a root and the validity of the file");
    for contract in contracts.iter().take(2).chain(contracts.last()) {
        let last = calendar.last_trade_date(*contract).expect("a listed contract");
        assert!((from..=to).contains(&last));
        assert!(calendar.last_trade_time(*contract).is_ok() && calendar.expiry_note(*contract).is_ok());
        let _ = calendar.lead_rule(*contract);
        for spelling in [SymbolSpelling::Canonical, SymbolSpelling::Norgate, SymbolSpelling::InteractiveBrokers] {
            let text = contract.spell(spelling, calendar);
            assert_eq!(ContractSymbol::parse_vendor(&text, last, calendar), Ok(*contract), "{text}");
        }
        let _ = RollPolicy::STANDARD.roll_of(calendar, *contract);
    }
    for year in [1990, 2199] {
        let edge = ContractMonth::from_number(12).and_then(|month| ContractSymbol::new(root, month, year));
        let _ = edge.map(|contract| calendar.last_trade_date(contract));
    }
    let _ = RollPolicy::STANDARD.schedule(calendar, root, from, to);
}

/// The days before and after.
fn around(date: TradeDate) -> impl Iterator<Item = TradeDate> {
    let before = date.date().checked_sub_days(Days::new(1)).map(TradeDate::new);
    [before, date.next_day()].into_iter().flatten()
}
