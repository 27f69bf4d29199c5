use std::path::Path;
use std::process::Command;

use peaktrade_domain::{Sha256, UnixNanos};

use super::{QuarterlyContract, QuarterlyError, QuarterlySet, segments_json};
use crate::TickBar;

/// What the oracle in Python writes about each contract of S8: rows and the beginning of SHA-256 over its values.
const S8_SUMS: [(&str, usize, &str); 8] = [
    ("NQH2024", 102_568, "c54eb72f1b29b9ae"),
    ("NQM2024", 109_404, "d0cf062778ac3b25"),
    ("NQU2024", 102_548, "92780083af172de1"),
    ("NQZ2024", 102_504, "bf448993ee0e3ffd"),
    ("NQH2025", 102_520, "0c0cd2ac90a202da"),
    ("NQM2025", 102_532, "9edaff55597b6bd4"),
    ("NQU2025", 102_561, "c2b62b56f4082602"),
    ("NQZ2025", 102_555, "c398b50b91b6d28b"),
];

/// The first contract of S8 in its first minute, worked out by the oracle.
#[test]
fn s8_is_the_published_set() {
    let made: Vec<QuarterlyContract> = QuarterlySet::s8().contracts().collect();
    let first = made[0].contract.bars[0];
    assert_eq!(first.open_time.to_string(), "2023-12-03T23:00:00Z");
    let quarters = [first.open, first.high, first.low, first.close].map(|ticks| TickBar::price(ticks).to_string());
    assert_eq!(quarters, ["20249", "20249.5", "20249", "20249"]);
    assert_eq!(first.volume, 160);
    let sums: Vec<(String, usize, String)> = made.iter().map(sum).collect();
    let expected = S8_SUMS.map(|(symbol, rows, sha)| (symbol.to_owned(), rows, sha.to_owned()));
    assert_eq!(sums, expected);
    assert_eq!(rows_in_segments(&made), 734_191);
    assert_eq!(made[0].segment.last.to_string(), "2024-03-10T21:59:00Z");
    assert_eq!(made[1].segment.first.to_string(), "2024-03-10T22:00:00Z");
}

#[test]
fn l40_is_the_published_set() {
    let (mut rows_in, mut rows_out, mut ends) = (0, 0, Vec::new());
    for made in QuarterlySet::l40().contracts() {
        rows_in += made.contract.bars.len();
        rows_out += rows_in_segments(std::slice::from_ref(&made));
        ends.push(sum(&made));
    }
    assert_eq!((rows_in, rows_out, ends.len()), (4_115_228, 3_597_137, 40));
    assert_eq!(ends[0], ("NQH2016".to_owned(), 102_527, "bb48af03a0139c0f".to_owned()));
    assert_eq!(ends[39], ("NQZ2025".to_owned(), 102_535, "3b4b50e5a7bdd522".to_owned()));
}

/// The recipe's own program, where it and a Python with pandas are on the machine.
#[test]
#[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
fn equals_the_oracle_where_it_is_on_the_machine() {
    let shared = std::env::var("PEAKTRADE_SHARED").unwrap_or_else(|_| "../../../shared/data".to_owned());
    let oracle = Path::new(&shared).join("../oracle/gen_quarterly_bars.py");
    let python = std::env::var("PEAKTRADE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_pandas = Command::new(&python).args(["-c", "import pandas, pyarrow"]).output();
    if !oracle.exists() || !has_pandas.is_ok_and(|ran| ran.status.success()) {
        eprintln!("did not run: needs {} and a python with pandas ({python})", oracle.display());
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let asked = ["--contracts", "6", "--first-year", "2031", "--first-month", "9", "--root", "MNQ", "--seed", "7"];
    let ran = Command::new(&python).arg(oracle).arg(scratch.path()).args(asked).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

    let set = QuarterlySet::new("MNQU2031".parse().unwrap(), 6, 7).unwrap();
    let made: Vec<QuarterlyContract> = set.contracts().collect();
    let segments: Vec<_> = made.iter().map(|made| made.segment).collect();
    assert_eq!(segments_json(&segments), std::fs::read_to_string(scratch.path().join("segments.json")).unwrap());
    let told = std::fs::read_to_string(scratch.path().join("GENINFO.json")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let expected: Vec<(String, usize, String)> = serde_json::from_value(told["files"].clone()).unwrap();
    assert_eq!(made.iter().map(sum).collect::<Vec<_>>(), expected);
}

/// Times are in no sum of the oracle; they follow from the recipe: whole minutes that grow, on weekdays' sessions.
#[test]
fn bars_grow_in_time_and_end_before_the_expiry() {
    for made in QuarterlySet::s8().contracts() {
        let bars = &made.contract.bars;
        assert!(bars.windows(2).all(|pair| pair[0].open_time < pair[1].open_time));
        assert!(
            bars.iter().all(|bar| bar.open_time.is_whole_minute() && bar.open_time < made.contract.last_trade_time)
        );
    }
}

#[test]
fn refuses_what_it_cannot_make() {
    let set =
        |symbol: &str, contracts| QuarterlySet::new(symbol.parse().unwrap(), contracts, 1).map(|set| set.contracts);
    assert_eq!(set("NQF2026", 1), Err(QuarterlyError::NotQuarterly("NQF2026".parse().unwrap())));
    assert_eq!(set("NQH1995", 400), Ok(400));
    assert_eq!(set("NQZ2199", 1), Ok(1));
    assert!(matches!(set("NQZ2199", 2), Err(QuarterlyError::Years { contracts: 2, .. })));
    assert_eq!(QuarterlySet::new("NQZ2199".parse().unwrap(), 1, 1).unwrap().contracts().count(), 1);
    assert_eq!(set("NQH1990", 1), Ok(1));
}

/// Rows and sum as the oracle counts them: values row by row, each as a little-endian `f64`.
fn sum(made: &QuarterlyContract) -> (String, usize, String) {
    let mut bytes = Vec::new();
    for bar in &made.contract.bars {
        for ticks in [bar.open, bar.high, bar.low, bar.close] {
            bytes.extend(TickBar::price(ticks).to_f64().to_le_bytes());
        }
        bytes.extend(f64::from(bar.volume).to_le_bytes());
    }
    let sha = Sha256::of(&bytes).to_string();
    (made.contract.symbol.to_string(), made.contract.bars.len(), sha[..16].to_owned())
}

fn rows_in_segments(made: &[QuarterlyContract]) -> usize {
    let inside = |made: &QuarterlyContract, at: UnixNanos| made.segment.first <= at && at <= made.segment.last;
    made.iter().map(|made| made.contract.bars.iter().filter(|bar| inside(made, bar.open_time)).count()).sum()
}
