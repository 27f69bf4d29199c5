//! `peakctl rolls`: the evidence of a roll in words, numbers and a picture, and two policies side by side.

use serde_json::Value;

use crate::desk::{CONTRACTS, Desk, EXIT_INPUT, EXIT_USAGE, rows};

#[test]
fn a_roll_is_explained_with_all_its_evidence() {
    let desk = Desk::with_bars();
    let built = desk.build(&[]);
    let explained = desk.run(&["rolls", "explain", "--json"]).json();
    assert_eq!(explained["dataset_id"], built["dataset_id"]);
    let explanation = &explained["explanations"][0];
    let roll = &explanation["roll"];
    assert_eq!((&roll["spread"], &roll["to_time"]), (&"200".into(), &roll["spread_time"]));
    assert_eq!((&roll["from_volume"], &roll["spread_deviation"]), (&10.into(), &"0".into()));
    let shown = desk.run(&["datasets", "show", built["dataset_id"].as_str().unwrap(), "--json"]).json();
    for (side, input) in [("from", &shown["inputs"][0]), ("to", &shown["inputs"][1])] {
        assert_eq!(roll[format!("{side}_content_sha256")], input["content_sha256"]);
        assert_eq!(roll[format!("{side}_source_sha256")][0], input["sources"][0]["sha256"]);
    }
    let last_common = &explanation["candidates"].as_array().unwrap().iter().find(|said| said["is_applied"] == true);
    let last_common = last_common.expect("the applied method is among them");
    assert_eq!((&last_common["method"], &last_common["to_volume"]), (&"last_common".into(), &10.into()));
    assert_eq!(last_common["stale_session_minutes"], roll["stale_session_minutes"]);
    let text = desk.run(&["rolls", "explain"]).stdout;
    let digest = roll["from_content_sha256"].as_str().unwrap();
    assert!(text.contains(&format!("NQH2025 {} from vendor files ", &digest[..12])), "{text}");
}

#[test]
fn a_roll_decided_by_volume_says_by_which_days() {
    let desk = Desk::with_bars();
    let trigger = ["--roll-trigger", "volume:1,1,1|else:monday_before_third_friday"];
    let built = desk.build(&trigger);
    let dataset_id = built["dataset_id"].as_str().unwrap();
    let explained = desk.run(&["rolls", "explain", "--dataset", dataset_id, "--json"]).json();
    let decision = &explained["explanations"][0]["roll"]["decision"];
    assert_eq!((&decision["by"], &decision["decided_on"]), (&"counts".into(), &"2025-03-14".into()), "{explained}");
    let day = &decision["days"][0];
    assert_eq!(
        (&day["trade_date"], &day["from_contracts"], &day["to_contracts"]),
        (&"2025-03-14".into(), &13_800.into(), &13_800.into())
    );
    assert_eq!(day["known_at"], "2025-03-14T21:00:00Z");
}

#[test]
fn a_picture_shows_the_bars_that_the_dataset_was_made_with() {
    let desk = Desk::with_bars();
    let built = desk.build(&[]);
    let dataset_id = built["dataset_id"].as_str().unwrap();
    let draw = |name: &str| {
        let page = desk.path(name).display().to_string();
        let run = desk.run(&["rolls", "explain", "--dataset", dataset_id, "--html", &page]);
        assert!(run.code == Some(0) && run.stderr.contains("written"), "{}", run.stderr);
        std::fs::read_to_string(page).unwrap()
    };
    let before = draw("before.html");
    assert_eq!(before.matches("<svg").count(), 3, "closes, spread, volume");
    assert!(before.contains("NQH2025") && before.contains("[\"2025-03-14T20:59:00Z\",["), "{before}");
    assert!(!before.contains("http"), "the page needs nothing else");

    // A revision takes the place of the file: the newest bars differ, the dataset's do not.
    let source = built["source_sha256"].as_array().unwrap().iter().map(|sha256| sha256.as_str().unwrap());
    let old = desk.write_contract("03-25", CONTRACTS[0].1);
    let superseded = desk.run(&["import", "--format", "ninjatrader", "--root", "NQ", &old, "--json"]).json();
    let superseded = superseded["files"][0]["file_sha256"].as_str().unwrap().to_owned();
    assert!(source.into_iter().any(|sha256| sha256 == superseded));
    let revised = desk.write("NQ 03-25.Last.txt", &rows("2025-03-13T22:00:00Z", "2025-03-14T21:00:00Z", 80_040));
    let run = desk.run(&["import", "--format", "ninjatrader", "--root", "NQ", "--supersede", &superseded, &revised]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(draw("after.html"), before);
}

#[test]
fn two_policies_stand_side_by_side() {
    let desk = Desk::with_bars();
    let diff = |more: &[&str]| desk.run(&[&["rolls", "diff", "--root", "NQ"], more].concat());
    let json = |more: &[&str]| diff(&[more, &["--json"]].concat()).json();
    let same = json(&["--right-spread", "median_common_30"]);
    assert_eq!((&same["rolls_differing"], &same["rolls"][0]["differs"]), (&0.into(), &Value::Bool(false)), "{same}");
    assert!(same["right_policy"].as_str().unwrap().contains("median_common_30"));
    let left = &same["rolls"][0]["left"];
    let digest = |name: &str| left[name].as_str().unwrap().len();
    assert_eq!((digest("from_content_sha256"), digest("to_content_sha256")), (64, 64));
    assert_eq!(left["from_source_sha256"].as_array().unwrap().len(), 1);

    let table = desk.write(
        "rolls.json",
        "[{\"from_symbol\":\"NQH2025\",\"to_symbol\":\"NQM2025\",\"roll_ts\":\"2025-03-14T15:00:00Z\"}]",
    );
    let by_hand = json(&["--right-roll-table", &table, "--max-spread-basis-points", "200"]);
    assert_eq!(
        (&by_hand["rolls_differing"], &by_hand["rolls"][0]["right"]["roll_ts"]),
        (&1.into(), &"2025-03-14T15:00:00Z".into())
    );
    let text = diff(&["--right-roll-table", &table]).stdout;
    assert!(text.contains("1 of 1 rolls differ") && text.contains("Out of NQH2025: the first rolls at"), "{text}");
    let early = json(&["--as-of", "2025-03-14T16:00:00Z", "--right-roll-table", &table]);
    assert_eq!(
        (&early["rolls"][0]["left"], &early["rolls"][0]["right"]["trade_date"]),
        (&Value::Null, &"2025-03-14".into())
    );

    let refused = diff(&["--max-spread-basis-points", "1"]);
    assert!(refused.code == Some(EXIT_INPUT) && refused.stderr.contains("left policy"), "{}", refused.stderr);
    assert_eq!(diff(&["--as-of", "2025-03-14"]).code, Some(EXIT_INPUT));
    assert_eq!(diff(&["--left-roll-table", &table, "--left-trigger", "cme_lead"]).code, Some(EXIT_USAGE));
}

#[test]
fn a_planned_policy_has_the_name_that_a_build_takes() {
    let desk = Desk::new();
    let plan = |trigger: &[&str]| {
        let line = ["rolls", "schedule", "--root", "NQ", "--from", "2025-03-01", "--to", "2025-03-31", "--json"];
        desk.run(&[&line[..], trigger].concat()).json()
    };
    let named = plan(&["--roll-trigger", "n_trade_dates_before:5"]);
    assert_eq!(named, plan(&["--roll-trigger", "n_trade_dates_before", "--trade-dates-before", "5"]));
    assert!(named["policy"].as_str().unwrap().starts_with("n_trade_dates_before:5@"), "{named}");
}
