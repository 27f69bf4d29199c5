use std::collections::BTreeMap;
use std::sync::Arc;

use peaktrade_domain::{Calendar, ContractSymbol, Sha256, Side, UnixNanos, Usd};

use super::{
    Columns, Decision, Event, Instrument, Market, Opening, Proposal, Rules, Session, SessionError, Tape, Verdict,
};
use crate::fees::FeeSchedule;
use crate::ledger::rounded_average;
use crate::margins::MarginSchedule;
use crate::matching::BAR_NANOS;
use crate::order::{Order, OrderType, TimeInForce};

mod laws;
mod rolls;

const FEES: &str = include_str!("../../../../deploy/futures_cme/illustrative/fees.toml");
const MARGINS: &str = include_str!("../../../../deploy/futures_cme/illustrative/margins.toml");

fn at(text: &str) -> UnixNanos {
    text.parse().unwrap()
}

fn contract(text: &str) -> ContractSymbol {
    text.parse().unwrap()
}

/// A session on bars given in the test, of which reports are read as one line each.
struct Desk {
    calendar: Calendar,
    fees: FeeSchedule,
    margins: MarginSchedule,
    market: Market,
    session: Session,
    events: Vec<Event>,
}

/// `rows` are contract, open time, open, high, low, close in points, volume.
fn market(calendar: &Calendar, rows: &[(&str, &str, [i64; 4], i64)], known_until: &str) -> Market {
    let mut columns: BTreeMap<ContractSymbol, Columns> = BTreeMap::new();
    for (symbol, time, [open, high, low, close], volume) in rows {
        let bars = columns.entry(contract(symbol)).or_default();
        bars.open_time.push(at(time).nanos());
        bars.open.push(open * 1_000_000_000);
        bars.high.push(high * 1_000_000_000);
        bars.low.push(low * 1_000_000_000);
        bars.close.push(close * 1_000_000_000);
        bars.volume.push(*volume);
    }
    let tape = |(symbol, bars): (ContractSymbol, Columns)| {
        let tick = calendar.spec(symbol.root()).unwrap().tick;
        (symbol, Arc::new(Tape::new(symbol, tick, bars).unwrap()))
    };
    Market { tapes: columns.into_iter().map(tape).collect(), known_until: at(known_until) }
}

impl Desk {
    fn new(clock: &str, cash: &str, rows: &[(&str, &str, [i64; 4], i64)]) -> Self {
        let calendar = Calendar::shipped();
        let market = market(&calendar, rows, "2026-06-19T00:00:00Z");
        Self::on(calendar, market, clock, cash)
    }

    fn on(calendar: Calendar, market: Market, clock: &str, cash: &str) -> Self {
        let (fees, margins) = (FeeSchedule::parse(FEES).unwrap(), MarginSchedule::parse(MARGINS).unwrap());
        let instrument = |symbol: &ContractSymbol| {
            let spec = calendar.spec(symbol.root()).unwrap();
            let last_trade_time = calendar.last_trade_time(*symbol).unwrap();
            (*symbol, Instrument { multiplier: spec.multiplier, tick: spec.tick, last_trade_time })
        };
        let session = Session::new(Opening {
            session_id: "s".to_owned(),
            account: "demo".to_owned(),
            cash: cash.parse().unwrap(),
            dataset_id: "sha256:0".to_owned(),
            clock: at(clock),
            trade_date: calendar.trade_date_at_or_after(at(clock)).unwrap(),
            instruments: market.tapes.keys().map(instrument).collect(),
            marks: BTreeMap::new(),
            policy_sha256: Sha256::default(),
            fees_sha256: fees.sha256(),
            margins_sha256: margins.sha256(),
        });
        Self { calendar, fees, margins, market, session, events: Vec::new() }
    }

