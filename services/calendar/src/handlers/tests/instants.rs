use peaktrade_domain::Calendar;
use peaktrade_wire::calendar::v1::{GetMarketStateRequest, GetMarketStateResponse, ResolveTradeDateRequest};
use tonic::{Code, Status};

use super::{at, check_refusal};
use crate::handlers::instants;

fn resolve(time: Option<&str>) -> Result<String, Status> {
    let request = ResolveTradeDateRequest { time: time.map(at) };
    instants::resolve_trade_date(&Calendar::shipped(), &request).map(|answer| answer.trade_date)
}

fn state(time: Option<&str>) -> Result<GetMarketStateResponse, Status> {
    instants::get_market_state(&Calendar::shipped(), &GetMarketStateRequest { time: time.map(at) })
}

#[test]
fn instants_have_a_trade_date() {
    assert_eq!(resolve(Some("2025-01-20T15:00:00Z")).unwrap(), "2025-01-21");
    assert_eq!(resolve(Some("2025-01-20T20:00:00Z")).unwrap(), "");
    check_refusal(resolve(None), Code::InvalidArgument, "time: missing");
    check_refusal(resolve(Some("2028-01-03T15:00:00Z")), Code::OutOfRange, "time: 2028-01-03T15:00:00Z is outside");
}

#[test]
fn the_market_says_when_it_opens_and_closes() {
    let halted = state(Some("2025-01-20T20:00:00Z")).unwrap();
    assert_eq!((halted.is_open, halted.trade_date.as_str()), (false, ""));
    assert_eq!(halted.next_open, Some(at("2025-01-20T23:00:00Z")));
    assert_eq!(halted.next_close, Some(at("2025-01-21T22:00:00Z")));
    assert!(state(Some("2025-01-20T23:00:00Z")).unwrap().is_open);
    check_refusal(state(None), Code::InvalidArgument, "time: missing");
    check_refusal(state(Some("2014-12-31T15:00:00Z")), Code::OutOfRange, "time: ");
}

#[test]
fn the_market_says_why_it_is_shut_and_what_is_special_about_open_hours() {
    for (time, is_open, reason, is_regular_hours) in [
        ("2025-01-22T15:00:00Z", true, "", true),
        ("2025-01-22T12:00:00Z", true, "", false),
        ("2025-01-22T22:30:00Z", false, "maintenance", false),
        ("2025-01-25T15:00:00Z", false, "weekend", false),
        ("2015-03-04T21:20:00Z", false, "daily halt", false),
        ("2025-01-20T15:00:00Z", true, "Martin Luther King Jr. Day", false),
        ("2025-01-20T20:00:00Z", false, "Martin Luther King Jr. Day", false),
        ("2024-12-25T15:00:00Z", false, "Christmas", false),
    ] {
        let state = state(Some(time)).unwrap();
        let seen = (state.is_open, state.reason.as_str(), state.is_regular_hours, state.outage.as_str());
        assert_eq!(seen, (is_open, reason, is_regular_hours, ""), "{time}");
    }
    let outage = state(Some("2025-11-28T04:00:00Z")).unwrap();
    assert_eq!((outage.is_open, outage.outage.as_str()), (true, "Data centre cooling failure"));
}

#[test]
fn a_state_warns_of_the_rows_until_the_next_open_and_close() {
    let warned = |time: &str| state(Some(time)).unwrap().warnings;
    assert_eq!(warned("2026-11-18T15:00:00Z"), Vec::<String>::new());
    // The Friday before a Monday holiday of the year that the exchange has not published: both next instants rest on it.
    assert_eq!(warned("2027-01-15T23:00:00Z"), ["2027-01-18 Martin Luther King Jr. Day: the row is projected"]);
    assert_eq!(warned("2027-01-18T15:00:00Z"), ["2027-01-18 Martin Luther King Jr. Day: the row is projected"]);
    assert_eq!(warned("2027-01-20T15:00:00Z"), Vec::<String>::new());
}
