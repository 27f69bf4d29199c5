//! BuildContinuous: the series, its identity, and what is refused.

use arrow_flight::FlightDescriptor;
use peaktrade_domain::Calendar;
use peaktrade_wire::dataset::v1 as wire;
use tonic::{Code, Status};

use crate::server::{Server, back_adjust, rows};

/// Both contracts around the roll of Monday 2025-03-17, which takes effect on Sunday 22:00 UTC. The new contract stands
/// 800 quarters above the old one, and both rise by 4 a day.
async fn two_contracts(server: &Server) {
    let level = |minute: i64| 80_000 + minute / 1_440 * 4 % 400;
    let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", level);
    let new = rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", |minute| level(minute) + 800);
    server.import("NQ 03-25.Last.txt", &old).await.unwrap();
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
}

fn instant(text: &str) -> Option<prost_types::Timestamp> {
    Some(peaktrade_wire::timestamp(text.parse().unwrap()))
}

async fn refuse(server: &Server, request: wire::BuildContinuousRequest, code: Code, part: &str) {
    let status: Status = server.build(request).await.unwrap_err();
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(part), "{status}");
}

#[tokio::test]
async fn the_same_build_twice_is_one_dataset_and_its_identity_is_its_inputs() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let built = server.build(back_adjust()).await.unwrap();
    // Four sessions of the old contract, five of the new one; two before the roll and three after it are the series.
    assert_eq!(
        (built.rows_in, built.rows_out, built.duplicates_removed, built.rows_inactive),
        (4 * 1_380 + 5 * 1_380, 5 * 1_380, 0, 4 * 1_380)
    );
    assert_eq!((built.from.as_str(), built.to.as_str()), ("2025-03-13", "2025-03-19"));
    assert_eq!(built.as_of, instant("2025-03-19T21:00:00Z"));
    assert_eq!((built.gaps_detected, built.contracts.join(",")), (0, "NQH2025,NQM2025".to_owned()));
    let [roll] = &built.rolls[..] else { panic!("{:?}", built.rolls) };
    assert_eq!((roll.spread.as_str(), roll.cumulative_adjustment.as_str()), ("200", "200"));
    assert_eq!(roll.roll_ts, instant("2025-03-16T22:00:00Z"));
    assert_eq!(roll.spread_time, instant("2025-03-14T20:59:00Z"));
    assert_eq!((roll.runner_up_median_30.as_str(), roll.stale_session_minutes), ("200", 0));

    assert_eq!(server.build(back_adjust()).await.unwrap(), built);
    let list = |root: &str| wire::ListDatasetsRequest { root: root.into(), ..Default::default() };
    let listed = server.control.clone().list_datasets(list("NQ")).await.unwrap().into_inner().datasets;
    assert_eq!(listed, std::slice::from_ref(&built));
    let request = wire::GetDatasetRequest { dataset_id: built.dataset_id.clone() };
    let found = server.control.clone().get_dataset(request).await.unwrap().into_inner().dataset;
    assert_eq!(found.as_ref(), Some(&built));

    // Another method, range, policy or instant is another dataset; only the newest build stands last.
    let none = server.build(wire::BuildContinuousRequest { method: "NONE".into(), ..back_adjust() }).await.unwrap();
    let shorter =
        server.build(wire::BuildContinuousRequest { from: "2025-03-14".into(), ..back_adjust() }).await.unwrap();
    let ids = std::collections::BTreeSet::from([&built.dataset_id, &none.dataset_id, &shorter.dataset_id]);
    assert_eq!(ids.len(), 3);
    assert_eq!(none.rolls[0].cumulative_adjustment, "0");
    server.build(back_adjust()).await.unwrap();
    let listed = server.control.clone().list_datasets(list("")).await.unwrap().into_inner().datasets;
    let listed: Vec<_> = listed.into_iter().map(|dataset| dataset.dataset_id).collect();
    assert_eq!(listed, [none.dataset_id, shorter.dataset_id, built.dataset_id.clone()]);

    // The same list in pages.
    let mut paged = Vec::new();
    let mut request = wire::ListDatasetsRequest { page_size: 2, ..list("NQ") };
    loop {
        let page = server.control.clone().list_datasets(request.clone()).await.unwrap().into_inner();
        paged.push(page.datasets.len());
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, [2, 1]);

    let request = wire::ExplainRollsRequest { dataset_id: built.dataset_id };
    let explained = server.control.clone().explain_rolls(request).await.unwrap().into_inner().explanations;
    assert!(explained[0].text.contains("+200 points"), "{}", explained[0].text);
    assert!(explained[0].text.contains("2025-03-14T20:59:00Z"), "{}", explained[0].text);
}

