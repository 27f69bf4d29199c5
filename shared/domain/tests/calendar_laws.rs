//! Laws that hold for every instant and every session of the shipped calendar.
#![allow(clippy::unwrap_used)]

use peaktrade_domain::{
    Calendar, ContractRoot, ContractSymbol, RollInstant, RollPolicy, ScheduledRoll, Segment, TradeDate, UnixNanos,
};
use proptest::prelude::*;

fn date(text: &str) -> TradeDate {
    text.parse().unwrap()
}

fn segments(calendar: &Calendar) -> Vec<(TradeDate, Segment)> {
    let sessions = calendar.sessions(calendar.valid_from(), calendar.valid_to()).unwrap();
    let of_session = |session: &peaktrade_domain::Session| {
        let trade_date = session.trade_date;
        session.segments.iter().map(move |segment| (trade_date, *segment)).collect::<Vec<_>>()
    };
    sessions.iter().flat_map(of_session).collect()
}

fn schedule(root: &str, instant: RollInstant, from: TradeDate, to: TradeDate) -> Vec<ScheduledRoll> {
    let root: ContractRoot = root.parse().unwrap();
    RollPolicy { instant, ..RollPolicy::STANDARD }.schedule(&Calendar::shipped(), root, from, to).unwrap()
}

fn any_instant() -> impl Strategy<Value = UnixNanos> {
    let (calendar, last) = (Calendar::shipped(), date("2027-12-31"));
    let first = calendar.session_on_or_after(calendar.valid_from()).unwrap().open();
    let last = calendar.session(last).unwrap().unwrap().close();
    (first.nanos()..=last.nanos()).prop_map(UnixNanos::from_nanos)
}

#[test]
fn segments_and_trade_dates_are_in_strict_order() {
    let calendar = Calendar::shipped();
    for pair in segments(&calendar).windows(2) {
        assert!(pair[0].1.open < pair[0].1.close, "{:?}", pair[0]);
        assert!(pair[0].1.close < pair[1].1.open, "{pair:?}");
        assert!(pair[0].0 <= pair[1].0, "{pair:?}");
        assert!(pair[0].1.open.is_whole_minute() && pair[0].1.close.is_whole_minute(), "{:?}", pair[0]);
    }
}

#[test]
fn regular_sessions_since_the_halt_ended_have_1380_minutes() {
    let calendar = Calendar::shipped();
    let sessions = calendar.sessions(date("2021-06-28"), calendar.valid_to()).unwrap();
    let regular: Vec<_> = sessions.iter().filter(|session| session.note.is_empty()).collect();
    assert!(regular.len() > 1500, "{}", regular.len());
    for session in regular {
        assert_eq!((session.minutes(), session.segments.len()), (1380, 1), "{session:?}");
    }
}

#[test]
fn rolls_are_strictly_increasing_and_their_chain_has_no_hole() {
    let calendar = Calendar::shipped();
    for instant in [RollInstant::TradeDateOpen, RollInstant::SessionClose, RollInstant::LocalMidnight] {
        let rolls = schedule("NQ", instant, calendar.valid_from(), calendar.valid_to());
        for pair in rolls.windows(2) {
            assert!(pair[0].roll_ts < pair[1].roll_ts && pair[0].trade_date < pair[1].trade_date, "{pair:?}");
            assert_eq!(pair[0].to, pair[1].from);
        }
        // Every roll stands before its contract ends, or the series would have no price.
        for roll in rolls {
            assert!(roll.roll_ts < calendar.last_trade_time(roll.from).unwrap(), "{roll:?}");
        }
    }
}

#[test]
fn roll_instants_lie_in_order_on_one_roll() {
    let (from, to) = (date("2025-03-10"), date("2025-03-20"));
    for (instant, expected) in [
        (RollInstant::TradeDateOpen, "2025-03-16T22:00:00Z"),
        (RollInstant::LocalMidnight, "2025-03-17T05:00:00Z"),
        (RollInstant::SessionClose, "2025-03-17T21:00:00Z"),
    ] {
        let rolls = schedule("NQ", instant, from, to);
        assert_eq!(rolls.len(), 1, "{instant:?}");
        assert_eq!(rolls[0].roll_ts.to_string(), expected, "{instant:?}");
        assert_eq!((rolls[0].from.to_string(), rolls[0].to.to_string()), ("NQH2025".to_owned(), "NQM2025".to_owned()));
    }
}

#[test]
fn micro_contracts_roll_with_the_large_ones_once_they_are_listed() {
    let calendar = Calendar::shipped();
    let (from, to) = (calendar.valid_from(), calendar.valid_to());
    for (micro, large) in [("MNQ", "NQ"), ("MES", "ES"), ("M2K", "RTY"), ("MYM", "YM")] {
        let micros = schedule(micro, RollInstant::TradeDateOpen, from, to);
        let larges = schedule(large, RollInstant::TradeDateOpen, date("2019-05-06"), to);
        let plan =
            |rolls: &[ScheduledRoll]| rolls.iter().map(|roll| (roll.trade_date, roll.roll_ts)).collect::<Vec<_>>();
        assert_eq!(plan(&micros), plan(&larges), "{micro}");
        assert_eq!(micros[0].from.to_string(), format!("{micro}M2019"));
    }
}

