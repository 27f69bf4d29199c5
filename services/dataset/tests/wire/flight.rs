//! Arrow Flight: what a descriptor means, what a ticket guarantees.

use arrow_flight::{Action, Criteria, FlightDescriptor, FlightInfo};
use arrow_schema::Schema;
use futures_util::TryStreamExt as _;
use peaktrade_continuous::content_digest;
use peaktrade_domain::UnixNanos;
use peaktrade_wire::dataset::v1 as wire;
use prost::Message as _;
use tonic::{Code, Status};

use crate::server::{Server, back_adjust, batches, decode, rows, ticket};

const SERIES: [&str; 4] = ["continuous", "NQ", "1m", "BACK_ADJUST"];

/// Two contracts around a roll; the new one stands 800 quarters above the old one.
async fn built() -> (Server, wire::Dataset) {
    let server = Server::start().await;
    let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |minute| 80_000 + minute % 50);
    let new = rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", |minute| 80_800 + minute % 50);
    server.import("NQ 03-25.Last.txt", &old).await.unwrap();
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
    let dataset = server.build(back_adjust()).await.unwrap();
    (server, dataset)
}

fn metadata(info: &FlightInfo) -> std::collections::HashMap<String, String> {
    let schema: Schema = info.clone().try_decode_schema().unwrap();
    schema.metadata().clone()
}

fn with(last: &str) -> Vec<&str> {
    SERIES.into_iter().chain([last]).collect()
}

#[tokio::test]
async fn a_series_comes_as_it_was_built_and_says_what_it_is() {
    let (server, dataset) = built().await;
    let info = server.info(&SERIES).await.unwrap();
    assert_eq!(info.total_records, i64::try_from(dataset.rows_out).unwrap());
    assert_eq!(info.total_bytes, 48 * info.total_records);
    assert!(info.ordered);
    let messages = server.messages(ticket(&info)).await.unwrap();
    // Schema, a small first batch, and no batch that a client with default limits would refuse.
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message.encoded_len() < 4 * 1024 * 1024));
    let batches = batches(messages.clone()).await;
    assert_eq!(batches[0].num_rows(), 4_096);
    let schema = batches[0].schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["timestamp", "open", "high", "low", "close", "volume"]);
    assert_eq!(schema.field(0).data_type().to_string(), "Timestamp(ns, \"UTC\")");
    assert!(schema.fields().iter().all(|field| !field.is_nullable()));
    assert_eq!(schema.metadata(), &metadata(&info), "DoGet says what GetFlightInfo said");

    let bars = decode(messages).await;
    assert_eq!(content_digest(&bars).to_string(), dataset.content_sha256);
    let keys = metadata(&info);
    for (key, value) in [
        ("pt.dataset", "continuous/NQ/1m/BACK_ADJUST"),
        ("pt.dataset_id", &dataset.dataset_id),
        ("pt.content_sha256", &dataset.content_sha256),
        ("pt.as_of", "2025-03-19T21:00:00Z"),
        ("pt.calendar_sha256", &dataset.calendar_sha256),
        ("pt.tick_size", "0.25"),
        ("pt.point_value", "20.00"),
        ("pt.stamp", "open"),
        ("pt.timeframe", "1m"),
        ("pt.adjust", "BACK_ADJUST"),
        ("pt.roll_policy", "monday_before_third_friday@trade_date_open/last_common/60"),
        ("pt.row_count", &dataset.rows_out.to_string()),
        ("pt.ts_min", "2025-03-12T22:00:00Z"),
        ("pt.ts_max", "2025-03-19T20:59:00Z"),
    ] {
        assert_eq!(keys.get(key).map(String::as_str), Some(value), "{key}");
    }
    let rolls: serde_json::Value = serde_json::from_str(&keys["pt.rolls"]).unwrap();
    assert_eq!(rolls[0]["spread"], "200");
    assert_eq!(rolls[0]["roll_ts"], "2025-03-16T22:00:00Z");
    let pandas: serde_json::Value = serde_json::from_str(&keys["pandas"]).unwrap();
    assert_eq!(pandas["index_columns"], serde_json::json!(["timestamp"]));
}

