//! `peakctl import` when a file is refused: what was imported before it, and the command that helps.

use std::path::Path;

use serde_json::Value;

use crate::desk::{CONTRACTS, Desk, EXIT_INPUT, printed_command, rows};

const NINJATRADER: [&str; 5] = ["import", "--format", "ninjatrader", "--root", "NQ"];

#[test]
fn files_before_a_refused_one_stay_imported_and_are_told() {
    let desk = Desk::new();
    let good = desk.write_contract("03-25", CONTRACTS[0].1);
    let bad = desk.write("NQ 06-25.Last.txt", "not;a;bar\n");
    let never = desk.write_contract("09-25", CONTRACTS[2].1);
    let line = [&NINJATRADER[..], &[&good, &bad, &never]].concat();
    let run = desk.run(&line);
    assert_eq!(run.code, Some(EXIT_INPUT), "{}", run.stderr);
    assert!(run.stdout.contains("NQ 03-25.Last.txt  NQH2025"), "{}", run.stdout);
    assert!(!run.stdout.contains("09-25") && run.stderr.contains("NQ 06-25.Last.txt"), "{}", run.stderr);

    let run = desk.run(&[&line[..], &["--json"]].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let files = document["files"].as_array().unwrap();
    assert_eq!((files.len(), &files[0]["already_present"]), (1, &true.into()), "{document}");
    assert_eq!(document["error"]["exit_code"], EXIT_INPUT);
    assert!(document["error"]["message"].as_str().unwrap().contains("NQ 06-25.Last.txt"), "{document}");

    // Nothing was imported before the first.
    let run = desk.run(&[&NINJATRADER[..], &[&bad, "--json"]].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&document["files"], &document["error"]["kind"]), (&Value::Array(vec![]), &"bad_input".into()));
}

#[test]
fn the_corrected_command_works_on_the_same_store() {
    let desk = Desk::new();
    let store = desk.path("my store").display().to_string();
    let bars = "date,open,high,low,close,volume\n20250314 09:00:00,20000,20000,20000,20000,1\n";
    let file = desk.write("NQH5.csv", bars);
    let run = desk.run_bare(&["import", "--format", "ibkr", "--root", "NQ", &file, "--data-dir", &store]);
    assert_eq!(run.code, Some(EXIT_INPUT), "{}", run.stderr);
    let command = printed_command(&run);
    assert!(command.contains(" --prices raw --bar 1m ") && command.ends_with(&format!("--data-dir '{store}'")));
    // The zone comes to light once the rest is stated.
    let command = printed_command(&desk.shell(&command));
    let run = desk.shell(&command);
    assert_eq!(run.code, Some(0), "{command}: {}", run.stderr);
    assert!(Path::new(&store).join("dataset").is_dir() && !Path::new(&desk.store()).exists());
}

#[test]
fn the_superseding_command_resolves_a_conflict_in_the_store_that_was_meant() {
    let desk = Desk::with_bars();
    let store = desk.store();
    let revised = desk.write("NQ 03-25.Last.txt", &rows("2025-03-14T15:00:00Z", "2025-03-14T16:00:00Z", 80_004));
    let line = [&NINJATRADER[..], &[&revised, "--data-dir", &store]].concat();
    let run = desk.run_bare(&line);
    assert_eq!(run.code, Some(EXIT_INPUT), "{}", run.stderr);
    let command = printed_command(&run);
    assert!(command.contains(" --supersede ") && command.contains("--data-dir "), "{command}");
    let run = desk.shell(&command);
    assert_eq!(run.code, Some(0), "{command}: {}", run.stderr);
    assert!(
        run.stdout.contains("NQH2025") && run.stdout.contains(" stored bars taken out, 60 put in"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_pipe_is_refused_before_anybody_waits_for_it() {
    let desk = Desk::new();
    let pipe = desk.path("NQ 03-25.Last.txt").display().to_string();
    assert_eq!(desk.shell(&format!("mkfifo '{pipe}'")).code, Some(0));
    for line in [NINJATRADER.to_vec(), vec!["settlements", "import", "--format", "csv", "--root", "NQ"]] {
        let run = desk.run(&[&line[..], &[&pipe]].concat());
        assert_eq!(run.code, Some(EXIT_INPUT), "{}", run.stderr);
        assert!(run.stderr.contains("is no file"), "{}", run.stderr);
    }
}
