//! Every RPC, with what it answers and what it refuses.

mod contracts;
mod instants;
mod price_limits;
mod rolls;
mod sessions;

use peaktrade_domain::{Calendar, Sha256};
use peaktrade_wire::calendar::v1::{GetCalendarFileRequest, Segment};
use peaktrade_wire::timestamp;
use prost_types::Timestamp;
use tonic::{Code, Status};

use super::identity;
use crate::CalendarFile;

/// A refusal must have the code and name the field first.
#[track_caller]
fn check_refusal<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, message: &str) {
    let status = answer.expect_err(message);
    assert_eq!(status.code(), code, "{}", status.message());
    assert!(status.message().starts_with(message), "{:?} does not begin with {message:?}", status.message());
}

fn at(text: &str) -> Timestamp {
    timestamp(text.parse().unwrap())
}

fn segment(open: &str, close: &str) -> Segment {
    Segment { open: Some(at(open)), close: Some(at(close)) }
}

#[test]
fn the_file_in_force_is_named_and_handed_out_by_hash() {
    let file = CalendarFile::load(None).unwrap();
    let of_shipped = Sha256::of(Calendar::SHIPPED_FILE.as_bytes()).to_string();
    let identity = identity::get_calendar_info(file.calendar());
    assert_eq!((identity.sha256.as_str(), identity.version.as_str()), (of_shipped.as_str(), "2026.11.3"));
    assert_eq!((identity.valid_from.as_str(), identity.valid_to.as_str()), ("2015-01-01", "2027-12-31"));
    assert_eq!(identity.roots, ["ES", "M2K", "MES", "MNQ", "MYM", "NQ", "RTY", "YM"]);
    assert!(!identity.sources.is_empty());
    assert_eq!(identity.time_zone_database, Calendar::TIME_ZONE_DATABASE);
    assert_eq!(identity.projected_from, "2027-01-01");
    let outages: Vec<_> = identity.outages.iter().map(|outage| (outage.name.as_str(), outage.from)).collect();
    assert_eq!(
        outages,
        [
            ("Open delayed for the leap second", Some(at("2015-06-30T22:00:00Z"))),
            ("Data centre cooling failure", Some(at("2025-11-28T03:00:00Z"))),
        ]
    );

    let get = |sha256: &str| identity::get_calendar_file(&file, &GetCalendarFileRequest { sha256: sha256.to_owned() });
    for asked in ["", of_shipped.as_str()] {
        let answer = get(asked).unwrap();
        assert_eq!(answer.content, Calendar::SHIPPED_FILE.as_bytes());
        assert_eq!(answer.sha256, of_shipped);
    }
    check_refusal(get(&"0".repeat(64)), Code::NotFound, "sha256: calendar 0000");
    check_refusal(get("latest"), Code::InvalidArgument, "sha256: digest \"latest\"");
}