    fn rules(&self) -> Rules<'_> {
        Rules { fees: &self.fees, margins: &self.margins, calendar: &self.calendar, market: &self.market }
    }

    /// Takes events in, and returns the reports among them as lines.
    fn take(&mut self, events: Vec<Event>) -> Vec<String> {
        let before = self.session.reports().len();
        for event in &events {
            self.session.apply(event).unwrap();
        }
        self.events.extend(events);
        self.session.reports()[before..].iter().map(line).collect()
    }

    fn submit(&mut self, key: &str, symbol: &str, quantity: i64) -> Vec<String> {
        let proposal = allowed(order(key, symbol, quantity));
        let events = self.session.accept(&[proposal], None, &self.rules()).unwrap();
        self.take(events)
    }

    fn advance(&mut self, to: &str) -> Vec<String> {
        let moved = self.session.advance(at(to), &self.market, &self.calendar).unwrap();
        self.take(moved.events)
    }

    fn advance_error(&self, to: &str) -> SessionError {
        self.session.advance(at(to), &self.market, &self.calendar).unwrap_err()
    }
}

fn order(key: &str, symbol: &str, quantity: i64) -> Order {
    Order {
        session_id: "s".to_owned(),
        account: "demo".to_owned(),
        client_order_id: key.to_owned(),
        contract: contract(symbol),
        side: if quantity > 0 { Side::Buy } else { Side::Sell },
        quantity: u32::try_from(quantity.unsigned_abs()).unwrap(),
        order_type: OrderType::Market,
        time_in_force: TimeInForce::Day,
    }
}

fn allowed(order: Order) -> Proposal {
    let verdict = Verdict { decision: Some(Decision::Allow), reasons: Vec::new() };
    Proposal { order, verdict, leg: None }
}

/// Example: `2 o-1 TRADE/FILLED 1@101.25 fee 2.15 market_next_open 14:00 leaves 0`.
fn line(report: &super::Report) -> String {
    let time = report.event_time.to_string();
    let kind = format!("{:?}/{:?}", report.exec_type, report.ord_status);
    let trade = report.trade.map_or_else(String::new, |trade| {
        format!(" {}@{} fee {} {}", trade.quantity, trade.price, trade.fee, trade.rule.name())
    });
    let text = if report.text.is_empty() { String::new() } else { format!(" [{}]", report.text) };
    format!(
        "{} {} {kind}{trade} {} leaves {}{text}",
        report.sequence,
        report.client_order_id,
        &time[11..16],
        report.leaves
    )
}

const NQ: &str = "NQM2026";

#[test]
fn an_order_at_the_open_of_a_bar_fills_at_once_and_never_from_an_earlier_bar() {
    let rows = [
        (NQ, "2026-06-16T14:00:00Z", [100, 110, 90, 105], 100),
        (NQ, "2026-06-16T14:01:00Z", [106, 107, 105, 106], 100),
    ];
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "100000", &rows);
    assert_eq!(
        desk.submit("a", NQ, 1),
        ["1 a New/New 14:00 leaves 1", "2 a Trade/Filled 1@100.25 fee 2.15 market_next_open 14:00 leaves 0"]
    );
    // Parked within a minute there is no price yet: the next bar's open decides, not the one under way.
    let mut desk = Desk::new("2026-06-16T14:00:30Z", "100000", &rows);
    assert_eq!(desk.submit("a", NQ, -1), ["1 a New/New 14:00 leaves 1"]);
    assert_eq!(
        desk.advance("2026-06-16T14:01:00Z"),
        ["2 a Trade/Filled 1@105.75 fee 2.15 market_next_open 14:01 leaves 0"]
    );
}

