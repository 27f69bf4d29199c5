//! One regular session of one contract, simple enough to know every fill by heart, put into a running stack.

use std::fmt::Write;

use peaktrade_testkit::Stack;
use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::common::v1::{Order, OrderType, Side, TimeInForce};
use peaktrade_wire::dataset::v1 as dataset;
use prost_types::Timestamp;

/// The contract, a month away from its expiry, so that nothing rolls.
pub(crate) const CONTRACT: &str = "NQH2026";
/// Trade date Tuesday 2026-02-03 opens Monday 17:00 in Chicago, 23:00 UTC.
const OPEN_SECONDS: i64 = 1_770_073_200;
/// A regular session has 23 hours.
const MINUTES: i64 = 23 * 60;
/// Where the tests park the clock: Tuesday 15:00 UTC, sixteen hours into the session.
pub(crate) const CLOCK: Timestamp = Timestamp { seconds: OPEN_SECONDS + 16 * 3_600, nanos: 0 };
/// Account of the tests.
pub(crate) const ACCOUNT: &str = "test";

/// Open of the bar at a minute of the session, in quarter points: it climbs one tick a minute and starts over each hour.
fn open_quarters(minute: i64) -> i64 {
    80_000 + minute % 60
}

/// Decimal text of an amount in quarter points, without trailing zeros, as the services write it.
pub(crate) fn points(quarters: i64) -> String {
    let fraction = ["", ".25", ".5", ".75"][usize::try_from(quarters % 4).unwrap()];
    format!("{}{fraction}", quarters / 4)
}

/// Price at which a market order fills at the clock: the open of that minute's bar, one tick worse by the illustrative
/// fee file, inside the bar's range of four ticks either way.
pub(crate) fn fill_price(clock: &Timestamp, side: Side) -> String {
    let open = open_quarters((clock.seconds - OPEN_SECONDS) / 60);
    points(if side == Side::Buy { open + 1 } else { open - 1 })
}

/// The session as a NinjaTrader export, stamped at the close of each bar. Volume is no limit to what the tests trade.
fn ninjatrader_text() -> String {
    let mut text = String::new();
    for minute in 0..MINUTES {
        let open = open_quarters(minute);
        // Monday 23:00 is the session's start; a stamp is one minute later, and midnight begins after 60 minutes.
        let stamp_minute = 23 * 60 + minute + 1;
        let (day, hour, minute_of_hour) = (2 + stamp_minute / 1_440, stamp_minute / 60 % 24, stamp_minute % 60);
        writeln!(
            text,
            "202602{day:02} {hour:02}{minute_of_hour:02}00;{};{};{};{};1000000",
            points(open),
            points(open + 4),
            points(open - 4),
            points(open + 1),
        )
        .unwrap();
    }
    text
}

/// Imports the session and builds the continuous series over it; gives the dataset's id.
pub(crate) async fn load(stack: &Stack) -> String {
    let header = dataset::ImportHeader {
        format: "ninjatrader".to_owned(),
        root: "NQ".to_owned(),
        file_name: "NQ 03-26.Last.txt".to_owned(),
        ..Default::default()
    };
    let part = |part| dataset::ImportBarsRequest { part: Some(part) };
    let messages = vec![
        part(dataset::import_bars_request::Part::Header(header)),
        part(dataset::import_bars_request::Part::Chunk(ninjatrader_text().into())),
    ];
    let imported = stack.dataset().import_bars(tokio_stream::iter(messages)).await.unwrap().into_inner();
    assert_eq!(imported.contract, CONTRACT);
    assert_eq!(imported.rows_in, 1_380);
    let kept = imported.dispositions.iter().find(|disposition| disposition.kind == "kept").unwrap();
    assert_eq!(kept.rows, 1_380, "{:?}", imported.dispositions);

    let request = dataset::BuildContinuousRequest {
        root: "NQ".to_owned(),
        bar: "1m".to_owned(),
        method: "BACK_ADJUST".to_owned(),
        ..Default::default()
    };
    let mut parts = stack.dataset().build_continuous(request).await.unwrap().into_inner();
    while let Some(message) = parts.message().await.unwrap() {
        if let Some(dataset::build_continuous_response::Part::Dataset(built)) = message.part {
            assert_eq!(built.rows_out, 1_380);
            return built.dataset_id;
        }
    }
    panic!("the build ended without a dataset");
}

/// Opens a session at the broker with its clock parked at [`CLOCK`].
pub(crate) async fn open_session(stack: &Stack, dataset_id: &str, session_id: &str) {
    let request = broker::OpenSessionRequest {
        session_id: session_id.to_owned(),
        account: ACCOUNT.to_owned(),
        cash_usd: "1000000".to_owned(),
        dataset_id: dataset_id.to_owned(),
        clock: Some(CLOCK),
    };
    let opened = stack.paper_broker().open_session(request).await.unwrap().into_inner();
    assert_eq!(opened.contracts, [CONTRACT]);
}

/// A market order for the day.
pub(crate) fn order(session_id: &str, client_order_id: &str, contract: &str, side: Side, quantity: u32) -> Order {
    Order {
        session_id: session_id.to_owned(),
        account: ACCOUNT.to_owned(),
        client_order_id: client_order_id.to_owned(),
        contract: contract.to_owned(),
        side: side.into(),
        quantity,
        order_type: OrderType::Market.into(),
        time_in_force: TimeInForce::Day.into(),
    }
}

#[test]
fn the_market_is_what_the_tests_say() {
    let text = ninjatrader_text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1_380);
    assert_eq!(lines[0], "20260202 230100;20000;20001;19999;20000.25;1000000");
    assert_eq!(lines[59], "20260203 000000;20014.75;20015.75;20013.75;20015;1000000");
    assert_eq!(lines[1_379], "20260203 220000;20014.75;20015.75;20013.75;20015;1000000");
    assert_eq!(fill_price(&CLOCK, Side::Buy), "20000.25");
    assert_eq!(fill_price(&CLOCK, Side::Sell), "19999.75");
}
