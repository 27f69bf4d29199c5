//! `peakctl build`, `datasets` and `export`: variants, kinds, deletion after a "yes", files that are not overwritten.

use serde_json::Value;

use crate::desk::{Desk, EXIT_CHECK, EXIT_INPUT, EXIT_USAGE};

fn id(dataset: &Value) -> &str {
    dataset["dataset_id"].as_str().unwrap()
}

#[test]
fn an_empty_list_names_the_next_command_for_the_root_that_was_asked() {
    let desk = Desk::new();
    let list = |root: &str| desk.run_bare(&["datasets", "list", "--root", root, "--data-dir", &desk.store()]).stdout;
    let import = list("MNQ");
    let expected = format!("import --format ninjatrader --root MNQ FILE... --data-dir {}`", desk.store());
    assert!(import.starts_with("no datasets; next: `") && import.contains(&expected), "{import}");
    let desk = Desk::with_bars();
    let run = desk.run(&["datasets", "list"]);
    assert!(run.stdout.contains(" build --root NQ --bar 1m --method BACK_ADJUST`"), "{}", run.stdout);
    let run = desk.run_bare(&["rolls", "explain", "--data-dir", &desk.store()]);
    assert_eq!(run.code, Some(EXIT_INPUT));
    let command = format!("build --root NQ --bar 1m --method BACK_ADJUST --data-dir {}`", desk.store());
    assert!(run.stderr.contains("bars of 1m over the full session") && run.stderr.contains(&command), "{}", run.stderr);
}

#[test]
fn a_series_behind_the_front_and_prices_on_the_tick_are_variants() {
    let desk = Desk::with_bars();
    let front = desk.build(&[]);
    let second = desk.build(&["--depth", "1"]);
    assert_eq!(front["contracts"], serde_json::json!(["NQH2025", "NQM2025"]));
    assert_eq!(second["contracts"], serde_json::json!(["NQM2025", "NQU2025"]));
    assert_eq!((&front["rolls"][0]["spread"], &second["rolls"][0]["spread"]), (&"200".into(), &"175".into()));
    assert_eq!((second["depth"].as_u64(), front.get("depth")), (Some(1), None));
    assert!(front.get("minutes_taken").is_none(), "minutes are made of themselves");

    for (more, part) in [
        (&["--depth", "5"][..], "at most 4 are allowed"),
        (&["--depth", "1", "--roll-trigger", "volume:1,2,1000"], "allowed: 0"),
        (&["--max-spread-basis-points", "10001"], "at most 10000 are allowed"),
    ] {
        let run = desk.run(&[&crate::desk::BUILD[..], more].concat());
        assert!(run.code == Some(EXIT_INPUT) && run.stderr.contains(part), "{more:?}: {}", run.stderr);
    }

    let ratio = |more: &[&str]| {
        let line = [&["build", "--root", "NQ", "--bar", "1m", "--method", "RATIO_ADJUST", "--json"], more].concat();
        let built = desk.run(&line).json();
        let path = format!("continuous/NQ/1m/RATIO_ADJUST/@{}", id(&built));
        (desk.run(&["bars", &path, "--canonical", "--limit", "3"]), built)
    };
    let (off_grid, _) = ratio(&[]);
    assert!(off_grid.code == Some(EXIT_CHECK) && off_grid.stderr.contains("is not on the tick of 0.25"));
    let (on_grid, snapped) = ratio(&["--snap"]);
    assert_eq!((on_grid.code, on_grid.stdout.lines().count()), (Some(0), 4), "{}", on_grid.stderr);
    assert_eq!(snapped["snap"], true);

    let hours = desk.build(&["--session", "rth", "--to", "2025-03-14"]);
    let minutes = |name: &str| hours[name].as_u64().unwrap();
    assert_eq!(
        (hours["session"].as_str(), minutes("rows_out"), minutes("minutes_outside_session")),
        (Some("rth"), 390, 990)
    );
    let days = ["build", "--root", "NQ", "--bar", "1d", "--method", "BACK_ADJUST"];
    let text = desk.run(&days).stdout;
    assert!(text.contains("minutes   2,760 in the bars"), "{text}");
    let days = desk.run(&[&days[..], &["--json"]].concat()).json();
    let total = ["minutes_taken", "rows_inactive"].map(|name| days[name].as_u64().unwrap()).iter().sum::<u64>();
    assert_eq!((&days["minutes_taken"], days["rows_in"].as_u64()), (&2_760.into(), Some(total)), "{days}");
}

