//! Series beyond minutes and points: larger bars, regular hours, ratios, the tick, further contracts, further columns.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Int32Type};
use arrow_flight::FlightDescriptor;
use peaktrade_continuous::{Aggregator, BarSize, Bars, Buckets, content_digest};
use peaktrade_domain::{Calendar, HoursFilter, UnixNanos};
use peaktrade_wire::dataset::v1 as wire;
use prost::Message as _;
use tonic::{Code, Status};

use crate::server::{Server, back_adjust, batches, decode, rows, ticket};

/// Two contracts over four months and three holidays, with the roll of 2025-03-17 between them.
async fn months() -> Server {
    let server = Server::start().await;
    let level = |minute: i64| 80_000 + minute * 7_919 % 401 + minute / 1_440 % 90 * 8;
    let old = rows("2025-01-16T23:00:00Z", "2025-03-18T21:00:00Z", level);
    let new = rows("2025-03-11T22:00:00Z", "2025-04-23T21:00:00Z", |minute| level(minute) + 811);
    server.import("NQ 03-25.Last.txt", &old).await.unwrap();
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
    server
}

fn of_bar(bar: &str) -> wire::BuildContinuousRequest {
    wire::BuildContinuousRequest { bar: bar.into(), ..back_adjust() }
}

/// What larger bars must be: minutes as served, put together along the sessions and the one roll.
fn put_together(minutes: &Bars, size: BarSize, hours: HoursFilter, dataset: &wire::Dataset) -> Bars {
    let calendar = Calendar::shipped();
    let sessions = calendar.sessions(dataset.from.parse().unwrap(), dataset.to.parse().unwrap()).unwrap();
    let rolls: Vec<UnixNanos> =
        dataset.rolls.iter().map(|roll| peaktrade_wire::instant(roll.roll_ts, "roll_ts").unwrap()).collect();
    let mut bars = Bars::default();
    let as_of = peaktrade_wire::instant(dataset.as_of, "as_of").unwrap();
    let mut aggregator = Aggregator::new(Buckets::new(size, hours, sessions, &rolls), as_of);
    aggregator.update(minutes.view(), &mut bars).unwrap();
    aggregator.finish(&mut bars);
    bars
}

async fn by_command(server: &Server, command: &str) -> Result<(Vec<u8>, i64), Status> {
    let descriptor = FlightDescriptor::new_cmd(command.to_owned());
    let info = server.flight.clone().get_flight_info(descriptor).await?.into_inner();
    Ok((ticket(&info), info.total_records))
}

fn assert_accounted(dataset: &wire::Dataset) {
    assert_eq!(
        dataset.rows_in,
        dataset.minutes_taken
            + dataset.minutes_outside_session
            + dataset.minutes_unfinished
            + dataset.duplicates_removed
            + dataset.rows_inactive
    );
}

