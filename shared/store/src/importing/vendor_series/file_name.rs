//! Names of TradingView's chart exports: `CME_MINI_NQ1!, 5.csv`.

use peaktrade_continuous::BarSize;
use peaktrade_domain::ContractRoot;

use crate::importing::ImportError;
use crate::importing::file_contract::shown;
use crate::importing::text::unpacked_name;
use crate::vendor_series::{VendorPrices, VendorSeries};

/// Intervals as names write them, minutes or a day, and their bars.
const INTERVALS: [(&str, BarSize); 6] = [
    ("1", BarSize::OneMinute),
    ("5", BarSize::FiveMinutes),
    ("15", BarSize::FifteenMinutes),
    ("30", BarSize::ThirtyMinutes),
    ("60", BarSize::OneHour),
    ("1D", BarSize::OneDay),
];

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamedSeries {
    /// The series, as if its prices were not adjusted: the name does not tell.
    named: VendorSeries,
}

impl NamedSeries {
    /// Reads a name: exchange, ticker, comma, interval. What a browser or the vendor puts behind the interval, such as
    /// ` (1)` or `_4f2a1`, says nothing.
    ///
    /// # Errors
    /// Where it names no continuous ticker of the root, or an interval that is not imported.
    pub(super) fn read(file_name: &str, root: ContractRoot) -> Result<Self, ImportError> {
        let refused = |problem: String| ImportError::FileName { file_name: shown(file_name), problem };
        let required = "an export of a continuous ticker such as \"CME_MINI_NQ1!, 5.csv\" is required";
        let name = unpacked_name(file_name);
        let stem = name.len().checked_sub(".csv".len()).and_then(|at| name.split_at_checked(at));
        let stem = stem.filter(|(_, ending)| ending.eq_ignore_ascii_case(".csv")).map(|(stem, _)| stem);
        let (symbol, interval) =
            stem.and_then(|stem| stem.rsplit_once(',')).ok_or_else(|| refused(required.to_owned()))?;
        let ticker = symbol.rsplit('_').next().unwrap_or(symbol);
        if !ticker.ends_with('!') {
            let problem = format!("{:?} is no continuous ticker; {required}", shown(ticker));
            return Err(refused(problem));
        }
        let interval = interval.trim();
        let end = interval.find(['_', ' ', '(']).unwrap_or(interval.len());
        let interval = &interval[..end];
        let Some((_, bar)) = INTERVALS.iter().find(|(name, _)| *name == interval) else {
            let names: Vec<&str> = INTERVALS.iter().map(|(name, _)| *name).collect();
            let problem = format!("interval {:?} is not imported; allowed: {}", shown(interval), names.join(", "));
            return Err(refused(problem));
        };
        let named = VendorSeries::of_ticker(ticker, *bar, VendorPrices::Unadjusted)
            .ok_or_else(|| refused(format!("{:?} is no ticker such as NQ1!", shown(ticker))))?;
        if named.root() != root {
            let (file_name, found) = (shown(file_name), named.root());
            return Err(ImportError::OtherRoot { file_name, found, expected: root });
        }
        Ok(Self { named })
    }

    /// The series, now that its prices are known.
    pub(super) fn series(self, prices: VendorPrices) -> VendorSeries {
        self.named.with_prices(prices)
    }
}

#[cfg(test)]
mod tests {
    use super::{NamedSeries, VendorPrices};

    fn check(name: &str, expected: Result<&str, &str>) {
        let read = NamedSeries::read(name, "NQ".parse().unwrap());
        match (read, expected) {
            (Ok(named), Ok(series)) => {
                assert_eq!(named.series(VendorPrices::Adjusted).to_string(), format!("{series}/adjusted"), "{name}");
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{name}: {error}"),
            (read, expected) => panic!("{name}: {read:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn names_tell_ticker_and_bar() {
        check("CME_MINI_NQ1!, 5.csv", Ok("NQ/NQ1!/5m"));
        check("CME_MINI_DL_NQ1!, 60.CSV", Ok("NQ/NQ1!/1h"));
        check("NQ2!, 1D.csv.gz", Ok("NQ/NQ2!/1d"));
        check("CME_MINI_NQ1!,1.csv", Ok("NQ/NQ1!/1m"));
        check("CME_MINI_NQ1!, 15_4f2a1.csv", Ok("NQ/NQ1!/15m"));
        check("CME_MINI_NQ1!, 30 (2).csv", Ok("NQ/NQ1!/30m"));
    }

    #[test]
    fn other_names_are_refused() {
        let allowed = "is not imported; allowed: 1, 5, 15, 30, 60, 1D";
        for interval in ["240", "1W", "3", "D", "5m", "", "1S"] {
            check(&format!("CME_MINI_NQ1!, {interval}.csv"), Err(allowed));
        }
        check("CME_MINI_NQH2026, 5.csv", Err("\"NQH2026\" is no continuous ticker"));
        check("CME_MINI_MNQ1!, 5.csv", Err("is of root MNQ, the import is of root NQ"));
        check("CME_MINI_NQ!, 5.csv", Err("is no ticker such as NQ1!"));
        for name in ["", ".csv", "é", "NQ1!.csv", "NQ1!, 5.txt", "NQ1!, 5"] {
            check(name, Err("is required"));
        }
    }
}