#[test]
fn bars_without_volume_mark_but_do_not_fill_and_gaps_fill_at_the_gap() {
    let rows = [
        (NQ, "2026-06-16T14:00:00Z", [100, 100, 100, 100], 0),
        (NQ, "2026-06-16T14:01:00Z", [101, 101, 101, 101], 0),
        // Minutes are missing and the market is elsewhere; the order gets that price, not a better one.
        (NQ, "2026-06-16T14:30:00Z", [150, 150, 150, 150], 10),
    ];
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "100000", &rows);
    assert_eq!(desk.submit("a", NQ, 1), ["1 a New/New 14:00 leaves 1"]);
    assert!(desk.advance("2026-06-16T14:29:59Z").is_empty());
    assert_eq!(desk.session.marks_for(&[&order("b", NQ, 1)])[&contract(NQ)].price.to_string(), "101");
    assert_eq!(
        desk.advance("2026-06-16T14:31:00Z"),
        ["2 a Trade/Filled 1@150 fee 2.15 market_next_open_clamped 14:30 leaves 0"]
    );
}

#[test]
fn the_volume_share_is_common_to_all_orders_of_a_bar() {
    let rows = [
        (NQ, "2026-06-16T14:00:00Z", [100, 110, 90, 105], 30),
        (NQ, "2026-06-16T14:01:00Z", [106, 110, 90, 106], 19),
        (NQ, "2026-06-16T14:02:00Z", [107, 110, 90, 107], 1_000),
    ];
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "1000000", &rows);
    assert_eq!(desk.submit("a", NQ, 2)[1], "2 a Trade/Filled 2@100.25 fee 4.30 market_next_open 14:00 leaves 0");
    // Three of thirty contracts is the share; two are gone.
    assert_eq!(
        desk.submit("b", NQ, 4),
        ["3 b New/New 14:00 leaves 4", "4 b Trade/PartiallyFilled 1@100.25 fee 2.15 market_next_open 14:00 leaves 3"]
    );
    assert_eq!(desk.submit("c", NQ, 1), ["5 c New/New 14:00 leaves 1"]);
    assert_eq!(
        desk.advance("2026-06-16T14:02:00Z"),
        [
            "6 b Trade/PartiallyFilled 1@106.25 fee 2.15 market_carried_open 14:01 leaves 2",
            "7 b Trade/Filled 2@107.25 fee 4.30 market_carried_open 14:02 leaves 0",
            "8 c Trade/Filled 1@107.25 fee 2.15 market_next_open 14:02 leaves 0",
        ]
    );
    // (100.25 + 106.25 + 2 x 107.25) / 4
    let last = desk.session.latest("demo", "b").unwrap();
    assert_eq!(rounded_average(last.filled_value, i64::from(last.filled)).unwrap().to_string(), "105.25");
}

#[test]
fn profit_is_true_to_the_multiplier_and_fees_stand_apart() {
    let rows = [
        (NQ, "2026-06-16T14:00:00Z", [20_001, 20_011, 20_000, 20_011], 100),
        ("MNQM2026", "2026-06-16T14:00:00Z", [20_001, 20_011, 20_000, 20_011], 100),
        (NQ, "2026-06-16T14:01:00Z", [20_011, 20_012, 20_010, 20_011], 100),
        ("MNQM2026", "2026-06-16T14:01:00Z", [20_011, 20_012, 20_010, 20_011], 100),
    ];
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "100000", &rows);
    desk.submit("a", NQ, 1);
    desk.submit("b", "MNQM2026", 3);
    // Bought at 20001.25, marked at 20001: a quarter point down, 5 dollars and 3 x 0.50.
    let account = desk.session.account().unwrap();
    assert_eq!(account.unrealized.to_string(), "-6.50");
    assert_eq!(account.fees.to_string(), "3.86");
    desk.advance("2026-06-16T14:01:00Z");
    desk.submit("c", NQ, -1);
    desk.submit("d", "MNQM2026", -3);
    // Sold at 20010.75: 9.5 points, 190 dollars and 3 x 19; fees 4.30 and 3.42.
    let account = desk.session.account().unwrap();
    assert_eq!(account.realized.to_string(), "247.00");
    assert_eq!(account.fees.to_string(), "7.72");
    assert_eq!(account.cash.to_string(), "100239.28");
    assert_eq!(account.equity, account.cash);
    assert_eq!(account.day_gain.to_string(), "239.28");
}

