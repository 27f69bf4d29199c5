use peaktrade_domain::Calendar;
use peaktrade_wire::calendar::v1::{GetPriceLimitsRequest, GetPriceLimitsResponse};
use tonic::{Code, Status};

use super::check_refusal;
use crate::handlers::price_limits;

/// The published limits of 2025-04-07.
fn published() -> GetPriceLimitsRequest {
    GetPriceLimitsRequest {
        root: "NQ".into(),
        trade_date: "2025-04-07".into(),
        fixing: "17539.00".into(),
        cash_index_close: "17397.70".into(),
        ..Default::default()
    }
}

fn get(change: impl FnOnce(&mut GetPriceLimitsRequest)) -> Result<GetPriceLimitsResponse, Status> {
    let mut request = published();
    change(&mut request);
    price_limits::get_price_limits(&Calendar::shipped(), &request)
}

#[test]
fn limits_come_in_the_order_in_which_they_apply() {
    let rows = |answer: &GetPriceLimitsResponse| {
        let row = |limit: &peaktrade_wire::calendar::v1::PriceLimit| {
            format!("{}|{}|{}|{}", limit.applies, limit.percent, limit.lower, limit.upper)
        };
        answer.limits.iter().map(row).collect::<Vec<_>>()
    };
    let answer = get(|_| ()).unwrap();
    let day = [
        "17:00 to 08:30|7|16321.25|18756.75",
        "08:30 to 14:25|7|16321.25|",
        "08:30 to 14:25|13|15277.5|",
        "08:30 to 14:25|20|14059.5|",
        "14:25 to 15:00|20|14059.5|",
    ];
    assert_eq!(rows(&answer), day);
    assert_eq!(answer.warnings, Vec::<String>::new());
    let unsettled = get(|request| request.trade_date = "2020-10-13".into()).unwrap();
    assert_eq!(unsettled.warnings, ["the price limits from 2020-10-12 are unverified"]);

    // 7 % of 17430.68 is 1220.1476, in whole ticks 1220.
    let whole = get(|request| {
        request.afternoon_fixing = "17500.00".into();
        request.afternoon_cash_index_close = "17430.68".into();
    });
    assert_eq!(rows(&whole.unwrap())[day.len()..], ["15:00 to the close|7|16280|18720"]);
}

#[test]
fn a_shortened_day_has_no_limits() {
    for (trade_date, close) in [("2026-11-27", "12:15"), ("2025-11-28", "12:15"), ("2024-12-24", "12:15")] {
        let refused = get(|request| request.trade_date = trade_date.into());
        check_refusal(
            refused,
            Code::FailedPrecondition,
            &format!("trade_date: {trade_date} closes early, at {close} Chicago; the calendar file has no windows"),
        );
    }
    // The trade date after a halted holiday is longer, and has its afternoon.
    for trade_date in ["2025-01-21", "2015-06-15", "2025-04-08", "2021-06-24"] {
        assert!(get(|request| request.trade_date = trade_date.into()).is_ok(), "{trade_date}");
    }
}

#[test]
fn limits_that_cannot_be_worked_out_are_refused() {
    check_refusal(get(|request| request.root = "GC".into()), Code::NotFound, "root: ");
    check_refusal(get(|request| request.root = "nq".into()), Code::InvalidArgument, "root: ");
    check_refusal(
        get(|request| request.trade_date = "2025-04-05".into()),
        Code::NotFound,
        "trade_date: 2025-04-05 is no",
    );
    check_refusal(get(|request| request.trade_date = "2028-04-05".into()), Code::OutOfRange, "trade_date: ");
    let early =
        |request: &mut GetPriceLimitsRequest| (request.root, request.trade_date) = ("MNQ".into(), "2019-05-03".into());
    check_refusal(get(early), Code::NotFound, "trade_date: MNQ on 2019-05-03 is not listed (not_listed: ");
    for fixing in ["", "abc", "0", "-1", "17539.01"] {
        check_refusal(get(|request| request.fixing = fixing.into()), Code::InvalidArgument, "fixing: ");
    }
    for close in ["", "1e4", "0"] {
        let refused = get(|request| request.cash_index_close = close.into());
        check_refusal(refused, Code::InvalidArgument, "cash_index_close: ");
    }
    let other_scale = get(|request| request.cash_index_close = "1739.77".into());
    check_refusal(
        other_scale,
        Code::InvalidArgument,
        "cash_index_close: 1739.77 is more than a tenth away from the fixing",
    );
    let alone = get(|request| request.afternoon_fixing = "17500".into());
    check_refusal(alone, Code::InvalidArgument, "afternoon_cash_index_close: ");
    let below = get(|request| {
        request.afternoon_fixing = "14000".into();
        request.afternoon_cash_index_close = "14000".into();
    });
    check_refusal(below, Code::InvalidArgument, "afternoon_fixing: ");
    for (fixing, close, message) in [
        ("0", "17430.68", "afternoon_fixing: 0 is not above zero"),
        ("17500", "0", "afternoon_cash_index_close: 0 is not above zero"),
    ] {
        let refused = get(|request| {
            request.afternoon_fixing = fixing.into();
            request.afternoon_cash_index_close = close.into();
        });
        check_refusal(refused, Code::InvalidArgument, message);
    }
}

#[test]
fn afternoon_prices_that_nothing_uses_are_named() {
    let answer = get(|request| {
        request.trade_date = "2019-04-08".into();
        request.afternoon_fixing = "17500.00".into();
        request.afternoon_cash_index_close = "17430.68".into();
    });
    let warnings = answer.unwrap().warnings;
    assert_eq!(warnings, ["the file has no limit after 15:00 for 2019-04-08: afternoon prices are not used"]);
}
