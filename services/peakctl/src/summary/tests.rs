use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use peaktrade_wire::dataset::v1 as dataset;

use super::{LegFill, RollSummary, Summary};
use crate::documents::{DatasetDocument, ImportDocument, RollDocument};

fn roll(spread: &str) -> RollSummary {
    let message = dataset::Roll {
        from_symbol: "NQH2026".to_owned(),
        to_symbol: "NQM2026".to_owned(),
        roll_ts: Some(prost_types::Timestamp { seconds: 1_773_612_000, nanos: 0 }),
        spread: spread.to_owned(),
        spread_time: Some(prost_types::Timestamp { seconds: 1_773_435_540, nanos: 0 }),
        from_price: "22820.75".to_owned(),
        to_price: "23015.5".to_owned(),
        ..Default::default()
    };
    let leg = LegFill {
        contract: "NQH2026".to_owned(),
        side: "BUY",
        quantity: 2,
        price: "22817.25".to_owned(),
        time: "2026-03-15T22:00:00Z".to_owned(),
    };
    RollSummary { roll: RollDocument::new(&message).unwrap(), legs: vec![leg] }
}

fn import(rows: u64, dispositions: &[(&str, u64)]) -> ImportDocument {
    ImportDocument {
        file: "NQ 03-26.Last.txt".to_owned(),
        contract: "NQH2026".to_owned(),
        file_sha256: "ab".to_owned(),
        rows_in: rows,
        dispositions: dispositions.iter().map(|(kind, rows)| ((*kind).to_owned(), *rows)).collect(),
        first_time: None,
        last_time: None,
        rows_added: 0,
        rows_removed: 0,
        already_present: false,
    }
}

fn summary(imports: Vec<ImportDocument>) -> Summary {
    let message = dataset::Dataset {
        dataset_id: "sha256:12".to_owned(),
        root: "NQ".to_owned(),
        bar: "1m".to_owned(),
        method: "BACK_ADJUST".to_owned(),
        rows_in: 59_173,
        rows_out: 28_710,
        ..Default::default()
    };
    Summary {
        run_id: "dd93".to_owned(),
        session_id: "demo-1".to_owned(),
        pack: PathBuf::from("/packs/one two"),
        report: PathBuf::from("/packs/one two/report.html"),
        imports,
        dataset: DatasetDocument::new(&message).unwrap(),
        rolls: vec![roll("194.75")],
        orders: 226,
        fills: 255,
        blocks: BTreeMap::from([("session_closed".to_owned(), 1), ("max_order_qty".to_owned(), 3)]),
        cash: "250000".parse().unwrap(),
        profit: "-118.5".parse().unwrap(),
        fees: "1892".parse().unwrap(),
        fills_checked: 255,
        wall: Duration::from_millis(3_500),
        peak_rss_bytes: Some(100 << 20),
    }
}

#[test]
fn the_screen_says_where_every_row_and_dollar_went() {
    let files = vec![import(13_295, &[("kept", 13_291), ("duplicate", 4)]), import(5, &[("kept", 5), ("off_tick", 0)])];
    assert_eq!(
        summary(files).text(),
        "run       dd93\n\
         rows in   13,300 in 2 files: duplicate 4, kept 13,296\n\
         rows out  28,710 bars of NQ 1m BACK_ADJUST\n\
         dataset   sha256:12\n\
         roll      NQH2026 22820.75 -> NQM2026 23015.5 at 2026-03-13T20:59:00Z, spread +194.75; effective \
         2026-03-15T22:00:00Z\n\
         \x20           BUY 2 NQH2026 at 22817.25, 2026-03-15T22:00:00Z\n\
         orders    226 sent, 4 blocked, 255 fills\n\
         blocks    max_order_qty 3, session_closed 1\n\
         P&L       -118.50 USD after 1892.00 USD of fees, on 250000.00 USD\n\
         checked   255 of 255 fills lie inside the raw bar of their minute; the P&L is the sum over all fills\n\
         took      3.5 s, 100 MiB at most\n\
         pack      /packs/one two\n\
         report    file:///packs/one%20two/report.html\n"
    );
    assert!(roll("-3.25").text().contains("spread -3.25"), "a negative spread has one sign");
}

#[test]
fn the_document_has_the_names_that_scripts_rely_on() {
    let document = serde_json::to_value(summary(Vec::new()).document()).unwrap();
    for (key, expected) in [
        ("run_id", serde_json::json!("dd93")),
        ("pack", serde_json::json!("/packs/one two")),
        ("report", serde_json::json!("/packs/one two/report.html")),
        ("rows_in", serde_json::json!(59_173)),
        ("rows_out", serde_json::json!(28_710)),
        ("orders", serde_json::json!(226)),
        ("fills", serde_json::json!(255)),
        ("blocks", serde_json::json!({"max_order_qty": 3, "session_closed": 1})),
        ("pnl_usd", serde_json::json!("-118.50")),
        ("peak_rss_bytes", serde_json::json!(104_857_600)),
        ("wall_seconds", serde_json::json!(3.5)),
    ] {
        assert_eq!(document[key], expected, "{key}");
    }
    let roll = &document["rolls"][0];
    assert_eq!((&roll["from_symbol"], &roll["spread"]), (&"NQH2026".into(), &"194.75".into()));
    assert_eq!(roll["legs"][0]["price"], "22817.25");
}