#[tokio::test]
async fn larger_bars_are_the_minutes_put_together_and_every_range_of_them_is_found() {
    let server = months().await;
    // An instant of roll within the session, so that bars are cut by it.
    let at_ten = |bar: &str| wire::BuildContinuousRequest { roll_instant: "10:10".into(), ..of_bar(bar) };
    let of_minutes = server.build(at_ten("1m")).await.unwrap();
    let pinned = |dataset: &wire::Dataset| format!("@{}", dataset.dataset_id);
    let minutes = server.bars(&["continuous", "NQ", "1m", "BACK_ADJUST", &pinned(&of_minutes)]).await.unwrap();
    assert_eq!(of_minutes.minutes_taken, of_minutes.rows_out);
    for size in BarSize::ALL {
        let dataset = server.build(at_ten(size.name())).await.unwrap();
        let pin = pinned(&dataset);
        let path = ["continuous", "NQ", size.name(), "BACK_ADJUST", &pin];
        let bars = server.bars(&path).await.unwrap();
        assert_eq!(bars, put_together(&minutes, size, HoursFilter::Full, &dataset), "{size}");
        assert_eq!(content_digest(&bars).to_string(), dataset.content_sha256);
        assert_eq!((dataset.rows_out, dataset.minutes_taken), (bars.len() as u64, minutes.len() as u64));
        assert_eq!(dataset.gaps_detected, of_minutes.gaps_detected, "gaps are missing minutes, whatever the bars are");
        assert_accounted(&dataset);

        let (start, end) = ("2025-02-27T15:17:00Z", "2025-03-17T18:00:00Z");
        let command = format!(
            "{{\"path\":[{}],\"start\":\"{start}\",\"end\":\"{end}\"}}",
            path.map(|name| format!("{name:?}")).join(",")
        );
        let (part, _) = by_command(&server, &command).await.unwrap();
        let expected = bars.between(start.parse().unwrap(), end.parse().unwrap()).to_bars();
        assert_eq!(decode(server.messages(part.clone()).await.unwrap()).await, expected, "{size}");
        // Any row may be the first: also one whose bar began in the month before.
        let rows = bars.len() as u64;
        for row_start in [1, rows / 3, rows / 2, rows - 30, rows - 1] {
            let ticket = wire::BarTicket { row_start, row_end: rows, ..wire::BarTicket::decode(&part[..]).unwrap() };
            let served = decode(server.messages(ticket.encode_to_vec()).await.unwrap()).await;
            let from = usize::try_from(row_start).unwrap();
            assert_eq!(served.view(), bars.view().rows(from..bars.len()), "{size} from {row_start}");
        }
    }
    // A view from an earlier instant has the bars that were over by then.
    let dataset = server.build(of_bar("1d")).await.unwrap();
    let early = server.bars(&["continuous", "NQ", "1d", "BACK_ADJUST", "@asof:2025-03-05T15:00:00Z"]).await.unwrap();
    let last = UnixNanos::from_nanos(*early.ts.last().unwrap());
    assert_eq!(last.to_string(), "2025-03-03T23:00:00Z", "Wednesday's bar was not over");
    assert_eq!(dataset.rows_out, 66, "trade dates from 2025-01-17 on; holidays and Good Friday have none");
}