#[test]
fn day_orders_end_with_the_trade_date_or_the_contract() {
    let mut desk = Desk::new("2026-06-16T20:00:00Z", "100000", &[(NQ, "2026-06-16T14:00:00Z", [100; 4], 9)]);
    desk.submit("a", NQ, 1);
    assert_eq!(desk.advance("2026-06-16T22:00:00Z"), ["2 a Expired/Expired 21:00 leaves 0"]);
    // It ends with its own trade date, not with the next one.
    let dates: Vec<String> = desk.session.reports().iter().map(|report| report.trade_date.to_string()).collect();
    assert_eq!(dates, ["2026-06-16", "2026-06-16"]);
    // Within the daily pause the order belongs to the trade date that comes.
    let mut desk = Desk::new("2026-06-16T21:30:00Z", "100000", &[(NQ, "2026-06-16T14:00:00Z", [100; 4], 9)]);
    desk.submit("a", NQ, 1);
    assert_eq!(desk.advance("2026-06-17T23:00:00Z"), ["2 a Expired/Expired 21:00 leaves 0"]);
    // The June contract stops trading on Thursday 18 June at 13:30 UTC.
    let mut desk = Desk::new("2026-06-18T13:00:00Z", "100000", &[(NQ, "2026-06-16T14:00:00Z", [100; 4], 9)]);
    desk.submit("a", NQ, 1);
    assert_eq!(desk.advance("2026-06-18T14:00:00Z"), ["2 a Expired/Expired 13:30 leaves 0 [CONTRACT_TRADING_ENDED]"]);
    assert_eq!(
        desk.submit("b", NQ, 1),
        ["3 b Rejected/Rejected 14:00 leaves 0 [CONTRACT_TRADING_ENDED: NQM2026 traded until 2026-06-18T13:30:00Z]"]
    );
}

#[test]
fn the_last_close_of_the_calendar_can_be_reached_and_traded_no_further() {
    let calendar = Calendar::shipped();
    let last = calendar.sessions(calendar.valid_from(), calendar.valid_to()).unwrap().last().unwrap().clone();
    let minutes_before =
        |minutes: i64| last.close().checked_add_nanos(-minutes * UnixNanos::MINUTE).unwrap().to_string();
    let (clock, close) = (minutes_before(10), last.close().to_string());
    let market = market(&calendar, &[(NQ, &minutes_before(20), [100; 4], 0)], &close);
    let mut desk = Desk::on(calendar, market, &clock, "100000");
    // A contract that still trades then is beyond the calendar; this one is given such a life for the test.
    let mut opening = desk.session.opening().clone();
    opening.instruments.get_mut(&contract(NQ)).unwrap().last_trade_time = last.close();
    desk.session = Session::new(opening);
    // The margins of the file are too old by then.
    desk.margins = MarginSchedule::parse(&MARGINS.replacen("max_age_days = 800", "max_age_days = 3660", 1)).unwrap();
    assert_eq!(desk.submit("a", NQ, 1).len(), 1);
    assert_eq!(desk.advance(&close), [format!("2 a Expired/Expired {} leaves 0", &close[11..16])]);
    assert_eq!(desk.session.reports()[1].trade_date, last.trade_date);
    assert!(desk.submit("b", NQ, 1)[0].contains("[CONTRACT_TRADING_ENDED: "));
    assert!(desk.advance(&close).is_empty());
    assert_eq!(desk.session.reports()[2].trade_date, last.trade_date);
    desk.take(desk.session.close(&desk.calendar).unwrap());
}