#[tokio::test]
async fn what_was_done_is_counted_and_stands_at_zero_before() {
    let server = Server::start().await;
    let check = |metrics: &str, name: &str, expected: &str| {
        let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {metrics}"));
        assert_eq!(line.rsplit(' ').next(), Some(expected), "{line}");
    };
    let before = server.metrics().await;
    for name in ["continuous_build_seconds_count", "roll_events_total", "flight_rows_total", "flight_bytes_total"] {
        check(&before, name, "0");
    }
    check(&before, "import_rows_total{disposition=\"off_tick\"", "0");
    two_contracts(&server).await;
    let built = server.build(back_adjust()).await.unwrap();
    // The same build again is another build and no other roll.
    assert_eq!(server.build(back_adjust()).await.unwrap(), built);
    server.bars(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    let after = server.metrics().await;
    check(&after, "continuous_build_seconds_count", "2");
    assert!(after.contains("# TYPE continuous_build_seconds histogram"), "{after}");
    for bound in ["0.01", "0.1", "1", "10", "60", "+Inf"] {
        let bucket = after.lines().find(|line| line.contains(&format!("le=\"{bound}\"")));
        assert!(bucket.is_some_and(|line| line.starts_with("continuous_build_seconds_bucket")), "{bound}: {after}");
    }
    check(&after, "roll_events_total", "1");
    check(&after, "flight_rows_total", &built.rows_out.to_string());
    check(&after, "flight_bytes_total", &(built.rows_out * 48).to_string());
    check(&after, "import_rows_total{disposition=\"kept\"", &(9 * 1_380).to_string());
}

#[tokio::test]
async fn a_roll_that_had_not_happened_is_not_applied() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let before = wire::BuildContinuousRequest { as_of: instant("2025-03-16T21:59:00Z"), ..back_adjust() };
    let built = server.build(before).await.unwrap();
    assert!(built.rolls.is_empty());
    assert_eq!(built.contracts, ["NQH2025"]);
    assert_eq!((built.rows_out, built.last_time), (2 * 1_380, instant("2025-03-14T20:59:00Z")));
    // Seen from after the roll, the same range is adjusted by it.
    let after = wire::BuildContinuousRequest {
        to: "2025-03-14".into(),
        as_of: instant("2025-03-16T22:00:00Z"),
        ..back_adjust()
    };
    let built = server.build(after).await.unwrap();
    assert_eq!((built.rows_out, built.rolls[0].cumulative_adjustment.as_str()), (2 * 1_380, "200"));
}

#[tokio::test]
async fn a_series_may_end_with_the_calendar_and_no_later() {
    let server = Server::start().await;
    // The calendar ends with Friday 2027-12-31, and lists no contract that is traded then: the last one ends before.
    let bars = rows("2027-12-08T23:00:00Z", "2027-12-09T22:00:00Z", |_| 80_000);
    server.import("NQ 12-27.Last.txt", &bars).await.unwrap();
    let until_the_end =
        || wire::BuildContinuousRequest { from: "2027-12-01".into(), to: "2027-12-31".into(), ..back_adjust() };
    let built = server.build(until_the_end()).await.unwrap();
    assert_eq!((built.to.as_str(), built.as_of), ("2027-12-31", instant("2027-12-31T22:00:00Z")));
    assert_eq!((built.rows_out, built.contracts.join(",")), (1_380, "NQZ2027".to_owned()));
    let beyond = wire::BuildContinuousRequest { as_of: instant("2027-12-31T22:00:01Z"), ..until_the_end() };
    refuse(&server, beyond, Code::InvalidArgument, "validity").await;
}

