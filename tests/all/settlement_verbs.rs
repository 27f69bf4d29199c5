//! `peakctl settlements`: import, conflict, supersede, list, and the spread that rests on them.

use serde_json::{Value, json};

use crate::desk::{Desk, EXIT_INPUT, printed_command};

const HEADER: &str = "contract,trade_date,settlement,open_interest\n";
const IMPORT: [&str; 6] = ["settlements", "import", "--format", "csv", "--root", "NQ"];

fn import(desk: &Desk, name: &str, rows: &str) -> peaktrade_testkit::Run {
    let path = desk.write(name, &format!("{HEADER}{rows}"));
    desk.run(&[&IMPORT[..], &[&path]].concat())
}

#[test]
fn a_conflict_is_resolved_by_the_command_that_it_prints() {
    let desk = Desk::new();
    let run = import(&desk, "first.csv", "NQH2025,2025-03-13,19990,1000\nNQH2025,2025-03-14,20000,900\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("first.csv") && run.stdout.contains("NQH2025"), "{}", run.stdout);
    assert!(import(&desk, "again.csv", "NQH2025,2025-03-13,19990,1000\n").stdout.contains("already present"));

    let store = desk.store();
    let second = desk.write("second.csv", &format!("{HEADER}NQH2025,2025-03-14,20000.25,900\n"));
    let run = desk.run_bare(&[&IMPORT[..], &[&second, "--data-dir", &store]].concat());
    assert_eq!(run.code, Some(EXIT_INPUT), "{}", run.stderr);
    assert!(run.stderr.contains("1 trade dates of NQH2025 differ"), "{}", run.stderr);
    let command = printed_command(&run);
    assert_eq!((command.matches("--supersede ").count(), command.matches("--data-dir ").count()), (1, 1), "{command}");
    let run = desk.shell(&command);
    assert_eq!(run.code, Some(0), "{command}: {}", run.stderr);

    let listed = desk.run(&["settlements", "list", "--root", "NQ", "--contract", "NQH2025", "--json"]).json();
    let facts: Vec<(&Value, &Value)> = listed["contracts"][0]["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| (&fact["trade_date"], &fact["settlement"]))
        .collect();
    assert_eq!(
        facts,
        [(&json!("2025-03-14"), &json!("20000.25"))],
        "the superseded file left with all that it had said"
    );
    let text = desk.run(&["settlements", "list", "--root", "NQ"]).stdout;
    assert!(text.lines().any(|line| line.starts_with("NQH2025") && line.ends_with("2025-03-14")), "{text}");
    let none = desk.run(&["settlements", "list", "--root", "MNQ"]).stdout;
    assert_eq!(none, "no settlements of MNQ are stored\n");
}

#[test]
fn files_before_a_refused_one_stay_imported_and_are_told() {
    let desk = Desk::new();
    let good = desk.write("good.csv", &format!("{HEADER}NQH2025,2025-03-14,20000,900\n"));
    let bad = desk.write("bad.csv", "contract;date\n");
    let run = desk.run(&[&IMPORT[..], &[&good, &bad, "--json"]].concat());
    assert_eq!(run.code, Some(EXIT_INPUT), "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&document["files"][0]["file"], &document["error"]["exit_code"]), (&json!("good.csv"), &json!(65)));
    let run = desk.run(&[&IMPORT[..], &[&good, &bad]].concat());
    assert!(run.stdout.contains("good.csv") && run.stderr.contains("bad.csv"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_spread_of_settlements_names_them_among_the_inputs() {
    let desk = Desk::with_bars();
    let facts = "NQH2025,2025-03-14,20000,900\nNQM2025,2025-03-14,20200.05,800\n";
    assert_eq!(import(&desk, "facts.csv", facts).code, Some(0));
    let built = desk.build(&["--spread", "settlement"]);
    assert_eq!(built["rolls"][0]["spread"], "200.05");
    let dataset_id = built["dataset_id"].as_str().unwrap();
    let shown = desk.run(&["datasets", "show", dataset_id, "--json"]).json();
    let listed = desk.run(&["settlements", "list", "--root", "NQ", "--json"]).json();
    let digest = |at: usize| &listed["contracts"][at]["content_sha256"];
    assert_eq!(
        shown["settlements"],
        json!([
            { "contract": "NQH2025", "content_sha256": digest(0) },
            { "contract": "NQM2025", "content_sha256": digest(1) },
        ])
    );
    let text = desk.run(&["datasets", "show", dataset_id]).stdout;
    let table = text.split_once("settlements and open interest that decided it\n").expect("a table of them").1;
    assert!(table.contains(&format!("NQH2025   {}", digest(0).as_str().unwrap())), "{text}");
}
