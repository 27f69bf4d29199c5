//! `peakctl vendor-series`: a vendor's continuous series goes in, is listed and printed, and is never taken for a contract.

use sha2::{Digest as _, Sha256};

use crate::desk::{Desk, EXIT_INPUT, printed_command};

const NAME: &str = "CME_MINI_NQ1!, 5.csv";
/// Two bars of Monday 2025-01-13 from 15:00 UTC on, with a column of an indicator; the close of the second is off the tick.
const EXPORT: &str = "time,open,high,low,close,Upper Band,Volume\n\
                      1736780400,21000,21001,20999,21000.25,NaN,12\n1736780700,21000,21001,20999,21000.1,NaN,7\n";
const IMPORT: [&str; 6] = ["vendor-series", "import", "--format", "tradingview", "--root", "NQ"];

#[test]
fn the_refusal_of_import_leads_to_a_series_of_its_own() {
    let desk = Desk::new();
    let path = desk.write(NAME, EXPORT);
    let refused = desk.run(&["import", "--format", "tradingview", "--root", "NQ", &path]);
    assert_eq!(refused.code, Some(EXIT_INPUT), "{}", refused.stderr);
    assert!(refused.stderr.contains("`peakctl vendor-series import` keeps such a series apart"), "{}", refused.stderr);
    let command = printed_command(&refused);
    let words = format!("vendor-series import --format tradingview --root NQ --adjusted yes '{path}'");
    assert!(command.contains(&words), "{command}");
    // What was not stated is asked for, not guessed.
    let missing = desk.run(&[&IMPORT[..], &[&path]].concat());
    assert_eq!(missing.code, Some(EXIT_INPUT), "{}", missing.stderr);
    assert!(missing.stderr.contains("does not tell its adjusted"), "{}", missing.stderr);
    assert_eq!(printed_command(&missing), command);

    let imported = desk.shell(&command);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    assert!(imported.stdout.contains("NQ1! 5m adjusted") && imported.stdout.contains("2 kept"), "{}", imported.stdout);
    let again = desk.run(&[&IMPORT[..], &["--adjusted", "yes", "--json", &path]].concat()).json();
    assert_eq!(again["files"][0]["already_present"], true, "{again}");
    let listed = desk.run(&["vendor-series", "list", "--root", "NQ", "--json"]).json();
    let series = &listed["series"][0];
    assert_eq!((&series["ticker"], &series["bar"]), (&"NQ1!".into(), &"5m".into()), "{listed}");
    assert_eq!((&series["adjusted"], &series["has_volume"]), (&true.into(), &true.into()), "{listed}");
    let bars = desk.run(&["bars", series["path"].as_str().unwrap()]);
    assert_eq!(
        bars.stdout,
        "timestamp,open,high,low,close,volume\n2025-01-13T15:00:00Z,21000,21001,20999,21000.25,12\n\
         2025-01-13T15:05:00Z,21000,21001,20999,21000.1,7\n",
        "{}",
        bars.stderr
    );
    // Nothing of it is a contract's.
    let build = desk.run(&["build", "--root", "NQ", "--bar", "1m", "--method", "NONE"]);
    assert_eq!(build.code, Some(EXIT_INPUT), "{}", build.stderr);
    let canonical = desk.run(&["bars", series["path"].as_str().unwrap(), "--canonical"]);
    assert!(canonical.stderr.contains("--canonical is in ticks of a contract"), "{}", canonical.stderr);
}

#[test]
fn a_restated_export_is_a_conflict_with_the_command_that_resolves_it() {
    let desk = Desk::new();
    let export = EXPORT.replace(",Volume", "").replace(",12\n", "\n").replace(",7\n", "\n");
    let import = |text: &str| desk.run(&[&IMPORT[..], &["--adjusted", "yes", &desk.write(NAME, text)]].concat());
    assert_eq!(import(&export).code, Some(0));
    let refused = import(&export.replace("21000.1", "21000.2"));
    assert_eq!(refused.code, Some(EXIT_INPUT), "{}", refused.stderr);
    assert!(refused.stderr.contains("1 bars of NQ1! 5m adjusted differ between"), "{}", refused.stderr);
    let command = printed_command(&refused);
    let supersede = format!("--adjusted yes --supersede {}", hex::encode(Sha256::digest(&export)));
    assert!(command.contains(&supersede), "{command}");
    assert_eq!(desk.shell(&command).code, Some(0), "{command}");
    // A volume that the vendor does not tell is not printed as zeros.
    let path = "vendor_continuous/NQ/NQ1!/5m/adjusted";
    let bars = desk.run(&["bars", path, "--from", "2025-01-13", "--to", "2025-01-13"]);
    assert_eq!(
        bars.stdout,
        "timestamp,open,high,low,close\n2025-01-13T15:00:00Z,21000,21001,20999,21000.25\n\
         2025-01-13T15:05:00Z,21000,21001,20999,21000.2\n",
        "{}",
        bars.stderr
    );
    let listed = desk.run(&["vendor-series", "list", "--root", "NQ"]).stdout;
    assert!(listed.contains("no volume") && listed.contains(path), "{listed}");
}
