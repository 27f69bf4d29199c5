//! The real roll NQH2025 -> NQM2025, worked out by hand elsewhere; every number here comes from there.

use std::fmt::Write as _;

use peaktrade_domain::{Price, Sha256, UnixNanos};

use crate::server::{Server, back_adjust, real_file};

const FILES: [(&str, u64, u64); 2] = [("NQ 03-25.Last.txt.gz", 71_192, 23), ("NQ 06-25.Last.txt.gz", 78_631, 33)];
const CSV_SHA256: &str = "65b050c2f85633cffd1861ea621785ca99f7c495dcaca3462424a394158b3c3e";

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
async fn the_real_roll_gives_the_published_numbers() {
    let server = Server::start().await;
    for (name, rows_in, out_of_session) in FILES {
        let Some(bytes) = real_file(name) else {
            eprintln!("NOT RUN: no {name} in ../shared/data/ninjatrader (PEAKTRADE_SHARED names another data folder)");
            return;
        };
        let answer = server.import_chunks(name, &bytes, 512 * 1024).await.unwrap();
        let counts: Vec<u64> = answer.dispositions.iter().map(|disposition| disposition.rows).collect();
        assert_eq!(answer.rows_in, rows_in, "{name}");
        assert_eq!(counts[..2], [rows_in - out_of_session, out_of_session], "{name}");
        assert_eq!(counts.iter().sum::<u64>(), rows_in, "{name}");
    }
    let built = server.build(back_adjust()).await.unwrap();
    assert_eq!((built.rows_out, built.rolls.len()), (147_310, 1));
    assert_eq!(built.rolls[0].spread, "203.5");
    assert_eq!((built.rolls[0].from_price.as_str(), built.rolls[0].to_price.as_str()), ("19667.5", "19871"));
    assert_eq!(built.rolls[0].runner_up_median_30, "206.375");
    assert_eq!(built.rolls[0].stale_session_minutes, 0);

    let bars = server.bars(&["continuous", "NQ", "1m", "BACK_ADJUST"]).await.unwrap();
    let quarter = Price::SCALE / 4;
    let roll: UnixNanos = "2025-03-16T22:00:00Z".parse().unwrap();
    assert_eq!(bars.ts.partition_point(|ts| *ts < roll.nanos()), 70_809);
    assert_eq!(bars.close.iter().map(|close| close / quarter).sum::<i64>(), 12_171_521_342);
    assert_eq!(bars.volume.iter().sum::<i64>(), 64_309_763);
    assert_eq!(bars.high.iter().max(), Some(&(90_093 * quarter)));
    assert_eq!(bars.low.iter().min(), Some(&(65_840 * quarter)));

    let mut csv = "open_ts,open,high,low,close,volume\n".to_owned();
    for row in 0..bars.len() {
        let bar = bars.get(row).unwrap();
        let prices = [bar.open, bar.high, bar.low, bar.close].map(|price| {
            assert_eq!(price % quarter, 0, "row {row}");
            price / quarter
        });
        let [open, high, low, close] = prices;
        writeln!(csv, "{},{open},{high},{low},{close},{}", bar.ts / UnixNanos::SECOND, bar.volume).unwrap();
    }
    assert_eq!(Sha256::of(csv.as_bytes()).to_string(), CSV_SHA256);
}
