use arrow_flight::FlightDescriptor;
use peaktrade_wire::dataset::v1::BarQuery;
use prost::Message as _;
use tonic::Code;

use super::{Address, Any, Query, Version};

const DATASET: &str = "sha256:00000000000000000000000000000000000000000000000000000000000000aa";

fn path(path: &[&str]) -> Result<Query, tonic::Status> {
    Query::of_descriptor(&FlightDescriptor::new_path(path.iter().map(|name| (*name).to_owned()).collect()))
}

fn refuse(found: Result<Query, tonic::Status>, code: Code, part: &str) {
    let status = found.unwrap_err();
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(part), "{status}");
}

#[test]
fn paths_name_a_series_and_a_version() {
    let version = |last: &str| match path(&["continuous", "NQ", "1m", "BACK_ADJUST", last]).unwrap().address {
        Address::Continuous { version, .. } => version,
        _ => panic!("{last}"),
    };
    assert_eq!(version(&format!("@{DATASET}")), Version::Dataset(DATASET.parse().unwrap()));
    assert_eq!(version("@asof:2025-03-17T00:00:00Z"), Version::AsOf("2025-03-17T00:00:00Z".parse().unwrap()));
    let newest = path(&["continuous", "NQ", "1m", "NONE"]).unwrap();
    assert!(matches!(newest.address, Address::Continuous { version: Version::Newest, .. }));
    let pinned = path(&["contract", "NQH2025", "1m", &format!("@{DATASET}")]).unwrap().address;
    assert_eq!(pinned, Address::Contract { contract: "NQH2025".parse().unwrap(), pin: DATASET.parse().ok() });
    let rolls = path(&["rolls", "NQ"]).unwrap().address;
    assert_eq!(rolls, Address::Rolls { root: "NQ".to_owned(), pin: None });
}

#[test]
fn what_is_no_path_is_refused_by_name() {
    for bad in [&[][..], &[""], &["../../etc/passwd"], &["continuous", "NQ"], &["rolls"], &["@asof:x"]] {
        refuse(path(bad), Code::NotFound, "no series");
    }
    refuse(path(&["continuous", "NQ", "7m", "NONE"]), Code::InvalidArgument, "bar size \"7m\" is not built");
    refuse(path(&["continuous", "NQ", "1m", "BLENDED"]), Code::InvalidArgument, "BLENDED");
    refuse(path(&["contract", "NQH25", "1m"]), Code::InvalidArgument, "NQH25");
    refuse(path(&["contract", "NQ", "1m"]), Code::InvalidArgument, "\"NQ\"");
    refuse(path(&["continuous", "NQ", "1m", "NONE", "@v3"]), Code::InvalidArgument, "v3");
    refuse(path(&["continuous", "NQ", "1m", "NONE", "@asof:2025-03-17"]), Code::InvalidArgument, "RFC 3339");
    refuse(path(&["contract", "NQH2025", "1m", "@asof:2025-03-17T00:00:00Z"]), Code::InvalidArgument, "not adjusted");
    refuse(Query::of_descriptor(&FlightDescriptor::default()), Code::InvalidArgument, "neither PATH nor CMD");
}

#[test]
fn commands_are_json_or_an_any() {
    let json = br#"{"path": ["contract", "NQH2025", "1m"], "start": "2025-01-02T15:00:00Z",
        "extra_columns": ["contract", "segment"]}"#;
    let query = BarQuery {
        path: ["contract", "NQH2025", "1m"].map(str::to_owned).to_vec(),
        start: Some(peaktrade_wire::timestamp("2025-01-02T15:00:00Z".parse().unwrap())),
        end: None,
        extra_columns: vec!["segment".to_owned(), "contract".to_owned()],
    };
    let any = |type_url: &str, value: Vec<u8>| Any { type_url: type_url.to_owned(), value }.encode_to_vec();
    let packed = any("type.googleapis.com/peaktrade.futures.dataset.v1.BarQuery", query.encode_to_vec());
    assert_eq!(Query::of_command(json).unwrap(), Query::of_command(&packed).unwrap());

    let refuse = |command: &[u8], code, part| refuse(Query::of_command(command), code, part);
    refuse(br#"{"path": ["contract", "NQH2025", "1m"], "limit": 3}"#, Code::InvalidArgument, "unknown field `limit`");
    refuse(br#"{"start": "2025-01-02T15:00:00Z"}"#, Code::InvalidArgument, "missing field `path`");
    refuse(br#"{"path": [], "start": "2025-01-02 15:00"}"#, Code::InvalidArgument, "RFC 3339");
    refuse(
        br#"{"path": ["contract", "NQH2025", "1m"], "start": "2025-01-03T00:00:00Z", "end": "2025-01-02T00:00:00Z"}"#,
        Code::InvalidArgument,
        "before start",
    );
    let sql = any("type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery", Vec::new());
    refuse(&sql, Code::Unimplemented, "CommandStatementQuery");
    refuse(b"select 1", Code::InvalidArgument, "no BarQuery");
    refuse(&[b'{'; 20_000], Code::InvalidArgument, "20000 bytes");
}