#[tokio::test]
async fn a_dataset_of_another_calendar_is_not_served() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let built = server.build(back_adjust()).await.unwrap();
    // One byte more is another calendar, whatever it says.
    let other = format!("{}\n# another\n", Calendar::SHIPPED_FILE);
    let server = Server::start_under(server.stop(), "NQ,MNQ", other).await;
    let path = |parts: &[&str]| FlightDescriptor::new_path(parts.iter().map(|part| (*part).to_owned()).collect());
    let pinned = format!("@{}", built.dataset_id);
    for descriptor in [
        path(&["continuous", "NQ", "1m", "BACK_ADJUST"]),
        path(&["continuous", "NQ", "1m", "BACK_ADJUST", &pinned]),
        path(&["contract", "NQH2025", "1m", &pinned]),
    ] {
        let refused = server.flight.clone().get_flight_info(descriptor.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{descriptor:?}: {refused}");
        assert!(refused.message().contains(&built.calendar_sha256), "{refused}");
        assert!(refused.message().contains("build it again"), "{refused}");
    }
    // The bars themselves are no calendar's, and the same build under this one is another dataset, which is served.
    server.flight.clone().get_flight_info(path(&["contract", "NQH2025", "1m"])).await.unwrap();
    let again = server.build(back_adjust()).await.unwrap();
    assert_ne!(again.dataset_id, built.dataset_id);
    server.flight.clone().get_flight_info(path(&["continuous", "NQ", "1m", "BACK_ADJUST"])).await.unwrap();
}

#[tokio::test]
async fn rolls_by_hand_replace_the_schedule() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let row = |from: &str, to: &str, roll_ts: &str| wire::RollTableRow {
        from_symbol: from.into(),
        to_symbol: to.into(),
        roll_ts: instant(roll_ts),
    };
    let table = |rows: Vec<wire::RollTableRow>| wire::BuildContinuousRequest { roll_table: rows, ..back_adjust() };
    let built = server.build(table(vec![row("NQH2025", "NQM2025", "2025-03-14T15:00:00Z")])).await.unwrap();
    assert_eq!(built.roll_policy, "roll_table/last_common/60");
    assert_eq!(built.rolls[0].spread_time, instant("2025-03-14T14:59:00Z"));
    assert_eq!(built.rolls[0].trade_date, "2025-03-14");

    let missing = table(vec![row("NQM2025", "NQU2025", "2025-03-14T15:00:00Z")]);
    refuse(&server, missing, Code::FailedPrecondition, "names NQU2025, which has no stored bars").await;
    for (rows, part) in [
        (
            vec![row("NQH2025", "MNQM2025", "2025-03-14T15:00:00Z")],
            "roll_table[0].to_symbol: MNQM2025 is not of root NQ",
        ),
        (vec![row("NQM2025", "NQH2025", "2025-03-14T15:00:00Z")], "does not expire after"),
        (vec![row("NQH2025", "NQM2025", "2025-03-14T15:00:30Z")], "not a whole minute"),
        (vec![row("NQH25", "NQM2025", "2025-03-14T15:00:00Z")], "roll_table[0].from_symbol"),
        (
            vec![row("NQH2025", "NQM2025", "2025-03-21T13:30:00Z")],
            "roll table, row 1: the roll out of NQH2025 at 2025-03-21T13:30:00Z is not before the end of its trading",
        ),
        (
            vec![row("NQH2025", "NQM2025", "2025-03-14T15:00:00Z"), row("NQU2025", "NQZ2025", "2025-09-14T15:00:00Z")],
            "roll_table[1]: leads out of NQU2025",
        ),
        (
            vec![row("NQH2025", "NQM2025", "2025-03-14T15:00:00Z"), row("NQM2025", "NQU2025", "2025-03-13T15:00:00Z")],
            "roll_table[1]: 2025-03-13T15:00:00Z does not come after",
        ),
    ] {
        refuse(&server, table(rows), Code::InvalidArgument, part).await;
    }
    let both = wire::BuildContinuousRequest {
        roll_instant: "local_midnight".into(),
        ..table(vec![row("NQH2025", "NQM2025", "2025-03-14T15:00:00Z")])
    };
    refuse(&server, both, Code::InvalidArgument, "given together").await;
}