#[tokio::test]
async fn a_ticket_gives_the_same_bytes_whatever_is_built_or_imported_later() {
    let (server, dataset) = built().await;
    let series = ticket(&server.info(&SERIES).await.unwrap());
    let contract = ticket(&server.info(&["contract", "NQM2025", "1m"]).await.unwrap());
    let before = (server.messages(series.clone()).await.unwrap(), server.messages(contract.clone()).await.unwrap());

    let more = rows("2025-03-19T22:00:00Z", "2025-03-20T21:00:00Z", |_| 81_000);
    server.import("NQ 06-25.Last.txt", &more).await.unwrap();
    let newer = server.build(back_adjust()).await.unwrap();
    assert_ne!(newer.dataset_id, dataset.dataset_id);
    let moved = server.info(&SERIES).await.unwrap();
    assert_eq!(metadata(&moved)["pt.dataset_id"], newer.dataset_id);
    assert_eq!(server.messages(series.clone()).await.unwrap(), before.0);

    // Also from a server that holds nothing in memory.
    let server = Server::start_on(server.stop(), "NQ").await;
    assert_eq!(server.messages(series).await.unwrap(), before.0);
    assert_eq!(server.messages(contract).await.unwrap(), before.1);
    let pinned = server.bars(&with(&format!("@{}", dataset.dataset_id))).await.unwrap();
    assert_eq!(content_digest(&pinned).to_string(), dataset.content_sha256);
    let as_used = format!("@{}", dataset.dataset_id);
    let old = server.bars(&["contract", "NQM2025", "1m", &as_used]).await.unwrap();
    assert_eq!(old, decode(before.1).await, "a contract as a dataset used it");
    let by_content = format!("@sha256:{}", content_digest(&old));
    assert_eq!(server.bars(&["contract", "NQM2025", "1m", &by_content]).await.unwrap(), old);
    assert_eq!(server.bars(&["contract", "NQM2025", "1m"]).await.unwrap().len(), old.len() + 1_380);
}