#[test]
fn contracts_are_those_that_end_in_the_range() {
    let calendar = Calendar::shipped();
    let list = |root: &str, from: &str, to: &str| {
        let contracts = calendar.contracts(root.parse().unwrap(), date(from), date(to)).unwrap();
        contracts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(list("NQ", "2026-03-20", "2026-06-18"), "NQH2026 NQM2026");
    assert_eq!(list("NQ", "2026-03-21", "2026-06-17"), "");
    assert_eq!(list("MNQ", "2019-01-02", "2019-09-20"), "MNQM2019 MNQU2019");
}

proptest! {
    #[test]
    fn look_ups_agree_with_a_walk_over_all_segments(instant in any_instant(), nudge in -1_i64..=1) {
        let calendar = Calendar::shipped();
        let all = segments(&calendar);
        // Half of the cases stand within a nanosecond of a border, where off-by-one errors live.
        let border = all.iter().find(|(_, segment)| segment.close >= instant).unwrap().1.close;
        let last = all.last().unwrap().1.close;
        for instant in [instant, border.checked_add_nanos(nudge).unwrap().min(last)] {
            let holding: Vec<_> =
                all.iter().filter(|(_, segment)| segment.open <= instant && instant < segment.close).collect();
            prop_assert!(holding.len() <= 1);
            let state = calendar.market_state(instant).unwrap();
            prop_assert_eq!(state.trade_date, holding.first().map(|(trade_date, _)| *trade_date));
            prop_assert_eq!(state.trade_date, calendar.trade_date_of(instant).unwrap());
            let next_open = all.iter().map(|(_, segment)| segment.open).find(|open| *open > instant);
            let next_close = all.iter().map(|(_, segment)| segment.close).find(|close| *close > instant);
            prop_assert_eq!((state.next_open, state.next_close), (next_open, next_close));
            let next_date = all.iter().find(|(_, segment)| segment.close > instant).map(|(trade_date, _)| *trade_date);
            prop_assert_eq!(calendar.trade_date_at_or_after(instant).ok(), next_date);
        }
    }

    #[test]
    fn session_minutes_are_counted_as_by_hand(a in any_instant(), span in 0_i64..=14 * 24 * 60 * UnixNanos::MINUTE) {
        let calendar = Calendar::shipped();
        let all = segments(&calendar);
        let last = all.last().unwrap().1.close;
        let b = a.checked_add_nanos(span).unwrap().min(last);
        let nanos: i64 = all
            .iter()
            .map(|(_, segment)| (segment.close.min(b).nanos() - segment.open.max(a).nanos()).max(0))
            .sum();
        prop_assert_eq!(calendar.session_minutes_between(a, b).unwrap(), (nanos / UnixNanos::MINUTE).unsigned_abs());
        if a < b {
            prop_assert!(calendar.session_minutes_between(b, a).is_err());
        }
    }

    #[test]
    fn a_schedule_is_a_window_of_the_whole_one(from_day in 0_u64..4746, length in 0_u64..800) {
        let calendar = Calendar::shipped();
        let (first, last) = (calendar.valid_from(), calendar.valid_to());
        let from = TradeDate::new(first.date() + chrono::Days::new(from_day));
        let to = TradeDate::new(from.date() + chrono::Days::new(length)).min(last);
        let mut whole = schedule("NQ", RollInstant::TradeDateOpen, first, last);
        whole.retain(|roll| (from..=to).contains(&roll.trade_date));
        prop_assert_eq!(schedule("NQ", RollInstant::TradeDateOpen, from, to), whole);
    }

    #[test]
    fn any_spelling_is_read_or_refused_and_reads_back(text in "(NQ|MNQ|M2K|@| |[A-Z]{0,3})[A-Z ]?[0-9-]{0,5}.{0,2}", day in 0_u64..4746) {
        let calendar = Calendar::shipped();
        let reference = TradeDate::new(calendar.valid_from().date() + chrono::Days::new(day));
        if let Ok(symbol) = ContractSymbol::parse_vendor(&text, reference, &calendar) {
            prop_assert_eq!(ContractSymbol::parse_vendor(&symbol.to_string(), reference, &calendar), Ok(symbol));
            prop_assert!(calendar.check_listed(symbol).is_ok());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_file_is_read_or_refused_with_a_line(at in 0.0_f64..1.0, cut in 0_usize..40, insert in "[0-9a-z\"\\[\\]{}=,:#\n -]{0,6}") {
        let file = Calendar::SHIPPED_FILE;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the file")]
        let begin = (at * file.len() as f64) as usize;
        let end = (begin + cut).min(file.len());
        prop_assume!(file.is_char_boundary(begin) && file.is_char_boundary(end));
        let damaged = format!("{}{insert}{}", &file[..begin], &file[end..]);
        if let Err(error) = Calendar::parse(&damaged) {
            prop_assert!(!error.problem.is_empty() && error.line <= damaged.lines().count() + 1, "{}", error);
        }
    }
}
