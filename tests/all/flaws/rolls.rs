//! C1, C2, C5, C6: where a series rolls and what a roll does to prices.

use std::path::Path;

use peaktrade_parity::builder::{Adjustment, Checks};
use peaktrade_parity::calendar::roll_date;
use serde_json::Value;

use super::frames::{closes, flat, original, segment};
use super::store::{import, import_flat, peakctl};

/// Friday's last two minutes before the roll, and the first two of the session that begins with it.
const FRIDAY: [&str; 2] = ["2026-03-13T20:58:00Z", "2026-03-13T20:59:00Z"];
const SUNDAY: [&str; 2] = ["2026-03-15T22:00:00Z", "2026-03-15T22:01:00Z"];

/// On Friday the new contract is 200 points above the old one; over the weekend both rise by 50.
const OLD: [(&str, &str); 3] = [(FRIDAY[0], "19990"), (FRIDAY[1], "20000"), (SUNDAY[0], "20050")];
const NEW: [(&str, &str); 4] = [(FRIDAY[0], "20190"), (FRIDAY[1], "20200"), (SUNDAY[0], "20250"), (SUNDAY[1], "20260")];

const BUILD: [&str; 8] = ["build", "--root", "NQ", "--bar", "1m", "--method", "BACK_ADJUST", "--json"];

fn imported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    import_flat(folder.path(), "03-26", &OLD);
    import_flat(folder.path(), "06-26", &NEW);
    folder
}

/// Closes of a back-adjusted dataset of minutes, as they are served.
fn served(folder: &Path, built: &Value) -> Vec<f64> {
    let path = format!("continuous/NQ/1m/BACK_ADJUST/@{}", built["dataset_id"].as_str().unwrap());
    let bars = peakctl(folder, &["bars", &path]);
    assert_eq!(bars.code, Some(0), "{}", bars.stderr);
    bars.stdout.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect()
}

#[test]
fn c1_a_move_of_the_market_over_the_roll_is_no_part_of_the_spread() {
    let frames = [
        ("NQH2026", flat(&OLD.map(|(at, price)| (at, price.parse().unwrap())))),
        ("NQM2026", flat(&NEW.map(|(at, price)| (at, price.parse().unwrap())))),
    ];
    let segments = [segment("NQH2026", FRIDAY[0], FRIDAY[1]), segment("NQM2026", SUNDAY[0], SUNDAY[1])];
    let series = original(&frames, &segments, Adjustment::BackAdjust, Checks::Original).unwrap();
    assert_eq!(closes(&series), [20_240.0, 20_250.0, 20_250.0, 20_260.0], "the weekend's 50 points are gone");

    // Theirs is free of it where the segments share a bar that both contracts have.
    let shared = [segment("NQH2026", FRIDAY[0], FRIDAY[1]), segment("NQM2026", FRIDAY[1], SUNDAY[1])];
    let series = original(&frames, &shared, Adjustment::BackAdjust, Checks::Original).unwrap();
    assert_eq!(closes(&series), [20_190.0, 20_200.0, 20_250.0, 20_260.0]);

    let folder = imported();
    let built = peakctl(folder.path(), &BUILD).json();
    let roll = &built["rolls"][0];
    assert_eq!((&roll["spread"], &roll["spread_time"]), (&"200".into(), &FRIDAY[1].into()), "{built}");
    assert_eq!(served(folder.path(), &built), [20_190.0, 20_200.0, 20_250.0, 20_260.0]);
}

#[test]
fn c2_rolls_follow_from_a_policy_and_not_from_a_file_written_by_hand() {
    // The original knows the roll date, and switches in the middle of any week all the same.
    assert_eq!(roll_date(2026, 3).unwrap().to_string(), "2026-03-16");
    let frames = [("NQH2026", flat(&[(FRIDAY[0], 19_990.0)])), ("NQM2026", flat(&[(FRIDAY[1], 20_200.0)]))];
    let segments = [segment("NQH2026", FRIDAY[0], FRIDAY[0]), segment("NQM2026", FRIDAY[1], FRIDAY[1])];
    assert!(original(&frames, &segments, Adjustment::None, Checks::Original).is_ok());

    let folder = imported();
    let built = peakctl(folder.path(), &BUILD).json();
    assert_eq!(built["rolls"][0]["roll_ts"], SUNDAY[0], "the open of trade date 2026-03-16: {built}");
    let policy = built["roll_policy"].as_str().unwrap();
    assert!(policy.contains("monday_before_third_friday"), "{policy}");

    // The command lines of the original's runbook, which its own programs do not know.
    let dates = ["--from", "2026-03-13", "--to", "2026-03-16"];
    let lines = [
        [BUILD.as_slice(), &dates].concat(),
        [["validate", "--root", "NQ", "--bar", "1m"].as_slice(), &dates].concat(),
    ];
    for line in lines {
        let run = peakctl(folder.path(), &line);
        assert_eq!(run.code, Some(0), "{line:?}: {} {}", run.stdout, run.stderr);
    }
    let run = peakctl(folder.path(), &["validate", "--root", "NQ", "--bar", "5m"]);
    assert!(run.code == Some(2) && run.stderr.contains("1m"), "{}", run.stderr);
}