#[tokio::test]
async fn a_view_from_an_instant_equals_a_build_of_that_instant() {
    let (server, dataset) = built().await;
    for as_of in ["2025-03-13T15:00:30Z", "2025-03-16T21:59:00Z", "2025-03-16T22:00:00Z", "2025-03-18T15:00:00Z"] {
        let instant = as_of.parse::<UnixNanos>().unwrap();
        let viewed = server.bars(&with(&format!("@asof:{as_of}"))).await.unwrap();
        let request = wire::BuildContinuousRequest { as_of: Some(peaktrade_wire::timestamp(instant)), ..back_adjust() };
        let rebuilt = server.build(request).await.unwrap();
        let expected = server.bars(&with(&format!("@{}", rebuilt.dataset_id))).await.unwrap();
        assert_eq!(viewed, expected, "{as_of}");
        assert!(viewed.ts.iter().all(|ts| ts + UnixNanos::MINUTE <= instant.nanos()), "{as_of}");
        // That build is the newest now; go back to the whole.
        assert_eq!(server.build(back_adjust()).await.unwrap().dataset_id, dataset.dataset_id);
    }
    let late = server.info(&with("@asof:2025-03-20T00:00:00Z")).await.unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn the_head_is_the_newest_build_under_the_standard_policy() {
    let (server, dataset) = built().await;
    let other = wire::BuildContinuousRequest { roll_instant: "local_midnight".into(), ..back_adjust() };
    let other = server.build(other).await.unwrap();
    assert_eq!(metadata(&server.info(&SERIES).await.unwrap())["pt.dataset_id"], dataset.dataset_id);
    let pinned = server.info(&with(&format!("@{}", other.dataset_id))).await.unwrap();
    assert_eq!(metadata(&pinned)["pt.roll_policy"], other.roll_policy);
    let missing = server.info(&["continuous", "NQ", "1m", "NONE"]).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound, "{missing}");
    server.build(wire::BuildContinuousRequest { method: "NONE".into(), ..back_adjust() }).await.unwrap();
    let raw = server.bars(&["continuous", "NQ", "1m", "NONE"]).await.unwrap();
    let adjusted = server.bars(&SERIES).await.unwrap();
    assert_eq!(adjusted.close[0] - raw.close[0], 200 * peaktrade_domain::Price::SCALE);
    assert_eq!(adjusted.close.last(), raw.close.last());
    let wrong = server.info(&["continuous", "NQ", "1m", "NONE", &format!("@{}", dataset.dataset_id)]).await;
    assert_eq!(wrong.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_part_is_half_open_and_may_be_asked_for_in_one_round() {
    let (server, _) = built().await;
    let whole = server.bars(&SERIES).await.unwrap();
    let at = |row: usize| UnixNanos::from_nanos(whole.ts[row]);
    let query = |start: UnixNanos, end: UnixNanos| {
        format!(r#"{{"path": ["continuous", "NQ", "1m", "BACK_ADJUST"], "start": "{start}", "end": "{end}"}}"#)
    };
    for (first, past) in [(0, 1), (100, 100), (100, 5_000), (whole.len() - 1, whole.len() - 1)] {
        let command = query(at(first), at(past));
        let descriptor = FlightDescriptor::new_cmd(command.clone());
        let info = server.flight.clone().get_flight_info(descriptor).await.unwrap().into_inner();
        assert_eq!(info.total_records, i64::try_from(past - first).unwrap());
        let messages = server.messages(ticket(&info)).await.unwrap();
        assert_eq!(decode(messages.clone()).await, whole.view().rows(first..past).to_bars());
        assert_eq!(server.messages(command).await.unwrap(), messages);
    }
}

#[tokio::test]
async fn flights_are_listed_and_schemas_told() {
    let (server, _) = built().await;
    let list = |server: &Server, prefix: &'static str| {
        let mut flight = server.flight.clone();
        async move {
            let criteria = Criteria { expression: prefix.into() };
            let flights: Vec<FlightInfo> =
                flight.list_flights(criteria).await.unwrap().into_inner().try_collect().await.unwrap();
            flights.into_iter().map(|info| info.flight_descriptor.unwrap().path.join("/")).collect::<Vec<_>>()
        }
    };
    let all = ["continuous/NQ/1m/BACK_ADJUST", "contract/NQH2025/1m", "contract/NQM2025/1m", "rolls/NQ"];
    assert_eq!(list(&server, "").await, all);
    assert_eq!(list(&server, "contract/NQM").await, all[2..3]);
    assert!(list(&server, "continuous/MNQ").await.is_empty());
    // What cannot be served is left out and hides nothing else.
    let folder = server.stop();
    let newest = folder.path().join("dataset/contracts/NQ/NQM2025/00000001.json");
    let whole = std::fs::read(&newest).unwrap();
    let other = format!("{}\n# another\n", peaktrade_domain::Calendar::SHIPPED_FILE);
    let server = Server::start_under(folder, "NQ,MNQ", other).await;
    assert_eq!(list(&server, "").await, all[1..3], "a series of another calendar");
    std::fs::write(&newest, &whole[..whole.len() / 2]).unwrap();
    assert!(list(&server, "").await.is_empty(), "and a contract whose document is damaged");
    std::fs::write(&newest, &whole).unwrap();
    let server = Server::start_on(server.stop(), "NQ,MNQ").await;
    std::fs::write(&newest, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(list(&server, "").await, [all[0], all[3]]);
    std::fs::write(&newest, &whole).unwrap();
    let descriptor = FlightDescriptor::new_path(SERIES.map(str::to_owned).to_vec());
    let schema = server.flight.clone().get_schema(descriptor).await.unwrap().into_inner();
    let schema = Schema::try_from(&schema).unwrap();
    assert_eq!(schema.metadata(), &metadata(&server.info(&SERIES).await.unwrap()));
}

#[tokio::test]
async fn tickets_and_verbs_that_are_none_are_refused() {
    let (server, dataset) = built().await;
    let good = wire::BarTicket::decode(ticket(&server.info(&SERIES).await.unwrap()).as_slice()).unwrap();
    assert_eq!(good.dataset_id, dataset.dataset_id);
    let refuse = |change: fn(&mut wire::BarTicket), code: Code| {
        let mut bad = good.clone();
        change(&mut bad);
        let server = &server;
        async move {
            let status: Status = server.messages(bad.encode_to_vec()).await.unwrap_err();
            assert_eq!(status.code(), code, "{status}");
        }
    };
    refuse(|ticket| ticket.row_end += 1, Code::InvalidArgument).await;
    refuse(|ticket| ticket.row_start = ticket.row_end + 1, Code::InvalidArgument).await;
    refuse(|ticket| ticket.row_end = u64::MAX, Code::InvalidArgument).await;
    refuse(|ticket| ticket.format = 2, Code::InvalidArgument).await;
    refuse(|ticket| ticket.method = "NONE".into(), Code::InvalidArgument).await;
    refuse(|ticket| ticket.contract = "NQH2025".into(), Code::InvalidArgument).await;
    refuse(|ticket| ticket.content_sha256 = "0".repeat(64), Code::NotFound).await;
    refuse(|ticket| ticket.dataset_id = format!("sha256:{}", "0".repeat(64)), Code::NotFound).await;
    refuse(
        |ticket| {
            ticket.dataset_id.clear();
            ticket.contract = "ESH2025".into();
        },
        Code::NotFound,
    )
    .await;
    let empty = server.messages(b"".as_slice()).await.unwrap_err();
    assert_eq!(empty.code(), Code::InvalidArgument, "{empty}");
    for garbage in [&b"hello"[..], &[0x08], &[0xff; 40]] {
        let status = server.messages(garbage).await.unwrap_err();
        assert!(matches!(status.code(), Code::InvalidArgument | Code::Unimplemented), "{status}");
    }
    for path in [&["continuous", "ES", "1m", "BACK_ADJUST"][..], &["contract", "ESH2025", "1m"]] {
        let status = server.info(path).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        assert!(status.message().contains("is not served"), "{status}");
    }
    let verb = server.flight.clone().do_action(Action::new("pt.verify", "")).await.unwrap_err();
    assert_eq!(verb.code(), Code::Unimplemented);
}
