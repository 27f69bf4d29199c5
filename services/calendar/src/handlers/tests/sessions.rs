use peaktrade_domain::Calendar;
use peaktrade_wire::calendar::v1::{
    GetNthTradeDateRequest, GetSessionRequest, GetSessionResponse, Hours, ListSessionsRequest, ListSessionsResponse,
};
use tonic::{Code, Status};

use super::{at, check_refusal, segment};
use crate::handlers::sessions;

fn get(root: &str, trade_date: &str, hours: i32) -> Result<GetSessionResponse, Status> {
    let request = GetSessionRequest { root: root.into(), trade_date: trade_date.into(), hours };
    sessions::get_session(&Calendar::shipped(), &request)
}

fn list(root: &str, from: &str, to: &str, hours: Hours) -> Result<ListSessionsResponse, Status> {
    let request = ListSessionsRequest { root: root.into(), from: from.into(), to: to.into(), hours: hours.into() };
    sessions::list_sessions(&Calendar::shipped(), &request)
}

#[test]
fn one_session_is_given_by_its_trade_date() {
    // The Tuesday that also holds the open hours of the holiday before it.
    let session = |hours: Hours| get("NQ", "2025-01-21", hours.into()).unwrap().session.unwrap();
    let full = session(Hours::Unspecified);
    let blocks = [
        segment("2025-01-19T23:00:00Z", "2025-01-20T18:00:00Z"),
        segment("2025-01-20T23:00:00Z", "2025-01-21T22:00:00Z"),
    ];
    assert_eq!((full.segments.as_slice(), full.minutes), (&blocks[..], 1140 + 1380));
    assert_eq!(full.regular_hours, Some(segment("2025-01-21T14:30:00Z", "2025-01-21T21:00:00Z")));
    assert_eq!((full.note.as_str(), full.is_projected), ("Martin Luther King Jr. Day", false));
    assert_eq!(full.settlement_time, Some(at("2025-01-21T21:00:00Z")));
    assert_eq!(session(Hours::Full), full);

    let regular = session(Hours::Regular);
    assert_eq!((regular.segments, regular.minutes), (vec![full.regular_hours.unwrap()], 390));
    let extended = session(Hours::Extended);
    assert_eq!((extended.segments.len(), extended.minutes), (3, 1140 + 1380 - 390));

    check_refusal(
        get("NQ", "2025-01-20", 0),
        Code::NotFound,
        "trade_date: 2025-01-20 is no trade date; the next one is 2025-01-21",
    );
    check_refusal(get("NQ", "2025-01-25", 0), Code::NotFound, "trade_date: 2025-01-25 is no trade date");
    check_refusal(get("NQ", "21.01.2025", 0), Code::InvalidArgument, "trade_date: ");
    check_refusal(get("NQ", "2014-12-31", 0), Code::OutOfRange, "trade_date: ");
    check_refusal(get("NQ", "2025-01-21", 4), Code::InvalidArgument, "hours: 4 is none of HOURS_FULL (1)");
    check_refusal(get("GC", "2025-01-21", 0), Code::NotFound, "root: ");
    check_refusal(get("nq", "2025-01-21", 0), Code::InvalidArgument, "root: ");
    check_refusal(
        get("MNQ", "2019-05-03", 0),
        Code::NotFound,
        "trade_date: MNQ on 2019-05-03 is not listed (not_listed: ",
    );
    assert!(get("MNQ", "2019-05-06", 0).is_ok());
}

