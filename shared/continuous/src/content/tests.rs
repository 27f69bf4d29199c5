use peaktrade_domain::UnixNanos;

use super::{ContentDigester, content_digest};
use crate::{Bar, Bars};

/// Four bars over two months, the second month starting at midnight UTC.
fn four_bars() -> Bars {
    let mut bars = Bars::default();
    for (at, stamp) in ["2026-01-30T21:59:00Z", "2026-01-31T23:59:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]
        .iter()
        .enumerate()
    {
        let at = i64::try_from(at).unwrap();
        let ts = stamp.parse::<UnixNanos>().unwrap().nanos();
        bars.push(Bar { ts, open: 10 + at, high: 13 + at, low: 9 + at, close: 12 - at, volume: at });
    }
    bars
}

/// The expected values come from the definition written in Python:
/// `sha(b"peaktrade.bars.content.1\n" + pack("<QQ", rows, chunks) + b"".join(chunk digests))`.
#[test]
fn equals_the_definition_worked_out_in_python() {
    assert_eq!(
        content_digest(&four_bars()).to_string(),
        "3dd8f3b1f29c1d9e099723d84572752e26878856cea2d354f1f50447c9228540"
    );
    assert_eq!(
        content_digest(&Bars::default()).to_string(),
        "524ff7aa7a6462ff9151a07d7a6369a27983eed10995ee1cacff06c331586a0c"
    );
}

#[test]
fn every_value_counts_and_pieces_do_not() {
    let bars = four_bars();
    let digest = content_digest(&bars);
    for cut in 0..=4 {
        let mut digester = ContentDigester::default();
        digester.update(bars.view().rows(0..cut));
        digester.update(bars.view().rows(cut..4));
        assert_eq!(digester.finish(), digest, "cut at {cut}");
    }
    for column in 0..6 {
        let mut changed = bars.clone();
        let columns = [
            &mut changed.ts,
            &mut changed.open,
            &mut changed.high,
            &mut changed.low,
            &mut changed.close,
            &mut changed.volume,
        ];
        columns.into_iter().nth(column).unwrap()[2] += 1;
        assert_ne!(content_digest(&changed), digest, "column {column}");
    }
    let mut shorter = bars.clone();
    shorter = shorter.view().rows(0..3).to_bars();
    assert_ne!(content_digest(&shorter), digest);
}

/// More than one block of the column hasher, and a partial one at the end.
#[test]
fn long_columns_are_hashed_whole() {
    let mut bars = Bars::default();
    for at in 0..1300 {
        bars.push(Bar { ts: at * UnixNanos::MINUTE, open: at, high: at, low: at, close: at, volume: at });
    }
    let digest = content_digest(&bars);
    for row in [0, 511, 512, 1023, 1024, 1299] {
        let mut changed = bars.clone();
        changed.close[row] ^= 1 << 40;
        assert_ne!(content_digest(&changed), digest, "row {row}");
    }
}