#[test]
fn the_newest_of_each_kind_is_what_stays_when_one_is_kept() {
    let desk = Desk::with_bars();
    let older = desk.build(&["--to", "2025-03-14"]);
    let newer = desk.build(&[]);
    let regular = desk.build(&["--session", "rth"]);
    let days = desk.run(&["build", "--root", "NQ", "--bar", "1d", "--method", "NONE", "--json"]).json();
    let listed = desk.run(&["datasets", "list", "--json"]).json();
    let listed: Vec<(&str, &Value)> = listed["datasets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dataset| (id(dataset), &dataset["is_newest_of_kind"]))
        .collect();
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    assert_eq!(listed, [(id(&days), &yes), (id(&older), &no), (id(&newer), &yes), (id(&regular), &yes)]);
    let table = desk.run(&["datasets", "list", "--root", "NQ"]).stdout;
    assert!(table.lines().any(|line| line.contains("  rth  ") && line.ends_with(id(&regular))), "{table}");

    let gc = "\"$PEAKCTL\" datasets gc --root NQ --keep 1";
    let dry = desk.shell(&format!("{gc} --dry-run"));
    let digest = id(&older).trim_start_matches("sha256:");
    assert!(dry.code == Some(0) && dry.stdout.contains(digest), "{}{}", dry.stdout, dry.stderr);
    assert!(
        dry.stdout.contains("1 newer builds of NQ 1m BACK_ADJUST with the same roll policy, session, snap and depth")
    );
    for kept in [&newer, &regular, &days] {
        assert!(!dry.stdout.contains(id(kept).trim_start_matches("sha256:")), "{}", dry.stdout);
    }
    for answer in ["no", "", "y"] {
        let refused = desk.shell(&format!("echo {answer} | {gc}"));
        assert_eq!(refused.code, Some(EXIT_CHECK), "{answer:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("type yes to do it"), "{}", refused.stderr);
        assert_eq!(desk.run(&["datasets", "show", id(&older)]).code, Some(0), "{answer:?} deleted it");
    }
    assert_eq!(desk.run(&["datasets", "gc", "--keep", "1", "--json"]).code, Some(EXIT_USAGE));
    let done = desk.shell(&format!("echo yes | {gc}"));
    assert!(done.code == Some(0) && done.stderr.contains("deleted 1 things"), "{}", done.stderr);
    let gone = desk.run(&["datasets", "show", id(&older)]);
    assert!(gone.code == Some(EXIT_INPUT) && gone.stderr.contains("it was deleted as garbage"), "{}", gone.stderr);
    let empty = desk.run(&["datasets", "gc", "--keep", "1", "--yes", "--json"]).json();
    assert_eq!((&empty["items"], &empty["deleted"]), (&Value::Array(vec![]), &no));
}

#[test]
fn a_dataset_is_shown_down_to_its_files() {
    let desk = Desk::with_bars();
    let built = desk.build(&[]);
    let shown = desk.run(&["datasets", "show", id(&built), "--json"]).json();
    assert_eq!(shown["content_sha256"], built["content_sha256"]);
    let inputs = shown["inputs"].as_array().unwrap();
    assert_eq!((inputs.len(), &inputs[0]["contract"], inputs[0]["rows"].as_u64()), (2, &"NQH2025".into(), Some(2_760)));
    assert_eq!(inputs[0]["sources"][0]["file_name"], "NQ 03-25.Last.txt");
    assert!(shown.get("settlements").is_none(), "the calendar decided");
    let text = desk.run(&["datasets", "show", id(&built)]).stdout;
    assert!(text.contains("vendor files\n") && text.contains("NQ 06-25.Last.txt"), "{text}");
    assert_eq!(desk.run(&["datasets", "show", "sha256:00"]).code, Some(EXIT_INPUT));
}

#[test]
fn an_export_overwrites_no_other_series_and_keeps_the_references_of_others() {
    let desk = Desk::with_bars();
    let adjusted = desk.build(&[]);
    let raw = desk.run(&["build", "--root", "NQ", "--bar", "1m", "--method", "NONE", "--json"]).json();
    let cache = desk.path("cache").display().to_string();
    let export = |dataset: &Value, more: &[&str]| {
        desk.run(&[&["export", id(dataset), "--out", &cache], more, &["--json"]].concat())
    };
    let first = export(&adjusted, &["--refs", "cme/adjusted"]).json();
    assert_eq!(export(&adjusted, &["--refs", "cme/adjusted"]).json(), first, "the same again is the same");
    let bytes = std::fs::read(first["bars"].as_str().unwrap()).unwrap();
    for (dataset, stamp) in [(&raw, "open"), (&adjusted, "close")] {
        let run = export(dataset, &["--refs", "cme/adjusted", "--stamp", stamp]);
        let told =
            format!("holds dataset {}, stamped utc_bar_open_inclusive_start; another --out or --refs", id(&adjusted));
        assert!(run.code == Some(EXIT_INPUT) && run.stderr.contains(&told), "{}", run.stderr);
    }
    assert_eq!(std::fs::read(first["bars"].as_str().unwrap()).unwrap(), bytes);
    let second = export(&raw, &["--refs", "cme/raw"]).json();
    let references = std::fs::read_to_string(desk.path("cache/market_data_refs.json")).unwrap();
    let references: Value = serde_json::from_str(&references).unwrap();
    let held: Vec<_> =
        references["refs"].as_array().unwrap().iter().map(|held| (&held["ref_id"], &held["sha256_hint"])).collect();
    let expected = [(&adjusted["dataset_id"], &first["file_sha256"]), (&raw["dataset_id"], &second["file_sha256"])];
    assert_eq!(held, expected);
}
