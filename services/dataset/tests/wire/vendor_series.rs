//! Vendors' continuous series: imported, listed and served under their own name, and met nowhere else.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, TimestampNanosecondType};
use arrow_flight::{Criteria, FlightDescriptor, FlightInfo};
use arrow_schema::Schema;
use futures_util::TryStreamExt as _;
use peaktrade_domain::{Sha256, UnixNanos};
use peaktrade_wire::dataset::v1 as wire;
use tonic::{Code, Status};

use crate::server::{Server, back_adjust, batches, rows, ticket};

const NAME: &str = "CME_MINI_NQ1!, 5.csv";
const SERIES: [&str; 5] = ["vendor_continuous", "NQ", "NQ1!", "5m", "adjusted"];

fn sha256(text: &str) -> String {
    Sha256::of(text.as_bytes()).to_string()
}

/// A chart export of five minutes from an instant on, at one close and with its volume.
fn export(from: &str, bars: i64, close: &str) -> String {
    let from: UnixNanos = from.parse().unwrap();
    let row = |at: i64| format!("{},21000,21500,20500,{close},NaN,{}\r\n", from.seconds_floor() + at * 300, at + 1);
    "time,open,high,low,close,Upper Band,Volume\r\n".to_owned() + &(0..bars).map(row).collect::<String>()
}

/// The same without the last column.
fn without_volume(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.rsplit_once(',').unwrap().0)).collect()
}

async fn import(
    server: &Server,
    (file_name, adjusted): (&str, &str),
    text: &str,
    supersede: &[String],
) -> Result<wire::ImportVendorSeriesResponse, Status> {
    use wire::import_vendor_series_request::Part;
    let header = wire::VendorSeriesHeader {
        format: "tradingview".into(),
        root: "NQ".into(),
        file_name: file_name.into(),
        adjusted: adjusted.into(),
        supersede: supersede.to_vec(),
    };
    let parts =
        std::iter::once(Part::Header(header)).chain(text.as_bytes().chunks(1_000).map(|c| Part::Chunk(c.into())));
    let messages: Vec<_> = parts.map(|part| wire::ImportVendorSeriesRequest { part: Some(part) }).collect();
    Ok(server.control.clone().import_vendor_series(futures_util::stream::iter(messages)).await?.into_inner())
}

async fn list(server: &Server) -> Vec<wire::VendorSeries> {
    let request = wire::ListVendorSeriesRequest { root: "NQ".into() };
    server.control.clone().list_vendor_series(request).await.unwrap().into_inner().series
}

async fn flights(server: &Server) -> Vec<String> {
    let mut flight = server.flight.clone();
    let listed = flight.list_flights(Criteria { expression: "".into() }).await.unwrap().into_inner();
    let listed: Vec<FlightInfo> = listed.try_collect().await.unwrap();
    listed.into_iter().map(|info| info.flight_descriptor.unwrap().path.join("/")).collect()
}

/// Names of the columns, opens in minutes of the day, and closes of what a ticket gives.
async fn pulled(server: &Server, ticket: Vec<u8>) -> (Vec<String>, String) {
    let mut told = Vec::new();
    let mut names = Vec::new();
    for batch in batches(server.messages(ticket).await.unwrap()).await {
        names = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        let stamps = batch.column_by_name("timestamp").unwrap().as_primitive::<TimestampNanosecondType>();
        let closes = batch.column_by_name("close").unwrap().as_primitive::<Float64Type>();
        for (ts, close) in stamps.values().iter().zip(closes.values()) {
            told.push(format!("{} {close}", UnixNanos::from_nanos(*ts).to_datetime().format("%H:%M")));
        }
    }
    (names, told.join("; "))
}

#[tokio::test]
async fn a_series_is_imported_listed_and_served_under_its_name() {
    let server = Server::start().await;
    let text = export("2025-01-13T15:00:00Z", 2, "21000.1");
    let answer = import(&server, (NAME, "yes"), &text, &[]).await.unwrap();
    assert_eq!((answer.rows_in, answer.already_present), (2, false));
    assert_eq!(answer.file_sha256, sha256(&text));
    let fates: Vec<_> = answer.dispositions.iter().map(|met| (met.kind.as_str(), met.rows)).collect();
    let expected = [("kept", 2), ("out_of_session", 0), ("duplicate", 0), ("off_tick", 0), ("price_scale", 0)];
    assert_eq!(fates, expected);
    let series = answer.series.unwrap();
    assert_eq!((series.ticker.as_str(), series.bar.as_str()), ("NQ1!", "5m"));
    assert_eq!((series.adjusted, series.has_volume, series.rows), (true, true, 2));
    assert_eq!(series.path, SERIES);
    assert_eq!(list(&server).await, std::slice::from_ref(&series));
    assert!(import(&server, (NAME, "yes"), &text, &[]).await.unwrap().already_present);
    assert_eq!(flights(&server).await, ["vendor_continuous/NQ/NQ1!/5m/adjusted"]);

    let info = server.info(&SERIES).await.unwrap();
    assert_eq!(info.total_records, 2);
    let schema = Schema::try_from(info.clone()).unwrap();
    let metadata: BTreeMap<_, _> = schema.metadata().iter().collect();
    for (key, expected) in [
        ("pt.kind", "vendor_continuous"),
        ("pt.dataset", "vendor_continuous/NQ/NQ1!/5m/adjusted"),
        ("pt.ticker", "NQ1!"),
        ("pt.adjusted", "adjusted"),
        ("pt.has_volume", "true"),
        ("pt.row_count", "2"),
        ("pt.content_sha256", &series.content_sha256),
        ("pt.sources", &sha256(&text)),
    ] {
        assert_eq!(metadata[&key.to_owned()], expected, "{key}");
    }
    let told = server.flight.clone().get_schema(FlightDescriptor::new_path(SERIES.map(str::to_owned).to_vec())).await;
    assert_eq!(Schema::try_from(&told.unwrap().into_inner()).unwrap(), schema);
    let (names, bars) = pulled(&server, ticket(&info)).await;
    assert_eq!(names, ["timestamp", "open", "high", "low", "close", "volume"]);
    assert_eq!(bars, "15:00 21000.1; 15:05 21000.1");
}

