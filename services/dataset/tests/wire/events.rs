//! What a build says in the log, in the runbook's words.

use peaktrade_wire::dataset::v1::BuildContinuousRequest;
use serde_json::Value;

use crate::program::Program;
use crate::server::{back_adjust, rows, serve_calendar};

/// Checks fields of a log line, numbers and texts alike as text.
fn check(line: &Value, expected: &[(&str, &str)]) {
    for (field, expected) in expected {
        let found = line[*field].as_str().map_or_else(|| line[*field].to_string(), str::to_owned);
        assert_eq!(found, *expected, "{field}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_tells_its_rolls_once_and_itself_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = serve_calendar().await;
    let program = Program::start(folder.path(), &calendar, 1).await;
    let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |_| 80_000);
    let new = rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", |_| 80_800);
    program.import("NQ 03-25.Last.txt", &old).await;
    program.import("NQ 06-25.Last.txt", &new).await;
    let built = program.build(back_adjust()).await;
    program.build(back_adjust()).await;

    let stitched = program.events("continuous_stitch_event", 2).await;
    let numbers = [("rows_in", "12420"), ("rows_out", "6900"), ("gaps_detected", "0"), ("duplicates_removed", "0")];
    let names = [("root", "NQ"), ("method", "BACK_ADJUST"), ("rolls", "1"), ("content_sha256", &built.content_sha256)];
    for (line, repeated) in stitched.iter().zip(["false", "true"]) {
        check(line, &numbers);
        check(line, &names);
        check(line, &[("repeated", repeated), ("dataset_id", &built.dataset_id)]);
    }
    // The second build was over when its stitch event was there, and had no roll of its own to tell.
    let rolls = program.events("roll_event", 1).await;
    let adjustments = program.events("back_adjust_event", 1).await;
    assert_eq!((stitched.len(), rolls.len(), adjustments.len()), (2, 1, 1));
    check(
        &rolls[0],
        &[
            ("root", "NQ"),
            ("from_symbol", "NQH2025"),
            ("to_symbol", "NQM2025"),
            ("roll_ts", "2025-03-16T22:00:00Z"),
            ("trade_date", "2025-03-17"),
            ("roll_policy_version", "monday_before_third_friday@trade_date_open/last_common/60"),
            ("spread", "200"),
            ("spread_method", "last_common"),
            ("spread_time", "2025-03-14T20:59:00Z"),
            ("from_price", "20000.25"),
            ("to_price", "20200.25"),
            ("stale_session_minutes", "0"),
            ("common_minutes_median", "200"),
            ("common_minutes_min", "200"),
            ("common_minutes_max", "200"),
            ("dataset_id", &built.dataset_id),
        ],
    );
    for field in ["from_volume", "to_volume"] {
        assert!(rolls[0][field].as_u64().is_some_and(|volume| volume > 0), "{field}: {}", rolls[0]);
    }
    for field in ["from_content_sha256", "to_content_sha256"] {
        assert_eq!(rolls[0][field].as_str().map(str::len), Some(64), "{field}: {}", rolls[0]);
    }
    check(
        &adjustments[0],
        &[
            ("adjustment_points", "200"),
            ("cumulative_adjustment", "200"),
            ("method", "BACK_ADJUST"),
            ("from_symbol", "NQH2025"),
            ("to_symbol", "NQM2025"),
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_that_adds_no_points_tells_none() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = serve_calendar().await;
    let program = Program::start(folder.path(), &calendar, 1).await;
    program.import("NQ 03-25.Last.txt", &rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", |_| 80_000)).await;
    program.import("NQ 06-25.Last.txt", &rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", |_| 80_800)).await;
    for method in ["NONE", "RATIO_ADJUST"] {
        program.build(BuildContinuousRequest { method: method.into(), ..back_adjust() }).await;
    }
    assert_eq!(program.events("roll_event", 2).await.len(), 2);
    let adjustments = program.events("back_adjust_event", 1).await;
    assert_eq!(adjustments.len(), 1, "an unadjusted series has rolls and no adjustments");
    let expected = [("method", "RATIO_ADJUST"), ("adjustment_points", "0"), ("factor", "20200.25/20000.25")];
    check(&adjustments[0], &expected);
}