#[test]
fn a_position_is_never_carried_to_the_end_of_its_contract() {
    let rows = [(NQ, "2026-06-18T13:00:00Z", [100; 4], 50), (NQ, "2026-06-18T13:29:00Z", [101; 4], 50)];
    let mut desk = Desk::new("2026-06-18T13:00:00Z", "100000", &rows);
    desk.submit("a", NQ, 2);
    let before = desk.session.clone();
    let error = desk.advance_error("2026-06-18T13:30:00Z");
    assert!(error.to_string().starts_with("2 NQM2026 would still be held at 2026-06-18T13:30:00Z"), "{error}");
    assert_eq!(desk.session.reports(), before.reports());
    assert_eq!(desk.session.clock(), before.clock());
    desk.advance("2026-06-18T13:29:00Z");
    assert_eq!(desk.submit("b", NQ, -2)[1], "4 b Trade/Filled 2@101 fee 4.30 market_next_open_clamped 13:29 leaves 0");
    desk.advance("2026-06-18T13:30:00Z");
}

#[track_caller]
fn check_refusal(cash: &str, clock: &str, held: i64, order_of: (&str, i64), text: &str) {
    let rows =
        [(NQ, clock, [20_000; 4], 1_000), ("MNQM2026", clock, [20_000; 4], 1_000), ("ESM2026", clock, [6_000; 4], 10)];
    let mut desk = Desk::new(clock, cash, &rows);
    if held != 0 {
        assert_eq!(desk.submit("held", NQ, held).len(), 2);
    }
    let lines = desk.submit("o", order_of.0, order_of.1);
    assert!(lines[0].contains(text), "{lines:?}");
}

#[test]
fn margin_and_fees_refuse_by_name() {
    let june = "2026-06-16T14:00:00Z";
    check_refusal("18700", june, 0, (NQ, 1), "New/New");
    check_refusal(
        "18699.99",
        june,
        0,
        (NQ, 1),
        "[MARGIN_INSUFFICIENT: positions and orders in the worst case need 18700.00, equity is 18699.99]",
    );
    // What reduces needs no margin; what turns the position does.
    check_refusal("37401", june, 2, (NQ, -2), "New/New");
    check_refusal("37401", june, 2, (NQ, -5), "MARGIN_INSUFFICIENT");
    check_refusal("37401", june, -2, (NQ, 1), "New/New");
    check_refusal("1000000", june, 0, ("ESM2026", 1), "[FEE_SCHEDULE_MISSING: no fee row for ES on 2026-06-16");
    check_refusal("1000000", june, 0, ("NQU2026", 1), "[CONTRACT_NOT_IN_DATASET: NQU2026 is none of");
}

#[test]
fn a_stale_margin_row_refuses() {
    let file = MARGINS.replacen("max_age_days = 800", "max_age_days = 30", 1);
    let mut desk = Desk::new("2026-06-16T14:00:00Z", "1000000", &[(NQ, "2026-06-16T14:00:00Z", [20_000; 4], 50)]);
    desk.margins = MarginSchedule::parse(&file).unwrap();
    let lines = desk.submit("a", NQ, 1);
    assert!(
        lines[0].contains("[MARGIN_SCHEDULE_STALE: margin row for NQ on 2026-06-16 dates from 2025-01-01"),
        "{lines:?}"
    );
}

#[test]
fn equity_stands_at_quarter_hours_of_open_market_and_after_fills() {
    let rows = [
        (NQ, "2026-06-16T20:40:00Z", [100; 4], 50),
        (NQ, "2026-06-16T20:44:00Z", [110; 4], 50),
        (NQ, "2026-06-16T20:50:00Z", [120; 4], 50),
        (NQ, "2026-06-16T22:00:00Z", [130; 4], 50),
    ];
    let mut desk = Desk::new("2026-06-16T20:39:00Z", "100000", &rows);
    desk.submit("a", NQ, 1);
    let moved = desk.session.advance(at("2026-06-16T22:15:00Z"), &desk.market, &desk.calendar).unwrap();
    let points: Vec<String> =
        moved.equity.iter().map(|point| format!("{} {}", &point.time.to_string()[11..16], point.equity)).collect();
    // The pause from 21:00 to 22:00 has none; at 22:00 the last price is still that of 20:50.
    assert_eq!(points, ["20:40 99997.85", "20:45 100197.85", "22:00 100397.85", "22:15 100597.85"]);
    desk.take(moved.events);
    // The trade date of Wednesday opened at 100,397.85.
    assert_eq!(desk.session.account().unwrap().day_gain.to_string(), "200.00");
}