#[tokio::test]
async fn every_trigger_rolls_at_its_own_instant() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let with = |trigger: &str, instant: &str| wire::BuildContinuousRequest {
        roll_trigger: trigger.into(),
        roll_instant: instant.into(),
        ..back_adjust()
    };
    for (trigger, time, roll_ts, spread_time) in [
        ("cme_lead", "", "2025-03-16T22:00:00Z", "2025-03-14T20:59:00Z"),
        ("n_trade_dates_before:5", "10:00", "2025-03-14T15:00:00Z", "2025-03-14T14:59:00Z"),
        ("n_trade_dates_before:3", "", "2025-03-17T22:00:00Z", "2025-03-17T20:59:00Z"),
        // The evening of a trade date lies in the next one's session.
        ("n_trade_dates_before:5", "20:00", "2025-03-15T01:00:00Z", "2025-03-14T20:59:00Z"),
        ("n_trade_dates_before:4", "20:00", "2025-03-18T01:00:00Z", "2025-03-18T00:59:00Z"),
    ] {
        let built = server.build(with(trigger, time)).await.unwrap();
        let [roll] = &built.rolls[..] else { panic!("{trigger} {time}: {:?}", built.rolls) };
        assert_eq!((roll.roll_ts, roll.spread_time), (instant(roll_ts), instant(spread_time)), "{trigger} {time}");
        assert!(built.roll_policy.starts_with(&format!("{trigger}@{time}")), "{}", built.roll_policy);
    }
    // A series that begins on the trade date after the roll's still rolls in its first evening.
    let request = with("n_trade_dates_before:4", "20:00");
    let request = wire::BuildContinuousRequest { from: "2025-03-18".into(), ..request };
    assert_eq!(server.build(request).await.unwrap().rolls[0].roll_ts, instant("2025-03-18T01:00:00Z"));
    // The contract has ended before its last trade date closes.
    let late = wire::BuildContinuousRequest { to: "2025-03-21".into(), ..with("last_trade_day", "session_close") };
    refuse(&server, late, Code::InvalidArgument, "is not before the end of its trading at 2025-03-21T13:30:00Z").await;
}

#[tokio::test]
async fn what_is_not_built_or_not_possible_is_refused_by_name() {
    let server = Server::start().await;
    refuse(&server, back_adjust(), Code::FailedPrecondition, "no bars of NQ are stored").await;
    two_contracts(&server).await;
    let with = |change: fn(&mut wire::BuildContinuousRequest)| {
        let mut request = back_adjust();
        change(&mut request);
        request
    };
    let invalid = Code::InvalidArgument;
    refuse(&server, with(|request| request.bar = "7m".into()), invalid, "bar: bar size \"7m\" is not built").await;
    refuse(&server, with(|request| request.method = "BLENDED".into()), invalid, "BLENDED").await;
    refuse(&server, with(|request| request.roll_trigger = "volume".into()), invalid, "monday_before_third_friday")
        .await;
    refuse(&server, with(|request| request.roll_instant = "noon".into()), invalid, "trade_date_open").await;
    refuse(&server, with(|request| request.spread = "closing".into()), invalid, "last_common").await;
    refuse(&server, with(|request| request.from = "2025-3-14".into()), invalid, "from: date").await;
    refuse(&server, with(|request| request.from = "1990-01-01".into()), invalid, "validity").await;
    refuse(&server, with(|request| request.to = "2025-03-01".into()), invalid, "2025-03-01").await;
    refuse(&server, with(|request| request.as_of = instant("2025-03-01T00:00:00Z")), invalid, "as_of").await;
    refuse(&server, with(|request| request.root = "ES".into()), Code::NotFound, "\"ES\" is not served").await;
    // Both trade until the close of the roll date, so not a minute is stale.
    let fresh = with(|request| {
        request.roll_instant = "session_close".into();
        request.max_stale_session_minutes = Some(0);
    });
    server.build(fresh).await.unwrap();
}

