//! Roll tables over Flight.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array as _, RecordBatch};
use peaktrade_domain::UnixNanos;
use peaktrade_wire::dataset::v1 as wire;
use prost::Message as _;
use tonic::Code;

use crate::server::{Server, back_adjust, batches, rows, ticket};

async fn table(server: &Server, path: &[&str]) -> RecordBatch {
    let info = server.info(path).await.unwrap();
    let mut batches = batches(server.messages(ticket(&info)).await.unwrap()).await;
    assert_eq!(batches.len(), 1);
    assert_eq!(info.total_records, i64::try_from(batches[0].num_rows()).unwrap());
    batches.remove(0)
}

fn text(table: &RecordBatch, column: &str) -> String {
    table.column_by_name(column).unwrap().as_string::<i32>().value(0).to_owned()
}

fn instant(table: &RecordBatch, column: &str) -> String {
    let nanos = table.column_by_name(column).unwrap().as_primitive::<TimestampNanosecondType>().value(0);
    UnixNanos::from_nanos(nanos).to_string()
}

fn number(table: &RecordBatch, column: &str) -> String {
    let column = table.column_by_name(column).unwrap().as_primitive::<Float64Type>();
    if column.is_null(0) { "none".to_owned() } else { column.value(0).to_string() }
}

#[tokio::test]
async fn a_roll_table_says_of_each_roll_where_its_spread_was_read() {
    let server = Server::start().await;
    let refused = server.info(&["rolls", "NQ"]).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
    let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |_| 80_000);
    let new = rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", |_| 80_800);
    server.import("NQ 03-25.Last.txt", &old).await.unwrap();
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
    let dataset = server.build(back_adjust()).await.unwrap();

    let newest = table(&server, &["rolls", "NQ"]).await;
    assert_eq!(newest.num_rows(), 1);
    assert_eq!((text(&newest, "from_symbol"), text(&newest, "to_symbol")), ("NQH2025".into(), "NQM2025".into()));
    assert_eq!(
        (text(&newest, "trade_date"), text(&newest, "spread_method")),
        ("2025-03-17".into(), "last_common".into())
    );
    for (column, expected) in [
        ("roll_ts", "2025-03-16T22:00:00Z"),
        ("spread_time", "2025-03-14T20:59:00Z"),
        ("to_time", "2025-03-14T20:59:00Z"),
    ] {
        assert_eq!(instant(&newest, column), expected, "{column}");
    }
    for (column, expected) in [
        ("spread", "200"),
        ("from_price", "20000.25"),
        ("to_price", "20200.25"),
        ("common_minutes_median", "200"),
        ("common_minutes_min", "200"),
        ("common_minutes_max", "200"),
        ("cumulative_adjustment", "200"),
        ("factor", &(20_200.25 / 20_000.25).to_string()),
    ] {
        assert_eq!(number(&newest, column), expected, "{column}");
    }
    let stale = newest.column_by_name("stale_session_minutes").unwrap().as_primitive::<Int64Type>().value(0);
    assert_eq!(stale, 0);
    let schema = newest.schema();
    assert_eq!(schema.metadata()["pt.dataset_id"], dataset.dataset_id);
    assert_eq!(schema.metadata()["pt.dataset"], "rolls/NQ");

    // The ticket of today is for this dataset, whatever is built later; another dataset is asked for by name.
    let before = ticket(&server.info(&["rolls", "NQ"]).await.unwrap());
    let late = wire::BuildContinuousRequest { from: "2025-03-18".into(), ..back_adjust() };
    let late = server.build(late).await.unwrap();
    assert_eq!(server.info(&["rolls", "NQ"]).await.unwrap().total_records, 0, "a series without a roll");
    assert_eq!(batches(server.messages(before).await.unwrap()).await[0], newest);
    assert_eq!(table(&server, &["rolls", "NQ", &format!("@{}", dataset.dataset_id)]).await, newest);
    assert_ne!(late.dataset_id, dataset.dataset_id);

    // A query in the place of a ticket, in JSON and in protobuf; what is of bars alone is refused.
    let asked = |query: &wire::BarQuery| {
        let any = prost_types::Any {
            type_url: "type.googleapis.com/peaktrade.futures.dataset.v1.BarQuery".to_owned(),
            value: query.encode_to_vec(),
        };
        any.encode_to_vec()
    };
    let pinned = format!("@{}", dataset.dataset_id);
    let mut query = wire::BarQuery { path: ["rolls", "NQ", &pinned].map(str::to_owned).to_vec(), ..Default::default() };
    assert_eq!(batches(server.messages(asked(&query)).await.unwrap()).await[0], newest);
    query.extra_columns = vec!["contract".to_owned()];
    let json = br#"{"path":["rolls","NQ"],"extra_columns":["contract"]}"#.to_vec();
    for ticket in [asked(&query), json] {
        let refused = server.messages(ticket).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }

    let other_root = server.info(&["rolls", "MNQ", &format!("@{}", dataset.dataset_id)]).await.unwrap_err();
    assert_eq!(other_root.code(), Code::NotFound, "{other_root}");
    let view = server.info(&["rolls", "NQ", "@asof:2025-03-16T12:00:00Z"]).await.unwrap_err();
    assert_eq!(view.code(), Code::InvalidArgument, "{view}");
    let not_served = server.info(&["rolls", "ES"]).await.unwrap_err();
    assert!(not_served.message().contains("is not served"), "{not_served}");
}