#[test]
fn the_clock_moves_forward_within_the_bars_only() {
    let desk = Desk::new("2026-06-16T14:00:00Z", "1000", &[(NQ, "2026-06-16T14:00:00Z", [100; 4], 50)]);
    assert!(matches!(desk.advance_error("2026-06-16T13:59:59Z"), SessionError::ClockReversed { .. }));
    assert!(matches!(desk.advance_error("2026-06-19T00:00:01Z"), SessionError::BeyondBars { .. }));
    assert!(matches!(desk.advance_error("2026-07-26T14:00:01Z"), SessionError::AdvanceTooFar { .. }));
}

#[test]
fn cancel_and_close_end_what_works() {
    let mut desk = Desk::new("2026-06-16T14:01:00Z", "100000", &[(NQ, "2026-06-16T14:00:00Z", [100; 4], 50)]);
    desk.submit("a", NQ, 1);
    desk.submit("b", NQ, 1);
    let events = desk.session.cancel("a", &desk.calendar).unwrap();
    assert_eq!(desk.take(events), ["3 a Canceled/Canceled 14:01 leaves 0"]);
    assert!(desk.session.cancel("a", &desk.calendar).unwrap().is_empty());
    assert!(matches!(desk.session.cancel("z", &desk.calendar), Err(SessionError::UnknownOrder { .. })));
    let events = desk.session.close(&desk.calendar).unwrap();
    assert_eq!(desk.take(events), ["4 b Canceled/Canceled 14:01 leaves 0 [SESSION_CLOSED]"]);
    assert_eq!(desk.session.closing_reports().unwrap().len(), 1);
    assert!(matches!(desk.advance_error("2026-06-16T14:02:00Z"), SessionError::Closed { .. }));
    let refused = desk.session.accept(&[allowed(order("c", NQ, 1))], None, &desk.rules());
    assert!(matches!(refused, Err(SessionError::Closed { .. })));
}

#[test]
fn moving_over_forty_days_of_minutes_stops_at_quarter_hours_and_not_at_bars() {
    let calendar = Calendar::shipped();
    let (first, last) = (at("2026-05-04T22:00:00Z"), at("2026-06-12T21:00:00Z"));
    let mut columns = Columns::default();
    let mut time = first.nanos();
    while time < last.nanos() {
        columns.open_time.push(time);
        for column in [&mut columns.open, &mut columns.high, &mut columns.low, &mut columns.close] {
            column.push(20_000_000_000_000);
        }
        columns.volume.push(10);
        time += BAR_NANOS;
    }
    let tape = Tape::new(contract(NQ), "0.25".parse().unwrap(), columns).unwrap();
    assert!(tape.len() > 50_000);
    let market = Market { tapes: BTreeMap::from([(contract(NQ), Arc::new(tape))]), known_until: last };
    let mut desk = Desk::on(calendar, market, "2026-05-04T22:00:00Z", "100000");
    desk.submit("a", NQ, 1);
    let moved = desk.session.advance(last, &desk.market, &desk.calendar).unwrap();
    // 29 trade dates of 92 quarter hours at most, and one event for all of it.
    let points = moved.equity.len();
    assert!((2_000..=29 * 92).contains(&points), "{points}");
    assert_eq!(moved.events.len(), 1, "{:?}", moved.events);
    let usd: Usd = "99992.85".parse().unwrap();
    assert!(moved.equity.iter().all(|point| point.equity <= usd.checked_add("5".parse().unwrap()).unwrap()));
}