#[tokio::test]
async fn contracts_that_do_not_meet_are_an_error_that_names_them() {
    let server = Server::start().await;
    let bars = |from: &str, to: &str| rows(from, to, |_| 80_000);
    server.import("NQ 03-25.Last.txt", &bars("2025-03-12T22:00:00Z", "2025-03-13T21:00:00Z")).await.unwrap();
    server.import("NQ 06-25.Last.txt", &bars("2025-03-16T22:00:00Z", "2025-03-17T21:00:00Z")).await.unwrap();
    refuse(&server, back_adjust(), Code::FailedPrecondition, "NQH2025 -> NQM2025").await;
    server.import("NQ 06-25.Last.txt", &bars("2025-03-13T20:00:00Z", "2025-03-13T21:00:00Z")).await.unwrap();
    // The last common bar is a whole session old: 1,380 minutes of Friday.
    refuse(&server, back_adjust(), Code::FailedPrecondition, "1380 session minutes old, allowed are 60").await;
    let wider = wire::BuildContinuousRequest { max_stale_session_minutes: Some(1_380), ..back_adjust() };
    assert_eq!(server.build(wider).await.unwrap().rolls[0].stale_session_minutes, 1_380);

    server.import("NQ 12-25.Last.txt", &bars("2025-12-01T15:00:00Z", "2025-12-01T16:00:00Z")).await.unwrap();
    refuse(&server, back_adjust(), Code::FailedPrecondition, "NQU2025 has no stored bars").await;
    // A back month's early bars are no series of their own.
    let early = wire::BuildContinuousRequest { from: "2025-07-01".into(), to: "2025-07-31".into(), ..back_adjust() };
    refuse(&server, early, Code::FailedPrecondition, "NQU2025 is active").await;
}

#[tokio::test]
async fn a_series_ends_where_its_last_contract_is_rolled_out_of() {
    let server = Server::start().await;
    let of_two_sessions_before_and_two_after =
        rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |minute| 80_000 + minute % 50);
    server.import("NQ 03-25.Last.txt", &of_two_sessions_before_and_two_after).await.unwrap();
    let alone = server.build(back_adjust()).await.unwrap();
    assert_eq!((alone.rows_out, alone.rows_in, alone.rolls.len()), (2 * 1_380, 2 * 1_380, 0));
    assert_eq!(alone.last_time, instant("2025-03-14T20:59:00Z"), "the last minute before the roll");

    let new = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |minute| 80_800 + minute % 50);
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
    // What stood behind the front until the roll stands before it from then on.
    let second = server.build(wire::BuildContinuousRequest { depth: 1, ..back_adjust() }).await.unwrap();
    assert_eq!((second.contracts.join(","), second.rows_out), ("NQM2025".to_owned(), 2 * 1_380));
    assert_eq!(second.last_time, instant("2025-03-14T20:59:00Z"));
    // With the next contract the series goes on.
    assert_eq!(server.build(back_adjust()).await.unwrap().rows_out, 4 * 1_380);
}