#[test]
fn c5_prices_below_zero_are_computed_and_not_the_end_of_the_build() {
    let bars = [FRIDAY[0], FRIDAY[1], SUNDAY[0], SUNDAY[1]];
    let frames = [
        ("NQH2026", flat(&[(bars[0], 100.0), (bars[1], 400.0)])),
        ("NQM2026", flat(&[(bars[2], 200.0), (bars[3], 210.0)])),
    ];
    let segments = [segment("NQH2026", bars[0], bars[1]), segment("NQM2026", bars[2], bars[3])];
    let error = original(&frames, &segments, Adjustment::BackAdjust, Checks::Original).unwrap_err().to_string();
    assert!(error.contains("Column 'open' contains non-positive values"), "{error}");
    let unchecked = original(&frames, &segments, Adjustment::BackAdjust, Checks::Off).unwrap();
    assert_eq!(closes(&unchecked), [-100.0, 200.0, 200.0, 210.0], "and without a word where checks are off");

    // The new contract stands 20,000 points below the old one, which had begun at 19,000.
    let folder = tempfile::tempdir().unwrap();
    import_flat(folder.path(), "03-26", &[(bars[0], "19000"), (bars[1], "41000"), (bars[2], "41000")]);
    import_flat(folder.path(), "06-26", &[(bars[1], "21000"), (bars[2], "21000"), (bars[3], "21100")]);
    let refused = peakctl(folder.path(), &BUILD);
    assert_eq!(refused.code, Some(65), "{}", refused.stdout);
    assert!(refused.stderr.contains("the spread -20000 of 41000"), "{}", refused.stderr);
    let wide = [BUILD.as_slice(), &["--max-spread-basis-points", "10000"]].concat();
    let run = peakctl(folder.path(), &wide);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let built = run.json();
    assert_eq!((&built["nonpositive_rows"], &built["first_nonpositive_time"]), (&1.into(), &bars[0].into()), "{built}");
    assert_eq!(served(folder.path(), &built), [-1_000.0, 21_000.0, 21_000.0, 21_100.0]);
    let words: Vec<&str> = wide.iter().copied().filter(|word| *word != "--json").collect();
    let told = peakctl(folder.path(), &words).stdout;
    let warning = format!("warning   1 bars have a price of zero or below, the first at {}\n", bars[0]);
    assert!(told.contains(&warning), "{told}");
}

#[test]
fn c6_holes_wrong_order_expired_bars_and_fake_rolls_are_refused_or_counted() {
    let january = ["2026-01-05T15:00:00Z", "2026-01-05T15:01:00Z", "2026-01-05T15:02:00Z", "2026-01-05T15:03:00Z"];
    let level = |at: usize, price: f64| (january[at], price);
    // Five months without a bar; a later contract before an earlier one; bars after the last trade: all pass.
    let (h, m) = (("NQH2026", flat(&[level(0, 100.0)])), ("NQM2026", flat(&[("2026-06-05T15:00:00Z", 200.0)])));
    let hole = [segment("NQH2026", january[0], january[0]), segment("NQM2026", january[1], "2026-06-05T15:00:00Z")];
    assert!(original(&[h, m], &hole, Adjustment::None, Checks::Original).is_ok());
    let frames = [("NQM2026", flat(&[level(0, 200.0)])), ("NQH2026", flat(&[level(1, 100.0)]))];
    let reversed = [segment("NQM2026", january[0], january[0]), segment("NQH2026", january[1], january[1])];
    assert!(original(&frames, &reversed, Adjustment::None, Checks::Original).is_ok());
    let expired = "2026-03-23T15:00:00Z";
    let frames = [("NQH2026", flat(&[(expired, 100.0)]))];
    assert!(original(&frames, &[segment("NQH2026", expired, expired)], Adjustment::None, Checks::Original).is_ok());
    // A contract that follows itself is adjusted as if it had rolled.
    let whole = [level(0, 100.0), level(1, 101.0), level(2, 102.0), level(3, 103.0)];
    let frames = [("NQH2026", flat(&whole))];
    let twice = [segment("NQH2026", january[0], january[1]), segment("NQH2026", january[2], january[3])];
    let series = original(&frames, &twice, Adjustment::BackAdjust, Checks::Original).unwrap();
    assert_eq!(closes(&series), [101.0, 102.0, 102.0, 103.0]);

    let folder = imported();
    let path = folder.path().join("rolls.json");
    let by_table = |from: &str, to: &str| {
        let row = format!(r#"[{{"from_symbol":"{from}","to_symbol":"{to}","roll_ts":"{}"}}]"#, SUNDAY[0]);
        std::fs::write(&path, row).unwrap();
        peakctl(folder.path(), &[BUILD.as_slice(), &["--roll-table", path.to_str().unwrap()]].concat())
    };
    assert_eq!(by_table("NQH2026", "NQM2026").code, Some(0));
    for (from, to, what) in [
        ("NQM2026", "NQH2026", "wrong order"),
        ("NQH2026", "NQH2026", "a contract into itself"),
        ("NQZ2025", "NQH2026", "a contract without bars"),
    ] {
        let run = by_table(from, to);
        assert_eq!(run.code, Some(65), "{what}: {}", run.stderr);
        assert!(run.stderr.contains(from), "{what}: {}", run.stderr);
    }
    // A quarter in between has no bars.
    import_flat(folder.path(), "12-26", &[("2026-11-30T15:00:00Z", "21000"), ("2026-11-30T15:01:00Z", "21000")]);
    let run = peakctl(folder.path(), &BUILD);
    assert_eq!(run.code, Some(65), "{}", run.stderr);
    assert!(run.stderr.contains("NQU2026"), "{}", run.stderr);
    // Bars after the last trade at 08:30 Chicago are no bars of the contract.
    let rows = [
        ("2026-03-20T13:29:00Z", "20000;20000;20000;20000;10"),
        ("2026-03-20T13:30:00Z", "20000;20000;20000;20000;10"),
    ];
    let run = import(folder.path(), "03-26", &rows);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.json();
    let fates = &document["dispositions"];
    assert_eq!((&fates["kept"], &fates["after_expiry"]), (&1.into(), &1.into()), "{document}");
}