#[tokio::test]
async fn regular_hours_are_a_series_of_their_own() {
    let server = months().await;
    let full = server.build(back_adjust()).await.unwrap();
    let rth = |bar: &str| wire::BuildContinuousRequest { session: "rth".into(), ..of_bar(bar) };
    let minutes = server.bars(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    for size in [BarSize::OneMinute, BarSize::OneHour, BarSize::OneDay] {
        let dataset = server.build(rth(size.name())).await.unwrap();
        let pin = format!("@{}", dataset.dataset_id);
        let bars = server.bars(&["continuous", "NQ", size.name(), "BACK_ADJUST", &pin]).await.unwrap();
        assert_eq!(bars, put_together(&minutes, size, HoursFilter::Regular, &dataset), "{size}");
        assert_eq!((dataset.session.as_str(), dataset.minutes_outside_session > 0), ("rth", true));
        assert_accounted(&dataset);
    }
    let newest = server.info(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    assert_eq!(newest.total_records, i64::try_from(full.rows_out).unwrap(), "the newest is of full sessions");
}

#[tokio::test]
async fn ratios_are_exact_and_snapped_to_the_tick_on_request() {
    let server = months().await;
    let traded = server.build(wire::BuildContinuousRequest { method: "NONE".into(), ..back_adjust() }).await.unwrap();
    let raw = server.bars(&["continuous", "NQ", "1m", "NONE"]).await.unwrap();
    let roll_ts = peaktrade_wire::instant(traded.rolls[0].roll_ts, "roll_ts").unwrap();
    let quarters = |text: &str| (text.parse::<f64>().unwrap() * 4.0) as i128;
    let (from, to) = (quarters(&traded.rolls[0].from_price), quarters(&traded.rolls[0].to_price));
    // Rounds numerator / denominator half to even.
    let round = |numerator: i128, denominator: i128| {
        let (quotient, rest) = (numerator / denominator, numerator % denominator * 2);
        quotient + i128::from(rest > denominator || (rest == denominator && quotient % 2 == 1))
    };
    for (method, is_old, (numerator, denominator)) in
        [("RATIO_ADJUST", true, (to, from)), ("FORWARD_RATIO_ADJUST", false, (from, to))]
    {
        for (snap, unit) in [(false, 1_i128), (true, 250_000_000)] {
            let request = wire::BuildContinuousRequest { method: method.into(), snap, ..back_adjust() };
            let dataset = server.build(request).await.unwrap();
            assert_eq!((dataset.snap, dataset.nonpositive_rows), (snap, 0));
            assert_eq!(dataset.rolls[0].cumulative_adjustment, "0");
            let factor: f64 = dataset.rolls[0].cumulative_factor.parse().unwrap();
            assert!((factor - numerator as f64 / denominator as f64).abs() < 1e-12, "{factor}");
            let pin = format!("@{}", dataset.dataset_id);
            let bars = server.bars(&["continuous", "NQ", "1m", method, &pin]).await.unwrap();
            for (row, close) in raw.close.iter().enumerate() {
                let expected = if (raw.ts[row] < roll_ts.nanos()) == is_old {
                    round(i128::from(*close) * numerator, denominator * unit) * unit
                } else {
                    i128::from(*close)
                };
                assert_eq!(i128::from(bars.close[row]), expected, "{method} {snap} row {row}");
            }
        }
    }
    // Forward: the old contract as traded, the new one moved by the spread.
    let request = wire::BuildContinuousRequest { method: "FORWARD_ADJUST".into(), ..back_adjust() };
    let dataset = server.build(request).await.unwrap();
    assert_eq!(dataset.rolls[0].cumulative_adjustment, format!("-{}", dataset.rolls[0].spread));
    let explain = wire::ExplainRollsRequest { dataset_id: dataset.dataset_id };
    let explained = server.control.clone().explain_rolls(explain).await.unwrap().into_inner().explanations;
    assert!(explained[0].text.contains("FORWARD_ADJUST adds -"), "{}", explained[0].text);
}

#[tokio::test]
async fn deep_back_adjustment_counts_its_prices_below_zero() {
    let server = Server::start().await;
    // A market that rose nearly thirtyfold in a night; the new contract stands 760 points below the old one.
    let night: UnixNanos = "2025-03-13T22:00:00Z".parse().unwrap();
    let level = |minute: i64| if minute * UnixNanos::MINUTE < night.nanos() { 2_840 } else { 80_000 } + minute % 5;
    let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", level);
    let new = rows("2025-03-13T22:00:00Z", "2025-03-19T21:00:00Z", |minute| level(minute) - 3_040);
    server.import("NQ 03-25.Last.txt", &old).await.unwrap();
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
    let request = wire::BuildContinuousRequest { max_spread_basis_points: Some(500), ..back_adjust() };
    let dataset = server.build(request).await.unwrap();
    let bars = server.bars(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    let low: Vec<i64> = bars.ts.iter().zip(&bars.low).filter(|(_, low)| **low <= 0).map(|(ts, _)| *ts).collect();
    assert_eq!((dataset.nonpositive_rows, low.len()), (1_380, 1_380), "the session before the night");
    let first = low.first().map(|ts| peaktrade_wire::timestamp(UnixNanos::from_nanos(*ts)));
    assert_eq!(dataset.first_nonpositive_time, first);
}

#[tokio::test]
async fn a_series_behind_the_front_rolls_when_the_front_does() {
    let server = Server::start().await;
    for (name, level) in [("NQ 03-25.Last.txt", 80_000), ("NQ 06-25.Last.txt", 80_800), ("NQ 09-25.Last.txt", 81_500)] {
        let text = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |minute| level + minute % 50);
        server.import(name, &text).await.unwrap();
    }
    let front = server.build(back_adjust()).await.unwrap();
    let second = server.build(wire::BuildContinuousRequest { depth: 1, ..back_adjust() }).await.unwrap();
    assert_eq!((front.contracts.join(","), front.depth), ("NQH2025,NQM2025".to_owned(), 0));
    assert_eq!((second.contracts.join(","), second.depth), ("NQM2025,NQU2025".to_owned(), 1));
    assert_eq!(second.rolls[0].roll_ts, front.rolls[0].roll_ts);
    assert_eq!((front.rolls[0].spread.as_str(), second.rolls[0].spread.as_str()), ("200", "175"));
    let newest = server.info(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    let keys = newest.try_decode_schema().unwrap().metadata().clone();
    assert_eq!(keys["pt.dataset_id"], front.dataset_id, "the newest by path is the front one");
}

#[tokio::test]
async fn bars_say_where_they_come_from_on_request() {
    let server = months().await;
    server.build(of_bar("1h")).await.unwrap();
    let command = "{\"path\":[\"continuous\",\"NQ\",\"1h\",\"BACK_ADJUST\"],\
                   \"extra_columns\":[\"segment\",\"contract\",\"trade_date\"]}";
    let (ticket, total) = by_command(&server, command).await.unwrap();
    let calendar = Calendar::shipped();
    let mut found = 0;
    for batch in batches(server.messages(ticket).await.unwrap()).await {
        let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        let expected = ["timestamp", "open", "high", "low", "close", "volume", "contract", "trade_date", "segment"];
        assert_eq!(names, expected);
        let stamps = batch.column(0).as_primitive::<arrow_array::types::TimestampNanosecondType>();
        for row in 0..batch.num_rows() {
            let at = UnixNanos::from_nanos(stamps.value(row));
            let is_new = at >= "2025-03-16T22:00:00Z".parse().unwrap();
            assert_eq!(batch.column(6).as_string::<i32>().value(row), if is_new { "NQM2025" } else { "NQH2025" });
            let days = batch.column(7).as_primitive::<Date32Type>().value(row);
            let date = Date32Type::to_naive_date_opt(days).unwrap();
            assert_eq!(calendar.trade_date_of(at).unwrap().unwrap().date(), date, "{at}");
            assert_eq!(batch.column(8).as_primitive::<Int32Type>().value(row), i32::from(is_new));
            found += 1;
        }
    }
    assert_eq!(found, total);
    for (columns, part) in
        [("\"month\"", "\"month\" is no column; allowed: contract"), ("\"segment\",\"segment\"", "twice")]
    {
        let command =
            format!("{{\"path\":[\"continuous\",\"NQ\",\"1h\",\"BACK_ADJUST\"],\"extra_columns\":[{columns}]}}");
        let status = by_command(&server, &command).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(part), "{status}");
    }
}

#[tokio::test]
async fn what_is_not_built_is_refused_by_name() {
    let server = months().await;
    let check = async |request: wire::BuildContinuousRequest, part: &str| {
        let status = server.build(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
        assert!(status.message().contains(part), "{status}");
    };
    check(of_bar("2m"), "1m, 5m, 15m, 30m, 1h, 1d").await;
    check(wire::BuildContinuousRequest { session: "extended".into(), ..back_adjust() }, "allowed: full, rth").await;
    check(wire::BuildContinuousRequest { depth: 5, ..back_adjust() }, "at most 4 are allowed").await;
    let trigger = "volume:1,2,1000|else:monday_before_third_friday".into();
    let of_data = wire::BuildContinuousRequest { depth: 1, roll_trigger: trigger, ..back_adjust() };
    check(of_data, "depth: 1 beside a roll_trigger of the data is not built; allowed: 0").await;
    check(wire::BuildContinuousRequest { method: "RATIO".into(), ..back_adjust() }, "FORWARD_RATIO_ADJUST").await;
    let status = server.info(&["contract", "NQM2025", "5m"]).await.unwrap_err();
    assert!(status.message().contains("of a contract is not built; allowed: 1m"), "{status}");
}