#[test]
fn sessions_are_listed_with_their_minutes() {
    let days = |hours: Hours| {
        let answer = list("NQ", "2025-01-17", "2025-01-21", hours).unwrap();
        let days: Vec<_> = answer.sessions.into_iter().map(|session| (session.trade_date, session.minutes)).collect();
        (days, answer.minutes)
    };
    let named = |days: [(&str, u32); 2]| days.map(|(day, minutes)| (day.to_owned(), minutes)).to_vec();
    // A Friday, the holiday that is no trade date, and the Tuesday that holds its open hours.
    assert_eq!(days(Hours::Full), (named([("2025-01-17", 1380), ("2025-01-21", 2520)]), 3900));
    assert_eq!(days(Hours::Regular), (named([("2025-01-17", 390), ("2025-01-21", 390)]), 780));
    assert_eq!(days(Hours::Extended), (named([("2025-01-17", 990), ("2025-01-21", 2130)]), 3120));

    let ten_years = list("NQ", "2015-01-02", "2025-02-18", Hours::Full).unwrap();
    assert_eq!(ten_years.sessions.last().unwrap().trade_date, "2025-02-18");
    let listed: u64 = ten_years.sessions.iter().map(|session| u64::from(session.minutes)).sum();
    assert_eq!(ten_years.minutes, listed);

    let too_long = list("NQ", "2015-01-02", "2025-02-19", Hours::Full);
    check_refusal(too_long, Code::InvalidArgument, "to: 2025-02-19 is 3701 days after");
    check_refusal(list("GC", "2025-01-17", "2025-01-21", Hours::Full), Code::NotFound, "root: ");
    check_refusal(list("NQ", "2014-12-31", "2025-01-21", Hours::Full), Code::OutOfRange, "from: 2014-12-31");
    check_refusal(list("NQ", "2025-01-21", "2025-01-17", Hours::Full), Code::InvalidArgument, "to: the range from");
    let early = list("MNQ", "2019-05-03", "2019-05-07", Hours::Full);
    check_refusal(early, Code::NotFound, "from: MNQ on 2019-05-03 is not listed (not_listed: ");
}

#[test]
fn rows_that_nothing_confirms_are_warned_of() {
    let holiday = ["2027-01-18 Martin Luther King Jr. Day: the row is projected"];
    let tuesday = get("MNQ", "2027-01-19", 0).unwrap();
    assert_eq!(
        (tuesday.session.unwrap().is_projected, tuesday.warnings.as_slice()),
        (true, &holiday.map(str::to_owned)[..])
    );
    assert_eq!(get("MNQ", "2027-01-20", 0).unwrap().warnings, Vec::<String>::new());
    assert_eq!(list("MNQ", "2027-01-19", "2027-01-22", Hours::Full).unwrap().warnings, holiday);
    let label = get("NQ", "2026-04-06", 0).unwrap().warnings;
    let good_friday =
        "2026-04-03 Good Friday, open for the employment report: the trade date of its open hours is unverified";
    assert_eq!(label, [good_friday]);
}

#[test]
fn trade_dates_are_counted_forward_and_back() {
    let nth = |from: &str, n: i32| {
        let request = GetNthTradeDateRequest { from: from.into(), n };
        sessions::get_nth_trade_date(&Calendar::shipped(), &request).map(|answer| answer.trade_date)
    };
    // A Friday, a weekend, a holiday that is no trade date, a Tuesday.
    for (from, n, expected) in [
        ("2025-01-17", 0, "2025-01-17"),
        ("2025-01-18", 0, "2025-01-21"),
        ("2025-01-17", 1, "2025-01-21"),
        ("2025-01-20", 1, "2025-01-22"),
        ("2025-01-20", -1, "2025-01-17"),
        ("2025-01-21", -1, "2025-01-17"),
        ("2025-01-21", -2, "2025-01-16"),
        ("2015-01-05", -1, "2015-01-02"),
        ("2015-01-01", 0, "2015-01-02"),
        ("2027-12-30", 1, "2027-12-31"),
    ] {
        assert_eq!(nth(from, n).unwrap(), expected, "{from} {n}");
    }
    check_refusal(nth("2015-01-05", -2), Code::OutOfRange, "n: ");
    check_refusal(nth("2027-12-30", 2), Code::OutOfRange, "n: ");
    check_refusal(nth("2025-01-17", i32::MAX), Code::OutOfRange, "n: ");
    check_refusal(nth("2025-01-17", i32::MIN), Code::OutOfRange, "n: ");
    check_refusal(nth("2028-01-03", 0), Code::OutOfRange, "from: ");
    check_refusal(nth("", 0), Code::InvalidArgument, "from: ");
}

#[test]
fn a_count_of_trade_dates_warns_of_the_rows_that_it_passes() {
    let warned = |from: &str, n: i32| {
        let request = GetNthTradeDateRequest { from: from.into(), n };
        sessions::get_nth_trade_date(&Calendar::shipped(), &request).unwrap().warnings
    };
    assert_eq!(warned("2026-11-18", 1), Vec::<String>::new());
    let holiday = ["2027-01-18 Martin Luther King Jr. Day: the row is projected"];
    assert_eq!(warned("2027-01-15", 1), holiday);
    assert_eq!(warned("2027-01-20", -2), holiday);
}