#[tokio::test]
async fn a_ticket_gives_the_same_bytes_whatever_is_imported_later() {
    let server = Server::start().await;
    let first = export("2025-01-13T15:00:00Z", 3, "21000");
    import(&server, (NAME, "yes"), &first, &[]).await.unwrap();
    let before = ticket(&server.info(&SERIES).await.unwrap());
    let bytes = server.messages(before.clone()).await.unwrap();
    // The next export goes on; the one after it restates all of history.
    let second = export("2025-01-13T15:10:00Z", 3, "21000").replace(",1\r", ",3\r");
    import(&server, (NAME, "yes"), &second, &[]).await.unwrap();
    let restated = export("2025-01-13T15:00:00Z", 6, "21200.1");
    let refused = import(&server, (NAME, "yes"), &restated, &[]).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert!(refused.message().starts_with("5 bars of NQ1! 5m adjusted differ between"), "{refused}");
    let named = refused.metadata().get("supersede").unwrap().to_str().unwrap();
    assert_eq!(named, format!("{},{}", sha256(&first), sha256(&second)));
    let supersede: Vec<String> = named.split(',').map(str::to_owned).collect();
    import(&server, (NAME, "yes"), &restated, &supersede).await.unwrap();

    assert_eq!(server.messages(before.clone()).await.unwrap(), bytes);
    assert_eq!(pulled(&server, before.clone()).await.1, "15:00 21000; 15:05 21000; 15:10 21000");
    let newest = server.info(&SERIES).await.unwrap();
    assert_eq!(newest.total_records, 6);
    // A path can be pinned by hand, cut, and another service on the folder gives the same.
    let pin = format!("@sha256:{}", list(&server).await[0].content_sha256);
    let pinned = [SERIES.as_slice(), &[&pin]].concat();
    assert_eq!(ticket(&server.info(&pinned).await.unwrap()), ticket(&newest));
    let path: Vec<String> = pinned.iter().map(|&name| name.to_owned()).collect();
    let cut = serde_json::json!({"path": path, "start": "2025-01-13T15:05:00Z", "end": "2025-01-13T15:15:00Z"});
    let descriptor = FlightDescriptor::new_cmd(cut.to_string().into_bytes());
    let info = server.flight.clone().get_flight_info(descriptor).await.unwrap().into_inner();
    assert_eq!(info.total_records, 2);
    assert_eq!(pulled(&server, ticket(&info)).await.1, "15:05 21200.1; 15:10 21200.1");
    let server = Server::start_on(server.stop(), "NQ,MNQ").await;
    assert_eq!(server.messages(before).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_series_without_volume_has_no_such_column() {
    let server = Server::start().await;
    let text = without_volume(&export("2025-01-13T15:00:00Z", 2, "21000"));
    let series = import(&server, (NAME, "no"), &text, &[]).await.unwrap().series.unwrap();
    assert!(!series.has_volume && !series.adjusted);
    let info = server.info(&["vendor_continuous", "NQ", "NQ1!", "5m", "unadjusted"]).await.unwrap();
    let (names, bars) = pulled(&server, ticket(&info)).await;
    assert_eq!(names, ["timestamp", "open", "high", "low", "close"]);
    assert_eq!(bars, "15:00 21000; 15:05 21000");
    let schema = Schema::try_from(info).unwrap();
    assert!(!schema.metadata()["pandas"].contains("volume"), "{}", schema.metadata()["pandas"]);
}

#[tokio::test]
async fn what_is_no_such_series_is_refused_by_name() {
    let server = Server::start().await;
    let text = export("2025-01-13T15:00:00Z", 2, "21000");
    let missing = import(&server, (NAME, ""), &text, &[]).await.unwrap_err();
    assert_eq!(missing.code(), Code::InvalidArgument);
    assert_eq!(missing.metadata().get("missing-options").unwrap(), "adjusted");
    for (name, adjusted, part) in [
        (NAME, "maybe", "allowed: yes or no"),
        ("CME_MINI_NQ1!, 240.csv", "no", "allowed: 1, 5, 15, 30, 60, 1D"),
        ("CME_MINI_MNQ1!, 5.csv", "no", "is of root MNQ, the import is of root NQ"),
        ("CME_MINI_NQH2025, 5.csv", "no", "is no continuous ticker"),
    ] {
        let refused = import(&server, (name, adjusted), &text, &[]).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(refused.message().contains(part), "{refused}");
    }
    assert!(list(&server).await.is_empty());

    let check = async |path: &[&str], code: Code, part: &str| {
        let refused = server.info(path).await.unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
        assert!(refused.message().contains(part), "{refused}");
    };
    check(&SERIES, Code::NotFound, "no vendor's series NQ1! 5m adjusted is stored").await;
    import(&server, (NAME, "yes"), &text, &[]).await.unwrap();
    let other = ["vendor_continuous", "NQ", "NQ1!", "5m", "yes"];
    check(&other, Code::InvalidArgument, "no vendor's series such as NQ/NQ1!/5m/adjusted").await;
    check(&["vendor_continuous", "ES", "ES1!", "5m", "adjusted"], Code::NotFound, "is not served").await;
    let pin = format!("@sha256:{}", sha256("another"));
    check(&[SERIES.as_slice(), &[&pin]].concat(), Code::NotFound, "no bars of NQ1! 5m adjusted with digest").await;
    let as_of = [SERIES.as_slice(), &["@asof:2025-01-13T15:05:00Z"]].concat();
    check(&as_of, Code::InvalidArgument, "there is no view as of an instant").await;

    // Its digest is no dataset's, and who takes it for one is told what it is.
    let dataset_id = format!("sha256:{}", list(&server).await[0].content_sha256);
    let refused = server.control.clone().get_dataset(wire::GetDatasetRequest { dataset_id }).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(refused.message().contains("the bars of NQ1! 5m adjusted, a vendor's continuous series"), "{refused}");
    // The importer of contracts refuses such a file and says who takes it.
    let header = wire::ImportHeader {
        format: "tradingview".into(),
        root: "NQ".into(),
        file_name: NAME.into(),
        ..Default::default()
    };
    let refused = server.import_parts(header, vec![text.into_bytes()]).await.unwrap_err();
    assert!(refused.message().contains("`peakctl vendor-series import`"), "{refused}");
    assert_eq!(refused.metadata().get("imported-by").unwrap(), "vendor-series");
}

/// All that the service says of contracts, datasets and their validation.
async fn all_else(server: &Server) -> (Vec<wire::ContractBars>, wire::Dataset, Vec<wire::Dataset>, String) {
    let mut control = server.control.clone();
    let dataset = server.build(back_adjust()).await.unwrap();
    let root = || "NQ".to_owned();
    let contracts = control.list_contract_bars(wire::ListContractBarsRequest { root: root() }).await.unwrap();
    let datasets =
        control.list_datasets(wire::ListDatasetsRequest { root: root(), ..Default::default() }).await.unwrap();
    let request = wire::ValidateDatasetRequest { root: root(), ..Default::default() };
    let answers = control.validate_dataset(request).await.unwrap().into_inner();
    let answers: Vec<wire::ValidateDatasetResponse> = answers.try_collect().await.unwrap();
    let report = format!("{:?}", answers.last().unwrap().part);
    (contracts.into_inner().contracts, dataset, datasets.into_inner().datasets, report)
}

#[tokio::test]
async fn nothing_that_is_built_listed_or_validated_sees_it() {
    let mut told = Vec::new();
    for is_stored in [false, true] {
        let server = Server::start().await;
        // Minutes of the same days at other prices: one of them in a build would change it.
        if is_stored {
            for (name, minutes) in [("CME_MINI_NQ1!, 1.csv", 60), (NAME, 300)] {
                let text =
                    export("2025-03-14T15:00:00Z", 40, "20600").replace("21000,21500,20500", "20600,21500,20500");
                let apart = |line: &str| match line.split_once(',') {
                    Some((stamp, rest)) if stamp != "time" => {
                        let start = 1_741_964_400;
                        format!("{},{rest}\n", start + (stamp.parse::<i64>().unwrap() - start) / 300 * minutes)
                    }
                    _ => format!("{line}\n"),
                };
                import(&server, (name, "no"), &text.lines().map(apart).collect::<String>(), &[]).await.unwrap();
            }
            assert_eq!(list(&server).await.len(), 2);
        }
        let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |_| 80_000);
        let new = rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", |_| 80_800);
        server.import("NQ 03-25.Last.txt", &old).await.unwrap();
        server.import("NQ 06-25.Last.txt", &new).await.unwrap();
        told.push(all_else(&server).await);
        let others: Vec<String> =
            flights(&server).await.into_iter().filter(|path| !path.starts_with("vendor_continuous")).collect();
        assert_eq!(others, ["continuous/NQ/1m/BACK_ADJUST", "contract/NQH2025/1m", "contract/NQM2025/1m", "rolls/NQ"]);
    }
    assert_eq!(told[0], told[1]);
}
