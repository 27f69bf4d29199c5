use peaktrade_continuous::Bar;
use peaktrade_domain::{Calendar, UnixNanos};

use super::{RowSorter, plausible_prices};
use crate::importing::{Extent, ImportError, RawRow, RowOf, RowUnit};

#[test]
fn prices_in_hundredths_are_never_plausible() {
    for root in ["NQ", "MNQ", "ES", "MES"] {
        let (lowest, highest) = plausible_prices(root.parse().unwrap()).unwrap();
        assert!(highest.nanos() < 100 * lowest.nanos(), "{root}: {lowest} to {highest}");
    }
    assert_eq!(plausible_prices("RTY".parse().unwrap()), None);
}

/// Rows in turn of minutes that lie in a quarter; the most that were held at once, and what became of the last.
fn feed(bars_max: usize, minutes: impl Iterator<Item = i64>) -> (usize, Result<usize, ImportError>) {
    let calendar = Calendar::shipped();
    let mut sorter = RowSorter::new("NQ".parse().unwrap(), RowUnit::Line, &calendar, bars_max).unwrap();
    let start: UnixNanos = "2025-01-06T00:00:00Z".parse().unwrap();
    let price = 21_000_000_000_000;
    let mut most = 0;
    for (number, minute) in (1..).zip(minutes) {
        let ts = start.nanos() + minute * UnixNanos::MINUTE;
        let bar = Bar { ts, open: price, high: price, low: price, close: price, volume: 1 };
        let of = RowOf::Contract("NQH2025".parse().unwrap());
        if let Err(error) = sorter.take(RawRow { number, of, bar, extent: Extent::Minute }) {
            return (most, Err(error));
        }
        most = most.max(sorter.contracts.values().map(super::ContractRows::bars_held).sum());
    }
    let imported = sorter.finish().map(|(contracts, _)| contracts.iter().map(|of| of.bars.len()).sum());
    (most, imported)
}

#[test]
fn no_more_rows_are_held_than_bars_are_allowed_and_an_eighth() {
    // A day of minutes again and again, each time from its begin.
    let (most, imported) = feed(1_000, (0..20_000).map(|row| row % 900));
    assert_eq!(imported.unwrap(), 900);
    assert!((1_000..=1_125).contains(&most), "{most}");
    // As many bars as are allowed, and one more: in order of time there is nothing to look for, and none is held beyond.
    assert_eq!(feed(1_000, 0..1_000).1.unwrap(), 1_000);
    let (most, imported) = feed(1_000, 0..1_001);
    assert!(imported.unwrap_err().to_string().contains("more than 1000 bars"));
    assert_eq!(most, 1_001);
    let (most, imported) = feed(1_000, 0..1_300);
    assert!(matches!(imported, Err(ImportError::TooManyBars { bars_max: 1_000 })));
    assert_eq!(most, 1_125);
}
