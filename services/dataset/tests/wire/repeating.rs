//! What was built stays as it is and can be told again: further quarters, rolls that wait for their spread, ratios over
//! medians, and decisions of a range that begins late.

use peaktrade_continuous::content_digest;
use peaktrade_domain::UnixNanos;
use peaktrade_wire::dataset::v1 as wire;

use crate::server::{Server, back_adjust, rows, tree};

fn instant(text: &str) -> Option<prost_types::Timestamp> {
    Some(peaktrade_wire::timestamp(text.parse().unwrap()))
}

/// Both contracts around the roll of Monday 2025-03-17, the new one 800 quarters above the old one; `odd` quarters are
/// added to the new one's last minute before the weekend.
async fn two_contracts(server: &Server, odd: i64) {
    let level = |minute: i64| 80_000 + minute / 1_440 * 4 % 400;
    let last = "2025-03-14T20:59:00Z".parse::<UnixNanos>().unwrap().nanos() / UnixNanos::MINUTE;
    let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", level);
    let of_new = |minute: i64| level(minute) + 800 + if minute == last { odd } else { 0 };
    let new = rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", of_new);
    server.import("NQ 03-25.Last.txt", &old).await.unwrap();
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
}

async fn explain(server: &Server, dataset: &wire::Dataset) -> wire::RollExplanation {
    let request = wire::ExplainRollsRequest { dataset_id: dataset.dataset_id.clone() };
    let mut answer = server.control.clone().explain_rolls(request).await.unwrap().into_inner();
    assert_eq!(answer.explanations.len(), 1);
    answer.explanations.remove(0)
}

#[tokio::test]
async fn a_quarter_more_changes_no_stored_byte() {
    let server = Server::start().await;
    let level = |minute: i64| 80_000 + minute % 5;
    let march = rows("2025-03-13T22:00:00Z", "2025-03-18T21:00:00Z", level);
    let june = rows("2025-03-13T22:00:00Z", "2025-03-19T21:00:00Z", |minute| level(minute) + 800)
        + &rows("2025-06-12T22:00:00Z", "2025-06-17T21:00:00Z", |minute| level(minute) + 900);
    server.import("NQ 03-25.Last.txt", &march).await.unwrap();
    server.import("NQ 06-25.Last.txt", &june).await.unwrap();
    let forward = wire::BuildContinuousRequest { method: "FORWARD_ADJUST".into(), bar: "1h".into(), ..back_adjust() };
    let until_june = wire::BuildContinuousRequest { to: "2025-06-13".into(), ..back_adjust() };
    let mut earlier = Vec::new();
    for request in [back_adjust(), forward.clone(), until_june.clone()] {
        earlier.push(server.build(request).await.unwrap());
    }
    let before = tree(server.folder.path());

    let september = rows("2025-06-12T22:00:00Z", "2025-06-18T21:00:00Z", |minute| level(minute) + 1_700);
    server.import("NQ 09-25.Last.txt", &september).await.unwrap();
    let newest = server.build(back_adjust()).await.unwrap();
    assert_eq!((newest.contracts.len(), newest.rolls.len()), (3, 2));
    server.build(forward).await.unwrap();
    assert_eq!(server.build(until_june).await.unwrap(), earlier[2], "the same inputs are the same dataset");
    let after = tree(server.folder.path());
    assert!(before.len() > 10 && after.len() > before.len());
    for (name, bytes) in &before {
        assert!(after.get(name) == Some(bytes), "{name} has changed or is gone");
    }
    for dataset in &earlier {
        let pin = format!("@{}", dataset.dataset_id);
        let bars = server.bars(&["continuous", "NQ", &dataset.bar, &dataset.method, &pin]).await.unwrap();
        assert_eq!(content_digest(&bars).to_string(), dataset.content_sha256);
    }
}

