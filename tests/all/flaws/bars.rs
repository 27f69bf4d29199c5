//! C7, C8, C10, C13: what passes for a bar, and when there can be one.

use peaktrade_parity::builder::{Adjustment, Checks};
use peaktrade_parity::calendar::{is_in_maintenance, session_bounds, trade_date};
use peaktrade_parity::files::write_parquet;
use peaktrade_parity::{Column, Frame};

use super::frames::{bar, flat, ns, original, passes, segment};
use super::store::{import, import_flat, peakctl};

const GOOD: &str = "20000;20001;19999;20000;10";
/// A Monday.
const AT: [&str; 3] = ["2026-01-05T15:00:00Z", "2026-01-05T15:01:00Z", "2026-01-05T15:02:00Z"];

/// A profile of files stamped in seconds.
const SECONDS: &str = r#"
format = 1
name = "seconds"
delimiter = "comma"
header = "required"
[columns]
stamp = ["time"]
open = ["open"]
high = ["high"]
low = ["low"]
close = ["close"]
volume = ["volume"]
[stamps]
layouts = ["epoch_seconds"]
stamp = "open"
[file]
prices = "raw"
"#;

#[test]
fn c7_what_is_no_bar_is_refused_or_counted() {
    for cells in [
        [20_000.0, f64::INFINITY, 19_999.0, f64::INFINITY, 10.0],
        [500.0, 102.0, 99.0, 100.0, 10.0],
        [20_000.07, 20_001.0, 19_999.0, 20_000.0, 10.0],
        [20_000.0, 20_001.0, 19_999.0, 20_000.0, 10.5],
    ] {
        assert!(passes(&bar(AT[0], cells)), "{cells:?}");
    }
    assert!(passes(&flat(&[(AT[0], 100.0), ("2026-01-05T15:00:37Z", 100.0), ("2026-03-05T15:00:00Z", 100.0)])));
    // Numbers as text pass, and end the build in the arithmetic.
    let mut text = flat(&[(AT[0], 100.0)]);
    text.columns[3].column = Column::Text(vec![Some("100".to_owned())]);
    assert!(passes(&text));
    let frames = [("A", text), ("B", flat(&[(AT[1], 200.0)]))];
    let segments = [segment("A", AT[0], AT[0]), segment("B", AT[1], AT[1])];
    let error = original(&frames, &segments, Adjustment::BackAdjust, Checks::Original).unwrap_err().to_string();
    assert!(error.starts_with("TypeError"), "{error}");

    for (bad, what) in [
        ("20000;inf;19999;20000;10", "infinity"),
        ("500;102;99;100;10", "open outside low and high"),
        ("20000;20001;19999;20000;10.5", "fractional volume"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let run = import(folder.path(), "03-26", &[(AT[0], GOOD), (AT[1], bad)]);
        assert_eq!(run.code, Some(65), "{what}: {}", run.stderr);
        assert!(run.stderr.contains("line 2"), "{what}: {}", run.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    let run = import(folder.path(), "03-26", &[(AT[0], GOOD), (AT[1], "20000.07;20001;19999;20000;10"), (AT[2], GOOD)]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.json();
    let fates = &document["dispositions"];
    assert_eq!((&fates["kept"], &fates["off_tick"]), (&2.into(), &1.into()), "{document}");
}

#[test]
fn c8_weekends_and_holidays_are_no_sessions() {
    // Saturday noon and Christmas are sessions of the original, and its trade dates can be Saturdays and Sundays.
    for (instant, date) in [("2026-01-16T23:30:00Z", "2026-01-17"), ("2026-01-17T23:30:00Z", "2026-01-18")] {
        assert_eq!(trade_date(ns(instant)).unwrap().to_string(), date, "{instant}");
    }
    assert!(session_bounds("2026-01-17".parse().unwrap()).is_some());
    for instant in ["2026-01-17T12:00:00Z", "2026-12-25T15:00:00Z"] {
        assert!(!is_in_maintenance(ns(instant)) && passes(&flat(&[(instant, 100.0)])), "{instant}");
    }
    // Sunday before the open is flagged, because the window does not know that it is Sunday.
    assert!(is_in_maintenance(ns("2026-01-18T22:30:00Z")));

    let folder = tempfile::tempdir().unwrap();
    let state = |at: &str| peakctl(folder.path(), &["calendar", "state", "--at", at, "--json"]).json();
    for closed in ["2026-01-16T23:30:00Z", "2026-01-17T12:00:00Z", "2026-01-18T22:30:00Z", "2026-12-25T15:00:00Z"] {
        assert_eq!(state(closed)["is_open"], false, "{closed}");
    }
    // Friday evening belongs to no Saturday: what opens next is trade date Tuesday, Monday being a holiday.
    assert_eq!(state("2026-01-18T23:30:00Z")["trade_date"], "2026-01-20");
    let run = import(folder.path(), "03-26", &[("2026-01-17T12:00:00Z", GOOD)]);
    assert_eq!(run.code, Some(65), "{}", run.stdout);
    assert!(run.stderr.contains("1 out of session"), "{}", run.stderr);
}

#[test]
fn c10_a_stamp_is_the_open_and_what_a_file_cannot_tell_is_asked() {
    // The last bar of a session, once stamped at its open and once at its close, 17:00 in New York.
    assert!(!is_in_maintenance(ns("2026-01-15T21:59:00Z")));
    assert!(is_in_maintenance(ns("2026-01-15T22:00:00Z")), "a close-stamped bar is taken for one of the maintenance");

    // NinjaTrader stamps the close; the store keeps the open.
    let folder = tempfile::tempdir().unwrap();
    import_flat(folder.path(), "03-26", &[("2026-01-15T21:58:00Z", "20000"), ("2026-01-15T21:59:00Z", "20000")]);
    let bars = peakctl(folder.path(), &["bars", "contract/NQH2026/1m"]);
    assert!(bars.stdout.contains("2026-01-15T21:59:00Z") && !bars.stdout.contains("22:00:00"), "{}", bars.stdout);
    // A format that does not fix it must be told.
    let path = folder.path().join("NQH2026.parquet");
    write_parquet(&path, &flat(&[(AT[0], 20_000.0), (AT[1], 20_000.0)])).unwrap();
    let asked = ["import", "--format", "parquet", "--root", "NQ", "--contract", "NQH2026", path.to_str().unwrap()];
    let run = peakctl(folder.path(), &asked);
    assert_eq!(run.code, Some(65), "{}", run.stdout);
    assert!(run.stderr.contains("stamp"), "{}", run.stderr);
}

#[test]
fn c13_symbols_are_no_paths_epoch_seconds_no_bars_and_files_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    // Seconds taken for nanoseconds: two bars of January 1970, and all is well.
    let csv = "time,open,high,low,close,volume\n1767625200,20000,20001,19999,20000,10\n1767625260,20000,20001,19999,20000,10\n";
    std::fs::write(at("epoch.csv"), csv).unwrap();
    let run = peakctl(
        folder.path(),
        &["validate", "--compat", "peak_trade", "--input", &at("epoch.csv"), "--check-maintenance"],
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "OK\n"), "{}", run.stderr);
    // Taken for nanoseconds they lie in the second after the beginning of 1970, on no minute, and are refused.
    let frame = peaktrade_parity::files::read_csv(folder.path().join("epoch.csv").as_path()).unwrap();
    write_parquet(&folder.path().join("epoch.parquet"), &frame).unwrap();
    let asked = [
        "import",
        "--format",
        "parquet",
        "--root",
        "NQ",
        "--contract",
        "NQH2026",
        "--stamp",
        "open",
        "--prices",
        "raw",
        "--bar",
        "1m",
        &at("epoch.parquet"),
    ];
    let run = peakctl(folder.path(), &asked);
    assert_eq!(run.code, Some(65), "{} {}", run.stdout, run.stderr);
    assert!(run.stderr.contains("stamp 1970-01-01T00:00:01.767625200Z is not a whole minute"), "{}", run.stderr);
    // They are read as what the profile says.
    std::fs::write(at("seconds.toml"), SECONDS).unwrap();
    let flags = ["--contract", "NQH2026", "--bar", "1m", "--profile", &at("seconds.toml"), &at("epoch.csv"), "--json"];
    let run = peakctl(folder.path(), &[["import", "--format", "csv", "--root", "NQ"].as_slice(), &flags].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.json();
    assert_eq!((&document["rows_in"], &document["dispositions"]["kept"]), (&2.into(), &2.into()), "{document}");
    assert_eq!(document["files"][0]["first_time"], AT[0], "{document}");

    // A symbol with a path in it leads the original to any file; here it is refused, also in its own mode.
    std::fs::create_dir_all(at("bars")).unwrap();
    write_parquet(&folder.path().join("NQH2026.parquet"), &flat(&[(AT[0], 100.0), (AT[1], 101.0)])).unwrap();
    write_parquet(&folder.path().join("bars/NQH2026.parquet"), &flat(&[(AT[0], 100.0), (AT[1], 101.0)])).unwrap();
    let build = |symbol: &str| {
        let segments = format!(r#"[{{"contract_symbol":"{symbol}","start_ts":"{}","end_ts":"{}"}}]"#, AT[0], AT[1]);
        std::fs::write(at("segments.json"), segments).unwrap();
        let flags = [
            "--input-dir",
            &at("bars"),
            "--segments-json",
            &at("segments.json"),
            "--output-parquet",
            &at("out.parquet"),
        ];
        peakctl(folder.path(), &[["build", "--compat", "peak_trade"].as_slice(), &flags].concat())
    };
    let run = build("../NQH2026");
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(run.stderr.contains("\"../NQH2026\" is no file name"), "{}", run.stderr);
    // A build that fails leaves no file; one that succeeds leaves one that pandas takes.
    assert_eq!(build("NQM2026").code, Some(1));
    assert!(!folder.path().join("out.parquet").exists());
    let run = build("NQH2026");
    assert_eq!((run.code, run.stdout.trim().len()), (Some(0), 64), "{}", run.stderr);
    let written: Frame = peaktrade_parity::files::read_parquet(&folder.path().join("out.parquet")).unwrap();
    assert_eq!(peaktrade_parity::frame_digest(&written).unwrap().to_string(), run.stdout.trim());
}