#[tokio::test]
async fn a_series_ends_at_a_roll_whose_spread_is_not_known_yet() {
    let server = Server::start().await;
    two_contracts(&server, 0).await;
    let peak_trade = |bar: &str, roll_instant: &str, as_of: &str| wire::BuildContinuousRequest {
        bar: bar.into(),
        spread: "peak_trade".into(),
        roll_instant: roll_instant.into(),
        as_of: instant(as_of),
        ..back_adjust()
    };
    let waiting = server.build(peak_trade("1m", "", "2025-03-16T22:00:59Z")).await.unwrap();
    assert_eq!((waiting.rolls.len(), waiting.last_time), (0, instant("2025-03-14T20:59:00Z")));
    assert_eq!(waiting.contracts, ["NQH2025", "NQM2025"], "the contract that is waited for is an input");
    let known = server.build(peak_trade("1m", "", "2025-03-16T22:01:00Z")).await.unwrap();
    assert_eq!((known.rolls.len(), known.last_time), (1, instant("2025-03-16T22:00:00Z")));

    // Within a session: the hour that the roll cuts ends at it, and is served as it was built.
    for (bar, last) in [("1m", "2025-03-17T15:09:00Z"), ("1h", "2025-03-17T15:00:00Z")] {
        let waiting = server.build(peak_trade(bar, "10:10", "2025-03-17T15:10:30Z")).await.unwrap();
        assert_eq!((waiting.rolls.len(), waiting.last_time), (0, instant(last)), "{bar}");
        let pin = format!("@{}", waiting.dataset_id);
        let bars = server.bars(&["continuous", "NQ", bar, "BACK_ADJUST", &pin]).await.unwrap();
        assert_eq!(content_digest(&bars).to_string(), waiting.content_sha256, "{bar}");
        assert_eq!(bars.len() as u64, waiting.rows_out);
    }
    // Two policies side by side: the one that waits has no roll yet.
    let choice = |spread: &str| {
        let spread = spread.to_owned();
        Some(wire::RollPolicyChoice { spread, ..wire::RollPolicyChoice::default() })
    };
    let request = wire::DiffPoliciesRequest {
        root: "NQ".into(),
        as_of: instant("2025-03-16T22:00:30Z"),
        left: choice("last_common"),
        right: choice("peak_trade"),
        ..Default::default()
    };
    let answer = server.control.clone().diff_policies(request).await.unwrap().into_inner();
    assert!(answer.rolls[0].text.starts_with("Only the first policy leaves NQH2025"), "{:?}", answer.rolls);
}

#[tokio::test]
async fn a_ratio_over_medians_follows_the_median_in_rows_table_and_words() {
    let server = Server::start().await;
    // 15 points too high in the newest minute, which the band allows for a median that does not follow it.
    two_contracts(&server, 60).await;
    let ratio = |spread: &str| wire::BuildContinuousRequest {
        method: "RATIO_ADJUST".into(),
        spread: spread.into(),
        ..back_adjust()
    };
    let built = server.build(ratio("median_common_30")).await.unwrap();
    let roll = &built.rolls[0];
    let [from, to, spread] = [&roll.from_price, &roll.to_price, &roll.spread].map(|text| text.parse::<f64>().unwrap());
    assert_eq!((to - from, spread), (215.0, 200.0));
    let factor: f64 = roll.cumulative_factor.parse().unwrap();
    assert!((factor - (from + spread) / from).abs() < 1e-15, "{factor}");
    assert_eq!(built.roll_policy, "monday_before_third_friday@trade_date_open/median_common_30/60/ratio_by_spread");
    let pin = format!("@{}", built.dataset_id);
    let bars = server.bars(&["continuous", "NQ", "1m", "RATIO_ADJUST", &pin]).await.unwrap();
    let contract = server.bars(&["contract", "NQH2025", "1m"]).await.unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a price has fewer than 53 bits here")]
    let served = bars.close[0] as f64 / contract.close[0] as f64;
    assert!((served - factor).abs() < 1e-12, "{served}");
    let info = server.info(&["rolls", "NQ", &pin]).await.unwrap();
    let table = crate::server::batches(server.messages(crate::server::ticket(&info)).await.unwrap()).await;
    let column = arrow_array::cast::AsArray::as_primitive::<arrow_array::types::Float64Type>(
        table[0].column_by_name("factor").unwrap(),
    );
    assert!((column.value(0) - factor).abs() < 1e-15, "{}", column.value(0));

    let explained = explain(&server, &built).await;
    assert!(
        explained.text.contains(&format!("before the roll by {} / {from}, {from} and the", from + spread)),
        "{explained:?}"
    );
    let candidates = explained.roll.unwrap().candidates;
    let median = candidates.iter().find(|candidate| candidate.is_applied).unwrap();
    assert_eq!((median.method.as_str(), median.oldest_session_minutes), ("median_common_30", 29));
    assert_eq!(median.oldest_time, instant("2025-03-14T20:30:00Z"));
    // More minutes than the bound of staleness are measured too.
    let hundred = server.build(ratio("median_common_100")).await.unwrap();
    assert_eq!((hundred.rolls[0].spread.as_str(), hundred.rolls[0].stale_session_minutes), ("200", 0));
    let explained = explain(&server, &hundred).await;
    assert!(explained.text.contains("ended 99 session minutes before the roll"), "{}", explained.text);
}

#[tokio::test]
async fn the_decision_of_the_first_roll_is_repeated_wherever_the_range_begins() {
    let server = Server::start().await;
    two_contracts(&server, 0).await;
    for from in ["", "2025-03-14"] {
        let request =
            wire::BuildContinuousRequest { from: from.into(), roll_trigger: "volume:1,1,1".into(), ..back_adjust() };
        let built = server.build(request).await.unwrap();
        assert_eq!(built.rolls[0].roll_ts, instant("2025-03-13T22:00:00Z"), "Thursday decides for Friday");
        let explained = explain(&server, &built).await;
        let decision = explained.roll.unwrap().decision.expect("the counts of Thursday lie before the range");
        assert_eq!(decision.decided_on, "2025-03-13", "from {from:?}");
        assert!(explained.text.contains("decided after the close of trade date 2025-03-13"), "{}", explained.text);
    }
}
